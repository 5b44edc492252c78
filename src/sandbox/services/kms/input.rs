//! What KMS checks of an input, and its faults.

use serde_json::{Value, json};

use crate::sandbox::service::{Call, Fault};

/// A value that breaks the model.
pub fn invalid(name: &str, value: &str, constraint: &str) -> Fault {
    Fault::new(
        "ValidationException",
        format!(
            "1 validation error detected: Value '{value}' at '{name}' failed to satisfy constraint: {constraint}"
        ),
    )
}

/// A text that must be there.
pub fn required<'a>(call: &'a Call, name: &str) -> Result<&'a str, Fault> {
    let lower = || {
        let mut letters = name.chars();
        letters.next().map_or_else(String::new, |first| {
            first.to_ascii_lowercase().to_string() + letters.as_str()
        })
    };
    match call.text(name) {
        None => Err(Fault::new(
            "ValidationException",
            format!(
                "1 validation error detected: Value null at '{}' failed to satisfy constraint: Member must not be null",
                lower()
            ),
        )),
        Some("") => Err(invalid(
            &lower(),
            "",
            "Member must have length greater than or equal to 1",
        )),
        Some(text) => Ok(text),
    }
}

/// A thing that is not there.
pub fn not_found(message: impl Into<String>) -> Fault {
    Fault::new("NotFoundException", message)
}

/// Tags, checked. Source: the API model, `TagKeyType` and `TagValueType`.
pub fn tags(call: &Call) -> Result<Vec<(String, String)>, Fault> {
    let mut tags: Vec<(String, String)> = Vec::new();
    for tag in call.list("Tags") {
        let text = |field| tag.get(field).and_then(Value::as_str).unwrap_or_default();
        let (key, value) = (text("TagKey"), text("TagValue"));
        let fine = |t: &str| {
            t.chars()
                .all(|c| c.is_alphanumeric() || c.is_whitespace() || "_.:/=+-@".contains(c))
        };
        if key.is_empty() || key.chars().count() > 128 || !fine(key) {
            return Err(Fault::new(
                "TagException",
                format!("Invalid tag key '{key}'."),
            ));
        }
        if value.chars().count() > 256 || !fine(value) {
            return Err(Fault::new(
                "TagException",
                format!("Invalid tag value '{value}'."),
            ));
        }
        if key.to_ascii_lowercase().starts_with("aws:") {
            return Err(Fault::new(
                "TagException",
                "aws: prefixed tag key names are not allowed for external use.",
            ));
        }
        if tags.iter().any(|(k, _)| k == key) {
            return Err(Fault::new("TagException", "Duplicate tag keys"));
        }
        tags.push((key.to_owned(), value.to_owned()));
    }
    if tags.len() > 50 {
        return Err(Fault::new("TagException", "Too many tags"));
    }
    Ok(tags)
}

/// One page of a list with `Truncated` and `NextMarker`.
pub fn page(
    call: &Call,
    list: &str,
    items: Vec<(String, Value)>,
    most: i64,
) -> Result<Value, Fault> {
    let limit = match call.input.get("Limit") {
        None | Some(Value::Null) => most.min(100),
        Some(given) => call
            .number("Limit")
            .filter(|n| (1..=1000).contains(n))
            .ok_or_else(|| {
                invalid(
                    "limit",
                    &given.to_string(),
                    "Member must have value between 1 and 1000",
                )
            })?,
    };
    let mut items = items;
    items.sort_by(|a, b| a.0.cmp(&b.0));
    if let Some(marker) = call.text("Marker") {
        let after = hex::decode(marker)
            .ok()
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .ok_or_else(|| Fault::new("InvalidMarkerException", "Could not deserialize marker"))?;
        items.retain(|(key, _)| *key > after);
    }
    let limit = usize::try_from(limit).unwrap_or(100);
    let rest = items.len() > limit;
    items.truncate(limit);
    let marker = items
        .last()
        .map(|(key, _)| hex::encode(key))
        .filter(|_| rest);
    let mut page = json!({
        list: items.into_iter().map(|(_, v)| v).collect::<Vec<_>>(),
        "Truncated": rest,
    });
    if let (Some(marker), Some(object)) = (marker, page.as_object_mut()) {
        object.insert("NextMarker".to_owned(), json!(marker));
    }
    Ok(page)
}
