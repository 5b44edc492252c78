//! How one commit lies to another: what a promotion would bring along, or what stands against it.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use jiff::Timestamp;
use serde::Serialize;

use crate::cloud::run::Commit;
use crate::cloud::{CloudError, Runs};

/// The most commits that are looked at. CodeCommit has no call for a log: a straight history costs a call
/// for each of them. Beyond it nothing is claimed.
const MOST: usize = 500;

/// How a commit lies to the head of a branch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "relation", rename_all = "kebab-case")]
pub enum Relation {
    /// It is the head.
    Same,
    /// It follows the head: the branch can be moved forward. The commits that come along, the newest
    /// first.
    Ahead {
        /// These.
        commits: Vec<Brought>,
    },
    /// The branch has it already, and more.
    Behind {
        /// How many commits more.
        by: usize,
    },
    /// Each has commits that the other one has not.
    Apart {
        /// Those that only the branch has, the newest first.
        only_there: Vec<Brought>,
        /// How many only the commit has.
        only_here: usize,
    },
    /// They lie further from each other than is looked at.
    Unknown {
        /// How many commits were looked at.
        looked_at: usize,
    },
}

/// A commit in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Brought {
    /// Its id.
    pub commit: String,
    /// The first line of its message.
    pub title: String,
    /// Who wrote it.
    pub author: String,
}

impl From<&Commit> for Brought {
    fn from(it: &Commit) -> Self {
        Self {
            commit: it.id.clone(),
            title: it.title(),
            author: it.author.clone(),
        }
    }
}

/// Reached from the commit.
const HERE: u8 = 1;
/// Reached from the branch's head.
const THERE: u8 = 2;
/// Reached from both: whatever leads to it is as well.
const BOTH: u8 = HERE | THERE;

/// How `commit` lies to `head`, by the history of a CodeCommit repository.
///
/// Walks back from both, the youngest first, until everything that is left belongs to both.
///
/// # Errors
/// A commit could not be read.
pub async fn relation(
    runs: &dyn Runs,
    repository: &str,
    commit: &str,
    head: &str,
) -> Result<Relation, CloudError> {
    if commit == head {
        return Ok(Relation::Same);
    }
    let mut walk = Walk::default();
    let tips = [commit.to_owned(), head.to_owned()];
    walk.read(runs, repository, &tips).await?;
    walk.mark(commit, HERE);
    walk.mark(head, THERE);
    while let Some(id) = walk.next() {
        if walk.commits.len() > MOST {
            return Ok(Relation::Unknown {
                looked_at: walk.commits.len(),
            });
        }
        let marks = walk.marks.get(&id).copied().unwrap_or_default();
        let parents = walk.parents(&id);
        walk.read(runs, repository, &parents).await?;
        for parent in &parents {
            walk.mark(parent, marks);
        }
    }
    let only_here = walk.only(HERE);
    let only_there = walk.only(THERE);
    Ok(match (only_here.is_empty(), only_there.is_empty()) {
        (_, true) => Relation::Ahead { commits: only_here },
        (true, false) => Relation::Behind {
            by: only_there.len(),
        },
        (false, false) => Relation::Apart {
            only_there,
            only_here: only_here.len(),
        },
    })
}

/// A walk back through the history.
#[derive(Default)]
struct Walk {
    commits: HashMap<String, Commit>,
    /// From where each commit is reached.
    marks: HashMap<String, u8>,
    /// What is to be gone on from, the youngest first.
    queue: BinaryHeap<(Option<Timestamp>, Reverse<String>)>,
    /// In the order in which they were come by.
    order: Vec<String>,
}

impl Walk {
    async fn read(
        &mut self,
        runs: &dyn Runs,
        repository: &str,
        ids: &[String],
    ) -> Result<(), CloudError> {
        let wanted: Vec<String> = ids
            .iter()
            .filter(|id| !self.commits.contains_key(*id))
            .cloned()
            .collect();
        if wanted.is_empty() {
            return Ok(());
        }
        for commit in runs.commits(repository, &wanted).await? {
            self.commits.insert(commit.id.clone(), commit);
        }
        Ok(())
    }

    fn parents(&self, id: &str) -> Vec<String> {
        self.commits
            .get(id)
            .map(|it| it.parents.clone())
            .unwrap_or_default()
    }

    /// Notes from where a commit is reached, and goes on from it where that is news.
    fn mark(&mut self, id: &str, mark: u8) {
        let known = self.marks.get(id).copied();
        let marks = known.unwrap_or_default() | mark;
        if known == Some(marks) {
            return;
        }
        if known.is_none() {
            self.order.push(id.to_owned());
        }
        self.marks.insert(id.to_owned(), marks);
        let when = self.commits.get(id).and_then(|it| it.when);
        self.queue.push((when, Reverse(id.to_owned())));
    }

    /// Where to go on; none when all that is left belongs to both.
    fn next(&mut self) -> Option<String> {
        let (youngest, _) = self.queue.peek()?;
        let one_sided = |id: &String| self.marks.get(id) != Some(&BOTH);
        // What belongs to both may still lead to what is known from one side only, if that is as old: many
        // commits are of the same second.
        let when = |id: &String| self.commits.get(id).and_then(|it| it.when);
        let open = self.queue.iter().any(|(_, Reverse(id))| one_sided(id))
            || self
                .order
                .iter()
                .any(|id| one_sided(id) && when(id) <= *youngest);
        if !open {
            return None;
        }
        self.queue.pop().map(|(_, Reverse(id))| id)
    }

    /// What is reached from one side only, the newest first.
    fn only(&self, mark: u8) -> Vec<Brought> {
        self.order
            .iter()
            .filter(|id| self.marks.get(*id) == Some(&mark))
            .filter_map(|id| self.commits.get(id))
            .map(Brought::from)
            .collect()
    }
}

#[cfg(test)]
mod tests;
