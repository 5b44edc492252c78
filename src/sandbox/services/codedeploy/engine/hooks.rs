//! Events that run a Lambda function. There are no functions here: the role is decided on, and the function
//! is taken to report success, unless somebody reports something else with
//! `PutLifecycleEventHookExecutionStatus` before that.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::super::deployment::{Deployment, Step};
use super::actor::{Acting, Trouble};
use super::steps::Next;
use crate::sandbox::services::acting::At;
use crate::sandbox::services::fields::arn;
use crate::sandbox::world::World;

/// How long a function takes, in milliseconds.
const RUNS: i64 = 2_000;
/// How long CodeDeploy waits for its report. Source: AWS CodeDeploy User Guide, "AppSpec 'hooks' section for an
/// Amazon ECS deployment".
const PATIENCE: i64 = 60 * 60_000;
/// What a hook's function that has not reported is said to be at. Source: the API model, `LifecycleErrorCode`.
const UNREPORTED: &str = "UnknownError";

/// The id that a hook's function is given for its answer.
pub fn execution_id(deployment: &str, event: &str) -> String {
    STANDARD.encode(json!({"deploymentId": deployment, "event": event}).to_string())
}

/// The event of an execution's id.
pub fn event_of(deployment: &str, id: &str) -> Option<String> {
    let bytes = STANDARD.decode(id).ok()?;
    let read: serde_json::Value = serde_json::from_slice(&bytes).ok()?;
    let own = read.get("deploymentId")?.as_str()? == deployment;
    own.then(|| read.get("event")?.as_str().map(str::to_owned))
        .flatten()
}

/// Begins an event that may have a function.
pub fn begin(
    world: &World,
    at: &At,
    deployment: &mut Deployment,
    acting: &Acting,
) -> Result<Next, Trouble> {
    let name = deployment
        .event()
        .map(|event| event.name.clone())
        .unwrap_or_default();
    let function = deployment
        .appspec
        .iter()
        .flat_map(|appspec| &appspec.hooks)
        .find(|(event, _)| *event == name)
        .map(|(_, function)| function.clone());
    let Some(function) = function else {
        return Ok(Next::EventDone);
    };
    let resource = if function.starts_with("arn:") {
        function.clone()
    } else {
        arn(
            "lambda",
            &at.region,
            &at.account,
            &format!("function:{function}"),
        )
    };
    acting.may(world, "lambda:InvokeFunction", &resource, &[])?;
    let id = execution_id(&deployment.id, &name);
    let silent = world
        .regional_ref(&at.account, &at.region)
        .is_some_and(|regional| regional.codedeploy.silent_functions.contains(&function));
    if let Some(event) = deployment.event() {
        event.diagnostics = Some(json!({
            "errorCode": if silent { UNREPORTED } else { "Success" },
            "scriptName": function,
            "message": "",
            "logTail": format!("lifecycleEventHookExecutionId: {id}"),
        }));
    }
    Ok(Next::Then(
        Step::HookAnswer,
        if silent { PATIENCE } else { RUNS },
    ))
}

/// What the function has reported.
pub fn answered(deployment: &mut Deployment) -> Result<Next, Trouble> {
    let code = deployment
        .event()
        .and_then(|event| event.diagnostics.as_ref()?.get("errorCode")?.as_str());
    match code {
        Some("ScriptFailed") => Err(Trouble::new(
            "HOOK_EXECUTION_FAILURE",
            "The deployment failed because one or more of the lifecycle event validation functions failed.",
        )),
        Some(UNREPORTED) => Err(Trouble::new(
            "HOOK_EXECUTION_FAILURE",
            "The deployment timed out while waiting for a status callback. CodeDeploy expects a status callback within one hour after a deployment hook is invoked.",
        )),
        _ => Ok(Next::EventDone),
    }
}
