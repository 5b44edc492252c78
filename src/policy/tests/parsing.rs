use insta::assert_snapshot;
use serde_json::{Value, json};

use super::fixtures;
use crate::policy::{Effect, PrincipalEntry, Version, parse, parse_text};

fn problems(value: &Value) -> String {
    parse(value)
        .unwrap_err()
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn the_shapes_that_crosspipe_makes() {
    for document in [
        fixtures::deploy_trust(),
        fixtures::build_trust(),
        fixtures::github_trust(),
        fixtures::deploy_policy(),
        fixtures::bucket_policy(),
        fixtures::key_policy(),
        fixtures::repository_policy(),
        fixtures::foreign_bucket_policy(),
    ] {
        parse(&document).unwrap();
    }
    assert!(parse(&Value::Null).unwrap().statements.is_empty());
}

#[test]
fn a_string_is_a_list_of_one() {
    let document = parse(&json!({"Version": "2012-10-17", "Id": "x", "Statement": {
        "Sid": "", "Effect": "Deny", "NotPrincipal": {"AWS": ["*", "111111111111"], "Service": "a.amazonaws.com"},
        "NotAction": "s3:*", "NotResource": "*", "Condition": {"Bool": {"aws:SecureTransport": false}, "NumericLessThan": {"s3:max-keys": [1, 2.5]}}
    }}))
    .unwrap();
    assert_eq!(document.version, Some(Version::V2012));
    let statement = &document.statements[0];
    assert_eq!(
        (statement.sid.as_deref(), statement.effect),
        (None, Effect::Deny)
    );
    assert_eq!(statement.label(), "statement 1");
    let principal = statement.principal.as_ref().unwrap();
    assert!(
        principal.negated
            && statement.action.negated
            && statement.resource.as_ref().unwrap().negated
    );
    assert_eq!(
        principal.entries,
        [
            PrincipalEntry::Everyone,
            PrincipalEntry::aws("111111111111".into()),
            PrincipalEntry::Service("a.amazonaws.com".into())
        ]
    );
    let values: Vec<_> = statement
        .conditions
        .iter()
        .map(|c| c.values().map(str::to_owned).collect::<Vec<_>>())
        .collect();
    assert_eq!(
        values,
        [
            vec!["false".to_owned()],
            vec!["1".to_owned(), "2.5".to_owned()]
        ]
    );
}

#[test]
fn nothing_unknown_is_passed_over() {
    assert_snapshot!(problems(&json!({"version": "2012-10-17", "Version": "2012-10-18", "Statement": []})), @r#"
    /version: "version" is no element of a policy document; known are Version, Id and Statement
    /Version: "2012-10-18" is no version of the policy language; write "2012-10-17"
    /Statement: the list of statements is empty
    "#);
    assert_snapshot!(problems(&json!({"Statement": [
        {"Effect": "allow", "Action": [], "Resource": [1], "Resources": "*"},
        {"Action": "s3:*", "NotAction": "s3:*"},
        "x",
        {"Effect": "Allow", "Principal": "arn:aws:iam::111111111111:root", "Resource": "*"},
        {"Effect": "Allow", "Principal": {}, "Action": null, "Sid": 1},
        {"Effect": "Allow", "Principal": {"Aws": "*", "AWS": []}, "Action": "*"}
    ]})), @r#"
    /Statement/0/Effect: Effect is "Allow" or "Deny", not "allow"; the case counts
    /Statement/0/Action: the list is empty
    /Statement/0/Resource/0: expected a string, found a number
    /Statement/0/Resources: "Resources" is no element of a statement
    /Statement/1: a statement has Action or NotAction, not both
    /Statement/1: the statement has no Effect
    /Statement/2: expected an object, found a string
    /Statement/3/Principal: a principal is "*" or an object such as {"AWS": "arn:aws:iam::111111111111:root"}
    /Statement/3: the statement has neither Action nor NotAction
    /Statement/4/Principal: the principal is empty
    /Statement/4/Action: expected a string or a list of strings, found null
    /Statement/4/Sid: expected a string, found a number
    /Statement/5/Principal/Aws: "Aws" is no kind of principal; known are AWS, Service, Federated and CanonicalUser
    /Statement/5/Principal/AWS: the list is empty
    "#);
    assert_snapshot!(problems(&json!({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {
        "stringEquals": {"aws:a~b/c": [[]]}, "Bool": {}, "Null": {"k": []}, "Nonsense": 1
    }}})), @r#"
    /Statement/Condition/stringEquals: "stringEquals" is no condition operator; "StringEquals" is
    /Statement/Condition/stringEquals/aws:a~0b~1c/0: expected a string, found a list
    /Statement/Condition/Bool: the operator has no condition key
    /Statement/Condition/Null/k: the list is empty
    /Statement/Condition/Nonsense: "Nonsense" is no condition operator
    /Statement/Condition/Nonsense: expected an object of condition keys, found a number
    "#);
    assert_snapshot!(problems(&json!("{}")), @"expected a policy document, which is a JSON object, found a string");
    assert_snapshot!(problems(&json!({})), @"the document has no Statement");
}

#[test]
fn a_text_that_is_ambiguous_or_no_json() {
    let told = |text: &str| {
        let problems = parse_text(text).unwrap_err();
        problems
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join("\n")
    };
    assert_snapshot!(told(r#"{"Version": "2012-10-17", "Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*", "Effect": "Allow",
        "Principal": {"AWS": "*", "AWS": "*"}, "Condition": {"Bool": {"a:b": true, "a:b": false}, "Null": {"a:b": true}, "Null": {"a:c": true}}}]}"#), @r#"
    /Version: "Version" is written twice
    /Statement/0/Effect: "Effect" is written twice
    /Statement/0/Principal/AWS: "AWS" is written twice
    /Statement/0/Condition/Bool/a:b: "a:b" is written twice
    /Statement/0/Condition/Null: "Null" is written twice
    "#);
    for text in ["{} {}", "{\"a\"", "", "{\"Statement\": [}"] {
        assert!(
            told(text).contains("the text is not JSON: "),
            "{text}: {}",
            told(text)
        );
    }
    assert!(parse_text(&"[".repeat(100_000)).is_err());
    assert!(parse_text(&format!("{{\"Statement\": {}", "[".repeat(100_000))).is_err());
}
