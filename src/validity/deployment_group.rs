//! Whether CodeDeploy takes a deployment group for ECS, as far as the document alone says.
//!
//! Sources: the CodeDeploy API model and its list of errors; AWS CodeDeploy User Guide, "Limits".
//! AWS's sentences are from public issues.

use serde_json::Value;

use super::problem::{Code, Problem};

/// The predefined configurations for ECS: these and no others exist.
/// Source: AWS CodeDeploy User Guide, "Working with deployment configurations".
pub const PREDEFINED: [&str; 5] = [
    "CodeDeployDefault.ECSAllAtOnce",
    "CodeDeployDefault.ECSCanary10Percent5Minutes",
    "CodeDeployDefault.ECSCanary10Percent15Minutes",
    "CodeDeployDefault.ECSLinear10PercentEvery1Minutes",
    "CodeDeployDefault.ECSLinear10PercentEvery3Minutes",
];

/// Every problem of the body of `CreateDeploymentGroup` for an application on ECS.
pub fn check(group: &Value) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut add = |code: Code, place: &str, message: String| {
        problems.push(Problem::new(code, place, message))
    };

    let config = group
        .get("deploymentConfigName")
        .and_then(Value::as_str)
        .unwrap_or_default();
    if config.is_empty()
        || (config.starts_with("CodeDeployDefault.") && !PREDEFINED.contains(&config))
    {
        add(
            Code::DeploymentConfigDoesNotExistException,
            "deploymentConfigName",
            format!("No Deployment Configuration found for name: {config}"),
        );
    }
    let at = |path: &str| group.pointer(path);
    let style = |name: &str| at(&format!("/deploymentStyle/{name}")).and_then(Value::as_str);
    if (style("deploymentType"), style("deploymentOption"))
        != (Some("BLUE_GREEN"), Some("WITH_TRAFFIC_CONTROL"))
    {
        add(
            Code::InvalidDeploymentStyleException,
            "deploymentStyle",
            "For ECS deployment group, the deployment type must be BLUE_GREEN, and deployment option must be WITH_TRAFFIC_CONTROL".to_owned(),
        );
    }
    blue_green(group, &mut add);
    load_balancer(group, &mut add);
    let services = at("/ecsServices")
        .and_then(Value::as_array)
        .map_or(0, Vec::len);
    if services != 1 {
        add(
            Code::InvalidEcsServiceException,
            "ecsServices",
            format!(
                "For ECS deployment group, exactly one ECS service must be specified, found {services}"
            ),
        );
    }
    problems
}

fn blue_green(group: &Value, add: &mut impl FnMut(Code, &str, String)) {
    const PLACE: &str = "blueGreenDeploymentConfiguration";
    const CODE: Code = Code::InvalidBlueGreenDeploymentConfigurationException;
    let Some(settings) = group.get(PLACE).filter(|it| it.is_object()) else {
        add(
            CODE,
            PLACE,
            "For ECS deployment group, blueGreenDeploymentConfiguration must be specified"
                .to_owned(),
        );
        return;
    };
    for name in [
        "deploymentReadyOption",
        "terminateBlueInstancesOnDeploymentSuccess",
    ] {
        if settings.get(name).is_none_or(Value::is_null) {
            add(
                CODE,
                &format!("{PLACE}.{name}"),
                format!("For ECS deployment group, {name} must be specified"),
            );
        }
    }
    if settings
        .get("greenFleetProvisioningOption")
        .is_some_and(|it| !it.is_null())
    {
        add(
            CODE,
            &format!("{PLACE}.greenFleetProvisioningOption"),
            "For ECS deployment group, greenFleetProvisioningOption must not be specified"
                .to_owned(),
        );
    }
    let minutes = settings
        .pointer("/terminateBlueInstancesOnDeploymentSuccess/terminationWaitTimeInMinutes")
        .and_then(Value::as_u64);
    if minutes.is_some_and(|minutes| minutes > 2880) {
        add(
            CODE,
            &format!("{PLACE}.terminateBlueInstancesOnDeploymentSuccess"),
            "the wait before the replaced tasks end is at most 2880 minutes".to_owned(),
        );
    }
}

fn load_balancer(group: &Value, add: &mut impl FnMut(Code, &str, String)) {
    const PLACE: &str = "loadBalancerInfo";
    let Some(info) = group.get(PLACE).filter(|it| it.is_object()) else {
        add(
            Code::InvalidLoadBalancerInfoException,
            PLACE,
            "For ECS deployment group, loadBalancerInfo must be specified".to_owned(),
        );
        return;
    };
    let list = |value: &Value, name: &str| {
        value
            .get(name)
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default()
    };
    for (name, what) in [
        ("elbInfoList", "elbInfo"),
        ("targetGroupInfoList", "targetGroupInfo"),
    ] {
        if !list(info, name).is_empty() {
            add(
                Code::InvalidLoadBalancerInfoException,
                &format!("{PLACE}.{name}"),
                format!("For ECS deployment group, loadBalancerInfo must not contain {what} list"),
            );
        }
    }
    let pairs = list(info, "targetGroupPairInfoList");
    let [pair] = pairs.as_slice() else {
        add(
            Code::InvalidTargetGroupPairException,
            &format!("{PLACE}.targetGroupPairInfoList"),
            format!(
                "For ECS deployment group, exactly one target group pair must be specified, found {}",
                pairs.len()
            ),
        );
        return;
    };
    let groups = list(pair, "targetGroups");
    let distinct =
        groups.first().and_then(|it| it.get("name")) != groups.get(1).and_then(|it| it.get("name"));
    if groups.len() != 2 || !distinct {
        add(
            Code::InvalidTargetGroupPairException,
            &format!("{PLACE}.targetGroupPairInfoList[0].targetGroups"),
            "A deployment group associated with an application that uses the ECS compute platform must contain a valid pair of target groups that identify a load balancer.".to_owned(),
        );
    }
    for (name, least) in [("prodTrafficRoute", 1), ("testTrafficRoute", 0)] {
        let count = pair
            .get(name)
            .map_or(0, |route| list(route, "listenerArns").len());
        if count < least || count > 1 {
            add(
                Code::InvalidTargetGroupPairException,
                &format!("{PLACE}.targetGroupPairInfoList[0].{name}"),
                format!("{name} takes one listener, found {count}"),
            );
        }
    }
}

#[cfg(test)]
mod tests;
