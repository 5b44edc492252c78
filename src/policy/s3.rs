//! What is special about Amazon S3.

use std::net::IpAddr;

use super::document::{Condition, Document, Effect, PrincipalEntry, Statement};
use super::operator::{Comparison, SetOperator};
use super::truth::Truth;
use super::values;

/// Condition keys that make a grant to everybody one to somebody, when their values are fixed.
///
/// Source: Amazon S3 User Guide, "Blocking public access to your Amazon S3 storage", "The meaning of
/// 'public'".
const NARROWING: &[&str] = &[
    "aws:principalorgid",
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceip",
    "aws:sourceowner",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:userid",
    "s3:dataaccesspointaccount",
    "s3:dataaccesspointarn",
    "s3:x-amz-server-side-encryption-aws-kms-key-id",
];

/// Keys that name somebody as well, which that list does not have.
const PERHAPS_NARROWING: &[&str] = &[
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principalorgpaths",
    "aws:principalservicename",
    "aws:sourceorgid",
    "aws:sourceorgpaths",
];

/// Whether a bucket policy is surely public as S3 understands it: an Allow is for everybody, and no
/// condition narrows it to fixed values.
pub fn is_public(document: &Document) -> bool {
    publicness(document) == Truth::True
}

/// The same; unknown where the documented list of what narrows does not settle it.
pub(super) fn publicness(document: &Document) -> Truth {
    let allowing = document
        .statements
        .iter()
        .filter(|statement| statement.effect == Effect::Allow);
    Truth::any(allowing.map(for_everybody))
}

fn for_everybody(statement: &Statement) -> Truth {
    let fixed = statement.principal.as_ref().is_some_and(|listed| {
        // A provider's identities are not fixed: anybody may join it.
        let open = |entry: &PrincipalEntry| {
            matches!(
                entry,
                PrincipalEntry::Everyone | PrincipalEntry::Federated(_)
            )
        };
        !listed.negated && !listed.entries.iter().any(open)
    });
    if fixed {
        return Truth::False;
    }
    Truth::any(statement.conditions.iter().map(narrows)).not()
}

fn narrows(condition: &Condition) -> Truth {
    let operator = condition.operator();
    let key = condition.folded_key();
    // Operators that are met by a request without the key narrow nothing.
    if operator.negated || operator.if_exists || operator.set == Some(SetOperator::ForAllValues) {
        return Truth::False;
    }
    let listed = if NARROWING.contains(&key) {
        Truth::True
    } else if PERHAPS_NARROWING.contains(&key) {
        Truth::Unknown
    } else {
        return Truth::False;
    };
    let fixed = Truth::all(condition.values().map(|value| match operator.comparison {
        Comparison::IpAddress => Truth::from(key == "aws:sourceip" && is_small_network(value)),
        Comparison::StringEquals
        | Comparison::StringEqualsIgnoreCase
        | Comparison::StringLike
        | Comparison::Arn => is_fixed(key, value),
        _ => Truth::False,
    }));
    // What S3 makes of a set operator is not documented.
    let set = if operator.set.is_some() {
        Truth::Unknown
    } else {
        Truth::True
    };
    listed.and(fixed).and(set)
}

/// A value that leaves open whom it means is not fixed. Of an access point, the account is enough.
fn is_fixed(key: &str, value: &str) -> Truth {
    if value.contains("${") {
        return Truth::False;
    }
    if key == "s3:dataaccesspointarn" {
        let account = value.split(':').nth(4).unwrap_or_default();
        return Truth::from(!account.is_empty() && !account.contains(['*', '?']));
    }
    if value.contains(['*', '?']) {
        return Truth::False;
    }
    // A role's id with any session is not fixed; whether one with a session is, is not said.
    if key == "aws:userid" && value.contains(':') {
        return Truth::Unknown;
    }
    Truth::True
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
