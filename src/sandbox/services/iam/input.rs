//! What IAM checks of an input before it looks at anything else.

use serde_json::{Value, json};

use crate::sandbox::service::{Call, Fault};
use crate::sandbox::sigv4;
use crate::sandbox::world::World;

/// The longest description. Source: the API model, `roleDescriptionType`.
const DESCRIPTION: usize = 1000;

fn member(name: &str) -> String {
    let mut letters = name.chars();
    letters
        .next()
        .map(|first| first.to_ascii_lowercase().to_string() + letters.as_str())
        .unwrap_or_default()
}

/// IAM's sentence for a value that breaks its model.
pub fn invalid(name: &str, value: Option<&str>, constraint: &str) -> Fault {
    let shown = value.map_or_else(|| "null".to_owned(), |v| format!("'{v}'"));
    Fault::new(
        "ValidationError",
        format!(
            "1 validation error detected: Value {shown} at '{}' failed to satisfy constraint: {constraint}",
            member(name)
        ),
    )
}

/// A text that must be there.
pub fn required<'a>(call: &'a Call, name: &str) -> Result<&'a str, Fault> {
    match call.text(name) {
        None => Err(invalid(name, None, "Member must not be null")),
        Some("") => Err(invalid(
            name,
            Some(""),
            "Member must have length greater than or equal to 1",
        )),
        Some(text) => Ok(text),
    }
}

fn length(name: &str, value: &str, most: usize) -> Result<(), Fault> {
    if value.chars().count() > most {
        let constraint = format!("Member must have length less than or equal to {most}");
        return Err(invalid(name, Some(value), &constraint));
    }
    Ok(())
}

/// A name of a role, user or policy.
pub fn name<'a>(call: &'a Call, member: &str, most: usize) -> Result<&'a str, Fault> {
    let value = required(call, member)?;
    length(member, value, most)?;
    let fine = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
    if !value.chars().all(fine) {
        return Err(Fault::new(
            "ValidationError",
            format!(
                "The specified value for {} is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-",
                self::member(member)
            ),
        ));
    }
    Ok(value)
}

/// A path: `/`, or text between slashes.
pub fn path(call: &Call) -> Result<String, Fault> {
    let Some(path) = call.text("Path") else {
        return Ok("/".to_owned());
    };
    let fine = path.starts_with('/')
        && path.ends_with('/')
        && path.len() <= 512
        && path.bytes().all(|b| (0x21..=0x7e).contains(&b));
    if fine {
        return Ok(path.to_owned());
    }
    Err(Fault::new(
        "ValidationError",
        "The specified value for path is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters.",
    ))
}

/// A description: Latin-1 and at most 1000 characters.
pub fn description(call: &Call) -> Result<Option<String>, Fault> {
    let Some(text) = call.text("Description") else {
        return Ok(None);
    };
    length("Description", text, DESCRIPTION)?;
    let fine = |c: char| {
        matches!(c, '\t' | '\n' | '\r')
            || (' '..='~').contains(&c)
            || ('\u{a1}'..='\u{ff}').contains(&c)
    };
    if !text.chars().all(fine) {
        return Err(invalid(
            "Description",
            Some(text),
            "Member must satisfy regular expression pattern: [\\u0009\\u000A\\u000D\\u0020-\\u007E\\u00A1-\\u00FF]*",
        ));
    }
    Ok(Some(text.to_owned()))
}

/// How long a session may last at most: one to twelve hours.
pub fn max_session(call: &Call) -> Result<Option<i64>, Fault> {
    let Some(given) = call.input.get("MaxSessionDuration") else {
        return Ok(None);
    };
    let shown = given.as_str().unwrap_or_default();
    match call.number("MaxSessionDuration") {
        Some(seconds) if seconds < 3600 => Err(invalid(
            "MaxSessionDuration",
            Some(shown),
            "Member must have value greater than or equal to 3600",
        )),
        Some(seconds) if seconds > 43_200 => Err(invalid(
            "MaxSessionDuration",
            Some(shown),
            "Member must have value less than or equal to 43200",
        )),
        Some(seconds) => Ok(Some(seconds)),
        None => Err(Fault::new(
            "MalformedInput",
            format!("'{shown}' is not a whole number"),
        )),
    }
}

/// A permissions boundary: an ARN of a policy that exists.
pub fn boundary(world: &World, call: &Call) -> Result<Option<String>, Fault> {
    let Some(arn) = call.text("PermissionsBoundary") else {
        return Ok(None);
    };
    super::managed::must_exist(world, call, arn).map(|()| Some(arn.to_owned()))
}

/// Tags, checked: at most 50, keys unlike each other even in case.
pub fn tags(call: &Call) -> Result<Vec<(String, String)>, Fault> {
    let fine = |c: char| c.is_alphanumeric() || c.is_whitespace() || "_.:/=+-@".contains(c);
    let mut tags: Vec<(String, String)> = Vec::new();
    for tag in call.list("Tags") {
        let text = |field| tag.get(field).and_then(Value::as_str).unwrap_or_default();
        let (key, value) = (text("Key"), text("Value"));
        if key.is_empty() || key.chars().count() > 128 || !key.chars().all(fine) {
            return Err(invalid(
                "Tags.member.key",
                Some(key),
                "Member must satisfy regular expression pattern: [\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+",
            ));
        }
        if value.chars().count() > 256 || !value.chars().all(fine) {
            return Err(invalid(
                "Tags.member.value",
                Some(value),
                "Member must satisfy regular expression pattern: [\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*",
            ));
        }
        if key.to_ascii_lowercase().starts_with("aws:") {
            return Err(Fault::new(
                "InvalidInput",
                "System tags cannot be added/updated by requester.",
            ));
        }
        if tags
            .iter()
            .any(|(other, _)| other.eq_ignore_ascii_case(key))
        {
            return Err(Fault::new(
                "InvalidInput",
                "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
            ));
        }
        tags.push((key.to_owned(), value.to_owned()));
    }
    too_many(&tags)?;
    Ok(tags)
}

fn too_many(tags: &[(String, String)]) -> Result<(), Fault> {
    if tags.len() > 50 {
        return Err(Fault::new(
            "LimitExceeded",
            "The number of tags has reached the maximum limit.",
        )
        .status(409));
    }
    Ok(())
}

/// Adds tags to those there are; a key that is there (in any case) gets the new value.
pub fn add_tags(
    tags: &[(String, String)],
    new: Vec<(String, String)>,
) -> Result<Vec<(String, String)>, Fault> {
    let mut tags = tags.to_vec();
    for (key, value) in new {
        match tags.iter_mut().find(|(k, _)| k.eq_ignore_ascii_case(&key)) {
            Some(tag) => *tag = (key, value),
            None => tags.push((key, value)),
        }
    }
    too_many(&tags)?;
    Ok(tags)
}

/// The keys of an untagging request.
pub fn tag_keys(call: &Call) -> Vec<&str> {
    call.list("TagKeys")
        .iter()
        .filter_map(Value::as_str)
        .collect()
}

/// One page of a list, put under `list` with `IsTruncated` and `Marker`. Items come with what they are
/// sorted by; a page goes on behind the last one of the page before.
pub fn page(call: &Call, list: &str, mut items: Vec<(String, Value)>) -> Result<Value, Fault> {
    let most = match call.input.get("MaxItems") {
        None => 100,
        Some(_) => call
            .number("MaxItems")
            .filter(|n| (1..=1000).contains(n))
            .ok_or_else(|| {
                invalid(
                    "MaxItems",
                    call.text("MaxItems"),
                    "Member must have value between 1 and 1000",
                )
            })?,
    };
    items.sort_by(|a, b| a.0.cmp(&b.0));
    if let Some(marker) = call.text("Marker") {
        let after = hex::decode(marker)
            .ok()
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .ok_or_else(|| Fault::new("ValidationError", "Invalid Marker."))?;
        items.retain(|(key, _)| *key > after);
    }
    let most = usize::try_from(most).unwrap_or(100);
    let rest = items.len() > most;
    items.truncate(most);
    let marker = items
        .last()
        .map(|(key, _)| hex::encode(key))
        .filter(|_| rest);
    let mut page = json!({
        list: items.into_iter().map(|(_, value)| value).collect::<Vec<_>>(),
        "IsTruncated": rest,
    });
    if let (Some(marker), Some(object)) = (marker, page.as_object_mut()) {
        object.insert("Marker".to_owned(), Value::String(marker));
    }
    Ok(page)
}

/// A document as IAM answers it.
pub fn encoded(document: &str) -> String {
    sigv4::encode(document.as_bytes())
}

/// Tags as IAM answers them.
pub fn tags_json(tags: &[(String, String)]) -> Value {
    crate::sandbox::identity::tags_json(tags)
}

/// The fault for something that is not there.
pub fn no_such(message: impl Into<String>) -> Fault {
    Fault::new("NoSuchEntity", message).status(404)
}
