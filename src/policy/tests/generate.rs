//! Requests with policies around them, drawn from an alphabet so small that rules meet.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use proptest::test_runner::RngSeed;
use serde_json::{Map, Value, json};

use super::case::{A, Ask, Case, Draft, DraftDocument, allow_all};
use super::kit::{session, user};
use crate::policy::{AwsPrincipal, Grant, Principal, Scope, Settings};

pub const B: &str = "222222222222";

/// The same cases on every run. `PROPTEST_RNG_SEED` and `PROPTEST_CASES` ask for others, and for more.
pub fn laws(cases: u32) -> ProptestConfig {
    let asked = ProptestConfig::default();
    ProptestConfig {
        cases: if std::env::var_os("PROPTEST_CASES").is_some() {
            asked.cases
        } else {
            cases
        },
        rng_seed: match asked.rng_seed {
            RngSeed::Random => RngSeed::Fixed(12),
            fixed => fixed,
        },
        failure_persistence: None,
        ..asked
    }
}

fn some_of(pool: &'static [&'static str], most: usize) -> impl Strategy<Value = Value> {
    (
        subsequence(pool.to_vec(), 1..=pool.len().min(most)),
        any::<bool>(),
    )
        .prop_map(|(items, list)| match items.as_slice() {
            [only] if !list => json!(only),
            _ => json!(items),
        })
}

pub const ACTIONS: &[&str] = &[
    "*",
    "s3:*",
    "S3:Get*",
    "s3:GetObject",
    "s3:?utObject",
    "kms:*",
    "kms:Decrypt",
    "kms:*Grant",
    "sts:AssumeRole",
    "sts:*",
    "iam:PassRole",
];
const RESOURCES: &[&str] = &[
    "*",
    "arn:aws:s3:::b/*",
    "arn:aws:s3:::b",
    "arn:aws:s3:::b/${aws:username}",
    "arn:aws:s3:::b/${x:None, 'u'}",
    "arn:aws:s3*",
    "arn:aws:kms:r:111111111111:key/k",
    "arn:aws:kms:*:*:*/?",
    "arn:aws:iam::*:role/t",
];
const PEOPLE: &[&str] = &[
    "*",
    "@account",
    "@role",
    "@self",
    "222222222222",
    "arn:aws:iam::111111111111:root",
    "arn:aws:iam::111111111111:role/r",
    "arn:aws:sts::111111111111:assumed-role/r/other",
    "arn:aws:iam::111111111111:user/u",
    "AROAEXAMPLEEXAMPLE123",
];

fn principal() -> impl Strategy<Value = Value> {
    prop_oneof![
        3 => Just(json!("*")),
        2 => some_of(&["@account", "@role", "@self"], 3).prop_map(|people| json!({"AWS": people})),
        7 => some_of(PEOPLE, 3).prop_map(|people| json!({"AWS": people})),
        1 => Just(json!({"Service": "codebuild.amazonaws.com"})),
        1 => some_of(PEOPLE, 2).prop_map(|people| json!({"AWS": people, "Service": ["codebuild.amazonaws.com", "ec2.amazonaws.com"]})),
        1 => Just(json!({"Federated": "idp.example.com"})),
        1 => Just(json!({"CanonicalUser": "79a5"})),
    ]
}

/// One operator on one key, with values that it may meet.
fn condition() -> impl Strategy<Value = (&'static str, &'static str, Value)> {
    let texts = &[
        "a",
        "A",
        "b",
        "*",
        "a*",
        "${aws:username}",
        "${x:None}",
        "${x:None, 'a'}",
        "${*}",
    ];
    let of_text = select(vec![
        "StringEquals",
        "StringNotEquals",
        "StringLike",
        "StringNotLike",
        "StringEqualsIgnoreCase",
        "StringEqualsIfExists",
        "StringNotLikeIfExists",
        "ForAllValues:StringLike",
        "ForAllValues:StringNotEquals",
        "ForAnyValue:StringEquals",
        "ForAnyValue:StringEqualsIfExists",
    ]);
    let of_arn = select(vec!["ArnLike", "ArnEquals", "ArnNotLike"]);
    let arns = &[
        "arn:aws:iam::111111111111:role/p/r",
        "arn:aws:iam::*:role/*",
        "arn:aws:iam::111111111111:*",
        "arn:*",
    ];
    let key = select(vec![
        "x:Tag",
        "aws:username",
        "aws:PrincipalArn",
        "x:Count",
        "x:None",
    ]);
    prop_oneof![
        4 => (of_text, select(vec!["x:Tag", "X:tag", "aws:username"]), some_of(texts, 2)),
        2 => (of_arn, Just("aws:PrincipalArn"), some_of(arns, 2)),
        1 => (select(vec!["Bool", "BoolIfExists"]), Just("aws:MultiFactorAuthPresent"), some_of(&["true", "false", "maybe"], 1)),
        1 => (Just("Null"), key, some_of(&["true", "false"], 2)),
        1 => (select(vec!["NumericLessThan", "NumericEquals", "NumericNotEquals"]), Just("x:Count"), some_of(&["9", "10", "ten"], 2)),
        1 => (select(vec!["IpAddress", "NotIpAddress"]), Just("aws:SourceIp"), some_of(&["10.0.0.0/8", "10.0.0.1", "net"], 2)),
    ]
}

fn conditions() -> impl Strategy<Value = Value> {
    vec(condition(), 1..3).prop_map(|entries| {
        let mut map = Map::new();
        for (operator, key, values) in entries {
            map.entry(operator).or_insert_with(|| json!({}))[key] = values;
        }
        Value::Object(map)
    })
}

pub fn draft() -> impl Strategy<Value = Draft> {
    let not = |weight| prop::bool::weighted(weight);
    let resource = prop_oneof![
        2 => Just(json!("*")),
        3 => Just(json!("@resource")),
        5 => some_of(RESOURCES, 3),
    ];
    let action = prop_oneof![
        1 => Just(json!("*")),
        3 => Just(json!("@action")),
        5 => some_of(ACTIONS, 4),
    ];
    (
        prop::bool::weighted(0.25),
        (not(0.1), principal()),
        (not(0.1), action),
        (not(0.1), resource),
        prop::option::weighted(0.35, conditions()),
        not(0.02),
    )
        .prop_map(
            |(deny, principal, action, resource, condition, misfit)| Draft {
                deny,
                principal,
                action,
                resource,
                condition,
                misfit,
            },
        )
}

pub fn document() -> impl Strategy<Value = DraftDocument> {
    (vec(draft(), 1..4), prop::bool::weighted(0.8)).prop_map(|(drafts, v)| DraftDocument(drafts, v))
}

/// A document that often allows all.
fn generous() -> impl Strategy<Value = Option<DraftDocument>> {
    prop_oneof![
        3 => Just(None),
        2 => document().prop_map(Some),
    ]
}

pub fn principals() -> impl Strategy<Value = Principal> {
    let mut known = AwsPrincipal::session("arn:aws:iam::111111111111:role/p/r", "run");
    known.unique_id = Some("AROAEXAMPLEEXAMPLE123".into());
    select(vec![
        session("arn:aws:iam::111111111111:role/p/r"),
        Principal::Aws(known),
        session("arn:aws:iam::222222222222:role/r"),
        user("arn:aws:iam::111111111111:role/p/r"),
        user("arn:aws:sts::111111111111:assumed-role/r/run"),
        user("arn:aws:iam::111111111111:user/u"),
        user("arn:aws:iam::222222222222:user/u"),
        user("arn:aws:iam::111111111111:root"),
        user("arn:aws:sts::111111111111:federated-user/f"),
        user("arn:aws-cn:iam::111111111111:user/u"),
        Principal::Service("codebuild.amazonaws.com".into()),
        Principal::Federated("idp.example.com".into()),
        Principal::Anonymous,
    ])
}

const TARGETS: &[(&str, Option<&str>)] = &[
    ("s3:GetObject", Some("arn:aws:s3:::b/u")),
    ("s3:PutObject", Some("arn:aws:s3:::b/v")),
    ("s3:GetBucketPolicy", Some("arn:aws:s3:::b")),
    ("kms:Decrypt", Some("arn:aws:kms:r:111111111111:key/k")),
    ("kms:Decrypt", Some("arn:aws:kms:r:222222222222:key/k")),
    ("kms:Decrypt", Some("arn:aws:kms:r:111111111111:alias/k")),
    ("kms:CreateGrant", Some("arn:aws:kms:r:222222222222:key/k")),
    ("kms:RetireGrant", Some("arn:aws:kms:r:111111111111:key/k")),
    ("kms:PutKeyPolicy", Some("arn:aws:kms:r:111111111111:key/k")),
    ("sts:AssumeRole", Some("arn:aws:iam::111111111111:role/t")),
    ("sts:AssumeRole", Some("arn:aws:iam::222222222222:role/t")),
    ("sts:TagSession", Some("arn:aws:iam::222222222222:role/t")),
    ("sts:GetCallerIdentity", None),
    ("sts:GetSessionToken", None),
    ("sts:GetFederationToken", None),
    ("sqs:TagQueue", Some("arn:aws:sqs:r:222222222222:q")),
    (
        "dynamodb:GetItem",
        Some("arn:aws:dynamodb:r:222222222222:table/t"),
    ),
    ("iam:PassRole", Some("arn:aws:iam::111111111111:role/t")),
    ("ecr:GetAuthorizationToken", None),
];

/// The keys that a request may carry, with values.
pub fn context() -> impl Strategy<Value = Vec<(String, Vec<String>)>> {
    let of = |key: &'static str, values: &'static [&'static str], most: usize| {
        prop::option::of(vec(select(values.to_vec()), 0..=most)).prop_map(move |values| {
            values.map(|values| {
                let values = values.iter().map(|value| (*value).to_owned()).collect();
                (key.to_owned(), values)
            })
        })
    };
    (
        of("x:Tag", &["a", "A", "b", "*", "ab"], 2),
        of("aws:MultiFactorAuthPresent", &["true", "false"], 1),
        of("aws:SourceIp", &["10.0.0.1", "11.0.0.1", "net"], 1),
        of("aws:username", &["u", "a", "*"], 2),
        of("x:Count", &["9", "10", "9.5", "ten"], 1),
        of(
            "aws:PrincipalArn",
            &[
                "arn:aws:iam::111111111111:role/p/r",
                "arn:aws:iam::222222222222:user/u",
                "nobody",
            ],
            1,
        ),
        of("kms:EncryptionContext:k", &["v", "w"], 1),
    )
        .prop_map(|(a, b, c, d, e, f, g)| [a, b, c, d, e, f, g].into_iter().flatten().collect())
}

pub fn asks() -> impl Strategy<Value = Ask> {
    (
        principals(),
        select(TARGETS.to_vec()),
        select(vec![Some(A), Some(B), None]),
        context(),
        prop::bool::weighted(0.3),
    )
        .prop_map(
            |(principal, (action, resource), owner, context, open)| Ask {
                principal,
                action,
                resource,
                // Other ARNs have it in them.
                owner: owner.filter(|_| action.starts_with("s3:")),
                context,
                open,
            },
        )
}

fn grants() -> impl Strategy<Value = Vec<Grant>> {
    let people = select(vec![
        "arn:aws:iam::111111111111:role/p/r",
        "arn:aws:iam::222222222222:user/u",
        "111111111111",
        "codebuild.amazonaws.com",
    ]);
    let operations = select(vec![
        json!(["Decrypt"]),
        json!(["Decrypt", "CreateGrant"]),
        json!(["Encrypt"]),
        json!(["RetireGrant", "Decrypt"]),
    ]);
    let constraints = select(vec![
        None,
        None,
        Some(json!({"EncryptionContextSubset": {"k": "v"}})),
        Some(json!({"EncryptionContextEquals": {"k": "v"}})),
    ]);
    let grant = (
        people.clone(),
        operations,
        constraints,
        prop::option::of(people),
    )
        .prop_map(|(grantee, operations, constraints, retiring)| {
            let mut grant = json!({"GranteePrincipal": grantee, "Operations": operations});
            if let Some(constraints) = constraints {
                grant["Constraints"] = constraints;
            }
            if let Some(retiring) = retiring {
                grant["RetiringPrincipal"] = json!(retiring);
            }
            serde_json::from_value(grant).unwrap()
        });
    prop_oneof![2 => Just(Vec::new()), 1 => vec(grant, 1..3)]
}

fn settings() -> impl Strategy<Value = Settings> {
    let rarely = || prop::bool::weighted(0.12);
    (prop::bool::weighted(0.3), rarely(), rarely(), rarely()).prop_map(
        |(
            block_public_access,
            management_account,
            resource_in_management_account,
            service_linked_role,
        )| {
            Settings {
                block_public_access,
                management_account,
                resource_in_management_account,
                service_linked_role,
            }
        },
    )
}

pub fn cases() -> impl Strategy<Value = Case> {
    let level = || prop_oneof![9 => vec(generous(), 1..3), 1 => Just(Vec::new())];
    let rarely = |weight| prop::bool::weighted(weight);
    (
        asks(),
        (
            Just(true),
            prop_oneof![4 => vec(document().prop_map(Some), 0..3), 1 => vec(generous(), 1..3)],
        ),
        prop::option::weighted(
            0.85,
            prop_oneof![5 => document().prop_map(Some), 1 => generous()],
        ),
        (rarely(0.3), vec(generous(), 1..3)),
        (rarely(0.3), vec(generous(), 0..3)),
        (rarely(0.4), vec(level(), 1..4)),
        (rarely(0.3), vec(level(), 1..3)),
        (rarely(0.2), vec(generous(), 1..3)),
        grants(),
        settings(),
    )
        .prop_map(
            |(
                ask,
                identity,
                resource,
                boundary,
                session,
                scps,
                rcps,
                endpoint,
                grants,
                settings,
            )| {
                let write = |scope: Scope| {
                    let ask = &ask;
                    move |draft: &Option<DraftDocument>| {
                        draft
                            .as_ref()
                            .map_or_else(|| allow_all(scope), |draft| draft.write(scope, ask))
                    }
                };
                let list = |scope: Scope, (given, drafts): &(bool, Vec<_>)| -> Vec<Value> {
                    if *given {
                        drafts.iter().map(write(scope)).collect()
                    } else {
                        Vec::new()
                    }
                };
                let levels = |scope: Scope, (given, levels): &(bool, Vec<Vec<_>>)| {
                    let mut written: Vec<Vec<Value>> = Vec::new();
                    if *given {
                        written.extend(
                            levels
                                .iter()
                                .map(|level| level.iter().map(write(scope)).collect()),
                        );
                    }
                    written
                };
                Case {
                    identity: list(Scope::Identity, &identity),
                    resource: resource.as_ref().map(write(ask.scope())),
                    boundaries: list(Scope::Identity, &boundary),
                    session: session.0.then(|| list(Scope::Identity, &session)),
                    scps: levels(Scope::Identity, &scps),
                    rcps: levels(Scope::Resource, &rcps),
                    endpoints: list(Scope::Resource, &endpoint),
                    grants,
                    settings,
                    ask,
                }
            },
        )
}
