//! Event patterns: parsed once, then asked whether they match an event. Knows nothing of rules.
//!
//! Source: Amazon EventBridge User Guide, "Event patterns" and "Comparison operators". An event is
//! seen as its leaves, each under the path of names that leads to it; a pattern asks for leaves.
//! Leaves out of arrays of objects count together only where they come from the same element.

mod matcher;
mod parse;
#[cfg(test)]
mod tests;

use serde_json::Value;

use matcher::Matcher;

/// A pattern that has been parsed.
#[derive(Debug, Clone, PartialEq)]
pub struct Pattern {
    /// The ways to match: one, or as many as `$or` spans.
    branches: Vec<Branch>,
}

/// One way to match: every path must have a leaf that one of its matchers takes.
type Branch = Vec<(String, Vec<Matcher>)>;

/// Why a text is not a pattern, in EventBridge's words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("Event pattern is not valid. Reason: {reason}")]
pub struct PatternError {
    /// The reason.
    pub reason: String,
}

impl PatternError {
    fn new(reason: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
        }
    }
}

/// A leaf of an event.
struct Leaf<'a> {
    path: String,
    value: &'a Value,
    /// The arrays that it is in, by number, and the element of each.
    inside: Vec<(usize, usize)>,
}

impl Pattern {
    /// Parses the JSON text of a pattern.
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        let value: Value = serde_json::from_str(text)
            .map_err(|error| PatternError::new(format!("Invalid JSON: {error}")))?;
        parse::branches(&value).map(|branches| Self { branches })
    }

    /// Whether an event matches.
    pub fn matches(&self, event: &Value) -> bool {
        let mut leaves = Vec::new();
        let mut arrays = 0;
        collect(
            event,
            String::new(),
            &mut Vec::new(),
            &mut arrays,
            &mut leaves,
        );
        self.branches
            .iter()
            .any(|branch| holds(branch, &leaves, &mut Vec::new()))
    }
}

fn collect<'a>(
    value: &'a Value,
    path: String,
    inside: &mut Vec<(usize, usize)>,
    arrays: &mut usize,
    leaves: &mut Vec<Leaf<'a>>,
) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                let path = if path.is_empty() {
                    name.clone()
                } else {
                    format!("{path}.{name}")
                };
                collect(member, path, inside, arrays, leaves);
            }
        }
        Value::Array(elements) => {
            let number = *arrays;
            *arrays += 1;
            for (index, element) in elements.iter().enumerate() {
                inside.push((number, index));
                collect(element, path.clone(), inside, arrays, leaves);
                inside.pop();
            }
        }
        leaf => leaves.push(Leaf {
            path,
            value: leaf,
            inside: inside.clone(),
        }),
    }
}

/// Whether the paths that are left can be satisfied by leaves that agree with those chosen so far.
fn holds(branch: &[(String, Vec<Matcher>)], leaves: &[Leaf<'_>], chosen: &mut Vec<usize>) -> bool {
    let Some(((path, matchers), rest)) = branch.split_first() else {
        return true;
    };
    let mut present = false;
    for (index, leaf) in leaves.iter().enumerate() {
        if leaf.path != *path {
            continue;
        }
        present = true;
        let agrees = chosen
            .iter()
            .filter_map(|&other| leaves.get(other))
            .all(|other| agree(&leaf.inside, &other.inside));
        if agrees && matchers.iter().any(|matcher| matcher.takes(leaf.value)) {
            chosen.push(index);
            let found = holds(rest, leaves, chosen);
            chosen.pop();
            if found {
                return true;
            }
        }
    }
    !present && matchers.contains(&Matcher::Absent) && holds(rest, leaves, chosen)
}

fn agree(one: &[(usize, usize)], other: &[(usize, usize)]) -> bool {
    one.iter().all(|(array, element)| {
        other
            .iter()
            .all(|(other_array, other_element)| array != other_array || element == other_element)
    })
}
