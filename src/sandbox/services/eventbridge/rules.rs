//! Rules.

use serde_json::{Value, json};

use super::pattern::Pattern;
use super::{
    BUS_OR_ARN, DEFAULT_BUS, LIMIT, RULE_NAME, Rule, TOKEN, bus, bus_name, invalid, listed,
    no_rule, rule_arn, tagging,
};
use crate::sandbox::page::object;
use crate::sandbox::service::{Answer, Call, Fault};
use crate::sandbox::shape::{self, Member, Shape, checked, one_of, optional, required, text};
use crate::sandbox::world::World;

/// Rules on one bus. Source: EventBridge User Guide, quotas.
const MOST_RULES: usize = 300;

static SCHEDULE: Shape = text(0, 256, "");
static PATTERN: Shape = text(0, 4096, "");
static STATE: Shape = one_of(&[
    "ENABLED",
    "DISABLED",
    "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS",
]);
static DESCRIPTION: Shape = text(0, 512, "");
static LONG: Shape = text(1, 1600, "");

static PUT: &[Member] = &[
    required("Name", &RULE_NAME),
    optional("ScheduleExpression", &SCHEDULE),
    optional("EventPattern", &PATTERN),
    optional("State", &STATE),
    optional("Description", &DESCRIPTION),
    optional("RoleArn", &LONG),
    optional("Tags", &tagging::TAGS),
    optional("EventBusName", &BUS_OR_ARN),
];
static NAMED: &[Member] = &[
    required("Name", &RULE_NAME),
    optional("EventBusName", &BUS_OR_ARN),
    optional("Force", &shape::FLAG),
];
static LIST: &[Member] = &[
    optional("NamePrefix", &RULE_NAME),
    optional("EventBusName", &BUS_OR_ARN),
    optional("NextToken", &TOKEN),
    optional("Limit", &LIMIT),
];
static BY_TARGET: &[Member] = &[
    required("TargetArn", &LONG),
    optional("EventBusName", &BUS_OR_ARN),
    optional("NextToken", &TOKEN),
    optional("Limit", &LIMIT),
];

/// Makes a rule, or replaces all of one but its targets and tags: what is left out is lost, and
/// tags given for a rule that exists are ignored. Source: the API model.
pub fn put(world: &mut World, call: &Call) -> Answer {
    checked(&call.input, PUT, "ValidationException")?;
    let on = bus_name(call, "EventBusName")?;
    let name = call.text("Name").unwrap_or_default();
    let some = |member: &str| {
        call.text(member)
            .filter(|text| !text.is_empty())
            .map(str::to_owned)
    };
    let (pattern, schedule) = (some("EventPattern"), some("ScheduleExpression"));
    if pattern.is_none() && schedule.is_none() {
        return Err(invalid(
            "Parameter(s) EventPattern or ScheduleExpression must be specified.",
        ));
    }
    if let Some(pattern) = &pattern {
        Pattern::parse(pattern)
            .map_err(|error| Fault::new("InvalidEventPatternException", error.to_string()))?;
    }
    if let Some(schedule) = &schedule {
        if on != DEFAULT_BUS {
            return Err(invalid(
                "ScheduleExpression is supported only on the default event bus.",
            ));
        }
        if !legal_schedule(schedule) {
            return Err(invalid("Parameter ScheduleExpression is not valid."));
        }
    }
    if let Some(role) = call.text("RoleArn") {
        check_role(role, &call.caller.account)?;
    }
    let tags = tagging::given(call)?;
    let found = bus(world, call, &on)?;
    let known = found.rules.get(name);
    if known.is_none() && found.rules.len() >= MOST_RULES {
        return Err(Fault::new(
            "LimitExceededException",
            "The requested resource exceeds the maximum number allowed.",
        ));
    }
    let rule = Rule {
        pattern,
        schedule,
        state: call.text("State").unwrap_or("ENABLED").to_owned(),
        description: some("Description"),
        role: some("RoleArn"),
        created_by: call.caller.account.clone(),
        tags: known.map_or(tags, |rule| rule.tags.clone()),
        targets: known.map(|rule| rule.targets.clone()).unwrap_or_default(),
        triggered: known.map_or(0, |rule| rule.triggered),
        failed_invocations: known.map_or(0, |rule| rule.failed_invocations),
    };
    found.rules.insert(name.to_owned(), rule);
    Ok(json!({"RuleArn": rule_arn(&call.region, &call.caller.account, &on, name)}))
}

pub fn describe(world: &mut World, call: &Call) -> Answer {
    checked(&call.input, NAMED, "ValidationException")?;
    let on = bus_name(call, "EventBusName")?;
    let name = call.text("Name").unwrap_or_default();
    let found = bus(world, call, &on)?;
    let rule = found.rules.get(name).ok_or_else(|| no_rule(name, &on))?;
    let mut answer = shown(call, &on, name, rule);
    if let Value::Object(members) = &mut answer {
        members.insert("CreatedBy".to_owned(), json!(rule.created_by));
    }
    Ok(answer)
}

pub fn list(world: &mut World, call: &Call) -> Answer {
    checked(&call.input, LIST, "ValidationException")?;
    let on = bus_name(call, "EventBusName")?;
    let prefix = call.text("NamePrefix").unwrap_or_default();
    let found = bus(world, call, &on)?;
    let all = found
        .rules
        .iter()
        .filter(|(name, _)| name.starts_with(prefix))
        .map(|(name, rule)| shown(call, &on, name, rule))
        .collect();
    let page = listed(call, all)?;
    Ok(object([
        ("Rules", Some(json!(page.items))),
        ("NextToken", page.next.map(Value::from)),
    ]))
}

pub fn by_target(world: &mut World, call: &Call) -> Answer {
    checked(&call.input, BY_TARGET, "ValidationException")?;
    let on = bus_name(call, "EventBusName")?;
    let target = call.text("TargetArn");
    let found = bus(world, call, &on)?;
    let all: Vec<String> = found
        .rules
        .iter()
        .filter(|(_, rule)| {
            rule.targets
                .values()
                .any(|one| one.get("Arn").and_then(Value::as_str) == target)
        })
        .map(|(name, _)| name.clone())
        .collect();
    let page = listed(call, all)?;
    Ok(object([
        ("RuleNames", Some(json!(page.items))),
        ("NextToken", page.next.map(Value::from)),
    ]))
}

/// Deleting a rule that is not there succeeds. Source: the API model.
pub fn delete(world: &mut World, call: &Call) -> Answer {
    checked(&call.input, NAMED, "ValidationException")?;
    let on = bus_name(call, "EventBusName")?;
    let name = call.text("Name").unwrap_or_default();
    let found = bus(world, call, &on)?;
    if found
        .rules
        .get(name)
        .is_some_and(|rule| !rule.targets.is_empty())
    {
        return Err(invalid("Rule can't be deleted since it has targets."));
    }
    found.rules.remove(name);
    Ok(json!({}))
}

pub fn enable(world: &mut World, call: &Call) -> Answer {
    set_state(world, call, "ENABLED")
}

pub fn disable(world: &mut World, call: &Call) -> Answer {
    set_state(world, call, "DISABLED")
}

fn set_state(world: &mut World, call: &Call, state: &str) -> Answer {
    checked(&call.input, NAMED, "ValidationException")?;
    let on = bus_name(call, "EventBusName")?;
    let name = call.text("Name").unwrap_or_default();
    let found = bus(world, call, &on)?;
    let rule = found
        .rules
        .get_mut(name)
        .ok_or_else(|| no_rule(name, &on))?;
    state.clone_into(&mut rule.state);
    Ok(json!({}))
}

fn shown(call: &Call, on: &str, name: &str, rule: &Rule) -> Value {
    object([
        ("Name", Some(json!(name))),
        (
            "Arn",
            Some(json!(rule_arn(
                &call.region,
                &call.caller.account,
                on,
                name
            ))),
        ),
        ("EventPattern", rule.pattern.clone().map(Value::from)),
        ("ScheduleExpression", rule.schedule.clone().map(Value::from)),
        ("State", Some(json!(rule.state))),
        ("Description", rule.description.clone().map(Value::from)),
        ("RoleArn", rule.role.clone().map(Value::from)),
        ("EventBusName", Some(json!(on))),
    ])
}

/// `rate(5 minutes)` or `cron(` six fields `)`. Source: EventBridge User Guide, "Schedule expressions".
fn legal_schedule(text: &str) -> bool {
    if let Some(inner) = text
        .strip_prefix("rate(")
        .and_then(|rest| rest.strip_suffix(')'))
    {
        let Some((count, unit)) = inner.split_once(' ') else {
            return false;
        };
        return count.parse::<u32>().is_ok_and(|count| match count {
            0 => false,
            1 => ["minute", "hour", "day"].contains(&unit),
            _ => ["minutes", "hours", "days"].contains(&unit),
        });
    }
    text.strip_prefix("cron(")
        .and_then(|rest| rest.strip_suffix(')'))
        .is_some_and(|inner| {
            let fields: Vec<&str> = inner.split_whitespace().collect();
            let legal = |field: &&str| {
                field
                    .chars()
                    .all(|letter| letter.is_ascii_alphanumeric() || ",-*?/LW#".contains(letter))
            };
            // Day of month and day of week exclude each other: one of them is a question mark.
            let days = [fields.get(2), fields.get(4)];
            fields.len() == 6
                && fields.iter().all(legal)
                && days.iter().filter(|day| **day == Some(&"?")).count() == 1
        })
}

/// A role must look like one, and belong to the caller's account.
pub fn check_role(role: &str, account: &str) -> Result<(), Fault> {
    let mut parts = role.splitn(6, ':');
    let shape = parts.next() == Some("arn")
        && parts.next().is_some_and(|part| part.starts_with("aws"))
        && parts.next() == Some("iam")
        && parts.next() == Some("");
    let owner = parts.next();
    let resource = parts.next().is_some_and(|part| part.starts_with("role/"));
    if !shape || !resource {
        return Err(invalid(format!(
            "Parameter {role} is not valid. Reason: Provided Arn is not in correct format."
        )));
    }
    if owner != Some(account) {
        return Err(Fault::new(
            "AccessDeniedException",
            "Cross-account pass role is not allowed.",
        ));
    }
    Ok(())
}
