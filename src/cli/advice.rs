//! What to type after a run that has not landed.

use crate::cloud::Runs;
use crate::cloud::run::Status;
use crate::deploy::cause::Mend;
use crate::deploy::{Cause, Destination, Ended, Snapshot};

/// How many runs are looked through for one that landed.
const LOOK_BACK: usize = 25;

/// A command, and what it does.
pub type Row = (String, &'static str);

/// What is known of a run that has ended.
pub struct Known<'a> {
    /// How it ended.
    pub ended: Ended,
    /// The run.
    pub snapshot: &'a Snapshot,
    /// What lies under its failure.
    pub cause: Option<&'a Cause>,
    /// Whether another run has landed before, and this one came to where it deploys.
    pub back: bool,
}

/// Whether there is something to go back to: the run failed where it deploys, and one has landed before it.
pub async fn back(runs: &dyn Runs, to: &Destination, snapshot: &Snapshot) -> bool {
    let deploys = snapshot
        .failed()
        .is_some_and(|(_, action)| action.category == "Deploy");
    if !deploys {
        return false;
    }
    // Where it cannot be told nothing is advised.
    let executions = runs.executions(&to.pipeline, LOOK_BACK).await;
    executions
        .unwrap_or_default()
        .iter()
        .any(|it| it.status == Status::Succeeded && it.id != snapshot.execution.id)
}

/// The commands, the first one first. `flags` are what each needs to reach the same accounts.
pub fn rows(known: &Known<'_>, to: &Destination, flags: &str) -> Vec<Row> {
    let of = |command: &str| format!("crosspipe {command} {}{flags}", to.environment);
    match known.ended {
        Ended::Landed => Vec::new(),
        Ended::Superseded => vec![(of("watch"), "follows the run that took its place")],
        Ended::Stopped => vec![(of("deploy"), "starts anew")],
        Ended::Failed if known.snapshot.rejected().is_some() => vec![
            (
                format!("git push REMOTE {}", to.branch),
                "another commit starts a new run",
            ),
            (of("deploy"), "starts anew with the branch as it is"),
        ],
        Ended::Failed => failed(known, to, flags),
    }
}

fn failed(known: &Known<'_>, to: &Destination, flags: &str) -> Vec<Row> {
    let of = |command: &str| format!("crosspipe {command} {}{flags}", to.environment);
    let first = known.snapshot.stages.first().map(|it| it.name.as_str());
    let at_source = known
        .cause
        .is_some_and(|it| Some(it.stage.as_str()) == first);
    let mend = known.cause.map(|it| it.mend).unwrap_or_default();
    let push = format!("git push REMOTE {}", to.branch);
    let plan = format!("crosspipe plan{flags}");
    let apply = (format!("crosspipe apply{flags}"), "sets that back");
    let differs = "shows what differs from crosspipe.toml";
    let again = |anew: bool| {
        if anew {
            (of("deploy"), "starts anew, once that is mended")
        } else {
            (
                of("retry"),
                "tries the failed stage again with the same commit, once that is mended",
            )
        }
    };
    let mut rows = match mend {
        Mend::Accounts => vec![(plan, differs), apply, again(at_source)],
        // A run keeps the definition that it began with.
        Mend::Definition => vec![(plan, differs), apply, again(true)],
        Mend::AccountsOrFiles => vec![
            (plan, differs),
            apply,
            again(at_source),
            (
                push,
                "where nothing differs, the build hands nothing over: mend buildspec.yml, commit it; starts a new run",
            ),
        ],
        Mend::Files => vec![(push, "once it is mended and committed; starts a new run")],
        Mend::FilesOrDefinition => vec![
            (push, "once it is mended and committed; starts a new run"),
            (
                plan,
                "where the file is right: shows whether the pipeline looks for another one",
            ),
        ],
        Mend::Elsewhere => {
            let mut rows = by_hand(known.cause, to);
            rows.push(again(at_source));
            rows
        }
    };
    if known.back {
        rows.push((of("rollback"), "goes back to what landed before"));
    }
    rows.push((
        of("logs"),
        "the whole build log and the deployment's events",
    ));
    rows
}

/// What AWS's sentence itself asks for. Source: AWS KMS API Reference, EnableKey and CancelKeyDeletion.
fn by_hand(cause: Option<&Cause>, to: &Destination) -> Vec<Row> {
    let words = || cause.into_iter().flat_map(|it| &it.words);
    let of = |command: &str, key: &str| {
        format!(
            "aws kms {command} --key-id {} --region {}",
            key.rsplit('/').next().unwrap_or(key),
            to.region
        )
    };
    let mut rows = Vec::new();
    for text in words().map(|it| it.text.as_str()) {
        let Some(key) = text
            .split_whitespace()
            .find(|word| word.starts_with("arn:") && word.contains(":kms:"))
        else {
            continue;
        };
        if text.contains("pending deletion") {
            rows.push((
                of("cancel-key-deletion", key),
                "in the shared account: keeps the key",
            ));
        }
        if text.contains("pending deletion") || text.contains("is disabled") {
            rows.push((
                of("enable-key", key),
                "in the shared account: lets the key be used again",
            ));
        }
        if !rows.is_empty() {
            break;
        }
    }
    rows
}

#[cfg(test)]
mod tests;
