//! When a rule applies.

use serde_json::{Value, json};

use super::validation;
use crate::sandbox::service::Fault;
use crate::sandbox::services::fields::{list, text};

/// Fields and the member that holds their values. Source: the API model, `RuleCondition`.
const FIELDS: [(&str, &str); 6] = [
    ("host-header", "HostHeaderConfig"),
    ("path-pattern", "PathPatternConfig"),
    ("http-header", "HttpHeaderConfig"),
    ("http-request-method", "HttpRequestMethodConfig"),
    ("query-string", "QueryStringConfig"),
    ("source-ip", "SourceIpConfig"),
];

/// Reads conditions and completes them as the API answers them: host and path values stand in both
/// places, wherever they were given.
pub fn read(given: &[Value]) -> Result<Vec<Value>, Fault> {
    if given.is_empty() {
        return Err(validation("A condition must be specified"));
    }
    given.iter().map(condition).collect()
}

fn condition(given: &Value) -> Result<Value, Fault> {
    let field = text(given, "Field").unwrap_or_default();
    let Some((_, member)) = FIELDS.iter().find(|(name, _)| *name == field) else {
        let names: Vec<&str> = FIELDS.iter().map(|(name, _)| *name).collect();
        return Err(validation(format!(
            "Condition field '{field}' must be one of '[{}]'",
            names.join(", ")
        )));
    };
    let config = given.get(*member).unwrap_or(&Value::Null);
    let direct = list(given, "Values");
    let inner = list(config, "Values");
    let regular = !list(config, "RegexValues").is_empty() || !list(given, "RegexValues").is_empty();
    if direct.is_empty() && inner.is_empty() && !regular {
        return Err(validation("A condition value must be specified"));
    }
    if !direct.is_empty() && !inner.is_empty() && direct != inner {
        return Err(validation(format!(
            "Values and {member} can be given together only if they are the same"
        )));
    }
    if !["host-header", "path-pattern"].contains(&field) {
        if inner.is_empty() && !regular {
            return Err(validation(format!(
                "The values of a '{field}' condition must be given in {member}"
            )));
        }
        return Ok(json!({"Field": field, *member: config}));
    }
    if regular {
        return Ok(given.clone());
    }
    let values = if inner.is_empty() { direct } else { inner };
    let longest = values
        .iter()
        .filter_map(Value::as_str)
        .map(|value| value.chars().count())
        .max();
    if longest.is_some_and(|length| length > 128) {
        return Err(validation(
            "Condition values can be up to 128 characters long",
        ));
    }
    Ok(json!({"Field": field, "Values": values, *member: {"Values": values}}))
}
