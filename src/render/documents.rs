//! Blueprint to documents: everything that is put into an account, parsed.

use indexmap::IndexMap;
use serde::Serialize;
use serde_json::Value;

use super::context::{EnvironmentContext, SharedContext, WithEnvironment};
use super::error::RenderError;
use super::limits::{self, Limit};
use super::templates::Templates;
use crate::blueprint::{Blueprint, EnvironmentNames};
use crate::ident::EnvironmentName;

/// What is not in the blueprint because AWS chooses it. Each may be a reference to something that
/// nothing has made yet; documents carry it through as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// The artifact key's full ARN. Never an alias: an alias is looked up in the caller's account.
    /// Source: the CodePipeline API model, `EncryptionKey`.
    pub key_arn: String,
    /// The connection's ARN, where the source is one.
    pub connection_arn: Option<String>,
}

/// Every document of a blueprint.
#[derive(Debug, Clone, PartialEq)]
pub struct Documents {
    /// Those of the shared account that serve all environments.
    pub shared: SharedDocuments,
    /// Those of each environment, in the blueprint's order.
    pub environments: IndexMap<EnvironmentName, EnvironmentDocuments>,
    /// `buildspec.yml`, which the repository keeps: one for all environments.
    pub buildspec: String,
}

/// The documents of the shared account that serve all environments.
#[derive(Debug, Clone, PartialEq)]
pub struct SharedDocuments {
    /// The artifact key's policy.
    pub artifact_key_policy: Value,
    /// The artifact bucket's policy.
    pub artifact_bucket_policy: Value,
    /// The artifact bucket's lifecycle rules: the list under `Rules`.
    pub bucket_lifecycle: Value,
}

/// A role's two documents.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RoleDocuments {
    /// The trust policy.
    pub trust: Value,
    /// The inline policy; none where the role may do nothing.
    pub policy: Option<Value>,
}

/// The documents of one environment: its own account's, and what the shared account has for it.
#[derive(Debug, Clone, PartialEq)]
pub struct EnvironmentDocuments {
    /// What everything is called.
    pub names: EnvironmentNames,
    /// Shared account: the role that CodePipeline assumes.
    pub pipeline_role: RoleDocuments,
    /// Shared account: the role that CodeBuild assumes.
    pub build_role: RoleDocuments,
    /// Shared account: the role that EventBridge assumes. None with a connection, which needs no rule.
    pub events_role: Option<RoleDocuments>,
    /// The role that the deploy action runs as.
    pub deploy_role: RoleDocuments,
    /// The role that the build pushes its image as.
    pub push_role: RoleDocuments,
    /// The role that CodeDeploy assumes, with `codedeploy-blue-green` only.
    pub codedeploy_role: Option<RoleDocuments>,
    /// The role that ECS starts tasks with.
    pub execution_role: RoleDocuments,
    /// The role that the application runs as; what it may do is the application's own affair.
    pub task_role: RoleDocuments,
    /// Body of `CreateProject`, without tags.
    pub project: Value,
    /// The pipeline's structure: what `CreatePipeline` takes under `pipeline`.
    pub pipeline: Value,
    /// Body of `PutRule`. None with a connection.
    pub rule: Option<Value>,
    /// Body of `PutTargets`. None with a connection.
    pub targets: Option<Value>,
    /// Body of CodeDeploy's `CreateApplication`, without tags; `codedeploy-blue-green` only.
    pub application: Option<Value>,
    /// Body of `CreateDeploymentGroup`, without tags; `codedeploy-blue-green` only.
    pub deployment_group: Option<Value>,
    /// Body of ECR's `CreateRepository`, without tags.
    pub image_repository: Value,
    /// The image repository's lifecycle policy.
    pub image_lifecycle: Value,
    /// `taskdef.json`, which the repository keeps per environment.
    pub taskdef: Value,
    /// `appspec.yaml`, which the repository keeps per environment; `codedeploy-blue-green` only.
    pub appspec: Option<String>,
}

/// Makes every document of a blueprint.
///
/// # Errors
/// A template that does not render, a document that is not valid JSON or YAML or is over AWS's
/// limit, and what the blueprint leaves out. Each error names the template or the key.
pub fn documents(
    blueprint: &Blueprint,
    facts: &Facts,
    templates: &Templates,
) -> Result<Documents, RenderError> {
    statement_ids_differ(blueprint)?;
    let context = SharedContext::new(blueprint, facts)?;
    let lifecycle = templates.json("templates/bucket-lifecycle.json.hbs", &context)?;
    let shared = SharedDocuments {
        artifact_key_policy: policy(
            templates,
            "policies/shared/artifact-key.json.hbs",
            &context,
            limits::KEY_POLICY,
        )?,
        artifact_bucket_policy: policy(
            templates,
            "policies/shared/artifact-bucket.json.hbs",
            &context,
            limits::BUCKET_POLICY,
        )?,
        bucket_lifecycle: lifecycle
            .get("Rules")
            .cloned()
            .unwrap_or(Value::Array(Vec::new())),
    };
    let environments = blueprint
        .environments
        .iter()
        .zip(&context.environments)
        .map(|((name, environment), of_environment)| {
            let names = blueprint.environment_names(name, environment);
            Ok((
                name.clone(),
                environment_documents(names, &context, of_environment, templates)?,
            ))
        })
        .collect::<Result<IndexMap<_, _>, RenderError>>()?;
    Ok(Documents {
        shared,
        environments,
        buildspec: templates.yaml("templates/buildspec.yml.hbs", &context)?,
    })
}

fn environment_documents(
    names: EnvironmentNames,
    shared: &SharedContext,
    environment: &EnvironmentContext,
    templates: &Templates,
) -> Result<EnvironmentDocuments, RenderError> {
    let mut context = WithEnvironment {
        shared,
        environment,
        event_pattern: None,
    };
    let codedeploy = environment.deploy.is_codedeploy;
    let codecommit = shared.source.is_codecommit;
    let json = |name: &str| templates.json(&format!("templates/{name}.json.hbs"), &context);
    let role = |place: &str, name: &str| role(templates, place, name, &context, true);

    let pattern = codecommit
        .then(|| json("event-pattern").map(|pattern| pattern.to_string()))
        .transpose()?;
    let made = EnvironmentDocuments {
        pipeline_role: role("shared", "pipeline-role")?,
        build_role: role("shared", "build-role")?,
        events_role: codecommit
            .then(|| role("shared", "events-role"))
            .transpose()?,
        deploy_role: role("environment", "deploy-role")?,
        push_role: role("environment", "push-role")?,
        codedeploy_role: codedeploy
            .then(|| role("environment", "codedeploy-role"))
            .transpose()?,
        execution_role: role("environment", "execution-role")?,
        task_role: self::role(templates, "environment", "task-role", &context, false)?,
        project: json("build-project")?,
        pipeline: json("pipeline")?,
        rule: None,
        targets: codecommit.then(|| json("targets")).transpose()?,
        application: codedeploy.then(|| json("application")).transpose()?,
        deployment_group: codedeploy.then(|| json("deployment-group")).transpose()?,
        image_repository: json("image-repository")?,
        image_lifecycle: json("image-lifecycle")?,
        taskdef: json("taskdef")?,
        appspec: codedeploy
            .then(|| templates.yaml("templates/appspec.yaml.hbs", &context))
            .transpose()?,
        names,
    };
    context.event_pattern = pattern.as_deref();
    let rule = codecommit
        .then(|| templates.json("templates/rule.json.hbs", &context))
        .transpose()?;
    Ok(EnvironmentDocuments { rule, ..made })
}

fn role(
    templates: &Templates,
    place: &str,
    name: &str,
    context: &WithEnvironment<'_>,
    has_policy: bool,
) -> Result<RoleDocuments, RenderError> {
    let file = |kind: &str| format!("policies/{place}/{name}{kind}.json.hbs");
    Ok(RoleDocuments {
        trust: policy(templates, &file(".trust"), context, limits::TRUST_POLICY)?,
        policy: has_policy
            .then(|| policy(templates, &file(""), context, limits::INLINE_POLICIES))
            .transpose()?,
    })
}

fn policy<T: Serialize>(
    templates: &Templates,
    name: &str,
    context: &T,
    limit: Limit,
) -> Result<Value, RenderError> {
    let document = templates.json(name, context)?;
    limits::check(name, &document, limit)?;
    Ok(document)
}

/// Adding an environment must touch nobody else's statement, so no two may share a statement id.
fn statement_ids_differ(blueprint: &Blueprint) -> Result<(), RenderError> {
    let mut seen: IndexMap<String, &EnvironmentName> = IndexMap::new();
    for name in blueprint.environments.keys() {
        if let Some(first) = seen.insert(name.in_sid(), name) {
            return Err(RenderError::SameSid {
                first: first.to_string(),
                second: name.to_string(),
                sid: name.in_sid(),
            });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
