//! What lies under an action: builds, deployments, services; and the commits that a run brings.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::ErrorDetails;

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
    /// How many seconds a team's own configuration takes to shift all traffic, where that was looked at.
    #[serde(default)]
    pub shift_seconds: Option<u64>,
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
    /// The first line of its message, cut where it is long.
    pub fn title(&self) -> String {
        crate::cloud::title(&self.message)
    }
}
