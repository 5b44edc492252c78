//! How runs begin, and how they end from outside.

use std::collections::BTreeMap;

use serde_json::Value;

use super::wake;
use crate::sandbox::service::Fault;
use crate::sandbox::services::codepipeline::Pipeline;
use crate::sandbox::services::codepipeline::declaration::{list_of, stages, text_of};
use crate::sandbox::services::codepipeline::execution::{Execution, StageRun, Trigger};
use crate::sandbox::services::eventbridge::outbox::Place;
use crate::sandbox::world::World;

/// Runs of one pipeline at the same time, where they do not take each other's place.
/// Source: AWS CodePipeline User Guide, quotas.
const MOST_AT_ONCE: usize = 50;

/// Starts a run. `input` may carry `variables`, `sourceRevisions` and `clientRequestToken` as
/// StartPipelineExecution does; anything else in it is passed over.
///
/// # Errors
/// There is no such pipeline, what it is given does not fit it, or too many runs are under way.
pub fn start(
    world: &mut World,
    place: Place<'_>,
    name: &str,
    trigger: Trigger,
    input: &Value,
    now: i64,
) -> Result<String, Fault> {
    let id = world.ids.uuid();
    let regional = world
        .accounts
        .get_mut(place.account)
        .and_then(|account| account.regions.get_mut(place.region));
    let pipeline = regional
        .and_then(|regional| regional.codepipeline.pipelines.get_mut(name))
        .ok_or_else(|| {
            Fault::new(
                "PipelineNotFoundException",
                format!(
                    "Account '{}' does not have a pipeline with name '{name}'",
                    place.account
                ),
            )
        })?;
    let token = input.get("clientRequestToken").and_then(Value::as_str);
    let known = token.and_then(|token| {
        let same = |it: &&Execution| it.token.as_deref() == Some(token);
        pipeline.executions.iter().find(same)
    });
    if let Some(known) = known {
        return Ok(known.id.clone());
    }
    let current = pipeline.current().clone();
    let variables = variables(&current, list_of(input, "variables"))?;
    check_revisions(&current, list_of(input, "sourceRevisions"))?;
    let mode = text_of(&current, "executionMode").to_owned();
    check_room(pipeline, &mode)?;
    let first = stages(&current).first().unwrap_or(&Value::Null);
    let execution = Execution {
        id: id.clone(),
        version: pipeline.versions.len(),
        status: "InProgress".to_owned(),
        started: now,
        updated: now,
        trigger,
        mode,
        variables,
        wanted: list_of(input, "sourceRevisions").to_vec(),
        waiting: Some(text_of(first, "name").to_owned()),
        token: token.map(str::to_owned),
        session: session(now),
        ..Execution::default()
    };
    pipeline.executions.push(execution);
    wake(pipeline, now);
    Ok(id)
}

/// CodePipeline names the sessions of its role after the moment: 13 digits.
fn session(now: i64) -> String {
    format!("{:013}", now.clamp(0, 9_999_999_999_999))
}

fn check_room(pipeline: &Pipeline, mode: &str) -> Result<(), Fault> {
    let active = pipeline.executions.iter().filter(|it| it.is_active());
    if mode != "SUPERSEDED" && active.count() >= MOST_AT_ONCE {
        return Err(Fault::new(
            "ConcurrentPipelineExecutionsLimitExceededException",
            format!(
                "The pipeline has reached its limit of {MOST_AT_ONCE} concurrent pipeline executions"
            ),
        ));
    }
    Ok(())
}

/// The pipeline's variables: what is given, or what the pipeline says.
fn variables(pipeline: &Value, given: &[Value]) -> Result<BTreeMap<String, String>, Fault> {
    let declared = list_of(pipeline, "variables");
    let unknown = given.iter().find(|one| {
        !declared
            .iter()
            .any(|known| text_of(known, "name") == text_of(one, "name"))
    });
    if let Some(unknown) = unknown {
        return Err(Fault::new(
            "ValidationException",
            format!(
                "Variable {} is not defined in the pipeline",
                text_of(unknown, "name")
            ),
        ));
    }
    let mut values = BTreeMap::new();
    for variable in declared {
        let name = text_of(variable, "name");
        let value = given
            .iter()
            .find(|one| text_of(one, "name") == name)
            .and_then(|one| one.get("value"))
            .or_else(|| variable.get("defaultValue"))
            .and_then(Value::as_str);
        match value {
            Some(value) => values.insert(name.to_owned(), value.to_owned()),
            None => {
                return Err(Fault::new(
                    "ValidationException",
                    format!("Variable {name} has no default value and was not given one"),
                ));
            }
        };
    }
    Ok(values)
}

/// A revision can be wanted of a source action only, and of the kind that its provider knows.
/// Source: the API model, `SourceRevisionOverride`.
fn check_revisions(pipeline: &Value, wanted: &[Value]) -> Result<(), Fault> {
    for revision in wanted {
        let name = text_of(revision, "actionName");
        let action = stages(pipeline)
            .iter()
            .flat_map(|stage| list_of(stage, "actions"))
            .find(|action| text_of(action, "name") == name);
        let kind = action.and_then(|action| action.get("actionTypeId"));
        let provider = kind
            .map(|kind| text_of(kind, "provider"))
            .unwrap_or_default();
        let fits: &[&str] = match provider {
            "CodeCommit" | "CodeStarSourceConnection" | "GitHub" => &["COMMIT_ID"],
            "ECR" => &["IMAGE_DIGEST"],
            "S3" => &["S3_OBJECT_VERSION_ID", "S3_OBJECT_KEY"],
            _ => &[],
        };
        if !fits.contains(&text_of(revision, "revisionType")) {
            return Err(Fault::new(
                "ValidationException",
                format!("The source revision for the action {name} is not valid"),
            ));
        }
    }
    Ok(())
}

/// Starts a run that only carries out one stage once more with the artifacts of an earlier run.
pub fn rollback(
    pipeline: &mut Pipeline,
    id: String,
    stage: &str,
    target: &str,
    trigger: Trigger,
    now: i64,
) -> Result<(), Fault> {
    let mode = text_of(pipeline.current(), "executionMode").to_owned();
    check_room(pipeline, &mode)?;
    let before = pipeline.executions.iter().find(|it| it.id == target);
    let Some(before) = before.cloned() else {
        return Err(Fault::new(
            "PipelineExecutionNotFoundException",
            format!("The pipeline execution {target} does not exist"),
        ));
    };
    let execution = Execution {
        id,
        version: pipeline.versions.len(),
        status: "InProgress".to_owned(),
        started: now,
        updated: now,
        trigger,
        mode,
        rollback_of: Some(target.to_owned()),
        variables: before.variables,
        revisions: before.revisions,
        artifacts: before.artifacts,
        outputs: before.outputs,
        waiting: Some(stage.to_owned()),
        session: session(now),
        ..Execution::default()
    };
    pipeline.executions.push(execution);
    wake(pipeline, now);
    Ok(())
}

/// Ends whatever runs, because the pipeline's definition has changed.
/// Source: the API model, `PipelineExecutionStatus`: Cancelled.
pub fn cancel_all(pipeline: &mut Pipeline, now: i64) {
    for execution in pipeline.executions.iter_mut().filter(|it| it.is_active()) {
        if let Some(stage) = execution.current_mut() {
            abandon(stage, now);
            "Cancelled".clone_into(&mut stage.status);
        }
        execution.end("Cancelled", now);
    }
    // Once more, to tell of it.
    wake(pipeline, now);
}

/// Leaves alone what a stage's actions have begun.
pub(super) fn abandon(stage: &mut StageRun, now: i64) {
    for attempt in &mut stage.actions {
        if attempt.is_active() {
            attempt.end("Abandoned", now);
        }
    }
}
