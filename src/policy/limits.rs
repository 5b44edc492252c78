//! The kinds of documents, and how large each may be.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::normal::statements_of;

/// Where a document is attached, which decides what it must hold and how large it may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// An inline policy of a role. The limit counts for all inline policies of the role together, see
    /// [`check_inline_total`](super::check_inline_total).
    RoleInline,
    /// A managed policy, which a permissions boundary is too.
    Managed,
    /// A session policy handed to `sts:AssumeRole`.
    Session,
    /// A role's trust policy.
    Trust,
    /// A KMS key policy.
    KeyPolicy,
    /// An S3 bucket policy.
    BucketPolicy,
    /// An ECR repository policy.
    RepositoryPolicy,
    /// An EventBridge event bus policy.
    EventBusPolicy,
    /// A policy of an identity, not said which: of a role, user or group, inline or managed.
    Identity,
    /// A policy of some other resource, or it is not said of which.
    ResourcePolicy,
    /// A VPC endpoint policy.
    EndpointPolicy,
    /// A service control policy of AWS Organizations.
    Scp,
    /// A resource control policy of AWS Organizations.
    Rcp,
}

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Limit {
    /// Characters, white space between tokens not counted.
    Characters(usize),
    /// Bytes of the text without white space between tokens.
    Bytes(usize),
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Characters(number) => write!(f, "{number} characters"),
            Self::Bytes(number) => write!(f, "{number} bytes"),
        }
    }
}

impl Kind {
    /// How large a document of this kind may be.
    ///
    /// Source: IAM User Guide, "IAM and AWS STS quotas" (inline 10,240 in total per role, managed
    /// 6,144, trust 2,048 by default, session 2,048); KMS Developer Guide, "Quotas" (32 KB); S3 User
    /// Guide, "Bucket policies" (20 KB); the ECR API model (10,240); EventBridge User Guide, "Quotas"
    /// (10,240); VPC User Guide, "Amazon VPC quotas" (20,480, white space counted); AWS Organizations
    /// User Guide, "Quotas and service limits" (SCP 10,240, RCP 5,120; white space counts there unless
    /// the console takes it out). Where it is not said which policy it is, the largest of its sort
    /// counts: that of a role's inline policies, and OpenSearch Service's 100 KiB ("Quotas").
    pub fn limit(self) -> Limit {
        match self {
            Self::RoleInline | Self::Identity | Self::Scp => Limit::Characters(10_240),
            Self::Managed => Limit::Characters(6_144),
            Self::Session | Self::Trust => Limit::Characters(2_048),
            Self::KeyPolicy => Limit::Bytes(32_768),
            Self::BucketPolicy => Limit::Bytes(20_480),
            Self::RepositoryPolicy | Self::EventBusPolicy => Limit::Characters(10_240),
            Self::ResourcePolicy => Limit::Bytes(102_400),
            Self::EndpointPolicy => Limit::Characters(20_480),
            Self::Rcp => Limit::Characters(5_120),
        }
    }

    /// How a sentence calls it, with its article.
    pub fn name(self) -> &'static str {
        match self {
            Self::RoleInline => "an inline policy",
            Self::Managed => "a managed policy",
            Self::Session => "a session policy",
            Self::Trust => "a trust policy",
            Self::KeyPolicy => "a key policy",
            Self::BucketPolicy => "a bucket policy",
            Self::RepositoryPolicy => "a repository policy",
            Self::EventBusPolicy => "an event bus policy",
            Self::Identity => "an identity policy",
            Self::ResourcePolicy => "a resource policy",
            Self::EndpointPolicy => "an endpoint policy",
            Self::Scp => "a service control policy",
            Self::Rcp => "a resource control policy",
        }
    }

    /// Every kind, in the order of their keywords.
    pub const ALL: &[Self] = &[
        Self::BucketPolicy,
        Self::EndpointPolicy,
        Self::EventBusPolicy,
        Self::Identity,
        Self::KeyPolicy,
        Self::Managed,
        Self::Rcp,
        Self::RepositoryPolicy,
        Self::ResourcePolicy,
        Self::RoleInline,
        Self::Scp,
        Self::Session,
        Self::Trust,
    ];

    /// The word for it on a command line, which is also how it is written as JSON.
    pub fn keyword(self) -> &'static str {
        match self {
            Self::RoleInline => "role-inline",
            Self::Managed => "managed",
            Self::Session => "session",
            Self::Trust => "trust",
            Self::KeyPolicy => "key-policy",
            Self::BucketPolicy => "bucket-policy",
            Self::RepositoryPolicy => "repository-policy",
            Self::EventBusPolicy => "event-bus-policy",
            Self::Identity => "identity",
            Self::ResourcePolicy => "resource-policy",
            Self::EndpointPolicy => "endpoint-policy",
            Self::Scp => "scp",
            Self::Rcp => "rcp",
        }
    }

    /// The kind that a document most likely is, going by its elements: without a principal it belongs
    /// to an identity, with one and without a resource to a role or a repository, and otherwise to the
    /// one service that its actions are of. SCPs look like identity policies, and RCPs and endpoint
    /// policies like resource policies; they have to be told.
    pub fn guess(document: &Value) -> Self {
        let statements = document.get("Statement").map_or(Vec::new(), statements_of);
        let any = |names: [&str; 2]| {
            let has = |statement: &&Value| names.iter().any(|it| statement.get(it).is_some());
            statements.iter().any(has)
        };
        if !any(["Principal", "NotPrincipal"]) {
            return Self::Identity;
        }
        let resource = any(["Resource", "NotResource"]);
        let vendors: Option<BTreeSet<String>> = statements
            .iter()
            .flat_map(|it| ["Action", "NotAction"].map(|name| it.get(name)))
            .flatten()
            .flat_map(|value| match value {
                Value::Array(items) => items.iter().collect(),
                single => vec![single],
            })
            .map(|action| Some(action.as_str()?.split_once(':')?.0.to_ascii_lowercase()))
            .collect();
        let vendors = vendors.unwrap_or_default();
        let only = match vendors.first() {
            Some(vendor) if vendors.len() == 1 => vendor.as_str(),
            _ => return Self::ResourcePolicy,
        };
        match (only, resource) {
            ("sts", false) => Self::Trust,
            ("ecr", false) => Self::RepositoryPolicy,
            ("s3", true) => Self::BucketPolicy,
            ("kms", true) => Self::KeyPolicy,
            ("events", true) => Self::EventBusPolicy,
            _ => Self::ResourcePolicy,
        }
    }

    /// Whether its statements name no principal: it is attached to whom it is about.
    pub fn is_identity(self) -> bool {
        matches!(
            self,
            Self::RoleInline | Self::Managed | Self::Session | Self::Identity | Self::Scp
        )
    }

    /// Whether what it allows is granted. The others only say how much may be granted elsewhere.
    pub(super) fn grants(self) -> bool {
        !matches!(
            self,
            Self::Session | Self::EndpointPolicy | Self::Scp | Self::Rcp
        )
    }

    /// Whether IAM keeps it, with IAM's own rules for `Sid`.
    pub(super) fn is_iam(self) -> bool {
        self.is_identity() && self != Self::Scp || self == Self::Trust
    }
}

/// How many characters a document has, white space outside of strings not counted, as IAM counts.
/// `null`, no policy, has none.
pub fn size(document: &Value) -> usize {
    match document {
        Value::Null => 0,
        other => other.to_string().chars().count(),
    }
}

/// The size in the unit of the limit, and the limit.
pub(super) fn measure(document: &Value, limit: Limit) -> (usize, usize) {
    match limit {
        Limit::Characters(most) => (size(document), most),
        Limit::Bytes(_) if document.is_null() => (0, 0),
        Limit::Bytes(most) => (document.to_string().len(), most),
    }
}
