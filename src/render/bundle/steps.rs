//! The calls that make everything, in an order in which each finds what it needs.

use serde_json::{Map, Value, json};

use super::{Step, shared_folder};
use crate::blueprint::{Access, Blueprint, Environment, Source};
use crate::ident::{AccountId, EnvironmentName};
use crate::render::documents::{Documents, EnvironmentDocuments, Facts, RoleDocuments};

/// The name of a role's inline policy.
const POLICY_NAME: &str = "crosspipe";

/// How a service writes tags.
#[derive(Clone, Copy)]
enum TagShape {
    /// `[{"Key": ..., "Value": ...}]`
    Upper,
    /// `[{"key": ..., "value": ...}]`
    Lower,
    /// `[{"TagKey": ..., "TagValue": ...}]`
    Kms,
    /// `{"...": "..."}`
    Map,
}

pub(super) fn steps(blueprint: &Blueprint, facts: &Facts, documents: &Documents) -> Vec<Step> {
    let mut steps = shared_base(blueprint, facts, documents);
    for (name, environment, made) in each(blueprint, documents) {
        steps.extend(shared_roles(blueprint, name, made));
        steps.extend(environment_steps(blueprint, name, environment, made));
    }
    for (name, _, made) in each(blueprint, documents) {
        steps.extend(shared_pipeline(blueprint, name, made));
    }
    steps
}

fn each<'a>(
    blueprint: &'a Blueprint,
    documents: &'a Documents,
) -> impl Iterator<
    Item = (
        &'a EnvironmentName,
        &'a Environment,
        &'a EnvironmentDocuments,
    ),
> {
    documents
        .environments
        .iter()
        .filter_map(|(name, made)| Some((name, blueprint.environments.get(name)?, made)))
}

/// Makes steps of one account under one heading.
struct Maker<'a> {
    blueprint: &'a Blueprint,
    heading: String,
    folder: String,
    access: &'a Access,
    steps: Vec<Step>,
}

impl<'a> Maker<'a> {
    fn shared(blueprint: &'a Blueprint, heading: &str, below: Option<&EnvironmentName>) -> Self {
        let folder = shared_folder(blueprint);
        Self {
            blueprint,
            heading: format!("Shared account {}: {heading}", blueprint.shared.account),
            folder: below.map_or(folder.clone(), |name| format!("{folder}/{name}")),
            access: &blueprint.shared.access,
            steps: Vec::new(),
        }
    }

    fn add(&mut self, file: &str, command: &'static str, body: Value) {
        let operation = command.split(' ').nth(1).unwrap_or(command);
        self.steps.push(Step {
            heading: self.heading.clone(),
            command,
            path: format!("{}/{file}.{operation}.json", self.folder),
            body,
            access: self.access.clone(),
        });
    }

    /// A body with the blueprint's tags, if it has any.
    fn tagged(&self, mut body: Value, member: &str, shape: TagShape) -> Value {
        if let (Some(tags), Some(map)) = (tags(self.blueprint, shape), body.as_object_mut()) {
            map.insert(member.to_owned(), tags);
        }
        body
    }

    fn role(
        &mut self,
        account: &AccountId,
        file: &str,
        name: &str,
        purpose: &str,
        role: &RoleDocuments,
    ) {
        let mut body = Map::new();
        body.insert("RoleName".into(), name.into());
        body.insert("Path".into(), self.blueprint.role_path.clone().into());
        body.insert("Description".into(), purpose.into());
        body.insert(
            "AssumeRolePolicyDocument".into(),
            role.trust.to_string().into(),
        );
        if let Some(boundary) = &self.blueprint.permission_boundary {
            let arn = format!(
                "arn:{}:iam::{account}:policy/{boundary}",
                self.blueprint.region.partition()
            );
            body.insert("PermissionsBoundary".into(), arn.into());
        }
        let body = self.tagged(Value::Object(body), "Tags", TagShape::Upper);
        self.add(file, "iam create-role", body);
        if let Some(policy) = &role.policy {
            self.add(
                file,
                "iam put-role-policy",
                json!({
                    "RoleName": name,
                    "PolicyName": POLICY_NAME,
                    "PolicyDocument": policy.to_string(),
                }),
            );
        }
    }
}

fn tags(blueprint: &Blueprint, shape: TagShape) -> Option<Value> {
    if blueprint.tags.is_empty() {
        return None;
    }
    let pairs = |key: &str, value: &str| {
        blueprint
            .tags
            .iter()
            .map(|(k, v)| json!({ key: k, value: v }))
            .collect()
    };
    Some(match shape {
        TagShape::Upper => pairs("Key", "Value"),
        TagShape::Lower => pairs("key", "value"),
        TagShape::Kms => pairs("TagKey", "TagValue"),
        TagShape::Map => json!(blueprint.tags),
    })
}

fn shared_base(blueprint: &Blueprint, facts: &Facts, documents: &Documents) -> Vec<Step> {
    let names = blueprint.shared_names();
    let owner = &blueprint.shared.account;
    let mut make = Maker::shared(blueprint, "key, bucket and source", None);

    let key = json!({
        "Description": format!("Artifacts of {}", blueprint.application),
        "KeySpec": "SYMMETRIC_DEFAULT",
        "KeyUsage": "ENCRYPT_DECRYPT",
        "Policy": documents.shared.artifact_key_policy.to_string(),
    });
    let key = make.tagged(key, "Tags", TagShape::Kms);
    make.add("artifact-key", "kms create-key", key);
    make.add(
        "artifact-key",
        "kms create-alias",
        json!({
            "AliasName": names.key_alias,
            "TargetKeyId": facts.key_arn,
        }),
    );
    make.add(
        "artifact-key",
        "kms enable-key-rotation",
        json!({ "KeyId": facts.key_arn }),
    );
    make.add(
        "artifact-key",
        "kms put-key-policy",
        json!({
            "KeyId": facts.key_arn,
            "PolicyName": "default",
            "Policy": documents.shared.artifact_key_policy.to_string(),
        }),
    );

    let mut bucket = json!({ "Bucket": names.bucket, "ObjectOwnership": "BucketOwnerEnforced" });
    // us-east-1 is the one Region that CreateBucket does not take as a constraint.
    // Source: the S3 API model, `CreateBucketConfiguration`.
    if let (Some(map), false) = (
        bucket.as_object_mut(),
        blueprint.region.as_str() == "us-east-1",
    ) {
        map.insert(
            "CreateBucketConfiguration".into(),
            json!({ "LocationConstraint": blueprint.region }),
        );
    }
    make.add("artifact-bucket", "s3api create-bucket", bucket);
    let of_bucket = |member: &str, value: Value| json!({ "Bucket": names.bucket, member: value, "ExpectedBucketOwner": owner });
    make.add(
        "artifact-bucket",
        "s3api put-public-access-block",
        of_bucket(
            "PublicAccessBlockConfiguration",
            json!({
                "BlockPublicAcls": true,
                "IgnorePublicAcls": true,
                "BlockPublicPolicy": true,
                "RestrictPublicBuckets": true,
            }),
        ),
    );
    make.add(
        "artifact-bucket",
        "s3api put-bucket-versioning",
        of_bucket("VersioningConfiguration", json!({ "Status": "Enabled" })),
    );
    make.add(
        "artifact-bucket",
        "s3api put-bucket-encryption",
        of_bucket(
            "ServerSideEncryptionConfiguration",
            json!({ "Rules": [{
            "ApplyServerSideEncryptionByDefault": {
                "SSEAlgorithm": "aws:kms",
                "KMSMasterKeyID": facts.key_arn,
            },
            "BucketKeyEnabled": true,
        }] }),
        ),
    );
    make.add(
        "artifact-bucket",
        "s3api put-bucket-lifecycle-configuration",
        of_bucket(
            "LifecycleConfiguration",
            json!({ "Rules": documents.shared.bucket_lifecycle }),
        ),
    );
    make.add(
        "artifact-bucket",
        "s3api put-bucket-policy",
        of_bucket(
            "Policy",
            documents.shared.artifact_bucket_policy.to_string().into(),
        ),
    );
    if let Some(tags) = tags(blueprint, TagShape::Upper) {
        make.add(
            "artifact-bucket",
            "s3api put-bucket-tagging",
            of_bucket("Tagging", json!({ "TagSet": tags })),
        );
    }

    match &blueprint.source {
        Source::CodeCommit { repository } => {
            let body = json!({
                "repositoryName": repository,
                "repositoryDescription": format!("Source of {}", blueprint.application),
            });
            let body = make.tagged(body, "tags", TagShape::Map);
            make.add("source", "codecommit create-repository", body);
        }
        Source::Connection {
            host,
            connection: None,
            ..
        } => {
            let body =
                json!({ "ProviderType": host.provider_type(), "ConnectionName": names.connection });
            let body = make.tagged(body, "Tags", TagShape::Upper);
            make.add("source", "codeconnections create-connection", body);
        }
        Source::Connection { .. } => {}
    }
    make.steps
}

fn shared_roles(
    blueprint: &Blueprint,
    name: &EnvironmentName,
    made: &EnvironmentDocuments,
) -> Vec<Step> {
    let account = &blueprint.shared.account;
    let pipeline = &made.names.pipeline;
    let mut make = Maker::shared(blueprint, &format!("roles of {name}"), Some(name));
    make.role(
        account,
        "pipeline-role",
        &made.names.pipeline_role,
        &format!("CodePipeline runs {pipeline} with this role"),
        &made.pipeline_role,
    );
    make.role(
        account,
        "build-role",
        &made.names.build_role,
        &format!("CodeBuild builds {} with this role", made.names.project),
        &made.build_role,
    );
    if let Some(role) = &made.events_role {
        make.role(
            account,
            "events-role",
            &made.names.events_role,
            &format!("EventBridge starts {pipeline} with this role"),
            role,
        );
    }
    make.steps
}

fn environment_steps(
    blueprint: &Blueprint,
    name: &EnvironmentName,
    environment: &Environment,
    made: &EnvironmentDocuments,
) -> Vec<Step> {
    let account = &environment.account;
    let names = &made.names;
    let mut make = Maker {
        blueprint,
        heading: format!("Account of {name}, {account}"),
        folder: format!("{name}-{account}"),
        access: &environment.access,
        steps: Vec::new(),
    };
    let roles = [
        (
            "deploy-role",
            &names.deploy_role,
            "The deploy action runs as this role",
            Some(&made.deploy_role),
        ),
        (
            "push-role",
            &names.push_role,
            "The build pushes its image as this role",
            Some(&made.push_role),
        ),
        (
            "codedeploy-role",
            &names.codedeploy_role,
            "CodeDeploy shifts traffic with this role",
            made.codedeploy_role.as_ref(),
        ),
        (
            "execution-role",
            &names.execution_role,
            "ECS starts tasks with this role",
            Some(&made.execution_role),
        ),
        (
            "task-role",
            &names.task_role,
            "The application runs as this role",
            Some(&made.task_role),
        ),
    ];
    for (file, role_name, purpose, role) in roles {
        if let Some(role) = role {
            make.role(account, file, role_name, purpose, role);
        }
    }
    let body = make.tagged(made.image_repository.clone(), "tags", TagShape::Upper);
    make.add("image-repository", "ecr create-repository", body);
    make.add(
        "image-repository",
        "ecr put-lifecycle-policy",
        json!({
            "repositoryName": names.image_repository,
            "lifecyclePolicyText": made.image_lifecycle.to_string(),
        }),
    );
    if let Some(application) = &made.application {
        let body = make.tagged(application.clone(), "tags", TagShape::Upper);
        make.add("application", "deploy create-application", body);
    }
    if let Some(group) = &made.deployment_group {
        let body = make.tagged(group.clone(), "tags", TagShape::Upper);
        make.add("deployment-group", "deploy create-deployment-group", body);
    }
    make.steps
}

fn shared_pipeline(
    blueprint: &Blueprint,
    name: &EnvironmentName,
    made: &EnvironmentDocuments,
) -> Vec<Step> {
    let mut make = Maker::shared(blueprint, &format!("pipeline of {name}"), Some(name));
    let body = make.tagged(made.project.clone(), "tags", TagShape::Lower);
    make.add("project", "codebuild create-project", body);
    let body = make.tagged(
        json!({ "pipeline": made.pipeline }),
        "tags",
        TagShape::Lower,
    );
    make.add("pipeline", "codepipeline create-pipeline", body);
    if let Some(rule) = &made.rule {
        let body = make.tagged(rule.clone(), "Tags", TagShape::Upper);
        make.add("rule", "events put-rule", body);
    }
    if let Some(targets) = &made.targets {
        make.add("rule", "events put-targets", targets.clone());
    }
    make.steps
}
