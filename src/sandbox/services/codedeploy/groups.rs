//! Deployment groups.

use serde_json::{Value, json};

use super::applications::{bad_token, check_batch};
use super::configs::{self, Config, no_config};
use super::state::{Application, Group};
use super::tags::read_tags;
use super::{
    Named, application, check_name, ecs_group, group_input, name, no_application, state_mut, wiring,
};
use crate::sandbox::service::{Answer, Call, Fault};
use crate::sandbox::services::fields::{page, put, texts};
use crate::sandbox::world::World;

/// `DeploymentGroupDoesNotExistException`.
pub fn no_group(name: &str) -> Fault {
    Fault::new(
        "DeploymentGroupDoesNotExistException",
        format!("No Deployment Group found for name: {name}"),
    )
}

fn exists(name: &str) -> Fault {
    Fault::new(
        "DeploymentGroupAlreadyExistsException",
        format!("Deployment Group already exists with name: {name}"),
    )
}

/// The configuration of a group that names none. The API's default is `OneAtATime`, which is for
/// servers; groups on the other platforms made without one shift all traffic at once.
fn default_config(platform: &str) -> &'static str {
    match platform {
        "ECS" => "CodeDeployDefault.ECSAllAtOnce",
        "Lambda" => "CodeDeployDefault.LambdaAllAtOnce",
        _ => "CodeDeployDefault.OneAtATime",
    }
}

fn config(world: &World, call: &Call, platform: &str, name: &str) -> Result<Config, Fault> {
    check_name(name, Named::Config)?;
    let config = configs::find(world, call, name).ok_or_else(|| no_config(name))?;
    fits(&config, platform)?;
    Ok(config)
}

/// A configuration is for one compute platform.
pub fn fits(config: &Config, platform: &str) -> Result<(), Fault> {
    let name = &config.name;
    if config.platform == platform {
        Ok(())
    } else {
        Err(Fault::new(
            "InvalidDeploymentConfigNameException",
            format!(
                "Deployment configuration {name} is for the {} compute platform and cannot be used with an application of the {platform} compute platform.",
                config.platform
            ),
        ))
    }
}

/// Everything that is checked about a group, whether it is new or changed.
fn check(
    world: &World,
    call: &Call,
    application: &Application,
    group: &Group,
    before: Option<&str>,
) -> Result<(), Fault> {
    let config = config(world, call, &application.platform, &group.config)?;
    group_input::check(&group.settings)?;
    let wanted = match application.platform.as_str() {
        "ECS" => Some(ecs_group::read(&group.settings)?),
        _ => None,
    };
    wiring::role(world, call, &application.name, &group.name, &group.role)?;
    match wanted {
        Some(wanted) => {
            let but = before.map(|before| (application.name.as_str(), before));
            wiring::ecs(world, call, &wanted, (&group.role, &config), but)
        }
        None => Ok(()),
    }
}

/// `CreateDeploymentGroup`.
pub fn create(world: &mut World, call: &Call) -> Answer {
    name(call, "applicationName", Named::Application)?;
    let group_name = name(call, "deploymentGroupName", Named::Group)?;
    let role = call
        .text("serviceRoleArn")
        .filter(|role| !role.is_empty())
        .ok_or_else(|| Fault::new("RoleRequiredException", "The role ID was not specified."))?;
    let application = application(world, call)?;
    if application.groups.contains_key(group_name) {
        return Err(exists(group_name));
    }
    let config = call
        .text("deploymentConfigName")
        .unwrap_or_else(|| default_config(&application.platform));
    let mut group = Group {
        name: group_name.to_owned(),
        config: config.to_owned(),
        role: role.to_owned(),
        settings: group_input::merged(call, &json!({})),
        tags: read_tags(call.list("tags"))?,
        ..Group::default()
    };
    check(world, call, application, &group, None)?;
    let application = application.name.clone();
    group.id = world.ids.uuid();
    let id = group.id.clone();
    if let Some(application) = state_mut(world, call).applications.get_mut(&application) {
        application.groups.insert(group.name.clone(), group);
    }
    Ok(json!({"deploymentGroupId": id}))
}

/// `GetDeploymentGroup`.
pub fn get(world: &mut World, call: &Call) -> Answer {
    name(call, "applicationName", Named::Application)?;
    let group = name(call, "deploymentGroupName", Named::Group)?;
    let application = application(world, call)?;
    let found = application
        .groups
        .get(group)
        .ok_or_else(|| no_group(group))?;
    Ok(json!({"deploymentGroupInfo": found.describe(application)}))
}

/// `BatchGetDeploymentGroups`: names that are not there are told in `errorMessage`.
pub fn batch_get(world: &mut World, call: &Call) -> Answer {
    let names = texts(call.list("deploymentGroupNames"));
    let application = application(world, call)?;
    check_batch(&names, Named::Group)?;
    let mut rows = Vec::new();
    let mut missing = Vec::new();
    for name in &names {
        match application.groups.get(name) {
            Some(group) => rows.push(group.describe(application)),
            None => missing.push(name.as_str()),
        }
    }
    let mut answer = json!({"deploymentGroupsInfo": rows});
    let message = format!("No Deployment Group found for name: {}", missing.join(", "));
    put(
        &mut answer,
        "errorMessage",
        (!missing.is_empty()).then(|| json!(message)),
    );
    Ok(answer)
}

/// `ListDeploymentGroups`.
pub fn list(world: &mut World, call: &Call) -> Answer {
    let application = application(world, call)?;
    let names: Vec<Value> = application.groups.keys().map(|name| json!(name)).collect();
    let (rows, next) = page(names, call.text("nextToken"), 100).ok_or_else(bad_token)?;
    let mut answer = json!({"applicationName": application.name, "deploymentGroups": rows});
    put(&mut answer, "nextToken", next.map(Value::String));
    Ok(answer)
}

/// `UpdateDeploymentGroup`: what is given replaces what was there, and the whole is checked again.
pub fn update(world: &mut World, call: &Call) -> Answer {
    name(call, "applicationName", Named::Application)?;
    let current = name(call, "currentDeploymentGroupName", Named::Group)?;
    let application = application(world, call)?;
    let before = application
        .groups
        .get(current)
        .ok_or_else(|| no_group(current))?;
    let mut group = before.clone();
    if let Some(wanted) = call.text("newDeploymentGroupName") {
        check_name(wanted, Named::Group)?;
        if wanted != current && application.groups.contains_key(wanted) {
            return Err(exists(wanted));
        }
        group.name = wanted.to_owned();
    }
    if let Some(config) = call.text("deploymentConfigName") {
        group.config = config.to_owned();
    }
    if let Some(role) = call.text("serviceRoleArn") {
        group.role = role.to_owned();
    }
    group.settings = group_input::merged(call, &group.settings);
    check(world, call, application, &group, Some(current))?;
    let application = application.name.clone();
    let state = state_mut(world, call);
    let application = state
        .applications
        .get_mut(&application)
        .ok_or_else(|| no_application(&application))?;
    application.groups.remove(current);
    application.groups.insert(group.name.clone(), group);
    Ok(json!({"hooksNotCleanedUp": []}))
}

/// `DeleteDeploymentGroup`. One that is not there counts as deleted: the model knows no error for it.
pub fn delete(world: &mut World, call: &Call) -> Answer {
    let application = name(call, "applicationName", Named::Application)?;
    let group = name(call, "deploymentGroupName", Named::Group)?;
    let present =
        super::state(world, call).is_some_and(|state| state.applications.contains_key(application));
    if present && let Some(application) = state_mut(world, call).applications.get_mut(application) {
        application.groups.remove(group);
    }
    Ok(json!({"hooksNotCleanedUp": []}))
}
