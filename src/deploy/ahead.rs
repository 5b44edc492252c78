//! What a deployment would bring: the commit, what runs there now, and how far apart they are.

use std::collections::{BTreeSet, HashSet};

use jiff::Timestamp;
use serde::Serialize;

use crate::cloud::run::{Commit, Execution, Status};
use crate::cloud::{CloudError, Runs};

use super::map::Destination;
use super::snapshot::summary;

/// How many runs are looked at for the last one that landed.
const RUNS: usize = 50;
/// How many generations of commits are asked for at most, one call each.
const CALLS: usize = 20;

/// What a deployment would bring.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Departure {
    /// The branch's head; none where the source cannot be asked.
    pub head: Option<Known>,
    /// What the last run that landed brought.
    pub deployed: Option<Known>,
    /// How many commits what is deployed is behind the head; none where it does not lead there, or is not
    /// known.
    pub behind: Option<usize>,
    /// Whether there are more than `behind`.
    pub or_more: bool,
    /// A run that is going on and brings the head, or has not fetched its source yet and will bring it.
    pub going: Option<Execution>,
    /// Other runs that are going on.
    pub others: usize,
    /// No run has brought the head yet.
    pub new: bool,
}

/// A commit, as far as it is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Known {
    /// Its id.
    pub commit: String,
    /// The first line of its message.
    pub title: Option<String>,
    /// Who wrote it.
    pub author: Option<String>,
    /// When it was committed.
    pub when: Option<Timestamp>,
}

impl Known {
    fn of(commit: &Commit) -> Self {
        Self {
            commit: commit.id.clone(),
            title: Some(commit.title()).filter(|it| !it.is_empty()),
            author: Some(commit.author.clone()).filter(|it| !it.is_empty()),
            when: commit.when,
        }
    }
}

/// Looks at the branch and at what its pipeline has brought. `None` where the branch is not there.
///
/// # Errors
/// A call failed.
pub async fn departure(runs: &dyn Runs, to: &Destination) -> Result<Option<Departure>, CloudError> {
    let (head, executions) = futures::future::try_join(
        async {
            match &to.repository {
                Some(repository) => runs.branch_head(repository, &to.branch).await,
                None => Ok(None),
            }
        },
        runs.executions(&to.pipeline, RUNS),
    )
    .await?;
    if to.repository.is_some() && head.is_none() {
        return Ok(None);
    }
    let title = match (&to.repository, &head) {
        (Some(repository), Some(head)) => runs.commit(repository, head).await?,
        _ => None,
    };
    let deployed = executions
        .iter()
        .find(|it| it.status == Status::Succeeded)
        .and_then(brought);
    let (behind, or_more) = match (&to.repository, &title, &deployed) {
        (Some(repository), Some(head), Some(deployed)) => {
            distance(runs, repository, head, &deployed.commit).await?
        }
        _ => (None, false),
    };
    let (mine, others) = going(&executions, head.as_deref());
    let new = head.as_ref().is_some_and(|head| {
        let mut brought = executions.iter().filter_map(brought);
        !brought.any(|it| it.commit == *head)
    });
    Ok(Some(Departure {
        head: title.as_ref().map(Known::of).or_else(|| {
            head.map(|commit| Known {
                commit,
                title: None,
                author: None,
                when: None,
            })
        }),
        deployed,
        behind,
        or_more,
        going: mine.cloned(),
        others,
        new,
    }))
}

/// The run that is going on and brings a commit, as far as there is one now: a push takes some seconds to
/// start one.
///
/// # Errors
/// The call failed.
pub async fn arriving(
    runs: &dyn Runs,
    to: &Destination,
    head: &str,
) -> Result<Option<Execution>, CloudError> {
    let executions = runs.executions(&to.pipeline, RUNS).await?;
    Ok(going(&executions, Some(head)).0.cloned())
}

/// The run that is going on and brings the head, and how many others are going on.
fn going<'a>(executions: &'a [Execution], head: Option<&str>) -> (Option<&'a Execution>, usize) {
    let mut going: Vec<&Execution> = executions
        .iter()
        .filter(|it| !it.status.is_over() && it.status != Status::Stopping)
        .collect();
    let brings = going.iter().position(|it| match brought(it) {
        Some(revision) => Some(revision.commit.as_str()) == head,
        // It takes what the branch is at when its source action runs. A rollback does not.
        None => it.rollback_of.is_none(),
    });
    let mine = brings.map(|index| going.remove(index));
    (mine, going.len())
}

/// What a run brings.
fn brought(execution: &Execution) -> Option<Known> {
    let revision = execution.revisions.iter().find(|it| !it.id.is_empty())?;
    Some(Known {
        commit: revision.id.clone(),
        title: revision
            .summary
            .as_deref()
            .map(summary)
            .filter(|it| !it.is_empty()),
        author: None,
        when: None,
    })
}

/// How many commits lead from one to another, by their parents; and whether counting was given up.
async fn distance(
    runs: &dyn Runs,
    repository: &str,
    head: &Commit,
    deployed: &str,
) -> Result<(Option<usize>, bool), CloudError> {
    if head.id == deployed {
        return Ok((Some(0), false));
    }
    // A commit that is not younger than what is deployed is not between the two: as git does, by date.
    let Some(since) = runs.commit(repository, deployed).await? else {
        return Ok((None, false));
    };
    let mut seen: HashSet<String> = HashSet::from([head.id.clone()]);
    let mut next: BTreeSet<String> = head.parents.iter().cloned().collect();
    let mut found = false;
    for _ in 0..CALLS {
        found |= next.remove(deployed);
        if next.is_empty() {
            return Ok((found.then_some(seen.len()), false));
        }
        let asked: Vec<String> = std::mem::take(&mut next).into_iter().collect();
        for commit in runs.commits(repository, &asked).await? {
            let older = commit.when.zip(since.when).is_some_and(|(a, b)| a < b);
            if !older && seen.insert(commit.id.clone()) {
                next.extend(commit.parents);
            }
        }
        next.retain(|parent| !seen.contains(parent));
    }
    Ok((Some(seen.len()), true))
}
