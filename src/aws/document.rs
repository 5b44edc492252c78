//! JSON documents and the SDK's types: converted by the SDK's own schemas, so that every member of
//! the API is there, in the API's spelling.

use aws_smithy_json::codec::JsonCodec;
use aws_smithy_schema::codec::{Codec, FinishSerializer};
use aws_smithy_schema::serde::{
    SerdeError, SerializableStruct, ShapeDeserializer, ShapeSerializer,
};
use serde_json::{Map, Value};

/// A value of the SDK as JSON, without nulls and empty lists.
pub(super) fn write(value: &dyn SerializableStruct) -> Result<Value, String> {
    let mut serializer = JsonCodec::default().create_serializer();
    serializer
        .write_struct(value.schema(), value)
        .map_err(|error| error.to_string())?;
    let bytes = FinishSerializer::finish(serializer);
    let mut json: Value = serde_json::from_slice(&bytes).map_err(|error| error.to_string())?;
    clean(&mut json);
    Ok(json)
}

/// JSON as a value of the SDK. A member that the API does not have is an error: the SDK would leave
/// it out without a word.
pub(super) fn read<T: SerializableStruct>(
    json: &Value,
    deserialize: fn(&mut dyn ShapeDeserializer) -> Result<T, SerdeError>,
) -> Result<T, String> {
    let bytes = serde_json::to_vec(json).map_err(|error| error.to_string())?;
    let value = deserialize(&mut JsonCodec::default().create_deserializer(&bytes))
        .map_err(|error| error.to_string())?;
    match lost(json, &write(&value)?, "") {
        None => Ok(value),
        Some(path) => Err(format!("the API has no member '{path}' of this kind")),
    }
}

/// The first member of a document that is missing from what was read of it.
fn lost(given: &Value, kept: &Value, path: &str) -> Option<String> {
    match (given, kept) {
        (Value::Object(given), Value::Object(kept)) => given.iter().find_map(|(name, given)| {
            let path = if path.is_empty() {
                name.clone()
            } else {
                format!("{path}.{name}")
            };
            match kept.get(name) {
                Some(kept) => lost(given, kept, &path),
                None if nothing(given) => None,
                None => Some(path),
            }
        }),
        (Value::Array(given), Value::Array(kept)) if given.len() == kept.len() => given
            .iter()
            .zip(kept)
            .enumerate()
            .find_map(|(index, (given, kept))| lost(given, kept, &format!("{path}[{index}]"))),
        _ if given == kept => None,
        _ => Some(path.to_owned()),
    }
}

/// Whether a value is as good as absent, at every depth.
fn nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.values().all(nothing),
        _ => false,
    }
}

/// Removes null, empty lists and empty objects from objects.
pub(super) fn clean(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.values_mut().for_each(clean);
            members.retain(|_, value| !nothing(value));
        }
        Value::Array(items) => items.iter_mut().for_each(clean),
        _ => {}
    }
}

/// The members of an object that have one of these names.
pub(super) fn only(value: Value, names: &[&str]) -> Value {
    match value {
        Value::Object(members) => members
            .into_iter()
            .filter(|(name, _)| names.contains(&name.as_str()))
            .collect::<Map<_, _>>()
            .into(),
        other => other,
    }
}

/// Removes what AWS filled in by itself: members that are not in the wanted document and hold
/// false, zero, an empty text, or a default known for their place (`stages[].actions[].runOrder`).
/// Everything else that was found stays, so that a change made by somebody else shows; members that
/// both have are put into the wanted order, so that two texts of it can be compared line by line.
pub(super) fn settle(found: &mut Value, wanted: &Value, is_default: &dyn Fn(&str, &Value) -> bool) {
    settle_at(found, wanted, "", is_default);
}

fn settle_at(
    found: &mut Value,
    wanted: &Value,
    path: &str,
    is_default: &dyn Fn(&str, &Value) -> bool,
) {
    match found {
        Value::Object(members) => {
            let mut rest = std::mem::take(members);
            for name in wanted.as_object().into_iter().flat_map(Map::keys) {
                if let Some((name, value)) = rest.shift_remove_entry(name) {
                    members.insert(name, value);
                }
            }
            members.extend(rest);
            members.retain(|name, value| {
                let path = if path.is_empty() {
                    name.clone()
                } else {
                    format!("{path}.{name}")
                };
                match wanted.get(name) {
                    Some(wanted) => {
                        settle_at(value, wanted, &path, is_default);
                        true
                    }
                    None => {
                        settle_at(value, &Value::Null, &path, is_default);
                        !(nothing(value)
                            || *value == Value::Bool(false)
                            || value.as_i64() == Some(0)
                            || value.as_str() == Some("")
                            || is_default(&path, value))
                    }
                }
            });
        }
        Value::Array(items) => {
            let path = format!("{path}[]");
            for (index, item) in items.iter_mut().enumerate() {
                let wanted = wanted.get(index).unwrap_or(&Value::Null);
                settle_at(item, wanted, &path, is_default);
            }
        }
        _ => {}
    }
}

/// Puts the members of maps (which AWS answers in any order) into alphabetical order.
pub(super) fn sort_maps(value: &mut Value, maps: &[&str]) {
    match value {
        Value::Object(members) => {
            for (name, value) in members.iter_mut() {
                if maps.contains(&name.as_str())
                    && let Value::Object(map) = value
                {
                    map.sort_keys();
                }
                sort_maps(value, maps);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| sort_maps(item, maps)),
        _ => {}
    }
}

/// A policy as AWS hands it out: percent-encoded by IAM, plain elsewhere.
pub(super) fn parse_policy(text: &str) -> Result<Value, String> {
    if let Ok(plain) = serde_json::from_str(text) {
        return Ok(plain);
    }
    let decoded = percent_encoding::percent_decode_str(text).decode_utf8_lossy();
    serde_json::from_str(&decoded).map_err(|error| format!("the policy is not JSON: {error}"))
}

/// Whether two policies say the same. Null, for none at all, is like itself only.
pub(super) fn same_policy(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Null, Value::Null) => true,
        (Value::Null, _) | (_, Value::Null) => false,
        _ => a == b || crate::policy::equivalent(a, b),
    }
}

#[cfg(test)]
mod tests;
