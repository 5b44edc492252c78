//! Events: trying a pattern on one, and putting some on a bus.

use serde_json::{Value, json};

use super::pattern::Pattern;
use super::{DEFAULT_BUS, bus_arn, invalid, outbox};
use crate::sandbox::authorize;
use crate::sandbox::identity;
use crate::sandbox::service::{Answer, Call, Fault};
use crate::sandbox::shape::{
    self, Member, Shape, checked, list as list_of, optional, required, text,
};
use crate::sandbox::time;
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

/// Takes events, entry by entry, and sends them on their way.
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
        let outcome = check(entry).and_then(|detail| Ok((detail, bus_of(world, call, entry)?)));
        answers.push(match outcome {
            Ok((detail, bus)) => {
                let id = world.ids.uuid();
                let event = event_of(call, entry, &id, detail);
                let place = outbox::Place {
                    account: &bus.account,
                    region: &bus.region,
                };
                outbox::send(world, place, &bus.name, event, 0, call.now);
                json!({"EventId": id})
            }
            Err((code, message)) => {
                failed += 1;
                json!({"ErrorCode": code, "ErrorMessage": message})
            }
        });
    }
    Ok(json!({"FailedEntryCount": failed, "Entries": answers}))
}

fn event_of(call: &Call, entry: &Value, id: &str, detail: Value) -> Value {
    let seconds = entry.get("Time").and_then(Value::as_f64);
    let at = seconds.map_or(call.now, |seconds| (seconds * 1000.0) as i64);
    json!({
        "version": "0",
        "id": id,
        "detail-type": entry.get("DetailType"),
        "source": entry.get("Source"),
        "account": call.caller.account,
        "time": time::iso(at),
        "region": call.region,
        "resources": entry.get("Resources").cloned().unwrap_or_else(|| json!([])),
        "detail": detail,
    })
}

type Checked<T> = Result<T, (&'static str, String)>;

fn check(entry: &Value) -> Checked<Value> {
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
        Ok(detail @ Value::Object(_)) => Ok(detail),
        _ => Err(("MalformedDetail", "Detail is malformed.".to_owned())),
    }
}

/// A bus that an entry names.
struct Bus {
    account: String,
    region: String,
    name: String,
}

/// The bus of an entry: the caller's own by name, or any by its ARN. Another account's is there only for
/// whom its policy lets in, which is decided before (see the table's resource) for the first entry, and
/// here for each.
fn bus_of(world: &World, call: &Call, entry: &Value) -> Checked<Bus> {
    let given = entry.get("EventBusName").and_then(Value::as_str);
    let given = given.unwrap_or(DEFAULT_BUS);
    let missing = || {
        let message = format!("Event bus {given} does not exist.");
        ("ResourceNotFoundException", message)
    };
    let mut bus = Bus {
        account: call.caller.account.clone(),
        region: call.region.clone(),
        name: given.to_owned(),
    };
    if given.starts_with("arn:") {
        let mut parts = given.splitn(6, ':').skip(3);
        let (region, account) = (parts.next(), parts.next());
        let name = parts.next().and_then(|it| it.strip_prefix("event-bus/"));
        let (Some(region), Some(account), Some(name)) = (region, account, name) else {
            return Err(missing());
        };
        bus = Bus {
            account: account.to_owned(),
            region: region.to_owned(),
            name: name.to_owned(),
        };
    }
    let place = outbox::Place {
        account: &bus.account,
        region: &bus.region,
    };
    if !outbox::exists(world, place, &bus.name) {
        return Err(missing());
    }
    if bus.account != call.caller.account {
        let arn = bus_arn(&bus.region, &bus.account, &bus.name);
        let session = identity::current_session(world);
        let asked = authorize::of_call(world, session, call, "events:PutEvents", &arn);
        authorize::check(world, session, &asked)
            .map_err(|refusal| ("AccessDeniedException", refusal.message))?;
    }
    Ok(bus)
}
