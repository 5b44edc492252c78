//! The documents as files: every call's body in the shape that `aws ... --cli-input-json file://`
//! takes, the policies as they are, what the repository keeps, and a page with the calls in order.

mod page;
mod steps;

use serde_json::Value;

use super::documents::{Documents, Facts, RoleDocuments};
use crate::blueprint::{Access, Blueprint};

/// A file of the bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BundleFile {
    /// Path inside the bundle, with `/`.
    pub path: String,
    /// Its text.
    pub text: String,
}

/// One call of the AWS CLI.
struct Step {
    /// Heading under which the page lists it.
    heading: String,
    /// `service operation`, for example `iam create-role`.
    command: &'static str,
    /// Path of the body inside the bundle.
    path: String,
    /// The body.
    body: Value,
    /// How the account is reached.
    access: Access,
}

/// All files of a blueprint's documents.
pub fn bundle(blueprint: &Blueprint, facts: &Facts, documents: &Documents) -> Vec<BundleFile> {
    let steps = steps::steps(blueprint, facts, documents);
    let mut files = vec![BundleFile {
        path: "README.md".to_owned(),
        text: page::page(blueprint, facts, &steps),
    }];
    files.extend(repository(blueprint, documents));
    files.extend(policies(blueprint, documents));
    files.extend(steps.iter().map(|step| json(step.path.clone(), &step.body)));
    files
}

/// The folder of the shared account.
fn shared_folder(blueprint: &Blueprint) -> String {
    format!("shared-{}", blueprint.shared.account)
}

fn json(path: String, value: &Value) -> BundleFile {
    BundleFile {
        path,
        text: format!("{value:#}\n"),
    }
}

fn repository(blueprint: &Blueprint, documents: &Documents) -> Vec<BundleFile> {
    let mut files = vec![BundleFile {
        path: format!("repository/{}", relative(&blueprint.build.buildspec)),
        text: documents.buildspec.clone(),
    }];
    for (name, environment) in &documents.environments {
        files.push(json(
            format!("repository/deploy/{name}/taskdef.json"),
            &environment.taskdef,
        ));
        if let Some(text) = &environment.appspec {
            files.push(BundleFile {
                path: format!("repository/deploy/{name}/appspec.yaml"),
                text: text.clone(),
            });
        }
    }
    files
}

/// A path of the source that stays inside the bundle.
fn relative(path: &str) -> String {
    path.split('/')
        .filter(|part| !part.is_empty() && *part != "." && *part != "..")
        .collect::<Vec<_>>()
        .join("/")
}

fn policies(blueprint: &Blueprint, documents: &Documents) -> Vec<BundleFile> {
    let shared = shared_folder(blueprint);
    let mut files = vec![
        json(
            format!("{shared}/policies/artifact-key.json"),
            &documents.shared.artifact_key_policy,
        ),
        json(
            format!("{shared}/policies/artifact-bucket.json"),
            &documents.shared.artifact_bucket_policy,
        ),
    ];
    let mut add = |folder: &str, name: &str, role: &RoleDocuments| {
        files.push(json(format!("{folder}/{name}.trust.json"), &role.trust));
        if let Some(policy) = &role.policy {
            files.push(json(format!("{folder}/{name}.json"), policy));
        }
    };
    for (name, environment) in &documents.environments {
        let folder = format!("{shared}/policies/{name}");
        add(&folder, "pipeline-role", &environment.pipeline_role);
        add(&folder, "build-role", &environment.build_role);
        if let Some(role) = &environment.events_role {
            add(&folder, "events-role", role);
        }
        let account = blueprint
            .environments
            .get(name)
            .map_or("", |it| it.account.as_str());
        let folder = format!("{name}-{account}/policies");
        add(&folder, "deploy-role", &environment.deploy_role);
        add(&folder, "push-role", &environment.push_role);
        if let Some(role) = &environment.codedeploy_role {
            add(&folder, "codedeploy-role", role);
        }
        add(&folder, "execution-role", &environment.execution_role);
        add(&folder, "task-role", &environment.task_role);
    }
    files
}

#[cfg(test)]
mod tests;
