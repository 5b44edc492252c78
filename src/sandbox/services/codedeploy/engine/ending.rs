//! How a deployment ends: it succeeds, fails, or is stopped; and whether it is rolled back then.

use serde_json::{Value, json};

use super::super::deployment::{Deployment, Step};
use super::actor::Trouble;
use super::{find, install, news, put, rollback};
use crate::sandbox::service::Fault;
use crate::sandbox::services::acting::At;
use crate::sandbox::services::fields::{list, put as put_field};
use crate::sandbox::world::World;

/// What the group rolls back on.
fn rolls_back_on(deployment: &Deployment, event: &str) -> bool {
    let on = deployment
        .rollback
        .get("enabled")
        .and_then(Value::as_bool)
        .unwrap_or(false);
    on && list(&deployment.rollback, "events")
        .iter()
        .any(|it| it.as_str() == Some(event))
}

/// Ends a deployment that was going on: the event under way failed, those after it are skipped.
fn close(world: &World, at: &At, deployment: &mut Deployment, status: &str) {
    for (place, event) in deployment.events.iter_mut().enumerate() {
        if place < deployment.place {
            continue;
        }
        let under_way = place == deployment.place;
        let next = if under_way { "Failed" } else { "Skipped" };
        next.clone_into(&mut event.status);
        if under_way {
            event.started_at.get_or_insert(at.now);
            event.ended_at = Some(at.now);
        }
    }
    status.clone_into(&mut deployment.status);
    deployment.completed_at = Some(at.now);
    deployment.updated_at = at.now;
    deployment.step = Step::Done;
    deployment.due = None;
    deployment.until = None;
    deployment.sets = Some(install::sets(world, at, deployment));
}

/// All went well.
pub fn succeed(world: &World, at: &At, deployment: &mut Deployment) {
    deployment.place = deployment.events.len();
    close(world, at, deployment, "Succeeded");
    deployment.terminating = true;
}

/// Something went wrong, or an alarm is active.
pub fn fail(world: &mut World, at: &At, deployment: &mut Deployment, trouble: Trouble) {
    // A wait that nobody ended stops a deployment. Source: the API model, `DeploymentReadyOption`.
    let waited = deployment.step == Step::Ready;
    let (status, event) = match trouble.code.as_str() {
        "ALARM_ACTIVE" => ("Stopped", "DEPLOYMENT_STOP_ON_ALARM"),
        _ if waited => ("Stopped", "DEPLOYMENT_FAILURE"),
        _ => ("Failed", "DEPLOYMENT_FAILURE"),
    };
    if let Some(sentence) = &trouble.refused
        && let Some(event) = deployment.event()
    {
        let mut diagnostics = event.diagnostics.clone().unwrap_or_else(
            || json!({"errorCode": "UnknownError", "scriptName": "", "message": "", "logTail": ""}),
        );
        put_field(&mut diagnostics, "message", Some(json!(sentence)));
        event.diagnostics = Some(diagnostics);
    }
    deployment.error = Some((trouble.code, trouble.message));
    close(world, at, deployment, status);
    if rolls_back_on(deployment, event) {
        rollback::begin(world, at, deployment);
    }
}

/// `StopDeployment`. Answers the status of the stopping.
///
/// # Errors
/// CodeDeploy's fault.
pub fn stop(world: &mut World, at: &At, id: &str, roll_back: Option<bool>) -> Result<Value, Fault> {
    let Some(mut deployment) = find(world, &at.account, &at.region, id).cloned() else {
        return Err(super::super::deployments::not_there(id));
    };
    if !deployment.is_active() {
        return Err(Fault::new(
            "DeploymentAlreadyCompletedException",
            format!(
                "Deployment {id} cannot be stopped because it has already completed with status {}",
                deployment.status
            ),
        ));
    }
    deployment.error = Some((
        "MANUAL_STOP".to_owned(),
        "The deployment was stopped by a user.".to_owned(),
    ));
    close(world, at, &mut deployment, "Stopped");
    let wanted =
        roll_back.unwrap_or_else(|| rolls_back_on(&deployment, "DEPLOYMENT_STOP_ON_REQUEST"));
    if wanted {
        rollback::begin(world, at, &mut deployment);
    } else {
        rollback::drop_unused(world, at, &deployment);
    }
    news::tell(world, at, &deployment);
    put(world, at, deployment);
    Ok(
        json!({"status": "Succeeded", "statusMessage": format!("Deployment {id} has been stopped.")}),
    )
}
