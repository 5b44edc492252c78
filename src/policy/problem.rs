//! What is wrong with a document, and where.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How sure it is that AWS refuses the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// AWS refuses it.
    Error,
    /// AWS takes it, or it is not known that it does not, but it hardly means what was wanted.
    Suspicion,
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
        }
    }

    pub(super) fn suspicion(&self, message: impl Into<String>) -> Problem {
        Problem {
            severity: Severity::Suspicion,
            ..self.error(message)
        }
    }
}
