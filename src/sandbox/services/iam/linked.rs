//! Service-linked roles.

use serde_json::{Value, json};

use super::input::{self, no_such};
use super::roles::{self, iam};
use super::state::Role;
use crate::sandbox::documents::Stored;
use crate::sandbox::service::{Answer, Call, Fault};
use crate::sandbox::world::World;

/// Services that have one, the role's name, and the policy that AWS attaches. Source: IAM User Guide, "AWS
/// services that work with IAM", and each service's page on its service-linked role.
const LINKED: &[(&str, &str, Option<&str>)] = &[
    (
        "ecs.amazonaws.com",
        "AWSServiceRoleForECS",
        Some("arn:aws:iam::aws:policy/aws-service-role/AmazonECSServiceRolePolicy"),
    ),
    (
        "elasticloadbalancing.amazonaws.com",
        "AWSServiceRoleForElasticLoadBalancing",
        None,
    ),
    (
        "ecs.application-autoscaling.amazonaws.com",
        "AWSServiceRoleForApplicationAutoScaling_ECSService",
        None,
    ),
    (
        "autoscaling.amazonaws.com",
        "AWSServiceRoleForAutoScaling",
        None,
    ),
    (
        "replication.ecr.amazonaws.com",
        "AWSServiceRoleForECRReplication",
        None,
    ),
    (
        "organizations.amazonaws.com",
        "AWSServiceRoleForOrganizations",
        None,
    ),
];

/// The ARN that a request is authorised on.
pub fn resource(_: &World, call: &Call) -> String {
    let account = &call.caller.account;
    if let Some(name) = call.text("RoleName") {
        return format!("arn:aws:iam::{account}:role/aws-service-role/*/{name}");
    }
    let service = call.text("AWSServiceName").unwrap_or_default();
    let name = LINKED
        .iter()
        .find(|(s, _, _)| *s == service)
        .map_or("*", |(_, name, _)| name);
    format!("arn:aws:iam::{account}:role/aws-service-role/{service}/{name}")
}

/// Makes the service-linked role of a service in an account, where it is not there yet. Answers whether
/// it was made; a service that has none answers `false`. For services that make their own on first use.
pub fn ensure(world: &mut World, account: &str, service: &str, now: i64) -> bool {
    let Some((_, name, policy)) = LINKED.iter().find(|(s, _, _)| *s == service) else {
        return false;
    };
    if world
        .accounts
        .get(account)
        .is_some_and(|a| a.iam.roles.contains_key(*name))
    {
        return false;
    }
    let trust = json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Principal": { "Service": service },
            "Action": "sts:AssumeRole"
        }]
    });
    let role = Role {
        id: world.ids.unique_id("AROA", 21),
        name: (*name).to_owned(),
        path: format!("/aws-service-role/{service}/"),
        created: now,
        trust: Stored {
            text: trust.to_string(),
            ..Stored::default()
        },
        max_session: 3600,
        attached: policy.iter().map(|p| (*p).to_owned()).collect(),
        linked_to: Some(service.to_owned()),
        ..Role::default()
    };
    let account = world.accounts.entry(account.to_owned()).or_default();
    account.iam.roles.insert((*name).to_owned(), role);
    true
}

/// `CreateServiceLinkedRole`.
pub fn create(world: &mut World, call: &Call) -> Answer {
    let service = input::required(call, "AWSServiceName")?;
    let Some((_, name, _)) = LINKED.iter().find(|(s, _, _)| *s == service) else {
        return Err(Fault::new(
            "InvalidInput",
            format!("{service} is not a service that has a service-linked role."),
        ));
    };
    if let Some(suffix) = call.text("CustomSuffix").filter(|s| !s.is_empty()) {
        return Err(Fault::new(
            "InvalidInput",
            format!("Custom suffix is not allowed for {service}: {suffix}"),
        ));
    }
    let account = call.caller.account.clone();
    if !ensure(world, &account, service, call.now) {
        return Err(Fault::new(
            "InvalidInput",
            format!(
                "Service role name {name} has been taken in this account, please try a different suffix."
            ),
        ));
    }
    if let Some(text) = input::description(call)?
        && let Some(role) = iam(world, call).roles.get_mut(*name)
    {
        role.description = Some(text);
    }
    let role = world
        .accounts
        .get(&account)
        .and_then(|a| a.iam.roles.get(*name))
        .ok_or_else(|| roles::missing(name))?;
    Ok(json!({ "Role": roles::json(world, &account, role, true) }))
}

/// `DeleteServiceLinkedRole`: at once, as nothing in the sandbox holds on to one.
pub fn delete(world: &mut World, call: &Call) -> Answer {
    let name = input::name(call, "RoleName", 64)?.to_owned();
    let own = iam(world, call);
    let role = own
        .roles
        .get(&name)
        .filter(|r| r.linked_to.is_some())
        .ok_or_else(|| roles::missing(&name))?;
    let task = format!("task{}{name}/{}", role.path, role.id);
    own.roles.remove(&name);
    own.deletions.insert(task.clone(), "SUCCEEDED".to_owned());
    Ok(json!({ "DeletionTaskId": task }))
}

/// `GetServiceLinkedRoleDeletionStatus`.
pub fn deletion_status(world: &mut World, call: &Call) -> Answer {
    let task = input::required(call, "DeletionTaskId")?;
    match iam(world, call).deletions.get(task) {
        Some(status) => Ok(json!({ "Status": status, "Reason": Value::Null })),
        None => Err(no_such(format!("Deletion task {task} cannot be found."))),
    }
}
