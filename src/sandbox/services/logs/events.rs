//! Log events: written, and read stream by stream.

use serde_json::{Value, json};

use super::state::{Event, OVERHEAD, Stream, sequence_token};
use super::{
    GROUP_IDENTIFIER, GROUP_NAME, STREAM_NAME, TIME, TOKEN, bad_token, group, invalid, no_group,
    no_stream, one_group, state_mut,
};
use crate::sandbox::service::{Answer, Call, Fault};
use crate::sandbox::services::fields::{number, put, text};
use crate::sandbox::shape::{self, Member, Shape, checked, optional, required};
use crate::sandbox::world::World;

static MESSAGE: Shape = shape::text(1, usize::MAX, "");
static EVENT: Shape =
    Shape::Structure(&[required("timestamp", &TIME), required("message", &MESSAGE)]);
static EVENTS: Shape = shape::list(&EVENT, 1, 10_000);
static PUT: &[Member] = &[
    required("logGroupName", &GROUP_NAME),
    required("logStreamName", &STREAM_NAME),
    required("logEvents", &EVENTS),
    optional("sequenceToken", &TOKEN),
];
static LIMIT: Shape = Shape::Number {
    min: 1,
    max: 10_000,
};
static GET: &[Member] = &[
    optional("logGroupName", &GROUP_NAME),
    optional("logGroupIdentifier", &GROUP_IDENTIFIER),
    required("logStreamName", &STREAM_NAME),
    optional("startTime", &TIME),
    optional("endTime", &TIME),
    optional("nextToken", &TOKEN),
    optional("limit", &LIMIT),
    optional("startFromHead", &shape::FLAG),
    optional("unmask", &shape::FLAG),
];

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;
/// The most that one `PutLogEvents` or one page holds, in bytes. Source: the API model, `PutLogEvents`
/// and `GetLogEvents`.
pub(super) const MOST_BYTES: usize = 1_048_576;

/// `PutLogEvents`. Sequence tokens are ignored, as AWS does since 2023.
pub fn put_events(world: &mut World, call: &Call) -> Answer {
    checked(&call.input, PUT, "InvalidParameterException")?;
    let group_name = call.text("logGroupName").unwrap_or_default();
    let name = call.text("logStreamName").unwrap_or_default();
    let found = group(world, call, group_name)?;
    if !found.streams.contains_key(name) {
        return Err(no_stream());
    }
    let kept_for = found.retention.map(|days| days * DAY);
    let given: Vec<(i64, &str)> = call
        .list("logEvents")
        .iter()
        .map(|event| {
            (
                number(event, "timestamp").unwrap_or_default(),
                text(event, "message").unwrap_or_default(),
            )
        })
        .collect();
    let size: usize = given.iter().map(|(_, it)| it.len() + OVERHEAD).sum();
    if size > MOST_BYTES {
        return Err(invalid(format!(
            "Upload too large: {size} bytes exceeds limit of {MOST_BYTES}"
        )));
    }
    in_order(&given)?;
    let expired = |at: i64| kept_for.is_some_and(|kept| at < call.now - kept);
    let too_old = |at: i64| at < call.now - 14 * DAY;
    let too_new = |at: i64| at > call.now + 2 * HOUR;
    let ends = |test: &dyn Fn(i64) -> bool| given.iter().rposition(|(at, _)| test(*at));
    let mut rejected = json!({});
    put(
        &mut rejected,
        "tooNewLogEventStartIndex",
        given
            .iter()
            .position(|(at, _)| too_new(*at))
            .map(|i| json!(i)),
    );
    put(
        &mut rejected,
        "tooOldLogEventEndIndex",
        ends(&too_old).map(|last| json!(last + 1)),
    );
    put(
        &mut rejected,
        "expiredLogEventEndIndex",
        ends(&expired).map(|last| json!(last + 1)),
    );
    let state = state_mut(world, call);
    let mut counted = state.counted;
    let stream = state
        .groups
        .get_mut(group_name)
        .ok_or_else(no_group)?
        .stream(name, call.now);
    for (at, message) in given {
        if expired(at) || too_old(at) || too_new(at) {
            continue;
        }
        counted += 1;
        stream.add(Event {
            number: counted,
            at,
            ingested_at: call.now,
            message: message.to_owned(),
        });
    }
    state.counted = counted;
    let mut answer = json!({"nextSequenceToken": sequence_token(counted)});
    let any = rejected.as_object().is_some_and(|it| !it.is_empty());
    put(
        &mut answer,
        "rejectedLogEventsInfo",
        any.then_some(rejected),
    );
    Ok(answer)
}

fn in_order(given: &[(i64, &str)]) -> Result<(), Fault> {
    if !given.is_sorted_by_key(|(at, _)| *at) {
        return Err(invalid(
            "Log events in a single PutLogEvents request must be in chronological order.",
        ));
    }
    let span = match (given.first(), given.last()) {
        (Some((first, _)), Some((last, _))) => last - first,
        _ => 0,
    };
    if span > DAY {
        return Err(invalid(
            "The batch of log events in a single PutLogEvents request cannot span more than 24 hours.",
        ));
    }
    Ok(())
}

/// Where a page begins or ends: the number of events before it.
#[derive(Clone, Copy)]
enum From {
    /// The oldest.
    Head,
    /// The newest.
    Tail,
    /// Forward from here.
    Forward(usize),
    /// Backward from here.
    Backward(usize),
}

fn token(direction: char, place: usize) -> String {
    format!("{direction}/{place:056}/s")
}

fn read_token(token: &str) -> Option<From> {
    let (direction, rest) = token.split_once('/')?;
    let digits = rest.strip_suffix("/s")?;
    let place = (digits.len() == 56)
        .then(|| digits.parse().ok())
        .flatten()?;
    match direction {
        "f" => Some(From::Forward(place)),
        "b" => Some(From::Backward(place)),
        _ => None,
    }
}

/// `GetLogEvents`. At either end the token that was sent comes back, which tells the end.
pub fn get(world: &mut World, call: &Call) -> Answer {
    checked(&call.input, GET, "InvalidParameterException")?;
    let name = call.text("logStreamName").unwrap_or_default();
    let stream = group(world, call, one_group(call)?)?
        .streams
        .get(name)
        .ok_or_else(no_stream)?;
    let from = match call.text("nextToken") {
        Some(token) => read_token(token).ok_or_else(bad_token)?,
        None if call.flag("startFromHead") == Some(true) => From::Head,
        None => From::Tail,
    };
    let most = call
        .number("limit")
        .and_then(|limit| usize::try_from(limit).ok())
        .unwrap_or(10_000);
    let (start, end) = (call.number("startTime"), call.number("endTime"));
    let (rows, before, after) = page(stream, from, most, |event| {
        start.is_none_or(|start| event.at >= start) && end.is_none_or(|end| event.at < end)
    });
    Ok(json!({
        "events": rows,
        "nextForwardToken": token('f', after),
        "nextBackwardToken": token('b', before),
    }))
}

/// The events of a page, and the places before and after it.
fn page(
    stream: &Stream,
    from: From,
    most: usize,
    wanted: impl Fn(&Event) -> bool,
) -> (Vec<Value>, usize, usize) {
    let all = stream.events.len();
    let mut rows: Vec<Value> = Vec::new();
    let mut bytes = 0;
    let mut take = |event: &Event, rows: &mut Vec<Value>| {
        bytes += event.size();
        if rows.len() >= most || (bytes > MOST_BYTES && !rows.is_empty()) {
            return false;
        }
        rows.push(event.describe());
        true
    };
    let forward = |place: usize| place.min(all);
    match from {
        From::Head | From::Forward(_) => {
            let first = match from {
                From::Forward(place) => forward(place),
                _ => 0,
            };
            let mut after = first;
            for event in stream.events.iter().skip(first) {
                if wanted(event) && !take(event, &mut rows) {
                    break;
                }
                after += 1;
            }
            (rows, first, after)
        }
        From::Tail | From::Backward(_) => {
            let last = match from {
                From::Backward(place) => forward(place),
                _ => all,
            };
            let mut before = last;
            for event in stream.events.iter().take(last).rev() {
                if wanted(event) && !take(event, &mut rows) {
                    break;
                }
                before -= 1;
            }
            rows.reverse();
            (rows, before, last)
        }
    }
}
