//! How services and task sets are described.

use serde_json::{Value, json};

use super::state::{EcsService, EcsState, TaskSet};
use crate::sandbox::services::fields::{put, seconds};

fn running(state: &EcsState, service: &EcsService, owner: &str) -> usize {
    state
        .tasks
        .values()
        .filter(|task| {
            task.cluster == service.cluster && task.service == service.name && task.owner == owner
        })
        .count()
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
    let running = running(state, service, &set.id) as i64;
    let mut answer = json!({
        "id": set.id,
        "taskSetArn": set.arn,
        "serviceArn": service.arn,
        "clusterArn": service.cluster_arn,
        "status": set.status,
        "taskDefinition": set.task_definition,
        "computedDesiredCount": wanted,
        "pendingCount": 0,
        "runningCount": running,
        "createdAt": seconds(set.created_at),
        "updatedAt": seconds(set.updated_at),
        "loadBalancers": set.load_balancers,
        "scale": {"value": set.scale, "unit": "PERCENT"},
        "stabilityStatus": if running == wanted { "STEADY_STATE" } else { "STABILIZING" },
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
    let tasks = state
        .tasks
        .values()
        .filter(|task| task.cluster == service.cluster && task.service == service.name)
        .count();
    let mut answer = json!({
        "serviceArn": service.arn,
        "serviceName": service.name,
        "clusterArn": service.cluster_arn,
        "loadBalancers": service.load_balancers,
        "serviceRegistries": service.settings.get("serviceRegistries").cloned().unwrap_or(json!([])),
        "status": service.status,
        "desiredCount": service.desired,
        "runningCount": tasks,
        "pendingCount": 0,
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

/// ECS's own deployments: the one that is finished, none where somebody else deploys.
fn deployments(state: &EcsState, service: &EcsService) -> Value {
    let (Some(id), Some(definition)) = (&service.deployment, &service.task_definition) else {
        return json!([]);
    };
    let mut deployment = json!({
        "id": id,
        "status": "PRIMARY",
        "taskDefinition": definition,
        "desiredCount": service.desired,
        "pendingCount": 0,
        "runningCount": running(state, service, id),
        "failedTasks": 0,
        "createdAt": seconds(service.deployed_at),
        "updatedAt": seconds(service.deployed_at),
        "rolloutState": "COMPLETED",
        "rolloutStateReason": format!("ECS deployment {id} completed."),
    });
    put(
        &mut deployment,
        "launchType",
        service.launch_type.as_ref().map(|kind| json!(kind)),
    );
    extend(
        &mut deployment,
        &service.settings,
        &[
            "capacityProviderStrategy",
            "platformFamily",
            "networkConfiguration",
        ],
    );
    let resolved = service.settings.get("platformVersion").map(|version| {
        if version == "LATEST" {
            json!("1.4.0")
        } else {
            version.clone()
        }
    });
    put(&mut deployment, "platformVersion", resolved);
    if let (Some(map), Some(more)) = (
        deployment.as_object_mut(),
        service.deployment_settings.as_object(),
    ) {
        map.extend(more.clone());
    }
    json!([deployment])
}
