use insta::assert_snapshot;
use serde_json::{Value, json};

use super::fixtures;
use crate::policy::{ChangeKind, StatementChange, diff, equivalent};

fn of(statement: Value) -> Value {
    json!({"Version": "2012-10-17", "Statement": statement})
}

fn shown(changes: &[StatementChange]) -> String {
    changes
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn what_is_no_difference() {
    let a = of(json!([
        {"Sid": "", "Effect": "Allow", "Principal": "*", "Action": ["s3:Get*", "s3:List*"], "Resource": "*",
         "Condition": {"Bool": {"aws:SecureTransport": true}, "ArnLike": {"AWS:SourceArn": ["b", "a"]}}},
        {"Sid": "X", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111111111111:root"}, "Action": "*:*", "Resource": ["a"]}
    ]));
    let b = json!({"Statement": [
        {"Action": ["*"], "Resource": "a", "Effect": "Allow", "Sid": "X", "Principal": {"AWS": ["111111111111"]}},
        {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": ["S3:list*", "s3:get*", "s3:GET*"], "Resource": ["*"],
         "Condition": {"ArnEquals": {"aws:sourcearn": ["a", "b"]}, "Bool": {"aws:securetransport": ["true"]}}}
    ], "Id": "other", "Version": "2008-10-17"});
    assert!(equivalent(&a, &b));
    assert!(diff(&a, &b).is_empty());
    assert!(equivalent(
        &Value::Null,
        &json!({"Version": "2012-10-17", "Statement": []})
    ));
    assert!(equivalent(&Value::Null, &json!({})));
}

#[test]
fn what_is_a_difference() {
    let base = json!({"Sid": "A", "Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"});
    for (element, value) in [
        ("Sid", json!("B")),
        ("Effect", json!("Deny")),
        ("Principal", json!({"Service": "*"})),
        ("Principal", json!({"Federated": "*"})),
        ("Principal", json!({"AWS": "111111111111"})),
        ("Principal", json!({})),
        ("Action", json!("s3:GetObjectVersion")),
        ("Action", json!([])),
        ("Resource", json!("arn:aws:s3:::B/*")),
        ("Resource", json!([1])),
        ("Condition", json!({})),
        ("Condition", json!({"Null": {"a:b": "true"}})),
        ("Unknown", json!(1)),
    ] {
        let mut other = base.clone();
        other[element] = value;
        let differs = !equivalent(&of(base.clone()), &of(other.clone()));
        // "Condition": {} asks for nothing.
        assert_eq!(differs, other["Condition"] != json!({}), "{other}");
        assert_eq!(
            diff(&of(base.clone()), &of(other.clone())).is_empty(),
            !differs,
            "{other}"
        );
    }
    let doubled = of(json!([base, base]));
    assert!(!equivalent(&of(base), &doubled));
}

#[test]
fn one_key_under_two_spellings_is_asked_for_twice() {
    let both = of(json!({"Effect": "Allow", "Action": "*", "Resource": "*",
        "Condition": {"ArnLike": {"aws:SourceArn": "a"}, "ArnEquals": {"aws:SourceArn": "b"}}}));
    let either = of(json!({"Effect": "Allow", "Action": "*", "Resource": "*",
        "Condition": {"ArnLike": {"aws:SourceArn": ["a", "b"]}}}));
    assert!(!equivalent(&both, &either));
    let swapped = of(json!({"Effect": "Allow", "Action": "*", "Resource": "*",
        "Condition": {"ArnLike": {"aws:SourceArn": "b"}, "ArnEquals": {"AWS:SourceArn": "a"}}}));
    assert!(equivalent(&both, &swapped));
}

#[test]
fn the_version_counts_where_there_are_variables() {
    let with = |version: &str, resource: &str| json!({"Version": version, "Statement": {"Effect": "Allow", "Action": "*", "Resource": resource}});
    assert!(equivalent(
        &with("2008-10-17", "*"),
        &with("2012-10-17", "*")
    ));
    let (old, new) = (
        with("2008-10-17", "arn:aws:s3:::${aws:username}"),
        with("2012-10-17", "arn:aws:s3:::${aws:username}"),
    );
    assert!(!equivalent(&old, &new));
    assert_snapshot!(shown(&diff(&old, &new)), @r"
    ~ document
    -   Version: 2008-10-17
    +   Version: 2012-10-17
    ");
}

#[test]
fn one_more_environment() {
    let before = fixtures::bucket_policy();
    let mut after = before.clone();
    after["Statement"][2]["Action"] = json!("S3:GetObject");
    after["Statement"][2]["Condition"]["ArnEquals"]["aws:PrincipalArn"] = json!([
        fixtures::DEPLOY_ROLE,
        "arn:aws:iam::558846431111:role/cicd/other"
    ]);
    after["Statement"].as_array_mut().unwrap().push(json!({
        "Sid": "ReadByDeployRoleStg", "Effect": "Allow", "Principal": {"AWS": fixtures::root("333333333333")},
        "Action": ["s3:GetObjectVersion", "s3:GetObject"], "Resource": "arn:aws:s3:::b/*"
    }));
    after["Statement"].as_array_mut().unwrap().remove(0);
    let changes = diff(&before, &after);
    assert_snapshot!(shown(&changes), @r"
    ~ ReadByDeployRoleDev
    -   Action: s3:GetObjectVersion
    +   Condition ArnEquals aws:PrincipalArn: arn:aws:iam::558846431111:role/cicd/other
    + ReadByDeployRoleStg
    +   Effect: Allow
    +   Principal: AWS arn:aws:iam::333333333333:root
    +   Action: s3:GetObject, s3:GetObjectVersion
    +   Resource: arn:aws:s3:::b/*
    - DenyInsecureTransport
    -   Effect: Deny
    -   Principal: *
    -   Action: s3:*
    -   Resource: arn:aws:s3:::bys-artifacts-202949997891, arn:aws:s3:::bys-artifacts-202949997891/*
    -   Condition Bool aws:SecureTransport: false
    ");
    assert_eq!(
        changes[0].elements[1].to_string(),
        "Condition ArnEquals aws:PrincipalArn: + arn:aws:iam::558846431111:role/cicd/other"
    );
    assert_snapshot!(serde_json::to_string(&changes[0]).unwrap(), @r#"{"kind":"changed","statement":"ReadByDeployRoleDev","elements":[{"element":"Action","removed":["s3:GetObjectVersion"],"added":[]},{"element":"Condition ArnEquals aws:PrincipalArn","removed":[],"added":["arn:aws:iam::558846431111:role/cicd/other"]}]}"#);
}

#[test]
fn statements_without_an_id_are_told_by_what_they_say_then_by_position() {
    let before = fixtures::foreign_bucket_policy();
    let mut after = before.clone();
    let list = after["Statement"].as_array_mut().unwrap();
    list.rotate_left(1);
    assert!(diff(&before, &after).is_empty(), "order is no difference");
    // The list statement is first now; give the get statement, third before, another action.
    after["Statement"][2]["Action"] = json!("s3:*");
    assert_snapshot!(shown(&diff(&before, &after)), @r"
    + statement 3
    +   Effect: Allow
    +   Principal: AWS arn:aws:iam::111111111111:root
    +   Action: s3:*
    +   Resource: arn:aws:s3:::bys-artifacts-202949997891/*
    - statement 1
    -   Effect: Allow
    -   Principal: AWS arn:aws:iam::111111111111:root
    -   Action: s3:Get*
    -   Resource: arn:aws:s3:::bys-artifacts-202949997891/*
    ");
    let mut named = before.clone();
    named["Statement"][0]["Sid"] = json!("Get");
    named["Statement"][1]["Action"] = json!(["s3:ListBucket", "s3:GetBucketLocation"]);
    assert_snapshot!(shown(&diff(&before, &named)), @r"
    ~ Get
    +   Sid: Get
    ~ statement 2
    +   Action: s3:GetBucketLocation
    ");
}

#[test]
fn from_and_to_nothing() {
    let document = fixtures::deploy_trust();
    let kinds = |changes: Vec<StatementChange>| changes.iter().map(|c| c.kind).collect::<Vec<_>>();
    assert_eq!(kinds(diff(&Value::Null, &document)), [ChangeKind::Added]);
    assert_eq!(kinds(diff(&document, &Value::Null)), [ChangeKind::Removed]);
    assert_snapshot!(shown(&diff(&json!("text"), &Value::Null)), @r#"
    ~ document
    -   text: "text"
    "#);
    assert_snapshot!(shown(&diff(&Value::Null, &json!({"Statement": [{"Effect": "Allow", "Action": []}, 7]}))), @r"
    + statement 1
    +   Effect: Allow
    +   Action: (empty)
    + statement 2
    +   text: 7
    ");
}
