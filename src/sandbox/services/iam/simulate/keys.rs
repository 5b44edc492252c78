//! `GetContextKeysForPrincipalPolicy` and `GetContextKeysForCustomPolicy`: the condition keys that policies
//! ask for, in conditions and as variables.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::input::{documents, entity, named};
use super::{Source, invalid};
use crate::sandbox::service::{Answer, Call, Fault};
use crate::sandbox::services::iam::input as iam_input;
use crate::sandbox::world::World;

/// `GetContextKeysForPrincipalPolicy`.
pub fn for_principal(world: &mut World, call: &Call) -> Answer {
    let arn = iam_input::required(call, "PolicySourceArn")?;
    let mut sources = entity(world, call, arn)?.sources;
    sources.extend(named(call, "PolicyInputList"));
    listed(&sources)
}

/// `GetContextKeysForCustomPolicy`.
pub fn for_custom(_: &mut World, call: &Call) -> Answer {
    let sources = named(call, "PolicyInputList");
    if sources.is_empty() {
        return Err(iam_input::invalid(
            "PolicyInputList",
            None,
            "Member must not be null",
        ));
    }
    listed(&sources)
}

fn listed(sources: &[Source]) -> Result<Value, Fault> {
    documents(sources)?;
    let mut keys = BTreeSet::new();
    for source in sources {
        let document: Value = serde_json::from_str(&source.text)
            .map_err(|_| invalid("The policy is not in the valid JSON format."))?;
        let statements = document.get("Statement");
        let statements = match statements {
            Some(Value::Array(list)) => list.iter().collect(),
            Some(one) => vec![one],
            None => Vec::new(),
        };
        for statement in statements {
            let conditions = statement.get("Condition").and_then(Value::as_object);
            for asked in conditions.into_iter().flat_map(|it| it.values()) {
                let asked = asked.as_object();
                keys.extend(asked.into_iter().flat_map(|it| it.keys().cloned()));
            }
            variables(statement, &mut keys);
        }
    }
    Ok(json!({ "ContextKeyNames": keys }))
}

/// The keys of `${key}` and `${key, 'default'}` in a value.
fn variables(value: &Value, keys: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => {
            for piece in text.split("${").skip(1) {
                let Some((inside, _)) = piece.split_once('}') else {
                    continue;
                };
                let key = inside.split(',').next().unwrap_or_default().trim();
                if key.contains(':') {
                    keys.insert(key.to_owned());
                }
            }
        }
        Value::Array(list) => list.iter().for_each(|item| variables(item, keys)),
        Value::Object(members) => members.values().for_each(|item| variables(item, keys)),
        _ => {}
    }
}
