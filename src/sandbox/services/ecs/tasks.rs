//! Running tasks.

use serde_json::{Value, json};

use super::clusters::bad_token;
use super::state::{EcsState, Task};
use super::{cluster, invalid, last_part, own_arn, service_not_found, state};
use crate::sandbox::service::{Answer, Call};
use crate::sandbox::services::fields::{
    list as list_in, page, page_size, put, seconds, text, texts,
};
use crate::sandbox::world::World;

/// `ListTasks`. Nothing here is ever pending or stopped, so only RUNNING has rows.
pub fn list(world: &mut World, call: &Call) -> Answer {
    let cluster = cluster(world, call)?.name.clone();
    let service = call.text("serviceName").map(last_part);
    let ecs = state(world, call);
    if let Some(name) = service
        && ecs.is_none_or(|ecs| ecs.service(&cluster, name).is_none())
    {
        return Err(service_not_found());
    }
    let status = call.text("desiredStatus").unwrap_or("RUNNING");
    if !["RUNNING", "PENDING", "STOPPED"].contains(&status) {
        return Err(invalid(format!("Invalid desired status: {status}")));
    }
    let family = call.text("family");
    let started_by = call.text("startedBy");
    let launch = call.text("launchType");
    let mut arns: Vec<Value> = Vec::new();
    if status == "RUNNING"
        && call.text("containerInstance").is_none()
        && launch.is_none_or(|kind| kind == "FARGATE")
        && let Some(ecs) = ecs
    {
        let in_family = |task: &Task| {
            family.is_none_or(|family| {
                last_part(&task.task_definition).split(':').next() == Some(family)
            })
        };
        arns.extend(
            ecs.tasks
                .values()
                .filter(|task| task.cluster == cluster)
                .filter(|task| service.is_none_or(|name| task.service == name))
                .filter(|task| in_family(task))
                .filter(|task| started_by.is_none_or(|by| task.owner == by))
                .map(|task| json!(task.arn)),
        );
    }
    let most = page_size(call, "maxResults", 100);
    let (rows, next) = page(arns, call.text("nextToken"), most).ok_or_else(bad_token)?;
    let mut answer = json!({"taskArns": rows});
    put(&mut answer, "nextToken", next.map(Value::String));
    Ok(answer)
}

/// `DescribeTasks`: what is not there is a failure, not a fault.
pub fn describe(world: &mut World, call: &Call) -> Answer {
    let wanted = texts(call.list("tasks"));
    if wanted.is_empty() {
        return Err(invalid("Tasks cannot be empty."));
    }
    if wanted.len() > 100 {
        return Err(invalid("Tasks cannot have more than 100 elements."));
    }
    let found_cluster = cluster(world, call)?;
    let (cluster, cluster_arn) = (found_cluster.name.clone(), found_cluster.arn.clone());
    let ecs = state(world, call);
    let mut tasks = Vec::new();
    let mut failures = Vec::new();
    for reference in &wanted {
        let id = last_part(reference);
        let found = ecs.and_then(|ecs| {
            let task = ecs.tasks.get(id).filter(|task| task.cluster == cluster)?;
            Some((ecs, task))
        });
        match found {
            Some((ecs, task)) => tasks.push(show(ecs, task, &cluster_arn)),
            None => failures.push(json!({
                "arn": own_arn(call, &format!("task/{cluster}/{id}")),
                "reason": "MISSING",
            })),
        }
    }
    Ok(json!({"tasks": tasks, "failures": failures}))
}

fn show(ecs: &EcsState, task: &Task, cluster_arn: &str) -> Value {
    let body = ecs
        .task_definition(&task.task_definition)
        .map(|definition| definition.body.clone())
        .unwrap_or_default();
    let attachment = format!(
        "{}-{}-4{}-8{}-{}",
        piece(&task.id, 0, 8),
        piece(&task.id, 8, 4),
        piece(&task.id, 13, 3),
        piece(&task.id, 17, 3),
        piece(&task.id, 20, 12)
    );
    let containers: Vec<Value> = list_in(&body, "containerDefinitions")
        .iter()
        .enumerate()
        .map(|(place, container)| {
            let mut shown = json!({
                "containerArn": format!("{}/{attachment}", task.arn.replacen(":task/", ":container/", 1)),
                "taskArn": task.arn,
                "name": text(container, "name"),
                "image": text(container, "image"),
                "runtimeId": format!("{}-{place}", task.id),
                "lastStatus": "RUNNING",
                "networkBindings": [],
                "networkInterfaces": [{"attachmentId": attachment, "privateIpv4Address": task.address}],
                "healthStatus": "UNKNOWN",
            });
            let cpu = container.get("cpu").map(|cpu| json!(cpu.to_string()));
            put(&mut shown, "cpu", cpu);
            put(&mut shown, "memory", container.get("memory").map(|memory| json!(memory.to_string())));
            shown
        })
        .collect();
    let started = seconds(task.started_at);
    json!({
        "attachments": [{
            "id": attachment,
            "type": "ElasticNetworkInterface",
            "status": "ATTACHED",
            "details": [
                {"name": "subnetId", "value": task.subnet},
                {"name": "networkInterfaceId", "value": format!("eni-0{}", piece(&task.id, 0, 16))},
                {"name": "privateIPv4Address", "value": task.address},
            ],
        }],
        "attributes": [{"name": "ecs.cpu-architecture", "value": "x86_64"}],
        "availabilityZone": task.zone,
        "clusterArn": cluster_arn,
        "connectivity": "CONNECTED",
        "connectivityAt": started,
        "containers": containers,
        "cpu": text(&body, "cpu"),
        "createdAt": started,
        "desiredStatus": "RUNNING",
        "enableExecuteCommand": false,
        "group": format!("service:{}", task.service),
        "healthStatus": "UNKNOWN",
        "inferenceAccelerators": [],
        "lastStatus": "RUNNING",
        "launchType": "FARGATE",
        "memory": text(&body, "memory"),
        "overrides": {"containerOverrides": [], "inferenceAcceleratorOverrides": []},
        "platformVersion": "1.4.0",
        "platformFamily": "Linux",
        "pullStartedAt": started,
        "pullStoppedAt": started,
        "startedAt": started,
        "startedBy": task.owner,
        "tags": [],
        "taskArn": task.arn,
        "taskDefinitionArn": task.task_definition,
        "version": 3,
        "ephemeralStorage": {"sizeInGiB": 20},
    })
}

fn piece(text: &str, from: usize, length: usize) -> &str {
    text.get(from..from + length).unwrap_or_default()
}
