//! Counts what is sent, per account, and signs it as crosspipe.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::BeforeTransmitInterceptorContextMut;
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;

use crate::resource::Site;

/// Calls by site, service (IAM's prefix) and operation. Retries count too: they are calls.
pub type Calls = BTreeMap<(Site, String, String), usize>;

/// The calls of all accounts.
#[derive(Debug, Clone, Default)]
pub(super) struct Counts(Arc<Mutex<Calls>>);

impl Counts {
    pub fn all(&self) -> Calls {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn add(&self, site: &Site, service: &str, operation: &str) {
        let key = (site.clone(), service.to_owned(), operation.to_owned());
        *self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .entry(key)
            .or_default() += 1;
    }
}

/// Counts the calls of one account and puts `crosspipe/<version>` in front of the user agent, where
/// CloudTrail shows it.
#[derive(Debug, Clone)]
pub(super) struct Signature {
    pub site: Site,
    pub counts: Counts,
}

impl Intercept for Signature {
    fn name(&self) -> &'static str {
        "Crosspipe"
    }

    fn modify_before_transmit(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _components: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(metadata) = cfg.load::<Metadata>() {
            self.counts
                .add(&self.site, prefix(metadata.service()), metadata.name());
        }
        let headers = context.request_mut().headers_mut();
        let agent = match headers.get("user-agent") {
            Some(sdk) => format!("{AGENT} {sdk}"),
            None => AGENT.to_owned(),
        };
        headers.try_insert("user-agent", agent)?;
        Ok(())
    }
}

const AGENT: &str = concat!("crosspipe/", env!("CARGO_PKG_VERSION"));

/// IAM's prefix of a service, from the name that the SDK has for it.
fn prefix(service: &str) -> &str {
    match service {
        "CloudWatch Logs" => "logs",
        "CodeBuild" => "codebuild",
        "CodeCommit" => "codecommit",
        "CodeConnections" => "codeconnections",
        "CodeDeploy" => "codedeploy",
        "CodePipeline" => "codepipeline",
        "ECR" => "ecr",
        "ECS" => "ecs",
        "Elastic Load Balancing v2" => "elasticloadbalancing",
        "EventBridge" => "events",
        "IAM" => "iam",
        "KMS" => "kms",
        "S3" => "s3",
        "STS" => "sts",
        other => other,
    }
}
