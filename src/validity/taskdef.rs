//! Whether a task definition can be registered and started on Fargate.
//!
//! Sources: Amazon ECS Developer Guide, "Task definition differences for Fargate" and "Task
//! definition parameters"; the ECS API model, `RegisterTaskDefinition`; cfn-lint's Fargate rules.

use serde_json::Value;

use super::problem::{Code, Problem};

/// Fields of `DescribeTaskDefinition` that `RegisterTaskDefinition` does not take.
/// Source: the ECS API model.
const READ_ONLY: &[&str] = &[
    "taskDefinitionArn",
    "revision",
    "status",
    "requiresAttributes",
    "compatibilities",
    "registeredAt",
    "registeredBy",
    "deregisteredAt",
];

/// What Fargate has: CPU units, least memory (MiB), greatest memory, step.
/// Source: Amazon ECS Developer Guide, "Task size".
const FARGATE_SIZES: &[(u64, u64, u64, u64)] = &[
    (256, 512, 1024, 512),
    (256, 2048, 2048, 1),
    (512, 1024, 4096, 1024),
    (1024, 2048, 8192, 1024),
    (2048, 4096, 16_384, 1024),
    (4096, 8192, 30_720, 1024),
    (8192, 16_384, 61_440, 4096),
    (16_384, 32_768, 122_880, 8192),
    // The newest size comes in three: 60, 120 and 244 GB. Source: cfn-lint's rule E3047 only.
    (32_768, 61_440, 61_440, 1),
    (32_768, 122_880, 122_880, 1),
    (32_768, 249_856, 249_856, 1),
];

/// Whether Fargate has this combination.
pub fn fargate_has(cpu: u64, memory: u64) -> bool {
    FARGATE_SIZES.iter().any(|(units, least, greatest, step)| {
        *units == cpu
            && (*least..=*greatest).contains(&memory)
            && (memory - least).is_multiple_of(*step)
    })
}

/// Every problem of a task definition for Fargate: the input of `RegisterTaskDefinition`, where an
/// image may still be a placeholder such as `<IMAGE1_NAME>`.
pub fn check(taskdef: &Value) -> Vec<Problem> {
    let mut problems = Vec::new();
    if !taskdef.is_object() {
        problems.push(Problem::new(
            Code::ClientException,
            "",
            "a task definition is a JSON object",
        ));
        return problems;
    }
    family(taskdef, &mut problems);
    fargate(taskdef, &mut problems);
    read_only(taskdef, &mut problems);
    let containers = taskdef
        .get("containerDefinitions")
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default();
    if containers.is_empty() {
        refuse(
            &mut problems,
            "containerDefinitions",
            "Container list cannot be empty.",
        );
    } else if !containers.iter().any(essential) {
        refuse(
            &mut problems,
            "containerDefinitions",
            "A task definition must contain at least one essential container.",
        );
    }
    for (index, container) in containers.iter().enumerate() {
        self::container(
            container,
            &format!("containerDefinitions[{index}]"),
            &mut problems,
        );
    }
    execution_role(taskdef, containers, &mut problems);
    problems
}

fn refuse(problems: &mut Vec<Problem>, place: impl Into<String>, message: impl Into<String>) {
    problems.push(Problem::new(Code::ClientException, place, message));
}

fn text<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    value.get(name).and_then(Value::as_str)
}

/// `essential` is true where it is left out. Source: the ECS API model.
fn essential(container: &Value) -> bool {
    container
        .get("essential")
        .and_then(Value::as_bool)
        .unwrap_or(true)
}

fn family(taskdef: &Value, problems: &mut Vec<Problem>) {
    let family = text(taskdef, "family").unwrap_or_default();
    let legal = (1..=255).contains(&family.len())
        && family
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    if !legal {
        refuse(
            problems,
            "family",
            "Family must be between 1 and 255 characters long and contain only letters, numbers, hyphens and underscores.",
        );
    }
}

fn fargate(taskdef: &Value, problems: &mut Vec<Problem>) {
    let compatible = taskdef
        .get("requiresCompatibilities")
        .and_then(Value::as_array)
        .is_some_and(|list| list.iter().any(|it| it == "FARGATE"));
    if !compatible {
        refuse(
            problems,
            "requiresCompatibilities",
            "a task for Fargate names FARGATE here",
        );
    }
    if text(taskdef, "networkMode") != Some("awsvpc") {
        refuse(
            problems,
            "networkMode",
            "Fargate only supports network mode 'awsvpc'.",
        );
    }
    let size = |name: &str| match taskdef.get(name) {
        Some(Value::String(text)) => task_size(text),
        Some(Value::Number(number)) => number.as_u64(),
        _ => None,
    };
    match (size("cpu"), size("memory")) {
        (Some(cpu), Some(memory)) if fargate_has(cpu, memory) => {}
        (Some(_), Some(_)) => {
            refuse(
                problems,
                "cpu",
                "No Fargate configuration exists for given values.",
            );
        }
        (cpu, _) => {
            let name = if cpu.is_none() { "cpu" } else { "memory" };
            refuse(
                problems,
                name,
                format!("Fargate requires that '{name}' be defined at the task level."),
            );
        }
    }
}

/// `512`, `0.5 vCPU`, `1 GB`. Source: the ECS API model, `cpu` and `memory`.
fn task_size(text: &str) -> Option<u64> {
    let lower = text.trim().to_ascii_lowercase();
    let (number, unit) = match lower.find(|c: char| c.is_ascii_alphabetic()) {
        Some(at) => lower.split_at(at),
        None => (lower.as_str(), ""),
    };
    let number: f64 = number.trim().parse().ok()?;
    let units = if unit.is_empty() {
        number
    } else {
        number * 1024.0
    };
    let legal =
        matches!(unit, "" | "vcpu" | "gb") && units.fract() == 0.0 && (1.0..1e9).contains(&units);
    legal.then_some(units as u64)
}

fn read_only(taskdef: &Value, problems: &mut Vec<Problem>) {
    for name in READ_ONLY
        .iter()
        .filter(|name| taskdef.get(**name).is_some())
    {
        refuse(
            problems,
            *name,
            format!("'{name}' is in what AWS answers, not in what it takes: remove it"),
        );
    }
}

fn container(container: &Value, place: &str, problems: &mut Vec<Problem>) {
    if text(container, "name").is_none_or(str::is_empty) {
        refuse(
            problems,
            format!("{place}.name"),
            "Container.name should not be null or empty.",
        );
    }
    match text(container, "image") {
        None | Some("") => {
            refuse(
                problems,
                format!("{place}.image"),
                "Container.image should not be null or empty.",
            );
        }
        Some(image) => image_tag(image, place, problems),
    }
    if container.get("executionRoleArn").is_some() {
        refuse(
            problems,
            format!("{place}.executionRoleArn"),
            "'executionRoleArn' belongs to the task definition, next to 'family', not to a container",
        );
    }
    let ports = container.get("portMappings").and_then(Value::as_array);
    for (index, port) in ports.into_iter().flatten().enumerate() {
        let number = |name: &str| port.get(name).and_then(Value::as_u64);
        let at = format!("{place}.portMappings[{index}]");
        match (number("containerPort"), number("hostPort")) {
            (Some(1..=65_535), host) => {
                if host.is_some_and(|host| host != 0 && Some(host) != number("containerPort")) {
                    refuse(
                        problems,
                        format!("{at}.hostPort"),
                        "When networkMode=awsvpc, the host ports and container ports in port mappings must match.",
                    );
                }
            }
            _ => refuse(
                problems,
                format!("{at}.containerPort"),
                "a container port is a number from 1 to 65535",
            ),
        }
    }
    logs(container, place, problems);
}

fn image_tag(image: &str, place: &str, problems: &mut Vec<Problem>) {
    if image.starts_with('<') && image.ends_with('>') || image.contains('@') {
        return;
    }
    let tag = image
        .rsplit('/')
        .next()
        .and_then(|name| name.split_once(':'))
        .map(|(_, tag)| tag);
    if tag.is_none_or(|tag| tag == "latest") {
        problems.push(Problem::new(
            Code::FailsWhenRun,
            format!("{place}.image"),
            "the image has no tag of its own, so every revision looks the same and a roll-back restores nothing: write <IMAGE1_NAME>",
        ));
    }
}

fn logs(container: &Value, place: &str, problems: &mut Vec<Problem>) {
    let Some(logs) = container.get("logConfiguration").filter(|it| !it.is_null()) else {
        return;
    };
    let driver = text(logs, "logDriver").unwrap_or_default();
    if !["awslogs", "splunk", "awsfirelens"].contains(&driver) {
        refuse(
            problems,
            format!("{place}.logConfiguration.logDriver"),
            format!(
                "Fargate takes the log drivers awslogs, splunk and awsfirelens, not '{driver}'"
            ),
        );
    }
    if driver == "awslogs" {
        for option in ["awslogs-group", "awslogs-region", "awslogs-stream-prefix"] {
            if logs
                .get("options")
                .and_then(|it| text(it, option))
                .is_none_or(str::is_empty)
            {
                refuse(
                    problems,
                    format!("{place}.logConfiguration.options.{option}"),
                    format!("Log driver awslogs requires options: {option}"),
                );
            }
        }
    }
}

/// Pulling from ECR, sending logs and reading secrets is done with the execution role.
/// Source: Amazon ECS Developer Guide, "Amazon ECS task execution IAM role".
fn execution_role(taskdef: &Value, containers: &[Value], problems: &mut Vec<Problem>) {
    let given = text(taskdef, "executionRoleArn").is_some_and(|it| !it.is_empty());
    if given {
        return;
    }
    let needs = |container: &Value| {
        let image = text(container, "image").unwrap_or_default();
        let logs = container
            .get("logConfiguration")
            .and_then(|it| text(it, "logDriver"));
        let secrets = container
            .get("secrets")
            .and_then(Value::as_array)
            .is_some_and(|it| !it.is_empty());
        if image.contains(".dkr.ecr.") || image.starts_with('<') {
            Some("ECR images")
        } else if logs == Some("awslogs") {
            Some("log driver awslogs")
        } else if secrets {
            Some("secrets")
        } else {
            None
        }
    };
    if let Some(what) = containers.iter().find_map(needs) {
        refuse(
            problems,
            "executionRoleArn",
            format!(
                "Fargate requires task definition to have execution role ARN to support {what}."
            ),
        );
    }
}

#[cfg(test)]
mod tests;
