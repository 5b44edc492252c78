//! Deployments: made, listed, described, stopped and continued.

use serde_json::{Value, json};

use super::applications::{MOST_IN_BATCH, bad_token};
use super::deployment::{Deployment, Step};
use super::engine::{self, event_of, go_on_now};
use super::{Named, application, check_name, state, state_mut};
use crate::sandbox::service::{Answer, Call, Fault};
use crate::sandbox::services::acting::At;
use crate::sandbox::services::fields::{page, put, texts};
use crate::sandbox::world::World;

const STATUSES: [&str; 8] = [
    "Created",
    "Queued",
    "InProgress",
    "Baking",
    "Succeeded",
    "Failed",
    "Stopped",
    "Ready",
];

/// `CreateDeployment`.
pub fn create(world: &mut World, call: &Call) -> Answer {
    let id = engine::create(world, &At::of(call), &call.input)?;
    Ok(json!({"deploymentId": id}))
}

/// `ListDeployments`, the newest first.
pub fn list(world: &mut World, call: &Call) -> Answer {
    let group = call.text("deploymentGroupName");
    if let Some(group) = group {
        check_name(group, Named::Group)?;
        let application = application(world, call)?;
        if !application.groups.contains_key(group) {
            return Err(super::groups::no_group(group));
        }
    } else if call.text("applicationName").is_some() {
        application(world, call)?;
        return Err(Fault::new(
            "DeploymentGroupNameRequiredException",
            "The deployment group name was not specified.",
        ));
    }
    let statuses = texts(call.list("includeOnlyStatuses"));
    if let Some(unknown) = statuses
        .iter()
        .find(|status| !STATUSES.contains(&status.as_str()))
    {
        return Err(Fault::new(
            "InvalidDeploymentStatusException",
            format!(
                "The specified deployment status doesn't exist or cannot be determined: {unknown}"
            ),
        ));
    }
    let bound = |field: &str| {
        let time = call.input.get("createTimeRange")?.get(field)?;
        time.as_f64().map(|seconds| (seconds * 1000.0) as i64)
    };
    let (start, end) = (bound("start"), bound("end"));
    if start.zip(end).is_some_and(|(start, end)| start > end) {
        return Err(Fault::new(
            "InvalidTimeRangeException",
            "The specified time range was specified in an invalid format.",
        ));
    }
    let own = call.text("applicationName");
    let mut found: Vec<&Deployment> = state(world, call)
        .map(|state| state.deployments.values())
        .into_iter()
        .flatten()
        .filter(|it| own.is_none_or(|own| it.application == own))
        .filter(|it| group.is_none_or(|group| it.group == group))
        .filter(|it| statuses.is_empty() || statuses.contains(&it.status))
        .filter(|it| start.is_none_or(|start| it.created_at >= start))
        .filter(|it| end.is_none_or(|end| it.created_at <= end))
        .collect();
    found.sort_by_key(|it| std::cmp::Reverse(it.created_at));
    let ids: Vec<Value> = found.iter().map(|it| json!(it.id)).collect();
    let (rows, next) = page(ids, call.text("nextToken"), 100).ok_or_else(bad_token)?;
    let mut answer = json!({"deployments": rows});
    put(&mut answer, "nextToken", next.map(Value::String));
    Ok(answer)
}

fn check_id(id: &str) -> Result<(), Fault> {
    let rest = id.strip_prefix("d-").unwrap_or_default();
    let legal = rest.len() >= 9
        && rest
            .bytes()
            .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    if legal {
        Ok(())
    } else {
        Err(Fault::new(
            "InvalidDeploymentIdException",
            format!("The deployment ID {id} is not valid."),
        ))
    }
}

fn no_id() -> Fault {
    Fault::new(
        "DeploymentIdRequiredException",
        "At least one deployment ID must be specified.",
    )
}

/// `DeploymentDoesNotExistException`.
pub fn not_there(id: &str) -> Fault {
    Fault::new(
        "DeploymentDoesNotExistException",
        format!("The deployment {id} could not be found"),
    )
}

/// The deployment that the input names.
pub fn named<'w>(world: &'w World, call: &Call) -> Result<&'w Deployment, Fault> {
    let id = call
        .text("deploymentId")
        .filter(|id| !id.is_empty())
        .ok_or_else(no_id)?;
    check_id(id)?;
    state(world, call)
        .and_then(|state| state.deployments.get(id))
        .ok_or_else(|| not_there(id))
}

/// `GetDeployment`.
pub fn get(world: &mut World, call: &Call) -> Answer {
    Ok(json!({"deploymentInfo": named(world, call)?.describe()}))
}

/// `BatchGetDeployments`: what is not there is left out.
pub fn batch_get(world: &mut World, call: &Call) -> Answer {
    let ids = texts(call.list("deploymentIds"));
    if ids.is_empty() {
        return Err(no_id());
    }
    if ids.len() > MOST_IN_BATCH {
        return Err(Fault::new(
            "BatchLimitExceededException",
            "The maximum number of names or IDs allowed for this request (100) was exceeded.",
        ));
    }
    ids.iter().try_for_each(|id| check_id(id))?;
    let rows: Vec<Value> = state(world, call)
        .map(|state| {
            let found = ids.iter().filter_map(|id| state.deployments.get(id));
            found.map(Deployment::describe).collect()
        })
        .unwrap_or_default();
    Ok(json!({"deploymentsInfo": rows}))
}

/// `StopDeployment`.
pub fn stop(world: &mut World, call: &Call) -> Answer {
    let id = named(world, call)?.id.clone();
    engine::stop(world, &At::of(call), &id, call.flag("autoRollbackEnabled"))
}

/// `ContinueDeployment`.
pub fn go_on(world: &mut World, call: &Call) -> Answer {
    let deployment = named(world, call)?;
    let kind = call.text("deploymentWaitType").unwrap_or("READY_WAIT");
    let step = match kind {
        "READY_WAIT" => Step::Ready,
        "TERMINATION_WAIT" => Step::Terminate,
        _ => {
            return Err(Fault::new(
                "InvalidDeploymentWaitTypeException",
                "The wait type is invalid.",
            ));
        }
    };
    if !deployment.is_active() {
        return Err(Fault::new(
            "DeploymentAlreadyCompletedException",
            "The deployment is already complete.",
        ));
    }
    if deployment.platform != "ECS" {
        return Err(Fault::new(
            "UnsupportedActionForDeploymentTypeException",
            "A call was submitted that is not supported for the specified deployment type.",
        ));
    }
    if deployment.step != step {
        return Err(Fault::new(
            "DeploymentIsNotInReadyStateException",
            "The deployment does not have a status of Ready and can't continue yet.",
        ));
    }
    let mut changed = deployment.clone();
    go_on_now(world, &At::of(call), &mut changed);
    let state = state_mut(world, call);
    state.deployments.insert(changed.id.clone(), changed);
    Ok(Value::Null)
}

/// `PutLifecycleEventHookExecutionStatus`: what a hook's function reports.
pub fn put_hook_status(world: &mut World, call: &Call) -> Answer {
    let deployment = named(world, call)?;
    let id = call
        .text("lifecycleEventHookExecutionId")
        .unwrap_or_default();
    let event = event_of(&deployment.id, id).ok_or_else(|| {
        Fault::new(
            "InvalidLifecycleEventHookExecutionIdException",
            "A lifecycle event hook is invalid. Review the hooks section in your AppSpec file to ensure the lifecycle events and hooks functions are valid.",
        )
    })?;
    let status = call.text("status").unwrap_or_default();
    if !["Succeeded", "Failed"].contains(&status) {
        return Err(Fault::new(
            "InvalidLifecycleEventHookExecutionStatusException",
            "The result of a Lambda validation function that verifies a lifecycle event is invalid. It should return Succeeded or Failed.",
        ));
    }
    let waits = deployment.step == Step::HookAnswer
        && deployment
            .events
            .get(deployment.place)
            .is_some_and(|it| it.name == event);
    if !waits {
        return Err(Fault::new(
            "LifecycleEventAlreadyCompletedException",
            "An attempt to return the status of an already completed lifecycle event occurred.",
        ));
    }
    let mut changed = deployment.clone();
    if let Some(diagnostics) = changed.event().and_then(|it| it.diagnostics.as_mut()) {
        let code = if status == "Failed" {
            "ScriptFailed"
        } else {
            "Success"
        };
        put(diagnostics, "errorCode", Some(json!(code)));
    }
    go_on_now(world, &At::of(call), &mut changed);
    let state = state_mut(world, call);
    state.deployments.insert(changed.id.clone(), changed);
    Ok(json!({"lifecycleEventHookExecutionId": id}))
}
