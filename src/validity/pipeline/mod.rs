//! Whether CodePipeline takes a pipeline, decided without it.
//!
//! Three layers, as the service has them: the shape (the API model), the structure (stages, names,
//! artifacts), and each action (its type, its configuration, its variables). What the service takes
//! but cannot run is told apart by [`Code::FailsWhenRun`].

mod actions;
mod configuration;
mod model;
mod read;
mod structure;
mod variables;

use serde_json::Value;

use super::problem::{Code, Problem};
use super::shape;

/// Every problem of a pipeline's structure (what `CreatePipeline` takes under `pipeline`), without
/// knowing its Region.
pub fn check(pipeline: &Value) -> Vec<Problem> {
    check_in(pipeline, None)
}

/// Every problem of a pipeline's structure that is created in a Region.
pub fn check_in(pipeline: &Value, region: Option<&str>) -> Vec<Problem> {
    let problems = shape::check(&model::PIPELINE, pipeline, "pipeline");
    if !problems.is_empty() {
        // The service stops here too: what has not the right shape cannot be looked into.
        return problems;
    }
    let actions = read::actions(pipeline);
    let mut problems = structure::check(pipeline, &actions, region);
    for action in &actions {
        problems.extend(configuration::check(action, region));
    }
    problems.extend(variables::check(pipeline, &actions));
    problems.sort_by_key(|problem| problem.code == Code::FailsWhenRun);
    problems
}

#[cfg(test)]
mod tests;
