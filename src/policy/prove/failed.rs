//! Why a statement does not apply: the element, what it wants and what the request has.

use std::cmp::Ordering;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::listener::Seen;
use crate::policy::document::{ActionEntry, PrincipalEntry, ResourceEntry, Statement};
use crate::policy::request::{Lookup, Request};

/// An element of a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Element {
    /// `Action` or `NotAction`.
    Action,
    /// `Resource` or `NotResource`.
    Resource,
    /// `Principal` or `NotPrincipal`.
    Principal,
    /// One operator on one key of `Condition`.
    Condition,
}

/// An element that does not let a statement apply.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failed {
    /// Which.
    pub element: Element,
    /// The operator of a condition.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operator: Option<String>,
    /// The key of a condition.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Whether it is the `Not` form of the element.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub negated: bool,
    /// What the statement has.
    pub policy: Vec<String>,
    /// What the request has; empty for a condition key that it does not carry.
    pub request: Vec<String>,
    /// Where the two nearly agree, in what they differ.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<Hint>,
}

/// Every element of a statement that does not let it apply.
pub(super) fn all(seen: &Seen, statement: &Statement, request: &Request) -> Vec<Failed> {
    let mut failed = Vec::new();
    if seen.action_fails {
        let texts = statement.action.entries.iter().map(ActionEntry::text);
        failed.push(Failed::new(
            Element::Action,
            statement.action.negated,
            texts,
            vec![request.action().to_owned()],
        ));
    }
    if let Some(listed) = statement.resource.as_ref().filter(|_| seen.resource_fails) {
        let texts = listed.entries.iter().map(ResourceEntry::text);
        let asked = request.resource().unwrap_or("*").to_owned();
        failed.push(Failed::new(
            Element::Resource,
            listed.negated,
            texts,
            vec![asked],
        ));
    }
    if let Some(listed) = statement
        .principal
        .as_ref()
        .filter(|_| seen.principal_fails)
    {
        let texts: Vec<&str> = listed.entries.iter().map(name).collect();
        failed.push(Failed::new(
            Element::Principal,
            listed.negated,
            texts.into_iter(),
            vec![asking(request)],
        ));
    }
    for condition in seen
        .conditions
        .iter()
        .filter_map(|index| statement.conditions.get(*index))
    {
        let found = match request.lookup(condition.folded_key()) {
            Lookup::Values(values) => values.to_vec(),
            Lookup::Absent | Lookup::Missing => Vec::new(),
        };
        failed.push(Failed {
            operator: Some(condition.operator().to_string()),
            key: Some(condition.key().to_owned()),
            ..Failed::new(Element::Condition, false, condition.values(), found)
        });
    }
    failed
}

fn asking(request: &Request) -> String {
    use crate::policy::request::Principal;
    match request.principal() {
        Principal::Aws(aws) => aws.arn.clone(),
        Principal::Service(name) | Principal::Federated(name) => name.clone(),
        Principal::Anonymous => "*anonymous*".to_owned(),
    }
}

fn name(entry: &PrincipalEntry) -> &str {
    match entry {
        PrincipalEntry::Everyone => "*",
        PrincipalEntry::Aws { text, .. } => text,
        PrincipalEntry::Service(text)
        | PrincipalEntry::Federated(text)
        | PrincipalEntry::CanonicalUser(text) => text,
    }
}

/// So many entries of an element are told; a list may have thousands.
const TOLD: usize = 10;

impl Failed {
    fn new<'a>(
        element: Element,
        negated: bool,
        policy: impl Iterator<Item = &'a str>,
        request: Vec<String>,
    ) -> Self {
        let mut policy: Vec<String> = policy.map(str::to_owned).collect();
        let hint = request
            .first()
            .filter(|_| !negated)
            .and_then(|found| hint(&policy, found));
        let more = policy.len().saturating_sub(TOLD);
        if more > 0 {
            policy.truncate(TOLD);
            policy.push(format!("and {more} more"));
        }
        Self {
            element,
            operator: None,
            key: None,
            negated,
            policy,
            request,
            hint,
        }
    }
}

/// Texts longer than this are not compared letter by letter.
const LONG: usize = 512;

/// The text of the policy that is nearly the one of the request, and how it differs.
fn hint(policy: &[String], found: &str) -> Option<Hint> {
    let (distance, text) = policy
        .iter()
        .filter(|text| text.len() <= LONG && found.len() <= LONG && *text != found)
        .filter(|text| text.len().abs_diff(found.len()) <= 2)
        .map(|text| (strsim::damerau_levenshtein(text, found), text))
        .min_by_key(|(distance, _)| *distance)?;
    let same = text
        .chars()
        .zip(found.chars())
        .take_while(|(a, b)| a == b)
        .count();
    let difference = match (distance, text.chars().count().cmp(&found.chars().count())) {
        _ if text.eq_ignore_ascii_case(found) => Difference::Case,
        (1, Ordering::Greater) => Difference::OneMore,
        (1, Ordering::Less) => Difference::OneLess,
        (1, Ordering::Equal) => Difference::OneOther,
        (2, _) => Difference::Two,
        _ => return None,
    };
    Some(Hint {
        nearest: text.clone(),
        place: same.saturating_add(1),
        difference,
    })
}

/// A text of the policy that is nearly the one of the request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hint {
    /// The text of the policy.
    pub nearest: String,
    /// The first character, from 1, in which the two differ.
    pub place: usize,
    /// In what they differ.
    pub difference: Difference,
}

/// In what a text of the policy differs from the one of the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Difference {
    /// In upper and lower case only.
    Case,
    /// It has one character more.
    OneMore,
    /// It lacks one character.
    OneLess,
    /// It has another character in one place.
    OneOther,
    /// In two characters.
    Two,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Case => "upper and lower case differ",
            Self::OneMore => "the policy has one character more",
            Self::OneLess => "the policy lacks one character",
            Self::OneOther => "one character differs",
            Self::Two => "two characters differ",
        })
    }
}
