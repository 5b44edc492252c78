//! What ECS checks before it makes or changes a service, or makes a task set.
//!
//! The texts are those that ECS is seen to answer; where none is known the sentence says what is wrong.

use serde_json::{Value, json};

use super::state::{Cluster, TaskDefinition};
use super::{client, invalid, named};
use crate::sandbox::service::{Call, Fault};
use crate::sandbox::services::elbv2::{Elbv2State, TargetGroup};
use crate::sandbox::services::fields::{list, number, put, text, texts};
use crate::sandbox::services::network::is_id;
use crate::sandbox::world::World;

/// How tasks are launched: a type, or a strategy in its place.
#[derive(Debug, Clone, Default)]
pub struct Launch {
    /// `FARGATE`, `EC2` or `EXTERNAL`.
    pub kind: Option<String>,
    /// `capacityProviderStrategy`, empty where a type is given.
    pub strategy: Vec<Value>,
}

impl Launch {
    /// Whether Fargate runs the tasks.
    pub fn is_fargate(&self) -> bool {
        self.kind.as_deref() == Some("FARGATE")
            || self.strategy.iter().any(|item| {
                text(item, "capacityProvider").is_some_and(|name| name.starts_with("FARGATE"))
            })
    }
}

/// Reads the launch type or strategy; the cluster's default strategy, else EC2, where neither is given.
pub fn launch(call: &Call, cluster: &Cluster) -> Result<Launch, Fault> {
    let kind = call.text("launchType");
    let strategy = call.list("capacityProviderStrategy");
    if kind.is_some() && !strategy.is_empty() {
        return Err(invalid(
            "Specifying both a launch type and capacity provider strategy is not supported. Remove one and try again.",
        ));
    }
    if let Some(kind) = kind {
        if !["EC2", "FARGATE", "EXTERNAL", "MANAGED_INSTANCES"].contains(&kind) {
            return Err(invalid(format!("Invalid launch type: {kind}")));
        }
        return Ok(Launch {
            kind: Some(kind.to_owned()),
            strategy: Vec::new(),
        });
    }
    for item in strategy {
        let provider = text(item, "capacityProvider").unwrap_or_default();
        if !cluster
            .capacity_providers
            .iter()
            .any(|known| known == provider)
        {
            return Err(invalid(format!(
                "The specified capacity provider '{provider}' was not found. Specify a valid name or ARN and try again."
            )));
        }
    }
    let strategy = if strategy.is_empty() {
        cluster.default_strategy.clone()
    } else {
        strategy.to_vec()
    };
    let kind = strategy.is_empty().then(|| "EC2".to_owned());
    Ok(Launch { kind, strategy })
}

/// The task definition must be ACTIVE and fit the launch.
pub fn task_definition(
    found: Option<&TaskDefinition>,
    launch: &Launch,
) -> Result<TaskDefinition, Fault> {
    let definition = found.ok_or_else(|| client("TaskDefinition not found."))?;
    if definition.status != "ACTIVE" {
        return Err(client("TaskDefinition is inactive"));
    }
    let fits = |kind: &str| {
        list(&definition.body, "compatibilities")
            .iter()
            .any(|known| known.as_str() == Some(kind))
    };
    if launch.is_fargate() && !fits("FARGATE") {
        return Err(invalid(
            "Task definition does not support launch_type FARGATE.",
        ));
    }
    Ok(definition.clone())
}

/// The network goes with the task definition's mode, and is complete.
pub fn network(call: &Call, definition: &TaskDefinition) -> Result<Option<Value>, Fault> {
    let awsvpc = text(&definition.body, "networkMode") == Some("awsvpc");
    let given = call
        .input
        .get("networkConfiguration")
        .and_then(|network| network.get("awsvpcConfiguration"))
        .filter(|network| network.is_object());
    match (awsvpc, given) {
        (true, None) => Err(invalid(
            "Network Configuration must be provided when networkMode 'awsvpc' is specified.",
        )),
        (false, Some(_)) => Err(invalid(
            "Network Configuration is not valid for the given networkMode of this task definition.",
        )),
        (false, None) => Ok(None),
        (true, Some(network)) => complete_network(network).map(Some),
    }
}

/// Checks subnets and groups, and fills in what was left out.
pub fn complete_network(network: &Value) -> Result<Value, Fault> {
    let subnets = texts(list(network, "subnets"));
    let groups = texts(list(network, "securityGroups"));
    if subnets.is_empty() {
        return Err(invalid("subnets can not be empty."));
    }
    if subnets.len() > 16 {
        return Err(invalid("subnets can have at most 16 items."));
    }
    if groups.len() > 5 {
        return Err(invalid("securityGroups can have at most 5 items."));
    }
    if let Some(wrong) = subnets.iter().find(|id| !is_id("subnet", id)) {
        return Err(invalid(format!(
            "Error retrieving subnet information for [{wrong}]: The subnet ID '{wrong}' does not exist (ErrorCode: InvalidSubnetID.NotFound)"
        )));
    }
    if let Some(wrong) = groups.iter().find(|id| !is_id("sg", id)) {
        return Err(invalid(format!(
            "Error retrieving security group information for [{wrong}]: The security group '{wrong}' does not exist (ErrorCode: InvalidGroup.NotFound)"
        )));
    }
    let assign = text(network, "assignPublicIp").unwrap_or("DISABLED");
    if !["ENABLED", "DISABLED"].contains(&assign) {
        return Err(invalid(format!(
            "Invalid value for assignPublicIp: {assign}"
        )));
    }
    Ok(json!({"awsvpcConfiguration": {
        "subnets": subnets,
        "securityGroups": groups,
        "assignPublicIp": assign,
    }}))
}

/// ECS works in an account with its service-linked role, which comes with the first cluster.
pub fn linked_role(world: &World, call: &Call) -> Result<(), Fault> {
    let there = world.accounts.get(&call.caller.account).is_some_and(|it| {
        let mut roles = it.iam.roles.values();
        roles.any(|role| role.linked_to.as_deref() == Some("ecs.amazonaws.com"))
    });
    if there {
        return Ok(());
    }
    Err(invalid(
        "Unable to assume the service linked role. Please verify that the ECS service linked role exists.",
    ))
}

fn balancing<'w>(world: &'w World, call: &Call) -> Option<&'w Elbv2State> {
    world
        .regional_ref(&call.caller.account, &call.region)
        .map(|regional| &regional.elbv2)
}

fn known_group<'w>(world: &'w World, call: &Call, arn: &str) -> Result<&'w TargetGroup, Fault> {
    balancing(world, call)
        .and_then(|elb| elb.target_groups.get(arn))
        .ok_or_else(|| invalid(format!("Unable to assume role and validate the specified targetGroupArn. Please verify that the ECS service role being passed has the proper permissions. The specified target group does not exist: {arn}")))
}

fn target_group<'w>(world: &'w World, call: &Call, arn: &str) -> Result<&'w TargetGroup, Fault> {
    let group = known_group(world, call, arn)?;
    let elb = balancing(world, call);
    if elb.is_none_or(|elb| elb.load_balancers_of(arn).is_empty()) {
        return Err(invalid(format!(
            "The target group with targetGroupArn {arn} does not have an associated load balancer."
        )));
    }
    Ok(group)
}

/// Each entry names a target group behind a load balancer, of the right type, and a container and port
/// of the task definition.
pub fn load_balancers(
    world: &World,
    call: &Call,
    given: &[Value],
    definition: &TaskDefinition,
) -> Result<Vec<Value>, Fault> {
    for arn in given.iter().filter_map(|it| named(it, "targetGroupArn")) {
        target_group(world, call, arn)?;
    }
    unattached(world, call, given, definition)
}

/// The same without the load balancer: the replacement of a deployment by CodeDeploy begins in a group that
/// nothing forwards to yet.
pub fn unattached(
    world: &World,
    call: &Call,
    given: &[Value],
    definition: &TaskDefinition,
) -> Result<Vec<Value>, Fault> {
    let mut complete = Vec::new();
    for balancer in given {
        let mut kept = balancer.clone();
        if let Some(arn) = named(balancer, "targetGroupArn") {
            let group = known_group(world, call, arn)?;
            let awsvpc = text(&definition.body, "networkMode") == Some("awsvpc");
            if awsvpc && group.target_type != "ip" {
                return Err(invalid(format!(
                    "The provided target group {arn} has target type {}, which is incompatible with the awsvpc network mode specified in the task definition.",
                    group.target_type
                )));
            }
        } else if named(balancer, "loadBalancerName").is_none() {
            return Err(invalid(
                "targetGroupArn and loadBalancerName cannot both be empty.",
            ));
        }
        let container = named(balancer, "containerName")
            .ok_or_else(|| invalid("containerName cannot be empty for a load balancer."))?;
        let port = number(balancer, "containerPort")
            .ok_or_else(|| invalid("containerPort cannot be empty for a load balancer."))?;
        let found = list(&definition.body, "containerDefinitions")
            .iter()
            .find(|known| text(known, "name") == Some(container))
            .ok_or_else(|| {
                invalid(format!(
                    "The container {container} does not exist in the task definition."
                ))
            })?;
        let listens = list(found, "portMappings")
            .iter()
            .any(|mapping| number(mapping, "containerPort") == Some(port));
        if !listens {
            return Err(invalid(format!(
                "The container {container} did not have a container port {port} defined."
            )));
        }
        put(&mut kept, "containerPort", Some(json!(port)));
        complete.push(kept);
    }
    Ok(complete)
}

/// What a service under CodeDeploy must and must not have. Source: Amazon ECS Developer Guide,
/// "CodeDeploy blue/green deployments for Amazon ECS", considerations.
pub fn under_code_deploy(call: &Call, scheduling: &str) -> Result<(), Fault> {
    if scheduling != "REPLICA" {
        return Err(invalid(format!(
            "The {scheduling} scheduling strategy is not supported with the CODE_DEPLOY deployment controller."
        )));
    }
    match call.list("loadBalancers").len() {
        0 => Err(invalid(
            "A load balancer is required when the CODE_DEPLOY deployment controller is used.",
        )),
        1 => Ok(()),
        _ => Err(invalid(
            "Only one load balancer is supported with the CODE_DEPLOY deployment controller.",
        )),
    }
}

/// Checks `deploymentConfiguration` and fills in its defaults.
pub fn deployment_configuration(
    call: &Call,
    controller: &str,
    scheduling: &str,
) -> Result<Value, Fault> {
    let given = call
        .input
        .get("deploymentConfiguration")
        .filter(|value| value.is_object());
    let mut complete = match (controller, scheduling) {
        ("ECS", "DAEMON") => {
            json!({"deploymentCircuitBreaker": {"enable": false, "rollback": false}, "maximumPercent": 100, "minimumHealthyPercent": 0})
        }
        ("ECS", _) => {
            json!({"deploymentCircuitBreaker": {"enable": false, "rollback": false}, "maximumPercent": 200, "minimumHealthyPercent": 100, "strategy": "ROLLING", "bakeTimeInMinutes": 0})
        }
        _ => json!({"maximumPercent": 200, "minimumHealthyPercent": 100}),
    };
    let Some(given) = given else {
        return Ok(complete);
    };
    let on = |path: &str| {
        given
            .pointer(path)
            .and_then(Value::as_bool)
            .unwrap_or(false)
    };
    if controller != "ECS" {
        if on("/deploymentCircuitBreaker/enable") {
            return Err(invalid(
                "Deployment circuit breaker feature is only supported with ECS deployment controller. Update to ECS deployment controller and try again.",
            ));
        }
        if on("/alarms/enable") {
            return Err(invalid(
                "Alarm based rollback feature is only supported with ECS deployment controller. Update to ECS deployment controller and try again.",
            ));
        }
        if text(given, "strategy").is_some_and(|strategy| strategy != "ROLLING") {
            return Err(invalid(
                "Deployment strategies other than ROLLING are only supported with ECS deployment controller. Update to ECS deployment controller and try again.",
            ));
        }
    }
    let strategy = text(given, "strategy").unwrap_or("ROLLING");
    if !["ROLLING", "BLUE_GREEN", "LINEAR", "CANARY"].contains(&strategy) {
        return Err(invalid(format!("Invalid deployment strategy: {strategy}")));
    }
    if strategy == "BLUE_GREEN" && number(given, "bakeTimeInMinutes").is_none() {
        return Err(invalid(
            "bakeTimeInMinutes is required when the deployment strategy is BLUE_GREEN.",
        ));
    }
    let least = number(given, "minimumHealthyPercent");
    let most = number(given, "maximumPercent");
    if least.is_some_and(|percent| !(0..=100).contains(&percent)) {
        return Err(invalid("minimumHealthyPercent must be between 0 and 100."));
    }
    if most.is_some_and(|percent| percent < 100) {
        return Err(invalid("maximumPercent must be at least 100."));
    }
    if let (Some(map), Some(given)) = (complete.as_object_mut(), given.as_object()) {
        map.extend(given.clone());
    }
    Ok(complete)
}

/// With ECS's own blue/green, linear or canary deployments both target groups stand behind the rule.
/// Source: Amazon ECS Developer Guide, "Troubleshooting Amazon ECS blue/green deployments".
pub fn native_blue_green(
    world: &World,
    call: &Call,
    configuration: &Value,
    balancers: &[Value],
) -> Result<(), Fault> {
    let strategy = text(configuration, "strategy").unwrap_or("ROLLING");
    if strategy == "ROLLING" || balancers.is_empty() {
        return Ok(());
    }
    for balancer in balancers {
        let advanced = balancer
            .get("advancedConfiguration")
            .unwrap_or(&Value::Null);
        let alternate = named(advanced, "alternateTargetGroupArn");
        let rule = named(advanced, "productionListenerRule");
        let (Some(alternate), Some(rule), Some(_)) = (alternate, rule, named(advanced, "roleArn"))
        else {
            return Err(invalid(format!(
                "advancedConfiguration with alternateTargetGroupArn, productionListenerRule and roleArn is required for load balancers when the deployment strategy is {strategy}."
            )));
        };
        target_group(world, call, alternate)?;
        let right_arn = rule.contains(":listener-rule/app/") || rule.contains(":listener/net/");
        if !right_arn {
            return Err(invalid(format!(
                "productionListenerRule has an invalid ARN format. Must be RuleArn for ALB or ListenerArn for NLB. Got: {rule}"
            )));
        }
    }
    Ok(())
}
