//! What AWS takes of a policy document: how long, and which letters.

use serde_json::Value;

use super::error::RenderError;

/// A limit on a policy's size.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limit {
    size: usize,
    unit: &'static str,
    help: &'static str,
}

/// All inline policies of a role together; crosspipe's roles have one.
/// Source: IAM User Guide, "IAM and AWS STS quotas": white space is not counted.
pub(super) const INLINE_POLICIES: Limit = Limit {
    size: 10_240,
    unit: "characters without white space",
    help: "shorten the template, or move statements into a managed policy of your own",
};

/// A role's trust policy. The quota can be raised to 4,096.
/// Source: IAM User Guide, "IAM and AWS STS quotas".
pub(super) const TRUST_POLICY: Limit = Limit {
    size: 2_048,
    unit: "characters without white space",
    help: "shorten the template",
};

/// A bucket policy. Source: Amazon S3 User Guide, "Bucket policies": 20 KB.
pub(super) const BUCKET_POLICY: Limit = Limit {
    size: 20_480,
    unit: "bytes",
    help: "one bucket serves about 25 environments; give some of them an application of their own",
};

/// A key policy. Source: AWS KMS Developer Guide, "Resource quotas": 32 KB.
pub(super) const KEY_POLICY: Limit = Limit {
    size: 32_768,
    unit: "bytes",
    help: "give some of the environments an application of their own",
};

/// Refuses a policy that AWS would refuse for its length or its letters.
pub(super) fn check(name: &str, document: &Value, limit: Limit) -> Result<(), RenderError> {
    let text = document.to_string();
    // Source: the IAM API model, `policyDocumentType`. The brackets stand around values that are
    // put in before the document is sent.
    if let Some(letter) = text
        .chars()
        .find(|letter| !matches!(letter, '\t' | '\n' | '\r' | '\u{20}'..='\u{FF}' | '⟨' | '⟩'))
    {
        return Err(RenderError::Letter {
            template: name.to_owned(),
            letter,
        });
    }
    let size = text
        .chars()
        .filter(|letter| !letter.is_whitespace())
        .count();
    if size > limit.size {
        return Err(RenderError::TooLarge {
            document: name.to_owned(),
            size,
            limit: limit.size,
            unit: limit.unit,
            help: limit.help,
        });
    }
    Ok(())
}
