//! What a rollback would do, decided before it is asked for: the stage once more with what an earlier run
//! had, a new run with that run's revision, or why neither.
//!
//! Source: AWS CodePipeline User Guide, "Configuring stage rollback", "Start a pipeline with a source
//! revision override" and "What type of pipeline is right for me".

use serde::Serialize;

use crate::cloud::run::{
    ActionExecution, Execution, PipelineShape, PipelineState, RevisionOverride, StageShape, Status,
};

use super::history::Run;
use super::words;

/// The shortest piece of a commit or of an execution's id that is looked for.
const SHORTEST: usize = 4;

/// What a rollback would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "how", rename_all = "kebab-case")]
pub enum Rollback {
    /// One stage is carried out once more with the artifacts of an earlier run (`RollbackStage`).
    Stage {
        /// The stage.
        stage: String,
        /// The run whose artifacts it gets.
        target: Box<Run>,
        /// Approvals that stand before that stage, and are not asked again.
        not_asked: Vec<String>,
        /// Approvals of that stage itself, which are.
        asked: Vec<String>,
    },
    /// A new run with an earlier revision (`StartPipelineExecution` with source revisions).
    Redeploy {
        /// The run that brought the revision; none for a commit that no known run has brought.
        target: Option<Box<Run>>,
        /// What each source action is to take.
        revisions: Vec<RevisionOverride>,
        /// Why it is no stage rollback.
        because: String,
        /// All approvals of the pipeline: they are asked again.
        asked: Vec<String>,
    },
}

/// Why there is no rollback.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoRollback {
    /// A run is going on.
    #[error("a run is under way: {} of {}", words::short_run(&.0.execution), .0.short())]
    UnderWay(Box<Run>),
    /// Nothing has landed.
    #[error("no run of {pipeline} has landed, so there is nothing to go back to")]
    NothingLanded {
        /// The pipeline.
        pipeline: String,
    },
    /// Nothing else has landed before.
    #[error("nothing landed before {now}, so there is nothing to go back to")]
    NothingBefore {
        /// What runs.
        now: String,
    },
    /// The newest deployment failed, and was one of what ran before it and still runs.
    #[error(
        "{what} still runs, from a run before: the run {} of it failed in {stage} and changed nothing, so there is nothing to roll back",
        words::short_run(run)
    )]
    StillRuns {
        /// The run that failed.
        run: String,
        /// The stage that deploys.
        stage: String,
        /// What runs.
        what: String,
    },
    /// The newest run never came to the stage that deploys.
    #[error(
        "the newest run, {}, did not come as far as {stage}: what ran before it still runs, {runs}",
        words::short_run(run)
    )]
    NotTouched {
        /// The newest run.
        run: String,
        /// The stage that deploys.
        stage: String,
        /// What runs.
        runs: String,
    },
    /// It runs already.
    #[error("{0} is what runs already")]
    AlreadyThere(String),
    /// Nothing of that name.
    #[error(
        "no run and no commit that one of the last {looked_at} runs brought begins with '{typed}'"
    )]
    NotFound {
        /// What was typed.
        typed: String,
        /// How many runs were looked at.
        looked_at: usize,
    },
    /// Too short to mean anything.
    #[error("'{0}' is too short for a commit or a run: give four characters or more")]
    TooShort(String),
    /// More than one.
    #[error("'{typed}' could be any of {}", .found.join(", "))]
    Ambiguous {
        /// What was typed.
        typed: String,
        /// What it could be.
        found: Vec<String>,
    },
    /// It did not land.
    #[error("{what} {outcome}: only what has landed can be gone back to")]
    NotLanded {
        /// The run or commit.
        what: String,
        /// How it ended.
        outcome: String,
    },
    /// The pipeline can do neither.
    #[error(
        "the pipeline {pipeline} is of type {kind}, which can neither roll a stage back nor start with an earlier revision"
    )]
    OldType {
        /// The pipeline.
        pipeline: String,
        /// Its type.
        kind: String,
    },
    /// Nothing deploys.
    #[error("the pipeline {0} has no stage that deploys")]
    NoDeployStage(String),
    /// The source cannot be told which revision to take.
    #[error("the source action {action} ({provider}) cannot be told which commit to take")]
    NoOverride {
        /// The action.
        action: String,
        /// Its provider.
        provider: String,
    },
    /// It is not known what the run brought.
    #[error("AWS does not say which commit the run {0} brought")]
    NoRevision(String),
}

/// What to go back to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Goal {
    /// A run that landed.
    Run(Box<Execution>),
    /// A whole commit id that no run looked at has brought.
    Commit(String),
}

/// The stage that deploys: the first one with a deploy action.
pub fn deploy_stage(shape: &PipelineShape) -> Option<&StageShape> {
    shape.stages.iter().find(|stage| deploys(stage))
}

fn deploys(stage: &StageShape) -> bool {
    stage.actions.iter().any(|it| it.category == "Deploy")
}

/// The execution that the stage that deploys has had last, and how it fared there.
fn in_place<'a>(shape: &PipelineShape, state: &'a PipelineState) -> Option<(&'a str, &'a Status)> {
    let stage = deploy_stage(shape)?;
    let latest = state
        .stages
        .iter()
        .find(|it| it.name == stage.name)?
        .latest
        .as_ref()?;
    Some((&latest.execution, &latest.status))
}

/// Chooses what to go back to: what is named, or the run that landed before what runs now. `executions`
/// are the newest first.
///
/// # Errors
/// Says why there is nothing.
pub fn choose(
    shape: &PipelineShape,
    state: &PipelineState,
    executions: &[Execution],
    branch: &str,
    named: Option<&str>,
) -> Result<Goal, NoRollback> {
    if let Some(going) = executions.iter().find(|it| !it.status.is_over()) {
        return Err(NoRollback::UnderWay(Box::new(Run::of(going, branch))));
    }
    let stage = deploy_stage(shape).ok_or_else(|| NoRollback::NoDeployStage(shape.name.clone()))?;
    let place = in_place(shape, state);
    let runs_now = place.and_then(|(id, status)| {
        let it = executions.iter().find(|it| it.id == id)?;
        (*status == Status::Succeeded || it.deployed()).then_some(it)
    });
    if let Some(named) = named {
        return chosen(executions, branch, named, runs_now);
    }
    let nothing = || NoRollback::NothingLanded {
        pipeline: shape.name.clone(),
    };
    let (place_id, place_status) = place.ok_or_else(nothing)?;
    let at = executions
        .iter()
        .position(|it| it.id == place_id)
        .ok_or_else(nothing)?;
    let now = executions.get(at).ok_or_else(nothing)?;
    let in_place = *place_status == Status::Succeeded || now.deployed();
    // A failed run that never came to the stage that deploys has changed nothing there. Going further
    // back is not what is meant then.
    if let Some(newest) = executions.first()
        && at > 0
        && newest.status == Status::Failed
        && in_place
    {
        return Err(NoRollback::NotTouched {
            run: newest.id.clone(),
            stage: stage.name.clone(),
            runs: Run::of(now, branch).what(),
        });
    }
    // The same commit once more, which failed: what there was before is the same.
    if !in_place
        && now.rollback_of.is_none()
        && let Some(running) = executions.iter().skip(at + 1).find(|it| it.deployed())
        && commit(running).is_some()
        && commit(running) == commit(now)
    {
        return Err(NoRollback::StillRuns {
            run: now.id.clone(),
            stage: stage.name.clone(),
            what: Run::of(running, branch).what(),
        });
    }
    // After a rollback, what landed before it is what was rolled back from: go on from its target.
    let from = now
        .rollback_of
        .as_ref()
        .and_then(|target| executions.iter().position(|it| it.id == *target))
        .unwrap_or(at);
    let other = |it: &&Execution| it.deployed() && (!in_place || commit(it) != commit(now));
    let goal = executions.iter().skip(from + 1).find(other);
    match goal {
        Some(goal) => Ok(Goal::Run(Box::new(original(executions, goal).clone()))),
        None if in_place => Err(NoRollback::NothingBefore {
            now: Run::of(now, branch).what(),
        }),
        None => Err(nothing()),
    }
}

fn commit(execution: &Execution) -> Option<&str> {
    execution
        .revisions
        .iter()
        .map(|it| it.id.as_str())
        .find(|id| !id.is_empty())
}

/// AWS does not roll back to a rollback: the run that it went back to has the same artifacts.
fn original<'a>(executions: &'a [Execution], goal: &'a Execution) -> &'a Execution {
    let mut goal = goal;
    // No chain is longer than the list.
    for _ in 0..executions.len() {
        let target = goal.rollback_of.as_ref();
        match target.and_then(|id| executions.iter().find(|it| it.id == *id)) {
            Some(earlier) => goal = earlier,
            None => break,
        }
    }
    goal
}

fn chosen(
    executions: &[Execution],
    branch: &str,
    named: &str,
    runs_now: Option<&Execution>,
) -> Result<Goal, NoRollback> {
    let typed = named.to_ascii_lowercase();
    if typed.len() < SHORTEST {
        return Err(NoRollback::TooShort(named.to_owned()));
    }
    let by_id: Vec<&Execution> = executions
        .iter()
        .filter(|it| it.id.starts_with(&typed))
        .collect();
    let mut commits: Vec<&str> = executions
        .iter()
        .filter_map(commit)
        .filter(|it| it.starts_with(&typed))
        .collect();
    commits.sort_unstable();
    commits.dedup();
    if by_id.len() + commits.len() > 1 {
        let runs = by_id.iter().map(|it| format!("run {}", it.id));
        let commits = commits.iter().map(|it| format!("commit {it}"));
        return Err(NoRollback::Ambiguous {
            typed: named.to_owned(),
            found: runs.chain(commits).collect(),
        });
    }
    let whole = typed.len() == 40 && typed.bytes().all(|it| it.is_ascii_hexdigit());
    let (found, wanted) = match (by_id.first(), commits.first()) {
        (Some(found), _) => (*found, commit(found)),
        (None, Some(wanted)) => {
            let brings = |it: &&Execution| commit(it) == Some(*wanted);
            let landed = executions.iter().filter(brings).find(|it| it.deployed());
            match landed.or_else(|| executions.iter().find(brings)) {
                Some(found) => (found, Some(*wanted)),
                None => return Ok(Goal::Commit(typed)),
            }
        }
        (None, None) if whole => return Ok(Goal::Commit(typed)),
        (None, None) => {
            return Err(NoRollback::NotFound {
                typed: named.to_owned(),
                looked_at: executions.len(),
            });
        }
    };
    let run = Run::of(found, branch);
    if !found.deployed() {
        return Err(NoRollback::NotLanded {
            what: run.what(),
            outcome: run.outcome(),
        });
    }
    if let Some(now) = runs_now
        && (now.id == found.id || (wanted.is_some() && wanted == commit(now)))
    {
        return Err(NoRollback::AlreadyThere(run.what()));
    }
    Ok(Goal::Run(Box::new(original(executions, found).clone())))
}

/// Decides how to go back to a run. `execution` is what GetPipelineExecution says of it (its version),
/// `actions` what its actions did.
///
/// # Errors
/// Says why neither way is open.
pub fn to_run(
    shape: &PipelineShape,
    goal: &Execution,
    version: Option<u32>,
    actions: &[ActionExecution],
    branch: &str,
) -> Result<Rollback, NoRollback> {
    let run = Box::new(Run::of(goal, branch));
    match no_stage_rollback(shape, goal, version, actions) {
        None => {
            let stage =
                deploy_stage(shape).ok_or_else(|| NoRollback::NoDeployStage(shape.name.clone()))?;
            let before = shape.stages.iter().take_while(|it| it.name != stage.name);
            Ok(Rollback::Stage {
                stage: stage.name.clone(),
                target: run,
                not_asked: before.flat_map(approvals).collect(),
                asked: approvals(stage),
            })
        }
        Some(because) => {
            let revisions: Vec<(&str, &str)> = goal
                .revisions
                .iter()
                .filter(|it| !it.id.is_empty())
                .map(|it| (it.name.as_str(), it.id.as_str()))
                .collect();
            if revisions.is_empty() {
                return Err(NoRollback::NoRevision(goal.id.clone()));
            }
            redeploy(shape, Some(run), &revisions, because)
        }
    }
}

/// Decides how to go back to a commit that no run looked at has brought: by a new run.
///
/// # Errors
/// Says why that way is not open.
pub fn to_commit(shape: &PipelineShape, commit: &str) -> Result<Rollback, NoRollback> {
    let source = sources(shape).next();
    let source = source.ok_or_else(|| NoRollback::NoDeployStage(shape.name.clone()))?;
    redeploy(
        shape,
        None,
        &[(source.name.as_str(), commit)],
        "no run that is known has brought this commit, so there are no artifacts of it".to_owned(),
    )
}

fn sources(shape: &PipelineShape) -> impl Iterator<Item = &crate::cloud::run::ActionShape> {
    shape
        .stages
        .iter()
        .flat_map(|stage| &stage.actions)
        .filter(|action| action.category == "Source")
}

fn redeploy(
    shape: &PipelineShape,
    target: Option<Box<Run>>,
    wanted: &[(&str, &str)],
    because: String,
) -> Result<Rollback, NoRollback> {
    if shape.kind != "V2" {
        return Err(NoRollback::OldType {
            pipeline: shape.name.clone(),
            kind: shape.kind.clone(),
        });
    }
    let mut revisions = Vec::new();
    for source in sources(shape) {
        let known = matches!(
            source.provider.as_str(),
            "CodeCommit" | "CodeStarSourceConnection"
        );
        if !known {
            return Err(NoRollback::NoOverride {
                action: source.name.clone(),
                provider: source.provider.clone(),
            });
        }
        if let Some((_, commit)) = wanted.iter().find(|(action, _)| *action == source.name) {
            revisions.push(RevisionOverride {
                action: source.name.clone(),
                commit: (*commit).to_owned(),
            });
        }
    }
    if revisions.is_empty() {
        let run = target.map_or_else(String::new, |it| it.execution);
        return Err(NoRollback::NoRevision(run));
    }
    Ok(Rollback::Redeploy {
        target,
        revisions,
        because,
        asked: shape.stages.iter().flat_map(approvals).collect(),
    })
}

fn approvals(stage: &StageShape) -> Vec<String> {
    stage
        .actions
        .iter()
        .filter(|it| it.category == "Approval")
        .map(|it| format!("{}/{}", stage.name, it.name))
        .collect()
}

/// Why AWS would not roll the stage back; none where it would.
fn no_stage_rollback(
    shape: &PipelineShape,
    goal: &Execution,
    version: Option<u32>,
    actions: &[ActionExecution],
) -> Option<String> {
    let Some(stage) = deploy_stage(shape) else {
        return Some("the pipeline has no stage that deploys".to_owned());
    };
    if shape.kind != "V2" {
        return Some(format!(
            "a stage can be rolled back in pipelines of type V2 only, and this one is of type {}",
            shape.kind
        ));
    }
    if shape.mode == "PARALLEL" {
        return Some("a pipeline in PARALLEL mode cannot roll a stage back".to_owned());
    }
    if shape.stages.first().is_some_and(|it| it.name == stage.name) {
        return Some("the source stage cannot be rolled back".to_owned());
    }
    if shape.stages.iter().filter(|it| deploys(it)).count() > 1 {
        return Some("the pipeline deploys in more than one stage".to_owned());
    }
    if goal.rollback_of.is_some() {
        return Some(
            "that run was a rollback itself, and the run that it went back to is not known any more"
                .to_owned(),
        );
    }
    if goal.status != Status::Succeeded {
        return Some("that run did not succeed as a whole, though its deployment did".to_owned());
    }
    if version != Some(shape.version) {
        return Some("the pipeline has been changed since that run".to_owned());
    }
    // The newest attempt of each action comes first.
    let succeeded = stage.actions.iter().all(|declared| {
        actions
            .iter()
            .find(|it| it.stage == stage.name && it.action == declared.name)
            .is_some_and(|it| it.status == Status::Succeeded)
    });
    (!succeeded).then(|| format!("that run did not go through {} as a whole", stage.name))
}

#[cfg(test)]
mod tests;
