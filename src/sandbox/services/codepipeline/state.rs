//! What a pipeline is doing: its stages, who is in them, and whether one may enter them.

use serde_json::{Value, json};

use super::declaration::{NAME, list_of, stages, text_of};
use super::engine::wake;
use super::execution::{ActionRun, Execution, StageRun};
use super::scene::{console, setting};
use super::{Closed, Pipeline, pipeline};
use crate::sandbox::page::{object, seconds};
use crate::sandbox::service::{Answer, Call, Fault};
use crate::sandbox::shape::{Member, Shape, checked, one_of, required, text};
use crate::sandbox::world::World;

static GET: &[Member] = &[required("name", &NAME)];
static TRANSITION: Shape = one_of(&["Inbound", "Outbound"]);
static REASON: Shape = text(1, 300, r"[a-zA-Z0-9!@ \(\)\.\*\?\-]+");
static OPEN: &[Member] = &[
    required("pipelineName", &NAME),
    required("stageName", &NAME),
    required("transitionType", &TRANSITION),
];
static CLOSE: &[Member] = &[
    required("pipelineName", &NAME),
    required("stageName", &NAME),
    required("transitionType", &TRANSITION),
    required("reason", &REASON),
];

pub fn get(world: &mut World, call: &Call) -> Answer {
    checked(&call.input, GET, "ValidationException")?;
    let found = pipeline(world, call, "name")?;
    let current = found.current();
    let states: Vec<Value> = stages(current)
        .iter()
        .map(|stage| shown_stage(call, found, stage))
        .collect();
    Ok(json!({
        "pipelineName": text_of(current, "name"),
        "pipelineVersion": found.versions.len(),
        "stageStates": states,
        "created": seconds(found.created),
        "updated": seconds(found.updated),
    }))
}

/// A stage: who waits before it, who was in it last, and what its actions did.
fn shown_stage(call: &Call, found: &Pipeline, stage: &Value) -> Value {
    let name = text_of(stage, "name");
    let waiting: Vec<Value> = found
        .executions
        .iter()
        .filter(|it| it.is_active() && it.waiting.as_deref() == Some(name))
        .map(|it| shown_execution(it, "InProgress"))
        .collect();
    // The one that came in last, or that was retried last.
    let latest = found
        .executions
        .iter()
        .filter_map(|it| Some((it, it.stages.iter().rev().find(|run| run.name == name)?)))
        .max_by_key(|(_, run)| (run.is_active(), run.entered));
    let actions: Vec<Value> = list_of(stage, "actions")
        .iter()
        .map(|action| shown_action(call, action, latest))
        .collect();
    let retries = latest
        .map(|(_, run)| run)
        .filter(|run| run.last_retry.is_some());
    let condition = |kind: &str| {
        let (at, why) = latest?.1.condition.as_ref()?;
        (at == kind).then(|| {
            json!({"latestExecution": {"status": "Errored", "summary": why}, "conditionStates": []})
        })
    };
    object([
        ("stageName", Some(json!(name))),
        ("inboundExecution", waiting.first().cloned()),
        (
            "inboundExecutions",
            (!waiting.is_empty()).then(|| Value::from(waiting.clone())),
        ),
        (
            "inboundTransitionState",
            Some(transition(found.closed.get(name))),
        ),
        ("actionStates", Some(Value::from(actions))),
        (
            "latestExecution",
            latest.map(|(it, run)| shown_execution(it, &run.status)),
        ),
        ("beforeEntryConditionState", condition("beforeEntry")),
        ("onSuccessConditionState", condition("onSuccess")),
        ("onFailureConditionState", condition("onFailure")),
        (
            "retryStageMetadata",
            retries.map(|run| {
                let count = |n: u32| (n > 0).then(|| json!(n));
                object([
                    ("autoStageRetryAttempt", count(run.automatic_retries)),
                    ("manualStageRetryAttempt", count(run.manual_retries)),
                    (
                        "latestRetryTrigger",
                        run.last_retry.clone().map(Value::from),
                    ),
                ])
            }),
        ),
    ])
}

fn shown_execution(execution: &Execution, status: &str) -> Value {
    json!({
        "pipelineExecutionId": execution.id,
        "status": status,
        "type": execution.kind(),
    })
}

fn shown_action(call: &Call, action: &Value, latest: Option<(&Execution, &StageRun)>) -> Value {
    let name = text_of(action, "name");
    let attempt = latest.and_then(|(_, run)| run.latest(name));
    let revision = latest
        .and_then(|(it, _)| it.revisions.iter().find(|revision| revision.action == name))
        .filter(|revision| !revision.id.is_empty());
    object([
        ("actionName", Some(json!(name))),
        (
            "currentRevision",
            revision.map(|it| {
                object([
                    ("revisionId", Some(json!(it.id))),
                    (
                        "revisionChangeId",
                        Some(json!(it.id.chars().take(100).collect::<String>())),
                    ),
                    ("created", Some(seconds(it.created))),
                ])
            }),
        ),
        ("latestExecution", attempt.map(shown_attempt)),
        ("entityUrl", entity(call, action).map(Value::from)),
        (
            "revisionUrl",
            revision
                .filter(|it| !it.url.is_empty())
                .map(|it| json!(it.url)),
        ),
    ])
}

fn shown_attempt(attempt: &ActionRun) -> Value {
    let some = |text: &Option<String>| text.clone().map(Value::from);
    object([
        ("actionExecutionId", Some(json!(attempt.id))),
        ("status", Some(json!(attempt.status))),
        ("summary", some(&attempt.summary)),
        ("lastStatusChange", Some(seconds(attempt.updated))),
        ("token", some(&attempt.token)),
        ("lastUpdatedBy", some(&attempt.updated_by)),
        ("externalExecutionId", some(&attempt.external_id)),
        ("externalExecutionUrl", some(&attempt.external_url)),
        ("errorDetails", attempt.shown_error()),
        ("logStreamARN", some(&attempt.log_stream)),
    ])
}

/// The page of what an action is about.
fn entity(call: &Call, action: &Value) -> Option<String> {
    let kind = action.get("actionTypeId")?;
    let path = match text_of(kind, "provider") {
        "CodeCommit" => format!(
            "codesuite/codecommit/repositories/{}/browse/refs/heads/{}/--/?region={}",
            setting(action, "RepositoryName"),
            setting(action, "BranchName"),
            call.region
        ),
        "CodeBuild" => format!(
            "codesuite/codebuild/projects/{}?region={}",
            setting(action, "ProjectName"),
            call.region
        ),
        "CodeDeploy" | "CodeDeployToECS" => format!(
            "codesuite/codedeploy/applications/{}/deployment-groups/{}?region={}",
            setting(action, "ApplicationName"),
            setting(action, "DeploymentGroupName"),
            call.region
        ),
        // Source: AWS CodePipeline User Guide, "View pipeline details and history" (an answer of
        // GetPipelineState).
        "S3" => return Some("https://console.aws.amazon.com/s3/home?#".to_owned()),
        "ECR" => format!(
            "ecr/repositories/{}?region={}",
            setting(action, "RepositoryName"),
            call.region
        ),
        "ECS" => format!(
            "ecs/home?region={}#/clusters/{}/services/{}",
            call.region,
            setting(action, "ClusterName"),
            setting(action, "ServiceName")
        ),
        _ => return None,
    };
    Some(console(&call.region, &path))
}

fn transition(closed: Option<&Closed>) -> Value {
    object([
        ("enabled", Some(json!(closed.is_none()))),
        ("lastChangedBy", closed.map(|closed| json!(closed.by))),
        ("lastChangedAt", closed.map(|closed| seconds(closed.at))),
        ("disabledReason", closed.map(|closed| json!(closed.reason))),
    ])
}

pub fn close(world: &mut World, call: &Call) -> Answer {
    checked(&call.input, CLOSE, "ValidationException")?;
    let closed = Closed {
        reason: call.text("reason").unwrap_or_default().to_owned(),
        by: call.caller.arn.clone(),
        at: call.now,
    };
    change(world, call, Some(closed))
}

pub fn open(world: &mut World, call: &Call) -> Answer {
    checked(&call.input, OPEN, "ValidationException")?;
    change(world, call, None)
}

/// Only the way into a stage is kept: CodePipeline keeps the way out as the next stage's way in.
fn change(world: &mut World, call: &Call, closed: Option<Closed>) -> Answer {
    let found = pipeline(world, call, "pipelineName")?;
    let wanted = call.text("stageName").unwrap_or_default();
    let names: Vec<&str> = stages(found.current())
        .iter()
        .map(|stage| text_of(stage, "name"))
        .collect();
    let index = names
        .iter()
        .position(|name| *name == wanted)
        .ok_or_else(|| {
            Fault::new(
                "StageNotFoundException",
                format!("Stage '{wanted}' does not exist in the pipeline"),
            )
        })?;
    let step = usize::from(call.text("transitionType") == Some("Outbound"));
    if let Some(name) = names.get(index + step) {
        let name = (*name).to_owned();
        match closed {
            Some(closed) => found.closed.insert(name, closed),
            None => found.closed.remove(&name),
        };
        wake(found, call.now);
    }
    Ok(json!({}))
}
