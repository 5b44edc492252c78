//! How a run ended, in one sentence.

use crate::cloud::run::{Execution, Status};
use crate::deploy::effect::{Aftermath, still};
use crate::deploy::{Destination, Ended, Rejected, Snapshot, words};
use crate::ui::{self, Style, Tone};

/// How a run ended and what runs now, in one sentence.
pub fn verdict(snapshot: &Snapshot, to: &Destination, after: &Aftermath, style: Style) -> String {
    let commit = snapshot.commit().map(ui::short).unwrap_or("the run");
    let took = ui::between(snapshot.began(), snapshot.last_change())
        .map(|seconds| format!(" after {}", ui::lasting(seconds)))
        .unwrap_or_default();
    if let Some(other) = &after.elsewhere {
        let bad = format!(
            "Deployed, but {} does not run {commit}: the service still runs {}",
            to.environment,
            other.what()
        );
        let bad = style.paint(Tone::Strong, &bad);
        return format!(
            "{} {bad}. The deployment succeeded{took}, but {}.",
            style.no(),
            other.why()
        );
    }
    match snapshot.ended() {
        Some(Ended::Landed) => {
            let good = style.paint(
                Tone::Strong,
                &format!("Landed: {commit} runs in {}", to.environment),
            );
            format!("{} {good}{took}.", style.yes())
        }
        Some(Ended::Failed) => match snapshot.rejected() {
            Some(no) => rejected(&no, snapshot, to, after, style),
            None => failed(snapshot, to, after, &took, style),
        },
        Some(Ended::Superseded) => {
            let by = snapshot
                .overtaken_by
                .as_ref()
                .map(|it| format!(" by the run {}{}", ui::run_id(&it.id), brings(it)))
                .unwrap_or_default();
            format!(
                "{} Superseded: a newer run took the place of {commit}{by}.",
                style.no()
            )
        }
        Some(Ended::Stopped) => stopped(snapshot, to, after, style),
        None => format!("{commit} is on its way to {}.", to.environment),
    }
}

/// Somebody said no: nothing has failed.
fn rejected(
    no: &Rejected,
    snapshot: &Snapshot,
    to: &Destination,
    after: &Aftermath,
    style: Style,
) -> String {
    let by = no.by.as_deref();
    let by = by.map(|by| format!(" by {}", words::person(by)));
    let comment = no.comment.as_ref().map(|it| format!(": \"{it}\""));
    let bad = format!(
        "Rejected{}{}",
        by.unwrap_or_default(),
        comment.unwrap_or_default()
    );
    let bad = style.paint(Tone::Strong, &bad);
    let environment = to.environment.as_str();
    let stays = still(environment, after.before.as_deref(), snapshot.commit())
        .unwrap_or_else(|| format!("nothing was deployed to {environment}"));
    format!("{} {bad}. {stays}.", style.no())
}

fn failed(
    snapshot: &Snapshot,
    to: &Destination,
    after: &Aftermath,
    took: &str,
    style: Style,
) -> String {
    let environment = to.environment.as_str();
    let commit = snapshot.commit();
    let (place, what) = match snapshot.failed() {
        Some((stage, action)) => {
            let lasted = ui::between(action.started, action.ended)
                .map(|seconds| format!(" after {}", ui::lasting(seconds)))
                .unwrap_or_default();
            let place = format!(" in {}{lasted}", stage.name);
            (place, format!("{} failed{lasted}", stage.name))
        }
        None => {
            let what = snapshot.execution.summary.clone();
            let what = what.map(|it| it.trim_end_matches('.').to_owned());
            (
                took.to_owned(),
                what.unwrap_or_else(|| format!("It failed{took}")),
            )
        }
    };
    let again = after.before.is_some() && after.before.as_deref() == commit;
    let stays = still(environment, after.before.as_deref(), commit)
        .map(|it| format!(" {it}."))
        .unwrap_or_default();
    let bad = match commit.map(ui::short) {
        Some(commit) if snapshot.deployed().is_some() => {
            format!("Failed, but the deployment had gone through: {commit} runs in {environment}")
        }
        Some(commit) if again => {
            let bad = style.paint(
                Tone::Strong,
                &format!("Not landed: this run of {commit} failed{place}"),
            );
            return format!("{} {bad}.{stays}", style.no());
        }
        Some(commit) => format!("Not landed: {commit} does not run in {environment}"),
        None => format!("Not landed in {environment}"),
    };
    format!(
        "{} {}. {what}.{stays}",
        style.no(),
        style.paint(Tone::Strong, &bad)
    )
}

fn stopped(snapshot: &Snapshot, to: &Destination, after: &Aftermath, style: Style) -> String {
    let environment = to.environment.as_str();
    let commit = snapshot.commit().map(ui::short).unwrap_or("the run");
    let reason = snapshot
        .execution
        .stop_reason
        .as_ref()
        .or(snapshot.execution.summary.as_ref())
        .map(|reason| format!(": {}", reason.trim_end_matches('.')))
        .unwrap_or_default();
    let word = match snapshot.execution.status {
        Status::Cancelled => "Cancelled, because the pipeline was changed",
        _ => "Stopped",
    };
    if snapshot.deployed().is_some() {
        return format!(
            "{} {word}: the deployment had gone through: {commit} runs in {environment}{reason}.",
            style.no()
        );
    }
    let abandoned = snapshot
        .actions()
        .any(|(_, it)| it.category == "Deploy" && it.status == Some(Status::Abandoned));
    let stays = still(environment, after.before.as_deref(), snapshot.commit());
    match stays {
        // What was begun goes on by itself, so nobody can say how it ends.
        _ if abandoned => format!(
            "{} {word}: the deployment of {commit} to {environment} was left to itself{reason}.",
            style.no()
        ),
        Some(stays) => format!(
            "{} {word}: this run of {commit} did not land{reason}. {stays}.",
            style.no()
        ),
        None => format!(
            "{} {word}: {commit} does not run in {environment}{reason}.",
            style.no()
        ),
    }
}

fn brings(execution: &Execution) -> String {
    let commit = execution.revisions.iter().find(|it| !it.id.is_empty());
    commit
        .map(|it| format!(", which brings {}", ui::short(&it.id)))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests;
