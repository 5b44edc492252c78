//! Conditions of stages: rules that decide whether a run may enter a stage, and what follows its end.
//!
//! The sandbox evaluates none of them. A run that meets one fails there and says so, so that no gate is
//! taken to have been passed. Source: AWS CodePipeline User Guide, "Stage conditions".

use serde_json::Value;

use crate::sandbox::services::codepipeline::declaration::list_of;
use crate::sandbox::services::codepipeline::execution::Execution;

/// Ends a run as failed where the stage that it is in, or was in last, has conditions of a kind:
/// `beforeEntry`, `onSuccess` or `onFailure`.
pub fn refuse(execution: &mut Execution, stage: Option<&Value>, kind: &str, now: i64) -> bool {
    let rules = stage.and_then(|stage| stage.get(kind));
    if rules.is_none_or(|rules| list_of(rules, "conditions").is_empty()) {
        return false;
    }
    let why = format!(
        "The sandbox does not evaluate the conditions of stages: take {kind} out of the stage to let runs pass it"
    );
    if let Some(run) = execution.stages.last_mut() {
        "Failed".clone_into(&mut run.status);
        run.condition = Some((kind.to_owned(), why.clone()));
    }
    execution.end("Failed", now);
    execution.summary = Some(why);
    true
}
