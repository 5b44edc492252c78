//! Events: trying a pattern on one, and putting some on a bus.

use serde_json::{Value, json};

use super::pattern::Pattern;
use super::{DEFAULT_BUS, invalid};
use crate::sandbox::page::own_resource;
use crate::sandbox::service::{Answer, Call, Fault};
use crate::sandbox::shape::{
    self, Member, Shape, checked, list as list_of, optional, required, text,
};
use crate::sandbox::world::World;

/// The size of one request's entries together. Source: EventBridge User Guide, quotas.
const LARGEST: usize = 262_144;

static PATTERN: Shape = text(0, 4096, "");
static TEST: &[Member] = &[
    required("EventPattern", &PATTERN),
    required("Event", &shape::ANY_TEXT),
];

static RESOURCE: Shape = text(0, 2048, "");
static RESOURCES: Shape = list_of(&RESOURCE, 0, usize::MAX);
static BUS: Shape = text(
    1,
    1600,
    r"(arn:aws[\w-]*:events:[a-z]+-[a-z]+-[\w-]+:[0-9]{12}:event-bus\/)?[\.\-_A-Za-z0-9]+",
);
static TRACE: Shape = text(1, 500, "");
static TIME: Shape = Shape::Time;
static ENTRY: Shape = Shape::Structure(&[
    optional("Time", &TIME),
    optional("Source", &shape::ANY_TEXT),
    optional("Resources", &RESOURCES),
    optional("DetailType", &shape::ANY_TEXT),
    optional("Detail", &shape::ANY_TEXT),
    optional("EventBusName", &BUS),
    optional("TraceHeader", &TRACE),
]);
static ENTRIES: Shape = list_of(&ENTRY, 1, 10);
static PUT: &[Member] = &[required("Entries", &ENTRIES)];

pub fn test(_: &mut World, call: &Call) -> Answer {
    checked(&call.input, TEST, "ValidationException")?;
    let pattern = Pattern::parse(call.text("EventPattern").unwrap_or_default())
        .map_err(|error| Fault::new("InvalidEventPatternException", error.to_string()))?;
    let event: Value = serde_json::from_str(call.text("Event").unwrap_or_default())
        .map_err(|_| invalid("Parameter Event is not valid. Reason: it is not JSON."))?;
    // Source: the API model, which lists the members that an event must have.
    for member in [
        "id",
        "account",
        "source",
        "time",
        "region",
        "resources",
        "detail-type",
    ] {
        if event.get(member).is_none() {
            return Err(invalid(format!(
                "Parameter Event is not valid. Reason: the mandatory field {member} is missing."
            )));
        }
    }
    Ok(json!({"Result": pattern.matches(&event)}))
}

/// Takes events, entry by entry. Nothing of the sandbox listens to custom events yet.
pub fn put(world: &mut World, call: &Call) -> Answer {
    checked(&call.input, PUT, "ValidationException")?;
    let entries = call.list("Entries");
    let size: usize = entries.iter().map(|entry| entry.to_string().len()).sum();
    if size > LARGEST {
        return Err(invalid(
            "Total size of the entries in the request is over the limit.",
        ));
    }
    let mut failed = 0;
    let mut answers = Vec::new();
    for entry in entries {
        let outcome = check(entry).and_then(|()| check_bus(world, call, entry));
        answers.push(match outcome {
            Ok(()) => json!({"EventId": world.ids.uuid()}),
            Err((code, message)) => {
                failed += 1;
                json!({"ErrorCode": code, "ErrorMessage": message})
            }
        });
    }
    Ok(json!({"FailedEntryCount": failed, "Entries": answers}))
}

type Checked = Result<(), (&'static str, String)>;

fn check(entry: &Value) -> Checked {
    let of = |member: &str| {
        entry
            .get(member)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    for member in ["Source", "DetailType", "Detail"] {
        if of(member).is_empty() {
            return Err((
                "InvalidArgument",
                format!(
                    "Parameter {member} is not valid. Reason: {member} is a required argument."
                ),
            ));
        }
    }
    if of("Source").starts_with("aws.") {
        return Err((
            "NotAuthorizedForSourceException",
            "Not authorized for the source.".to_owned(),
        ));
    }
    match serde_json::from_str::<Value>(of("Detail")) {
        Ok(Value::Object(_)) => Ok(()),
        _ => Err(("MalformedDetail", "Detail is malformed.".to_owned())),
    }
}

fn check_bus(world: &World, call: &Call, entry: &Value) -> Checked {
    let bus = entry.get("EventBusName").and_then(Value::as_str);
    let bus = bus.unwrap_or(DEFAULT_BUS);
    let own = if bus.starts_with("arn:") {
        own_resource(bus, "events", &call.region, &call.caller.account)
            .and_then(|resource| resource.strip_prefix("event-bus/"))
    } else {
        Some(bus)
    };
    let there = own.is_some_and(|name| {
        name == DEFAULT_BUS
            || world
                .regional_ref(&call.caller.account, &call.region)
                .is_some_and(|regional| regional.eventbridge.buses.contains_key(name))
    });
    if there {
        return Ok(());
    }
    Err((
        "ResourceNotFoundException",
        format!("Event bus {bus} does not exist."),
    ))
}
