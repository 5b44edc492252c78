//! The seam: what the rest of the program asks of AWS. Implemented once, in `aws/`.

mod error;
mod harmless;
pub mod run;
mod runs;
mod starter;

pub use error::{CloudError, ErrorKind, session_ended};
pub use harmless::{harmless, title};
pub use runs::Runs;
pub use starter::{Branched, Seed, SeedFile, Tip};

use std::collections::BTreeMap;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::ident::AccountId;
use crate::resource::{Part, ResourceId, Site, Spec, Tags};

/// Who the credentials of an account belong to, as `sts:GetCallerIdentity` answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The account.
    pub account: AccountId,
    /// The caller's ARN.
    pub arn: String,
}

/// A resource as it was found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Observed {
    /// What it is, in the shape of what was wanted. Only fields that crosspipe manages are read.
    pub spec: Spec,
    /// Its attributes (`arn`, `id`, ...), see [`Spec`].
    pub attributes: BTreeMap<String, String>,
    /// What a person should know of it and crosspipe will not change, one sentence each.
    pub notes: Vec<String>,
}

impl Observed {
    /// Its tags.
    pub fn tags(&self) -> &Tags {
        self.spec.tags()
    }
}

/// One changing call (or the few calls that AWS needs for one part).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Task {
    /// Where.
    pub site: Site,
    /// Which resource.
    pub resource: ResourceId,
    /// The whole resource as wanted, every reference resolved.
    pub spec: Spec,
    /// The part of it to make or set.
    pub part: Part,
    /// For a document that is shared with others (key policy, bucket policy): the document that the
    /// plan was made against. The call is refused with [`ErrorKind::ChangedMeanwhile`] if another
    /// one is found, because AWS has no version check there.
    pub base: Option<Value>,
    /// Attributes of the resource itself, as far as they are known (a key's `id`).
    pub attributes: BTreeMap<String, String>,
}

/// An ECS service that was found in an account, with what a deployment of it needs to know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundService {
    /// The cluster's name.
    pub cluster: String,
    /// The service's name.
    pub service: String,
    /// `CODE_DEPLOY`, `ECS` or `EXTERNAL`.
    pub controller: String,
    /// `ROLLING`, `BLUE_GREEN`, `LINEAR` or `CANARY`, for the `ECS` controller.
    pub strategy: Option<String>,
    /// The containers behind a load balancer: name and port.
    pub containers: Vec<(String, u16)>,
    /// The family of the service's task definition.
    pub task_family: Option<String>,
    /// The names of the target groups that could serve it (the ones of its load balancer).
    pub target_groups: Vec<String>,
    /// The listeners of its load balancer: ARN, port, protocol.
    pub listeners: Vec<FoundListener>,
}

/// A listener of a load balancer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundListener {
    /// Its ARN.
    pub arn: String,
    /// Its port.
    pub port: u16,
    /// `HTTP`, `HTTPS`, `TCP`, ...
    pub protocol: String,
    /// The names of the target groups that its default action forwards to.
    pub forwards_to: Vec<String>,
}

/// A connection that was found in the shared account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundConnection {
    /// Its ARN.
    pub arn: String,
    /// Its name.
    pub name: String,
    /// `GitHub`, `GitLab`, `Bitbucket`, ...
    pub provider: String,
    /// `PENDING`, `AVAILABLE` or `ERROR`.
    pub status: String,
}

/// What the wizard offers as a choice instead of asking for it.
#[async_trait]
pub trait Discovery: Send + Sync {
    /// The ECS services of an account, active ones only, ordered by cluster and name.
    async fn services(&self, site: &Site) -> Result<Vec<FoundService>, CloudError>;
    /// The CodeCommit repositories of the shared account, ordered by name.
    async fn repositories(&self) -> Result<Vec<String>, CloudError>;
    /// The connections of the shared account.
    async fn connections(&self) -> Result<Vec<FoundConnection>, CloudError>;
}

/// AWS, as far as planning, applying and verifying need it. Every method may be called for several
/// sites and resources at once.
#[async_trait]
pub trait Cloud: Send + Sync {
    /// Whose credentials are used for a site.
    async fn identity(&self, site: &Site) -> Result<Identity, CloudError>;

    /// Looks for a resource by its name, or by its alias or tag where names are not unique. `None`
    /// where there is none. Changes nothing.
    async fn observe(&self, site: &Site, wanted: &Spec) -> Result<Option<Observed>, CloudError>;

    /// Carries out one task and answers the attributes that became known. Does not retry what AWS
    /// makes eventual: that is `apply`'s to decide.
    async fn carry_out(&self, task: &Task) -> Result<BTreeMap<String, String>, CloudError>;

    /// Whether an event pattern matches an event (`events:TestEventPattern`).
    async fn event_matches(
        &self,
        site: &Site,
        pattern: &Value,
        event: &Value,
    ) -> Result<bool, CloudError>;

    /// The state of a connection: `PENDING`, `AVAILABLE` or `ERROR`.
    async fn connection_status(&self, site: &Site, arn: &str) -> Result<String, CloudError>;
}
