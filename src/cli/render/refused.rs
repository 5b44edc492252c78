//! What AWS would refuse of the documents: the built-in templates pass, an edited one may not.

use serde_json::Value;

use crate::policy::{self, Kind, Severity};
use crate::render::{Documents, EnvironmentDocuments, RoleDocuments};
use crate::validity::{Problem, appspec, buildspec, deployment_group, pipeline, taskdef};

/// The first template whose document AWS would refuse, or that would fail when it runs, and why.
pub fn first(documents: &Documents, region: &str) -> Option<(String, Vec<String>)> {
    all(documents, region)
        .into_iter()
        .find(|(_, problems)| !problems.is_empty())
}

fn all(documents: &Documents, region: &str) -> Vec<(String, Vec<String>)> {
    let shared = &documents.shared;
    let mut found = vec![
        policy(
            "shared/artifact-key",
            &shared.artifact_key_policy,
            Kind::KeyPolicy,
        ),
        policy(
            "shared/artifact-bucket",
            &shared.artifact_bucket_policy,
            Kind::BucketPolicy,
        ),
        document("buildspec.yml", buildspec::check(&documents.buildspec)),
    ];
    for environment in documents.environments.values() {
        found.extend(of_environment(environment, region));
    }
    found
}

fn of_environment(made: &EnvironmentDocuments, region: &str) -> Vec<(String, Vec<String>)> {
    let roles = [
        ("shared/pipeline-role", Some(&made.pipeline_role)),
        ("shared/build-role", Some(&made.build_role)),
        ("shared/events-role", made.events_role.as_ref()),
        ("environment/deploy-role", Some(&made.deploy_role)),
        ("environment/push-role", Some(&made.push_role)),
        ("environment/codedeploy-role", made.codedeploy_role.as_ref()),
        ("environment/execution-role", Some(&made.execution_role)),
        ("environment/task-role", Some(&made.task_role)),
    ];
    let mut found: Vec<_> = roles
        .into_iter()
        .filter_map(|(name, documents)| Some(role(name, documents?)))
        .flatten()
        .collect();
    found.push(document(
        "pipeline.json",
        pipeline::check_in(&made.pipeline, Some(region)),
    ));
    found.push(document("taskdef.json", taskdef::check(&made.taskdef)));
    if let Some(group) = &made.deployment_group {
        found.push(document(
            "deployment-group.json",
            deployment_group::check(group),
        ));
    }
    if let Some(text) = &made.appspec {
        found.push(document("appspec.yaml", appspec::check(text)));
    }
    found
}

fn role(name: &str, documents: &RoleDocuments) -> Vec<(String, Vec<String>)> {
    let trust = policy(&format!("{name}.trust"), &documents.trust, Kind::Trust);
    let inline = documents.policy.as_ref();
    std::iter::once(trust)
        .chain(inline.map(|it| policy(name, it, Kind::RoleInline)))
        .collect()
}

fn policy(name: &str, document: &Value, kind: Kind) -> (String, Vec<String>) {
    let problems = policy::check(document, kind)
        .into_iter()
        .filter(|problem| problem.severity == Severity::Error)
        .map(|problem| format!("{} {}", problem.place, problem.message))
        .collect();
    (format!("policies/{name}.json.hbs"), problems)
}

fn document(name: &str, problems: Vec<Problem>) -> (String, Vec<String>) {
    let problems = problems.iter().map(ToString::to_string).collect();
    (format!("templates/{name}.hbs"), problems)
}
