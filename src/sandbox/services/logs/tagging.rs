//! Tags of log groups.

use serde_json::{Map, Value, json};

use super::groups::TAGS;
use super::{GROUP_NAME, invalid, no_group, state, state_mut};
use crate::sandbox::service::{Answer, Call, Fault};
use crate::sandbox::services::fields::{TagProblem, Tags};
use crate::sandbox::shape::{self, Member, Shape, checked, required};
use crate::sandbox::world::World;

static ARN: Shape = shape::text(1, 1011, r"[\w+=/:,.@-]*");
static KEY: Shape = shape::text(1, 128, "");
static KEYS: Shape = shape::list(&KEY, 0, 50);
static TAG: &[Member] = &[required("resourceArn", &ARN), required("tags", &TAGS)];
static UNTAG: &[Member] = &[required("resourceArn", &ARN), required("tagKeys", &KEYS)];
static LIST: &[Member] = &[required("resourceArn", &ARN)];
static TAG_GROUP: &[Member] = &[
    required("logGroupName", &GROUP_NAME),
    required("tags", &TAGS),
];
static UNTAG_GROUP: &[Member] = &[
    required("logGroupName", &GROUP_NAME),
    required("tags", &KEYS),
];
static LIST_GROUP: &[Member] = &[required("logGroupName", &GROUP_NAME)];

/// Tags as this service takes them: a map.
pub fn read(given: &Value) -> Result<Tags, Fault> {
    let list: Vec<Value> = given
        .as_object()
        .into_iter()
        .flatten()
        .map(|(key, value)| json!({"key": key, "value": value}))
        .collect();
    Tags::read(&list, "key", "value").map_err(|problem| invalid(problem.sentence()))
}

fn map(tags: &Tags) -> Value {
    let map: Map<String, Value> = tags
        .0
        .iter()
        .map(|(key, value)| (key.clone(), json!(value)))
        .collect();
    json!({ "tags": map })
}

/// The name of the group of an ARN of this account and Region.
fn name(world: &World, call: &Call) -> Result<String, Fault> {
    let arn = call.text("resourceArn").unwrap_or_default();
    let arn = arn.strip_suffix(":*").unwrap_or(arn);
    state(world, call)
        .and_then(|state| state.groups.values().find(|group| group.arn == arn))
        .map(|group| group.name.clone())
        .ok_or_else(|| {
            Fault::new(
                "ResourceNotFoundException",
                "The specified resource does not exist.",
            )
        })
}

fn put_on(world: &mut World, call: &Call, group: &str) -> Answer {
    let more = read(call.input.get("tags").unwrap_or(&Value::Null))?;
    let group = state_mut(world, call)
        .groups
        .get_mut(group)
        .ok_or_else(no_group)?;
    group.tags.merge(more).map_err(|problem| match problem {
        TagProblem::TooMany => Fault::new("TooManyTagsException", problem.sentence()),
        other => invalid(other.sentence()),
    })?;
    Ok(Value::Null)
}

fn take_off(world: &mut World, call: &Call, group: &str, field: &str) -> Answer {
    let group = state_mut(world, call)
        .groups
        .get_mut(group)
        .ok_or_else(no_group)?;
    group.tags.remove(call.list(field));
    Ok(Value::Null)
}

fn show(world: &World, call: &Call, group: &str) -> Answer {
    super::group(world, call, group).map(|group| map(&group.tags))
}

fn own_group(call: &Call) -> String {
    call.text("logGroupName").unwrap_or_default().to_owned()
}

/// `TagResource`.
pub fn tag(world: &mut World, call: &Call) -> Answer {
    checked(&call.input, TAG, "InvalidParameterException")?;
    let name = name(world, call)?;
    put_on(world, call, &name)
}

/// `UntagResource`.
pub fn untag(world: &mut World, call: &Call) -> Answer {
    checked(&call.input, UNTAG, "InvalidParameterException")?;
    let name = name(world, call)?;
    take_off(world, call, &name, "tagKeys")
}

/// `ListTagsForResource`.
pub fn list(world: &mut World, call: &Call) -> Answer {
    checked(&call.input, LIST, "InvalidParameterException")?;
    let name = name(world, call)?;
    show(world, call, &name)
}

/// `TagLogGroup`, the older form.
pub fn tag_group(world: &mut World, call: &Call) -> Answer {
    checked(&call.input, TAG_GROUP, "InvalidParameterException")?;
    let name = own_group(call);
    super::group(world, call, &name)?;
    put_on(world, call, &name)
}

/// `UntagLogGroup`, the older form.
pub fn untag_group(world: &mut World, call: &Call) -> Answer {
    checked(&call.input, UNTAG_GROUP, "InvalidParameterException")?;
    let name = own_group(call);
    super::group(world, call, &name)?;
    take_off(world, call, &name, "tags")
}

/// `ListTagsLogGroup`, the older form.
pub fn list_group(world: &mut World, call: &Call) -> Answer {
    checked(&call.input, LIST_GROUP, "InvalidParameterException")?;
    show(world, call, &own_group(call))
}
