//! Event buses and who may put events on them.

use serde_json::{Value, json};

use super::{
    BUS_OR_ARN, Bus, DEFAULT_BUS, LIMIT, TOKEN, bus, bus_arn, bus_name, invalid, listed, tagging,
};
use crate::sandbox::page::{object, partition, seconds};
use crate::sandbox::service::{Answer, Call, Fault};
use crate::sandbox::shape::{self, Member, Shape, checked, one_of, optional, required, text};
use crate::sandbox::world::World;

/// Custom buses of an account in a Region. Source: EventBridge User Guide, quotas.
const MOST_BUSES: usize = 100;
/// The size of a bus's policy. Source: the API model.
const LONGEST_POLICY: usize = 10_240;

static NAME: Shape = text(1, 256, r"[/\.\-_A-Za-z0-9]+");
static DESCRIPTION: Shape = text(0, 512, "");
static KEY: Shape = text(0, 2048, r"[a-zA-Z0-9_\-/:]*");
static ARN: Shape = text(1, 1600, "");
static DEAD_LETTER: Shape = Shape::Structure(&[optional("Arn", &ARN)]);
static DETAIL: Shape = one_of(&["NONE", "FULL"]);
static LEVEL: Shape = one_of(&["OFF", "ERROR", "INFO", "TRACE"]);
static LOG: Shape = Shape::Structure(&[
    optional("IncludeDetail", &DETAIL),
    optional("Level", &LEVEL),
]);
static ACTION: Shape = text(1, 64, "events:[a-zA-Z]+");
static PRINCIPAL: Shape = text(1, 12, r"(\d{12}|\*)");
static STATEMENT: Shape = text(1, 64, "[a-zA-Z0-9-_]+");
static CONDITION: Shape = Shape::Structure(&[
    required("Type", &shape::ANY_TEXT),
    required("Key", &shape::ANY_TEXT),
    required("Value", &shape::ANY_TEXT),
]);

static CREATE: &[Member] = &[
    required("Name", &NAME),
    optional("EventSourceName", &NAME),
    optional("Description", &DESCRIPTION),
    optional("KmsKeyIdentifier", &KEY),
    optional("DeadLetterConfig", &DEAD_LETTER),
    optional("LogConfig", &LOG),
    optional("Tags", &tagging::TAGS),
];
static UPDATE: &[Member] = &[
    optional("Name", &NAME),
    optional("Description", &DESCRIPTION),
    optional("KmsKeyIdentifier", &KEY),
    optional("DeadLetterConfig", &DEAD_LETTER),
    optional("LogConfig", &LOG),
];
static DESCRIBE: &[Member] = &[optional("Name", &BUS_OR_ARN)];
static DELETE: &[Member] = &[required("Name", &NAME)];
static LIST: &[Member] = &[
    optional("NamePrefix", &NAME),
    optional("NextToken", &TOKEN),
    optional("Limit", &LIMIT),
];
static PERMIT: &[Member] = &[
    optional("EventBusName", &NAME),
    optional("Action", &ACTION),
    optional("Principal", &PRINCIPAL),
    optional("StatementId", &STATEMENT),
    optional("Condition", &CONDITION),
    optional("Policy", &shape::ANY_TEXT),
];
static REVOKE: &[Member] = &[
    optional("StatementId", &STATEMENT),
    optional("RemoveAllPermissions", &shape::FLAG),
    optional("EventBusName", &NAME),
];

pub fn create(world: &mut World, call: &Call) -> Answer {
    let input = checked(&call.input, CREATE, "ValidationException")?;
    let name = call.text("Name").unwrap_or_default().to_owned();
    let tags = tagging::given(call)?;
    if call.text("EventSourceName").is_some() {
        return Err(Fault::new(
            "ResourceNotFoundException",
            format!("Event source {name} does not exist."),
        ));
    }
    if name.contains('/') {
        return Err(invalid("Event bus name must not contain '/'."));
    }
    let buses = &mut world
        .regional(&call.caller.account, &call.region)
        .eventbridge
        .buses;
    if name == DEFAULT_BUS || buses.contains_key(&name) {
        return Err(Fault::new(
            "ResourceAlreadyExistsException",
            format!("Event bus {name} already exists."),
        ));
    }
    let own = buses.keys().filter(|known| *known != DEFAULT_BUS).count();
    if own >= MOST_BUSES {
        return Err(Fault::new(
            "LimitExceededException",
            "The requested resource exceeds the maximum number allowed.",
        ));
    }
    let mut made = Bus {
        created: call.now,
        tags,
        ..Bus::default()
    };
    set(&mut made, &input, call.now);
    let answer = object([
        (
            "EventBusArn",
            Some(json!(bus_arn(&call.region, &call.caller.account, &name))),
        ),
        ("Description", made.description.clone().map(Value::from)),
        ("KmsKeyIdentifier", made.kms_key.clone().map(Value::from)),
        ("DeadLetterConfig", made.dead_letter.clone()),
        ("LogConfig", made.log.clone()),
    ]);
    buses.insert(name, made);
    Ok(answer)
}

pub fn update(world: &mut World, call: &Call) -> Answer {
    let input = checked(&call.input, UPDATE, "ValidationException")?;
    let name = bus_name(call, "Name")?;
    let found = bus(world, call, &name)?;
    set(found, &input, call.now);
    Ok(object([
        (
            "Arn",
            Some(json!(bus_arn(&call.region, &call.caller.account, &name))),
        ),
        ("Name", Some(json!(name))),
        ("Description", found.description.clone().map(Value::from)),
        ("KmsKeyIdentifier", found.kms_key.clone().map(Value::from)),
        ("DeadLetterConfig", found.dead_letter.clone()),
        ("LogConfig", found.log.clone()),
    ]))
}

fn set(found: &mut Bus, input: &Value, now: i64) {
    let words = |member: &str| {
        let text = input.get(member).and_then(Value::as_str);
        text.filter(|text| !text.is_empty()).map(str::to_owned)
    };
    found.description = words("Description");
    found.kms_key = words("KmsKeyIdentifier");
    found.dead_letter = input.get("DeadLetterConfig").cloned();
    found.log = input.get("LogConfig").cloned();
    found.modified = now;
}

pub fn describe(world: &mut World, call: &Call) -> Answer {
    checked(&call.input, DESCRIBE, "ValidationException")?;
    let name = bus_name(call, "Name")?;
    let found = bus(world, call, &name)?;
    let mut answer = shown(call, &name, found);
    if let Value::Object(members) = &mut answer {
        let more = [
            ("KmsKeyIdentifier", found.kms_key.clone().map(Value::from)),
            ("DeadLetterConfig", found.dead_letter.clone()),
            ("LogConfig", found.log.clone()),
        ];
        for (member, value) in more {
            if let Some(value) = value {
                members.insert(member.to_owned(), value);
            }
        }
    }
    Ok(answer)
}

pub fn list(world: &mut World, call: &Call) -> Answer {
    checked(&call.input, LIST, "ValidationException")?;
    bus(world, call, DEFAULT_BUS)?;
    let prefix = call.text("NamePrefix").unwrap_or_default();
    let buses = &world
        .regional(&call.caller.account, &call.region)
        .eventbridge
        .buses;
    let all = buses
        .iter()
        .filter(|(name, _)| name.starts_with(prefix))
        .map(|(name, found)| shown(call, name, found))
        .collect();
    let page = listed(call, all)?;
    Ok(object([
        ("EventBuses", Some(json!(page.items))),
        ("NextToken", page.next.map(Value::from)),
    ]))
}

/// Deleting a bus that is not there succeeds: the API model lists no code for it.
pub fn delete(world: &mut World, call: &Call) -> Answer {
    checked(&call.input, DELETE, "ValidationException")?;
    let name = call.text("Name").unwrap_or_default();
    if name == DEFAULT_BUS {
        return Err(invalid("Cannot delete event bus default."));
    }
    let buses = &mut world
        .regional(&call.caller.account, &call.region)
        .eventbridge
        .buses;
    if buses.get(name).is_some_and(|found| !found.rules.is_empty()) {
        return Err(invalid(format!(
            "Event bus {name} can't be deleted since it has rules."
        )));
    }
    buses.remove(name);
    Ok(json!({}))
}

/// Adds one statement by its id, or replaces the whole policy.
pub fn permit(world: &mut World, call: &Call) -> Answer {
    checked(&call.input, PERMIT, "ValidationException")?;
    let name = bus_name(call, "EventBusName")?;
    let arn = bus_arn(&call.region, &call.caller.account, &name);
    let region = call.region.clone();
    let found = bus(world, call, &name)?;
    let single = ["Action", "Principal", "StatementId", "Condition"]
        .iter()
        .any(|member| {
            call.input
                .get(*member)
                .is_some_and(|value| !value.is_null())
        });
    let statements = match call.text("Policy") {
        Some(_) if single => {
            return Err(invalid(
                "Specify either Policy, or Action, Principal, StatementId and Condition.",
            ));
        }
        Some(policy) => policy_statements(policy)?,
        None => {
            let need = |member: &str| {
                call.text(member)
                    .ok_or_else(|| invalid(format!("Parameter {member} must be specified.")))
            };
            let (action, principal, id) =
                (need("Action")?, need("Principal")?, need("StatementId")?);
            if action != "events:PutEvents" {
                return Err(invalid(
                    "Provided value in parameter 'action' is not supported.",
                ));
            }
            let mut statement = json!({
                "Sid": id,
                "Effect": "Allow",
                "Principal": match principal {
                    "*" => json!("*"),
                    account => json!({"AWS": format!("arn:{}:iam::{account}:root", partition(&region))}),
                },
                "Action": action,
                "Resource": arn,
            });
            if let (Some(condition), Value::Object(members)) =
                (call.input.get("Condition"), &mut statement)
            {
                let part = |name: &str| {
                    condition
                        .get(name)
                        .and_then(Value::as_str)
                        .unwrap_or_default()
                };
                members.insert(
                    "Condition".to_owned(),
                    json!({(part("Type")): {(part("Key")): part("Value")}}),
                );
            }
            let mut statements = found.statements.clone();
            statements.retain(|known| known.get("Sid").and_then(Value::as_str) != Some(id));
            statements.push(statement);
            statements
        }
    };
    if policy_text(&statements).is_some_and(|text| text.len() > LONGEST_POLICY) {
        return Err(Fault::new(
            "PolicyLengthExceededException",
            "The event bus policy is too long. For more information, see the limits.",
        ));
    }
    found.statements = statements;
    found.modified = call.now;
    Ok(json!({}))
}

pub fn revoke(world: &mut World, call: &Call) -> Answer {
    checked(&call.input, REVOKE, "ValidationException")?;
    let name = bus_name(call, "EventBusName")?;
    let found = bus(world, call, &name)?;
    if call.flag("RemoveAllPermissions") == Some(true) {
        found.statements.clear();
        found.modified = call.now;
        return Ok(json!({}));
    }
    let id = call
        .text("StatementId")
        .ok_or_else(|| invalid("Parameter StatementId must be specified."))?;
    if found.statements.is_empty() {
        return Err(Fault::new(
            "ResourceNotFoundException",
            "EventBus does not have a policy.",
        ));
    }
    let before = found.statements.len();
    found
        .statements
        .retain(|known| known.get("Sid").and_then(Value::as_str) != Some(id));
    if found.statements.len() == before {
        return Err(Fault::new(
            "ResourceNotFoundException",
            "Statement with the provided id does not exist.",
        ));
    }
    found.modified = call.now;
    Ok(json!({}))
}

fn policy_statements(policy: &str) -> Result<Vec<Value>, Fault> {
    let malformed = || invalid("Parameter Policy is not valid. Reason: the policy is malformed.");
    let document: Value = serde_json::from_str(policy).map_err(|_| malformed())?;
    let statements = match document.get("Statement") {
        Some(Value::Array(list)) if !list.is_empty() => list.clone(),
        Some(one @ Value::Object(_)) => vec![one.clone()],
        _ => return Err(malformed()),
    };
    let whole = statements.iter().all(|statement| {
        ["Effect", "Principal", "Action", "Resource"]
            .iter()
            .all(|member| statement.get(*member).is_some())
    });
    if whole {
        Ok(statements)
    } else {
        Err(malformed())
    }
}

/// The policy that the statements of a bus make up.
pub fn policy_text(statements: &[Value]) -> Option<String> {
    (!statements.is_empty())
        .then(|| json!({"Version": "2012-10-17", "Statement": statements}).to_string())
}

fn shown(call: &Call, name: &str, found: &Bus) -> Value {
    // The default bus was there before anybody looked.
    let time = |at: i64| (at > 0).then(|| seconds(at));
    object([
        ("Name", Some(json!(name))),
        (
            "Arn",
            Some(json!(bus_arn(&call.region, &call.caller.account, name))),
        ),
        ("Description", found.description.clone().map(Value::from)),
        ("Policy", policy_text(&found.statements).map(Value::from)),
        ("CreationTime", time(found.created)),
        ("LastModifiedTime", time(found.modified)),
    ])
}
