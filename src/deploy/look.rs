//! Asks for the next snapshot: one call per service, and nothing that cannot have changed.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::blueprint::Strategy;
use crate::cloud::run::{
    ActionExecution, Deployment, Execution, PipelineShape, PipelineState, StageState, Status,
};
use crate::cloud::{CloudError, ErrorKind, Runs};
use crate::resource::Site;

use super::map::Destination;
use super::shift::is_own;
use super::snapshot::{Action, Ended, Snapshot, Under, stages};

/// Looks at one run, again and again.
pub struct Look<'a> {
    runs: &'a dyn Runs,
    to: Destination,
    id: String,
    shape: PipelineShape,
    /// How many of a build's last lines are wanted.
    tail: u32,
    execution: Option<Execution>,
    actions: Vec<ActionExecution>,
    /// The run's part of the pipeline's state when its actions were listed last.
    listed_at: Option<Vec<StageState>>,
    under: BTreeMap<String, Kept>,
    overtaken_by: Option<Execution>,
    blind: BTreeSet<String>,
    /// The accounts whose session had ended at the last look.
    ended: BTreeSet<Site>,
}

/// What is known of the thing under an action.
#[derive(Default)]
struct Kept {
    under: Under,
    /// Ids that a later call can do with.
    known: Vec<String>,
    /// How long a team's own configuration takes, where that has been asked.
    shift: Option<Option<u64>>,
    /// It has been looked at after the action's end, or cannot be looked at.
    done: bool,
}

impl<'a> Look<'a> {
    /// For one run of a destination's pipeline. `tail` is how many of a build's last lines are wanted.
    pub fn new(
        runs: &'a dyn Runs,
        to: &Destination,
        shape: PipelineShape,
        execution: &str,
        tail: u32,
    ) -> Self {
        Self {
            runs,
            to: to.clone(),
            id: execution.to_owned(),
            shape,
            tail,
            execution: None,
            actions: Vec::new(),
            listed_at: None,
            under: BTreeMap::new(),
            overtaken_by: None,
            blind: BTreeSet::new(),
            ended: BTreeSet::new(),
        }
    }

    /// The run as it is now.
    ///
    /// # Errors
    /// A call about the pipeline failed, or any call was throttled, got no answer or found its session
    /// ended: to be tried again.
    /// What else cannot be looked at is in [`Snapshot::blind`].
    pub async fn next(&mut self, now: Timestamp) -> Result<Snapshot, CloudError> {
        let state = self.runs.pipeline_state(&self.to.pipeline).await?;
        let mine = self.part_of(&state);
        if self.must_list(&mine) {
            // One after the other: of a run that is over, no action may be shown as going on.
            let execution = self.runs.execution(&self.to.pipeline, &self.id).await?;
            self.actions = self.runs.actions(&self.to.pipeline, &self.id).await?;
            self.execution = Some(execution);
            self.listed_at = Some(mine);
        }
        let Some(execution) = self.execution.clone() else {
            return Err(self.nothing_said());
        };
        let mut snapshot = Snapshot {
            at: now,
            pipeline: self.to.pipeline.clone(),
            stages: stages(&self.id, &self.shape, &state, &self.actions),
            execution,
            overtaken_by: None,
            blind: Vec::new(),
        };
        for stage in &mut snapshot.stages {
            for action in &mut stage.actions {
                self.below(action).await?;
            }
        }
        self.ended.clear();
        if snapshot.ended() == Some(Ended::Superseded) && self.overtaken_by.is_none() {
            self.overtaken_by = self.newer().await?;
        }
        snapshot.overtaken_by.clone_from(&self.overtaken_by);
        snapshot.blind = self.blind.iter().cloned().collect();
        Ok(snapshot)
    }

    fn nothing_said(&self) -> CloudError {
        CloudError {
            site: Site::Shared,
            account: self.to.shared.to_string(),
            service: "codepipeline".to_owned(),
            operation: "GetPipelineExecution".to_owned(),
            kind: ErrorKind::Internal,
            code: String::new(),
            message: format!("nothing is known of the run {}", self.id),
            request_id: None,
        }
    }

    /// What the pipeline's state says of this run.
    fn part_of(&self, state: &PipelineState) -> Vec<StageState> {
        state
            .stages
            .iter()
            .filter(|stage| {
                stage.waiting.contains(&self.id)
                    || stage
                        .latest
                        .as_ref()
                        .is_some_and(|latest| latest.execution == self.id)
            })
            .cloned()
            .collect()
    }

    /// Whether the execution and its actions can be otherwise than they were when they were listed.
    fn must_list(&self, mine: &[StageState]) -> bool {
        let Some(execution) = &self.execution else {
            return true;
        };
        // The state shows one run per stage; runs side by side hide each other.
        if self.shape.mode == "PARALLEL" && !execution.status.is_over() {
            return true;
        }
        if self.listed_at.as_deref() != Some(mine) {
            return true;
        }
        // Between two stages, or at its end: the next call may say which.
        let held = mine.iter().any(|stage| {
            stage.waiting.contains(&self.id)
                || stage
                    .latest
                    .as_ref()
                    .is_some_and(|latest| !latest.status.is_over())
        });
        if !execution.status.is_over() && !held {
            return true;
        }
        // The list is made a little later than the state.
        mine.iter().any(|stage| {
            let attempts = stage.actions.iter().filter_map(|it| it.attempt.as_ref());
            attempts.into_iter().any(|attempt| {
                match self.actions.iter().find(|it| it.id == attempt.id) {
                    Some(listed) => listed.status != attempt.status,
                    None => attempt.status == Status::InProgress,
                }
            })
        })
    }

    /// The newest run after this one.
    async fn newer(&self) -> Result<Option<Execution>, CloudError> {
        let newest = self.runs.executions(&self.to.pipeline, 20).await?;
        let newer = newest.into_iter().take_while(|it| it.id != self.id);
        Ok(newer.filter(|it| it.status != Status::Superseded).last())
    }

    /// Looks at what lies under an action, while it is going on and once after its end.
    async fn below(&mut self, action: &mut Action) -> Result<(), CloudError> {
        let (Some(id), Some(status)) = (action.id.clone(), action.status.clone()) else {
            return Ok(());
        };
        let mut kept = self.under.remove(&id).unwrap_or_default();
        let outcome = if kept.done {
            Ok(())
        } else {
            self.ask(action, &mut kept).await
        };
        let outcome = match outcome {
            Ok(()) => {
                kept.done |= status.is_over() && action.external_id.is_some();
                Ok(())
            }
            Err(error) if matches!(error.kind, ErrorKind::Throttled | ErrorKind::Connection) => {
                Err(error)
            }
            // Fresh credentials may be there at the next look.
            Err(error) if error.session_ended() && self.ended.insert(error.site.clone()) => {
                Err(error)
            }
            Err(error) => {
                self.blind.insert(format!(
                    "what {} does in {} ({}) cannot be seen: {}:{}: {}",
                    action.name,
                    error.site,
                    error.account,
                    error.service,
                    error.operation,
                    error.message
                ));
                kept.done = true;
                Ok(())
            }
        };
        action.under = kept.under.clone();
        self.under.insert(id, kept);
        outcome
    }

    async fn ask(&self, action: &Action, kept: &mut Kept) -> Result<(), CloudError> {
        let Some(id) = &action.external_id else {
            return Ok(());
        };
        let site = self.to.site();
        match action.provider.as_str() {
            "CodeBuild" => self.ask_build(id, action, kept).await,
            "CodeDeployToECS" => {
                let mut deployment = self.runs.deployment(&site, id).await?;
                deployment.shift_seconds = self.shift_seconds(&site, &deployment, kept).await?;
                let targets = self.runs.deployment_targets(&site, id, &kept.known).await?;
                kept.known = targets.iter().map(|target| target.id.clone()).collect();
                kept.under = Under::Deployment {
                    deployment: Box::new(deployment),
                    targets,
                };
                Ok(())
            }
            "ECS" => self.ask_service(action, kept).await,
            _ => Ok(()),
        }
    }

    /// Asks once how long a team's own configuration takes. Who may not ask watches without.
    async fn shift_seconds(
        &self,
        site: &Site,
        deployment: &Deployment,
        kept: &mut Kept,
    ) -> Result<Option<u64>, CloudError> {
        if !is_own(&deployment.config) {
            return Ok(None);
        }
        if let Some(known) = kept.shift {
            return Ok(known);
        }
        let known = match self.runs.shift_seconds(site, &deployment.config).await {
            Ok(known) => known,
            Err(error) if error.kind == ErrorKind::Refused => None,
            Err(error) => return Err(error),
        };
        kept.shift = Some(known);
        Ok(known)
    }

    async fn ask_build(
        &self,
        id: &str,
        action: &Action,
        kept: &mut Kept,
    ) -> Result<(), CloudError> {
        let Some(build) = self.runs.build(id).await? else {
            return Ok(());
        };
        let mut tail = match &kept.under {
            Under::Build { tail, .. } => tail.clone(),
            _ => Vec::new(),
        };
        if let (Some(group), Some(stream)) = (&build.log_group, &build.log_stream)
            && action.is_going()
            && self.tail > 0
        {
            let page = self.runs.log_tail(&Site::Shared, group, stream, self.tail);
            tail = page.await?.lines;
        }
        kept.under = Under::Build {
            build: Box::new(build),
            tail,
        };
        Ok(())
    }

    async fn ask_service(&self, action: &Action, kept: &mut Kept) -> Result<(), CloudError> {
        let site = self.to.site();
        let setting = |name: &str| action.configuration.get(name).map(String::as_str);
        let cluster = setting("ClusterName").unwrap_or(&self.to.cluster);
        let service = setting("ServiceName").unwrap_or(&self.to.service);
        if self.to.strategy == Strategy::EcsBlueGreen {
            let known = kept.known.first().map(String::as_str);
            let release = self
                .runs
                .service_deployment(&site, cluster, service, known)
                .await?;
            // The newest one may still be the one before this action's.
            let began = |at: Option<Timestamp>| at.zip(action.started).is_none_or(|(a, b)| a >= b);
            if let Some(release) = release.filter(|it| began(it.created)) {
                kept.known = vec![release.arn.clone()];
                kept.under = Under::Native {
                    release: Box::new(release),
                };
            }
        } else if let Some(found) = self.runs.service(&site, cluster, service).await? {
            kept.under = Under::Rolling {
                service: Box::new(found),
            };
        }
        Ok(())
    }
}
