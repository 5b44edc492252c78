//! The characters that a document may hold.

use serde_json::Value;

use super::limits::Kind;
use super::problem::{Place, Problem, Rule};

/// Whether IAM takes a character in a policy document: tab, line feed, carriage return, and U+0020 to
/// U+00FF.
///
/// Source: the IAM and KMS API models, pattern of `policyDocumentType` and `PolicyType`.
fn is_taken(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | '\u{20}'..='\u{ff}')
}

/// Looks at every text of the document, keys too.
pub(super) fn check(value: &Value, kind: Kind, place: &Place, problems: &mut Vec<Problem>) {
    match value {
        Value::String(text) => look(text, kind, place, problems),
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                check(item, kind, &place.index(index), problems);
            }
        }
        Value::Object(map) => {
            for (key, item) in map {
                let place = place.key(key);
                look(key, kind, &place, problems);
                check(item, kind, &place, problems);
            }
        }
        _ => {}
    }
}

fn look(text: &str, kind: Kind, place: &Place, problems: &mut Vec<Problem>) {
    let Some(character) = text.chars().find(|character| !is_taken(*character)) else {
        return;
    };
    let message = format!(
        "'{}' (U+{:04X}) is not taken in a policy document; allowed are U+0020 to U+00FF, tab and line breaks",
        character.escape_debug(),
        u32::from(character),
    );
    let problem = if kind.is_iam() || kind == Kind::KeyPolicy {
        place.error(message)
    } else {
        place.suspicion(message)
    };
    problems.push(problem.under(Rule::Characters));
}
