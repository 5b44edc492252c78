//! What must hold for every document.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Map, Value, json};

use crate::policy::{
    AwsPrincipal, Kind, Principal, Request, Says, Scope, check, diff, equivalent, merge, parse,
    says, size,
};

/// Any JSON, with the words of the language in it so that it gets somewhere.
pub fn any_json() -> impl Strategy<Value = Value> {
    let word = prop_oneof![
        select(vec![
            "Version",
            "2012-10-17",
            "Statement",
            "Sid",
            "Effect",
            "Allow",
            "Deny",
            "Principal",
            "NotPrincipal",
            "AWS",
            "*",
            "Action",
            "NotAction",
            "Resource",
            "NotResource",
            "Condition",
            "StringEquals",
            "Null",
            "ForAllValues:ArnLike",
            "s3:Get*",
            "arn:aws:s3:::b/${aws:x}",
            "aws:SourceIp",
            "true"
        ])
        .prop_map(str::to_owned),
        ".{0,6}",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<i16>().prop_map(|n| Value::from(f64::from(n) / 4.0)),
        word.clone().prop_map(Value::from)
    ];
    leaf.prop_recursive(6, 60, 6, move |inner| {
        prop_oneof![
            vec(inner.clone(), 0..5).prop_map(Value::from),
            vec((word.clone(), inner), 0..6)
                .prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

fn some_of(pool: &'static [&'static str]) -> impl Strategy<Value = Value> {
    (
        subsequence(pool.to_vec(), 1..=pool.len().min(3)),
        any::<bool>(),
    )
        .prop_map(|(items, list)| match items.as_slice() {
            [only] if !list => json!(only),
            _ => json!(items),
        })
}

const ACTIONS: &[&str] = &["s3:GetObject", "s3:*", "*", "kms:Decrypt", "sts:AssumeRole"];
const RESOURCES: &[&str] = &[
    "*",
    "arn:aws:s3:::b/*",
    "arn:aws:s3:::b",
    "arn:aws:s3:::b/${aws:username}",
    "arn:aws:kms:r:111111111111:key/k",
];
const PEOPLE: &[&str] = &[
    "*",
    "111111111111",
    "arn:aws:iam::111111111111:root",
    "arn:aws:iam::111111111111:role/p/r",
    "arn:aws:iam::222222222222:user/u",
];
const VALUES: &[&str] = &[
    "true",
    "false",
    "a",
    "arn:aws:iam::111111111111:role/p/*",
    "1",
    "*",
    "${aws:username}",
];

fn conditions() -> impl Strategy<Value = Value> {
    let operator = select(vec![
        "StringEquals",
        "StringNotLike",
        "ArnLike",
        "ArnEquals",
        "Bool",
        "Null",
        "ForAllValues:StringLike",
        "ForAnyValue:StringEquals",
        "NumericLessThan",
        "StringEqualsIfExists",
    ]);
    let key = select(vec![
        "aws:PrincipalArn",
        "aws:SourceAccount",
        "aws:MultiFactorAuthPresent",
        "aws:username",
    ]);
    vec((operator, key, some_of(VALUES)), 1..3).prop_map(|entries| {
        let mut map = Map::new();
        for (operator, key, values) in entries {
            map.entry(operator).or_insert_with(|| json!({}))[key] = values;
        }
        Value::Object(map)
    })
}

fn statement(kind: Scope) -> impl Strategy<Value = Value> {
    let sid = select(vec![
        None,
        Some(""),
        Some("A"),
        Some("B"),
        Some("C"),
        Some("D"),
    ]);
    let not = || prop::bool::weighted(0.1);
    (
        sid,
        any::<bool>(),
        (not(), some_of(PEOPLE)),
        (not(), some_of(ACTIONS)),
        (not(), some_of(RESOURCES)),
        prop::option::of(conditions()),
    )
        .prop_map(
            move |(
                sid,
                deny,
                (not_principal, people),
                (not_action, actions),
                (not_resource, resources),
                conditions,
            )| {
                let mut map = Map::new();
                if let Some(sid) = sid {
                    map.insert("Sid".into(), json!(sid));
                }
                map.insert("Effect".into(), json!(if deny { "Deny" } else { "Allow" }));
                if kind != Scope::Identity {
                    map.insert(
                        if not_principal {
                            "NotPrincipal"
                        } else {
                            "Principal"
                        }
                        .into(),
                        json!({"AWS": people}),
                    );
                }
                map.insert(
                    if not_action { "NotAction" } else { "Action" }.into(),
                    actions,
                );
                if kind != Scope::Trust {
                    map.insert(
                        if not_resource {
                            "NotResource"
                        } else {
                            "Resource"
                        }
                        .into(),
                        resources,
                    );
                }
                if let Some(conditions) = conditions {
                    map.insert("Condition".into(), conditions);
                }
                Value::Object(map)
            },
        )
}

fn document(kind: Scope) -> impl Strategy<Value = Value> {
    (
        select(vec![None, Some("2008-10-17"), Some("2012-10-17")]),
        vec(statement(kind), 1..6),
    )
        .prop_map(|(version, statements)| {
            let mut map = Map::new();
            if let Some(version) = version {
                map.insert("Version".into(), json!(version));
            }
            map.insert("Statement".into(), Value::Array(statements));
            Value::Object(map)
        })
}

/// A document whose statements all have their own id, as ours do.
fn owned() -> impl Strategy<Value = Value> {
    document(Scope::Resource).prop_map(|mut document| {
        let sids = ["A", "B", "C", "D", "E", "F"];
        for (statement, sid) in document["Statement"]
            .as_array_mut()
            .unwrap()
            .iter_mut()
            .zip(sids)
        {
            statement["Sid"] = json!(sid);
        }
        document
    })
}

fn requests() -> impl Strategy<Value = Request> {
    let principal = select(vec![
        Principal::Aws(AwsPrincipal::session(
            "arn:aws:iam::111111111111:role/p/r",
            "s",
        )),
        Principal::Aws(AwsPrincipal::identity("arn:aws:iam::222222222222:user/u")),
        Principal::Aws(AwsPrincipal::identity("arn:aws:iam::111111111111:root")),
        Principal::Service("ec2.amazonaws.com".into()),
        Principal::Anonymous,
    ]);
    let resource = prop::option::of(select(vec![
        "arn:aws:s3:::b/u",
        "arn:aws:s3:::b",
        "arn:aws:kms:r:111111111111:key/k",
        "arn:aws:iam::111111111111:role/t",
    ]));
    let key = select(vec!["aws:SourceAccount", "aws:MultiFactorAuthPresent"]);
    (
        principal,
        select(ACTIONS.to_vec()),
        resource,
        vec((key, select(VALUES.to_vec())), 0..3),
    )
        .prop_map(|(principal, action, resource, context)| {
            let mut request = Request::new(principal, action);
            if let Some(resource) = resource {
                request = request.on(resource);
            }
            for (key, value) in context {
                request.add(key, value);
            }
            request.with_derived_keys()
        })
}

/// The same document in another style: lists for strings, other order, other case.
pub fn restyle(value: &Value, element: &str) -> Value {
    let text = |text: &str| match element {
        "Action" | "NotAction" => json!(text.to_uppercase()),
        "AWS" if text == "111111111111" => json!("arn:aws:iam::111111111111:root"),
        "AWS" if text == "arn:aws:iam::111111111111:root" => json!("111111111111"),
        _ => json!(text),
    };
    match value {
        Value::String(one) => match element {
            "Effect" | "Version" | "Sid" => json!(one),
            "Principal" | "NotPrincipal" => json!({"AWS": [one]}),
            _ => json!([text(one)]),
        },
        Value::Array(items) => {
            let mut items: Vec<_> = items
                .iter()
                .map(|item| item.as_str().map_or_else(|| restyle(item, ""), text))
                .collect();
            items.reverse();
            match items.as_slice() {
                [only] if element != "Statement" => only.clone(),
                _ => Value::Array(items),
            }
        }
        Value::Object(map) => {
            let mut entries: Vec<_> = map
                .iter()
                .map(|(key, item)| {
                    let name = match (key.as_str(), element) {
                        ("ArnLike", _) if !map.contains_key("ArnEquals") => "ArnEquals".to_owned(),
                        (key, _) if key.starts_with("aws:") => key.to_uppercase(),
                        (key, _) => key.to_owned(),
                    };
                    (name, restyle(item, key))
                })
                .collect();
            entries.reverse();
            Value::Object(entries.into_iter().collect())
        }
        other => other.clone(),
    }
}

fn list(document: &Value) -> Vec<Value> {
    document["Statement"]
        .as_array()
        .cloned()
        .unwrap_or_default()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_panics_on_any_json(a in any_json(), b in any_json(), request in requests()) {
        if let Ok(document) = parse(&a) {
            for scope in [Scope::Identity, Scope::Resource, Scope::Trust] {
                says(&document, scope, &request);
            }
        }
        for kind in [Kind::RoleInline, Kind::Trust, Kind::BucketPolicy, Kind::KeyPolicy] {
            check(&a, kind);
        }
        size(&a);
        prop_assert!(equivalent(&a, &a));
        prop_assert!(diff(&a, &a).is_empty());
        prop_assert_eq!(equivalent(&a, &b), equivalent(&b, &a));
        prop_assert_eq!(equivalent(&a, &b), diff(&a, &b).is_empty());
        let once = merge(&a, &b).document;
        prop_assert_eq!(&merge(&once, &b).document, &once);
    }

    #[test]
    fn what_parses_is_no_parse_problem(a in document(Scope::Identity)) {
        prop_assert!(parse(&a).is_ok());
    }

    #[test]
    fn style_and_order_are_no_difference(a in document(Scope::Resource), seed in any::<u64>()) {
        let styled = restyle(&a, "");
        prop_assert!(equivalent(&a, &styled), "{styled}");
        prop_assert!(diff(&a, &styled).is_empty());
        let mut shuffled = a.clone();
        let statements = shuffled["Statement"].as_array_mut().unwrap();
        let length = statements.len() as u64;
        statements.rotate_left((seed % length) as usize);
        prop_assert!(equivalent(&a, &shuffled));
        prop_assert!(diff(&a, &shuffled).is_empty());
    }

    #[test]
    fn what_is_equivalent_decides_the_same(a in document(Scope::Resource), request in requests()) {
        let styled = restyle(&a, "");
        let (one, two) = (parse(&a).unwrap(), parse(&styled).unwrap());
        prop_assert_eq!(says(&one, Scope::Resource, &request), says(&two, Scope::Resource, &request));
    }

    #[test]
    fn diff_is_empty_exactly_where_nothing_differs(a in document(Scope::Resource), b in document(Scope::Resource)) {
        prop_assert_eq!(equivalent(&a, &b), diff(&a, &b).is_empty());
        for line in diff(&a, &b).iter().flat_map(|change| change.lines()) {
            prop_assert!(line.starts_with(['+', '-', '~']), "{line}");
        }
    }

    #[test]
    fn a_merge_keeps_what_is_foreign_and_can_be_repeated(found in document(Scope::Resource), ours in owned()) {
        let merged = merge(&found, &ours).document;
        prop_assert_eq!(&merge(&merged, &ours).document, &merged);
        let own: Vec<String> = list(&ours).iter().map(|s| s["Sid"].as_str().unwrap().to_owned()).collect();
        let foreign = |document: &Value| -> Vec<String> {
            list(document).iter().filter(|s| !own.iter().any(|sid| s.get("Sid") == Some(&json!(sid)))).map(Value::to_string).collect()
        };
        prop_assert_eq!(foreign(&found), foreign(&merged));
        prop_assert_eq!(found.get("Version"), merged.get("Version"));
    }

    #[test]
    fn every_statement_of_ours_is_said_after_a_merge(found in document(Scope::Resource), ours in owned()) {
        let merged = list(&merge(&found, &ours).document);
        let bare = |statement: &Value| {
            let mut statement = statement.clone();
            statement.as_object_mut().unwrap().remove("Sid");
            json!({"Version": "2012-10-17", "Statement": statement})
        };
        for mine in list(&ours) {
            prop_assert!(merged.iter().any(|statement| equivalent(&bare(statement), &bare(&mine))), "{mine}");
        }
    }

    #[test]
    fn one_more_deny_never_allows(kind in select(vec![Scope::Identity, Scope::Resource, Scope::Trust]), seeds in (document(Scope::Identity), document(Scope::Resource), document(Scope::Trust)),
        denies in (statement(Scope::Identity), statement(Scope::Resource), statement(Scope::Trust)), at in any::<prop::sample::Index>(), request in requests())
    {
        let (mut value, mut deny) = match kind {
            Scope::Identity | Scope::Limit => (seeds.0, denies.0),
            Scope::Resource => (seeds.1, denies.1),
            Scope::Trust => (seeds.2, denies.2),
        };
        let before = says(&parse(&value).unwrap(), kind, &request);
        deny["Effect"] = json!("Deny");
        let list = value["Statement"].as_array_mut().unwrap();
        list.insert(at.index(list.len() + 1), deny);
        let after = says(&parse(&value).unwrap(), kind, &request);
        prop_assert!(after != Says::Allows || before == Says::Allows);
        prop_assert!(before != Says::Denies || after == Says::Denies);
    }

    #[test]
    fn without_an_allow_nothing_is_allowed(mut value in document(Scope::Resource), request in requests()) {
        for statement in value["Statement"].as_array_mut().unwrap() {
            statement["Effect"] = json!("Deny");
        }
        prop_assert!(says(&parse(&value).unwrap(), Scope::Resource, &request) != Says::Allows);
    }
}
