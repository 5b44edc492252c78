//! What CodeBuild checks of a project beyond its shape.

use serde_json::Value;

use super::project::project_arn;
use crate::sandbox::authorize::service_can_assume;
use crate::sandbox::service::{Call, Fault};
use crate::sandbox::world::World;

/// The principal that takes on a project's role.
const SERVICE: &str = "codebuild.amazonaws.com";

/// The code of everything that is wrong with a request.
pub fn invalid(message: impl Into<String>) -> Fault {
    Fault::new("InvalidInputException", message)
}

fn text<'a>(value: &'a Value, part: &str, member: &str) -> Option<&'a str> {
    value.get(part)?.get(member)?.as_str()
}

/// Source: CodeBuild User Guide, "Create a build project"; the API model, `ProjectSource` and
/// `ProjectArtifacts`.
pub fn check(project: &Value) -> Result<(), Fault> {
    let source = text(project, "source", "type").unwrap_or_default();
    let artifacts = text(project, "artifacts", "type").unwrap_or_default();
    if (source == "CODEPIPELINE") != (artifacts == "CODEPIPELINE") {
        return Err(invalid(
            "Invalid input: when using CodePipeline both sourceType, and artifactType must be set to: CODEPIPELINE",
        ));
    }
    let located = !["CODEPIPELINE", "NO_SOURCE"].contains(&source);
    if located && text(project, "source", "location").is_none_or(str::is_empty) {
        return Err(invalid("Project source location is required"));
    }
    if source == "NO_SOURCE" && text(project, "source", "buildspec").is_none_or(str::is_empty) {
        return Err(invalid(
            "Invalid project source: buildspec is required when source type is NO_SOURCE",
        ));
    }
    let location = text(project, "artifacts", "location");
    match artifacts {
        "S3" if location.is_none_or(str::is_empty) => {
            return Err(invalid("Project artifacts location is required"));
        }
        "S3" if location.is_some_and(|location| location.contains('/')) => {
            return Err(invalid(
                "Invalid artifacts: location must be a valid S3 bucket name",
            ));
        }
        "NO_ARTIFACTS" if location.is_some() => {
            return Err(invalid(
                "Invalid artifacts: artifact type NO_ARTIFACTS should have null location",
            ));
        }
        "NO_ARTIFACTS" if text(project, "artifacts", "name").is_some() => {
            return Err(invalid(
                "Invalid artifacts: artifact type NO_ARTIFACTS should have null output name",
            ));
        }
        _ => {}
    }
    for (list, what, kind) in [
        ("secondarySources", "sourceType", "sourceIdentifier"),
        ("secondaryArtifacts", "artifactType", "artifactIdentifier"),
    ] {
        for entry in project
            .get(list)
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            if entry.get("type").is_some_and(|kind| kind == "CODEPIPELINE") {
                return Err(invalid(format!(
                    "Invalid input: {what} CODEPIPELINE is not allowed for {list}"
                )));
            }
            if entry
                .get(kind)
                .and_then(Value::as_str)
                .is_none_or(str::is_empty)
            {
                return Err(invalid(format!(
                    "Invalid input: {kind} is required for {list}"
                )));
            }
        }
    }
    if text(project, "cache", "type") == Some("S3")
        && text(project, "cache", "location").is_none_or(str::is_empty)
    {
        return Err(invalid("Project cache location is required"));
    }
    check_environment(project)
}

fn check_environment(project: &Value) -> Result<(), Fault> {
    let environment = project.get("environment").unwrap_or(&Value::Null);
    let variables = environment
        .get("environmentVariables")
        .and_then(Value::as_array);
    let mut seen = Vec::new();
    for variable in variables.into_iter().flatten() {
        let name = variable
            .get("name")
            .and_then(Value::as_str)
            .unwrap_or_default();
        if seen.contains(&name) {
            return Err(invalid(format!(
                "Duplicate environment variable names are not allowed: {name}"
            )));
        }
        if name.starts_with("CODEBUILD_") {
            return Err(invalid(format!(
                "Environment variable names that start with CODEBUILD_ are reserved: {name}"
            )));
        }
        seen.push(name);
    }
    let compute = environment.get("computeType").and_then(Value::as_str);
    let kind = environment
        .get("type")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let on_lambda = kind.contains("LAMBDA");
    if compute.is_some_and(|compute| compute.contains("LAMBDA") != on_lambda) {
        return Err(invalid(format!(
            "Invalid compute type provided for {kind}: {}",
            compute.unwrap_or_default()
        )));
    }
    let image = environment
        .get("image")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let pulls_as_role = environment
        .get("imagePullCredentialsType")
        .is_some_and(|kind| kind == "SERVICE_ROLE");
    // Source: the API model, `imagePullCredentialsType`.
    if image.starts_with("aws/codebuild/") && pulls_as_role {
        return Err(invalid(
            "Must use CODEBUILD credentials type for AWS CodeBuild curated images",
        ));
    }
    if let Some(vpc) = project
        .get("vpcConfig")
        .filter(|vpc| vpc.get("vpcId").is_some())
    {
        for member in ["subnets", "securityGroupIds"] {
            if vpc
                .get(member)
                .and_then(Value::as_array)
                .is_none_or(Vec::is_empty)
            {
                return Err(invalid(format!(
                    "Invalid vpc config: {member} must not be empty"
                )));
            }
        }
    }
    Ok(())
}

/// The live check of the service role.
pub fn check_role(world: &World, call: &Call, name: &str, role: &str) -> Result<(), Fault> {
    let account = call.caller.account.as_str();
    let mut parts = role.splitn(6, ':');
    let shape = parts.next() == Some("arn")
        && parts.next().is_some_and(|part| part.starts_with("aws"))
        && parts.next() == Some("iam")
        && parts.next() == Some("");
    let owner = parts.next();
    let is_role = parts.next().is_some_and(|part| part.starts_with("role/"));
    if !shape || !is_role {
        return Err(invalid(format!(
            "Invalid service role: {role} is not the ARN of a role"
        )));
    }
    if owner != Some(account) {
        return Err(invalid(
            "Invalid service role: Service role account ID does not match caller's account",
        ));
    }
    let project = project_arn(&call.region, account, name);
    let context = [
        ("aws:SourceArn", project.as_str()),
        ("aws:SourceAccount", account),
    ];
    if service_can_assume(world, role, SERVICE, &context) {
        return Ok(());
    }
    Err(invalid(format!(
        "CodeBuild is not authorized to perform: sts:AssumeRole on {role}"
    )))
}
