//! Tags of rules and buses.

use serde_json::json;

use super::{DEFAULT_BUS, bus, invalid, no_bus, no_rule};
use crate::sandbox::page::{Tags, own_resource, tags_from_pairs, tags_to_pairs, texts};
use crate::sandbox::service::{Answer, Call, Fault};
use crate::sandbox::shape::{Member, Shape, checked, list as list_of, required, text};
use crate::sandbox::world::World;

static KEY: Shape = text(1, 128, "");
static VALUE: Shape = text(0, 256, "");
static TAG: Shape = Shape::Structure(&[required("Key", &KEY), required("Value", &VALUE)]);
/// A list of tags.
pub static TAGS: Shape = list_of(&TAG, 0, usize::MAX);
static KEYS: Shape = list_of(&KEY, 0, usize::MAX);
static ARN: Shape = text(1, 1600, "");

static PUT: &[Member] = &[required("ResourceARN", &ARN), required("Tags", &TAGS)];
static REMOVE: &[Member] = &[required("ResourceARN", &ARN), required("TagKeys", &KEYS)];
static LIST: &[Member] = &[required("ResourceARN", &ARN)];

/// Tags on one resource.
const MOST: usize = 50;
const NAMES: (&str, &str) = ("Key", "Value");

/// The tags of an input.
pub fn given(call: &Call) -> Result<Tags, Fault> {
    let tags = tags_from_pairs(call.list("Tags"), NAMES);
    if tags
        .keys()
        .any(|key| key.to_ascii_lowercase().starts_with("aws:"))
    {
        return Err(invalid(
            "aws: prefixed tag key names are not allowed for external use.",
        ));
    }
    check_count(&tags)?;
    Ok(tags)
}

fn check_count(tags: &Tags) -> Result<(), Fault> {
    if tags.len() > MOST {
        return Err(invalid(format!("A resource has at most {MOST} tags.")));
    }
    Ok(())
}

pub fn tag(world: &mut World, call: &Call) -> Answer {
    checked(&call.input, PUT, "ValidationException")?;
    let new = given(call)?;
    let found = tags_of(world, call)?;
    let mut tags = found.clone();
    tags.extend(new);
    check_count(&tags)?;
    *found = tags;
    Ok(json!({}))
}

pub fn untag(world: &mut World, call: &Call) -> Answer {
    checked(&call.input, REMOVE, "ValidationException")?;
    let keys = texts(call.list("TagKeys"));
    tags_of(world, call)?.retain(|key, _| !keys.contains(key));
    Ok(json!({}))
}

pub fn list(world: &mut World, call: &Call) -> Answer {
    checked(&call.input, LIST, "ValidationException")?;
    let found = tags_of(world, call)?;
    Ok(json!({"Tags": tags_to_pairs(found, NAMES)}))
}

fn tags_of<'a>(world: &'a mut World, call: &Call) -> Result<&'a mut Tags, Fault> {
    let arn = call.text("ResourceARN").unwrap_or_default();
    let resource =
        own_resource(arn, "events", &call.region, &call.caller.account).ok_or_else(|| {
            Fault::new(
                "ResourceNotFoundException",
                format!("Resource {arn} does not exist."),
            )
        })?;
    if let Some(name) = resource.strip_prefix("event-bus/") {
        let known = bus(world, call, name).map_err(|_| no_bus(name))?;
        return Ok(&mut known.tags);
    }
    let rule = resource.strip_prefix("rule/").unwrap_or(resource);
    let (on, rule) = rule.split_once('/').unwrap_or((DEFAULT_BUS, rule));
    bus(world, call, on)?
        .rules
        .get_mut(rule)
        .map(|found| &mut found.tags)
        .ok_or_else(|| no_rule(rule, on))
}
