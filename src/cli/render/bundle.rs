//! The files of `crosspipe render`: a body per call, the policies as they are, what the repository
//! keeps, and a page with the calls in order.

use std::collections::BTreeMap;

use serde_json::Value;

use super::calls::calls;
use super::page;
use crate::blueprint::{Access, Blueprint};
use crate::render::{Documents, Facts, RoleDocuments, documents_of_repository};
use crate::resource::{
    Attributes, Desired, Site, Unresolved, artifact_key, connection, desired, resolve,
};

/// A file of the bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct File {
    /// Path inside the bundle, with `/`.
    pub path: String,
    /// Its text.
    pub text: String,
}

/// One call of the AWS CLI, as the page lists it.
pub(super) struct Step {
    /// Heading under which the page lists it.
    pub heading: String,
    /// `service operation`.
    pub command: &'static str,
    /// Path of the body inside the bundle.
    pub path: String,
    /// How the account is reached.
    pub access: Access,
}

/// All files of a blueprint's documents. The bodies are made from the very resources that
/// `crosspipe apply` makes.
pub(super) fn bundle(
    blueprint: &Blueprint,
    facts: &Facts,
    documents: &Documents,
) -> Result<Vec<File>, Unresolved> {
    let known = known(facts);
    let mut steps = Vec::new();
    let mut bodies = Vec::new();
    for wanted in desired(blueprint, documents) {
        let spec = resolve(&wanted.spec, &known)?;
        for call in calls(&spec, &facts.key_arn) {
            let operation = call.command.split(' ').next_back().unwrap_or_default();
            let path = format!("{}.{operation}.json", stem(&wanted));
            bodies.push(json(path.clone(), &call.body));
            steps.push(Step {
                heading: heading(&wanted),
                command: call.command,
                path,
                access: access(blueprint, &wanted.site),
            });
        }
    }
    let mut files = vec![File {
        path: "README.md".to_owned(),
        text: page::page(blueprint, facts, &steps),
    }];
    files.extend(repository(blueprint, documents));
    files.extend(policies(blueprint, documents));
    files.extend(bodies);
    Ok(files)
}

/// What the facts say about resources that are not made yet.
fn known(facts: &Facts) -> Attributes {
    let of = |arn: &str| {
        let id = arn.rsplit('/').next().unwrap_or_default().to_owned();
        BTreeMap::from([("arn".to_owned(), arn.to_owned()), ("id".to_owned(), id)])
    };
    let mut known = Attributes::from([(artifact_key().to_string(), of(&facts.key_arn))]);
    if let Some(arn) = &facts.connection_arn {
        known.insert(connection().to_string(), of(arn));
    }
    known
}

/// The folder of the shared account.
pub(super) fn shared_folder(blueprint: &Blueprint) -> String {
    format!("shared-{}", blueprint.shared.account)
}

/// The path of a resource's files without the operation: the id, with the account in the folder.
fn stem(wanted: &Desired) -> String {
    let id = wanted.id.as_str();
    let (site, rest) = id.split_once('/').unwrap_or(("", id));
    format!("{site}-{}/{rest}", wanted.account)
}

fn heading(wanted: &Desired) -> String {
    match &wanted.site {
        Site::Environment(name) => format!("{name}: account {}", wanted.account),
        Site::Shared => {
            let mut parts = wanted.id.as_str().split('/').skip(1);
            let serves = parts.next().filter(|_| parts.next().is_some());
            match serves {
                Some(name) => format!("shared: account {}, for {name}", wanted.account),
                None => format!("shared: account {}", wanted.account),
            }
        }
    }
}

fn access(blueprint: &Blueprint, site: &Site) -> Access {
    match site {
        Site::Shared => blueprint.shared.access.clone(),
        Site::Environment(name) => blueprint
            .environments
            .get(name)
            .map(|it| it.access.clone())
            .unwrap_or_default(),
    }
}

fn json(path: String, value: &Value) -> File {
    File {
        path,
        text: format!("{value:#}\n"),
    }
}

fn repository(blueprint: &Blueprint, documents: &Documents) -> Vec<File> {
    documents_of_repository(blueprint, documents)
        .into_iter()
        .map(|file| File {
            path: format!("repository/{}", file.path),
            text: file.text,
        })
        .collect()
}

fn policies(blueprint: &Blueprint, documents: &Documents) -> Vec<File> {
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
    let mut add = |folder: &str, name: &str, role: Option<&RoleDocuments>| {
        let Some(role) = role else {
            return;
        };
        files.push(json(format!("{folder}/{name}.trust.json"), &role.trust));
        if let Some(policy) = &role.policy {
            files.push(json(format!("{folder}/{name}.json"), policy));
        }
    };
    for (name, made) in &documents.environments {
        let folder = format!("{shared}/policies/{name}");
        add(&folder, "pipeline-role", Some(&made.pipeline_role));
        add(&folder, "build-role", Some(&made.build_role));
        add(&folder, "events-role", made.events_role.as_ref());
        let account = blueprint
            .environments
            .get(name)
            .map_or("", |it| it.account.as_str());
        let folder = format!("{name}-{account}/policies");
        add(&folder, "deploy-role", Some(&made.deploy_role));
        add(&folder, "push-role", Some(&made.push_role));
        add(&folder, "codedeploy-role", made.codedeploy_role.as_ref());
        add(&folder, "execution-role", Some(&made.execution_role));
        add(&folder, "task-role", Some(&made.task_role));
    }
    files
}

#[cfg(test)]
mod tests;
