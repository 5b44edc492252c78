//! Log events searched over the streams of a group.

use serde_json::{Value, json};

use super::events::MOST_BYTES;
use super::state::{Event, Stream};
use super::{
    GROUP_IDENTIFIER, GROUP_NAME, STREAM_NAME, TIME, TOKEN, bad_token, group, invalid, no_stream,
    one_group, pattern,
};
use crate::sandbox::service::{Answer, Call};
use crate::sandbox::services::fields::{page, page_size, put, texts};
use crate::sandbox::shape::{self, Member, Shape, checked, optional};
use crate::sandbox::world::World;

static STREAMS: Shape = shape::list(&STREAM_NAME, 1, 100);
static PATTERN: Shape = shape::text(0, 1024, "");
static LIMIT: Shape = Shape::Number {
    min: 1,
    max: 10_000,
};
static FILTER: &[Member] = &[
    optional("logGroupName", &GROUP_NAME),
    optional("logGroupIdentifier", &GROUP_IDENTIFIER),
    optional("logStreamNames", &STREAMS),
    optional("logStreamNamePrefix", &STREAM_NAME),
    optional("startTime", &TIME),
    optional("endTime", &TIME),
    optional("filterPattern", &PATTERN),
    optional("nextToken", &TOKEN),
    optional("limit", &LIMIT),
    optional("interleaved", &shape::FLAG),
    optional("unmask", &shape::FLAG),
];

/// `FilterLogEvents`: all events of the chosen streams, in the order of time.
pub fn filter(world: &mut World, call: &Call) -> Answer {
    checked(&call.input, FILTER, "InvalidParameterException")?;
    let group = group(world, call, one_group(call)?)?;
    let names = texts(call.list("logStreamNames"));
    let prefix = call.text("logStreamNamePrefix");
    if !names.is_empty() && prefix.is_some() {
        return Err(invalid(
            "logStreamNamePrefix and logStreamNames are mutually exclusive parameters.",
        ));
    }
    if names.iter().any(|name| !group.streams.contains_key(name)) {
        return Err(no_stream());
    }
    let pattern = pattern::read(call.text("filterPattern").unwrap_or_default())
        .ok_or_else(|| invalid("Invalid filter pattern"))?;
    let (start, end) = (call.number("startTime"), call.number("endTime"));
    let chosen = |stream: &Stream| {
        (names.is_empty() || names.contains(&stream.name))
            && prefix.is_none_or(|prefix| stream.name.starts_with(prefix))
    };
    let fits = |event: &Event| {
        start.is_none_or(|start| event.at >= start)
            && end.is_none_or(|end| event.at <= end)
            && pattern.matches(&event.message)
    };
    let mut found: Vec<(&str, &Event)> = group
        .streams
        .values()
        .filter(|stream| chosen(stream))
        .flat_map(|stream| {
            let events = stream.events.iter().filter(|event| fits(event));
            events.map(|event| (stream.name.as_str(), event))
        })
        .collect();
    found.sort_by_key(|(_, event)| (event.at, event.number));
    let mut most = page_size(call, "limit", 10_000);
    let mut bytes = 0;
    if let Some(over) = found.iter().position(|(_, event)| {
        bytes += event.size();
        bytes > MOST_BYTES
    }) {
        most = most.min(over.max(1));
    }
    let (rows, next) = page(found, call.text("nextToken"), most).ok_or_else(bad_token)?;
    let events: Vec<Value> = rows
        .into_iter()
        .map(|(stream, event)| {
            let mut row = json!({"logStreamName": stream});
            if let (Some(row), Some(event)) =
                (row.as_object_mut(), event.describe().as_object().cloned())
            {
                row.extend(event);
            }
            put(&mut row, "eventId", Some(json!(event.id())));
            row
        })
        .collect();
    // AWS no longer tells which streams were searched. Source: the API model, `searchedLogStreams`.
    let mut answer = json!({"events": events, "searchedLogStreams": []});
    put(&mut answer, "nextToken", next.map(Value::String));
    Ok(answer)
}
