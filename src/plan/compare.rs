//! Compares two documents by meaning, for documents that are not IAM policies.
//!
//! AWS adds defaults to what it stores, so the comparison asks whether everything that is wanted is
//! there. For documents that an update replaces as a whole, it also asks whether anything is there
//! that the update would take away.

use serde_json::{Map, Value};

/// One place where two documents differ.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// Where, in dots and brackets: `stages[Deploy].actions[Deploy].roleArn`.
    pub place: String,
    /// What is there.
    pub found: Option<Value>,
    /// What is wanted.
    pub wanted: Option<Value>,
}

impl Difference {
    /// The lines that a plan shows for it.
    pub fn lines(&self) -> Vec<String> {
        match (&self.found, &self.wanted) {
            (Some(found), Some(wanted)) => {
                vec![format!(
                    "~ {}: {} -> {}",
                    self.place,
                    short(found),
                    short(wanted)
                )]
            }
            (None, Some(wanted)) => vec![format!("+ {}: {}", self.place, short(wanted))],
            (Some(found), None) => vec![format!("- {}: {}", self.place, short(found))],
            (None, None) => Vec::new(),
        }
    }
}

/// A value in one line.
pub(super) fn short(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The differences between what was found and what is wanted. With `whole`, members that only the
/// found document has count too, unless they say nothing (null, empty, or AWS's default).
pub fn differences(found: &Value, wanted: &Value, whole: bool) -> Vec<Difference> {
    let mut all = Vec::new();
    walk(found, wanted, whole, "", &mut all);
    all
}

/// Whether a member says the same as its absence: AWS leaves out, or writes out, what is nothing.
/// Source: the CodePipeline API model for `runOrder`, which defaults to 1, and `version`, which
/// counts revisions.
fn says_nothing(name: &str, value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members
            .iter()
            .all(|(name, value)| says_nothing(name, value)),
        Value::Number(number) => {
            number.as_f64() == Some(0.0)
                || (name == "runOrder" && number.as_u64() == Some(1))
                || name == "version"
        }
        Value::Bool(true) => false,
    }
}

fn walk(found: &Value, wanted: &Value, whole: bool, place: &str, all: &mut Vec<Difference>) {
    match (found, wanted) {
        (Value::Object(a), Value::Object(b)) => walk_members(a, b, whole, place, all),
        (Value::Array(a), Value::Array(b)) => walk_items(a, b, whole, place, all),
        _ if same(found, wanted) => {}
        _ => all.push(Difference {
            place: place.to_owned(),
            found: Some(found.clone()),
            wanted: Some(wanted.clone()),
        }),
    }
}

fn join(place: &str, name: &str) -> String {
    if place.is_empty() {
        name.to_owned()
    } else {
        format!("{place}.{name}")
    }
}

fn walk_members(
    found: &Map<String, Value>,
    wanted: &Map<String, Value>,
    whole: bool,
    place: &str,
    all: &mut Vec<Difference>,
) {
    for (name, value) in wanted {
        let place = join(place, name);
        match found.get(name) {
            Some(there) => walk(there, value, whole, &place, all),
            None if says_nothing(name, value) => {}
            None => all.push(Difference {
                place,
                found: None,
                wanted: Some(value.clone()),
            }),
        }
    }
    if whole {
        for (name, value) in found {
            if !wanted.contains_key(name) && !says_nothing(name, value) {
                all.push(Difference {
                    place: join(place, name),
                    found: Some(value.clone()),
                    wanted: None,
                });
            }
        }
    }
}

/// The member that tells one item of a list from another, where there is one.
pub(super) fn label(item: &Value) -> Option<String> {
    ["name", "Name", "id", "Id", "ID", "Key", "key"]
        .iter()
        .find_map(|member| item.get(member)?.as_str().map(str::to_owned))
}

fn labels(items: &[Value]) -> Option<Vec<String>> {
    let labels: Vec<String> = items.iter().map(label).collect::<Option<_>>()?;
    let mut unique = labels.clone();
    unique.sort();
    unique.dedup();
    (unique.len() == labels.len() && !labels.is_empty()).then_some(labels)
}

fn walk_items(
    found: &[Value],
    wanted: &[Value],
    whole: bool,
    place: &str,
    all: &mut Vec<Difference>,
) {
    // Lists of named things are matched by name; what is not named, by position.
    if let (Some(found_labels), Some(wanted_labels)) = (labels(found), labels(wanted)) {
        for (name, item) in wanted_labels.iter().zip(wanted) {
            let place = format!("{place}[{name}]");
            match found_labels
                .iter()
                .zip(found)
                .find(|(other, _)| *other == name)
            {
                Some((_, there)) => walk(there, item, whole, &place, all),
                None => all.push(Difference {
                    place,
                    found: None,
                    wanted: Some(item.clone()),
                }),
            }
        }
        for (name, item) in found_labels.iter().zip(found) {
            if !wanted_labels.contains(name) {
                all.push(Difference {
                    place: format!("{place}[{name}]"),
                    found: Some(item.clone()),
                    wanted: None,
                });
            }
        }
        return;
    }
    if same_scalars(found, wanted) {
        return;
    }
    if found.len() != wanted.len() {
        all.push(Difference {
            place: place.to_owned(),
            found: Some(Value::Array(found.to_vec())),
            wanted: Some(Value::Array(wanted.to_vec())),
        });
        return;
    }
    for (index, (there, item)) in found.iter().zip(wanted).enumerate() {
        walk(there, item, whole, &format!("{place}[{index}]"), all);
    }
}

/// Lists of plain values are sets at AWS: their order says nothing.
fn same_scalars(found: &[Value], wanted: &[Value]) -> bool {
    let sorted = |items: &[Value]| {
        let mut texts: Vec<String> = items.iter().map(Value::to_string).collect();
        texts.sort();
        texts
    };
    let plain = |items: &[Value]| items.iter().all(|it| !it.is_object() && !it.is_array());
    plain(found) && plain(wanted) && sorted(found) == sorted(wanted)
}

/// Equal values; texts that hold JSON are equal when the JSON is.
fn same(found: &Value, wanted: &Value) -> bool {
    if found == wanted {
        return true;
    }
    match (found, wanted) {
        (Value::String(a), Value::String(b)) => {
            let structured = |text: &str| {
                serde_json::from_str::<Value>(text)
                    .ok()
                    .filter(|value| value.is_object() || value.is_array())
            };
            match (structured(a), structured(b)) {
                (Some(a), Some(b)) => a == b,
                _ => false,
            }
        }
        (Value::Number(a), Value::Number(b)) => a.as_f64() == b.as_f64(),
        _ => false,
    }
}
