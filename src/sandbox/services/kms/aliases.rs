//! Aliases. They are looked up in the account and Region of whoever asks.

use serde_json::{Value, json};

use super::input::{self, invalid, not_found, required};
use super::keys::{self, kms, locate};
use super::state::Alias;
use crate::sandbox::service::{Answer, Call, Fault};
use crate::sandbox::world::World;

fn arn(call: &Call, name: &str) -> String {
    format!("arn:aws:kms:{}:{}:{name}", call.region, call.caller.account)
}

/// The ARN that a request on an alias is authorised on.
pub fn resource(_: &World, call: &Call) -> String {
    arn(call, call.text("AliasName").unwrap_or_default())
}

fn name(call: &Call) -> Result<String, Fault> {
    let name = required(call, "AliasName")?;
    let fine = |c: char| c.is_ascii_alphanumeric() || "/_-".contains(c);
    if name.chars().count() > 256 {
        return Err(invalid(
            "aliasName",
            name,
            "Member must have length less than or equal to 256",
        ));
    }
    let Some(rest) = name.strip_prefix("alias/") else {
        return Err(Fault::new("ValidationException", "Invalid identifier"));
    };
    if rest.is_empty() || !rest.chars().all(fine) {
        return Err(invalid(
            "aliasName",
            name,
            "Member must satisfy regular expression pattern: ^[a-zA-Z0-9:/_-]+$",
        ));
    }
    if rest.starts_with("aws/") {
        return Err(Fault::new("NotAuthorizedException", "").status(400));
    }
    Ok(name.to_owned())
}

fn target(world: &World, call: &Call) -> Result<String, Fault> {
    let given = required(call, "TargetKeyId")?;
    if given.starts_with("alias/") || given.contains(":alias/") {
        return Err(Fault::new(
            "ValidationException",
            "Aliases must refer to keys. Not aliases",
        ));
    }
    let place = locate(world, call, given)?;
    if place.account != call.caller.account {
        return Err(keys::denied(call, "kms:CreateAlias", &place.arn()));
    }
    if keys::at(world, &place)?.deletion.is_some() {
        let message = format!("{} is pending deletion.", place.arn());
        return Err(Fault::new("KMSInvalidStateException", message));
    }
    Ok(place.id)
}

/// `CreateAlias`.
pub fn create(world: &mut World, call: &Call) -> Answer {
    let name = name(call)?;
    let key = target(world, call)?;
    let aliases = &mut kms(world, call).aliases;
    if aliases.contains_key(&name) {
        let message = format!("An alias with the name {} already exists", arn(call, &name));
        return Err(Fault::new("AlreadyExistsException", message));
    }
    let alias = Alias {
        key,
        created: call.now,
        updated: call.now,
    };
    aliases.insert(name, alias);
    Ok(Value::Null)
}

fn missing(call: &Call, name: &str) -> Fault {
    not_found(format!("Alias {} is not found.", arn(call, name)))
}

/// `UpdateAlias`.
pub fn update(world: &mut World, call: &Call) -> Answer {
    let name = name(call)?;
    let key = target(world, call)?;
    let alias = kms(world, call)
        .aliases
        .get_mut(&name)
        .ok_or_else(|| missing(call, &name))?;
    alias.key = key;
    alias.updated = call.now;
    Ok(Value::Null)
}

/// `DeleteAlias`.
pub fn delete(world: &mut World, call: &Call) -> Answer {
    let name = name(call)?;
    match kms(world, call).aliases.remove(&name) {
        Some(_) => Ok(Value::Null),
        None => Err(missing(call, &name)),
    }
}

/// `ListAliases`.
pub fn list(world: &mut World, call: &Call) -> Answer {
    let only = match call.text("KeyId") {
        Some(given) => Some(locate(world, call, given)?.id),
        None => None,
    };
    let items = kms(world, call)
        .aliases
        .iter()
        .filter(|(_, alias)| only.as_ref().is_none_or(|id| alias.key == *id))
        .map(|(name, alias)| {
            let value = json!({
                "AliasName": name,
                "AliasArn": arn(call, name),
                "TargetKeyId": alias.key,
                "CreationDate": alias.created as f64 / 1000.0,
                "LastUpdatedDate": alias.updated as f64 / 1000.0,
            });
            (name.clone(), value)
        })
        .collect();
    input::page(call, "Aliases", items, 50)
}
