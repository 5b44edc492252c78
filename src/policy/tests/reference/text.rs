//! Wildcards, ARNs, variables and conditions, each as its definition says.

use serde_json::Value;

use super::{all, any, not};
use crate::policy::tests::case::Ask;

/// A character of a pattern.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Sign {
    Any,
    One,
    Just(char),
}

/// Whether a text is like a pattern with `*` and `?`.
pub fn like(pattern: &str, text: &str) -> bool {
    signs_match(&wild(pattern), &chars(text))
}

fn chars(text: &str) -> Vec<char> {
    text.chars().collect()
}

fn wild(text: &str) -> Vec<Sign> {
    text.chars()
        .map(|c| match c {
            '*' => Sign::Any,
            '?' => Sign::One,
            other => Sign::Just(other),
        })
        .collect()
}

fn plain(text: &str) -> Vec<Sign> {
    text.chars().map(Sign::Just).collect()
}

fn signs_match(pattern: &[Sign], text: &[char]) -> bool {
    match pattern {
        [] => text.is_empty(),
        [Sign::Any, rest @ ..] => (0..=text.len()).any(|skip| signs_match(rest, &text[skip..])),
        [Sign::One, rest @ ..] => !text.is_empty() && signs_match(rest, &text[1..]),
        [Sign::Just(c), rest @ ..] => text.first() == Some(c) && signs_match(rest, &text[1..]),
    }
}

/// The values of a key: `None` where that is not known.
pub fn carried(ask: &Ask, key: &str) -> Option<Vec<String>> {
    let found = ask
        .context
        .iter()
        .find(|(name, _)| name.to_lowercase() == key.to_lowercase());
    match found {
        Some((_, values)) => Some(values.clone()),
        None if ask.open => None,
        None => Some(Vec::new()),
    }
}

/// What a text becomes once its variables are replaced.
enum Replaced {
    Signs(Vec<Sign>),
    /// A variable has no value: nothing is like it.
    Empty,
    /// A variable has several values.
    Several,
    /// Whether a variable has a value is not known; these are the signs with anything in its place.
    Open(Vec<Sign>),
}

fn replaced(text: &str, variables: bool, wildcards: bool, ask: &Ask) -> Replaced {
    let as_signs = if wildcards { wild } else { plain };
    let mut signs = Vec::new();
    let mut open = false;
    let mut rest = text;
    while let (true, Some(start)) = (variables, rest.find("${")) {
        let Some(end) = rest[start..].find('}').map(|end| start + end) else {
            break;
        };
        signs.extend(as_signs(&rest[..start]));
        let inside = &rest[start + 2..end];
        rest = &rest[end + 1..];
        if ["*", "?", "$"].contains(&inside) {
            signs.extend(plain(inside));
            continue;
        }
        let (key, default) = match inside.split_once(", ") {
            Some((key, default)) => (key, Some(default.trim_matches('\''))),
            None => (inside, None),
        };
        match (carried(ask, key).as_deref(), default) {
            (None, _) => {
                open = true;
                signs.push(Sign::Any);
            }
            (Some([one]), _) => signs.extend(plain(one)),
            (Some([]), Some(default)) => signs.extend(plain(default)),
            (Some([]), None) => return Replaced::Empty,
            (Some(_), _) => return Replaced::Several,
        }
    }
    signs.extend(as_signs(rest));
    if open {
        Replaced::Open(signs)
    } else {
        Replaced::Signs(signs)
    }
}

/// Where a pattern for ARNs stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Place {
    /// In a condition.
    Condition { negated: bool },
    /// In `Resource`; an ARN that ends early goes on with wildcards, or it does not.
    Resource { negated: bool, goes_on: bool },
}

/// Whether an ARN is like a pattern for ARNs.
pub fn arn_like(
    pattern: &str,
    text: Option<&str>,
    variables: bool,
    place: Place,
    ask: &Ask,
) -> Option<bool> {
    let Some(text) = text else {
        return Some(false);
    };
    let mut wanted: Vec<&str> = pattern.splitn(6, ':').collect();
    if let Place::Resource { goes_on: true, .. } = place
        && wanted[0] == "arn"
    {
        wanted.resize(6, "*");
    }
    if wanted.len() < 6 {
        return None;
    }
    let found: Vec<&str> = text.splitn(6, ':').collect();
    if found.len() < 6 || (0..5).any(|part| !like(wanted[part], found[part])) {
        return Some(false);
    }
    let matches = |signs: &[Sign]| signs_match(signs, &chars(found[5]));
    match (replaced(wanted[5], variables, true, ask), place) {
        (Replaced::Signs(signs), _) => Some(matches(&signs)),
        // 'All but what is not known' is not known either.
        (_, Place::Resource { negated: true, .. }) => None,
        (Replaced::Several | Replaced::Open(_), Place::Condition { negated: true }) => None,
        (Replaced::Open(widest), _) if !matches(&widest) => Some(false),
        (Replaced::Open(_), _) => None,
        (Replaced::Several | Replaced::Empty, _) => Some(false),
    }
}

/// A string, or a list of them.
pub fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::String(one) => vec![one],
        other => other
            .as_array()
            .unwrap()
            .iter()
            .map(|item| item.as_str().unwrap())
            .collect(),
    }
}

/// Whether one condition is met.
pub fn condition_met(
    operator: &str,
    key: &str,
    wanted: &[&str],
    variables: bool,
    ask: &Ask,
) -> Option<bool> {
    let values = carried(ask, key)?;
    if operator == "Null" {
        return Some(wanted.contains(&if values.is_empty() { "true" } else { "false" }));
    }
    let (set, bare) = match operator.split_once(':') {
        Some((set, bare)) => (Some(set), bare),
        None => (None, operator),
    };
    let (bare, if_exists) = match bare.strip_suffix("IfExists") {
        Some(bare) => (bare, true),
        None => (bare, false),
    };
    let negated = bare.contains("Not");
    let base = bare.replace("Not", "");
    // One value of the request is good where one of those wanted is met; where it is negated, none.
    let good = |value: &String| {
        let matches = wanted
            .iter()
            .map(|wanted| value_matches(&base, wanted, value, negated, variables, ask));
        if negated {
            not(any(matches))
        } else {
            any(matches)
        }
    };
    match (set, values.as_slice()) {
        (Some("ForAllValues"), values) => all(values.iter().map(good)),
        (Some("ForAnyValue"), []) if if_exists => None,
        (Some("ForAnyValue"), values) => any(values.iter().map(good)),
        (_, []) => Some(if_exists || negated),
        (_, [one]) => good(one),
        // An operator for one value.
        (_, _) => None,
    }
}

fn value_matches(
    base: &str,
    wanted: &str,
    value: &str,
    negated: bool,
    variables: bool,
    ask: &Ask,
) -> Option<bool> {
    // What the request carries and the operator cannot read matches nothing; negated, nobody says.
    let unreadable = if negated { None } else { Some(false) };
    match base {
        "StringEquals" | "StringLike" | "StringEqualsIgnoreCase" => {
            let folds = base == "StringEqualsIgnoreCase";
            match replaced(wanted, variables, base == "StringLike", ask) {
                Replaced::Signs(signs) if folds => {
                    Some(signs_match(&lower(&signs), &chars(&value.to_lowercase())))
                }
                Replaced::Signs(signs) => Some(signs_match(&signs, &chars(value))),
                Replaced::Open(widest)
                    if !folds && !negated && !signs_match(&widest, &chars(value)) =>
                {
                    Some(false)
                }
                Replaced::Open(_) => None,
                Replaced::Empty => Some(false),
                Replaced::Several => unreadable,
            }
        }
        "ArnLike" | "ArnEquals" if wanted.matches(':').count() > 4 && !value.contains(':') => {
            unreadable
        }
        "ArnLike" | "ArnEquals" => {
            let place = Place::Condition { negated };
            arn_like(wanted, Some(value), variables, place, ask)
        }
        "Bool" => match wanted {
            "true" | "false" => Some(wanted == value),
            _ => None,
        },
        "NumericLessThan" | "NumericEquals" => {
            let wanted: f64 = wanted.parse().ok()?;
            match value.parse::<f64>() {
                Ok(value) if base == "NumericEquals" => Some(value == wanted),
                Ok(value) => Some(value < wanted),
                Err(_) => unreadable,
            }
        }
        "IpAddress" => match (wanted, value) {
            ("net", _) => None,
            (_, "net") => unreadable,
            ("10.0.0.0/8", value) => Some(value.starts_with("10.")),
            (wanted, value) => Some(wanted == value),
        },
        other => panic!("{other} is not in the alphabet"),
    }
}

fn lower(signs: &[Sign]) -> Vec<Sign> {
    signs
        .iter()
        .map(|sign| match sign {
            Sign::Just(c) => Sign::Just(c.to_ascii_lowercase()),
            other => *other,
        })
        .collect()
}
