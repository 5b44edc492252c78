//! AWS CodeDeploy: applications, deployment groups and deployment configurations.
//!
//! Deployment groups of ECS applications are checked against what is really there (service, target
//! groups, listener, role), as CodeDeploy does when it is asked to make one. Source of shapes and error
//! codes: the CodeDeploy API model, 2014-10-06.

mod applications;
mod appspec;
mod configs;
mod deployment;
mod deployments;
mod ecs_group;
pub mod engine;
mod group_input;
mod groups;
mod revisions;
mod state;
mod tags;
mod targets;
#[cfg(test)]
mod tests;
mod wiring;

use crate::sandbox::service::{Answer, Call, Effect, Fault, Operation, Protocol, Service};
use crate::sandbox::world::World;

pub use configs::{Config, predefined};
pub use deployment::{Deployment, Event, Step};
pub use revisions::Known;
pub use state::{Application, CodeDeployState, Group};

use super::fields::{arn, made_of};

/// The service's table.
pub static SERVICE: Service = Service {
    signing_name: "codedeploy",
    protocol: Protocol::Json {
        version: "1.1",
        target_prefix: "CodeDeploy_20141006",
    },
    operations: &[
        changes(
            "CreateApplication",
            "codedeploy:CreateApplication",
            of_application,
            applications::create,
        ),
        reads(
            "GetApplication",
            "codedeploy:GetApplication",
            of_application,
            applications::get,
        ),
        reads(
            "BatchGetApplications",
            "codedeploy:BatchGetApplications",
            of_application,
            applications::batch_get,
        ),
        reads(
            "ListApplications",
            "codedeploy:ListApplications",
            of_all_applications,
            applications::list,
        ),
        changes(
            "UpdateApplication",
            "codedeploy:UpdateApplication",
            of_application,
            applications::update,
        ),
        changes(
            "DeleteApplication",
            "codedeploy:DeleteApplication",
            of_application,
            applications::delete,
        ),
        changes(
            "CreateDeploymentGroup",
            "codedeploy:CreateDeploymentGroup",
            of_group,
            groups::create,
        ),
        reads(
            "GetDeploymentGroup",
            "codedeploy:GetDeploymentGroup",
            of_group,
            groups::get,
        ),
        reads(
            "BatchGetDeploymentGroups",
            "codedeploy:BatchGetDeploymentGroups",
            of_group,
            groups::batch_get,
        ),
        reads(
            "ListDeploymentGroups",
            "codedeploy:ListDeploymentGroups",
            of_group,
            groups::list,
        ),
        changes(
            "UpdateDeploymentGroup",
            "codedeploy:UpdateDeploymentGroup",
            of_group,
            groups::update,
        ),
        changes(
            "DeleteDeploymentGroup",
            "codedeploy:DeleteDeploymentGroup",
            of_group,
            groups::delete,
        ),
        changes(
            "CreateDeploymentConfig",
            "codedeploy:CreateDeploymentConfig",
            of_config,
            configs::create,
        ),
        reads(
            "GetDeploymentConfig",
            "codedeploy:GetDeploymentConfig",
            of_config,
            configs::get,
        ),
        reads(
            "ListDeploymentConfigs",
            "codedeploy:ListDeploymentConfigs",
            any,
            configs::list,
        ),
        changes(
            "DeleteDeploymentConfig",
            "codedeploy:DeleteDeploymentConfig",
            of_config,
            configs::delete,
        ),
        reads(
            "ListDeployments",
            "codedeploy:ListDeployments",
            of_group,
            deployments::list,
        ),
        reads(
            "GetDeployment",
            "codedeploy:GetDeployment",
            of_deployment,
            deployments::get,
        ),
        reads(
            "BatchGetDeployments",
            "codedeploy:BatchGetDeployments",
            of_group,
            deployments::batch_get,
        ),
        changes(
            "CreateDeployment",
            "codedeploy:CreateDeployment",
            of_group,
            deployments::create,
        ),
        changes(
            "StopDeployment",
            "codedeploy:StopDeployment",
            any,
            deployments::stop,
        ),
        changes(
            "ContinueDeployment",
            "codedeploy:ContinueDeployment",
            any,
            deployments::go_on,
        ),
        reads(
            "ListDeploymentTargets",
            "codedeploy:ListDeploymentTargets",
            any,
            targets::list,
        ),
        reads(
            "GetDeploymentTarget",
            "codedeploy:GetDeploymentTarget",
            any,
            targets::get,
        ),
        reads(
            "BatchGetDeploymentTargets",
            "codedeploy:BatchGetDeploymentTargets",
            any,
            targets::batch_get,
        ),
        changes(
            "PutLifecycleEventHookExecutionStatus",
            "codedeploy:PutLifecycleEventHookExecutionStatus",
            any,
            deployments::put_hook_status,
        ),
        changes(
            "RegisterApplicationRevision",
            "codedeploy:RegisterApplicationRevision",
            of_application,
            revisions::register,
        ),
        reads(
            "GetApplicationRevision",
            "codedeploy:GetApplicationRevision",
            of_application,
            revisions::get,
        ),
        reads(
            "BatchGetApplicationRevisions",
            "codedeploy:BatchGetApplicationRevisions",
            of_application,
            revisions::batch_get,
        ),
        reads(
            "ListApplicationRevisions",
            "codedeploy:ListApplicationRevisions",
            of_application,
            revisions::list,
        ),
        changes("TagResource", "codedeploy:TagResource", tagged, tags::tag),
        changes(
            "UntagResource",
            "codedeploy:UntagResource",
            tagged,
            tags::untag,
        ),
        reads(
            "ListTagsForResource",
            "codedeploy:ListTagsForResource",
            tagged,
            tags::list,
        ),
    ],
};

const fn changes(
    name: &'static str,
    action: &'static str,
    resource: fn(&World, &Call) -> String,
    run: fn(&mut World, &Call) -> Answer,
) -> Operation {
    Operation {
        name,
        action,
        effect: Effect::Changes,
        resource,
        run,
    }
}

const fn reads(
    name: &'static str,
    action: &'static str,
    resource: fn(&World, &Call) -> String,
    run: fn(&mut World, &Call) -> Answer,
) -> Operation {
    Operation {
        name,
        action,
        effect: Effect::Reads,
        resource,
        run,
    }
}

fn any(_: &World, _: &Call) -> String {
    "*".to_owned()
}

fn own_arn(call: &Call, resource: &str) -> String {
    arn("codedeploy", &call.region, &call.caller.account, resource)
}

fn first<'a>(call: &'a Call, one: &str, many: &str) -> &'a str {
    call.text(one)
        .or_else(|| call.list(many).first().and_then(|item| item.as_str()))
        .unwrap_or("*")
}

fn of_application(_: &World, call: &Call) -> String {
    own_arn(
        call,
        &format!(
            "application:{}",
            first(call, "applicationName", "applicationNames")
        ),
    )
}

fn of_all_applications(_: &World, call: &Call) -> String {
    own_arn(call, "application:*")
}

fn of_group(_: &World, call: &Call) -> String {
    let application = call.text("applicationName").unwrap_or("*");
    let group = call
        .text("currentDeploymentGroupName")
        .unwrap_or_else(|| first(call, "deploymentGroupName", "deploymentGroupNames"));
    own_arn(call, &format!("deploymentgroup:{application}/{group}"))
}

/// The group of a deployment that is named by its id. Operations that only watch or stop one have no
/// resource type.
fn of_deployment(world: &World, call: &Call) -> String {
    let found = call
        .text("deploymentId")
        .and_then(|id| state(world, call)?.deployments.get(id));
    match found {
        Some(deployment) => own_arn(
            call,
            &format!(
                "deploymentgroup:{}/{}",
                deployment.application, deployment.group
            ),
        ),
        None => own_arn(call, "deploymentgroup:*/*"),
    }
}

fn of_config(_: &World, call: &Call) -> String {
    own_arn(
        call,
        &format!(
            "deploymentconfig:{}",
            call.text("deploymentConfigName").unwrap_or("*")
        ),
    )
}

fn tagged(_: &World, call: &Call) -> String {
    call.text("ResourceArn").unwrap_or("*").to_owned()
}

/// What kind of thing a name names; each has its own codes.
#[derive(Debug, Clone, Copy)]
enum Named {
    Application,
    Group,
    Config,
}

impl Named {
    fn words(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Application => (
                "ApplicationNameRequiredException",
                "InvalidApplicationNameException",
                "application name",
            ),
            Self::Group => (
                "DeploymentGroupNameRequiredException",
                "InvalidDeploymentGroupNameException",
                "deployment group name",
            ),
            Self::Config => (
                "DeploymentConfigNameRequiredException",
                "InvalidDeploymentConfigNameException",
                "deployment configuration name",
            ),
        }
    }
}

/// A name that must be given: 1 to 100 letters, digits and `+ = , . @ - _`. Source: AWS CodeDeploy User
/// Guide, "CodeDeploy quotas".
fn name<'a>(call: &'a Call, field: &str, kind: Named) -> Result<&'a str, Fault> {
    let (required, _, words) = kind.words();
    let name = call
        .text(field)
        .filter(|name| !name.is_empty())
        .ok_or_else(|| Fault::new(required, format!("The {words} was not specified.")))?;
    check_name(name, kind)?;
    Ok(name)
}

fn check_name(name: &str, kind: Named) -> Result<(), Fault> {
    let (_, invalid, words) = kind.words();
    if made_of(name, 1, 100, "+=,.@-_") {
        Ok(())
    } else {
        Err(Fault::new(
            invalid,
            format!(
                "The {words} '{name}' is not valid: it can have 1 to 100 letters, digits and the characters + = , . @ - _"
            ),
        ))
    }
}

fn no_application(name: &str) -> Fault {
    Fault::new(
        "ApplicationDoesNotExistException",
        format!("No application found for name: {name}"),
    )
}

fn state<'w>(world: &'w World, call: &Call) -> Option<&'w CodeDeployState> {
    world
        .regional_ref(&call.caller.account, &call.region)
        .map(|regional| &regional.codedeploy)
}

fn state_mut<'w>(world: &'w mut World, call: &Call) -> &'w mut CodeDeployState {
    &mut world
        .regional(&call.caller.account, &call.region)
        .codedeploy
}

/// The application that the input names.
fn application<'w>(world: &'w World, call: &Call) -> Result<&'w Application, Fault> {
    let name = name(call, "applicationName", Named::Application)?;
    state(world, call)
        .and_then(|state| state.applications.get(name))
        .ok_or_else(|| no_application(name))
}
