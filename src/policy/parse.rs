//! The strict reading of a document.

use serde_json::{Map, Value};

use super::document::{Condition, Document, Effect, Listed, PrincipalEntry, Statement, Version};
use super::operator::Operator;
use super::problem::{Place, Problem};

/// Reads a document. `null`, which stands for 'no policy', is a document without statements.
///
/// Whatever the policy language leaves open is read as AWS does (a string or a list, one statement
/// or a list). Whatever it does not know is an error and never 'matches all': an unknown element, an
/// empty list, another type, an unknown operator. `"Condition": {}` is read as no condition.
///
/// # Errors
/// Every problem that was found, not only the first.
pub fn parse(value: &Value) -> Result<Document, Vec<Problem>> {
    let mut reader = Reader::default();
    let document = reader.document(value);
    if reader.problems.is_empty() {
        Ok(document)
    } else {
        Err(reader.problems)
    }
}

#[derive(Default)]
struct Reader {
    problems: Vec<Problem>,
}

impl Reader {
    fn document(&mut self, value: &Value) -> Document {
        let root = Place::root();
        let mut document = Document::default();
        let map = match value {
            Value::Null => return document,
            Value::Object(map) => map,
            other => {
                self.problems.push(root.error(format!(
                    "a policy document is a JSON object, this is {}",
                    kind_of(other)
                )));
                return document;
            }
        };
        for (name, element) in map {
            let place = root.key(name);
            match name.as_str() {
                "Version" => match element.as_str().map(|text| (text, Version::parse(text))) {
                    Some((_, Some(version))) => document.version = Some(version),
                    Some((text, None)) => self.problems.push(place.error(format!(
                        "\"{text}\" is no version of the policy language; write \"2012-10-17\""
                    ))),
                    None => self.wrong_type(&place, "a string", element),
                },
                "Id" => match element {
                    Value::String(text) => document.id = Some(text.clone()),
                    other => self.wrong_type(&place, "a string", other),
                },
                "Statement" => document.statements = self.statements(element, &place),
                _ => self.problems.push(place.error(format!(
                    "\"{name}\" is no element of a policy document; known are Version, Id and Statement"
                ))),
            }
        }
        if !map.contains_key("Statement") {
            self.problems
                .push(root.error("the document has no Statement"));
        }
        document
    }

    fn statements(&mut self, value: &Value, place: &Place) -> Vec<Statement> {
        match value {
            Value::Array(items) => {
                if items.is_empty() {
                    self.problems
                        .push(place.error("the list of statements is empty"));
                }
                items
                    .iter()
                    .enumerate()
                    .filter_map(|(index, item)| self.statement(item, &place.index(index), index))
                    .collect()
            }
            Value::Object(_) => self.statement(value, place, 0).into_iter().collect(),
            other => {
                self.wrong_type(place, "a statement or a list of statements", other);
                Vec::new()
            }
        }
    }

    fn statement(&mut self, value: &Value, place: &Place, index: usize) -> Option<Statement> {
        let Value::Object(map) = value else {
            self.wrong_type(place, "an object", value);
            return None;
        };
        let mut sid = None;
        let mut effect = None;
        let mut conditions = Vec::new();
        for (name, element) in map {
            let place = place.key(name);
            match name.as_str() {
                "Sid" => match element {
                    Value::String(text) if text.is_empty() => {}
                    Value::String(text) => sid = Some(text.clone()),
                    other => self.wrong_type(&place, "a string", other),
                },
                "Effect" => match element {
                    Value::String(text) if text == "Allow" => effect = Some(Effect::Allow),
                    Value::String(text) if text == "Deny" => effect = Some(Effect::Deny),
                    Value::String(text) => self.problems.push(place.error(format!(
                        "Effect is \"Allow\" or \"Deny\", not \"{text}\"; the case counts"
                    ))),
                    other => self.wrong_type(&place, "\"Allow\" or \"Deny\"", other),
                },
                "Condition" => conditions = self.conditions(element, &place),
                "Principal" | "NotPrincipal" | "Action" | "NotAction" | "Resource"
                | "NotResource" => {}
                _ => self
                    .problems
                    .push(place.error(format!("\"{name}\" is no element of a statement"))),
            }
        }
        if !map.contains_key("Effect") {
            self.problems
                .push(place.error("the statement has no Effect"));
        }
        let principal = self.either(map, place, "Principal", "NotPrincipal", Self::principals);
        let action = self.either(map, place, "Action", "NotAction", Self::strings);
        let resource = self.either(map, place, "Resource", "NotResource", Self::strings);
        if action.is_none() {
            self.problems
                .push(place.error("the statement has neither Action nor NotAction"));
        }
        Some(Statement {
            index,
            sid,
            effect: effect?,
            principal,
            action: action?,
            resource,
            conditions,
        })
    }

    /// Reads an element or its `Not` form, of which a statement may have one.
    fn either<T>(
        &mut self,
        map: &Map<String, Value>,
        place: &Place,
        plain: &str,
        not: &str,
        read: fn(&mut Self, &Value, &Place) -> Vec<T>,
    ) -> Option<Listed<T>> {
        let (negated, name) = match (map.contains_key(plain), map.contains_key(not)) {
            (true, true) => {
                self.problems
                    .push(place.error(format!("a statement has {plain} or {not}, not both")));
                (false, plain)
            }
            (true, false) => (false, plain),
            (false, true) => (true, not),
            (false, false) => return None,
        };
        let value = map.get(name)?;
        Some(Listed {
            negated,
            entries: read(self, value, &place.key(name)),
        })
    }

    fn strings(&mut self, value: &Value, place: &Place) -> Vec<String> {
        match value {
            Value::String(text) => vec![text.clone()],
            Value::Array(items) => {
                if items.is_empty() {
                    self.problems.push(place.error("the list is empty"));
                }
                let mut texts = Vec::with_capacity(items.len());
                for (index, item) in items.iter().enumerate() {
                    match item {
                        Value::String(text) => texts.push(text.clone()),
                        other => self.wrong_type(&place.index(index), "a string", other),
                    }
                }
                texts
            }
            other => {
                self.wrong_type(place, "a string or a list of strings", other);
                Vec::new()
            }
        }
    }

    fn principals(&mut self, value: &Value, place: &Place) -> Vec<PrincipalEntry> {
        let map = match value {
            Value::String(text) if text == "*" => return vec![PrincipalEntry::Everyone],
            Value::String(text) => {
                self.problems.push(place.error(format!(
                    "a principal is \"*\" or an object such as {{\"AWS\": \"{text}\"}}"
                )));
                return Vec::new();
            }
            Value::Object(map) => map,
            other => {
                self.wrong_type(place, "\"*\" or an object", other);
                return Vec::new();
            }
        };
        if map.is_empty() {
            self.problems.push(place.error("the principal is empty"));
        }
        let mut entries = Vec::new();
        for (name, element) in map {
            let place = place.key(name);
            let wrap = match name.as_str() {
                "AWS" => |text: String| {
                    if text == "*" {
                        PrincipalEntry::Everyone
                    } else {
                        PrincipalEntry::Aws(text)
                    }
                },
                "Service" => PrincipalEntry::Service,
                "Federated" => PrincipalEntry::Federated,
                "CanonicalUser" => PrincipalEntry::CanonicalUser,
                _ => {
                    self.problems.push(place.error(format!(
                        "\"{name}\" is no kind of principal; known are AWS, Service, Federated and CanonicalUser"
                    )));
                    continue;
                }
            };
            entries.extend(self.strings(element, &place).into_iter().map(wrap));
        }
        entries
    }

    fn conditions(&mut self, value: &Value, place: &Place) -> Vec<Condition> {
        let Value::Object(operators) = value else {
            self.wrong_type(place, "an object", value);
            return Vec::new();
        };
        let mut conditions = Vec::new();
        for (name, keys) in operators {
            let place = place.key(name);
            let operator = Operator::parse(name);
            if operator.is_none() {
                self.problems
                    .push(place.error(match Operator::suggestion(name) {
                        Some(known) => {
                            format!("\"{name}\" is no condition operator; \"{known}\" is")
                        }
                        None => format!("\"{name}\" is no condition operator"),
                    }));
            }
            let Value::Object(keys) = keys else {
                self.wrong_type(&place, "an object of condition keys", keys);
                continue;
            };
            if keys.is_empty() {
                self.problems
                    .push(place.error("the operator has no condition key"));
            }
            for (key, values) in keys {
                let values = self.condition_values(values, &place.key(key));
                if let Some(operator) = operator {
                    conditions.push(Condition {
                        operator,
                        key: key.clone(),
                        values,
                    });
                }
            }
        }
        conditions
    }

    fn condition_values(&mut self, value: &Value, place: &Place) -> Vec<String> {
        match value {
            Value::Array(items) => {
                if items.is_empty() {
                    self.problems.push(place.error("the list is empty"));
                }
                let mut texts = Vec::with_capacity(items.len());
                for (index, item) in items.iter().enumerate() {
                    match scalar(item) {
                        Some(text) => texts.push(text),
                        None => self.wrong_type(&place.index(index), "a string", item),
                    }
                }
                texts
            }
            single => match scalar(single) {
                Some(text) => vec![text],
                None => {
                    self.wrong_type(place, "a string or a list of strings", single);
                    Vec::new()
                }
            },
        }
    }

    fn wrong_type(&mut self, place: &Place, expected: &str, found: &Value) {
        self.problems
            .push(place.error(format!("expected {expected}, found {}", kind_of(found))));
    }
}

/// The text of a condition value: Booleans and numbers stand for their text.
pub(super) fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a Boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
