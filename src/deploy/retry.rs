//! What a retry would do again.
//!
//! Source: AWS CodePipeline User Guide, "Configuring stage retry for a failed stage or failed actions".

use serde::Serialize;

use crate::cloud::run::{ErrorDetails, PipelineState, Status};

/// A stage that can be tried again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Retry {
    /// The stage.
    pub stage: String,
    /// The run that failed in it.
    pub execution: String,
    /// How it ended there.
    pub status: Status,
    /// Its actions that failed.
    pub failed: Vec<FailedAction>,
    /// Whether it is the first stage, which reads the source anew.
    pub source: bool,
    /// All its actions.
    pub actions: Vec<String>,
}

/// An action that failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FailedAction {
    /// Its name.
    pub action: String,
    /// What AWS says.
    pub error: Option<ErrorDetails>,
    /// What it started elsewhere: a build, a deployment.
    pub external_id: Option<String>,
}

/// Why nothing can be tried again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoRetry {
    /// No stage has failed.
    #[error("no stage of {0} has failed")]
    NothingFailed(String),
    /// The run is still in that stage.
    #[error("the run {execution} is under way in {stage}")]
    UnderWay {
        /// The run.
        execution: String,
        /// The stage.
        stage: String,
    },
}

/// The stage that failed; of several the furthest one.
///
/// # Errors
/// None has failed, or a run is under way.
pub fn retry(pipeline: &str, state: &PipelineState) -> Result<Retry, NoRetry> {
    let unwell = |status: &Status| matches!(status, Status::Failed | Status::Stopped);
    let found = state
        .stages
        .iter()
        .rev()
        .filter_map(|stage| Some((stage, stage.latest.as_ref()?)))
        .find(|(_, latest)| unwell(&latest.status));
    let Some((stage, latest)) = found else {
        let going = state
            .stages
            .iter()
            .filter_map(|stage| Some((stage, stage.latest.as_ref()?)))
            .find(|(_, latest)| !latest.status.is_over());
        return Err(match going {
            Some((stage, latest)) => NoRetry::UnderWay {
                execution: latest.execution.clone(),
                stage: stage.name.clone(),
            },
            None => NoRetry::NothingFailed(pipeline.to_owned()),
        });
    };
    Ok(Retry {
        stage: stage.name.clone(),
        execution: latest.execution.clone(),
        status: latest.status.clone(),
        source: state.stages.first().is_some_and(|it| it.name == stage.name),
        failed: stage
            .actions
            .iter()
            .filter_map(|action| Some((action, action.attempt.as_ref()?)))
            .filter(|(_, attempt)| {
                matches!(
                    attempt.status,
                    Status::Failed | Status::Abandoned | Status::Stopped
                )
            })
            .map(|(action, attempt)| FailedAction {
                action: action.name.clone(),
                error: attempt.error.clone(),
                external_id: attempt.external_id.clone(),
            })
            .collect(),
        actions: stage.actions.iter().map(|it| it.name.clone()).collect(),
    })
}

#[cfg(test)]
mod tests;
