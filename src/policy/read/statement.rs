//! One statement.

use serde::Deserializer;
use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, Visitor};

use super::condition::{Conditions, RawCondition};
use super::list::{Text, Texts};
use super::principal::Principals;
use super::visit::{At, Kind, Name, refuse};
use crate::policy::document::{
    ActionEntry, Condition, Effect, Listed, PrincipalEntry, ResourceEntry, Statement,
};

/// A statement before it is known whether the document knows variables: `Version` may come after it.
#[derive(Debug)]
pub(super) struct Raw {
    index: usize,
    sid: Option<String>,
    effect: Option<Effect>,
    principal: Option<Listed<PrincipalEntry>>,
    action: Option<Listed<String>>,
    resource: Option<Listed<String>>,
    conditions: Vec<RawCondition>,
}

impl Raw {
    /// Makes it ready to be matched.
    pub(super) fn finish(self, variables: bool) -> Option<Statement> {
        let action = self.action?;
        Some(Statement {
            index: self.index,
            sid: self.sid.map(String::into_boxed_str),
            effect: self.effect?,
            principal: self.principal,
            action: Listed {
                negated: action.negated,
                entries: action.entries.into_iter().map(ActionEntry::new).collect(),
            },
            resource: self.resource.map(|resource| Listed {
                negated: resource.negated,
                entries: resource
                    .entries
                    .into_iter()
                    .map(|text| ResourceEntry::new(text, variables))
                    .collect(),
            }),
            conditions: self
                .conditions
                .into_iter()
                .map(|raw| Condition::new(raw.operator, raw.key, raw.values, variables))
                .collect(),
        })
    }
}

/// The elements of a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Element {
    Sid,
    Effect,
    Principal,
    NotPrincipal,
    Action,
    NotAction,
    Resource,
    NotResource,
    Condition,
}

/// The elements that were met.
#[derive(Debug, Clone, Copy, Default)]
struct Seen(u16);

impl Seen {
    fn has(self, element: Element) -> bool {
        self.0 & (1 << element as u16) != 0
    }

    fn add(&mut self, element: Element) {
        self.0 |= 1 << element as u16;
    }
}

const ELEMENTS: [(&str, Element); 9] = [
    ("Sid", Element::Sid),
    ("Effect", Element::Effect),
    ("Principal", Element::Principal),
    ("NotPrincipal", Element::NotPrincipal),
    ("Action", Element::Action),
    ("NotAction", Element::NotAction),
    ("Resource", Element::Resource),
    ("NotResource", Element::NotResource),
    ("Condition", Element::Condition),
];

fn element(name: &str) -> Option<(&'static str, Element)> {
    ELEMENTS.into_iter().find(|(known, _)| *known == name)
}

pub(super) struct StatementSeed<'a> {
    pub(super) at: At<'a>,
    pub(super) index: usize,
}

impl<'de> DeserializeSeed<'de> for StatementSeed<'_> {
    type Value = Option<Raw>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for StatementSeed<'_> {
    type Value = Option<Raw>;

    refuse!("an object"; null, boolean, number, text, list);

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let at = self.at;
        let mut raw = Raw {
            index: self.index,
            sid: None,
            effect: None,
            principal: None,
            action: None,
            resource: None,
            conditions: Vec::new(),
        };
        let mut seen = Seen::default();
        while let Some(name) = map.next_key_seed(Name(element))? {
            let (name, element) = match name {
                Ok(known) => known,
                Err(name) => {
                    at.key(&name)
                        .error(format!("\"{name}\" is no element of a statement"));
                    map.next_value::<IgnoredAny>()?;
                    continue;
                }
            };
            let here = at.key(name);
            if seen.has(element) {
                here.error(format!("\"{name}\" is written twice"));
            }
            let negated = matches!(
                element,
                Element::NotPrincipal | Element::NotAction | Element::NotResource
            );
            match element {
                Element::Sid => {
                    raw.sid = map
                        .next_value_seed(Text { at: here })?
                        .filter(|sid| !sid.is_empty());
                }
                Element::Effect => raw.effect = map.next_value_seed(Effects { at: here })?,
                Element::Principal | Element::NotPrincipal => {
                    let entries = map.next_value_seed(Principals { at: here })?;
                    one_form(
                        &at,
                        seen,
                        Element::Principal,
                        Element::NotPrincipal,
                        element,
                    );
                    raw.principal = Some(Listed { negated, entries });
                }
                Element::Action | Element::NotAction => {
                    let entries = map.next_value_seed(Texts { at: here })?;
                    one_form(&at, seen, Element::Action, Element::NotAction, element);
                    raw.action = Some(Listed { negated, entries });
                }
                Element::Resource | Element::NotResource => {
                    let entries = map.next_value_seed(Texts { at: here })?;
                    one_form(&at, seen, Element::Resource, Element::NotResource, element);
                    raw.resource = Some(Listed { negated, entries });
                }
                Element::Condition => {
                    raw.conditions = map.next_value_seed(Conditions { at: here })?;
                }
            }
            seen.add(element);
        }
        if !seen.has(Element::Effect) {
            at.error("the statement has no Effect");
        }
        if raw.action.is_none() {
            at.error("the statement has neither Action nor NotAction");
        }
        Ok(Some(raw))
    }
}

/// A statement has an element or its `Not` form.
fn one_form(at: &At<'_>, seen: Seen, plain: Element, not: Element, now: Element) {
    let other = if now == plain { not } else { plain };
    if seen.has(other) {
        let name = |wanted| {
            ELEMENTS
                .iter()
                .find(|(_, element)| *element == wanted)
                .map_or("", |(name, _)| *name)
        };
        at.error(format!(
            "a statement has {} or {}, not both",
            name(plain),
            name(not)
        ));
    }
}

/// `Allow` or `Deny`.
struct Effects<'a> {
    at: At<'a>,
}

impl<'de> DeserializeSeed<'de> for Effects<'_> {
    type Value = Option<Effect>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Effects<'_> {
    type Value = Option<Effect>;

    refuse!("\"Allow\" or \"Deny\""; null, boolean, number, list, object);

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Self::Value, E> {
        match text {
            "Allow" => Ok(Some(Effect::Allow)),
            "Deny" => Ok(Some(Effect::Deny)),
            _ => {
                self.at.error(format!(
                    "Effect is \"Allow\" or \"Deny\", not \"{text}\"; the case counts"
                ));
                Ok(None)
            }
        }
    }
}
