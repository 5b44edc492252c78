//! What a deployment group of an ECS application must look like, before anything is looked up.
//!
//! Source: the API model, and the refusals that CodeDeploy is seen to answer.

use serde_json::Value;

use crate::sandbox::service::Fault;
use crate::sandbox::services::fields::{list, text, texts};

/// The parts of a group that deployments to ECS need.
#[derive(Debug)]
pub struct Wanted {
    /// The cluster's name.
    pub cluster: String,
    /// The service's name.
    pub service: String,
    /// The names of the two target groups.
    pub groups: [String; 2],
    /// The production listener, then the test listener if there is one.
    pub listeners: Vec<String>,
}

/// Checks the shape, in the order in which CodeDeploy complains.
pub fn read(settings: &Value) -> Result<Wanted, Fault> {
    style(settings)?;
    blue_green(settings)?;
    no_servers(settings)?;
    let (groups, listeners) = load_balancer(settings)?;
    let (cluster, service) = service(settings)?;
    Ok(Wanted {
        cluster,
        service,
        groups,
        listeners,
    })
}

fn style(settings: &Value) -> Result<(), Fault> {
    let style = settings.get("deploymentStyle").unwrap_or(&Value::Null);
    let right = text(style, "deploymentType") == Some("BLUE_GREEN")
        && text(style, "deploymentOption") == Some("WITH_TRAFFIC_CONTROL");
    if right {
        return Ok(());
    }
    Err(Fault::new(
        "InvalidDeploymentStyleException",
        "For ECS deployment group, the deployment type must be BLUE_GREEN, and deployment option must be WITH_TRAFFIC_CONTROL",
    ))
}

fn blue_green(settings: &Value) -> Result<(), Fault> {
    let wrong =
        |message: &str| Fault::new("InvalidBlueGreenDeploymentConfigurationException", message);
    let configuration = settings
        .get("blueGreenDeploymentConfiguration")
        .filter(|configuration| configuration.is_object())
        .ok_or_else(|| {
            wrong("For ECS deployment group, blueGreenDeploymentConfiguration must be specified")
        })?;
    for member in [
        "deploymentReadyOption",
        "terminateBlueInstancesOnDeploymentSuccess",
    ] {
        if configuration.get(member).is_none_or(Value::is_null) {
            return Err(wrong(&format!(
                "For ECS deployment group, {member} must be specified"
            )));
        }
    }
    if configuration
        .get("greenFleetProvisioningOption")
        .is_some_and(Value::is_object)
    {
        return Err(wrong(
            "For ECS deployment group, greenFleetProvisioningOption must not be specified",
        ));
    }
    Ok(())
}

fn no_servers(settings: &Value) -> Result<(), Fault> {
    for member in [
        "ec2TagFilters",
        "onPremisesInstanceTagFilters",
        "autoScalingGroups",
    ] {
        if !list(settings, member).is_empty() {
            return Err(not_for_ecs(member));
        }
    }
    for member in ["ec2TagSet", "onPremisesTagSet"] {
        if settings.get(member).is_some_and(Value::is_object) {
            return Err(not_for_ecs(member));
        }
    }
    Ok(())
}

fn not_for_ecs(member: &str) -> Fault {
    Fault::new(
        "InvalidInputException",
        format!("For ECS deployment group, {member} must not be specified"),
    )
}

fn load_balancer(settings: &Value) -> Result<([String; 2], Vec<String>), Fault> {
    let wrong = |message: &str| Fault::new("InvalidLoadBalancerInfoException", message);
    let info = settings
        .get("loadBalancerInfo")
        .filter(|info| info.is_object())
        .ok_or_else(|| wrong("For ECS deployment group, loadBalancerInfo must be specified"))?;
    if !list(info, "elbInfoList").is_empty() {
        return Err(wrong(
            "For ECS deployment group, loadBalancerInfo must not contain elbInfo list",
        ));
    }
    if !list(info, "targetGroupInfoList").is_empty() {
        return Err(wrong(
            "For ECS deployment group, loadBalancerInfo must not contain targetGroupInfo list",
        ));
    }
    let pair = match list(info, "targetGroupPairInfoList") {
        [pair] => pair,
        [] => {
            return Err(wrong(
                "For ECS deployment group, loadBalancerInfo must contain targetGroupPairInfo list",
            ));
        }
        _ => {
            return Err(wrong(
                "For ECS deployment group, targetGroupPairInfo list must have exactly one pair",
            ));
        }
    };
    let bad_pair = |message: &str| Fault::new("InvalidTargetGroupPairException", message);
    let groups = match list(pair, "targetGroups") {
        [first, second] => {
            [first, second].map(|group| text(group, "name").unwrap_or_default().to_owned())
        }
        _ => {
            return Err(bad_pair(
                "Target group pair must have exactly two target groups.",
            ));
        }
    };
    let [first, second] = &groups;
    if first.is_empty() || second.is_empty() {
        return Err(bad_pair(
            "Target group pair must have the name of each target group.",
        ));
    }
    if first == second {
        return Err(bad_pair(
            "Target group pair must have distinct target groups.",
        ));
    }
    let route = |name: &str| texts(list(pair.get(name).unwrap_or(&Value::Null), "listenerArns"));
    let bad_route =
        |message: &str| Fault::new("InvalidTrafficRoutingConfigurationException", message);
    let mut listeners = route("prodTrafficRoute");
    if listeners.len() != 1 {
        return Err(bad_route(
            "Production traffic route must have exactly one listener Arn",
        ));
    }
    let test = route("testTrafficRoute");
    if test.len() > 1
        || (test.is_empty() && pair.get("testTrafficRoute").is_some_and(Value::is_object))
    {
        return Err(bad_route(
            "Test traffic route must have exactly one listener Arn",
        ));
    }
    if listeners == test {
        return Err(bad_route(
            "Production traffic route and test traffic route must have distinct listener Arns",
        ));
    }
    listeners.extend(test);
    Ok((groups, listeners))
}

fn service(settings: &Value) -> Result<(String, String), Fault> {
    let wrong = |message: &str| Fault::new("InvalidECSServiceException", message);
    let service = match list(settings, "ecsServices") {
        [service] => service,
        [] => {
            return Err(wrong(
                "For ECS deployment group, ecsServices must be specified",
            ));
        }
        _ => {
            return Err(wrong(
                "For ECS deployment group, exactly one ECS service must be specified",
            ));
        }
    };
    let part = |field: &str| {
        text(service, field)
            .filter(|name| !name.is_empty())
            .map(str::to_owned)
    };
    match (part("clusterName"), part("serviceName")) {
        (Some(cluster), Some(service)) => Ok((cluster, service)),
        _ => Err(wrong(
            "For ECS deployment group, clusterName and serviceName must be specified for the ECS service",
        )),
    }
}
