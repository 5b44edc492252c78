//! What ECS tells EventBridge about its own deployments.
//!
//! Source: Amazon ECS Developer Guide, "Amazon ECS service deployment state change events".

use serde_json::json;

use super::rollout::Rollout;
use super::state::EcsService;
use crate::sandbox::services::acting::At;
use crate::sandbox::services::eventbridge::outbox::{News, Place, emit};
use crate::sandbox::time;
use crate::sandbox::world::World;

/// Tells the state of a service's deployment.
pub fn tell(world: &mut World, at: &At, service: &EcsService, rollout: &Rollout) {
    let (kind, name) = match rollout.state.as_str() {
        "COMPLETED" => ("INFO", "SERVICE_DEPLOYMENT_COMPLETED"),
        "FAILED" => ("ERROR", "SERVICE_DEPLOYMENT_FAILED"),
        _ => ("INFO", "SERVICE_DEPLOYMENT_IN_PROGRESS"),
    };
    let news = News {
        source: "aws.ecs",
        detail_type: "ECS Deployment State Change",
        resources: vec![service.arn.clone()],
        detail: json!({
            "eventType": kind,
            "eventName": name,
            "deploymentId": rollout.id,
            "updatedAt": time::iso(rollout.updated_at),
            "reason": rollout.reason,
        }),
    };
    let place = Place {
        account: &at.account,
        region: &at.region,
    };
    emit(world, place, at.now, news);
}
