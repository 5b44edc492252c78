//! Roles and connections that a call hands to a service: the caller must be allowed to pass them.
//!
//! Source: IAM User Guide, "Grant a user permissions to pass a role to an AWS service"; Developer Tools
//! console User Guide, "Permissions reference for AWS CodeConnections".

use serde_json::Value;

use super::Ask;
use crate::sandbox::page;
use crate::sandbox::service::Call;
use crate::sandbox::services::codebuild::project::project_arn;
use crate::sandbox::services::codepipeline::pipeline_arn;
use crate::sandbox::services::eventbridge;
use crate::sandbox::world::World;

/// What a call passes.
pub fn passes(world: &World, service: &str, operation: &str, call: &Call) -> Vec<Ask> {
    match (service, operation) {
        ("codepipeline", "CreatePipeline" | "UpdatePipeline") => of_pipeline(call),
        ("codebuild", "CreateProject" | "UpdateProject") => {
            let project = call.text("name").unwrap_or("*");
            let project = project_arn(&call.region, &call.caller.account, project);
            let role = call.text("serviceRole");
            role.and_then(|role| pass(call, role, "codebuild.amazonaws.com", &project))
                .into_iter()
                .collect()
        }
        ("codebuild", "StartBuild" | "StartBuildBatch") => {
            let project = call.text("projectName").unwrap_or("*");
            let project = project_arn(&call.region, &call.caller.account, project);
            let role = call.text("serviceRoleOverride");
            role.and_then(|role| pass(call, role, "codebuild.amazonaws.com", &project))
                .into_iter()
                .collect()
        }
        ("events", "PutTargets") => {
            let rule = rule(call, "Rule");
            call.list("Targets")
                .iter()
                .filter_map(|target| target.get("RoleArn").and_then(Value::as_str))
                .filter_map(|role| pass(call, role, "events.amazonaws.com", &rule))
                .collect()
        }
        ("events", "PutRule") => {
            let rule = rule(call, "Name");
            let role = call.text("RoleArn");
            role.and_then(|role| pass(call, role, "events.amazonaws.com", &rule))
                .into_iter()
                .collect()
        }
        ("codedeploy", "CreateDeploymentGroup" | "UpdateDeploymentGroup") => {
            let application = call.text("applicationName").unwrap_or("*");
            let group = call
                .text("deploymentGroupName")
                .or_else(|| call.text("currentDeploymentGroupName"))
                .unwrap_or("*");
            let group = own(
                call,
                "codedeploy",
                &format!("deploymentgroup:{application}/{group}"),
            );
            let role = call.text("serviceRoleArn");
            role.and_then(|role| pass(call, role, "codedeploy.amazonaws.com", &group))
                .into_iter()
                .collect()
        }
        ("ecs", _) => of_ecs(world, operation, call),
        _ => Vec::new(),
    }
}

fn own(call: &Call, service: &str, resource: &str) -> String {
    page::arn(service, &call.region, &call.caller.account, resource)
}

fn rule(call: &Call, member: &str) -> String {
    let rule = call.text(member).unwrap_or("*");
    let bus = call
        .text("EventBusName")
        .unwrap_or(eventbridge::DEFAULT_BUS);
    let bus = bus.rsplit("event-bus/").next().unwrap_or(bus);
    eventbridge::rule_arn(&call.region, &call.caller.account, bus, rule)
}

/// The right to pass a role of the caller's account. A role of another account, or what is no role, is
/// refused by the service itself.
fn pass(call: &Call, role: &str, to: &str, associated: &str) -> Option<Ask> {
    let account = &call.caller.account;
    let arn = if role.starts_with("arn:") {
        let rest = role.strip_prefix("arn:aws:iam::")?;
        let (owner, resource) = rest.split_once(':')?;
        if owner != account || !resource.starts_with("role/") {
            return None;
        }
        role.to_owned()
    } else if role.is_empty() {
        return None;
    } else {
        // ECS takes a role's name too.
        format!("arn:aws:iam::{account}:role/{role}")
    };
    Some(
        Ask::new("iam:PassRole", arn)
            .with("iam:PassedToService", to)
            .with("iam:AssociatedResourceArn", associated),
    )
}

/// The pipeline's own role, and the connections of its sources. Roles of actions are not passed: the
/// pipeline's role takes them on.
fn of_pipeline(call: &Call) -> Vec<Ask> {
    let Some(pipeline) = call.input.get("pipeline") else {
        return Vec::new();
    };
    let name = pipeline
        .get("name")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let arn = pipeline_arn(&call.region, &call.caller.account, name);
    let role = pipeline.get("roleArn").and_then(Value::as_str);
    let mut asks: Vec<Ask> = role
        .and_then(|role| pass(call, role, "codepipeline.amazonaws.com", &arn))
        .into_iter()
        .collect();
    let list = |value: &Value, member: &str| -> Vec<Value> {
        let found = value.get(member).and_then(Value::as_array);
        found.cloned().unwrap_or_default()
    };
    for stage in list(pipeline, "stages") {
        for action in list(&stage, "actions") {
            let connection = action
                .get("configuration")
                .and_then(|configuration| configuration.get("ConnectionArn"))
                .and_then(Value::as_str);
            // The action has the prefix that the connection's ARN has.
            let prefix = connection
                .and_then(|arn| arn.split(':').nth(2))
                .filter(|prefix| matches!(*prefix, "codeconnections" | "codestar-connections"));
            if let (Some(connection), Some(prefix)) = (connection, prefix) {
                let ask = Ask::new(&format!("{prefix}:PassConnection"), connection).with(
                    &format!("{prefix}:PassedToService"),
                    "codepipeline.amazonaws.com",
                );
                if !asks.contains(&ask) {
                    asks.push(ask);
                }
            }
        }
    }
    asks
}

/// Task roles go to `ecs-tasks.amazonaws.com` when a task definition is registered, and again when tasks of
/// it are to run; roles of the service itself go to `ecs.amazonaws.com`.
///
/// Source: Amazon ECS Developer Guide, "IAM roles for Amazon ECS".
fn of_ecs(world: &World, operation: &str, call: &Call) -> Vec<Ask> {
    const TASKS: &str = "ecs-tasks.amazonaws.com";
    let mut asks: Vec<Ask> = Vec::new();
    let mut add = |role: Option<&Value>, to: &str, associated: &str| {
        let ask = role
            .and_then(Value::as_str)
            .and_then(|role| pass(call, role, to, associated));
        if let Some(ask) = ask
            && !asks.contains(&ask)
        {
            asks.push(ask);
        }
    };
    if operation == "RegisterTaskDefinition" {
        let family = call.text("family").unwrap_or("*");
        let definition = own(call, "ecs", &format!("task-definition/{family}:*"));
        for field in ["taskRoleArn", "executionRoleArn"] {
            add(call.input.get(field), TASKS, &definition);
        }
        return asks;
    }
    if !matches!(
        operation,
        "CreateService" | "UpdateService" | "CreateTaskSet" | "RunTask" | "StartTask"
    ) {
        return asks;
    }
    let cluster = call.text("cluster").unwrap_or("default");
    let cluster = cluster.rsplit('/').next().unwrap_or(cluster);
    let service = call
        .text("service")
        .or_else(|| call.text("serviceName"))
        .unwrap_or("*");
    let service = service.rsplit('/').next().unwrap_or(service);
    let service = own(call, "ecs", &format!("service/{cluster}/{service}"));
    add(call.input.get("role"), "ecs.amazonaws.com", &service);
    for balancer in call.list("loadBalancers") {
        let advanced = balancer.get("advancedConfiguration");
        let role = advanced.and_then(|it| it.get("roleArn"));
        add(role, "ecs.amazonaws.com", &service);
    }
    for volume in call.list("volumeConfigurations") {
        let managed = volume.get("managedEBSVolume");
        let role = managed.and_then(|it| it.get("roleArn"));
        add(role, "ecs.amazonaws.com", &service);
    }
    if let Some(definition) = call.text("taskDefinition") {
        let found = task_definition(world, call, definition);
        for field in ["taskRoleArn", "executionRoleArn"] {
            let role = found.and_then(|body| body.get(field));
            add(role, TASKS, &service);
        }
    }
    if let Some(overrides) = call.input.get("overrides") {
        for field in ["taskRoleArn", "executionRoleArn"] {
            add(overrides.get(field), TASKS, &service);
        }
    }
    asks
}

/// What was registered under an ARN, a `family:revision` or a family, whose newest active revision is
/// meant.
fn task_definition<'a>(world: &'a World, call: &Call, given: &str) -> Option<&'a Value> {
    let ecs = &world.regional_ref(&call.caller.account, &call.region)?.ecs;
    let name = given.rsplit('/').next().unwrap_or(given);
    let revision = match name.split_once(':') {
        Some((family, revision)) => {
            let revisions = &ecs.families.get(family)?.revisions;
            revisions.get(&revision.parse().ok()?)?
        }
        None => {
            let revisions = &ecs.families.get(name)?.revisions;
            revisions.values().rev().find(|it| it.status == "ACTIVE")?
        }
    };
    Some(&revision.body)
}
