//! API models as data, and the check of a JSON value against one: the first thing that an AWS
//! service does with a request, before it looks at what the values mean.

use serde_json::Value;

use super::problem::{Code, Problem};

/// What a value must look like.
pub(super) enum Shape {
    /// A string.
    Text {
        /// Fewest characters.
        min: usize,
        /// Most characters.
        max: usize,
        /// The pattern, as the model writes it, and what it means.
        pattern: Option<Pattern>,
    },
    /// One of some strings.
    OneOf(&'static [&'static str]),
    /// A whole number.
    Number {
        /// Least.
        min: i64,
        /// Greatest.
        max: i64,
    },
    /// A list.
    List {
        /// Fewest items.
        min: usize,
        /// Most items.
        max: usize,
        /// Each item.
        item: &'static Shape,
    },
    /// A map with free keys.
    Map {
        /// Most entries.
        max: usize,
        /// Each key.
        key: &'static Shape,
        /// Each value.
        value: &'static Shape,
    },
    /// Named fields. Others are passed over, as AWS's JSON protocol does.
    Fields(&'static [Field]),
}

/// A pattern: as the model writes it, and what it means.
pub(super) struct Pattern {
    pub text: &'static str,
    pub holds: fn(&str) -> bool,
}

/// A named field.
pub(super) struct Field {
    pub name: &'static str,
    pub shape: &'static Shape,
    pub required: bool,
}

/// A field that must be there.
pub(super) const fn required(name: &'static str, shape: &'static Shape) -> Field {
    Field {
        name,
        shape,
        required: true,
    }
}

/// A field that may be left out.
pub(super) const fn optional(name: &'static str, shape: &'static Shape) -> Field {
    Field {
        name,
        shape,
        required: false,
    }
}

/// Where a value is: for people (`stages[0].name`) and as AWS writes it (`stages.1.member.name`).
#[derive(Clone)]
struct Place {
    ours: String,
    aws: String,
}

impl Place {
    fn field(&self, name: &str) -> Self {
        let dot = if self.ours.is_empty() { "" } else { "." };
        Self {
            ours: format!("{}{dot}{name}", self.ours),
            aws: format!("{}.{name}", self.aws),
        }
    }

    fn item(&self, index: usize) -> Self {
        Self {
            ours: format!("{}[{index}]", self.ours),
            aws: format!("{}.{}.member", self.aws, index + 1),
        }
    }

    fn key(&self, key: &str) -> Self {
        Self {
            ours: format!("{}.{key}", self.ours),
            aws: format!("{}.{key}.member", self.aws),
        }
    }
}

/// Everything in a value that is outside its shape. `root` is what AWS calls the value.
pub(super) fn check(shape: &Shape, value: &Value, root: &str) -> Vec<Problem> {
    let mut problems = Vec::new();
    let place = Place {
        ours: String::new(),
        aws: root.to_owned(),
    };
    walk(shape, value, &place, &mut problems);
    problems
}

fn walk(shape: &Shape, value: &Value, place: &Place, problems: &mut Vec<Problem>) {
    let mut refuse = |shown: &str, constraint: String| {
        problems.push(Problem::new(
            Code::ValidationException,
            place.ours.clone(),
            format!(
                "Value {shown} at '{}' failed to satisfy constraint: {constraint}",
                place.aws
            ),
        ));
    };
    match (shape, value) {
        (Shape::Text { min, max, pattern }, Value::String(text)) => {
            let shown = format!("'{text}'");
            let length = text.chars().count();
            if length > *max {
                refuse(
                    &shown,
                    format!("Member must have length less than or equal to {max}"),
                );
            }
            if length < *min {
                refuse(
                    &shown,
                    format!("Member must have length greater than or equal to {min}"),
                );
            }
            if let Some(pattern) = pattern.as_ref().filter(|pattern| !(pattern.holds)(text)) {
                refuse(
                    &shown,
                    format!(
                        "Member must satisfy regular expression pattern: {}",
                        pattern.text
                    ),
                );
            }
        }
        (Shape::OneOf(values), Value::String(text)) => {
            if !values.contains(&text.as_str()) {
                refuse(
                    &format!("'{text}'"),
                    format!(
                        "Member must satisfy enum value set: [{}]",
                        values.join(", ")
                    ),
                );
            }
        }
        (Shape::Number { min, max }, Value::Number(number)) => {
            let Some(whole) = number.as_i64() else {
                problems.push(wrong_type(place, "a whole number", value));
                return;
            };
            if whole > *max {
                refuse(
                    &format!("'{whole}'"),
                    format!("Member must have value less than or equal to {max}"),
                );
            }
            if whole < *min {
                refuse(
                    &format!("'{whole}'"),
                    format!("Member must have value greater than or equal to {min}"),
                );
            }
        }
        (Shape::List { min, max, item }, Value::Array(items)) => {
            let shown = format!("'{value}'");
            if items.len() > *max {
                refuse(
                    &shown,
                    format!("Member must have length less than or equal to {max}"),
                );
            }
            if items.len() < *min {
                refuse(
                    &shown,
                    format!("Member must have length greater than or equal to {min}"),
                );
            }
            for (index, one) in items.iter().enumerate() {
                walk(item, one, &place.item(index), problems);
            }
        }
        (Shape::Map { max, key, value }, Value::Object(entries)) => {
            if entries.len() > *max {
                refuse(
                    "of this map",
                    format!("Member must have length less than or equal to {max}"),
                );
            }
            for (name, one) in entries {
                let at = place.key(name);
                walk(key, &Value::String(name.clone()), &at, problems);
                walk(value, one, &at, problems);
            }
        }
        (Shape::Fields(fields), Value::Object(entries)) => {
            for field in *fields {
                let at = place.field(field.name);
                match entries.get(field.name) {
                    None | Some(Value::Null) if field.required => problems.push(Problem::new(
                        Code::ValidationException,
                        at.ours,
                        format!(
                            "Value null at '{}' failed to satisfy constraint: Member must not be null",
                            at.aws
                        ),
                    )),
                    None | Some(Value::Null) => {}
                    Some(one) => walk(field.shape, one, &at, problems),
                }
            }
        }
        (Shape::Text { .. } | Shape::OneOf(_), _) => {
            problems.push(wrong_type(place, "a string", value))
        }
        (Shape::Number { .. }, _) => problems.push(wrong_type(place, "a number", value)),
        (Shape::List { .. }, _) => problems.push(wrong_type(place, "a list", value)),
        (Shape::Map { .. } | Shape::Fields(_), _) => {
            problems.push(wrong_type(place, "an object", value))
        }
    }
}

fn wrong_type(place: &Place, expected: &str, value: &Value) -> Problem {
    let found = match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    };
    Problem::new(
        Code::SerializationException,
        place.ours.clone(),
        format!("expected {expected} at '{}', found {found}", place.aws),
    )
}
