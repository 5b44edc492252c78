//! Every condition operator, on a present, an absent and a multi-valued key.

use serde_json::{Value, json};

use crate::policy::{AwsPrincipal, Principal, Request, Says, Scope, parse, says};

const ROLE: &str = "arn:aws:iam::111111111111:role/a/role";

fn request(values: Option<&[&str]>) -> Request {
    let mut request = Request::new(Principal::Aws(AwsPrincipal::session(ROLE, "s")), "x:Y");
    if let Some(values) = values {
        request.set("x:Key", values.iter().map(|v| (*v).to_owned()).collect());
    }
    request
}

/// `+` met, `-` not met, `?` cannot be said.
fn met(operator: &str, wanted: Value, request: &Request) -> char {
    let said = |effect: &str| {
        let document = json!({"Version": "2012-10-17", "Statement": [{"Effect": effect, "Action": "*", "Resource": "*",
            "Condition": {operator: {"X:kEy": wanted}}}]});
        says(&parse(&document).unwrap(), Scope::Identity, request)
    };
    match (said("Allow"), said("Deny")) {
        (Says::Allows, Says::Denies) => '+',
        (Says::Nothing, Says::Nothing) => '-',
        (Says::Unclear, Says::Unclear) => '?',
        other => panic!("{other:?}"),
    }
}

#[test]
fn one_value() {
    for (operator, wanted, value, expected) in [
        ("StringEquals", json!("a"), "a", '+'),
        ("StringEquals", json!("a"), "A", '-'),
        ("StringEquals", json!(["b", "a"]), "a", '+'),
        ("StringEquals", json!("*"), "a", '-'),
        ("StringEquals", json!("*"), "*", '+'),
        ("StringNotEquals", json!(["a", "b"]), "a", '-'),
        ("StringNotEquals", json!(["a", "b"]), "c", '+'),
        ("StringEqualsIgnoreCase", json!("aé*"), "AÉ*", '+'),
        ("StringEqualsIgnoreCase", json!("a*"), "ab", '-'),
        ("StringNotEqualsIgnoreCase", json!("a"), "A", '-'),
        ("StringLike", json!("a*c?"), "abbcd", '+'),
        ("StringLike", json!("a*"), "A", '-'),
        ("StringNotLike", json!("a*"), "ab", '-'),
        ("StringLike", json!("a*"), "", '-'),
        (
            "ArnEquals",
            json!("arn:aws:iam::*:role/*"),
            "arn:aws:iam::1:role/a/b",
            '+',
        ),
        (
            "ArnLike",
            json!("arn:aws:iam::1:role/x"),
            "arn:aws:iam::1:role/x",
            '+',
        ),
        (
            "ArnLike",
            json!("arn:aws:*:role/x"),
            "arn:aws:iam::1:role/x",
            '?',
        ),
        (
            "ArnNotLike",
            json!("arn:aws:iam::1:role/x"),
            "arn:aws:iam::1:role/y",
            '+',
        ),
        ("ArnLike", json!("arn:aws:iam::1:role/x"), "not an arn", '-'),
        ("NumericEquals", json!(1), "1.0", '+'),
        ("NumericNotEquals", json!("1"), "2", '+'),
        ("NumericLessThan", json!("10"), "9", '+'),
        ("NumericLessThanEquals", json!("10"), "10", '+'),
        ("NumericGreaterThan", json!("10"), "10", '-'),
        ("NumericGreaterThanEquals", json!("10"), "10", '+'),
        ("NumericEquals", json!("ten"), "10", '?'),
        ("NumericEquals", json!("10"), "ten", '-'),
        ("NumericNotEquals", json!("10"), "ten", '?'),
        (
            "DateEquals",
            json!("2026-03-01T00:30:00Z"),
            "1772325000",
            '+',
        ),
        (
            "DateNotEquals",
            json!("2026-03-01T00:30:00Z"),
            "1772325000",
            '-',
        ),
        (
            "DateLessThan",
            json!("2026-03-01T00:30:00Z"),
            "2026-03-01T09:29:59+09:00",
            '+',
        ),
        (
            "DateLessThanEquals",
            json!("2026-03-01"),
            "2026-03-01T00:00:00Z",
            '+',
        ),
        (
            "DateGreaterThan",
            json!("2026-03-01"),
            "2026-02-28T23:59:59Z",
            '-',
        ),
        (
            "DateGreaterThanEquals",
            json!("2026-03-01"),
            "2026-03-01",
            '+',
        ),
        ("Bool", json!(true), "true", '+'),
        ("Bool", json!("true"), "false", '-'),
        ("Bool", json!("${x:Key}"), "true", '?'),
        ("BinaryEquals", json!("QQ=="), "QQ", '+'),
        ("BinaryEquals", json!("QQ=="), "QR8=", '-'),
        (
            "IpAddress",
            json!(["10.0.0.0/8", "2001:db8::/32"]),
            "2001:db8::1",
            '+',
        ),
        ("IpAddress", json!("10.0.0.1"), "10.0.0.2", '-'),
        ("NotIpAddress", json!("10.0.0.0/8"), "11.0.0.1", '+'),
        ("NotIpAddress", json!("10.0.0.0/8"), "nonsense", '?'),
        ("Null", json!(true), "a", '-'),
        ("Null", json!("false"), "a", '+'),
        ("Null", json!("perhaps"), "a", '?'),
        ("StringEqualsIfExists", json!("a"), "b", '-'),
    ] {
        assert_eq!(
            met(operator, wanted.clone(), &request(Some(&[value]))),
            expected,
            "{operator} {wanted} {value}"
        );
    }
}

#[test]
fn an_absent_key() {
    for (operator, wanted, expected) in [
        ("StringEquals", "a", '-'),
        ("StringLike", "*", '-'),
        ("StringNotEquals", "a", '+'),
        ("StringNotLike", "*", '+'),
        ("ArnNotEquals", "arn:aws:a::1:b", '+'),
        ("NotIpAddress", "10.0.0.0/8", '+'),
        ("NumericNotEquals", "1", '+'),
        ("Bool", "false", '-'),
        ("StringEqualsIfExists", "a", '+'),
        ("BoolIfExists", "false", '+'),
        ("StringNotEqualsIfExists", "a", '+'),
        ("ForAllValues:StringEquals", "a", '+'),
        ("ForAnyValue:StringEquals", "a", '-'),
        ("ForAnyValue:StringNotEquals", "a", '-'),
        ("ForAnyValue:StringEqualsIfExists", "a", '?'),
        ("Null", "true", '+'),
        ("Null", "false", '-'),
    ] {
        assert_eq!(
            met(operator, json!(wanted), &request(None)),
            expected,
            "{operator}"
        );
        assert_eq!(
            met(operator, json!(wanted), &request(Some(&[]))),
            expected,
            "{operator}, without a value"
        );
    }
}

#[test]
fn several_values() {
    for (operator, wanted, values, expected) in [
        (
            "ForAllValues:StringEquals",
            json!(["a", "b"]),
            &["a", "b"][..],
            '+',
        ),
        (
            "ForAllValues:StringEquals",
            json!(["a", "b"]),
            &["a", "c"],
            '-',
        ),
        (
            "ForAllValues:StringNotEquals",
            json!(["a", "b"]),
            &["c", "d"],
            '+',
        ),
        (
            "ForAllValues:StringNotEquals",
            json!(["a", "b"]),
            &["c", "a"],
            '-',
        ),
        ("ForAnyValue:StringLike", json!(["a*"]), &["c", "ab"], '+'),
        ("ForAnyValue:StringLike", json!(["a*"]), &["c", "d"], '-'),
        (
            "ForAnyValue:StringNotEquals",
            json!(["a"]),
            &["a", "c"],
            '+',
        ),
        (
            "ForAnyValue:StringNotEquals",
            json!(["a", "c"]),
            &["a", "c"],
            '-',
        ),
        ("StringEquals", json!("a"), &["a", "b"], '?'),
        ("StringNotEquals", json!("a"), &["b", "c"], '?'),
        ("Null", json!("false"), &["b", "c"], '+'),
    ] {
        assert_eq!(
            met(operator, wanted.clone(), &request(Some(values))),
            expected,
            "{operator} {wanted} {values:?}"
        );
    }
}

#[test]
fn variables() {
    let base = || {
        request(Some(&["team-a"]))
            .with("x:Team", "a")
            .with("x:Star", "*")
            .with("x:Many", "a")
            .with("x:Many", "b")
    };
    for (operator, wanted, expected) in [
        ("StringEquals", "team-${x:team}", '+'),
        ("StringLike", "team-${x:Star}", '-'),
        ("StringLike", "team-*", '+'),
        ("StringEquals", "team-${x:None, 'a'}", '+'),
        ("StringEquals", "team-${x:Team, 'b'}", '+'),
        ("StringEquals", "team-${x:None}", '-'),
        ("StringNotEquals", "team-${x:None}", '+'),
        ("StringEquals", "team-${x:Many}", '-'),
        ("StringEquals", "${*}", '-'),
        ("StringEqualsIgnoreCase", "TEAM-${x:Team}", '+'),
        ("StringLike", "${?}eam-a", '-'),
        ("StringEquals", "team-a${", '-'),
    ] {
        assert_eq!(
            met(operator, json!(wanted), &base()),
            expected,
            "{operator} {wanted}"
        );
    }
    let literal = request(Some(&["*?$"]));
    assert_eq!(met("StringLike", json!("${*}${?}${$}"), &literal), '+');
}

#[test]
fn variables_in_resources() {
    let said = |version: &str, element: &str, resource: &str, on: &str| {
        let document = json!({"Version": version, "Statement": [{"Effect": "Allow", "Action": "*", element: resource}]});
        let request = request(None)
            .with("x:Name", "kim")
            .on(on)
            .with_derived_keys();
        says(&parse(&document).unwrap(), Scope::Identity, &request)
    };
    let (new, old) = ("2012-10-17", "2008-10-17");
    assert_eq!(
        said(
            new,
            "Resource",
            "arn:aws:s3:::b/${x:Name}/*",
            "arn:aws:s3:::b/kim/k"
        ),
        Says::Allows
    );
    assert_eq!(
        said(
            new,
            "Resource",
            "arn:aws:s3:::b/${x:None}/*",
            "arn:aws:s3:::b//k"
        ),
        Says::Nothing
    );
    assert_eq!(
        said(
            new,
            "Resource",
            "arn:aws:s3:::b/${x:None}/*",
            "arn:aws:s3:::b/${x:None}/k"
        ),
        Says::Nothing
    );
    assert_eq!(
        said(
            new,
            "NotResource",
            "arn:aws:s3:::b/${x:None}",
            "arn:aws:s3:::b/k"
        ),
        Says::Unclear
    );
    assert_eq!(
        said(
            old,
            "Resource",
            "arn:aws:s3:::b/${x:Name}",
            "arn:aws:s3:::b/kim"
        ),
        Says::Nothing
    );
    assert_eq!(
        said(
            old,
            "Resource",
            "arn:aws:s3:::b/${x:Name}",
            "arn:aws:s3:::b/${x:Name}"
        ),
        Says::Allows
    );
    assert_eq!(
        said(
            new,
            "Resource",
            "arn:aws:s3:::b/${aws:PrincipalAccount}",
            "arn:aws:s3:::b/111111111111"
        ),
        Says::Allows
    );
}
