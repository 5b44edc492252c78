//! How all environments stand, on one screen: the verdict, the table, what needs somebody, what to type.

use jiff::Timestamp;

use crate::cloud::CloudError;
use crate::cloud::run::Status;
use crate::deploy::status::{Health, Lag, ServiceStanding, Standing};
use crate::deploy::words;
use crate::resource::Site;

use super::sheet::Sheet;
use super::{Style, in_lines, without_controls};

/// The screen. `suffix` is what each command needs besides its own words (`--sandbox`).
pub fn status(all: &[Standing], now: Timestamp, suffix: &str, style: Style) -> String {
    let mut out = in_lines(&verdict(all, style), style);
    out.push('\n');
    let mut sheet = Sheet::new(
        &[
            "",
            "runs",
            "message",
            "since",
            "started by",
            "service",
            "branch",
        ],
        2,
    );
    for it in all {
        sheet.row(row(it, now));
    }
    out.push_str(&sheet.text(style));
    let notes: Vec<String> = all.iter().flat_map(|it| notes(it, now, suffix)).collect();
    if !notes.is_empty() {
        out.push('\n');
        for note in notes {
            out.push_str(&in_lines(&note, style));
        }
    }
    out.push_str(&next(all, suffix));
    without_controls(&out)
}

/// One sentence on all of them.
fn verdict(all: &[Standing], style: Style) -> String {
    // Environments with the same trouble are named together.
    let mut troubled: Vec<(String, Vec<&str>)> = Vec::new();
    for it in all {
        let troubles = it.troubles().join(", ");
        if troubles.is_empty() {
            continue;
        }
        match troubled.iter_mut().find(|(known, _)| *known == troubles) {
            Some((_, names)) => names.push(it.environment.as_str()),
            None => troubled.push((troubles, vec![it.environment.as_str()])),
        }
    }
    let names = words::count(all.len(), "environment");
    if !troubled.is_empty() {
        let number: usize = troubled.iter().map(|(_, names)| names.len()).sum();
        let said: Vec<String> = troubled
            .iter()
            .map(|(troubles, names)| format!("{}: {troubles}", names.join(", ")))
            .collect();
        return format!(
            "{} {number} of {names} need{} a look. {}.",
            style.no(),
            if number == 1 { "s" } else { "" },
            said.join("; ")
        );
    }
    let going: Vec<&str> = all
        .iter()
        .filter(|it| under_way(it))
        .map(|it| it.environment.as_str())
        .collect();
    let empty = all.iter().filter(|it| it.deployed.is_none()).count();
    let well = match (all.len(), empty) {
        (_, 0) => format!("{names}: all well"),
        (all, empty) if all == empty => format!("{names}: nothing has been deployed yet"),
        (_, empty) => format!("{names}: all well, {empty} not deployed to yet"),
    };
    match going.as_slice() {
        [] => format!("{} {well}.", style.yes()),
        going => format!(
            "{} {well}; a run to {} is under way.",
            style.yes(),
            going.join(" and to ")
        ),
    }
}

fn under_way(it: &Standing) -> bool {
    it.newest.as_ref().is_some_and(|run| !run.status.is_over())
}

fn row(it: &Standing, now: Timestamp) -> Vec<String> {
    let name = it.environment.to_string();
    let mut cells = match &it.deployed {
        Some(run) => vec![
            name,
            run.short().to_owned(),
            run.message.clone().unwrap_or_default(),
            run.ended
                .or(run.started)
                .map(|at| words::since(at, now))
                .unwrap_or_default(),
            run.started_by.clone(),
        ],
        None => vec![
            name,
            if it.unreachable.iter().any(|it| it.site == Site::Shared) {
                "-"
            } else {
                "nothing"
            }
            .to_owned(),
            String::new(),
            String::new(),
            String::new(),
        ],
    };
    cells.push(it.service.as_ref().map_or("not known".to_owned(), service));
    cells.push(branch(it));
    cells
}

fn service(it: &ServiceStanding) -> String {
    let word = match it.health {
        Health::Healthy => "healthy",
        Health::Changing => "changing",
        Health::Unhealthy => "not healthy",
        Health::Empty => "no task wanted",
        Health::Absent => return "none".to_owned(),
    };
    format!("{word} {}/{}", it.running, it.desired)
}

/// How the branch lies to what runs, or what the newest run does.
fn branch(it: &Standing) -> String {
    let stage = it.stage.as_deref().unwrap_or("the pipeline");
    if let Some(run) = &it.newest {
        let what = run
            .commit
            .as_deref()
            .map_or_else(String::new, |it| format!("{} ", words::short(it)));
        match run.status {
            Status::InProgress | Status::Stopping => return format!("{what}in {stage}"),
            Status::Failed if it.newest_failed() => {
                return format!("{what}failed in {stage}");
            }
            Status::Stopped | Status::Abandoned => return format!("{what}stopped in {stage}"),
            _ => {}
        }
    }
    let head = it.head.as_deref().map_or("-", words::short);
    match it.lag {
        Lag::None if it.elsewhere.is_some() => format!("{head} not run"),
        Lag::None => "up to date".to_owned(),
        Lag::OnItsWay => format!("{head} on its way"),
        Lag::NotLanded => format!("{head} not landed"),
        Lag::RolledBack => format!("{head} rolled back"),
        Lag::NotStarted => format!("{head} not started"),
        Lag::NoBranch => format!("no branch {}", it.branch),
        Lag::Unknown => "not known".to_owned(),
    }
}

/// What needs somebody, each with what to type.
fn notes(it: &Standing, now: Timestamp, suffix: &str) -> Vec<String> {
    let name = &it.environment;
    let mut notes = Vec::new();
    for error in &it.unreachable {
        notes.push(format!("{name}: {}", call(error)));
    }
    for waits in &it.approvals {
        let since = waits
            .since
            .map_or_else(String::new, |at| format!(", for {}", words::since(at, now)));
        notes.push(format!(
            "{name}: {}/{} waits for an approval{since}.\n    crosspipe approve {name}{suffix}",
            waits.stage, waits.action
        ));
    }
    for closed in &it.closed {
        let by = closed
            .by
            .as_deref()
            .map_or_else(String::new, |by| format!(" by {}", words::person(by)));
        let why = closed
            .reason
            .as_deref()
            .map_or_else(String::new, |why| format!(": {why}"));
        notes.push(format!(
            "{name}: the transition into {} is disabled{by}{why}. Nothing goes on there until it is enabled.",
            closed.stage
        ));
    }
    if let Some(why) = it.service.as_ref().and_then(|it| it.why.as_ref()) {
        notes.push(format!("{name}: {why}"));
    }
    if let Some(other) = &it.elsewhere {
        let commit = it
            .deployed
            .as_ref()
            .map_or("what was deployed", |it| it.short());
        notes.push(format!(
            "{name}: the deployment of {commit} succeeded, but the service runs {}: {}. See it:\n    crosspipe logs {name}{suffix}",
            other.what(),
            other.why()
        ));
    }
    if it.newest_failed() {
        let again = if it.at_source { "deploy" } else { "retry" };
        notes.push(format!(
            "{name}: the newest run failed. Why, and again:\n    crosspipe watch {name}{suffix}\n    crosspipe {again} {name}{suffix}"
        ));
    }
    notes
}

/// A call that failed, in a line.
pub fn call(error: &CloudError) -> String {
    let code = if error.code.is_empty() {
        String::new()
    } else {
        format!("{}: ", error.code)
    };
    format!(
        "{}:{} in {} ({}) failed: {code}{}",
        error.service, error.operation, error.site, error.account, error.message
    )
}

fn next(all: &[Standing], suffix: &str) -> String {
    let mut lines = Vec::new();
    if let Some(it) = all.iter().find(|it| under_way(it)) {
        lines.push(format!("crosspipe watch {}{suffix}", it.environment));
    }
    if let Some(it) = all.iter().find(|it| it.lag == Lag::NoBranch) {
        lines.push(format!("git push REMOTE HEAD:refs/heads/{}", it.branch));
    }
    let behind = |it: &&Standing| it.lag == Lag::NotStarted;
    if let Some(it) = all.iter().find(behind) {
        lines.push(format!("crosspipe deploy {}{suffix}", it.environment));
    }
    if lines.is_empty()
        && let Some(it) = all.iter().find(|it| it.deployed.is_some()).or(all.first())
    {
        lines.push(format!("crosspipe history {}{suffix}", it.environment));
    }
    let lines: Vec<String> = lines.iter().map(|line| format!("  {line}\n")).collect();
    format!("\nNext\n{}", lines.concat())
}

#[cfg(test)]
mod tests;
