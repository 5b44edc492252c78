//! The seam's second half: what watching and steering runs ask of AWS.

use async_trait::async_trait;

use crate::resource::Site;

use super::CloudError;
use super::run::{
    ActionExecution, Approval, Build, Commit, Deployment, DeploymentTarget, Execution, LogPage,
    PipelineShape, PipelineState, RetryMode, RevisionOverride, Service, ServiceDeployment,
    StoppedTask,
};

/// AWS, as far as runs are concerned. Pipelines, builds and repositories are the shared account's;
/// deployments and services those of the site that is given. One call each, unless said otherwise.
#[async_trait]
pub trait Runs: Send + Sync {
    /// A pipeline as it is declared; none where there is no pipeline of that name.
    async fn pipeline(&self, name: &str) -> Result<Option<PipelineShape>, CloudError>;

    /// What a pipeline is doing.
    async fn pipeline_state(&self, pipeline: &str) -> Result<PipelineState, CloudError>;

    /// The newest executions, the newest first.
    async fn executions(
        &self,
        pipeline: &str,
        at_most: usize,
    ) -> Result<Vec<Execution>, CloudError>;

    /// One execution. Lacks when it began and changed, and why it was stopped.
    async fn execution(&self, pipeline: &str, id: &str) -> Result<Execution, CloudError>;

    /// Every attempt of every action of an execution, the newest first.
    async fn actions(
        &self,
        pipeline: &str,
        execution: &str,
    ) -> Result<Vec<ActionExecution>, CloudError>;

    /// Starts a run and answers its id. The same token starts nothing twice.
    async fn start(
        &self,
        pipeline: &str,
        token: &str,
        revisions: &[RevisionOverride],
    ) -> Result<String, CloudError>;

    /// Stops a run: with `abandon` at once, without it when the actions under way have ended.
    async fn stop(
        &self,
        pipeline: &str,
        execution: &str,
        abandon: bool,
        reason: &str,
    ) -> Result<(), CloudError>;

    /// Tries a failed stage again.
    async fn retry(
        &self,
        pipeline: &str,
        stage: &str,
        execution: &str,
        mode: RetryMode,
    ) -> Result<(), CloudError>;

    /// Carries a stage out once more with what an earlier execution had, and answers the new run's id.
    async fn roll_back(
        &self,
        pipeline: &str,
        stage: &str,
        target: &str,
    ) -> Result<String, CloudError>;

    /// Answers an approval.
    async fn answer(
        &self,
        approval: &Approval,
        approve: bool,
        comment: &str,
    ) -> Result<(), CloudError>;

    /// A build; none where it is not there (any more).
    async fn build(&self, id: &str) -> Result<Option<Build>, CloudError>;

    /// How many seconds a deployment configuration takes to shift all traffic; none where it is done at
    /// once.
    async fn shift_seconds(&self, site: &Site, config: &str) -> Result<Option<u64>, CloudError>;

    /// Lines of a log, the oldest first: from the beginning, or from where a page said that the next
    /// one begins. Nothing, where the group or stream is not there (yet).
    async fn log(
        &self,
        site: &Site,
        group: &str,
        stream: &str,
        from: Option<&str>,
    ) -> Result<LogPage, CloudError>;

    /// The last lines of a log. Nothing, where the group or stream is not there.
    async fn log_tail(
        &self,
        site: &Site,
        group: &str,
        stream: &str,
        lines: u32,
    ) -> Result<LogPage, CloudError>;

    /// A CodeDeploy deployment.
    async fn deployment(&self, site: &Site, id: &str) -> Result<Deployment, CloudError>;

    /// What a deployment does to each service. `known` are the ids of its targets
    /// ([`DeploymentTarget::id`]); without any they are asked for first, with a second call.
    async fn deployment_targets(
        &self,
        site: &Site,
        id: &str,
        known: &[String],
    ) -> Result<Vec<DeploymentTarget>, CloudError>;

    /// An ECS service; none where there is none.
    async fn service(
        &self,
        site: &Site,
        cluster: &str,
        service: &str,
    ) -> Result<Option<Service>, CloudError>;

    /// The tasks of a service that have stopped, the newest first. ECS forgets them after an hour. Two
    /// calls.
    async fn stopped_tasks(
        &self,
        site: &Site,
        cluster: &str,
        service: &str,
    ) -> Result<Vec<StoppedTask>, CloudError>;

    /// The newest deployment that ECS carries out itself; none where there is none. Two calls, or one
    /// where its ARN is given.
    async fn service_deployment(
        &self,
        site: &Site,
        cluster: &str,
        service: &str,
        arn: Option<&str>,
    ) -> Result<Option<ServiceDeployment>, CloudError>;

    /// The image of a task definition's first container.
    async fn task_image(
        &self,
        site: &Site,
        task_definition: &str,
    ) -> Result<Option<String>, CloudError>;

    /// The commit at a branch's head in a CodeCommit repository; none where there is no such branch.
    async fn branch_head(
        &self,
        repository: &str,
        branch: &str,
    ) -> Result<Option<String>, CloudError>;

    /// A commit of a CodeCommit repository; none where there is none.
    async fn commit(&self, repository: &str, id: &str) -> Result<Option<Commit>, CloudError>;

    /// Commits of a CodeCommit repository, in no order; those that are not there are left out.
    async fn commits(&self, repository: &str, ids: &[String]) -> Result<Vec<Commit>, CloudError>;

    /// Moves a branch of a CodeCommit repository forward to a commit that follows its head, and answers
    /// the new head. Refused by AWS where the commit does not follow it.
    async fn fast_forward(
        &self,
        repository: &str,
        branch: &str,
        commit: &str,
    ) -> Result<String, CloudError>;
}
