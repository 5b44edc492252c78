//! The containers of a task definition.

use serde_json::{Value, json};

use super::{client, named};
use crate::sandbox::service::Fault;
use crate::sandbox::services::fields::{list, made_of, number, put, text};

/// What the containers need from the task's execution role.
#[derive(Debug, Default)]
pub struct Needs {
    /// An image in a private ECR repository.
    pub ecr: bool,
    /// Logs sent to CloudWatch.
    pub awslogs: bool,
    /// Secrets from Systems Manager or Secrets Manager.
    pub secrets: bool,
    /// A password for a private registry.
    pub private_registry: bool,
}

/// Checks the containers, and says what they need.
pub fn check(
    containers: &[Value],
    fargate: bool,
    network_mode: Option<&str>,
    task_cpu: Option<i64>,
    task_memory: Option<i64>,
) -> Result<Needs, Fault> {
    let mut needs = Needs::default();
    let mut names: Vec<&str> = Vec::new();
    let mut cpu: i64 = 0;
    let mut essential = false;
    for container in containers {
        let name = named(container, "name")
            .ok_or_else(|| client("Container.name should not be null or empty."))?;
        if !made_of(name, 1, 255, "-_") {
            return Err(client("Container.name contains invalid characters."));
        }
        if names.contains(&name) {
            return Err(client(format!(
                "Container names must be unique in a task definition: '{name}' is used more than once."
            )));
        }
        names.push(name);
        let image = named(container, "image")
            .ok_or_else(|| client("Container.image should not be null or empty."))?;
        essential |= container
            .get("essential")
            .and_then(Value::as_bool)
            .unwrap_or(true);
        cpu = cpu.saturating_add(number(container, "cpu").unwrap_or(0));
        memory(container, name, fargate, task_memory)?;
        ports(container, name, network_mode)?;
        needs.ecr |= is_private_ecr(image);
        needs.secrets |= !list(container, "secrets").is_empty();
        needs.private_registry |= container
            .get("repositoryCredentials")
            .is_some_and(Value::is_object);
        needs.awslogs |= logs(container, name, fargate)?;
    }
    if !essential {
        return Err(client(
            "Invalid task definition: at least one container must be essential.",
        ));
    }
    if let Some(task) = task_cpu
        && cpu > task
    {
        return Err(client(
            "The sum of all container 'cpu' values cannot be greater than the value of the task 'cpu'.",
        ));
    }
    dependencies(containers, &names)?;
    Ok(needs)
}

/// Whether an image is in a private ECR registry, by the form of its address.
fn is_private_ecr(image: &str) -> bool {
    let host = image.split('/').next().unwrap_or_default();
    let mut parts = host.split('.');
    let account = parts.next().unwrap_or_default();
    account.len() == 12
        && account.bytes().all(|b| b.is_ascii_digit())
        && parts.next() == Some("dkr")
        && parts.next().is_some_and(|ecr| ecr.starts_with("ecr"))
}

fn memory(container: &Value, name: &str, fargate: bool, task: Option<i64>) -> Result<(), Fault> {
    let hard = number(container, "memory");
    let soft = number(container, "memoryReservation");
    if !fargate && task.is_none() && hard.is_none() && soft.is_none() {
        return Err(client(format!(
            "Invalid setting for container '{name}'. At least one of 'memory' or 'memoryReservation' must be specified."
        )));
    }
    if hard.is_some_and(|memory| memory < 6) {
        return Err(client(format!(
            "Invalid setting for container '{name}'. 'memory' must be at least 6."
        )));
    }
    if let (Some(hard), Some(soft)) = (hard, soft)
        && soft > hard
    {
        return Err(client(format!(
            "Invalid setting for container '{name}'. 'memory' must be greater than or equal to 'memoryReservation'."
        )));
    }
    if let (Some(hard), Some(task)) = (hard.or(soft), task)
        && hard > task
    {
        return Err(client(format!(
            "Invalid setting for container '{name}'. The container 'memory' cannot be greater than the value of the task 'memory'."
        )));
    }
    Ok(())
}

fn ports(container: &Value, name: &str, network_mode: Option<&str>) -> Result<(), Fault> {
    for mapping in list(container, "portMappings") {
        let port = number(mapping, "containerPort");
        let ranged = text(mapping, "containerPortRange").is_some();
        if !ranged && !port.is_some_and(|port| (1..=65_535).contains(&port)) {
            return Err(client(format!(
                "Invalid 'containerPort' setting for container '{name}'."
            )));
        }
        let host = number(mapping, "hostPort");
        if host.is_some_and(|host| !(0..=65_535).contains(&host)) {
            return Err(client(format!(
                "Invalid 'hostPort' setting for container '{name}'."
            )));
        }
        if matches!(network_mode, Some("awsvpc" | "host"))
            && host.is_some()
            && host != Some(0)
            && host != port
        {
            let mode = network_mode.unwrap_or_default();
            return Err(client(format!(
                "When networkMode={mode}, the host ports and container ports in port mappings must match."
            )));
        }
        if !matches!(text(mapping, "protocol"), None | Some("tcp" | "udp")) {
            return Err(client(format!(
                "Invalid 'protocol' setting for container '{name}'."
            )));
        }
    }
    Ok(())
}

/// Checks the log configuration; true where it is CloudWatch's.
fn logs(container: &Value, name: &str, fargate: bool) -> Result<bool, Fault> {
    let Some(logs) = container
        .get("logConfiguration")
        .filter(|logs| !logs.is_null())
    else {
        return Ok(false);
    };
    let driver = text(logs, "logDriver").unwrap_or_default();
    if fargate && !["awslogs", "splunk", "awsfirelens"].contains(&driver) {
        return Err(client(format!(
            "Fargate supports only the log drivers awslogs, splunk and awsfirelens: container '{name}' uses '{driver}'."
        )));
    }
    if driver != "awslogs" {
        return Ok(false);
    }
    let options = logs.get("options").unwrap_or(&Value::Null);
    let mut missing = Vec::new();
    for option in ["awslogs-region", "awslogs-group"] {
        if named(options, option).is_none() {
            missing.push(option);
        }
    }
    if !missing.is_empty() {
        return Err(client(format!(
            "Log driver awslogs requires options: {}",
            missing.join(", ")
        )));
    }
    if fargate && named(options, "awslogs-stream-prefix").is_none() {
        return Err(client(
            "Log driver awslogs requires option 'awslogs-stream-prefix' for FARGATE tasks.",
        ));
    }
    Ok(true)
}

fn dependencies(containers: &[Value], names: &[&str]) -> Result<(), Fault> {
    for container in containers {
        for dependency in list(container, "dependsOn") {
            let on = text(dependency, "containerName").unwrap_or_default();
            if !names.contains(&on) {
                return Err(client(format!(
                    "Invalid task definition: the container '{on}' in dependsOn does not exist."
                )));
            }
            let essential = containers
                .iter()
                .find(|other| text(other, "name") == Some(on))
                .is_some_and(|other| {
                    other
                        .get("essential")
                        .and_then(Value::as_bool)
                        .unwrap_or(true)
                });
            let ends = matches!(text(dependency, "condition"), Some("SUCCESS" | "COMPLETE"));
            if ends && essential {
                return Err(client(
                    "A dependency container with SUCCESS or COMPLETE condition cannot be an essential container",
                ));
            }
        }
    }
    Ok(())
}

/// The containers with everything filled in that ECS fills in.
pub fn complete(containers: &[Value], network_mode: Option<&str>) -> Vec<Value> {
    containers
        .iter()
        .map(|container| complete_one(container, network_mode))
        .collect()
}

fn complete_one(container: &Value, network_mode: Option<&str>) -> Value {
    let mut complete = container.clone();
    let ports: Vec<Value> = list(container, "portMappings")
        .iter()
        .map(|mapping| {
            let mut mapping = mapping.clone();
            if number(&mapping, "hostPort").is_none()
                && text(&mapping, "containerPortRange").is_none()
            {
                let host = if matches!(network_mode, Some("awsvpc" | "host")) {
                    mapping.get("containerPort").cloned().unwrap_or(json!(0))
                } else {
                    json!(0)
                };
                put(&mut mapping, "hostPort", Some(host));
            }
            if text(&mapping, "protocol").is_none() {
                put(&mut mapping, "protocol", Some(json!("tcp")));
            }
            mapping
        })
        .collect();
    put(&mut complete, "portMappings", Some(Value::Array(ports)));
    let defaults = [
        ("cpu", json!(0)),
        ("essential", json!(true)),
        ("environment", json!([])),
        ("mountPoints", json!([])),
        ("volumesFrom", json!([])),
        ("systemControls", json!([])),
    ];
    for (field, default) in defaults {
        if complete.get(field).is_none_or(Value::is_null) {
            put(&mut complete, field, Some(default));
        }
    }
    complete
}
