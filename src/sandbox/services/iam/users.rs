//! Users and their access keys: as much as test worlds need.

use serde_json::{Value, json};

use super::documents;
use super::input::{self, invalid, no_such};
use super::roles::iam;
use super::state::User;
use crate::sandbox::identity;
use crate::sandbox::service::{Answer, Call, Fault};
use crate::sandbox::time;
use crate::sandbox::world::World;

/// The name that a request means: the one it gives, or the caller's own.
fn named(call: &Call) -> Result<&str, Fault> {
    if call.text("UserName").is_some() {
        return input::name(call, "UserName", 64);
    }
    call.caller
        .arn
        .split_once(":user/")
        .and_then(|(_, path)| path.rsplit('/').next())
        .ok_or_else(|| {
            Fault::new(
                "ValidationError",
                "Must specify userName when calling with non-User credentials",
            )
        })
}

fn missing(name: &str) -> Fault {
    no_such(format!("The user with name {name} cannot be found."))
}

/// The user that a request means.
pub fn find<'a>(world: &'a World, call: &Call) -> Result<&'a User, Fault> {
    let name = named(call)?;
    world
        .accounts
        .get(&call.caller.account)
        .and_then(|a| a.iam.users.get(name))
        .ok_or_else(|| missing(name))
}

/// The user that a request means, to be changed.
pub fn find_mut<'a>(world: &'a mut World, call: &Call) -> Result<&'a mut User, Fault> {
    let name = named(call)?;
    iam(world, call)
        .users
        .get_mut(name)
        .ok_or_else(|| missing(name))
}

/// The ARN that a request on a user is authorised on.
pub fn resource(world: &World, call: &Call) -> String {
    match find(world, call) {
        Ok(user) => user.arn(&call.caller.account),
        Err(_) => format!(
            "arn:aws:iam::{}:user{}{}",
            call.caller.account,
            call.text("Path").unwrap_or("/"),
            call.text("UserName").unwrap_or_default()
        ),
    }
}

fn shown(account: &str, user: &User, whole: bool) -> Value {
    let mut value = json!({
        "Path": user.path,
        "UserName": user.name,
        "UserId": user.id,
        "Arn": user.arn(account),
        "CreateDate": time::iso(user.created),
    });
    if let (true, Some(object)) = (whole, value.as_object_mut()) {
        if let Some(arn) = &user.boundary {
            let boundary =
                json!({ "PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn });
            object.insert("PermissionsBoundary".to_owned(), boundary);
        }
        if !user.tags.is_empty() {
            object.insert("Tags".to_owned(), input::tags_json(&user.tags));
        }
    }
    value
}

/// `CreateUser`.
pub fn create(world: &mut World, call: &Call) -> Answer {
    let name = input::name(call, "UserName", 64)?.to_owned();
    let path = input::path(call)?;
    let tags = input::tags(call)?;
    let boundary = input::boundary(world, call)?;
    let users = &iam(world, call).users;
    if users.keys().any(|n| n.eq_ignore_ascii_case(&name)) {
        let message = format!("User with name {name} already exists.");
        return Err(Fault::new("EntityAlreadyExists", message).status(409));
    }
    let user = User {
        id: world.ids.unique_id("AIDA", 21),
        name: name.clone(),
        path,
        created: call.now,
        boundary,
        tags,
        ..User::default()
    };
    let value = shown(&call.caller.account, &user, true);
    iam(world, call).users.insert(name, user);
    Ok(json!({ "User": value }))
}

/// `GetUser`.
pub fn get(world: &mut World, call: &Call) -> Answer {
    let user = find(world, call)?;
    Ok(json!({ "User": shown(&call.caller.account, user, true) }))
}

/// `ListUsers`.
pub fn list(world: &mut World, call: &Call) -> Answer {
    let account = &call.caller.account;
    let prefix = call.text("PathPrefix").unwrap_or("/");
    let items = iam(world, call)
        .users
        .values()
        .filter(|user| user.path.starts_with(prefix))
        .map(|user| (user.name.clone(), shown(account, user, false)))
        .collect();
    input::page(call, "Users", items)
}

/// `DeleteUser`.
pub fn delete(world: &mut World, call: &Call) -> Answer {
    input::required(call, "UserName")?;
    let user = find_mut(world, call)?;
    let reason = if !user.access_keys.is_empty() {
        Some("delete access keys")
    } else if !user.service_credentials.is_empty() {
        Some("delete service specific credentials")
    } else if !user.attached.is_empty() {
        Some("detach all policies")
    } else if !user.inline.is_empty() {
        Some("delete policies")
    } else {
        None
    };
    if let Some(reason) = reason {
        let message = format!("Cannot delete entity, must {reason} first.");
        return Err(Fault::new("DeleteConflict", message).status(409));
    }
    let name = user.name.clone();
    iam(world, call).users.remove(&name);
    Ok(Value::Null)
}

/// `PutUserPermissionsBoundary`.
pub fn put_boundary(world: &mut World, call: &Call) -> Answer {
    input::required(call, "PermissionsBoundary")?;
    find_mut(world, call)?;
    let boundary = input::boundary(world, call)?;
    find_mut(world, call)?.boundary = boundary;
    Ok(Value::Null)
}

/// `DeleteUserPermissionsBoundary`.
pub fn delete_boundary(world: &mut World, call: &Call) -> Answer {
    let user = find_mut(world, call)?;
    if user.boundary.take().is_none() {
        let message = format!(
            "The user with name {} does not have a permissions boundary.",
            user.name
        );
        return Err(no_such(message));
    }
    Ok(Value::Null)
}

/// `TagUser`.
pub fn tag(world: &mut World, call: &Call) -> Answer {
    let new = input::tags(call)?;
    let user = find_mut(world, call)?;
    user.tags = input::add_tags(&user.tags, new)?;
    Ok(Value::Null)
}

/// `UntagUser`.
pub fn untag(world: &mut World, call: &Call) -> Answer {
    let keys = input::tag_keys(call);
    find_mut(world, call)?
        .tags
        .retain(|(key, _)| !keys.iter().any(|k| k.eq_ignore_ascii_case(key)));
    Ok(Value::Null)
}

/// `ListUserTags`.
pub fn list_tags(world: &mut World, call: &Call) -> Answer {
    let items = find(world, call)?
        .tags
        .iter()
        .map(|(key, value)| (key.clone(), json!({ "Key": key, "Value": value })))
        .collect();
    input::page(call, "Tags", items)
}

/// `CreateAccessKey`.
pub fn create_key(world: &mut World, call: &Call) -> Answer {
    let name = find(world, call)?.name.clone();
    if find(world, call)?.access_keys.len() >= 2 {
        return Err(documents::limit(
            "Cannot exceed quota for AccessKeysPerUser: 2",
        ));
    }
    let key = super::new_access_key(world, call.now);
    let value = json!({
        "UserName": name,
        "AccessKeyId": key.id,
        "Status": "Active",
        "SecretAccessKey": key.secret,
        "CreateDate": time::iso(key.created),
    });
    find_mut(world, call)?.access_keys.push(key);
    Ok(json!({ "AccessKey": value }))
}

fn no_key(id: &str) -> Fault {
    no_such(format!("The Access Key with id {id} cannot be found."))
}

/// `DeleteAccessKey`.
pub fn delete_key(world: &mut World, call: &Call) -> Answer {
    let id = input::required(call, "AccessKeyId")?;
    let user = find_mut(world, call)?;
    let before = user.access_keys.len();
    user.access_keys.retain(|k| k.id != id);
    if user.access_keys.len() == before {
        return Err(no_key(id));
    }
    Ok(Value::Null)
}

/// `UpdateAccessKey`.
pub fn update_key(world: &mut World, call: &Call) -> Answer {
    let id = input::required(call, "AccessKeyId")?;
    let active = match input::required(call, "Status")? {
        "Active" => true,
        "Inactive" => false,
        other => {
            return Err(invalid(
                "Status",
                Some(other),
                "Member must satisfy enum value set: [Active, Inactive, Expired]",
            ));
        }
    };
    let key = find_mut(world, call)?
        .access_keys
        .iter_mut()
        .find(|k| k.id == id)
        .ok_or_else(|| no_key(id))?;
    key.active = active;
    Ok(Value::Null)
}

/// `ListAccessKeys`.
pub fn list_keys(world: &mut World, call: &Call) -> Answer {
    let user = find(world, call)?;
    let items = user
        .access_keys
        .iter()
        .map(|key| {
            let value = json!({
                "UserName": user.name,
                "AccessKeyId": key.id,
                "Status": if key.active { "Active" } else { "Inactive" },
                "CreateDate": time::iso(key.created),
            });
            (key.id.clone(), value)
        })
        .collect();
    input::page(call, "AccessKeyMetadata", items)
}

/// `GetAccessKeyLastUsed`: who it belongs to; the sandbox does not keep when it was used.
pub fn key_last_used(world: &mut World, call: &Call) -> Answer {
    let id = input::required(call, "AccessKeyId")?;
    let account = identity::account_of_key(world, id).filter(|a| *a == call.caller.account);
    let user = account
        .and_then(|a| world.accounts.get(&a))
        .and_then(|a| {
            a.iam
                .users
                .values()
                .find(|u| u.access_keys.iter().any(|k| k.id == id))
        })
        .ok_or_else(|| no_key(id))?;
    Ok(json!({
        "UserName": user.name,
        "AccessKeyLastUsed": { "ServiceName": "N/A", "Region": "N/A" },
    }))
}

/// `ListMFADevices`: the sandbox keeps no devices.
pub fn mfa_devices(world: &mut World, call: &Call) -> Answer {
    find(world, call)?;
    Ok(json!({ "MFADevices": [], "IsTruncated": false }))
}

/// `ListGroupsForUser`: the sandbox keeps no groups.
pub fn groups(world: &mut World, call: &Call) -> Answer {
    find(world, call)?;
    Ok(json!({ "Groups": [], "IsTruncated": false }))
}
