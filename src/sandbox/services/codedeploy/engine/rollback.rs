//! A deployment that rolls another back: traffic to the original task set, and the replacement goes.

use super::super::deployment::{Deployment, Step};
use super::actor::{Acting, Trouble, acting};
use super::{MOMENT, ending, fresh_id, install, put, traffic};
use crate::sandbox::services::acting::At;
use crate::sandbox::world::World;

/// The configuration that rollbacks follow, as they were seen to.
const CONFIG: &str = "CodeDeployDefault.ECSAllAtOnce";

/// Begins a deployment that rolls back one that has just ended.
pub fn begin(world: &mut World, at: &At, ended: &mut Deployment) {
    // A rollback that fails is not rolled back in turn.
    if ended.rolls_back.is_some() || ended.platform != "ECS" {
        return;
    }
    let id = fresh_id(world);
    // A test listener that never got the replacement's traffic has nothing to give back.
    let tested = (ended.events.iter())
        .any(|event| event.name == "AllowTestTraffic" && event.status == "Succeeded");
    let moved = if tested { 2 } else { 1 };
    let mut events = ended.events.clone();
    for event in &mut events {
        *event = super::super::deployment::Event {
            name: event.name.clone(),
            status: "Pending".to_owned(),
            ..Default::default()
        };
    }
    let made = Deployment {
        id: id.clone(),
        config: CONFIG.to_owned(),
        routing: serde_json::json!({"type": "AllAtOnce"}),
        revision: ended
            .previous
            .clone()
            .unwrap_or_else(|| ended.revision.clone()),
        previous: ended.previous.clone(),
        status: "Created".to_owned(),
        error: None,
        created_at: at.now,
        started_at: None,
        completed_at: None,
        updated_at: at.now,
        description: None,
        creator: "codeDeployRollback".to_owned(),
        alarms: serde_json::Value::Null,
        rolled_back_by: None,
        rolls_back: Some((
            ended.id.clone(),
            format!(
                "Deployment {id} is triggered to roll back deployment {}.",
                ended.id
            ),
        )),
        events,
        place: 0,
        step: Step::RollBack,
        due: Some(world.after(at.now, MOMENT)),
        until: None,
        continued: false,
        terminating: false,
        sets: None,
        listeners: ended.listeners.iter().take(moved).cloned().collect(),
        ..ended.clone()
    };
    ended.rolled_back_by = Some((
        id.clone(),
        format!(
            "Deployment {} terminated. Automatic rollback is triggered with a DeploymentId {id}.",
            ended.id
        ),
    ));
    put(world, at, made);
}

/// Carries a rollback out.
pub fn carry_out(world: &mut World, at: &At, deployment: &mut Deployment) {
    deployment.place = 0;
    let done =
        acting(world, at, deployment).and_then(|acting| bring_back(world, at, deployment, &acting));
    match done {
        Ok(()) => {
            for event in &mut deployment.events {
                "Succeeded".clone_into(&mut event.status);
                event.started_at = Some(at.now);
                event.ended_at = Some(at.now);
            }
            ending::succeed(world, at, deployment);
        }
        Err(trouble) => ending::fail(world, at, deployment, trouble),
    }
}

fn bring_back(
    world: &mut World,
    at: &At,
    deployment: &Deployment,
    acting: &Acting,
) -> Result<(), Trouble> {
    let (blue, green) = (&deployment.blue.0, &deployment.green.0);
    if green.is_empty() {
        return Ok(());
    }
    let has = |world: &World, id: &str| status_of(world, at, deployment, id);
    if has(world, blue).is_some() {
        if deployment.weight > 0.0
            && let Some(listener) = deployment.listeners.first()
        {
            traffic::point(world, at, deployment, acting, listener, 0.0)?;
        }
        if let Some(listener) = deployment.listeners.get(1) {
            traffic::point(world, at, deployment, acting, listener, 0.0)?;
        }
        if has(world, green).as_deref() == Some("PRIMARY") {
            traffic::primary(world, deployment, acting, blue)?;
        }
        if has(world, green).is_some() {
            install::remove(world, deployment, acting, green)?;
        }
    }
    Ok(())
}

/// The status of a task set of the service, if it is there.
fn status_of(world: &World, at: &At, deployment: &Deployment, id: &str) -> Option<String> {
    let (cluster, name) = &deployment.service;
    let service = world
        .regional_ref(&at.account, &at.region)?
        .ecs
        .service(cluster, name)?;
    let mut sets = service.task_sets.iter();
    sets.find(|set| set.id == id).map(|set| set.status.clone())
}

/// A deployment that was stopped before any traffic went over leaves nothing behind.
pub fn drop_unused(world: &mut World, at: &At, deployment: &Deployment) {
    let green = &deployment.green.0;
    if deployment.weight > 0.0 || green.is_empty() {
        return;
    }
    if let Ok(acting) = acting(world, at, deployment) {
        // Where the role may not, the task set stays, as it would.
        let _ = install::remove(world, deployment, &acting, green);
    }
}
