//! CodeDeployToECS: registers the task definition and has CodeDeploy shift the traffic.
//!
//! Source: AWS CodePipeline User Guide, "Amazon ECS and CodeDeploy blue/green action reference".

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{Failure, Outcome, needs, pass, templates, worker};
use crate::chain::{Beside, Step};
use crate::sandbox::service::Fault;
use crate::sandbox::services::codepipeline::engine::{Doing, Progress};
use crate::sandbox::services::codepipeline::scene;
use crate::sandbox::services::{codedeploy, ecs};

/// How long the action takes before the deployment begins, and between two looks at it, in milliseconds.
const TAKES: i64 = 3_000;
const LOOKS: i64 = 5_000;

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

/// What is known beside the action before its artifacts are read.
fn beside(doing: &mut Doing<'_>) -> Beside {
    let application = doing.setting("ApplicationName").unwrap_or_default();
    let group = doing.setting("DeploymentGroupName").unwrap_or_default();
    let wanted = json!({"applicationName": application, "deploymentGroupName": group});
    let answer = worker(doing).ask(
        doing.world,
        &codedeploy::SERVICE,
        "GetDeploymentGroup",
        wanted,
    );
    Beside {
        deployment_group: answer
            .ok()
            .and_then(|it| it.get("deploymentGroupInfo").cloned()),
        ..Beside::default()
    }
}

fn deploy(doing: &mut Doing<'_>) -> Outcome {
    let mut beside = beside(doing);
    let before = needs(doing, beside.clone());
    pass(doing, &before, &[Step::Assume, Step::FetchArtifact])?;
    templates::there(doing)?;
    let templates = templates::read(doing)?;
    beside.appspec = Some(templates.appspec.clone());
    beside.taskdef = Some(templates.taskdef.clone());
    let worker = worker(doing);
    let mut all = needs(doing, beside);
    // A role of another account is refused by ECS itself, whatever policies say.
    all.retain(|need| {
        let role = need.resource.split(':').nth(4);
        need.iam_action != "iam:PassRole" || role == Some(worker.account.as_str())
    });
    pass(doing, &all, &[Step::Act])?;

    let registered = worker
        .ask(
            doing.world,
            &ecs::SERVICE,
            "RegisterTaskDefinition",
            templates.taskdef,
        )
        .map_err(|fault| failed("RegisterTaskDefinition", "AmazonECS", &fault))?;
    let revision = registered
        .pointer("/taskDefinition/taskDefinitionArn")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let content = templates::with_revision(&templates.appspec, revision);
    let application = doing.setting("ApplicationName").unwrap_or_default();
    let group = doing.setting("DeploymentGroupName").unwrap_or_default();
    let input = json!({
        "applicationName": application,
        "deploymentGroupName": group,
        "revision": {
            "revisionType": "AppSpecContent",
            "appSpecContent": {
                "sha256": hex::encode(Sha256::digest(content.as_bytes())),
                "content": content,
            },
        },
    });
    let created = worker
        .ask(doing.world, &codedeploy::SERVICE, "CreateDeployment", input)
        .map_err(|fault| failed("CreateDeployment", "AmazonCodeDeploy", &fault))?;
    let id = created.get("deploymentId").and_then(Value::as_str);
    let id = id.unwrap_or_default().to_owned();
    let path = format!(
        "codesuite/codedeploy/deployments/{id}?region={}",
        worker.region
    );
    doing.action.external_url = Some(scene::console(&worker.region, &path));
    doing.action.summary = Some(format!("Deployment {id} in progress"));
    doing.action.external_id = Some(id);
    doing.action.step = 2;
    Ok(Progress::Later(LOOKS))
}

/// What a service said to the action, as the SDK inside CodePipeline prints it.
pub(super) fn failed(_operation: &str, service: &str, fault: &Fault) -> Failure {
    Failure::new(
        "JobFailed",
        format!(
            "{} (Service: {service}; Status Code: {}; Error Code: {})",
            fault.message, fault.status, fault.code
        ),
    )
}

fn look(doing: &mut Doing<'_>) -> Outcome {
    let id = doing.action.external_id.clone().unwrap_or_default();
    let input = json!({"deploymentId": id});
    let answer = worker(doing)
        .ask(doing.world, &codedeploy::SERVICE, "GetDeployment", input)
        .map_err(|fault| failed("GetDeployment", "AmazonCodeDeploy", &fault))?;
    let text = |path: &str| answer.pointer(path).and_then(Value::as_str);
    match text("/deploymentInfo/status").unwrap_or_default() {
        "Succeeded" => {
            doing.action.summary = Some("Deployment Succeeded".to_owned());
            Ok(Progress::Done)
        }
        "Failed" | "Stopped" => {
            let why = text("/deploymentInfo/errorInformation/message").unwrap_or_default();
            let code = text("/deploymentInfo/errorInformation/code").unwrap_or_default();
            doing.action.summary = Some(format!("Deployment {id} failed"));
            let message = if why.is_empty() {
                format!("Deployment {id} failed")
            } else {
                format!("Deployment {id} failed. Error code: {code}; Error message: {why}")
            };
            Err(Failure::new("JobFailed", message))
        }
        _ => Ok(Progress::Later(LOOKS)),
    }
}

/// The provider CodeDeploy, which is for servers: it hands the whole artifact over as the revision. With
/// an ECS application the deployment finds no AppSpec in it.
pub fn plain_codedeploy(doing: &mut Doing<'_>) -> Outcome {
    if doing.action.step == 0 {
        doing.action.step = 1;
        return Ok(Progress::Later(TAKES));
    }
    let beside = beside(doing);
    let needs = needs(doing, beside);
    pass(
        doing,
        &needs,
        &[Step::Assume, Step::FetchArtifact, Step::Act],
    )?;
    let application = doing.setting("ApplicationName").unwrap_or_default();
    let input = json!({"applicationName": application});
    let found = worker(doing)
        .ask(doing.world, &codedeploy::SERVICE, "GetApplication", input)
        .map_err(|fault| failed("GetApplication", "AmazonCodeDeploy", &fault))?;
    let platform = found.pointer("/application/computePlatform");
    if platform.and_then(Value::as_str) == Some("ECS") {
        return Err(Failure::new(
            "JobFailed",
            "An AppSpec file is required, but could not be found in the revision",
        ));
    }
    Err(Failure::new(
        "ActionTypeNotSupported",
        "The sandbox has no servers for CodeDeploy to deploy to",
    ))
}
