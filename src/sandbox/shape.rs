//! The constraints that AWS's API models put on inputs, checked before an operation looks at them.
//!
//! A service that answers with the common `ValidationException` finds all violations of an input at
//! once and lists them in one message. Members that the model does not know are dropped, and nulls
//! count as absent, as AWS does: what `checked` gives back can be stored as it is.

use serde_json::{Map, Value};

use super::service::Fault;

/// What a value may be.
#[derive(Debug)]
pub enum Shape {
    /// A text.
    Text(Text),
    /// A whole number within bounds.
    Number {
        /// The least allowed.
        min: i64,
        /// The greatest allowed.
        max: i64,
    },
    /// A yes or no.
    Flag,
    /// A time: seconds since 1970, or a text that holds a date.
    Time,
    /// Members of one shape.
    List {
        /// What each is.
        member: &'static Shape,
        /// How few there may be.
        min: usize,
        /// How many there may be.
        max: usize,
    },
    /// Texts to texts.
    Map {
        /// What each key is.
        key: Text,
        /// What each value is.
        value: &'static Shape,
    },
    /// Named members.
    Structure(&'static [Member]),
}

/// What a text may be.
#[derive(Debug, Clone, Copy)]
pub struct Text {
    /// The least length in characters.
    pub min: usize,
    /// The greatest length in characters.
    pub max: usize,
    /// A regular expression that the whole text matches; empty for any text.
    pub pattern: &'static str,
    /// The values that are allowed; empty for any.
    pub values: &'static [&'static str],
}

/// A member of a structure.
#[derive(Debug)]
pub struct Member {
    /// Its name on the wire.
    pub name: &'static str,
    /// Whether an input without it is refused.
    pub required: bool,
    /// What it may be.
    pub shape: &'static Shape,
}

/// Any text.
pub static ANY_TEXT: Shape = text(0, usize::MAX, "");
/// Any whole number.
pub static ANY_NUMBER: Shape = Shape::Number {
    min: i64::MIN,
    max: i64::MAX,
};
/// A yes or no.
pub static FLAG: Shape = Shape::Flag;

/// A text with bounds on its length and a pattern (empty for none).
pub const fn text(min: usize, max: usize, pattern: &'static str) -> Shape {
    Shape::Text(letters(min, max, pattern))
}

/// What the keys of a map may be.
pub const fn letters(min: usize, max: usize, pattern: &'static str) -> Text {
    Text {
        min,
        max,
        pattern,
        values: &[],
    }
}

/// One of a set of texts.
pub const fn one_of(values: &'static [&'static str]) -> Shape {
    Shape::Text(Text {
        min: 0,
        max: usize::MAX,
        pattern: "",
        values,
    })
}

/// A list with bounds on its length.
pub const fn list(member: &'static Shape, min: usize, max: usize) -> Shape {
    Shape::List { member, min, max }
}

/// A member that must be there.
pub const fn required(name: &'static str, shape: &'static Shape) -> Member {
    Member {
        name,
        required: true,
        shape,
    }
}

/// A member that may be there.
pub const fn optional(name: &'static str, shape: &'static Shape) -> Member {
    Member {
        name,
        required: false,
        shape,
    }
}

/// The input as the model knows it, or AWS's answer to one that breaks the model: all violations in
/// one `code` fault, a value of the wrong JSON type in a `SerializationException`.
pub fn checked(input: &Value, members: &'static [Member], code: &str) -> Result<Value, Fault> {
    let mut found = Vec::new();
    let empty = Value::Object(Map::new());
    let input = if input.is_null() { &empty } else { input };
    let value = structure(input, members, "", &mut found)?;
    match found.len() {
        0 => Ok(value),
        1 => Err(Fault::new(
            code,
            format!("1 validation error detected: {}", found.join("; ")),
        )),
        count => Err(Fault::new(
            code,
            format!("{count} validation errors detected: {}", found.join("; ")),
        )),
    }
}

fn structure(
    value: &Value,
    members: &'static [Member],
    path: &str,
    found: &mut Vec<String>,
) -> Result<Value, Fault> {
    let Value::Object(given) = value else {
        return Err(wrong_type(value, "an object"));
    };
    let mut kept = Map::new();
    for member in members {
        let place = join(path, &lower_first(member.name));
        match given.get(member.name) {
            None | Some(Value::Null) => {
                if member.required {
                    found.push(format!(
                        "Value null at '{place}' failed to satisfy constraint: Member must not be null"
                    ));
                }
            }
            Some(inner) => {
                kept.insert(
                    member.name.to_owned(),
                    any(inner, member.shape, &place, found)?,
                );
            }
        }
    }
    Ok(Value::Object(kept))
}

fn any(
    value: &Value,
    shape: &'static Shape,
    place: &str,
    found: &mut Vec<String>,
) -> Result<Value, Fault> {
    match shape {
        Shape::Text(rules) => {
            let Value::String(given) = value else {
                return Err(wrong_type(value, "a String"));
            };
            for constraint in rules.broken_by(given) {
                found.push(format!(
                    "Value '{given}' at '{place}' failed to satisfy constraint: {constraint}"
                ));
            }
            Ok(value.clone())
        }
        Shape::Number { min, max } => {
            let Some(given) = value.as_i64() else {
                return Err(wrong_type(value, "an Integer"));
            };
            let constraint = if given < *min {
                Some(format!(
                    "Member must have value greater than or equal to {min}"
                ))
            } else if given > *max {
                Some(format!(
                    "Member must have value less than or equal to {max}"
                ))
            } else {
                None
            };
            if let Some(constraint) = constraint {
                found.push(format!(
                    "Value '{given}' at '{place}' failed to satisfy constraint: {constraint}"
                ));
            }
            Ok(value.clone())
        }
        Shape::Flag => match value {
            Value::Bool(_) => Ok(value.clone()),
            _ => Err(wrong_type(value, "a Boolean")),
        },
        Shape::Time => match value {
            Value::Number(_) | Value::String(_) => Ok(value.clone()),
            _ => Err(wrong_type(value, "a Timestamp")),
        },
        Shape::List { member, min, max } => {
            let Value::Array(given) = value else {
                return Err(wrong_type(value, "a List"));
            };
            let constraint = if given.len() < *min {
                Some(format!(
                    "Member must have length greater than or equal to {min}"
                ))
            } else if given.len() > *max {
                Some(format!(
                    "Member must have length less than or equal to {max}"
                ))
            } else {
                None
            };
            if let Some(constraint) = constraint {
                found.push(format!(
                    "Value '{value}' at '{place}' failed to satisfy constraint: {constraint}"
                ));
            }
            let mut kept = Vec::with_capacity(given.len());
            for (index, inner) in given.iter().enumerate() {
                let place = format!("{place}.{}.member", index + 1);
                if inner.is_null() {
                    found.push(format!(
                        "Value null at '{place}' failed to satisfy constraint: Member must not be null"
                    ));
                    continue;
                }
                kept.push(any(inner, member, &place, found)?);
            }
            Ok(Value::Array(kept))
        }
        Shape::Map { key, value: shape } => {
            let Value::Object(given) = value else {
                return Err(wrong_type(value, "a Map"));
            };
            let mut kept = Map::new();
            for (name, inner) in given {
                if inner.is_null() {
                    continue;
                }
                let broken = key.broken_by(name);
                if !broken.is_empty() {
                    found.push(format!(
                        "Value at '{place}' failed to satisfy constraint: Map keys must satisfy constraint: [{}]",
                        broken.join(", ")
                    ));
                }
                if let (Shape::Text(rules), Value::String(text)) = (shape, inner) {
                    if !rules.broken_by(text).is_empty() {
                        found.push(format!(
                            "Value at '{place}' failed to satisfy constraint: Map value must satisfy constraint: [{}]",
                            rules.constraints().join(", ")
                        ));
                    }
                    kept.insert(name.clone(), inner.clone());
                } else {
                    let place = format!("{place}.{name}.member");
                    kept.insert(name.clone(), any(inner, shape, &place, found)?);
                }
            }
            Ok(Value::Object(kept))
        }
        Shape::Structure(members) => structure(value, members, place, found),
    }
}

impl Text {
    /// The constraints that a text breaks, in AWS's words.
    pub fn broken_by(&self, given: &str) -> Vec<String> {
        let length = given.chars().count();
        let mut broken = Vec::new();
        if !self.values.is_empty() && !self.values.contains(&given) {
            broken.push(format!(
                "Member must satisfy enum value set: [{}]",
                self.values.join(", ")
            ));
        }
        if length > self.max {
            broken.push(format!(
                "Member must have length less than or equal to {}",
                self.max
            ));
        }
        if length < self.min {
            broken.push(format!(
                "Member must have length greater than or equal to {}",
                self.min
            ));
        }
        if !whole_match(self.pattern, given) {
            broken.push(format!(
                "Member must satisfy regular expression pattern: {}",
                self.pattern
            ));
        }
        broken
    }

    fn constraints(&self) -> Vec<String> {
        let mut all = Vec::new();
        if self.max < usize::MAX {
            all.push(format!(
                "Member must have length less than or equal to {}",
                self.max
            ));
        }
        if self.min > 0 {
            all.push(format!(
                "Member must have length greater than or equal to {}",
                self.min
            ));
        }
        if !self.pattern.is_empty() {
            all.push(format!(
                "Member must satisfy regular expression pattern: {}",
                self.pattern
            ));
        }
        all
    }
}

/// Whether a pattern of a model matches the whole text. An empty pattern matches everything.
pub fn whole_match(pattern: &str, given: &str) -> bool {
    pattern.is_empty()
        || regex_lite::Regex::new(&format!("^(?:{pattern})$"))
            .is_ok_and(|regex| regex.is_match(given))
}

fn wrong_type(value: &Value, wanted: &str) -> Fault {
    let given = match value {
        Value::Null => "NULL_VALUE",
        Value::Bool(true) => "TRUE_VALUE",
        Value::Bool(false) => "FALSE_VALUE",
        Value::Number(_) => "NUMBER_VALUE",
        Value::String(_) => "STRING_VALUE",
        Value::Array(_) => "START_ARRAY",
        Value::Object(_) => "START_OBJECT",
    };
    Fault::new(
        "SerializationException",
        format!("{given} can not be converted to {wanted}"),
    )
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}

/// Violations name members with a small first letter, whatever the wire has.
fn lower_first(name: &str) -> String {
    let mut letters = name.chars();
    match letters.next() {
        Some(first) => first.to_ascii_lowercase().to_string() + letters.as_str(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    static NAME: Shape = text(1, 5, "[a-z]+");
    static NAMES: Shape = list(&NAME, 1, 2);
    static COLOUR: Shape = one_of(&["RED", "BLUE"]);
    static COUNT: Shape = Shape::Number { min: 1, max: 9 };
    static SETTINGS: Shape = Shape::Map {
        key: letters(1, 3, ""),
        value: &NAME,
    };
    static INPUT: &[Member] = &[
        required("Name", &NAME),
        optional("names", &NAMES),
        optional("colour", &COLOUR),
        optional("count", &COUNT),
        optional("settings", &SETTINGS),
        optional("flag", &FLAG),
    ];

    #[test]
    fn what_is_kept() {
        let given =
            json!({"Name": "abc", "unknown": 1, "flag": null, "settings": {"a": "b", "c": null}});
        let kept = checked(&given, INPUT, "ValidationException").unwrap();
        assert_eq!(kept, json!({"Name": "abc", "settings": {"a": "b"}}));
    }

    #[test]
    fn what_is_said() {
        for (given, said) in [
            (
                json!({}),
                "1 validation error detected: Value null at 'name' failed to satisfy constraint: Member must not be null",
            ),
            (
                json!(null),
                "1 validation error detected: Value null at 'name' failed to satisfy constraint: Member must not be null",
            ),
            (
                json!({"Name": "ABC"}),
                "1 validation error detected: Value 'ABC' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-z]+",
            ),
            (
                json!({"Name": "abcdef"}),
                "1 validation error detected: Value 'abcdef' at 'name' failed to satisfy constraint: Member must have length less than or equal to 5",
            ),
            (
                json!({"Name": "a", "names": ["a", "B"]}),
                "1 validation error detected: Value 'B' at 'names.2.member' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-z]+",
            ),
            (
                json!({"Name": "a", "names": []}),
                "1 validation error detected: Value '[]' at 'names' failed to satisfy constraint: Member must have length greater than or equal to 1",
            ),
            (
                json!({"Name": "a", "colour": "GREEN"}),
                "1 validation error detected: Value 'GREEN' at 'colour' failed to satisfy constraint: Member must satisfy enum value set: [RED, BLUE]",
            ),
            (
                json!({"Name": "a", "count": 10}),
                "1 validation error detected: Value '10' at 'count' failed to satisfy constraint: Member must have value less than or equal to 9",
            ),
            (
                json!({"Name": "a", "settings": {"a": ""}}),
                "1 validation error detected: Value at 'settings' failed to satisfy constraint: Map value must satisfy constraint: [Member must have length less than or equal to 5, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [a-z]+]",
            ),
            (
                json!({"colour": "GREEN"}),
                "2 validation errors detected: Value null at 'name' failed to satisfy constraint: Member must not be null; Value 'GREEN' at 'colour' failed to satisfy constraint: Member must satisfy enum value set: [RED, BLUE]",
            ),
        ] {
            let fault = checked(&given, INPUT, "ValidationException").unwrap_err();
            assert_eq!(
                (fault.code.as_str(), fault.message.as_str()),
                ("ValidationException", said),
                "{given}"
            );
        }
        let fault = checked(&json!({"Name": 7}), INPUT, "ValidationException").unwrap_err();
        assert_eq!(fault.code, "SerializationException");
        assert_eq!(
            fault.message,
            "NUMBER_VALUE can not be converted to a String"
        );
    }
}
