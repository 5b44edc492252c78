//! What must hold before a task runs: its roles can be taken on, its image is there and may be pulled,
//! its log stream can be made.
//!
//! Source of the sentences: Amazon ECS Developer Guide, "Stopped tasks error messages"; where it leaves
//! them open they are as they were seen in stopped tasks.

use std::collections::BTreeMap;

use serde_json::Value;

use super::state::{Task, TaskDefinition};
use crate::chain::Need;
use crate::sandbox::gate;
use crate::sandbox::services::acting::At;
use crate::sandbox::services::ecr::Repository;
use crate::sandbox::services::fields::{list, text};
use crate::sandbox::services::{asked, logs};
use crate::sandbox::world::World;

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

    fn find<'w>(&self, world: &'w World) -> Option<&'w Repository> {
        world
            .regional_ref(&self.account, &self.region)?
            .ecr
            .repositories
            .get(&self.repository)
    }
}

fn needs(at: &At, task: &Task, definition: &TaskDefinition) -> Vec<Need> {
    let id = format!("{}/{}", task.cluster, task.id);
    let mut needs = asked::by_task(at, &task.id, definition.body.clone());
    let (short, whole) = (format!(":task/{}", task.id), format!(":task/{id}"));
    // The task's ARN holds the cluster, which is not known where the needs are written.
    for (_, values) in needs.iter_mut().flat_map(|need| &mut need.context) {
        for value in values {
            *value = value.replace(&short, &whole);
        }
    }
    needs
}

fn is_trust(need: &Need) -> bool {
    need.iam_action == "sts:AssumeRole"
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
    for need in needs(at, task, definition).iter().filter(|it| is_trust(it)) {
        gate::decide(world, need, &at.region, at.now)
            .map_err(|denied| need.refusal.message_with(&denied))?;
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
    let needs = needs(at, task, definition);
    let mut writes = true;
    for need in needs.iter().filter(|it| it.is_required() && !is_trust(it)) {
        match gate::decide(world, need, &at.region, at.now) {
            Ok(()) => {}
            // A container whose log takes nothing runs all the same.
            Err(_) if need.iam_action == "logs:PutLogEvents" => writes = false,
            Err(denied) => return Err(need.refusal.message_with(&denied)),
        }
    }
    let containers = list(&definition.body, "containerDefinitions");
    let architecture = match definition.body.pointer("/runtimePlatform/cpuArchitecture") {
        Some(Value::String(kind)) if kind == "ARM64" => "arm64",
        _ => "amd64",
    };
    let mut digests = BTreeMap::new();
    for container in containers {
        let reference = text(container, "image").unwrap_or_default();
        if let Some(digest) = pull(world, reference, architecture)? {
            let name = text(container, "name").unwrap_or_default();
            digests.insert(name.to_owned(), digest);
        }
    }
    for container in containers {
        open_log(world, at, task, container, writes)?;
    }
    Ok(digests)
}

/// Pulls one image; answers its digest where it comes from Amazon ECR. Other registries are not known
/// here, and are taken to have every image.
fn pull(world: &World, reference: &str, architecture: &str) -> Result<Option<String>, String> {
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
    container: &Value,
    writes: bool,
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
    let creates = text(options, "awslogs-create-group") == Some("true");
    if !creates && !logs::has_group(world, &at.account, region, group) {
        return Err(
            "ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: failed to create Cloudwatch log stream: operation error CloudWatch Logs: CreateLogStream, https response error StatusCode: 400, ResourceNotFoundException: The specified log group does not exist. : exit status 1".to_owned(),
        );
    }
    let mut lines = Vec::new();
    if writes {
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
        assert_eq!(image.region, "ap-northeast-2");
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
