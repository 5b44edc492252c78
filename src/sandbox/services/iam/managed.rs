//! Managed policies: customer-managed ones, and those of AWS by their ARN.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::input::{self, no_such};
use super::roles::iam;
use super::state::{ManagedPolicy, PolicyVersion};
use super::{aws_managed, documents};
use crate::policy::Kind;
use crate::sandbox::service::{Answer, Call, Fault};
use crate::sandbox::time;
use crate::sandbox::world::World;

fn missing(arn: &str) -> Fault {
    no_such(format!("Policy {arn} was not found."))
}

fn checked_arn(call: &Call) -> Result<&str, Fault> {
    let arn = input::required(call, "PolicyArn")?;
    if arn.starts_with("arn:aws:iam::") && arn.contains(":policy/") {
        return Ok(arn);
    }
    Err(Fault::new(
        "InvalidInput",
        format!("ARN {arn} is not valid."),
    ))
}

/// Refuses the ARN of a policy that is neither the account's nor AWS's.
pub fn must_exist(world: &World, call: &Call, arn: &str) -> Result<(), Fault> {
    if arn.len() < 20 || !arn.starts_with("arn:aws:iam::") || !arn.contains(":policy/") {
        return Err(Fault::new(
            "InvalidInput",
            format!("ARN {arn} is not valid."),
        ));
    }
    if aws_managed::exists(arn) {
        return Ok(());
    }
    let own = world
        .accounts
        .get(&call.caller.account)
        .is_some_and(|a| a.iam.policies.contains_key(arn));
    if own {
        return Ok(());
    }
    Err(no_such(format!(
        "Policy {arn} does not exist or is not attachable."
    )))
}

/// The default version's document of a managed policy of an account or of AWS.
pub fn document<'a>(world: &'a World, account: &str, arn: &str) -> Option<&'a str> {
    if let Some(known) = aws_managed::document(arn) {
        return Some(known);
    }
    let policy = world.accounts.get(account)?.iam.policies.get(arn)?;
    policy
        .versions
        .get(&policy.default)
        .map(|v| v.document.as_str())
}

fn attachments(world: &World, account: &str, arn: &str) -> usize {
    let Some(iam) = world.accounts.get(account).map(|a| &a.iam) else {
        return 0;
    };
    iam.roles
        .values()
        .filter(|r| r.attached.contains(arn))
        .count()
        + iam
            .users
            .values()
            .filter(|u| u.attached.contains(arn))
            .count()
}

fn boundaries(world: &World, account: &str, arn: &str) -> usize {
    let Some(iam) = world.accounts.get(account).map(|a| &a.iam) else {
        return 0;
    };
    let roles = iam
        .roles
        .values()
        .filter(|r| r.boundary.as_deref() == Some(arn));
    let users = iam
        .users
        .values()
        .filter(|u| u.boundary.as_deref() == Some(arn));
    roles.count() + users.count()
}

/// The ARN that a request on a policy is authorised on.
pub fn resource(_: &World, call: &Call) -> String {
    match call.text("PolicyArn") {
        Some(arn) => arn.to_owned(),
        None => format!(
            "arn:aws:iam::{}:policy{}{}",
            call.caller.account,
            call.text("Path").unwrap_or("/"),
            call.text("PolicyName").unwrap_or_default()
        ),
    }
}

fn shown(world: &World, account: &str, arn: &str, policy: &ManagedPolicy, whole: bool) -> Value {
    let mut value = json!({
        "PolicyName": policy.name,
        "PolicyId": policy.id,
        "Arn": arn,
        "Path": policy.path,
        "DefaultVersionId": format!("v{}", policy.default),
        "AttachmentCount": attachments(world, account, arn),
        "PermissionsBoundaryUsageCount": boundaries(world, account, arn),
        "IsAttachable": true,
        "CreateDate": time::iso(policy.created),
        "UpdateDate": time::iso(policy.updated),
    });
    if let (true, Some(object)) = (whole, value.as_object_mut()) {
        if let Some(text) = &policy.description {
            object.insert("Description".to_owned(), json!(text));
        }
        if !policy.tags.is_empty() {
            object.insert("Tags".to_owned(), input::tags_json(&policy.tags));
        }
    }
    value
}

fn aws_shown(world: &World, account: &str, arn: &str) -> Value {
    let (path, name) = aws_managed::path_and_name(arn);
    json!({
        "PolicyName": name,
        "PolicyId": aws_managed::id(arn),
        "Arn": arn,
        "Path": path,
        "DefaultVersionId": "v1",
        "AttachmentCount": attachments(world, account, arn),
        "PermissionsBoundaryUsageCount": boundaries(world, account, arn),
        "IsAttachable": true,
        "CreateDate": aws_managed::CREATED,
        "UpdateDate": aws_managed::CREATED,
    })
}

fn checked_document(call: &Call) -> Result<String, Fault> {
    let text = input::required(call, "PolicyDocument")?;
    documents::read(text, Kind::Managed)?;
    if documents::size(text) > 6144 {
        return Err(documents::limit("Cannot exceed quota for PolicySize: 6144"));
    }
    Ok(text.to_owned())
}

/// `CreatePolicy`.
pub fn create(world: &mut World, call: &Call) -> Answer {
    let name = input::name(call, "PolicyName", 128)?.to_owned();
    let path = input::path(call)?;
    let description = input::description(call)?;
    let tags = input::tags(call)?;
    let document = checked_document(call)?;
    let account = call.caller.account.clone();
    let arn = format!("arn:aws:iam::{account}:policy{path}{name}");
    let policies = &iam(world, call).policies;
    if policies
        .values()
        .any(|p| p.name.eq_ignore_ascii_case(&name))
    {
        let message =
            format!("A policy called {name} already exists. Duplicate names are not allowed.");
        return Err(Fault::new("EntityAlreadyExists", message).status(409));
    }
    let version = PolicyVersion {
        document,
        created: call.now,
    };
    let policy = ManagedPolicy {
        id: world.ids.unique_id("ANPA", 21),
        name,
        path,
        description,
        created: call.now,
        updated: call.now,
        tags,
        default: 1,
        next: 2,
        versions: BTreeMap::from([(1, version)]),
    };
    let value = shown(world, &account, &arn, &policy, true);
    iam(world, call).policies.insert(arn, policy);
    Ok(json!({ "Policy": value }))
}

fn find<'a>(world: &'a World, call: &Call) -> Result<(&'a ManagedPolicy, String), Fault> {
    let arn = checked_arn(call)?;
    world
        .accounts
        .get(&call.caller.account)
        .and_then(|a| a.iam.policies.get(arn))
        .map(|policy| (policy, arn.to_owned()))
        .ok_or_else(|| missing(arn))
}

fn find_mut<'a>(world: &'a mut World, call: &Call) -> Result<&'a mut ManagedPolicy, Fault> {
    let arn = checked_arn(call)?;
    if aws_managed::exists(arn) {
        return Err(Fault::new(
            "AccessDenied",
            format!(
                "User: {} is not authorized to perform this operation on resource: policy {arn}",
                call.caller.arn
            ),
        )
        .status(403));
    }
    iam(world, call)
        .policies
        .get_mut(arn)
        .ok_or_else(|| missing(arn))
}

/// `GetPolicy`.
pub fn get(world: &mut World, call: &Call) -> Answer {
    let arn = checked_arn(call)?;
    let account = &call.caller.account;
    if aws_managed::exists(arn) {
        return Ok(json!({ "Policy": aws_shown(world, account, arn) }));
    }
    let (policy, arn) = find(world, call)?;
    Ok(json!({ "Policy": shown(world, account, &arn, policy, true) }))
}

/// `ListPolicies`.
pub fn list(world: &mut World, call: &Call) -> Answer {
    let account = &call.caller.account;
    let scope = call.text("Scope").unwrap_or("All");
    let prefix = call.text("PathPrefix").unwrap_or("/");
    let only_attached = call.flag("OnlyAttached").unwrap_or(false);
    let mut items: Vec<(String, Value)> = Vec::new();
    if scope != "AWS"
        && let Some(own) = world.accounts.get(account)
    {
        for (arn, policy) in own
            .iam
            .policies
            .iter()
            .filter(|(_, p)| p.path.starts_with(prefix))
        {
            items.push((arn.clone(), shown(world, account, arn, policy, false)));
        }
    }
    if scope != "Local" {
        for arn in aws_managed::arns() {
            if aws_managed::path_and_name(arn).0.starts_with(prefix) {
                items.push((arn.to_owned(), aws_shown(world, account, arn)));
            }
        }
    }
    if only_attached {
        items.retain(|(arn, _)| attachments(world, account, arn) > 0);
    }
    input::page(call, "Policies", items)
}

/// `DeletePolicy`.
pub fn delete(world: &mut World, call: &Call) -> Answer {
    find_mut(world, call)?;
    let (policy, arn) = find(world, call)?;
    let account = &call.caller.account;
    let conflict = |message: &str| Err(Fault::new("DeleteConflict", message).status(409));
    if attachments(world, account, &arn) > 0 || boundaries(world, account, &arn) > 0 {
        return conflict("Cannot delete a policy attached to entities.");
    }
    if policy.versions.len() > 1 {
        return conflict(
            "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.",
        );
    }
    iam(world, call).policies.remove(&arn);
    Ok(Value::Null)
}

fn number(call: &Call) -> Result<u32, Fault> {
    let text = input::required(call, "VersionId")?;
    text.strip_prefix('v')
        .and_then(|digits| digits.parse().ok())
        .ok_or_else(|| {
            input::invalid(
                "VersionId",
                Some(text),
                "Member must satisfy regular expression pattern: v[1-9][0-9]*(\\.[A-Za-z0-9-]*)?",
            )
        })
}

fn version_json(
    policy: &ManagedPolicy,
    number: u32,
    version: &PolicyVersion,
    document: bool,
) -> Value {
    let mut value = json!({
        "VersionId": format!("v{number}"),
        "IsDefaultVersion": number == policy.default,
        "CreateDate": time::iso(version.created),
    });
    if let (true, Some(object)) = (document, value.as_object_mut()) {
        object.insert(
            "Document".to_owned(),
            json!(input::encoded(&version.document)),
        );
    }
    value
}

/// `CreatePolicyVersion`.
pub fn create_version(world: &mut World, call: &Call) -> Answer {
    find_mut(world, call)?;
    let document = checked_document(call)?;
    let set_default = call.flag("SetAsDefault").unwrap_or(false);
    let policy = find_mut(world, call)?;
    if policy.versions.len() >= 5 {
        return Err(documents::limit(
            "A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version.",
        ));
    }
    let number = policy.next;
    policy.next = policy.next.saturating_add(1);
    let version = PolicyVersion {
        document,
        created: call.now,
    };
    policy.versions.insert(number, version.clone());
    if set_default {
        policy.default = number;
    }
    policy.updated = call.now;
    Ok(json!({ "PolicyVersion": version_json(policy, number, &version, false) }))
}

fn no_version(arn: &str, number: u32) -> Fault {
    no_such(format!(
        "Policy {arn} version v{number} does not exist or is not attachable."
    ))
}

/// `GetPolicyVersion`.
pub fn get_version(world: &mut World, call: &Call) -> Answer {
    let arn = checked_arn(call)?;
    let number = number(call)?;
    if let Some(document) = aws_managed::document(arn) {
        if number != 1 {
            return Err(no_version(arn, number));
        }
        let value = json!({
            "VersionId": "v1",
            "IsDefaultVersion": true,
            "CreateDate": aws_managed::CREATED,
            "Document": input::encoded(document),
        });
        return Ok(json!({ "PolicyVersion": value }));
    }
    let (policy, arn) = find(world, call)?;
    let version = policy
        .versions
        .get(&number)
        .ok_or_else(|| no_version(&arn, number))?;
    Ok(json!({ "PolicyVersion": version_json(policy, number, version, true) }))
}

/// `ListPolicyVersions`.
pub fn list_versions(world: &mut World, call: &Call) -> Answer {
    let arn = checked_arn(call)?;
    if aws_managed::exists(arn) {
        let value = json!({ "VersionId": "v1", "IsDefaultVersion": true, "CreateDate": aws_managed::CREATED });
        return input::page(call, "Versions", vec![("v1".to_owned(), value)]);
    }
    let (policy, _) = find(world, call)?;
    let items = policy
        .versions
        .iter()
        .rev()
        // Newest first, as AWS lists them.
        .map(|(number, version)| {
            let order = format!("{:010}", u32::MAX - number);
            (order, version_json(policy, *number, version, false))
        })
        .collect();
    input::page(call, "Versions", items)
}

/// `DeletePolicyVersion`.
pub fn delete_version(world: &mut World, call: &Call) -> Answer {
    let number = number(call)?;
    let arn = checked_arn(call)?.to_owned();
    let policy = find_mut(world, call)?;
    if policy.default == number {
        let message = "Cannot delete the default version of a policy.";
        return Err(Fault::new("DeleteConflict", message).status(409));
    }
    match policy.versions.remove(&number) {
        Some(_) => Ok(Value::Null),
        None => Err(no_version(&arn, number)),
    }
}

/// `SetDefaultPolicyVersion`.
pub fn set_default(world: &mut World, call: &Call) -> Answer {
    let number = number(call)?;
    let arn = checked_arn(call)?.to_owned();
    let policy = find_mut(world, call)?;
    if !policy.versions.contains_key(&number) {
        return Err(no_version(&arn, number));
    }
    policy.default = number;
    policy.updated = call.now;
    Ok(Value::Null)
}

/// `TagPolicy`.
pub fn tag(world: &mut World, call: &Call) -> Answer {
    let new = input::tags(call)?;
    let policy = find_mut(world, call)?;
    policy.tags = input::add_tags(&policy.tags, new)?;
    Ok(Value::Null)
}

/// `UntagPolicy`.
pub fn untag(world: &mut World, call: &Call) -> Answer {
    let keys = input::tag_keys(call);
    find_mut(world, call)?
        .tags
        .retain(|(key, _)| !keys.iter().any(|k| k.eq_ignore_ascii_case(key)));
    Ok(Value::Null)
}

/// `ListPolicyTags`.
pub fn list_tags(world: &mut World, call: &Call) -> Answer {
    let (policy, _) = find(world, call)?;
    let items = policy
        .tags
        .iter()
        .map(|(key, value)| (key.clone(), json!({ "Key": key, "Value": value })))
        .collect();
    input::page(call, "Tags", items)
}

/// `ListEntitiesForPolicy`.
pub fn entities(world: &mut World, call: &Call) -> Answer {
    let arn = checked_arn(call)?.to_owned();
    if !aws_managed::exists(&arn) {
        find(world, call)?;
    }
    let as_boundary = call.text("PolicyUsageFilter") == Some("PermissionsBoundary");
    let own = iam(world, call);
    let roles: Vec<Value> = own
        .roles
        .values()
        .filter(|r| {
            if as_boundary {
                r.boundary.as_deref() == Some(&arn)
            } else {
                r.attached.contains(&arn)
            }
        })
        .map(|r| json!({ "RoleName": r.name, "RoleId": r.id }))
        .collect();
    let users: Vec<Value> = own
        .users
        .values()
        .filter(|u| {
            if as_boundary {
                u.boundary.as_deref() == Some(&arn)
            } else {
                u.attached.contains(&arn)
            }
        })
        .map(|u| json!({ "UserName": u.name, "UserId": u.id }))
        .collect();
    Ok(json!({
        "PolicyGroups": [],
        "PolicyUsers": users,
        "PolicyRoles": roles,
        "IsTruncated": false,
    }))
}
