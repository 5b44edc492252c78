//! Which tags may be moved. Source: Amazon ECR User Guide, "Preventing image tags from being overwritten".

use serde_json::Value;

use super::invalid;
use crate::sandbox::service::{Call, Fault};
use crate::sandbox::services::fields::text;

const KINDS: [&str; 4] = [
    "MUTABLE",
    "IMMUTABLE",
    "IMMUTABLE_WITH_EXCLUSION",
    "MUTABLE_WITH_EXCLUSION",
];

/// Reads `imageTagMutability` and its filters; `MUTABLE` where nothing is said.
pub fn read(call: &Call) -> Result<(String, Vec<String>), Fault> {
    let kind = call.text("imageTagMutability").unwrap_or("MUTABLE");
    if !KINDS.contains(&kind) {
        return Err(invalid(
            "imageTagMutability",
            "Member must satisfy enum value set: [MUTABLE, IMMUTABLE, IMMUTABLE_WITH_EXCLUSION, MUTABLE_WITH_EXCLUSION]",
        ));
    }
    let given = call.list("imageTagMutabilityExclusionFilters");
    let excluding = kind.ends_with("_WITH_EXCLUSION");
    if excluding && given.is_empty() {
        return Err(invalid(
            "imageTagMutabilityExclusionFilters",
            "must be specified when imageTagMutability is IMMUTABLE_WITH_EXCLUSION or MUTABLE_WITH_EXCLUSION",
        ));
    }
    if !excluding && !given.is_empty() {
        return Err(invalid(
            "imageTagMutabilityExclusionFilters",
            "can only be specified when imageTagMutability is IMMUTABLE_WITH_EXCLUSION or MUTABLE_WITH_EXCLUSION",
        ));
    }
    if given.len() > 5 {
        return Err(invalid(
            "imageTagMutabilityExclusionFilters",
            "Member must have length less than or equal to 5",
        ));
    }
    let filters = given.iter().map(filter).collect::<Result<_, _>>()?;
    Ok((kind.to_owned(), filters))
}

fn filter(given: &Value) -> Result<String, Fault> {
    if text(given, "filterType") != Some("WILDCARD") {
        return Err(invalid(
            "imageTagMutabilityExclusionFilters.filterType",
            "Member must satisfy enum value set: [WILDCARD]",
        ));
    }
    let pattern = text(given, "filter").unwrap_or_default();
    let legal = (1..=128).contains(&pattern.len())
        && pattern
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"._*-".contains(&b))
        && pattern.matches('*').count() <= 2;
    if legal {
        Ok(pattern.to_owned())
    } else {
        Err(invalid(
            "imageTagMutabilityExclusionFilters.filter",
            "must satisfy regular expression '^[0-9a-zA-Z._*-]{1,128}$' and contain at most 2 wildcards",
        ))
    }
}

/// Whether a tag, once given, stays with its image.
pub fn is_immutable(kind: &str, filters: &[String], tag: &str) -> bool {
    let excluded = filters.iter().any(|filter| matches(filter, tag));
    match kind {
        "IMMUTABLE" => true,
        "IMMUTABLE_WITH_EXCLUSION" => !excluded,
        "MUTABLE_WITH_EXCLUSION" => excluded,
        _ => false,
    }
}

/// Whether a tag fits a filter in which `*` stands for any text, also none.
fn matches(filter: &str, tag: &str) -> bool {
    let mut parts = filter.split('*');
    let Some(mut rest) = tag.strip_prefix(parts.next().unwrap_or_default()) else {
        return false;
    };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else {
        return rest.is_empty();
    };
    for part in parts {
        match rest.split_once(part) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_match_as_wildcards() {
        for (filter, tag, expected) in [
            ("latest", "latest", true),
            ("latest", "latest1", false),
            ("dev-*", "dev-", true),
            ("dev-*", "dev-1.2", true),
            ("*-dev", "a-dev", true),
            ("*-dev", "a-dev1", false),
            ("a*b*", "axxbyy", true),
            ("a*a", "a", false),
            ("*", "", true),
        ] {
            assert_eq!(matches(filter, tag), expected, "{filter} {tag}");
        }
    }

    #[test]
    fn exclusions_turn_the_rule_round() {
        let latest = vec!["latest".to_owned()];
        assert!(is_immutable("IMMUTABLE", &[], "v1"));
        assert!(!is_immutable("MUTABLE", &[], "v1"));
        assert!(is_immutable("IMMUTABLE_WITH_EXCLUSION", &latest, "v1"));
        assert!(!is_immutable("IMMUTABLE_WITH_EXCLUSION", &latest, "latest"));
        assert!(is_immutable("MUTABLE_WITH_EXCLUSION", &latest, "latest"));
        assert!(!is_immutable("MUTABLE_WITH_EXCLUSION", &latest, "v1"));
    }
}
