//! CodePipeline: what a pipeline and its executions are doing.

use aws_sdk_codepipeline::types::{
    ActionExecutionDetail, ActionExecutionFilter, ActionState as SdkActionState,
    ErrorDetails as SdkErrorDetails, PipelineExecution, PipelineExecutionSummary,
    StageState as SdkStageState,
};

use crate::aws::account::Account;
use crate::aws::error::unless;
use crate::cloud::run::{
    ActionExecution, ActionShape, ActionState, Attempt, ErrorDetails, Execution, PipelineShape,
    PipelineState, Revision, StageExecution, StageShape, StageState, Status, Transition,
};
use crate::cloud::{CloudError, harmless};

use super::{count, moment, text};

const SERVICE: &str = "codepipeline";

/// The most that ListPipelineExecutions and ListActionExecutions give at once. Source: the CodePipeline
/// API model.
const PAGE: i32 = 100;

pub async fn shape(account: &Account, name: &str) -> Result<Option<PipelineShape>, CloudError> {
    let answer = account.codepipeline().get_pipeline().name(name).send();
    let answer = answer
        .await
        .map_err(|error| account.place.failed(SERVICE, "GetPipeline", error));
    let Some(answer) = unless(answer, &["PipelineNotFoundException"])? else {
        return Ok(None);
    };
    let Some(declared) = answer.pipeline else {
        return Ok(None);
    };
    let stages = declared.stages.iter().map(|stage| StageShape {
        name: stage.name.clone(),
        actions: stage
            .actions
            .iter()
            .map(|action| {
                let kind = action.action_type_id.as_ref();
                ActionShape {
                    name: action.name.clone(),
                    category: kind.map_or_else(String::new, |it| it.category.as_str().to_owned()),
                    provider: kind.map_or_else(String::new, |it| it.provider.clone()),
                    order: count(action.run_order.unwrap_or(1).into()),
                    role: text(action.role_arn.as_deref()),
                    configuration: action.configuration.clone().into_iter().flatten().collect(),
                }
            })
            .collect(),
    });
    Ok(Some(PipelineShape {
        name: declared.name.clone(),
        version: count(declared.version.unwrap_or(1).into()),
        kind: declared
            .pipeline_type
            .as_ref()
            .map_or("V1", |kind| kind.as_str())
            .to_owned(),
        mode: declared
            .execution_mode
            .as_ref()
            .map_or("SUPERSEDED", |mode| mode.as_str())
            .to_owned(),
        stages: stages.collect(),
    }))
}

pub async fn state(account: &Account, pipeline: &str) -> Result<PipelineState, CloudError> {
    let answer = account
        .codepipeline()
        .get_pipeline_state()
        .name(pipeline)
        .send()
        .await
        .map_err(|error| account.place.failed(SERVICE, "GetPipelineState", error))?;
    Ok(PipelineState {
        stages: answer.stage_states().iter().map(stage).collect(),
    })
}

fn stage(stage: &SdkStageState) -> StageState {
    let mut waiting: Vec<String> = stage
        .inbound_executions()
        .iter()
        .map(|it| it.pipeline_execution_id.clone())
        .collect();
    if let Some(first) = stage.inbound_execution()
        && !waiting.contains(&first.pipeline_execution_id)
    {
        waiting.push(first.pipeline_execution_id.clone());
    }
    StageState {
        name: stage.stage_name().unwrap_or_default().to_owned(),
        latest: stage.latest_execution().map(|it| StageExecution {
            execution: it.pipeline_execution_id.clone(),
            status: Status::from(it.status.as_str()),
        }),
        waiting,
        transition: stage
            .inbound_transition_state()
            .map(|it| Transition {
                open: it.enabled(),
                reason: text(it.disabled_reason()),
                by: text(it.last_changed_by()),
                at: moment(it.last_changed_at()),
            })
            .unwrap_or_default(),
        actions: stage.action_states().iter().map(action_state).collect(),
    }
}

fn action_state(action: &SdkActionState) -> ActionState {
    ActionState {
        name: action.action_name().unwrap_or_default().to_owned(),
        attempt: action.latest_execution().map(|it| Attempt {
            id: it.action_execution_id().unwrap_or_default().to_owned(),
            status: status(it.status().map(|status| status.as_str())),
            summary: text(it.summary()),
            changed: moment(it.last_status_change()),
            token: text(it.token()),
            by: text(it.last_updated_by()),
            external_id: text(it.external_execution_id()),
            external_url: text(it.external_execution_url()),
            error: error(it.error_details()),
        }),
    }
}

fn status(word: Option<&str>) -> Status {
    Status::from(word.unwrap_or_default())
}

fn error(details: Option<&SdkErrorDetails>) -> Option<ErrorDetails> {
    let details = details?;
    Some(ErrorDetails {
        code: details.code().unwrap_or_default().to_owned(),
        message: harmless(details.message().unwrap_or_default()),
    })
}

pub async fn executions(
    account: &Account,
    pipeline: &str,
    at_most: usize,
) -> Result<Vec<Execution>, CloudError> {
    let mut found = Vec::new();
    let mut next = None;
    while found.len() < at_most {
        let room = i32::try_from(at_most - found.len()).unwrap_or(PAGE);
        let answer = account
            .codepipeline()
            .list_pipeline_executions()
            .pipeline_name(pipeline)
            .max_results(room.min(PAGE))
            .set_next_token(next)
            .send()
            .await
            .map_err(|error| {
                account
                    .place
                    .failed(SERVICE, "ListPipelineExecutions", error)
            })?;
        found.extend(answer.pipeline_execution_summaries().iter().map(summary));
        next = answer.next_token;
        if next.is_none() {
            break;
        }
    }
    found.truncate(at_most);
    Ok(found)
}

fn summary(it: &PipelineExecutionSummary) -> Execution {
    Execution {
        id: it.pipeline_execution_id().unwrap_or_default().to_owned(),
        status: status(it.status().map(|status| status.as_str())),
        summary: text(it.status_summary()),
        started: moment(it.start_time()),
        updated: moment(it.last_update_time()),
        revisions: it
            .source_revisions()
            .iter()
            .map(|it| Revision {
                name: it.action_name.clone(),
                id: it.revision_id().unwrap_or_default().to_owned(),
                summary: text(it.revision_summary()),
                url: text(it.revision_url()),
            })
            .collect(),
        trigger: it
            .trigger()
            .and_then(|it| it.trigger_type())
            .map(|it| it.as_str().to_owned()),
        trigger_detail: it.trigger().and_then(|it| text(it.trigger_detail())),
        stop_reason: it.stop_trigger().and_then(|it| text(it.reason())),
        mode: it.execution_mode().map(|it| it.as_str().to_owned()),
        rollback_of: it
            .rollback_metadata()
            .and_then(|it| text(it.rollback_target_pipeline_execution_id())),
        version: None,
    }
}

pub async fn execution(
    account: &Account,
    pipeline: &str,
    id: &str,
) -> Result<Execution, CloudError> {
    const OPERATION: &str = "GetPipelineExecution";
    let answer = account
        .codepipeline()
        .get_pipeline_execution()
        .pipeline_name(pipeline)
        .pipeline_execution_id(id)
        .send()
        .await
        .map_err(|error| account.place.failed(SERVICE, OPERATION, error))?;
    answer.pipeline_execution().map(single).ok_or_else(|| {
        let why = format!("the answer holds no execution {id}");
        account.place.internal(SERVICE, OPERATION, why)
    })
}

fn single(it: &PipelineExecution) -> Execution {
    Execution {
        id: it.pipeline_execution_id().unwrap_or_default().to_owned(),
        status: status(it.status().map(|status| status.as_str())),
        summary: text(it.status_summary()),
        started: None,
        updated: None,
        revisions: it
            .artifact_revisions()
            .iter()
            .map(|it| Revision {
                name: it.name().unwrap_or_default().to_owned(),
                id: it.revision_id().unwrap_or_default().to_owned(),
                summary: text(it.revision_summary()),
                url: text(it.revision_url()),
            })
            .collect(),
        trigger: it
            .trigger()
            .and_then(|it| it.trigger_type())
            .map(|it| it.as_str().to_owned()),
        trigger_detail: it.trigger().and_then(|it| text(it.trigger_detail())),
        stop_reason: None,
        mode: it.execution_mode().map(|it| it.as_str().to_owned()),
        rollback_of: it
            .rollback_metadata()
            .and_then(|it| text(it.rollback_target_pipeline_execution_id())),
        version: it.pipeline_version().map(|version| count(version.into())),
    }
}

pub async fn actions(
    account: &Account,
    pipeline: &str,
    execution: &str,
) -> Result<Vec<ActionExecution>, CloudError> {
    let details: Vec<ActionExecutionDetail> = account
        .codepipeline()
        .list_action_executions()
        .pipeline_name(pipeline)
        .filter(
            ActionExecutionFilter::builder()
                .pipeline_execution_id(execution)
                .build(),
        )
        .max_results(PAGE)
        .into_paginator()
        .items()
        .send()
        .try_collect()
        .await
        .map_err(|error| account.place.failed(SERVICE, "ListActionExecutions", error))?;
    Ok(details.iter().map(action).collect())
}

fn action(it: &ActionExecutionDetail) -> ActionExecution {
    let input = it.input();
    let kind = input.and_then(|input| input.action_type_id());
    let output = it.output();
    let result = output.and_then(|output| output.execution_result());
    let configuration = input.and_then(|input| {
        input
            .resolved_configuration()
            .filter(|resolved| !resolved.is_empty())
            .or_else(|| input.configuration())
    });
    ActionExecution {
        id: it.action_execution_id().unwrap_or_default().to_owned(),
        stage: it.stage_name().unwrap_or_default().to_owned(),
        action: it.action_name().unwrap_or_default().to_owned(),
        status: status(it.status().map(|status| status.as_str())),
        category: kind.map_or_else(String::new, |kind| kind.category.as_str().to_owned()),
        provider: kind.map_or_else(String::new, |kind| kind.provider.clone()),
        started: moment(it.start_time()),
        updated: moment(it.last_update_time()),
        by: text(it.updated_by()),
        role: input.and_then(|input| text(input.role_arn())),
        configuration: configuration.cloned().into_iter().flatten().collect(),
        inputs: input
            .map(|input| input.input_artifacts())
            .unwrap_or_default()
            .iter()
            .filter_map(|artifact| text(artifact.name()))
            .collect(),
        variables: output
            .and_then(|output| output.output_variables())
            .cloned()
            .into_iter()
            .flatten()
            .collect(),
        summary: result.and_then(|result| text(result.external_execution_summary())),
        external_id: result.and_then(|result| text(result.external_execution_id())),
        external_url: result.and_then(|result| text(result.external_execution_url())),
        error: error(result.and_then(|result| result.error_details())),
    }
}
