//! Services: making, describing and deleting them.

use serde_json::{Map, Value, json};

use super::clusters::bad_token;
use super::rolling::{self, Cause};
use super::service_checks as checks;
use super::settle::settle;
use super::state::{EcsService, EcsState, TaskSet};
use super::tags::read_tags;
use super::task_definitions::find;
use super::{
    cluster, describe as shown, invalid, last_part, own, own_arn, service_key, service_not_found,
    state, state_mut,
};
use crate::sandbox::service::{Answer, Call, Fault};
use crate::sandbox::services::acting::At;
use crate::sandbox::services::fields::{made_of, page, page_size, pick, put, texts};
use crate::sandbox::world::World;

/// `CreateService`: a second call that says the same answers what is there.
pub fn create(world: &mut World, call: &Call) -> Answer {
    let name = call.text("serviceName").unwrap_or_default().to_owned();
    if !made_of(&name, 1, 255, "-_") {
        return Err(invalid("Service name must match ^[a-zA-Z0-9\\-_]{1,255}$."));
    }
    let token = call.text("clientToken").map(str::to_owned);
    if token
        .as_deref()
        .is_some_and(|token| token.len() > 36 || !token.bytes().all(|b| (33..=126).contains(&b)))
    {
        return Err(invalid(
            "clientToken can have at most 36 ASCII characters in the range of 33-126.",
        ));
    }
    let cluster = cluster(world, call)?.clone();
    checks::linked_role(world, call)?;
    let key = EcsState::service_key(&cluster.name, &name);
    let mut request = call.input.clone();
    if let Some(map) = request.as_object_mut() {
        map.shift_remove("clientToken");
    }
    if let Some(existing) =
        state(world, call).and_then(|state| Some((state, state.services.get(&key)?)))
        && existing.1.status == "ACTIVE"
    {
        let (state, existing) = existing;
        return if existing.request == request {
            Ok(json!({"service": shown::service(state, existing, true)}))
        } else {
            Err(invalid("Creation of service was not idempotent."))
        };
    }
    let service = read(world, call, &cluster, &name, token, request)?;
    state_mut(world, call).services.insert(key.clone(), service);
    // The answer is what holds before the first task has started.
    let mut answer = Value::Null;
    if let Some(state) = state(world, call)
        && let Some(service) = state.services.get(&key)
    {
        answer = shown::service(state, service, true);
    }
    settle(world, &At::of(call), &key);
    Ok(json!({"service": answer}))
}

fn read(
    world: &mut World,
    call: &Call,
    cluster: &super::Cluster,
    name: &str,
    client_token: Option<String>,
    request: Value,
) -> Result<EcsService, Fault> {
    let controller = call
        .input
        .pointer("/deploymentController/type")
        .and_then(Value::as_str)
        .unwrap_or("ECS");
    if !["ECS", "CODE_DEPLOY", "EXTERNAL"].contains(&controller) {
        return Err(invalid(format!(
            "Invalid deployment controller type: {controller}"
        )));
    }
    let scheduling = call.text("schedulingStrategy").unwrap_or("REPLICA");
    if !["REPLICA", "DAEMON"].contains(&scheduling) {
        return Err(invalid(format!(
            "Invalid scheduling strategy: {scheduling}"
        )));
    }
    let launch = checks::launch(call, cluster)?;
    if scheduling == "DAEMON" && launch.is_fargate() {
        return Err(invalid(
            "The daemon scheduling strategy is not supported with Fargate.",
        ));
    }
    let desired = desired(call, controller, scheduling)?;
    let configuration = checks::deployment_configuration(call, controller, scheduling)?;
    let tags = read_tags(call.list("tags"))?;
    let mut settings = passed_on(call);
    settings.insert("schedulingStrategy".to_owned(), json!(scheduling));
    settings.insert("deploymentConfiguration".to_owned(), configuration.clone());
    let mut service = EcsService {
        name: name.to_owned(),
        arn: own_arn(call, &format!("service/{}/{name}", cluster.name)),
        cluster: cluster.name.clone(),
        cluster_arn: cluster.arn.clone(),
        status: "ACTIVE".to_owned(),
        controller: controller.to_owned(),
        desired,
        created_at: call.now,
        created_by: creator(call),
        client_token,
        request,
        tags,
        deployment_settings: Value::Object(pick(
            &call.input,
            &[
                "serviceConnectConfiguration",
                "volumeConfigurations",
                "vpcLatticeConfigurations",
            ],
        )),
        ..EcsService::default()
    };
    if controller == "EXTERNAL" {
        // Everything else comes with the task sets.
        for field in [
            "taskDefinition",
            "loadBalancers",
            "networkConfiguration",
            "launchType",
            "platformVersion",
        ] {
            if call
                .input
                .get(field)
                .is_some_and(|value| !value.is_null() && *value != json!([]))
            {
                return Err(invalid(format!(
                    "{field} cannot be specified for a service that uses the EXTERNAL deployment controller. Specify it when you create a task set."
                )));
            }
        }
        service.settings = Value::Object(settings);
        return Ok(service);
    }
    if controller == "CODE_DEPLOY" {
        checks::under_code_deploy(call, scheduling)?;
    }
    let reference = call
        .text("taskDefinition")
        .filter(|reference| !reference.is_empty())
        .ok_or_else(|| invalid("TaskDefinition can not be blank."))?;
    let definition = checks::task_definition(find(state(world, call), call, reference)?, &launch)?;
    let network = checks::network(call, &definition)?;
    let balancers = checks::load_balancers(world, call, call.list("loadBalancers"), &definition)?;
    checks::native_blue_green(world, call, &configuration, &balancers)?;
    if let Some(network) = network {
        settings.insert("networkConfiguration".to_owned(), network);
    }
    if launch.is_fargate() {
        let version = call.text("platformVersion").unwrap_or("LATEST");
        if !["LATEST", "1.4.0", "1.3.0", "1.0.0"].contains(&version) {
            return Err(Fault::new(
                "PlatformUnknownException",
                "The specified platform version does not exist.",
            ));
        }
        settings.insert("platformVersion".to_owned(), json!(version));
        settings.insert("platformFamily".to_owned(), json!("Linux"));
    }
    if !launch.strategy.is_empty() {
        settings.insert(
            "capacityProviderStrategy".to_owned(),
            json!(launch.strategy),
        );
    }
    if balancers.is_empty()
        && call
            .number("healthCheckGracePeriodSeconds")
            .is_some_and(|seconds| seconds > 0)
    {
        return Err(invalid(
            "Health check grace period is only valid for services configured to use load balancers",
        ));
    }
    if !balancers.is_empty() {
        let seconds = call.number("healthCheckGracePeriodSeconds").unwrap_or(0);
        settings.insert("healthCheckGracePeriodSeconds".to_owned(), json!(seconds));
    }
    service.launch_type = launch.kind;
    service.task_definition = Some(definition.arn.clone());
    service.load_balancers = balancers;
    service.settings = Value::Object(settings);
    service.deployed_at = call.now;
    if controller == "ECS" {
        rolling::begin(world, &At::of(call), &mut service, Cause::Asked);
    } else {
        let id = deployment_id(world);
        let set = first_task_set(&service, id, call, definition.arn);
        service.task_sets.push(set);
    }
    Ok(service)
}

/// The task set that a service under CodeDeploy begins with.
fn first_task_set(
    service: &EcsService,
    id: String,
    call: &Call,
    task_definition: String,
) -> TaskSet {
    let mut settings = pick(
        &service.settings,
        &[
            "capacityProviderStrategy",
            "platformFamily",
            "networkConfiguration",
            "serviceRegistries",
        ],
    );
    if let Some(version) = service.settings.get("platformVersion") {
        let resolved = if version == "LATEST" {
            json!("1.4.0")
        } else {
            version.clone()
        };
        settings.insert("platformVersion".to_owned(), resolved);
    }
    TaskSet {
        arn: own_arn(
            call,
            &format!("task-set/{}/{}/{id}", service.cluster, service.name),
        ),
        id,
        status: "PRIMARY".to_owned(),
        task_definition,
        scale: 100.0,
        launch_type: service.launch_type.clone(),
        load_balancers: service.load_balancers.clone(),
        settings: Value::Object(settings),
        created_at: call.now,
        updated_at: call.now,
        ..TaskSet::default()
    }
}

/// An id as ECS gives deployments and task sets.
pub fn deployment_id(world: &mut World) -> String {
    format!(
        "ecs-svc/{}{}",
        world.ids.letters("123456789", 1),
        world.ids.letters("0123456789", 18)
    )
}

fn desired(call: &Call, controller: &str, scheduling: &str) -> Result<i64, Fault> {
    let given = call.number("desiredCount");
    match (scheduling, given) {
        ("DAEMON", Some(_)) => Err(invalid(
            "The daemon scheduling strategy does not support a desired count.",
        )),
        ("DAEMON", None) => Ok(0),
        (_, Some(count)) if count < 0 => Err(invalid("desiredCount must be zero or greater.")),
        (_, Some(count)) if count > 5000 => {
            Err(invalid("desiredCount cannot be greater than 5000."))
        }
        (_, Some(count)) => Ok(count),
        (_, None) if controller == "EXTERNAL" => Ok(0),
        (_, None) => Err(invalid(
            "desiredCount is required when schedulingStrategy is REPLICA.",
        )),
    }
}

/// The principal as services show it: the role of a session, not the session.
fn creator(call: &Call) -> String {
    call.caller.principal_arn.clone()
}

/// Members that the API takes and answers as they are, with their defaults.
fn passed_on(call: &Call) -> Map<String, Value> {
    let mut settings = pick(
        &call.input,
        &[
            "serviceRegistries",
            "placementConstraints",
            "placementStrategy",
        ],
    );
    for (field, default) in [
        ("enableECSManagedTags", json!(false)),
        ("propagateTags", json!("NONE")),
        ("enableExecuteCommand", json!(false)),
        ("availabilityZoneRebalancing", json!("DISABLED")),
    ] {
        let value = call
            .input
            .get(field)
            .filter(|value| !value.is_null())
            .cloned();
        settings.insert(field.to_owned(), value.unwrap_or(default));
    }
    settings
}

/// `DescribeServices`: at most ten; what is not there is a failure, not a fault.
pub fn describe(world: &mut World, call: &Call) -> Answer {
    let wanted = texts(call.list("services"));
    if wanted.is_empty() {
        return Err(invalid("Services cannot be empty."));
    }
    if wanted.len() > 10 {
        return Err(invalid("Services cannot have more than 10 elements."));
    }
    let cluster = cluster(world, call)?.name.clone();
    let tags = texts(call.list("include"))
        .iter()
        .any(|what| what == "TAGS");
    let ecs = state(world, call);
    let mut services = Vec::new();
    let mut failures = Vec::new();
    for reference in &wanted {
        let name = last_part(reference);
        let found = own(call, reference)
            .ok()
            .and(ecs)
            .and_then(|ecs| Some((ecs, ecs.service(&cluster, name)?)));
        match found {
            Some((ecs, service)) => services.push(shown::service(ecs, service, tags)),
            None => {
                let arn = if reference.starts_with("arn:") {
                    reference.clone()
                } else {
                    own_arn(call, &format!("service/{cluster}/{name}"))
                };
                failures.push(json!({"arn": arn, "reason": "MISSING"}));
            }
        }
    }
    Ok(json!({"services": services, "failures": failures}))
}

/// `ListServices`.
pub fn list(world: &mut World, call: &Call) -> Answer {
    let cluster = cluster(world, call)?.name.clone();
    let (launch, scheduling) = (call.text("launchType"), call.text("schedulingStrategy"));
    let arns: Vec<Value> = state(world, call)
        .map(|state| {
            state
                .services
                .values()
                .filter(|service| service.cluster == cluster && service.status == "ACTIVE")
                .filter(|service| {
                    launch.is_none_or(|kind| service.launch_type.as_deref() == Some(kind))
                })
                .filter(|service| {
                    scheduling.is_none_or(|kind| {
                        service
                            .settings
                            .get("schedulingStrategy")
                            .and_then(Value::as_str)
                            == Some(kind)
                    })
                })
                .map(|service| json!(service.arn))
                .collect()
        })
        .unwrap_or_default();
    // Ten rows where nothing is asked for. Source: the API model, `ListServicesRequest.maxResults`.
    let most = if call.number("maxResults").is_some() {
        page_size(call, "maxResults", 100)
    } else {
        10
    };
    let (rows, next) = page(arns, call.text("nextToken"), most).ok_or_else(bad_token)?;
    let mut answer = json!({"serviceArns": rows});
    put(&mut answer, "nextToken", next.map(Value::String));
    Ok(answer)
}

/// `DeleteService`: answered as DRAINING; its tasks are stopped and it stays to be described as INACTIVE.
pub fn delete(world: &mut World, call: &Call) -> Answer {
    let force = call.flag("force").unwrap_or(false);
    let key = service_key(world, call)?;
    let service = state(world, call)
        .and_then(|state| state.services.get(&key))
        .ok_or_else(service_not_found)?;
    if service.status != "ACTIVE" {
        return Err(service_not_found());
    }
    if !force && service.desired > 0 {
        return Err(invalid(
            "The service cannot be stopped while it is scaled above 0.",
        ));
    }
    if !force && service.controller == "EXTERNAL" && !service.task_sets.is_empty() {
        return Err(invalid(
            "The service cannot be stopped while it has task sets. Delete them, or use force.",
        ));
    }
    let state_now = state_mut(world, call);
    let Some(service) = state_now.services.get_mut(&key) else {
        return Err(service_not_found());
    };
    service.status = "DRAINING".to_owned();
    service.desired = 0;
    let draining = service.clone();
    let answer = json!({"service": shown::service(state_now, &draining, true)});
    if let Some(service) = state_now.services.get_mut(&key) {
        service.status = "INACTIVE".to_owned();
        service.deployment = None;
        service.task_sets.clear();
        service.rollouts.clear();
        rolling::close(
            service,
            &At::of(call),
            "STOPPED",
            Some("The service was deleted.".to_owned()),
        );
    }
    settle(world, &At::of(call), &key);
    Ok(answer)
}
