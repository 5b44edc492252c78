//! Amazon EventBridge: event buses, rules and their targets.
//!
//! Codes and shapes are those of the API model (2015-10-07). What a pattern matches is decided in
//! [`pattern`], which knows nothing of rules.

pub mod pattern;

mod buses;
mod events;
mod rules;
mod tagging;
mod targets;
#[cfg(test)]
mod tests;

pub use buses::policy_text;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::super::page::{self, Tags, own_resource};
use super::super::service::{Call, Effect, Fault, Operation, Protocol, Service};
use super::super::shape::{Shape, text};
use super::super::world::World;

/// What an account's EventBridge holds in a Region.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
#[serde(default)]
pub struct State {
    /// The buses by name. The default bus is there without being listed until something is set on it.
    pub buses: BTreeMap<String, Bus>,
}

/// An event bus.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
#[serde(default)]
pub struct Bus {
    /// What it is for.
    pub description: Option<String>,
    /// The key that it is encrypted with.
    pub kms_key: Option<String>,
    /// Where events go that could not be delivered.
    pub dead_letter: Option<Value>,
    /// What is logged of it.
    pub log: Option<Value>,
    /// The statements of its policy.
    pub statements: Vec<Value>,
    /// When it was made, in milliseconds since 1970; zero for a default bus, which is always there.
    pub created: i64,
    /// When it was last changed.
    pub modified: i64,
    /// Its tags.
    pub tags: Tags,
    /// Its rules, by name.
    pub rules: BTreeMap<String, Rule>,
}

/// A rule.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
#[serde(default)]
pub struct Rule {
    /// What events it is for, as it was given.
    pub pattern: Option<String>,
    /// When it fires by itself.
    pub schedule: Option<String>,
    /// `ENABLED`, `DISABLED` or `ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS`.
    pub state: String,
    /// What it is for.
    pub description: Option<String>,
    /// The role of the rule itself (targets have their own).
    pub role: Option<String>,
    /// Who made it.
    pub created_by: String,
    /// Its tags.
    pub tags: Tags,
    /// Its targets, by id, as they were given.
    pub targets: BTreeMap<String, Value>,
}

/// The bus that AWS services write to.
pub const DEFAULT_BUS: &str = "default";

impl State {
    /// The enabled rules of a bus whose pattern matches an event, with their names.
    pub fn matching<'a>(&'a self, bus: &str, event: &Value) -> Vec<(&'a str, &'a Rule)> {
        let rules = self.buses.get(bus).map(|bus| &bus.rules);
        rules
            .into_iter()
            .flatten()
            .filter(|(_, rule)| rule.state != "DISABLED")
            .filter(|(_, rule)| {
                rule.pattern.as_deref().is_some_and(|text| {
                    pattern::Pattern::parse(text).is_ok_and(|pattern| pattern.matches(event))
                })
            })
            .map(|(name, rule)| (name.as_str(), rule))
            .collect()
    }
}

/// The ARN of a bus.
pub fn bus_arn(region: &str, account: &str, bus: &str) -> String {
    page::arn("events", region, account, &format!("event-bus/{bus}"))
}

/// The ARN of a rule: those of other buses than the default one carry the bus in front.
pub fn rule_arn(region: &str, account: &str, bus: &str, rule: &str) -> String {
    let resource = if bus == DEFAULT_BUS {
        format!("rule/{rule}")
    } else {
        format!("rule/{bus}/{rule}")
    };
    page::arn("events", region, account, &resource)
}

const READ: Effect = Effect::Reads;
const CHANGE: Effect = Effect::Changes;

macro_rules! operation {
    ($name:literal, $effect:expr, $resource:expr, $run:expr) => {
        Operation {
            name: $name,
            action: concat!("events:", $name),
            effect: $effect,
            resource: $resource,
            run: $run,
        }
    };
}

/// The service.
pub static SERVICE: Service = Service {
    signing_name: "events",
    protocol: Protocol::Json {
        version: "1.1",
        target_prefix: "AWSEvents",
    },
    operations: &[
        operation!("PutRule", CHANGE, rule_named, rules::put),
        operation!("DescribeRule", READ, rule_named, rules::describe),
        operation!("ListRules", READ, everything, rules::list),
        operation!("ListRuleNamesByTarget", READ, everything, rules::by_target),
        operation!("DeleteRule", CHANGE, rule_named, rules::delete),
        operation!("EnableRule", CHANGE, rule_named, rules::enable),
        operation!("DisableRule", CHANGE, rule_named, rules::disable),
        operation!("PutTargets", CHANGE, rule_of_targets, targets::put),
        operation!("RemoveTargets", CHANGE, rule_of_targets, targets::remove),
        operation!("ListTargetsByRule", READ, rule_of_targets, targets::list),
        operation!("CreateEventBus", CHANGE, bus_named, buses::create),
        operation!("DescribeEventBus", READ, bus_named, buses::describe),
        operation!("ListEventBuses", READ, everything, buses::list),
        operation!("UpdateEventBus", CHANGE, bus_named, buses::update),
        operation!("DeleteEventBus", CHANGE, bus_named, buses::delete),
        operation!("PutPermission", CHANGE, bus_of_permission, buses::permit),
        operation!("RemovePermission", CHANGE, bus_of_permission, buses::revoke),
        operation!("TestEventPattern", READ, everything, events::test),
        operation!("PutEvents", CHANGE, bus_of_events, events::put),
        operation!("TagResource", CHANGE, tagged, tagging::tag),
        operation!("UntagResource", CHANGE, tagged, tagging::untag),
        operation!("ListTagsForResource", READ, tagged, tagging::list),
    ],
};

fn everything(_: &World, _: &Call) -> String {
    "*".to_owned()
}

fn rule_named(_: &World, call: &Call) -> String {
    rule_arn_of(call, "Name")
}

fn rule_of_targets(_: &World, call: &Call) -> String {
    rule_arn_of(call, "Rule")
}

fn rule_arn_of(call: &Call, member: &str) -> String {
    let Some(rule) = call.text(member) else {
        return "*".to_owned();
    };
    let bus = call.text("EventBusName").unwrap_or(DEFAULT_BUS);
    let bus = bus.rsplit("event-bus/").next().unwrap_or(bus);
    rule_arn(&call.region, &call.caller.account, bus, rule)
}

fn bus_named(_: &World, call: &Call) -> String {
    bus_arn_of(call, call.text("Name"))
}

fn bus_of_permission(_: &World, call: &Call) -> String {
    bus_arn_of(call, call.text("EventBusName"))
}

fn bus_of_events(_: &World, call: &Call) -> String {
    let first = call.list("Entries").first();
    let bus = first.and_then(|entry| entry.get("EventBusName"));
    bus_arn_of(call, bus.and_then(Value::as_str))
}

fn bus_arn_of(call: &Call, bus: Option<&str>) -> String {
    let bus = bus.unwrap_or(DEFAULT_BUS);
    if bus.starts_with("arn:") {
        bus.to_owned()
    } else {
        bus_arn(&call.region, &call.caller.account, bus)
    }
}

fn tagged(_: &World, call: &Call) -> String {
    call.text("ResourceARN").unwrap_or("*").to_owned()
}

// Shapes that several operations share. Source: the API model.
static RULE_NAME: Shape = text(1, 64, r"[\.\-_A-Za-z0-9]+");
static BUS_OR_ARN: Shape = text(
    1,
    1600,
    r"(arn:aws[\w-]*:events:[a-z]+-[a-z]+-[\w-]+:[0-9]{12}:event-bus\/)?[/\.\-_A-Za-z0-9]+",
);
static TOKEN: Shape = text(1, 2048, "");
static LIMIT: Shape = Shape::Number { min: 1, max: 100 };

/// The name of the bus that an input means: given by name or ARN, the default one where it is not
/// given. Another account's or Region's ARN names no bus of the caller.
fn bus_name(call: &Call, member: &str) -> Result<String, Fault> {
    let given = call.text(member).unwrap_or(DEFAULT_BUS);
    if !given.starts_with("arn:") {
        return Ok(given.to_owned());
    }
    own_resource(given, "events", &call.region, &call.caller.account)
        .and_then(|resource| resource.strip_prefix("event-bus/"))
        .map(str::to_owned)
        .ok_or_else(|| no_bus(given.rsplit('/').next().unwrap_or(given)))
}

/// The caller's bus, made where it is the default one that nobody has touched yet.
fn bus<'a>(world: &'a mut World, call: &Call, name: &str) -> Result<&'a mut Bus, Fault> {
    let buses = &mut world
        .regional(&call.caller.account, &call.region)
        .eventbridge
        .buses;
    if name == DEFAULT_BUS {
        return Ok(buses.entry(name.to_owned()).or_default());
    }
    buses.get_mut(name).ok_or_else(|| no_bus(name))
}

fn no_bus(name: &str) -> Fault {
    Fault::new(
        "ResourceNotFoundException",
        format!("Event bus {name} does not exist."),
    )
}

fn no_rule(rule: &str, bus: &str) -> Fault {
    Fault::new(
        "ResourceNotFoundException",
        format!("Rule {rule} does not exist on EventBus {bus}."),
    )
}

fn invalid(message: impl Into<String>) -> Fault {
    Fault::new("ValidationException", message)
}

/// How many a list answers, and where it goes on.
fn listed<T>(call: &Call, items: Vec<T>) -> Result<page::Page<T>, Fault> {
    let size = call
        .number("Limit")
        .and_then(|limit| usize::try_from(limit).ok())
        .unwrap_or(100);
    page::page(items, size, call.text("NextToken")).ok_or_else(|| {
        invalid(
            "Parameter NextToken is not valid. Reason: Provided token is not in correct format.",
        )
    })
}
