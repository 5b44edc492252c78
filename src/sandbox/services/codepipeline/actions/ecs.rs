//! The ECS action: the service's own task definition with other images, and a deployment of it.
//!
//! Source: AWS CodePipeline User Guide, "Amazon ECS deploy action reference" and "Image definitions file
//! reference".

use serde_json::{Value, json};

use super::blue_green::failed;
use super::{Failure, Outcome, needs, pass, templates, worker};
use crate::chain::{Beside, Step};
use crate::sandbox::perform::Worker;
use crate::sandbox::services::codepipeline::declaration::{list_of, text_of};
use crate::sandbox::services::codepipeline::engine::{Doing, Progress};
use crate::sandbox::services::codepipeline::{artifacts, scene};
use crate::sandbox::services::ecs;

/// How long the action takes before it updates the service, and between two looks, in milliseconds.
const TAKES: i64 = 3_000;
const LOOKS: i64 = 5_000;
/// The largest imagedefinitions.json. Source: AWS CodePipeline User Guide, quotas.
const LARGEST: usize = 100 * 1024;
/// The time for the whole deployment, in minutes.
const USUAL_MINUTES: i64 = 60;

/// Members of a described task definition that cannot be registered again. Source: the ECS API model.
const READ_ONLY: [&str; 9] = [
    "taskDefinitionArn",
    "revision",
    "status",
    "requiresAttributes",
    "compatibilities",
    "registeredAt",
    "registeredBy",
    "deregisteredAt",
    "deleteRequestedAt",
];

/// Carries out the next part.
pub fn step(doing: &mut Doing<'_>) -> Outcome {
    match doing.action.step {
        0 => {
            doing.action.step = 1;
            Ok(Progress::Later(TAKES))
        }
        1 => deploy(doing),
        _ => look(doing),
    }
}

/// An image for a container, as imagedefinitions.json has them.
fn images(doing: &Doing<'_>) -> Result<Vec<(String, String)>, Failure> {
    let file = doing.setting("FileName").unwrap_or("imagedefinitions.json");
    let input = doing.action.inputs.first();
    let location = input.map(|it| it.location.clone()).unwrap_or_default();
    if artifacts::fetch(doing.world, doing.blobs, &location).is_none() {
        return Err(artifacts::no_access(&location).into());
    }
    let files = input.and_then(|it| templates::files(doing, &it.name, usize::MAX));
    let text = files.and_then(|files| templates::text(&files, file));
    let text = text.ok_or_else(|| {
        Failure::new(
            "ConfigurationError",
            format!(
                "Did not find the image definition file {file} in the input artifacts ZIP file. Verify the file is stored in your pipeline's Amazon S3 artifact bucket: {} key: {}",
                location.bucket, location.key
            ),
        )
    })?;
    let invalid = || {
        Failure::new(
            "ConfigurationError",
            format!("The image definition file {file} contains invalid JSON format"),
        )
    };
    if text.len() > LARGEST {
        return Err(Failure::new(
            "ConfigurationError",
            format!("The image definition file {file} is larger than 100 KB"),
        ));
    }
    let list: Vec<Value> = serde_json::from_str(&text).map_err(|_| invalid())?;
    list.iter()
        .map(|entry| {
            let (name, image) = (text_of(entry, "name"), text_of(entry, "imageUri"));
            let whole = !name.is_empty() && !image.is_empty();
            whole
                .then(|| (name.to_owned(), image.to_owned()))
                .ok_or_else(invalid)
        })
        .collect()
}

fn service(doing: &mut Doing<'_>, worker: &Worker) -> Result<Value, Failure> {
    let cluster = doing.setting("ClusterName").unwrap_or_default().to_owned();
    let name = doing.setting("ServiceName").unwrap_or_default().to_owned();
    let input = json!({"cluster": cluster, "services": [name]});
    let answer = worker
        .ask(doing.world, &ecs::SERVICE, "DescribeServices", input)
        .map_err(|fault| failed("DescribeServices", "AmazonECS", &fault))?;
    let found = list_of(&answer, "services").first().cloned();
    found
        .filter(|found| text_of(found, "status") == "ACTIVE")
        .ok_or_else(|| {
            Failure::new(
                "ConfigurationError",
                format!("The Amazon ECS service '{name}' does not exist."),
            )
        })
}

fn deploy(doing: &mut Doing<'_>) -> Outcome {
    let worker = worker(doing);
    // What the action will ask for depends on the service; whether it may look at it is decided first.
    let service = service(doing, &worker);
    let mut beside = Beside {
        service: service.as_ref().ok().cloned(),
        ..Beside::default()
    };
    let current = service
        .as_ref()
        .ok()
        .map(|service| json!({"taskDefinition": text_of(service, "taskDefinition")}));
    let mut definition = match current {
        Some(input) => worker
            .ask(doing.world, &ecs::SERVICE, "DescribeTaskDefinition", input)
            .ok()
            .and_then(|answer| answer.get("taskDefinition").cloned()),
        None => None,
    };
    beside.taskdef = definition.clone();
    let needs = needs(doing, beside);
    pass(doing, &needs, &[Step::Assume, Step::FetchArtifact])?;
    let images = images(doing)?;
    pass(doing, &needs, &[Step::Act])?;
    let service = service?;
    let Some(definition) = definition.as_mut() else {
        return Err(Failure::new(
            "JobFailed",
            "Unable to describe task definition.",
        ));
    };
    replace(definition, &images)?;
    let registered = worker
        .ask(
            doing.world,
            &ecs::SERVICE,
            "RegisterTaskDefinition",
            definition.clone(),
        )
        .map_err(|fault| failed("RegisterTaskDefinition", "AmazonECS", &fault))?;
    let revision = registered.pointer("/taskDefinition/taskDefinitionArn");
    let revision = revision
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned();
    let input = json!({
        "cluster": text_of(&service, "clusterArn"),
        "service": text_of(&service, "serviceName"),
        "taskDefinition": revision,
    });
    let updated = worker
        .ask(doing.world, &ecs::SERVICE, "UpdateService", input)
        .map_err(|fault| failed("UpdateService", "AmazonECS", &fault))?;
    let deployment = updated
        .get("service")
        .map(|service| list_of(service, "deployments"))
        .unwrap_or_default()
        .iter()
        .find(|one| text_of(one, "taskDefinition") == revision)
        .map(|one| text_of(one, "id").to_owned());
    let minutes = doing
        .setting("DeploymentTimeout")
        .and_then(|it| it.parse().ok());
    let minutes: i64 = minutes.unwrap_or(USUAL_MINUTES);
    let time = minutes.saturating_mul(60_000);
    doing.action.deadline = Some(doing.world.after(doing.now, time));
    let path = format!(
        "ecs/home?region={}#/clusters/{}/services/{}",
        worker.region,
        doing.setting("ClusterName").unwrap_or_default(),
        doing.setting("ServiceName").unwrap_or_default()
    );
    doing.action.external_url = Some(scene::console(&worker.region, &path));
    doing.action.external_id = deployment.or(Some(revision));
    doing.action.step = 2;
    Ok(Progress::Later(LOOKS))
}

/// Puts the images into a described task definition, and takes out what cannot be registered.
fn replace(definition: &mut Value, images: &[(String, String)]) -> Result<(), Failure> {
    if let Value::Object(members) = definition {
        for member in READ_ONLY {
            members.remove(member);
        }
    }
    let containers = definition.get_mut("containerDefinitions");
    let Some(Value::Array(containers)) = containers else {
        return Err(Failure::new(
            "JobFailed",
            "The task definition has no containers.",
        ));
    };
    for (name, image) in images {
        let found = containers
            .iter_mut()
            .find(|container| text_of(container, "name") == name);
        match found {
            Some(Value::Object(container)) => {
                container.insert("image".to_owned(), json!(image));
            }
            _ => {
                return Err(Failure::new(
                    "ConfigurationError",
                    format!("The container {name} does not exist in the task definition."),
                ));
            }
        }
    }
    Ok(())
}

fn look(doing: &mut Doing<'_>) -> Outcome {
    let worker = worker(doing);
    let service = service(doing, &worker)?;
    let id = doing.action.external_id.as_deref().unwrap_or_default();
    let mine = |one: &&Value| text_of(one, "id") == id || text_of(one, "taskDefinition") == id;
    let deployments = list_of(&service, "deployments");
    let Some(deployment) = deployments.iter().find(mine) else {
        return Err(Failure::new(
            "JobFailed",
            "The deployment was replaced by another one, or rolled back.",
        ));
    };
    match text_of(deployment, "rolloutState") {
        "COMPLETED" => Ok(Progress::Done),
        "FAILED" => {
            let why = text_of(deployment, "rolloutStateReason");
            let why = if why.is_empty() {
                "The deployment failed."
            } else {
                why
            };
            Err(Failure::new("JobFailed", why))
        }
        _ if doing
            .action
            .deadline
            .is_some_and(|deadline| deadline <= doing.now) =>
        {
            Err(Failure::new(
                "TimeoutError",
                "The action failed because the deployment did not finish in time.",
            ))
        }
        _ => Ok(Progress::Later(LOOKS)),
    }
}
