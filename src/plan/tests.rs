#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::cloud::Observed;
use crate::ident::EnvironmentName;
use crate::render::{Facts, Templates, documents, fixture};
use crate::resource::{
    Desired, Node, Part, ResourceId, Spec, TAG_APPLICATION, after_apply, artifact_key, desired,
    resolve_known,
};

use super::{Action, FORMAT, FormatError, Observations, Plan, build, differences, order};

fn wanted() -> Vec<Desired> {
    let blueprint = fixture::blueprint();
    let facts = Facts {
        key_arn: after_apply(&artifact_key(), "arn"),
        connection_arn: None,
    };
    let documents = documents(&blueprint, &facts, &Templates::embedded().unwrap()).unwrap();
    desired(&blueprint, &documents)
}

fn plan_for(wanted: &[Desired], found: &Observations) -> Plan {
    let region = fixture::blueprint().region;
    build("bys/awssdk-iam", &region, Vec::new(), wanted, found).unwrap()
}

/// What a world looks like in which everything is as wanted.
fn everything(wanted: &[Desired]) -> Observations {
    let arn = "arn:aws:kms:ap-northeast-2:202949997891:key/11112222-71d6-4265-9dab-111122223333";
    let known = BTreeMap::from([(
        "shared/artifact-key".to_owned(),
        BTreeMap::from([("arn".to_owned(), arn.to_owned())]),
    )]);
    wanted
        .iter()
        .map(|it| {
            let attributes = known.get(it.id.as_str()).cloned().unwrap_or_default();
            let observed = Observed {
                spec: resolve_known(&it.spec, &known),
                attributes,
                notes: Vec::new(),
            };
            (it.id.clone(), observed)
        })
        .collect()
}

fn id(text: &str) -> ResourceId {
    serde_json::from_value(Value::String(text.into())).unwrap()
}

fn bucket_of(observations: &mut Observations) -> &mut crate::resource::Bucket {
    match &mut observations
        .get_mut(&id("shared/artifact-bucket"))
        .unwrap()
        .spec
    {
        Spec::Bucket(bucket) => bucket,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_empty_world_is_filled_in_an_order_that_aws_accepts() {
    let wanted = wanted();
    let plan = plan_for(&wanted, &Observations::new());
    assert!(plan.resources.iter().all(|it| it.action == Action::Create));
    let waves = order(&plan).unwrap();
    let wave_of: BTreeMap<&Node, usize> = waves
        .iter()
        .enumerate()
        .flat_map(|(index, wave)| wave.iter().map(move |node| (node, index)))
        .collect();
    let wave = |resource: &str, part: Part| wave_of[&Node::new(&id(resource), part)];
    for environment in ["dev", "stg", "prd"] {
        let shared = |what: &str| format!("shared/{environment}/{what}");
        let own = |what: &str| format!("{environment}/{what}");
        let pipeline = wave(&shared("pipeline"), Part::Itself);
        for needed in [
            shared("pipeline-role"),
            shared("build-role"),
            own("deploy-role"),
            own("push-role"),
            own("execution-role"),
            own("codedeploy-role"),
        ] {
            assert!(wave(&needed, Part::Policy) < pipeline, "{needed}");
        }
        for needed in [
            shared("project"),
            own("task-role"),
            own("deployment-group"),
            own("image-repository"),
        ] {
            assert!(wave(&needed, Part::Itself) < pipeline, "{needed}");
        }
        assert!(wave("shared/artifact-bucket", Part::Policy) < pipeline);
        assert!(pipeline < wave(&shared("rule"), Part::Target));
        assert!(
            wave(&own("codedeploy-role"), Part::Policy)
                < wave(&own("deployment-group"), Part::Itself)
        );
        assert!(
            wave(&own("application"), Part::Itself) < wave(&own("deployment-group"), Part::Itself)
        );
    }
    assert!(
        wave("shared/artifact-key", Part::Itself)
            < wave("shared/artifact-bucket", Part::Encryption)
    );
    insta::assert_snapshot!(
        "first_bootstrap_waves",
        waves
            .iter()
            .enumerate()
            .map(|(index, wave)| {
                let nodes: Vec<String> = wave
                    .iter()
                    .map(|node| format!("  {} {:?}", node.resource, node.part))
                    .collect();
                format!("{}\n{}\n", index + 1, nodes.join("\n"))
            })
            .collect::<String>()
    );
}

#[test]
fn a_world_as_wanted_needs_nothing() {
    let wanted = wanted();
    let plan = plan_for(&wanted, &everything(&wanted));
    assert!(
        plan.is_empty(),
        "{:#?}",
        plan.resources
            .iter()
            .filter(|it| it.action != Action::Keep)
            .collect::<Vec<_>>()
    );
    assert_eq!(plan.counts().keep, wanted.len());
}

#[test]
fn every_need_names_a_node_that_some_plan_makes() {
    let wanted = wanted();
    let plan = plan_for(&wanted, &Observations::new());
    let made: BTreeSet<Node> = plan
        .resources
        .iter()
        .flat_map(|it| {
            it.changes
                .iter()
                .map(|change| Node::new(&it.id, change.part))
        })
        .collect();
    // Parts that exist only in an update, or only in another blueprint, are named on purpose.
    let elsewhere = [Part::Settings, Part::Ownership];
    for resource in &plan.resources {
        for need in resource.changes.iter().flat_map(|it| &it.needs) {
            let named_on_purpose = elsewhere.contains(&need.part)
                || (need.part == Part::Policy && need.resource.as_str().ends_with("task-role"));
            assert!(
                made.contains(need) || named_on_purpose,
                "{need:?} of {}",
                resource.id
            );
        }
    }
}

#[test]
fn a_statement_of_somebody_else_stays_as_it_is() {
    let wanted = wanted();
    let mut found = everything(&wanted);
    let foreign = json!({"Sid": "Auditors", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::999999999999:root"}, "Action": "s3:GetBucketPolicy", "Resource": "arn:aws:s3:::x"});
    let statements = bucket_of(&mut found).policy["Statement"]
        .as_array_mut()
        .unwrap();
    statements.insert(0, foreign.clone());
    statements.pop();
    let before = bucket_of(&mut found).policy.clone();
    let plan = plan_for(&wanted, &found);
    let bucket = plan
        .resources
        .iter()
        .find(|it| it.id == id("shared/artifact-bucket"))
        .unwrap();
    assert_eq!(bucket.action, Action::Update);
    assert_eq!(bucket.changes.len(), 1);
    assert_eq!(bucket.changes[0].part, Part::Policy);
    assert_eq!(bucket.changes[0].base, Some(before));
    let Spec::Bucket(spec) = &bucket.spec else {
        panic!()
    };
    assert_eq!(spec.policy["Statement"][0], foreign);
}

#[test]
fn what_is_not_ours_is_adopted_only_with_consent_and_what_is_anothers_never() {
    let wanted = wanted();
    let mut found = everything(&wanted);
    if let Spec::Repository(it) = &mut found.get_mut(&id("shared/repository")).unwrap().spec {
        it.tags.clear();
    }
    bucket_of(&mut found)
        .tags
        .insert(TAG_APPLICATION.into(), "bys/other".into());
    let plan = plan_for(&wanted, &found);
    let adopted: Vec<_> = plan.with(Action::Adopt).collect();
    assert_eq!(adopted.len(), 1);
    assert_eq!(adopted[0].changes[0].part, Part::Tags);
    let conflicts: Vec<_> = plan.with(Action::Conflict).collect();
    assert_eq!(conflicts.len(), 1);
    assert!(conflicts[0].reason.contains("bys/other"));
    assert!(conflicts[0].changes.is_empty());
}

#[test]
fn what_cannot_be_changed_is_a_conflict() {
    let wanted = wanted();
    let mut found = everything(&wanted);
    if let Spec::Role(role) = &mut found.get_mut(&id("dev/deploy-role")).unwrap().spec {
        role.path = "/old/".into();
    }
    if let Spec::Application(application) = &mut found.get_mut(&id("dev/application")).unwrap().spec
    {
        application.compute_platform = "Server".into();
    }
    bucket_of(&mut found).region = "us-east-1".into();
    let plan = plan_for(&wanted, &found);
    assert_eq!(plan.counts().conflict, 3);
}

#[test]
fn every_managed_difference_is_seen() {
    let wanted = wanted();
    let mut found = everything(&wanted);
    {
        let bucket = bucket_of(&mut found);
        bucket.public_access_blocked = false;
        bucket.versioning = false;
        bucket.encryption_key = String::new();
        bucket.ownership = "ObjectWriter".into();
        bucket.lifecycle = Value::Null;
    }
    if let Spec::Key(key) = &mut found.get_mut(&artifact_key()).unwrap().spec {
        key.rotation = false;
        key.alias = String::new();
        key.description = "?".into();
    }
    if let Spec::Role(role) = &mut found.get_mut(&id("dev/deploy-role")).unwrap().spec {
        role.max_session_seconds = 7200;
        role.trust["Statement"][0]["Effect"] = json!("Deny");
        role.policy = Value::Null;
    }
    if let Spec::Pipeline(pipeline) = &mut found.get_mut(&id("shared/dev/pipeline")).unwrap().spec {
        pipeline.document["stages"][0]["actions"][0]["configuration"]["BranchName"] = json!("main");
    }
    if let Spec::Rule(rule) = &mut found.get_mut(&id("shared/dev/rule")).unwrap().spec {
        rule.enabled = false;
        rule.target = None;
    }
    let plan = plan_for(&wanted, &found);
    let text: Vec<String> = plan
        .with(Action::Update)
        .flat_map(|it| {
            it.changes
                .iter()
                .map(move |change| format!("{} {:?}", it.id, change.part))
        })
        .collect();
    insta::assert_snapshot!("differences_seen", text.join("\n"));
}

#[test]
fn a_plan_survives_its_file_and_another_version_is_refused() {
    let wanted = wanted();
    let plan = plan_for(&wanted, &Observations::new());
    assert_eq!(Plan::from_json(&plan.to_json()).unwrap(), plan);
    let other = plan
        .to_json()
        .replacen(&format!("\"format\": {FORMAT}"), "\"format\": 99", 1);
    assert!(matches!(
        Plan::from_json(&other),
        Err(FormatError::OtherVersion { found: 99 })
    ));
    assert!(matches!(
        Plan::from_json("{}"),
        Err(FormatError::NotAPlan(_))
    ));
    assert!(matches!(
        Plan::from_json("nonsense"),
        Err(FormatError::NotAPlan(_))
    ));
}

#[test]
fn documents_are_compared_by_meaning() {
    let none = |found: Value, wanted: Value, whole: bool| {
        let lines: Vec<_> = differences(&found, &wanted, whole)
            .iter()
            .flat_map(super::Difference::lines)
            .collect();
        assert!(lines.is_empty(), "{lines:?}");
    };
    none(json!({"a": 1, "added": true}), json!({"a": 1}), false);
    none(
        json!({"runOrder": 1, "x": [], "version": 7}),
        json!({}),
        true,
    );
    // AWS may leave out what is nothing, or write it out.
    none(
        json!({"ready": {"action": "GO"}}),
        json!({"ready": {"action": "GO", "wait": 0}}),
        false,
    );
    none(
        json!({"filter": {"Prefix": ""}, "insecure": false}),
        json!({}),
        true,
    );
    none(json!({}), json!({"filter": {"Prefix": ""}}), true);
    none(
        json!({"events": ["b", "a"]}),
        json!({"events": ["a", "b"]}),
        true,
    );
    none(
        json!({"c": "[{\"a\": 1}]"}),
        json!({"c": "[{\"a\":1}]"}),
        true,
    );
    none(
        json!([{"name": "x", "v": 1}, {"name": "y"}]),
        json!([{"name": "y"}, {"name": "x", "v": 1}]),
        true,
    );
    let some = |found: Value, wanted: Value, whole: bool| {
        differences(&found, &wanted, whole)
            .iter()
            .flat_map(super::Difference::lines)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        some(json!({"a": 1, "extra": 2}), json!({"a": 1}), true),
        ["- extra: 2"]
    );
    assert_eq!(
        some(
            json!({"stages": [{"name": "Deploy", "roleArn": "x"}]}),
            json!({"stages": [{"name": "Deploy", "roleArn": "y"}]}),
            true
        ),
        ["~ stages[Deploy].roleArn: x -> y"]
    );
    assert_eq!(some(json!([{"name": "x"}]), json!([]), false).len(), 1);
    assert_eq!(some(json!("1"), json!("01"), false).len(), 1);
}

#[test]
fn adding_an_environment_touches_no_statement_of_the_others() {
    let wanted = wanted();
    let without_prd: Vec<Desired> = {
        let mut blueprint = fixture::blueprint();
        blueprint
            .environments
            .shift_remove(&EnvironmentName::parse("prd").unwrap());
        let facts = Facts {
            key_arn: after_apply(&artifact_key(), "arn"),
            connection_arn: None,
        };
        let documents = documents(&blueprint, &facts, &Templates::embedded().unwrap()).unwrap();
        desired(&blueprint, &documents)
    };
    let found = everything(&without_prd);
    let plan = plan_for(&wanted, &found);
    for resource in plan.with(Action::Update) {
        for line in resource.changes.iter().flat_map(|it| &it.lines) {
            assert!(
                !line.starts_with('-') && !line.starts_with('~'),
                "{}: {line}",
                resource.id
            );
        }
    }
    let updated: Vec<_> = plan
        .with(Action::Update)
        .map(|it| it.id.to_string())
        .collect();
    assert_eq!(updated, ["shared/artifact-key", "shared/artifact-bucket"]);
    assert!(
        plan.with(Action::Create)
            .all(|it| it.id.as_str().contains("prd"))
    );
}
