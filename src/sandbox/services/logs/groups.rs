//! Log groups.

use serde_json::{Value, json};

use super::state::Group;
use super::{GROUP_NAME, TOKEN, bad_token, group, invalid, no_group, state, state_mut, tagging};
use crate::sandbox::service::{Answer, Call, Fault};
use crate::sandbox::services::fields::{page, page_size, put, texts};
use crate::sandbox::shape::{self, Member, Shape, checked, letters, one_of, optional, required};
use crate::sandbox::world::World;

static CLASS: Shape = one_of(&["STANDARD", "INFREQUENT_ACCESS", "DELIVERY"]);
static KEY: Shape = shape::text(0, 256, "");
static TAG_VALUE: Shape = shape::text(0, 256, r"[\s\S]*");
pub(super) static TAGS: Shape = Shape::Map {
    key: letters(1, 128, r"[\s\S]+"),
    value: &TAG_VALUE,
};
static CREATE: &[Member] = &[
    required("logGroupName", &GROUP_NAME),
    optional("kmsKeyId", &KEY),
    optional("tags", &TAGS),
    optional("logGroupClass", &CLASS),
    optional("deletionProtectionEnabled", &shape::FLAG),
];
static ONE: &[Member] = &[required("logGroupName", &GROUP_NAME)];
static RETAIN: &[Member] = &[
    required("logGroupName", &GROUP_NAME),
    required("retentionInDays", &shape::ANY_NUMBER),
];
static PATTERN: Shape = shape::text(0, 512, r"[\.\-_/#A-Za-z0-9]*");
static LIMIT: Shape = Shape::Number { min: 1, max: 50 };
static IDENTIFIERS: Shape = shape::list(&super::GROUP_IDENTIFIER, 1, 50);
static DESCRIBE: &[Member] = &[
    optional("logGroupNamePrefix", &GROUP_NAME),
    optional("logGroupNamePattern", &PATTERN),
    optional("nextToken", &TOKEN),
    optional("limit", &LIMIT),
    optional("logGroupClass", &CLASS),
    optional("logGroupIdentifiers", &IDENTIFIERS),
];

/// The days that can be set. Source: the API model, `PutRetentionPolicyRequest.retentionInDays`.
const DAYS: [i64; 22] = [
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922,
    3288, 3653,
];

/// `CreateLogGroup`.
pub fn create(world: &mut World, call: &Call) -> Answer {
    checked(&call.input, CREATE, "InvalidParameterException")?;
    let name = call.text("logGroupName").unwrap_or_default();
    let tags = tagging::read(call.input.get("tags").unwrap_or(&Value::Null))?;
    if state(world, call).is_some_and(|state| state.groups.contains_key(name)) {
        return Err(Fault::new(
            "ResourceAlreadyExistsException",
            "The specified log group already exists",
        ));
    }
    let mut made = Group::new(&call.region, &call.caller.account, name, call.now);
    made.tags = tags;
    made.kms_key = call.text("kmsKeyId").map(str::to_owned);
    if let Some(class) = call.text("logGroupClass") {
        made.class = class.to_owned();
    }
    made.protected = call.flag("deletionProtectionEnabled").unwrap_or(false);
    state_mut(world, call).groups.insert(name.to_owned(), made);
    Ok(Value::Null)
}

/// `DeleteLogGroup`, with its streams.
pub fn delete(world: &mut World, call: &Call) -> Answer {
    checked(&call.input, ONE, "InvalidParameterException")?;
    let name = call.text("logGroupName").unwrap_or_default();
    if group(world, call, name)?.protected {
        return Err(Fault::new(
            "ValidationException",
            "The log group has deletion protection enabled. Disable deletion protection first.",
        ));
    }
    state_mut(world, call).groups.remove(name);
    Ok(Value::Null)
}

/// `DescribeLogGroups`.
pub fn describe(world: &mut World, call: &Call) -> Answer {
    checked(&call.input, DESCRIBE, "InvalidParameterException")?;
    let prefix = call.text("logGroupNamePrefix");
    let pattern = call.text("logGroupNamePattern");
    if prefix.is_some() && pattern.is_some() {
        return Err(invalid(
            "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.",
        ));
    }
    let pattern = pattern.map(str::to_lowercase);
    let class = call.text("logGroupClass");
    let identifiers = texts(call.list("logGroupIdentifiers"));
    let fits = |group: &Group| {
        prefix.is_none_or(|prefix| group.name.starts_with(prefix))
            && pattern
                .as_ref()
                .is_none_or(|pattern| group.name.to_lowercase().contains(pattern))
            && class.is_none_or(|class| group.class == class)
            && (identifiers.is_empty()
                || identifiers.contains(&group.name)
                || identifiers.contains(&group.arn))
    };
    let rows: Vec<Value> = state(world, call)
        .map(|state| {
            state
                .groups
                .values()
                .filter(|group| fits(group))
                .map(Group::describe)
                .collect()
        })
        .unwrap_or_default();
    let most = page_size(call, "limit", 50);
    let (rows, next) = page(rows, call.text("nextToken"), most).ok_or_else(bad_token)?;
    let mut answer = json!({"logGroups": rows});
    put(&mut answer, "nextToken", next.map(Value::String));
    Ok(answer)
}

fn retain(world: &mut World, call: &Call, days: Option<i64>) -> Answer {
    let name = call.text("logGroupName").unwrap_or_default();
    let group = state_mut(world, call)
        .groups
        .get_mut(name)
        .ok_or_else(no_group)?;
    group.retention = days;
    Ok(Value::Null)
}

/// `PutRetentionPolicy`.
pub fn put_retention(world: &mut World, call: &Call) -> Answer {
    checked(&call.input, RETAIN, "InvalidParameterException")?;
    let name = call.text("logGroupName").unwrap_or_default();
    group(world, call, name)?;
    let days = call.number("retentionInDays").unwrap_or_default();
    if !DAYS.contains(&days) {
        return Err(invalid(format!(
            "1 validation error detected: Value '{days}' at 'retentionInDays' failed to satisfy constraint: Member must satisfy enum value set: [{}]",
            DAYS.iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join(", ")
        )));
    }
    retain(world, call, Some(days))
}

/// `DeleteRetentionPolicy`.
pub fn delete_retention(world: &mut World, call: &Call) -> Answer {
    checked(&call.input, ONE, "InvalidParameterException")?;
    group(world, call, call.text("logGroupName").unwrap_or_default())?;
    retain(world, call, None)
}
