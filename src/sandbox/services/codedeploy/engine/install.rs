//! The replacement task set: made, awaited; and the original one, terminated at the end.

use serde_json::{Value, json};

use super::super::deployment::{Deployment, Step};
use super::actor::{Acting, Trouble, elb_trouble};
use super::steps::Next;
use crate::sandbox::services::acting::At;
use crate::sandbox::services::ecs::{EcsService, TaskSet};
use crate::sandbox::services::fields::{put, text};
use crate::sandbox::services::{ecs, elbv2};
use crate::sandbox::world::World;

/// How often the tasks are looked at, in milliseconds.
pub const POLL: i64 = 5_000;
/// How long they may take. Source: AWS CodeDeploy User Guide, "Troubleshoot Amazon ECS deployment issues".
const TIMEOUT: i64 = 60 * 60_000;

/// The service of a deployment as it is now.
fn service<'w>(world: &'w World, at: &At, deployment: &Deployment) -> Option<&'w EcsService> {
    let (cluster, name) = &deployment.service;
    world
        .regional_ref(&at.account, &at.region)?
        .ecs
        .service(cluster, name)
}

/// The service must still be one that CodeDeploy deploys.
fn checked(
    world: &mut World,
    at: &At,
    deployment: &Deployment,
    acting: &Acting,
) -> Result<(EcsService, TaskSet), Trouble> {
    let (cluster, name) = &deployment.service;
    let invalid = |why: &str| {
        Trouble::new(
            "INVALID_ECS_SERVICE",
            format!("The ECS service {name} in cluster {cluster} is not valid: {why}"),
        )
    };
    acting.ecs(
        world,
        "DescribeServices",
        json!({"cluster": cluster, "services": [name]}),
    )?;
    let found = service(world, at, deployment)
        .cloned()
        .ok_or_else(|| invalid("Service not found."))?;
    if found.status != "ACTIVE" {
        return Err(invalid(&format!("it is {}.", found.status)));
    }
    if found.controller != "CODE_DEPLOY" {
        return Err(Trouble::new(
            "INVALID_ECS_SERVICE",
            "Deployment group's ECS service must be configured for a CODE_DEPLOY deployment controller.",
        ));
    }
    let primary = found
        .task_sets
        .iter()
        .find(|set| set.status == "PRIMARY")
        .cloned()
        .ok_or_else(|| invalid("it has no primary task set."))?;
    Ok((found, primary))
}

fn own_group(set: &TaskSet) -> &str {
    set.load_balancers
        .iter()
        .find_map(|balancer| text(balancer, "targetGroupArn"))
        .unwrap_or_default()
}

/// The ARN of the group of the pair that the primary task set does not use.
fn other_group(
    world: &mut World,
    at: &At,
    deployment: &Deployment,
    acting: &Acting,
    blue: &str,
) -> Result<String, Trouble> {
    let pair = deployment
        .settings
        .pointer("/loadBalancerInfo/targetGroupPairInfoList/0/targetGroups")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    let names: Vec<&str> = pair
        .iter()
        .filter_map(|group| text(group, "name"))
        .collect();
    acting.elb(world, "DescribeTargetGroups", json!({"Names": names}))?;
    let elb = world
        .regional_ref(&at.account, &at.region)
        .map(|regional| &regional.elbv2);
    let arns: Vec<String> = names
        .iter()
        .filter_map(|name| Some(elb?.target_group_named(name)?.arn.clone()))
        .collect();
    if !arns.iter().any(|arn| arn == blue) {
        return Err(elb_trouble(&format!(
            "The target group of the primary task set, {blue}, is not one of the deployment group's target groups"
        )));
    }
    arns.into_iter()
        .find(|arn| arn != blue)
        .ok_or_else(|| elb_trouble("One or more target groups not found"))
}

/// The primary task set's group must be behind the production listener.
pub fn behind(
    world: &mut World,
    at: &At,
    deployment: &Deployment,
    acting: &Acting,
) -> Result<(), Trouble> {
    let Some(listener) = deployment.listeners.first() else {
        return Err(elb_trouble("One or more listeners not found"));
    };
    acting.elb(
        world,
        "DescribeListeners",
        json!({"ListenerArns": deployment.listeners}),
    )?;
    acting.elb(world, "DescribeRules", json!({"ListenerArn": listener}))?;
    let blue = deployment.blue.1.as_str();
    let (account, region) = (at.account.as_str(), at.region.as_str());
    let by_default = elbv2::behind(world, account, region, listener);
    let by_rule = elbv2::rules_with(world, account, region, listener, &[blue]);
    if by_default.iter().any(|group| group == blue) || !by_rule.is_empty() {
        return Ok(());
    }
    Err(elb_trouble(&format!(
        "Primary taskset target group must be behind listener {listener}"
    )))
}

/// Makes the replacement task set.
pub fn begin(
    world: &mut World,
    at: &At,
    deployment: &mut Deployment,
    acting: &Acting,
) -> Result<Next, Trouble> {
    let (service, primary) = checked(world, at, deployment, acting)?;
    let blue = own_group(&primary).to_owned();
    deployment.blue = (primary.id.clone(), blue.clone());
    let green = other_group(world, at, deployment, acting, &blue)?;
    behind(world, at, deployment, acting)?;
    let (cluster, name) = deployment.service.clone();
    // What an earlier deployment that was stopped has left behind makes room.
    let left = |set: &&TaskSet| !["PRIMARY", "DRAINING"].contains(&set.status.as_str());
    for set in service.task_sets.iter().filter(left) {
        acting.ecs(
            world,
            "DeleteTaskSet",
            json!({"cluster": cluster, "service": name, "taskSet": set.id, "force": true}),
        )?;
    }
    let input = task_set(deployment, &primary, &green);
    let made = acting.ecs(world, "CreateTaskSet", input)?;
    let id = made
        .pointer("/taskSet/id")
        .and_then(Value::as_str)
        .unwrap_or_default();
    deployment.green = (id.to_owned(), green);
    Ok(Next::Then(Step::Installing, TIMEOUT))
}

/// The input of `CreateTaskSet`: what the AppSpec says, and for the rest what the primary task set has.
fn task_set(deployment: &Deployment, primary: &TaskSet, green: &str) -> Value {
    let appspec = deployment.appspec.clone().unwrap_or_default();
    let (cluster, name) = &deployment.service;
    let mut input = json!({
        "cluster": cluster,
        "service": name,
        "externalId": deployment.id,
        "taskDefinition": appspec.task_definition,
        "loadBalancers": [{
            "targetGroupArn": green,
            "containerName": appspec.container,
            "containerPort": appspec.port,
        }],
        "scale": {"value": 100.0, "unit": "PERCENT"},
    });
    let before = |field: &str| {
        primary
            .settings
            .get(field)
            .filter(|it| !it.is_null())
            .cloned()
    };
    put(
        &mut input,
        "networkConfiguration",
        appspec.network.or_else(|| before("networkConfiguration")),
    );
    put(
        &mut input,
        "platformVersion",
        appspec
            .platform_version
            .map(Value::String)
            .or_else(|| before("platformVersion")),
    );
    if appspec.strategy.is_empty() {
        let kind = primary.launch_type.as_ref().map(|kind| json!(kind));
        put(&mut input, "launchType", kind);
        let strategy = before("capacityProviderStrategy");
        put(&mut input, "capacityProviderStrategy", strategy);
    } else {
        put(
            &mut input,
            "capacityProviderStrategy",
            Some(json!(appspec.strategy)),
        );
    }
    put(&mut input, "serviceRegistries", before("serviceRegistries"));
    input
}

/// Whether the tasks of the replacement run.
pub fn steady(world: &World, at: &At, deployment: &Deployment) -> bool {
    let ecs = world
        .regional_ref(&at.account, &at.region)
        .map(|regional| &regional.ecs);
    let (Some(ecs), Some(service)) = (ecs, service(world, at, deployment)) else {
        return false;
    };
    let mut sets = service.task_sets.iter();
    sets.find(|set| set.id == deployment.green.0)
        .is_some_and(|set| {
            let shown = ecs::task_set(ecs, service, set);
            text(&shown, "stabilityStatus") == Some("STEADY_STATE")
        })
}

/// The tasks did not run in time.
pub fn late() -> Result<Next, Trouble> {
    Err(Trouble::new(
        "TIMEOUT",
        "The deployment timed out while waiting for the replacement task set to become healthy. This time out period is 60 minutes.",
    ))
}

/// Terminates the original task set, unless it is to be kept.
pub fn terminate(
    world: &mut World,
    deployment: &mut Deployment,
    acting: &Acting,
) -> Result<(), Trouble> {
    let kept = deployment
        .blue_green("/terminateBlueInstancesOnDeploymentSuccess")
        .and_then(|option| text(option, "action"))
        == Some("KEEP_ALIVE");
    if kept {
        return Ok(());
    }
    remove(world, deployment, acting, &deployment.blue.0)
}

/// Deletes a task set of the service.
pub fn remove(
    world: &mut World,
    deployment: &Deployment,
    acting: &Acting,
    set: &str,
) -> Result<(), Trouble> {
    let (cluster, name) = &deployment.service;
    acting.ecs(
        world,
        "DeleteTaskSet",
        json!({"cluster": cluster, "service": name, "taskSet": set, "force": true}),
    )?;
    Ok(())
}

/// `taskSetsInfo` of a deployment: the task sets of its service, with their traffic.
pub fn sets(world: &World, at: &At, deployment: &Deployment) -> Value {
    let Some(service) = service(world, at, deployment) else {
        return json!([]);
    };
    let Some(regional) = world.regional_ref(&at.account, &at.region) else {
        return json!([]);
    };
    let listener = deployment.listeners.first().map_or("", String::as_str);
    let concerned = |set: &&TaskSet| {
        let (blue, green) = (&deployment.blue.0, &deployment.green.0);
        (blue.is_empty() && set.status == "PRIMARY") || set.id == *blue || set.id == *green
    };
    let rows: Vec<Value> = service
        .task_sets
        .iter()
        .filter(concerned)
        .map(|set| {
            let shown = ecs::task_set(&regional.ecs, service, set);
            let count = |field: &str| shown.get(field).cloned().unwrap_or(json!(0));
            let group = own_group(set);
            let name = regional
                .elbv2
                .target_groups
                .get(group)
                .map(|group| group.name.clone());
            let label = if set.id == deployment.green.0 {
                "Green"
            } else {
                "Blue"
            };
            json!({
                "identifer": set.id,
                "desiredCount": count("computedDesiredCount"),
                "pendingCount": count("pendingCount"),
                "runningCount": count("runningCount"),
                "status": set.status,
                "trafficWeight": elbv2::share(world, &at.account, &at.region, listener, group),
                "targetGroup": {"name": name},
                "taskSetLabel": label,
            })
        })
        .collect();
    Value::Array(rows)
}
