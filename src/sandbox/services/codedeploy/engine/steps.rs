//! One step of a deployment.

use super::super::deployment::{Deployment, Step, content};
use super::super::{appspec, revisions};
use super::actor::{Acting, Trouble, acting};
use super::{MOMENT, ending, find, hooks, install, news, put, revision, rollback, traffic};
use crate::sandbox::blobs::Blobs;
use crate::sandbox::services::acting::At;
use crate::sandbox::services::cloudwatch;
use crate::sandbox::services::fields::{arn, list, number, text};
use crate::sandbox::world::World;

/// How often a deployment that waits looks at its alarms, in milliseconds.
const ALARMS: i64 = 10_000;
const MINUTE: i64 = 60_000;

/// What a step leaves.
pub enum Next {
    /// The event is over; the next one follows.
    EventDone,
    /// This step follows after a wait in milliseconds.
    Then(Step, i64),
    /// The deployment has succeeded.
    Succeeded,
}

/// Does the step of a deployment that is due.
pub fn step(world: &mut World, blobs: &Blobs, at: &At, id: &str) {
    let Some(mut deployment) = find(world, &at.account, &at.region, id).cloned() else {
        return;
    };
    deployment.due = None;
    if deployment.started_at.is_none() {
        deployment.started_at = Some(at.now);
        "InProgress".clone_into(&mut deployment.status);
        news::tell(world, at, &deployment);
    }
    let before = deployment.status.clone();
    let done = act(world, blobs, at, &mut deployment);
    deployment.updated_at = at.now;
    match done {
        Ok(Some(next)) => go_on(world, at, &mut deployment, next),
        Ok(None) => {}
        Err(trouble) => {
            ending::fail(world, at, &mut deployment, trouble);
        }
    }
    if deployment.status != before {
        news::tell(world, at, &deployment);
    }
    put(world, at, deployment);
}

fn act(
    world: &mut World,
    blobs: &Blobs,
    at: &At,
    deployment: &mut Deployment,
) -> Result<Option<Next>, Trouble> {
    if deployment.step == Step::RollBack {
        rollback::carry_out(world, at, deployment);
        return Ok(None);
    }
    let acting = acting(world, at, deployment)?;
    alarms(world, at, deployment, &acting)?;
    if deployment.until.is_some_and(|until| until > at.now) {
        if let Some(early) = early(world, at, deployment) {
            return Ok(Some(early));
        }
        wait(world, at, deployment);
        return Ok(None);
    }
    deployment.until = None;
    let next = match deployment.step {
        Step::Begin => {
            begin(world, blobs, at, deployment, &acting)?;
            Next::Then(first(deployment), 0)
        }
        Step::Hook => hooks::begin(world, at, deployment, &acting)?,
        Step::HookAnswer => hooks::answered(deployment)?,
        Step::Install => install::begin(world, at, deployment, &acting)?,
        Step::Installing => install::late()?,
        Step::TestTraffic => traffic::test(world, at, deployment, &acting)?,
        Step::Ready => return Err(ready_too_late(deployment)),
        Step::Shift => traffic::shift(world, at, deployment, &acting)?,
        Step::Terminate => {
            install::terminate(world, deployment, &acting)?;
            Next::Succeeded
        }
        Step::RollBack | Step::Done => return Ok(None),
    };
    Ok(Some(next))
}

/// A step that waits may go on before its time: the tasks run.
fn early(world: &World, at: &At, deployment: &Deployment) -> Option<Next> {
    let runs = deployment.step == Step::Installing && install::steady(world, at, deployment);
    runs.then_some(Next::EventDone)
}

/// Has the engine look again: at the alarms, at the tasks, or when the wait is over.
fn wait(world: &World, at: &At, deployment: &mut Deployment) {
    let Some(until) = deployment.until else {
        return;
    };
    let often = match deployment.step {
        Step::Installing => Some(install::POLL),
        _ if !watched(deployment).is_empty() => Some(ALARMS),
        _ => None,
    };
    let look = often.map(|often| world.after(at.now, often));
    deployment.due = Some(look.map_or(until, |look| look.min(until)));
}

/// The step that an event begins with.
fn first(deployment: &mut Deployment) -> Step {
    match deployment.event().map(|event| event.name.clone()) {
        Some(name) => match name.as_str() {
            "Install" => Step::Install,
            "AllowTestTraffic" => Step::TestTraffic,
            "AllowTraffic" => Step::Shift,
            _ => Step::Hook,
        },
        None => Step::Terminate,
    }
}

fn go_on(world: &World, at: &At, deployment: &mut Deployment, next: Next) {
    match next {
        Next::Then(step, wait_for) => {
            begin_event(deployment, at, step);
            deployment.step = step;
            let until = world.after(at.now, wait_for);
            deployment.until = Some(until);
            wait(world, at, deployment);
        }
        Next::EventDone => {
            if let Some(event) = deployment.event() {
                event.started_at.get_or_insert(at.now);
                "Succeeded".clone_into(&mut event.status);
                event.ended_at = Some(at.now);
            }
            deployment.place += 1;
            let (step, wait_for) = after_event(deployment);
            deployment.step = step;
            deployment.until = Some(world.after(at.now, wait_for));
            wait(world, at, deployment);
        }
        Next::Succeeded => ending::succeed(world, at, deployment),
    }
}

fn begin_event(deployment: &mut Deployment, at: &At, step: Step) {
    if [Step::Begin, Step::Ready, Step::Terminate].contains(&step) {
        return;
    }
    if let Some(event) = deployment.event() {
        event.started_at.get_or_insert(at.now);
        if event.status == "Pending" {
            "InProgress".clone_into(&mut event.status);
        }
    }
}

/// What follows an event: the next one, the wait before traffic is rerouted, or the wait before the
/// original task set goes.
fn after_event(deployment: &mut Deployment) -> (Step, i64) {
    let next = deployment.event().map(|event| event.name.clone());
    match next.as_deref() {
        Some("BeforeAllowTraffic") if waits_for_somebody(deployment) => {
            "Ready".clone_into(&mut deployment.status);
            let minutes = deployment
                .blue_green("/deploymentReadyOption")
                .and_then(|option| number(option, "waitTimeInMinutes"))
                .unwrap_or(0);
            (Step::Ready, minutes.max(0).saturating_mul(MINUTE))
        }
        Some(_) => (first(deployment), MOMENT),
        None => {
            let blue = deployment.blue_green("/terminateBlueInstancesOnDeploymentSuccess");
            let minutes = blue
                .and_then(|option| number(option, "terminationWaitTimeInMinutes"))
                .unwrap_or(0);
            deployment.terminating = true;
            (Step::Terminate, minutes.max(0).saturating_mul(MINUTE))
        }
    }
}

fn waits_for_somebody(deployment: &Deployment) -> bool {
    !deployment.continued
        && deployment
            .blue_green("/deploymentReadyOption")
            .and_then(|option| text(option, "actionOnTimeout"))
            == Some("STOP_DEPLOYMENT")
}

/// Nobody said in time that traffic may be rerouted.
fn ready_too_late(deployment: &Deployment) -> Trouble {
    let minutes = deployment
        .blue_green("/deploymentReadyOption")
        .and_then(|option| number(option, "waitTimeInMinutes"))
        .unwrap_or(0);
    Trouble::new(
        "TIMEOUT",
        format!(
            "The deployment timed out while waiting for a notification to continue. This time out period is {minutes} minutes."
        ),
    )
}

/// Somebody says that a waiting deployment may go on.
pub fn go_on_now(world: &World, at: &At, deployment: &mut Deployment) {
    if deployment.step == Step::Ready {
        deployment.continued = true;
        "InProgress".clone_into(&mut deployment.status);
        deployment.step = first(deployment);
    }
    deployment.until = None;
    deployment.due = Some(world.after(at.now, 0));
}

/// The alarms that a deployment is watched by.
pub fn watched(deployment: &Deployment) -> Vec<String> {
    let on = deployment
        .alarms
        .get("enabled")
        .and_then(serde_json::Value::as_bool)
        .unwrap_or(false);
    if !on {
        return Vec::new();
    }
    list(&deployment.alarms, "alarms")
        .iter()
        .filter_map(|alarm| text(alarm, "name").map(str::to_owned))
        .collect()
}

/// Looks at the alarms. Where the role may not, the deployment stops, unless it is to go on without.
fn alarms(world: &World, at: &At, deployment: &Deployment, acting: &Acting) -> Result<(), Trouble> {
    let names = watched(deployment);
    if names.is_empty() {
        return Ok(());
    }
    let ignores = deployment
        .alarms
        .get("ignorePollAlarmFailure")
        .and_then(serde_json::Value::as_bool)
        .unwrap_or(false);
    let resource = arn("cloudwatch", &at.region, &at.account, "alarm:*");
    match acting.may(world, "cloudwatch:DescribeAlarms", &resource, &[]) {
        Err(_) if ignores => return Ok(()),
        other => other?,
    }
    let active = cloudwatch::active(world, &at.account, &at.region, &names);
    if active.is_empty() {
        return Ok(());
    }
    let named: Vec<String> = active.iter().map(|name| format!("<{name}>")).collect();
    Err(Trouble::new(
        "ALARM_ACTIVE",
        format!(
            "One or more alarms have been activated according to the Amazon CloudWatch metrics you selected, and the affected deployments have been stopped. Activated alarms: {}",
            named.join(" ")
        ),
    ))
}

/// Reads the AppSpec, wherever it is.
fn begin(
    world: &mut World,
    blobs: &Blobs,
    at: &At,
    deployment: &mut Deployment,
    acting: &Acting,
) -> Result<(), Trouble> {
    match deployment.platform.as_str() {
        "ECS" => {}
        "Lambda" => {
            return Err(Trouble::new(
                "INVALID_LAMBDA_FUNCTION",
                "The Lambda function of the AppSpec could not be found.",
            ));
        }
        _ => {
            return Err(Trouble::new(
                "NO_INSTANCES",
                "The deployment failed because no instances were found in your deployment group. Check your deployment group settings to make sure the tags for your EC2 instances or Auto Scaling groups correctly identify the instances you want to deploy to, and then try again.",
            ));
        }
    }
    let written = match content(&deployment.revision) {
        Some(content) => content.to_owned(),
        None => {
            let read = revision::from_s3(world, blobs, at, deployment, acting)?;
            revisions::remember(world, at, deployment);
            read
        }
    };
    let read = appspec::read(&written).map_err(|why| {
        Trouble::new(
            "INVALID_REVISION",
            format!("The AppSpec file is not valid: {why}"),
        )
    })?;
    deployment.appspec = Some(read);
    Ok(())
}
