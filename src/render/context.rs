//! What a template can mention: the blueprint's values, with every name and ARN worked out.
//!
//! The fields are listed for template writers in `templates/README.md`.

use serde::Serialize;

use super::documents::Facts;
use super::error::RenderError;
use crate::blueprint::{Blueprint, Environment, EnvironmentNames, Source, Strategy};
use crate::ident::EnvironmentName;

/// What every template can mention.
#[derive(Debug, Clone, Serialize)]
pub(super) struct SharedContext {
    pub application: String,
    pub organization: String,
    pub description: Option<String>,
    pub partition: String,
    pub region: String,
    pub shared: AccountContext,
    pub bucket: BucketContext,
    pub key: KeyContext,
    pub source: SourceContext,
    pub build: BuildContext,
    pub uses: UsesContext,
    pub environments: Vec<EnvironmentContext>,
}

/// What the templates of one environment can mention besides.
#[derive(Debug, Serialize)]
pub(super) struct WithEnvironment<'a> {
    #[serde(flatten)]
    pub shared: &'a SharedContext,
    pub environment: &'a EnvironmentContext,
    /// The event pattern as text, for the rule only.
    pub event_pattern: Option<&'a str>,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct AccountContext {
    pub account: String,
    pub root: String,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct BucketContext {
    pub name: String,
    pub arn: String,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct KeyContext {
    pub arn: String,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct SourceContext {
    pub is_codecommit: bool,
    pub repository: String,
    pub repository_arn: Option<String>,
    pub connection_arn: Option<String>,
    /// The connection under both service prefixes.
    pub connection_arns: Vec<String>,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct BuildContext {
    pub image: String,
    pub compute_type: String,
    pub buildspec: String,
    pub timeout_minutes: u32,
    /// CodeBuild's environment type.
    pub environment_type: &'static str,
    /// Docker's name of the platform.
    pub platform: &'static str,
    /// ECS's name of the architecture.
    pub architecture: &'static str,
}

/// Which deploy actions the environments use between them.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct UsesContext {
    pub codedeploy: bool,
    pub ecs: bool,
    pub both: bool,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct EnvironmentContext {
    pub name: String,
    pub sid: String,
    pub account: String,
    pub root: String,
    pub branch: String,
    pub pipeline: PipelineContext,
    pub project: ProjectContext,
    pub rule: NamedContext,
    pub roles: RolesContext,
    pub image_repository: ImageRepositoryContext,
    pub deploy: DeployContext,
    pub task: TaskContext,
    pub container: ContainerContext,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct NamedContext {
    pub name: String,
    pub arn: String,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct PipelineContext {
    pub name: String,
    pub arn: String,
    pub artifact_prefix: String,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct ProjectContext {
    pub name: String,
    pub arn: String,
    pub log_group_arn: String,
    pub cache_prefix: String,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct RolesContext {
    pub pipeline: NamedContext,
    pub build: NamedContext,
    pub events: NamedContext,
    pub deploy: NamedContext,
    pub push: NamedContext,
    pub codedeploy: NamedContext,
    pub execution: NamedContext,
    pub task: NamedContext,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct ImageRepositoryContext {
    pub name: String,
    pub arn: String,
    pub registry: String,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct DeployContext {
    pub is_codedeploy: bool,
    /// The pipeline's provider: `CodeDeployToECS` or `ECS`.
    pub provider: &'static str,
    pub strategy: Strategy,
    pub cluster: String,
    pub service: String,
    pub service_arn: String,
    pub application: String,
    pub application_arn: String,
    /// The ARN of the application's deployment groups, without `/` and the group's name.
    pub application_groups_arn: String,
    pub group: String,
    pub group_arn: String,
    pub config: &'static str,
    pub config_arn: String,
    pub target_groups: Vec<String>,
    pub listener: Option<String>,
    pub test_listener: Option<String>,
    pub listener_arns: Vec<String>,
    pub listener_rule_arns: Vec<String>,
    pub keep_old_minutes: u32,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct TaskContext {
    pub family: String,
    /// Without revision.
    pub definition_arn: String,
    pub cpu: u32,
    pub memory: u32,
    pub log_group: String,
    pub log_group_arn: String,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct ContainerContext {
    pub name: String,
    pub port: u16,
}

/// The domain that a partition's registries are in.
fn dns_suffix(partition: &str) -> &'static str {
    if partition == "aws-cn" {
        "amazonaws.com.cn"
    } else {
        "amazonaws.com"
    }
}

impl SharedContext {
    pub fn new(blueprint: &Blueprint, facts: &Facts) -> Result<Self, RenderError> {
        let partition = blueprint.region.partition();
        let region = blueprint.region.as_str();
        let account = &blueprint.shared.account;
        let names = blueprint.shared_names();
        let environments = blueprint
            .environments
            .iter()
            .map(|(name, environment)| environment_context(blueprint, name, environment))
            .collect::<Result<Vec<_>, _>>()?;
        let codedeploy = environments.iter().any(|it| it.deploy.is_codedeploy);
        let ecs = environments.iter().any(|it| !it.deploy.is_codedeploy);
        let arm = blueprint.build.image.contains("aarch64");
        Ok(Self {
            application: blueprint.application.clone(),
            organization: blueprint.organization.clone(),
            description: blueprint.description.clone(),
            partition: partition.to_owned(),
            region: region.to_owned(),
            shared: AccountContext {
                account: account.to_string(),
                root: format!("arn:{partition}:iam::{account}:root"),
            },
            bucket: BucketContext {
                arn: format!("arn:{partition}:s3:::{}", names.bucket),
                name: names.bucket,
            },
            key: KeyContext {
                arn: facts.key_arn.clone(),
            },
            source: source_context(blueprint, facts)?,
            build: BuildContext {
                image: blueprint.build.image.clone(),
                compute_type: blueprint.build.compute_type.clone(),
                buildspec: blueprint.build.buildspec.clone(),
                timeout_minutes: blueprint.build.timeout_minutes,
                environment_type: if arm {
                    "ARM_CONTAINER"
                } else {
                    "LINUX_CONTAINER"
                },
                platform: if arm { "linux/arm64" } else { "linux/amd64" },
                architecture: if arm { "ARM64" } else { "X86_64" },
            },
            uses: UsesContext {
                codedeploy,
                ecs,
                both: codedeploy && ecs,
            },
            environments,
        })
    }
}

fn source_context(blueprint: &Blueprint, facts: &Facts) -> Result<SourceContext, RenderError> {
    match &blueprint.source {
        Source::CodeCommit { repository } => Ok(SourceContext {
            is_codecommit: true,
            repository: repository.clone(),
            repository_arn: Some(format!(
                "arn:{}:codecommit:{}:{}:{repository}",
                blueprint.region.partition(),
                blueprint.region,
                blueprint.shared.account
            )),
            connection_arn: None,
            connection_arns: Vec::new(),
        }),
        Source::Connection {
            repository,
            connection,
            ..
        } => {
            let arn = facts
                .connection_arn
                .clone()
                .or_else(|| connection.as_ref().map(ToString::to_string))
                .ok_or_else(|| RenderError::Missing {
                    key: "source.connection".to_owned(),
                    why:
                        "the pipeline names its connection by ARN; give the ARN of one that exists"
                            .to_owned(),
                })?;
            Ok(SourceContext {
                is_codecommit: false,
                repository: repository.clone(),
                repository_arn: None,
                connection_arns: both_prefixes(blueprint, &arn),
                connection_arn: Some(arn),
            })
        }
    }
}

/// A connection's ARN under both service prefixes, because AWS looks at both.
/// Source: AWS CodePipeline User Guide, "CodeStarSourceConnection": the role needs both actions,
/// whichever prefix the ARN has.
///
/// Where the ARN is only known after apply (`⟨resource.arn⟩`), the two are put together from the
/// connection's `id` attribute, so that the document comes out the same before and after.
fn both_prefixes(blueprint: &Blueprint, arn: &str) -> Vec<String> {
    const PREFIXES: [&str; 2] = ["codeconnections", "codestar-connections"];
    if let Some(resource) = arn.strip_suffix(".arn⟩") {
        return PREFIXES
            .iter()
            .map(|prefix| {
                format!(
                    "arn:{}:{prefix}:{}:{}:connection/{resource}.id⟩",
                    blueprint.region.partition(),
                    blueprint.region,
                    blueprint.shared.account
                )
            })
            .collect();
    }
    for prefix in PREFIXES {
        if let Some((before, after)) = arn.split_once(&format!(":{prefix}:")) {
            return PREFIXES
                .iter()
                .map(|prefix| format!("{before}:{prefix}:{after}"))
                .collect();
        }
    }
    vec![arn.to_owned()]
}

fn environment_context(
    blueprint: &Blueprint,
    name: &EnvironmentName,
    environment: &Environment,
) -> Result<EnvironmentContext, RenderError> {
    let partition = blueprint.region.partition();
    let region = &blueprint.region;
    let shared = &blueprint.shared.account;
    let account = &environment.account;
    let names = blueprint.environment_names(name, environment);
    let in_shared = |service: &str, resource: String| {
        format!("arn:{partition}:{service}:{region}:{shared}:{resource}")
    };
    let in_own = |service: &str, resource: String| {
        format!("arn:{partition}:{service}:{region}:{account}:{resource}")
    };
    let shared_role = |role: &str| NamedContext {
        name: role.to_owned(),
        arn: blueprint.role_arn(shared, role),
    };
    let own_role = |role: &str| NamedContext {
        name: role.to_owned(),
        arn: blueprint.role_arn(account, role),
    };
    let log_group = format!("/ecs/{}", names.task_family);
    Ok(EnvironmentContext {
        sid: name.in_sid(),
        account: account.to_string(),
        root: format!("arn:{partition}:iam::{account}:root"),
        branch: environment.branch.clone(),
        roles: RolesContext {
            pipeline: shared_role(&names.pipeline_role),
            build: shared_role(&names.build_role),
            events: shared_role(&names.events_role),
            deploy: own_role(&names.deploy_role),
            push: own_role(&names.push_role),
            codedeploy: own_role(&names.codedeploy_role),
            execution: own_role(&names.execution_role),
            task: own_role(&names.task_role),
        },
        rule: NamedContext {
            arn: in_shared("events", format!("rule/{}", names.rule)),
            name: names.rule.clone(),
        },
        image_repository: ImageRepositoryContext {
            arn: in_own("ecr", format!("repository/{}", names.image_repository)),
            registry: format!("{account}.dkr.ecr.{region}.{}", dns_suffix(partition)),
            name: names.image_repository.clone(),
        },
        task: TaskContext {
            definition_arn: in_own("ecs", format!("task-definition/{}", names.task_family)),
            cpu: environment.container.cpu,
            memory: environment.container.memory,
            log_group_arn: in_own("logs", format!("log-group:{log_group}")),
            log_group,
            family: names.task_family.clone(),
        },
        container: ContainerContext {
            name: environment.container.name.clone(),
            port: environment.container.port,
        },
        deploy: deploy_context(blueprint, name, environment, &names)?,
        project: ProjectContext {
            arn: in_shared("codebuild", format!("project/{}", names.project)),
            log_group_arn: in_shared(
                "logs",
                format!("log-group:/aws/codebuild/{}", names.project),
            ),
            cache_prefix: format!("_cache/{}", names.project),
            name: names.project,
        },
        pipeline: PipelineContext {
            arn: in_shared("codepipeline", names.pipeline.clone()),
            artifact_prefix: names.artifact_prefix,
            name: names.pipeline,
        },
        name: name.to_string(),
    })
}

fn deploy_context(
    blueprint: &Blueprint,
    name: &EnvironmentName,
    environment: &Environment,
    names: &EnvironmentNames,
) -> Result<DeployContext, RenderError> {
    let deploy = &environment.deploy;
    let is_codedeploy = deploy.strategy == Strategy::CodedeployBlueGreen;
    let text = |arn: &crate::ident::Arn| arn.to_string();
    let own = |service: &str, resource: String| {
        format!(
            "arn:{}:{service}:{}:{}:{resource}",
            blueprint.region.partition(),
            blueprint.region,
            environment.account
        )
    };
    let listener_arns: Vec<String> = if is_codedeploy {
        let listener = deploy
            .listener
            .as_ref()
            .ok_or_else(|| RenderError::Missing {
                key: format!("environment.{name}.deploy.listener"),
                why: "CodeDeploy shifts the traffic of one production listener; give its ARN"
                    .to_owned(),
            })?;
        if deploy.target_groups.len() != 2 {
            return Err(RenderError::Missing {
                key: format!("environment.{name}.deploy.target_groups"),
                why: format!(
                    "CodeDeploy shifts traffic between exactly two target groups, {} given; write both names",
                    deploy.target_groups.len()
                ),
            });
        }
        std::iter::once(listener)
            .chain(&deploy.test_listener)
            .map(text)
            .collect()
    } else {
        Vec::new()
    };
    Ok(DeployContext {
        is_codedeploy,
        provider: if is_codedeploy {
            "CodeDeployToECS"
        } else {
            "ECS"
        },
        strategy: deploy.strategy,
        cluster: deploy.cluster.clone(),
        service: deploy.service.clone(),
        service_arn: own(
            "ecs",
            format!("service/{}/{}", deploy.cluster, deploy.service),
        ),
        application: names.deploy_application.clone(),
        application_arn: own(
            "codedeploy",
            format!("application:{}", names.deploy_application),
        ),
        application_groups_arn: own(
            "codedeploy",
            format!("deploymentgroup:{}", names.deploy_application),
        ),
        group: names.deployment_group.clone(),
        group_arn: own(
            "codedeploy",
            format!(
                "deploymentgroup:{}/{}",
                names.deploy_application, names.deployment_group
            ),
        ),
        config: deploy.config.name(),
        config_arn: own(
            "codedeploy",
            format!("deploymentconfig:{}", deploy.config.name()),
        ),
        target_groups: deploy.target_groups.clone(),
        listener: deploy.listener.as_ref().map(text),
        test_listener: deploy.test_listener.as_ref().map(text),
        listener_rule_arns: listener_arns
            .iter()
            .map(|arn| format!("{}/*", arn.replacen(":listener/", ":listener-rule/", 1)))
            .collect(),
        listener_arns,
        keep_old_minutes: deploy.keep_old_minutes,
    })
}
