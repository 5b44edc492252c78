//! The promise of the product: what crosspipe renders permits every request of a run, and nothing in it is
//! there without a request that asks for it.

mod support {
    pub mod proof;
}

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Arc;

use crosspipe::chain::{Actor, Confidence, Need, Who};
use crosspipe::policy::{self, Answer, AwsPrincipal, Principal};
use serde_json::{Value, json};
use support::proof::{Id, WAYS, Way, World};

fn worlds() -> Vec<(Way, World)> {
    WAYS.iter().map(|way| (*way, World::new(way))).collect()
}

/// Needs that the rendered policies do not permit, with the reason.
const NOT_PERMITTED: [(&str, &str); 1] = [(
    "deploy/pass-infrastructure-role",
    "whether UpdateService asks for it again is not documented; the role is the team's own, and policies/README.md says where to put it",
)];

#[test]
fn every_need_of_every_blueprint_is_permitted() {
    let mut said = String::new();
    let mut used = BTreeSet::new();
    for (way, world) in worlds() {
        for (environment, listing) in &world.listings {
            for gap in &listing.gaps {
                let _ = writeln!(said, "{} {environment}: not listed: {}", way.name, gap.why);
            }
            assert!(
                listing.needs.len() > 60,
                "{}: {}",
                way.name,
                listing.needs.len()
            );
        }
        for (environment, need) in world.needs() {
            if world.answer(need) == Answer::Allowed {
                continue;
            }
            if NOT_PERMITTED.iter().any(|(id, _)| *id == need.id) && !need.is_required() {
                used.insert(need.id.clone());
                continue;
            }
            let proof = policy::prove(&world.policies(need), &need.request());
            let _ = writeln!(said, "{} {environment} {}: {proof:#?}", way.name, need.id);
        }
    }
    assert!(said.is_empty(), "{said}");
    assert_eq!(
        used.len(),
        NOT_PERMITTED.len(),
        "the table has more than is found"
    );
}

/// What could be taken out of the rendered documents without any request of a run being refused, with the
/// reason why it is there. By the document's carrier without its environment, the statement without the
/// environment's name, and what is taken out of it.
const SPARE: &[(&str, &str, &str, &str)] = &[
    (
        "artifact-key",
        "Administration",
        "",
        "no run administers the key; AWS refuses to save a key policy that lets nobody change it",
    ),
    (
        "artifact-key",
        "UseByPipelineAndBuild",
        "kms:DescribeKey",
        "Administration gives it to the shared account, so that its roles' own policies are enough",
    ),
    (
        "artifact-key",
        "UseByPipelineAndBuild",
        "kms:Encrypt",
        "AWS lists it for the key's users; Amazon S3 does not use it",
    ),
    (
        "artifact-key",
        "UseByPipelineAndBuild",
        "kms:ReEncrypt*",
        "AWS lists it for the key's users; Amazon S3 does not use it",
    ),
    (
        "pipeline-role",
        "ArtifactKey",
        "kms:DescribeKey",
        "AWS lists it for the key's users",
    ),
    (
        "pipeline-role",
        "ArtifactKey",
        "kms:Encrypt",
        "AWS lists it for the key's users; Amazon S3 does not use it",
    ),
    (
        "pipeline-role",
        "ArtifactKey",
        "kms:ReEncrypt*",
        "AWS lists it for the key's users; Amazon S3 does not use it",
    ),
    (
        "pipeline-role",
        "ArtifactObjects",
        "s3:GetObject",
        "AWS lists it for the pipeline's role; every action that reads an artifact has a role of its own",
    ),
    (
        "pipeline-role",
        "ArtifactObjects",
        "s3:GetObjectVersion",
        "as s3:GetObject",
    ),
    (
        "build-role",
        "ArtifactKey",
        "kms:Encrypt",
        "AWS lists it for the key's users; Amazon S3 does not use it",
    ),
    (
        "build-role",
        "ArtifactKey",
        "kms:ReEncrypt*",
        "AWS lists it for the key's users; Amazon S3 does not use it",
    ),
    (
        "build-role",
        "Logs",
        "resource without :*",
        "published refusals show the group's ARN without and with ':*'",
    ),
    (
        "pipeline-role",
        "ConnectionSource",
        "resource under codestar-connections",
        "AWS asks under both names of the service; on which of the two ARNs is not documented",
    ),
    (
        "execution-role",
        "Logs",
        "resource without :*",
        "published refusals show the group's ARN without and with ':*'",
    ),
    (
        "deploy-role",
        "PassTaskRoles",
        "ecs.amazonaws.com",
        "AWS's sample names both services; which one is asked for at which call is not documented",
    ),
];

/// One thing less in a document: what it is called, and the document without it.
fn without_one(document: &Value) -> Vec<(String, String, Value)> {
    let mut all = Vec::new();
    let statements = document["Statement"].as_array().unwrap();
    for (index, statement) in statements.iter().enumerate() {
        if statement["Effect"] != "Allow" {
            continue;
        }
        let sid = statement["Sid"].as_str().unwrap().to_owned();
        let mut take = |what: String, pointer: &str, list: &[Value], at: usize| {
            let mut other = document.clone();
            let mut left = list.to_vec();
            left.remove(at);
            *other["Statement"][index].pointer_mut(pointer).unwrap() = Value::Array(left);
            all.push((sid.clone(), what, other));
        };
        let listed = |value: &Value| value.as_array().filter(|list| list.len() > 1).cloned();
        if let Some(list) = listed(&statement["Action"]) {
            for (at, action) in list.iter().enumerate() {
                take(action.as_str().unwrap().to_owned(), "/Action", &list, at);
            }
        }
        if let Some(list) = listed(&statement["Resource"]) {
            for (at, resource) in list.iter().enumerate() {
                let resource = resource.as_str().unwrap();
                let is_log = resource.contains(":log-group:") && !resource.ends_with(":*");
                let is_old_name = resource.contains(":codestar-connections:");
                let what = match (is_log, is_old_name) {
                    (true, _) => "resource without :*",
                    (_, true) => "resource under codestar-connections",
                    _ => resource,
                };
                take(what.to_owned(), "/Resource", &list, at);
            }
        }
        for (operator, keys) in statement["Condition"].as_object().into_iter().flatten() {
            for (key, values) in keys.as_object().unwrap() {
                if let Some(list) = listed(values) {
                    for (at, value) in list.iter().enumerate() {
                        let pointer = format!("/Condition/{operator}/{key}");
                        take(value.as_str().unwrap().to_owned(), &pointer, &list, at);
                    }
                }
            }
        }
        let mut other = document.clone();
        let left = other["Statement"].as_array_mut().unwrap();
        left.remove(index);
        if left.is_empty() {
            // AWS takes no document without a statement: one that allows nothing stands for it.
            let mut nothing = statement.clone();
            nothing["Effect"] = json!("Deny");
            nothing["Action"] = json!("sqs:ReceiveMessage");
            left.push(nothing);
        }
        all.push((sid, String::new(), other));
    }
    all
}

/// A carrier and a statement id without the environment in them.
fn general(id: &Id, sid: &str) -> (String, String) {
    let carrier = id.0.split('/').nth(1).unwrap().to_owned();
    let sid = ["Dev", "Stg", "Prd"]
        .iter()
        .find_map(|name| sid.strip_suffix(name))
        .unwrap_or(sid);
    (carrier, sid.to_owned())
}

/// What is not used by any request that ends a run, but by one that AWS lists and nobody has seen asked, or
/// that may be refused.
const LISTED_BY_AWS: &[(&str, &str, &str)] = &[
    (
        "artifact-bucket",
        "BucketReadByDeployRole",
        "AWS lists the three actions for a role that reads artifacts; ListBucket makes a missing artifact answer 404",
    ),
    (
        "deploy-role",
        "ReadArtifactBucket",
        "the other side of the same",
    ),
    (
        "build-role",
        "CacheObjects",
        "a build goes on without its cache",
    ),
    (
        "pipeline-role",
        "ArtifactBucket",
        "a source action for CodeCommit asks for ListBucket; with a connection AWS only lists it",
    ),
];

#[test]
fn nothing_can_be_taken_out_without_a_refusal() {
    let mut tried = 0;
    let (mut spare, mut listed_only) = (BTreeSet::new(), BTreeSet::new());
    let (mut more, mut less) = (Vec::new(), Vec::new());
    for (way, world) in worlds() {
        for (id, document) in &world.documents {
            if id.0.ends_with("/team") {
                continue;
            }
            let concerned: Vec<&Need> = world
                .needs()
                .map(|(_, need)| need)
                .filter(|need| {
                    let (identity, resource) = world.documents_of(need);
                    identity.as_ref() == Some(id) || resource.as_ref() == Some(id)
                })
                .filter(|need| world.answer(need) == Answer::Allowed)
                .collect();
            for (sid, what, other) in without_one(document) {
                tried += 1;
                let other = Arc::new(policy::parse(&other).unwrap());
                let refused: Vec<&&Need> = concerned
                    .iter()
                    .filter(|need| world.answer_with(need, id, &other) != Answer::Allowed)
                    .collect();
                let (carrier, sid) = general(id, &sid);
                let place = (carrier.clone(), sid.clone(), what.clone());
                let reason = SPARE.iter().find(|(c, s, w, _)| {
                    (*c, *s) == (carrier.as_str(), sid.as_str())
                        && (*w == what || *s == "Administration")
                });
                match (reason, refused.is_empty()) {
                    (None, true) => more.push(format!("{} {id:?} {sid} {what}", way.name)),
                    (Some(_), false) => less.push(format!("{} {id:?} {sid} {what}", way.name)),
                    (Some(_), true) => {
                        spare.insert(place);
                    }
                    (None, false) => {}
                }
                let is_required = refused.iter().any(|need| need.is_required());
                if what.is_empty() && !refused.is_empty() && !is_required {
                    listed_only.insert((carrier, sid));
                }
            }
        }
    }
    assert!(tried > 1500, "{tried}");
    assert!(more.is_empty(), "asked for by no request: {more:#?}");
    assert!(less.is_empty(), "asked for after all: {less:#?}");
    for (carrier, sid, what, _) in SPARE {
        let there = spare.iter().any(|(c, s, w)| {
            (c, s) == (&(*carrier).to_owned(), &(*sid).to_owned())
                && (w == what || *sid == "Administration")
        });
        assert!(
            there,
            "{carrier} {sid} {what} is in the table and nowhere else"
        );
    }
    let known: BTreeSet<(String, String)> = LISTED_BY_AWS
        .iter()
        .map(|(carrier, sid, _)| ((*carrier).to_owned(), (*sid).to_owned()))
        .collect();
    assert_eq!(listed_only, known);
}

/// What a role of one environment may do of another one's run, with the reason.
fn is_common(need: &Need) -> Option<&'static str> {
    match need.iam_action.as_str() {
        action if action.starts_with("kms:") => Some(
            "the artifacts have one key; what is under it is kept apart by the bucket's prefixes",
        ),
        "s3:GetBucketAcl" | "s3:GetBucketLocation" | "s3:GetBucketVersioning" | "s3:ListBucket" => {
            Some("the artifacts have one bucket")
        }
        action if action.starts_with("codecommit:") => Some("there is one repository"),
        "codeconnections:UseConnection" | "codestar-connections:UseConnection" => {
            Some("there is one connection")
        }
        _ => None,
    }
}

#[test]
fn no_environment_reaches_another() {
    let mut said = String::new();
    let mut common = BTreeSet::new();
    for (way, world) in worlds() {
        for (environment, need) in world.needs() {
            let Who::Role {
                actor,
                arn,
                session,
            } = &need.who
            else {
                continue;
            };
            let carrier = &world.roles[arn];
            for other in world.listings.keys().filter(|other| *other != environment) {
                let theirs = carrier.replacen(environment, other, 1);
                let role = world.roles.iter().find(|(_, it)| **it == theirs).unwrap().0;
                let principal = Principal::Aws(AwsPrincipal::session(role, &session.name));
                if world.answer_to(need, principal, &theirs) != Answer::Allowed {
                    continue;
                }
                match is_common(need) {
                    Some(_) => {
                        common.insert(need.iam_action.clone());
                    }
                    None => {
                        let _ = writeln!(
                            said,
                            "{}: {actor:?} of {other} may do {environment}'s {}",
                            way.name, need.id
                        );
                    }
                }
            }
        }
    }
    assert!(said.is_empty(), "{said}");
    // The exceptions are for the roles of the shared account, and each is used.
    assert!(
        common.contains("kms:Decrypt") && common.contains("s3:ListBucket"),
        "{common:?}"
    );
}

#[test]
fn no_role_does_the_work_of_another() {
    let mut said = String::new();
    for (_, world) in worlds() {
        for (environment, need) in world.needs() {
            let Who::Role { actor, session, .. } = &need.who else {
                continue;
            };
            for (role, carrier) in &world.roles {
                let is_own = world
                    .documents_of(need)
                    .0
                    .is_some_and(|id| id.0 == *carrier);
                if is_own || !carrier.starts_with(environment) || carrier.ends_with("/team") {
                    continue;
                }
                let principal = Principal::Aws(AwsPrincipal::session(role, &session.name));
                if world.answer_to(need, principal, carrier) == Answer::Allowed {
                    let kind = carrier.split('/').nth(1).unwrap();
                    let _ = writeln!(said, "{actor:?} {} also {kind}", need.iam_action);
                }
            }
        }
    }
    let said: BTreeSet<&str> = said.lines().collect();
    insta::assert_snapshot!(said.into_iter().collect::<Vec<_>>().join("\n"));
}

/// The roles whose trust AWS documents no condition for.
const UNCONDITIONAL: [&str; 2] = ["codepipeline.amazonaws.com", "ecs.amazonaws.com"];

#[test]
fn services_take_on_roles_for_their_own_resources_only() {
    let mut held = BTreeSet::new();
    for (way, world) in worlds() {
        for (_, need) in world.needs() {
            let Who::Service(service) = &need.who else {
                continue;
            };
            for (key, foreign) in [
                ("aws:SourceAccount", "999999999999".to_owned()),
                (
                    "aws:SourceArn",
                    format!(
                        "arn:aws:{}:ap-northeast-2:999999999999:other",
                        service.split('.').next().unwrap()
                    ),
                ),
            ] {
                let mut other = need.clone();
                other.context.retain(|(name, _)| name != key);
                let absent = world.answer(&other);
                other.context.push((key.to_owned(), vec![foreign]));
                let changed = world.answer(&other);
                if UNCONDITIONAL.contains(&service.as_str()) {
                    assert_eq!(absent, Answer::Allowed, "{} {service}", way.name);
                } else {
                    assert_ne!(absent, Answer::Allowed, "{} {service} {key}", way.name);
                    assert_ne!(changed, Answer::Allowed, "{} {service} {key}", way.name);
                    held.insert(service.clone());
                }
            }
            let mut other = need.clone();
            other.who = Who::Service("lambda.amazonaws.com".to_owned());
            assert_ne!(
                world.answer(&other),
                Answer::Allowed,
                "{} {service}",
                way.name
            );
        }
    }
    assert_eq!(held.len(), 4, "{held:?}");
}

#[test]
fn roles_are_passed_to_ecs_and_nobody_else() {
    let mut tried = 0;
    for (_, world) in worlds() {
        for (_, need) in world
            .needs()
            .filter(|(_, need)| need.iam_action == "iam:PassRole")
        {
            if !need.is_required() {
                continue;
            }
            for service in [
                "ec2.amazonaws.com",
                "lambda.amazonaws.com",
                "cloudformation.amazonaws.com",
            ] {
                let mut other = need.clone();
                for (key, values) in &mut other.context {
                    if key == "iam:PassedToService" {
                        *values = vec![service.to_owned()];
                    }
                }
                assert_ne!(
                    world.answer(&other),
                    Answer::Allowed,
                    "{} {service}",
                    need.id
                );
                tried += 1;
            }
            let mut other = need.clone();
            other.resource = need
                .resource
                .replace("-exec", "-admin")
                .replace("-task", "-admin");
            assert_ne!(world.answer(&other), Answer::Allowed, "{}", other.resource);
        }
    }
    assert!(tried > 100);
}

#[test]
fn insecure_transport_and_other_keys_are_refused() {
    let world = World::new(&WAYS[0]);
    let mut tried = 0;
    for (_, need) in world.needs() {
        if !need.iam_action.starts_with("s3:") {
            continue;
        }
        let with = |key: &str, value: &str| {
            let mut other = need.clone();
            other.context.retain(|(name, _)| name != key);
            other.context.push((key.to_owned(), vec![value.to_owned()]));
            world.answer(&other)
        };
        assert_eq!(
            with("aws:SecureTransport", "false"),
            Answer::ExplicitlyDenied,
            "{}",
            need.id
        );
        if need.iam_action == "s3:PutObject" {
            tried += 1;
            let other = "arn:aws:kms:ap-northeast-2:202949997891:key/other";
            let header = "s3:x-amz-server-side-encryption";
            assert_eq!(
                with(header, "AES256"),
                Answer::ExplicitlyDenied,
                "{}",
                need.id
            );
            assert_eq!(
                with(&format!("{header}-aws-kms-key-id"), other),
                Answer::ExplicitlyDenied
            );
            // An upload that names nothing is encrypted by the bucket's default.
            let mut silent = need.clone();
            silent.context.retain(|(name, _)| !name.starts_with(header));
            assert_eq!(world.answer(&silent), Answer::Allowed, "{}", need.id);
        }
    }
    assert!(tried >= 9, "{tried}");
}

#[test]
fn every_actor_and_every_part_is_there() {
    let mut actors = BTreeSet::new();
    for (_, world) in worlds() {
        for (_, need) in world.needs() {
            if let Who::Role { actor, .. } = need.who {
                actors.insert(actor);
            }
            assert!(
                !need.why.is_empty() && need.why.ends_with('.'),
                "{}: {}",
                need.id,
                need.why
            );
            assert!(
                need.id
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-/".contains(&b)),
                "{}",
                need.id
            );
            let quiet = need.step == crosspipe::chain::Step::Trigger
                || need.refusal.confidence == Confidence::Unverified;
            assert!(quiet || !need.refusal.message.is_empty(), "{}", need.id);
        }
        for listing in world.listings.values() {
            let ids: BTreeSet<_> = listing
                .needs
                .iter()
                .map(|need| (&need.stage, &need.action, &need.id))
                .collect();
            assert_eq!(ids.len(), listing.needs.len(), "two needs have one id");
        }
    }
    let expected = BTreeSet::from([
        Actor::Events,
        Actor::Pipeline,
        Actor::Action,
        Actor::Build,
        Actor::Push,
        Actor::CodeDeploy,
        Actor::Execution,
        Actor::Infrastructure,
    ]);
    assert_eq!(actors, expected);
}
