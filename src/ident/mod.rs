//! Identifiers that every room speaks: account ids, Regions, ARNs and the name of an environment.
//!
//! Each is parsed once, at the edge, and carried as its own type from there on.

mod account;
mod arn;
mod environment;
mod region;

pub use account::AccountId;
pub use arn::Arn;
pub use environment::EnvironmentName;
pub(crate) use region::distance;
pub use region::{Region, RegionInfo};

/// A text that is not the identifier it was meant to be. `Display` says what was expected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{expected}")]
pub struct IdentError {
    /// The text that was given.
    pub given: String,
    /// What was expected instead, as a sentence without a final stop.
    pub expected: String,
    /// What to type instead, where it can be guessed.
    pub suggestion: Option<String>,
}

impl IdentError {
    fn new(given: &str, expected: impl Into<String>) -> Self {
        Self {
            given: given.to_owned(),
            expected: expected.into(),
            suggestion: None,
        }
    }
}

/// Implements the text conversions that every identifier has.
macro_rules! text_identifier {
    ($name:ident) => {
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }
        impl std::str::FromStr for $name {
            type Err = $crate::ident::IdentError;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::parse(text)
            }
        }
        impl TryFrom<String> for $name {
            type Error = $crate::ident::IdentError;
            fn try_from(text: String) -> Result<Self, Self::Error> {
                Self::parse(&text)
            }
        }
        impl From<$name> for String {
            fn from(value: $name) -> String {
                value.as_str().to_owned()
            }
        }
    };
}
pub(crate) use text_identifier;
