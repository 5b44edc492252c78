//! Deployments that run: each has a moment at which it goes on, and a step that is done then, as the
//! deployment group's role.
//!
//! Source: AWS CodeDeploy User Guide, "Deployments on an Amazon ECS compute platform"; what a deployment
//! shows while it runs, is stopped and is rolled back was read in public records of real ones.

mod actor;
mod ending;
mod hooks;
mod install;
mod revision;
mod rollback;
mod steps;
mod traffic;

use serde_json::{Value, json};

use super::deployment::{Deployment, Step, events};
use super::state::Group;
use super::{appspec, configs, group_input};
use crate::policy::Principal;
use crate::sandbox::blobs::Blobs;
use crate::sandbox::service::Fault;
use crate::sandbox::services::acting::At;
use crate::sandbox::services::fields::{list, pick, text, texts};
use crate::sandbox::world::World;

pub use ending::stop;
pub use hooks::{event_of, execution_id};
pub use install::sets;
pub use steps::go_on_now;

/// How long a step takes that waits for nothing, in milliseconds.
const MOMENT: i64 = 1_000;

/// The moment at which any deployment goes on next, in milliseconds since 1970.
pub fn due(world: &World) -> Option<i64> {
    let regions = world.accounts.values().flat_map(|it| it.regions.values());
    regions
        .flat_map(|regional| regional.codedeploy.deployments.values())
        .filter_map(|deployment| deployment.due)
        .min()
}

/// Carries out all that is due up to a moment, in the order of time.
pub fn advance(world: &mut World, blobs: &Blobs, now: i64) {
    let mut moment = i64::MIN;
    // Each step leaves its deployment due later; the count is there for the worst.
    for _ in 0..100_000 {
        let Some(next) = due(world).filter(|next| *next <= now) else {
            return;
        };
        moment = moment.max(next);
        for (at, id) in places(world, moment) {
            steps::step(world, blobs, &at, &id);
        }
    }
}

fn places(world: &World, moment: i64) -> Vec<(At, String)> {
    let mut found = Vec::new();
    for (account, content) in &world.accounts {
        for (region, regional) in &content.regions {
            for deployment in regional.codedeploy.deployments.values() {
                if deployment.due.is_some_and(|due| due <= moment) {
                    let at = At {
                        account: account.clone(),
                        region: region.clone(),
                        now: moment,
                    };
                    found.push((at, deployment.id.clone()));
                }
            }
        }
    }
    found
}

/// A deployment by its id.
pub fn find<'w>(world: &'w World, account: &str, region: &str, id: &str) -> Option<&'w Deployment> {
    world
        .regional_ref(account, region)?
        .codedeploy
        .deployments
        .get(id)
}

fn put(world: &mut World, at: &At, deployment: Deployment) {
    world
        .regional(&at.account, &at.region)
        .codedeploy
        .deployments
        .insert(deployment.id.clone(), deployment);
}

/// A fresh id of a deployment.
fn fresh_id(world: &mut World) -> String {
    format!(
        "d-{}",
        world.ids.letters("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", 9)
    )
}

fn required(code: &str, message: &str) -> Fault {
    Fault::new(code, message)
}

/// Makes a deployment, as `CreateDeployment` does: whoever calls has been found to be allowed to. `input` is
/// the input of `CreateDeployment`. Answers the deployment's id.
///
/// # Errors
/// CodeDeploy's fault.
pub fn create(
    world: &mut World,
    caller: &Principal,
    account: &str,
    region: &str,
    now: i64,
    input: &Value,
) -> Result<String, Fault> {
    // Nobody but a user makes deployments this way; the principal is for the record of the future.
    let _ = caller;
    let at = At {
        account: account.to_owned(),
        region: region.to_owned(),
        now,
    };
    let mut made = read(world, &at, input)?;
    made.id = fresh_id(world);
    let id = made.id.clone();
    let sha = super::revisions::used(world, &at, &made);
    if let Some(sha) = sha {
        set_sha(&mut made.revision, &sha);
    }
    put(world, &at, made);
    Ok(id)
}

fn set_sha(revision: &mut Value, sha: &str) {
    for member in ["appSpecContent", "string"] {
        if let Some(content) = revision.get_mut(member).and_then(Value::as_object_mut) {
            content.insert("sha256".to_owned(), json!(sha));
        }
    }
}

/// Checks the input of `CreateDeployment`, and puts together what it asks for.
fn read(world: &World, at: &At, input: &Value) -> Result<Deployment, Fault> {
    let name = text(input, "applicationName")
        .filter(|name| !name.is_empty())
        .ok_or_else(|| {
            required(
                "ApplicationNameRequiredException",
                "The application name was not specified.",
            )
        })?;
    super::check_name(name, super::Named::Application)?;
    let state = world
        .regional_ref(&at.account, &at.region)
        .map(|regional| &regional.codedeploy);
    let application = state
        .and_then(|state| state.applications.get(name))
        .ok_or_else(|| super::no_application(name))?;
    let group_name = text(input, "deploymentGroupName")
        .filter(|name| !name.is_empty())
        .ok_or_else(|| {
            required(
                "DeploymentGroupNameRequiredException",
                "The deployment group name was not specified.",
            )
        })?;
    super::check_name(group_name, super::Named::Group)?;
    let group = application
        .groups
        .get(group_name)
        .ok_or_else(|| super::groups::no_group(group_name))?;
    let revision = super::revisions::read(
        input.get("revision").unwrap_or(&Value::Null),
        &application.platform,
    )?;
    let description = text(input, "description");
    if description.is_some_and(|it| it.chars().count() > 256) {
        return Err(required(
            "DescriptionTooLongException",
            "The description is too long.",
        ));
    }
    let config_name = text(input, "deploymentConfigName").unwrap_or(&group.config);
    super::check_name(config_name, super::Named::Config)?;
    let config = configs::predefined()
        .find(|config| config.name == config_name)
        .or_else(|| state?.configs.get(config_name).cloned())
        .ok_or_else(|| configs::no_config(config_name))?;
    super::groups::fits(&config, &application.platform)?;
    super::wiring::gradual(world, at, group, &config)?;
    group_input::rollback(member(input, "autoRollbackConfiguration"))?;
    group_input::alarms(member(input, "overrideAlarmConfiguration"))?;
    if let Some(behaviour) = text(input, "fileExistsBehavior")
        && !["DISALLOW", "OVERWRITE", "RETAIN"].contains(&behaviour)
    {
        return Err(required(
            "InvalidFileExistsBehaviorException",
            "An invalid fileExistsBehavior option was specified to determine how CodeDeploy handles files or directories that already exist in a deployment target location, but weren't part of the previous successful deployment. Valid values include \"DISALLOW,\" \"OVERWRITE,\" and \"RETAIN.\"",
        ));
    }
    let deployments = state
        .map(|state| state.deployments.values())
        .into_iter()
        .flatten();
    let of_group: Vec<&Deployment> = deployments
        .filter(|it| it.application == application.name && it.group == group.name)
        .collect();
    if let Some(active) = of_group.iter().find(|it| it.is_active()) {
        return Err(required(
            "DeploymentLimitExceededException",
            &format!(
                "The Deployment Group '{}' already has an active Deployment '{}'",
                group.name, active.id
            ),
        ));
    }
    let previous = of_group
        .iter()
        .filter(|it| it.status == "Succeeded")
        .max_by_key(|it| it.created_at)
        .map(|it| it.revision.clone());
    let own = |call: &str, of_group: &str| {
        let given = input.get(call).filter(|it| it.is_object());
        given.or_else(|| group.settings.get(of_group)).cloned()
    };
    let mut made = Deployment {
        application: application.name.clone(),
        platform: application.platform.clone(),
        config: config.name.clone(),
        routing: config.routing.clone().unwrap_or_default(),
        revision,
        previous,
        description: description.map(str::to_owned),
        creator: "user".to_owned(),
        rollback: own("autoRollbackConfiguration", "autoRollbackConfiguration").unwrap_or_default(),
        alarms: own("overrideAlarmConfiguration", "alarmConfiguration").unwrap_or_default(),
        ..of_group_now(world, at, group)
    };
    if let Some(settings) = made.settings.as_object_mut() {
        settings.extend(pick(
            input,
            &[
                "ignoreApplicationStopFailures",
                "updateOutdatedInstancesOnly",
                "fileExistsBehavior",
                "overrideAlarmConfiguration",
                "targetInstances",
            ],
        ));
    }
    Ok(made)
}

/// A deployment that is about to begin, with everything that its group says.
fn of_group_now(world: &World, at: &At, group: &Group) -> Deployment {
    let pair = group
        .settings
        .pointer("/loadBalancerInfo/targetGroupPairInfoList/0")
        .unwrap_or(&Value::Null);
    let route = |name: &str| texts(list(pair.get(name).unwrap_or(&Value::Null), "listenerArns"));
    let mut listeners = route("prodTrafficRoute");
    let test = route("testTrafficRoute");
    let with_test = !test.is_empty();
    listeners.extend(test);
    let (cluster, service) = group.ecs_service().unwrap_or_default();
    let fields = [
        "deploymentStyle",
        "blueGreenDeploymentConfiguration",
        "loadBalancerInfo",
    ];
    Deployment {
        group: group.name.clone(),
        role: group.role.clone(),
        status: "Created".to_owned(),
        created_at: at.now,
        updated_at: at.now,
        settings: Value::Object(pick(&group.settings, &fields)),
        events: events(with_test),
        step: Step::Begin,
        due: Some(world.after(at.now, MOMENT)),
        service: (cluster.to_owned(), service.to_owned()),
        listeners,
        ..Deployment::default()
    }
}

fn member<'v>(input: &'v Value, name: &str) -> &'v Value {
    input.get(name).unwrap_or(&Value::Null)
}

/// Whether an AppSpec's text is one.
pub(super) fn check_appspec(content: &str) -> Result<(), String> {
    appspec::read(content).map(|_| ())
}
