//! From a blueprint and its rendered documents to the resources that are wanted.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::blueprint::{Blueprint, Environment, Source};
use crate::ident::{AccountId, EnvironmentName};
use crate::render::{Documents, EnvironmentDocuments, RoleDocuments};

use super::{
    Application, Bucket, Connection, DeploymentGroup, ImageRepository, Key, Node, Part, Pipeline,
    Project, Repository, ResourceId, Role, Rule, RuleTarget, Site, Spec, Tags,
};

/// The tag that says which application a resource belongs to: `organization/application`.
pub const TAG_APPLICATION: &str = "crosspipe:application";
/// The tag that says which environment a resource serves.
pub const TAG_ENVIRONMENT: &str = "crosspipe:environment";
/// The tag that says which of crosspipe's resources it is.
pub const TAG_RESOURCE: &str = "crosspipe:resource";

/// The name of the one inline policy of every role.
const POLICY_NAME: &str = "crosspipe";

/// A resource as it is wanted.
#[derive(Debug, Clone, PartialEq)]
pub struct Desired {
    /// Its name inside crosspipe.
    pub id: ResourceId,
    /// Where it lives.
    pub site: Site,
    /// The account of that place.
    pub account: AccountId,
    /// What it is. May hold references to what is known only after apply.
    pub spec: Spec,
    /// What must be there before a part of it is made, besides what its references say.
    pub needs: BTreeMap<Part, Vec<Node>>,
}

/// The artifact key's name inside crosspipe.
pub fn artifact_key() -> ResourceId {
    ResourceId::shared("artifact-key")
}

/// The connection's name inside crosspipe.
pub fn connection() -> ResourceId {
    ResourceId::shared("connection")
}

/// Everything that a blueprint wants, the shared account first, then each environment in the order
/// of the file.
pub fn desired(blueprint: &Blueprint, documents: &Documents) -> Vec<Desired> {
    let builder = Builder { blueprint };
    let mut all = builder.shared(documents);
    for (name, environment) in &blueprint.environments {
        if let Some(documents) = documents.environments.get(name) {
            builder.environment(name, environment, documents, &mut all);
        }
    }
    all
}

struct Builder<'a> {
    blueprint: &'a Blueprint,
}

/// A node and the part that makes it complete enough to be used.
fn complete(resource: &ResourceId, part: Part) -> Vec<Node> {
    vec![Node::new(resource, Part::Itself), Node::new(resource, part)]
}

impl Builder<'_> {
    fn tags(&self, id: &ResourceId, environment: Option<&EnvironmentName>) -> Tags {
        let mut tags = self.blueprint.tags.clone();
        tags.insert(
            TAG_APPLICATION.into(),
            format!(
                "{}/{}",
                self.blueprint.organization, self.blueprint.application
            ),
        );
        tags.insert(TAG_RESOURCE.into(), id.to_string());
        if let Some(environment) = environment {
            tags.insert(TAG_ENVIRONMENT.into(), environment.to_string());
        }
        tags
    }

    fn in_shared(&self, id: ResourceId, spec: Spec) -> Desired {
        Desired {
            id,
            site: Site::Shared,
            account: self.blueprint.shared.account.clone(),
            spec,
            needs: BTreeMap::new(),
        }
    }

    fn in_environment(
        &self,
        name: &EnvironmentName,
        environment: &Environment,
        id: ResourceId,
        spec: Spec,
    ) -> Desired {
        Desired {
            id,
            site: Site::Environment(name.clone()),
            account: environment.account.clone(),
            spec,
            needs: BTreeMap::new(),
        }
    }

    fn shared(&self, documents: &Documents) -> Vec<Desired> {
        let names = self.blueprint.shared_names();
        let account = &self.blueprint.shared.account;
        let key_id = artifact_key();
        let bucket_id = ResourceId::shared("artifact-bucket");
        let purpose = format!(
            "{} {}",
            self.blueprint.organization, self.blueprint.application
        );
        let key = Key {
            alias: names.key_alias.clone(),
            description: format!("Artifacts of {purpose} (crosspipe)"),
            rotation: true,
            policy: documents.shared.artifact_key_policy.clone(),
            tags: self.tags(&key_id, None),
        };
        let bucket = Bucket {
            name: names.bucket.clone(),
            owner: account.to_string(),
            region: self.blueprint.region.to_string(),
            public_access_blocked: true,
            ownership: "BucketOwnerEnforced".into(),
            versioning: true,
            encryption_key: super::after_apply(&key_id, "arn"),
            bucket_key: true,
            lifecycle: documents.shared.bucket_lifecycle.clone(),
            policy: documents.shared.artifact_bucket_policy.clone(),
            tags: self.tags(&bucket_id, None),
        };
        let mut all = vec![
            self.in_shared(key_id, Spec::Key(key)),
            self.in_shared(bucket_id, Spec::Bucket(bucket)),
        ];
        match &self.blueprint.source {
            Source::CodeCommit { repository } => {
                let id = ResourceId::shared("repository");
                let spec = Spec::Repository(Repository {
                    name: repository.clone(),
                    description: self
                        .blueprint
                        .description
                        .clone()
                        .unwrap_or_else(|| format!("Source of {purpose}")),
                    tags: self.tags(&id, None),
                });
                all.push(self.in_shared(id, spec));
            }
            Source::Connection {
                host,
                connection: None,
                ..
            } => {
                let id = connection();
                let spec = Spec::Connection(Connection {
                    name: names.connection.clone(),
                    provider: host.provider_type().into(),
                    tags: self.tags(&id, None),
                });
                all.push(self.in_shared(id, spec));
            }
            Source::Connection { .. } => {}
        }
        all
    }

    fn role(
        &self,
        account: &AccountId,
        name: &str,
        description: String,
        documents: &RoleDocuments,
        tags: Tags,
    ) -> Spec {
        Spec::Role(Role {
            name: name.into(),
            path: self.blueprint.role_path.clone(),
            description,
            max_session_seconds: 3600,
            trust: documents.trust.clone(),
            policy_name: POLICY_NAME.into(),
            policy: documents.policy.clone().unwrap_or(Value::Null),
            boundary: self.blueprint.permission_boundary.as_ref().map(|policy| {
                format!(
                    "arn:{}:iam::{account}:policy/{}",
                    self.blueprint.region.partition(),
                    policy.trim_start_matches('/')
                )
            }),
            tags,
        })
    }

    fn environment(
        &self,
        name: &EnvironmentName,
        environment: &Environment,
        documents: &EnvironmentDocuments,
        all: &mut Vec<Desired>,
    ) {
        let names = &documents.names;
        let shared_account = &self.blueprint.shared.account;
        let application = &self.blueprint.application;

        // In the shared account: who runs the pipeline, then build, pipeline and trigger.
        let pipeline_role = ResourceId::shared_for(name, "pipeline-role");
        let build_role = ResourceId::shared_for(name, "build-role");
        let mut shared_role =
            |id: &ResourceId, role_name: &str, what: &str, documents: &RoleDocuments| {
                let spec = self.role(
                    shared_account,
                    role_name,
                    format!("{what} {application} for {name} (crosspipe)"),
                    documents,
                    self.tags(id, Some(name)),
                );
                all.push(self.in_shared(id.clone(), spec));
            };
        shared_role(
            &pipeline_role,
            &names.pipeline_role,
            "Runs the pipeline of",
            &documents.pipeline_role,
        );
        shared_role(
            &build_role,
            &names.build_role,
            "Builds",
            &documents.build_role,
        );
        let events_role = ResourceId::shared_for(name, "events-role");
        if let Some(role) = &documents.events_role {
            shared_role(
                &events_role,
                &names.events_role,
                "Starts the pipeline of",
                role,
            );
        }

        let project = ResourceId::shared_for(name, "project");
        let mut wanted = self.in_shared(
            project.clone(),
            Spec::Project(Project {
                name: names.project.clone(),
                document: documents.project.clone(),
                tags: self.tags(&project, Some(name)),
            }),
        );
        // CreateProject checks that CodeBuild can assume the role. Source: observed, see ordering.
        wanted
            .needs
            .insert(Part::Itself, complete(&build_role, Part::Policy));
        all.push(wanted);

        let environment_nodes = self.in_account(name, environment, documents, all);

        let pipeline = ResourceId::shared_for(name, "pipeline");
        let mut wanted = self.in_shared(
            pipeline.clone(),
            Spec::Pipeline(Pipeline {
                name: names.pipeline.clone(),
                document: documents.pipeline.clone(),
                tags: self.tags(&pipeline, Some(name)),
            }),
        );
        // CreatePipeline starts a run at once, so everything that the run uses comes first.
        let mut needs = environment_nodes;
        needs.extend(complete(&pipeline_role, Part::Policy));
        needs.push(Node::new(&project, Part::Itself));
        needs.push(Node::new(&artifact_key(), Part::Itself));
        for part in [
            Part::Itself,
            Part::PublicAccess,
            Part::Ownership,
            Part::Versioning,
            Part::Encryption,
            Part::Policy,
        ] {
            needs.push(Node::new(&ResourceId::shared("artifact-bucket"), part));
        }
        needs.push(Node::new(&ResourceId::shared("repository"), Part::Itself));
        wanted.needs.insert(Part::Itself, needs.clone());
        wanted.needs.insert(Part::Settings, needs);
        all.push(wanted);

        if let Some(rule) = &documents.rule {
            all.push(self.rule(
                name,
                rule,
                documents.targets.as_ref(),
                &pipeline,
                &events_role,
            ));
        }
    }

    fn rule(
        &self,
        name: &EnvironmentName,
        rule: &Value,
        targets: Option<&Value>,
        pipeline: &ResourceId,
        events_role: &ResourceId,
    ) -> Desired {
        let text =
            |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().to_owned();
        let pattern = match rule.get("EventPattern") {
            Some(Value::String(pattern)) => serde_json::from_str(pattern).unwrap_or(Value::Null),
            Some(other) => other.clone(),
            None => Value::Null,
        };
        let target = targets
            .and_then(|body| body.get("Targets")?.get(0))
            .map(|target| RuleTarget {
                id: text(target.get("Id")),
                arn: text(target.get("Arn")),
                role_arn: text(target.get("RoleArn")),
            });
        let id = ResourceId::shared_for(name, "rule");
        let spec = Spec::Rule(Rule {
            name: text(rule.get("Name")),
            description: text(rule.get("Description")),
            pattern,
            enabled: rule.get("State").and_then(Value::as_str) != Some("DISABLED"),
            target,
            tags: self.tags(&id, Some(name)),
        });
        let mut wanted = self.in_shared(id, spec);
        // Last of all, so that no push starts a pipeline that is half made.
        let mut needs = complete(events_role, Part::Policy);
        needs.push(Node::new(pipeline, Part::Itself));
        needs.push(Node::new(pipeline, Part::Settings));
        wanted.needs.insert(Part::Target, needs);
        wanted
    }

    /// The resources of an environment's account; answers the nodes that a run needs of them.
    fn in_account(
        &self,
        name: &EnvironmentName,
        environment: &Environment,
        documents: &EnvironmentDocuments,
        all: &mut Vec<Desired>,
    ) -> Vec<Node> {
        let names = &documents.names;
        let application = &self.blueprint.application;
        let mut needed_by_run = Vec::new();
        let mut roles: Vec<(&str, &str, String, &RoleDocuments)> = vec![
            (
                "deploy-role",
                &names.deploy_role,
                format!("Deploys {application} for the pipeline of the shared account (crosspipe)"),
                &documents.deploy_role,
            ),
            (
                "push-role",
                &names.push_role,
                format!(
                    "Pushes images of {application} for the build of the shared account (crosspipe)"
                ),
                &documents.push_role,
            ),
            (
                "execution-role",
                &names.execution_role,
                format!("Starts tasks of {application} (crosspipe)"),
                &documents.execution_role,
            ),
            (
                "task-role",
                &names.task_role,
                format!("What {application} itself may do (crosspipe)"),
                &documents.task_role,
            ),
        ];
        if let Some(role) = &documents.codedeploy_role {
            roles.push((
                "codedeploy-role",
                &names.codedeploy_role,
                format!("Shifts traffic of {application} (crosspipe)"),
                role,
            ));
        }
        for (what, role_name, description, documents) in roles {
            let id = ResourceId::environment(name, what);
            let spec = self.role(
                &environment.account,
                role_name,
                description,
                documents,
                self.tags(&id, Some(name)),
            );
            needed_by_run.extend(complete(&id, Part::Policy));
            all.push(self.in_environment(name, environment, id, spec));
        }
        let id = ResourceId::environment(name, "image-repository");
        needed_by_run.push(Node::new(&id, Part::Itself));
        let spec = self.image_repository(
            &names.image_repository,
            documents,
            self.tags(&id, Some(name)),
        );
        all.push(self.in_environment(name, environment, id, spec));

        let application_id = ResourceId::environment(name, "application");
        if let Some(document) = &documents.application {
            let text = |member: &str| document.get(member).and_then(Value::as_str);
            let spec = Spec::Application(Application {
                name: text("applicationName")
                    .unwrap_or(&names.deploy_application)
                    .to_owned(),
                compute_platform: text("computePlatform").unwrap_or("ECS").to_owned(),
                tags: self.tags(&application_id, Some(name)),
            });
            all.push(self.in_environment(name, environment, application_id.clone(), spec));
        }
        if let Some(document) = &documents.deployment_group {
            let id = ResourceId::environment(name, "deployment-group");
            needed_by_run.push(Node::new(&id, Part::Itself));
            let spec = Spec::DeploymentGroup(DeploymentGroup {
                application: names.deploy_application.clone(),
                name: names.deployment_group.clone(),
                document: document.clone(),
                tags: self.tags(&id, Some(name)),
            });
            let mut wanted = self.in_environment(name, environment, id, spec);
            // CreateDeploymentGroup looks at the service as the role: both must be there.
            let mut needs = complete(
                &ResourceId::environment(name, "codedeploy-role"),
                Part::Policy,
            );
            needs.push(Node::new(&application_id, Part::Itself));
            wanted.needs.insert(Part::Itself, needs.clone());
            wanted.needs.insert(Part::Settings, needs);
            all.push(wanted);
        }
        needed_by_run
    }

    fn image_repository(&self, name: &str, documents: &EnvironmentDocuments, tags: Tags) -> Spec {
        let body = &documents.image_repository;
        Spec::ImageRepository(ImageRepository {
            name: name.into(),
            mutability: body
                .get("imageTagMutability")
                .and_then(Value::as_str)
                .unwrap_or("IMMUTABLE")
                .into(),
            mutability_exclusions: body
                .get("imageTagMutabilityExclusionFilters")
                .and_then(Value::as_array)
                .map(|filters| {
                    filters
                        .iter()
                        .filter_map(|filter| filter.get("filter")?.as_str().map(str::to_owned))
                        .collect()
                })
                .unwrap_or_default(),
            scan_on_push: body
                .pointer("/imageScanningConfiguration/scanOnPush")
                .and_then(Value::as_bool)
                .unwrap_or(true),
            lifecycle: documents.image_lifecycle.clone(),
            tags,
        })
    }
}
