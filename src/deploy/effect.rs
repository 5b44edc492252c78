//! What runs in an environment: what the last deploy action that succeeded brought, however the run around it
//! ended; and whether the service runs it.

use jiff::Timestamp;
use serde::Serialize;

use crate::cloud::run::{ActionExecution, Execution, Service, Status};
use crate::cloud::{CloudError, Runs};

use super::Destination;
use super::snapshot::Snapshot;
use super::words;

/// How many runs that ended otherwise than well are asked for what their actions did.
const ASKED: usize = 10;
/// By how much the clocks of CodePipeline and ECS may differ, in milliseconds.
const SKEW: i64 = 500;
/// The shortest tag that is taken for a commit's.
const SHORTEST_TAG: usize = 7;

/// The newest of these attempts at deploying that succeeded. `actions` are the newest first.
pub fn deployment(actions: &[ActionExecution]) -> Option<&ActionExecution> {
    actions
        .iter()
        .find(|it| it.category == "Deploy" && it.status == Status::Succeeded)
}

/// Notes which of the newest runs have deployed though they did not succeed: stopped while their deployment
/// went on, or failed after it. Asks for the actions of the runs that are newer than the newest one that
/// succeeded. `executions` are the newest first.
///
/// # Errors
/// The actions of a run could not be listed.
pub async fn settle(
    runs: &dyn Runs,
    pipeline: &str,
    executions: &mut [Execution],
) -> Result<(), CloudError> {
    let newer = executions
        .iter_mut()
        .take_while(|it| it.status != Status::Succeeded)
        .filter(|it| it.status != Status::Superseded)
        .take(ASKED);
    for execution in newer {
        let actions = runs.actions(pipeline, &execution.id).await?;
        execution.went_through = deployment(&actions).is_some();
    }
    Ok(())
}

/// When a deploy action went on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct During {
    /// When it began.
    pub from: Timestamp,
    /// When it ended.
    pub to: Timestamp,
}

impl During {
    /// Of an attempt, where AWS says both.
    pub fn of(action: &ActionExecution) -> Option<Self> {
        deploys_to_ecs(&action.provider)
            .then_some(action.started.zip(action.updated))
            .flatten()
            .map(|(from, to)| Self { from, to })
    }

    /// Of the deploy action of a run that is over.
    pub fn in_snapshot(snapshot: &Snapshot) -> Option<Self> {
        let (_, action) = snapshot.deployed()?;
        deploys_to_ecs(&action.provider)
            .then_some(action.started.zip(action.ended))
            .flatten()
            .map(|(from, to)| Self { from, to })
    }
}

fn deploys_to_ecs(provider: &str) -> bool {
    matches!(provider, "CodeDeployToECS" | "ECS")
}

/// What a service runs in place of what was deployed to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Elsewhere {
    /// The task definition, with its revision.
    pub task_definition: String,
    /// The image of its first container.
    pub image: Option<String>,
    /// Whether the run registered it: if so it names another commit's image, if not it is an older one.
    pub registered_by_run: bool,
}

impl Elsewhere {
    /// `dev-orders:3, with the image orders:77be013`.
    pub fn what(&self) -> String {
        let image = self
            .image
            .as_deref()
            .map(|it| format!(", with the image {}", it.rsplit('/').next().unwrap_or(it)))
            .unwrap_or_default();
        format!("{}{image}", self.task_definition)
    }

    /// Why that is so.
    pub fn why(&self) -> &'static str {
        if self.registered_by_run {
            "the task definition that was deployed names the image of another commit"
        } else {
            "the deployment did not name the task definition that the run has registered"
        }
    }
}

/// Whether a service runs something else than a run deployed to it. None where it runs that, where something
/// else has been deployed since, and where it cannot be told.
///
/// Each deploy action to ECS registers a revision of the task definition of its own: one that is older than the
/// action is not what the run brought. Source: AWS CodePipeline User Guide, "Amazon Elastic Container Service
/// and CodeDeploy blue-green action reference" and "Amazon Elastic Container Service deploy action reference".
///
/// # Errors
/// The task definition could not be read.
pub async fn elsewhere(
    runs: &dyn Runs,
    to: &Destination,
    service: &Service,
    during: During,
    commit: &str,
    known: &[Execution],
) -> Result<Option<Elsewhere>, CloudError> {
    let primary = service.rollouts.iter().find(|it| it.status == "PRIMARY");
    let arn = primary
        .map(|it| it.task_definition.as_str())
        .filter(|it| !it.is_empty())
        .or(service.task_definition.as_deref());
    let Some(arn) = arn else { return Ok(None) };
    // What came after the action's end is another deployment's.
    let since = primary.and_then(|it| it.created);
    if commit.is_empty() || since.is_some_and(|at| later(at, during.to)) {
        return Ok(None);
    }
    let Some(found) = runs.task_definition(&to.site(), arn).await? else {
        return Ok(None);
    };
    let Some(registered) = found.registered else {
        return Ok(None);
    };
    let tag = found.image.as_deref().and_then(commit_tag);
    if tag.is_some_and(|tag| commit.starts_with(tag)) {
        return Ok(None);
    }
    let of_another = tag.is_some_and(|tag| {
        let mut commits = known.iter().flat_map(|it| &it.revisions);
        commits.any(|it| it.id.starts_with(tag))
    });
    let older = later(during.from, registered);
    Ok((older || of_another).then(|| Elsewhere {
        task_definition: arn.rsplit('/').next().unwrap_or(arn).to_owned(),
        image: found.image.clone(),
        registered_by_run: !older,
    }))
}

/// Whether a moment is later than another one, whatever the clocks.
fn later(at: Timestamp, than: Timestamp) -> bool {
    at.as_millisecond() > than.as_millisecond().saturating_add(SKEW)
}

/// An image's tag, where it can be a commit's.
fn commit_tag(image: &str) -> Option<&str> {
    let (_, tag) = image.rsplit('/').next()?.split_once(':')?;
    // A digest is no commit.
    if image.contains('@') {
        return None;
    }
    let hexadecimal = tag.bytes().all(|it| it.is_ascii_hexdigit());
    (tag.len() >= SHORTEST_TAG && hexadecimal).then_some(tag)
}

/// What else is known when a run has ended.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Aftermath {
    /// The commit that an earlier run deployed last.
    pub before: Option<String>,
    /// What the service runs in place of what this run deployed.
    pub elsewhere: Option<Elsewhere>,
}

/// Looks once at what a run that is over has left. What cannot be asked is left out.
pub async fn aftermath(runs: &dyn Runs, to: &Destination, snapshot: &Snapshot) -> Aftermath {
    const LOOK_BACK: usize = 25;
    let listed = runs.executions(&to.pipeline, LOOK_BACK).await;
    let mut executions = listed.unwrap_or_default();
    let Some(during) = During::in_snapshot(snapshot) else {
        let mine = snapshot.execution.id.as_str();
        // Newer ones have nothing to do with it.
        let later = executions
            .iter()
            .any(|it| it.id == mine && it.status.is_over());
        if snapshot.deployed().is_some() || !later {
            return Aftermath::default();
        }
        let settled = settle(runs, &to.pipeline, &mut executions).await;
        let last = executions.iter().find(|it| it.deployed());
        let before = last.and_then(|it| it.revisions.iter().find(|it| !it.id.is_empty()));
        return Aftermath {
            before: before.filter(|_| settled.is_ok()).map(|it| it.id.clone()),
            elsewhere: None,
        };
    };
    let service = runs.service(&to.site(), &to.cluster, &to.service).await;
    let other = match service {
        Ok(Some(service)) => {
            let commit = snapshot.commit().unwrap_or_default();
            elsewhere(runs, to, &service, during, commit, &executions).await
        }
        _ => Ok(None),
    };
    Aftermath {
        before: None,
        elsewhere: other.unwrap_or_default(),
    }
}

/// `dev still runs 77be013`, or that it does so from an earlier run of the same commit; none where it is not
/// known.
pub fn still(environment: &str, before: Option<&str>, commit: Option<&str>) -> Option<String> {
    let before = before?;
    let short = words::short(before);
    Some(if Some(before) == commit {
        format!("{environment} still runs {short}, from a run before")
    } else {
        format!("{environment} still runs {short}")
    })
}

#[cfg(test)]
mod tests;
