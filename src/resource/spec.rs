//! What each kind of resource is, as data: the same shape for what is wanted and what was found.
//!
//! Documents (policies, the pipeline's structure, ...) are JSON in the shape of AWS's API.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Tags, key to value.
pub type Tags = BTreeMap<String, String>;

/// A resource of any kind.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Spec {
    /// A KMS key with its alias. Attributes: `arn`, `id`.
    Key(Key),
    /// An S3 bucket. Attributes: `arn`.
    Bucket(Bucket),
    /// An IAM role with one inline policy. Attributes: `arn`, `id` (the unique id, `AROA...`).
    Role(Role),
    /// A CodeCommit repository. Attributes: `arn`.
    Repository(Repository),
    /// A CodeConnections connection. Attributes: `arn`, `id` (of the ARN's end), `status`.
    Connection(Connection),
    /// A CodeBuild project. Attributes: `arn`.
    Project(Project),
    /// A CodePipeline pipeline. Attributes: `arn`.
    Pipeline(Pipeline),
    /// An EventBridge rule with its one target. Attributes: `arn`.
    Rule(Rule),
    /// An ECR repository. Attributes: `arn`, `uri`.
    ImageRepository(ImageRepository),
    /// A CodeDeploy application for ECS. Attributes: `arn`, `id`.
    Application(Application),
    /// A CodeDeploy deployment group. Attributes: `arn`, `id`.
    DeploymentGroup(DeploymentGroup),
}

/// A symmetric KMS key with its alias.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Key {
    /// With `alias/`. The key is found by it.
    pub alias: String,
    /// At most 8192 characters.
    pub description: String,
    /// Yearly rotation.
    pub rotation: bool,
    /// The key policy.
    pub policy: Value,
    /// Tags.
    pub tags: Tags,
}

/// An S3 bucket.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Bucket {
    /// Its name.
    pub name: String,
    /// The account that must own it, sent as `ExpectedBucketOwner` with every call.
    pub owner: String,
    /// The Region it is in (`us-east-1` takes no LocationConstraint).
    pub region: String,
    /// All four public access settings on.
    pub public_access_blocked: bool,
    /// `BucketOwnerEnforced`.
    pub ownership: String,
    /// Versioning enabled.
    pub versioning: bool,
    /// The key of default SSE-KMS encryption, as ARN; empty where it is not SSE-KMS.
    pub encryption_key: String,
    /// S3 Bucket Keys on.
    pub bucket_key: bool,
    /// Lifecycle rules: the list under `Rules` in the shape of `put-bucket-lifecycle-configuration`.
    pub lifecycle: Value,
    /// The bucket policy; null where there is none.
    pub policy: Value,
    /// Tags.
    pub tags: Tags,
}

/// An IAM role with one inline policy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Role {
    /// Its name, without path.
    pub name: String,
    /// Its path, `/` or `/.../`. Cannot be changed.
    pub path: String,
    /// Latin-1 only.
    pub description: String,
    /// Longest session in seconds.
    pub max_session_seconds: u32,
    /// The trust policy.
    pub trust: Value,
    /// The name of the inline policy.
    pub policy_name: String,
    /// The inline policy; null where there is none.
    pub policy: Value,
    /// ARN of the permission boundary.
    pub boundary: Option<String>,
    /// Tags.
    pub tags: Tags,
}

/// A CodeCommit repository.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Repository {
    /// Its name.
    pub name: String,
    /// Its description.
    pub description: String,
    /// Tags.
    pub tags: Tags,
}

/// A CodeConnections connection.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Connection {
    /// Its name. AWS does not keep names unique; crosspipe uses the first of the name and provider.
    pub name: String,
    /// AWS's `ProviderType`.
    pub provider: String,
    /// Tags.
    pub tags: Tags,
}

/// A CodeBuild project.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Project {
    /// Its name.
    pub name: String,
    /// The body of `CreateProject`, without `tags`.
    pub document: Value,
    /// Tags.
    pub tags: Tags,
}

/// A CodePipeline pipeline.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pipeline {
    /// Its name.
    pub name: String,
    /// The `pipeline` member of `CreatePipeline`, without `version`.
    pub document: Value,
    /// Tags.
    pub tags: Tags,
}

/// An EventBridge rule on the default bus, with its one target.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rule {
    /// Its name.
    pub name: String,
    /// Its description.
    pub description: String,
    /// The event pattern, as JSON (AWS takes it as a string).
    pub pattern: Value,
    /// Whether it is enabled.
    pub enabled: bool,
    /// The target; none where nothing is targeted yet.
    pub target: Option<RuleTarget>,
    /// Tags.
    pub tags: Tags,
}

/// A rule's target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleTarget {
    /// The target's id in the rule.
    pub id: String,
    /// The pipeline's ARN.
    pub arn: String,
    /// The role that EventBridge assumes.
    pub role_arn: String,
}

/// An ECR repository.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ImageRepository {
    /// Its name.
    pub name: String,
    /// `imageTagMutability`.
    pub mutability: String,
    /// The tags (as wildcard filters) that the mutability does not hold for; only with the
    /// `..._WITH_EXCLUSION` values.
    pub mutability_exclusions: Vec<String>,
    /// Whether images are scanned when pushed.
    pub scan_on_push: bool,
    /// The lifecycle policy document; null where there is none.
    pub lifecycle: Value,
    /// Tags.
    pub tags: Tags,
}

/// A CodeDeploy application for ECS.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Application {
    /// Its name.
    pub name: String,
    /// `ECS`; anything else that is found is a conflict, because it cannot be changed.
    pub compute_platform: String,
    /// Tags.
    pub tags: Tags,
}

/// A CodeDeploy deployment group for ECS.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeploymentGroup {
    /// The application.
    pub application: String,
    /// Its name.
    pub name: String,
    /// The body of `CreateDeploymentGroup`, without `tags`.
    pub document: Value,
    /// Tags.
    pub tags: Tags,
}

impl Spec {
    /// What AWS calls the kind, for people.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Key(_) => "KMS key",
            Self::Bucket(_) => "S3 bucket",
            Self::Role(_) => "IAM role",
            Self::Repository(_) => "CodeCommit repository",
            Self::Connection(_) => "connection",
            Self::Project(_) => "CodeBuild project",
            Self::Pipeline(_) => "pipeline",
            Self::Rule(_) => "EventBridge rule",
            Self::ImageRepository(_) => "ECR repository",
            Self::Application(_) => "CodeDeploy application",
            Self::DeploymentGroup(_) => "deployment group",
        }
    }

    /// The name that AWS knows it by.
    pub fn name(&self) -> &str {
        match self {
            Self::Key(it) => &it.alias,
            Self::Bucket(it) => &it.name,
            Self::Role(it) => &it.name,
            Self::Repository(it) => &it.name,
            Self::Connection(it) => &it.name,
            Self::Project(it) => &it.name,
            Self::Pipeline(it) => &it.name,
            Self::Rule(it) => &it.name,
            Self::ImageRepository(it) => &it.name,
            Self::Application(it) => &it.name,
            Self::DeploymentGroup(it) => &it.name,
        }
    }

    /// Its tags.
    pub fn tags(&self) -> &Tags {
        match self {
            Self::Key(it) => &it.tags,
            Self::Bucket(it) => &it.tags,
            Self::Role(it) => &it.tags,
            Self::Repository(it) => &it.tags,
            Self::Connection(it) => &it.tags,
            Self::Project(it) => &it.tags,
            Self::Pipeline(it) => &it.tags,
            Self::Rule(it) => &it.tags,
            Self::ImageRepository(it) => &it.tags,
            Self::Application(it) => &it.tags,
            Self::DeploymentGroup(it) => &it.tags,
        }
    }
}
