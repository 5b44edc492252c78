//! A run as tests make it: canned values, and an AWS that answers them.

use std::collections::BTreeMap;
use std::sync::Mutex;

use async_trait::async_trait;
use jiff::Timestamp;

use crate::cloud::run::{
    ActionExecution, ActionShape, ActionState, Approval, Attempt, Build, Commit, Deployment,
    DeploymentTarget, DeploymentTaskSet, ErrorDetails, Execution, LifecycleEvent, LogLine, LogPage,
    Phase, PipelineShape, PipelineState, RetryMode, Revision, RevisionOverride, Service,
    ServiceDeployment, StageExecution, StageShape, StageState, Status, StoppedTask, Transition,
};
use crate::cloud::{CloudError, ErrorKind, Runs};
use crate::resource::Site;

use super::map::{Destination, destinations, named};

pub use crate::render::fixture::blueprint;

/// The commit that the canned run brings.
pub const COMMIT: &str = "a41f9c2b1d7e4f50a41f9c2b1d7e4f50a41f9c2b";
/// The run.
pub const RUN: &str = "3f1c2d4e-0000-4000-8000-000000000001";
/// A build's id.
pub const BUILD: &str = "dev-awssdk-iam:0b1c2d3e-0000-4000-8000-000000000002";
/// A deployment's id.
pub const DEPLOYMENT: &str = "d-ABCDEF123";

/// The destination of a branch or environment.
pub fn to(word: &str) -> Destination {
    named(&destinations(&blueprint()), word).unwrap()
}

/// A moment, seconds after the run began.
pub fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_780_000_000 + seconds).unwrap()
}

/// Runs what waits for nothing but a [`Fake`].
pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
        .block_on(future)
}

fn text(text: &str) -> String {
    text.to_owned()
}

/// The pipeline as bootstrap makes it, or with an approval before its last stage.
pub fn shape(approval: bool) -> PipelineShape {
    let stage = |name: &str, category: &str, provider: &str| StageShape {
        name: text(name),
        actions: vec![ActionShape {
            name: text(name),
            category: text(category),
            provider: text(provider),
            order: 1,
            role: None,
            configuration: BTreeMap::new(),
        }],
    };
    let mut stages = vec![
        stage("Source", "Source", "CodeCommit"),
        stage("Build", "Build", "CodeBuild"),
        stage("Deploy", "Deploy", "CodeDeployToECS"),
    ];
    if approval {
        stages.insert(2, stage("Approve", "Approval", "Manual"));
    }
    if let Some(action) = stages.last_mut().and_then(|it| it.actions.last_mut()) {
        action.role = Some(text(
            "arn:aws:iam::558846431111:role/bys-dev-awssdk-iam-deploy",
        ));
    }
    PipelineShape {
        name: text("dev-awssdk-iam"),
        version: 1,
        kind: text("V2"),
        mode: text("QUEUED"),
        stages,
    }
}

/// An execution.
pub fn execution(status: Status) -> Execution {
    Execution {
        id: text(RUN),
        status,
        summary: None,
        started: Some(at(0)),
        updated: Some(at(0)),
        revisions: vec![Revision {
            name: text("Source"),
            id: text(COMMIT),
            summary: Some(text("Fix login redirect\n\nIt went in circles.")),
            url: None,
        }],
        trigger: Some(text("StartPipelineExecution")),
        trigger_detail: None,
        stop_reason: None,
        mode: Some(text("QUEUED")),
        rollback_of: None,
        version: None,
    }
}

/// An attempt of an action, as it is listed.
pub fn action(stage: &str, status: Status, from: i64, to: i64) -> ActionExecution {
    let (category, provider, external) = match stage {
        "Source" => ("Source", "CodeCommit", None),
        "Build" => ("Build", "CodeBuild", Some(BUILD)),
        "Approve" => ("Approval", "Manual", None),
        _ => ("Deploy", "CodeDeployToECS", Some(DEPLOYMENT)),
    };
    ActionExecution {
        id: format!("{stage}-1"),
        stage: text(stage),
        action: text(stage),
        status,
        category: text(category),
        provider: text(provider),
        started: Some(at(from)),
        updated: Some(at(to)),
        by: None,
        role: None,
        configuration: BTreeMap::new(),
        inputs: Vec::new(),
        variables: BTreeMap::new(),
        summary: None,
        external_id: external.map(text),
        external_url: None,
        error: None,
    }
}

/// What went wrong.
pub fn error(code: &str, message: &str) -> ErrorDetails {
    ErrorDetails {
        code: text(code),
        message: text(message),
    }
}

/// A build: its phases that have ended, and the one that it is in.
pub fn build(status: &str, ended: &[&str], phase: &str) -> Build {
    let mut phases: Vec<Phase> = ended
        .iter()
        .zip(0..)
        .map(|(name, index)| Phase {
            name: text(name),
            status: Some(text("SUCCEEDED")),
            started: Some(at(5 + index * 10)),
            ended: Some(at(15 + index * 10)),
            contexts: Vec::new(),
        })
        .collect();
    phases.push(Phase {
        name: text(phase),
        status: None,
        started: Some(at(5 + 10 * i64::try_from(ended.len()).unwrap())),
        ended: None,
        contexts: Vec::new(),
    });
    Build {
        id: text(BUILD),
        project: text("dev-awssdk-iam"),
        status: text(status),
        phase: Some(text(phase)),
        started: Some(at(5)),
        ended: None,
        phases,
        role: Some(text(
            "arn:aws:iam::202949997891:role/bys-dev-awssdk-iam-build",
        )),
        log_group: Some(text("/aws/codebuild/dev-awssdk-iam")),
        log_stream: Some(text("0b1c2d3e")),
        log_url: None,
        environment: BTreeMap::new(),
        exported: BTreeMap::new(),
    }
}

/// A deployment: its lifecycle events with their states, and the traffic on green.
pub fn deployment(
    status: &str,
    events: &[(&str, &str)],
    green: f64,
) -> (Deployment, Vec<DeploymentTarget>) {
    let deployment = Deployment {
        id: text(DEPLOYMENT),
        status: text(status),
        application: text("dev-awssdk-iam"),
        group: text("dev-awssdk-iam"),
        config: text("CodeDeployDefault.ECSCanary10Percent5Minutes"),
        shift_seconds: None,
        created: Some(at(140)),
        ended: None,
        keep_old_minutes: Some(5),
        keeping_old: false,
        error: None,
        rollback: None,
        messages: Vec::new(),
    };
    let events = events
        .iter()
        .zip(0..)
        .map(|((name, status), index)| LifecycleEvent {
            name: text(name),
            status: text(status),
            started: (*status != "Pending").then(|| at(150 + index * 10)),
            ended: (*status == "Succeeded").then(|| at(160 + index * 10)),
            error: None,
            script: None,
            log_tail: None,
        })
        .collect();
    let set = |label: &str, traffic: f64| DeploymentTaskSet {
        id: format!("ecs-svc/{label}"),
        label: text(label),
        status: text(if label == "Blue" { "PRIMARY" } else { "ACTIVE" }),
        traffic,
        desired: 2,
        pending: 0,
        running: 2,
        target_group: None,
    };
    let targets = vec![DeploymentTarget {
        id: text("main:awssdk-iam"),
        status: text("InProgress"),
        events,
        task_sets: vec![set("Blue", 100.0 - green), set("Green", green)],
    }];
    (deployment, targets)
}

/// An AWS with one run in it.
pub struct Fake {
    /// What it answers.
    pub world: Mutex<World>,
    /// The calls that it was sent, in order.
    pub calls: Mutex<Vec<&'static str>>,
}

/// What a [`Fake`] answers.
#[derive(Clone)]
pub struct World {
    /// The pipeline.
    pub shape: PipelineShape,
    /// The runs, the newest first.
    pub executions: Vec<Execution>,
    /// The attempts of the run's actions, the newest first.
    pub actions: Vec<ActionExecution>,
    /// The build.
    pub build: Option<Build>,
    /// The deployment.
    pub deployment: Option<(Deployment, Vec<DeploymentTarget>)>,
    /// The tasks that stopped.
    pub stopped: Vec<StoppedTask>,
    /// The log.
    pub log: Vec<String>,
    /// The commits, each the parent of the one before.
    pub commits: Vec<Commit>,
    /// The approval's token.
    pub token: Option<String>,
    /// The stages that may not be entered.
    pub closed: Vec<String>,
    /// Calls that fail, and how.
    pub refused: BTreeMap<&'static str, ErrorKind>,
}

impl Default for World {
    fn default() -> Self {
        Self {
            shape: shape(false),
            executions: vec![execution(Status::InProgress)],
            actions: Vec::new(),
            build: None,
            deployment: None,
            stopped: Vec::new(),
            log: Vec::new(),
            commits: Vec::new(),
            token: None,
            closed: Vec::new(),
            refused: BTreeMap::new(),
        }
    }
}

/// Commits that follow each other, the newest first.
pub fn commits(ids: &[&str]) -> Vec<Commit> {
    ids.iter()
        .enumerate()
        .map(|(index, id)| Commit {
            id: text(id),
            message: format!("Change {id}\n"),
            author: text("Kim"),
            when: Some(at(-60 * i64::try_from(index).unwrap())),
            parents: ids.get(index + 1).map(|it| text(it)).into_iter().collect(),
        })
        .collect()
}

impl Fake {
    /// With this in it.
    pub fn new(world: World) -> Self {
        Self {
            world: Mutex::new(world),
            calls: Mutex::default(),
        }
    }

    /// Changes what is in it.
    pub fn change(&self, change: impl FnOnce(&mut World)) {
        change(&mut self.world.lock().unwrap());
    }

    /// The calls since the last time.
    pub fn called(&self) -> Vec<&'static str> {
        std::mem::take(&mut self.calls.lock().unwrap())
    }

    fn call(&self, operation: &'static str) -> Result<World, CloudError> {
        self.calls.lock().unwrap().push(operation);
        let world = self.world.lock().unwrap().clone();
        match world.refused.get(operation) {
            None => Ok(world),
            Some(kind) => Err(CloudError {
                site: Site::Shared,
                account: text("202949997891"),
                service: text("aws"),
                operation: text(operation),
                kind: *kind,
                code: text("Refused"),
                message: text("not now"),
                request_id: None,
            }),
        }
    }
}

fn state(world: &World) -> PipelineState {
    let stages = world.shape.stages.iter().map(|stage| {
        let actions: Vec<ActionState> = stage
            .actions
            .iter()
            .map(|shape| ActionState {
                name: shape.name.clone(),
                attempt: world
                    .actions
                    .iter()
                    .find(|it| it.stage == stage.name && it.action == shape.name)
                    .map(|it| Attempt {
                        id: it.id.clone(),
                        status: it.status.clone(),
                        summary: it.summary.clone(),
                        changed: it.updated,
                        token: world.token.clone().filter(|_| it.category == "Approval"),
                        by: None,
                        external_id: it.external_id.clone(),
                        external_url: None,
                        error: it.error.clone(),
                    }),
            })
            .collect();
        let status = actions.iter().find_map(|it| it.attempt.as_ref());
        let closed = world.closed.contains(&stage.name);
        StageState {
            name: stage.name.clone(),
            latest: status.map(|attempt| StageExecution {
                execution: text(RUN),
                status: attempt.status.clone(),
            }),
            waiting: closed.then(|| text(RUN)).into_iter().collect(),
            transition: Transition {
                open: !closed,
                reason: closed.then(|| text("Release freeze")),
                by: None,
                at: None,
            },
            actions,
        }
    });
    PipelineState {
        stages: stages.collect(),
    }
}

#[async_trait]
impl Runs for Fake {
    async fn pipeline(&self, _: &str) -> Result<Option<PipelineShape>, CloudError> {
        Ok(Some(self.call("GetPipeline")?.shape))
    }

    async fn pipeline_state(&self, _: &str) -> Result<PipelineState, CloudError> {
        Ok(state(&self.call("GetPipelineState")?))
    }

    async fn executions(&self, _: &str, at_most: usize) -> Result<Vec<Execution>, CloudError> {
        let mut all = self.call("ListPipelineExecutions")?.executions;
        all.truncate(at_most);
        Ok(all)
    }

    async fn execution(&self, _: &str, id: &str) -> Result<Execution, CloudError> {
        let all = self.call("GetPipelineExecution")?.executions;
        Ok(all.into_iter().find(|it| it.id == id).unwrap())
    }

    async fn actions(&self, _: &str, _: &str) -> Result<Vec<ActionExecution>, CloudError> {
        Ok(self.call("ListActionExecutions")?.actions)
    }

    async fn start(&self, _: &str, _: &str, _: &[RevisionOverride]) -> Result<String, CloudError> {
        self.call("StartPipelineExecution").map(|_| text(RUN))
    }

    async fn stop(&self, _: &str, _: &str, _: bool, _: &str) -> Result<(), CloudError> {
        self.call("StopPipelineExecution").map(drop)
    }

    async fn retry(&self, _: &str, _: &str, _: &str, _: RetryMode) -> Result<(), CloudError> {
        self.call("RetryStageExecution").map(drop)
    }

    async fn roll_back(&self, _: &str, _: &str, _: &str) -> Result<String, CloudError> {
        self.call("RollbackStage").map(|_| text(RUN))
    }

    async fn answer(&self, _: &Approval, _: bool, _: &str) -> Result<(), CloudError> {
        self.call("PutApprovalResult").map(drop)
    }

    async fn build(&self, _: &str) -> Result<Option<Build>, CloudError> {
        Ok(self.call("BatchGetBuilds")?.build)
    }

    async fn log(
        &self,
        site: &Site,
        group: &str,
        stream: &str,
        _: Option<&str>,
    ) -> Result<LogPage, CloudError> {
        self.log_tail(site, group, stream, u32::MAX).await
    }

    async fn log_tail(
        &self,
        _: &Site,
        _: &str,
        _: &str,
        lines: u32,
    ) -> Result<LogPage, CloudError> {
        let log = self.call("GetLogEvents")?.log;
        let skipped = log.len().saturating_sub(usize::try_from(lines).unwrap());
        Ok(LogPage {
            lines: log
                .into_iter()
                .skip(skipped)
                .map(|text| LogLine { at: None, text })
                .collect(),
            next: None,
        })
    }

    async fn shift_seconds(&self, _: &Site, _: &str) -> Result<Option<u64>, CloudError> {
        self.call("GetDeploymentConfig").map(|_| Some(600))
    }

    async fn deployment(&self, _: &Site, _: &str) -> Result<Deployment, CloudError> {
        Ok(self.call("GetDeployment")?.deployment.unwrap().0)
    }

    async fn deployment_targets(
        &self,
        _: &Site,
        _: &str,
        known: &[String],
    ) -> Result<Vec<DeploymentTarget>, CloudError> {
        if known.is_empty() {
            self.call("ListDeploymentTargets")?;
        }
        Ok(self
            .call("BatchGetDeploymentTargets")?
            .deployment
            .unwrap()
            .1)
    }

    async fn service(&self, _: &Site, _: &str, _: &str) -> Result<Option<Service>, CloudError> {
        self.call("DescribeServices").map(|_| None)
    }

    async fn stopped_tasks(
        &self,
        _: &Site,
        _: &str,
        _: &str,
    ) -> Result<Vec<StoppedTask>, CloudError> {
        Ok(self.call("ListTasks")?.stopped)
    }

    async fn service_deployment(
        &self,
        _: &Site,
        _: &str,
        _: &str,
        _: Option<&str>,
    ) -> Result<Option<ServiceDeployment>, CloudError> {
        self.call("DescribeServiceDeployments").map(|_| None)
    }

    async fn task_image(&self, _: &Site, _: &str) -> Result<Option<String>, CloudError> {
        self.call("DescribeTaskDefinition").map(|_| None)
    }

    async fn branch_head(&self, _: &str, _: &str) -> Result<Option<String>, CloudError> {
        let commits = self.call("GetBranch")?.commits;
        Ok(commits.first().map(|it| it.id.clone()))
    }

    async fn commit(&self, _: &str, id: &str) -> Result<Option<Commit>, CloudError> {
        let commits = self.call("GetCommit")?.commits;
        Ok(commits.into_iter().find(|it| it.id == id))
    }

    async fn commits(&self, _: &str, ids: &[String]) -> Result<Vec<Commit>, CloudError> {
        let commits = self.call("BatchGetCommits")?.commits;
        Ok(commits
            .into_iter()
            .filter(|it| ids.contains(&it.id))
            .collect())
    }

    async fn fast_forward(&self, _: &str, _: &str, commit: &str) -> Result<String, CloudError> {
        self.call("MergeBranchesByFastForward")
            .map(|_| text(commit))
    }
}
