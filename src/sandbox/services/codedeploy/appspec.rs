//! What an AppSpec says about an ECS deployment.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::validity::appspec;

/// The parts of an AppSpec that a deployment needs.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct AppSpec {
    /// The task definition, as it is written.
    pub task_definition: String,
    /// The container's name.
    pub container: String,
    /// The container's port.
    pub port: i64,
    /// `networkConfiguration`, as ECS takes it, where it is given.
    pub network: Option<Value>,
    /// `platformVersion`.
    pub platform_version: Option<String>,
    /// `capacityProviderStrategy`, as ECS takes it.
    pub strategy: Vec<Value>,
    /// The events' functions: event, function.
    pub hooks: Vec<(String, String)>,
}

/// Reads an AppSpec.
///
/// # Errors
/// What is wrong with it. A task definition that does not exist is found only when it is deployed.
pub fn read(content: &str) -> Result<AppSpec, String> {
    let wrong = appspec::check(content)
        .into_iter()
        .find(|problem| !of_revision(content, &problem.place));
    if let Some(problem) = wrong {
        return Err(problem.to_string());
    }
    let document: serde_yaml_ng::Value =
        serde_yaml_ng::from_str(content).map_err(|error| error.to_string())?;
    let document = serde_json::to_value(document).map_err(|error| error.to_string())?;
    let resource = document
        .pointer("/Resources/0")
        .and_then(Value::as_object)
        .and_then(|resource| resource.values().next());
    let Some(properties) = resource.and_then(|it| it.get("Properties")) else {
        return Err("the properties are missing".to_owned());
    };
    let own = |field: &str| {
        properties
            .get(field)
            .and_then(Value::as_str)
            .map(str::to_owned)
    };
    let balancer = properties.get("LoadBalancerInfo").unwrap_or(&Value::Null);
    Ok(AppSpec {
        task_definition: own("TaskDefinition").unwrap_or_default(),
        container: balancer
            .get("ContainerName")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned(),
        port: balancer
            .get("ContainerPort")
            .and_then(Value::as_i64)
            .unwrap_or_default(),
        network: properties
            .pointer("/NetworkConfiguration/AwsvpcConfiguration")
            .map(|network| {
                json!({"awsvpcConfiguration": {
                    "subnets": network.get("Subnets"),
                    "securityGroups": network.get("SecurityGroups"),
                    "assignPublicIp": network.get("AssignPublicIp"),
                }})
            }),
        platform_version: own("PlatformVersion"),
        strategy: properties
            .get("CapacityProviderStrategy")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .map(|item| {
                json!({
                    "capacityProvider": item.get("CapacityProvider"),
                    "base": item.get("Base").cloned().unwrap_or(json!(0)),
                    "weight": item.get("Weight").cloned().unwrap_or(json!(0)),
                })
            })
            .collect(),
        hooks: hooks(&document),
    })
}

/// Whether a problem is about the task definition's revision, which CodeDeploy leaves to ECS.
fn of_revision(content: &str, place: &str) -> bool {
    place.ends_with("Properties.TaskDefinition") && content.contains("TaskDefinition")
}

fn hooks(document: &Value) -> Vec<(String, String)> {
    let hooks = document.get("Hooks").and_then(Value::as_array);
    hooks
        .into_iter()
        .flatten()
        .filter_map(Value::as_object)
        .flatten()
        .filter_map(|(event, function)| Some((event.clone(), function.as_str()?.to_owned())))
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn an_appspec_is_read_whole() {
        let read = read(
            "version: 0.0
Resources:
  - TargetService:
      Type: AWS::ECS::Service
      Properties:
        TaskDefinition: arn:aws:ecs:ap-northeast-2:222222222222:task-definition/orders:latest
        LoadBalancerInfo:
          ContainerName: orders
          ContainerPort: 8080
        NetworkConfiguration:
          AwsvpcConfiguration:
            Subnets: [subnet-0a]
            SecurityGroups: [sg-0a]
            AssignPublicIp: DISABLED
Hooks:
  - AfterInstall: CodeDeployHook_check
",
        )
        .unwrap();
        assert!(read.task_definition.ends_with(":latest"));
        assert_eq!((read.container.as_str(), read.port), ("orders", 8080));
        assert_eq!(
            read.network
                .unwrap()
                .pointer("/awsvpcConfiguration/subnets/0"),
            Some(&json!("subnet-0a"))
        );
        assert_eq!(
            read.hooks,
            [("AfterInstall".to_owned(), "CodeDeployHook_check".to_owned())]
        );
        assert!(super::read("version: 0.0\n").is_err());
        assert!(super::read("{").is_err());
        assert!(super::read("").is_err());
    }
}
