//! What AWS makes eventual, and how long to wait for it.
//!
//! A role that has just been made is not known everywhere at once; nor is a bucket or a policy. AWS
//! answers such calls with errors that also stand for real mistakes, so a rule names the operation,
//! the code *and* what the sentence holds, and it gives up after a while: by then it is a mistake.
//! Source of the table: AWS's documentation of eventual consistency for IAM, and the same waits in
//! the providers and issue trackers of widely used tools.

use std::time::Duration;

use crate::cloud::{CloudError, ErrorKind};

/// A call that is made again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryRule {
    /// IAM's prefix of the service.
    pub service: &'static str,
    /// The operations.
    pub operations: &'static [&'static str],
    /// AWS's code.
    pub code: &'static str,
    /// What AWS's sentence holds, in any case of letters; empty for any sentence.
    pub holds: &'static str,
    /// Seconds to keep trying, from the first refusal.
    pub seconds: u64,
    /// What is waited for, for people.
    pub waiting_for: &'static str,
}

const fn rule(
    service: &'static str,
    operations: &'static [&'static str],
    code: &'static str,
    holds: &'static str,
    seconds: u64,
    waiting_for: &'static str,
) -> RetryRule {
    RetryRule {
        service,
        operations,
        code,
        holds,
        seconds,
        waiting_for,
    }
}

const RULES: &[RetryRule] = &[
    rule(
        "iam",
        &["CreateRole", "UpdateAssumeRolePolicy"],
        "MalformedPolicyDocument",
        "invalid principal",
        120,
        "IAM to know the principal",
    ),
    rule(
        "iam",
        &[
            "PutRolePolicy",
            "UpdateAssumeRolePolicy",
            "TagRole",
            "UpdateRole",
            "PutRolePermissionsBoundary",
        ],
        "NoSuchEntity",
        "",
        60,
        "IAM to know the role",
    ),
    rule(
        "iam",
        &[
            "CreateRole",
            "PutRolePolicy",
            "UpdateAssumeRolePolicy",
            "UpdateRole",
            "TagRole",
        ],
        "ConcurrentModification",
        "",
        60,
        "another change of the role",
    ),
    rule(
        "kms",
        &["CreateKey", "PutKeyPolicy"],
        "MalformedPolicyDocumentException",
        "",
        120,
        "KMS to know the principals",
    ),
    rule(
        "kms",
        &[
            "CreateAlias",
            "EnableKeyRotation",
            "PutKeyPolicy",
            "TagResource",
        ],
        "NotFoundException",
        "",
        60,
        "KMS to know the key",
    ),
    rule(
        "s3",
        &["PutBucketPolicy"],
        "MalformedPolicy",
        "",
        120,
        "S3 to know the principals",
    ),
    rule("s3", &[], "NoSuchBucket", "", 120, "S3 to know the bucket"),
    rule(
        "s3",
        &[],
        "OperationAborted",
        "",
        120,
        "another change of the bucket",
    ),
    rule(
        "ecr",
        &["SetRepositoryPolicy"],
        "InvalidParameterException",
        "invalid repository policy provided",
        120,
        "ECR to know the principals",
    ),
    rule(
        "ecr",
        &["PutLifecyclePolicy"],
        "RepositoryNotFoundException",
        "",
        60,
        "ECR to know the repository",
    ),
    rule(
        "codebuild",
        &["CreateProject", "UpdateProject"],
        "InvalidInputException",
        "ot authorized to perform",
        300,
        "IAM (role of CodeBuild)",
    ),
    rule(
        "codepipeline",
        &["CreatePipeline", "UpdatePipeline"],
        "InvalidStructureException",
        "not authorized",
        120,
        "IAM (roles of the pipeline)",
    ),
    rule(
        "codepipeline",
        &["CreatePipeline", "UpdatePipeline"],
        "ConcurrentModificationException",
        "",
        60,
        "another change of the pipeline",
    ),
    rule(
        "codedeploy",
        &["CreateDeploymentGroup", "UpdateDeploymentGroup"],
        "InvalidRoleException",
        "",
        300,
        "IAM (role of CodeDeploy)",
    ),
    rule(
        "codedeploy",
        &["CreateDeploymentGroup", "UpdateDeploymentGroup"],
        "InvalidTriggerConfigException",
        "topic arn",
        300,
        "SNS to know the topic",
    ),
    rule(
        "codedeploy",
        &["CreateDeploymentGroup", "UpdateDeploymentGroup"],
        "InvalidECSServiceException",
        "not authorized",
        300,
        "IAM (role of CodeDeploy)",
    ),
    rule(
        "events",
        &["PutRule", "PutTargets"],
        "ConcurrentModificationException",
        "",
        60,
        "another change of the rule",
    ),
    rule(
        "events",
        &["PutTargets"],
        "ResourceNotFoundException",
        "",
        60,
        "EventBridge to know the rule",
    ),
];

/// Throttling is waited out wherever it comes from; the SDK has tried three times by then.
const THROTTLED: RetryRule = rule("", &[], "", "", 120, "AWS to take more calls");

/// The rule under which a refused call is made again, if there is one.
pub fn rule_for(error: &CloudError) -> Option<&'static RetryRule> {
    match error.kind {
        ErrorKind::Throttled => Some(&THROTTLED),
        ErrorKind::Refused => {
            let sentence = error.message.to_lowercase();
            RULES.iter().find(|rule| {
                rule.service == error.service
                    && (rule.operations.is_empty()
                        || rule.operations.contains(&error.operation.as_str()))
                    && rule.code == error.code
                    && sentence.contains(rule.holds)
            })
        }
        _ => None,
    }
}

/// Exponential back-off with full jitter: from one second, never more than twenty.
#[derive(Debug)]
pub struct Backoff {
    random: fastrand::Rng,
    first: Duration,
    most: Duration,
}

impl Backoff {
    /// With AWS's own clock in mind: 1 s, at most 20 s.
    pub fn new(random: fastrand::Rng) -> Self {
        Self {
            random,
            first: Duration::from_secs(1),
            most: Duration::from_secs(20),
        }
    }

    /// How long to wait after the given number of failed attempts (from 1): a random part of the
    /// doubled step, but at least a quarter of the first, so that no wait is nothing.
    pub fn wait(&mut self, attempts: u32) -> Duration {
        let step = self
            .first
            .saturating_mul(
                1_u32
                    .checked_shl(attempts.saturating_sub(1))
                    .unwrap_or(u32::MAX),
            )
            .min(self.most);
        step.mul_f64(self.random.f64()).max(self.first / 4)
    }
}
