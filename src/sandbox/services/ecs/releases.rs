//! Service deployments and service revisions: listed, described, stopped.

use serde_json::{Value, json};

use super::clusters::bad_token;
use super::owners::strategy;
use super::rolling::{self, breaker};
use super::rollout::{Release, Revision};
use super::settle::{service_mut, wake};
use super::state::{EcsService, EcsState};
use super::{describe, invalid, last_part, native, own, service_key, service_not_found, state};
use crate::sandbox::service::{Answer, Call, Fault};
use crate::sandbox::services::acting::At;
use crate::sandbox::services::fields::{
    list as list_in, page, page_size, pick, put, seconds, text, texts,
};
use crate::sandbox::world::World;

/// `ListServiceDeployments`, the newest first.
pub fn list(world: &mut World, call: &Call) -> Answer {
    let key = service_key(world, call)?;
    let service = state(world, call)
        .and_then(|state| state.services.get(&key))
        .ok_or_else(service_not_found)?;
    let wanted = texts(call.list("status"));
    let bound = |field: &str| {
        let time = call.input.get("createdAt")?.get(field)?;
        time.as_f64().map(|seconds| (seconds * 1000.0) as i64)
    };
    let (before, after) = (bound("before"), bound("after"));
    let rows: Vec<Value> = service
        .releases
        .iter()
        .filter(|it| wanted.is_empty() || wanted.contains(&it.status))
        .filter(|it| before.is_none_or(|before| it.created_at <= before))
        .filter(|it| after.is_none_or(|after| it.created_at >= after))
        .map(|release| brief(service, release))
        .collect();
    let most = page_size(call, "maxResults", 100);
    let (rows, next) = page(rows, call.text("nextToken"), most).ok_or_else(bad_token)?;
    let mut answer = json!({"serviceDeployments": rows});
    put(&mut answer, "nextToken", next.map(Value::String));
    Ok(answer)
}

fn brief(service: &EcsService, release: &Release) -> Value {
    let mut answer = json!({
        "serviceDeploymentArn": release.arn,
        "serviceArn": service.arn,
        "clusterArn": service.cluster_arn,
        "startedAt": seconds(release.created_at),
        "createdAt": seconds(release.created_at),
    });
    put(&mut answer, "finishedAt", release.finished_at.map(seconds));
    put(
        &mut answer,
        "targetServiceRevisionArn",
        Some(json!(release.target)),
    );
    put(&mut answer, "status", Some(json!(release.status)));
    let reason = release.reason.as_ref().map(|reason| json!(reason));
    put(&mut answer, "statusReason", reason);
    answer
}

fn find<'s>(ecs: &'s EcsState, arn: &str) -> Option<(&'s EcsService, &'s Release)> {
    ecs.services.values().find_map(|service| {
        let release = service.releases.iter().find(|it| it.arn == arn)?;
        Some((service, release))
    })
}

fn asked<'c>(call: &'c Call, field: &str) -> Result<Vec<&'c str>, Fault> {
    let arns: Vec<&str> = call.list(field).iter().filter_map(Value::as_str).collect();
    if arns.is_empty() {
        return Err(invalid(format!("{field} cannot be empty.")));
    }
    if arns.len() > 20 {
        return Err(invalid(format!(
            "{field} cannot have more than 20 elements."
        )));
    }
    for arn in &arns {
        own(call, arn)?;
    }
    Ok(arns)
}

/// `DescribeServiceDeployments`: what is not there is a failure, not a fault.
pub fn describe_all(world: &mut World, call: &Call) -> Answer {
    let arns = asked(call, "serviceDeploymentArns")?;
    let ecs = state(world, call);
    let mut rows = Vec::new();
    let mut failures = Vec::new();
    for arn in arns {
        match ecs.and_then(|ecs| Some((ecs, find(ecs, arn)?))) {
            Some((ecs, (service, release))) => rows.push(whole(ecs, service, release)),
            None => failures.push(json!({"arn": arn, "reason": "MISSING"})),
        }
    }
    Ok(json!({"serviceDeployments": rows, "failures": failures}))
}

/// A revision within a service deployment: its tasks, and the traffic that it is to have.
fn summary(ecs: &EcsState, service: &EcsService, arn: &str, weights: Option<Value>) -> Value {
    let rollouts = || service.rollouts.iter().filter(|it| it.revision == arn);
    let tasks = |test: fn(&super::Task) -> bool| {
        ecs.tasks
            .values()
            .filter(|task| rollouts().any(|it| it.id == task.owner) && test(task))
            .count()
    };
    let requested = if rollouts().next().is_some() {
        service.desired
    } else {
        0
    };
    let mut answer = json!({
        "arn": arn,
        "requestedTaskCount": requested,
        "runningTaskCount": tasks(super::Task::runs),
        "pendingTaskCount": tasks(super::Task::pends),
    });
    if let (Some(map), Some(Value::Object(weights))) = (answer.as_object_mut(), weights) {
        map.extend(weights);
    }
    answer
}

fn whole(ecs: &EcsState, service: &EcsService, release: &Release) -> Value {
    let blue_green = release.stage.is_some();
    let new = blue_green.then(|| native::weights(release.production, release.test));
    let rest =
        blue_green.then(|| native::weights(100.0 - release.production, 100.0 - release.test));
    let mut answer = brief(service, release);
    if let Some(map) = answer.as_object_mut() {
        map.shift_remove("targetServiceRevisionArn");
    }
    let sources: Vec<Value> = release
        .source
        .iter()
        .map(|arn| summary(ecs, service, arn, rest.clone()))
        .collect();
    put(&mut answer, "stoppedAt", release.stopped_at.map(seconds));
    put(&mut answer, "updatedAt", Some(seconds(release.updated_at)));
    put(&mut answer, "sourceServiceRevisions", Some(json!(sources)));
    let target = summary(ecs, service, &release.target, new);
    put(&mut answer, "targetServiceRevision", Some(target));
    let stage = release.stage.as_ref().filter(|_| release.is_open());
    put(&mut answer, "lifecycleStage", stage.map(|it| json!(it)));
    put(
        &mut answer,
        "deploymentConfiguration",
        Some(release.configuration.clone()),
    );
    let rollback = release.rollback.as_ref().map(|(at, reason, revision)| {
        json!({"reason": reason, "startedAt": seconds(*at), "serviceRevisionArn": revision})
    });
    put(&mut answer, "rollback", rollback);
    put(
        &mut answer,
        "deploymentCircuitBreaker",
        Some(breaker(service, release)),
    );
    put(&mut answer, "alarms", alarms(release));
    answer
}

fn alarms(release: &Release) -> Option<Value> {
    let configured = release.configuration.get("alarms")?;
    let on = configured.get("enable").and_then(Value::as_bool) == Some(true);
    let status = match (on, release.triggered.is_empty(), release.is_open()) {
        (false, ..) => "DISABLED",
        (true, false, _) => "TRIGGERED",
        (true, true, true) => "MONITORING",
        (true, true, false) => "MONITORING_COMPLETE",
    };
    let mut answer = json!({
        "status": status,
        "alarmNames": texts(list_in(configured, "alarmNames")),
    });
    let triggered = (!release.triggered.is_empty()).then(|| json!(release.triggered));
    put(&mut answer, "triggeredAlarmNames", triggered);
    Some(answer)
}

/// `DescribeServiceRevisions`: what is not there is a failure, not a fault.
pub fn revisions(world: &mut World, call: &Call) -> Answer {
    let arns = asked(call, "serviceRevisionArns")?;
    let ecs = state(world, call);
    let mut rows = Vec::new();
    let mut failures = Vec::new();
    for arn in arns {
        let found = ecs.and_then(|ecs| {
            ecs.services.values().find_map(|service| {
                let revision = service.revisions.iter().find(|it| it.arn == arn)?;
                Some(revision_of(ecs, service, revision))
            })
        });
        match found {
            Some(row) => rows.push(row),
            None => failures.push(json!({"arn": arn, "reason": "MISSING"})),
        }
    }
    Ok(json!({"serviceRevisions": rows, "failures": failures}))
}

fn revision_of(ecs: &EcsState, service: &EcsService, revision: &Revision) -> Value {
    let mut answer = json!({
        "serviceRevisionArn": revision.arn,
        "serviceArn": service.arn,
        "clusterArn": service.cluster_arn,
        "taskDefinition": revision.task_definition,
        "loadBalancers": revision.load_balancers,
        "createdAt": seconds(revision.created_at),
    });
    let kind = revision.launch_type.as_ref().map(|kind| json!(kind));
    put(&mut answer, "launchType", kind);
    if let Some(map) = answer.as_object_mut() {
        map.extend(pick(
            &revision.settings,
            &[
                "capacityProviderStrategy",
                "platformFamily",
                "networkConfiguration",
                "serviceRegistries",
            ],
        ));
    }
    let version = describe::platform_version(&revision.settings);
    put(&mut answer, "platformVersion", version);
    let definition = ecs.task_definition(&revision.task_definition);
    let images: Vec<Value> = definition
        .map(|it| list_in(&it.body, "containerDefinitions"))
        .unwrap_or_default()
        .iter()
        .map(|container| json!({"containerName": text(container, "name"), "image": text(container, "image")}))
        .collect();
    put(&mut answer, "containerImages", Some(json!(images)));
    if strategy(service) != "ROLLING" {
        let resolved: Vec<Value> = revision
            .resolved
            .iter()
            .zip(&revision.load_balancers)
            .map(|(group, balancer)| {
                let rule = balancer.pointer("/advancedConfiguration/productionListenerRule");
                json!({"targetGroupArn": group, "productionListenerRule": rule})
            })
            .collect();
        put(
            &mut answer,
            "resolvedConfiguration",
            Some(json!({"loadBalancers": resolved})),
        );
    }
    answer
}

/// `StopServiceDeployment`: rolls back, or aborts where that is asked for.
pub fn stop(world: &mut World, call: &Call) -> Answer {
    let arn = call
        .text("serviceDeploymentArn")
        .filter(|arn| !arn.is_empty())
        .ok_or_else(|| invalid("serviceDeploymentArn cannot be empty."))?;
    own(call, arn)?;
    let kind = call.text("stopType").unwrap_or("ROLLBACK");
    if !["ABORT", "ROLLBACK"].contains(&kind) {
        return Err(invalid(format!("Invalid stop type: {kind}")));
    }
    let (service, release) = state(world, call)
        .and_then(|ecs| find(ecs, arn))
        .ok_or_else(|| {
            Fault::new(
                "ServiceDeploymentNotFoundException",
                "The specified service deployment was not found.",
            )
        })?;
    if release.status != "IN_PROGRESS" {
        return Err(Fault::new(
            "ConflictException",
            format!(
                "The service deployment cannot be stopped because it is in the {} state.",
                release.status
            ),
        ));
    }
    let key = EcsState::service_key(&service.cluster, last_part(&service.name));
    let at = At::of(call);
    let first = service.rollouts.len() < 2;
    if kind == "ROLLBACK" && first {
        return Err(invalid(
            "The service deployment cannot be rolled back: there is no earlier service revision.",
        ));
    }
    let why = "ECS deployment stopped by a user.";
    rolling::fail(
        world,
        &at,
        &key,
        why,
        "of a user-initiated stop",
        kind == "ROLLBACK",
    );
    if let Some(release) = service_mut(world, &at, &key).and_then(|it| it.releases.first_mut()) {
        release.stopped_at = Some(at.now);
    }
    wake(world, &at, &key, at.now);
    Ok(json!({"serviceDeploymentArn": arn}))
}
