#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use super::*;
use proptest::prelude::*;
use serde_json::json;

fn matches(pattern: Value, event: Value) -> bool {
    Pattern::parse(&pattern.to_string())
        .unwrap()
        .matches(&event)
}

#[test]
fn a_push_to_a_branch() {
    let pattern = json!({
        "source": ["aws.codecommit"],
        "detail-type": ["CodeCommit Repository State Change"],
        "resources": ["arn:aws:codecommit:ap-northeast-2:111111111111:orders"],
        "detail": {"event": ["referenceCreated", "referenceUpdated"], "referenceType": ["branch"], "referenceName": ["develop"]}
    });
    let event = |branch: &str, event: &str| {
        json!({
            "version": "0", "source": "aws.codecommit",
            "detail-type": "CodeCommit Repository State Change",
            "resources": ["arn:aws:codecommit:ap-northeast-2:111111111111:orders"],
            "detail": {"event": event, "referenceType": "branch", "referenceName": branch, "referenceFullName": "refs/heads/x"}
        })
    };
    assert!(matches(
        pattern.clone(),
        event("develop", "referenceUpdated")
    ));
    assert!(matches(
        pattern.clone(),
        event("develop", "referenceCreated")
    ));
    assert!(!matches(pattern.clone(), event("main", "referenceUpdated")));
    assert!(!matches(
        pattern.clone(),
        event("develop", "referenceDeleted")
    ));
    assert!(!matches(pattern, json!({})));
}

#[test]
fn each_operator() {
    for (condition, value, expected) in [
        (json!("a"), json!("a"), true),
        (json!("a"), json!("A"), false),
        (json!("1"), json!(1), false),
        (json!(300), json!(300.0), true),
        (json!(300), json!("300"), false),
        (json!(null), json!(null), true),
        (json!(null), json!(""), false),
        (json!(true), json!(true), true),
        (json!(true), json!("true"), false),
        (json!({"exactly": "a"}), json!("a"), true),
        (json!({"prefix": "ab"}), json!("abc"), true),
        (json!({"prefix": "ab"}), json!("xabc"), false),
        (json!({"prefix": ""}), json!("x"), true),
        (
            json!({"prefix": {"equals-ignore-case": "AB"}}),
            json!("abc"),
            true,
        ),
        (json!({"suffix": ".png"}), json!("a.png"), true),
        (json!({"suffix": ".png"}), json!("a.PNG"), false),
        (
            json!({"suffix": {"equals-ignore-case": ".png"}}),
            json!("a.PNG"),
            true,
        ),
        (json!({"equals-ignore-case": "Alice"}), json!("aLICE"), true),
        (json!({"equals-ignore-case": "Alice"}), json!("alic"), false),
        (json!({"wildcard": "dir/*.png"}), json!("dir/a/b.png"), true),
        (json!({"wildcard": "*a*b*c"}), json!("xxaxxbxbxc"), true),
        (json!({"wildcard": "*a*b*c"}), json!("xxaxxbxbx"), false),
        (json!({"wildcard": "*"}), json!(""), true),
        (json!({"wildcard": "a\\*b"}), json!("a*b"), true),
        (json!({"wildcard": "a\\*b"}), json!("axb"), false),
        (json!({"wildcard": "a\\\\*"}), json!("a\\xyz"), true),
        (json!({"wildcard": "a*"}), json!(1), false),
        (json!({"numeric": ["=", 5]}), json!(5.0), true),
        (json!({"numeric": [">", 0, "<=", 5]}), json!(5), true),
        (json!({"numeric": [">", 0, "<=", 5]}), json!(0), false),
        (json!({"numeric": [">", 0, "<", 5]}), json!(5), false),
        (json!({"numeric": [">=", 0]}), json!(0), true),
        (json!({"numeric": ["<", 0]}), json!(-1e3), true),
        (json!({"numeric": ["<=", -1]}), json!(0), false),
        (json!({"numeric": ["=", 5]}), json!("5"), false),
        (json!({"anything-but": "a"}), json!("b"), true),
        (json!({"anything-but": "a"}), json!("a"), false),
        (json!({"anything-but": "a"}), json!(1), true),
        (json!({"anything-but": ["a", "b"]}), json!("b"), false),
        (json!({"anything-but": 5}), json!(5.0), false),
        (json!({"anything-but": [5, 6]}), json!(7), true),
        (
            json!({"anything-but": {"prefix": "ab"}}),
            json!("abc"),
            false,
        ),
        (
            json!({"anything-but": {"prefix": ["ab", "x"]}}),
            json!("xyz"),
            false,
        ),
        (json!({"anything-but": {"suffix": "c"}}), json!("abd"), true),
        (
            json!({"anything-but": {"equals-ignore-case": ["A", "B"]}}),
            json!("b"),
            false,
        ),
        (
            json!({"anything-but": {"wildcard": "*/x/*"}}),
            json!("a/x/b"),
            false,
        ),
        (
            json!({"anything-but": {"wildcard": "*/x/*"}}),
            json!("a/y/b"),
            true,
        ),
        (json!({"cidr": "10.0.0.0/24"}), json!("10.0.0.255"), true),
        (json!({"cidr": "10.0.0.0/24"}), json!("10.0.1.0"), false),
        (json!({"cidr": "10.0.0.0/0"}), json!("192.168.0.1"), true),
        (json!({"cidr": "2001:db8::/32"}), json!("2001:db8::1"), true),
        (json!({"cidr": "2001:db8::/32"}), json!("10.0.0.1"), false),
        (json!({"cidr": "10.0.0.0/24"}), json!("no address"), false),
        (json!({"exists": true}), json!(""), true),
        (json!({"exists": true}), json!(null), true),
        (json!({"exists": false}), json!(null), false),
    ] {
        let found = matches(json!({"f": [condition]}), json!({"f": value}));
        assert_eq!(found, expected, "{condition} on {value}");
    }
}

#[test]
fn absence_and_presence() {
    assert!(matches(json!({"a": {"b": [{"exists": false}]}}), json!({})));
    assert!(matches(
        json!({"a": {"b": [{"exists": false}]}}),
        json!({"a": {"c": 1}})
    ));
    assert!(!matches(
        json!({"a": {"b": [{"exists": true}]}}),
        json!({"a": {"c": 1}})
    ));
    assert!(matches(
        json!({"a": ["x", {"exists": false}]}),
        json!({"b": 1})
    ));
    assert!(
        !matches(json!({"a": [{"anything-but": "x"}]}), json!({})),
        "anything-but needs a value"
    );
    // Only leaves exist: an object is none, nor is an empty array.
    assert!(!matches(
        json!({"a": [{"exists": true}]}),
        json!({"a": {"b": 1}})
    ));
    assert!(matches(json!({"a": [{"exists": false}]}), json!({"a": []})));
    assert!(!matches(
        json!({"a": {"b": [{"exists": false}]}}),
        json!({"a": [{"b": 1}, {"c": 1}]})
    ));
}

#[test]
fn arrays_match_where_they_share_a_value() {
    assert!(matches(json!({"r": ["x", "y"]}), json!({"r": ["a", "y"]})));
    assert!(!matches(json!({"r": ["x", "y"]}), json!({"r": ["a", "b"]})));
    let pattern = json!({"e": {"name": ["a"], "state": ["on"]}});
    assert!(matches(
        pattern.clone(),
        json!({"e": [{"name": "b", "state": "off"}, {"name": "a", "state": "on"}]})
    ));
    assert!(!matches(
        pattern,
        json!({"e": [{"name": "a", "state": "off"}, {"name": "b", "state": "on"}]})
    ));
}

#[test]
fn or_spans_branches() {
    let pattern = json!({"source": ["s"], "detail": {"$or": [{"a": [1]}, {"b": [{"numeric": ["<", 3]}], "c": ["x"]}]}});
    assert!(matches(
        pattern.clone(),
        json!({"source": "s", "detail": {"a": 1}})
    ));
    assert!(matches(
        pattern.clone(),
        json!({"source": "s", "detail": {"b": 2, "c": "x"}})
    ));
    assert!(!matches(
        pattern.clone(),
        json!({"source": "s", "detail": {"b": 2}})
    ));
    assert!(!matches(
        pattern,
        json!({"source": "t", "detail": {"a": 1}})
    ));
}

#[test]
fn what_is_refused() {
    for (pattern, reason) in [
        (json!([]), "Filter is not an object"),
        (json!("x"), "Filter is not an object"),
        (json!({}), "Empty objects are not allowed"),
        (json!({"detail": {}}), "Empty objects are not allowed"),
        (
            json!({"source": "aws.s3"}),
            "\"source\" must be an object or an array",
        ),
        (json!({"source": []}), "Empty arrays are not allowed"),
        (
            json!({"source": [["x"]]}),
            "Match value must be String, number, true, false, or null",
        ),
        (json!({"source": [{}]}), "Match expression name not found"),
        (
            json!({"source": [{"foo": "x"}]}),
            "Unrecognized match type foo",
        ),
        (
            json!({"source": [{"prefix": 1}]}),
            "prefix match pattern must be a string",
        ),
        (
            json!({"source": [{"suffix": 1}]}),
            "suffix match pattern must be a string",
        ),
        (
            json!({"source": [{"prefix": "a", "suffix": "b"}]}),
            "Only one key allowed in match expression",
        ),
        (
            json!({"source": [{"exists": "yes"}]}),
            "exists match pattern must be either true or false.",
        ),
        (
            json!({"source": [{"numeric": 5}]}),
            "Value of numeric must be an array.",
        ),
        (
            json!({"source": [{"numeric": []}]}),
            "Invalid member in numeric match: ]",
        ),
        (
            json!({"source": [{"numeric": [5]}]}),
            "Invalid member in numeric match: 5",
        ),
        (
            json!({"source": [{"numeric": ["~", 5]}]}),
            "Unrecognized numeric range operator: ~",
        ),
        (
            json!({"source": [{"numeric": [">", "5"]}]}),
            "Value of > must be numeric",
        ),
        (
            json!({"source": [{"numeric": [">", 5, "="]}]}),
            "Bad numeric range operator: =",
        ),
        (
            json!({"source": [{"numeric": [">", 5, "<", 3]}]}),
            "Bottom must be less than top",
        ),
        (
            json!({"source": [{"numeric": [">", 1, "<", 3, 4]}]}),
            "Too many terms in numeric range expression",
        ),
        (
            json!({"source": [{"numeric": ["=", 1, 2]}]}),
            "Too many elements in numeric expression",
        ),
        (
            json!({"source": [{"numeric": ["=", 6e9]}]}),
            "Value must be between -5.0E9 and 5.0E9, inclusive",
        ),
        (
            json!({"source": [{"anything-but": null}]}),
            "Value of anything-but must be an array or single string/number value.",
        ),
        (
            json!({"source": [{"anything-but": []}]}),
            "Inside anything but list, either all values are number or string, mixed type is not supported",
        ),
        (
            json!({"source": [{"anything-but": ["a", 1]}]}),
            "Inside anything but list, either all values are number or string, mixed type is not supported",
        ),
        (
            json!({"source": [{"anything-but": [true]}]}),
            "Inside anything but list, start|null|boolean is not supported.",
        ),
        (
            json!({"source": [{"anything-but": {"numeric": "x"}}]}),
            "Unsupported anything-but pattern: numeric",
        ),
        (
            json!({"source": [{"anything-but": {"prefix": ""}}]}),
            "Null prefix/suffix not allowed",
        ),
        (
            json!({"source": [{"cidr": "10.0.0.0"}]}),
            "Malformed CIDR, one '/' required",
        ),
        (
            json!({"source": [{"cidr": "10.0.0.0/x"}]}),
            "Malformed CIDR, mask bits must be an integer",
        ),
        (
            json!({"source": [{"cidr": "10.0.0.0/33"}]}),
            "IP mask must be between 0 and 32",
        ),
        (
            json!({"source": [{"cidr": "ten/8"}]}),
            "Nonstandard IP address: ten",
        ),
        (
            json!({"source": [{"wildcard": "a**b"}]}),
            "Consecutive wildcard characters at pos 1",
        ),
        (
            json!({"source": [{"wildcard": "a\\b"}]}),
            "Invalid escape character at pos 1",
        ),
        (json!({"$or": {}}), "It must be an Array followed with $or."),
        (
            json!({"$or": [{"a": [1]}]}),
            "There must have at least 2 Objects in $or relationship.",
        ),
        (
            json!({"$or": [{"a": [1]}, 2]}),
            "Only JSON object is allowed in array of $or relationship.",
        ),
        (
            json!({"$or": [{"a": [1]}, {"prefix": [1]}]}),
            "prefix is Ruler reserved fieldName which cannot be used inside $or.",
        ),
        (
            json!({"a": [1], "$or": [{"a": [1]}, {"b": [1]}]}),
            "Path `a` cannot be allowed multiple times",
        ),
    ] {
        let error = Pattern::parse(&pattern.to_string()).unwrap_err();
        assert_eq!(error.reason, reason, "{pattern}");
    }
    assert!(
        Pattern::parse("{")
            .unwrap_err()
            .to_string()
            .starts_with("Event pattern is not valid. Reason: Invalid JSON")
    );
    let many = json!({"$or": (0..40).map(|n| json!({(format!("a{n}")): [1], "$or": (0..40).map(|m| json!({(format!("b{m}")): [1]})).collect::<Vec<_>>()})).collect::<Vec<_>>()});
    assert!(
        Pattern::parse(&many.to_string())
            .unwrap_err()
            .reason
            .contains("too complex")
    );
}

/// The plain way to say what a wildcard matches.
fn oracle(parts: &[Option<char>], text: &[char]) -> bool {
    match (parts.split_first(), text.split_first()) {
        (None, None) => true,
        (Some((None, rest)), _) => {
            oracle(rest, text) || (!text.is_empty() && oracle(parts, &text[1..]))
        }
        (Some((Some(wanted), rest)), Some((letter, others))) => {
            wanted == letter && oracle(rest, others)
        }
        _ => false,
    }
}

proptest! {
    #[test]
    fn nothing_panics(text in "\\PC{0,60}") {
        if let Ok(pattern) = Pattern::parse(&text) {
            pattern.matches(&json!({"a": 1}));
        }
    }

    #[test]
    fn wildcards_agree_with_the_plain_way(pattern in "[ab*]{0,8}", text in "[ab]{0,10}") {
        if let Ok(parsed) = Pattern::parse(&json!({"f": [{"wildcard": pattern}]}).to_string()) {
            let parts: Vec<_> = pattern.chars().map(|c| (c != '*').then_some(c)).collect();
            let letters: Vec<_> = text.chars().collect();
            prop_assert_eq!(parsed.matches(&json!({"f": text})), oracle(&parts, &letters));
        }
    }
}
