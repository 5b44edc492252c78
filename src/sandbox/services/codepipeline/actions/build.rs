//! The CodeBuild action: starts a build and watches it.
//!
//! Source: AWS CodePipeline User Guide, "AWS CodeBuild build and test action reference".

use serde_json::Value;

use super::{Failure, Outcome, needs_of_build, pass};
use crate::chain::{Beside, Step};
use crate::sandbox::archive;
use crate::sandbox::services::codebuild::builds::{FromPipeline, Variable};
use crate::sandbox::services::codebuild::{self, engine::Order};
use crate::sandbox::services::codepipeline::engine::{Doing, Progress};
use crate::sandbox::services::codepipeline::execution::Artifact;
use crate::sandbox::services::codepipeline::{artifacts, scene};
use crate::sandbox::services::eventbridge::outbox::Place;

/// How long the action takes before the build is asked for, and between two looks, in milliseconds.
const TAKES: i64 = 1_000;
const LOOKS: i64 = 3_000;

/// Carries out the next part.
pub fn step(doing: &mut Doing<'_>) -> Outcome {
    match doing.action.step {
        0 => {
            doing.action.step = 1;
            Ok(Progress::Later(TAKES))
        }
        1 => start(doing),
        _ => look(doing),
    }
}

/// The input artifacts with the primary one first.
fn inputs(doing: &Doing<'_>) -> Vec<Artifact> {
    let primary = doing.setting("PrimarySource").unwrap_or_default();
    let mut inputs = doing.action.inputs.clone();
    inputs.sort_by_key(|input| input.name != primary);
    inputs
}

fn start(doing: &mut Doing<'_>) -> Outcome {
    let name = doing.setting("ProjectName").unwrap_or_default().to_owned();
    let project = scene::project(doing.world, doing.key, &name);
    let inputs = inputs(doing);
    let spec = project
        .as_ref()
        .and_then(|project| buildspec(doing, project, inputs.first()));
    let beside = Beside {
        project,
        buildspec: spec,
        ..Beside::default()
    };
    let commands = scene::commands(
        doing.world,
        doing.key,
        doing.pipeline,
        doing.execution,
        (doing.stage, &doing.action.name),
        beside.clone(),
    );
    let uuid = doing.world.ids.uuid();
    let needs = needs_of_build(doing, beside, Some(&uuid));
    pass(doing, &needs, &[Step::Assume, Step::StartBuild])?;

    let given = doing.setting("EnvironmentVariables").unwrap_or("[]");
    let given: Vec<Value> = serde_json::from_str(given).map_err(|_| {
        Failure::new(
            "ConfigurationError",
            "The EnvironmentVariables of the action are not a JSON array of objects with name, value and type.",
        )
    })?;
    let handed = |artifact: &Artifact| {
        let location = &artifact.location;
        (
            artifact.name.clone(),
            location.bucket.clone(),
            location.key.clone(),
        )
    };
    let account = doing.key.account.clone();
    let kms_key =
        artifacts::encryption(doing.world, doing.key, doing.pipeline, &account, doing.now)?;
    let commit = scene::revision(
        doing.execution,
        inputs.first().map(|input| input.name.as_str()),
    );
    let order = Order {
        initiator: format!("codepipeline/{}", doing.key.name),
        variables: Variable::read(&given),
        source_version: inputs.first().map(|input| {
            format!(
                "arn:aws:s3:::{}/{}",
                input.location.bucket, input.location.key
            )
        }),
        resolved: commit,
        uuid: Some(uuid),
        pipeline: Some(FromPipeline {
            inputs: inputs.iter().map(handed).collect(),
            outputs: doing.action.outputs.iter().map(handed).collect(),
            kms_key: Some(kms_key),
            needs,
            commands,
        }),
        ..Order::default()
    };
    let place = Place {
        account: &doing.key.account,
        region: &doing.key.region,
    };
    let id = codebuild::engine::start(doing.world, place, &name, order, doing.now).map_err(|fault| {
        Failure::new(
            "JobFailed",
            format!(
                "Error calling startBuild: {} (Service: AWSCodeBuild; Status Code: {}; Error Code: {})",
                fault.message, fault.status, fault.code
            ),
        )
    })?;
    let region = &doing.key.region;
    let path = format!("codesuite/codebuild/projects/{name}/build/{id}/?region={region}");
    doing.action.external_url = Some(scene::console(region, &path));
    let uuid = id.rsplit(':').next().unwrap_or_default();
    doing.action.log_stream = Some(format!(
        "arn:aws:logs:{region}:{account}:log-group:/aws/codebuild/{name}:log-stream:{uuid}"
    ));
    doing.action.external_id = Some(id);
    doing.action.step = 2;
    Ok(Progress::Later(LOOKS))
}

/// The buildspec, as far as it can be read before the build: what the commands will ask depends on it.
fn buildspec(doing: &Doing<'_>, project: &Value, input: Option<&Artifact>) -> Option<String> {
    let given = project.pointer("/source/buildspec").and_then(Value::as_str);
    let given = given.unwrap_or_default();
    if given.contains('\n') {
        return Some(given.to_owned());
    }
    let path = if given.is_empty() {
        "buildspec.yml"
    } else {
        given
    };
    let body = artifacts::fetch(doing.world, doing.blobs, &input?.location)?;
    let files = archive::unpack(&body)?;
    let file = files.get(path.trim_start_matches("./"))?;
    String::from_utf8(file.content.clone()).ok()
}

fn look(doing: &mut Doing<'_>) -> Outcome {
    let id = doing.action.external_id.clone().unwrap_or_default();
    let build = doing
        .world
        .regional_ref(&doing.key.account, &doing.key.region)
        .and_then(|regional| regional.codebuild.builds.get(&id));
    let Some(build) = build else {
        return Err(Failure::new(
            "JobFailed",
            format!("Build cannot be found: {id}"),
        ));
    };
    if build.ended.is_none() {
        return Ok(Progress::Later(LOOKS));
    }
    if build.status == "SUCCEEDED" {
        doing.action.variables = build.exported.clone();
        return Ok(Progress::Done);
    }
    if let Some((code, message)) = &build.action_error {
        return Err(Failure::new(code, message.clone()));
    }
    let failed = build.phases.iter().find(|phase| phase.status == "FAILED");
    let mut message = format!("Build terminated with state: {}", build.status);
    if let Some(phase) = failed
        && let Some((code, why)) = &phase.context
    {
        message.push_str(&format!(
            ". Phase: {}, Code: {code}, Message: {why}",
            phase.name
        ));
    }
    Err(Failure::new("JobFailed", message))
}
