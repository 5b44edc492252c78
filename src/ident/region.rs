//! AWS Regions.

use serde::{Deserialize, Serialize};

use super::{IdentError, text_identifier};

/// A Region that exists, for example `ap-northeast-2`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Region(String);

/// What is known of a Region.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RegionInfo {
    /// The code, for example `ap-northeast-2`.
    pub code: &'static str,
    /// The name that the console shows, for example `Asia Pacific (Seoul)`.
    pub name: &'static str,
    /// The partition that its ARNs carry.
    pub partition: &'static str,
    /// Whether CodePipeline is listed there. Source: the endpoint data of botocore 1.43.11; newer
    /// Regions may have it since, so this is advice and never a refusal.
    pub codepipeline: bool,
}

const fn info(
    code: &'static str,
    name: &'static str,
    partition: &'static str,
    codepipeline: bool,
) -> RegionInfo {
    RegionInfo {
        code,
        name,
        partition,
        codepipeline,
    }
}

/// Every Region of the public partitions. Source: the partition data of botocore 1.43.11.
const REGIONS: &[RegionInfo] = &[
    info("af-south-1", "Africa (Cape Town)", "aws", true),
    info("ap-east-1", "Asia Pacific (Hong Kong)", "aws", true),
    info("ap-east-2", "Asia Pacific (Taipei)", "aws", false),
    info("ap-northeast-1", "Asia Pacific (Tokyo)", "aws", true),
    info("ap-northeast-2", "Asia Pacific (Seoul)", "aws", true),
    info("ap-northeast-3", "Asia Pacific (Osaka)", "aws", true),
    info("ap-south-1", "Asia Pacific (Mumbai)", "aws", true),
    info("ap-south-2", "Asia Pacific (Hyderabad)", "aws", true),
    info("ap-southeast-1", "Asia Pacific (Singapore)", "aws", true),
    info("ap-southeast-2", "Asia Pacific (Sydney)", "aws", true),
    info("ap-southeast-3", "Asia Pacific (Jakarta)", "aws", true),
    info("ap-southeast-4", "Asia Pacific (Melbourne)", "aws", true),
    info("ap-southeast-5", "Asia Pacific (Malaysia)", "aws", true),
    info("ap-southeast-6", "Asia Pacific (New Zealand)", "aws", false),
    info("ap-southeast-7", "Asia Pacific (Thailand)", "aws", false),
    info("ca-central-1", "Canada (Central)", "aws", true),
    info("ca-west-1", "Canada West (Calgary)", "aws", false),
    info("eu-central-1", "Europe (Frankfurt)", "aws", true),
    info("eu-central-2", "Europe (Zurich)", "aws", true),
    info("eu-north-1", "Europe (Stockholm)", "aws", true),
    info("eu-south-1", "Europe (Milan)", "aws", true),
    info("eu-south-2", "Europe (Spain)", "aws", true),
    info("eu-west-1", "Europe (Ireland)", "aws", true),
    info("eu-west-2", "Europe (London)", "aws", true),
    info("eu-west-3", "Europe (Paris)", "aws", true),
    info("il-central-1", "Israel (Tel Aviv)", "aws", true),
    info("me-central-1", "Middle East (UAE)", "aws", true),
    info("me-south-1", "Middle East (Bahrain)", "aws", true),
    info("mx-central-1", "Mexico (Central)", "aws", false),
    info("sa-east-1", "South America (Sao Paulo)", "aws", true),
    info("us-east-1", "US East (N. Virginia)", "aws", true),
    info("us-east-2", "US East (Ohio)", "aws", true),
    info("us-west-1", "US West (N. California)", "aws", true),
    info("us-west-2", "US West (Oregon)", "aws", true),
    info("cn-north-1", "China (Beijing)", "aws-cn", true),
    info("cn-northwest-1", "China (Ningxia)", "aws-cn", true),
    info(
        "us-gov-east-1",
        "AWS GovCloud (US-East)",
        "aws-us-gov",
        true,
    ),
    info(
        "us-gov-west-1",
        "AWS GovCloud (US-West)",
        "aws-us-gov",
        true,
    ),
];

impl Region {
    /// Parses the code of a Region that exists; a near miss is suggested.
    pub fn parse(text: &str) -> Result<Self, IdentError> {
        if REGIONS.iter().any(|region| region.code == text) {
            return Ok(Self(text.to_owned()));
        }
        let wanted = text.trim().to_ascii_lowercase();
        let nearest = REGIONS
            .iter()
            .map(|region| (distance(&wanted, region.code), region.code))
            .min();
        let mut error = IdentError::new(text, "no AWS Region has this code");
        if let Some((steps, code)) = nearest
            && steps <= 3
        {
            error.suggestion = Some(code.to_owned());
        }
        Err(error)
    }

    /// All Regions, in the order of their partition and code.
    pub fn all() -> &'static [RegionInfo] {
        REGIONS
    }

    /// What is known of this Region.
    pub fn info(&self) -> RegionInfo {
        REGIONS
            .iter()
            .copied()
            .find(|region| region.code == self.0)
            .unwrap_or_else(|| info("", "", "aws", false))
    }

    /// The partition that ARNs of this Region carry.
    pub fn partition(&self) -> &'static str {
        self.info().partition
    }

    /// The domain that service and registry addresses of this Region end in.
    pub fn dns_suffix(&self) -> &'static str {
        match self.partition() {
            "aws-cn" => "amazonaws.com.cn",
            _ => "amazonaws.com",
        }
    }

    /// The code.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

text_identifier!(Region);

/// The number of letters to insert, remove or change to come from one text to the other.
pub(crate) fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.chars().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        for (j, b) in to.iter().enumerate() {
            let above = row.get(j + 1).copied().unwrap_or(usize::MAX);
            let here = (diagonal + usize::from(a != *b))
                .min(above.saturating_add(1))
                .min(left + 1);
            if let Some(slot) = row.get_mut(j) {
                *slot = left;
            }
            diagonal = above;
            left = here;
        }
        if let Some(slot) = row.last_mut() {
            *slot = left;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typo_is_answered_with_the_region_meant() {
        assert_eq!(
            Region::parse("ap-northeast-2").unwrap().info().name,
            "Asia Pacific (Seoul)"
        );
        for (typed, meant) in [
            ("ap-norteast-2", "ap-northeast-2"),
            ("AP-NORTHEAST-2", "ap-northeast-2"),
            ("us-east1", "us-east-1"),
            ("eu-wst-1", "eu-west-1"),
        ] {
            assert_eq!(
                Region::parse(typed).unwrap_err().suggestion.as_deref(),
                Some(meant)
            );
        }
        assert_eq!(Region::parse("moon").unwrap_err().suggestion, None);
        assert_eq!(Region::parse("").unwrap_err().suggestion, None);
    }

    #[test]
    fn edit_distance() {
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("abc", ""), 3);
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("same", "same"), 0);
    }
}
