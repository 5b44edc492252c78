//! What CodeDeploy looks up before it takes a deployment group: the role, the service, the target
//! groups and the listeners, as they are at that moment.

use super::configs::Config;
use super::ecs_group::Wanted;
use super::state::Group;
use super::{own_arn, state};
use crate::sandbox::authorize::{self, service_can_assume};
use crate::sandbox::service::{Call, Fault};
use crate::sandbox::services::acting::At;
use crate::sandbox::services::ecs::EcsService;
use crate::sandbox::services::elbv2::{Elbv2State, TargetGroup};
use crate::sandbox::services::fields::{arn, role_account};
use crate::sandbox::world::{Regional, World};

/// The role is one of this account, and CodeDeploy may assume it for this group.
pub fn role(
    world: &World,
    call: &Call,
    application: &str,
    group: &str,
    role: &str,
) -> Result<(), Fault> {
    let account = role_account(role).ok_or_else(|| {
        Fault::new(
            "InvalidRoleException",
            format!("The service role ARN {role} is not valid."),
        )
    })?;
    if account != call.caller.account {
        return Err(Fault::new(
            "InvalidRoleException",
            "Cross-account pass role is not allowed.",
        ));
    }
    let source = own_arn(call, &format!("deploymentgroup:{application}/{group}"));
    let context = [
        ("aws:SourceArn", source.as_str()),
        ("aws:SourceAccount", call.caller.account.as_str()),
    ];
    if service_can_assume(world, role, "codedeploy.amazonaws.com", &context) {
        Ok(())
    } else {
        Err(Fault::new(
            "InvalidRoleException",
            format!(
                "AWS CodeDeploy does not have the permissions required to assume the role {role}."
            ),
        ))
    }
}

fn bad_service(message: String) -> Fault {
    Fault::new("InvalidECSServiceException", message)
}

fn bad_pair(detail: &str) -> Fault {
    Fault::new(
        "InvalidTargetGroupPairException",
        format!(
            "A deployment group associated with an application that uses the ECS compute platform must contain a valid pair of target groups that identify a load balancer. {detail}"
        ),
    )
}

fn bad_balancer(message: String) -> Fault {
    Fault::new("InvalidLoadBalancerInfoException", message)
}

/// Checks everything that a deployment to ECS needs. `but` is the group that is being changed, which may
/// keep its service.
pub fn ecs(
    world: &World,
    call: &Call,
    wanted: &Wanted,
    (role, config): (&str, &Config),
    but: Option<(&str, &str)>,
) -> Result<(), Fault> {
    let empty = Regional::default();
    let regional = world
        .regional_ref(&call.caller.account, &call.region)
        .unwrap_or(&empty);
    may_look(world, call, wanted, role)?;
    let service = service(regional, wanted)?;
    one_group(world, call, wanted, but)?;
    let elb = &regional.elbv2;
    let primary = pair(elb, wanted, service)?;
    let balancer = listeners(elb, wanted, &primary)?;
    second_group(elb, wanted, &balancer)?;
    shifts(elb, &balancer, config)
}

/// A Network Load Balancer shifts everything at once.
fn shifts(elb: &Elbv2State, balancer: &str, config: &Config) -> Result<(), Fault> {
    let network = elb
        .load_balancers
        .get(balancer)
        .is_some_and(|balancer| balancer.kind == "network");
    if network && !config.is_all_at_once() {
        return Err(Fault::new(
            "InvalidTrafficRoutingConfigurationException",
            "Only ALB supports gradual traffic routing, use AllAtOnce Traffic routing instead when you create/update Deployment group.",
        ));
    }
    Ok(())
}

/// The same for a deployment that follows another configuration than its group.
pub fn gradual(world: &World, at: &At, group: &Group, config: &Config) -> Result<(), Fault> {
    let listener = group
        .settings
        .pointer("/loadBalancerInfo/targetGroupPairInfoList/0/prodTrafficRoute/listenerArns/0")
        .and_then(serde_json::Value::as_str);
    let elb = world
        .regional_ref(&at.account, &at.region)
        .map(|regional| &regional.elbv2);
    let (Some(elb), Some(listener)) = (elb, listener) else {
        return Ok(());
    };
    let balancer = elb.listeners.get(listener).map(|it| &it.load_balancer);
    balancer.map_or(Ok(()), |balancer| shifts(elb, balancer, config))
}

fn cannot_load(wanted: &Wanted, cause: &str) -> Fault {
    let Wanted {
        cluster, service, ..
    } = wanted;
    bad_service(format!(
        "Could not load ECS service information for cluster: {cluster}, service: {service}. Cause: {cause}"
    ))
}

/// The service is looked up in the name of the role.
fn may_look(world: &World, call: &Call, wanted: &Wanted, role: &str) -> Result<(), Fault> {
    let who = authorize::role_session(world, role, "codedeploy");
    let own = |resource: &str| arn("ecs", &call.region, &call.caller.account, resource);
    let service = own(&format!("service/{}/{}", wanted.cluster, wanted.service));
    let asked = authorize::request(
        world,
        None,
        &who,
        &call.region,
        call.now,
        "ecs:DescribeServices",
        &service,
    )
    .with("ecs:cluster", own(&format!("cluster/{}", wanted.cluster)));
    authorize::check(world, None, &asked).map_err(|refusal| cannot_load(wanted, &refusal.message))
}

fn service<'r>(regional: &'r Regional, wanted: &Wanted) -> Result<&'r EcsService, Fault> {
    let Wanted {
        cluster, service, ..
    } = wanted;
    let cannot_load = |cause: &str| cannot_load(wanted, cause);
    let known = regional
        .ecs
        .clusters
        .get(cluster)
        .is_some_and(|cluster| cluster.status == "ACTIVE");
    if !known {
        return Err(cannot_load("Cluster not found."));
    }
    let found = regional
        .ecs
        .service(cluster, service)
        .ok_or_else(|| cannot_load("Service not found."))?;
    if found.status != "ACTIVE" {
        return Err(bad_service(format!(
            "Deployment group's ECS service must be ACTIVE: {service} in cluster {cluster} is {}.",
            found.status
        )));
    }
    if found.controller != "CODE_DEPLOY" {
        return Err(bad_service(
            "Deployment group's ECS service must be configured for a CODE_DEPLOY deployment controller.".to_owned(),
        ));
    }
    Ok(found)
}

fn one_group(
    world: &World,
    call: &Call,
    wanted: &Wanted,
    but: Option<(&str, &str)>,
) -> Result<(), Fault> {
    let Some(state) = state(world, call) else {
        return Ok(());
    };
    for application in state.applications.values() {
        for group in application.groups.values() {
            let same = but == Some((application.name.as_str(), group.name.as_str()));
            if !same && group.ecs_service() == Some((&wanted.cluster, &wanted.service)) {
                return Err(Fault::new(
                    "ECSServiceMappingLimitExceededException",
                    format!(
                        "The Amazon ECS service is associated with more than one deployment groups. An Amazon ECS service can be associated with only one deployment group: {} in cluster {} belongs to {}/{}.",
                        wanted.service, wanted.cluster, application.name, group.name
                    ),
                ));
            }
        }
    }
    Ok(())
}

fn family(group: &TargetGroup) -> &'static str {
    match group.protocol.as_deref() {
        Some("HTTP" | "HTTPS") => "HTTP",
        Some("TCP" | "TLS") => "TCP",
        Some("UDP") => "UDP",
        Some("TCP_UDP") => "TCP_UDP",
        _ => "other",
    }
}

/// The two groups fit each other and the service; answers the ARN of the one that serves the users.
fn pair(elb: &Elbv2State, wanted: &Wanted, service: &EcsService) -> Result<String, Fault> {
    let find = |name: &str| {
        elb.target_group_named(name)
            .ok_or_else(|| bad_pair(&format!("The target group {name} could not be found.")))
    };
    let [first, second] = &wanted.groups;
    let (first, second) = (find(first)?, find(second)?);
    if first.vpc != second.vpc {
        return Err(bad_pair("The target groups must be in the same VPC."));
    }
    if first.target_type != second.target_type {
        return Err(bad_pair(
            "The target groups must have the same target type.",
        ));
    }
    if family(first) != family(second) {
        return Err(bad_pair(
            "The target groups must have protocols of the same family.",
        ));
    }
    let awsvpc = service
        .settings
        .pointer("/networkConfiguration/awsvpcConfiguration")
        .is_some();
    if awsvpc && first.target_type != "ip" {
        return Err(bad_pair(&format!(
            "The target groups have target type {}, the tasks of the ECS service need ip.",
            first.target_type
        )));
    }
    let primary = service.primary_target_group().unwrap_or_default();
    if first.arn == primary || second.arn == primary {
        Ok(primary.to_owned())
    } else {
        Err(bad_pair(&format!(
            "One of the target groups must be the one that the ECS service {} uses.",
            service.name
        )))
    }
}

/// The listeners exist, are on one load balancer, and have the primary group behind them; answers the
/// load balancer.
fn listeners(elb: &Elbv2State, wanted: &Wanted, primary: &str) -> Result<String, Fault> {
    let mut balancer: Option<&str> = None;
    for arn in &wanted.listeners {
        let listener = elb
            .listeners
            .get(arn)
            .ok_or_else(|| bad_balancer(format!("The listener {arn} could not be found.")))?;
        match balancer {
            None => balancer = Some(&listener.load_balancer),
            Some(known) if known != listener.load_balancer => {
                return Err(bad_balancer(
                    "The production listener and the test listener must belong to the same load balancer.".to_owned(),
                ));
            }
            Some(_) => {}
        }
    }
    // The test listener may forward to either group before the first deployment.
    if let Some(production) = wanted.listeners.first()
        && !elb
            .groups_behind(production)
            .iter()
            .any(|group| group == primary)
    {
        return Err(bad_balancer(format!(
            "Primary taskset target group must be behind listener {production}"
        )));
    }
    Ok(balancer.unwrap_or_default().to_owned())
}

fn second_group(elb: &Elbv2State, wanted: &Wanted, balancer: &str) -> Result<(), Fault> {
    for name in &wanted.groups {
        let elsewhere = elb
            .target_group_named(name)
            .map(|group| elb.load_balancers_of(&group.arn))
            .unwrap_or_default()
            .into_iter()
            .find(|other| other != balancer);
        if let Some(other) = elsewhere {
            return Err(bad_pair(&format!(
                "The target group {name} belongs to another load balancer: {other}."
            )));
        }
    }
    Ok(())
}
