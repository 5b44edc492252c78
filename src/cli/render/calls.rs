//! A resource as the calls that make it: operation by operation, each with its body in the shape
//! that `aws SERVICE OPERATION --cli-input-json file://` takes.
//!
//! Source of the shapes: the API models, as the AWS CLI carries them.

use serde_json::{Value, json};

use crate::resource::{Bucket, ImageRepository, Key, Role, Rule, Spec, Tags};

/// One call.
pub(super) struct Call {
    /// `service operation`, for example `iam create-role`.
    pub command: &'static str,
    /// The body.
    pub body: Value,
}

fn call(command: &'static str, body: Value) -> Call {
    Call { command, body }
}

/// The calls that make a resource, in their order. `key_arn` is the ARN of a key, where it is one.
pub(super) fn calls(spec: &Spec, key_arn: &str) -> Vec<Call> {
    match spec {
        Spec::Key(it) => key(it, key_arn),
        Spec::Bucket(it) => bucket(it),
        Spec::Role(it) => role(it),
        Spec::Repository(it) => vec![call(
            "codecommit create-repository",
            json!({
                "repositoryName": it.name,
                "repositoryDescription": it.description,
                "tags": it.tags,
            }),
        )],
        Spec::Connection(it) => vec![call(
            "codeconnections create-connection",
            json!({
                "ConnectionName": it.name,
                "ProviderType": it.provider,
                "Tags": upper(&it.tags),
            }),
        )],
        Spec::Project(it) => vec![call(
            "codebuild create-project",
            with(&it.document, "tags", lower(&it.tags)),
        )],
        Spec::Pipeline(it) => vec![call(
            "codepipeline create-pipeline",
            json!({
                "pipeline": it.document,
                "tags": lower(&it.tags),
            }),
        )],
        Spec::Rule(it) => rule(it),
        Spec::ImageRepository(it) => image_repository(it),
        Spec::Application(it) => vec![call(
            "deploy create-application",
            json!({
                "applicationName": it.name,
                "computePlatform": it.compute_platform,
                "tags": upper(&it.tags),
            }),
        )],
        Spec::DeploymentGroup(it) => vec![call(
            "deploy create-deployment-group",
            with(&it.document, "tags", upper(&it.tags)),
        )],
    }
}

fn pairs(tags: &Tags, key: &str, value: &str) -> Value {
    tags.iter()
        .map(|(k, v)| json!({ key: k, value: v }))
        .collect()
}

fn upper(tags: &Tags) -> Value {
    pairs(tags, "Key", "Value")
}

fn lower(tags: &Tags) -> Value {
    pairs(tags, "key", "value")
}

fn with(document: &Value, member: &str, value: Value) -> Value {
    let mut document = document.clone();
    if let Some(map) = document.as_object_mut() {
        map.insert(member.to_owned(), value);
    }
    document
}

fn key(key: &Key, arn: &str) -> Vec<Call> {
    let mut calls = vec![
        call(
            "kms create-key",
            json!({
                "Description": key.description,
                "KeySpec": "SYMMETRIC_DEFAULT",
                "KeyUsage": "ENCRYPT_DECRYPT",
                "Policy": key.policy.to_string(),
                "Tags": pairs(&key.tags, "TagKey", "TagValue"),
            }),
        ),
        call(
            "kms create-alias",
            json!({ "AliasName": key.alias, "TargetKeyId": arn }),
        ),
    ];
    if key.rotation {
        calls.push(call("kms enable-key-rotation", json!({ "KeyId": arn })));
    }
    calls.push(call(
        "kms put-key-policy",
        json!({
            "KeyId": arn,
            "PolicyName": "default",
            "Policy": key.policy.to_string(),
        }),
    ));
    calls
}

fn bucket(bucket: &Bucket) -> Vec<Call> {
    let of_bucket = |member: &str, value: Value| json!({ "Bucket": bucket.name, member: value, "ExpectedBucketOwner": bucket.owner });
    let mut create = json!({ "Bucket": bucket.name, "ObjectOwnership": bucket.ownership });
    // us-east-1 is the one Region that CreateBucket does not take as a constraint.
    // Source: the S3 API model, `CreateBucketConfiguration`.
    if bucket.region != "us-east-1" {
        let constraint = json!({ "LocationConstraint": bucket.region });
        create = with(&create, "CreateBucketConfiguration", constraint);
    }
    let blocked = bucket.public_access_blocked;
    let mut calls = vec![
        call("s3api create-bucket", create),
        call(
            "s3api put-public-access-block",
            of_bucket(
                "PublicAccessBlockConfiguration",
                json!({
                    "BlockPublicAcls": blocked,
                    "IgnorePublicAcls": blocked,
                    "BlockPublicPolicy": blocked,
                    "RestrictPublicBuckets": blocked,
                }),
            ),
        ),
        call(
            "s3api put-bucket-versioning",
            of_bucket(
                "VersioningConfiguration",
                json!({
                    "Status": if bucket.versioning { "Enabled" } else { "Suspended" },
                }),
            ),
        ),
        call(
            "s3api put-bucket-encryption",
            of_bucket(
                "ServerSideEncryptionConfiguration",
                json!({
                    "Rules": [{
                        "ApplyServerSideEncryptionByDefault": {
                            "SSEAlgorithm": "aws:kms",
                            "KMSMasterKeyID": bucket.encryption_key,
                        },
                        "BucketKeyEnabled": bucket.bucket_key,
                    }],
                }),
            ),
        ),
        call(
            "s3api put-bucket-lifecycle-configuration",
            of_bucket(
                "LifecycleConfiguration",
                json!({ "Rules": bucket.lifecycle }),
            ),
        ),
    ];
    if !bucket.policy.is_null() {
        calls.push(call(
            "s3api put-bucket-policy",
            of_bucket("Policy", bucket.policy.to_string().into()),
        ));
    }
    calls.push(call(
        "s3api put-bucket-tagging",
        of_bucket("Tagging", json!({ "TagSet": upper(&bucket.tags) })),
    ));
    calls
}

fn role(role: &Role) -> Vec<Call> {
    let mut create = json!({
        "RoleName": role.name,
        "Path": role.path,
        "Description": role.description,
        "MaxSessionDuration": role.max_session_seconds,
        "AssumeRolePolicyDocument": role.trust.to_string(),
        "Tags": upper(&role.tags),
    });
    if let Some(boundary) = &role.boundary {
        create = with(&create, "PermissionsBoundary", boundary.clone().into());
    }
    let mut calls = vec![call("iam create-role", create)];
    if !role.policy.is_null() {
        calls.push(call(
            "iam put-role-policy",
            json!({
                "RoleName": role.name,
                "PolicyName": role.policy_name,
                "PolicyDocument": role.policy.to_string(),
            }),
        ));
    }
    calls
}

fn rule(rule: &Rule) -> Vec<Call> {
    let mut calls = vec![call(
        "events put-rule",
        json!({
            "Name": rule.name,
            "Description": rule.description,
            "EventPattern": rule.pattern.to_string(),
            "State": if rule.enabled { "ENABLED" } else { "DISABLED" },
            "Tags": upper(&rule.tags),
        }),
    )];
    if let Some(target) = &rule.target {
        calls.push(call(
            "events put-targets",
            json!({
                "Rule": rule.name,
                "Targets": [{ "Id": target.id, "Arn": target.arn, "RoleArn": target.role_arn }],
            }),
        ));
    }
    calls
}

fn image_repository(repository: &ImageRepository) -> Vec<Call> {
    let mut create = json!({
        "repositoryName": repository.name,
        "imageTagMutability": repository.mutability,
        "imageScanningConfiguration": { "scanOnPush": repository.scan_on_push },
        "tags": upper(&repository.tags),
    });
    if !repository.mutability_exclusions.is_empty() {
        let filters = repository
            .mutability_exclusions
            .iter()
            .map(|filter| json!({ "filterType": "WILDCARD", "filter": filter }))
            .collect();
        create = with(&create, "imageTagMutabilityExclusionFilters", filters);
    }
    let mut calls = vec![call("ecr create-repository", create)];
    if !repository.lifecycle.is_null() {
        calls.push(call(
            "ecr put-lifecycle-policy",
            json!({
                "repositoryName": repository.name,
                "lifecyclePolicyText": repository.lifecycle.to_string(),
            }),
        ));
    }
    calls
}
