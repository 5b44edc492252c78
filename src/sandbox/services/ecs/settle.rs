//! Brings the running tasks to what services want, and their addresses into the target groups.

use serde_json::Value;

use super::state::{EcsState, Task};
use super::{own_arn, state, state_mut};
use crate::sandbox::service::Call;
use crate::sandbox::services::elbv2::Target;
use crate::sandbox::services::fields::{list, number, text, texts};
use crate::sandbox::world::World;

/// Who owns tasks of a service: its deployment or a task set.
struct Owner {
    id: String,
    wanted: usize,
    task_definition: String,
    network: Value,
    balancers: Vec<Value>,
}

fn is_fargate(launch_type: Option<&str>, settings: &Value) -> bool {
    launch_type == Some("FARGATE")
        || list(settings, "capacityProviderStrategy")
            .iter()
            .any(|item| {
                text(item, "capacityProvider").is_some_and(|name| name.starts_with("FARGATE"))
            })
}

fn owners(state: &EcsState, key: &str) -> Vec<Owner> {
    let Some(service) = state
        .services
        .get(key)
        .filter(|service| service.status == "ACTIVE")
    else {
        return Vec::new();
    };
    let count = |wanted: i64, fargate: bool| {
        if fargate {
            usize::try_from(wanted).unwrap_or(0)
        } else {
            0
        }
    };
    let network = |settings: &Value| {
        settings
            .pointer("/networkConfiguration/awsvpcConfiguration")
            .cloned()
            .unwrap_or(Value::Null)
    };
    let mut owners = Vec::new();
    if let (Some(id), Some(definition)) = (&service.deployment, &service.task_definition) {
        owners.push(Owner {
            id: id.clone(),
            wanted: count(
                service.desired,
                is_fargate(service.launch_type.as_deref(), &service.settings),
            ),
            task_definition: definition.clone(),
            network: network(&service.settings),
            balancers: service.load_balancers.clone(),
        });
    }
    for set in &service.task_sets {
        owners.push(Owner {
            id: set.id.clone(),
            wanted: count(
                set.count(service.desired),
                is_fargate(set.launch_type.as_deref(), &set.settings),
            ),
            task_definition: set.task_definition.clone(),
            network: network(&set.settings),
            balancers: set.load_balancers.clone(),
        });
    }
    owners
}

/// Starts and stops tasks of one service until they are what it wants, and says so in its events.
pub fn settle(world: &mut World, call: &Call, key: &str) {
    let Some(service) = state(world, call).and_then(|state| state.services.get(key)) else {
        return;
    };
    let (cluster, name) = (service.cluster.clone(), service.name.clone());
    let owners = state(world, call)
        .map(|state| owners(state, key))
        .unwrap_or_default();
    let mine: Vec<Task> = state(world, call)
        .map(|state| {
            state
                .tasks
                .values()
                .filter(|task| task.cluster == cluster && task.service == name)
                .cloned()
                .collect()
        })
        .unwrap_or_default();

    let mut keep: Vec<Task> = Vec::new();
    let mut started: Vec<Task> = Vec::new();
    for owner in &owners {
        let mut have: Vec<Task> = mine
            .iter()
            .filter(|task| task.owner == owner.id)
            .cloned()
            .collect();
        have.truncate(owner.wanted);
        for place in have.len()..owner.wanted {
            started.push(start(world, call, (&cluster, &name), owner, place));
        }
        keep.extend(have);
    }
    let stopped: Vec<Task> = mine
        .iter()
        .filter(|task| !keep.iter().any(|kept| kept.id == task.id))
        .cloned()
        .collect();

    let regional = world.regional(&call.caller.account, &call.region);
    for task in &stopped {
        regional.ecs.tasks.remove(&task.id);
        for group in regional.elbv2.target_groups.values_mut() {
            group.targets.retain(|target| target.id != task.address);
        }
    }
    let mut registered: Vec<(String, usize)> = Vec::new();
    for owner in &owners {
        for balancer in &owner.balancers {
            let Some(group) = text(balancer, "targetGroupArn")
                .and_then(|arn| regional.elbv2.target_groups.get_mut(arn))
            else {
                continue;
            };
            let fresh: Vec<&Task> = started
                .iter()
                .filter(|task| task.owner == owner.id)
                .collect();
            for task in &fresh {
                group.targets.push(Target {
                    id: task.address.clone(),
                    port: number(balancer, "containerPort"),
                    zone: Some(task.zone.clone()),
                });
            }
            if !fresh.is_empty() {
                registered.push((group.arn.clone(), fresh.len()));
            }
        }
    }
    for task in &started {
        regional.ecs.tasks.insert(task.id.clone(), task.clone());
    }
    tell(world, call, key, &started, &stopped, &registered);
}

fn start(
    world: &mut World,
    call: &Call,
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
        .regional_ref(&call.caller.account, &call.region)
        .map(|regional| regional.network.zone(&subnet, place, &call.region))
        .unwrap_or_else(|| format!("{}a", call.region));
    Task {
        arn: own_arn(call, &format!("task/{cluster}/{id}")),
        id,
        cluster: cluster.to_owned(),
        service: service.to_owned(),
        owner: owner.id.clone(),
        task_definition: owner.task_definition.clone(),
        address: format!("10.0.{}.{}", (bits >> 8) & 0xff, 4 + (bits & 0xff) % 250),
        subnet,
        zone,
        started_at: call.now,
    }
}

fn tell(
    world: &mut World,
    call: &Call,
    key: &str,
    started: &[Task],
    stopped: &[Task],
    registered: &[(String, usize)],
) {
    let Some(service) = state(world, call).and_then(|state| state.services.get(key)) else {
        return;
    };
    let name = service.name.clone();
    let waits = service.status == "ACTIVE"
        && service.desired > 0
        && service.launch_type.as_deref() == Some("EC2")
        && (service.deployment.is_some() || !service.task_sets.is_empty());
    let ids = |tasks: &[Task]| {
        let ids: Vec<String> = tasks
            .iter()
            .map(|task| format!("(task {})", task.id))
            .collect();
        ids.join(" ")
    };
    let mut messages = Vec::new();
    if !stopped.is_empty() {
        messages.push(format!(
            "(service {name}) has stopped {} running tasks: {}.",
            stopped.len(),
            ids(stopped)
        ));
    }
    if !started.is_empty() {
        messages.push(format!(
            "(service {name}) has started {} tasks: {}.",
            started.len(),
            ids(started)
        ));
    }
    for (group, count) in registered {
        messages.push(format!(
            "(service {name}) registered {count} targets in (target-group {group})"
        ));
    }
    if waits {
        messages.push(format!(
            "(service {name}) was unable to place a task because no container instance met all of its requirements. Reason: No Container Instances were found in your cluster."
        ));
    } else if !started.is_empty() || !stopped.is_empty() {
        messages.push(format!("(service {name}) has reached a steady state."));
    }
    for message in messages {
        let id = world.ids.uuid();
        if let Some(service) = state_mut(world, call).services.get_mut(key) {
            service.events.insert(0, (id, call.now, message));
            // ECS keeps the last hundred.
            service.events.truncate(100);
        }
    }
}
