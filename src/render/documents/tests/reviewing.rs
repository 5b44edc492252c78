//! What a review says of the policies that are rendered.

use serde_json::Value;

use super::{made, made_with};
use crate::blueprint::{ConnectionProvider, Source, Strategy};
use crate::policy::{Kind, review};
use crate::render::{Documents, Facts, fixture};

fn told(document: &Value, kind: Kind) -> String {
    let problems = review(document, kind);
    let lines: Vec<_> = problems.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

/// What is told of every policy that crosspipe renders for a blueprint.
fn rendered(made: &Documents) -> Vec<String> {
    let mut found = vec![
        told(&made.shared.artifact_key_policy, Kind::KeyPolicy),
        told(&made.shared.artifact_bucket_policy, Kind::BucketPolicy),
    ];
    for environment in made.environments.values() {
        let roles = [
            Some(&environment.pipeline_role),
            Some(&environment.build_role),
            environment.events_role.as_ref(),
            Some(&environment.deploy_role),
            Some(&environment.push_role),
            environment.codedeploy_role.as_ref(),
            Some(&environment.execution_role),
            Some(&environment.task_role),
        ];
        for role in roles.into_iter().flatten() {
            found.push(told(&role.trust, Kind::Trust));
            if let Some(policy) = &role.policy {
                found.push(told(policy, Kind::RoleInline));
            }
        }
    }
    found
}

#[test]
fn every_policy_passes_the_review() {
    let mut connected = fixture::blueprint();
    connected.source = Source::Connection {
        host: ConnectionProvider::GitHub,
        repository: "bys/awssdk-iam".into(),
        connection: None,
    };
    for environment in connected.environments.values_mut() {
        environment.deploy.strategy = Strategy::EcsBlueGreen;
    }
    let facts = Facts {
        connection_arn: Some(
            "arn:aws:codeconnections:ap-northeast-2:202949997891:connection/11112222-71d6-4265-9dab-111122223333".into(),
        ),
        ..fixture::facts()
    };
    let mut found = rendered(&made(&fixture::blueprint()));
    found.extend(rendered(&made_with(&connected, &facts)));
    assert!(found.len() > 60);
    found.retain(|text| !text.is_empty());
    assert_eq!(found, [""; 0]);
}
