//! The seam's only implementation: the AWS SDK for Rust, one file per service. No other room names
//! a type of it.
#![allow(
    clippy::result_large_err,
    reason = "an error is made once per failed call over the network"
)]

mod account;
mod codebuild;
mod codecommit;
mod codeconnections;
mod codedeploy;
mod codepipeline;
mod connect;
mod count;
mod credentials;
mod document;
mod ecr;
mod ecs;
mod elbv2;
mod error;
mod eventbridge;
mod iam;
mod kms;
mod runs;
mod s3;
mod s3_lifecycle;
mod seed;
mod settings;
mod sts;

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use serde_json::Value;

use crate::cloud::{
    Branched, Cloud, CloudError, Discovery, ErrorKind, FoundConnection, FoundService, Identity,
    Observed, Seed, SeedFile, Task, Tip,
};
use crate::resource::{Site, Spec};

use account::Account;
use connect::Connector;
use error::Place;

pub use count::Calls;
pub use settings::{AccountAccess, MfaCode, NoMfa, Settings, StaticCredentials};

/// AWS, reached with the SDK.
pub struct AwsCloud {
    connector: Connector,
    accounts: BTreeMap<Site, Arc<Account>>,
}

impl std::fmt::Debug for AwsCloud {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AwsCloud")
            .field("sites", &self.accounts.keys().collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

/// Sets up access to the accounts. Sends nothing yet: credentials are looked for with the first
/// call for an account, for example [`Cloud::identity`].
///
/// # Errors
/// An endpoint that is not an `http://` or `https://` address.
pub async fn connect(settings: Settings) -> Result<AwsCloud, CloudError> {
    if let Some(url) = &settings.endpoint_url
        && !(url.starts_with("http://") || url.starts_with("https://"))
    {
        return Err(CloudError {
            site: Site::Shared,
            account: String::new(),
            service: "aws".to_owned(),
            operation: "connect".to_owned(),
            kind: ErrorKind::Internal,
            code: String::new(),
            message: format!("'{url}' is no endpoint: it has to start with http:// or https://"),
            request_id: None,
        });
    }
    let mut cloud = AwsCloud {
        connector: Connector::new(settings.region, settings.endpoint_url, settings.mfa),
        accounts: BTreeMap::new(),
    };
    for account in settings.accounts {
        cloud.add_account(account).await;
    }
    Ok(cloud)
}

impl AwsCloud {
    /// Adds an account, or replaces the access to one.
    pub async fn add_account(&mut self, access: AccountAccess) {
        let site = access.site.clone();
        let account = self.connector.account(access).await;
        self.accounts.insert(site, Arc::new(account));
    }

    /// How many calls were sent so far, by site, service and operation; retries included.
    pub fn calls(&self) -> Calls {
        self.connector.counts.all()
    }

    /// The account of a site, with credentials at hand.
    async fn account(&self, site: &Site) -> Result<&Account, CloudError> {
        let Some(account) = self.accounts.get(site) else {
            let place = Place {
                site: site.clone(),
                account: String::new(),
                endpoint: String::new(),
                ended: credentials::Ended::default(),
            };
            return Err(place.internal(
                "aws",
                "connect",
                format!("no access to the account of '{site}' was set up"),
            ));
        };
        account.ready().await?;
        Ok(account)
    }
}

#[async_trait]
impl Cloud for AwsCloud {
    async fn identity(&self, site: &Site) -> Result<Identity, CloudError> {
        sts::identity(self.account(site).await?).await
    }

    async fn observe(&self, site: &Site, wanted: &Spec) -> Result<Option<Observed>, CloudError> {
        let account = self.account(site).await?;
        match wanted {
            Spec::Key(it) => kms::observe(account, it).await,
            Spec::Bucket(it) => s3::observe(account, it).await,
            Spec::Role(it) => iam::observe(account, it).await,
            Spec::Repository(it) => codecommit::observe(account, it).await,
            Spec::Connection(it) => codeconnections::observe(account, it).await,
            Spec::Project(it) => codebuild::observe(account, it).await,
            Spec::Pipeline(it) => codepipeline::observe(account, it).await,
            Spec::Rule(it) => eventbridge::observe(account, it).await,
            Spec::ImageRepository(it) => ecr::observe(account, it).await,
            Spec::Application(it) => codedeploy::observe_application(account, it).await,
            Spec::DeploymentGroup(it) => codedeploy::observe_group(account, it).await,
        }
    }

    async fn carry_out(&self, task: &Task) -> Result<BTreeMap<String, String>, CloudError> {
        let account = self.account(&task.site).await?;
        match &task.spec {
            Spec::Key(it) => kms::carry_out(account, it, task).await,
            Spec::Bucket(it) => s3::carry_out(account, it, task).await,
            Spec::Role(it) => iam::carry_out(account, it, task).await,
            Spec::Repository(it) => codecommit::carry_out(account, it, task).await,
            Spec::Connection(it) => codeconnections::carry_out(account, it, task).await,
            Spec::Project(it) => codebuild::carry_out(account, it, task).await,
            Spec::Pipeline(it) => codepipeline::carry_out(account, it, task).await,
            Spec::Rule(it) => eventbridge::carry_out(account, it, task).await,
            Spec::ImageRepository(it) => ecr::carry_out(account, it, task).await,
            Spec::Application(it) => codedeploy::carry_out_application(account, it, task).await,
            Spec::DeploymentGroup(it) => codedeploy::carry_out_group(account, it, task).await,
        }
    }

    async fn event_matches(
        &self,
        site: &Site,
        pattern: &Value,
        event: &Value,
    ) -> Result<bool, CloudError> {
        eventbridge::event_matches(self.account(site).await?, pattern, event).await
    }

    async fn connection_status(&self, site: &Site, arn: &str) -> Result<String, CloudError> {
        codeconnections::status(self.account(site).await?, arn).await
    }
}

#[async_trait]
impl Discovery for AwsCloud {
    async fn services(&self, site: &Site) -> Result<Vec<FoundService>, CloudError> {
        ecs::services(self.account(site).await?).await
    }

    async fn repositories(&self) -> Result<Vec<String>, CloudError> {
        codecommit::repositories(self.account(&Site::Shared).await?).await
    }

    async fn connections(&self) -> Result<Vec<FoundConnection>, CloudError> {
        codeconnections::connections(self.account(&Site::Shared).await?).await
    }
}

#[async_trait]
impl Seed for AwsCloud {
    async fn branches(&self, repository: &str) -> Result<Vec<String>, CloudError> {
        seed::branches(self.account(&Site::Shared).await?, repository).await
    }

    async fn tip(&self, repository: &str, branch: &str) -> Result<Tip, CloudError> {
        seed::tip(self.account(&Site::Shared).await?, repository, branch).await
    }

    async fn begin(
        &self,
        repository: &str,
        branch: &str,
        message: &str,
        files: &[SeedFile<'_>],
    ) -> Result<String, CloudError> {
        let account = self.account(&Site::Shared).await?;
        seed::begin(account, repository, branch, message, files).await
    }

    async fn branch(
        &self,
        repository: &str,
        branch: &str,
        commit: &str,
    ) -> Result<Branched, CloudError> {
        let account = self.account(&Site::Shared).await?;
        seed::branch(account, repository, branch, commit).await
    }
}

#[cfg(test)]
mod tests;
