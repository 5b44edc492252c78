//! Amazon Resource Names.

use serde::{Deserialize, Serialize};

use super::{IdentError, text_identifier};

/// An Amazon Resource Name: `arn:partition:service:region:account:resource`. Region and account may
/// be empty (IAM has no Region, S3 has neither); the resource is everything after the fifth colon.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Arn(String);

impl Arn {
    /// Checks the six parts; does not know what each service allows in them.
    pub fn parse(text: &str) -> Result<Self, IdentError> {
        let mut parts = text.splitn(6, ':');
        let shape = parts.next() == Some("arn")
            && parts.next().is_some_and(|p| p.starts_with("aws"))
            && parts.next().is_some_and(|s| !s.is_empty())
            && parts.next().is_some()
            && parts.next().is_some_and(|account| {
                account.is_empty()
                    || account == "aws"
                    || (account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit()))
            })
            && parts.next().is_some_and(|resource| !resource.is_empty());
        if shape && !text.chars().any(|c| c.is_whitespace() || c.is_control()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(IdentError::new(
                text,
                "an ARN looks like arn:aws:service:region:123456789012:resource",
            ))
        }
    }

    fn part(&self, index: usize) -> &str {
        self.0.splitn(6, ':').nth(index).unwrap_or_default()
    }

    /// `aws`, `aws-cn` or `aws-us-gov`.
    pub fn partition(&self) -> &str {
        self.part(1)
    }

    /// The service, for example `iam`.
    pub fn service(&self) -> &str {
        self.part(2)
    }

    /// The Region, empty for global services.
    pub fn region(&self) -> &str {
        self.part(3)
    }

    /// The owner's account id, empty where the ARN has none.
    pub fn account(&self) -> &str {
        self.part(4)
    }

    /// Everything after the fifth colon, for example `role/cicd/deploy`.
    pub fn resource(&self) -> &str {
        self.part(5)
    }

    /// The whole text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

text_identifier!(Arn);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn six_parts() {
        let arn = Arn::parse("arn:aws:iam::558846431111:role/cicd/deploy").unwrap();
        assert_eq!(arn.partition(), "aws");
        assert_eq!(arn.service(), "iam");
        assert_eq!(arn.region(), "");
        assert_eq!(arn.account(), "558846431111");
        assert_eq!(arn.resource(), "role/cicd/deploy");
        let function = Arn::parse("arn:aws:lambda:eu-west-1:558846431111:function:f:1").unwrap();
        assert_eq!(function.resource(), "function:f:1");
        assert!(Arn::parse("arn:aws:s3:::bucket/key").is_ok());
        for wrong in [
            "",
            "arn",
            "arn:aws:iam::123:role/x",
            "arn:aws:iam::558846431111:",
            "arn:aws:iam::558846431111:role/a b",
        ] {
            assert!(Arn::parse(wrong).is_err(), "{wrong}");
        }
    }
}
