//! Who owns the tasks of a service: its deployments, or its task sets.

use serde_json::Value;

use super::state::{EcsService, Task};
use crate::sandbox::services::fields::{list, number, text};

/// One owner, and what it wants.
#[derive(Debug, Clone)]
pub struct Owner {
    /// The id of the deployment or task set.
    pub id: String,
    /// How many tasks it is to have in the end.
    pub wanted: usize,
    /// The task definition's ARN.
    pub task_definition: String,
    /// `awsvpcConfiguration`.
    pub network: Value,
    /// `loadBalancers`.
    pub balancers: Vec<Value>,
    /// Not before this moment is another task started.
    pub retry_at: Option<i64>,
    /// Whether it is the one that is to stay.
    pub primary: bool,
    /// Whether it starts no more tasks.
    pub given_up: bool,
}

fn is_fargate(launch_type: Option<&str>, settings: &Value) -> bool {
    launch_type == Some("FARGATE")
        || list(settings, "capacityProviderStrategy")
            .iter()
            .any(|item| {
                text(item, "capacityProvider").is_some_and(|name| name.starts_with("FARGATE"))
            })
}

/// Tasks run on Fargate only: there are no instances here.
fn count(wanted: i64, fargate: bool) -> usize {
    if fargate {
        usize::try_from(wanted).unwrap_or(0)
    } else {
        0
    }
}

fn network(settings: &Value) -> Value {
    settings
        .pointer("/networkConfiguration/awsvpcConfiguration")
        .cloned()
        .unwrap_or(Value::Null)
}

/// The owners of an ACTIVE service, the newest deployment first.
pub fn owners(service: &EcsService) -> Vec<Owner> {
    if service.status != "ACTIVE" {
        return Vec::new();
    }
    let by_ecs = service.rollouts.iter().map(|rollout| Owner {
        id: rollout.id.clone(),
        wanted: count(
            service.desired,
            is_fargate(rollout.launch_type.as_deref(), &rollout.settings),
        ),
        task_definition: rollout.task_definition.clone(),
        network: network(&rollout.settings),
        balancers: rollout.load_balancers.clone(),
        retry_at: rollout.retry_at,
        primary: rollout.status == "PRIMARY",
        given_up: rollout.state == "FAILED",
    });
    let by_others = service.task_sets.iter().map(|set| Owner {
        id: set.id.clone(),
        wanted: if set.status == "DRAINING" {
            0
        } else {
            count(
                set.count(service.desired),
                is_fargate(set.launch_type.as_deref(), &set.settings),
            )
        },
        task_definition: set.task_definition.clone(),
        network: network(&set.settings),
        balancers: set.load_balancers.clone(),
        retry_at: set.retry_at,
        primary: true,
        given_up: false,
    });
    by_ecs.chain(by_others).collect()
}

/// What is to be done for one owner: how many tasks are started, which are stopped.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Moves {
    /// How many to start.
    pub start: usize,
    /// The ids of those to stop.
    pub stop: Vec<String>,
}

/// The percentages of a rolling update: the least that must stay healthy, and the most that may be there.
/// Source: the API model, `DeploymentConfiguration`.
fn bounds(service: &EcsService) -> (usize, usize) {
    let configuration = service
        .settings
        .get("deploymentConfiguration")
        .unwrap_or(&Value::Null);
    let least = number(configuration, "minimumHealthyPercent").unwrap_or(100);
    let most = number(configuration, "maximumPercent").unwrap_or(200);
    let desired = service.desired.max(0);
    let least = desired.saturating_mul(least.max(0)).saturating_add(99) / 100;
    let most = desired.saturating_mul(most.max(0)) / 100;
    (
        usize::try_from(least).unwrap_or(0),
        usize::try_from(most).unwrap_or(0),
    )
}

/// The strategy of ECS's own deployments.
pub fn strategy(service: &EcsService) -> &str {
    service
        .settings
        .pointer("/deploymentConfiguration/strategy")
        .and_then(Value::as_str)
        .unwrap_or("ROLLING")
}

/// Tasks to stop first: those that do not run yet, then the youngest.
fn surplus(mut mine: Vec<&Task>, keep: usize) -> Vec<String> {
    mine.sort_by_key(|task| (!task.runs(), task.created_at));
    mine.into_iter()
        .skip(keep)
        .map(|task| task.id.clone())
        .collect()
}

/// The next moves of each owner, in their order, and of tasks whose owner is gone.
pub fn moves(
    service: &EcsService,
    owners: &[Owner],
    tasks: &[Task],
    now: i64,
) -> (Vec<Moves>, Vec<String>) {
    let of = |owner: &Owner| -> Vec<&Task> {
        tasks
            .iter()
            .filter(|task| task.owner == owner.id && task.wanted())
            .collect()
    };
    let orphans = tasks
        .iter()
        .filter(|task| task.wanted() && !owners.iter().any(|owner| owner.id == task.owner))
        .map(|task| task.id.clone())
        .collect();
    let rolling = service.controller == "ECS" && strategy(service) == "ROLLING";
    let (least, most) = bounds(service);
    let alive: usize = owners.iter().map(|owner| of(owner).len()).sum();
    let healthy: usize = tasks.iter().filter(|task| task.runs()).count();
    let mut spare = healthy.saturating_sub(least);
    let mut room = most.saturating_sub(alive);
    let plan = owners
        .iter()
        .map(|owner| {
            let mine = of(owner);
            let waits = owner.given_up || owner.retry_at.is_some_and(|at| at > now);
            let mut planned = Moves::default();
            if owner.primary {
                let missing = owner.wanted.saturating_sub(mine.len());
                planned.start = match (waits, rolling) {
                    (true, _) => 0,
                    (false, true) => missing.min(room),
                    (false, false) => missing,
                };
                room = room.saturating_sub(planned.start);
                let keep = if owner.given_up { 0 } else { owner.wanted };
                planned.stop = surplus(mine, keep);
            } else if owner.given_up {
                planned.stop = surplus(mine, 0);
            } else if rolling {
                // Those that do not run yet help nobody; of the others, as many as can be spared.
                let running: Vec<&Task> = mine.iter().copied().filter(|t| t.runs()).collect();
                let pending = mine.iter().filter(|task| !task.runs());
                planned.stop = pending.map(|task| task.id.clone()).collect();
                let can_go = running.len().min(spare);
                spare -= can_go;
                let keep = running.len() - can_go;
                planned.stop.extend(surplus(running, keep));
            } else {
                // The old side of a blue/green deployment stays as it is until it is cleaned up.
                let missing = owner.wanted.saturating_sub(mine.len());
                planned.start = if waits { 0 } else { missing };
                planned.stop = surplus(mine, owner.wanted);
            }
            planned
        })
        .collect();
    (plan, orphans)
}
