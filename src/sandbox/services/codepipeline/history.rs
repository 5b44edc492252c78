//! Runs as they are listed.

use serde_json::{Value, json};

use super::declaration::{NAME, list_of, stages, text_of};
use super::engine::structure;
use super::execution::{ActionRun, Artifact, Execution};
use super::{Pipeline, bad_token, pipeline};
use crate::sandbox::page::{self, object, seconds};
use crate::sandbox::service::{Answer, Call, Fault};
use crate::sandbox::shape::{Member, Shape, checked, one_of, optional, required, text};
use crate::sandbox::world::World;

static MOST: Shape = Shape::Number { min: 1, max: 100 };
static TOKEN: Shape = text(1, 2048, "");
/// The id of a run.
pub static ID: Shape = text(
    0,
    usize::MAX,
    "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
);
static SUCCEEDED: Shape = Shape::Structure(&[optional("stageName", &NAME)]);
static EXECUTION_FILTER: Shape = Shape::Structure(&[optional("succeededInStage", &SUCCEEDED)]);
static EXECUTIONS: &[Member] = &[
    required("pipelineName", &NAME),
    optional("maxResults", &MOST),
    optional("filter", &EXECUTION_FILTER),
    optional("nextToken", &TOKEN),
];
static GET: &[Member] = &[
    required("pipelineName", &NAME),
    required("pipelineExecutionId", &ID),
];
static RANGE: Shape = one_of(&["Latest", "All"]);
static LATEST: Shape = Shape::Structure(&[
    required("pipelineExecutionId", &ID),
    required("startTimeRange", &RANGE),
]);
static ACTION_FILTER: Shape = Shape::Structure(&[
    optional("pipelineExecutionId", &ID),
    optional("latestInPipelineExecution", &LATEST),
]);
static ACTIONS: &[Member] = &[
    required("pipelineName", &NAME),
    optional("filter", &ACTION_FILTER),
    optional("maxResults", &MOST),
    optional("nextToken", &TOKEN),
];

fn size(call: &Call) -> usize {
    call.number("maxResults")
        .and_then(|most| usize::try_from(most).ok())
        .unwrap_or(100)
}

/// The fault for a run that is not there.
pub fn no_execution(call: &Call, id: &str) -> Fault {
    Fault::new(
        "PipelineExecutionNotFoundException",
        format!(
            "The pipeline execution with ID {id} does not exist for the pipeline {}",
            call.text("pipelineName").unwrap_or_default()
        ),
    )
}

pub fn executions(world: &mut World, call: &Call) -> Answer {
    checked(&call.input, EXECUTIONS, "ValidationException")?;
    let found = pipeline(world, call, "pipelineName")?;
    let stage = call.input.pointer("/filter/succeededInStage/stageName");
    let stage = stage.and_then(Value::as_str);
    let all: Vec<Value> = found
        .executions
        .iter()
        .rev()
        .filter(|it| {
            let through = |name: &str| {
                it.stages
                    .iter()
                    .any(|run| run.name == name && run.status == "Succeeded")
            };
            stage.is_none_or(through)
        })
        .map(summary)
        .collect();
    let page = page::page(all, size(call), call.text("nextToken")).ok_or_else(bad_token)?;
    Ok(object([
        ("pipelineExecutionSummaries", Some(json!(page.items))),
        ("nextToken", page.next.map(Value::from)),
    ]))
}

fn summary(execution: &Execution) -> Value {
    let stop = execution
        .stop
        .as_ref()
        .map(|stop| object([("reason", stop.reason.clone().map(Value::from))]));
    object([
        ("pipelineExecutionId", Some(json!(execution.id))),
        ("status", Some(json!(execution.status))),
        ("statusSummary", execution.summary.clone().map(Value::from)),
        ("startTime", Some(seconds(execution.started))),
        ("lastUpdateTime", Some(seconds(execution.updated))),
        ("sourceRevisions", Some(execution.source_revisions())),
        ("trigger", Some(execution.shown_trigger())),
        ("stopTrigger", stop),
        ("executionMode", Some(json!(execution.mode))),
        ("executionType", Some(json!(execution.kind()))),
        ("rollbackMetadata", execution.shown_rollback()),
    ])
}

pub fn get(world: &mut World, call: &Call) -> Answer {
    checked(&call.input, GET, "ValidationException")?;
    let found = pipeline(world, call, "pipelineName")?;
    let id = call.text("pipelineExecutionId").unwrap_or_default();
    let execution = found
        .executions
        .iter()
        .find(|it| it.id == id)
        .ok_or_else(|| no_execution(call, id))?;
    let variables: Value = execution
        .variables
        .iter()
        .map(|(name, value)| json!({"name": name, "resolvedValue": value}))
        .collect();
    let shown = object([
        ("pipelineName", call.text("pipelineName").map(Value::from)),
        ("pipelineVersion", Some(json!(execution.version))),
        ("pipelineExecutionId", Some(json!(execution.id))),
        ("status", Some(json!(execution.status))),
        ("statusSummary", execution.summary.clone().map(Value::from)),
        ("artifactRevisions", Some(execution.artifact_revisions())),
        ("variables", Some(variables)),
        ("trigger", Some(execution.shown_trigger())),
        ("executionMode", Some(json!(execution.mode))),
        ("executionType", Some(json!(execution.kind()))),
        ("rollbackMetadata", execution.shown_rollback()),
    ]);
    Ok(json!({"pipelineExecution": shown}))
}

/// Attempts at actions, the newest first.
pub fn actions(world: &mut World, call: &Call) -> Answer {
    checked(&call.input, ACTIONS, "ValidationException")?;
    let found = pipeline(world, call, "pipelineName")?;
    let latest = call.input.pointer("/filter/latestInPipelineExecution");
    let wanted = call
        .input
        .pointer("/filter/pipelineExecutionId")
        .or_else(|| latest.and_then(|it| it.get("pipelineExecutionId")))
        .and_then(Value::as_str);
    if let Some(id) = wanted
        && !found.executions.iter().any(|it| it.id == id)
    {
        return Err(no_execution(call, id));
    }
    let only_latest = latest.is_some_and(|it| {
        it.get("startTimeRange")
            .is_some_and(|range| range == "Latest")
    });
    let mut all: Vec<(i64, usize, Value)> = Vec::new();
    for execution in &found.executions {
        if wanted.is_some_and(|id| execution.id != id) {
            continue;
        }
        for stage in &execution.stages {
            for attempt in &stage.actions {
                if only_latest && attempt.replaced {
                    continue;
                }
                let shown = detail(found, execution, &stage.name, attempt);
                all.push((attempt.started, all.len(), shown));
            }
        }
    }
    all.sort_by_key(|(started, place, _)| (*started, *place));
    all.reverse();
    let all: Vec<Value> = all.into_iter().map(|(_, _, shown)| shown).collect();
    let page = page::page(all, size(call), call.text("nextToken")).ok_or_else(bad_token)?;
    Ok(object([
        ("actionExecutionDetails", Some(json!(page.items))),
        ("nextToken", page.next.map(Value::from)),
    ]))
}

fn detail(found: &Pipeline, execution: &Execution, stage: &str, attempt: &ActionRun) -> Value {
    let declared = stages(structure(found, execution))
        .iter()
        .filter(|it| text_of(it, "name") == stage)
        .flat_map(|it| list_of(it, "actions"))
        .find(|it| text_of(it, "name") == attempt.name)
        .unwrap_or(&Value::Null);
    let artifacts = |list: &[Artifact]| list.iter().map(Artifact::shown).collect::<Value>();
    let given = |name: &str| declared.get(name).cloned();
    let some = |text: &Option<String>| text.clone().map(Value::from);
    let input = object([
        ("actionTypeId", given("actionTypeId")),
        ("configuration", given("configuration")),
        ("resolvedConfiguration", Some(json!(attempt.resolved))),
        ("roleArn", given("roleArn")),
        ("region", given("region")),
        ("inputArtifacts", Some(artifacts(&attempt.inputs))),
        ("namespace", given("namespace")),
    ]);
    let result = object([
        ("externalExecutionId", some(&attempt.external_id)),
        ("externalExecutionSummary", some(&attempt.summary)),
        ("externalExecutionUrl", some(&attempt.external_url)),
        ("errorDetails", attempt.shown_error()),
        ("logStreamARN", some(&attempt.log_stream)),
    ]);
    let done = attempt.status == "Succeeded";
    let outputs: &[Artifact] = if done { &attempt.outputs } else { &[] };
    let output = object([
        ("outputArtifacts", Some(artifacts(outputs))),
        ("executionResult", Some(result)),
        ("outputVariables", Some(json!(attempt.variables))),
    ]);
    object([
        ("pipelineExecutionId", Some(json!(execution.id))),
        ("actionExecutionId", Some(json!(attempt.id))),
        ("pipelineVersion", Some(json!(execution.version))),
        ("stageName", Some(json!(stage))),
        ("actionName", Some(json!(attempt.name))),
        ("startTime", Some(seconds(attempt.started))),
        ("lastUpdateTime", Some(seconds(attempt.updated))),
        ("updatedBy", some(&attempt.updated_by)),
        ("status", Some(json!(attempt.status))),
        ("input", Some(input)),
        ("output", Some(output)),
    ])
}
