//! What a run is known by.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::ident::{AccountId, Region};

/// A pipeline, and what is at hand beside it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// The account that the pipeline is in.
    pub account: AccountId,
    /// Its Region.
    pub region: Region,
    /// The pipeline's structure: the answer of `GetPipeline`, or what it has under `pipeline`.
    pub pipeline: Value,
    /// What starts it, in the order of the hops: one rule with one target each.
    #[serde(default)]
    pub triggers: Vec<Trigger>,
    /// What is known of buckets, by name: artifact stores, caches, logs, sources.
    #[serde(default)]
    pub buckets: BTreeMap<String, Bucket>,
    /// What is known beside each action.
    #[serde(default)]
    pub actions: BTreeMap<Place, Beside>,
    /// What is known of this run alone.
    #[serde(default)]
    pub moment: Moment,
}

/// An action of a pipeline.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Place {
    /// The stage's name.
    pub stage: String,
    /// The action's name.
    pub action: String,
}

/// An EventBridge rule with one of its targets.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trigger {
    /// The account that the rule is in.
    pub account: AccountId,
    /// The rule, as `DescribeRule` or `PutRule` has it.
    pub rule: Value,
    /// The target, as `ListTargetsByRule` has it.
    pub target: Value,
}

/// What is known of a bucket.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bucket {
    /// The account that owns it; the pipeline's where it is not said.
    #[serde(default)]
    pub owner: Option<AccountId>,
    /// Whether S3 Bucket Keys are on: the encryption context is then the bucket's ARN.
    #[serde(default)]
    pub bucket_key: bool,
    /// The KMS key of its default encryption, by its ARN: uploads without a header use it.
    #[serde(default)]
    pub default_key: Option<String>,
}

/// What is known beside one action. All of it may be missing.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Beside {
    /// The build project, as `BatchGetProjects` has it.
    #[serde(default)]
    pub project: Option<Value>,
    /// The text of the buildspec.
    #[serde(default)]
    pub buildspec: Option<String>,
    /// The registries that the build pushes to, where more is known of them than the buildspec says.
    #[serde(default)]
    pub registries: Vec<Registry>,
    /// The text of the AppSpec.
    #[serde(default)]
    pub appspec: Option<String>,
    /// The task definition, as `taskdef.json` or `DescribeTaskDefinition` has it.
    #[serde(default)]
    pub taskdef: Option<Value>,
    /// The deployment group, as `GetDeploymentGroup` has it under `deploymentGroupInfo`.
    #[serde(default)]
    pub deployment_group: Option<Value>,
    /// The ECS service, as `DescribeServices` has it.
    #[serde(default)]
    pub service: Option<Value>,
    /// The load balancers' listeners of which CodeDeploy changes a rule instead of the default action, as
    /// the ARNs of the rules.
    #[serde(default)]
    pub listener_rules: Vec<String>,
    /// The execution roles of Lambda functions that are hooks, by the function's name or ARN.
    #[serde(default)]
    pub function_roles: BTreeMap<String, String>,
}

/// A repository of images.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registry {
    /// The repository's ARN.
    pub repository: String,
    /// The role that the build takes on before it logs in; `None` where it pushes as the build role.
    #[serde(default)]
    pub push_role: Option<String>,
}

/// What is known of one run. What is not given is filled with examples of AWS's form.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moment {
    /// The keys of artifacts that have one already, by the artifact's name.
    #[serde(default)]
    pub artifact_keys: BTreeMap<String, String>,
    /// The name of the pipeline role's session, 13 digits.
    #[serde(default)]
    pub session: Option<String>,
    /// The id of the build, the part after the colon.
    #[serde(default)]
    pub build: Option<String>,
    /// The id of the task.
    #[serde(default)]
    pub task: Option<String>,
    /// The branch that the source action was run for, where the pipeline does not say.
    #[serde(default)]
    pub branch: Option<String>,
    /// The commit.
    #[serde(default)]
    pub commit: Option<String>,
}

impl Run {
    /// A pipeline of which nothing else is known.
    pub fn new(account: AccountId, region: Region, pipeline: Value) -> Self {
        Self {
            account,
            region,
            pipeline,
            triggers: Vec::new(),
            buckets: BTreeMap::new(),
            actions: BTreeMap::new(),
            moment: Moment::default(),
        }
    }

    /// What is known beside an action, to be filled in.
    pub fn beside(&mut self, stage: &str, action: &str) -> &mut Beside {
        self.actions.entry(Place::new(stage, action)).or_default()
    }
}

impl Place {
    /// An action by the names of its stage and itself.
    pub fn new(stage: impl Into<String>, action: impl Into<String>) -> Self {
        Self {
            stage: stage.into(),
            action: action.into(),
        }
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.stage, self.action)
    }
}

impl From<Place> for String {
    fn from(place: Place) -> Self {
        place.to_string()
    }
}

impl TryFrom<String> for Place {
    type Error = String;

    /// Neither name may hold a slash. Source: the CodePipeline API model, `StageName` and `ActionName`.
    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.split_once('/')
            .map(|(stage, action)| Self::new(stage, action))
            .ok_or_else(|| format!("'{text}' is no action: write it as STAGE/ACTION"))
    }
}
