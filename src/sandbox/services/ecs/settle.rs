//! The service scheduler: starts and stops tasks until they are what a service wants, and says so in its
//! events. What takes time is carried on by [`super::engine`].

use super::engine::{DRAINING, PROVISIONING};
use super::owners::{Owner, moves, owners};
use super::state::{EcsService, EcsState, Task};
use super::{launch, native, rolling};
use crate::sandbox::services::acting::At;
use crate::sandbox::services::fields::{arn, list, number, text, texts};
use crate::sandbox::world::World;

/// The service of a key, if it is there.
pub fn service<'w>(world: &'w World, at: &At, key: &str) -> Option<&'w EcsService> {
    world
        .regional_ref(&at.account, &at.region)?
        .ecs
        .services
        .get(key)
}

/// The same, to be changed.
pub fn service_mut<'w>(world: &'w mut World, at: &At, key: &str) -> Option<&'w mut EcsService> {
    ecs_mut(world, at).services.get_mut(key)
}

/// What ECS holds at a place.
pub fn ecs_mut<'w>(world: &'w mut World, at: &At) -> &'w mut EcsState {
    &mut world.regional(&at.account, &at.region).ecs
}

/// The tasks of a service.
pub fn tasks_of(world: &World, at: &At, service: &EcsService) -> Vec<Task> {
    world
        .regional_ref(&at.account, &at.region)
        .map(|regional| {
            let all = regional.ecs.tasks.values();
            all.filter(|task| task.cluster == service.cluster && task.service == service.name)
                .cloned()
                .collect()
        })
        .unwrap_or_default()
}

/// Adds an event, the newest first.
pub fn say(world: &mut World, at: &At, key: &str, message: String) {
    let id = world.ids.uuid();
    if let Some(service) = service_mut(world, at, key) {
        service.events.insert(0, (id, at.now, message));
        // ECS keeps the last hundred.
        service.events.truncate(100);
    }
}

/// Has the scheduler look at a service again at a moment, if not sooner.
pub fn wake(world: &mut World, at: &At, key: &str, moment: i64) {
    if let Some(service) = service_mut(world, at, key) {
        service.due = Some(service.due.map_or(moment, |due| due.min(moment)));
    }
}

/// Looks at a service: starts and stops tasks, and moves its deployment on.
pub fn settle(world: &mut World, at: &At, key: &str) {
    let Some(mut found) = service(world, at, key).cloned() else {
        return;
    };
    if let Some(old) = rolling::before(&found)
        && let Some(service) = service_mut(world, at, key)
    {
        service.rollouts.push(old);
        found = service.clone();
    }
    let owners = owners(&found);
    let tasks = tasks_of(world, at, &found);
    let (plan, orphans) = moves(&found, &owners, &tasks, at.now);
    let mut changed = !orphans.is_empty();
    stop(
        world,
        at,
        key,
        &orphans,
        "Scaling activity initiated by the service",
    );
    for (owner, planned) in owners.iter().zip(&plan) {
        changed |= !planned.stop.is_empty();
        let why = format!("Scaling activity initiated by (deployment {})", owner.id);
        stop(world, at, key, &planned.stop, &why);
        let have = tasks.iter().filter(|task| task.owner == owner.id).count();
        changed |= start(world, at, key, owner, have, planned.start);
    }
    drained(world, at, key);
    let retries = owners.iter().filter_map(|owner| owner.retry_at);
    if let Some(retry) = retries.filter(|retry| *retry > at.now).min() {
        wake(world, at, key, retry);
    }
    if changed && let Some(service) = service_mut(world, at, key) {
        service.steady = false;
    }
    rolling::look(world, at, key);
    native::look(world, at, key);
    steady(world, at, key, &owners);
}

/// Task sets that drain are gone when their tasks have stopped.
fn drained(world: &mut World, at: &At, key: &str) {
    let Some(found) = service(world, at, key) else {
        return;
    };
    if !found.task_sets.iter().any(|set| set.status == "DRAINING") {
        return;
    }
    let tasks = tasks_of(world, at, found);
    let alive = |id: &str| {
        let mut own = tasks.iter().filter(|task| task.owner == id);
        own.any(|task| task.stopped_at.is_none())
    };
    if let Some(service) = service_mut(world, at, key) {
        service
            .task_sets
            .retain(|set| set.status != "DRAINING" || alive(&set.id));
    }
}

/// Says once that a service is steady, or that it waits for instances.
fn steady(world: &mut World, at: &At, key: &str, owners: &[Owner]) {
    let Some(found) = service(world, at, key).cloned() else {
        return;
    };
    if found.steady || found.status != "ACTIVE" {
        return;
    }
    let tasks = tasks_of(world, at, &found);
    let settled = owners.iter().all(|owner| {
        let mine = || tasks.iter().filter(|task| task.owner == owner.id);
        let running = mine().filter(|task| task.runs()).count();
        running == owner.wanted && mine().all(|task| task.runs() || task.stopped_at.is_some())
    });
    let moving = found.controller == "ECS"
        && found
            .rollouts
            .iter()
            .any(|rollout| rollout.state == "IN_PROGRESS");
    let waits = found.desired > 0
        && found.launch_type.as_deref() == Some("EC2")
        && !(found.rollouts.is_empty() && found.task_sets.is_empty());
    if !settled || (moving && !waits) || owners.is_empty() {
        return;
    }
    let name = &found.name;
    let message = if waits {
        format!(
            "(service {name}) was unable to place a task because no container instance met all of its requirements. Reason: No Container Instances were found in your cluster."
        )
    } else {
        format!("(service {name}) has reached a steady state.")
    };
    say(world, at, key, message);
    if let Some(service) = service_mut(world, at, key) {
        service.steady = true;
    }
}

/// Starts tasks of an owner; answers whether any was started.
fn start(world: &mut World, at: &At, key: &str, owner: &Owner, have: usize, wanted: usize) -> bool {
    let Some(found) = service(world, at, key) else {
        return false;
    };
    let (cluster, name) = (found.cluster.clone(), found.name.clone());
    let mut started = Vec::new();
    for place in have..have + wanted {
        let task = task(world, at, (&cluster, &name), owner, place);
        let definition = world
            .regional_ref(&at.account, &at.region)
            .and_then(|regional| regional.ecs.task_definition(&owner.task_definition));
        let checked = match definition {
            Some(definition) => launch::roles(world, at, &task, definition),
            None => Err("TaskDefinition not found.".to_owned()),
        };
        if let Err(why) = checked {
            say(
                world,
                at,
                key,
                format!("(service {name}) failed to launch a task with (error {why})."),
            );
            failed(world, at, key, &owner.id);
            break;
        }
        started.push(task.id.clone());
        ecs_mut(world, at).tasks.insert(task.id.clone(), task);
    }
    if started.is_empty() {
        return false;
    }
    let ids: Vec<String> = started.iter().map(|id| format!("(task {id})")).collect();
    let message = format!(
        "(service {name}) has started {} tasks: {}.",
        started.len(),
        ids.join(" ")
    );
    say(world, at, key, message);
    true
}

fn task(
    world: &mut World,
    at: &At,
    (cluster, service): (&str, &str),
    owner: &Owner,
    place: usize,
) -> Task {
    let id = world.ids.hex(32);
    let bits = world.ids.bits();
    let subnets = texts(list(&owner.network, "subnets"));
    // Tasks are spread over the subnets.
    let place = place.checked_rem(subnets.len()).unwrap_or(0);
    let subnet = subnets.get(place).cloned().unwrap_or_default();
    let zone = world
        .regional_ref(&at.account, &at.region)
        .map(|regional| regional.network.zone(&subnet, place, &at.region))
        .unwrap_or_else(|| format!("{}a", at.region));
    Task {
        arn: arn(
            "ecs",
            &at.region,
            &at.account,
            &format!("task/{cluster}/{id}"),
        ),
        id,
        cluster: cluster.to_owned(),
        service: service.to_owned(),
        owner: owner.id.clone(),
        task_definition: owner.task_definition.clone(),
        address: format!("10.0.{}.{}", (bits >> 8) & 0xff, 4 + (bits & 0xff) % 250),
        subnet,
        zone,
        created_at: at.now,
        status: "PROVISIONING".to_owned(),
        due: Some(world.after(at.now, PROVISIONING)),
        ..Task::default()
    }
}

/// Counts a failure of an owner, which waits longer each time before it starts another task. Source:
/// Amazon ECS Developer Guide, "Amazon ECS service throttle logic".
pub fn failed(world: &mut World, at: &At, key: &str, owner: &str) {
    let count = service(world, at, key).map_or(0, |found| {
        let by_ecs = found.rollouts.iter().find(|it| it.id == owner);
        let by_others = found.task_sets.iter().find(|it| it.id == owner);
        by_ecs
            .map(|it| it.failed)
            .or(by_others.map(|it| it.failed))
            .unwrap_or_default()
    });
    let wait = 10_000_i64.saturating_mul(1 << count.clamp(0, 6));
    let retry = world.after(at.now, wait);
    if let Some(service) = service_mut(world, at, key) {
        service.steady = false;
        for rollout in service.rollouts.iter_mut().filter(|it| it.id == owner) {
            rollout.failed += 1;
            rollout.retry_at = Some(retry);
            rollout.updated_at = at.now;
        }
        for set in service.task_sets.iter_mut().filter(|it| it.id == owner) {
            set.failed += 1;
            set.retry_at = Some(retry);
        }
    }
    wake(world, at, key, retry);
}

/// Takes tasks out of their target groups and has them stop.
pub fn stop(world: &mut World, at: &At, key: &str, ids: &[String], why: &str) {
    if ids.is_empty() {
        return;
    }
    let until = world.after(at.now, DRAINING);
    let regional = world.regional(&at.account, &at.region);
    let mut drained: Vec<(String, usize)> = Vec::new();
    let mut running = Vec::new();
    for id in ids {
        let Some(task) = regional.ecs.tasks.get_mut(id) else {
            continue;
        };
        if task.runs() {
            running.push(format!("(task {id})"));
        }
        task.status = "DEACTIVATING".to_owned();
        task.stopping_at = Some(at.now);
        task.stop_code
            .get_or_insert_with(|| "ServiceSchedulerInitiated".to_owned());
        task.stop_reason.get_or_insert_with(|| why.to_owned());
        task.due = Some(until);
        for group in regional.elbv2.target_groups.values_mut() {
            let before = group.targets.len();
            group.targets.retain(|target| target.id != task.address);
            let gone = before - group.targets.len();
            if gone > 0 {
                match drained.iter_mut().find(|(known, _)| *known == group.arn) {
                    Some((_, count)) => *count += gone,
                    None => drained.push((group.arn.clone(), gone)),
                }
            }
        }
    }
    let Some(name) = service(world, at, key).map(|found| found.name.clone()) else {
        return;
    };
    if !drained.is_empty() {
        let count: usize = drained.iter().map(|(_, count)| count).sum();
        let message = format!("(service {name}) has begun draining connections on {count} tasks.");
        say(world, at, key, message);
    }
    for (group, count) in drained {
        let message =
            format!("(service {name}) deregistered {count} targets in (target-group {group})");
        say(world, at, key, message);
    }
    if !running.is_empty() {
        let message = format!(
            "(service {name}) has stopped {} running tasks: {}.",
            running.len(),
            running.join(" ")
        );
        say(world, at, key, message);
    }
}

/// The target groups and ports that an owner's tasks are registered in.
pub fn places(owner: &Owner) -> Vec<(String, Option<i64>)> {
    owner
        .balancers
        .iter()
        .filter_map(|balancer| {
            let group = text(balancer, "targetGroupArn")?.to_owned();
            Some((group, number(balancer, "containerPort")))
        })
        .collect()
}
