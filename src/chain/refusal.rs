//! What AWS says where a need is refused.

use serde::{Deserialize, Serialize};

use super::need::Confidence;

/// What AWS prints where a need is refused, and what becomes of the action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// The known failure that this is, for example `F02`; empty where none has a number.
    pub failure: String,
    /// Where it is to be read.
    pub shown: Shown,
    /// The code there, for example `PermissionError` of an action, `CLIENT_ERROR` of a build's phase,
    /// `IAM_ROLE_PERMISSIONS` of a deployment.
    pub code: String,
    /// The sentence there.
    pub message: String,
    /// The part of the sentence that is the refusal itself ("User: ... is not authorized to perform: ..."),
    /// with the reason that is the most likely; `None` where AWS keeps it back.
    pub denied: Option<String>,
    /// How well the sentence is known.
    pub confidence: Confidence,
    /// The error of the pipeline's action that follows; `None` where no action fails by it.
    pub action_error: Option<ActionError>,
}

/// The error of an action, as `GetPipelineState` and `ListActionExecutions` show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActionError {
    /// The code, for example `JobFailed`, `PermissionError`, `ConfigurationError`.
    pub code: String,
    /// The sentence.
    pub message: String,
}

/// Where a refusal is to be read first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shown {
    /// Nowhere but in a metric or a trail.
    Nowhere,
    /// The error of the pipeline's action.
    Action,
    /// The context of the build's phase.
    BuildPhase,
    /// The output of a command in the build's log.
    BuildLog,
    /// The deployment's error information.
    Deployment,
    /// A message in the log of the service, or its events, and the stopped task's reason.
    StoppedTask,
}

impl Refusal {
    /// The sentence with the refusal as it was decided, in AWS's words.
    pub fn message_with(&self, denied: &str) -> String {
        replaced(&self.message, self.denied.as_deref(), denied)
    }

    /// The error of the action with the refusal as it was decided.
    pub fn action_error_with(&self, denied: &str) -> Option<ActionError> {
        self.action_error.as_ref().map(|error| ActionError {
            code: error.code.clone(),
            message: replaced(&error.message, self.denied.as_deref(), denied),
        })
    }
}

fn replaced(message: &str, usual: Option<&str>, denied: &str) -> String {
    match usual {
        Some(usual) if !usual.is_empty() => message.replace(usual, denied),
        _ => message.to_owned(),
    }
}
