//! What CodeDeploy tells EventBridge about a deployment.
//!
//! Source: AWS CodeDeploy User Guide, "Monitoring deployments with Amazon CloudWatch Events".

use serde_json::json;

use super::super::deployment::Deployment;
use crate::sandbox::services::acting::At;
use crate::sandbox::services::eventbridge::outbox::{News, Place, emit};
use crate::sandbox::services::fields::arn;
use crate::sandbox::world::World;

/// Tells that a deployment has come to another status.
pub fn tell(world: &mut World, at: &At, deployment: &Deployment) {
    let state = match deployment.status.as_str() {
        "InProgress" => "START",
        "Ready" => "READY",
        "Succeeded" => "SUCCESS",
        "Failed" => "FAILURE",
        "Stopped" => "STOP",
        _ => return,
    };
    let group_id = world
        .regional_ref(&at.account, &at.region)
        .and_then(|regional| {
            let applications = &regional.codedeploy.applications;
            let application = applications.get(&deployment.application)?;
            Some(application.groups.get(&deployment.group)?.id.clone())
        });
    let own = |resource: String| arn("codedeploy", &at.region, &at.account, &resource);
    let (application, group) = (&deployment.application, &deployment.group);
    let news = News {
        source: "aws.codedeploy",
        detail_type: "CodeDeploy Deployment State-change Notification",
        resources: vec![
            own(format!("application:{application}")),
            own(format!("deploymentgroup:{application}/{group}")),
        ],
        detail: json!({
            "region": at.region,
            "deploymentId": deployment.id,
            "instanceGroupId": group_id,
            "deploymentGroup": group,
            "state": state,
            "application": application,
        }),
    };
    let place = Place {
        account: &at.account,
        region: &at.region,
    };
    emit(world, place, at.now, news);
}
