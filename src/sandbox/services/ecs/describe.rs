//! How services and task sets are described.

use serde_json::{Value, json};

use super::owners::strategy;
use super::rolling;
use super::rollout::Rollout;
use super::state::{EcsService, EcsState, TaskSet};
use crate::sandbox::services::fields::{put, seconds};

/// The tasks of an owner, or of the whole service: those that run, and those on their way.
fn counts(state: &EcsState, service: &EcsService, owner: Option<&str>) -> (usize, usize) {
    let mine = state.tasks.values().filter(|task| {
        task.cluster == service.cluster
            && task.service == service.name
            && owner.is_none_or(|owner| task.owner == owner)
    });
    mine.fold((0, 0), |(running, pending), task| {
        (
            running + usize::from(task.runs()),
            pending + usize::from(task.pends()),
        )
    })
}

fn extend(answer: &mut Value, settings: &Value, fields: &[&str]) {
    for field in fields {
        put(
            answer,
            field,
            settings
                .get(*field)
                .filter(|value| !value.is_null())
                .cloned(),
        );
    }
}

/// A task set as the API answers it.
pub fn task_set(state: &EcsState, service: &EcsService, set: &TaskSet, tags: bool) -> Value {
    let wanted = set.count(service.desired);
    let (running, pending) = counts(state, service, Some(&set.id));
    let steady = i64::try_from(running).is_ok_and(|running| running == wanted) && pending == 0;
    let mut answer = json!({
        "id": set.id,
        "taskSetArn": set.arn,
        "serviceArn": service.arn,
        "clusterArn": service.cluster_arn,
        "status": set.status,
        "taskDefinition": set.task_definition,
        "computedDesiredCount": wanted,
        "pendingCount": pending,
        "runningCount": running,
        "createdAt": seconds(set.created_at),
        "updatedAt": seconds(set.updated_at),
        "loadBalancers": set.load_balancers,
        "scale": {"value": set.scale, "unit": "PERCENT"},
        "stabilityStatus": if steady { "STEADY_STATE" } else { "STABILIZING" },
        "stabilityStatusAt": seconds(set.updated_at),
        "tags": if tags { set.tags.list("key", "value") } else { json!([]) },
    });
    put(
        &mut answer,
        "startedBy",
        set.started_by.as_ref().map(|by| json!(by)),
    );
    put(
        &mut answer,
        "externalId",
        set.external_id.as_ref().map(|id| json!(id)),
    );
    put(
        &mut answer,
        "launchType",
        set.launch_type.as_ref().map(|kind| json!(kind)),
    );
    extend(
        &mut answer,
        &set.settings,
        &[
            "capacityProviderStrategy",
            "platformVersion",
            "platformFamily",
            "networkConfiguration",
            "serviceRegistries",
        ],
    );
    put(
        &mut answer,
        "serviceRegistries",
        Some(
            set.settings
                .get("serviceRegistries")
                .cloned()
                .unwrap_or(json!([])),
        ),
    );
    answer
}

/// A service as the API answers it.
pub fn service(state: &EcsState, service: &EcsService, tags: bool) -> Value {
    let (running, pending) = counts(state, service, None);
    let mut answer = json!({
        "serviceArn": service.arn,
        "serviceName": service.name,
        "clusterArn": service.cluster_arn,
        "loadBalancers": service.load_balancers,
        "serviceRegistries": service.settings.get("serviceRegistries").cloned().unwrap_or(json!([])),
        "status": service.status,
        "desiredCount": service.desired,
        "runningCount": running,
        "pendingCount": pending,
    });
    put(
        &mut answer,
        "launchType",
        service.launch_type.as_ref().map(|kind| json!(kind)),
    );
    extend(
        &mut answer,
        &service.settings,
        &[
            "capacityProviderStrategy",
            "platformVersion",
            "platformFamily",
        ],
    );
    put(
        &mut answer,
        "taskDefinition",
        service.task_definition.as_ref().map(|arn| json!(arn)),
    );
    extend(&mut answer, &service.settings, &["deploymentConfiguration"]);
    if service.controller != "ECS" {
        let sets: Vec<Value> = service
            .task_sets
            .iter()
            .map(|set| task_set(state, service, set, false))
            .collect();
        put(&mut answer, "taskSets", Some(Value::Array(sets)));
    }
    put(
        &mut answer,
        "deployments",
        Some(deployments(state, service)),
    );
    let current = service
        .rollouts
        .iter()
        .map(|rollout| rollout.revision.as_str())
        .filter(|revision| !revision.is_empty());
    let revisions: Vec<Value> = current
        .filter(|_| service.controller == "ECS")
        .map(|arn| json!({"arn": arn}))
        .collect();
    if !revisions.is_empty() {
        let open = service.releases.iter().find(|release| release.is_open());
        let release = open.map(|release| json!(release.arn));
        put(&mut answer, "currentServiceDeployment", release);
        put(
            &mut answer,
            "currentServiceRevisions",
            Some(Value::Array(revisions)),
        );
    }
    let role = format!(
        "arn:aws:iam::{}:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS",
        service.arn.split(':').nth(4).unwrap_or_default()
    );
    let uses_balancer = !service.load_balancers.is_empty();
    put(&mut answer, "roleArn", uses_balancer.then(|| json!(role)));
    let events: Vec<Value> = service
        .events
        .iter()
        .map(|(id, at, message)| json!({"id": id, "createdAt": seconds(*at), "message": message}))
        .collect();
    put(&mut answer, "events", Some(Value::Array(events)));
    put(&mut answer, "createdAt", Some(seconds(service.created_at)));
    for field in ["placementConstraints", "placementStrategy"] {
        let value = service.settings.get(field).cloned().unwrap_or(json!([]));
        put(&mut answer, field, Some(value));
    }
    extend(
        &mut answer,
        &service.settings,
        &[
            "networkConfiguration",
            "healthCheckGracePeriodSeconds",
            "schedulingStrategy",
        ],
    );
    put(
        &mut answer,
        "deploymentController",
        Some(json!({"type": service.controller})),
    );
    put(
        &mut answer,
        "tags",
        tags.then(|| service.tags.list("key", "value")),
    );
    put(&mut answer, "createdBy", Some(json!(service.created_by)));
    extend(
        &mut answer,
        &service.settings,
        &[
            "enableECSManagedTags",
            "propagateTags",
            "enableExecuteCommand",
            "availabilityZoneRebalancing",
        ],
    );
    answer
}

/// ECS's own deployments, the newest first; none where somebody else deploys.
fn deployments(state: &EcsState, service: &EcsService) -> Value {
    let before = rolling::before(service);
    let all = service.rollouts.iter().chain(&before);
    all.map(|rollout| deployment(state, service, rollout))
        .collect()
}

fn deployment(state: &EcsState, service: &EcsService, rollout: &Rollout) -> Value {
    let (running, pending) = counts(state, service, Some(&rollout.id));
    let primary = rollout.status == "PRIMARY";
    let blue_green = strategy(service) != "ROLLING";
    let desired = if primary || (blue_green && rollout.state != "FAILED") {
        service.desired
    } else {
        0
    };
    let mut deployment = json!({
        "id": rollout.id,
        "status": rollout.status,
        "taskDefinition": rollout.task_definition,
        "desiredCount": desired,
        "pendingCount": pending,
        "runningCount": running,
        "failedTasks": rollout.failed,
        "createdAt": seconds(rollout.created_at),
        "updatedAt": seconds(rollout.updated_at),
        "rolloutState": rollout.state,
        "rolloutStateReason": rollout.reason,
    });
    put(
        &mut deployment,
        "launchType",
        rollout.launch_type.as_ref().map(|kind| json!(kind)),
    );
    extend(
        &mut deployment,
        &rollout.settings,
        &[
            "capacityProviderStrategy",
            "platformFamily",
            "networkConfiguration",
        ],
    );
    put(
        &mut deployment,
        "platformVersion",
        platform_version(&rollout.settings),
    );
    if let (Some(map), Some(more)) = (deployment.as_object_mut(), rollout.extra.as_object()) {
        map.extend(more.clone());
    }
    deployment
}

/// The platform version that tasks really have.
pub fn platform_version(settings: &Value) -> Option<Value> {
    settings.get("platformVersion").map(|version| {
        if version == "LATEST" {
            json!("1.4.0")
        } else {
            version.clone()
        }
    })
}
