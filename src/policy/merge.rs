//! Putting our statements into a document that others write to as well.
//!
//! Key, bucket and role policies have no version check at AWS: who writes last wins. So a merge
//! touches nothing but the statements that are ours by their `Sid`.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::document::label;
use super::normal::{NormalStatement, mentions_variable, sid_of, statements_of};

/// The outcome of a merge.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Merged {
    /// The document to write.
    pub document: Value,
    /// Every foreign statement that denies explicitly, by name and with what it denies. It beats
    /// whatever our statements allow.
    pub foreign_denies: Vec<String>,
    /// What a person should know before the document is written.
    pub notes: Vec<String>,
}

/// Merges our statements into the document that was found.
///
/// A statement of ours takes the place of the one with the same `Sid`, or is appended. Where the
/// found one already says the same, its text stays. Every other statement stays as it was found, and
/// so do `Version`, `Id` and whatever else the document holds. A foreign statement that says the same
/// as one of ours makes ours superfluous: it is not added, and a note says so.
pub fn merge(found: &Value, ours: &Value) -> Merged {
    let mut notes = Vec::new();
    let own: Vec<&Value> = ours.get("Statement").map(statements_of).unwrap_or_default();
    let found_map = match (found, ours) {
        (Value::Object(map), _) => map.clone(),
        (Value::Null, Value::Object(map)) => {
            let mut empty = map.clone();
            if let Some(statement) = empty.get_mut("Statement") {
                *statement = Value::Array(Vec::new());
            }
            empty
        }
        _ => {
            if !found.is_null() {
                notes.push(
                    "the document found is not a JSON object: it is left as it is, and our statements are not added"
                        .to_owned(),
                );
            }
            return Merged {
                document: found.clone(),
                foreign_denies: Vec::new(),
                notes,
            };
        }
    };
    let there: Vec<&Value> = found_map
        .get("Statement")
        .map(statements_of)
        .unwrap_or_default();
    note_version(&found_map, ours, &own, &mut notes);

    let own_sids: BTreeSet<&str> = own
        .iter()
        .filter_map(|statement| sid_of(statement))
        .collect();
    let is_foreign =
        |statement: &Value| sid_of(statement).is_none_or(|sid| !own_sids.contains(sid));
    let foreign: Vec<(usize, NormalStatement)> = there
        .iter()
        .enumerate()
        .filter(|(_, statement)| is_foreign(statement))
        .map(|(index, statement)| (index, NormalStatement::of(statement)))
        .collect();

    let mut placed: BTreeSet<&str> = BTreeSet::new();
    let mut result: Vec<Value> = Vec::with_capacity(there.len() + own.len());
    for statement in &there {
        let own_text = sid_of(statement)
            .filter(|sid| own_sids.contains(sid))
            .and_then(|sid| Some((sid, *own.iter().find(|mine| sid_of(mine) == Some(sid))?)));
        match own_text {
            None => result.push((*statement).clone()),
            Some((sid, mine)) => {
                if placed.insert(sid) {
                    result.push(
                        if NormalStatement::of(mine) == NormalStatement::of(statement) {
                            (*statement).clone()
                        } else {
                            mine.clone()
                        },
                    );
                } else {
                    notes.push(format!(
                        "{sid}: the document found has this statement id more than once; one statement of it is kept"
                    ));
                }
            }
        }
    }
    let mut present: Vec<NormalStatement> = result.iter().map(NormalStatement::of).collect();
    for mine in &own {
        let sid = sid_of(mine);
        if sid.is_some_and(|sid| placed.contains(sid)) {
            continue;
        }
        let normal = NormalStatement::of(mine);
        if let Some((index, same)) = foreign
            .iter()
            .find(|(_, statement)| statement.content == normal.content)
        {
            if sid.is_some() {
                notes.push(format!(
                    "{}: not added, because {} of the document found says the same",
                    label(sid, 0),
                    label(same.sid.as_deref(), *index),
                ));
            }
            continue;
        }
        if let Some(sid) = sid {
            placed.insert(sid);
        } else if present.iter().any(|other| other.content == normal.content) {
            continue;
        }
        result.push((*mine).clone());
        present.push(normal);
    }

    let mut document = found_map.clone();
    let was_single = found_map.get("Statement").is_some_and(|s| !s.is_array());
    let statement = match (was_single, <[Value; 1]>::try_from(result)) {
        (true, Ok([only])) => only,
        (_, Ok(only)) => Value::Array(only.into()),
        (_, Err(all)) => Value::Array(all),
    };
    if found_map.contains_key("Statement") || statement != Value::Array(Vec::new()) {
        document.insert("Statement".to_owned(), statement);
    }
    Merged {
        document: Value::Object(document),
        foreign_denies: there
            .iter()
            .enumerate()
            .filter(|(_, statement)| is_foreign(statement))
            .filter(|(_, statement)| {
                statement.get("Effect").and_then(Value::as_str) == Some("Deny")
            })
            .map(|(index, statement)| describe_deny(index, statement))
            .collect(),
        notes,
    }
}

/// The document without the statements of these ids; `None` where no statement is left. Everything
/// else stays as it was found.
pub fn without(found: &Value, sids: &[&str]) -> Option<Value> {
    let Value::Object(map) = found else {
        return (!found.is_null()).then(|| found.clone());
    };
    let Some(element) = map.get("Statement") else {
        return Some(found.clone());
    };
    let all = statements_of(element);
    let kept: Vec<Value> = all
        .iter()
        .filter(|statement| sid_of(statement).is_none_or(|sid| !sids.contains(&sid)))
        .map(|statement| (*statement).clone())
        .collect();
    if kept.len() == all.len() {
        return Some(found.clone());
    }
    if kept.is_empty() {
        return None;
    }
    let mut document = map.clone();
    document.insert("Statement".to_owned(), Value::Array(kept));
    Some(Value::Object(document))
}

fn note_version(found: &Map<String, Value>, ours: &Value, own: &[&Value], notes: &mut Vec<String>) {
    let version = |value: Option<&Value>| {
        value
            .and_then(Value::as_str)
            .unwrap_or("2008-10-17")
            .to_owned()
    };
    let (theirs, wanted) = (version(found.get("Version")), version(ours.get("Version")));
    if theirs != wanted && own.iter().any(|statement| mentions_variable(statement)) {
        notes.push(format!(
            "the document found is of Version {theirs}, ours of {wanted}: the version found is kept, and under it the ${{...}} of our statements {}",
            if theirs == "2012-10-17" { "are variables" } else { "are plain text" },
        ));
    }
}

fn describe_deny(index: usize, statement: &Value) -> String {
    let element = |name: &str| -> Option<String> {
        let text = match statement.get(name)? {
            Value::String(text) => text.clone(),
            Value::Array(items) => items
                .iter()
                .map(|item| {
                    item.as_str()
                        .map_or_else(|| item.to_string(), str::to_owned)
                })
                .collect::<Vec<_>>()
                .join(", "),
            other => other.to_string(),
        };
        Some(text)
    };
    let action = element("Action")
        .or_else(|| element("NotAction").map(|text| format!("all but {text}")))
        .unwrap_or_else(|| "?".to_owned());
    let resource = element("Resource")
        .or_else(|| element("NotResource").map(|text| format!("all but {text}")))
        .map(|text| format!(" on {text}"))
        .unwrap_or_default();
    let condition = if statement.get("Condition").is_some() {
        ", under a condition"
    } else {
        ""
    };
    format!(
        "{} denies {action}{resource}{condition}",
        label(sid_of(statement), index)
    )
}
