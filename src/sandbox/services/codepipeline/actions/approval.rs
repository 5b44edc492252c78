//! Manual approval: waits for PutApprovalResult.

use serde_json::Value;

use super::{Failure, Outcome, needs, pass};
use crate::chain::Step;
use crate::sandbox::services::codepipeline::engine::{Doing, Progress};
use crate::sandbox::services::codepipeline::scene;

/// How long somebody may think, in minutes, where the action says nothing.
/// Source: AWS CodePipeline User Guide, quotas.
const USUAL_MINUTES: i64 = 7 * 24 * 60;

/// Gives out the token, and fails the action when the time is over.
pub fn step(doing: &mut Doing<'_>) -> Outcome {
    if doing.action.step > 0 {
        return Err(Failure::new(
            "TimeoutError",
            "The approval action has timed out: nobody approved or rejected it in time.",
        ));
    }
    // There are no topics here: what is decided is whether the pipeline may publish to the one it names.
    let needs = needs(doing, scene::nothing());
    pass(doing, &needs, &[Step::Assume, Step::Act])?;
    doing.action.step = 1;
    doing.action.token = Some(doing.world.ids.uuid());
    doing.action.external_url = doing.setting("ExternalEntityLink").map(str::to_owned);
    let minutes = doing
        .declared
        .get("timeoutInMinutes")
        .and_then(Value::as_i64);
    let minutes = minutes.unwrap_or(USUAL_MINUTES);
    // Not shortened by a time scale: it is a person who takes this time.
    doing.action.due = Some(doing.now.saturating_add(minutes.saturating_mul(60_000)));
    Ok(Progress::Waits)
}
