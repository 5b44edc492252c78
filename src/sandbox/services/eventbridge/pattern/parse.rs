//! From JSON to branches of matchers, refusing what EventBridge refuses.

use std::net::IpAddr;

use serde_json::{Map, Value};

use super::matcher::{Matcher, TextTest};
use super::{Branch, PatternError};

/// The ways that nested `$or`s may span. EventBridge refuses more combinations than this.
const MOST_BRANCHES: usize = 1000;
/// Numbers that EventBridge compares. Source: EventBridge User Guide, "Numeric matching".
const LARGEST: f64 = 5.0e9;
/// Names that mean something inside `$or` and cannot be names of fields there.
const RESERVED: &[&str] = &[
    "exactly",
    "prefix",
    "suffix",
    "equals-ignore-case",
    "wildcard",
    "numeric",
    "cidr",
    "exists",
    "anything-but",
];

type Parsed<T> = Result<T, PatternError>;

fn refuse<T>(reason: impl Into<String>) -> Parsed<T> {
    Err(PatternError::new(reason))
}

/// The branches of a whole pattern.
pub fn branches(pattern: &Value) -> Parsed<Vec<Branch>> {
    let Value::Object(fields) = pattern else {
        return refuse("Filter is not an object");
    };
    object(fields, "", vec![Branch::new()], false)
}

fn object(
    fields: &Map<String, Value>,
    path: &str,
    mut branches: Vec<Branch>,
    inside_or: bool,
) -> Parsed<Vec<Branch>> {
    if fields.is_empty() {
        return refuse("Empty objects are not allowed");
    }
    for (name, value) in fields {
        if name == "$or" {
            branches = or(value, path, branches)?;
            continue;
        }
        if inside_or && RESERVED.contains(&name.as_str()) {
            return refuse(format!(
                "{name} is Ruler reserved fieldName which cannot be used inside $or."
            ));
        }
        let path = if path.is_empty() {
            name.clone()
        } else {
            format!("{path}.{name}")
        };
        match value {
            Value::Object(fields) => branches = object(fields, &path, branches, inside_or)?,
            Value::Array(conditions) => {
                let matchers = leaf(conditions)?;
                for branch in &mut branches {
                    if branch.iter().any(|(known, _)| *known == path) {
                        return refuse(format!("Path `{path}` cannot be allowed multiple times"));
                    }
                    branch.push((path.clone(), matchers.clone()));
                }
            }
            _ => return refuse(format!("\"{name}\" must be an object or an array")),
        }
    }
    Ok(branches)
}

fn or(value: &Value, path: &str, before: Vec<Branch>) -> Parsed<Vec<Branch>> {
    let Value::Array(choices) = value else {
        return refuse("It must be an Array followed with $or.");
    };
    let mut all = Vec::new();
    for choice in choices {
        let Value::Object(fields) = choice else {
            return refuse("Only JSON object is allowed in array of $or relationship.");
        };
        all.extend(object(fields, path, before.clone(), true)?);
        if all.len() > MOST_BRANCHES {
            return refuse("Rule is too complex - too many $or combinations");
        }
    }
    if choices.len() < 2 {
        return refuse("There must have at least 2 Objects in $or relationship.");
    }
    Ok(all)
}

fn leaf(conditions: &[Value]) -> Parsed<Vec<Matcher>> {
    if conditions.is_empty() {
        return refuse("Empty arrays are not allowed");
    }
    conditions
        .iter()
        .map(|condition| match condition {
            Value::Object(expression) => single(expression),
            Value::Array(_) => refuse("Match value must be String, number, true, false, or null"),
            Value::Number(_) => Ok(Matcher::Equals(condition.as_f64().unwrap_or_default())),
            other => Ok(Matcher::Exactly(other.clone())),
        })
        .collect()
}

/// A match expression: an object of one key.
fn single(expression: &Map<String, Value>) -> Parsed<Matcher> {
    let Some((kind, value)) = expression.iter().next() else {
        return refuse("Match expression name not found");
    };
    let matcher = match kind.as_str() {
        "exactly" => Matcher::Exactly(Value::from(string(value, "exact match")?)),
        "prefix" => Matcher::Text(edge(
            value,
            "prefix",
            TextTest::Prefix,
            TextTest::PrefixAnyCase,
        )?),
        "suffix" => Matcher::Text(edge(
            value,
            "suffix",
            TextTest::Suffix,
            TextTest::SuffixAnyCase,
        )?),
        "equals-ignore-case" => Matcher::Text(TextTest::AnyCase(string(
            value,
            "equals-ignore-case match",
        )?)),
        "wildcard" => Matcher::Text(wildcard(&string(value, "wildcard match")?)?),
        "numeric" => numeric(value)?,
        "anything-but" => anything_but(value)?,
        "cidr" => cidr(&string(value, "prefix match")?)?,
        "exists" => match value {
            Value::Bool(true) => Matcher::Present,
            Value::Bool(false) => Matcher::Absent,
            _ => return refuse("exists match pattern must be either true or false."),
        },
        other => return refuse(format!("Unrecognized match type {other}")),
    };
    if expression.len() > 1 {
        return refuse("Only one key allowed in match expression");
    }
    Ok(matcher)
}

fn string(value: &Value, what: &str) -> Parsed<String> {
    match value {
        Value::String(text) => Ok(text.clone()),
        _ => refuse(format!("{what} pattern must be a string")),
    }
}

/// A prefix or suffix: a text, or `{"equals-ignore-case": text}`.
fn edge(
    value: &Value,
    what: &str,
    exact: fn(String) -> TextTest,
    any_case: fn(String) -> TextTest,
) -> Parsed<TextTest> {
    let Value::Object(inner) = value else {
        return string(value, &format!("{what} match")).map(exact);
    };
    match inner.iter().next() {
        Some((name, value)) if name == "equals-ignore-case" && inner.len() == 1 => {
            string(value, "equals-ignore-case match").map(any_case)
        }
        Some((name, _)) => refuse(format!("Unsupported {what} match pattern: {name}")),
        None => refuse(format!("{what} match pattern must be a string")),
    }
}

/// `*` stands for any letters; `\*` and `\\` for themselves.
fn wildcard(text: &str) -> Parsed<TextTest> {
    let mut parts: Vec<Option<char>> = Vec::new();
    let mut letters = text.chars().enumerate();
    while let Some((position, letter)) = letters.next() {
        match letter {
            '*' if parts.last() == Some(&None) => {
                return refuse(format!(
                    "Consecutive wildcard characters at pos {}",
                    position.saturating_sub(1)
                ));
            }
            '*' => parts.push(None),
            '\\' => match letters.next() {
                Some((_, escaped @ ('*' | '\\'))) => parts.push(Some(escaped)),
                _ => return refuse(format!("Invalid escape character at pos {position}")),
            },
            other => parts.push(Some(other)),
        }
    }
    Ok(TextTest::Wildcard(parts))
}

fn number(value: Option<&Value>, operator: &str) -> Parsed<f64> {
    let Some(number) = value.and_then(Value::as_f64) else {
        return refuse(format!("Value of {operator} must be numeric"));
    };
    if number.abs() > LARGEST {
        return refuse("Value must be between -5.0E9 and 5.0E9, inclusive");
    }
    Ok(number)
}

fn numeric(value: &Value) -> Parsed<Matcher> {
    let Value::Array(terms) = value else {
        return refuse("Value of numeric must be an array.");
    };
    let mut terms = terms.iter();
    let operator = match terms.next() {
        Some(Value::String(operator)) => operator.as_str(),
        Some(other) => return refuse(format!("Invalid member in numeric match: {other}")),
        None => return refuse("Invalid member in numeric match: ]"),
    };
    let matcher = match operator {
        "=" => Matcher::Equals(number(terms.next(), "equals")?),
        "<" | "<=" => Matcher::Between {
            low: None,
            high: Some((number(terms.next(), operator)?, operator == "<=")),
        },
        ">" | ">=" => {
            let low = (number(terms.next(), operator)?, operator == ">=");
            let high = match terms.next() {
                None => None,
                Some(Value::String(upper)) if upper == "<" || upper == "<=" => {
                    Some((number(terms.next(), upper)?, upper == "<="))
                }
                Some(Value::String(other)) => {
                    return refuse(format!("Bad numeric range operator: {other}"));
                }
                Some(other) => return refuse(format!("Bad value in numeric range: {other}")),
            };
            if let Some((top, closed)) = high {
                let empty = top < low.0 || (top == low.0 && !(closed && low.1));
                if empty {
                    return refuse("Bottom must be less than top");
                }
            }
            Matcher::Between {
                low: Some(low),
                high,
            }
        }
        other => return refuse(format!("Unrecognized numeric range operator: {other}")),
    };
    if terms.next().is_some() {
        return refuse(match matcher {
            Matcher::Between {
                high: Some(_),
                low: Some(_),
            } => "Too many terms in numeric range expression",
            _ => "Too many elements in numeric expression",
        });
    }
    Ok(matcher)
}

fn anything_but(value: &Value) -> Parsed<Matcher> {
    let those = match value {
        Value::String(_) => vec![Matcher::Exactly(value.clone())],
        Value::Number(_) => vec![Matcher::Equals(number(Some(value), "anything-but")?)],
        Value::Array(list) => {
            let texts = list.iter().filter(|one| one.is_string()).count();
            let numbers = list.iter().filter(|one| one.is_number()).count();
            if texts + numbers < list.len() {
                return refuse("Inside anything but list, start|null|boolean is not supported.");
            }
            if list.is_empty() || (texts > 0 && numbers > 0) {
                return refuse(
                    "Inside anything but list, either all values are number or string, mixed type is not supported",
                );
            }
            leaf(list)?
        }
        Value::Object(inner) => return anything_but_test(inner),
        _ => {
            return refuse("Value of anything-but must be an array or single string/number value.");
        }
    };
    Ok(Matcher::AnythingBut(those))
}

/// `{"anything-but": {"prefix": ...}}` and its like, with one text or a list of them.
fn anything_but_test(inner: &Map<String, Value>) -> Parsed<Matcher> {
    let Some((kind, value)) = inner.iter().next() else {
        return refuse("Anything-But expression name not found");
    };
    if inner.len() > 1 {
        return refuse("Only one key allowed in match expression");
    }
    let texts: Vec<String> = match value {
        Value::Array(list) if !list.is_empty() => list
            .iter()
            .map(|one| string(one, &format!("{kind} match")))
            .collect::<Parsed<_>>()?,
        Value::Array(_) => return refuse("Empty arrays are not allowed"),
        other => vec![string(other, &format!("{kind} match"))?],
    };
    let those = texts
        .into_iter()
        .map(|text| {
            let test = match kind.as_str() {
                "prefix" | "suffix" if text.is_empty() => {
                    return refuse("Null prefix/suffix not allowed");
                }
                "prefix" => TextTest::Prefix(text),
                "suffix" => TextTest::Suffix(text),
                "equals-ignore-case" => TextTest::AnyCase(text),
                "wildcard" => wildcard(&text)?,
                other => return refuse(format!("Unsupported anything-but pattern: {other}")),
            };
            Ok(Matcher::Text(test))
        })
        .collect::<Parsed<_>>()?;
    Ok(Matcher::AnythingBut(those))
}

fn cidr(text: &str) -> Parsed<Matcher> {
    let mut parts = text.split('/');
    let (Some(address), Some(bits), None) = (parts.next(), parts.next(), parts.next()) else {
        return refuse("Malformed CIDR, one '/' required");
    };
    let Ok(bits) = bits.parse::<u8>() else {
        return refuse("Malformed CIDR, mask bits must be an integer");
    };
    let Ok(address) = address.parse::<IpAddr>() else {
        return refuse(format!("Nonstandard IP address: {address}"));
    };
    let most = if address.is_ipv4() { 32 } else { 128 };
    if bits > most {
        return refuse(format!("IP mask must be between 0 and {most}"));
    }
    Ok(Matcher::Cidr(address, bits))
}
