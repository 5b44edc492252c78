//! What IAM holds in an account.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::sandbox::documents::Stored;

/// Users, roles, customer-managed policies, identity providers.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Iam {
    /// By name.
    pub users: BTreeMap<String, User>,
    /// By name.
    pub roles: BTreeMap<String, Role>,
    /// Customer-managed policies, by ARN.
    pub policies: BTreeMap<String, ManagedPolicy>,
    /// OpenID Connect providers, by ARN.
    pub oidc: BTreeMap<String, OidcProvider>,
    /// The account's alias.
    pub alias: Option<String>,
    /// Deletion tasks of service-linked roles, by id.
    pub deletions: BTreeMap<String, String>,
}

/// A user.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct User {
    /// The name.
    pub name: String,
    /// The path, `/` or `/a/b/`.
    pub path: String,
    /// `AIDA...`.
    pub id: String,
    /// Milliseconds since 1970.
    pub created: i64,
    /// The permissions boundary's ARN.
    pub boundary: Option<String>,
    /// Tags in the order they were set.
    pub tags: Vec<(String, String)>,
    /// Inline policies, by name.
    pub inline: BTreeMap<String, String>,
    /// ARNs of attached policies.
    pub attached: BTreeSet<String>,
    /// Access keys, two at most.
    pub access_keys: Vec<AccessKey>,
    /// User names and passwords for single services.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub service_credentials: Vec<ServiceCredential>,
}

/// A user name and password for one service.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ServiceCredential {
    /// `ACCA...`.
    pub id: String,
    /// The service, as in `codecommit.amazonaws.com`.
    pub service: String,
    /// The user name.
    pub user_name: String,
    /// The password.
    pub password: String,
    /// Whether it may be used.
    pub active: bool,
    /// Milliseconds since 1970.
    pub created: i64,
}

/// An access key of a user.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct AccessKey {
    /// `AKIA...`.
    pub id: String,
    /// The secret.
    pub secret: String,
    /// Whether it may be used.
    pub active: bool,
    /// Milliseconds since 1970.
    pub created: i64,
}

/// A role.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Role {
    /// The name.
    pub name: String,
    /// The path, `/` or `/a/b/`.
    pub path: String,
    /// `AROA...`.
    pub id: String,
    /// Milliseconds since 1970.
    pub created: i64,
    /// Who may assume it.
    pub trust: Stored,
    /// The description, where there is one.
    pub description: Option<String>,
    /// The longest session in seconds.
    pub max_session: i64,
    /// The permissions boundary's ARN.
    pub boundary: Option<String>,
    /// Tags in the order they were set.
    pub tags: Vec<(String, String)>,
    /// Inline policies, by name.
    pub inline: BTreeMap<String, String>,
    /// ARNs of attached policies.
    pub attached: BTreeSet<String>,
    /// The service that a service-linked role belongs to.
    pub linked_to: Option<String>,
}

/// A customer-managed policy.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ManagedPolicy {
    /// The name.
    pub name: String,
    /// The path, `/` or `/a/b/`.
    pub path: String,
    /// `ANPA...`.
    pub id: String,
    /// The description, where there is one.
    pub description: Option<String>,
    /// Milliseconds since 1970.
    pub created: i64,
    /// Milliseconds since 1970.
    pub updated: i64,
    /// Tags in the order they were set.
    pub tags: Vec<(String, String)>,
    /// The default version's number.
    pub default: u32,
    /// The number that the next version gets.
    pub next: u32,
    /// Versions by number.
    pub versions: BTreeMap<u32, PolicyVersion>,
}

/// A version of a managed policy.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct PolicyVersion {
    /// The document.
    pub document: String,
    /// Milliseconds since 1970.
    pub created: i64,
}

/// An OpenID Connect provider.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct OidcProvider {
    /// The URL without its scheme.
    pub url: String,
    /// Audiences.
    pub clients: Vec<String>,
    /// Certificate thumbprints.
    pub thumbprints: Vec<String>,
    /// Tags.
    pub tags: Vec<(String, String)>,
    /// Milliseconds since 1970.
    pub created: i64,
}

impl User {
    /// The ARN in an account.
    pub fn arn(&self, account: &str) -> String {
        format!("arn:aws:iam::{account}:user{}{}", self.path, self.name)
    }
}

impl Role {
    /// The ARN in an account.
    pub fn arn(&self, account: &str) -> String {
        format!("arn:aws:iam::{account}:role{}{}", self.path, self.name)
    }
}

/// The path (with its slashes) and name in `arn:aws:iam::1:role/a/b/name`.
fn path_and_name<'a>(arn: &'a str, kind: &str) -> Option<(&'a str, &'a str)> {
    let resource = arn.splitn(6, ':').nth(5)?.strip_prefix(kind)?;
    let cut = resource.rfind('/')?;
    let (path, name) = resource.split_at(cut + 1);
    Some((path, name))
}

impl Iam {
    /// A role by its whole ARN, path included. The ARN's account is the caller's to check.
    pub fn role_by_arn(&self, arn: &str) -> Option<&Role> {
        let (path, name) = path_and_name(arn, "role")?;
        self.roles.get(name).filter(|r| r.path == path)
    }

    /// A user by its whole ARN, path included.
    pub fn user_by_arn(&self, arn: &str) -> Option<&User> {
        let (path, name) = path_and_name(arn, "user")?;
        self.users.get(name).filter(|u| u.path == path)
    }
}
