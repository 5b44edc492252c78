//! AWS account ids.

use serde::{Deserialize, Serialize};

use super::{IdentError, text_identifier};

/// An AWS account id: exactly twelve digits, leading zeros included.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AccountId(String);

impl AccountId {
    /// Parses twelve digits. Dashes and spaces, as the console prints them, are not accepted; the
    /// error suggests the id without them.
    pub fn parse(text: &str) -> Result<Self, IdentError> {
        if text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit()) {
            return Ok(Self(text.to_owned()));
        }
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        let rest_is_punctuation = text
            .chars()
            .all(|c| c.is_ascii_digit() || c == '-' || c.is_whitespace());
        let mut error = IdentError::new(
            text,
            match digits.len() {
                n if n != 12 && rest_is_punctuation => {
                    format!("an account id has 12 digits, this has {n}")
                }
                _ => "an account id is 12 digits and nothing else".to_owned(),
            },
        );
        if digits.len() == 12 && rest_is_punctuation {
            error.suggestion = Some(digits);
        }
        Err(error)
    }

    /// The twelve digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

text_identifier!(AccountId);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twelve_digits_and_nothing_else() {
        assert!(AccountId::parse("012345678901").is_ok());
        let short = AccountId::parse("55884643111").unwrap_err();
        assert_eq!(
            short.to_string(),
            "an account id has 12 digits, this has 11"
        );
        let dashed = AccountId::parse("5588-4643-1111").unwrap_err();
        assert_eq!(dashed.suggestion.as_deref(), Some("558846431111"));
        assert!(AccountId::parse("٠١٢٣٤٥٦٧٨٩٠١").is_err());
        assert!(AccountId::parse("").is_err());
    }
}
