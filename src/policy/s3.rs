//! What is special about Amazon S3.

use std::net::IpAddr;

use super::document::{Condition, Document, Effect, PrincipalEntry, Statement};
use super::operator::Comparison;
use super::values;

/// Condition keys that make a grant to everybody one to somebody, when their values are fixed.
///
/// Source: Amazon S3 User Guide, "Blocking public access to your Amazon S3 storage", "The meaning of
/// 'public'".
const NARROWING: &[&str] = &[
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceip",
    "aws:sourceorgid",
    "aws:sourceorgpaths",
    "aws:sourceowner",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:userid",
    "s3:dataaccesspointaccount",
    "s3:dataaccesspointarn",
    "s3:x-amz-server-side-encryption-aws-kms-key-id",
];

/// Whether a bucket policy is public as S3 understands it: an Allow is for everybody, and no condition
/// narrows it to fixed values. S3 takes a policy to be public until it is seen not to be.
pub fn is_public(document: &Document) -> bool {
    document.statements.iter().any(grants_to_everybody)
}

fn grants_to_everybody(statement: &Statement) -> bool {
    let everybody = statement
        .principal
        .as_ref()
        .is_some_and(|listed| listed.negated || listed.entries.contains(&PrincipalEntry::Everyone));
    statement.effect == Effect::Allow && everybody && !statement.conditions.iter().any(narrows)
}

fn narrows(condition: &Condition) -> bool {
    let operator = condition.operator();
    let key = condition.folded_key();
    if operator.negated || operator.if_exists || !NARROWING.contains(&key) {
        return false;
    }
    // A set operator that is met by a request without the key narrows nothing.
    if operator.set == Some(super::operator::SetOperator::ForAllValues) {
        return false;
    }
    condition.values().all(|value| match operator.comparison {
        Comparison::IpAddress => key == "aws:sourceip" && is_small_network(value),
        Comparison::StringEquals | Comparison::StringEqualsIgnoreCase => !value.contains("${"),
        Comparison::StringLike | Comparison::Arn => is_fixed(key, value),
        _ => false,
    })
}

/// A pattern that leaves open whom it means is not fixed. Of an access point, the account is enough.
fn is_fixed(key: &str, value: &str) -> bool {
    if value.contains("${") {
        return false;
    }
    if key == "s3:dataaccesspointarn" {
        let account = value.split(':').nth(4).unwrap_or_default();
        return super::arn::is_account(account);
    }
    !value.contains(['*', '?'])
}

/// S3 takes very wide networks for everybody: wider than /8, and for IPv6 wider than /32.
fn is_small_network(value: &str) -> bool {
    let Some(network) = values::network(value) else {
        return false;
    };
    match network.address() {
        IpAddr::V4(_) => network.prefix() >= 8,
        IpAddr::V6(_) => network.prefix() >= 32,
    }
}

/// The actions on a bucket policy, in lower case. They are the owner's account's alone, and its root user can
/// always take them: nobody can lock the owner out.
///
/// Source: Amazon S3 API Reference, PutBucketPolicy, GetBucketPolicy, DeleteBucketPolicy.
pub(super) fn is_kept_for_owner(folded_action: &str) -> bool {
    matches!(
        folded_action,
        "s3:getbucketpolicy" | "s3:putbucketpolicy" | "s3:deletebucketpolicy"
    )
}
