//! CodePipeline: starting, stopping, retrying, rolling back, approving.

use aws_sdk_codepipeline::types::{
    ApprovalResult, ApprovalStatus, SourceRevisionOverride, SourceRevisionType, StageRetryMode,
};

use crate::aws::account::Account;
use crate::cloud::CloudError;
use crate::cloud::run::{Approval, RetryMode, RevisionOverride};

const SERVICE: &str = "codepipeline";

pub async fn start(
    account: &Account,
    pipeline: &str,
    token: &str,
    revisions: &[RevisionOverride],
) -> Result<String, CloudError> {
    const OPERATION: &str = "StartPipelineExecution";
    let revisions: Vec<SourceRevisionOverride> = revisions
        .iter()
        .map(|it| {
            SourceRevisionOverride::builder()
                .action_name(&it.action)
                .revision_type(SourceRevisionType::CommitId)
                .revision_value(&it.commit)
                .build()
        })
        .collect::<Result<_, _>>()
        .map_err(|error| account.place.internal(SERVICE, OPERATION, error))?;
    let answer = account
        .codepipeline()
        .start_pipeline_execution()
        .name(pipeline)
        .client_request_token(token)
        .set_source_revisions((!revisions.is_empty()).then_some(revisions))
        .send()
        .await
        .map_err(|error| account.place.failed(SERVICE, OPERATION, error))?;
    answer.pipeline_execution_id.ok_or_else(|| {
        let why = "the answer holds no execution id";
        account.place.internal(SERVICE, OPERATION, why)
    })
}

pub async fn stop(
    account: &Account,
    pipeline: &str,
    execution: &str,
    abandon: bool,
    reason: &str,
) -> Result<(), CloudError> {
    account
        .codepipeline()
        .stop_pipeline_execution()
        .pipeline_name(pipeline)
        .pipeline_execution_id(execution)
        .abandon(abandon)
        .set_reason((!reason.is_empty()).then(|| reason.to_owned()))
        .send()
        .await
        .map_err(|error| {
            account
                .place
                .failed(SERVICE, "StopPipelineExecution", error)
        })?;
    Ok(())
}

pub async fn retry(
    account: &Account,
    pipeline: &str,
    stage: &str,
    execution: &str,
    mode: RetryMode,
) -> Result<(), CloudError> {
    account
        .codepipeline()
        .retry_stage_execution()
        .pipeline_name(pipeline)
        .stage_name(stage)
        .pipeline_execution_id(execution)
        .retry_mode(match mode {
            RetryMode::FailedActions => StageRetryMode::FailedActions,
            RetryMode::AllActions => StageRetryMode::AllActions,
        })
        .send()
        .await
        .map_err(|error| account.place.failed(SERVICE, "RetryStageExecution", error))?;
    Ok(())
}

pub async fn roll_back(
    account: &Account,
    pipeline: &str,
    stage: &str,
    target: &str,
) -> Result<String, CloudError> {
    let answer = account
        .codepipeline()
        .rollback_stage()
        .pipeline_name(pipeline)
        .stage_name(stage)
        .target_pipeline_execution_id(target)
        .send()
        .await
        .map_err(|error| account.place.failed(SERVICE, "RollbackStage", error))?;
    Ok(answer.pipeline_execution_id)
}

pub async fn answer(
    account: &Account,
    approval: &Approval,
    approve: bool,
    comment: &str,
) -> Result<(), CloudError> {
    const OPERATION: &str = "PutApprovalResult";
    let result = ApprovalResult::builder()
        .summary(comment)
        .status(if approve {
            ApprovalStatus::Approved
        } else {
            ApprovalStatus::Rejected
        })
        .build()
        .map_err(|error| account.place.internal(SERVICE, OPERATION, error))?;
    account
        .codepipeline()
        .put_approval_result()
        .pipeline_name(&approval.pipeline)
        .stage_name(&approval.stage)
        .action_name(&approval.action)
        .token(&approval.token)
        .result(result)
        .send()
        .await
        .map_err(|error| account.place.failed(SERVICE, OPERATION, error))?;
    Ok(())
}
