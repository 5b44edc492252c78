//! Whether an entry of `Principal` means the one who asks, and how directly.
//!
//! Source: IAM User Guide, "AWS JSON policy elements: Principal" and "NotPrincipal".

use serde::{Deserialize, Serialize};

use super::arn::{Identity, IdentityArn, is_account};
use super::document::{Effect, Listed, PrincipalEntry};
use super::elements::is_unique_id;
use super::notes::{Doubt, Notes};
use super::request::{AwsPrincipal, Principal};
use super::scope::Scope;
use super::truth::Truth;

/// How a resource policy names the one who asks, from the least to the most direct.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Naming {
    /// By the account. This hands the decision to the account and grants nothing by itself.
    Account,
    /// By `NotPrincipal`.
    Excepted,
    /// By the role whose session it is.
    Role,
    /// As everybody.
    Everyone,
    /// By its own ARN, service name or identity provider.
    Direct,
}

/// Whether a statement names the one who asks, told apart by what the naming is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Named {
    /// By the account.
    pub(super) account: Truth,
    /// By the role.
    pub(super) role: Truth,
    /// In a way that needs nothing else within one account.
    pub(super) free: Truth,
    /// The most direct way that is sure.
    pub(super) naming: Option<Naming>,
}

impl Named {
    /// The statement of an identity's policy, which names nobody because it is about its identity.
    pub(super) const ITSELF: Self = Self {
        account: Truth::True,
        role: Truth::True,
        free: Truth::True,
        naming: None,
    };

    const NOBODY: Self = Self {
        account: Truth::False,
        role: Truth::False,
        free: Truth::False,
        naming: None,
    };

    /// It cannot be said.
    pub(super) const UNCLEAR: Self = Self {
        account: Truth::Unknown,
        role: Truth::Unknown,
        free: Truth::Unknown,
        naming: None,
    };

    /// Whether it is named at all.
    pub(super) fn truth(self) -> Truth {
        self.account.or(self.role).or(self.free)
    }

    fn add(&mut self, truth: Truth, naming: Naming) {
        let class = match naming {
            Naming::Account | Naming::Excepted => &mut self.account,
            Naming::Role => &mut self.role,
            Naming::Everyone | Naming::Direct => &mut self.free,
        };
        *class = class.or(truth);
        if truth == Truth::True {
            self.naming = self.naming.max(Some(naming));
        }
    }
}

/// The ones who ask, in what matters for being named.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asking<'a> {
    pub(super) principal: &'a Principal,
    /// Whether a permissions boundary is set on it.
    pub(super) has_boundary: bool,
}

/// An identity that `Principal` names with the key `AWS`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AwsEntry {
    /// An account, by its id or the ARN of its root.
    Account {
        /// The partition, where an ARN names it.
        partition: Option<Box<str>>,
        /// The id.
        account: Box<str>,
    },
    /// A role.
    Role {
        /// The partition.
        partition: Box<str>,
        /// The account.
        account: Box<str>,
        /// The path with its last `/`, or nothing.
        path: Box<str>,
        /// The name.
        name: Box<str>,
    },
    /// A session, a user or a federated user, which is compared as a whole. A session keeps its role.
    One {
        /// The account and the role, for a session.
        session_of: Option<(Box<str>, Box<str>)>,
    },
    /// The unique id of an identity that has been deleted, or a text that names nobody.
    Nobody,
}

impl AwsEntry {
    /// Reads the text of an entry.
    pub(super) fn new(text: &str) -> Self {
        if is_account(text) {
            return Self::Account {
                partition: None,
                account: text.into(),
            };
        }
        let Some(arn) = IdentityArn::parse(text) else {
            return Self::Nobody;
        };
        match arn.identity {
            Identity::Root => Self::Account {
                partition: Some(arn.partition.into()),
                account: arn.account.into(),
            },
            Identity::Role { path, name } => Self::Role {
                partition: arn.partition.into(),
                account: arn.account.into(),
                path: path.into(),
                name: name.into(),
            },
            Identity::Session { role } => Self::One {
                session_of: Some((arn.account.into(), role.into())),
            },
            Identity::User | Identity::FederatedUser => Self::One { session_of: None },
        }
    }
}

/// Whether `Principal` or `NotPrincipal` lets a statement apply to the one who asks.
pub(super) fn named<N: Notes>(
    listed: &Listed<PrincipalEntry>,
    effect: Effect,
    asking: Asking<'_>,
    scope: Scope,
    notes: &mut N,
) -> Named {
    let mut named = Named::NOBODY;
    if listed.negated {
        let truth = not_excepted(&listed.entries, effect, asking, scope, notes);
        named.add(truth, Naming::Excepted);
        if effect == Effect::Allow && truth != Truth::False {
            // Whether it grants by itself, as a name does, is not documented.
            named.free = Truth::Unknown;
            if !matches!(asking.principal, Principal::Aws(_)) {
                named.account = Truth::Unknown;
            }
            notes.doubt(Doubt::NotPrincipalGrants);
        }
        return named;
    }
    for entry in &listed.entries {
        let strict = effect == Effect::Deny;
        let (truth, naming) = matches(entry, strict, asking.principal, scope, notes);
        named.add(truth, naming);
    }
    named
}

/// Whether `NotPrincipal` does not spare the one who asks.
///
/// With Deny, AWS looks at the account and at the role, and it may look at the session, one by one: each of
/// them must be listed to be spared. Nobody with a permissions boundary is.
fn not_excepted<N: Notes>(
    entries: &[PrincipalEntry],
    effect: Effect,
    asking: Asking<'_>,
    scope: Scope,
    notes: &mut N,
) -> Truth {
    let Asking {
        principal,
        has_boundary,
    } = asking;
    if has_boundary && effect == Effect::Deny {
        return Truth::True;
    }
    let mut listed = Named::NOBODY;
    let (mut everyone, mut direct) = (Truth::False, Truth::False);
    for entry in entries {
        let (truth, naming) = matches(entry, true, principal, scope, notes);
        match naming {
            Naming::Everyone => everyone = everyone.or(truth),
            Naming::Direct => direct = direct.or(truth),
            other => listed.add(truth, other),
        }
    }
    let any = listed.account.or(listed.role).or(direct);
    let by_level = match (effect, principal) {
        (Effect::Allow, _)
        | (_, Principal::Service(_) | Principal::Federated(_) | Principal::Anonymous) => any,
        (Effect::Deny, Principal::Aws(aws)) if aws.is_root() => listed.account,
        (Effect::Deny, Principal::Aws(aws)) => {
            let identity = match IdentityArn::parse(&aws.arn).map(|arn| arn.identity) {
                Some(Identity::Role { .. }) => listed.role,
                // AWS may look at the session on its own too, it says.
                Some(Identity::Session { .. }) if direct == Truth::False => {
                    if listed.role != Truth::False {
                        notes.doubt(Doubt::SessionNotExcepted);
                    }
                    listed.role.and(Truth::Unknown)
                }
                Some(Identity::Session { .. }) => listed.role.and(direct),
                _ => direct,
            };
            listed.account.and(identity)
        }
    };
    everyone.or(by_level).not()
}

/// Whether one entry means the principal. `strict` is where not to be meant may help the one who asks.
fn matches<N: Notes>(
    entry: &PrincipalEntry,
    strict: bool,
    principal: &Principal,
    scope: Scope,
    notes: &mut N,
) -> (Truth, Naming) {
    match (entry, principal) {
        (PrincipalEntry::Everyone, principal) => {
            (everyone(principal, scope, notes), Naming::Everyone)
        }
        (PrincipalEntry::Aws { text, entry }, Principal::Aws(aws)) => {
            aws_matches(text, entry, strict, aws, notes)
        }
        (PrincipalEntry::Service(text), Principal::Service(name))
        | (PrincipalEntry::Federated(text), Principal::Federated(name)) => {
            (Truth::from(text == name), Naming::Direct)
        }
        (PrincipalEntry::CanonicalUser(id), Principal::Aws(_)) => {
            notes.doubt(Doubt::CanonicalUser(id));
            (Truth::Unknown, Naming::Account)
        }
        _ => (Truth::False, Naming::Account),
    }
}

fn everyone<N: Notes>(principal: &Principal, scope: Scope, notes: &mut N) -> Truth {
    match (scope, principal) {
        (_, Principal::Aws(_)) | (Scope::Identity | Scope::Limit | Scope::Resource, _) => {
            Truth::True
        }
        (Scope::Trust, Principal::Service(_) | Principal::Federated(_) | Principal::Anonymous) => {
            notes.doubt(Doubt::EveryoneInTrust);
            Truth::Unknown
        }
    }
}

fn aws_matches<N: Notes>(
    text: &str,
    entry: &AwsEntry,
    strict: bool,
    aws: &AwsPrincipal,
    notes: &mut N,
) -> (Truth, Naming) {
    match entry {
        AwsEntry::Account { partition, account } => {
            let same_partition = || match partition {
                Some(partition) => aws.arn.split(':').nth(1) == Some(&**partition),
                None => true,
            };
            let same = **account == *aws.account && same_partition();
            (Truth::from(same), Naming::Account)
        }
        AwsEntry::Role {
            partition,
            account,
            path,
            name,
        } => {
            let place = (&**partition, &**account);
            (
                role_matches(text, place, path, name, aws, notes),
                Naming::Role,
            )
        }
        AwsEntry::One { session_of } => {
            if text == aws.arn {
                return (Truth::True, Naming::Direct);
            }
            let truth = match session_of {
                Some(of) if strict => one_session(text, of, aws, notes),
                _ => Truth::False,
            };
            (truth, Naming::Direct)
        }
        // AWS shows the unique id of an identity only once it is gone, and a new one of the same name is
        // somebody else.
        AwsEntry::Nobody => {
            let own = is_unique_id(text) && aws.unique_id.as_deref() == Some(text);
            if own {
                notes.doubt(Doubt::OwnUniqueId(text));
            }
            let truth = if own { Truth::Unknown } else { Truth::False };
            (truth, Naming::Direct)
        }
    }
}

/// A session is named by its role's ARN. The session's own ARN has no path; where the path is known, it
/// has to be the same, because a role of that name and another path cannot exist beside it.
fn role_matches<N: Notes>(
    text: &str,
    place: (&str, &str),
    path: &str,
    name: &str,
    aws: &AwsPrincipal,
    notes: &mut N,
) -> Truth {
    let Some(role) = IdentityArn::parse(&aws.principal_arn) else {
        return Truth::False;
    };
    if (role.partition, role.account) != place {
        return Truth::False;
    }
    match role.identity {
        Identity::Session { role } => Truth::from(role == name),
        Identity::Role {
            path: own_path,
            name: own_name,
        } if own_name == name => {
            if own_path == path {
                Truth::True
            } else {
                notes.doubt(Doubt::OtherPath(text));
                Truth::Unknown
            }
        }
        _ => Truth::False,
    }
}

/// A session is named, and only the role of the one who asks is known: it may be that one. An Allow does
/// not count on it.
fn one_session<N: Notes>(
    text: &str,
    (account, role): &(Box<str>, Box<str>),
    aws: &AwsPrincipal,
    notes: &mut N,
) -> Truth {
    let asking = IdentityArn::parse(&aws.arn);
    match asking {
        Some(IdentityArn {
            account: own,
            identity: Identity::Role { name, .. },
            ..
        }) if name == &**role && own == &**account => {
            notes.doubt(Doubt::OneSession(text));
            Truth::Unknown
        }
        _ => Truth::False,
    }
}

/// Whether the grantee of a KMS grant is the one who asks. That an account as a grantee leaves the decision
/// to the account's own policies is not documented.
pub(super) fn grantee_matches<N: Notes>(
    text: &str,
    entry: &AwsEntry,
    aws: &AwsPrincipal,
    notes: &mut N,
) -> (Truth, Naming) {
    let (truth, naming) = aws_matches(text, entry, false, aws, notes);
    if truth == Truth::True && naming == Naming::Account && !aws.is_root() {
        notes.doubt(Doubt::AccountGrantee);
        return (Truth::Unknown, naming);
    }
    (truth, naming)
}
