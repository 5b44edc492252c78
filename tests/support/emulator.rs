//! crosspipe's own plan and apply, against an AWS that others wrote.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use crosspipe::apply::{Options, Report, apply};
use crosspipe::aws::{self, AccountAccess, AwsCloud, NoMfa, Settings, StaticCredentials};
use crosspipe::blueprint::{self, Blueprint};
use crosspipe::cloud::Cloud;
use crosspipe::ident::EnvironmentName;
use crosspipe::plan::{self, Plan, PlannedAccount, observe_all};
use crosspipe::render::{Facts, Templates, documents};
use crosspipe::resource::{Desired, Site, Spec, after_apply, artifact_key, desired};
use tokio::sync::watch;

const TOML: &str = include_str!("../fixtures/bys.toml");

/// The environments of the fixture, and their accounts.
pub const ENVIRONMENTS: [(&str, &str); 3] = [
    ("dev", "558846431111"),
    ("stg", "558846432222"),
    ("prd", "558846433333"),
];

/// The fixture, with the listener of each environment.
pub fn blueprint(
    listener: impl Fn(&str) -> String,
    change: impl Fn(String) -> String,
) -> Blueprint {
    let text = ENVIRONMENTS
        .iter()
        .fold(TOML.to_owned(), |text, (name, _)| {
            text.replace(&format!("@LISTENER-{name}@"), &listener(name))
        });
    blueprint::parse(&change(text), "bys.toml").unwrap()
}

/// A listener's ARN that nothing has made.
pub fn some_listener(environment: &str) -> String {
    let account = ENVIRONMENTS
        .iter()
        .find(|it| it.0 == environment)
        .unwrap()
        .1;
    format!(
        "arn:aws:elasticloadbalancing:ap-northeast-2:{account}:listener/app/main/0123456789abcdef/0123456789abcdef"
    )
}

/// An emulator with a blueprint for it.
pub struct Emulated {
    /// The blueprint.
    pub blueprint: Blueprint,
    /// The connection.
    pub cloud: AwsCloud,
    /// What of the blueprint the emulator can be asked for.
    pub wanted: Vec<Desired>,
}

impl Emulated {
    /// Connects; `keys` gives the credentials that each account's access starts from.
    pub async fn connect(
        endpoint: &str,
        blueprint: Blueprint,
        keys: impl Fn(&str) -> StaticCredentials,
        asked: impl Fn(&Spec) -> bool,
    ) -> Self {
        let mut accounts = vec![AccountAccess {
            site: Site::Shared,
            account: blueprint.shared.account.clone(),
            access: blueprint.shared.access.clone(),
            base: Some(keys(blueprint.shared.account.as_str())),
        }];
        for (name, environment) in &blueprint.environments {
            accounts.push(AccountAccess {
                site: Site::Environment(EnvironmentName::parse(name.as_str()).unwrap()),
                account: environment.account.clone(),
                access: environment.access.clone(),
                base: Some(keys(environment.account.as_str())),
            });
        }
        let cloud = aws::connect(Settings {
            region: blueprint.region.clone(),
            endpoint_url: Some(endpoint.to_owned()),
            accounts,
            mfa: Arc::new(NoMfa),
        })
        .await
        .unwrap();
        let facts = Facts {
            key_arn: after_apply(&artifact_key(), "arn"),
            connection_arn: None,
        };
        let documents = documents(&blueprint, &facts, &Templates::embedded().unwrap()).unwrap();
        let wanted = desired(&blueprint, &documents)
            .into_iter()
            .filter(|it| asked(&it.spec))
            .collect();
        Self {
            blueprint,
            cloud,
            wanted,
        }
    }

    /// The plan as it is now.
    pub async fn plan(&self) -> Plan {
        let sites: BTreeSet<Site> = self.wanted.iter().map(|it| it.site.clone()).collect();
        let mut accounts = Vec::new();
        for site in sites {
            let identity = self.cloud.identity(&site).await.unwrap();
            let expected = match &site {
                Site::Shared => &self.blueprint.shared.account,
                Site::Environment(name) => &self.blueprint.environments[name].account,
            };
            assert_eq!(&identity.account, expected, "{site}");
            accounts.push(PlannedAccount {
                site,
                account: identity.account,
                caller: identity.arn,
            });
        }
        let found = observe_all(&self.cloud, &self.wanted)
            .await
            .unwrap_or_else(|errors| panic!("{errors:#?}"));
        let region = &self.blueprint.region;
        plan::build("bys/awssdk-iam", region, accounts, &self.wanted, &found).unwrap()
    }

    /// Carries out a plan.
    pub async fn apply(&self, plan: &Plan) -> Report {
        let (_hold, stop) = watch::channel(false);
        let options = Options {
            // Nothing is eventual here: what is retried until the end fails for good.
            deadline: Duration::from_secs(30),
            ..Options::default()
        };
        apply(plan, &self.cloud, options, stop, &mut |_| {})
            .await
            .unwrap()
    }
}
