//! Rotation of key material.

use serde_json::{Value, json};

use super::input::{invalid, required};
use super::keys::{DAY, Place, at, at_mut, due, locate, own, seconds, usable};
use super::use_of_keys::may_use;
use crate::sandbox::service::{Answer, Call, Fault};
use crate::sandbox::world::World;

fn enabled(world: &World, place: &Place) -> Result<(), Fault> {
    usable(at(world, place)?, &place.arn())
}

/// `EnableKeyRotation`.
pub fn enable_rotation(world: &mut World, call: &Call) -> Answer {
    let days = call.number("RotationPeriodInDays");
    if let Some(days) = days.filter(|d| !(90..=2560).contains(d)) {
        return Err(invalid(
            "rotationPeriodInDays",
            &days.to_string(),
            "Member must have value between 90 and 2560",
        ));
    }
    let place = own(world, call, "kms:EnableKeyRotation")?;
    enabled(world, &place)?;
    let key = at_mut(world, &place)?;
    key.rotation = true;
    key.rotation_days = days.unwrap_or(365);
    Ok(Value::Null)
}

/// `DisableKeyRotation`.
pub fn disable_rotation(world: &mut World, call: &Call) -> Answer {
    let place = own(world, call, "kms:DisableKeyRotation")?;
    enabled(world, &place)?;
    at_mut(world, &place)?.rotation = false;
    Ok(Value::Null)
}

/// `GetKeyRotationStatus`: also for keys of other accounts, by ARN.
pub fn rotation_status(world: &mut World, call: &Call) -> Answer {
    let given = required(call, "KeyId")?;
    let place = locate(world, call, given)?;
    due(world, call, &place)?;
    may_use(
        world,
        call,
        &place,
        "kms:GetKeyRotationStatus",
        &Default::default(),
    )?;
    let key = at(world, &place)?;
    let mut value = json!({
        "KeyId": place.arn(),
        "KeyRotationEnabled": key.rotation && key.deletion.is_none(),
    });
    if let (true, Some(object)) = (
        key.rotation && key.deletion.is_none(),
        value.as_object_mut(),
    ) {
        object.insert("RotationPeriodInDays".to_owned(), json!(key.rotation_days));
        let last = key.rotations.last().copied().unwrap_or(key.created);
        let next = last.saturating_add(key.rotation_days.saturating_mul(DAY));
        object.insert("NextRotationDate".to_owned(), seconds(next));
    }
    Ok(value)
}

/// `RotateKeyOnDemand`.
pub fn rotate(world: &mut World, call: &Call) -> Answer {
    let place = own(world, call, "kms:RotateKeyOnDemand")?;
    enabled(world, &place)?;
    if at(world, &place)?.rotations.len() >= 25 {
        return Err(Fault::new(
            "LimitExceededException",
            "The limit of on-demand rotations was reached.",
        ));
    }
    let material = world.ids.hex(64);
    let now = call.now;
    let key = at_mut(world, &place)?;
    key.material.push(material);
    key.rotations.push(now);
    Ok(json!({ "KeyId": place.arn() }))
}

/// `ListKeyRotations`.
pub fn list_rotations(world: &mut World, call: &Call) -> Answer {
    let place = own(world, call, "kms:ListKeyRotations")?;
    let items: Vec<Value> = at(world, &place)?
        .rotations
        .iter()
        .map(|when| json!({ "KeyId": place.arn(), "RotationDate": seconds(*when), "RotationType": "ON_DEMAND" }))
        .collect();
    Ok(json!({ "Rotations": items, "Truncated": false }))
}
