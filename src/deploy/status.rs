//! How an environment stands: what runs in it, what is on its way, what it waits for.

use futures::future::{join, join_all};
use jiff::Timestamp;
use serde::Serialize;

use crate::cloud::run::{Execution, PipelineState, Service, Status};
use crate::cloud::{CloudError, Runs};
use crate::ident::{AccountId, EnvironmentName};

use super::Destination;
use super::effect::{self, During, Elsewhere};
use super::history::Run;

/// How many runs are looked through for the one that landed last.
const LOOK_BACK: usize = 25;

/// An environment and how it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Standing {
    /// The environment.
    pub environment: EnvironmentName,
    /// The branch that goes to it.
    pub branch: String,
    /// Its account.
    pub account: AccountId,
    /// Its pipeline.
    pub pipeline: String,
    /// The run whose commit it runs: the newest one whose deployment went through.
    pub deployed: Option<Run>,
    /// The newest run, where that is another one.
    pub newest: Option<Run>,
    /// The stage that the newest run is in, waits before or ended in.
    pub stage: Option<String>,
    /// Whether that is the first stage, which no retry gets anywhere in: a new run reads the source.
    pub at_source: bool,
    /// The commit at the branch's head. Not known with a connection.
    pub head: Option<String>,
    /// How the branch and the environment lie to each other.
    pub lag: Lag,
    /// The ECS service.
    pub service: Option<ServiceStanding>,
    /// What the service runs in place of what was deployed, where that is known.
    pub elsewhere: Option<Elsewhere>,
    /// Approvals that wait for an answer.
    pub approvals: Vec<Awaited>,
    /// Closed ways into stages.
    pub closed: Vec<Closed>,
    /// What could not be asked.
    pub unreachable: Vec<CloudError>,
}

/// How the head of a branch and what runs lie to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Lag {
    /// What runs is the branch's head.
    None,
    /// A run with the head is under way.
    OnItsWay,
    /// The last run with the head did not land.
    NotLanded,
    /// The head has landed, and was rolled back from.
    RolledBack,
    /// No run has brought the head.
    NotStarted,
    /// There is no such branch.
    NoBranch,
    /// Cannot be told.
    Unknown,
}

/// An approval that waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Awaited {
    /// The stage.
    pub stage: String,
    /// The action.
    pub action: String,
    /// The run that waits.
    pub execution: String,
    /// Since when.
    pub since: Option<Timestamp>,
}

/// A closed way into a stage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Closed {
    /// The stage.
    pub stage: String,
    /// Why.
    pub reason: Option<String>,
    /// By whom.
    pub by: Option<String>,
    /// Since when.
    pub since: Option<Timestamp>,
}

/// How a service fares.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ServiceStanding {
    /// Tasks that should run.
    pub desired: u32,
    /// Tasks that run.
    pub running: u32,
    /// Tasks that are starting.
    pub pending: u32,
    /// The verdict.
    pub health: Health,
    /// Why, in AWS's words where there are some.
    pub why: Option<String>,
}

/// Whether a service is as it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Health {
    /// As many tasks run as should.
    Healthy,
    /// A new version is being brought in, or tasks are starting.
    Changing,
    /// Fewer tasks run than should, or the last rollout failed.
    Unhealthy,
    /// Nothing should run.
    Empty,
    /// There is no such service, or it is being removed.
    Absent,
}

impl Standing {
    /// What somebody should look at, in a few words each.
    pub fn troubles(&self) -> Vec<String> {
        let mut troubles = Vec::new();
        if !self.unreachable.is_empty() {
            troubles.push("could not be asked".to_owned());
        }
        match self.service.as_ref().map(|it| it.health) {
            Some(Health::Unhealthy) => troubles.push("not healthy".to_owned()),
            Some(Health::Absent) => troubles.push("no service".to_owned()),
            Some(Health::Healthy | Health::Changing | Health::Empty) | None => {}
        }
        if self.elsewhere.is_some() {
            troubles.push("the service does not run what was deployed".to_owned());
        }
        if self.newest_failed() {
            troubles.push(match &self.stage {
                Some(stage) => format!("the newest run failed in {stage}"),
                None => "the newest run failed".to_owned(),
            });
        }
        if !self.approvals.is_empty() {
            troubles.push("an approval waits".to_owned());
        }
        if !self.closed.is_empty() {
            troubles.push("a transition is disabled".to_owned());
        }
        troubles
    }

    /// Whether the newest run failed. Not the one that AWS starts when it makes a pipeline whose branch is
    /// not there yet: nothing else could become of it.
    pub fn newest_failed(&self) -> bool {
        self.lag != Lag::NoBranch
            && self
                .newest
                .as_ref()
                .is_some_and(|run| run.status == Status::Failed)
    }
}

/// How all environments stand. Asks them side by side; what cannot be asked hides nothing else.
pub async fn status(runs: &dyn Runs, all: &[Destination]) -> Vec<Standing> {
    join_all(all.iter().map(|it| one(runs, it))).await
}

async fn one(runs: &dyn Runs, to: &Destination) -> Standing {
    let site = to.site();
    let pipeline = join(
        runs.pipeline_state(&to.pipeline),
        runs.executions(&to.pipeline, LOOK_BACK),
    );
    let head = async {
        match &to.repository {
            Some(repository) => runs.branch_head(repository, &to.branch).await.map(Some),
            None => Ok(None),
        }
    };
    let service = runs.service(&site, &to.cluster, &to.service);
    let ((state, executions), (head, service)) = join(pipeline, join(head, service)).await;
    let mut unreachable: Vec<CloudError> = Vec::new();
    let mut keep = |error: CloudError| {
        // The same account, unreachable in the same way for each call: said once.
        let known = |it: &CloudError| {
            it.site == error.site && it.kind == error.kind && it.message == error.message
        };
        if !unreachable.iter().any(known) {
            unreachable.push(error);
        }
    };
    let state = state.map_err(&mut keep).ok();
    let mut executions = executions.map_err(&mut keep).ok();
    if let Some(executions) = &mut executions {
        let settled = effect::settle(runs, &to.pipeline, executions).await;
        settled.map_err(&mut keep).ok();
    }
    let head = head.map_err(&mut keep).ok().flatten();
    let service = service.map_err(&mut keep).ok();
    let elsewhere = match (&executions, &service) {
        (Some(executions), Some(Some(service))) => other(runs, to, executions, service).await,
        _ => None,
    };
    let facts = Facts {
        state,
        executions,
        head,
        service,
        elsewhere,
    };
    standing(to, &facts, unreachable)
}

/// What the service runs in place of what was deployed last. What cannot be asked here has been asked for
/// already, or is left out.
async fn other(
    runs: &dyn Runs,
    to: &Destination,
    executions: &[Execution],
    service: &Service,
) -> Option<Elsewhere> {
    // While a run goes on, the service is about to change.
    if executions.first().is_none_or(|it| !it.status.is_over()) {
        return None;
    }
    let last = executions.iter().find(|it| it.deployed())?;
    let commit = last.revisions.iter().find(|it| !it.id.is_empty())?;
    let actions = runs.actions(&to.pipeline, &last.id).await.ok()?;
    let during = During::of(effect::deployment(&actions)?)?;
    let found = effect::elsewhere(runs, to, service, during, &commit.id, executions);
    found.await.ok().flatten()
}

/// What was answered; none where it could not be asked.
#[derive(Debug, Default)]
pub struct Facts {
    /// The pipeline's state.
    pub state: Option<PipelineState>,
    /// The newest executions, the newest first.
    pub executions: Option<Vec<Execution>>,
    /// The branch's head: none where it is not asked for, `Some(None)` where there is no such branch.
    pub head: Option<Option<String>>,
    /// The service: `Some(None)` where there is none.
    pub service: Option<Option<Service>>,
    /// What the service runs in place of what was deployed.
    pub elsewhere: Option<Elsewhere>,
}

/// How an environment stands, by what was answered.
pub fn standing(to: &Destination, facts: &Facts, unreachable: Vec<CloudError>) -> Standing {
    let executions = facts.executions.as_deref().unwrap_or_default();
    let landed = executions
        .iter()
        .find(|it| it.deployed())
        .map(|it| Run::of(it, &to.branch));
    let newest = executions.first().map(|it| Run::of(it, &to.branch));
    let stage = newest
        .as_ref()
        .zip(facts.state.as_ref())
        .and_then(|(run, state)| stage_of(state, &run.execution));
    let newest = newest.filter(|run| {
        landed
            .as_ref()
            .is_none_or(|it| it.execution != run.execution)
    });
    let head = facts.head.clone().flatten();
    let lag = match (&facts.head, &head) {
        (None, _) => Lag::Unknown,
        (Some(_), None) => Lag::NoBranch,
        (Some(_), Some(head)) => lag(head, landed.as_ref(), executions, facts),
    };
    let at_source = facts
        .state
        .as_ref()
        .and_then(|state| state.stages.first())
        .is_some_and(|first| Some(&first.name) == stage.as_ref());
    Standing {
        environment: to.environment.clone(),
        branch: to.branch.clone(),
        account: to.account.clone(),
        pipeline: to.pipeline.clone(),
        deployed: landed,
        newest,
        stage,
        at_source,
        head,
        lag,
        service: facts.service.as_ref().map(service_standing),
        elsewhere: facts.elsewhere.clone(),
        approvals: facts.state.as_ref().map(approvals).unwrap_or_default(),
        closed: facts.state.as_ref().map(closed).unwrap_or_default(),
        unreachable,
    }
}

fn lag(head: &str, landed: Option<&Run>, executions: &[Execution], facts: &Facts) -> Lag {
    if facts.executions.is_none() {
        return Lag::Unknown;
    }
    if landed.and_then(|it| it.commit.as_deref()) == Some(head) {
        return Lag::None;
    }
    let brings = |it: &&Execution| it.revisions.iter().any(|revision| revision.id == head);
    match executions.iter().find(brings) {
        Some(run) if run.deployed() => Lag::RolledBack,
        Some(run) if run.status.is_over() => Lag::NotLanded,
        Some(_) => Lag::OnItsWay,
        // A run that has not come to its source yet brings the head as well.
        None if executions
            .first()
            .is_some_and(|run| !run.status.is_over() && run.revisions.is_empty()) =>
        {
            Lag::OnItsWay
        }
        None => Lag::NotStarted,
    }
}

/// The stage that a run is in, waits before or came to last.
pub fn stage_of(state: &PipelineState, execution: &str) -> Option<String> {
    let waits =
        |stage: &&crate::cloud::run::StageState| stage.waiting.iter().any(|it| it == execution);
    let entered = |stage: &&crate::cloud::run::StageState| {
        stage
            .latest
            .as_ref()
            .is_some_and(|it| it.execution == execution)
    };
    let found = state.stages.iter().find(waits);
    let found = found.or_else(|| state.stages.iter().rev().find(entered));
    found.map(|stage| stage.name.clone())
}

/// The approvals of a pipeline that wait for an answer.
pub fn approvals(state: &PipelineState) -> Vec<Awaited> {
    let mut found = Vec::new();
    for stage in &state.stages {
        let Some(latest) = &stage.latest else {
            continue;
        };
        for action in &stage.actions {
            let Some(attempt) = &action.attempt else {
                continue;
            };
            if attempt.token.is_some() && attempt.status == Status::InProgress {
                found.push(Awaited {
                    stage: stage.name.clone(),
                    action: action.name.clone(),
                    execution: latest.execution.clone(),
                    since: attempt.changed,
                });
            }
        }
    }
    found
}

fn closed(state: &PipelineState) -> Vec<Closed> {
    state
        .stages
        .iter()
        .filter(|stage| !stage.transition.open)
        .map(|stage| Closed {
            stage: stage.name.clone(),
            reason: stage.transition.reason.clone(),
            by: stage.transition.by.clone(),
            since: stage.transition.at,
        })
        .collect()
}

fn service_standing(service: &Option<Service>) -> ServiceStanding {
    let Some(service) = service else {
        return ServiceStanding {
            desired: 0,
            running: 0,
            pending: 0,
            health: Health::Absent,
            why: None,
        };
    };
    let failed = service
        .rollouts
        .iter()
        .find(|it| it.state.as_deref() == Some("FAILED"));
    let changing = service
        .rollouts
        .iter()
        .any(|it| matches!(it.state.as_deref(), Some("IN_PROGRESS" | "STABILIZING")))
        || service
            .rollouts
            .iter()
            .filter(|it| it.status != "INACTIVE")
            .count()
            > 1;
    let enough = service.running >= service.desired;
    let health = if service.status != "ACTIVE" {
        Health::Absent
    } else if let Some(failed) = failed.filter(|it| it.status == "PRIMARY" || !enough) {
        return ServiceStanding {
            desired: service.desired,
            running: service.running,
            pending: service.pending,
            health: Health::Unhealthy,
            why: failed.reason.clone(),
        };
    } else if changing {
        Health::Changing
    } else if service.desired == 0 {
        Health::Empty
    } else if enough {
        Health::Healthy
    } else if service.pending > 0 {
        Health::Changing
    } else {
        Health::Unhealthy
    };
    let why = match health {
        Health::Unhealthy => service.events.first().map(|event| event.message.clone()),
        Health::Absent => Some(format!("the service is {}", service.status)),
        Health::Healthy | Health::Changing | Health::Empty => None,
    };
    ServiceStanding {
        desired: service.desired,
        running: service.running,
        pending: service.pending,
        health,
        why,
    }
}

#[cfg(test)]
mod tests;
