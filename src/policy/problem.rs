//! What is wrong with a document, and where.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How sure it is that AWS refuses the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// AWS refuses it.
    Error,
    /// AWS takes it, or it is not known that it does not, but it hardly means what was wanted.
    Suspicion,
}

/// Which rule a document breaks, for who answers in AWS's own words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// The grammar: an element, its type, or a value that the language does not have.
    Grammar,
    /// How large it may be.
    Size,
    /// Which characters it may hold.
    Characters,
    /// What a statement id may be.
    StatementId,
    /// An element that this kind of document needs is missing.
    MissingElement,
    /// An element that this kind of document must not have.
    ForbiddenElement,
    /// An action without its service.
    ActionVendor,
    /// An action of a service that this kind of document is not about.
    ActionService,
    /// The form of an action.
    Action,
    /// The form of a resource.
    Resource,
    /// The form of a principal.
    Principal,
    /// A condition's key or value.
    Condition,
    /// It is well formed, and may mean something else than was wanted.
    Meaning,
}

/// One thing that is wrong with a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub struct Problem {
    /// A JSON pointer, for example `/Statement/0/Action`; empty for the document itself.
    pub place: String,
    /// What is wrong, and what was expected.
    pub message: String,
    /// Whether AWS refuses it.
    pub severity: Severity,
    /// Which rule it breaks.
    pub rule: Rule,
}

impl Problem {
    /// The same, as a breach of this rule.
    pub(super) fn under(self, rule: Rule) -> Self {
        Self { rule, ..self }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.place.is_empty() {
            f.write_str(&self.message)
        } else {
            write!(f, "{}: {}", self.place, self.message)
        }
    }
}

/// A JSON pointer while it is being walked.
#[derive(Debug, Clone, Default)]
pub(super) struct Place(String);

impl Place {
    pub(super) fn root() -> Self {
        Self::default()
    }

    /// One element further down. `~` and `/` are escaped as RFC 6901 says.
    pub(super) fn key(&self, key: &str) -> Self {
        Self(format!(
            "{}/{}",
            self.0,
            key.replace('~', "~0").replace('/', "~1")
        ))
    }

    pub(super) fn index(&self, index: usize) -> Self {
        Self(format!("{}/{index}", self.0))
    }

    pub(super) fn error(&self, message: impl Into<String>) -> Problem {
        Problem {
            place: self.0.clone(),
            message: message.into(),
            severity: Severity::Error,
            rule: Rule::Grammar,
        }
    }

    pub(super) fn suspicion(&self, message: impl Into<String>) -> Problem {
        Problem {
            severity: Severity::Suspicion,
            ..self.error(message)
        }
    }
}

/// The place of an element that is one value or a list of them.
#[derive(Debug, Clone)]
pub(super) struct ListPlace {
    place: Place,
    is_list: bool,
}

impl ListPlace {
    /// The place of an element of this document.
    pub(super) fn of(document: &Value, place: Place) -> Self {
        let is_list = document.pointer(&place.0).is_some_and(Value::is_array);
        Self { place, is_list }
    }

    /// The place of one of its values.
    pub(super) fn at(&self, index: usize) -> Place {
        if self.is_list {
            self.place.index(index)
        } else {
            self.place.clone()
        }
    }
}
