//! Whether an AppSpec describes an ECS deployment.
//!
//! Source: AWS CodeDeploy User Guide, "AppSpec file structure for Amazon ECS deployments" and
//! "AppSpec 'hooks' section for an Amazon ECS deployment".

use serde_yaml_ng::Value;

use super::problem::{Code, Problem};

/// The lifecycle events that a hook can be at, in their order.
pub const HOOKS: [&str; 5] = [
    "BeforeInstall",
    "AfterInstall",
    "AfterAllowTestTraffic",
    "BeforeAllowTraffic",
    "AfterAllowTraffic",
];

/// What the CodeDeployToECS action replaces by the ARN of the revision that it registers.
pub const TASK_DEFINITION: &str = "<TASK_DEFINITION>";

/// Every problem of an AppSpec for ECS, which is YAML or JSON.
pub fn check(text: &str) -> Vec<Problem> {
    let document: Value = match serde_yaml_ng::from_str(text) {
        Ok(document) => document,
        Err(error) => return vec![refused("", format!("the AppSpec is no YAML: {error}"))],
    };
    let mut problems = Vec::new();
    let version = match document.get("version") {
        Some(Value::Number(number)) => number.as_f64() == Some(0.0),
        Some(Value::String(text)) => text == "0.0",
        _ => false,
    };
    if !version {
        problems.push(refused("version", "the AppSpec's version is 0.0"));
    }
    let resources = document.get("Resources").and_then(Value::as_sequence);
    let services: Vec<&Value> = resources
        .into_iter()
        .flatten()
        .filter_map(Value::as_mapping)
        .flat_map(|resource| resource.values())
        .collect();
    match services.as_slice() {
        [service] => target_service(service, &mut problems),
        others => problems.push(refused(
            "Resources",
            format!(
                "an AppSpec for ECS has exactly one resource, this has {}",
                others.len()
            ),
        )),
    }
    hooks(&document, &mut problems);
    problems
}

fn refused(place: impl Into<String>, message: impl Into<String>) -> Problem {
    Problem::new(Code::InvalidRevisionException, place, message)
}

fn target_service(service: &Value, problems: &mut Vec<Problem>) {
    const PLACE: &str = "Resources[0].TargetService";
    if service.get("Type").and_then(Value::as_str) != Some("AWS::ECS::Service") {
        problems.push(refused(
            format!("{PLACE}.Type"),
            "the type is AWS::ECS::Service",
        ));
    }
    let Some(properties) = service.get("Properties").filter(|it| it.is_mapping()) else {
        problems.push(refused(
            format!("{PLACE}.Properties"),
            "the properties are missing",
        ));
        return;
    };
    let place = |name: &str| format!("{PLACE}.Properties.{name}");
    match properties.get("TaskDefinition").and_then(Value::as_str) {
        Some(TASK_DEFINITION) => {}
        Some(reference) if numbered_revision(reference) => {}
        Some(reference) => problems.push(refused(
            place("TaskDefinition"),
            format!(
                "'{reference}' is no task definition with a revision number: write {TASK_DEFINITION}, which the deploy action replaces"
            ),
        )),
        None => problems.push(refused(
            place("TaskDefinition"),
            format!("the task definition is missing: write {TASK_DEFINITION}"),
        )),
    }
    let balancer = properties.get("LoadBalancerInfo");
    let name = balancer
        .and_then(|it| it.get("ContainerName"))
        .and_then(Value::as_str);
    if name.is_none_or(str::is_empty) {
        problems.push(refused(
            place("LoadBalancerInfo.ContainerName"),
            "the container's name is missing",
        ));
    }
    match balancer.and_then(|it| it.get("ContainerPort")) {
        Some(port)
            if port
                .as_u64()
                .is_some_and(|port| (1..=65_535).contains(&port)) => {}
        _ => problems.push(refused(
            place("LoadBalancerInfo.ContainerPort"),
            "the container's port is a number from 1 to 65535, without quotes",
        )),
    }
    let network = properties
        .get("NetworkConfiguration")
        .map(|it| it.get("AwsvpcConfiguration").unwrap_or(&Value::Null));
    if let Some(network) = network {
        for name in ["Subnets", "SecurityGroups", "AssignPublicIp"] {
            if network.get(name).is_none() {
                problems.push(refused(
                    place(&format!("NetworkConfiguration.AwsvpcConfiguration.{name}")),
                    "subnets, security groups and public address come together or not at all",
                ));
            }
        }
    }
}

/// `arn:...:task-definition/family:7` or `family:7`.
fn numbered_revision(reference: &str) -> bool {
    let name = reference.rsplit('/').next().unwrap_or_default();
    name.split_once(':').is_some_and(|(family, revision)| {
        !family.is_empty() && !revision.is_empty() && revision.bytes().all(|b| b.is_ascii_digit())
    })
}

fn hooks(document: &Value, problems: &mut Vec<Problem>) {
    let hooks = document.get("Hooks").and_then(Value::as_sequence);
    for (index, hook) in hooks.into_iter().flatten().enumerate() {
        let entries = hook.as_mapping().into_iter().flatten();
        for (event, function) in entries {
            let event = event.as_str().unwrap_or_default();
            let place = format!("Hooks[{index}].{event}");
            if !HOOKS.contains(&event) {
                problems.push(refused(
                    place,
                    format!(
                        "there is no hook '{event}' in an ECS deployment; there are {}",
                        HOOKS.join(", ")
                    ),
                ));
            } else if function.as_str().is_none_or(str::is_empty) {
                problems.push(refused(place, "a hook names one Lambda function"));
            }
        }
    }
}

#[cfg(test)]
mod tests;
