//! `Condition`.

use serde::Deserializer;
use serde::de::{DeserializeSeed, MapAccess, Visitor};

use super::list::Scalars;
use super::visit::{At, Kind, refuse};
use crate::policy::operator::Operator;

/// One operator on one key, before it is known whether the document knows variables.
#[derive(Debug)]
pub(super) struct RawCondition {
    pub(super) operator: Operator,
    pub(super) key: String,
    pub(super) values: Vec<String>,
}

pub(super) struct Conditions<'a> {
    pub(super) at: At<'a>,
}

impl<'de> DeserializeSeed<'de> for Conditions<'_> {
    type Value = Vec<RawCondition>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Conditions<'_> {
    type Value = Vec<RawCondition>;

    refuse!("an object"; null, boolean, number, text, list);

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut conditions: Vec<RawCondition> = Vec::new();
        while let Some(name) = map.next_key::<String>()? {
            let at = self.at.key(&name);
            let operator = Operator::parse(&name);
            if operator.is_none() {
                at.error(match Operator::suggestion(&name) {
                    Some(known) => format!("\"{name}\" is no condition operator; \"{known}\" is"),
                    None => format!("\"{name}\" is no condition operator"),
                });
            }
            let keys = map.next_value_seed(Keys { at })?;
            if let Some(operator) = operator {
                if conditions.iter().any(|known| known.operator == operator) {
                    at.error(format!("\"{name}\" is written twice"));
                }
                conditions.extend(keys.into_iter().map(|(key, values)| RawCondition {
                    operator,
                    key,
                    values,
                }));
            }
        }
        Ok(conditions)
    }
}

/// The keys of an operator, with their values.
struct Keys<'a> {
    at: At<'a>,
}

impl<'de> DeserializeSeed<'de> for Keys<'_> {
    type Value = Vec<(String, Vec<String>)>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Keys<'_> {
    type Value = Vec<(String, Vec<String>)>;

    refuse!("an object of condition keys"; null, boolean, number, text, list);

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut keys: Vec<(String, Vec<String>)> = Vec::new();
        while let Some(key) = map.next_key::<String>()? {
            let values = map.next_value_seed(Scalars {
                at: self.at.key(&key),
            })?;
            keys.push((key, values));
        }
        if keys.is_empty() {
            self.at.error("the operator has no condition key");
        }
        if keys.len() > 1 {
            let names: Vec<&str> = keys.iter().map(|(key, _)| key.as_str()).collect();
            twice(&self.at, &names);
        }
        Ok(keys)
    }
}

/// Notes every name that occurs more than once.
pub(super) fn twice(at: &At<'_>, names: &[impl AsRef<str>]) {
    if names.len() < 2 {
        return;
    }
    let mut sorted: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
    sorted.sort_unstable();
    for pair in sorted.windows(2) {
        if let [one, other] = pair
            && one == other
        {
            at.key(one).error(format!("\"{one}\" is written twice"));
        }
    }
}
