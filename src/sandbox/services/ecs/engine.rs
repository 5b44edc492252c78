//! What goes on by itself in ECS: tasks on their way up and down, and services whose scheduler is due.

use super::launch;
use super::owners::owners;
use super::settle::{ecs_mut, failed, places, say, service, settle, tasks_of, wake};
use super::state::{EcsState, Task};
use crate::sandbox::blobs::Blobs;
use crate::sandbox::services::acting::At;
use crate::sandbox::services::elbv2::Target;
use crate::sandbox::world::World;

/// How long a task is provisioned, in milliseconds.
pub const PROVISIONING: i64 = 5_000;
/// How long it pulls its images.
const PULLING: i64 = 10_000;
/// How long it stops, with its connections drained.
pub const DRAINING: i64 = 5_000;
/// How long a stopped task can be described. Source: the API model, `DescribeTasks`: at least one hour.
const REMEMBERED: i64 = 3_600_000;

fn due_in(ecs: &EcsState) -> Option<i64> {
    let tasks = ecs.tasks.values().filter_map(|task| task.due);
    let services = ecs.services.values().filter_map(|service| {
        let release = service.releases.iter().filter_map(|it| it.due).min();
        match (service.due, release) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        }
    });
    tasks.chain(services).min()
}

/// The moment at which anything goes on next, in milliseconds since 1970.
pub fn due(world: &World) -> Option<i64> {
    let regions = world.accounts.values().flat_map(|it| it.regions.values());
    regions.filter_map(|regional| due_in(&regional.ecs)).min()
}

/// Carries out all that is due up to a moment, in the order of time.
pub fn advance(world: &mut World, _: &Blobs, now: i64) {
    let mut moment = i64::MIN;
    // What is done leaves something due later; the count is there for the worst.
    for _ in 0..100_000 {
        let Some(next) = due(world).filter(|next| *next <= now) else {
            return;
        };
        moment = moment.max(next);
        step(world, moment);
    }
}

/// All places where something is due.
fn places_due(world: &World, moment: i64) -> Vec<At> {
    let mut found = Vec::new();
    for (account, content) in &world.accounts {
        for (region, regional) in &content.regions {
            if due_in(&regional.ecs).is_some_and(|due| due <= moment) {
                found.push(At {
                    account: account.clone(),
                    region: region.clone(),
                    now: moment,
                });
            }
        }
    }
    found
}

fn step(world: &mut World, moment: i64) {
    for at in places_due(world, moment) {
        step_at(world, &at);
    }
}

/// Does what is due at one place.
fn step_at(world: &mut World, at: &At) {
    let is_due = |due: Option<i64>| due.is_some_and(|due| due <= at.now);
    let tasks: Vec<String> = ecs_mut(world, at)
        .tasks
        .values()
        .filter(|task| is_due(task.due))
        .map(|task| task.id.clone())
        .collect();
    for id in tasks {
        go_on(world, at, &id);
    }
    let mut keys = Vec::new();
    for (key, service) in &mut ecs_mut(world, at).services {
        let release = service.releases.iter().any(|it| is_due(it.due));
        if is_due(service.due) || release {
            service.due = None;
            keys.push(key.clone());
        }
    }
    for key in keys {
        settle(world, at, &key);
    }
}

/// Moves one task on.
fn go_on(world: &mut World, at: &At, id: &str) {
    let Some(task) = ecs_mut(world, at).tasks.get(id).cloned() else {
        return;
    };
    let key = EcsState::service_key(&task.cluster, &task.service);
    match task.status.as_str() {
        "PROVISIONING" => {
            let due = world.after(at.now, PULLING);
            if let Some(task) = ecs_mut(world, at).tasks.get_mut(id) {
                task.status = "PENDING".to_owned();
                task.pulled_at = Some(at.now);
                task.due = Some(due);
            }
        }
        "PENDING" => begin(world, at, &key, &task),
        "DEACTIVATING" => {
            if let Some(task) = ecs_mut(world, at).tasks.get_mut(id) {
                ended(task, at.now);
            }
            wake(world, at, &key, at.now);
        }
        "STOPPED" => {
            ecs_mut(world, at).tasks.remove(id);
        }
        _ => {
            if let Some(task) = ecs_mut(world, at).tasks.get_mut(id) {
                task.due = None;
            }
        }
    }
}

fn ended(task: &mut Task, now: i64) {
    task.status = "STOPPED".to_owned();
    task.stopping_at.get_or_insert(now);
    task.stopped_at = Some(now);
    task.due = Some(now.saturating_add(REMEMBERED));
}

/// Ends the tasks of a service that is deleted.
pub fn end_all(world: &mut World, at: &At, key: &str) {
    let Some(found) = service(world, at, key).cloned() else {
        return;
    };
    for task in tasks_of(world, at, &found) {
        if let Some(task) = ecs_mut(world, at).tasks.get_mut(&task.id)
            && task.stopped_at.is_none()
        {
            ended(task, at.now);
        }
    }
}

/// A task whose images are pulled runs, or stops with the reason why not.
fn begin(world: &mut World, at: &At, key: &str, task: &Task) {
    let definition = world
        .regional_ref(&at.account, &at.region)
        .and_then(|regional| regional.ecs.task_definition(&task.task_definition))
        .cloned();
    let prepared = match &definition {
        Some(definition) => launch::prepare(world, at, task, definition),
        None => Err("TaskDefinition not found.".to_owned()),
    };
    match prepared {
        Ok(digests) => {
            if let Some(task) = ecs_mut(world, at).tasks.get_mut(&task.id) {
                task.status = "RUNNING".to_owned();
                task.started_at = at.now;
                task.digests = digests;
                task.due = None;
            }
            register(world, at, key, task);
        }
        Err(reason) => {
            if let Some(task) = ecs_mut(world, at).tasks.get_mut(&task.id) {
                task.stop_code = Some("TaskFailedToStart".to_owned());
                task.stop_reason = Some(reason.clone());
                ended(task, at.now);
            }
            let message = format!(
                "(service {}) was unable to place a task. Reason: {reason}.",
                task.service
            );
            say(world, at, key, message);
            failed(world, at, key, &task.owner);
        }
    }
    wake(world, at, key, at.now);
}

/// Puts a running task into the target groups of its owner.
fn register(world: &mut World, at: &At, key: &str, task: &Task) {
    let Some(found) = service(world, at, key) else {
        return;
    };
    let owner = owners(found)
        .into_iter()
        .find(|owner| owner.id == task.owner);
    for (group, port) in owner.iter().flat_map(places) {
        let known = world
            .regional(&at.account, &at.region)
            .elbv2
            .target_groups
            .get_mut(&group);
        let Some(known) = known else {
            continue;
        };
        known.targets.push(Target {
            id: task.address.clone(),
            port,
            zone: Some(task.zone.clone()),
        });
        let message = format!(
            "(service {}) registered 1 targets in (target-group {group})",
            task.service
        );
        say(world, at, key, message);
    }
}

/// Brings everything at a place to rest at once, as if it had been there for long: for what a platform
/// team has left.
pub fn finish(world: &mut World, account: &str, region: &str) {
    for _ in 0..10_000 {
        let next = world.regional_ref(account, region).and_then(|regional| {
            let tasks = regional.ecs.tasks.values();
            let open = tasks.filter(|task| task.stopped_at.is_none());
            let services = regional.ecs.services.values();
            open.filter_map(|task| task.due)
                .chain(services.filter_map(|service| service.due))
                .min()
        });
        let Some(next) = next else {
            return;
        };
        let at = At {
            account: account.to_owned(),
            region: region.to_owned(),
            now: next,
        };
        step_at(world, &at);
    }
}
