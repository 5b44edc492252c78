//! From stage to stage: who enters, who waits, who is superseded, and what becomes of a stage.

use std::collections::BTreeSet;

use serde_json::Value;

use super::begin::{abandon, rollback};
use super::conditions;
use super::{Doing, Key, Progress, structure};
use crate::sandbox::blobs::Blobs;
use crate::sandbox::services::codepipeline::declaration::{list_of, stages, text_of};
use crate::sandbox::services::codepipeline::execution::{ActionRun, StageRun, Trigger};
use crate::sandbox::services::codepipeline::{Pipeline, actions, artifacts, variables};
use crate::sandbox::world::World;

/// More turns than any pipeline takes at one moment.
const MOST_TURNS: usize = 10_000;

/// Lets a pipeline go on as far as it can at this moment.
pub fn go_on(world: &mut World, blobs: &Blobs, key: &Key, pipeline: &mut Pipeline, now: i64) {
    for _ in 0..MOST_TURNS {
        let mut moved = false;
        for index in 0..pipeline.executions.len() {
            moved |= act(world, blobs, key, pipeline, index, now);
            moved |= settle(world, pipeline, key, index, now);
        }
        moved |= enter(pipeline, now);
        if !moved {
            return;
        }
    }
}

/// The actions of a run that are due.
fn act(
    world: &mut World,
    blobs: &Blobs,
    key: &Key,
    pipeline: &mut Pipeline,
    index: usize,
    now: i64,
) -> bool {
    let Some(execution) = pipeline.executions.get(index) else {
        return false;
    };
    let due: Vec<(usize, ActionRun)> = match execution.current().filter(|_| execution.is_active()) {
        Some(stage) => stage
            .actions
            .iter()
            .enumerate()
            .filter(|(_, a)| a.is_active() && !a.replaced && a.due.is_some_and(|at| at <= now))
            .map(|(place, attempt)| (place, attempt.clone()))
            .collect(),
        None => return false,
    };
    if due.is_empty() {
        return false;
    }
    let declared = structure(pipeline, execution).clone();
    for (place, mut attempt) in due {
        let Some(execution) = pipeline.executions.get_mut(index) else {
            return true;
        };
        let stage = execution.current().map(|s| s.name.clone());
        let stage = stage.unwrap_or_default();
        let action = action_of(&declared, &stage, &attempt.name);
        attempt.due = None;
        let progress = actions::step(&mut Doing {
            world: &mut *world,
            blobs,
            key,
            pipeline: &declared,
            stage: &stage,
            declared: action.unwrap_or(&Value::Null),
            execution: &mut *execution,
            action: &mut attempt,
            now,
        });
        match progress {
            Progress::Later(wait) => attempt.due = Some(world.after(now, wait)),
            Progress::Waits => {}
            Progress::Done => {
                attempt.end("Succeeded", now);
                for output in &attempt.outputs {
                    let location = output.location.clone();
                    execution.artifacts.insert(output.name.clone(), location);
                }
                let namespace = action.map(|a| text_of(a, "namespace")).unwrap_or_default();
                if !namespace.is_empty() {
                    let put_out = attempt.variables.clone();
                    execution.outputs.insert(namespace.to_owned(), put_out);
                }
            }
            Progress::Failed(code, message) => {
                attempt.end("Failed", now);
                attempt.error = Some((code, message));
            }
        }
        execution.updated = now;
        if let Some(stage) = execution.stages.last_mut()
            && let Some(kept) = stage.actions.get_mut(place)
        {
            *kept = attempt;
        }
    }
    true
}

fn action_of<'a>(pipeline: &'a Value, stage: &str, name: &str) -> Option<&'a Value> {
    stage_of(pipeline, stage).and_then(|stage| {
        list_of(stage, "actions")
            .iter()
            .find(|action| text_of(action, "name") == name)
    })
}

fn stage_of<'a>(pipeline: &'a Value, name: &str) -> Option<&'a Value> {
    stages(pipeline)
        .iter()
        .find(|stage| text_of(stage, "name") == name)
}

/// What becomes of the stage that a run is in, once its actions have come to rest.
fn settle(world: &mut World, pipeline: &mut Pipeline, key: &Key, index: usize, now: i64) -> bool {
    let Some(execution) = pipeline.executions.get(index) else {
        return false;
    };
    if !execution.is_active() {
        return false;
    }
    if execution.stop.is_some() {
        return stop(pipeline, index, now);
    }
    let Some(stage) = execution.current() else {
        return false;
    };
    if stage.attempts().any(ActionRun::is_active) {
        return false;
    }
    let declared = structure(pipeline, execution).clone();
    let stage_name = stage.name.clone();
    let bad = |attempt: &ActionRun| attempt.status != "Succeeded";
    if stage.attempts().any(bad) {
        fail(world, pipeline, &declared, index, &stage_name, now);
        return true;
    }
    let waiting: Vec<&Value> = stage_of(&declared, &stage_name)
        .map(|stage| list_of(stage, "actions"))
        .unwrap_or_default()
        .iter()
        .filter(|action| stage.attempt(text_of(action, "name")).is_none())
        .collect();
    let order = |action: &Value| action.get("runOrder").and_then(Value::as_i64).unwrap_or(1);
    let Some(first) = waiting.iter().map(|action| order(action)).min() else {
        succeed(pipeline, &declared, index, &stage_name, now);
        return true;
    };
    let begun: Vec<ActionRun> = waiting
        .into_iter()
        .filter(|action| order(action) == first)
        .filter_map(|action| {
            let execution = pipeline.executions.get(index)?;
            let mut attempt = ActionRun {
                id: world.ids.uuid(),
                name: text_of(action, "name").to_owned(),
                status: "InProgress".to_owned(),
                started: now,
                updated: now,
                due: Some(now),
                ..ActionRun::default()
            };
            attempt.inputs = artifacts::inputs(execution, action);
            attempt.outputs = artifacts::outputs(world, key, &declared, action);
            match variables::resolve(execution, action) {
                Ok(resolved) => attempt.resolved = resolved,
                Err(message) => {
                    attempt.end("Failed", now);
                    attempt.error = Some(("InvalidVariableReference".to_owned(), message));
                }
            }
            Some(attempt)
        })
        .collect();
    if let Some(execution) = pipeline.executions.get_mut(index)
        && let Some(stage) = execution.current_mut()
    {
        stage.actions.extend(begun);
        execution.updated = now;
    }
    true
}

/// A run that is to stop: at once, or when what is going on has come to its end.
fn stop(pipeline: &mut Pipeline, index: usize, now: i64) -> bool {
    let Some(execution) = pipeline.executions.get_mut(index) else {
        return false;
    };
    let at_once = execution.stop.as_ref().is_some_and(|stop| stop.abandon);
    if let Some(stage) = execution.current_mut() {
        if at_once {
            abandon(stage, now);
        } else if stage.attempts().any(ActionRun::is_active) {
            "Stopping".clone_into(&mut stage.status);
            return false;
        }
        let failed = stage.attempts().any(|attempt| attempt.status == "Failed");
        let status = if failed && !at_once {
            "Failed"
        } else {
            "Stopped"
        };
        status.clone_into(&mut stage.status);
    }
    execution.end("Stopped", now);
    true
}

fn succeed(pipeline: &mut Pipeline, declared: &Value, index: usize, stage: &str, now: i64) {
    let Some(execution) = pipeline.executions.get_mut(index) else {
        return;
    };
    if conditions::refuse(execution, stage_of(declared, stage), "onSuccess", now) {
        return;
    }
    if let Some(current) = execution.current_mut() {
        "Succeeded".clone_into(&mut current.status);
    }
    let mut names = stages(declared).iter().map(|it| text_of(it, "name"));
    let after = names.find(|name| *name == stage).and_then(|_| names.next());
    match after {
        // A rollback is about one stage.
        Some(next) if execution.rollback_of.is_none() => {
            execution.waiting = Some(next.to_owned());
            execution.updated = now;
        }
        _ => execution.end("Succeeded", now),
    }
}

/// A failed stage: what the pipeline says is to be done then, or the end of the run.
/// Source: the API model, `FailureConditions`.
fn fail(
    world: &mut World,
    pipeline: &mut Pipeline,
    declared: &Value,
    index: usize,
    stage: &str,
    now: i64,
) {
    let rule = stage_of(declared, stage).and_then(|stage| stage.get("onFailure"));
    let result = rule.map(|rule| text_of(rule, "result")).unwrap_or_default();
    let Some(execution) = pipeline.executions.get_mut(index) else {
        return;
    };
    if let Some(current) = execution.current_mut() {
        if result == "RETRY" && current.automatic_retries == 0 {
            let mode = rule.and_then(|rule| rule.get("retryConfiguration"));
            let mode = mode.map(|it| text_of(it, "retryMode")).unwrap_or_default();
            again(current, mode);
            current.automatic_retries += 1;
            current.last_retry = Some("AutomatedStageRetry".to_owned());
            return;
        }
        "Failed".clone_into(&mut current.status);
    }
    let id = execution.id.clone();
    let is_rollback = execution.rollback_of.is_some();
    if conditions::refuse(execution, stage_of(declared, stage), "onFailure", now) {
        return;
    }
    execution.end("Failed", now);
    if result == "ROLLBACK" && !is_rollback {
        let target = last_good(pipeline, stage, &id).map(str::to_owned);
        if let Some(target) = target {
            let trigger = Trigger {
                kind: "AutomatedRollback".to_owned(),
                detail: id,
            };
            let fresh = world.ids.uuid();
            // Where there is no room for one more run, this one stays failed.
            let _ = rollback(pipeline, fresh, stage, &target, trigger, now);
        }
    }
}

/// Makes the attempts of a stage that are to be repeated count no more.
pub fn again(stage: &mut StageRun, mode: &str) {
    for attempt in &mut stage.actions {
        if mode == "ALL_ACTIONS" || attempt.status != "Succeeded" {
            attempt.replaced = true;
        }
    }
    "InProgress".clone_into(&mut stage.status);
}

/// The latest run but this one that got through a stage by itself.
fn last_good<'a>(pipeline: &'a Pipeline, stage: &str, but: &str) -> Option<&'a str> {
    let got_through = |runs: &[StageRun]| {
        runs.iter()
            .any(|run| run.name == stage && run.status == "Succeeded")
    };
    pipeline
        .executions
        .iter()
        .rev()
        .find(|it| it.id != but && it.rollback_of.is_none() && got_through(&it.stages))
        .map(|it| it.id.as_str())
}

/// Lets waiting runs into their stages.
fn enter(pipeline: &mut Pipeline, now: i64) -> bool {
    let wanted: BTreeSet<String> = pipeline
        .executions
        .iter()
        .filter(|execution| execution.is_active())
        .filter_map(|execution| execution.waiting.clone())
        .collect();
    let mut moved = false;
    for stage in wanted {
        moved |= enter_stage(pipeline, &stage, now);
    }
    moved
}

fn enter_stage(pipeline: &mut Pipeline, stage: &str, now: i64) -> bool {
    let waits = |pipeline: &Pipeline| -> Vec<usize> {
        pipeline
            .executions
            .iter()
            .enumerate()
            .filter(|(_, it)| it.is_active() && it.waiting.as_deref() == Some(stage))
            .map(|(index, _)| index)
            .collect()
    };
    let mut moved = false;
    let mut waiting = waits(pipeline);
    // The newest of those that wait takes the others' place.
    let newest = waiting.last().copied();
    for index in &waiting {
        if let Some(execution) = pipeline.executions.get_mut(*index)
            && execution.mode == "SUPERSEDED"
            && Some(*index) != newest
        {
            execution.end("Superseded", now);
            moved = true;
        }
    }
    if moved {
        waiting = waits(pipeline);
    }
    if pipeline.closed.contains_key(stage) {
        return moved;
    }
    for index in waiting {
        let taken = pipeline.executions.iter().any(|it| {
            it.is_active() && it.mode != "PARALLEL" && it.current().is_some_and(|s| s.name == stage)
        });
        let Some(execution) = pipeline.executions.get_mut(index) else {
            continue;
        };
        if taken && execution.mode != "PARALLEL" {
            return moved;
        }
        execution.waiting = None;
        execution.updated = now;
        execution.stages.push(StageRun {
            name: stage.to_owned(),
            status: "InProgress".to_owned(),
            entered: now,
            ..StageRun::default()
        });
        moved = true;
        if let Some(execution) = pipeline.executions.get(index) {
            let declared = structure(pipeline, execution).clone();
            if let Some(execution) = pipeline.executions.get_mut(index) {
                conditions::refuse(execution, stage_of(&declared, stage), "beforeEntry", now);
            }
        }
    }
    moved
}
