//! AWS CodePipeline: pipelines and their runs.
//!
//! Codes and shapes are those of the API model (2015-07-09).

pub mod declaration;
pub mod engine;
pub mod execution;

mod actions;
mod artifacts;
mod history;
mod pipelines;
mod runs;
mod scene;
mod state;
mod structure;
mod tagging;
#[cfg(test)]
mod tests;
mod variables;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::super::page::{self, Tags};
use super::super::service::{Call, Effect, Fault, Operation, Protocol, Service};
use super::super::world::World;
pub use execution::{Execution, Trigger};

/// What an account's CodePipeline holds in a Region.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
#[serde(default)]
pub struct State {
    /// The pipelines, by name.
    pub pipelines: BTreeMap<String, Pipeline>,
}

/// A pipeline.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
#[serde(default)]
pub struct Pipeline {
    /// Every version that it ever had, the first one first.
    pub versions: Vec<Value>,
    /// When it was made, in milliseconds since 1970.
    pub created: i64,
    /// When it was last changed.
    pub updated: i64,
    /// Its tags.
    pub tags: Tags,
    /// The stages whose inbound transition is closed.
    pub closed: BTreeMap<String, Closed>,
    /// Its runs, the oldest first.
    pub executions: Vec<Execution>,
    /// When one of them goes on.
    pub due: Option<i64>,
}

/// A transition that was closed by hand.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
#[serde(default)]
pub struct Closed {
    /// Why.
    pub reason: String,
    /// By whom.
    pub by: String,
    /// When, in milliseconds since 1970.
    pub at: i64,
}

impl Pipeline {
    /// The structure in force.
    pub fn current(&self) -> &Value {
        self.versions.last().unwrap_or(&Value::Null)
    }
}

/// The ARN of a pipeline.
pub fn pipeline_arn(region: &str, account: &str, name: &str) -> String {
    page::arn("codepipeline", region, account, name)
}

const READ: Effect = Effect::Reads;
const CHANGE: Effect = Effect::Changes;

macro_rules! operation {
    ($name:literal, $effect:expr, $resource:expr, $run:expr) => {
        Operation {
            name: $name,
            action: concat!("codepipeline:", $name),
            effect: $effect,
            resource: $resource,
            run: $run,
        }
    };
}

/// The service.
pub static SERVICE: Service = Service {
    signing_name: "codepipeline",
    protocol: Protocol::Json {
        version: "1.1",
        target_prefix: "CodePipeline_20150709",
    },
    operations: &[
        operation!("CreatePipeline", CHANGE, declared, pipelines::create),
        operation!("GetPipeline", READ, named, pipelines::get),
        operation!("UpdatePipeline", CHANGE, declared, pipelines::update),
        operation!("DeletePipeline", CHANGE, named, pipelines::delete),
        operation!("ListPipelines", READ, everything, pipelines::list),
        operation!("GetPipelineState", READ, named, state::get),
        operation!(
            "ListPipelineExecutions",
            READ,
            of_executions,
            history::executions
        ),
        operation!("GetPipelineExecution", READ, of_executions, history::get),
        operation!(
            "ListActionExecutions",
            READ,
            of_executions,
            history::actions
        ),
        operation!("StartPipelineExecution", CHANGE, named, runs::start),
        operation!("StopPipelineExecution", CHANGE, of_executions, runs::stop),
        operation!("RetryStageExecution", CHANGE, stage, runs::retry),
        operation!("RollbackStage", CHANGE, stage, runs::roll_back),
        operation!("PutApprovalResult", CHANGE, action, runs::approve),
        operation!("DisableStageTransition", CHANGE, stage, state::close),
        operation!("EnableStageTransition", CHANGE, stage, state::open),
        operation!("TagResource", CHANGE, tagged, tagging::tag),
        operation!("UntagResource", CHANGE, tagged, tagging::untag),
        operation!("ListTagsForResource", READ, tagged, tagging::list),
    ],
};

fn everything(_: &World, _: &Call) -> String {
    "*".to_owned()
}

fn arn_or_all(call: &Call, name: Option<&str>) -> String {
    name.map_or_else(
        || "*".to_owned(),
        |name| pipeline_arn(&call.region, &call.caller.account, name),
    )
}

fn declared(_: &World, call: &Call) -> String {
    let pipeline = call.input.get("pipeline");
    let name = pipeline.and_then(|pipeline| pipeline.get("name"));
    arn_or_all(call, name.and_then(Value::as_str))
}

fn named(_: &World, call: &Call) -> String {
    arn_or_all(call, call.text("name"))
}

fn of_executions(_: &World, call: &Call) -> String {
    arn_or_all(call, call.text("pipelineName"))
}

fn stage(_: &World, call: &Call) -> String {
    let pipeline = arn_or_all(call, call.text("pipelineName"));
    match call.text("stageName") {
        Some(stage) if pipeline != "*" => format!("{pipeline}/{stage}"),
        _ => pipeline,
    }
}

fn action(world: &World, call: &Call) -> String {
    let stage = stage(world, call);
    match call.text("actionName") {
        Some(action) if stage != "*" => format!("{stage}/{action}"),
        _ => stage,
    }
}

fn tagged(_: &World, call: &Call) -> String {
    call.text("resourceArn").unwrap_or("*").to_owned()
}

fn state_mut<'a>(world: &'a mut World, call: &Call) -> &'a mut State {
    &mut world
        .regional(&call.caller.account, &call.region)
        .codepipeline
}

/// The caller's pipeline that a member of the input names.
fn pipeline<'a>(
    world: &'a mut World,
    call: &Call,
    member: &str,
) -> Result<&'a mut Pipeline, Fault> {
    let name = call.text(member).unwrap_or_default();
    state_mut(world, call)
        .pipelines
        .get_mut(name)
        .ok_or_else(|| no_pipeline(call, name))
}

fn no_pipeline(call: &Call, name: &str) -> Fault {
    Fault::new(
        "PipelineNotFoundException",
        format!(
            "Account '{}' does not have a pipeline with name '{name}'",
            call.caller.account
        ),
    )
}

fn bad_token() -> Fault {
    Fault::new(
        "InvalidNextTokenException",
        "The next token was specified in an invalid format.",
    )
}
