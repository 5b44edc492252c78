//! The runs of an environment, the newest first.

use jiff::Timestamp;

use crate::cloud::run::Status;
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
            word(run),
        ]);
    }
    out.push_str(&sheet.text(style));
    let remarks: Vec<String> = runs.iter().filter_map(|run| remark(run, runs)).collect();
    if !remarks.is_empty() {
        out.push('\n');
        out.push_str(&in_lines(&remarks.join("\n"), style));
    }
    without_controls(&out)
}

fn verdict(environment: &str, pipeline: &str, runs: &[Run], more: bool, now: Timestamp) -> String {
    let Some(newest) = runs.first() else {
        return format!("No run of {pipeline} yet: nothing has been deployed to {environment}.");
    };
    let landed = runs.iter().filter(|run| run.deployed).count();
    let number = if more {
        format!("the last {} runs", runs.len())
    } else {
        words::count(runs.len(), "run")
    };
    let ago = newest.ended.or(newest.started).map_or_else(
        || "at an unknown time".to_owned(),
        |at| match words::since(at, now).as_str() {
            "now" => "just now".to_owned(),
            ago => format!("{ago} ago"),
        },
    );
    let newest_is = if newest.status.is_over() {
        format!("{} {ago}", word(newest))
    } else {
        format!("is {}, begun {ago}", word(newest))
    };
    format!(
        "{environment}: {number}, {landed} landed. The newest, {}, {newest_is}.",
        newest.what()
    )
}

/// How a run ended, in a word or two.
fn word(run: &Run) -> String {
    let outcome = run.outcome();
    let word = outcome.split(':').next().unwrap_or_default();
    match word.strip_suffix(" by a newer run") {
        Some(word) => word,
        None => word,
    }
    .to_owned()
}

/// What there is to say of a run's end besides the word: why, and for a rollback from where to where.
fn remark(run: &Run, all: &[Run]) -> Option<String> {
    let name = words::short_run(&run.execution);
    let Some(target) = &run.rollback_of else {
        let outcome = run.outcome();
        return (outcome != word(run) && outcome.contains(':'))
            .then(|| format!("{name} {outcome}"));
    };
    let from = all
        .iter()
        .skip_while(|it| it.execution != run.execution)
        .skip(1)
        // What it was rolled back from is what came to the environment before it.
        .find(|it| it.deployed || it.status == Status::Failed)
        .map_or_else(String::new, |before| format!(" from {}", before.short()));
    let word = match word(run).as_str() {
        "rolled back" => "rolled back".to_owned(),
        other => format!("{other}, rolling back"),
    };
    Some(format!(
        "{name} {word}{from} to {}, which run {} brought",
        run.short(),
        words::short_run(target)
    ))
}

#[cfg(test)]
mod tests;
