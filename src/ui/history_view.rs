//! The runs of an environment, the newest first.

use jiff::Timestamp;

use crate::deploy::history::Run;
use crate::deploy::words;

use super::sheet::Sheet;
use super::{Style, in_lines, lasting, without_controls};

/// The screen. `more` says that there are older runs.
pub fn history(
    environment: &str,
    pipeline: &str,
    runs: &[Run],
    more: bool,
    now: Timestamp,
    style: Style,
) -> String {
    let mut out = in_lines(&verdict(environment, pipeline, runs, more, now), style);
    if runs.is_empty() {
        return out;
    }
    out.push('\n');
    let mut sheet = Sheet::new(
        &[
            "when, UTC",
            "run",
            "commit",
            "message",
            "started by",
            "took",
            "ended",
        ],
        3,
    );
    for run in runs {
        sheet.row(vec![
            run.started.map_or("-".to_owned(), words::moment),
            words::short_run(&run.execution).to_owned(),
            run.short().to_owned(),
            run.message.clone().unwrap_or_default(),
            run.started_by.clone(),
            run.took.map_or_else(String::new, lasting),
            ended(run, runs),
        ]);
    }
    out.push_str(&sheet.text(style));
    without_controls(&out)
}

fn verdict(environment: &str, pipeline: &str, runs: &[Run], more: bool, now: Timestamp) -> String {
    let Some(newest) = runs.first() else {
        return format!("No run of {pipeline} yet: nothing has been deployed to {environment}.");
    };
    let landed = runs
        .iter()
        .filter(|run| run.status == crate::cloud::run::Status::Succeeded)
        .count();
    let number = if more {
        format!("the last {} runs", runs.len())
    } else {
        words::count(runs.len(), "run")
    };
    let when = newest
        .ended
        .or(newest.started)
        .map_or_else(String::new, |at| match words::since(at, now).as_str() {
            "now" => ", just now".to_owned(),
            ago => format!(", {ago} ago"),
        });
    format!(
        "{environment}: {number}, {landed} landed. The newest, {}, is {}{when}.",
        newest.what(),
        match newest.outcome().as_str() {
            "landed" => "the one that landed last".to_owned(),
            other => other.to_owned(),
        }
    )
}

/// How a run ended, and for a rollback what it went back to.
fn ended(run: &Run, all: &[Run]) -> String {
    let Some(target) = &run.rollback_of else {
        return run.outcome();
    };
    let from = all
        .iter()
        .skip_while(|it| it.execution != run.execution)
        .nth(1)
        .map_or_else(String::new, |before| format!(" from {}", before.short()));
    format!(
        "{}{from} to run {}",
        match run.outcome().as_str() {
            "rolled back" => "rolled back".to_owned(),
            other => format!("{other}, rolling back"),
        },
        words::short_run(target)
    )
}

#[cfg(test)]
mod tests;
