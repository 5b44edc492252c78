//! Tags of alarms.

use serde_json::{Value, json};

use super::{state, state_mut};
use crate::sandbox::service::{Answer, Call, Fault};
use crate::sandbox::services::fields::Tags;
use crate::sandbox::world::World;

fn wrong(message: String) -> Fault {
    Fault::new("InvalidParameterValue", message)
}

/// Tags as this service takes them.
pub fn read(given: &[Value]) -> Result<Tags, Fault> {
    Tags::read(given, "Key", "Value").map_err(|problem| wrong(problem.sentence()))
}

fn name(world: &World, call: &Call) -> Result<String, Fault> {
    let arn = call.text("ResourceARN").unwrap_or_default();
    state(world, call)
        .and_then(|state| state.alarms.values().find(|alarm| alarm.arn == arn))
        .map(|alarm| alarm.name.clone())
        .ok_or_else(|| {
            Fault::new(
                "ResourceNotFoundException",
                format!("{arn} does not exist."),
            )
            .status(404)
        })
}

/// `TagResource`.
pub fn tag(world: &mut World, call: &Call) -> Answer {
    let name = name(world, call)?;
    let more = read(call.list("Tags"))?;
    if let Some(alarm) = state_mut(world, call).alarms.get_mut(&name) {
        let merged = alarm.tags.merge(more);
        merged.map_err(|problem| wrong(problem.sentence()))?;
    }
    Ok(json!({}))
}

/// `UntagResource`.
pub fn untag(world: &mut World, call: &Call) -> Answer {
    let name = name(world, call)?;
    if let Some(alarm) = state_mut(world, call).alarms.get_mut(&name) {
        alarm.tags.remove(call.list("TagKeys"));
    }
    Ok(json!({}))
}

/// `ListTagsForResource`.
pub fn list(world: &mut World, call: &Call) -> Answer {
    let name = name(world, call)?;
    let tags = state(world, call)
        .and_then(|state| state.alarms.get(&name))
        .map(|alarm| alarm.tags.list("Key", "Value"));
    Ok(json!({"Tags": tags.unwrap_or_default()}))
}
