//! CodeDeploy: deployments and what they do to a service.

use aws_sdk_codedeploy::types::{
    DeploymentInfo, EcsTarget, EcsTaskSet, LifecycleEvent as SdkLifecycleEvent,
};

use crate::aws::account::Account;
use crate::cloud::run::{
    Deployment, DeploymentTarget, DeploymentTaskSet, ErrorDetails, LifecycleEvent, RollbackInfo,
};
use crate::cloud::{CloudError, harmless};

use super::{count, moment, text};

const SERVICE: &str = "codedeploy";

pub async fn deployment(account: &Account, id: &str) -> Result<Deployment, CloudError> {
    const OPERATION: &str = "GetDeployment";
    let answer = account
        .codedeploy()
        .get_deployment()
        .deployment_id(id)
        .send()
        .await
        .map_err(|error| account.place.failed(SERVICE, OPERATION, error))?;
    answer.deployment_info().map(read).ok_or_else(|| {
        let why = format!("the answer holds no deployment {id}");
        account.place.internal(SERVICE, OPERATION, why)
    })
}

fn read(it: &DeploymentInfo) -> Deployment {
    let owned = |text: Option<&str>| harmless(text.unwrap_or_default());
    let keep = it
        .blue_green_deployment_configuration()
        .and_then(|settings| settings.terminate_blue_instances_on_deployment_success());
    Deployment {
        id: owned(it.deployment_id()),
        status: owned(it.status().map(|status| status.as_str())),
        application: owned(it.application_name()),
        group: owned(it.deployment_group_name()),
        config: owned(it.deployment_config_name()),
        shift_seconds: None,
        created: moment(it.create_time()),
        ended: moment(it.complete_time()),
        keep_old_minutes: keep.map(|keep| count(keep.termination_wait_time_in_minutes().into())),
        keeping_old: it.instance_termination_wait_time_started(),
        error: it.error_information().map(|error| ErrorDetails {
            code: owned(error.code().map(|code| code.as_str())),
            message: owned(error.message()),
        }),
        rollback: it
            .rollback_info()
            .map(|rollback| RollbackInfo {
                by: text(rollback.rollback_deployment_id()),
                of: text(rollback.rollback_triggering_deployment_id()),
                message: text(rollback.rollback_message()),
            })
            .filter(|it| it.by.is_some() || it.of.is_some() || it.message.is_some()),
        messages: it
            .deployment_status_messages()
            .iter()
            .map(|message| harmless(message))
            .collect(),
    }
}

/// How many seconds the traffic takes to move with a configuration: a canary waits once, a linear shift after
/// each step but the last. None where all of it moves at once. Source: CodeDeploy API Reference,
/// `TimeBasedCanary`, `TimeBasedLinear`.
pub async fn shift_seconds(account: &Account, config: &str) -> Result<Option<u64>, CloudError> {
    let answer = account
        .codedeploy()
        .get_deployment_config()
        .deployment_config_name(config)
        .send()
        .await
        .map_err(|error| account.place.failed(SERVICE, "GetDeploymentConfig", error))?;
    let routing = answer
        .deployment_config_info()
        .and_then(|it| it.traffic_routing_config());
    let minutes = |count: i32| u64::try_from(count).unwrap_or_default();
    let canary = routing
        .and_then(|it| it.time_based_canary())
        .map(|it| minutes(it.canary_interval()));
    let linear = routing
        .and_then(|it| it.time_based_linear())
        .and_then(|it| {
            let step = u64::try_from(it.linear_percentage())
                .ok()
                .filter(|it| *it > 0)?;
            let steps = 100_u64.div_ceil(step);
            Some(minutes(it.linear_interval()) * steps.saturating_sub(1))
        });
    Ok(canary.or(linear).filter(|it| *it > 0).map(|it| it * 60))
}

pub async fn targets(
    account: &Account,
    id: &str,
    known: &[String],
) -> Result<Vec<DeploymentTarget>, CloudError> {
    let ids = if known.is_empty() {
        list_targets(account, id).await?
    } else {
        known.to_vec()
    };
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let answer = account
        .codedeploy()
        .batch_get_deployment_targets()
        .deployment_id(id)
        .set_target_ids(Some(ids))
        .send()
        .await
        .map_err(|error| {
            account
                .place
                .failed(SERVICE, "BatchGetDeploymentTargets", error)
        })?;
    Ok(answer
        .deployment_targets()
        .iter()
        .filter_map(|target| target.ecs_target())
        .map(target)
        .collect())
}

async fn list_targets(account: &Account, id: &str) -> Result<Vec<String>, CloudError> {
    let listed = account
        .codedeploy()
        .list_deployment_targets()
        .deployment_id(id)
        .send()
        .await
        .map_err(|error| {
            account
                .place
                .failed(SERVICE, "ListDeploymentTargets", error)
        })?;
    Ok(listed.target_ids().to_vec())
}

fn target(it: &EcsTarget) -> DeploymentTarget {
    DeploymentTarget {
        id: it.target_id().unwrap_or_default().to_owned(),
        status: it
            .status()
            .map_or_else(String::new, |status| status.as_str().to_owned()),
        events: it.lifecycle_events().iter().map(event).collect(),
        task_sets: it.task_sets_info().iter().map(task_set).collect(),
    }
}

fn event(it: &SdkLifecycleEvent) -> LifecycleEvent {
    let diagnostics = it.diagnostics();
    let code = diagnostics
        .and_then(|it| it.error_code())
        .map_or_else(String::new, |code| code.as_str().to_owned());
    let message = harmless(diagnostics.and_then(|it| it.message()).unwrap_or_default());
    LifecycleEvent {
        name: it.lifecycle_event_name().unwrap_or_default().to_owned(),
        status: it
            .status()
            .map_or_else(String::new, |status| status.as_str().to_owned()),
        started: moment(it.start_time()),
        ended: moment(it.end_time()),
        // An event that went well carries the code `Success`. Source: CodeDeploy API Reference,
        // `Diagnostics`.
        error: ((!code.is_empty() && code != "Success") || !message.is_empty())
            .then_some(ErrorDetails { code, message })
            .filter(|error| !(error.code == "Success" && error.message == "Succeeded")),
        script: diagnostics.and_then(|it| text(it.script_name())),
        log_tail: diagnostics.and_then(|it| text(it.log_tail())),
    }
}

fn task_set(it: &EcsTaskSet) -> DeploymentTaskSet {
    DeploymentTaskSet {
        id: it.identifer().unwrap_or_default().to_owned(),
        label: it
            .task_set_label()
            .map_or_else(String::new, |label| label.as_str().to_owned()),
        status: it.status().unwrap_or_default().to_owned(),
        traffic: it.traffic_weight(),
        desired: count(it.desired_count()),
        pending: count(it.pending_count()),
        running: count(it.running_count()),
        target_group: it.target_group().and_then(|group| text(group.name())),
    }
}
