//! The service, its listener and its target groups.

use serde_json::{Value, json};

use super::deploy::target_groups;
use super::entry::{Break, CODEDEPLOY, ECS, Known, NATIVE, Right, See, fails, seen, sight};
use super::hands::write;
use super::site::{Misfit, Site};
use crate::sandbox::services::codedeploy;
use crate::sandbox::services::elbv2::{self, TargetGroup, forwarded};

/// The breaks.
pub const BREAKS: &[Break] = &[
    Break {
        id: "F09",
        variant: "",
        name: "listener-behind-other-group",
        what: "has the production listener forward to the other target group of the pair",
        ends: &[(
            CODEDEPLOY,
            fails(
                "Deploy",
                "JobFailed",
                "Deployment <id> failed. Error code: ELASTIC_LOAD_BALANCING_INVALID; Error message: The ELB could not be updated due to the following error: Primary taskset target group must be behind listener {listener}",
                Known::Observed,
            ),
        )],
        right: Right::Hand(
            "aws elbv2 modify-listener: forward to the target group of the PRIMARY task set",
        ),
        put: |site| {
            let (own, other) = pair(site)?;
            forward(site, &own, Some(&other))
        },
    },
    Break {
        id: "F16",
        variant: "",
        name: "service-not-code-deploy",
        what: "makes the service again with ECS as its deployment controller",
        ends: &[(
            CODEDEPLOY,
            fails(
                "Deploy",
                "JobFailed",
                "Deployment <id> failed. Error code: INVALID_ECS_SERVICE; Error message: Deployment group's ECS service must be configured for a CODE_DEPLOY deployment controller.",
                Known::Observed,
            ),
        )],
        right: Right::Hand(
            "make the service again with deploymentController CODE_DEPLOY: a controller cannot be changed",
        ),
        put: |site| controller(site, "ECS"),
    },
    Break {
        id: "F64",
        variant: "",
        name: "second-target-group-deleted",
        what: "deletes the target group that the service does not use at the moment",
        ends: &[(
            CODEDEPLOY,
            fails(
                "Deploy",
                "JobFailed",
                "Deployment <id> failed. Error code: ELASTIC_LOAD_BALANCING_INVALID; Error message: The ELB could not be updated due to the following error: One or more target groups not found",
                Known::Reasoned,
            ),
        )],
        right: Right::Hand("aws elbv2 create-target-group with the old name, target type ip"),
        put: |site| {
            let (_, other) = pair(site)?;
            let account = site.account()?;
            // A deployment leaves it behind the listener without any traffic.
            let _ = forward(site, &other, None);
            let input = json!({"TargetGroupArn": other.arn});
            site.must(&account, &elbv2::SERVICE, "DeleteTargetGroup", input)?;
            site.changed(&account, other.arn, "there", "deleted");
            Ok(())
        },
    },
    Break {
        id: "F65",
        variant: "",
        name: "gradual-on-network-load-balancer",
        what: "puts a Network Load Balancer in the ALB's place, although traffic is to be shifted in steps",
        ends: &[(
            CODEDEPLOY,
            fails(
                "Deploy",
                "JobFailed",
                "Only ALB supports gradual traffic routing, use AllAtOnce Traffic routing instead when you create/update Deployment group. (Service: AmazonCodeDeploy; Status Code: 400; Error Code: <code>)",
                Known::Documented,
            ),
        )],
        right: Right::Hand(
            "aws deploy update-deployment-group with CodeDeployDefault.ECSAllAtOnce, or an ALB again",
        ),
        put: network,
    },
    Break {
        id: "F75",
        variant: "",
        name: "target-group-of-instances",
        what: "makes the target group of the next deployment again with the target type instance",
        ends: &[(
            CODEDEPLOY,
            fails(
                "Deploy",
                "JobFailed",
                "Deployment <id> failed. Error code: ECS_UPDATE_ERROR; Error message: The ECS service cannot be updated due to an unexpected error: The provided target group {other-group} has target type instance, which is incompatible with the awsvpc network mode specified in the task definition. (Service: AmazonECS; Status Code: 400; Error Code: InvalidParameterException; Request ID: <id>; Proxy: null). Check your ECS service status.",
                Known::Reasoned,
            ),
        )],
        right: Right::Hand("delete the target group and make it again with target type ip"),
        put: |site| {
            let (_, other) = pair(site)?;
            let account = site.account()?;
            let region = site.region.clone();
            let groups = &mut site.world.regional(&account, &region).elbv2.target_groups;
            if let Some(group) = groups.get_mut(&other.arn) {
                group.target_type = "instance".to_owned();
            }
            site.facts.insert("other-group", other.arn.clone());
            site.changed(
                &account,
                other.arn,
                "target type ip",
                "target type instance",
            );
            Ok(())
        },
    },
    Break {
        id: "F81",
        variant: "",
        name: "rule-without-alternate-group",
        what: "has the production rule forward to one of the two target groups only",
        ends: &[(
            NATIVE,
            seen(
                "Deploy",
                "JobFailed",
                "The deployment was replaced by another one, or rolled back.",
                Known::Unverified,
                &[sight(
                    See::ServiceDeployment,
                    "Service deployment rolled back because of invalid networking configuration. Both targetGroup and alternateTargetGroup must be associated with the productionListenerRule or testListenerRule.",
                )],
            ),
        )],
        right: Right::Hand(
            "aws elbv2 modify-rule: forward to both target groups, one with the weight 0",
        ),
        put: |site| {
            let (own, other) = pair(site)?;
            forward(site, &other, None)?;
            site.facts.insert("own-group", own.arn);
            Ok(())
        },
    },
    Break {
        id: "F82",
        variant: "",
        name: "service-of-code-deploy",
        what: "makes the service again with CODE_DEPLOY as its deployment controller",
        ends: &[(
            ECS,
            fails(
                "Deploy",
                "JobFailed",
                "Unable to update task definition on services with a CODE_DEPLOY deployment controller. Use AWS CodeDeploy to trigger a new deployment. (Service: AmazonECS; Status Code: 400; Error Code: InvalidParameterException)",
                Known::Reasoned,
            ),
        )],
        right: Right::Hand(
            "make the service again with deploymentController ECS: a controller cannot be changed",
        ),
        put: |site| controller(site, "CODE_DEPLOY"),
    },
];

/// The target group that serves the users, and the other one.
fn pair(site: &Site<'_>) -> Result<(TargetGroup, TargetGroup), Misfit> {
    let service = site.service()?;
    let own = service
        .primary_target_group()
        .unwrap_or_default()
        .to_owned();
    let groups = target_groups(site)?;
    let one = |is_own: bool| groups.iter().find(|it| (it.arn == own) == is_own).cloned();
    match (one(true), one(false)) {
        (Some(own), Some(other)) => Ok((own, other)),
        _ => Err(Misfit::new(
            "the service does not have a pair of target groups",
        )),
    }
}

/// Replaces a target group in the default action and the rules of the production listener; takes it out where there
/// is no other.
fn forward(
    site: &mut Site<'_>,
    gone: &TargetGroup,
    new: Option<&TargetGroup>,
) -> Result<(), Misfit> {
    let listener = site.listener()?;
    let account = site.account()?;
    let region = site.region.clone();
    let elb = &mut site.world.regional(&account, &region).elbv2;
    let mut touched = Vec::new();
    if let Some(found) = elb.listeners.get_mut(&listener)
        && swap(&mut found.actions, &gone.arn, new.map(|it| it.arn.as_str()))
    {
        touched.push(listener.clone());
    }
    for rule in elb.rules.values_mut().filter(|it| it.listener == listener) {
        if swap(&mut rule.actions, &gone.arn, new.map(|it| it.arn.as_str())) {
            touched.push(rule.arn.clone());
        }
    }
    if touched.is_empty() {
        return Err(Misfit::new(format!(
            "nothing of {listener} forwards to {}",
            gone.arn
        )));
    }
    let after = match new {
        Some(new) => format!("forwards to {}", new.name),
        None => format!("does not forward to {}", gone.name),
    };
    for arn in touched {
        site.changed(
            &account,
            arn,
            format!("forwards to {}", gone.name),
            after.clone(),
        );
    }
    Ok(())
}

fn swap(actions: &mut [Value], gone: &str, new: Option<&str>) -> bool {
    let before = forwarded(actions).contains(&gone);
    for action in actions.iter_mut().filter(|_| before) {
        let groups = action.pointer_mut("/ForwardConfig/TargetGroups");
        let mut left = None;
        if let Some(Value::Array(groups)) = groups {
            match new {
                Some(new) => {
                    groups.retain(|it| it.get("TargetGroupArn") != Some(&json!(new)));
                    for group in groups.iter_mut() {
                        if group.get("TargetGroupArn") == Some(&json!(gone)) {
                            write(group, "/TargetGroupArn", json!(new));
                            write(group, "/Weight", json!(1));
                        }
                    }
                }
                None => groups.retain(|it| it.get("TargetGroupArn") != Some(&json!(gone))),
            }
            left = groups
                .first()
                .and_then(|it| it.get("TargetGroupArn"))
                .cloned();
        }
        if action.get("TargetGroupArn").is_some() {
            match new.map(|it| json!(it)).or(left) {
                Some(arn) => write(action, "/TargetGroupArn", arn),
                None => {
                    if let Some(members) = action.as_object_mut() {
                        members.shift_remove("TargetGroupArn");
                    }
                }
            }
        }
    }
    before
}

/// The service as if it had been deleted and made again with another controller.
fn controller(site: &mut Site<'_>, wanted: &str) -> Result<(), Misfit> {
    let old = site.service()?;
    let account = site.account()?;
    let region = site.region.clone();
    let running = site.running()?;
    let definition = super::site::text(&running, "taskDefinitionArn").to_owned();
    let key = format!("{}/{}", old.cluster, old.name);
    let mut balancers = old
        .task_sets
        .iter()
        .find(|set| set.status == "PRIMARY")
        .map(|set| set.load_balancers.clone())
        .unwrap_or_else(|| old.load_balancers.clone());
    for balancer in &mut balancers {
        if let Some(members) = balancer.as_object_mut() {
            members.shift_remove("advancedConfiguration");
        }
    }
    let input = json!({
        "cluster": old.cluster,
        "serviceName": old.name,
        "taskDefinition": definition,
        "desiredCount": old.desired,
        "launchType": "FARGATE",
        "loadBalancers": balancers,
        "networkConfiguration": old.settings.get("networkConfiguration"),
        "deploymentController": {"type": wanted},
    });
    let state = &mut site.world.regional(&account, &region).ecs;
    state.services.remove(&key);
    let ecs = &crate::sandbox::services::ecs::SERVICE;
    site.must(&account, ecs, "CreateService", input)?;
    crate::sandbox::services::ecs::engine::finish(site.world, &account, &region);
    site.changed(
        &account,
        format!("ECS service {key}"),
        format!("deployment controller {}", old.controller),
        format!("deleted, and made again with {wanted}"),
    );
    Ok(())
}

fn network(site: &mut Site<'_>) -> Result<(), Misfit> {
    let listener = site.listener()?;
    let account = site.account()?;
    let region = site.region.clone();
    let (application, group) = site.group()?;
    let canary = "CodeDeployDefault.ECSCanary10Percent5Minutes";
    if group.config.ends_with("AllAtOnce") {
        let input = json!({
            "applicationName": application,
            "currentDeploymentGroupName": group.name,
            "deploymentConfigName": canary,
        });
        site.must(
            &account,
            &codedeploy::SERVICE,
            "UpdateDeploymentGroup",
            input,
        )?;
        site.changed(
            &account,
            format!("deployment group {application}/{}", group.name),
            group.config,
            canary,
        );
    }
    let elb = &mut site.world.regional(&account, &region).elbv2;
    let balancer = elb
        .listeners
        .get(&listener)
        .map(|it| it.load_balancer.clone());
    let found = balancer.and_then(|arn| elb.load_balancers.get_mut(&arn));
    let found = found.ok_or_else(|| Misfit::new("the listener has no load balancer"))?;
    found.kind = "network".to_owned();
    let arn = found.arn.clone();
    site.changed(
        &account,
        arn,
        "an Application Load Balancer",
        "a Network Load Balancer",
    );
    Ok(())
}
