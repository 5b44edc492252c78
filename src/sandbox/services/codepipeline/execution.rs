//! Runs of a pipeline, as they are kept.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::sandbox::page::{object, seconds};

/// A run.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
#[serde(default)]
pub struct Execution {
    /// Its id.
    pub id: String,
    /// The version of the pipeline that it runs.
    pub version: usize,
    /// `InProgress`, `Succeeded`, `Failed`, `Stopping`, `Stopped`, `Superseded` or `Cancelled`.
    pub status: String,
    /// More about the status.
    pub summary: Option<String>,
    /// When it began, in milliseconds since 1970.
    pub started: i64,
    /// When it last changed.
    pub updated: i64,
    /// What started it.
    pub trigger: Trigger,
    /// `SUPERSEDED`, `QUEUED` or `PARALLEL`.
    pub mode: String,
    /// The run whose artifacts it deploys once more, for a rollback.
    pub rollback_of: Option<String>,
    /// The pipeline's variables as they are for this run.
    pub variables: BTreeMap<String, String>,
    /// The revisions that the caller wants, as they were given.
    pub wanted: Vec<Value>,
    /// What the source actions found.
    pub revisions: Vec<Revision>,
    /// Where the artifacts are, by name.
    pub artifacts: BTreeMap<String, Location>,
    /// What actions put out, by namespace.
    pub outputs: BTreeMap<String, BTreeMap<String, String>>,
    /// The stages that it has entered, in their order.
    pub stages: Vec<StageRun>,
    /// The stage that it waits to enter.
    pub waiting: Option<String>,
    /// The request to stop it.
    pub stop: Option<Stop>,
    /// The caller's token, so that a repeated request starts nothing twice.
    pub token: Option<String>,
    /// The name of the pipeline role's sessions in this run: 13 digits.
    pub session: String,
    /// The status that EventBridge was told last.
    pub told: String,
}

/// What started a run.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Trigger {
    /// `CreatePipeline`, `StartPipelineExecution`, `CloudWatchEvent`, `ManualRollback`...
    pub kind: String,
    /// Who or what it was: a caller's ARN, a rule's ARN.
    pub detail: String,
}

/// What a source action found.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Revision {
    /// The action.
    pub action: String,
    /// Its output artifact.
    pub artifact: String,
    /// The commit, version or digest.
    pub id: String,
    /// The commit's message.
    pub summary: String,
    /// Where it is to be seen.
    pub url: String,
    /// When it was made.
    pub created: i64,
}

/// An object in an artifact store.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Location {
    /// The bucket.
    pub bucket: String,
    /// The key.
    pub key: String,
}

/// An artifact of an action, and where it is.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Artifact {
    /// Its name.
    pub name: String,
    /// Where it is.
    pub location: Location,
}

/// A request to stop a run.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
#[serde(default)]
pub struct Stop {
    /// Whether what is going on is left alone.
    pub abandon: bool,
    /// Why.
    pub reason: Option<String>,
}

/// A run in one stage.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
#[serde(default)]
pub struct StageRun {
    /// The stage.
    pub name: String,
    /// `InProgress`, `Succeeded`, `Failed`, `Stopping`, `Stopped` or `Cancelled`.
    pub status: String,
    /// When the run came in, in milliseconds since 1970.
    pub entered: i64,
    /// Every attempt at every action.
    pub actions: Vec<ActionRun>,
    /// How often the stage was retried by hand.
    pub manual_retries: u32,
    /// How often the stage was retried by itself.
    pub automatic_retries: u32,
    /// `ManualStageRetry` or `AutomatedStageRetry`.
    pub last_retry: Option<String>,
    /// The condition that could not be evaluated: `beforeEntry`, `onSuccess` or `onFailure`, and why.
    pub condition: Option<(String, String)>,
    /// The status that EventBridge was told last.
    pub told: String,
}

/// An attempt at an action.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
#[serde(default)]
pub struct ActionRun {
    /// Its id.
    pub id: String,
    /// The action.
    pub name: String,
    /// `InProgress`, `Succeeded`, `Failed` or `Abandoned`.
    pub status: String,
    /// When it began.
    pub started: i64,
    /// When it last changed.
    pub updated: i64,
    /// Who changed it: the one who approved, for an approval.
    pub updated_by: Option<String>,
    /// What it says of itself.
    pub summary: Option<String>,
    /// The token that an approval must carry.
    pub token: Option<String>,
    /// The build's, the deployment's id.
    pub external_id: Option<String>,
    /// Where that is to be seen.
    pub external_url: Option<String>,
    /// Code and message.
    pub error: Option<(String, String)>,
    /// What it reads.
    pub inputs: Vec<Artifact>,
    /// What it writes.
    pub outputs: Vec<Artifact>,
    /// Its configuration with every variable in its place.
    pub resolved: BTreeMap<String, String>,
    /// What it puts out.
    pub variables: BTreeMap<String, String>,
    /// The stream of the build's log.
    pub log_stream: Option<String>,
    /// A later attempt has taken its place.
    pub replaced: bool,
    /// How far it has come; what that means is up to the kind of action.
    pub step: u32,
    /// When it goes on; `None` while it waits for somebody.
    pub due: Option<i64>,
    /// When it has taken too long.
    pub deadline: Option<i64>,
    /// The status that EventBridge was told last.
    pub told: String,
}

impl Execution {
    /// Whether it is still under way.
    pub fn is_active(&self) -> bool {
        self.status == "InProgress" || self.status == "Stopping"
    }

    /// The stage that it is in, if it is in one.
    pub fn current(&self) -> Option<&StageRun> {
        self.stages.last().filter(|stage| stage.is_active())
    }

    /// The same, to change it.
    pub fn current_mut(&mut self) -> Option<&mut StageRun> {
        self.stages.last_mut().filter(|stage| stage.is_active())
    }

    /// Ends it.
    pub fn end(&mut self, status: &str, now: i64) {
        status.clone_into(&mut self.status);
        self.updated = now;
        self.waiting = None;
    }

    /// Where an artifact is.
    pub fn artifact(&self, name: &str) -> Option<Artifact> {
        self.artifacts.get(name).map(|location| Artifact {
            name: name.to_owned(),
            location: location.clone(),
        })
    }

    /// The revisions as ListPipelineExecutions has them.
    pub fn source_revisions(&self) -> Value {
        let shown = |revision: &Revision| {
            object([
                ("actionName", Some(json!(revision.action))),
                ("revisionId", given(&revision.id)),
                ("revisionSummary", given(&revision.summary)),
                ("revisionUrl", given(&revision.url)),
            ])
        };
        self.revisions.iter().map(shown).collect()
    }

    /// The revisions as GetPipelineExecution has them.
    pub fn artifact_revisions(&self) -> Value {
        let shown = |revision: &Revision| {
            object([
                ("name", Some(json!(revision.artifact))),
                ("revisionId", given(&revision.id)),
                ("revisionChangeIdentifier", None),
                ("revisionSummary", given(&revision.summary)),
                ("created", Some(seconds(revision.created))),
                ("revisionUrl", given(&revision.url)),
            ])
        };
        self.revisions.iter().map(shown).collect()
    }

    /// What started it, as the API answers it.
    pub fn shown_trigger(&self) -> Value {
        json!({"triggerType": self.trigger.kind, "triggerDetail": self.trigger.detail})
    }

    /// `STANDARD` or `ROLLBACK`.
    pub fn kind(&self) -> &'static str {
        if self.rollback_of.is_some() {
            "ROLLBACK"
        } else {
            "STANDARD"
        }
    }

    /// The run that it goes back to, as the API answers it.
    pub fn shown_rollback(&self) -> Option<Value> {
        self.rollback_of
            .as_ref()
            .map(|id| json!({"rollbackTargetPipelineExecutionId": id}))
    }
}

fn given(text: &str) -> Option<Value> {
    (!text.is_empty()).then(|| json!(text))
}

impl StageRun {
    /// Whether the run is still in it.
    pub fn is_active(&self) -> bool {
        self.status == "InProgress" || self.status == "Stopping"
    }

    /// The attempt that counts.
    pub fn attempt(&self, action: &str) -> Option<&ActionRun> {
        self.actions
            .iter()
            .rev()
            .find(|attempt| attempt.name == action && !attempt.replaced)
    }

    /// The attempts that count.
    pub fn attempts(&self) -> impl Iterator<Item = &ActionRun> {
        self.actions.iter().filter(|attempt| !attempt.replaced)
    }

    /// The latest attempt, whether it still counts or not.
    pub fn latest(&self, action: &str) -> Option<&ActionRun> {
        self.actions
            .iter()
            .rev()
            .find(|attempt| attempt.name == action)
    }
}

impl Artifact {
    /// As the API answers it.
    pub fn shown(&self) -> Value {
        json!({
            "name": self.name,
            "s3location": {"bucket": self.location.bucket, "key": self.location.key},
        })
    }
}

impl ActionRun {
    /// Whether it is still going on.
    pub fn is_active(&self) -> bool {
        self.status == "InProgress"
    }

    /// Ends it.
    pub fn end(&mut self, status: &str, now: i64) {
        status.clone_into(&mut self.status);
        self.updated = now;
        self.due = None;
        self.token = None;
    }

    /// The error as the API answers it.
    pub fn shown_error(&self) -> Option<Value> {
        self.error
            .as_ref()
            .map(|(code, message)| json!({"code": code, "message": message}))
    }
}
