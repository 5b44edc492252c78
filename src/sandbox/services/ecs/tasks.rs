//! Running tasks.

use serde_json::{Value, json};

use super::clusters::bad_token;
use super::settle;
use super::state::{EcsState, Task};
use super::{cluster, invalid, last_part, own_arn, service_not_found, state};
use crate::sandbox::service::{Answer, Call};
use crate::sandbox::services::acting::At;
use crate::sandbox::services::fields::{
    list as list_in, page, page_size, put, seconds, text, texts,
};
use crate::sandbox::world::World;

/// `ListTasks`. The desired status is asked for: a task that is on its way has RUNNING, and nothing ever has
/// PENDING. Source: the API model, `ListTasksRequest.desiredStatus`.
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
    if status != "PENDING"
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
                .filter(|task| task.wanted() == (status == "RUNNING"))
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
            let name = text(container, "name").unwrap_or_default();
            let mut shown = json!({
                "containerArn": format!("{}/{attachment}", task.arn.replacen(":task/", ":container/", 1)),
                "taskArn": task.arn,
                "name": name,
                "image": text(container, "image"),
                "lastStatus": container_status(task),
                "networkInterfaces": [{"attachmentId": attachment, "privateIpv4Address": task.address}],
                "healthStatus": "UNKNOWN",
            });
            if task.started_at > 0 {
                put(&mut shown, "runtimeId", Some(json!(format!("{}-{place}", task.id))));
                put(&mut shown, "networkBindings", Some(json!([])));
            }
            put(&mut shown, "imageDigest", task.digests.get(name).map(|digest| json!(digest)));
            if task.stop_code.as_deref() == Some("TaskFailedToStart") {
                put(&mut shown, "reason", task.stop_reason.as_ref().map(|why| json!(why)));
            }
            let cpu = container.get("cpu").map(|cpu| json!(cpu.to_string()));
            put(&mut shown, "cpu", cpu);
            put(&mut shown, "memory", container.get("memory").map(|memory| json!(memory.to_string())));
            shown
        })
        .collect();
    let made = if task.created_at > 0 {
        task.created_at
    } else {
        task.started_at
    };
    let status = if task.status.is_empty() {
        "RUNNING"
    } else {
        task.status.as_str()
    };
    let attached = if task.stopped_at.is_some() {
        "DELETED"
    } else {
        "ATTACHED"
    };
    let architecture = body
        .pointer("/runtimePlatform/cpuArchitecture")
        .and_then(Value::as_str)
        .map_or(
            "x86_64",
            |kind| if kind == "ARM64" { "arm64" } else { "x86_64" },
        );
    let mut shown = json!({
        "attachments": [{
            "id": attachment,
            "type": "ElasticNetworkInterface",
            "status": attached,
            "details": [
                {"name": "subnetId", "value": task.subnet},
                {"name": "networkInterfaceId", "value": format!("eni-0{}", piece(&task.id, 0, 16))},
                {"name": "privateIPv4Address", "value": task.address},
            ],
        }],
        "attributes": [{"name": "ecs.cpu-architecture", "value": architecture}],
        "availabilityZone": task.zone,
        "clusterArn": cluster_arn,
        "connectivity": "CONNECTED",
        "connectivityAt": seconds(made),
        "containers": containers,
        "cpu": text(&body, "cpu"),
        "createdAt": seconds(made),
        "desiredStatus": if task.wanted() { "RUNNING" } else { "STOPPED" },
        "enableExecuteCommand": false,
        "group": format!("service:{}", task.service),
        "healthStatus": "UNKNOWN",
        "inferenceAccelerators": [],
        "lastStatus": status,
        "launchType": "FARGATE",
        "memory": text(&body, "memory"),
        "overrides": {"containerOverrides": [], "inferenceAcceleratorOverrides": []},
        "platformVersion": "1.4.0",
        "platformFamily": "Linux",
        "startedBy": task.owner,
        "tags": [],
        "taskArn": task.arn,
        "taskDefinitionArn": task.task_definition,
        "version": 3,
        "ephemeralStorage": {"sizeInGiB": 20},
    });
    let started = (task.started_at > 0).then_some(task.started_at);
    for (field, moment) in [
        ("pullStartedAt", task.pulled_at.or(started)),
        ("pullStoppedAt", started),
        ("startedAt", started),
        ("stoppingAt", task.stopping_at),
        (
            "executionStoppedAt",
            task.stopped_at.filter(|_| started.is_some()),
        ),
        ("stoppedAt", task.stopped_at),
    ] {
        put(&mut shown, field, moment.map(seconds));
    }
    put(
        &mut shown,
        "stopCode",
        task.stop_code.as_ref().map(|code| json!(code)),
    );
    put(
        &mut shown,
        "stoppedReason",
        task.stop_reason.as_ref().map(|why| json!(why)),
    );
    shown
}

fn container_status(task: &Task) -> &'static str {
    match task.status.as_str() {
        "" | "RUNNING" | "DEACTIVATING" if task.started_at > 0 => "RUNNING",
        "STOPPED" => "STOPPED",
        _ => "PENDING",
    }
}

/// `StopTask`. The service starts another one in its place.
pub fn stop(world: &mut World, call: &Call) -> Answer {
    let found = cluster(world, call)?;
    let (name, arn) = (found.name.clone(), found.arn.clone());
    let reference = call
        .text("task")
        .filter(|task| !task.is_empty())
        .ok_or_else(|| invalid("Task cannot be empty."))?;
    let id = last_part(reference).to_owned();
    let task = state(world, call)
        .and_then(|ecs| ecs.tasks.get(&id))
        .filter(|task| task.cluster == name)
        .cloned()
        .ok_or_else(|| invalid("The referenced task was not found."))?;
    let why = call.text("reason").unwrap_or("Task stopped by user");
    let at = At::of(call);
    let key = EcsState::service_key(&task.cluster, &task.service);
    if task.wanted() {
        settle::stop(world, &at, &key, std::slice::from_ref(&id), why);
        if let Some(task) = settle::ecs_mut(world, &at).tasks.get_mut(&id) {
            task.stop_code = Some("UserInitiated".to_owned());
        }
        settle::wake(world, &at, &key, at.now);
    }
    let ecs = state(world, call);
    let shown = ecs.and_then(|ecs| Some(show(ecs, ecs.tasks.get(&id)?, &arn)));
    Ok(json!({"task": shown}))
}

fn piece(text: &str, from: usize, length: usize) -> &str {
    text.get(from..from + length).unwrap_or_default()
}
