//! The target of a deployment: the ECS service, with its lifecycle events and task sets.

use serde_json::{Value, json};

use super::deployment::{Deployment, Event};
use super::deployments::named;
use super::engine;
use crate::sandbox::service::{Answer, Call, Fault};
use crate::sandbox::services::acting::At;
use crate::sandbox::services::fields::{arn, seconds, texts};
use crate::sandbox::world::World;

fn describe(world: &World, call: &Call, deployment: &Deployment) -> Value {
    let at = At::of(call);
    let (cluster, service) = &deployment.service;
    let sets = deployment
        .sets
        .clone()
        .unwrap_or_else(|| engine::sets(world, &at, deployment));
    let events: Vec<Value> = deployment.events.iter().map(Event::describe).collect();
    json!({
        "deploymentTargetType": "ECSTarget",
        "ecsTarget": {
            "deploymentId": deployment.id,
            "targetId": deployment.target_id(),
            "targetArn": arn("ecs", &at.region, &at.account, &format!("service/{cluster}/{service}")),
            "lastUpdatedAt": seconds(deployment.updated_at),
            "lifecycleEvents": events,
            "status": deployment.target_status(),
            "taskSetsInfo": sets,
        },
    })
}

/// Deployments to other platforms have no targets here.
fn has_targets(deployment: &Deployment) -> bool {
    deployment.platform == "ECS"
}

/// `ListDeploymentTargets`.
pub fn list(world: &mut World, call: &Call) -> Answer {
    let deployment = named(world, call)?;
    let filters = call.input.get("targetFilters").and_then(Value::as_object);
    for name in filters.into_iter().flatten().map(|(name, _)| name) {
        if !["TargetStatus", "ServerInstanceLabel"].contains(&name.as_str()) {
            return Err(Fault::new(
                "InvalidTargetFilterNameException",
                "The target filter name is invalid.",
            ));
        }
    }
    let wanted = filters
        .and_then(|filters| filters.get("TargetStatus")?.as_array())
        .map(|statuses| texts(statuses));
    let fits = wanted.is_none_or(|wanted| {
        wanted
            .iter()
            .any(|status| status == deployment.target_status())
    });
    let ids: Vec<String> = (fits && has_targets(deployment))
        .then(|| deployment.target_id())
        .into_iter()
        .collect();
    Ok(json!({"targetIds": ids}))
}

fn not_there() -> Fault {
    Fault::new(
        "DeploymentTargetDoesNotExistException",
        "The provided target ID does not belong to the attempted deployment.",
    )
}

fn no_target() -> Fault {
    Fault::new(
        "DeploymentTargetIdRequiredException",
        "A deployment target ID was not provided.",
    )
}

/// `GetDeploymentTarget`.
pub fn get(world: &mut World, call: &Call) -> Answer {
    let deployment = named(world, call)?;
    let id = call
        .text("targetId")
        .filter(|id| !id.is_empty())
        .ok_or_else(no_target)?;
    if !has_targets(deployment) || deployment.target_id() != id {
        return Err(not_there());
    }
    Ok(json!({"deploymentTarget": describe(world, call, deployment)}))
}

/// `BatchGetDeploymentTargets`.
pub fn batch_get(world: &mut World, call: &Call) -> Answer {
    let deployment = named(world, call)?;
    let ids = texts(call.list("targetIds"));
    if ids.is_empty() {
        return Err(no_target());
    }
    if ids.len() > 25 {
        return Err(Fault::new(
            "DeploymentTargetListSizeExceededException",
            "The maximum number of targets that can be associated with an Amazon ECS or AWS Lambda deployment was exceeded. The target list of both types of deployments must have exactly one item. This exception does not apply to EC2/On-premises deployments.",
        ));
    }
    if !has_targets(deployment) || ids.iter().any(|id| *id != deployment.target_id()) {
        return Err(not_there());
    }
    let row = describe(world, call, deployment);
    Ok(json!({"deploymentTargets": [row]}))
}
