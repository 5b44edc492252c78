//! The name of an environment.

use serde::{Deserialize, Serialize};

use super::{IdentError, text_identifier};

/// The name of an environment, for example `dev`: it becomes part of names in several AWS services,
/// so it keeps to what all of them take: 1 to 16 lower-case letters, digits and inner hyphens,
/// starting with a letter.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EnvironmentName(String);

impl EnvironmentName {
    /// Parses a name. `shared` is refused: it names the shared account.
    pub fn parse(text: &str) -> Result<Self, IdentError> {
        let legal = !text.is_empty()
            && text.len() <= 16
            && text.starts_with(|c: char| c.is_ascii_lowercase())
            && !text.ends_with('-')
            && text
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if text == "shared" {
            return Err(IdentError::new(
                text,
                "'shared' names the shared account; an environment needs another name",
            ));
        }
        if legal {
            return Ok(Self(text.to_owned()));
        }
        let mut error = IdentError::new(
            text,
            "an environment's name has 1 to 16 lower-case letters, digits and inner hyphens, and starts with a letter",
        );
        let lower = text.to_ascii_lowercase();
        if lower != text && Self::parse(&lower).is_ok() {
            error.suggestion = Some(lower);
        }
        Err(error)
    }

    /// The name as typed.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name with its first letter in upper case and without hyphens, as statement ids carry it
    /// (IAM takes letters and digits only there): `pre-prod` becomes `PreProd`.
    pub fn in_sid(&self) -> String {
        self.0
            .split('-')
            .map(|word| {
                let mut letters = word.chars();
                match letters.next() {
                    Some(first) => first.to_ascii_uppercase().to_string() + letters.as_str(),
                    None => String::new(),
                }
            })
            .collect()
    }
}

text_identifier!(EnvironmentName);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_all_services_take() {
        assert!(EnvironmentName::parse("dev").is_ok());
        assert_eq!(
            EnvironmentName::parse("pre-prod").unwrap().in_sid(),
            "PreProd"
        );
        assert_eq!(
            EnvironmentName::parse("Dev")
                .unwrap_err()
                .suggestion
                .as_deref(),
            Some("dev")
        );
        for wrong in [
            "",
            "1dev",
            "dev-",
            "shared",
            "a_b",
            "개발",
            "abcdefghijklmnopq",
        ] {
            assert!(EnvironmentName::parse(wrong).is_err(), "{wrong}");
        }
    }
}
