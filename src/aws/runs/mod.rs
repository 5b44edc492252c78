//! The seam's second half: runs, one file per service.

mod build;
mod deployment;
mod logs;
mod pipeline;
mod service;
mod source;
mod steer;

use async_trait::async_trait;
use aws_smithy_types::DateTime;
use jiff::Timestamp;

use crate::cloud::run::{
    ActionExecution, Approval, Build, Commit, Deployment, DeploymentTarget, Execution, LogPage,
    PipelineShape, PipelineState, RetryMode, RevisionOverride, Service, ServiceDeployment,
    StoppedTask,
};
use crate::cloud::{CloudError, Runs, harmless};
use crate::resource::Site;

use super::AwsCloud;
use super::account::Account;

/// A moment, as far as it can be read.
fn moment(time: Option<&DateTime>) -> Option<Timestamp> {
    let millis = time?.to_millis().ok()?;
    Timestamp::from_millisecond(millis).ok()
}

/// A text that says something.
fn text(text: Option<&str>) -> Option<String> {
    text.filter(|text| !text.is_empty()).map(harmless)
}

/// A count, which AWS's models give a sign.
fn count(number: i64) -> u32 {
    u32::try_from(number).unwrap_or_default()
}

impl AwsCloud {
    async fn shared(&self) -> Result<&Account, CloudError> {
        self.account(&Site::Shared).await
    }
}

#[async_trait]
impl Runs for AwsCloud {
    async fn pipeline(&self, name: &str) -> Result<Option<PipelineShape>, CloudError> {
        pipeline::shape(self.shared().await?, name).await
    }

    async fn pipeline_state(&self, pipeline: &str) -> Result<PipelineState, CloudError> {
        pipeline::state(self.shared().await?, pipeline).await
    }

    async fn executions(
        &self,
        pipeline: &str,
        at_most: usize,
    ) -> Result<Vec<Execution>, CloudError> {
        pipeline::executions(self.shared().await?, pipeline, at_most).await
    }

    async fn execution(&self, pipeline: &str, id: &str) -> Result<Execution, CloudError> {
        pipeline::execution(self.shared().await?, pipeline, id).await
    }

    async fn actions(
        &self,
        pipeline: &str,
        execution: &str,
    ) -> Result<Vec<ActionExecution>, CloudError> {
        pipeline::actions(self.shared().await?, pipeline, execution).await
    }

    async fn start(
        &self,
        pipeline: &str,
        token: &str,
        revisions: &[RevisionOverride],
    ) -> Result<String, CloudError> {
        steer::start(self.shared().await?, pipeline, token, revisions).await
    }

    async fn stop(
        &self,
        pipeline: &str,
        execution: &str,
        abandon: bool,
        reason: &str,
    ) -> Result<(), CloudError> {
        steer::stop(self.shared().await?, pipeline, execution, abandon, reason).await
    }

    async fn retry(
        &self,
        pipeline: &str,
        stage: &str,
        execution: &str,
        mode: RetryMode,
    ) -> Result<(), CloudError> {
        steer::retry(self.shared().await?, pipeline, stage, execution, mode).await
    }

    async fn roll_back(
        &self,
        pipeline: &str,
        stage: &str,
        target: &str,
    ) -> Result<String, CloudError> {
        steer::roll_back(self.shared().await?, pipeline, stage, target).await
    }

    async fn answer(
        &self,
        approval: &Approval,
        approve: bool,
        comment: &str,
    ) -> Result<(), CloudError> {
        steer::answer(self.shared().await?, approval, approve, comment).await
    }

    async fn build(&self, id: &str) -> Result<Option<Build>, CloudError> {
        build::build(self.shared().await?, id).await
    }

    async fn log(
        &self,
        site: &Site,
        group: &str,
        stream: &str,
        from: Option<&str>,
    ) -> Result<LogPage, CloudError> {
        logs::page(self.account(site).await?, group, stream, from).await
    }

    async fn log_tail(
        &self,
        site: &Site,
        group: &str,
        stream: &str,
        lines: u32,
    ) -> Result<LogPage, CloudError> {
        logs::tail(self.account(site).await?, group, stream, lines).await
    }

    async fn shift_seconds(&self, site: &Site, config: &str) -> Result<Option<u64>, CloudError> {
        deployment::shift_seconds(self.account(site).await?, config).await
    }

    async fn deployment(&self, site: &Site, id: &str) -> Result<Deployment, CloudError> {
        deployment::deployment(self.account(site).await?, id).await
    }

    async fn deployment_targets(
        &self,
        site: &Site,
        id: &str,
        known: &[String],
    ) -> Result<Vec<DeploymentTarget>, CloudError> {
        deployment::targets(self.account(site).await?, id, known).await
    }

    async fn service(
        &self,
        site: &Site,
        cluster: &str,
        service: &str,
    ) -> Result<Option<Service>, CloudError> {
        service::service(self.account(site).await?, cluster, service).await
    }

    async fn stopped_tasks(
        &self,
        site: &Site,
        cluster: &str,
        service: &str,
    ) -> Result<Vec<StoppedTask>, CloudError> {
        service::stopped_tasks(self.account(site).await?, cluster, service).await
    }

    async fn service_deployment(
        &self,
        site: &Site,
        cluster: &str,
        service: &str,
        arn: Option<&str>,
    ) -> Result<Option<ServiceDeployment>, CloudError> {
        service::native(self.account(site).await?, cluster, service, arn).await
    }

    async fn task_image(
        &self,
        site: &Site,
        task_definition: &str,
    ) -> Result<Option<String>, CloudError> {
        service::task_image(self.account(site).await?, task_definition).await
    }

    async fn branch_head(
        &self,
        repository: &str,
        branch: &str,
    ) -> Result<Option<String>, CloudError> {
        source::branch_head(self.shared().await?, repository, branch).await
    }

    async fn commit(&self, repository: &str, id: &str) -> Result<Option<Commit>, CloudError> {
        source::commit(self.shared().await?, repository, id).await
    }

    async fn commits(&self, repository: &str, ids: &[String]) -> Result<Vec<Commit>, CloudError> {
        source::commits(self.shared().await?, repository, ids).await
    }

    async fn fast_forward(
        &self,
        repository: &str,
        branch: &str,
        commit: &str,
    ) -> Result<String, CloudError> {
        source::fast_forward(self.shared().await?, repository, branch, commit).await
    }
}
