//! What KMS holds in a Region of an account.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::sandbox::documents::Stored;

/// Keys and aliases.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Kms {
    /// By key id.
    pub keys: BTreeMap<String, Key>,
    /// Alias name (with `alias/`) to alias.
    pub aliases: BTreeMap<String, Alias>,
}

/// An alias.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Alias {
    /// The key id that it points to.
    pub key: String,
    /// Milliseconds since 1970.
    pub created: i64,
    /// Milliseconds since 1970.
    pub updated: i64,
}

/// A symmetric encryption key.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Key {
    /// The id.
    pub id: String,
    /// The description.
    pub description: String,
    /// Milliseconds since 1970.
    pub created: i64,
    /// Whether it may be used.
    pub enabled: bool,
    /// When it will be deleted, where deletion is scheduled.
    pub deletion: Option<i64>,
    /// Days between scheduling and deletion.
    pub pending_days: i64,
    /// The key policy.
    pub policy: Stored,
    /// Tags in the order they were set.
    pub tags: Vec<(String, String)>,
    /// Whether it rotates by itself.
    pub rotation: bool,
    /// Days between rotations.
    pub rotation_days: i64,
    /// Rotations that were made on demand.
    pub rotations: Vec<i64>,
    /// `CUSTOMER` or `AWS`.
    pub manager: String,
    /// Key material, hexadecimal. Each rotation adds one; the last encrypts.
    pub material: Vec<String>,
    /// Grants, in the order they were made.
    pub grants: Vec<KeyGrant>,
}

/// A grant.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct KeyGrant {
    /// The id.
    pub id: String,
    /// The token that stands for it.
    pub token: String,
    /// The name.
    pub name: Option<String>,
    /// Who may use it, as the principal of a statement.
    pub grantee: Stored,
    /// Who may retire it, likewise.
    pub retiring: Option<Stored>,
    /// What it allows, such as `Decrypt`.
    pub operations: Vec<String>,
    /// Pairs that the encryption context must have.
    pub subset: Option<BTreeMap<String, String>>,
    /// What the encryption context must be.
    pub equals: Option<BTreeMap<String, String>>,
    /// The account that made it.
    pub issuer: String,
    /// Milliseconds since 1970.
    pub created: i64,
}
