//! Tags of keys.

use serde_json::{Value, json};

use super::input;
use super::keys::{at, at_mut, own};
use crate::sandbox::service::{Answer, Call, Fault};
use crate::sandbox::world::World;

/// `TagResource`.
pub fn tag(world: &mut World, call: &Call) -> Answer {
    let new = input::tags(call)?;
    let place = own(world, call, "kms:TagResource")?;
    let key = at_mut(world, &place)?;
    let mut tags = key.tags.clone();
    for (name, value) in new {
        match tags.iter_mut().find(|(k, _)| *k == name) {
            Some(tag) => tag.1 = value,
            None => tags.push((name, value)),
        }
    }
    if tags.len() > 50 {
        return Err(Fault::new("LimitExceededException", "Too many tags"));
    }
    key.tags = tags;
    Ok(Value::Null)
}

/// `UntagResource`.
pub fn untag(world: &mut World, call: &Call) -> Answer {
    let keys: Vec<&str> = call
        .list("TagKeys")
        .iter()
        .filter_map(Value::as_str)
        .collect();
    let place = own(world, call, "kms:UntagResource")?;
    at_mut(world, &place)?
        .tags
        .retain(|(name, _)| !keys.contains(&name.as_str()));
    Ok(Value::Null)
}

/// `ListResourceTags`.
pub fn list_tags(world: &mut World, call: &Call) -> Answer {
    let place = own(world, call, "kms:ListResourceTags")?;
    let items = at(world, &place)?
        .tags
        .iter()
        .map(|(k, v)| (k.clone(), json!({ "TagKey": k, "TagValue": v })))
        .collect();
    input::page(call, "Tags", items, 50)
}
