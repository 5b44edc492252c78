//! Targets of rules.

use serde_json::{Value, json};

use super::rules::check_role;
use super::{BUS_OR_ARN, LIMIT, RULE_NAME, TOKEN, bus, bus_name, invalid, listed, no_rule};
use crate::sandbox::page::{object, texts};
use crate::sandbox::service::{Answer, Call, Fault};
use crate::sandbox::shape::{
    self, Member, Shape, checked, letters, list as list_of, optional, required, text,
};
use crate::sandbox::world::World;

/// Targets of one rule, and entries of one request. Source: the API model.
const MOST_TARGETS: usize = 5;
const MOST_ENTRIES: usize = 10;

/// Services whose targets EventBridge reaches through a role of the target.
/// Source: EventBridge User Guide, "Using identity-based policies" (permissions by target).
const NEED_ROLE: &[&str] = &[
    "codepipeline",
    "codebuild",
    "states",
    "kinesis",
    "ecs",
    "firehose",
    "batch",
    "ssm",
    "sagemaker",
    "redshift",
    "redshift-serverless",
];

static LONG: Shape = text(1, 1600, "");
static INPUT: Shape = text(0, 8192, "");
static INPUT_PATH: Shape = text(0, 256, "");
static TEMPLATE: Shape = text(1, 8192, "");
static PATHS: Shape = Shape::Map {
    key: letters(1, 256, r"[A-Za-z0-9\_\-]+"),
    value: &INPUT_PATH,
};
static TRANSFORMER: Shape = Shape::Structure(&[
    optional("InputPathsMap", &PATHS),
    required("InputTemplate", &TEMPLATE),
]);
static ATTEMPTS: Shape = Shape::Number { min: 0, max: 185 };
static AGE: Shape = Shape::Number {
    min: 60,
    max: 86400,
};
static RETRY: Shape = Shape::Structure(&[
    optional("MaximumRetryAttempts", &ATTEMPTS),
    optional("MaximumEventAgeInSeconds", &AGE),
]);
static DEAD_LETTER: Shape = Shape::Structure(&[optional("Arn", &LONG)]);
static GROUP: Shape = Shape::Structure(&[optional("MessageGroupId", &shape::ANY_TEXT)]);
static PARTITION: Shape = Shape::Structure(&[required("PartitionKeyPath", &INPUT_PATH)]);
static TARGET: Shape = Shape::Structure(&[
    required("Id", &RULE_NAME),
    required("Arn", &LONG),
    optional("RoleArn", &LONG),
    optional("Input", &INPUT),
    optional("InputPath", &INPUT_PATH),
    optional("InputTransformer", &TRANSFORMER),
    optional("KinesisParameters", &PARTITION),
    optional("SqsParameters", &GROUP),
    optional("DeadLetterConfig", &DEAD_LETTER),
    optional("RetryPolicy", &RETRY),
]);
static TARGETS: Shape = list_of(&TARGET, 1, 100);
static IDS: Shape = list_of(&RULE_NAME, 1, 100);

static PUT: &[Member] = &[
    required("Rule", &RULE_NAME),
    optional("EventBusName", &BUS_OR_ARN),
    required("Targets", &TARGETS),
];
static REMOVE: &[Member] = &[
    required("Rule", &RULE_NAME),
    optional("EventBusName", &BUS_OR_ARN),
    required("Ids", &IDS),
    optional("Force", &shape::FLAG),
];
static LIST: &[Member] = &[
    required("Rule", &RULE_NAME),
    optional("EventBusName", &BUS_OR_ARN),
    optional("NextToken", &TOKEN),
    optional("Limit", &LIMIT),
];

/// Adds targets, or replaces those of the same id.
pub fn put(world: &mut World, call: &Call) -> Answer {
    checked(&call.input, PUT, "ValidationException")?;
    let on = bus_name(call, "EventBusName")?;
    let name = call.text("Rule").unwrap_or_default();
    let given = call.list("Targets");
    if given.len() > MOST_ENTRIES {
        return Err(invalid(format!(
            "1 validation error detected: Value at 'targets' failed to satisfy constraint: Member must have length less than or equal to {MOST_ENTRIES}"
        )));
    }
    let account = call.caller.account.clone();
    let rule = bus(world, call, &on)?
        .rules
        .get_mut(name)
        .ok_or_else(|| no_rule(name, &on))?;
    let (mut added, mut failed) = (rule.targets.clone(), Vec::new());
    for target in given {
        let id = member(target, "Id");
        if let Err(entry) = check(target, &account)? {
            failed.push(json!({
                "TargetId": id, "ErrorCode": entry.code, "ErrorMessage": entry.message,
            }));
            continue;
        }
        added.insert(id.to_owned(), target.clone());
    }
    if added.len() > MOST_TARGETS {
        return Err(Fault::new(
            "LimitExceededException",
            "The requested resource exceeds the maximum number allowed.",
        ));
    }
    rule.targets = added;
    Ok(json!({"FailedEntryCount": failed.len(), "FailedEntries": failed}))
}

pub fn remove(world: &mut World, call: &Call) -> Answer {
    checked(&call.input, REMOVE, "ValidationException")?;
    let on = bus_name(call, "EventBusName")?;
    let name = call.text("Rule").unwrap_or_default();
    let rule = bus(world, call, &on)?
        .rules
        .get_mut(name)
        .ok_or_else(|| no_rule(name, &on))?;
    let mut failed = Vec::new();
    for id in texts(call.list("Ids")) {
        if rule.targets.remove(&id).is_none() {
            failed.push(json!({
                "TargetId": id,
                "ErrorCode": "ResourceNotFoundException",
                "ErrorMessage": format!("Rule {name} does not have a target with the Id {id}."),
            }));
        }
    }
    Ok(json!({"FailedEntryCount": failed.len(), "FailedEntries": failed}))
}

pub fn list(world: &mut World, call: &Call) -> Answer {
    checked(&call.input, LIST, "ValidationException")?;
    let on = bus_name(call, "EventBusName")?;
    let name = call.text("Rule").unwrap_or_default();
    let rule = bus(world, call, &on)?
        .rules
        .get(name)
        .ok_or_else(|| no_rule(name, &on))?;
    let all: Vec<Value> = rule.targets.values().cloned().collect();
    let page = listed(call, all)?;
    Ok(object([
        ("Targets", Some(json!(page.items))),
        ("NextToken", page.next.map(Value::from)),
    ]))
}

fn member<'a>(target: &'a Value, name: &str) -> &'a str {
    target.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// What is wrong with a target: for the whole request (outer) or for this entry alone (inner).
fn check(target: &Value, account: &str) -> Result<Result<(), Fault>, Fault> {
    let arn = member(target, "Arn");
    let mut parts = arn.splitn(6, ':');
    let shape =
        parts.next() == Some("arn") && parts.next().is_some_and(|part| part.starts_with("aws"));
    let service = parts.next().unwrap_or_default();
    let rest = parts.nth(1);
    let resource = parts.next();
    if !shape || service.is_empty() || rest.is_none() || resource.is_none_or(str::is_empty) {
        return Err(invalid(format!(
            "Parameter {arn} is not valid. Reason: Provided Arn is not in correct format."
        )));
    }
    match target.get("RoleArn").and_then(Value::as_str) {
        None if NEED_ROLE.contains(&service) => {
            return Err(invalid(format!("RoleArn is required for target {arn}.")));
        }
        Some(role) => check_role(role, account)?,
        None => {}
    }
    let inputs = ["Input", "InputPath", "InputTransformer"];
    if inputs
        .iter()
        .filter(|name| target.get(**name).is_some())
        .count()
        > 1
    {
        return Err(invalid(format!(
            "Only one of Input, InputPath, or InputTransformer must be provided for target {}.",
            member(target, "Id")
        )));
    }
    if let Some(input) = target.get("Input").and_then(Value::as_str)
        && serde_json::from_str::<Value>(input).is_err()
    {
        return Ok(Err(invalid(format!(
            "JSON syntax error in input for target {}",
            member(target, "Id")
        ))));
    }
    Ok(Ok(()))
}
