//! One run, as far as it can be seen at one moment.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use crate::cloud::run::{
    ActionExecution, Attempt, Build, Deployment, DeploymentTarget, ErrorDetails, Execution,
    LogLine, PipelineShape, PipelineState, Service, ServiceDeployment, Status,
};

/// One run at one moment.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Snapshot {
    /// When it was looked at.
    pub at: Timestamp,
    /// The pipeline.
    pub pipeline: String,
    /// The run.
    pub execution: Execution,
    /// Its stages, in order; all of them, also those that it has not come to.
    pub stages: Vec<Stage>,
    /// The run that overtook it.
    pub overtaken_by: Option<Execution>,
    /// What could not be looked at, and why.
    pub blind: Vec<String>,
}

/// A stage of the run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Stage {
    /// Its name.
    pub name: String,
    /// How the run fares in it; none where it has not come to it.
    pub status: Option<Status>,
    /// Why the run waits before it.
    pub wait: Option<Wait>,
    /// Its actions, in order.
    pub actions: Vec<Action>,
}

/// Why a run waits before a stage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "for", rename_all = "kebab-case")]
pub enum Wait {
    /// The way into the stage is closed.
    Closed {
        /// Why.
        reason: Option<String>,
        /// By whom.
        by: Option<String>,
    },
    /// Another run is in it.
    Run {
        /// Its id.
        execution: String,
    },
}

/// An action of the run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Action {
    /// Its name.
    pub name: String,
    /// `Source`, `Build`, `Deploy`, `Approval`, ...
    pub category: String,
    /// `CodeCommit`, `CodeBuild`, `CodeDeployToECS`, `ECS`, `Manual`, ...
    pub provider: String,
    /// The id of its last attempt.
    pub id: Option<String>,
    /// How many attempts there were.
    pub attempts: usize,
    /// How it fares; none where the run has not come to it.
    pub status: Option<Status>,
    /// When it began.
    pub started: Option<Timestamp>,
    /// When it ended.
    pub ended: Option<Timestamp>,
    /// AWS's summary.
    pub summary: Option<String>,
    /// The role that it is carried out as, where it is not the pipeline's.
    pub role: Option<String>,
    /// Its configuration, variables replaced.
    pub configuration: BTreeMap<String, String>,
    /// The names of its input artifacts.
    pub inputs: Vec<String>,
    /// Its output variables.
    pub variables: BTreeMap<String, String>,
    /// The token that an answer to an approval needs.
    pub token: Option<String>,
    /// The id of what it started elsewhere.
    pub external_id: Option<String>,
    /// The page of it.
    pub external_url: Option<String>,
    /// What went wrong.
    pub error: Option<ErrorDetails>,
    /// What lies under it.
    pub under: Under,
}

impl Action {
    /// Whether it is going on.
    pub fn is_going(&self) -> bool {
        matches!(self.status, Some(Status::InProgress))
    }

    /// Whether it is an approval that waits for an answer.
    pub fn awaits_approval(&self) -> bool {
        self.category == "Approval" && self.is_going()
    }
}

/// What lies under an action.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Under {
    /// Nothing that is known of.
    #[default]
    Nothing,
    /// A build.
    Build {
        /// The build.
        build: Box<Build>,
        /// The last lines of its log.
        tail: Vec<LogLine>,
    },
    /// A CodeDeploy deployment.
    Deployment {
        /// The deployment.
        deployment: Box<Deployment>,
        /// What it does to the service.
        targets: Vec<DeploymentTarget>,
    },
    /// A service whose tasks are replaced one after another.
    Rolling {
        /// The service.
        service: Box<Service>,
    },
    /// A deployment that ECS carries out itself.
    Native {
        /// The deployment.
        release: Box<ServiceDeployment>,
    },
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ended {
    /// It landed.
    Landed,
    /// Something failed.
    Failed,
    /// Somebody stopped it, or changed the pipeline.
    Stopped,
    /// A newer run took its place.
    Superseded,
}

impl Snapshot {
    /// How it ended; none while it is going on.
    pub fn ended(&self) -> Option<Ended> {
        match self.execution.status {
            Status::Succeeded | Status::Skipped => Some(Ended::Landed),
            Status::Failed => Some(Ended::Failed),
            Status::Stopped | Status::Cancelled | Status::Abandoned => Some(Ended::Stopped),
            Status::Superseded => Some(Ended::Superseded),
            Status::InProgress | Status::Stopping | Status::Other(_) => None,
        }
    }

    /// All actions, each with its stage.
    pub fn actions(&self) -> impl Iterator<Item = (&Stage, &Action)> {
        let of = |stage| move |action| (stage, action);
        self.stages
            .iter()
            .flat_map(move |stage| stage.actions.iter().map(of(stage)))
    }

    /// The action that failed, the first one where there are several.
    pub fn failed(&self) -> Option<(&Stage, &Action)> {
        self.actions()
            .find(|(_, action)| action.status == Some(Status::Failed))
    }

    /// The approval that waits for an answer.
    pub fn approval(&self) -> Option<(&Stage, &Action)> {
        self.actions().find(|(_, action)| action.awaits_approval())
    }

    /// The stage that it is in or waits for.
    pub fn current(&self) -> Option<&Stage> {
        self.stages.iter().rev().find(|stage| {
            stage.wait.is_some() || stage.status.as_ref().is_some_and(|it| !it.is_over())
        })
    }

    /// The commit that it brings.
    pub fn commit(&self) -> Option<&str> {
        self.execution
            .revisions
            .iter()
            .map(|revision| revision.id.as_str())
            .find(|id| !id.is_empty())
    }

    /// The commit's message, as far as AWS has it.
    pub fn message(&self) -> Option<String> {
        self.execution
            .revisions
            .iter()
            .find_map(|revision| revision.summary.as_deref())
            .map(summary)
    }

    /// When its first action began.
    pub fn started(&self) -> Option<Timestamp> {
        let first = self
            .actions()
            .filter_map(|(_, action)| action.started)
            .min();
        self.execution.started.or(first)
    }

    /// When its last action ended.
    pub fn last_change(&self) -> Option<Timestamp> {
        self.actions()
            .filter_map(|(_, action)| action.ended.or(action.started))
            .max()
    }
}

/// A revision's summary in one line. A connection's source gives JSON with the message in it. Source: AWS
/// CodePipeline User Guide, "CodeStarSourceConnection", output artifacts.
pub fn summary(text: &str) -> String {
    let inside = serde_json::from_str::<serde_json::Value>(text)
        .ok()
        .and_then(|json| {
            let message = json.get("CommitMessage")?.as_str()?;
            Some(message.to_owned())
        });
    crate::cloud::title(inside.as_deref().unwrap_or(text))
}

/// Puts together what the calls about the pipeline say. `actions` are all attempts, the newest first;
/// `state` may be newer than they are.
pub fn stages(
    execution: &str,
    shape: &PipelineShape,
    state: &PipelineState,
    actions: &[ActionExecution],
) -> Vec<Stage> {
    shape
        .stages
        .iter()
        .map(|declared| {
            let now = state.stages.iter().find(|it| it.name == declared.name);
            let mine = now
                .and_then(|now| now.latest.as_ref())
                .filter(|latest| latest.execution == execution);
            let rows: Vec<Action> = declared
                .actions
                .iter()
                .map(|shape| {
                    let mut attempts = actions
                        .iter()
                        .filter(|it| it.stage == declared.name && it.action == shape.name);
                    let newest = attempts.next();
                    let mut action = Action {
                        name: shape.name.clone(),
                        category: shape.category.clone(),
                        provider: shape.provider.clone(),
                        id: None,
                        attempts: attempts.count() + usize::from(newest.is_some()),
                        status: None,
                        started: None,
                        ended: None,
                        summary: None,
                        role: shape.role.clone(),
                        configuration: shape.configuration.clone(),
                        inputs: Vec::new(),
                        variables: BTreeMap::new(),
                        token: None,
                        external_id: None,
                        external_url: None,
                        error: None,
                        under: Under::Nothing,
                    };
                    if let Some(newest) = newest {
                        fill(&mut action, newest);
                    }
                    let attempt = now
                        .filter(|_| mine.is_some())
                        .and_then(|now| now.actions.iter().find(|it| it.name == shape.name))
                        .and_then(|it| it.attempt.as_ref())
                        .filter(|attempt| action.id.as_ref() == Some(&attempt.id));
                    if let Some(attempt) = attempt {
                        overlay(&mut action, attempt);
                    }
                    action
                })
                .collect();
            let wait = now
                .filter(|now| now.waiting.iter().any(|id| id == execution))
                .and_then(|now| {
                    if !now.transition.open {
                        return Some(Wait::Closed {
                            reason: now.transition.reason.clone(),
                            by: now.transition.by.clone(),
                        });
                    }
                    now.latest
                        .as_ref()
                        .filter(|latest| latest.execution != execution && !latest.status.is_over())
                        .map(|latest| Wait::Run {
                            execution: latest.execution.clone(),
                        })
                });
            Stage {
                name: declared.name.clone(),
                status: match (mine.map(|mine| &mine.status), of_actions(&rows)) {
                    (Some(status), Some(later)) if !status.is_over() && later.is_over() => {
                        Some(later)
                    }
                    (Some(status), _) => Some(status.clone()),
                    (None, by_actions) => by_actions,
                },
                wait,
                actions: rows,
            }
        })
        .collect()
}

fn fill(action: &mut Action, it: &ActionExecution) {
    action.id = Some(it.id.clone());
    action.status = Some(it.status.clone());
    action.started = it.started;
    action.ended = it.updated.filter(|_| it.status.is_over());
    action.summary = it.summary.clone();
    if it.role.is_some() {
        action.role = it.role.clone();
    }
    if !it.configuration.is_empty() {
        action.configuration = it.configuration.clone();
    }
    action.inputs = it.inputs.clone();
    action.variables = it.variables.clone();
    action.external_id = it.external_id.clone();
    action.external_url = it.external_url.clone();
    action.error = it.error.clone();
}

/// What GetPipelineState knows of the same attempt: perhaps a little later, perhaps a little earlier.
fn overlay(action: &mut Action, it: &Attempt) {
    if action.status.as_ref().is_some_and(Status::is_over) && !it.status.is_over() {
        return;
    }
    action.status = Some(it.status.clone());
    action.token = it.token.clone().filter(|_| !it.status.is_over());
    if it.status.is_over() {
        action.ended = action.ended.or(it.changed);
    }
    for (mine, theirs) in [
        (&mut action.summary, &it.summary),
        (&mut action.external_id, &it.external_id),
        (&mut action.external_url, &it.external_url),
    ] {
        if theirs.is_some() {
            mine.clone_from(theirs);
        }
    }
    if it.error.is_some() {
        action.error = it.error.clone();
    }
}

/// How a stage fares that a newer run has entered since, by its actions.
fn of_actions(actions: &[Action]) -> Option<Status> {
    let statuses: Vec<&Status> = actions.iter().filter_map(|it| it.status.as_ref()).collect();
    if statuses.is_empty() {
        return None;
    }
    let unwell = statuses
        .iter()
        .find(|status| status.is_over() && !matches!(status, Status::Succeeded | Status::Skipped));
    match unwell {
        Some(status) => Some((*status).clone()),
        None if statuses.len() == actions.len() && statuses.iter().all(|it| it.is_over()) => {
            Some(Status::Succeeded)
        }
        None => Some(Status::InProgress),
    }
}
