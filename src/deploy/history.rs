//! The runs of an environment, as people speak of them.

use jiff::Timestamp;
use serde::Serialize;

use crate::cloud::run::{Execution, Status};

use super::words;

/// A run, in the words that tables show.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Run {
    /// The execution's id.
    pub execution: String,
    /// How it fares.
    pub status: Status,
    /// The commit that it brings.
    pub commit: Option<String>,
    /// The first line of the commit's message.
    pub message: Option<String>,
    /// When it began.
    pub started: Option<Timestamp>,
    /// When it ended; none while it goes on.
    pub ended: Option<Timestamp>,
    /// Seconds that it took, where it is over.
    pub took: Option<i64>,
    /// What started it, in words.
    pub started_by: String,
    /// AWS's word for what started it.
    pub trigger: Option<String>,
    /// Who or what exactly.
    pub trigger_detail: Option<String>,
    /// Why it was stopped, or what AWS says of its end.
    pub reason: Option<String>,
    /// Whether it has deployed, however it ended.
    pub deployed: bool,
    /// The execution whose revisions it brings back, where it is a rollback.
    pub rollback_of: Option<String>,
}

impl Run {
    /// A run of the pipeline that a branch goes through.
    pub fn of(it: &Execution, branch: &str) -> Self {
        let revision = it.revisions.iter().find(|revision| !revision.id.is_empty());
        let ended = it.updated.filter(|_| it.status.is_over());
        Self {
            execution: it.id.clone(),
            status: it.status.clone(),
            commit: revision.map(|revision| revision.id.clone()),
            message: revision
                .and_then(|revision| revision.summary.as_deref())
                .map(super::snapshot::summary)
                .filter(|message| !message.is_empty()),
            started: it.started,
            ended,
            took: it
                .started
                .zip(ended)
                .map(|(from, to)| words::between(from, to)),
            started_by: words::starter(it.trigger.as_deref(), it.trigger_detail.as_deref(), branch),
            trigger: it.trigger.clone(),
            trigger_detail: it.trigger_detail.clone(),
            reason: it.stop_reason.clone().or_else(|| it.summary.clone()),
            deployed: it.deployed(),
            rollback_of: it.rollback_of.clone(),
        }
    }

    /// The commit, short; a hyphen where it is not known.
    pub fn short(&self) -> &str {
        self.commit.as_deref().map_or("-", words::short)
    }

    /// How it ended, in words, or that it goes on.
    pub fn outcome(&self) -> String {
        let because = |what: &str| match &self.reason {
            Some(reason) => format!("{what}: {reason}"),
            None => what.to_owned(),
        };
        match &self.status {
            Status::Succeeded if self.rollback_of.is_some() => "rolled back".to_owned(),
            Status::Succeeded => "landed".to_owned(),
            Status::Failed if self.deployed => because("failed after it had landed"),
            Status::Stopped | Status::Abandoned if self.deployed => because("landed, then stopped"),
            Status::Failed => because("failed"),
            Status::Stopped | Status::Abandoned => because("stopped"),
            Status::Superseded => "superseded by a newer run".to_owned(),
            Status::Cancelled => "cancelled: the pipeline was changed".to_owned(),
            Status::Skipped => "skipped".to_owned(),
            Status::InProgress => "under way".to_owned(),
            Status::Stopping => because("being stopped"),
            Status::Other(word) => word.clone(),
        }
    }

    /// `a41f9c2 "Fix login redirect"`, as far as it is known.
    pub fn what(&self) -> String {
        match (&self.commit, &self.message) {
            (Some(commit), Some(message)) => format!("{} \"{message}\"", words::short(commit)),
            (Some(commit), None) => words::short(commit).to_owned(),
            (None, _) => format!("run {}", words::short_run(&self.execution)),
        }
    }
}

/// The runs of a pipeline, as AWS lists them.
pub fn runs(executions: &[Execution], branch: &str) -> Vec<Run> {
    executions.iter().map(|it| Run::of(it, branch)).collect()
}
