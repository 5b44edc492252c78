//! Changing a service: what each deployment controller lets ECS change.

use serde_json::{Value, json};

use super::rolling::{self, Cause};
use super::rollout::Rollout;
use super::service_checks::{self as checks, Launch};
use super::settle::settle;
use super::task_definitions::find;
use super::{describe as shown, invalid, service_key, service_not_found, state, state_mut};
use crate::sandbox::service::{Answer, Call, Fault};
use crate::sandbox::services::acting::At;
use crate::sandbox::services::ecs::EcsService;
use crate::sandbox::services::fields::list;
use crate::sandbox::world::World;

/// What a service under CodeDeploy gets changed by a deployment only: the member, and the words that
/// ECS uses for it. Source: the API model, `UpdateService`.
const BY_CODE_DEPLOY: [(&str, &str); 9] = [
    ("taskDefinition", "task definition"),
    ("networkConfiguration", "network parameters"),
    ("loadBalancers", "load balancers"),
    ("platformVersion", "platform version"),
    ("serviceRegistries", "service registries"),
    ("capacityProviderStrategy", "capacity provider strategy"),
    (
        "serviceConnectConfiguration",
        "service connect configuration",
    ),
    ("volumeConfigurations", "volume configurations"),
    ("vpcLatticeConfigurations", "VPC Lattice configurations"),
];

fn given<'a>(call: &'a Call, field: &str) -> Option<&'a Value> {
    call.input.get(field).filter(|value| !value.is_null())
}

fn allowed(call: &Call, service: &EcsService) -> Result<(), Fault> {
    match service.controller.as_str() {
        "CODE_DEPLOY" => {
            for (field, words) in BY_CODE_DEPLOY {
                if given(call, field).is_some() {
                    return Err(invalid(format!(
                        "Unable to update {words} on services with a CODE_DEPLOY deployment controller. Use AWS CodeDeploy to trigger a new deployment."
                    )));
                }
            }
            if call.flag("forceNewDeployment") == Some(true) {
                return Err(invalid(
                    "Cannot force a new deployment on services with a CODE_DEPLOY deployment controller. Use AWS CodeDeploy to trigger a new deployment.",
                ));
            }
            Ok(())
        }
        "EXTERNAL" => {
            for (field, words) in BY_CODE_DEPLOY {
                if given(call, field).is_some() {
                    return Err(invalid(format!(
                        "Unable to update {words} on services with a EXTERNAL deployment controller. Create a new task set instead."
                    )));
                }
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

/// `UpdateService`.
pub fn update(world: &mut World, call: &Call) -> Answer {
    let key = service_key(world, call)?;
    let mut service = state(world, call)
        .and_then(|state| state.services.get(&key))
        .ok_or_else(service_not_found)?
        .clone();
    if service.status != "ACTIVE" {
        return Err(Fault::new(
            "ServiceNotActiveException",
            "Service was not ACTIVE.",
        ));
    }
    let moved = change_controller(call, &mut service)?;
    if !moved {
        allowed(call, &service)?;
    }
    let scheduling = service
        .settings
        .get("schedulingStrategy")
        .and_then(Value::as_str)
        .unwrap_or("REPLICA")
        .to_owned();
    if let Some(count) = call.number("desiredCount") {
        if count < 0 {
            return Err(invalid("desiredCount must be zero or greater."));
        }
        if scheduling == "DAEMON" {
            return Err(invalid(
                "The daemon scheduling strategy does not support a desired count.",
            ));
        }
        service.desired = count;
    }
    let mut settings = service.settings.as_object().cloned().unwrap_or_default();
    if let Some(changes) = given(call, "deploymentConfiguration").and_then(Value::as_object) {
        let complete = checks::deployment_configuration(call, &service.controller, &scheduling)?;
        let mut merged = settings
            .get("deploymentConfiguration")
            .and_then(Value::as_object)
            .cloned()
            .unwrap_or_default();
        for field in changes.keys() {
            if let Some(value) = complete.get(field) {
                merged.insert(field.clone(), value.clone());
            }
        }
        settings.insert("deploymentConfiguration".to_owned(), Value::Object(merged));
    }
    for field in [
        "placementConstraints",
        "placementStrategy",
        "enableExecuteCommand",
        "enableECSManagedTags",
        "propagateTags",
        "availabilityZoneRebalancing",
        "serviceRegistries",
    ] {
        if let Some(value) = given(call, field) {
            settings.insert(field.to_owned(), value.clone());
        }
    }
    if let Some(seconds) = call.number("healthCheckGracePeriodSeconds") {
        if service.load_balancers.is_empty() && service.controller != "EXTERNAL" {
            return Err(invalid(
                "Health check grace period is only valid for services configured to use load balancers",
            ));
        }
        settings.insert("healthCheckGracePeriodSeconds".to_owned(), json!(seconds));
    }
    service.settings = Value::Object(settings);
    if service.controller == "ECS" {
        by_ecs(world, call, &mut service, moved)?;
    }
    let ecs = state_mut(world, call);
    ecs.services.insert(key.clone(), service);
    settle(world, &At::of(call), &key);
    let ecs = state(world, call).ok_or_else(service_not_found)?;
    let service = ecs.services.get(&key).ok_or_else(service_not_found)?;
    Ok(json!({"service": shown::service(ecs, service, true)}))
}

/// A service can be moved from CodeDeploy or an external controller to ECS, and nowhere else. Source:
/// Amazon ECS Developer Guide, "Migrate from CodeDeploy to Amazon ECS blue/green deployments".
fn change_controller(call: &Call, service: &mut EcsService) -> Result<bool, Fault> {
    let Some(wanted) = call
        .input
        .pointer("/deploymentController/type")
        .and_then(Value::as_str)
    else {
        return Ok(false);
    };
    if wanted == service.controller {
        return Ok(false);
    }
    if wanted != "ECS" {
        return Err(invalid(format!(
            "Updating the deployment controller from {} to {wanted} is not supported. Create a new service instead.",
            service.controller
        )));
    }
    let primary = service
        .task_sets
        .iter()
        .find(|set| set.status == "PRIMARY")
        .cloned();
    if let Some(primary) = primary {
        service.task_definition = Some(primary.task_definition.clone());
        service.load_balancers.clone_from(&primary.load_balancers);
        service.launch_type.clone_from(&primary.launch_type);
        // Its tasks run on until those of the first deployment by ECS are there.
        service.rollouts = vec![Rollout {
            id: primary.id,
            status: "PRIMARY".to_owned(),
            task_definition: primary.task_definition,
            launch_type: primary.launch_type,
            load_balancers: primary.load_balancers,
            settings: primary.settings,
            created_at: primary.created_at,
            updated_at: call.now,
            state: "COMPLETED".to_owned(),
            ..Rollout::default()
        }];
    }
    service.controller = "ECS".to_owned();
    service.task_sets.clear();
    if let Some(settings) = service.settings.as_object_mut() {
        let configuration = checks::deployment_configuration(call, "ECS", "REPLICA")?;
        settings.insert("deploymentConfiguration".to_owned(), configuration);
    }
    Ok(true)
}

/// What ECS itself deploys: any of it begins a new deployment.
fn by_ecs(
    world: &mut World,
    call: &Call,
    service: &mut EcsService,
    moved: bool,
) -> Result<(), Fault> {
    let mut deploys = call.flag("forceNewDeployment") == Some(true) && !moved;
    let mut settings = service.settings.as_object().cloned().unwrap_or_default();
    let strategy = list(&service.settings, "capacityProviderStrategy").to_vec();
    let mut launch = Launch {
        kind: service.launch_type.clone(),
        strategy,
    };
    if given(call, "capacityProviderStrategy").is_some() {
        let cluster = super::cluster(world, call)?;
        launch = checks::launch(call, cluster)?;
        settings.insert(
            "capacityProviderStrategy".to_owned(),
            json!(launch.strategy),
        );
        service.launch_type.clone_from(&launch.kind);
        deploys = true;
    }
    let reference = call
        .text("taskDefinition")
        .map(str::to_owned)
        .or_else(|| service.task_definition.clone())
        .unwrap_or_default();
    if call.text("taskDefinition").is_none()
        && given(call, "loadBalancers").is_none()
        && given(call, "networkConfiguration").is_none()
    {
        if given(call, "platformVersion").is_some() {
            deploys = true;
        }
    } else {
        let definition =
            checks::task_definition(find(state(world, call), call, &reference)?, &launch)?;
        if given(call, "networkConfiguration").is_some()
            && let Some(network) = checks::network(call, &definition)?
        {
            deploys |= settings.get("networkConfiguration") != Some(&network);
            settings.insert("networkConfiguration".to_owned(), network);
        }
        let balancers = match given(call, "loadBalancers").and_then(Value::as_array) {
            Some(wanted) => {
                let balancers = checks::load_balancers(world, call, wanted, &definition)?;
                let configuration = settings
                    .get("deploymentConfiguration")
                    .cloned()
                    .unwrap_or_default();
                checks::native_blue_green(world, call, &configuration, &balancers)?;
                balancers
            }
            // What was there was checked when it came; only the containers may be others now.
            None => checks::unattached(world, call, &service.load_balancers, &definition)?,
        };
        deploys |= service.task_definition.as_deref() != Some(definition.arn.as_str())
            || service.load_balancers != balancers;
        service.task_definition = Some(definition.arn);
        service.load_balancers = balancers;
    }
    if let Some(version) = call.text("platformVersion") {
        settings.insert("platformVersion".to_owned(), json!(version));
    }
    service.settings = Value::Object(settings);
    if deploys || moved {
        rolling::begin(world, &At::of(call), service, Cause::Asked);
    }
    Ok(())
}
