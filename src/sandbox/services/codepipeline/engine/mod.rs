//! How runs go on: which stage is entered when, and which actions are due.
//!
//! Source: AWS CodePipeline User Guide, "How pipeline executions work" and "Set or change the pipeline
//! execution mode".

mod begin;
mod conditions;
mod news;
mod stages;

use std::mem;

use serde_json::Value;

use super::Pipeline;
use super::declaration::text_of;
use super::execution::{ActionRun, Execution};
use crate::sandbox::blobs::Blobs;
use crate::sandbox::world::World;

pub use begin::{cancel_all, rollback, start};
pub use stages::again;

/// Where a pipeline is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// The account.
    pub account: String,
    /// The Region.
    pub region: String,
    /// The pipeline's name.
    pub name: String,
}

/// What an action does next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// It goes on after so many milliseconds.
    Later(i64),
    /// It waits for somebody.
    Waits,
    /// It is done.
    Done,
    /// It has failed, with this code and message.
    Failed(String, String),
}

/// An action at work.
pub struct Doing<'a> {
    /// Everything there is.
    pub world: &'a mut World,
    /// Object bodies.
    pub blobs: &'a Blobs,
    /// The pipeline.
    pub key: &'a Key,
    /// Its structure in the version that runs.
    pub pipeline: &'a Value,
    /// The stage.
    pub stage: &'a str,
    /// The action as it is declared.
    pub declared: &'a Value,
    /// The run.
    pub execution: &'a mut Execution,
    /// The attempt.
    pub action: &'a mut ActionRun,
    /// Milliseconds since 1970.
    pub now: i64,
}

impl Doing<'_> {
    /// A member of the action's configuration, with every variable in its place.
    pub fn setting(&self, name: &str) -> Option<&str> {
        self.action.resolved.get(name).map(String::as_str)
    }

    /// The provider.
    pub fn provider(&self) -> &str {
        let kind = self.declared.get("actionTypeId").unwrap_or(&Value::Null);
        text_of(kind, "provider")
    }
}

/// When something goes on next.
pub fn due(world: &World) -> Option<i64> {
    let regions = world.accounts.values().flat_map(|a| a.regions.values());
    regions
        .flat_map(|regional| regional.codepipeline.pipelines.values())
        .filter_map(|pipeline| pipeline.due)
        .min()
}

/// Carries out what is due.
pub fn advance(world: &mut World, blobs: &Blobs, now: i64) {
    for key in keys_due(world, now) {
        // Out of the world while it is worked on; nothing that an action does looks at the pipeline.
        let Some(found) = at(world, &key) else {
            continue;
        };
        let mut pipeline = mem::take(found);
        pipeline.due = None;
        stages::go_on(world, blobs, &key, &mut pipeline, now);
        news::tell(world, &key, &mut pipeline, now);
        pipeline.due = next(&pipeline).map(|at| at.max(now + 1));
        if let Some(place) = at(world, &key) {
            *place = pipeline;
        }
    }
}

fn keys_due(world: &World, now: i64) -> Vec<Key> {
    let mut keys = Vec::new();
    for (account, content) in &world.accounts {
        for (region, regional) in &content.regions {
            for (name, pipeline) in &regional.codepipeline.pipelines {
                if pipeline.due.is_some_and(|due| due <= now) {
                    keys.push(Key {
                        account: account.clone(),
                        region: region.clone(),
                        name: name.clone(),
                    });
                }
            }
        }
    }
    keys
}

fn at<'a>(world: &'a mut World, key: &Key) -> Option<&'a mut Pipeline> {
    world
        .accounts
        .get_mut(&key.account)?
        .regions
        .get_mut(&key.region)?
        .codepipeline
        .pipelines
        .get_mut(&key.name)
}

/// When an action of a pipeline goes on next.
fn next(pipeline: &Pipeline) -> Option<i64> {
    pipeline
        .executions
        .iter()
        .filter(|execution| execution.is_active())
        .filter_map(Execution::current)
        .flat_map(|stage| stage.attempts())
        .filter(|attempt| attempt.is_active())
        .filter_map(|attempt| attempt.due)
        .min()
}

/// Has a pipeline looked at soon: something about it has been changed from outside.
pub fn wake(pipeline: &mut Pipeline, now: i64) {
    let soon = now.saturating_add(1);
    pipeline.due = Some(pipeline.due.map_or(soon, |due| due.min(soon)));
}

/// The structure that a run runs.
pub fn structure<'a>(pipeline: &'a Pipeline, execution: &Execution) -> &'a Value {
    execution
        .version
        .checked_sub(1)
        .and_then(|index| pipeline.versions.get(index))
        .unwrap_or_else(|| pipeline.current())
}
