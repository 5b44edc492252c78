use std::collections::{BTreeMap, BTreeSet, HashSet};

use insta::assert_snapshot;
use serde_json::json;

use super::*;
use crate::blueprint::{ConnectionProvider, Source, Strategy};
use crate::ident::Arn;
use crate::render::{fixture, starter};
use crate::validity;

fn made(blueprint: &Blueprint) -> Documents {
    made_with(blueprint, &fixture::facts())
}

fn made_with(blueprint: &Blueprint, facts: &Facts) -> Documents {
    documents(blueprint, facts, &Templates::embedded().unwrap()).unwrap()
}

fn failure(blueprint: &Blueprint) -> String {
    documents(
        blueprint,
        &fixture::facts(),
        &Templates::embedded().unwrap(),
    )
    .unwrap_err()
    .to_string()
}

fn named(name: &str) -> EnvironmentName {
    EnvironmentName::parse(name).unwrap()
}

fn environment<'a>(
    blueprint: &'a mut Blueprint,
    name: &str,
) -> &'a mut crate::blueprint::Environment {
    blueprint.environments.get_mut(&named(name)).unwrap()
}

/// The fixture with a connection as its source, dev on ECS's rolling update, and other odd things.
fn variant() -> (Blueprint, Facts) {
    let mut blueprint = fixture::blueprint();
    let arn = "arn:aws:codeconnections:ap-northeast-2:202949997891:connection/aaaaaaaa-1111-2222-3333-bbbbbbbbbbbb";
    blueprint.source = Source::Connection {
        host: ConnectionProvider::GitHub,
        repository: "bys/awssdk-iam".into(),
        connection: Some(Arn::parse(arn).unwrap()),
    };
    blueprint.role_path = "/cicd/".into();
    blueprint.build.image = "aws/codebuild/amazonlinux-aarch64-standard:3.0".into();
    let dev = environment(&mut blueprint, "dev");
    dev.deploy.strategy = Strategy::EcsRolling;
    dev.deploy.listener = None;
    dev.deploy.target_groups.clear();
    dev.branch = "feature/it's-$HOME".into();
    let stg = environment(&mut blueprint, "stg");
    stg.deploy.test_listener = stg.deploy.listener.as_ref().map(|it| {
        Arn::parse(&it.as_str().replace("fedcba9876543210", "0000000000008443")).unwrap()
    });
    let facts = Facts {
        connection_arn: Some(arn.into()),
        ..fixture::facts()
    };
    (blueprint, facts)
}

fn snapshot_role(name: &str, role: &RoleDocuments) {
    assert_snapshot!(format!("{name}.trust"), format!("{:#}", role.trust));
    if let Some(policy) = &role.policy {
        assert_snapshot!(name.to_owned(), format!("{policy:#}"));
    }
}

#[test]
fn the_fixture() {
    let made = made(&fixture::blueprint());
    assert_snapshot!(
        "artifact-key",
        format!("{:#}", made.shared.artifact_key_policy)
    );
    assert_snapshot!(
        "artifact-bucket",
        format!("{:#}", made.shared.artifact_bucket_policy)
    );
    assert_snapshot!(
        "bucket-lifecycle",
        format!("{:#}", made.shared.bucket_lifecycle)
    );
    assert_snapshot!("buildspec", made.buildspec);
    let dev = &made.environments[&named("dev")];
    snapshot_role("pipeline-role", &dev.pipeline_role);
    snapshot_role("build-role", &dev.build_role);
    snapshot_role("events-role", dev.events_role.as_ref().unwrap());
    snapshot_role("deploy-role", &dev.deploy_role);
    snapshot_role("push-role", &dev.push_role);
    snapshot_role("codedeploy-role", dev.codedeploy_role.as_ref().unwrap());
    snapshot_role("execution-role", &dev.execution_role);
    snapshot_role("task-role", &dev.task_role);
    for (name, document) in [
        ("project", Some(&dev.project)),
        ("pipeline", Some(&dev.pipeline)),
        ("rule", dev.rule.as_ref()),
        ("targets", dev.targets.as_ref()),
        ("application", dev.application.as_ref()),
        ("deployment-group", dev.deployment_group.as_ref()),
        ("image-repository", Some(&dev.image_repository)),
        ("image-lifecycle", Some(&dev.image_lifecycle)),
        ("taskdef", Some(&dev.taskdef)),
    ] {
        assert_snapshot!(name, format!("{:#}", document.unwrap()));
    }
    assert_snapshot!("appspec", dev.appspec.as_ref().unwrap());
}

#[test]
fn a_connection_and_ecs() {
    let (blueprint, facts) = variant();
    let made = made_with(&blueprint, &facts);
    let dev = &made.environments[&named("dev")];
    assert!(dev.events_role.is_none() && dev.rule.is_none() && dev.targets.is_none());
    assert!(
        dev.codedeploy_role.is_none()
            && dev.application.is_none()
            && dev.deployment_group.is_none()
    );
    assert!(dev.appspec.is_none());
    assert_snapshot!(
        "variant-pipeline-role",
        format!("{:#}", dev.pipeline_role.policy.as_ref().unwrap())
    );
    assert_snapshot!(
        "variant-deploy-role",
        format!("{:#}", dev.deploy_role.policy.as_ref().unwrap())
    );
    assert_snapshot!("variant-pipeline", format!("{:#}", dev.pipeline));
    assert_snapshot!("variant-buildspec", made.buildspec);
    let stg = &made.environments[&named("stg")];
    assert_snapshot!(
        "variant-deployment-group",
        format!("{:#}", stg.deployment_group.as_ref().unwrap())
    );
    let shifting = &stg
        .codedeploy_role
        .as_ref()
        .unwrap()
        .policy
        .as_ref()
        .unwrap()["Statement"][3];
    assert_eq!(shifting["Resource"].as_array().unwrap().len(), 2);
    assert_eq!(stg.taskdef["runtimePlatform"]["cpuArchitecture"], "ARM64");
    assert_eq!(stg.project["environment"]["type"], "ARM_CONTAINER");
}

#[test]
fn what_aws_checks_holds_for_every_document() {
    let (odd, odd_facts) = variant();
    for (blueprint, facts) in [(fixture::blueprint(), fixture::facts()), (odd, odd_facts)] {
        let made = made_with(&blueprint, &facts);
        assert_eq!(validity::buildspec::check(&made.buildspec), []);
        for environment in made.environments.values() {
            assert_eq!(
                validity::pipeline::check_in(&environment.pipeline, Some("ap-northeast-2")),
                []
            );
            assert_eq!(validity::taskdef::check(&environment.taskdef), []);
            if let Some(text) = &environment.appspec {
                assert_eq!(validity::appspec::check(text), []);
            }
            if let Some(group) = &environment.deployment_group {
                assert_eq!(validity::deployment_group::check(group), []);
            }
        }
    }
}

/// Every policy with a name, for checks that all must pass.
fn policies(made: &Documents) -> Vec<(String, &Value)> {
    let mut all = vec![
        ("artifact-key".to_owned(), &made.shared.artifact_key_policy),
        (
            "artifact-bucket".to_owned(),
            &made.shared.artifact_bucket_policy,
        ),
    ];
    for (name, it) in &made.environments {
        let roles = [
            ("pipeline-role", Some(&it.pipeline_role)),
            ("build-role", Some(&it.build_role)),
            ("events-role", it.events_role.as_ref()),
            ("deploy-role", Some(&it.deploy_role)),
            ("push-role", Some(&it.push_role)),
            ("codedeploy-role", it.codedeploy_role.as_ref()),
            ("execution-role", Some(&it.execution_role)),
            ("task-role", Some(&it.task_role)),
        ];
        for (role, documents) in roles {
            if let Some(documents) = documents {
                all.push((format!("{name}/{role}.trust"), &documents.trust));
                if let Some(policy) = &documents.policy {
                    all.push((format!("{name}/{role}"), policy));
                }
            }
        }
    }
    all
}

fn statements(policy: &Value) -> &[Value] {
    policy["Statement"].as_array().unwrap()
}

fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(items) => items.iter().map(|it| it.as_str().unwrap()).collect(),
        _ => vec![],
    }
}

#[test]
fn statements_are_well_formed_and_their_ids_unique() {
    let made = made(&fixture::blueprint());
    let all = policies(&made);
    assert_eq!(all.len(), 2 + 3 * 15);
    for (name, policy) in all {
        assert_eq!(policy["Version"], "2012-10-17", "{name}");
        let mut seen = HashSet::new();
        for statement in statements(policy) {
            let sid = statement["Sid"].as_str().unwrap();
            assert!(
                sid.chars().all(|c| c.is_ascii_alphanumeric()),
                "{name} {sid}"
            );
            assert!(seen.insert(sid), "{name} {sid}");
            for key in statement.as_object().unwrap().keys() {
                assert!(
                    [
                        "Sid",
                        "Effect",
                        "Principal",
                        "Action",
                        "Resource",
                        "Condition"
                    ]
                    .contains(&key.as_str()),
                    "{name} {key}"
                );
            }
            assert!(
                texts(&statement["Action"])
                    .iter()
                    .all(|it| *it == "s3:*" || it.contains(':')),
                "{name}"
            );
        }
    }
}

/// `policies/README.md` explains each of these.
#[test]
fn a_star_stands_only_where_the_page_says_so() {
    let allowed: BTreeSet<(&str, &str)> = [
        ("push-role", "ecr:GetAuthorizationToken"),
        ("execution-role", "ecr:GetAuthorizationToken"),
        ("deploy-role", "ecs:RegisterTaskDefinition"),
        ("deploy-role", "ecs:DescribeTaskDefinition"),
        ("codedeploy-role", "ecs:CreateTaskSet"),
        ("codedeploy-role", "ecs:DeleteTaskSet"),
        ("codedeploy-role", "elasticloadbalancing:DescribeListeners"),
        ("codedeploy-role", "elasticloadbalancing:DescribeRules"),
        (
            "codedeploy-role",
            "elasticloadbalancing:DescribeTargetGroups",
        ),
    ]
    .into();
    let tails = ["/*", ":*"];
    let (odd, odd_facts) = variant();
    for made in [made(&fixture::blueprint()), made_with(&odd, &odd_facts)] {
        for (name, policy) in policies(&made) {
            let role = name.split('/').next_back().unwrap();
            for statement in statements(policy) {
                let allow = statement["Effect"] == "Allow";
                for action in texts(&statement["Action"]) {
                    let family = ["kms:GenerateDataKey*", "kms:ReEncrypt*"].contains(&action);
                    assert!(
                        !allow || family || !action.contains('*'),
                        "{name}: {action}"
                    );
                }
                for resource in texts(&statement["Resource"]) {
                    if resource == "*" && role != "artifact-key" {
                        for action in texts(&statement["Action"]) {
                            assert!(allowed.contains(&(role, action)), "{name}: {action} on *");
                        }
                    } else if resource != "*" {
                        let stem = tails
                            .iter()
                            .find_map(|tail| resource.strip_suffix(tail))
                            .unwrap_or(resource);
                        assert!(!stem.contains(['*', '?']), "{name}: {resource}");
                    }
                }
                if allow {
                    assert_ne!(statement["Principal"], "*", "{name}");
                    assert_ne!(statement["Principal"]["AWS"], "*", "{name}");
                    // An account's root stands for one role of it, but for the key's administration.
                    let root = texts(&statement["Principal"]["AWS"])
                        .iter()
                        .any(|it| it.ends_with(":root"));
                    let held = !statement["Condition"]["ArnEquals"]["aws:PrincipalArn"].is_null();
                    assert!(
                        !root || held || statement["Sid"] == "Administration",
                        "{name}"
                    );
                    assert!(
                        !texts(&statement["Action"]).contains(&"iam:PassRole")
                            || statement["Condition"]["StringEquals"]["iam:PassedToService"]
                                != json!(null),
                        "{name}"
                    );
                }
            }
        }
    }
}

#[test]
fn administering_the_key_is_not_using_it() {
    let made = made(&fixture::blueprint());
    let administration = &statements(&made.shared.artifact_key_policy)[0];
    for action in texts(&administration["Action"]) {
        for using in [
            "Decrypt",
            "Encrypt",
            "GenerateDataKey",
            "ReEncrypt",
            "CreateGrant",
            "Sign",
            "GenerateRandom",
        ] {
            assert!(!action.contains(using), "{action}");
        }
    }
    assert!(texts(&administration["Action"]).contains(&"kms:PutKeyPolicy"));
}

#[test]
fn one_environment_knows_nothing_of_another() {
    let blueprint = fixture::blueprint();
    let made = made(&blueprint);
    for (name, policy) in policies(&made).into_iter().skip(2) {
        let own = name.split('/').next().unwrap();
        let text = policy.to_string();
        for (other, environment) in &blueprint.environments {
            if other.as_str() != own {
                assert!(
                    !text.contains(environment.account.as_str()),
                    "{name}: account of {other}"
                );
                assert!(
                    !text.contains(&format!("{other}-")),
                    "{name}: a name of {other}"
                );
            }
        }
    }
    for (policy, per_environment) in [
        (&made.shared.artifact_key_policy, 2),
        (&made.shared.artifact_bucket_policy, 2),
    ] {
        for (name, environment) in &blueprint.environments {
            let own: Vec<_> = statements(policy)
                .iter()
                .filter(|it| it["Sid"].as_str().unwrap().ends_with(&name.in_sid()))
                .collect();
            assert_eq!(own.len(), per_environment);
            for statement in own {
                for (other, elsewhere) in &blueprint.environments {
                    assert!(
                        other == name
                            || !statement.to_string().contains(elsewhere.account.as_str())
                    );
                }
                assert!(
                    statement.to_string().contains(environment.account.as_str())
                        || statement.to_string().contains("202949997891")
                );
            }
        }
    }
}

#[test]
fn adding_an_environment_changes_no_statement_that_is_there() {
    let before = made(&fixture::blueprint());
    let mut blueprint = fixture::blueprint();
    blueprint.environments.insert(
        named("pre-prod"),
        fixture::environment("pre-prod", "558846434444", "release"),
    );
    let after = made(&blueprint);
    for (old, new) in [
        (
            &before.shared.artifact_key_policy,
            &after.shared.artifact_key_policy,
        ),
        (
            &before.shared.artifact_bucket_policy,
            &after.shared.artifact_bucket_policy,
        ),
    ] {
        let (old, new) = (statements(old), statements(new));
        assert_eq!(&new[..old.len()], old);
        assert_eq!(new.len(), old.len() + 2);
        assert!(new[old.len()]["Sid"].as_str().unwrap().ends_with("PreProd"));
    }
    for (name, documents) in &before.environments {
        assert_eq!(documents, &after.environments[name]);
    }
}

#[test]
fn what_is_not_known_yet_is_carried_through() {
    let (mut blueprint, _) = variant();
    if let Source::Connection { connection, .. } = &mut blueprint.source {
        *connection = None;
    }
    let facts = Facts {
        key_arn: "⟨shared/artifact-key.arn⟩".into(),
        connection_arn: Some("⟨shared/connection.arn⟩".into()),
    };
    let made = made_with(&blueprint, &facts);
    let dev = &made.environments[&named("dev")];
    assert_eq!(
        dev.pipeline["artifactStore"]["encryptionKey"]["id"],
        "⟨shared/artifact-key.arn⟩"
    );
    let source = &dev.pipeline["stages"][0]["actions"][0]["configuration"]["ConnectionArn"];
    assert_eq!(source, "⟨shared/connection.arn⟩");
    // Both prefixes, as they will be when the ARN is known.
    let uses = &dev.pipeline_role.policy.as_ref().unwrap()["Statement"][3];
    assert_eq!(
        uses["Resource"],
        json!([
            "arn:aws:codeconnections:ap-northeast-2:202949997891:connection/⟨shared/connection.id⟩",
            "arn:aws:codestar-connections:ap-northeast-2:202949997891:connection/⟨shared/connection.id⟩"
        ])
    );
}

#[test]
fn sizes_stay_within_the_limits_and_beyond_them_it_is_said() {
    let with = |count: usize| {
        let mut blueprint = fixture::blueprint();
        for index in 0..count {
            blueprint.environments.insert(
                named(&format!("e{index}")),
                fixture::environment("dev", &format!("5588464{index:05}"), &format!("b{index}")),
            );
        }
        blueprint
    };
    let fits = made(&with(17));
    let size = |value: &Value| value.to_string().len();
    assert!(size(&fits.shared.artifact_bucket_policy) < 20_480);
    for (name, policy) in policies(&made(&fixture::blueprint())).into_iter().skip(2) {
        let limit = if name.ends_with(".trust") {
            2_048
        } else {
            10_240
        };
        assert!(size(policy) < limit / 2, "{name}: {}", size(policy));
    }
    assert_snapshot!(failure(&with(40)), @"policies/shared/artifact-bucket.json.hbs has 31745 bytes, AWS takes 20480: one bucket serves about 25 environments; give some of them an application of their own");
}

#[test]
fn what_is_missing_is_named_by_its_key() {
    let mut blueprint = fixture::blueprint();
    environment(&mut blueprint, "dev").deploy.listener = None;
    assert_snapshot!(failure(&blueprint), @"environment.dev.deploy.listener is missing: CodeDeploy shifts the traffic of one production listener; give its ARN");
    let mut blueprint = fixture::blueprint();
    environment(&mut blueprint, "dev")
        .deploy
        .target_groups
        .pop();
    assert_snapshot!(failure(&blueprint), @"environment.dev.deploy.target_groups is missing: CodeDeploy shifts traffic between exactly two target groups, 1 given; write both names");
    let (mut blueprint, _) = variant();
    if let Source::Connection { connection, .. } = &mut blueprint.source {
        *connection = None;
    }
    assert_snapshot!(failure(&blueprint), @"source.connection is missing: the pipeline names its connection by ARN; give the ARN of one that exists");
    let mut blueprint = fixture::blueprint();
    for name in ["a-b1", "a-b-1"] {
        blueprint.environments.insert(
            named(name),
            fixture::environment(name, "558846434444", name),
        );
    }
    assert_snapshot!(failure(&blueprint), @"environments 'a-b1' and 'a-b-1' both become 'AB1' in statement ids, which take letters and digits only: give one of them another name");
}

#[test]
fn letters_that_iam_does_not_take_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("policies/shared/events-role.json.hbs");
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, r#"{"Version": "2012-10-17", "Id": "파이프라인"}"#).unwrap();
    let templates = Templates::with_folder(folder.path()).unwrap();
    let error = documents(&fixture::blueprint(), &fixture::facts(), &templates).unwrap_err();
    assert_snapshot!(error.to_string(), @"policies/shared/events-role.json.hbs holds the letter '파': IAM takes Latin-1 letters only in a policy document; write it in other letters");
}

#[test]
fn every_template_is_used() {
    // A template that nothing renders would be a document that nobody makes: break each in turn.
    let (odd, odd_facts) = variant();
    let worlds: BTreeMap<&str, (Blueprint, Facts)> = BTreeMap::from([
        ("fixture", (fixture::blueprint(), fixture::facts())),
        ("variant", (odd, odd_facts)),
    ]);
    for (name, _) in Templates::sources().filter(|(name, _)| name.ends_with(".hbs")) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, "{{no_such_name}}").unwrap();
        let templates = Templates::with_folder(folder.path()).unwrap();
        let fails = worlds.values().any(|(blueprint, facts)| {
            documents(blueprint, facts, &templates)
                .and_then(|made| starter(blueprint, facts, &templates, &made))
                .is_err()
        });
        assert!(fails, "{name}");
    }
}

mod buildspec;
mod reviewing;
