//! ECS: what a service, its tasks and its own deployments are doing.

use aws_sdk_ecs::types::{
    Deployment as SdkDeployment, DesiredStatus, Service as SdkService,
    ServiceDeployment as SdkServiceDeployment, Task, TaskSet,
};

use crate::aws::account::Account;
use crate::aws::error::unless;
use crate::cloud::run::{
    Rollout, Service, ServiceDeployment, ServiceEvent, StoppedContainer, StoppedTask,
};
use crate::cloud::{CloudError, harmless};

use super::{count, moment, text};

const SERVICE: &str = "ecs";

/// By which codes ECS says that a service is not there.
const ABSENT: &[&str] = &[
    "ClusterNotFoundException",
    "ServiceNotFoundException",
    "ServiceNotActiveException",
];

/// How many stopped tasks are looked at.
const TASKS: i32 = 20;

pub async fn service(
    account: &Account,
    cluster: &str,
    name: &str,
) -> Result<Option<Service>, CloudError> {
    let answer = account
        .ecs()
        .describe_services()
        .cluster(cluster)
        .services(name)
        .send()
        .await
        .map_err(|error| account.place.failed(SERVICE, "DescribeServices", error));
    let answer = unless(answer, ABSENT)?;
    Ok(answer.and_then(|answer| answer.services().first().map(read)))
}

fn read(it: &SdkService) -> Service {
    let owned = |text: Option<&str>| harmless(text.unwrap_or_default());
    let primary = it
        .task_sets()
        .iter()
        .find(|set| set.status() == Some("PRIMARY"))
        .and_then(|set| set.task_definition());
    let rollouts = if it.task_sets().is_empty() {
        it.deployments().iter().map(deployment).collect()
    } else {
        it.task_sets().iter().map(task_set).collect()
    };
    Service {
        arn: owned(it.service_arn()),
        name: owned(it.service_name()),
        status: owned(it.status()),
        desired: count(it.desired_count().into()),
        pending: count(it.pending_count().into()),
        running: count(it.running_count().into()),
        task_definition: text(primary.or(it.task_definition())),
        rollouts,
        events: it
            .events()
            .iter()
            .map(|event| ServiceEvent {
                id: owned(event.id()),
                at: moment(event.created_at()),
                message: owned(event.message()),
            })
            .collect(),
        current_deployment: text(it.current_service_deployment()),
    }
}

fn deployment(it: &SdkDeployment) -> Rollout {
    Rollout {
        id: it.id().unwrap_or_default().to_owned(),
        status: it.status().unwrap_or_default().to_owned(),
        task_definition: it.task_definition().unwrap_or_default().to_owned(),
        desired: count(it.desired_count().into()),
        pending: count(it.pending_count().into()),
        running: count(it.running_count().into()),
        failed: count(it.failed_tasks().into()),
        state: it.rollout_state().map(|state| state.as_str().to_owned()),
        reason: text(it.rollout_state_reason()),
        created: moment(it.created_at()),
        updated: moment(it.updated_at()),
    }
}

fn task_set(it: &TaskSet) -> Rollout {
    Rollout {
        id: it.id().unwrap_or_default().to_owned(),
        status: it.status().unwrap_or_default().to_owned(),
        task_definition: it.task_definition().unwrap_or_default().to_owned(),
        desired: count(it.computed_desired_count().into()),
        pending: count(it.pending_count().into()),
        running: count(it.running_count().into()),
        failed: 0,
        state: it.stability_status().map(|state| state.as_str().to_owned()),
        reason: None,
        created: moment(it.created_at()),
        updated: moment(it.updated_at()),
    }
}

pub async fn stopped_tasks(
    account: &Account,
    cluster: &str,
    service: &str,
) -> Result<Vec<StoppedTask>, CloudError> {
    let listed = account
        .ecs()
        .list_tasks()
        .cluster(cluster)
        .service_name(service)
        .desired_status(DesiredStatus::Stopped)
        .max_results(TASKS)
        .send()
        .await
        .map_err(|error| account.place.failed(SERVICE, "ListTasks", error));
    let Some(listed) = unless(listed, ABSENT)? else {
        return Ok(Vec::new());
    };
    let arns = listed.task_arns().to_vec();
    if arns.is_empty() {
        return Ok(Vec::new());
    }
    let answer = account
        .ecs()
        .describe_tasks()
        .cluster(cluster)
        .set_tasks(Some(arns))
        .send()
        .await
        .map_err(|error| account.place.failed(SERVICE, "DescribeTasks", error))?;
    let mut tasks: Vec<StoppedTask> = answer.tasks().iter().map(stopped).collect();
    tasks.sort_by_key(|task| std::cmp::Reverse(task.at));
    Ok(tasks)
}

fn stopped(it: &Task) -> StoppedTask {
    StoppedTask {
        arn: it.task_arn().unwrap_or_default().to_owned(),
        task_definition: it.task_definition_arn().unwrap_or_default().to_owned(),
        code: it.stop_code().map(|code| code.as_str().to_owned()),
        reason: text(it.stopped_reason()),
        started_by: text(it.started_by()),
        at: moment(it.stopped_at().or_else(|| it.stopping_at())),
        containers: it
            .containers()
            .iter()
            .map(|container| StoppedContainer {
                name: container.name().unwrap_or_default().to_owned(),
                exit_code: container.exit_code(),
                reason: text(container.reason()),
            })
            .collect(),
    }
}

pub async fn native(
    account: &Account,
    cluster: &str,
    service: &str,
    arn: Option<&str>,
) -> Result<Option<ServiceDeployment>, CloudError> {
    let arn = match arn {
        Some(arn) => arn.to_owned(),
        None => {
            let listed = account
                .ecs()
                .list_service_deployments()
                .cluster(cluster)
                .service(service)
                .send()
                .await
                .map_err(|error| {
                    account
                        .place
                        .failed(SERVICE, "ListServiceDeployments", error)
                });
            let Some(listed) = unless(listed, ABSENT)? else {
                return Ok(None);
            };
            let newest = listed
                .service_deployments()
                .iter()
                .max_by_key(|it| moment(it.created_at()));
            match newest.and_then(|it| it.service_deployment_arn()) {
                Some(arn) => arn.to_owned(),
                None => return Ok(None),
            }
        }
    };
    let answer = account
        .ecs()
        .describe_service_deployments()
        .service_deployment_arns(arn)
        .send()
        .await
        .map_err(|error| {
            account
                .place
                .failed(SERVICE, "DescribeServiceDeployments", error)
        })?;
    Ok(answer.service_deployments().first().map(release))
}

fn release(it: &SdkServiceDeployment) -> ServiceDeployment {
    let target = it.target_service_revision();
    let breaker = it.deployment_circuit_breaker();
    ServiceDeployment {
        arn: it.service_deployment_arn().unwrap_or_default().to_owned(),
        status: it
            .status()
            .map_or_else(String::new, |status| status.as_str().to_owned()),
        reason: text(it.status_reason()),
        stage: it.lifecycle_stage().map(|stage| stage.as_str().to_owned()),
        bake_minutes: it
            .deployment_configuration()
            .and_then(|it| it.bake_time_in_minutes())
            .map(|minutes| count(minutes.into())),
        created: moment(it.created_at()),
        started: moment(it.started_at()),
        ended: moment(it.finished_at().or_else(|| it.stopped_at())),
        updated: moment(it.updated_at()),
        traffic: target.and_then(|it| it.requested_production_traffic_weight()),
        desired: target.map_or(0, |it| count(it.requested_task_count().into())),
        running: target.map_or(0, |it| count(it.running_task_count().into())),
        rollback: it.rollback().and_then(|it| text(it.reason())),
        failures: breaker.map(|it| {
            (
                count(it.failure_count().into()),
                count(it.threshold().into()),
            )
        }),
    }
}

pub async fn task_image(
    account: &Account,
    task_definition: &str,
) -> Result<Option<String>, CloudError> {
    let answer = account
        .ecs()
        .describe_task_definition()
        .task_definition(task_definition)
        .send()
        .await
        .map_err(|error| {
            account
                .place
                .failed(SERVICE, "DescribeTaskDefinition", error)
        })?;
    Ok(answer
        .task_definition()
        .and_then(|it| it.container_definitions().first())
        .and_then(|it| text(it.image())))
}
