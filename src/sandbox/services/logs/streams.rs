//! Log streams.

use serde_json::{Value, json};

use super::state::Stream;
use super::{
    GROUP_IDENTIFIER, GROUP_NAME, STREAM_NAME, TOKEN, bad_token, group, invalid, no_group,
    no_stream, one_group, state_mut,
};
use crate::sandbox::service::{Answer, Call, Fault};
use crate::sandbox::services::fields::{page, page_size, put};
use crate::sandbox::shape::{self, Member, Shape, checked, one_of, optional, required};
use crate::sandbox::world::World;

static NAMED: &[Member] = &[
    required("logGroupName", &GROUP_NAME),
    required("logStreamName", &STREAM_NAME),
];
static ORDER: Shape = one_of(&["LogStreamName", "LastEventTime"]);
static LIMIT: Shape = Shape::Number { min: 1, max: 50 };
static DESCRIBE: &[Member] = &[
    optional("logGroupName", &GROUP_NAME),
    optional("logGroupIdentifier", &GROUP_IDENTIFIER),
    optional("logStreamNamePrefix", &STREAM_NAME),
    optional("orderBy", &ORDER),
    optional("descending", &shape::FLAG),
    optional("nextToken", &TOKEN),
    optional("limit", &LIMIT),
];

/// `CreateLogStream`.
pub fn create(world: &mut World, call: &Call) -> Answer {
    checked(&call.input, NAMED, "InvalidParameterException")?;
    let name = call.text("logStreamName").unwrap_or_default();
    let group_name = call.text("logGroupName").unwrap_or_default();
    if group(world, call, group_name)?.streams.contains_key(name) {
        return Err(Fault::new(
            "ResourceAlreadyExistsException",
            "The specified log stream already exists",
        ));
    }
    state_mut(world, call)
        .groups
        .get_mut(group_name)
        .ok_or_else(no_group)?
        .stream(name, call.now);
    Ok(Value::Null)
}

/// `DeleteLogStream`.
pub fn delete(world: &mut World, call: &Call) -> Answer {
    checked(&call.input, NAMED, "InvalidParameterException")?;
    let name = call.text("logStreamName").unwrap_or_default();
    let group_name = call.text("logGroupName").unwrap_or_default();
    if !group(world, call, group_name)?.streams.contains_key(name) {
        return Err(no_stream());
    }
    if let Some(group) = state_mut(world, call).groups.get_mut(group_name) {
        group.streams.remove(name);
    }
    Ok(Value::Null)
}

/// `DescribeLogStreams`.
pub fn describe(world: &mut World, call: &Call) -> Answer {
    checked(&call.input, DESCRIBE, "InvalidParameterException")?;
    let group = group(world, call, one_group(call)?)?;
    let prefix = call.text("logStreamNamePrefix");
    let by_time = call.text("orderBy") == Some("LastEventTime");
    if by_time && prefix.is_some() {
        return Err(invalid(
            "Cannot order by LastEventTime with a logStreamNamePrefix.",
        ));
    }
    let mut streams: Vec<&Stream> = group
        .streams
        .values()
        .filter(|stream| prefix.is_none_or(|prefix| stream.name.starts_with(prefix)))
        .collect();
    if by_time {
        streams.sort_by_key(|stream| stream.events.last().map(|event| event.at));
    }
    if call.flag("descending") == Some(true) {
        streams.reverse();
    }
    let rows: Vec<Value> = streams.into_iter().map(Stream::describe).collect();
    let most = page_size(call, "limit", 50);
    let (rows, next) = page(rows, call.text("nextToken"), most).ok_or_else(bad_token)?;
    let mut answer = json!({"logStreams": rows});
    put(&mut answer, "nextToken", next.map(Value::String));
    Ok(answer)
}
