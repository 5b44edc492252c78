//! Everything that the sandbox's accounts hold. Saved as one JSON document.
//!
//! Each service keeps its own state type (`Default`, serde) in its own file; accounts and Regions
//! only put them together.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::identity::Session;
use super::services::iam::state::Iam;
use super::services::kms::state::Kms;
use super::services::organizations::state::Organization;
use super::services::s3::state::Bucket;

/// All accounts, and what is unique across them.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct World {
    /// The accounts, by id. An account that is not here does not exist.
    pub accounts: BTreeMap<String, Account>,
    /// Where fresh ids come from.
    pub ids: Ids,
    /// The buckets of every account: their names are unique across all of them.
    pub buckets: BTreeMap<String, Bucket>,
    /// The organization that the accounts are in.
    pub organization: Organization,
    /// Temporary credentials that were handed out, by access key id.
    pub sessions: BTreeMap<String, Session>,
    /// Set by a reading operation that nevertheless left something behind (STS: a session), so that it
    /// is saved.
    #[serde(skip)]
    pub touched: bool,
    /// Whether every request is let through, whatever policies say.
    #[serde(skip)]
    pub permissive: bool,
    /// The access key id of the request that is being answered: tells a session from another of the same
    /// name, and a user from that user's session.
    #[serde(skip)]
    pub calling_with: String,
    /// How many times shorter waits are than at AWS; none and one are the same. See `clockwork`.
    #[serde(skip)]
    pub time_scale: u32,
    /// The time scale that the saved waits were made with; none where an older version saved them.
    pub waits_scale: u32,
    /// The most seconds that a session lasts, whatever is asked for and promised by AWS; for trying what
    /// a client does when one ends.
    #[serde(skip)]
    pub session_seconds: Option<u32>,
}

/// What a platform team leaves in an environment account before a delivery pipeline is set up: VPC ids, a
/// cluster, an ALB with one listener and two target groups, a Fargate service.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PlatformSeed {
    /// The account.
    pub account: String,
    /// The Region.
    pub region: String,
    /// The application that the service is for.
    pub application: String,
    /// The cluster's name; `None` for the platform's own choice.
    pub cluster: Option<String>,
    /// The service's name; `None` for the platform's own choice.
    pub service: Option<String>,
    /// The deployment controller; `None` for `CODE_DEPLOY`.
    pub controller: Option<String>,
    /// The names of the two target groups; empty for the platform's own choice.
    pub target_groups: Vec<String>,
    /// The listener's ARN, where a blueprint names one: the listener and its load balancer get it.
    pub listener: Option<String>,
    /// The name and port of the container; `None` for the service's name and 8080.
    pub container: Option<(String, u16)>,
    /// The ARNs of the execution role and the task role that a service under ECS's own controller is
    /// prepared for: its deployments keep the roles of the task definition that it has.
    pub roles: Option<(String, String)>,
    /// Whether ECS itself deploys the service blue/green.
    pub blue_green: bool,
}

/// One account.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Account {
    /// What it holds per Region.
    pub regions: BTreeMap<String, Regional>,
    /// Its users, roles, policies and identity providers.
    pub iam: Iam,
}

/// What an account holds in one Region.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Regional {
    /// Its keys.
    pub kms: Kms,
    /// CodeDeploy's applications, groups and configurations.
    pub codedeploy: super::services::codedeploy::CodeDeployState,
    /// Container registries.
    pub ecr: super::services::ecr::EcrState,
    /// Repositories and what was committed to them.
    pub codecommit: super::services::codecommit::State,
    /// Build projects.
    pub codebuild: super::services::codebuild::State,
    /// Pipelines.
    pub codepipeline: super::services::codepipeline::State,
    /// Event buses and their rules.
    pub eventbridge: super::services::eventbridge::State,
    /// Connections to source providers outside AWS.
    pub codeconnections: super::services::codeconnections::State,
    /// Clusters, task definitions and services.
    pub ecs: super::services::ecs::EcsState,
    /// Load balancing.
    pub elbv2: super::services::elbv2::Elbv2State,
    /// Log groups and what was written to them.
    pub logs: super::services::logs::State,
    /// Alarms.
    pub cloudwatch: super::services::cloudwatch::State,
    /// VPC, subnets and security groups, as far as they are known.
    pub network: super::services::network::Network,
}

/// A source of ids that look like AWS's and are the same in every run that starts from the same seed.
#[derive(Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct Ids {
    state: u64,
}

impl Default for Ids {
    fn default() -> Self {
        Self {
            state: 0x9e37_79b9_7f4a_7c15,
        }
    }
}

impl Ids {
    /// Starts from a seed.
    pub fn seeded(seed: u64) -> Self {
        Self { state: seed }
    }

    /// Sixty-four fresh bits (SplitMix64).
    pub fn bits(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A UUID of version 4's shape.
    pub fn uuid(&mut self) -> String {
        let (a, b) = (self.bits(), self.bits());
        format!(
            "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
            a >> 32,
            (a >> 16) & 0xffff,
            a & 0xfff,
            0x8000 | ((b >> 48) & 0x3fff),
            b & 0xffff_ffff_ffff
        )
    }

    /// `length` hexadecimal digits.
    pub fn hex(&mut self, length: usize) -> String {
        self.letters("0123456789abcdef", length)
    }

    /// A prefix and upper-case letters and digits up to `length` in all, as in `AROA...`.
    pub fn unique_id(&mut self, prefix: &str, length: usize) -> String {
        let rest = length.saturating_sub(prefix.len());
        format!(
            "{prefix}{}",
            self.letters("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", rest)
        )
    }

    /// `length` characters of an alphabet.
    pub fn letters(&mut self, alphabet: &str, length: usize) -> String {
        let alphabet: Vec<char> = alphabet.chars().collect();
        (0..length)
            .filter_map(|_| {
                let index = self.bits() % alphabet.len().max(1) as u64;
                alphabet.get(index as usize).copied()
            })
            .collect()
    }
}

impl World {
    /// What an account holds in a Region, made empty where there was nothing yet.
    pub fn regional(&mut self, account: &str, region: &str) -> &mut Regional {
        self.accounts
            .entry(account.to_owned())
            .or_default()
            .regions
            .entry(region.to_owned())
            .or_default()
    }

    /// What an account holds in a Region, if it holds anything.
    pub fn regional_ref(&self, account: &str, region: &str) -> Option<&Regional> {
        self.accounts.get(account)?.regions.get(region)
    }
}
