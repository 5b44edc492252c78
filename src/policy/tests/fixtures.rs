//! Documents of the shapes that crosspipe makes, with the source document's own values.

use serde_json::{Value, json};

pub const SHARED: &str = "202949997891";
pub const DEV: &str = "558846431111";
pub const PIPELINE_ROLE: &str = "arn:aws:iam::202949997891:role/cicd/bys-dev-iam-pipeline";
pub const DEPLOY_ROLE: &str = "arn:aws:iam::558846431111:role/cicd/bys-dev-iam-deploy";
pub const KEY: &str =
    "arn:aws:kms:ap-northeast-2:202949997891:key/0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0";
pub const BUCKET: &str = "arn:aws:s3:::bys-artifacts-202949997891";

pub fn root(account: &str) -> String {
    format!("arn:aws:iam::{account}:root")
}

/// A deploy role's trust: the pipeline's account, narrowed to the pipeline role.
pub fn deploy_trust() -> Value {
    json!({"Version": "2012-10-17", "Statement": [{
        "Sid": "PipelineRole", "Effect": "Allow",
        "Principal": {"AWS": root(SHARED)}, "Action": "sts:AssumeRole",
        "Condition": {"ArnEquals": {"aws:PrincipalArn": [PIPELINE_ROLE]}}
    }]})
}

/// A build role's trust: a service, narrowed to the project.
pub fn build_trust() -> Value {
    json!({"Version": "2012-10-17", "Statement": [{
        "Sid": "CodeBuildService", "Effect": "Allow",
        "Principal": {"Service": "codebuild.amazonaws.com"}, "Action": "sts:AssumeRole",
        "Condition": {
            "StringEquals": {"aws:SourceAccount": SHARED},
            "ArnEquals": {"aws:SourceArn": format!("arn:aws:codebuild:ap-northeast-2:{SHARED}:project/bys-dev-iam")}
        }
    }]})
}

/// A trust of GitHub Actions' identity provider.
pub fn github_trust() -> Value {
    json!({"Version": "2012-10-17", "Statement": [{
        "Sid": "GitHubOidc", "Effect": "Allow",
        "Principal": {"Federated": format!("arn:aws:iam::{DEV}:oidc-provider/token.actions.githubusercontent.com")},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": {
            "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
            "token.actions.githubusercontent.com:sub": ["repo:bys/iam:environment:dev", "repo:bys/iam:ref:refs/heads/develop"]
        }}
    }]})
}

/// The inline policy of a deploy role.
pub fn deploy_policy() -> Value {
    json!({"Version": "2012-10-17", "Statement": [
        {"Sid": "ReadArtifacts", "Effect": "Allow", "Action": ["s3:GetObject", "s3:GetObjectVersion"],
         "Resource": format!("{BUCKET}/bys-dev-iam/*"),
         "Condition": {"StringEquals": {"aws:ResourceAccount": SHARED}}},
        {"Sid": "DecryptArtifacts", "Effect": "Allow", "Action": ["kms:Decrypt", "kms:DescribeKey"], "Resource": KEY},
        {"Sid": "RegisterTaskDefinition", "Effect": "Allow", "Action": "ecs:RegisterTaskDefinition", "Resource": "*"},
        {"Sid": "PassTaskRoles", "Effect": "Allow", "Action": "iam:PassRole",
         "Resource": [format!("arn:aws:iam::{DEV}:role/cicd/bys-dev-iam-exec")],
         "Condition": {"StringEquals": {"iam:PassedToService": ["ecs-tasks.amazonaws.com", "ecs.amazonaws.com"]}}}
    ]})
}

/// An artifact bucket's policy, with one reader.
pub fn bucket_policy() -> Value {
    json!({"Version": "2012-10-17", "Statement": [
        {"Sid": "DenyInsecureTransport", "Effect": "Deny", "Principal": "*", "Action": "s3:*",
         "Resource": [BUCKET, format!("{BUCKET}/*")], "Condition": {"Bool": {"aws:SecureTransport": "false"}}},
        {"Sid": "DenyOtherEncryption", "Effect": "Deny", "Principal": "*", "Action": "s3:PutObject",
         "Resource": format!("{BUCKET}/*"),
         "Condition": {"Null": {"s3:x-amz-server-side-encryption": "false"},
                       "StringNotEquals": {"s3:x-amz-server-side-encryption": "aws:kms"}}},
        {"Sid": "ReadByDeployRoleDev", "Effect": "Allow", "Principal": {"AWS": root(DEV)},
         "Action": ["s3:GetObject", "s3:GetObjectVersion"], "Resource": format!("{BUCKET}/bys-dev-iam/*"),
         "Condition": {"ArnEquals": {"aws:PrincipalArn": [DEPLOY_ROLE]}}}
    ]})
}

/// An artifact key's policy.
pub fn key_policy() -> Value {
    json!({"Version": "2012-10-17", "Statement": [
        {"Sid": "Administration", "Effect": "Allow", "Principal": {"AWS": root(SHARED)},
         "Action": ["kms:Create*", "kms:Describe*", "kms:Put*"], "Resource": "*"},
        {"Sid": "ReadByDeployRoleDev", "Effect": "Allow", "Principal": {"AWS": root(DEV)},
         "Action": ["kms:Decrypt", "kms:DescribeKey"], "Resource": "*",
         "Condition": {"ArnEquals": {"aws:PrincipalArn": [DEPLOY_ROLE]}}}
    ]})
}

/// An ECR repository's policy, which has no resource.
pub fn repository_policy() -> Value {
    json!({"Version": "2012-10-17", "Statement": [{
        "Sid": "PushByBuildRole", "Effect": "Allow", "Principal": {"AWS": root(SHARED)},
        "Action": ["ecr:PutImage", "ecr:BatchGetImage"],
        "Condition": {"ArnEquals": {"aws:PrincipalArn": [format!("arn:aws:iam::{SHARED}:role/cicd/bys-dev-iam-build")]}}
    }]})
}

/// A bucket policy of the source document's kind: old version, statements without ids.
pub fn foreign_bucket_policy() -> Value {
    json!({"Version": "2008-10-17", "Id": "SSEAndSSLPolicy", "Statement": [
        {"Sid": "", "Effect": "Allow", "Principal": {"AWS": root("111111111111")}, "Action": "s3:Get*", "Resource": format!("{BUCKET}/*")},
        {"Sid": "", "Effect": "Allow", "Principal": {"AWS": "111111111111"}, "Action": "s3:ListBucket", "Resource": BUCKET},
        {"Sid": "DenyUnEncryptedObjectUploads", "Effect": "Deny", "Principal": "*", "Action": "s3:PutObject",
         "Resource": format!("{BUCKET}/*"), "Condition": {"StringNotEquals": {"s3:x-amz-server-side-encryption": "aws:kms"}}}
    ]})
}
