//! ECS's own deployments: begun, completed, failed and rolled back. What blue/green, linear and canary
//! deployments do besides is in [`super::native`].
//!
//! Source: Amazon ECS Developer Guide, "Deploy Amazon ECS services by replacing tasks", "How the Amazon
//! ECS deployment circuit breaker detects failures", "How CloudWatch alarms detect Amazon ECS deployment
//! failures".

use serde_json::{Map, Value, json};

use super::news;
use super::owners::strategy;
use super::rollout::{Release, Revision, Rollout};
use super::services::deployment_id;
use super::settle::{say, service, service_mut, tasks_of, wake};
use super::state::EcsService;
use crate::sandbox::services::acting::At;
use crate::sandbox::services::cloudwatch;
use crate::sandbox::services::fields::{arn, list, put, text, texts};
use crate::sandbox::world::World;

/// Members of a service that belong to a deployment.
const DEPLOYED: [&str; 5] = [
    "capacityProviderStrategy",
    "platformVersion",
    "platformFamily",
    "networkConfiguration",
    "serviceRegistries",
];
/// How often alarms are looked at, in milliseconds.
const ALARMS: i64 = 10_000;

/// Why a deployment is begun.
pub enum Cause {
    /// Somebody asked for it.
    Asked,
    /// The one before it failed, and what was there before is brought back: the sentence of
    /// `rolloutStateReason`, and the revision that comes back.
    Rollback(String, String),
}

fn snapshot(service: &EcsService) -> Value {
    let mut settings = Map::new();
    for field in DEPLOYED {
        if let Some(value) = service.settings.get(field).filter(|it| !it.is_null()) {
            settings.insert(field.to_owned(), value.clone());
        }
    }
    Value::Object(settings)
}

/// `loadBalancers` with the target groups that a new deployment uses: with two groups, the one that the
/// deployment before it does not use.
fn resolved(service: &EcsService) -> Vec<Value> {
    let used: Vec<&str> = service
        .rollouts
        .iter()
        .filter(|it| it.status == "PRIMARY")
        .flat_map(|it| &it.load_balancers)
        .filter_map(|balancer| text(balancer, "targetGroupArn"))
        .collect();
    let swaps = strategy(service) != "ROLLING";
    service
        .load_balancers
        .iter()
        .map(|balancer| {
            let mut resolved = balancer.clone();
            let group = text(balancer, "targetGroupArn").unwrap_or_default();
            let alternate = balancer.pointer("/advancedConfiguration/alternateTargetGroupArn");
            if swaps && used.contains(&group) {
                put(&mut resolved, "targetGroupArn", alternate.cloned());
            }
            resolved
        })
        .collect()
}

/// Begins a deployment of what a service is now. The one before it becomes ACTIVE until its tasks are gone.
pub fn begin(world: &mut World, at: &At, service: &mut EcsService, cause: Cause) {
    if let Some(old) = before(service) {
        service.rollouts.push(old);
    }
    let id = deployment_id(world);
    let release_id = world.ids.letters(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_",
        21,
    );
    let revision_id = world.ids.letters("0123456789", 19);
    let place = format!("{}/{}", service.cluster, service.name);
    let own = |kind: &str, id: &str| {
        arn(
            "ecs",
            &at.region,
            &at.account,
            &format!("{kind}/{place}/{id}"),
        )
    };
    let mut revision = Revision {
        arn: own("service-revision", &revision_id),
        created_at: at.now,
        task_definition: service.task_definition.clone().unwrap_or_default(),
        launch_type: service.launch_type.clone(),
        load_balancers: service.load_balancers.clone(),
        resolved: resolved(service)
            .iter()
            .filter_map(|it| text(it, "targetGroupArn").map(str::to_owned))
            .collect(),
        settings: snapshot(service),
    };
    let source = service
        .rollouts
        .iter()
        .find(|it| it.state == "COMPLETED")
        .map(|it| it.revision.clone());
    let (reason, rolls_back) = match cause {
        Cause::Asked => (format!("ECS deployment {id} in progress."), false),
        Cause::Rollback(reason, to) => {
            // No new revision: the earlier one is deployed once more. Source: the API model, `Rollback`.
            revision.arn = to;
            (reason, true)
        }
    };
    let rollout = Rollout {
        id: id.clone(),
        status: "PRIMARY".to_owned(),
        revision: revision.arn.clone(),
        task_definition: revision.task_definition.clone(),
        launch_type: service.launch_type.clone(),
        load_balancers: resolved(service),
        settings: revision.settings.clone(),
        extra: service.deployment_settings.clone(),
        created_at: at.now,
        updated_at: at.now,
        state: "IN_PROGRESS".to_owned(),
        reason,
        ..Rollout::default()
    };
    for old in &mut service.rollouts {
        "ACTIVE".clone_into(&mut old.status);
    }
    if !rolls_back {
        for open in service.releases.iter_mut().filter(|it| it.is_open()) {
            "STOPPED".clone_into(&mut open.status);
            open.reason = Some("A newer service deployment was started.".to_owned());
            open.finished_at = Some(at.now);
            open.updated_at = at.now;
            open.due = None;
        }
        let blue_green = strategy(service) != "ROLLING";
        service.releases.insert(
            0,
            Release {
                arn: own("service-deployment", &release_id),
                rollout: id.clone(),
                target: revision.arn.clone(),
                source,
                status: "IN_PROGRESS".to_owned(),
                stage: blue_green.then(|| "RECONCILE_SERVICE".to_owned()),
                configuration: service
                    .settings
                    .get("deploymentConfiguration")
                    .cloned()
                    .unwrap_or_default(),
                created_at: at.now,
                updated_at: at.now,
                due: blue_green.then_some(at.now),
                ..Release::default()
            },
        );
        // As many as can be listed. Source: Amazon ECS Developer Guide, "Service deployments": 90 days.
        service.releases.truncate(100);
    }
    if !service.revisions.iter().any(|it| it.arn == revision.arn) {
        service.revisions.insert(0, revision);
    }
    news::tell(world, at, service, &rollout);
    service.rollouts.insert(0, rollout);
    service.deployment = Some(id);
    service.deployed_at = at.now;
    service.steady = false;
    service.due = Some(at.now);
}

/// Ends the release that is under way.
pub fn close(service: &mut EcsService, at: &At, status: &str, reason: Option<String>) {
    for open in service.releases.iter_mut().filter(|it| it.is_open()) {
        status.clone_into(&mut open.status);
        if reason.is_some() {
            open.reason.clone_from(&reason);
        }
        open.finished_at = Some(at.now);
        open.updated_at = at.now;
        open.due = None;
    }
}

/// The deployment of a service that was saved before deployments were kept: a finished one.
pub fn before(service: &EcsService) -> Option<Rollout> {
    let id = service.deployment.as_ref()?;
    if !service.rollouts.is_empty() || service.controller != "ECS" {
        return None;
    }
    Some(Rollout {
        id: id.clone(),
        status: "PRIMARY".to_owned(),
        task_definition: service.task_definition.clone().unwrap_or_default(),
        launch_type: service.launch_type.clone(),
        load_balancers: service.load_balancers.clone(),
        settings: snapshot(service),
        extra: service.deployment_settings.clone(),
        created_at: service.deployed_at,
        updated_at: service.deployed_at,
        state: "COMPLETED".to_owned(),
        reason: format!("ECS deployment {id} completed."),
        ..Rollout::default()
    })
}

/// Moves the deployment of a service on: completes it, or finds that it failed.
pub fn look(world: &mut World, at: &At, key: &str) {
    let Some(found) = service(world, at, key).cloned() else {
        return;
    };
    let Some(primary) = found.rollouts.iter().find(|it| it.status == "PRIMARY") else {
        return;
    };
    if found.controller != "ECS" || primary.state != "IN_PROGRESS" || found.status != "ACTIVE" {
        return;
    }
    if fails(world, at, key, &found, primary) {
        return;
    }
    let first = found.rollouts.len() == 1;
    if strategy(&found) != "ROLLING" && !first && !rolls_back(&found) {
        return;
    }
    let tasks = tasks_of(world, at, &found);
    let running = |id: &str| {
        tasks
            .iter()
            .filter(|it| it.owner == id && it.runs())
            .count()
    };
    let wanted = usize::try_from(found.desired).unwrap_or(0);
    let fargate = super::owners::owners(&found)
        .iter()
        .any(|owner| owner.id == primary.id && (owner.wanted > 0 || wanted == 0));
    let old_gone = found
        .rollouts
        .iter()
        .filter(|it| it.id != primary.id)
        .all(|old| !tasks.iter().any(|it| it.owner == old.id && it.wanted()));
    if fargate && running(&primary.id) >= wanted && old_gone {
        complete(world, at, key);
    } else if !watched(&found).is_empty() {
        let next = world.after(at.now, ALARMS);
        wake(world, at, key, next);
    }
}

fn rolls_back(service: &EcsService) -> bool {
    service
        .releases
        .first()
        .is_some_and(|release| release.status == "ROLLBACK_IN_PROGRESS")
}

/// The PRIMARY deployment is done: it is the only one from here on.
pub fn complete(world: &mut World, at: &At, key: &str) {
    let Some(service) = service_mut(world, at, key) else {
        return;
    };
    let mut id = String::new();
    for rollout in service
        .rollouts
        .iter_mut()
        .filter(|it| it.status == "PRIMARY")
    {
        "COMPLETED".clone_into(&mut rollout.state);
        rollout.reason = format!("ECS deployment {} completed.", rollout.id);
        rollout.updated_at = at.now;
        id.clone_from(&rollout.id);
    }
    service.rollouts.retain(|it| it.status == "PRIMARY");
    let name = service.name.clone();
    if rolls_back(service) {
        close(service, at, "ROLLBACK_SUCCESSFUL", None);
    } else {
        for open in service.releases.iter_mut().filter(|it| it.is_open()) {
            open.production = 100.0;
        }
        close(service, at, "SUCCESSFUL", None);
    }
    service.steady = false;
    let done = service.clone();
    let message = format!("(service {name}) (deployment {id}) deployment completed.");
    say(world, at, key, message);
    for rollout in &done.rollouts {
        news::tell(world, at, &done, rollout);
    }
}

/// How many failures the circuit breaker lets pass. Source: Amazon ECS Developer Guide, "How the Amazon ECS
/// deployment circuit breaker detects failures", failure threshold.
pub fn threshold(desired: i64) -> i64 {
    (desired.saturating_add(1) / 2).clamp(3, 200)
}

fn switch(service: &EcsService, path: &str) -> bool {
    service
        .settings
        .get("deploymentConfiguration")
        .and_then(|it| it.pointer(path))
        .and_then(Value::as_bool)
        .unwrap_or(false)
}

/// The alarms that a deployment is watched by.
fn watched(service: &EcsService) -> Vec<String> {
    if !switch(service, "/alarms/enable") {
        return Vec::new();
    }
    let alarms = service.settings.pointer("/deploymentConfiguration/alarms");
    texts(list(alarms.unwrap_or(&Value::Null), "alarmNames"))
}

/// Whether the PRIMARY deployment has just been found to have failed.
fn fails(world: &mut World, at: &At, key: &str, found: &EcsService, primary: &Rollout) -> bool {
    if rolls_back(found) {
        return false;
    }
    let active = cloudwatch::active(world, &at.account, &at.region, &watched(found));
    if !active.is_empty() {
        if let Some(release) = service_mut(world, at, key).and_then(|it| it.releases.first_mut()) {
            release.triggered = active;
        }
        fail(
            world,
            at,
            key,
            "ECS deployment failed: alarm detected.",
            "alarm detected",
            switch(found, "/alarms/rollback"),
        );
        return true;
    }
    let breaks = switch(found, "/deploymentCircuitBreaker/enable");
    if breaks && primary.failed >= threshold(found.desired) {
        if let Some(release) = service_mut(world, at, key).and_then(|it| it.releases.first_mut()) {
            release.broke = true;
        }
        fail(
            world,
            at,
            key,
            "ECS deployment circuit breaker: tasks failed to start.",
            "tasks failed to start",
            switch(found, "/deploymentCircuitBreaker/rollback"),
        );
        return true;
    }
    false
}

/// Fails the PRIMARY deployment, and brings back what was there before where that is wanted and there is
/// something.
pub fn fail(world: &mut World, at: &At, key: &str, reason: &str, short: &str, rollback: bool) {
    let Some(mut service) = service(world, at, key).cloned() else {
        return;
    };
    let name = service.name.clone();
    let mut id = String::new();
    for rollout in service
        .rollouts
        .iter_mut()
        .filter(|it| it.status == "PRIMARY")
    {
        "FAILED".clone_into(&mut rollout.state);
        reason.clone_into(&mut rollout.reason);
        rollout.updated_at = at.now;
        id.clone_from(&rollout.id);
        if let Some(release) = service.releases.first_mut() {
            release.failures = rollout.failed;
        }
    }
    for rollout in service.rollouts.iter().filter(|it| it.id == id) {
        news::tell(world, at, &service, rollout);
    }
    let last = service
        .rollouts
        .iter()
        .find(|it| it.state == "COMPLETED")
        .cloned();
    let mut messages = vec![format!(
        "(service {name}) (deployment {id}) deployment failed: {}.",
        short.strip_prefix("of ").unwrap_or(short)
    )];
    // The service deployment has other words than the service's events for the same.
    let broke = service.releases.first().is_some_and(|it| it.broke);
    let short = match broke {
        true => "the circuit breaker threshold was exceeded",
        false => short,
    };
    match last.filter(|_| rollback) {
        Some(last) => {
            if let Some(release) = service.releases.first_mut() {
                "ROLLBACK_IN_PROGRESS".clone_into(&mut release.status);
                release.reason = Some(format!("Service deployment rolled back because {short}."));
                release.rollback = Some((at.now, reason.to_owned(), last.revision.clone()));
                release.updated_at = at.now;
                release.due = None;
                release.production = 0.0;
                release.test = 0.0;
            }
            restore(&mut service, &last);
            let back = if reason.starts_with("ECS deployment circuit breaker") {
                format!(
                    "ECS deployment circuit breaker: rolling back to deploymentId {}.",
                    last.id
                )
            } else {
                format!(
                    "ECS deployment alarm: rolling back to deploymentId {}.",
                    last.id
                )
            };
            messages.push(format!(
                "(service {name}) rolling back to deployment {}.",
                last.id
            ));
            if strategy(&service) == "ROLLING" {
                let to = last.revision.clone();
                begin(world, at, &mut service, Cause::Rollback(back, to));
            } else {
                super::native::back(world, at, &mut service, &last, back);
            }
        }
        None => close(
            &mut service,
            at,
            "STOPPED",
            Some(format!("Service deployment failed because {short}.")),
        ),
    }
    service.steady = false;
    service.due = Some(at.now);
    if let Some(place) = service_mut(world, at, key) {
        *place = service;
    }
    for message in messages {
        say(world, at, key, message);
    }
}

/// Makes a service what it was at a deployment.
fn restore(service: &mut EcsService, last: &Rollout) {
    service.task_definition = Some(last.task_definition.clone());
    service.launch_type.clone_from(&last.launch_type);
    let revision = service
        .revisions
        .iter()
        .find(|it| it.arn == last.revision)
        .cloned();
    if let Some(revision) = revision {
        service.load_balancers = revision.load_balancers;
    }
    if let (Some(settings), Some(before)) =
        (service.settings.as_object_mut(), last.settings.as_object())
    {
        settings.extend(before.clone());
    }
}

/// `deploymentCircuitBreaker` of a service deployment.
pub fn breaker(service: &EcsService, release: &Release) -> Value {
    let on = release
        .configuration
        .pointer("/deploymentCircuitBreaker/enable")
        .and_then(Value::as_bool)
        .unwrap_or(false);
    let failed = service
        .rollouts
        .iter()
        .find(|it| it.id == release.rollout)
        .map_or(release.failures, |it| it.failed);
    let status = match (on, release.is_open(), release.broke) {
        (false, _, _) => "DISABLED",
        (true, _, true) => "TRIGGERED",
        (true, true, false) => "MONITORING",
        (true, false, false) => "MONITORING_COMPLETE",
    };
    json!({"status": status, "failureCount": failed, "threshold": threshold(service.desired)})
}
