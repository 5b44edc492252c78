//! What CodePipeline tells EventBridge: runs, stages and actions that come to another state.
//!
//! Source: AWS CodePipeline User Guide, "Monitoring CodePipeline events"; members of events that were seen
//! in public. What was told last is kept beside each status, so nothing is told twice.

use serde_json::{Value, json};

use super::{Key, structure};
use crate::sandbox::page::object;
use crate::sandbox::services::codepipeline::declaration::{list_of, stages, text_of};
use crate::sandbox::services::codepipeline::execution::{ActionRun, Artifact, Execution};
use crate::sandbox::services::codepipeline::{Pipeline, pipeline_arn};
use crate::sandbox::services::eventbridge::outbox::{News, Place, emit};
use crate::sandbox::time;
use crate::sandbox::world::World;

const PIPELINE: &str = "CodePipeline Pipeline Execution State Change";
const STAGE: &str = "CodePipeline Stage Execution State Change";
const ACTION: &str = "CodePipeline Action Execution State Change";

/// Tells everything about a pipeline that has changed since it was told last.
pub fn tell(world: &mut World, key: &Key, pipeline: &mut Pipeline, now: i64) {
    let arn = pipeline_arn(&key.region, &key.account, &key.name);
    let mut told = Vec::new();
    for index in 0..pipeline.executions.len() {
        let Some(execution) = pipeline.executions.get(index) else {
            continue;
        };
        if execution.told == execution.status && !execution.is_active() {
            continue;
        }
        let declared = structure(pipeline, execution).clone();
        if let Some(execution) = pipeline.executions.get_mut(index) {
            of_execution(key, &declared, execution, &mut told);
        }
    }
    let place = Place {
        account: &key.account,
        region: &key.region,
    };
    for (detail_type, detail) in told {
        let news = News {
            source: "aws.codepipeline",
            detail_type,
            resources: vec![arn.clone()],
            detail,
        };
        emit(world, place, now, news);
    }
}

/// The states to tell of something that has come from one status to another. What is over before anything
/// was told of it has begun all the same.
fn states(told: &str, status: &str) -> Vec<&'static str> {
    let state = match status {
        _ if told == status => return Vec::new(),
        "InProgress" if told.is_empty() || told == "Stopping" => "STARTED",
        "InProgress" => "RESUMED",
        "Stopping" => "STOPPING",
        "Stopped" => "STOPPED",
        "Succeeded" => "SUCCEEDED",
        "Failed" => "FAILED",
        "Superseded" => "SUPERSEDED",
        "Cancelled" => "CANCELED",
        "Abandoned" => "ABANDONED",
        _ => return Vec::new(),
    };
    match told.is_empty() && state != "STARTED" {
        true => vec!["STARTED", state],
        false => vec![state],
    }
}

fn opens(state: &str) -> bool {
    ["STARTED", "RESUMED", "STOPPING"].contains(&state)
}

type Told = (&'static str, Value);

/// What there is to tell of a run, as it happened: the run begins, its stages one after the other with
/// their actions in them, the run ends.
fn of_execution(key: &Key, declared: &Value, execution: &mut Execution, told: &mut Vec<Told>) {
    // A run of a world that was saved before its runs were told about.
    let silent = execution.told.is_empty() && !execution.is_active();
    let retries: u32 = execution.stages.iter().map(|it| it.manual_retries).sum();
    let base = json!({
        "pipeline": key.name,
        "execution-id": execution.id,
        "start-time": time::iso_millis(execution.started),
    });
    // Numbers of events have a decimal point.
    let version = ("version", Some(json!(execution.version as f64)));
    let attempt = |count: f64| ("pipeline-execution-attempt", Some(json!(count)));
    let whole = attempt(f64::from(retries) + 1.0);
    let (mut list, mut last) = (Vec::new(), Vec::new());
    for state in states(&execution.told, &execution.status) {
        let trigger = (state == "STARTED").then(|| {
            json!({"trigger-type": execution.trigger.kind, "trigger-detail": execution.trigger.detail})
        });
        let detail = with(
            &base,
            [
                ("execution-trigger", trigger),
                ("state", Some(json!(state))),
                version.clone(),
                whole.clone(),
            ],
        );
        match opens(state) {
            true => list.push((PIPELINE, detail)),
            false => last.push((PIPELINE, detail)),
        }
    }
    execution.told.clone_from(&execution.status);
    for stage in &mut execution.stages {
        let mut after = Vec::new();
        for state in states(&stage.told, &stage.status) {
            let detail = with(
                &base,
                [
                    ("stage", Some(json!(stage.name))),
                    ("state", Some(json!(state))),
                    version.clone(),
                    attempt(f64::from(stage.manual_retries)),
                ],
            );
            match opens(state) {
                true => list.push((STAGE, detail)),
                false => after.push((STAGE, detail)),
            }
        }
        stage.told.clone_from(&stage.status);
        let name = stage.name.clone();
        for action in &mut stage.actions {
            for state in states(&action.told, &action.status) {
                let detail = of_action(key, declared, &base, &name, action, state);
                list.push((ACTION, with(&detail, [version.clone(), whole.clone()])));
            }
            action.told.clone_from(&action.status);
        }
        list.extend(after);
    }
    if !silent {
        told.extend(list);
        told.extend(last);
    }
}

fn with<const N: usize>(base: &Value, members: [(&str, Option<Value>); N]) -> Value {
    let mut detail = base.clone();
    if let (Value::Object(detail), Value::Object(more)) = (&mut detail, object(members)) {
        detail.extend(more);
    }
    detail
}

fn of_action(
    key: &Key,
    declared: &Value,
    base: &Value,
    stage: &str,
    action: &ActionRun,
    state: &str,
) -> Value {
    let found = stages(declared)
        .iter()
        .filter(|it| text_of(it, "name") == stage)
        .flat_map(|it| list_of(it, "actions"))
        .find(|it| text_of(it, "name") == action.name)
        .unwrap_or(&Value::Null);
    let kind = found.get("actionTypeId").map(|kind| {
        let part = |name: &str| text_of(kind, name).to_owned();
        json!({
            "owner": part("owner"),
            "provider": part("provider"),
            "category": part("category"),
            "version": part("version"),
        })
    });
    let region = Some(text_of(found, "region")).filter(|region| !region.is_empty());
    let over = !opens(state);
    let artifacts = |list: &[Artifact]| {
        let shown = list.iter().map(Artifact::shown).collect::<Value>();
        (over && !list.is_empty()).then_some(shown)
    };
    let error = action.error.as_ref();
    let said = error
        .map(|(_, message)| message)
        .or(action.summary.as_ref());
    let result = object([
        (
            "external-execution-url",
            action.external_url.clone().map(Value::from),
        ),
        ("external-execution-summary", said.map(|said| json!(said))),
        (
            "external-execution-id",
            action.external_id.clone().map(Value::from),
        ),
        ("error-code", error.map(|(code, _)| json!(code))),
    ]);
    let any = result.as_object().is_some_and(|result| !result.is_empty());
    let done = action.status == "Succeeded";
    with(
        base,
        [
            ("stage", Some(json!(stage))),
            ("execution-result", (over && any).then_some(result)),
            ("input-artifacts", artifacts(&action.inputs)),
            (
                "output-artifacts",
                done.then(|| artifacts(&action.outputs)).flatten(),
            ),
            ("action-execution-id", Some(json!(action.id))),
            ("action", Some(json!(action.name))),
            ("state", Some(json!(state))),
            ("region", Some(json!(region.unwrap_or(&key.region)))),
            ("type", kind),
        ],
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_of_a_change() {
        for (told, status, states_told) in [
            ("", "InProgress", vec!["STARTED"]),
            ("InProgress", "InProgress", vec![]),
            ("InProgress", "Succeeded", vec!["SUCCEEDED"]),
            ("", "Failed", vec!["STARTED", "FAILED"]),
            ("Failed", "InProgress", vec!["RESUMED"]),
            ("Stopping", "Stopped", vec!["STOPPED"]),
            ("InProgress", "Cancelled", vec!["CANCELED"]),
        ] {
            assert_eq!(states(told, status), states_told, "{told} {status}");
        }
    }
}
