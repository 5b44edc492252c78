//! A policy document, as far as its text can be trusted to mean something, ready to be matched.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::arn::ArnPattern;
pub use super::condition::Condition;
use super::glob::Glob;
use super::principal::AwsEntry;

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
#[derive(Debug, Clone, PartialEq, Default)]
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
                PrincipalEntry::Aws { text, .. } => Some(&**text),
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
#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    /// Its index in the document, from 0.
    pub index: usize,
    /// `Sid`; an empty one counts as none.
    pub sid: Option<Box<str>>,
    /// `Effect`.
    pub effect: Effect,
    /// `Principal` or `NotPrincipal`; neither in an identity policy.
    pub principal: Option<Listed<PrincipalEntry>>,
    /// `Action` or `NotAction`.
    pub action: Listed<ActionEntry>,
    /// `Resource` or `NotResource`; neither in a trust policy.
    pub resource: Option<Listed<ResourceEntry>>,
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

/// One entry of `Action` or `NotAction`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActionEntry {
    text: Box<str>,
    pattern: ActionPattern,
}

/// How an action is compared, which is without regard to case.
#[derive(Debug, Clone, PartialEq, Eq)]
enum ActionPattern {
    /// The text itself, which has no wildcard.
    Exact,
    /// The text up to its last character, a `*`.
    Prefix,
    /// Other wildcards, in lower case.
    Wild(Glob),
}

impl ActionEntry {
    pub(super) fn new(text: String) -> Self {
        let pattern = match text.find(['*', '?']) {
            None => ActionPattern::Exact,
            Some(at) if at.saturating_add(1) == text.len() && text.ends_with('*') => {
                ActionPattern::Prefix
            }
            Some(_) => ActionPattern::Wild(Glob::wild(&text.to_ascii_lowercase())),
        };
        Self {
            pattern,
            text: text.into_boxed_str(),
        }
    }

    /// As it is written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether an action, given in lower case, matches.
    #[inline]
    pub(super) fn matches(&self, folded: &str) -> bool {
        let text = self.text.as_bytes();
        let action = folded.as_bytes();
        match &self.pattern {
            ActionPattern::Exact => text.eq_ignore_ascii_case(action),
            ActionPattern::Prefix => {
                let (_, prefix) = text.split_last().unwrap_or((&0, &[]));
                action
                    .get(..prefix.len())
                    .is_some_and(|start| start.eq_ignore_ascii_case(prefix))
            }
            ActionPattern::Wild(glob) => glob.matches(folded),
        }
    }
}

/// One entry of `Resource` or `NotResource`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceEntry {
    text: Box<str>,
    pub(super) pattern: ArnPattern,
}

impl ResourceEntry {
    pub(super) fn new(text: String, variables: bool) -> Self {
        Self {
            pattern: ArnPattern::new(&text, variables, true),
            text: text.into_boxed_str(),
        }
    }

    /// As it is written.
    pub fn text(&self) -> &str {
        &self.text
    }
}

/// One entry of `Principal` or `NotPrincipal`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PrincipalEntry {
    /// `"*"` or `{"AWS": "*"}`: everybody, with or without credentials.
    Everyone,
    /// An account, role, session or user.
    Aws {
        /// As it is written.
        text: Box<str>,
        /// What it names.
        entry: AwsEntry,
    },
    /// An AWS service.
    Service(String),
    /// An identity provider.
    Federated(String),
    /// An account by its canonical id, as Amazon S3 knows it.
    CanonicalUser(String),
}

impl PrincipalEntry {
    pub(super) fn aws(text: String) -> Self {
        if text == "*" {
            return Self::Everyone;
        }
        Self::Aws {
            entry: AwsEntry::new(&text),
            text: text.into_boxed_str(),
        }
    }
}
