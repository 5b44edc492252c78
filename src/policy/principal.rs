//! Whether an entry of `Principal` means the one who asks, and how directly.
//!
//! Source: IAM User Guide, "AWS JSON policy elements: Principal" and "NotPrincipal".

use serde::{Deserialize, Serialize};

use super::arn::{Identity, IdentityArn, is_account};
use super::document::{Effect, Listed, PrincipalEntry};
use super::elements::is_unique_id;
use super::evaluate::Scope;
use super::request::{AwsPrincipal, Principal};
use super::truth::Truth;

/// How a resource policy names the one who asks, from the least to the most direct.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Naming {
    /// By the account. This hands the decision to the account and grants nothing by itself.
    Account,
    /// By `NotPrincipal`.
    Excepted,
    /// As everybody.
    Everyone,
    /// By the role whose session it is.
    Role,
    /// By its own ARN, service name or identity provider.
    Direct,
}

/// Whether an element names the principal: the truth of it, and how, where it is true.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) truth: Truth,
    pub(super) naming: Naming,
}

pub(super) fn named(
    listed: &Listed<PrincipalEntry>,
    effect: Effect,
    principal: &Principal,
    scope: Scope,
) -> Named {
    if listed.negated {
        return Named {
            truth: excepted(&listed.entries, effect, principal, scope).not(),
            naming: Naming::Excepted,
        };
    }
    let mut best: Option<Naming> = None;
    let mut doubt = Truth::False;
    for entry in &listed.entries {
        let (truth, naming) = matches(entry, principal, scope);
        match truth {
            Truth::True => best = best.max(Some(naming)),
            other => doubt = Truth::any([doubt, other]),
        }
    }
    match best {
        Some(naming) => Named {
            truth: Truth::True,
            naming,
        },
        None => Named {
            truth: doubt,
            naming: Naming::Account,
        },
    }
}

/// Whether `NotPrincipal` spares the one who asks.
///
/// With Deny, AWS looks at the account, the role and the session one by one, and each of them must be
/// listed to be spared.
fn excepted(
    entries: &[PrincipalEntry],
    effect: Effect,
    principal: &Principal,
    scope: Scope,
) -> Truth {
    let listed = |wanted: &[Naming]| {
        Truth::any(entries.iter().map(|entry| {
            let (truth, naming) = matches(entry, principal, scope);
            match truth {
                Truth::True => Truth::from(wanted.contains(&naming)),
                other => other,
            }
        }))
    };
    let everyone = listed(&[Naming::Everyone]);
    let by_level = match (effect, principal) {
        (Effect::Allow, _)
        | (_, Principal::Service(_) | Principal::Federated(_) | Principal::Anonymous) => {
            listed(&[Naming::Account, Naming::Role, Naming::Direct])
        }
        (Effect::Deny, Principal::Aws(aws)) if aws.is_root() => listed(&[Naming::Account]),
        (Effect::Deny, Principal::Aws(aws)) => {
            let identity = if aws.arn == aws.principal_arn {
                listed(&[Naming::Role, Naming::Direct])
            } else {
                Truth::all([listed(&[Naming::Role]), listed(&[Naming::Direct])])
            };
            Truth::all([listed(&[Naming::Account]), identity])
        }
    };
    Truth::any([everyone, by_level])
}

/// Whether one entry means the principal.
fn matches(entry: &PrincipalEntry, principal: &Principal, scope: Scope) -> (Truth, Naming) {
    match (entry, principal) {
        (PrincipalEntry::Everyone, principal) => (everyone(principal, scope), Naming::Everyone),
        (PrincipalEntry::Aws(text), Principal::Aws(aws)) => aws_matches(text, aws),
        (PrincipalEntry::Service(text), Principal::Service(name))
        | (PrincipalEntry::Federated(text), Principal::Federated(name)) => {
            (Truth::from(text == name), Naming::Direct)
        }
        (PrincipalEntry::CanonicalUser(id), Principal::Aws(_)) => (
            Truth::Uncertain(format!(
                "which account the canonical user {id} is, only AWS knows"
            )),
            Naming::Account,
        ),
        _ => (Truth::False, Naming::Account),
    }
}

fn everyone(principal: &Principal, scope: Scope) -> Truth {
    match (scope, principal) {
        (Scope::Trust, Principal::Service(_) | Principal::Federated(_) | Principal::Anonymous) => {
            Truth::Uncertain(
                "whether \"*\" in a trust policy means others than AWS identities is not documented"
                    .to_owned(),
            )
        }
        _ => Truth::True,
    }
}

fn aws_matches(text: &str, principal: &AwsPrincipal) -> (Truth, Naming) {
    if is_account(text) {
        return (Truth::from(text == principal.account), Naming::Account);
    }
    let Some(named) = IdentityArn::parse(text) else {
        return (not_an_identity(text, principal), Naming::Direct);
    };
    let same_place = |other: &IdentityArn<'_>| {
        named.account == other.account && named.partition == other.partition
    };
    let asking = IdentityArn::parse(&principal.arn);
    match named.identity {
        Identity::Root => {
            let partition = asking.is_none_or(|asking| asking.partition == named.partition);
            (
                Truth::from(partition && named.account == principal.account),
                Naming::Account,
            )
        }
        Identity::Role { path, name } => {
            let role = IdentityArn::parse(&principal.principal_arn);
            let truth = match (role, asking) {
                (Some(role), _) if same_place(&role) => match role.identity {
                    Identity::Role {
                        path: own,
                        name: own_name,
                    } if own_name == name => {
                        if own == path {
                            Truth::True
                        } else {
                            Truth::Uncertain(format!(
                                "\"{text}\" has the name but not the path of the role {}",
                                principal.principal_arn
                            ))
                        }
                    }
                    Identity::Session { role } => Truth::from(role == name),
                    _ => Truth::False,
                },
                _ => Truth::False,
            };
            // A request that is made as the role itself has nothing more direct than the role.
            (truth, Naming::Role)
        }
        Identity::Session { .. } | Identity::User | Identity::FederatedUser => {
            (Truth::from(text == principal.arn), Naming::Direct)
        }
    }
}

/// What is no identity matches nobody. The unique id of the one who asks is not resolved: AWS shows it
/// only once the identity is gone, and a new one of the same name is somebody else.
fn not_an_identity(text: &str, principal: &AwsPrincipal) -> Truth {
    if is_unique_id(text) && principal.unique_id.as_deref() == Some(text) {
        return Truth::Uncertain(format!(
            "\"{text}\" is shown for an identity that has been deleted, and is the id of the one who asks"
        ));
    }
    Truth::False
}
