//! What a pipeline is doing: as long as nothing runs, its stages and whether one may enter them.

use serde_json::{Value, json};

use super::declaration::{NAME, list_of, stages, text_of};
use super::{Closed, pipeline};
use crate::sandbox::page::{object, seconds};
use crate::sandbox::service::{Answer, Call, Fault};
use crate::sandbox::shape::{Member, Shape, checked, one_of, optional, required, text};
use crate::sandbox::world::World;

static GET: &[Member] = &[required("name", &NAME)];
static MOST: Shape = Shape::Number { min: 1, max: 100 };
static TOKEN: Shape = text(1, 2048, "");
static EXECUTIONS: &[Member] = &[
    required("pipelineName", &NAME),
    optional("maxResults", &MOST),
    optional("nextToken", &TOKEN),
];
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
        .map(|stage| {
            let name = text_of(stage, "name");
            let actions: Vec<Value> = list_of(stage, "actions")
                .iter()
                .map(|action| json!({"actionName": text_of(action, "name")}))
                .collect();
            json!({
                "stageName": name,
                "inboundTransitionState": transition(found.closed.get(name)),
                "actionStates": actions,
            })
        })
        .collect();
    Ok(json!({
        "pipelineName": text_of(current, "name"),
        "pipelineVersion": found.versions.len(),
        "stageStates": states,
        "created": seconds(found.created),
        "updated": seconds(found.updated),
    }))
}

fn transition(closed: Option<&Closed>) -> Value {
    object([
        ("enabled", Some(json!(closed.is_none()))),
        ("lastChangedBy", closed.map(|closed| json!(closed.by))),
        ("lastChangedAt", closed.map(|closed| seconds(closed.at))),
        ("disabledReason", closed.map(|closed| json!(closed.reason))),
    ])
}

/// No run has been made by anything here, so there is none to list.
pub fn executions(world: &mut World, call: &Call) -> Answer {
    checked(&call.input, EXECUTIONS, "ValidationException")?;
    pipeline(world, call, "pipelineName")?;
    if call.text("nextToken").is_some() {
        return Err(super::bad_token());
    }
    Ok(json!({"pipelineExecutionSummaries": []}))
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
    }
    Ok(json!({}))
}
