//! Tags of connections and hosts.

use serde_json::json;

use super::{CODE, CONNECTION_ARN, TAG_KEY, TAGS, not_found, state_mut};
use crate::sandbox::page::{Tags, tags_from_pairs, tags_to_pairs, texts};
use crate::sandbox::service::{Answer, Call, Fault};
use crate::sandbox::shape::{Member, Shape, checked, list as list_of, required};
use crate::sandbox::world::World;

/// What this service calls a tag's key and value.
pub const NAMES: (&str, &str) = ("Key", "Value");
/// Tags on one resource. Source: the API model (`TagList`).
const MOST: usize = 200;

static KEYS: Shape = list_of(&TAG_KEY, 0, 200);
static PUT: &[Member] = &[
    required("ResourceArn", &CONNECTION_ARN),
    required("Tags", &TAGS),
];
static REMOVE: &[Member] = &[
    required("ResourceArn", &CONNECTION_ARN),
    required("TagKeys", &KEYS),
];
static LIST: &[Member] = &[required("ResourceArn", &CONNECTION_ARN)];

/// The tags of an input.
pub fn given(call: &Call) -> Result<Tags, Fault> {
    let tags = tags_from_pairs(call.list("Tags"), NAMES);
    match tags
        .keys()
        .find(|key| key.to_ascii_lowercase().starts_with("aws:"))
    {
        Some(key) => Err(Fault::new(
            CODE,
            format!("The tag key {key} is reserved: keys must not start with aws:"),
        )),
        None => Ok(tags),
    }
}

pub fn tag(world: &mut World, call: &Call) -> Answer {
    checked(&call.input, PUT, CODE)?;
    let new = given(call)?;
    let found = tags_of(world, call)?;
    let mut tags = found.clone();
    tags.extend(new);
    if tags.len() > MOST {
        return Err(Fault::new(
            "LimitExceededException",
            format!("A resource has at most {MOST} tags"),
        ));
    }
    *found = tags;
    Ok(json!({}))
}

pub fn untag(world: &mut World, call: &Call) -> Answer {
    checked(&call.input, REMOVE, CODE)?;
    let keys = texts(call.list("TagKeys"));
    tags_of(world, call)?.retain(|key, _| !keys.contains(key));
    Ok(json!({}))
}

pub fn list(world: &mut World, call: &Call) -> Answer {
    checked(&call.input, LIST, CODE)?;
    let found = tags_of(world, call)?;
    Ok(json!({"Tags": tags_to_pairs(found, NAMES)}))
}

fn tags_of<'a>(world: &'a mut World, call: &Call) -> Result<&'a mut Tags, Fault> {
    let arn = call.text("ResourceArn").unwrap_or_default();
    let state = state_mut(world, call);
    let connection = state.connections.get_mut(arn).map(|found| &mut found.tags);
    let found = match connection {
        Some(tags) => Some(tags),
        None => state.hosts.get_mut(arn).map(|found| &mut found.tags),
    };
    found.ok_or_else(|| not_found("Resource", arn))
}
