//! Values that are known only after something has been created.
//!
//! A document may mention `⟨shared/artifact-key.arn⟩` before the key exists. The brackets are
//! characters that no ARN, name or IAM document may contain, so such a reference can neither be
//! mistaken for a value nor slip through to AWS: [`resolve`] is the only way out, and it fails as
//! long as a reference is left.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::ResourceId;

/// What is known of the resources that exist: per resource, attribute to value (`arn`, `id`, ...).
pub type Attributes = BTreeMap<String, BTreeMap<String, String>>;

/// Opens a reference.
pub const AFTER_APPLY_OPEN: char = '⟨';
/// Closes a reference.
pub const AFTER_APPLY_CLOSE: char = '⟩';

/// A reference to something that nothing has made yet.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0} is not known yet")]
pub struct Unresolved(pub String);

/// The text that stands for an attribute of a resource until it is known.
pub fn after_apply(resource: &ResourceId, attribute: &str) -> String {
    format!("{AFTER_APPLY_OPEN}{resource}.{attribute}{AFTER_APPLY_CLOSE}")
}

/// Every reference in a value, as (resource, attribute).
pub fn references<T: Serialize>(value: &T) -> BTreeSet<(String, String)> {
    let mut found = BTreeSet::new();
    if let Ok(value) = serde_json::to_value(value) {
        walk(&value, &mut |text| {
            let mut rest = text;
            while let Some((_, tail)) = rest.split_once(AFTER_APPLY_OPEN) {
                let Some((reference, after)) = tail.split_once(AFTER_APPLY_CLOSE) else {
                    break;
                };
                if let Some((resource, attribute)) = reference.rsplit_once('.') {
                    found.insert((resource.to_owned(), attribute.to_owned()));
                }
                rest = after;
            }
        });
    }
    found
}

/// The value with every reference replaced by what is known.
///
/// # Errors
/// Names the first reference that nothing has made yet.
pub fn resolve<T: Serialize + DeserializeOwned>(
    value: &T,
    known: &Attributes,
) -> Result<T, Unresolved> {
    let mut json = serde_json::to_value(value).map_err(|error| Unresolved(error.to_string()))?;
    replace(&mut json, known)?;
    serde_json::from_value(json).map_err(|error| Unresolved(error.to_string()))
}

/// The value with every reference replaced that is known; the others stay.
pub fn resolve_known<T: Serialize + DeserializeOwned + Clone>(value: &T, known: &Attributes) -> T {
    let Ok(mut json) = serde_json::to_value(value) else {
        return value.clone();
    };
    for (resource, attribute) in references(value) {
        if let Some(text) = known.get(&resource).and_then(|it| it.get(&attribute)) {
            let reference = format!("{AFTER_APPLY_OPEN}{resource}.{attribute}{AFTER_APPLY_CLOSE}");
            substitute(&mut json, &reference, text);
        }
    }
    serde_json::from_value(json).unwrap_or_else(|_| value.clone())
}

/// The value with every reference replaced by something of the shape and length of what will stand
/// there, so that a document can be checked before everything is known.
pub fn stand_in(value: &Value) -> Value {
    let mut json = value.clone();
    for (resource, attribute) in references(value) {
        let reference = format!("{AFTER_APPLY_OPEN}{resource}.{attribute}{AFTER_APPLY_CLOSE}");
        let text = if attribute == "arn" {
            "arn:aws:kms:ap-northeast-2:000000000000:key/00000000-0000-0000-0000-000000000000"
        } else {
            "00000000-0000-0000-0000-000000000000"
        };
        substitute(&mut json, &reference, text);
    }
    json
}

fn substitute(value: &mut Value, from: &str, to: &str) {
    match value {
        Value::String(text) if text.contains(from) => *text = text.replace(from, to),
        Value::Array(items) => items.iter_mut().for_each(|item| substitute(item, from, to)),
        Value::Object(map) => map.values_mut().for_each(|item| substitute(item, from, to)),
        _ => {}
    }
}

fn walk(value: &Value, visit: &mut impl FnMut(&str)) {
    match value {
        Value::String(text) => visit(text),
        Value::Array(items) => items.iter().for_each(|item| walk(item, visit)),
        Value::Object(map) => map.values().for_each(|item| walk(item, visit)),
        _ => {}
    }
}

fn replace(value: &mut Value, known: &Attributes) -> Result<(), Unresolved> {
    match value {
        Value::String(text) if text.contains(AFTER_APPLY_OPEN) => {
            let mut out = String::with_capacity(text.len());
            let mut rest = text.as_str();
            while let Some((before, tail)) = rest.split_once(AFTER_APPLY_OPEN) {
                out.push_str(before);
                let (reference, after) = tail
                    .split_once(AFTER_APPLY_CLOSE)
                    .ok_or_else(|| Unresolved(tail.to_owned()))?;
                let found = reference
                    .rsplit_once('.')
                    .and_then(|(resource, attribute)| known.get(resource)?.get(attribute))
                    .ok_or_else(|| Unresolved(reference.to_owned()))?;
                out.push_str(found);
                rest = after;
            }
            out.push_str(rest);
            *text = out;
            Ok(())
        }
        Value::Array(items) => items.iter_mut().try_for_each(|item| replace(item, known)),
        Value::Object(map) => map.values_mut().try_for_each(|item| replace(item, known)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_reference_is_found_and_replaced_and_never_slips_through() {
        let key = ResourceId::shared("artifact-key");
        let document = json!({"a": [after_apply(&key, "arn"), format!("x {}/*", after_apply(&key, "id"))], "b": 1});
        assert_eq!(references(&document).len(), 2);
        let mut known = Attributes::new();
        assert!(resolve(&document, &known).is_err());
        known
            .entry("shared/artifact-key".into())
            .or_default()
            .insert("arn".into(), "ARN".into());
        assert_eq!(
            resolve(&document, &known).unwrap_err().to_string(),
            "shared/artifact-key.id is not known yet"
        );
        known
            .entry("shared/artifact-key".into())
            .or_default()
            .insert("id".into(), "ID".into());
        assert_eq!(
            resolve(&document, &known).unwrap(),
            json!({"a": ["ARN", "x ID/*"], "b": 1})
        );
    }
}
