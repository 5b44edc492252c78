//! Roles.

use serde_json::{Value, json};

use super::documents;
use super::input::{self, invalid, no_such};
use super::state::{Iam, Role};
use crate::sandbox::service::{Answer, Call, Fault};
use crate::sandbox::time;
use crate::sandbox::world::World;

/// The fault for a role that is not there.
pub fn missing(name: &str) -> Fault {
    no_such(format!("The role with name {name} cannot be found."))
}

/// The caller's IAM.
pub fn iam<'a>(world: &'a mut World, call: &Call) -> &'a mut Iam {
    &mut world
        .accounts
        .entry(call.caller.account.clone())
        .or_default()
        .iam
}

/// The role that a request names.
pub fn find<'a>(world: &'a World, call: &Call) -> Result<&'a Role, Fault> {
    let name = input::name(call, "RoleName", 64)?;
    world
        .accounts
        .get(&call.caller.account)
        .and_then(|a| a.iam.roles.get(name))
        .ok_or_else(|| missing(name))
}

/// The role that a request names, to be changed. Service-linked roles are changed by nobody.
pub fn find_mut<'a>(world: &'a mut World, call: &Call) -> Result<&'a mut Role, Fault> {
    let name = input::name(call, "RoleName", 64)?;
    let role = iam(world, call)
        .roles
        .get_mut(name)
        .ok_or_else(|| missing(name))?;
    if role.linked_to.is_some() {
        return Err(Fault::new(
            "UnmodifiableEntity",
            format!(
                "Cannot perform the operation on the protected role '{name}' - this role is only modifiable by AWS"
            ),
        ));
    }
    Ok(role)
}

/// The ARN that a request on a role is authorised on.
pub fn resource(world: &World, call: &Call) -> String {
    let name = call.text("RoleName").unwrap_or_default();
    let account = &call.caller.account;
    match world
        .accounts
        .get(account)
        .and_then(|a| a.iam.roles.get(name))
    {
        Some(role) => role.arn(account),
        None => {
            let path = call.text("Path").unwrap_or("/");
            format!("arn:aws:iam::{account}:role{path}{name}")
        }
    }
}

/// A role as the API shows it. Lists leave out tags and boundary.
pub fn json(world: &World, account: &str, role: &Role, whole: bool) -> Value {
    let mut shown = json!({
        "Path": role.path,
        "RoleName": role.name,
        "RoleId": role.id,
        "Arn": role.arn(account),
        "CreateDate": time::iso(role.created),
        "AssumeRolePolicyDocument": input::encoded(&role.trust.shown(world)),
        "MaxSessionDuration": role.max_session,
    });
    if let Some(object) = shown.as_object_mut() {
        if let Some(text) = &role.description {
            object.insert("Description".to_owned(), json!(text));
        }
        if whole {
            if let Some(arn) = &role.boundary {
                let boundary =
                    json!({ "PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn });
                object.insert("PermissionsBoundary".to_owned(), boundary);
            }
            if !role.tags.is_empty() {
                object.insert("Tags".to_owned(), input::tags_json(&role.tags));
            }
        }
    }
    shown
}

/// `CreateRole`.
pub fn create(world: &mut World, call: &Call) -> Answer {
    let name = input::name(call, "RoleName", 64)?.to_owned();
    let path = input::path(call)?;
    let description = input::description(call)?;
    let max_session = input::max_session(call)?.unwrap_or(3600);
    let tags = input::tags(call)?;
    let text = input::required(call, "AssumeRolePolicyDocument")?;
    if path.starts_with("/aws-service-role/") {
        return Err(Fault::new(
            "ValidationError",
            "The specified value for path is invalid. Path /aws-service-role/ is reserved for service-linked roles.",
        ));
    }
    let there = &world
        .accounts
        .get(&call.caller.account)
        .map(|a| &a.iam.roles);
    if there.is_some_and(|roles| roles.keys().any(|n| n.eq_ignore_ascii_case(&name))) {
        let message = format!("Role with name {name} already exists.");
        return Err(Fault::new("EntityAlreadyExists", message).status(409));
    }
    if there.is_some_and(|roles| roles.len() >= 1000) {
        return Err(documents::limit(
            "Cannot exceed quota for RolesPerAccount: 1000",
        ));
    }
    let trust = documents::trust(world, text)?;
    let boundary = input::boundary(world, call)?;
    let role = Role {
        id: world.ids.unique_id("AROA", 21),
        name: name.clone(),
        path,
        created: call.now,
        trust,
        description,
        max_session,
        boundary,
        tags,
        ..Role::default()
    };
    let shown = json(world, &call.caller.account, &role, true);
    iam(world, call).roles.insert(name, role);
    Ok(json!({ "Role": shown }))
}

/// `GetRole`.
pub fn get(world: &mut World, call: &Call) -> Answer {
    let role = find(world, call)?;
    let mut shown = json(world, &call.caller.account, role, true);
    if let Some(object) = shown.as_object_mut() {
        object.insert("RoleLastUsed".to_owned(), json!({}));
    }
    Ok(json!({ "Role": shown }))
}

/// `ListRoles`.
pub fn list(world: &mut World, call: &Call) -> Answer {
    let account = &call.caller.account;
    let prefix = call.text("PathPrefix").unwrap_or("/");
    let items = world
        .accounts
        .get(account)
        .into_iter()
        .flat_map(|a| a.iam.roles.values())
        .filter(|role| role.path.starts_with(prefix))
        .map(|role| (role.name.clone(), json(world, account, role, false)))
        .collect();
    input::page(call, "Roles", items)
}

/// `UpdateRole`.
pub fn update(world: &mut World, call: &Call) -> Answer {
    let description = input::description(call)?;
    let max_session = input::max_session(call)?;
    let role = find_mut(world, call)?;
    if let Some(text) = description {
        role.description = Some(text).filter(|t| !t.is_empty());
    }
    // A request that names no duration sets it back to an hour. Source: IAM API Reference, UpdateRole.
    role.max_session = max_session.unwrap_or(3600);
    Ok(json!({}))
}

/// `UpdateRoleDescription`.
pub fn update_description(world: &mut World, call: &Call) -> Answer {
    input::required(call, "Description").or_else(|fault| match call.text("Description") {
        Some("") => Ok(""),
        _ => Err(fault),
    })?;
    let description = input::description(call)?;
    find_mut(world, call)?.description = description.filter(|t| !t.is_empty());
    let role = find(world, call)?;
    Ok(json!({ "Role": json(world, &call.caller.account, role, true) }))
}

/// `UpdateAssumeRolePolicy`.
pub fn update_trust(world: &mut World, call: &Call) -> Answer {
    let text = input::required(call, "PolicyDocument")?;
    find_mut(world, call)?;
    let trust = documents::trust(world, text)?;
    find_mut(world, call)?.trust = trust;
    Ok(Value::Null)
}

/// `DeleteRole`.
pub fn delete(world: &mut World, call: &Call) -> Answer {
    let role = find_mut(world, call)?;
    let conflict = |what: &str| {
        Fault::new(
            "DeleteConflict",
            format!("Cannot delete entity, must {what} first."),
        )
        .status(409)
    };
    if !role.attached.is_empty() {
        return Err(conflict("detach all policies"));
    }
    if !role.inline.is_empty() {
        return Err(conflict("delete policies"));
    }
    let name = role.name.clone();
    iam(world, call).roles.remove(&name);
    Ok(Value::Null)
}

/// `PutRolePermissionsBoundary`.
pub fn put_boundary(world: &mut World, call: &Call) -> Answer {
    input::required(call, "PermissionsBoundary")?;
    find_mut(world, call)?;
    let boundary = input::boundary(world, call)?;
    find_mut(world, call)?.boundary = boundary;
    Ok(Value::Null)
}

/// `DeleteRolePermissionsBoundary`.
pub fn delete_boundary(world: &mut World, call: &Call) -> Answer {
    let role = find_mut(world, call)?;
    if role.boundary.take().is_none() {
        let message = format!(
            "The role with name {} does not have a permissions boundary.",
            role.name
        );
        return Err(no_such(message));
    }
    Ok(Value::Null)
}

/// `TagRole`.
pub fn tag(world: &mut World, call: &Call) -> Answer {
    let new = input::tags(call)?;
    if new.is_empty() {
        return Err(invalid("Tags", None, "Member must not be null"));
    }
    let role = find_mut(world, call)?;
    role.tags = input::add_tags(&role.tags, new)?;
    Ok(Value::Null)
}

/// `UntagRole`.
pub fn untag(world: &mut World, call: &Call) -> Answer {
    let keys = input::tag_keys(call);
    let role = find_mut(world, call)?;
    role.tags
        .retain(|(key, _)| !keys.iter().any(|k| k.eq_ignore_ascii_case(key)));
    Ok(Value::Null)
}

/// `ListRoleTags`.
pub fn list_tags(world: &mut World, call: &Call) -> Answer {
    let role = find(world, call)?;
    let items = role
        .tags
        .iter()
        .map(|(key, value)| (key.clone(), json!({ "Key": key, "Value": value })))
        .collect();
    input::page(call, "Tags", items)
}

/// `ListInstanceProfilesForRole`: there are none in the sandbox, and deletion tools ask.
pub fn instance_profiles(world: &mut World, call: &Call) -> Answer {
    find(world, call)?;
    Ok(json!({ "InstanceProfiles": [], "IsTruncated": false }))
}
