//! The blueprint as values: parsed, validated, with every default filled in.

use std::collections::BTreeMap;
use std::path::PathBuf;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::ident::{AccountId, Arn, EnvironmentName, Region};

/// The whole of `crosspipe.toml`. Holds no secret.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Blueprint {
    /// The application that is delivered, for example `awssdk-iam`.
    pub application: String,
    /// The organization whose short name leads in most names, for example `bys`.
    pub organization: String,
    /// What the application is, in a sentence. Latin-1 only, because IAM takes no other letters.
    pub description: Option<String>,
    /// The Region of everything.
    pub region: Region,
    /// The account that holds source, build, pipeline, key and artifacts.
    pub shared: SharedAccount,
    /// Where the source comes from.
    pub source: Source,
    /// How it is built.
    pub build: Build,
    /// The environments, in the order of the file.
    pub environments: IndexMap<EnvironmentName, Environment>,
    /// How things are called.
    pub names: NamePatterns,
    /// Tags that everything carries besides crosspipe's own.
    pub tags: BTreeMap<String, String>,
    /// The path of every IAM role, `/` or `/.../`.
    pub role_path: String,
    /// The permission boundary of every IAM role, as the name of a managed policy that exists in
    /// each account (`arn:aws:iam::ACCOUNT:policy/NAME`, path allowed in the name), if there is one.
    pub permission_boundary: Option<String>,
    /// A folder with templates and policies that replace the built-in ones of the same name.
    pub templates: Option<PathBuf>,
}

/// The shared account.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SharedAccount {
    /// Its id.
    pub account: AccountId,
    /// How to reach it.
    pub access: Access,
}

/// How to get credentials for an account: by default the SDK's normal chain; a profile; and, on top
/// of either, a role to assume.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Access {
    /// A profile of the AWS configuration files (static keys, SSO, or an assume-role chain).
    pub profile: Option<String>,
    /// A role to assume with what the profile (or the normal chain) gives.
    pub role: Option<Arn>,
    /// The external id that the role's trust policy asks for. Not a secret by AWS's definition.
    pub external_id: Option<String>,
    /// The MFA device whose code the role's trust policy asks for; the code itself is asked for.
    pub mfa_serial: Option<String>,
}

/// Where the source comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "provider", rename_all = "kebab-case")]
pub enum Source {
    /// A CodeCommit repository of the shared account.
    CodeCommit {
        /// Its name.
        repository: String,
    },
    /// A repository at a provider that AWS CodeConnections reaches.
    Connection {
        /// The provider.
        host: ConnectionProvider,
        /// The repository as `owner/name`, case-sensitive.
        repository: String,
        /// An existing connection, or none where crosspipe makes one.
        connection: Option<Arn>,
    },
}

/// A provider of AWS CodeConnections.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ConnectionProvider {
    /// github.com
    #[serde(rename = "github")]
    GitHub,
    /// gitlab.com
    #[serde(rename = "gitlab")]
    GitLab,
    /// bitbucket.org
    #[serde(rename = "bitbucket")]
    Bitbucket,
}

impl ConnectionProvider {
    /// AWS's `ProviderType`. Source: the CodeConnections API model.
    pub fn provider_type(self) -> &'static str {
        match self {
            Self::GitHub => "GitHub",
            Self::GitLab => "GitLab",
            Self::Bitbucket => "Bitbucket",
        }
    }
}

/// How the source is built.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Build {
    /// The CodeBuild image.
    pub image: String,
    /// CodeBuild's `computeType`.
    pub compute_type: String,
    /// The path of the buildspec in the source.
    pub buildspec: String,
    /// Minutes until a build is stopped, 5 to 2160.
    pub timeout_minutes: u32,
}

/// An environment: an account, the branch that is deployed to it, and how.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Environment {
    /// The account's id.
    pub account: AccountId,
    /// The branch, as Git names it.
    pub branch: String,
    /// How to reach the account.
    pub access: Access,
    /// Whether a deployment asks before it starts.
    pub confirm: bool,
    /// How a new version is brought into service.
    pub deploy: Deploy,
    /// The container that serves the application.
    pub container: Container,
}

/// How a new version is brought into service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Deploy {
    /// The way of it.
    pub strategy: Strategy,
    /// The ECS cluster's name.
    pub cluster: String,
    /// The ECS service's name.
    pub service: String,
    /// The CodeDeploy deployment configuration; used by `codedeploy-blue-green` only.
    pub config: DeploymentConfig,
    /// The names of the two target groups; used by `codedeploy-blue-green` only.
    pub target_groups: Vec<String>,
    /// The production listener; used by `codedeploy-blue-green` only.
    pub listener: Option<Arn>,
    /// The test listener, if there is one.
    pub test_listener: Option<Arn>,
    /// Minutes that the replaced tasks stay up after a success, 0 to 2880.
    pub keep_old_minutes: u32,
}

/// The ways of a deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Strategy {
    /// CodeDeploy shifts traffic between two target groups (provider `CodeDeployToECS`).
    CodedeployBlueGreen,
    /// ECS replaces tasks one after another (provider `ECS`).
    EcsRolling,
    /// ECS shifts traffic itself, as the service is set up to (provider `ECS`).
    EcsBlueGreen,
}

/// The predefined CodeDeploy configurations for ECS: these five and no others exist.
/// Source: AWS CodeDeploy User Guide, "Working with deployment configurations".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum DeploymentConfig {
    /// All traffic at once.
    #[serde(rename = "CodeDeployDefault.ECSAllAtOnce")]
    AllAtOnce,
    /// 10 %, five minutes later the rest.
    #[serde(rename = "CodeDeployDefault.ECSCanary10Percent5Minutes")]
    Canary10Percent5Minutes,
    /// 10 %, fifteen minutes later the rest.
    #[serde(rename = "CodeDeployDefault.ECSCanary10Percent15Minutes")]
    Canary10Percent15Minutes,
    /// 10 % more every minute.
    #[serde(rename = "CodeDeployDefault.ECSLinear10PercentEvery1Minutes")]
    Linear10PercentEvery1Minutes,
    /// 10 % more every three minutes.
    #[serde(rename = "CodeDeployDefault.ECSLinear10PercentEvery3Minutes")]
    Linear10PercentEvery3Minutes,
}

impl DeploymentConfig {
    /// All five.
    pub const ALL: [Self; 5] = [
        Self::AllAtOnce,
        Self::Canary10Percent5Minutes,
        Self::Canary10Percent15Minutes,
        Self::Linear10PercentEvery1Minutes,
        Self::Linear10PercentEvery3Minutes,
    ];

    /// AWS's name for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::AllAtOnce => "CodeDeployDefault.ECSAllAtOnce",
            Self::Canary10Percent5Minutes => "CodeDeployDefault.ECSCanary10Percent5Minutes",
            Self::Canary10Percent15Minutes => "CodeDeployDefault.ECSCanary10Percent15Minutes",
            Self::Linear10PercentEvery1Minutes => {
                "CodeDeployDefault.ECSLinear10PercentEvery1Minutes"
            }
            Self::Linear10PercentEvery3Minutes => {
                "CodeDeployDefault.ECSLinear10PercentEvery3Minutes"
            }
        }
    }

    /// What it does, in a few words.
    pub fn explanation(self) -> &'static str {
        match self {
            Self::AllAtOnce => "All at once: every request goes to the new version in one step",
            Self::Canary10Percent5Minutes => "Canary: 10 % for 5 minutes, then the rest",
            Self::Canary10Percent15Minutes => "Canary: 10 % for 15 minutes, then the rest",
            Self::Linear10PercentEvery1Minutes => {
                "Linear: 10 % more every minute, 10 minutes in all"
            }
            Self::Linear10PercentEvery3Minutes => {
                "Linear: 10 % more every 3 minutes, 30 minutes in all"
            }
        }
    }
}

/// The container that serves the application.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Container {
    /// Its name in the task definition.
    pub name: String,
    /// The port it listens on.
    pub port: u16,
    /// The task's CPU units (1024 are one vCPU).
    pub cpu: u32,
    /// The task's memory in MiB.
    pub memory: u32,
}

/// The patterns that names are made from. `{organization}`, `{application}`, `{environment}`,
/// `{account}` and `{region}` are replaced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NamePatterns {
    /// CodePipeline pipeline. The environment leads: artifact keys keep only the first 20 characters
    /// of this name, and read access per environment depends on them being different.
    pub pipeline: String,
    /// CodeBuild project.
    pub project: String,
    /// EventBridge rule.
    pub rule: String,
    /// Artifact bucket (shared account: no `{environment}`).
    pub bucket: String,
    /// Alias of the artifact key, without `alias/` (shared account: no `{environment}`).
    pub key_alias: String,
    /// Connection, where crosspipe makes it (shared account: no `{environment}`).
    pub connection: String,
    /// Role that CodePipeline assumes.
    pub pipeline_role: String,
    /// Role that CodeBuild assumes.
    pub build_role: String,
    /// Role that EventBridge assumes.
    pub events_role: String,
    /// Role in the environment's account that the deploy action runs as.
    pub deploy_role: String,
    /// Role in the environment's account that the build pushes its image as.
    pub push_role: String,
    /// Role in the environment's account that CodeDeploy assumes.
    pub codedeploy_role: String,
    /// Role in the environment's account that ECS starts tasks with.
    pub execution_role: String,
    /// Role in the environment's account that the application runs as.
    pub task_role: String,
    /// ECR repository.
    pub image_repository: String,
    /// CodeDeploy application.
    pub deploy_application: String,
    /// CodeDeploy deployment group.
    pub deployment_group: String,
    /// Task definition family.
    pub task_family: String,
}

impl Default for NamePatterns {
    fn default() -> Self {
        let role =
            |purpose: &str| format!("{{organization}}-{{environment}}-{{application}}-{purpose}");
        Self {
            pipeline: "{environment}-{application}".into(),
            project: "{environment}-{application}".into(),
            rule: "{environment}-{application}-source".into(),
            bucket: "{organization}-{application}-artifacts-{account}-{region}".into(),
            key_alias: "{organization}-{application}-artifacts".into(),
            connection: "{organization}-{application}".into(),
            pipeline_role: role("pipeline"),
            build_role: role("build"),
            events_role: role("events"),
            deploy_role: role("deploy"),
            push_role: role("push"),
            codedeploy_role: role("codedeploy"),
            execution_role: role("exec"),
            task_role: role("task"),
            image_repository: "{environment}-{application}".into(),
            deploy_application: "{environment}-{application}".into(),
            deployment_group: "{environment}-{application}".into(),
            task_family: "{environment}-{application}".into(),
        }
    }
}

/// The names of one environment's things, as they come out of the patterns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EnvironmentNames {
    /// See [`NamePatterns`] for each of these.
    pub pipeline: String,
    /// The prefix of the pipeline's artifact keys: the first 20 characters of its name.
    pub artifact_prefix: String,
    /// CodeBuild project.
    pub project: String,
    /// EventBridge rule.
    pub rule: String,
    /// Role names, all without path.
    pub pipeline_role: String,
    /// Role that CodeBuild assumes.
    pub build_role: String,
    /// Role that EventBridge assumes.
    pub events_role: String,
    /// Role of the deploy action.
    pub deploy_role: String,
    /// Role of the image push.
    pub push_role: String,
    /// Role that CodeDeploy assumes.
    pub codedeploy_role: String,
    /// Role that starts tasks.
    pub execution_role: String,
    /// Role that tasks run as.
    pub task_role: String,
    /// ECR repository.
    pub image_repository: String,
    /// CodeDeploy application.
    pub deploy_application: String,
    /// CodeDeploy deployment group.
    pub deployment_group: String,
    /// Task definition family.
    pub task_family: String,
}

/// The names of the shared account's things that serve all environments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SharedNames {
    /// Artifact bucket.
    pub bucket: String,
    /// Alias of the artifact key, with `alias/`.
    pub key_alias: String,
    /// Connection, at most 32 characters.
    pub connection: String,
}

impl Blueprint {
    /// The names of the shared account's things.
    pub fn shared_names(&self) -> SharedNames {
        let fill = |pattern: &str| self.fill(pattern, None, &self.shared.account);
        SharedNames {
            bucket: fill(&self.names.bucket),
            key_alias: format!("alias/{}", fill(&self.names.key_alias)),
            connection: fill(&self.names.connection),
        }
    }

    /// The names of one environment's things. `{account}` is the account that the thing lives in.
    pub fn environment_names(
        &self,
        name: &EnvironmentName,
        environment: &Environment,
    ) -> EnvironmentNames {
        let shared = |pattern: &str| self.fill(pattern, Some(name), &self.shared.account);
        let own = |pattern: &str| self.fill(pattern, Some(name), &environment.account);
        let pipeline = shared(&self.names.pipeline);
        EnvironmentNames {
            artifact_prefix: pipeline.chars().take(20).collect(),
            pipeline,
            project: shared(&self.names.project),
            rule: shared(&self.names.rule),
            pipeline_role: shared(&self.names.pipeline_role),
            build_role: shared(&self.names.build_role),
            events_role: shared(&self.names.events_role),
            deploy_role: own(&self.names.deploy_role),
            push_role: own(&self.names.push_role),
            codedeploy_role: own(&self.names.codedeploy_role),
            execution_role: own(&self.names.execution_role),
            task_role: own(&self.names.task_role),
            image_repository: own(&self.names.image_repository),
            deploy_application: own(&self.names.deploy_application),
            deployment_group: own(&self.names.deployment_group),
            task_family: own(&self.names.task_family),
        }
    }

    /// The ARN of a role in an account, with the blueprint's role path.
    pub fn role_arn(&self, account: &AccountId, role_name: &str) -> String {
        format!(
            "arn:{}:iam::{account}:role{}{role_name}",
            self.region.partition(),
            self.role_path
        )
    }

    fn fill(
        &self,
        pattern: &str,
        environment: Option<&EnvironmentName>,
        account: &AccountId,
    ) -> String {
        let mut text = pattern
            .replace("{organization}", &self.organization)
            .replace("{application}", &self.application)
            .replace("{account}", account.as_str())
            .replace("{region}", self.region.as_str());
        if let Some(environment) = environment {
            text = text.replace("{environment}", environment.as_str());
        }
        text
    }
}
