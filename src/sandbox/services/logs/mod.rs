//! Amazon CloudWatch Logs: groups, streams and events.
//!
//! Builds and tasks write here through [`write`]; their roles are decided on before that, as the service
//! would decide. Source of shapes, limits and error codes: the API model, 2014-03-28.

mod events;
mod filter;
mod groups;
mod pattern;
mod state;
mod streams;
mod tagging;
#[cfg(test)]
mod tests;

use crate::sandbox::service::{Call, Fault, Operation, Protocol, Service};
use crate::sandbox::shape::{Shape, text};
use crate::sandbox::world::World;

pub use state::{Event, Group, State, Stream};

use super::fields::arn;

/// The service's table.
pub static SERVICE: Service = Service {
    signing_name: "logs",
    protocol: Protocol::Json {
        version: "1.1",
        target_prefix: "Logs_20140328",
    },
    operations: &[
        Operation::changes(
            "CreateLogGroup",
            "logs:CreateLogGroup",
            of_streams,
            groups::create,
        ),
        Operation::changes(
            "DeleteLogGroup",
            "logs:DeleteLogGroup",
            of_streams,
            groups::delete,
        ),
        Operation::reads(
            "DescribeLogGroups",
            "logs:DescribeLogGroups",
            of_all_groups,
            groups::describe,
        ),
        Operation::changes(
            "PutRetentionPolicy",
            "logs:PutRetentionPolicy",
            of_streams,
            groups::put_retention,
        ),
        Operation::changes(
            "DeleteRetentionPolicy",
            "logs:DeleteRetentionPolicy",
            of_streams,
            groups::delete_retention,
        ),
        Operation::changes(
            "CreateLogStream",
            "logs:CreateLogStream",
            of_stream,
            streams::create,
        ),
        Operation::changes(
            "DeleteLogStream",
            "logs:DeleteLogStream",
            of_stream,
            streams::delete,
        ),
        Operation::reads(
            "DescribeLogStreams",
            "logs:DescribeLogStreams",
            of_streams,
            streams::describe,
        ),
        Operation::changes(
            "PutLogEvents",
            "logs:PutLogEvents",
            of_stream,
            events::put_events,
        ),
        Operation::reads("GetLogEvents", "logs:GetLogEvents", of_stream, events::get),
        Operation::reads(
            "FilterLogEvents",
            "logs:FilterLogEvents",
            of_streams,
            filter::filter,
        ),
        Operation::changes("TagResource", "logs:TagResource", tagged, tagging::tag),
        Operation::changes(
            "UntagResource",
            "logs:UntagResource",
            tagged,
            tagging::untag,
        ),
        Operation::reads(
            "ListTagsForResource",
            "logs:ListTagsForResource",
            tagged,
            tagging::list,
        ),
        Operation::changes(
            "TagLogGroup",
            "logs:TagLogGroup",
            of_streams,
            tagging::tag_group,
        ),
        Operation::changes(
            "UntagLogGroup",
            "logs:UntagLogGroup",
            of_streams,
            tagging::untag_group,
        ),
        Operation::reads(
            "ListTagsLogGroup",
            "logs:ListTagsLogGroup",
            of_streams,
            tagging::list_group,
        ),
    ],
};

static GROUP_NAME: Shape = text(1, 512, r"[\.\-_/#A-Za-z0-9]+");
static GROUP_IDENTIFIER: Shape = text(1, 2048, r"[\w#+=/:,.@-]*");
static STREAM_NAME: Shape = text(1, 512, "[^:*]*");
static TOKEN: Shape = text(1, usize::MAX, "");
static TIME: Shape = Shape::Number {
    min: 0,
    max: i64::MAX,
};

/// The name of the group that the input names, by name or by identifier (a name or an ARN).
fn named_group(call: &Call) -> Option<&str> {
    call.text("logGroupName").or_else(|| {
        let identifier = call.text("logGroupIdentifier")?;
        let name = match identifier.split_once(":log-group:") {
            Some((_, name)) => name,
            None => identifier,
        };
        Some(name.strip_suffix(":*").unwrap_or(name))
    })
}

/// The resource of a denial about a group: AWS names its streams.
fn of_streams(_: &World, call: &Call) -> String {
    let group = named_group(call).unwrap_or_default();
    own_arn(call, &format!("log-group:{group}:log-stream:"))
}

fn of_stream(_: &World, call: &Call) -> String {
    let group = named_group(call).unwrap_or_default();
    let stream = call.text("logStreamName").unwrap_or_default();
    stream_arn(&call.region, &call.caller.account, group, stream)
}

fn of_all_groups(_: &World, call: &Call) -> String {
    own_arn(call, "log-group::log-stream:")
}

fn tagged(_: &World, call: &Call) -> String {
    call.text("resourceArn").unwrap_or("*").to_owned()
}

fn own_arn(call: &Call, resource: &str) -> String {
    arn("logs", &call.region, &call.caller.account, resource)
}

/// The ARN that a request about a stream is decided on.
pub fn stream_arn(region: &str, account: &str, group: &str, stream: &str) -> String {
    arn(
        "logs",
        region,
        account,
        &format!("log-group:{group}:log-stream:{stream}"),
    )
}

fn invalid(message: impl Into<String>) -> Fault {
    Fault::new("InvalidParameterException", message)
}

fn no_group() -> Fault {
    Fault::new(
        "ResourceNotFoundException",
        "The specified log group does not exist.",
    )
}

fn no_stream() -> Fault {
    Fault::new(
        "ResourceNotFoundException",
        "The specified log stream does not exist.",
    )
}

fn bad_token() -> Fault {
    invalid("The specified nextToken is invalid.")
}

/// The one of `logGroupName` and `logGroupIdentifier` that a reading operation takes.
fn one_group(call: &Call) -> Result<&str, Fault> {
    match (call.text("logGroupName"), call.text("logGroupIdentifier")) {
        (Some(_), Some(_)) => Err(invalid(
            "You must specify either LogGroupIdentifier or LogGroupName, but not both.",
        )),
        (None, None) => Err(invalid(
            "You must specify either LogGroupIdentifier or LogGroupName.",
        )),
        _ => Ok(named_group(call).unwrap_or_default()),
    }
}

fn state<'w>(world: &'w World, call: &Call) -> Option<&'w State> {
    world
        .regional_ref(&call.caller.account, &call.region)
        .map(|regional| &regional.logs)
}

fn state_mut<'w>(world: &'w mut World, call: &Call) -> &'w mut State {
    &mut world.regional(&call.caller.account, &call.region).logs
}

fn group<'w>(world: &'w World, call: &Call, name: &str) -> Result<&'w Group, Fault> {
    state(world, call)
        .and_then(|state| state.groups.get(name))
        .ok_or_else(no_group)
}

/// Whether a log group is there.
pub fn has_group(world: &World, account: &str, region: &str, group: &str) -> bool {
    world
        .regional_ref(account, region)
        .is_some_and(|regional| regional.logs.groups.contains_key(group))
}

/// Writes lines to a stream, and makes group and stream where they are not there yet: what a service
/// does for a build or a task, after it was decided that the role may.
pub fn write<S: AsRef<str>>(
    world: &mut World,
    account: &str,
    region: &str,
    group: &str,
    stream: &str,
    now: i64,
    lines: &[S],
) {
    let state = &mut world.regional(account, region).logs;
    let State { groups, counted } = state;
    let group = groups
        .entry(group.to_owned())
        .or_insert_with(|| Group::new(region, account, group, now));
    let stream = group.stream(stream, now);
    for line in lines {
        *counted += 1;
        stream.add(Event {
            number: *counted,
            at: now,
            ingested_at: now,
            message: line.as_ref().to_owned(),
        });
    }
}
