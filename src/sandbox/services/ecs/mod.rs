//! Amazon ECS: clusters, task definitions, services, task sets, and the tasks that run in them.
//!
//! Everything settles at once: a service that is asked for three Fargate tasks has three running when
//! it is next described. There are no container instances, so services of launch type EC2 run nothing
//! and say so in an event. Source of shapes and error codes: the ECS API model, 2014-11-13.

mod clusters;
mod containers;
mod describe;
pub mod engine;
mod fargate;
mod launch;
mod native;
mod news;
mod owners;
mod register;
mod releases;
mod rolling;
mod rollout;
mod service_checks;
mod services;
mod settle;
mod state;
mod tags;
mod task_definitions;
mod task_sets;
mod tasks;
#[cfg(test)]
mod tests;
mod update;

use crate::sandbox::service::{Answer, Call, Effect, Fault, Operation, Protocol, Service};
use crate::sandbox::world::World;

pub use rollout::{Release, Revision, Rollout};
pub use state::{Cluster, EcsService, EcsState, Family, Task, TaskDefinition, TaskSet};

use super::fields::{arn, text};

/// The service's table.
pub static SERVICE: Service = Service {
    signing_name: "ecs",
    protocol: Protocol::Json {
        version: "1.1",
        target_prefix: "AmazonEC2ContainerServiceV20141113",
    },
    operations: &[
        changes("CreateCluster", "ecs:CreateCluster", any, clusters::create),
        reads(
            "DescribeClusters",
            "ecs:DescribeClusters",
            of_cluster,
            clusters::describe,
        ),
        reads("ListClusters", "ecs:ListClusters", any, clusters::list),
        changes(
            "UpdateCluster",
            "ecs:UpdateCluster",
            of_cluster,
            clusters::update,
        ),
        changes(
            "UpdateClusterSettings",
            "ecs:UpdateClusterSettings",
            of_cluster,
            clusters::update,
        ),
        changes(
            "PutClusterCapacityProviders",
            "ecs:PutClusterCapacityProviders",
            of_cluster,
            clusters::put_capacity_providers,
        ),
        changes(
            "DeleteCluster",
            "ecs:DeleteCluster",
            of_cluster,
            clusters::delete,
        ),
        changes(
            "RegisterTaskDefinition",
            "ecs:RegisterTaskDefinition",
            any,
            register::register,
        ),
        reads(
            "DescribeTaskDefinition",
            "ecs:DescribeTaskDefinition",
            any,
            task_definitions::describe,
        ),
        reads(
            "ListTaskDefinitions",
            "ecs:ListTaskDefinitions",
            any,
            task_definitions::list,
        ),
        reads(
            "ListTaskDefinitionFamilies",
            "ecs:ListTaskDefinitionFamilies",
            any,
            task_definitions::list_families,
        ),
        changes(
            "DeregisterTaskDefinition",
            "ecs:DeregisterTaskDefinition",
            any,
            task_definitions::deregister,
        ),
        changes(
            "DeleteTaskDefinitions",
            "ecs:DeleteTaskDefinitions",
            of_task_definition,
            task_definitions::delete,
        ),
        changes(
            "CreateService",
            "ecs:CreateService",
            of_service,
            services::create,
        ),
        reads(
            "DescribeServices",
            "ecs:DescribeServices",
            of_service,
            services::describe,
        ),
        reads("ListServices", "ecs:ListServices", any, services::list),
        changes(
            "UpdateService",
            "ecs:UpdateService",
            of_service,
            update::update,
        ),
        changes(
            "DeleteService",
            "ecs:DeleteService",
            of_service,
            services::delete,
        ),
        changes(
            "CreateTaskSet",
            "ecs:CreateTaskSet",
            of_task_set,
            task_sets::create,
        ),
        reads(
            "DescribeTaskSets",
            "ecs:DescribeTaskSets",
            of_task_set,
            task_sets::describe,
        ),
        changes(
            "UpdateTaskSet",
            "ecs:UpdateTaskSet",
            of_task_set,
            task_sets::update,
        ),
        changes(
            "DeleteTaskSet",
            "ecs:DeleteTaskSet",
            of_task_set,
            task_sets::delete,
        ),
        changes(
            "UpdateServicePrimaryTaskSet",
            "ecs:UpdateServicePrimaryTaskSet",
            of_service,
            task_sets::set_primary,
        ),
        reads("ListTasks", "ecs:ListTasks", any, tasks::list),
        reads(
            "DescribeTasks",
            "ecs:DescribeTasks",
            of_task,
            tasks::describe,
        ),
        changes("StopTask", "ecs:StopTask", of_one_task, tasks::stop),
        reads(
            "ListServiceDeployments",
            "ecs:ListServiceDeployments",
            of_service,
            releases::list,
        ),
        reads(
            "DescribeServiceDeployments",
            "ecs:DescribeServiceDeployments",
            of_release,
            releases::describe_all,
        ),
        reads(
            "DescribeServiceRevisions",
            "ecs:DescribeServiceRevisions",
            of_revision,
            releases::revisions,
        ),
        changes(
            "StopServiceDeployment",
            "ecs:StopServiceDeployment",
            of_release,
            releases::stop,
        ),
        changes("TagResource", "ecs:TagResource", tagged, tags::tag),
        changes("UntagResource", "ecs:UntagResource", tagged, tags::untag),
        reads(
            "ListTagsForResource",
            "ecs:ListTagsForResource",
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
    arn("ecs", &call.region, &call.caller.account, resource)
}

fn first<'a>(call: &'a Call, one: &str, many: &str) -> Option<&'a str> {
    call.text(one)
        .or_else(|| call.list(many).first().and_then(|item| item.as_str()))
}

fn of_cluster(_: &World, call: &Call) -> String {
    let cluster = first(call, "cluster", "clusters").unwrap_or("default");
    own_arn(call, &format!("cluster/{}", last_part(cluster)))
}

fn of_service(_: &World, call: &Call) -> String {
    let service = first(call, "service", "services")
        .or_else(|| call.text("serviceName"))
        .unwrap_or("*");
    own_arn(
        call,
        &format!("service/{}/{}", cluster_name(call), last_part(service)),
    )
}

fn of_task_set(_: &World, call: &Call) -> String {
    let service = last_part(call.text("service").unwrap_or("*"));
    let set = first(call, "taskSet", "taskSets").unwrap_or("*");
    let id = set.rsplit('/').next().unwrap_or("*");
    own_arn(
        call,
        &format!("task-set/{}/{service}/ecs-svc/{id}", cluster_name(call)),
    )
}

fn of_task(_: &World, call: &Call) -> String {
    let task = call
        .list("tasks")
        .first()
        .and_then(|task| task.as_str())
        .unwrap_or("*");
    own_arn(
        call,
        &format!("task/{}/{}", cluster_name(call), last_part(task)),
    )
}

fn of_one_task(_: &World, call: &Call) -> String {
    let task = last_part(call.text("task").unwrap_or("*"));
    own_arn(call, &format!("task/{}/{task}", cluster_name(call)))
}

fn of_release(_: &World, call: &Call) -> String {
    first(call, "serviceDeploymentArn", "serviceDeploymentArns")
        .map_or_else(|| own_arn(call, "service-deployment/*/*/*"), str::to_owned)
}

fn of_revision(_: &World, call: &Call) -> String {
    first(call, "serviceRevisionArn", "serviceRevisionArns")
        .map_or_else(|| own_arn(call, "service-revision/*/*/*"), str::to_owned)
}

fn of_task_definition(_: &World, call: &Call) -> String {
    let first = call
        .list("taskDefinitions")
        .first()
        .and_then(|one| one.as_str())
        .unwrap_or("*");
    own_arn(call, &format!("task-definition/{}", last_part(first)))
}

fn tagged(_: &World, call: &Call) -> String {
    call.text("resourceArn").unwrap_or("*").to_owned()
}

/// A task set as `DescribeTaskSets` shows it, without its tags.
pub fn task_set(state: &EcsState, service: &EcsService, set: &TaskSet) -> serde_json::Value {
    describe::task_set(state, service, set, false)
}

/// What stands after the last slash: the name in an ARN, or the name itself.
fn last_part(text: &str) -> &str {
    text.rsplit('/').next().unwrap_or(text)
}

fn cluster_name(call: &Call) -> &str {
    last_part(call.text("cluster").unwrap_or("default"))
}

fn invalid(message: impl Into<String>) -> Fault {
    Fault::new("InvalidParameterException", message)
}

fn client(message: impl Into<String>) -> Fault {
    Fault::new("ClientException", message)
}

fn cluster_not_found() -> Fault {
    Fault::new("ClusterNotFoundException", "Cluster not found.")
}

fn service_not_found() -> Fault {
    Fault::new("ServiceNotFoundException", "Service not found.")
}

fn state<'w>(world: &'w World, call: &Call) -> Option<&'w EcsState> {
    world
        .regional_ref(&call.caller.account, &call.region)
        .map(|regional| &regional.ecs)
}

fn state_mut<'w>(world: &'w mut World, call: &Call) -> &'w mut EcsState {
    &mut world.regional(&call.caller.account, &call.region).ecs
}

/// An ARN of another account or Region is refused before anything is looked up.
fn own(call: &Call, reference: &str) -> Result<(), Fault> {
    if !reference.starts_with("arn:") {
        return Ok(());
    }
    let mut parts = reference.split(':').skip(3);
    let (region, account) = (
        parts.next().unwrap_or_default(),
        parts.next().unwrap_or_default(),
    );
    if account != call.caller.account {
        return Err(invalid(format!(
            "Identifier is for {account}. Your accountId is {}",
            call.caller.account
        )));
    }
    if region != call.region {
        return Err(invalid(format!(
            "Invalid region specified in ARN: {region}. Expected {}",
            call.region
        )));
    }
    Ok(())
}

/// The ACTIVE cluster that the input names, `default` where it names none.
fn cluster<'w>(world: &'w World, call: &Call) -> Result<&'w Cluster, Fault> {
    own(call, call.text("cluster").unwrap_or_default())?;
    let found = state(world, call)
        .and_then(|state| state.clusters.get(cluster_name(call)))
        .ok_or_else(cluster_not_found)?;
    if found.status != "ACTIVE" {
        return Err(Fault::new(
            "ClusterNotFoundException",
            "The referenced cluster was inactive.",
        ));
    }
    Ok(found)
}

/// The key of the service that the input names, in its cluster, whatever its status.
fn service_key(world: &World, call: &Call) -> Result<String, Fault> {
    let name = call
        .text("service")
        .filter(|name| !name.is_empty())
        .ok_or_else(|| invalid("Service cannot be empty."))?;
    own(call, name)?;
    let cluster = cluster(world, call)?;
    let key = EcsState::service_key(&cluster.name, last_part(name));
    if state(world, call).is_some_and(|state| state.services.contains_key(&key)) {
        Ok(key)
    } else {
        Err(service_not_found())
    }
}

/// The text at a path, if it is there and not empty.
fn named<'a>(object: &'a serde_json::Value, field: &str) -> Option<&'a str> {
    text(object, field).filter(|text| !text.is_empty())
}
