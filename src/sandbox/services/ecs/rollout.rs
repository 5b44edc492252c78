//! What ECS itself deploys: the deployments of a service, their revisions, and what became of them.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A deployment of a service, as `DescribeServices` shows it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Rollout {
    /// Its id, `ecs-svc/...`.
    pub id: String,
    /// `PRIMARY` or `ACTIVE`.
    pub status: String,
    /// The ARN of the service revision.
    pub revision: String,
    /// The task definition's ARN.
    pub task_definition: String,
    /// The launch type; none where a strategy stands for it.
    pub launch_type: Option<String>,
    /// `loadBalancers`, with the target group that this deployment uses.
    pub load_balancers: Vec<Value>,
    /// The network, platform and capacity, as the service had them.
    pub settings: Value,
    /// Members that are answered in the deployment only.
    pub extra: Value,
    /// How many tasks failed to start or to stay.
    pub failed: i64,
    /// Not before this moment is another task started.
    pub retry_at: Option<i64>,
    /// When it began.
    pub created_at: i64,
    /// When it last changed.
    pub updated_at: i64,
    /// `IN_PROGRESS`, `COMPLETED` or `FAILED`.
    pub state: String,
    /// Why, in ECS's words.
    pub reason: String,
}

/// A service deployment, as `DescribeServiceDeployments` shows it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Release {
    /// Its ARN.
    pub arn: String,
    /// The id of the deployment that it makes.
    pub rollout: String,
    /// The revision that it brings.
    pub target: String,
    /// The revision that was there before.
    pub source: Option<String>,
    /// `IN_PROGRESS`, `SUCCESSFUL`, `ROLLBACK_SUCCESSFUL` and so on.
    pub status: String,
    /// Why.
    pub reason: Option<String>,
    /// The stage of a blue/green, linear or canary deployment.
    pub stage: Option<String>,
    /// `deploymentConfiguration`, as it was when this began.
    pub configuration: Value,
    /// When it began.
    pub created_at: i64,
    /// When it last changed.
    pub updated_at: i64,
    /// When it ended.
    pub finished_at: Option<i64>,
    /// When it was asked to stop.
    pub stopped_at: Option<i64>,
    /// When the rollback began, why, and to which revision.
    pub rollback: Option<(i64, String, String)>,
    /// The alarms that were triggered.
    pub triggered: Vec<String>,
    /// Whether the circuit breaker ended it.
    pub broke: bool,
    /// The tasks that had failed when it ended.
    pub failures: i64,
    /// The share of production traffic that the new revision has, in per cent.
    pub production: f64,
    /// The share of test traffic.
    pub test: f64,
    /// When the stage goes on.
    pub due: Option<i64>,
}

/// A service revision: what the service was at a deployment.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Revision {
    /// Its ARN.
    pub arn: String,
    /// When it was made.
    pub created_at: i64,
    /// The task definition's ARN.
    pub task_definition: String,
    /// The launch type; none where a strategy stands for it.
    pub launch_type: Option<String>,
    /// `loadBalancers`, as the service had them.
    pub load_balancers: Vec<Value>,
    /// The target group that serves the tasks of this revision, for each load balancer.
    pub resolved: Vec<String>,
    /// The network, platform and capacity.
    pub settings: Value,
}

impl Release {
    /// Whether it goes on.
    pub fn is_open(&self) -> bool {
        ["PENDING", "IN_PROGRESS", "ROLLBACK_IN_PROGRESS"].contains(&self.status.as_str())
    }
}
