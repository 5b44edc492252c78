//! A run's events as lines, for where there is no terminal.

use crate::cloud::run::Status;
use crate::deploy::{Event, Ready, Wait};

use super::when::{clock, lasting};
use super::{Style, Tone};

/// One event as a line, without its end; none for what the lines around it say already. `seen` is when it was
/// seen, for what AWS gives no time of; `approve` is what to type to answer an approval.
pub fn run_line(
    event: &Event,
    seen: jiff::Timestamp,
    approve: &str,
    style: Style,
) -> Option<String> {
    let (at, what) = match event {
        Event::Run {
            execution,
            status: Status::InProgress,
            commit,
            message,
            ..
        } => {
            let commit = commit.as_deref()?;
            let message = message
                .as_deref()
                .filter(|it| !it.is_empty())
                .map(|it| format!("  \"{it}\""))
                .unwrap_or_default();
            let text = format!("run {execution} brings {}{message}", short(commit));
            (None, text)
        }
        Event::Run { .. } => return None,
        Event::Waits { stage, wait } => {
            let why = match wait {
                Wait::Closed { .. } => format!("waits: {}", waits(wait)),
                Wait::Run { .. } => waits(wait),
            };
            (None, row(stage, &why))
        }
        Event::Action {
            action,
            status,
            at,
            took_ms,
            error,
            attempt,
            ..
        } => {
            let tries = match attempt {
                0 | 1 => String::new(),
                tries => format!(", try {tries}"),
            };
            let after = took_ms
                .map(|took| format!(" after {}", lasting(took.div_euclid(1000))))
                .unwrap_or_default();
            let error = error
                .as_deref()
                .map(|error| format!(": {}", super::brief(error)))
                .unwrap_or_default();
            let word = match status {
                Status::InProgress => format!("begins{tries}"),
                Status::Succeeded => style.paint(Tone::Good, &format!("done{after}")),
                Status::Failed => {
                    format!(
                        "{}{error}",
                        style.paint(Tone::Bad, &format!("failed{after}"))
                    )
                }
                other => format!("{}{after}{error}", word(other)),
            };
            (*at, row(action, &word))
        }
        Event::Approval { action, .. } => (
            None,
            row(action, &format!("waits for an answer: {approve}")),
        ),
        Event::Phase {
            action,
            phase,
            status,
            at,
            took_ms,
        } => {
            let took = took_ms
                .map(|took| format!(", {}", lasting(took.div_euclid(1000))))
                .unwrap_or_default();
            let status = status.to_ascii_lowercase().replace('_', " ");
            (*at, row(action, &format!("{phase} {status}{took}")))
        }
        Event::Lifecycle {
            action,
            name,
            status,
            at,
        } => (*at, row(action, &format!("{name} {}", lifecycle(status)))),
        Event::Ready {
            action,
            deployment,
            account,
            ..
        } => {
            // How long is on the screen, where the time scale is known.
            let waits = Ready {
                deployment: deployment.clone(),
                account: account.clone(),
                since: None,
                seconds: None,
            };
            (None, row(action, &waits.sentence(1)))
        }
        Event::Traffic { action, green, at } => (
            *at,
            row(action, &format!("green has {green:.0} % of the traffic")),
        ),
        Event::Tasks {
            action,
            running,
            desired,
            failed,
        } => {
            let failed = match failed {
                0 => String::new(),
                failed => format!(", {failed} failed"),
            };
            let text = format!("{running} of {desired} new tasks run{failed}");
            (None, row(action, &text))
        }
        Event::Release {
            action,
            status,
            stage,
            reason,
        } => {
            let of = |text: &str| text.to_ascii_lowercase().replace('_', " ");
            let stage = stage.as_deref().map(|it| format!(", {}", of(it)));
            let reason = reason.as_deref().map(|it| format!(": {it}"));
            let text = format!(
                "deployment {}{}{}",
                of(status),
                stage.unwrap_or_default(),
                reason.unwrap_or_default()
            );
            (None, row(action, &text))
        }
        Event::Service {
            action,
            at,
            message,
        } => (*at, row(action, message)),
        Event::Blind { what } => (None, what.clone()),
    };
    Some(format!("{}  {what}", clock(at.unwrap_or(seen))))
}

fn row(name: &str, what: &str) -> String {
    format!("{name:<8} {what}")
}

/// The first letters of a commit.
pub fn short(commit: &str) -> &str {
    let length = if commit.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        7
    } else {
        commit.len()
    };
    commit.get(..length).unwrap_or(commit)
}

/// The first letters of a run's id, which `watch --run` takes as well.
pub fn run_id(execution: &str) -> &str {
    execution.get(..8).unwrap_or(execution)
}

/// Why a run waits before a stage.
pub fn waits(wait: &Wait) -> String {
    match wait {
        Wait::Closed { reason, by } => {
            let reason = reason
                .as_deref()
                .map(|it| format!(": {it}"))
                .unwrap_or_default();
            let by = by
                .as_deref()
                .map(|it| format!(" by {it}"))
                .unwrap_or_default();
            format!("the way into this stage was closed{by}{reason}")
        }
        Wait::Run { execution } => {
            format!("waits for the run {}, which is in it", run_id(execution))
        }
    }
}

/// A status in a word.
pub fn word(status: &Status) -> &str {
    match status {
        Status::InProgress => "going",
        Status::Succeeded => "done",
        Status::Failed => "failed",
        Status::Stopping => "stopping",
        Status::Stopped => "stopped",
        Status::Superseded => "superseded",
        Status::Cancelled => "cancelled",
        Status::Abandoned => "abandoned",
        Status::Skipped => "skipped",
        Status::Other(other) => other,
    }
}

/// A lifecycle event's status in words.
fn lifecycle(status: &str) -> &str {
    match status {
        "InProgress" => "begins",
        "Succeeded" => "done",
        "Failed" => "failed",
        "Skipped" => "skipped",
        other => other,
    }
}
