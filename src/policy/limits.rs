//! The kinds of documents, and how large each may be.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

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
    /// (10,240).
    pub fn limit(self) -> Limit {
        match self {
            Self::RoleInline => Limit::Characters(10_240),
            Self::Managed => Limit::Characters(6_144),
            Self::Session | Self::Trust => Limit::Characters(2_048),
            Self::KeyPolicy => Limit::Bytes(32_768),
            Self::BucketPolicy => Limit::Bytes(20_480),
            Self::RepositoryPolicy | Self::EventBusPolicy => Limit::Characters(10_240),
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
        }
    }

    /// Whether it belongs to an identity, so that it names no principal.
    pub fn is_identity(self) -> bool {
        matches!(self, Self::RoleInline | Self::Managed | Self::Session)
    }

    /// Whether IAM keeps it, with IAM's own rules for `Sid`.
    pub(super) fn is_iam(self) -> bool {
        self.is_identity() || self == Self::Trust
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
