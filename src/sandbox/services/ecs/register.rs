//! Registering a task definition: what ECS checks and what it completes.
//!
//! The texts are those that ECS is seen to answer; where none is known the sentence says what is wrong.
//! Source of the rules: Amazon ECS Developer Guide, "Task definition parameters".

use serde_json::{Value, json};

use super::containers::{self, Needs};
use super::fargate;
use super::state::{TaskDefinition, task_definition_arn};
use super::tags::read_tags;
use super::task_definitions::show;
use super::{client, named, state_mut};
use crate::sandbox::service::{Answer, Call, Fault};
use crate::sandbox::services::fields::{made_of, pick, put, role_account, text, texts};
use crate::sandbox::world::World;

const COMPATIBILITIES: [&str; 4] = ["EC2", "FARGATE", "EXTERNAL", "MANAGED_INSTANCES"];

/// `RegisterTaskDefinition`: always a new revision.
pub fn register(world: &mut World, call: &Call) -> Answer {
    let family = call.text("family").unwrap_or_default();
    if family.is_empty() {
        return Err(client("Family should not be blank."));
    }
    if !made_of(family, 1, 255, "-_") {
        return Err(client("Family contains invalid characters."));
    }
    let containers = call.list("containerDefinitions");
    if containers.is_empty() {
        return Err(client("Container list cannot be empty."));
    }
    let wanted = texts(call.list("requiresCompatibilities"));
    if let Some(unknown) = wanted
        .iter()
        .find(|kind| !COMPATIBILITIES.contains(&kind.as_str()))
    {
        return Err(client(format!("Unknown compatibility: {unknown}")));
    }
    let fargate = wanted.iter().any(|kind| kind == "FARGATE");
    let network_mode = network_mode(call, fargate)?;
    let (cpu, memory) = size(call, fargate)?;
    let needs = containers::check(containers, fargate, network_mode, cpu, memory)?;
    roles(call, fargate, &needs)?;
    let tags = read_tags(call.list("tags"))?;

    let body = body(call, &wanted, network_mode, cpu, memory, &needs);
    let (account, region) = (call.caller.account.clone(), call.region.clone());
    let state = state_mut(world, call);
    let versions = state.families.entry(family.to_owned()).or_default();
    versions.last += 1;
    let revision = versions.last;
    let definition = TaskDefinition {
        arn: task_definition_arn(&region, &account, family, revision),
        family: family.to_owned(),
        revision,
        status: "ACTIVE".to_owned(),
        body,
        registered_at: call.now,
        registered_by: call.caller.arn.clone(),
        tags,
        ..TaskDefinition::default()
    };
    let mut answer = json!({"taskDefinition": show(&definition)});
    let tags = (!definition.tags.0.is_empty()).then(|| definition.tags.list("key", "value"));
    put(&mut answer, "tags", tags);
    versions.revisions.insert(revision, definition);
    Ok(answer)
}

fn network_mode(call: &Call, fargate: bool) -> Result<Option<&str>, Fault> {
    let mode = call.text("networkMode");
    if fargate && mode != Some("awsvpc") {
        return Err(client(
            "Fargate only supports network mode \u{2018}awsvpc\u{2019}.",
        ));
    }
    match mode {
        None | Some("bridge" | "host" | "awsvpc" | "none") => Ok(mode),
        Some(_) => Err(client("Invalid network mode.")),
    }
}

const GUIDE: &str =
    "For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.";

/// The task's CPU units and MiB, where they are given.
fn size(call: &Call, fargate: bool) -> Result<(Option<i64>, Option<i64>), Fault> {
    let (cpu, memory) = (named(&call.input, "cpu"), named(&call.input, "memory"));
    if fargate && cpu.is_none() {
        return Err(client(
            "Fargate requires that 'cpu' be defined at the task level.",
        ));
    }
    if fargate && memory.is_none() {
        return Err(client(
            "Fargate requires that 'memory' be defined at the task level.",
        ));
    }
    let cpu = match cpu {
        Some(text) => Some(
            fargate::cpu_units(text)
                .filter(|units| {
                    !fargate || [256, 512, 1024, 2048, 4096, 8192, 16_384, 32_768].contains(units)
                })
                .ok_or_else(|| client(format!("Invalid 'cpu' setting for task. {GUIDE}")))?,
        ),
        None => None,
    };
    let memory = match memory {
        Some(text) => Some(
            fargate::memory_mib(text)
                .ok_or_else(|| client(format!("Invalid 'memory' setting for task. {GUIDE}")))?,
        ),
        None => None,
    };
    if let (true, Some(cpu), Some(memory)) = (fargate, cpu, memory)
        && !fargate::is_size(cpu, memory)
    {
        return Err(client("No Fargate configuration exists for given values."));
    }
    Ok((cpu, memory))
}

/// A role is named or given by ARN, and belongs to the account that registers.
fn roles(call: &Call, fargate: bool, needs: &Needs) -> Result<(), Fault> {
    for field in ["executionRoleArn", "taskRoleArn"] {
        let Some(role) = named(&call.input, field) else {
            continue;
        };
        if role.starts_with("arn:") {
            match role_account(role) {
                None => return Err(client("Role is not valid")),
                Some(account) if account != call.caller.account => {
                    return Err(Fault::new(
                        "AccessDeniedException",
                        "Cross-account pass role is not allowed.",
                    ));
                }
                Some(_) => {}
            }
        } else if !made_of(role, 1, 576, "+=,.@_-/") {
            return Err(client("Role is not valid"));
        }
    }
    if named(&call.input, "executionRoleArn").is_some() {
        return Ok(());
    }
    if needs.secrets {
        return Err(client(
            "When you are specifying container secrets, you must also specify a value for 'executionRoleArn'.",
        ));
    }
    if fargate && needs.ecr {
        return Err(client(
            "Fargate requires task definition to have execution role ARN to support ECR images.",
        ));
    }
    if fargate && needs.awslogs {
        return Err(client(
            "Fargate requires task definition to have execution role ARN to support log driver awslogs.",
        ));
    }
    if fargate && needs.private_registry {
        return Err(client(
            "Fargate requires task definition to have execution role ARN to support private registry authentication.",
        ));
    }
    Ok(())
}

/// What is kept of the request, with everything filled in that ECS fills in.
fn body(
    call: &Call,
    wanted: &[String],
    network_mode: Option<&str>,
    cpu: Option<i64>,
    memory: Option<i64>,
    needs: &Needs,
) -> Value {
    let mut body = json!({
        "containerDefinitions": containers::complete(call.list("containerDefinitions"), network_mode),
    });
    for field in ["taskRoleArn", "executionRoleArn"] {
        let role = named(&call.input, field).map(|role| {
            if role.starts_with("arn:") {
                json!(role)
            } else {
                json!(format!(
                    "arn:aws:iam::{}:role/{}",
                    call.caller.account,
                    role.trim_start_matches('/')
                ))
            }
        });
        put(&mut body, field, role);
    }
    put(
        &mut body,
        "networkMode",
        network_mode.map(|mode| json!(mode)),
    );
    put(&mut body, "volumes", Some(json!(call.list("volumes"))));
    put(
        &mut body,
        "requiresAttributes",
        Some(attributes(call, network_mode, needs)),
    );
    put(
        &mut body,
        "placementConstraints",
        Some(json!(call.list("placementConstraints"))),
    );
    put(
        &mut body,
        "compatibilities",
        Some(json!(compatibilities(wanted, network_mode, cpu, memory))),
    );
    put(
        &mut body,
        "requiresCompatibilities",
        (!wanted.is_empty()).then(|| json!(wanted)),
    );
    put(&mut body, "cpu", cpu.map(|cpu| json!(cpu.to_string())));
    put(
        &mut body,
        "memory",
        memory.map(|memory| json!(memory.to_string())),
    );
    if let Some(map) = body.as_object_mut() {
        map.extend(pick(
            &call.input,
            &[
                "runtimePlatform",
                "inferenceAccelerators",
                "pidMode",
                "ipcMode",
                "proxyConfiguration",
                "ephemeralStorage",
                "enableFaultInjection",
            ],
        ));
    }
    body
}

/// Where it could run: everywhere on EC2, on Fargate where its network and size allow it.
fn compatibilities(
    wanted: &[String],
    network_mode: Option<&str>,
    cpu: Option<i64>,
    memory: Option<i64>,
) -> Vec<String> {
    let fits = network_mode == Some("awsvpc")
        && matches!((cpu, memory), (Some(cpu), Some(memory)) if fargate::is_size(cpu, memory));
    let mut found = vec!["EC2".to_owned()];
    if fits {
        found.push("FARGATE".to_owned());
    }
    for kind in wanted {
        if !found.contains(kind) {
            found.push(kind.clone());
        }
    }
    found
}

fn attributes(call: &Call, network_mode: Option<&str>, needs: &Needs) -> Value {
    let capability = |name: &str| json!({"name": format!("com.amazonaws.ecs.capability.{name}")});
    let plain = |name: &str| json!({"name": format!("ecs.capability.{name}")});
    let execution = text(&call.input, "executionRoleArn").is_some();
    let mut found = vec![capability("docker-remote-api.1.18")];
    if needs.awslogs {
        found.push(capability("logging-driver.awslogs"));
        found.push(plain("execution-role-awslogs"));
    }
    if needs.ecr {
        found.push(capability("ecr-auth"));
        if execution {
            found.push(plain("execution-role-ecr-pull"));
        }
    }
    if text(&call.input, "taskRoleArn").is_some() {
        found.push(capability("task-iam-role"));
    }
    if network_mode == Some("awsvpc") {
        found.push(plain("task-eni"));
    }
    Value::Array(found)
}
