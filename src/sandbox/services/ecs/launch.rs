//! What must hold before a task runs: its roles can be taken on, its image is there and may be pulled,
//! its log stream can be made.
//!
//! Source of the sentences: Amazon ECS Developer Guide, "Stopped tasks error messages"; where it leaves
//! them open they are as they were seen in stopped tasks.

use std::collections::BTreeMap;

use serde_json::Value;

use super::state::{Task, TaskDefinition};
use crate::sandbox::services::acting::{Actor, At, assume};
use crate::sandbox::services::ecr::Repository;
use crate::sandbox::services::fields::{arn, list, text};
use crate::sandbox::services::logs;
use crate::sandbox::world::World;

/// Who takes on the roles of tasks.
const SERVICE: &str = "ecs-tasks.amazonaws.com";

/// An image in a registry of Amazon ECR.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    account: String,
    region: String,
    repository: String,
    tag: Option<String>,
    digest: Option<String>,
}

impl Image {
    /// Reads `ACCOUNT.dkr.ecr.REGION.amazonaws.com/REPOSITORY[:TAG][@DIGEST]`; `None` for any other registry.
    pub fn read(reference: &str) -> Option<Self> {
        let (host, rest) = reference.split_once('/')?;
        let mut parts = host.splitn(5, '.');
        let account = parts.next()?;
        if account.len() != 12 || parts.next()? != "dkr" || parts.next()? != "ecr" {
            return None;
        }
        let region = parts.next()?;
        parts.next()?.strip_prefix("amazonaws.com")?;
        let (name, digest) = match rest.split_once('@') {
            Some((name, digest)) => (name, Some(digest.to_owned())),
            None => (rest, None),
        };
        let (repository, tag) = match name.rsplit_once(':') {
            Some((repository, tag)) => (repository, Some(tag.to_owned())),
            None => (name, digest.is_none().then(|| "latest".to_owned())),
        };
        Some(Self {
            account: account.to_owned(),
            region: region.to_owned(),
            repository: repository.to_owned(),
            tag,
            digest,
        })
    }

    fn arn(&self) -> String {
        let resource = format!("repository/{}", self.repository);
        arn("ecr", &self.region, &self.account, &resource)
    }

    fn find<'w>(&self, world: &'w World) -> Option<&'w Repository> {
        world
            .regional_ref(&self.account, &self.region)?
            .ecr
            .repositories
            .get(&self.repository)
    }
}

fn actor(world: &World, at: &At, task: &Task, role: &str) -> Option<Actor> {
    let context = [
        ("aws:SourceAccount", at.account.as_str()),
        ("aws:SourceArn", task.arn.as_str()),
    ];
    assume(world, at, SERVICE, role, &task.id, &context)
}

/// Whether the roles of a task definition can be taken on.
///
/// # Errors
/// What ECS says in the service's events.
pub fn roles(
    world: &World,
    at: &At,
    task: &Task,
    definition: &TaskDefinition,
) -> Result<(), String> {
    for field in ["executionRoleArn", "taskRoleArn"] {
        let Some(role) = text(&definition.body, field).filter(|role| !role.is_empty()) else {
            continue;
        };
        if actor(world, at, task, role).is_none() {
            return Err(format!(
                "ECS was unable to assume the role '{role}' that was provided for this task. Please verify that the role being passed has the proper trust relationship and permissions and that your IAM user has permissions to pass this role."
            ));
        }
    }
    Ok(())
}

/// Prepares a task: pulls its images and opens its log streams. Answers the digest of each image from
/// Amazon ECR, by the container's name.
///
/// # Errors
/// The task's stopped reason.
pub fn prepare(
    world: &mut World,
    at: &At,
    task: &Task,
    definition: &TaskDefinition,
) -> Result<BTreeMap<String, String>, String> {
    let role = text(&definition.body, "executionRoleArn").unwrap_or_default();
    let actor = actor(world, at, task, role);
    let containers = list(&definition.body, "containerDefinitions");
    let mut digests = BTreeMap::new();
    authorise(world, task, actor.as_ref(), containers)?;
    let architecture = match definition.body.pointer("/runtimePlatform/cpuArchitecture") {
        Some(Value::String(kind)) if kind == "ARM64" => "arm64",
        _ => "amd64",
    };
    for container in containers {
        let reference = text(container, "image").unwrap_or_default();
        if let Some(digest) = pull(world, actor.as_ref(), reference, architecture)? {
            let name = text(container, "name").unwrap_or_default();
            digests.insert(name.to_owned(), digest);
        }
    }
    for container in containers {
        open_log(world, at, task, actor.as_ref(), container)?;
    }
    Ok(digests)
}

fn request_id(task: &Task) -> String {
    let part = |from: usize, length: usize| task.id.get(from..from + length).unwrap_or_default();
    format!(
        "{}-{}-4{}-9{}-{}",
        part(0, 8),
        part(8, 4),
        part(12, 3),
        part(15, 3),
        part(18, 12)
    )
}

fn refused(service: &str, operation: &str, task: &Task, sentence: &str) -> String {
    format!(
        "operation error {service}: {operation}, https response error StatusCode: 400, RequestID: {}, api error AccessDeniedException: {sentence}",
        request_id(task)
    )
}

fn not_assumed() -> String {
    "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: The task definition has no execution role that can be assumed".to_owned()
}

/// The registry's token, and the secrets.
fn authorise(
    world: &World,
    task: &Task,
    actor: Option<&Actor>,
    containers: &[Value],
) -> Result<(), String> {
    let from_ecr = containers
        .iter()
        .any(|it| text(it, "image").is_some_and(|image| Image::read(image).is_some()));
    if from_ecr {
        let actor = actor.ok_or_else(not_assumed)?;
        actor
            .may(world, "ecr:GetAuthorizationToken", "*", &[])
            .map_err(|sentence| format!(
                "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve ecr registry auth: service call has been retried 1 time(s): {}",
                refused("ECR", "GetAuthorizationToken", task, &sentence)
            ))?;
    }
    for secret in containers.iter().flat_map(|it| list(it, "secrets")) {
        let from = text(secret, "valueFrom").unwrap_or_default();
        let actor = actor.ok_or_else(not_assumed)?;
        if from.contains(":secretsmanager:") {
            actor
                .may(world, "secretsmanager:GetSecretValue", from, &[])
                .map_err(|sentence| format!(
                    "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve secret from asm: service call has been retried 1 time(s): failed to fetch secret {from} from secrets manager: {}",
                    refused("Secrets Manager", "GetSecretValue", task, &sentence)
                ))?;
        } else {
            let parameter = if from.starts_with("arn:") {
                from.to_owned()
            } else {
                let mut owner = task.arn.split(':').skip(3);
                let region = owner.next().unwrap_or_default();
                let account = owner.next().unwrap_or_default();
                let name = from.trim_start_matches('/');
                arn("ssm", region, account, &format!("parameter/{name}"))
            };
            actor
                .may(world, "ssm:GetParameters", &parameter, &[])
                .map_err(|sentence| format!(
                    "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve secrets from ssm: service call has been retried 1 time(s): {}",
                    refused("SSM", "GetParameters", task, &sentence)
                ))?;
        }
    }
    Ok(())
}

/// Pulls one image; answers its digest where it comes from Amazon ECR. Other registries are not known
/// here, and are taken to have every image.
fn pull(
    world: &World,
    actor: Option<&Actor>,
    reference: &str,
    architecture: &str,
) -> Result<Option<String>, String> {
    let cannot = |why: &str| {
        format!(
            "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref {reference}: {why}"
        )
    };
    if reference.contains(['<', '>', ' ']) {
        return Err(cannot("invalid reference format"));
    }
    let Some(image) = Image::read(reference) else {
        return Ok(None);
    };
    let actor = actor.ok_or_else(not_assumed)?;
    for action in [
        "ecr:BatchCheckLayerAvailability",
        "ecr:BatchGetImage",
        "ecr:GetDownloadUrlForLayer",
    ] {
        if actor.may(world, action, &image.arn(), &[]).is_err() {
            let host = reference.split('/').next().unwrap_or_default();
            let version = image.tag.as_deref().or(image.digest.as_deref());
            return Err(cannot(&format!(
                "pulling from host {host} failed with status code [manifests {}]: 403 Forbidden",
                version.unwrap_or_default()
            )));
        }
    }
    let found = image
        .find(world)
        .and_then(|repository| repository.image(image.digest.as_deref(), image.tag.as_deref()))
        .ok_or_else(|| cannot(&format!("{reference}: not found")))?;
    if !runs_on(&found.manifest, architecture) {
        return Err(format!(
            "CannotPullContainerError: image Manifest does not contain descriptor matching platform 'linux/{architecture}'"
        ));
    }
    Ok(Some(found.digest.clone()))
}

/// Whether a list of manifests has one for an architecture; a plain manifest does not say.
fn runs_on(manifest: &str, architecture: &str) -> bool {
    let Ok(manifest) = serde_json::from_str::<Value>(manifest) else {
        return true;
    };
    let platforms: Vec<&str> = list(&manifest, "manifests")
        .iter()
        .filter_map(|one| one.pointer("/platform/architecture")?.as_str())
        .collect();
    platforms.is_empty() || platforms.contains(&architecture)
}

/// Opens the log stream of a container that writes to CloudWatch Logs.
fn open_log(
    world: &mut World,
    at: &At,
    task: &Task,
    actor: Option<&Actor>,
    container: &Value,
) -> Result<(), String> {
    let log = container.get("logConfiguration").unwrap_or(&Value::Null);
    if text(log, "logDriver") != Some("awslogs") {
        return Ok(());
    }
    let options = log.get("options").unwrap_or(&Value::Null);
    let group = text(options, "awslogs-group").unwrap_or_default();
    let region = text(options, "awslogs-region").unwrap_or(&at.region);
    let name = text(container, "name").unwrap_or_default();
    let stream = match text(options, "awslogs-stream-prefix") {
        Some(prefix) => format!("{prefix}/{name}/{}", task.id),
        None => task.id.clone(),
    };
    let failed = |what: &str, why: &str| {
        format!(
            "ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: failed to create Cloudwatch log {what}: {why} : exit status 1"
        )
    };
    let actor = actor.ok_or_else(not_assumed)?;
    if text(options, "awslogs-create-group") == Some("true") {
        let resource = logs::stream_arn(region, &at.account, group, "");
        actor
            .may(world, "logs:CreateLogGroup", &resource, &[])
            .map_err(|sentence| {
                let why = refused("CloudWatch Logs", "CreateLogGroup", task, &sentence);
                failed("group", &why)
            })?;
    }
    let resource = logs::stream_arn(region, &at.account, group, &stream);
    actor
        .may(world, "logs:CreateLogStream", &resource, &[])
        .map_err(|sentence| {
            let why = refused("CloudWatch Logs", "CreateLogStream", task, &sentence);
            failed("stream", &why)
        })?;
    let creates = text(options, "awslogs-create-group") == Some("true");
    if !creates && !logs::has_group(world, &at.account, region, group) {
        return Err(failed(
            "stream",
            &format!(
                "operation error CloudWatch Logs: CreateLogStream, https response error StatusCode: 400, RequestID: {}, ResourceNotFoundException: The specified log group does not exist.",
                request_id(task)
            ),
        ));
    }
    let mut lines = Vec::new();
    if actor
        .may(world, "logs:PutLogEvents", &resource, &[])
        .is_ok()
    {
        lines
            .push("crosspipe sandbox: the task is taken to run; nothing of its image is run here.");
    }
    logs::write(world, &at.account, region, group, &stream, at.now, &lines);
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn images_of_ecr_are_told_from_others() {
        let host = "222222222222.dkr.ecr.ap-northeast-2.amazonaws.com";
        let image = Image::read(&format!("{host}/team/orders:1.2")).unwrap();
        assert_eq!(
            (image.repository.as_str(), image.tag.as_deref()),
            ("team/orders", Some("1.2"))
        );
        assert_eq!(
            image.arn(),
            "arn:aws:ecr:ap-northeast-2:222222222222:repository/team/orders"
        );
        let pinned = Image::read(&format!("{host}/orders@sha256:ab")).unwrap();
        assert_eq!(
            (pinned.tag, pinned.digest.as_deref()),
            (None, Some("sha256:ab"))
        );
        let plain = Image::read(&format!("{host}/orders")).unwrap();
        assert_eq!(plain.tag.as_deref(), Some("latest"));
        for other in ["nginx", "public.ecr.aws/nginx/nginx:stable", "a.b/c", ""] {
            assert_eq!(Image::read(other), None, "{other}");
        }
    }

    #[test]
    fn manifest_lists_say_what_they_run_on() {
        let list = r#"{"manifests": [{"platform": {"architecture": "arm64", "os": "linux"}}]}"#;
        assert!(runs_on(list, "arm64"));
        assert!(!runs_on(list, "amd64"));
        assert!(runs_on("{}", "amd64"));
        assert!(runs_on("no JSON", "amd64"));
    }
}
