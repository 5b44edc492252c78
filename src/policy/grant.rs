//! KMS grants.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::notes::{Doubt, Notes};
use super::principal::{AwsEntry, Naming, grantee_matches};
use super::request::{Principal, Request};
use super::truth::Truth;

/// A grant on a KMS key, with the members that decide, named as `kms:ListGrants` names them.
///
/// Source: AWS KMS Developer Guide, "Grants in AWS KMS".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Grant {
    /// Who may use it: an ARN, or a service principal.
    #[serde(alias = "granteePrincipal")]
    pub grantee_principal: String,
    /// The operations, such as `Decrypt`.
    #[serde(alias = "operations")]
    pub operations: Vec<String>,
    /// What the encryption context must be.
    #[serde(
        default,
        alias = "constraints",
        skip_serializing_if = "Option::is_none"
    )]
    pub constraints: Option<GrantConstraints>,
    /// The ARN or id of the key; without it the grant is about the key of the request.
    #[serde(default, alias = "keyId", skip_serializing_if = "Option::is_none")]
    pub key_id: Option<String>,
    /// The grant's own id; decides nothing.
    #[serde(default, alias = "grantId", skip_serializing_if = "Option::is_none")]
    pub grant_id: Option<String>,
    /// The grant's name; decides nothing.
    #[serde(default, alias = "name", skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Who may retire the grant besides the grantee: it allows `kms:RetireGrant`.
    #[serde(
        default,
        alias = "retiringPrincipal",
        skip_serializing_if = "Option::is_none"
    )]
    pub retiring_principal: Option<String>,
    /// The account that made the grant; decides nothing.
    #[serde(
        default,
        alias = "issuingAccount",
        skip_serializing_if = "Option::is_none"
    )]
    pub issuing_account: Option<String>,
    /// When it was made; decides nothing.
    #[serde(
        default,
        alias = "creationDate",
        skip_serializing_if = "Option::is_none"
    )]
    pub creation_date: Option<serde_json::Value>,
}

/// The constraints of a grant on the encryption context.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct GrantConstraints {
    /// The encryption context has at least these pairs.
    #[serde(default, alias = "encryptionContextSubset")]
    pub encryption_context_subset: Option<BTreeMap<String, String>>,
    /// The encryption context has exactly these pairs.
    #[serde(default, alias = "encryptionContextEquals")]
    pub encryption_context_equals: Option<BTreeMap<String, String>>,
}

/// The operations that carry an encryption context, which is what constraints are about.
const WITH_CONTEXT: &[&str] = &[
    "decrypt",
    "encrypt",
    "generatedatakey",
    "generatedatakeywithoutplaintext",
    "generatedatakeypair",
    "generatedatakeypairwithoutplaintext",
    "reencryptfrom",
    "reencryptto",
];

const CONTEXT: &str = "kms:encryptioncontext:";

/// Whether grants let the one who asks do something.
#[derive(Debug, Clone, Copy)]
pub(super) struct Granted {
    /// By naming a session, a user, a federated user or a service.
    pub(super) direct: Truth,
    /// By naming the role or the account.
    pub(super) shared: Truth,
}

impl Granted {
    /// No grant does.
    pub(super) const NOTHING: Self = Self {
        direct: Truth::False,
        shared: Truth::False,
    };

    /// One of them does.
    pub(super) fn truth(self) -> Truth {
        self.direct.or(self.shared)
    }
}

/// Whether the grants let the one who asks do it.
pub(super) fn permits<N: Notes>(grants: &[Grant], request: &Request, notes: &mut N) -> Granted {
    let mut granted = Granted::NOTHING;
    for grant in grants {
        let mut naming = Naming::Account;
        let truth = one(grant, request, &mut naming, notes);
        match naming {
            Naming::Direct => granted.direct = granted.direct.or(truth),
            _ => granted.shared = granted.shared.or(truth),
        }
    }
    granted
}

fn one<N: Notes>(grant: &Grant, request: &Request, naming: &mut Naming, notes: &mut N) -> Truth {
    let Some(operation) = request.folded_action().strip_prefix("kms:") else {
        return Truth::False;
    };
    let listed = grant
        .operations
        .iter()
        .any(|listed| listed.eq_ignore_ascii_case(operation));
    let retires = operation == "retiregrant" && grant.retiring_principal.is_some();
    if !(listed || retires) || !about_key(grant, request) {
        return Truth::False;
    }
    let mut truth = Truth::False;
    if listed {
        truth = truth.or(is_grantee(&grant.grantee_principal, request, naming, notes));
    }
    if let Some(retiring) = grant.retiring_principal.as_deref().filter(|_| retires) {
        truth = truth.or(is_grantee(retiring, request, naming, notes));
    }
    if truth == Truth::False {
        return truth;
    }
    if operation == "creategrant" {
        truth = truth.and(no_wider(grant, request, notes));
    }
    if WITH_CONTEXT.contains(&operation) {
        truth = truth.and(context_fits(grant, request, notes));
    }
    truth
}

/// Whether a grant that is made under this one is no wider than it: its operations are among those of this
/// one. Which encryption context it asks for the request does not tell.
///
/// Source: AWS KMS Developer Guide, "Creating grants", Granting CreateGrant permission.
fn no_wider<N: Notes>(grant: &Grant, request: &Request, notes: &mut N) -> Truth {
    let wanted = request.values("kms:GrantOperations");
    let listed = |operation: &String| {
        let mut listed = grant.operations.iter();
        listed.any(|listed| listed.eq_ignore_ascii_case(operation))
    };
    if !wanted.iter().all(listed) {
        return Truth::False;
    }
    if wanted.is_empty() || grant.constraints.is_some() {
        notes.doubt(Doubt::ChildGrant);
        return Truth::Unknown;
    }
    Truth::True
}

fn about_key(grant: &Grant, request: &Request) -> bool {
    match (&grant.key_id, request.resource()) {
        (None, _) => true,
        (Some(key), Some(resource)) => {
            key == resource
                || resource
                    .rsplit_once("key/")
                    .is_some_and(|(_, id)| id == key)
        }
        (Some(_), None) => false,
    }
}

fn is_grantee<N: Notes>(
    text: &str,
    request: &Request,
    naming: &mut Naming,
    notes: &mut N,
) -> Truth {
    let (truth, by) = match request.principal() {
        Principal::Aws(aws) => grantee_matches(text, &AwsEntry::new(text), aws, notes),
        Principal::Service(name) => (Truth::from(name == text), Naming::Direct),
        Principal::Federated(_) | Principal::Anonymous => (Truth::False, Naming::Direct),
    };
    if truth != Truth::False {
        *naming = by.max(*naming);
    }
    truth
}

fn context_fits<N: Notes>(grant: &Grant, request: &Request, notes: &mut N) -> Truth {
    let Some(constraints) = &grant.constraints else {
        return Truth::True;
    };
    let wanted = constraints
        .encryption_context_subset
        .iter()
        .chain(&constraints.encryption_context_equals);
    let mut truth = Truth::True;
    for (key, value) in wanted.flatten() {
        let found = request
            .under(CONTEXT)
            .find(|(found, _)| found.eq_ignore_ascii_case(key));
        truth = truth.and(match found {
            Some((_, [only])) => Truth::from(only == value),
            Some(_) => Truth::False,
            None if request.is_open() => {
                notes.missing(&format!("kms:EncryptionContext:{key}"));
                Truth::Unknown
            }
            None => Truth::False,
        });
    }
    if let Some(equals) = &constraints.encryption_context_equals {
        let more = request
            .under(CONTEXT)
            .any(|(key, _)| !equals.keys().any(|known| known.eq_ignore_ascii_case(key)));
        if more {
            return Truth::False;
        }
        if request.is_open() {
            notes.missing("kms:EncryptionContextKeys");
            truth = truth.and(Truth::Unknown);
        }
    }
    truth
}
