//! Where the second opinions have less than AWS, or answer otherwise: the one table of it.
//!
//! An entry that is no longer needed fails the test that uses it, so that the table never excuses
//! more than it must.
#![allow(dead_code, clippy::unwrap_used, clippy::panic)]

use std::collections::BTreeSet;

/// Which second opinion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Oracle {
    /// moto, for every service.
    Moto,
    /// ministack, for STS, IAM, KMS and S3.
    Ministack,
    /// cfn-lint, for rendered documents.
    CfnLint,
    /// parliament, for rendered policies.
    Parliament,
    /// Our own sandbox, where it is held to what boto3's checks expect of AWS.
    Sandbox,
}

/// What the gap does, and so how the tests go about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gap {
    /// The answer is mended on its way, by the bridge of this name in `oracles/bridges.py`.
    Mended(&'static str),
    /// The second plan still wants to change this: kind of resource, and the beginning of the line.
    StillPlanned(&'static str, &'static str),
    /// This check of the Python scripts does not hold.
    Check(&'static str),
    /// This finding is false: its rule, and what its message holds.
    Finding(&'static str, &'static str),
}

/// Every gap: whose, what, why.
pub const GAPS: &[(Oracle, Gap, &str)] = &[
    (
        Oracle::Moto,
        Gap::Mended("codebuild:CreateProject"),
        "moto 5.2.5 wants a location of source and artifacts even for CODEPIPELINE, where AWS takes none (API Reference, ProjectSource: location is not given for CODEPIPELINE)",
    ),
    (
        Oracle::Moto,
        Gap::Mended("s3:GetBucketVersioning"),
        "moto 5.2.5 answers with the root element GetBucketVersioningResponse, AWS with VersioningConfiguration; botocore does not look at it, the SDK for Rust does",
    ),
    (
        Oracle::Moto,
        Gap::Mended("codecommit:ListTagsForResource"),
        "moto 5.2.5 does not have the operation",
    ),
    (
        Oracle::Moto,
        Gap::Mended("events:TestEventPattern"),
        "moto 5.2.5 answers nothing; its own matcher, which it uses for rules, is asked instead",
    ),
    (
        Oracle::Moto,
        Gap::StillPlanned("CodeBuild project", "~ encryptionKey:"),
        "moto 5.2.5 forgets the encryptionKey of CreateProject and answers alias/aws/s3",
    ),
    (
        Oracle::Moto,
        Gap::Check("an artifact is put into the bucket"),
        "moto 5.2.5 reads of a bucket policy only the statements for Principal \"*\" and ignores their conditions, so that a Deny among them blocks every put",
    ),
    (
        Oracle::Ministack,
        Gap::Mended("aws:PrincipalArn"),
        "ministack 1.5.33 gives the session's ARN, and for a bucket of another account the caller's root; AWS the role's (IAM User Guide, Global condition keys: \"For IAM roles, the request context returns the ARN of the role\")",
    ),
    (
        Oracle::Ministack,
        Gap::Mended("aws:ResourceAccount"),
        "ministack 1.5.33 gives the caller's account where an ARN has none, as a bucket's; AWS the owner's (IAM User Guide, Global condition keys)",
    ),
    (
        Oracle::Ministack,
        Gap::Check("a deploy role may describe the key of the shared account"),
        "ministack 1.5.33 looks for a key in the caller's account only",
    ),
    (
        Oracle::Ministack,
        Gap::Check("an artifact with another key is refused"),
        "ministack 1.5.33 has no s3:x-amz-server-side-encryption-aws-kms-key-id among its condition keys",
    ),
    (
        Oracle::Parliament,
        Gap::Finding("RESOURCE_STAR", "policies/artifact-key.json"),
        "in a key policy `*` is this one key (KMS Developer Guide, Key policies); parliament takes it for an identity policy",
    ),
    (
        Oracle::Parliament,
        Gap::Finding("RESOURCE_STAR", "['ecs:RegisterTaskDefinition']"),
        "AWS's own minimum is `*`, and narrower ARNs are reported to fail; policies/README.md",
    ),
    (
        Oracle::Parliament,
        Gap::Finding("RESOURCE_STAR", "['ecs:DeleteTaskSet']"),
        "held to one service by the condition ecs:service, because published data disagree on the resource type; policies/README.md",
    ),
    (
        Oracle::Parliament,
        Gap::Finding("RESOURCE_MISMATCH", "listener/net/"),
        "parliament wants every resource type of an action matched; the listener here is an Application Load Balancer's",
    ),
    (
        Oracle::Parliament,
        Gap::Finding("RESOURCE_MISMATCH", "listener-rule/net/"),
        "as for listeners",
    ),
];

/// The bridges of an emulator.
pub fn bridges(oracle: Oracle) -> Vec<&'static str> {
    of(oracle)
        .filter_map(|gap| match gap {
            Gap::Mended(name) => Some(name),
            _ => None,
        })
        .collect()
}

/// The checks that do not hold.
pub fn checks(oracle: Oracle) -> BTreeSet<&'static str> {
    of(oracle)
        .filter_map(|gap| match gap {
            Gap::Check(title) => Some(title),
            _ => None,
        })
        .collect()
}

/// What the second plan still wants to change.
pub fn still_planned(oracle: Oracle) -> BTreeSet<(&'static str, &'static str)> {
    of(oracle)
        .filter_map(|gap| match gap {
            Gap::StillPlanned(kind, line) => Some((kind, line)),
            _ => None,
        })
        .collect()
}

/// The findings that are false.
pub fn findings(oracle: Oracle) -> Vec<(&'static str, &'static str)> {
    of(oracle)
        .filter_map(|gap| match gap {
            Gap::Finding(rule, message) => Some((rule, message)),
            _ => None,
        })
        .collect()
}

fn of(oracle: Oracle) -> impl Iterator<Item = Gap> {
    GAPS.iter()
        .filter(move |entry| entry.0 == oracle)
        .map(|entry| entry.1)
}
