//! What differs between two snapshots of a run, said once.

use jiff::Timestamp;
use serde::Serialize;

use crate::cloud::run::{Build, DeploymentTarget, Service, ServiceDeployment, Status};

use super::ready::ready;
use super::shift::shift;
use super::snapshot::{Action, Snapshot, Stage, Under, Wait};

/// The version of the events' shape as JSON.
pub const FORMAT: u32 = 1;

/// Something that happened to a run.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// The run is known, or known better: what it brings.
    Run {
        /// Its id.
        execution: String,
        /// How it fares.
        status: Status,
        /// What started it.
        trigger: Option<String>,
        /// The commit, once the source action has it.
        commit: Option<String>,
        /// Its message.
        message: Option<String>,
    },
    /// It waits before a stage.
    Waits {
        /// The stage.
        stage: String,
        /// Why.
        wait: Wait,
    },
    /// An action has begun, changed or ended.
    Action {
        /// The stage.
        stage: String,
        /// The action.
        action: String,
        /// How it fares.
        status: Status,
        /// When.
        at: Option<Timestamp>,
        /// How long it took, where it is over.
        took_ms: Option<i64>,
        /// AWS's summary.
        summary: Option<String>,
        /// What went wrong, in AWS's words.
        error: Option<String>,
        /// Which attempt it is, from 1.
        attempt: usize,
    },
    /// An approval waits for an answer.
    Approval {
        /// The stage.
        stage: String,
        /// The action.
        action: String,
    },
    /// A phase of a build has ended.
    Phase {
        /// The action.
        action: String,
        /// The phase.
        phase: String,
        /// How it ended.
        status: String,
        /// When.
        at: Option<Timestamp>,
        /// How long it took.
        took_ms: Option<i64>,
    },
    /// A lifecycle event of a deployment has begun or ended.
    Lifecycle {
        /// The action.
        action: String,
        /// The lifecycle event.
        name: String,
        /// How it fares.
        status: String,
        /// When.
        at: Option<Timestamp>,
    },
    /// A deployment waits for somebody to let the traffic go over.
    Ready {
        /// The action.
        action: String,
        /// The deployment.
        deployment: String,
        /// The account that it is in.
        account: Option<String>,
        /// Since when.
        since: Option<Timestamp>,
        /// How many seconds it waits at AWS.
        seconds: Option<u64>,
        /// What lets it go on.
        command: String,
    },
    /// Traffic has moved.
    Traffic {
        /// The action.
        action: String,
        /// Per cent of it on the new tasks.
        green: f64,
        /// When, where it has been moved for good.
        at: Option<Timestamp>,
    },
    /// Tasks have come or gone.
    Tasks {
        /// The action.
        action: String,
        /// New tasks that run.
        running: u32,
        /// New tasks that should run.
        desired: u32,
        /// New tasks that failed.
        failed: u32,
    },
    /// ECS's own deployment has come to another stage.
    Release {
        /// The action.
        action: String,
        /// Its status.
        status: String,
        /// The stage of its life.
        stage: Option<String>,
        /// Why.
        reason: Option<String>,
    },
    /// ECS said something of the service.
    Service {
        /// The action.
        action: String,
        /// When.
        at: Option<Timestamp>,
        /// The sentence.
        message: String,
    },
    /// Something cannot be looked at.
    Blind {
        /// What, and why.
        what: String,
    },
}

/// What happened from one snapshot to the next; without an earlier one, what is the case.
pub fn changes(before: Option<&Snapshot>, now: &Snapshot) -> Vec<Event> {
    let mut events = Vec::new();
    let known = |it: &Snapshot| (it.execution.status.clone(), it.commit().map(str::to_owned));
    let mut end = None;
    if before.map(known) != Some(known(now)) {
        let run = Event::Run {
            execution: now.execution.id.clone(),
            status: now.execution.status.clone(),
            trigger: now.execution.trigger.clone(),
            commit: now.commit().map(str::to_owned),
            message: now.message(),
        };
        // Its end comes after that of its last action.
        if now.execution.status.is_over() {
            end = Some(run);
        } else {
            events.push(run);
        }
    }
    for stage in &now.stages {
        let earlier = before.and_then(|it| it.stages.iter().find(|one| one.name == stage.name));
        of_stage(earlier, stage, &mut events);
    }
    for what in &now.blind {
        if !before.is_some_and(|it| it.blind.contains(what)) {
            events.push(Event::Blind { what: what.clone() });
        }
    }
    if before.is_none() && now.execution.status.is_over() {
        events = in_order(events, now.started());
    }
    events.extend(end);
    events
}

/// What is told of a run that is over, in the order of its times. What has none stays with what it follows.
fn in_order(events: Vec<Event>, began: Option<Timestamp>) -> Vec<Event> {
    let mut last = began;
    let mut timed: Vec<(Option<Timestamp>, Event)> = Vec::with_capacity(events.len());
    for event in events {
        last = event.at().or(last);
        timed.push((last, event));
    }
    timed.sort_by_key(|(at, _)| *at);
    timed.into_iter().map(|(_, event)| event).collect()
}

impl Event {
    /// When it happened, where AWS says so.
    pub fn at(&self) -> Option<Timestamp> {
        match self {
            Self::Action { at, .. }
            | Self::Phase { at, .. }
            | Self::Lifecycle { at, .. }
            | Self::Traffic { at, .. }
            | Self::Service { at, .. } => *at,
            Self::Run { .. }
            | Self::Waits { .. }
            | Self::Approval { .. }
            | Self::Ready { .. }
            | Self::Tasks { .. }
            | Self::Release { .. }
            | Self::Blind { .. } => None,
        }
    }
}

fn of_stage(before: Option<&Stage>, now: &Stage, events: &mut Vec<Event>) {
    if let Some(wait) = &now.wait
        && before.and_then(|it| it.wait.as_ref()) != Some(wait)
    {
        events.push(Event::Waits {
            stage: now.name.clone(),
            wait: wait.clone(),
        });
    }
    for action in &now.actions {
        let earlier = before.and_then(|it| it.actions.iter().find(|one| one.name == action.name));
        let same = earlier.filter(|it| it.id == action.id);
        let ended = action.status.as_ref().is_some_and(Status::is_over);
        let said = same.and_then(|it| it.status.as_ref()) == action.status.as_ref();
        // What lies under it comes between its beginning and its end.
        if !said && !ended {
            of_action(now, action, events);
        }
        let under = same.map(|it| &it.under);
        beneath(under, action, events);
        if !said && ended {
            of_action(now, action, events);
        }
        if action.awaits_approval()
            && action.token.is_some()
            && !same.is_some_and(|it| it.awaits_approval() && it.token.is_some())
        {
            events.push(Event::Approval {
                stage: now.name.clone(),
                action: action.name.clone(),
            });
        }
    }
}

fn of_action(stage: &Stage, action: &Action, events: &mut Vec<Event>) {
    let Some(status) = &action.status else {
        return;
    };
    let over = status.is_over();
    events.push(Event::Action {
        stage: stage.name.clone(),
        action: action.name.clone(),
        status: status.clone(),
        at: if over { action.ended } else { action.started },
        took_ms: took(action.started, action.ended).filter(|_| over),
        summary: action.summary.clone(),
        error: action.error.as_ref().map(|error| error.message.clone()),
        attempt: action.attempts,
    });
}

fn took(from: Option<Timestamp>, to: Option<Timestamp>) -> Option<i64> {
    Some(to?.as_millisecond() - from?.as_millisecond())
}

fn beneath(before: Option<&Under>, action: &Action, events: &mut Vec<Event>) {
    match &action.under {
        Under::Nothing => {}
        Under::Build { build, .. } => {
            let before = match before {
                Some(Under::Build { build, .. }) => Some(build.as_ref()),
                _ => None,
            };
            phases(before, build, action, events);
        }
        Under::Deployment {
            deployment,
            targets,
        } => {
            let (earlier, moved) = match before {
                Some(Under::Deployment {
                    deployment,
                    targets,
                }) => (targets.as_slice(), shift(deployment, targets)),
                _ => (&[][..], None),
            };
            lifecycle(earlier, targets, action, events);
            let waited = matches!(before, Some(Under::Deployment { deployment, .. }) if deployment.status == "Ready");
            if let Some(it) = ready(action).filter(|_| !waited) {
                events.push(Event::Ready {
                    action: action.name.clone(),
                    command: it.command(),
                    deployment: it.deployment,
                    account: it.account,
                    since: it.since,
                    seconds: it.seconds,
                });
            }
            let green = shift(deployment, targets).map(|it| it.green);
            if let Some(green) = green
                && moved.map_or(0.0, |it| it.green) != green
            {
                events.push(Event::Traffic {
                    action: action.name.clone(),
                    green,
                    at: moved_at(targets),
                });
            }
        }
        Under::Rolling { service } => {
            let before = match before {
                Some(Under::Rolling { service }) => Some(service.as_ref()),
                _ => None,
            };
            rolling(before, service, action, events);
        }
        Under::Native { release } => {
            let before = match before {
                Some(Under::Native { release }) => Some(release.as_ref()),
                _ => None,
            };
            native(before, release, action, events);
        }
    }
}

fn phases(before: Option<&Build>, now: &Build, action: &Action, events: &mut Vec<Event>) {
    for phase in &now.phases {
        let Some(status) = &phase.status else {
            continue;
        };
        let said = before
            .and_then(|build| build.phases.iter().find(|it| it.name == phase.name))
            .is_some_and(|it| it.status.as_ref() == Some(status));
        if !said {
            events.push(Event::Phase {
                action: action.name.clone(),
                phase: phase.name.clone(),
                status: status.clone(),
                at: phase.ended,
                took_ms: took(phase.started, phase.ended),
            });
        }
    }
}

fn lifecycle(
    before: &[DeploymentTarget],
    now: &[DeploymentTarget],
    action: &Action,
    events: &mut Vec<Event>,
) {
    for target in now {
        let earlier = before.iter().find(|it| it.id == target.id);
        for event in &target.events {
            let said = earlier
                .and_then(|it| it.events.iter().find(|one| one.name == event.name))
                .is_some_and(|it| it.status == event.status);
            if !said && event.status != "Pending" {
                events.push(Event::Lifecycle {
                    action: action.name.clone(),
                    name: event.name.clone(),
                    status: event.status.clone(),
                    at: event.ended.or(event.started),
                });
            }
        }
    }
}

fn rolling(before: Option<&Service>, now: &Service, action: &Action, events: &mut Vec<Event>) {
    let newest = |service: &Service| {
        let primary = service.rollouts.iter().find(|it| it.status == "PRIMARY")?;
        Some((
            primary.id.clone(),
            primary.running,
            primary.desired,
            primary.failed,
        ))
    };
    let counts = newest(now);
    if let Some((_, running, desired, failed)) = &counts
        && before.and_then(newest) != counts
    {
        events.push(Event::Tasks {
            action: action.name.clone(),
            running: *running,
            desired: *desired,
            failed: *failed,
        });
    }
    for event in now.events.iter().rev() {
        let known = before.is_some_and(|it| it.events.iter().any(|one| one.id == event.id));
        let old = event
            .at
            .zip(action.started)
            .is_some_and(|(at, began)| at < began);
        if !known && !old {
            events.push(Event::Service {
                action: action.name.clone(),
                at: event.at,
                message: event.message.clone(),
            });
        }
    }
}

fn native(
    before: Option<&ServiceDeployment>,
    now: &ServiceDeployment,
    action: &Action,
    events: &mut Vec<Event>,
) {
    let way = |it: &ServiceDeployment| (it.status.clone(), it.stage.clone());
    if before.map(way) != Some(way(now)) {
        events.push(Event::Release {
            action: action.name.clone(),
            status: now.status.clone(),
            stage: now.stage.clone(),
            reason: now.reason.clone(),
        });
    }
    if let Some(green) = now.traffic
        && before.and_then(|it| it.traffic).unwrap_or(0.0) != green
    {
        events.push(Event::Traffic {
            action: action.name.clone(),
            green,
            at: now.ended,
        });
    }
}

/// When the traffic was on the new tasks.
fn moved_at(targets: &[DeploymentTarget]) -> Option<Timestamp> {
    let events = targets.iter().flat_map(|it| &it.events);
    events
        .filter(|it| it.name == "AllowTraffic")
        .find_map(|it| it.ended)
}
