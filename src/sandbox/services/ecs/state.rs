//! What an account's ECS holds in one Region.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::rollout::{Release, Revision, Rollout};
use crate::sandbox::services::fields::{Tags, arn};

/// Clusters, task definitions, services and tasks.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct EcsState {
    /// Clusters by name, deleted ones too: they stay to be described as INACTIVE.
    pub clusters: BTreeMap<String, Cluster>,
    /// Task definitions by family.
    pub families: BTreeMap<String, Family>,
    /// Services by `cluster/name`, deleted ones too.
    pub services: BTreeMap<String, EcsService>,
    /// Running tasks by id.
    pub tasks: BTreeMap<String, Task>,
}

/// A cluster.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Cluster {
    /// Its name.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// `ACTIVE` or `INACTIVE`.
    pub status: String,
    /// `settings`, complete.
    pub settings: Vec<Value>,
    /// `configuration`, if it was given.
    pub configuration: Option<Value>,
    /// `serviceConnectDefaults`, if it was given.
    pub service_connect_defaults: Option<Value>,
    /// The capacity providers that it may use.
    pub capacity_providers: Vec<String>,
    /// What it uses where a service says nothing.
    pub default_strategy: Vec<Value>,
    /// Its tags.
    pub tags: Tags,
}

/// All revisions of one family.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Family {
    /// The last revision number that was given out; numbers are never used again.
    pub last: u64,
    /// By revision.
    pub revisions: BTreeMap<u64, TaskDefinition>,
}

/// One revision.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct TaskDefinition {
    /// Its ARN.
    pub arn: String,
    /// The family.
    pub family: String,
    /// The number.
    pub revision: u64,
    /// `ACTIVE`, `INACTIVE` or `DELETE_IN_PROGRESS`.
    pub status: String,
    /// What was registered, complete as the API answers it, without what stands in the other fields.
    pub body: Value,
    /// When it was registered, in milliseconds since 1970.
    pub registered_at: i64,
    /// Who registered it.
    pub registered_by: String,
    /// When it was deregistered.
    pub deregistered_at: Option<i64>,
    /// When its deletion was asked for.
    pub delete_requested_at: Option<i64>,
    /// Its tags.
    pub tags: Tags,
}

/// A service.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct EcsService {
    /// Its name.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// The cluster's name.
    pub cluster: String,
    /// The cluster's ARN.
    pub cluster_arn: String,
    /// `ACTIVE` or `INACTIVE`.
    pub status: String,
    /// `ECS`, `CODE_DEPLOY` or `EXTERNAL`.
    pub controller: String,
    /// `FARGATE`, `EC2` or `EXTERNAL`; none where a capacity provider strategy stands for it.
    pub launch_type: Option<String>,
    /// The ARN of the task definition; none with an external controller.
    pub task_definition: Option<String>,
    /// `loadBalancers`.
    pub load_balancers: Vec<Value>,
    /// How many tasks are wanted.
    pub desired: i64,
    /// Members that the API takes and answers as they are.
    pub settings: Value,
    /// Members that are answered in the deployment only (service connect, volumes).
    pub deployment_settings: Value,
    /// The id of the PRIMARY deployment, `ecs-svc/...`, where ECS itself deploys.
    pub deployment: Option<String>,
    /// When that deployment began.
    pub deployed_at: i64,
    /// ECS's own deployments, the newest first.
    pub rollouts: Vec<Rollout>,
    /// What became of them, the newest first.
    pub releases: Vec<Release>,
    /// The revisions of all of them, the newest first.
    pub revisions: Vec<Revision>,
    /// When the scheduler looks at it again, in milliseconds since 1970.
    pub due: Option<i64>,
    /// Whether its last event says that it is steady.
    pub steady: bool,
    /// Task sets, where CodeDeploy or somebody else deploys.
    pub task_sets: Vec<TaskSet>,
    /// The newest first: id, time, message.
    pub events: Vec<(String, i64, String)>,
    /// When it was made.
    pub created_at: i64,
    /// Who made it.
    pub created_by: String,
    /// The token of the call that made it.
    pub client_token: Option<String>,
    /// The call that made it, to tell whether another says the same.
    pub request: Value,
    /// Its tags.
    pub tags: Tags,
}

/// A task set.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct TaskSet {
    /// Its id, `ecs-svc/...`.
    pub id: String,
    /// Its ARN.
    pub arn: String,
    /// `PRIMARY`, `ACTIVE` or `DRAINING`.
    pub status: String,
    /// Who began it: `CODE_DEPLOY` for CodeDeploy's.
    pub started_by: Option<String>,
    /// The deployment that it belongs to elsewhere.
    pub external_id: Option<String>,
    /// The task definition's ARN.
    pub task_definition: String,
    /// Per cent of the service's desired count.
    pub scale: f64,
    /// The launch type; none where a strategy stands for it.
    pub launch_type: Option<String>,
    /// `loadBalancers`.
    pub load_balancers: Vec<Value>,
    /// Members that the API takes and answers as they are.
    pub settings: Value,
    /// How many tasks failed to start or to stay.
    pub failed: i64,
    /// Not before this moment is another task started.
    pub retry_at: Option<i64>,
    /// When it was made.
    pub created_at: i64,
    /// When it last changed.
    pub updated_at: i64,
    /// Its tags.
    pub tags: Tags,
}

/// A task, running or not.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Task {
    /// Thirty-two hexadecimal digits.
    pub id: String,
    /// Its ARN.
    pub arn: String,
    /// The cluster's name.
    pub cluster: String,
    /// The service's name.
    pub service: String,
    /// The deployment or task set that it belongs to.
    pub owner: String,
    /// The task definition's ARN.
    pub task_definition: String,
    /// Its address.
    pub address: String,
    /// Its subnet.
    pub subnet: String,
    /// Its zone.
    pub zone: String,
    /// When it was made.
    pub created_at: i64,
    /// When it started.
    pub started_at: i64,
    /// `PROVISIONING`, `PENDING`, `RUNNING`, `DEACTIVATING` or `STOPPED`; empty counts as `RUNNING`.
    pub status: String,
    /// When its image began to be pulled.
    pub pulled_at: Option<i64>,
    /// When it was asked to stop.
    pub stopping_at: Option<i64>,
    /// When it stopped.
    pub stopped_at: Option<i64>,
    /// Why, as a code.
    pub stop_code: Option<String>,
    /// Why, in a sentence.
    pub stop_reason: Option<String>,
    /// The digest of each container's image, by the container's name.
    pub digests: BTreeMap<String, String>,
    /// When it goes on by itself, in milliseconds since 1970.
    pub due: Option<i64>,
}

impl Task {
    /// Whether it is to run: it has not been asked to stop.
    pub fn wanted(&self) -> bool {
        self.stopping_at.is_none() && self.stopped_at.is_none()
    }

    /// Whether it runs.
    pub fn runs(&self) -> bool {
        self.wanted() && ["", "RUNNING"].contains(&self.status.as_str())
    }

    /// Whether it is on its way to run.
    pub fn pends(&self) -> bool {
        self.wanted() && !self.runs()
    }
}

impl EcsState {
    /// The key of a service.
    pub fn service_key(cluster: &str, name: &str) -> String {
        format!("{cluster}/{name}")
    }

    /// A service by the names of its cluster and itself.
    pub fn service(&self, cluster: &str, name: &str) -> Option<&EcsService> {
        self.services.get(&Self::service_key(cluster, name))
    }

    /// A task definition by its ARN.
    pub fn task_definition(&self, arn: &str) -> Option<&TaskDefinition> {
        let (family, revision) = arn.rsplit('/').next()?.split_once(':')?;
        self.families
            .get(family)?
            .revisions
            .get(&revision.parse().ok()?)
    }
}

impl EcsService {
    /// The target group that serves the users: the primary task set's, or the service's own.
    pub fn primary_target_group(&self) -> Option<&str> {
        let primary = self.task_sets.iter().find(|set| set.status == "PRIMARY");
        let balancers = primary.map_or(self.load_balancers.as_slice(), |set| {
            set.load_balancers.as_slice()
        });
        balancers
            .iter()
            .find_map(|balancer| balancer.get("targetGroupArn").and_then(Value::as_str))
    }
}

impl TaskSet {
    /// How many tasks it should have when the service wants `desired`, rounded up.
    pub fn count(&self, desired: i64) -> i64 {
        (desired as f64 * self.scale / 100.0).ceil() as i64
    }
}

/// The ARN of a task definition.
pub fn task_definition_arn(region: &str, account: &str, family: &str, revision: u64) -> String {
    arn(
        "ecs",
        region,
        account,
        &format!("task-definition/{family}:{revision}"),
    )
}
