//! A policy document, as far as its text can be trusted to mean something.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::operator::Operator;

/// The version of the policy language. Only the newer one knows policy variables (`${...}`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Version {
    /// `2008-10-17`, which is also what a document without `Version` is read as.
    #[serde(rename = "2008-10-17")]
    V2008,
    /// `2012-10-17`.
    #[serde(rename = "2012-10-17")]
    V2012,
}

impl Version {
    /// Reads the text of a `Version` element.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "2008-10-17" => Some(Self::V2008),
            "2012-10-17" => Some(Self::V2012),
            _ => None,
        }
    }
}

/// What a statement does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Effect {
    /// It grants.
    Allow,
    /// It refuses, whatever else grants.
    Deny,
}

/// A parsed document.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Document {
    /// `Version`, if it is written.
    pub version: Option<Version>,
    /// `Id`, if it is written.
    pub id: Option<String>,
    /// The statements, in the order of the text.
    pub statements: Vec<Statement>,
}

impl Document {
    /// Every account, role, user and session that a statement names in `Principal` or `NotPrincipal`.
    pub fn aws_principals(&self) -> BTreeSet<&str> {
        self.statements
            .iter()
            .filter_map(|statement| statement.principal.as_ref())
            .flat_map(|listed| &listed.entries)
            .filter_map(|entry| match entry {
                PrincipalEntry::Aws(text) => Some(text.as_str()),
                _ => None,
            })
            .collect()
    }

    /// Whether `${...}` means anything here.
    pub fn knows_variables(&self) -> bool {
        self.version == Some(Version::V2012)
    }
}

/// One statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Its index in the document, from 0.
    pub index: usize,
    /// `Sid`; an empty one counts as none.
    pub sid: Option<String>,
    /// `Effect`.
    pub effect: Effect,
    /// `Principal` or `NotPrincipal`; neither in an identity policy.
    pub principal: Option<Listed<PrincipalEntry>>,
    /// `Action` or `NotAction`.
    pub action: Listed<String>,
    /// `Resource` or `NotResource`; neither in a trust policy.
    pub resource: Option<Listed<String>>,
    /// Every operator and key of `Condition`; all of them must be met.
    pub conditions: Vec<Condition>,
}

impl Statement {
    /// The name by which a person finds it: its `Sid`, or its position counted from 1.
    pub fn label(&self) -> String {
        label(self.sid.as_deref(), self.index)
    }
}

/// The name of a statement: its `Sid`, or its position counted from 1.
pub(super) fn label(sid: Option<&str>, index: usize) -> String {
    match sid {
        Some(sid) if !sid.is_empty() => sid.to_owned(),
        _ => format!("statement {}", index.saturating_add(1)),
    }
}

/// An element or its `Not` form, with what it lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed<T> {
    /// Whether it is the `Not` form.
    pub negated: bool,
    /// What is listed; never empty.
    pub entries: Vec<T>,
}

/// One entry of `Principal` or `NotPrincipal`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PrincipalEntry {
    /// `"*"` or `{"AWS": "*"}`: everybody, with or without credentials.
    Everyone,
    /// An account, role, session or user.
    Aws(String),
    /// An AWS service.
    Service(String),
    /// An identity provider.
    Federated(String),
    /// An account by its canonical id, as Amazon S3 knows it.
    CanonicalUser(String),
}

/// One operator on one key of `Condition`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// The operator.
    pub operator: Operator,
    /// The condition key, as written. Keys are compared without regard to case.
    pub key: String,
    /// The values, of which one is enough (none may match for a negated operator); never empty.
    pub values: Vec<String>,
}
