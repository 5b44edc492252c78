//! Task sets: what CodeDeploy and other controllers deploy with.

use serde_json::{Value, json};

use super::service_checks as checks;
use super::services::deployment_id;
use super::settle::settle;
use super::state::{EcsService, TaskSet};
use super::tags::read_tags;
use super::task_definitions::find;
use super::{
    cluster, describe as shown, invalid, named, own_arn, service_key, service_not_found, state,
    state_mut,
};
use crate::sandbox::service::{Answer, Call, Fault};
use crate::sandbox::services::acting::At;
use crate::sandbox::services::fields::{pick, texts};
use crate::sandbox::world::World;

/// The most task sets that a service has at once. Source: Amazon ECS service quotas, "Task sets per service".
const MOST: usize = 5;

fn service(world: &World, call: &Call) -> Result<(String, EcsService), Fault> {
    let key = service_key(world, call)?;
    let service = state(world, call)
        .and_then(|state| state.services.get(&key))
        .ok_or_else(service_not_found)?;
    if service.status != "ACTIVE" {
        return Err(Fault::new(
            "ServiceNotActiveException",
            "Service was not ACTIVE.",
        ));
    }
    if service.controller == "ECS" {
        return Err(invalid(
            "Amazon ECS only supports task set management on services configured to use external deployment controllers.",
        ));
    }
    Ok((key, service.clone()))
}

fn not_found() -> Fault {
    Fault::new(
        "TaskSetNotFoundException",
        "The specified task set does not exist.",
    )
}

/// Ids are written in full (`ecs-svc/123`), without the prefix, or as ARN.
fn is(set: &TaskSet, reference: &str) -> bool {
    set.arn == reference || set.id == reference || set.id.rsplit('/').next() == Some(reference)
}

fn scale(call: &Call) -> Result<Option<f64>, Fault> {
    let Some(scale) = call.input.get("scale").filter(|scale| !scale.is_null()) else {
        return Ok(None);
    };
    let value = scale.get("value").and_then(Value::as_f64).unwrap_or(0.0);
    if !(0.0..=100.0).contains(&value) {
        return Err(invalid("scale value must be between 0 and 100."));
    }
    if named(scale, "unit").is_some_and(|unit| unit != "PERCENT") {
        return Err(invalid("scale unit must be PERCENT."));
    }
    Ok(Some(value))
}

fn answer(world: &World, call: &Call, key: &str, reference: &str) -> Answer {
    let ecs = state(world, call).ok_or_else(service_not_found)?;
    let service = ecs.services.get(key).ok_or_else(service_not_found)?;
    let set = service
        .task_sets
        .iter()
        .find(|set| is(set, reference))
        .ok_or_else(not_found)?;
    Ok(json!({"taskSet": shown::task_set(ecs, service, set, true)}))
}

/// `CreateTaskSet`.
pub fn create(world: &mut World, call: &Call) -> Answer {
    let (key, service) = service(world, call)?;
    checks::linked_role(world, call)?;
    if service.task_sets.len() >= MOST {
        return Err(invalid(format!(
            "{} deployments exist on the service. Unable to create new TaskSet since this exceeds the maximum limit.",
            service.task_sets.len()
        )));
    }
    let reference = call
        .text("taskDefinition")
        .filter(|reference| !reference.is_empty())
        .ok_or_else(|| invalid("TaskDefinition can not be blank."))?;
    let launch = checks::launch(call, cluster(world, call)?)?;
    let definition = checks::task_definition(find(state(world, call), call, reference)?, &launch)?;
    let network = checks::network(call, &definition)?;
    let given = call.list("loadBalancers");
    let balancers = if service.controller == "CODE_DEPLOY" {
        checks::unattached(world, call, given, &definition)?
    } else {
        checks::load_balancers(world, call, given, &definition)?
    };
    let scale = scale(call)?.unwrap_or(100.0);
    let tags = read_tags(call.list("tags"))?;
    let id = deployment_id(world);
    let mut settings = pick(&call.input, &["serviceRegistries"]);
    if let Some(network) = network {
        settings.insert("networkConfiguration".to_owned(), network);
    }
    if launch.is_fargate() {
        let version = call.text("platformVersion").unwrap_or("LATEST");
        let resolved = if version == "LATEST" {
            "1.4.0"
        } else {
            version
        };
        settings.insert("platformVersion".to_owned(), json!(resolved));
        settings.insert("platformFamily".to_owned(), json!("Linux"));
    }
    if !launch.strategy.is_empty() {
        settings.insert(
            "capacityProviderStrategy".to_owned(),
            json!(launch.strategy),
        );
    }
    let external_id = call.text("externalId").map(str::to_owned);
    let set = TaskSet {
        arn: own_arn(
            call,
            &format!("task-set/{}/{}/{id}", service.cluster, service.name),
        ),
        id: id.clone(),
        status: "ACTIVE".to_owned(),
        started_by: (service.controller == "CODE_DEPLOY").then(|| "CODE_DEPLOY".to_owned()),
        external_id,
        task_definition: definition.arn,
        scale,
        launch_type: launch.kind,
        load_balancers: balancers,
        settings: Value::Object(settings),
        created_at: call.now,
        updated_at: call.now,
        tags,
        ..TaskSet::default()
    };
    if let Some(service) = state_mut(world, call).services.get_mut(&key) {
        service.task_sets.push(set);
    }
    let made = answer(world, call, &key, &id)?;
    settle(world, &At::of(call), &key);
    Ok(made)
}

/// `DescribeTaskSets`: what is not there is a failure, not a fault.
pub fn describe(world: &mut World, call: &Call) -> Answer {
    let (_, service) = service(world, call)?;
    let wanted = texts(call.list("taskSets"));
    let tags = texts(call.list("include"))
        .iter()
        .any(|what| what == "TAGS");
    let ecs = state(world, call).ok_or_else(service_not_found)?;
    let mut sets = Vec::new();
    let mut failures = Vec::new();
    if wanted.is_empty() {
        sets.extend(
            service
                .task_sets
                .iter()
                .map(|set| shown::task_set(ecs, &service, set, tags)),
        );
    }
    for reference in &wanted {
        match service.task_sets.iter().find(|set| is(set, reference)) {
            Some(set) => sets.push(shown::task_set(ecs, &service, set, tags)),
            None => {
                let id = reference.rsplit('/').next().unwrap_or_default();
                let arn = if reference.starts_with("arn:") {
                    reference.clone()
                } else {
                    own_arn(
                        call,
                        &format!("task-set/{}/{}/ecs-svc/{id}", service.cluster, service.name),
                    )
                };
                failures.push(json!({"arn": arn, "reason": "MISSING"}));
            }
        }
    }
    Ok(json!({"taskSets": sets, "failures": failures}))
}

fn wanted<'a>(call: &'a Call, field: &str, service: &EcsService) -> Result<&'a str, Fault> {
    let reference = call
        .text(field)
        .filter(|reference| !reference.is_empty())
        .ok_or_else(|| invalid(format!("{field} cannot be empty.")))?;
    if service.task_sets.iter().any(|set| is(set, reference)) {
        Ok(reference)
    } else {
        Err(not_found())
    }
}

/// `UpdateTaskSet`: its scale.
pub fn update(world: &mut World, call: &Call) -> Answer {
    let (key, service) = service(world, call)?;
    let reference = wanted(call, "taskSet", &service)?;
    let scale = scale(call)?.ok_or_else(|| invalid("scale cannot be empty."))?;
    let now = call.now;
    if let Some(service) = state_mut(world, call).services.get_mut(&key) {
        for set in service
            .task_sets
            .iter_mut()
            .filter(|set| is(set, reference))
        {
            set.scale = scale;
            set.updated_at = now;
        }
    }
    settle(world, &At::of(call), &key);
    answer(world, call, &key, reference)
}

/// `UpdateServicePrimaryTaskSet`: the service takes over what the set runs.
pub fn set_primary(world: &mut World, call: &Call) -> Answer {
    let (key, service) = service(world, call)?;
    let reference = wanted(call, "primaryTaskSet", &service)?;
    let now = call.now;
    if let Some(service) = state_mut(world, call).services.get_mut(&key) {
        for set in &mut service.task_sets {
            if is(set, reference) {
                set.status = "PRIMARY".to_owned();
                set.updated_at = now;
            } else if set.status == "PRIMARY" {
                set.status = "ACTIVE".to_owned();
                set.updated_at = now;
            }
        }
        if let Some(primary) = service
            .task_sets
            .iter()
            .find(|set| is(set, reference))
            .cloned()
        {
            service.task_definition = Some(primary.task_definition);
            service.load_balancers = primary.load_balancers;
            if service.controller == "EXTERNAL" {
                service.launch_type = primary.launch_type;
            }
            if let (Some(settings), Some(network)) = (
                service.settings.as_object_mut(),
                primary.settings.get("networkConfiguration"),
            ) {
                settings.insert("networkConfiguration".to_owned(), network.clone());
            }
        }
    }
    answer(world, call, &key, reference)
}

/// `DeleteTaskSet`: it is DRAINING until its tasks have stopped, and gone after that.
pub fn delete(world: &mut World, call: &Call) -> Answer {
    let (key, service) = service(world, call)?;
    let reference = wanted(call, "taskSet", &service)?;
    let force = call.flag("force").unwrap_or(false);
    let set = service
        .task_sets
        .iter()
        .find(|set| is(set, reference))
        .ok_or_else(not_found)?;
    if !force && set.status == "PRIMARY" {
        return Err(invalid(
            "The primary task set cannot be deleted. Make another task set primary, or use force.",
        ));
    }
    if !force && set.scale > 0.0 && service.desired > 0 {
        return Err(invalid(
            "The task set cannot be deleted while it is scaled above 0. Scale it to 0, or use force.",
        ));
    }
    if let Some(service) = state_mut(world, call).services.get_mut(&key) {
        for set in service
            .task_sets
            .iter_mut()
            .filter(|set| is(set, reference))
        {
            set.status = "DRAINING".to_owned();
            set.scale = 0.0;
            set.updated_at = call.now;
        }
    }
    let draining = answer(world, call, &key, reference)?;
    settle(world, &At::of(call), &key);
    Ok(draining)
}
