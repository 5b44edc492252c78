//! Whether what the elements of a statement list is of a form that AWS takes.

use super::arn::{IdentityArn, is_account, parts};
use super::document::{Condition, PrincipalEntry};
use super::limits::Kind;
use super::operator::Comparison;
use super::problem::{Place, Problem, Rule};
use super::values;

/// What is wrong with an entry of `Action`.
///
/// Source: IAM User Guide, "IAM JSON policy elements: Action"; the IAM messages 'must be prefaced by a
/// vendor' and 'AssumeRole policy may only specify STS AssumeRole actions'.
pub(super) fn action(action: &str, kind: Kind, place: &Place) -> Option<Problem> {
    if action == "*" {
        return (kind == Kind::Trust).then(|| {
            place
                .suspicion("a trust policy names actions of sts, such as sts:AssumeRole")
                .under(Rule::ActionService)
        });
    }
    let Some((vendor, name)) = action.split_once(':') else {
        let message =
            format!("\"{action}\" does not say of which service; write it like s3:GetObject");
        return Some(place.error(message).under(Rule::ActionVendor));
    };
    let is_name = |text: &str, extra: &[char]| {
        !text.is_empty()
            && text
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || extra.contains(&c))
    };
    if !is_name(vendor, &['-', '*', '?']) || !is_name(name, &['*', '?', '-', '_', '.']) {
        let message = format!("\"{action}\" is not of the form service:Action");
        return Some(place.error(message).under(Rule::Action));
    }
    if vendor.contains(['*', '?']) && action != "*:*" {
        let message = format!("\"{action}\" has a wildcard in the name of the service");
        return Some(place.suspicion(message).under(Rule::Action));
    }
    let own = match kind {
        Kind::Trust => "sts",
        Kind::KeyPolicy => "kms",
        Kind::BucketPolicy => "s3",
        Kind::RepositoryPolicy => "ecr",
        Kind::EventBusPolicy => "events",
        Kind::RoleInline
        | Kind::Managed
        | Kind::Session
        | Kind::Identity
        | Kind::ResourcePolicy
        | Kind::EndpointPolicy
        | Kind::Scp
        | Kind::Rcp => return None,
    };
    if !vendor.eq_ignore_ascii_case(own) && vendor != "*" {
        let message = format!(
            "{} takes actions of {own} only, not \"{action}\"",
            kind.name()
        );
        // IAM and S3 are known to refuse it; of the others it is only known that it has no effect.
        let problem = match kind {
            Kind::Trust | Kind::BucketPolicy => place.error(message),
            _ => place.suspicion(message),
        };
        return Some(problem.under(Rule::ActionService));
    }
    (kind == Kind::Trust && !is_trust_action(name)).then(|| {
        place
            .suspicion(format!(
                "\"{action}\" is no action that a trust policy grants, such as sts:AssumeRole"
            ))
            .under(Rule::Action)
    })
}

fn is_trust_action(name: &str) -> bool {
    [
        "AssumeRole",
        "AssumeRoleWithSAML",
        "AssumeRoleWithWebIdentity",
        "TagSession",
        "SetSourceIdentity",
        "SetContext",
    ]
    .iter()
    .any(|known| name.eq_ignore_ascii_case(known))
        || name.contains('*')
}

/// What is wrong with an entry of `Resource`.
///
/// Source: the IAM message 'Resource ... must be in ARN format or "*"'; S3 'Policy has invalid resource'.
pub(super) fn resource(resource: &str, kind: Kind, place: &Place) -> Option<Problem> {
    if resource == "*" {
        return None;
    }
    let problem = if !resource.starts_with("arn:") {
        place.error(format!("\"{resource}\" is neither an ARN nor \"*\""))
    } else {
        match parts(resource) {
            Some(parts) => arn_resource(resource, parts, kind, place)?,
            None => {
                let message = format!(
                    "\"{resource}\" has not the six parts of an ARN (arn:aws:service:region:account:resource)"
                );
                // AWS completes it in the policies of identities.
                let completed = kind.is_identity() && kind != Kind::Session;
                if completed || resource.contains(['*', '?']) {
                    place.suspicion(message)
                } else {
                    place.error(message)
                }
            }
        }
    };
    Some(problem.under(Rule::Resource))
}

fn arn_resource(
    resource: &str,
    [_, partition, service, region, account, name]: [&str; 6],
    kind: Kind,
    place: &Place,
) -> Option<Problem> {
    let variable = [partition, service, region, account]
        .iter()
        .any(|part| part.contains("${"));
    if variable {
        Some(place.suspicion(format!(
            "\"{resource}\" has a variable outside of the last part, where it is not put in"
        )))
    } else if !partition.starts_with("aws") && !partition.contains(['*', '?']) {
        Some(place.error(format!(
            "\"{partition}\" in \"{resource}\" is no partition; write aws, aws-cn or aws-us-gov"
        )))
    } else if kind == Kind::BucketPolicy && !service.starts_with("s3") && !service.contains('*') {
        Some(place.error(format!(
            "a bucket policy is about its bucket and the objects in it, not \"{resource}\""
        )))
    } else if kind == Kind::KeyPolicy {
        Some(place.suspicion(format!(
            "in a key policy \"*\" means this key; \"{resource}\" matches only if it is this very key"
        )))
    } else if name.is_empty() {
        Some(place.error(format!("\"{resource}\" names no resource")))
    } else {
        None
    }
}

/// What is wrong with an entry of `Principal`.
///
/// Source: IAM User Guide, "AWS JSON policy elements: Principal".
pub(super) fn principal(entry: &PrincipalEntry, kind: Kind, place: &Place) -> Option<Problem> {
    let problem = match entry {
        PrincipalEntry::Everyone => None,
        PrincipalEntry::Aws { text, .. } => aws_principal(text, place),
        PrincipalEntry::Service(text) => service_principal(text, place),
        PrincipalEntry::Federated(text) => federated_principal(text, kind, place),
        PrincipalEntry::CanonicalUser(text) => {
            let may_be_s3 = [
                Kind::BucketPolicy,
                Kind::ResourcePolicy,
                Kind::EndpointPolicy,
            ];
            if !may_be_s3.contains(&kind) {
                Some(place.error(format!(
                    "only Amazon S3 knows canonical users, {} does not",
                    kind.name()
                )))
            } else if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                Some(place.error(format!(
                    "\"{text}\" is no canonical user id, which has 64 hexadecimal digits"
                )))
            } else {
                None
            }
        }
    };
    problem.map(|problem| problem.under(Rule::Principal))
}

/// The unique id of an IAM identity, which is what AWS shows once the identity has been deleted.
pub(super) fn is_unique_id(text: &str) -> bool {
    (text.starts_with("AROA") || text.starts_with("AIDA"))
        && text.len() >= 16
        && text
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

fn aws_principal(text: &str, place: &Place) -> Option<Problem> {
    if is_account(text) || IdentityArn::parse(text).is_some() {
        return None;
    }
    Some(if is_unique_id(text) {
        place.error(format!(
            "\"{text}\" stands for an identity that has been deleted; name its account, role or user anew"
        ))
    } else if text.contains(['*', '?']) {
        place.error(format!(
            "\"{text}\" has a wildcard, which a principal may not have; name the account and add a condition on aws:PrincipalArn"
        ))
    } else if text.starts_with("arn:") && text.contains(":iam::cloudfront:user/") {
        return None;
    } else if !text.is_empty() && text.len() != 12 && text.bytes().all(|b| b.is_ascii_digit()) {
        place.error(format!(
            "an account id has 12 digits, \"{text}\" has {}",
            text.len()
        ))
    } else {
        place.error(format!(
            "\"{text}\" is no account id and no ARN of an account root, role, user or session"
        ))
    })
}

fn service_principal(text: &str, place: &Place) -> Option<Problem> {
    let is_name = !text.is_empty()
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '.' || c == '-');
    if !is_name || !text.contains('.') {
        return Some(place.error(format!(
            "\"{text}\" is no service principal; write it like codebuild.amazonaws.com"
        )));
    }
    let known_form = text.ends_with(".amazonaws.com") || text.ends_with(".amazonaws.com.cn");
    (!known_form || text.chars().any(|c| c.is_ascii_uppercase())).then(|| {
        place.suspicion(format!(
            "\"{text}\" does not look like a service principal, such as codebuild.amazonaws.com"
        ))
    })
}

fn federated_principal(text: &str, kind: Kind, place: &Place) -> Option<Problem> {
    if text.is_empty() || text.contains('*') {
        return Some(place.error(format!(
            "\"{text}\" is no identity provider: its ARN or domain name is needed in full"
        )));
    }
    if kind != Kind::Trust {
        return Some(place.suspicion(format!(
            "an identity provider belongs into a trust policy, not into {}",
            kind.name()
        )));
    }
    if !text.starts_with("arn:") {
        return (!text.contains('.')).then(|| {
            place.error(format!(
                "\"{text}\" is neither the ARN of a provider nor a domain name"
            ))
        });
    }
    let provider = parts(text).is_some_and(|[_, partition, service, _, account, name]| {
        partition.starts_with("aws")
            && service == "iam"
            && is_account(account)
            && (name.starts_with("oidc-provider/") || name.starts_with("saml-provider/"))
    });
    (!provider).then(|| {
        place.error(format!(
            "\"{text}\" is not the ARN of an OIDC or SAML provider"
        ))
    })
}

/// Why a condition value can never match, if so.
pub(super) fn condition_value(
    condition: &Condition,
    value: &str,
    variables: bool,
) -> Option<String> {
    if variables && value.contains("${") {
        return (condition.operator().comparison == Comparison::Bool)
            .then(|| format!("whether a variable counts in Bool is not settled: \"{value}\""));
    }
    let (fits, expected) = match condition.operator().comparison {
        Comparison::StringEquals
        | Comparison::StringEqualsIgnoreCase
        | Comparison::StringLike
        | Comparison::Binary => return exact_wildcard(condition, value),
        Comparison::Arn => (parts(value).is_some(), "an ARN of six parts"),
        Comparison::Numeric(_) => (values::number(value).is_some(), "a number"),
        Comparison::Date(_) => (
            values::instant(value).is_some(),
            "an ISO 8601 date or seconds",
        ),
        Comparison::Bool | Comparison::Null => (values::boolean(value).is_some(), "true or false"),
        Comparison::IpAddress => (values::network(value).is_some(), "an address or CIDR block"),
    };
    (!fits).then(|| {
        format!(
            "{} expects {expected}, not \"{value}\"",
            condition.operator()
        )
    })
}

/// `StringEquals` with a `*` is nearly always meant to be `StringLike`.
fn exact_wildcard(condition: &Condition, value: &str) -> Option<String> {
    let exact = matches!(
        condition.operator().comparison,
        Comparison::StringEquals | Comparison::StringEqualsIgnoreCase
    );
    (exact && value.contains('*')).then(|| {
        format!(
            "\"{value}\" has a *, which is a plain character under {}; StringLike has wildcards",
            condition.operator()
        )
    })
}
