use super::*;
use serde_json::json;

#[test]
fn a_policy_is_read_whether_encoded_or_not() {
    let policy = json!({"Statement": [{"Resource": "a b/100%25"}]});
    assert_eq!(parse_policy(&policy.to_string()).unwrap(), policy);
    let encoded = percent_encoding::utf8_percent_encode(
        &policy.to_string(),
        percent_encoding::NON_ALPHANUMERIC,
    )
    .to_string();
    assert_eq!(parse_policy(&encoded).unwrap(), policy);
    assert!(parse_policy("%7Bhalf").is_err());
}

#[test]
fn the_same_policy_in_another_order_is_the_same() {
    let a = json!({"Version": "2012-10-17", "Statement": [
        {"Sid": "A", "Effect": "Allow", "Principal": "*", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "*"},
        {"Sid": "B", "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}]});
    let b = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Deny", "Sid": "B", "Principal": {"AWS": "*"}, "Action": ["s3:*"], "Resource": ["*"]},
        {"Sid": "A", "Effect": "Allow", "Principal": "*", "Action": ["s3:PutObject", "s3:GetObject"], "Resource": "*"}]});
    assert!(same_policy(&a, &b));
    assert!(same_policy(&a, &a));
    assert!(!same_policy(
        &a,
        &json!({"Version": "2012-10-17", "Statement": []})
    ));
    assert!(same_policy(&Value::Null, &Value::Null));
    assert!(!same_policy(&Value::Null, &a));
}

#[test]
fn nothing_is_left_out_and_zero_is_not_nothing() {
    let mut value = json!({"a": null, "b": [], "c": {"d": [], "e": {}}, "f": 0, "g": false, "h": "", "i": [{"j": null}]});
    clean(&mut value);
    assert_eq!(value, json!({"f": 0, "g": false, "h": "", "i": [{}]}));
}

#[test]
fn only_defaults_that_nobody_asked_for_are_settled() {
    let wanted = json!({"a": {"on": false}, "list": [{"name": "x"}]});
    let mut found = json!({"a": {"on": false, "off": false, "size": 0}, "list": [{"name": "x", "order": 1}, {"name": "y", "order": 1}], "other": "set"});
    settle(&mut found, &wanted, &|path, value| {
        path == "list[].order" && *value == json!(1)
    });
    assert_eq!(
        found,
        json!({"a": {"on": false}, "list": [{"name": "x"}, {"name": "y"}], "other": "set"})
    );
    let mut found = json!({"z": 1, "b": 2, "a": {"y": 1, "x": 2}});
    settle(
        &mut found,
        &json!({"a": {"x": 0, "y": 0}, "b": 0}),
        &|_, _| false,
    );
    assert_eq!(found.to_string(), r#"{"a":{"x":2,"y":1},"b":2,"z":1}"#);
}

#[test]
fn what_is_lost_is_named_with_its_place() {
    let given = json!({"a": [{"b": 1}, {"b": 2, "c": {"d": []}}]});
    assert_eq!(lost(&given, &given, ""), None);
    assert_eq!(lost(&given, &json!({"a": [{"b": 1}, {"b": 2}]}), ""), None);
    assert_eq!(
        lost(&given, &json!({"a": [{"b": 1}, {}]}), ""),
        Some("a[1].b".into())
    );
    assert_eq!(
        lost(&given, &json!({"a": [{"b": 1}]}), ""),
        Some("a".into())
    );
}
