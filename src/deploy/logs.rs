//! What a run has written: its build's log, its deployment's lifecycle events, the service's events, put
//! together in the order of time.

use std::collections::{BTreeMap, HashSet};

use jiff::Timestamp;
use serde::Serialize;

use crate::cloud::run::{ActionExecution, DeploymentTarget, Status};
use crate::cloud::{CloudError, Runs};
use crate::resource::Site;

use super::Destination;

/// The most pages of one log that are read at once; the rest is read with the next look.
const PAGES: usize = 200;

/// Seconds before and after an action in which a service's events are taken for its own: the clocks of two
/// services differ a little.
const SLACK: i64 = 2;

/// A line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// When.
    pub at: Option<Timestamp>,
    /// Who wrote it.
    pub from: From,
    /// The action that it belongs to: `stage/action`.
    pub action: String,
    /// The text, as it was written.
    pub text: String,
}

/// Who wrote a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum From {
    /// CodePipeline: an action began or ended.
    Pipeline,
    /// The build's log.
    Build,
    /// CodeDeploy: a lifecycle event, a deployment's end.
    Deployment,
    /// The ECS service.
    Service,
}

impl From {
    /// In a word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pipeline => "pipeline",
            Self::Build => "build",
            Self::Deployment => "deployment",
            Self::Service => "service",
        }
    }
}

/// Which lines are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// All.
    All,
    /// The build's.
    Build,
    /// The deployment's and the service's.
    Deployment,
}

/// Reads what a run writes, each line once.
pub struct Journal {
    to: Destination,
    execution: String,
    part: Part,
    /// Where each build's log goes on.
    next: BTreeMap<String, Option<String>>,
    /// The targets of each deployment.
    targets: BTreeMap<String, Vec<String>>,
    /// What needs no further look.
    done: HashSet<String>,
    said: HashSet<String>,
}

/// What one look brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// The new lines, in the order of time.
    pub entries: Vec<Entry>,
    /// How the run fares.
    pub status: Status,
    /// What could not be read this time.
    pub missing: Vec<CloudError>,
}

impl Journal {
    /// Of one run of a destination's pipeline.
    pub fn new(to: &Destination, execution: &str, part: Part) -> Self {
        Self {
            to: to.clone(),
            execution: execution.to_owned(),
            part,
            next: BTreeMap::new(),
            targets: BTreeMap::new(),
            done: HashSet::new(),
            said: HashSet::new(),
        }
    }

    /// What was written since the last look.
    ///
    /// # Errors
    /// A call about the pipeline failed. What else cannot be read is in [`Reading::missing`], and tried
    /// again with the next look.
    pub async fn read(&mut self, runs: &dyn Runs) -> Result<Reading, CloudError> {
        let pipeline = self.to.pipeline.clone();
        let execution = self.execution.clone();
        // The status first: what is over by then has nothing to add.
        let status = runs.execution(&pipeline, &execution).await?.status;
        let actions = runs.actions(&pipeline, &execution).await?;
        let (mut entries, mut missing) = (Vec::new(), Vec::new());
        // They come the newest first.
        for action in actions.iter().rev() {
            let name = format!("{}/{}", action.stage, action.action);
            if self.part == Part::All {
                self.action(action, &name, &mut entries);
            }
            if self.done.contains(&action.id) {
                continue;
            }
            let mut troubles = Vec::new();
            match (action.provider.as_str(), &action.external_id) {
                ("CodeBuild", Some(id)) if self.part != Part::Deployment => {
                    troubles.push(self.build(runs, id, &name, &mut entries).await);
                }
                ("CodeDeployToECS", Some(id)) if self.part != Part::Build => {
                    troubles.push(self.deployment(runs, id, &name, &mut entries).await);
                    troubles.push(self.service(runs, action, &name, &mut entries).await);
                }
                ("ECS", _) if self.part != Part::Build => {
                    troubles.push(self.service(runs, action, &name, &mut entries).await);
                }
                _ => {}
            }
            let before = missing.len();
            missing.extend(troubles.into_iter().filter_map(Result::err));
            if action.status.is_over() && missing.len() == before {
                self.done.insert(action.id.clone());
            }
        }
        entries.sort_by_key(|entry| entry.at);
        Ok(Reading {
            entries,
            status,
            missing,
        })
    }

    /// Adds a line that was not said before.
    fn say(&mut self, entries: &mut Vec<Entry>, key: String, entry: Entry) {
        if self.said.insert(key) {
            entries.push(entry);
        }
    }

    fn action(&mut self, it: &ActionExecution, name: &str, entries: &mut Vec<Entry>) {
        let mut line = |journal: &mut Self, what: &str, at, text: String| {
            let entry = Entry {
                at,
                from: From::Pipeline,
                action: name.to_owned(),
                text,
            };
            journal.say(entries, format!("{}/{what}", it.id), entry);
        };
        line(self, "began", it.started, format!("{name} began"));
        if it.status.is_over() {
            let mut text = format!("{name} {}", it.status.as_str());
            if let Some(error) = &it.error {
                text.push_str(&format!(": {}: {}", error.code, error.message));
            }
            line(self, "ended", it.updated, text);
        }
    }

    async fn build(
        &mut self,
        runs: &dyn Runs,
        id: &str,
        name: &str,
        entries: &mut Vec<Entry>,
    ) -> Result<(), CloudError> {
        let Some(build) = runs.build(id).await? else {
            return Ok(());
        };
        let entry = |at, text: String| Entry {
            at,
            from: From::Build,
            action: name.to_owned(),
            text,
        };
        if let (Some(group), Some(stream)) = (&build.log_group, &build.log_stream) {
            for _ in 0..PAGES {
                let from = self.next.get(id).cloned().flatten();
                let page = runs
                    .log(&Site::Shared, group, stream, from.as_deref())
                    .await?;
                // The end is where the next page begins where this one did. Source: CloudWatch Logs API
                // Reference, GetLogEvents.
                let end = page.next == from || page.next.is_none() || page.lines.is_empty();
                entries.extend(page.lines.into_iter().map(|it| entry(it.at, it.text)));
                if page.next.is_some() {
                    self.next.insert(id.to_owned(), page.next);
                }
                if end {
                    break;
                }
            }
        }
        for phase in &build.phases {
            for (code, message) in &phase.contexts {
                let text = format!("{} failed: {code}: {message}", phase.name);
                let key = format!("{id}/{}/{code}", phase.name);
                self.say(entries, key, entry(phase.ended, text));
            }
        }
        Ok(())
    }

    async fn deployment(
        &mut self,
        runs: &dyn Runs,
        id: &str,
        name: &str,
        entries: &mut Vec<Entry>,
    ) -> Result<(), CloudError> {
        let site = self.to.site();
        let known = self.targets.get(id).cloned().unwrap_or_default();
        let deployment = runs.deployment(&site, id).await?;
        let targets = runs.deployment_targets(&site, id, &known).await?;
        self.targets.insert(
            id.to_owned(),
            targets.iter().map(|it| it.id.clone()).collect(),
        );
        let entry = |at, text: String| Entry {
            at,
            from: From::Deployment,
            action: name.to_owned(),
            text,
        };
        let began = format!("{id} began, with {}", deployment.config);
        self.say(
            entries,
            format!("{id}/began"),
            entry(deployment.created, began),
        );
        for target in &targets {
            self.lifecycle(id, target, &entry, entries);
        }
        if deployment.is_over() {
            let mut text = format!("{id} {}", deployment.status);
            if let Some(error) = &deployment.error {
                text.push_str(&format!(": {}: {}", error.code, error.message));
            }
            self.say(
                entries,
                format!("{id}/ended"),
                entry(deployment.ended, text),
            );
            if let Some(rollback) = &deployment.rollback {
                let by = rollback.by.as_deref().unwrap_or("another deployment");
                let said = rollback.message.as_deref().unwrap_or_default();
                let text = format!("{id} is rolled back by {by}. {said}");
                let entry = entry(deployment.ended, text.trim_end().to_owned());
                self.say(entries, format!("{id}/rollback"), entry);
            }
        }
        Ok(())
    }

    fn lifecycle(
        &mut self,
        id: &str,
        target: &DeploymentTarget,
        entry: &dyn Fn(Option<Timestamp>, String) -> Entry,
        entries: &mut Vec<Entry>,
    ) {
        for event in &target.events {
            if event.started.is_some() {
                let key = format!("{id}/{}/{}/began", target.id, event.name);
                self.say(
                    entries,
                    key,
                    entry(event.started, format!("{} began", event.name)),
                );
            }
            if event.ended.is_none() {
                continue;
            }
            let mut text = format!("{} {}", event.name, event.status);
            if let Some(error) = &event.error {
                text.push_str(&format!(": {}: {}", error.code, error.message));
            }
            let key = format!("{id}/{}/{}/ended", target.id, event.name);
            self.say(entries, key, entry(event.ended, text));
            if let Some(tail) = &event.log_tail {
                let key = format!("{id}/{}/{}/tail", target.id, event.name);
                let text = format!("{} wrote: {}", event.name, tail.trim_end());
                self.say(entries, key, entry(event.ended, text));
            }
        }
    }

    async fn service(
        &mut self,
        runs: &dyn Runs,
        action: &ActionExecution,
        name: &str,
        entries: &mut Vec<Entry>,
    ) -> Result<(), CloudError> {
        let to = self.to.clone();
        let Some(service) = runs.service(&to.site(), &to.cluster, &to.service).await? else {
            return Ok(());
        };
        let from = action.started.map(|it| it.as_second() - SLACK);
        let until = action
            .updated
            .filter(|_| action.status.is_over())
            .map(|it| it.as_second() + SLACK);
        // They come the newest first.
        for event in service.events.iter().rev() {
            let Some(at) = event.at.map(|at| at.as_second()) else {
                continue;
            };
            if from.is_none_or(|from| at < from) || until.is_some_and(|until| at > until) {
                continue;
            }
            let entry = Entry {
                at: event.at,
                from: From::Service,
                action: name.to_owned(),
                text: event.message.clone(),
            };
            self.say(entries, event.id.clone(), entry);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
