//! Pipelines, their executions and actions.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The status of an execution, a stage or an action. Source: CodePipeline API Reference,
/// `PipelineExecution`, `StageExecution` and `ActionExecution`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum Status {
    /// Under way.
    InProgress,
    /// Ended as it should.
    Succeeded,
    /// Ended otherwise.
    Failed,
    /// Being stopped.
    Stopping,
    /// Stopped by hand.
    Stopped,
    /// Overtaken by a newer execution.
    Superseded,
    /// The pipeline was changed while it ran.
    Cancelled,
    /// Stopped by hand without waiting for the action's end.
    Abandoned,
    /// Left out by a condition.
    Skipped,
    /// One that this program does not know.
    Other(String),
}

impl Status {
    /// AWS's word for it.
    pub fn as_str(&self) -> &str {
        match self {
            Self::InProgress => "InProgress",
            Self::Succeeded => "Succeeded",
            Self::Failed => "Failed",
            Self::Stopping => "Stopping",
            Self::Stopped => "Stopped",
            Self::Superseded => "Superseded",
            Self::Cancelled => "Cancelled",
            Self::Abandoned => "Abandoned",
            Self::Skipped => "Skipped",
            Self::Other(word) => word,
        }
    }

    /// Whether it will not change any more by itself.
    pub fn is_over(&self) -> bool {
        !matches!(self, Self::InProgress | Self::Stopping | Self::Other(_))
    }
}

impl From<&str> for Status {
    fn from(word: &str) -> Self {
        match word {
            "InProgress" => Self::InProgress,
            "Succeeded" => Self::Succeeded,
            "Failed" => Self::Failed,
            "Stopping" => Self::Stopping,
            "Stopped" => Self::Stopped,
            "Superseded" => Self::Superseded,
            "Cancelled" => Self::Cancelled,
            "Abandoned" => Self::Abandoned,
            "Skipped" => Self::Skipped,
            other => Self::Other(other.to_owned()),
        }
    }
}

impl From<String> for Status {
    fn from(word: String) -> Self {
        Self::from(word.as_str())
    }
}

impl From<Status> for String {
    fn from(status: Status) -> Self {
        status.as_str().to_owned()
    }
}

/// A pipeline as it is declared, as far as its runs are concerned (GetPipeline).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PipelineShape {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: u32,
    /// `V1` or `V2`. Only `V2` can roll a stage back.
    pub kind: String,
    /// `SUPERSEDED`, `QUEUED` or `PARALLEL`.
    pub mode: String,
    /// Its stages, in order.
    pub stages: Vec<StageShape>,
}

/// A stage as it is declared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageShape {
    /// Its name.
    pub name: String,
    /// Its actions, in the order of the structure.
    pub actions: Vec<ActionShape>,
}

/// An action as it is declared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActionShape {
    /// Its name.
    pub name: String,
    /// `Source`, `Build`, `Deploy`, `Approval`, ...
    pub category: String,
    /// `CodeCommit`, `CodeBuild`, `CodeDeployToECS`, `ECS`, `Manual`, ...
    pub provider: String,
    /// When in its stage it comes, from 1.
    pub order: u32,
    /// The role that it is carried out as, where it is not the pipeline's.
    pub role: Option<String>,
    /// Its configuration, as written.
    pub configuration: BTreeMap<String, String>,
}

/// What a pipeline is doing (GetPipelineState).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PipelineState {
    /// Its stages, in order.
    pub stages: Vec<StageState>,
}

/// What a stage is doing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageState {
    /// Its name.
    pub name: String,
    /// The execution that came in last, and how it fares.
    pub latest: Option<StageExecution>,
    /// The executions that wait before it.
    pub waiting: Vec<String>,
    /// Whether one may enter it.
    pub transition: Transition,
    /// What its actions did last. They belong to `latest`, or to an earlier execution where `latest` has
    /// not come to them yet.
    pub actions: Vec<ActionState>,
}

/// An execution in a stage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageExecution {
    /// Its id.
    pub execution: String,
    /// How it fares in this stage.
    pub status: Status,
}

/// The way into a stage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transition {
    /// Whether it is open.
    pub open: bool,
    /// Why it is closed.
    pub reason: Option<String>,
    /// Who changed it last.
    pub by: Option<String>,
    /// When.
    pub at: Option<Timestamp>,
}

impl Default for Transition {
    fn default() -> Self {
        Self {
            open: true,
            reason: None,
            by: None,
            at: None,
        }
    }
}

/// What an action did last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActionState {
    /// Its name.
    pub name: String,
    /// Its last attempt.
    pub attempt: Option<Attempt>,
}

/// One attempt of an action, as GetPipelineState shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// The action execution's id.
    pub id: String,
    /// How it fares.
    pub status: Status,
    /// AWS's summary: a commit message, an approval's comment.
    pub summary: Option<String>,
    /// When the status changed last.
    pub changed: Option<Timestamp>,
    /// The token that an answer to an approval needs.
    pub token: Option<String>,
    /// Who approved or rejected.
    pub by: Option<String>,
    /// The id of what it started elsewhere: a build, a deployment.
    pub external_id: Option<String>,
    /// The page of it.
    pub external_url: Option<String>,
    /// What went wrong.
    pub error: Option<ErrorDetails>,
}

/// What AWS says of an action that went wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorDetails {
    /// `PermissionError`, `JobFailed`, ...
    pub code: String,
    /// The sentence.
    pub message: String,
}

/// One run of a pipeline (ListPipelineExecutions, GetPipelineExecution).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Execution {
    /// Its id.
    pub id: String,
    /// How it fares.
    pub status: Status,
    /// Why it is as it is, where AWS says so.
    pub summary: Option<String>,
    /// When it began. GetPipelineExecution does not say.
    pub started: Option<Timestamp>,
    /// When it changed last. GetPipelineExecution does not say.
    pub updated: Option<Timestamp>,
    /// What it brings.
    pub revisions: Vec<Revision>,
    /// What started it: `StartPipelineExecution`, `CloudWatchEvent`, `CreatePipeline`, `ManualRollback`, ...
    pub trigger: Option<String>,
    /// Who or what exactly: the caller's ARN, the rule's.
    pub trigger_detail: Option<String>,
    /// Why it was stopped. GetPipelineExecution does not say.
    pub stop_reason: Option<String>,
    /// `SUPERSEDED`, `QUEUED` or `PARALLEL`.
    pub mode: Option<String>,
    /// The execution whose revisions a rollback brings back; none for other runs.
    pub rollback_of: Option<String>,
    /// The version of the pipeline that it runs with. ListPipelineExecutions does not say.
    pub version: Option<u32>,
    /// Whether its deploy action succeeded though the run did not. No call about runs says it:
    /// `deploy::effect` finds it out.
    #[serde(default)]
    pub went_through: bool,
}

impl Execution {
    /// Whether it has deployed, however it ended.
    pub fn deployed(&self) -> bool {
        self.status == Status::Succeeded || self.went_through
    }
}

/// A source revision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revision {
    /// The source action; with GetPipelineExecution the artifact's name.
    pub name: String,
    /// The commit, image digest or object version.
    pub id: String,
    /// The first lines of the commit's message.
    pub summary: Option<String>,
    /// Its page.
    pub url: Option<String>,
}

/// One attempt of an action of an execution (ListActionExecutions).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActionExecution {
    /// The action execution's id.
    pub id: String,
    /// The stage.
    pub stage: String,
    /// The action.
    pub action: String,
    /// How it fares.
    pub status: Status,
    /// `Source`, `Build`, `Deploy`, `Approval`, ...
    pub category: String,
    /// `CodeCommit`, `CodeBuild`, `CodeDeployToECS`, `ECS`, `Manual`, ...
    pub provider: String,
    /// When it began.
    pub started: Option<Timestamp>,
    /// When it changed last: its end, where it is over.
    pub updated: Option<Timestamp>,
    /// Who changed it last.
    pub by: Option<String>,
    /// The role that it was carried out as, where it is not the pipeline's.
    pub role: Option<String>,
    /// Its configuration, variables replaced.
    pub configuration: BTreeMap<String, String>,
    /// The names of its input artifacts.
    pub inputs: Vec<String>,
    /// Its output variables.
    pub variables: BTreeMap<String, String>,
    /// AWS's summary.
    pub summary: Option<String>,
    /// The id of what it started elsewhere.
    pub external_id: Option<String>,
    /// The page of it.
    pub external_url: Option<String>,
    /// What went wrong.
    pub error: Option<ErrorDetails>,
}

/// A revision that a started run should bring in place of the branch's head.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevisionOverride {
    /// The source action.
    pub action: String,
    /// The commit.
    pub commit: String,
}

/// What of a failed stage is tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RetryMode {
    /// The actions that failed.
    FailedActions,
    /// All of them, from the stage's first one.
    AllActions,
}

/// An approval that waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// The pipeline.
    pub pipeline: String,
    /// The stage.
    pub stage: String,
    /// The action.
    pub action: String,
    /// The token of this attempt.
    pub token: String,
}
