//! What clients do with runs: start, stop, retry, roll back, approve.

use serde_json::{Value, json};

use super::declaration::{NAME, list_of, stages, text_of};
use super::engine::{self, again, structure, wake};
use super::execution::{Execution, StageRun, Stop, Trigger};
use super::history::{ID, no_execution};
use super::{Pipeline, no_pipeline, pipeline, state_mut};
use crate::sandbox::page::seconds;
use crate::sandbox::service::{Answer, Call, Fault};
use crate::sandbox::services::eventbridge::outbox::Place;
use crate::sandbox::shape::{self, Member, Shape, checked, list, one_of, optional, required, text};
use crate::sandbox::world::World;

static VARIABLE_NAME: Shape = text(1, 128, r"[A-Za-z0-9@\-_]+");
static VARIABLE_VALUE: Shape = text(1, 1000, "");
static VARIABLE: Shape = Shape::Structure(&[
    required("name", &VARIABLE_NAME),
    required("value", &VARIABLE_VALUE),
]);
static VARIABLES: Shape = list(&VARIABLE, 1, 50);
static REVISION_TYPE: Shape = one_of(&[
    "COMMIT_ID",
    "IMAGE_DIGEST",
    "S3_OBJECT_VERSION_ID",
    "S3_OBJECT_KEY",
]);
static REVISION_VALUE: Shape = text(1, 1500, "");
static REVISION: Shape = Shape::Structure(&[
    required("actionName", &NAME),
    required("revisionType", &REVISION_TYPE),
    required("revisionValue", &REVISION_VALUE),
]);
static REVISIONS: Shape = list(&REVISION, 0, 50);
static REQUEST_TOKEN: Shape = text(1, 128, "[a-zA-Z0-9-]+");
static START: &[Member] = &[
    required("name", &NAME),
    optional("variables", &VARIABLES),
    optional("clientRequestToken", &REQUEST_TOKEN),
    optional("sourceRevisions", &REVISIONS),
];
static REASON: Shape = text(0, 200, "");
static STOP: &[Member] = &[
    required("pipelineName", &NAME),
    required("pipelineExecutionId", &ID),
    optional("abandon", &shape::FLAG),
    optional("reason", &REASON),
];
static RETRY_MODE: Shape = one_of(&["FAILED_ACTIONS", "ALL_ACTIONS"]);
static RETRY: &[Member] = &[
    required("pipelineName", &NAME),
    required("stageName", &NAME),
    required("pipelineExecutionId", &ID),
    required("retryMode", &RETRY_MODE),
];
static ROLL_BACK: &[Member] = &[
    required("pipelineName", &NAME),
    required("stageName", &NAME),
    required("targetPipelineExecutionId", &ID),
];
static SUMMARY: Shape = text(0, 512, "");
static DECISION: Shape = one_of(&["Approved", "Rejected"]);
static RESULT: Shape =
    Shape::Structure(&[required("summary", &SUMMARY), required("status", &DECISION)]);
static APPROVE: &[Member] = &[
    required("pipelineName", &NAME),
    required("stageName", &NAME),
    required("actionName", &NAME),
    required("result", &RESULT),
    required("token", &ID),
];

pub fn start(world: &mut World, call: &Call) -> Answer {
    checked(&call.input, START, "ValidationException")?;
    let name = call.text("name").unwrap_or_default();
    if !state_mut(world, call).pipelines.contains_key(name) {
        return Err(no_pipeline(call, name));
    }
    let trigger = Trigger {
        kind: "StartPipelineExecution".to_owned(),
        detail: call.caller.arn.clone(),
    };
    let place = Place {
        account: &call.caller.account,
        region: &call.region,
    };
    let id = engine::start(world, place, name, trigger, &call.input, call.now)?;
    Ok(json!({"pipelineExecutionId": id}))
}

fn no_stage(name: &str) -> Fault {
    Fault::new(
        "StageNotFoundException",
        format!("Stage '{name}' does not exist in the pipeline"),
    )
}

fn check_stage(found: &Pipeline, name: &str) -> Result<(), Fault> {
    let mut names = stages(found.current()).iter().map(|it| text_of(it, "name"));
    names
        .any(|known| known == name)
        .then_some(())
        .ok_or_else(|| no_stage(name))
}

pub fn stop(world: &mut World, call: &Call) -> Answer {
    checked(&call.input, STOP, "ValidationException")?;
    let found = pipeline(world, call, "pipelineName")?;
    let id = call.text("pipelineExecutionId").unwrap_or_default();
    let execution = found
        .executions
        .iter_mut()
        .find(|it| it.id == id)
        .ok_or_else(|| no_execution(call, id))?;
    let abandon = call.flag("abandon") == Some(true);
    if !execution.is_active() {
        return Err(Fault::new(
            "PipelineExecutionNotStoppableException",
            format!(
                "Unable to stop pipeline execution {id}: it is in the status {}",
                execution.status
            ),
        ));
    }
    if execution
        .stop
        .as_ref()
        .is_some_and(|stop| stop.abandon || !abandon)
    {
        return Err(Fault::new(
            "DuplicatedStopRequestException",
            format!("The pipeline execution {id} is already being stopped"),
        ));
    }
    execution.stop = Some(Stop {
        abandon,
        reason: call.text("reason").map(str::to_owned),
    });
    "Stopping".clone_into(&mut execution.status);
    execution.updated = call.now;
    wake(found, call.now);
    Ok(json!({"pipelineExecutionId": id}))
}

fn not_retryable(why: &str) -> Fault {
    Fault::new(
        "StageNotRetryableException",
        format!("Unable to retry. {why}"),
    )
}

/// Runs a failed stage once more. Source: AWS CodePipeline User Guide, "Retry a failed stage or failed
/// actions in a stage".
pub fn retry(world: &mut World, call: &Call) -> Answer {
    checked(&call.input, RETRY, "ValidationException")?;
    let found = pipeline(world, call, "pipelineName")?;
    let (stage, id) = (
        call.text("stageName").unwrap_or_default(),
        call.text("pipelineExecutionId").unwrap_or_default(),
    );
    check_stage(found, stage)?;
    let index = found.executions.iter().position(|it| it.id == id);
    let index = index.ok_or_else(|| no_execution(call, id))?;
    let run_of = |it: &Execution| {
        it.stages
            .iter()
            .rev()
            .find(|run| run.name == stage)
            .cloned()
    };
    let run = found.executions.get(index).and_then(run_of);
    let latest = found
        .executions
        .iter()
        .filter_map(|it| Some((run_of(it)?.entered, &it.id)))
        .max();
    if latest.is_none_or(|(_, newest)| newest != id) {
        return Err(Fault::new(
            "NotLatestPipelineExecutionException",
            format!("The pipeline execution {id} is not the latest one in the stage {stage}"),
        ));
    }
    if let Some((_, why)) = run.as_ref().and_then(|run| run.condition.as_ref()) {
        return Err(not_retryable(why));
    }
    let retryable = run.is_some_and(|run| run.status == "Failed" || run.status == "Stopped");
    let last = found
        .executions
        .get(index)
        .and_then(|it| it.stages.last())
        .is_some_and(|run| run.name == stage);
    if !retryable || !last {
        return Err(not_retryable(
            "The stage has no failed actions in this execution, or it has not ended yet.",
        ));
    }
    let same = found.executions.get(index).is_some_and(|it| {
        let of = |pipeline: &Value| {
            let stages = stages(pipeline).iter();
            stages
                .clone()
                .find(|it| text_of(it, "name") == stage)
                .cloned()
        };
        of(structure(found, it)) == of(found.current())
    });
    if !same {
        return Err(not_retryable(
            "The structure of the stage has changed since the execution: start a new one.",
        ));
    }
    let mode = call.text("retryMode").unwrap_or_default();
    if let Some(execution) = found.executions.get_mut(index) {
        execution.stop = None;
        "InProgress".clone_into(&mut execution.status);
        execution.updated = call.now;
        if let Some(run) = execution.stages.last_mut() {
            again(run, mode);
            run.entered = call.now;
            run.manual_retries += 1;
            run.last_retry = Some("ManualStageRetry".to_owned());
        }
    }
    wake(found, call.now);
    Ok(json!({"pipelineExecutionId": id}))
}

/// Carries out a stage once more with what an earlier run had. Source: AWS CodePipeline User Guide,
/// "Roll back a stage manually".
pub fn roll_back(world: &mut World, call: &Call) -> Answer {
    checked(&call.input, ROLL_BACK, "ValidationException")?;
    let fresh = world.ids.uuid();
    let found = pipeline(world, call, "pipelineName")?;
    let (stage, target) = (
        call.text("stageName").unwrap_or_default(),
        call.text("targetPipelineExecutionId").unwrap_or_default(),
    );
    check_stage(found, stage)?;
    let unable = |why: &str| {
        Fault::new(
            "UnableToRollbackStageException",
            format!("Unable to roll back the stage {stage}. {why}"),
        )
    };
    let current = found.current();
    if text_of(current, "pipelineType") != "V2" {
        return Err(unable("Only pipelines of type V2 can roll back a stage."));
    }
    if text_of(current, "executionMode") == "PARALLEL" {
        return Err(unable(
            "Pipelines in PARALLEL mode cannot roll back a stage.",
        ));
    }
    let first = stages(current).first().map(|it| text_of(it, "name"));
    if first == Some(stage) {
        return Err(unable("The source stage cannot be rolled back."));
    }
    // Source: the API model, `UnableToRollbackStageException`.
    let in_it = |it: &Execution| it.current().is_some_and(|run| run.name == stage);
    if found.executions.iter().any(in_it) {
        return Err(unable("The stage is currently running."));
    }
    let execution = found
        .executions
        .iter()
        .find(|it| it.id == target)
        .ok_or_else(|| no_execution(call, target))?;
    let through = |run: &StageRun| run.name == stage && run.status == "Succeeded";
    if !execution.stages.iter().any(through) || execution.rollback_of.is_some() {
        return Err(unable(
            "The target pipeline execution must have succeeded in the stage, and must not be a rollback itself.",
        ));
    }
    let running = |run: &StageRun| run.name == stage && run.is_active();
    if found
        .executions
        .iter()
        .any(|it| it.current().is_some_and(running))
    {
        // Source: the API model, `UnableToRollbackStageException`.
        return Err(unable("The stage is currently running."));
    }
    if execution.version != found.versions.len() {
        return Err(Fault::new(
            "PipelineExecutionOutdatedException",
            format!(
                "The pipeline execution {target} is outdated: the pipeline has been changed since"
            ),
        ));
    }
    let trigger = Trigger {
        kind: "ManualRollback".to_owned(),
        detail: call.caller.arn.clone(),
    };
    engine::rollback(found, fresh.clone(), stage, target, trigger, call.now)?;
    Ok(json!({"pipelineExecutionId": fresh}))
}

pub fn approve(world: &mut World, call: &Call) -> Answer {
    checked(&call.input, APPROVE, "ValidationException")?;
    let found = pipeline(world, call, "pipelineName")?;
    let text = |name: &str| call.text(name).unwrap_or_default();
    let (stage, action, token) = (text("stageName"), text("actionName"), text("token"));
    check_stage(found, stage)?;
    let known = stages(found.current())
        .iter()
        .filter(|it| text_of(it, "name") == stage)
        .flat_map(|it| list_of(it, "actions"))
        .any(|it| text_of(it, "name") == action);
    if !known {
        return Err(Fault::new(
            "ActionNotFoundException",
            format!("Action '{action}' does not exist in stage '{stage}'"),
        ));
    }
    let attempts = || {
        let executions = found.executions.iter();
        executions
            .flat_map(|it| &it.stages)
            .filter(|run| run.name == stage)
            .flat_map(|run| &run.actions)
            .filter(|attempt| attempt.name == action)
    };
    let waiting = attempts().any(|attempt| attempt.is_active() && attempt.token.is_some());
    if !waiting {
        return Err(Fault::new(
            "ApprovalAlreadyCompletedException",
            "The approval action has already been approved or rejected.",
        ));
    }
    let result = call.input.get("result").unwrap_or(&Value::Null);
    let approved = text_of(result, "status") == "Approved";
    let summary = text_of(result, "summary").to_owned();
    let attempt = found
        .executions
        .iter_mut()
        .filter(|it| it.is_active())
        .flat_map(|it| &mut it.stages)
        .filter(|run| run.name == stage)
        .flat_map(|run| &mut run.actions)
        .find(|it| it.is_active() && it.name == action && it.token.as_deref() == Some(token));
    let Some(attempt) = attempt else {
        return Err(Fault::new(
            "InvalidApprovalTokenException",
            "The approval token is not valid: it belongs to another approval action, or to an earlier attempt.",
        ));
    };
    attempt.end(if approved { "Succeeded" } else { "Failed" }, call.now);
    attempt.updated_by = Some(call.caller.arn.clone());
    attempt.summary = (!summary.is_empty()).then_some(summary.clone());
    if !approved {
        let said = format!(
            "Rejected by {}{}",
            call.caller.arn,
            match summary.as_str() {
                "" => String::new(),
                words => format!(": {words}"),
            }
        );
        attempt.error = Some(("JobFailed".to_owned(), said));
    }
    wake(found, call.now);
    Ok(json!({"approvedAt": seconds(call.now)}))
}
