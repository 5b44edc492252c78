//! The source document's own values on a sandbox inside the test: accounts, services, blueprint.
#![allow(dead_code)]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use crosspipe::aws::{self, AccountAccess, AwsCloud, NoMfa, Settings, StaticCredentials};
use crosspipe::blueprint::{self, Blueprint};
use crosspipe::cloud::{Cloud, Discovery};
use crosspipe::ident::EnvironmentName;
use crosspipe::plan::{self, Plan, PlannedAccount, observe_all};
use crosspipe::render::{Facts, Templates, documents};
use crosspipe::resource::{
    Attributes, Desired, Node, Part, Site, Spec, after_apply, artifact_key, desired,
};
use crosspipe::sandbox::{Options, PlatformSeed, Sandbox, start::start};

const TOML: &str = include_str!("../fixtures/bys.toml");

/// A sandbox, a blueprint for its accounts, and a connection to them.
pub struct World {
    pub sandbox: Sandbox,
    pub blueprint: Blueprint,
    pub cloud: AwsCloud,
}

impl World {
    /// An empty shared account, and three environment accounts as a platform team leaves them.
    pub async fn start(latency: Duration) -> Self {
        let sandbox = start(Options {
            seed: Some(1),
            latency,
            ..Options::default()
        })
        .await
        .unwrap();
        // The listeners' ARNs are not known before the sandbox has made them.
        let template = blueprint::parse(
            &["dev", "stg", "prd"].iter().fold(TOML.to_owned(), |text, name| {
                text.replace(
                    &format!("@LISTENER-{name}@"),
                    &format!("arn:aws:elasticloadbalancing:ap-northeast-2:{}:listener/app/x/0123456789abcdef/0123456789abcdef", account_of(name)),
                )
            }),
            "bys.toml",
        )
        .unwrap();
        furnish(&sandbox, &template);
        let cloud = connect(&sandbox, &template).await;
        let mut text = TOML.to_owned();
        for name in template.environments.keys() {
            let found = cloud
                .services(&Site::Environment(name.clone()))
                .await
                .unwrap();
            text = text.replace(&format!("@LISTENER-{name}@"), &found[0].listeners[0].arn);
        }
        let blueprint = blueprint::parse(&text, "bys.toml").unwrap();
        Self {
            sandbox,
            blueprint,
            cloud,
        }
    }

    /// Everything that the blueprint wants.
    pub fn wanted(&self) -> Vec<Desired> {
        let facts = Facts {
            key_arn: after_apply(&artifact_key(), "arn"),
            connection_arn: None,
        };
        let documents =
            documents(&self.blueprint, &facts, &Templates::embedded().unwrap()).unwrap();
        desired(&self.blueprint, &documents)
    }

    /// The plan as it is now.
    pub async fn plan(&self) -> Plan {
        let wanted = self.wanted();
        let sites: BTreeSet<Site> = wanted.iter().map(|it| it.site.clone()).collect();
        let mut accounts = Vec::new();
        for site in sites {
            let identity = self.cloud.identity(&site).await.unwrap();
            accounts.push(PlannedAccount {
                site,
                account: identity.account,
                caller: identity.arn,
            });
        }
        let found = observe_all(&self.cloud, &wanted).await.unwrap();
        plan::build(
            "bys/awssdk-iam",
            &self.blueprint.region,
            accounts,
            &wanted,
            &found,
        )
        .unwrap()
    }

    /// What is known of a plan's resources once they are there.
    pub async fn known(&self, plan: &Plan) -> Attributes {
        let wanted = self.wanted();
        let found = observe_all(&self.cloud, &wanted).await.unwrap();
        let mut known: Attributes = found
            .into_iter()
            .map(|(id, observed)| (id.to_string(), observed.attributes))
            .collect();
        known.extend(plan.known());
        known
    }

    /// The number of calls on the longest chain of calls that depend on each other.
    pub fn longest_chain(&self, plan: &Plan) -> usize {
        let nodes: BTreeMap<Node, (usize, Vec<Node>)> = plan
            .resources
            .iter()
            .flat_map(|resource| {
                resource.changes.iter().map(|change| {
                    (
                        Node::new(&resource.id, change.part),
                        (calls_of(&resource.spec, change.part), change.needs.clone()),
                    )
                })
            })
            .collect();
        fn depth(node: &Node, nodes: &BTreeMap<Node, (usize, Vec<Node>)>) -> usize {
            nodes.get(node).map_or(0, |(calls, needs)| {
                calls
                    + needs
                        .iter()
                        .map(|need| depth(need, nodes))
                        .max()
                        .unwrap_or_default()
            })
        }
        nodes
            .keys()
            .map(|node| depth(node, &nodes))
            .max()
            .unwrap_or_default()
    }
}

/// How many calls one after another a change takes.
fn calls_of(_: &Spec, _: Part) -> usize {
    1
}

fn account_of(name: &str) -> &'static str {
    match name {
        "dev" => "558846431111",
        "stg" => "558846432222",
        _ => "558846433333",
    }
}

fn furnish(sandbox: &Sandbox, blueprint: &Blueprint) {
    let shared = blueprint.shared.account.as_str();
    sandbox.ensure_account(shared).unwrap();
    for environment in blueprint.environments.values() {
        sandbox
            .ensure_environment(&PlatformSeed {
                account: environment.account.to_string(),
                region: blueprint.region.to_string(),
                application: blueprint.application.clone(),
                ..PlatformSeed::default()
            })
            .unwrap();
        if let Some(role) = &environment.access.role {
            sandbox.ensure_role(role.as_str(), shared).unwrap();
        }
    }
}

async fn connect(sandbox: &Sandbox, blueprint: &Blueprint) -> AwsCloud {
    let keys = sandbox
        .administrator(blueprint.shared.account.as_str())
        .unwrap();
    let base = StaticCredentials {
        access_key_id: keys.access_key_id,
        secret_access_key: keys.secret_access_key,
    };
    let mut accounts = vec![AccountAccess {
        site: Site::Shared,
        account: blueprint.shared.account.clone(),
        access: blueprint.shared.access.clone(),
        base: Some(base.clone()),
    }];
    for (name, environment) in &blueprint.environments {
        accounts.push(AccountAccess {
            site: Site::Environment(EnvironmentName::parse(name.as_str()).unwrap()),
            account: environment.account.clone(),
            access: environment.access.clone(),
            base: Some(base.clone()),
        });
    }
    aws::connect(Settings {
        region: blueprint.region.clone(),
        endpoint_url: Some(sandbox.endpoint()),
        accounts,
        mfa: Arc::new(NoMfa),
    })
    .await
    .unwrap()
}
