//! What AWS knows of one run of a pipeline, in plain types: executions, actions, the build and the deployment
//! under them, and the commits that they are about.
//!
//! Every value is a fact as AWS answered it; what follows from the facts is `deploy`'s.

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

/// A build (BatchGetBuilds).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Build {
    /// `project:uuid`.
    pub id: String,
    /// The project.
    pub project: String,
    /// `IN_PROGRESS`, `SUCCEEDED`, `FAILED`, `FAULT`, `TIMED_OUT` or `STOPPED`.
    pub status: String,
    /// The phase that it is in.
    pub phase: Option<String>,
    /// When it began.
    pub started: Option<Timestamp>,
    /// When it ended.
    pub ended: Option<Timestamp>,
    /// Its phases, in order.
    pub phases: Vec<Phase>,
    /// The role that it ran as.
    pub role: Option<String>,
    /// The log group, where the log goes to CloudWatch.
    pub log_group: Option<String>,
    /// The log stream.
    pub log_stream: Option<String>,
    /// The page of the log.
    pub log_url: Option<String>,
    /// The environment variables that it was given.
    pub environment: BTreeMap<String, String>,
    /// The variables that it gave out.
    pub exported: BTreeMap<String, String>,
}

impl Build {
    /// Whether it is still going on.
    pub fn is_going(&self) -> bool {
        self.status == "IN_PROGRESS"
    }
}

/// A phase of a build.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Phase {
    /// `DOWNLOAD_SOURCE`, `BUILD`, ...
    pub name: String,
    /// Its status; none while it is going on.
    pub status: Option<String>,
    /// When it began.
    pub started: Option<Timestamp>,
    /// When it ended.
    pub ended: Option<Timestamp>,
    /// What went wrong: status code and sentence.
    pub contexts: Vec<(String, String)>,
}

/// Lines of a log (GetLogEvents).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogPage {
    /// The lines, the oldest first.
    pub lines: Vec<LogLine>,
    /// Where the next page begins.
    pub next: Option<String>,
}

/// A line of a log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLine {
    /// When it was written.
    pub at: Option<Timestamp>,
    /// The text, without the line's end.
    pub text: String,
}

/// A CodeDeploy deployment (GetDeployment).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deployment {
    /// Its id.
    pub id: String,
    /// `Created`, `Queued`, `InProgress`, `Baking`, `Succeeded`, `Failed`, `Stopped` or `Ready`.
    pub status: String,
    /// The application.
    pub application: String,
    /// The deployment group.
    pub group: String,
    /// The deployment configuration.
    pub config: String,
    /// When it was made.
    pub created: Option<Timestamp>,
    /// When it ended.
    pub ended: Option<Timestamp>,
    /// Minutes that the replaced tasks stay up.
    pub keep_old_minutes: Option<u32>,
    /// Whether the wait before the replaced tasks end has begun.
    pub keeping_old: bool,
    /// What went wrong.
    pub error: Option<ErrorDetails>,
    /// What was rolled back.
    pub rollback: Option<RollbackInfo>,
    /// More that AWS says of it.
    pub messages: Vec<String>,
}

impl Deployment {
    /// Whether it will not change any more.
    pub fn is_over(&self) -> bool {
        matches!(self.status.as_str(), "Succeeded" | "Failed" | "Stopped")
    }
}

/// The deployment that undoes another one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RollbackInfo {
    /// The deployment that rolls back.
    pub by: Option<String>,
    /// The deployment that is rolled back.
    pub of: Option<String>,
    /// AWS's sentence.
    pub message: Option<String>,
}

/// What a deployment does to one ECS service (BatchGetDeploymentTargets).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeploymentTarget {
    /// `cluster:service`.
    pub id: String,
    /// `Pending`, `InProgress`, `Succeeded`, `Failed`, `Skipped`, ...
    pub status: String,
    /// The lifecycle events, in order.
    pub events: Vec<LifecycleEvent>,
    /// The task sets.
    pub task_sets: Vec<DeploymentTaskSet>,
}

/// A lifecycle event of a deployment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LifecycleEvent {
    /// `BeforeInstall`, `Install`, `AllowTraffic`, ...
    pub name: String,
    /// `Pending`, `InProgress`, `Succeeded`, `Failed`, `Skipped` or `Unknown`.
    pub status: String,
    /// When it began.
    pub started: Option<Timestamp>,
    /// When it ended.
    pub ended: Option<Timestamp>,
    /// What went wrong.
    pub error: Option<ErrorDetails>,
    /// The hook's function.
    pub script: Option<String>,
    /// The last lines of the hook's log.
    pub log_tail: Option<String>,
}

/// A task set in a deployment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeploymentTaskSet {
    /// Its id.
    pub id: String,
    /// `Blue` or `Green`.
    pub label: String,
    /// `PRIMARY`, `ACTIVE` or `DRAINING`.
    pub status: String,
    /// Per cent of the traffic that it gets.
    pub traffic: f64,
    /// Tasks that should run.
    pub desired: u32,
    /// Tasks that are starting.
    pub pending: u32,
    /// Tasks that run.
    pub running: u32,
    /// The target group.
    pub target_group: Option<String>,
}

/// An ECS service (DescribeServices).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Service {
    /// Its ARN.
    pub arn: String,
    /// Its name.
    pub name: String,
    /// `ACTIVE`, `DRAINING` or `INACTIVE`.
    pub status: String,
    /// Tasks that should run.
    pub desired: u32,
    /// Tasks that are starting.
    pub pending: u32,
    /// Tasks that run.
    pub running: u32,
    /// The task definition in use.
    pub task_definition: Option<String>,
    /// Its deployments (controller `ECS`), or its task sets (`CODE_DEPLOY`).
    pub rollouts: Vec<Rollout>,
    /// What happened to it, the newest first.
    pub events: Vec<ServiceEvent>,
    /// The native deployment under way.
    pub current_deployment: Option<String>,
}

/// A deployment or task set of a service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rollout {
    /// Its id.
    pub id: String,
    /// `PRIMARY`, `ACTIVE`, `INACTIVE` or `DRAINING`.
    pub status: String,
    /// Its task definition.
    pub task_definition: String,
    /// Tasks that should run.
    pub desired: u32,
    /// Tasks that are starting.
    pub pending: u32,
    /// Tasks that run.
    pub running: u32,
    /// Tasks that did not start, or did not stay.
    pub failed: u32,
    /// `IN_PROGRESS`, `COMPLETED` or `FAILED`; for a task set `STABILIZING` or `STEADY_STATE`.
    pub state: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// When it was made.
    pub created: Option<Timestamp>,
    /// When it changed last.
    pub updated: Option<Timestamp>,
}

/// What happened to a service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceEvent {
    /// Its id.
    pub id: String,
    /// When.
    pub at: Option<Timestamp>,
    /// The sentence.
    pub message: String,
}

/// A task that has stopped (ListTasks, DescribeTasks).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoppedTask {
    /// Its ARN.
    pub arn: String,
    /// Its task definition.
    pub task_definition: String,
    /// `TaskFailedToStart`, `EssentialContainerExited`, `ServiceSchedulerInitiated`, ...
    pub code: Option<String>,
    /// AWS's sentence.
    pub reason: Option<String>,
    /// What started it: a task set or deployment.
    pub started_by: Option<String>,
    /// When it stopped.
    pub at: Option<Timestamp>,
    /// Its containers: name, exit code, reason.
    pub containers: Vec<StoppedContainer>,
}

/// A container of a task that has stopped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoppedContainer {
    /// Its name.
    pub name: String,
    /// Its exit code.
    pub exit_code: Option<i32>,
    /// AWS's sentence.
    pub reason: Option<String>,
}

/// A deployment that ECS carries out itself (ListServiceDeployments, DescribeServiceDeployments).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ServiceDeployment {
    /// Its ARN.
    pub arn: String,
    /// `PENDING`, `IN_PROGRESS`, `SUCCESSFUL`, `STOPPED`, `ROLLBACK_IN_PROGRESS`, `ROLLBACK_SUCCESSFUL`, ...
    pub status: String,
    /// Why.
    pub reason: Option<String>,
    /// `SCALE_UP`, `PRODUCTION_TRAFFIC_SHIFT`, `BAKE_TIME`, ...
    pub stage: Option<String>,
    /// Minutes that the replaced tasks stay up after the shift.
    pub bake_minutes: Option<u32>,
    /// When it was made.
    pub created: Option<Timestamp>,
    /// When it began.
    pub started: Option<Timestamp>,
    /// When it ended.
    pub ended: Option<Timestamp>,
    /// When it changed last.
    pub updated: Option<Timestamp>,
    /// Per cent of the production traffic that the new revision gets.
    pub traffic: Option<f64>,
    /// Tasks of the new revision that should run.
    pub desired: u32,
    /// Tasks of the new revision that run.
    pub running: u32,
    /// Why it was rolled back.
    pub rollback: Option<String>,
    /// How many tasks have failed, and how many may, where the circuit breaker counts.
    pub failures: Option<(u32, u32)>,
}

impl ServiceDeployment {
    /// Whether it will not change any more.
    pub fn is_over(&self) -> bool {
        matches!(
            self.status.as_str(),
            "SUCCESSFUL" | "STOPPED" | "ROLLBACK_SUCCESSFUL" | "ROLLBACK_FAILED"
        )
    }
}

/// A commit (GetCommit).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commit {
    /// Its id.
    pub id: String,
    /// Its whole message.
    pub message: String,
    /// Who wrote it.
    pub author: String,
    /// When it was committed, in seconds since 1970, as Git writes it.
    pub when: Option<Timestamp>,
    /// The commits that it follows.
    pub parents: Vec<String>,
}

impl Commit {
    /// The first line of its message.
    pub fn title(&self) -> &str {
        self.message.lines().next().unwrap_or_default().trim()
    }
}
