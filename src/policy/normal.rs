//! The normal form: what two documents must have in common to mean the same.
//!
//! It is made from any JSON, well formed or not, because [`super::diff`] and [`super::merge`] must
//! cope with whatever is found in an account. What it does not know is compared as it stands.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::operator::Operator;

/// Whether two documents mean the same.
///
/// Not counted as a difference: a string for a list of one, the order and repetition of what a list
/// holds, the order of statements, the case of actions and of condition key names, Booleans and
/// numbers for their text in conditions, `ArnLike` for `ArnEquals`, an account id for its root ARN,
/// `"Principal": "*"` for `{"AWS": "*"}`, an empty `Sid` for none, `null` for a document without
/// statements. `{"Service": "*"}`, `{"Federated": "*"}` and `{"CanonicalUser": "*"}` are other
/// things than `"*"`, and a canonical user is not recognised as the account that it belongs to,
/// because that takes a call to AWS.
///
/// `Sid` counts, because statements are owned by it. `Id` does not: it has no effect. `Version` counts
/// only where a `${...}` occurs, because nothing else depends on it; a missing one is `2008-10-17`.
pub fn equivalent(a: &Value, b: &Value) -> bool {
    let (a, b) = (Normal::of(a), Normal::of(b));
    a.document_elements(&b).is_empty() && a.sorted() == b.sorted()
}

/// One value of an element: compared by `key`, shown as it was written.
#[derive(Debug, Clone)]
pub(super) struct Item {
    key: String,
    pub(super) shown: String,
}

impl PartialEq for Item {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl Eq for Item {}

impl PartialOrd for Item {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Item {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key.cmp(&other.key)
    }
}

impl Item {
    fn new(key: impl Into<String>, shown: impl Into<String>) -> Self {
        Self {
            key: key.into(),
            shown: shown.into(),
        }
    }

    fn plain(text: &str) -> Self {
        Self::new(text, text)
    }

    /// Something that is not of the shape it should have. The mark keeps it apart from any text.
    fn raw(value: &Value) -> Self {
        let text = canonical(value);
        Self::new(format!("\u{0}{text}"), text)
    }
}

/// The place of an element among the others, and the name under which it is compared.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ElementKey(u8, String);

/// An element, or one operator and key of `Condition`: a set of values.
#[derive(Debug, Clone)]
pub(super) struct Element {
    /// How it is called, for example `Action` or `Condition ArnEquals aws:PrincipalArn`.
    pub(super) name: String,
    pub(super) items: BTreeSet<Item>,
}

impl PartialEq for Element {
    fn eq(&self, other: &Self) -> bool {
        self.items == other.items
    }
}

impl Eq for Element {}

impl PartialOrd for Element {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Element {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.items.cmp(&other.items)
    }
}

/// What a statement says, its `Sid` apart.
pub(super) type Content = BTreeMap<ElementKey, Element>;

/// A statement in normal form.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct NormalStatement {
    pub(super) sid: Option<String>,
    pub(super) content: Content,
}

/// A document in normal form; its statements keep their order, which the diff needs.
#[derive(Debug, Clone)]
pub(super) struct Normal {
    version: String,
    uses_variables: bool,
    others: BTreeMap<String, String>,
    pub(super) statements: Vec<NormalStatement>,
}

impl Normal {
    pub(super) fn of(value: &Value) -> Self {
        let mut normal = Self {
            version: "2008-10-17".to_owned(),
            uses_variables: mentions_variable(value),
            others: BTreeMap::new(),
            statements: Vec::new(),
        };
        let map = match value {
            Value::Null => return normal,
            Value::Object(map) => map,
            other => {
                normal.others.insert(String::new(), canonical(other));
                return normal;
            }
        };
        for (name, element) in map {
            match (name.as_str(), element) {
                ("Version", Value::String(text)) => normal.version.clone_from(text),
                ("Id", Value::String(_)) => {}
                ("Statement", element) => {
                    normal.statements = statements_of(element)
                        .into_iter()
                        .map(NormalStatement::of)
                        .collect();
                }
                _ => {
                    normal.others.insert(name.clone(), canonical(element));
                }
            }
        }
        normal
    }

    fn sorted(&self) -> Vec<&NormalStatement> {
        let mut statements: Vec<_> = self.statements.iter().collect();
        statements.sort();
        statements
    }

    /// The differences outside of statements: name of the element, before, after.
    pub(super) fn document_elements(
        &self,
        after: &Self,
    ) -> Vec<(String, Option<String>, Option<String>)> {
        let mut changes = Vec::new();
        if self.version != after.version && (self.uses_variables || after.uses_variables) {
            changes.push((
                "Version".to_owned(),
                Some(self.version.clone()),
                Some(after.version.clone()),
            ));
        }
        let names: BTreeSet<&String> = self.others.keys().chain(after.others.keys()).collect();
        for name in names {
            let (before, now) = (self.others.get(name), after.others.get(name));
            if before != now {
                changes.push((name.clone(), before.cloned(), now.cloned()));
            }
        }
        changes
    }
}

/// The statements of a `Statement` element, which may be one or a list.
pub(super) fn statements_of(element: &Value) -> Vec<&Value> {
    match element {
        Value::Array(items) => items.iter().collect(),
        single => vec![single],
    }
}

/// A statement's `Sid`, if it has one that is not empty.
pub(super) fn sid_of(statement: &Value) -> Option<&str> {
    statement
        .get("Sid")
        .and_then(Value::as_str)
        .filter(|sid| !sid.is_empty())
}

impl NormalStatement {
    pub(super) fn of(value: &Value) -> Self {
        let mut content = Content::new();
        let mut insert = |rank: u8, name: &str, items: BTreeSet<Item>| {
            content.insert(
                ElementKey(rank, name.to_owned()),
                Element {
                    name: name.to_owned(),
                    items,
                },
            );
        };
        let Value::Object(map) = value else {
            insert(9, "text", BTreeSet::from([Item::raw(value)]));
            return Self { sid: None, content };
        };
        for (name, element) in map {
            match name.as_str() {
                "Sid" if element.is_string() => {}
                "Effect" => insert(0, name, texts(element, Item::plain)),
                "Principal" | "NotPrincipal" => insert(1, name, principals(element)),
                "Action" | "NotAction" => insert(2, name, texts(element, action)),
                "Resource" | "NotResource" => insert(3, name, texts(element, Item::plain)),
                "Condition" => {}
                _ => insert(9, name, BTreeSet::from([Item::raw(element)])),
            }
        }
        match map.get("Condition") {
            Some(Value::Object(operators)) => conditions(operators, &mut content),
            Some(other) => insert(4, "Condition", BTreeSet::from([Item::raw(other)])),
            None => {}
        }
        Self {
            sid: sid_of(value).map(str::to_owned),
            content,
        }
    }
}

fn action(text: &str) -> Item {
    let lower = text.to_ascii_lowercase();
    Item::new(if lower == "*:*" { "*" } else { &lower }, text)
}

fn texts(value: &Value, item: fn(&str) -> Item) -> BTreeSet<Item> {
    let list: Option<BTreeSet<Item>> = match value {
        Value::String(text) => Some(BTreeSet::from([item(text)])),
        Value::Array(items) => items.iter().map(|entry| entry.as_str().map(item)).collect(),
        _ => None,
    };
    list.unwrap_or_else(|| BTreeSet::from([Item::raw(value)]))
}

fn principals(value: &Value) -> BTreeSet<Item> {
    let everyone = || Item::new("AWS *", "*");
    let map = match value {
        Value::String(text) if text == "*" => return BTreeSet::from([everyone()]),
        Value::Object(map) if !map.is_empty() => map,
        other => return BTreeSet::from([Item::raw(other)]),
    };
    let mut items = BTreeSet::new();
    for (kind, element) in map {
        let entries: Option<Vec<&str>> = match element {
            Value::String(text) => Some(vec![text]),
            Value::Array(list) => list.iter().map(Value::as_str).collect(),
            _ => None,
        };
        let Some(entries) = entries.filter(|entries| !entries.is_empty()) else {
            let text = canonical(element);
            items.insert(Item::new(
                format!("\u{0}{kind} {text}"),
                format!("{kind} {text}"),
            ));
            continue;
        };
        for entry in entries {
            items.insert(match (kind.as_str(), entry) {
                ("AWS", "*") => everyone(),
                ("AWS", text) => Item::new(
                    format!("AWS {}", account_of_root(text).unwrap_or(text)),
                    format!("AWS {text}"),
                ),
                (kind, text) => Item::plain(&format!("{kind} {text}")),
            });
        }
    }
    items
}

/// The account of `arn:aws:iam::111111111111:root`, in any partition: an account is in one only.
fn account_of_root(text: &str) -> Option<&str> {
    let rest = text.strip_prefix("arn:aws")?;
    let (partition, rest) = rest.split_once(":iam::")?;
    let account = rest.strip_suffix(":root")?;
    let plain = !partition.contains(':')
        && account.len() == 12
        && account.bytes().all(|byte| byte.is_ascii_digit());
    plain.then_some(account)
}

/// One element per operator and key. Two entries that differ only in the case of the key, or in
/// `ArnLike` for `ArnEquals`, are both asked for, so they are numbered and not put together.
fn conditions(operators: &Map<String, Value>, content: &mut Content) {
    let mut grouped: BTreeMap<String, BTreeMap<BTreeSet<Item>, String>> = BTreeMap::new();
    for (name, keys) in operators {
        let operator = Operator::parse(name).map_or_else(|| name.clone(), |o| o.canonical_name());
        let Value::Object(keys) = keys else {
            let shown = format!("Condition {name}");
            grouped
                .entry(format!("\u{0}{name}"))
                .or_default()
                .insert(BTreeSet::from([Item::raw(keys)]), shown);
            continue;
        };
        if keys.is_empty() {
            grouped
                .entry(operator)
                .or_default()
                .insert(BTreeSet::new(), format!("Condition {name}"));
            continue;
        }
        for (key, values) in keys {
            grouped
                .entry(format!("{operator} {}", key.to_ascii_lowercase()))
                .or_default()
                .insert(condition_values(values), format!("Condition {name} {key}"));
        }
    }
    for (group, alternatives) in grouped {
        for (number, (items, name)) in alternatives.into_iter().enumerate() {
            content.insert(
                ElementKey(4, format!("{group} {number}")),
                Element { name, items },
            );
        }
    }
}

fn condition_values(value: &Value) -> BTreeSet<Item> {
    let list: Option<BTreeSet<Item>> = match value {
        Value::Array(items) => items
            .iter()
            .map(|item| scalar(item).map(|text| Item::plain(&text)))
            .collect(),
        single => scalar(single).map(|text| BTreeSet::from([Item::plain(&text)])),
    };
    list.unwrap_or_else(|| BTreeSet::from([Item::raw(value)]))
}

/// Compact JSON with sorted keys.
fn canonical(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let sorted: BTreeMap<&String, String> = map
                .iter()
                .map(|(key, item)| (key, canonical(item)))
                .collect();
            let inside: Vec<String> = sorted
                .into_iter()
                .map(|(key, item)| format!("{}:{item}", Value::String(key.clone())))
                .collect();
            format!("{{{}}}", inside.join(","))
        }
        Value::Array(items) => {
            let inside: Vec<String> = items.iter().map(canonical).collect();
            format!("[{}]", inside.join(","))
        }
        other => other.to_string(),
    }
}

/// Whether a `${` occurs in any text of a document.
pub(super) fn mentions_variable(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains("${"),
        Value::Array(items) => items.iter().any(mentions_variable),
        Value::Object(map) => map.values().any(mentions_variable),
        _ => false,
    }
}
/// The text of a condition value: Booleans and numbers stand for their text.
fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
