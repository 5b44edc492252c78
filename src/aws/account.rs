//! One account: its credentials and its clients.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use aws_config::SdkConfig;

use crate::cloud::CloudError;
use crate::ident::Region;
use crate::resource::{Part, Spec};

use super::count::Signature;
use super::credentials::Cached;
use super::error::Place;

macro_rules! clients {
    ($($name:ident: $sdk:ident $(, $setting:ident = $value:expr)?;)*) => {
        /// The clients, each made when it is first used.
        #[derive(Default)]
        struct Clients {
            $($name: OnceLock<$sdk::Client>,)*
        }

        impl Account {
            $(
                pub fn $name(&self) -> &$sdk::Client {
                    self.clients.$name.get_or_init(|| {
                        let config = $sdk::config::Builder::from(&self.config)
                            .interceptor(self.signature.clone());
                        $(let config = config.$setting($value(self));)?
                        $sdk::Client::from_conf(config.build())
                    })
                }
            )*
        }
    };
}

/// One account.
pub(super) struct Account {
    pub place: Place,
    pub region: Region,
    config: SdkConfig,
    credentials: Arc<Cached>,
    signature: Signature,
    clients: Clients,
}

clients! {
    codebuild: aws_sdk_codebuild;
    codecommit: aws_sdk_codecommit;
    codeconnections: aws_sdk_codeconnections;
    codedeploy: aws_sdk_codedeploy;
    codepipeline: aws_sdk_codepipeline;
    ecr: aws_sdk_ecr;
    ecs: aws_sdk_ecs;
    elbv2: aws_sdk_elasticloadbalancingv2;
    events: aws_sdk_eventbridge;
    iam: aws_sdk_iam;
    kms: aws_sdk_kms;
    logs: aws_sdk_cloudwatchlogs;
    // An endpoint of one's own seldom has a host name per bucket.
    s3: aws_sdk_s3, force_path_style = |account: &Account| account.config.endpoint_url().is_some();
    sts: aws_sdk_sts;
}

impl Account {
    pub fn new(
        place: Place,
        region: Region,
        config: SdkConfig,
        credentials: Arc<Cached>,
        signature: Signature,
    ) -> Self {
        Self {
            place,
            region,
            config,
            credentials,
            signature,
            clients: Clients::default(),
        }
    }

    /// Makes sure that there are credentials, so that a later call does not spend its time on it.
    pub async fn ready(&self) -> Result<(), CloudError> {
        match self.credentials.resolve().await {
            Ok(_) => Ok(()),
            Err(failure) => Err(self.place.without_credentials(failure)),
        }
    }

    /// The ARN of a thing of this account and Region.
    pub fn arn(&self, service: &str, resource: &str) -> String {
        format!(
            "arn:{}:{service}:{}:{}:{resource}",
            self.region.partition(),
            self.region,
            self.place.account
        )
    }

    /// A part that this kind of resource does not have: a mistake of the plan, never of AWS.
    pub fn no_such_part(&self, service: &str, spec: &Spec, part: Part) -> CloudError {
        self.place.internal(
            service,
            "carry out",
            format!("a {} has no part {part:?}", spec.kind()),
        )
    }
}

/// Attributes from pairs.
pub(super) fn attributes<const N: usize>(pairs: [(&str, String); N]) -> BTreeMap<String, String> {
    pairs
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value))
        .collect()
}
