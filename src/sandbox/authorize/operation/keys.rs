//! Condition keys of single services, as far as delivery pipelines and their usual policies use them.
//!
//! Source: Service Authorization Reference, one page per service.

use serde_json::Value;

use super::Ask;
use crate::sandbox::page;
use crate::sandbox::service::Call;
use crate::sandbox::services::{codecommit, eventbridge, kms};
use crate::sandbox::world::World;

type Keys = Vec<(String, String)>;

/// The keys of an operation of a service.
pub(super) fn of(world: &World, service: &str, operation: &str, call: &Call) -> Keys {
    match service {
        "iam" => of_iam(world, operation, call),
        "ecs" => of_ecs(operation, call),
        "events" => of_events(operation, call),
        "codecommit" => of_codecommit(operation, call),
        "kms" => of_kms(world, operation, call),
        _ => Keys::new(),
    }
}

fn push(keys: &mut Keys, key: &str, value: Option<&str>) {
    if let Some(value) = value {
        keys.push((key.to_owned(), value.to_owned()));
    }
}

/// `iam:PermissionsBoundary` is the boundary that the request sets, or the one that the role or user has
/// whose policies it changes.
fn of_iam(world: &World, operation: &str, call: &Call) -> Keys {
    let mut keys = Keys::new();
    push(&mut keys, "iam:AWSServiceName", call.text("AWSServiceName"));
    if operation.starts_with("Attach") || operation.starts_with("Detach") {
        push(&mut keys, "iam:PolicyARN", call.text("PolicyArn"));
    }
    if let Some(arn) = call.text("PermissionsBoundary") {
        push(&mut keys, "iam:PermissionsBoundary", Some(arn));
        return keys;
    }
    let changes_policies = [
        "AttachRolePolicy",
        "DetachRolePolicy",
        "PutRolePolicy",
        "DeleteRolePolicy",
        "AttachUserPolicy",
        "DetachUserPolicy",
        "PutUserPolicy",
        "DeleteUserPolicy",
        "DeleteRolePermissionsBoundary",
        "DeleteUserPermissionsBoundary",
    ];
    if changes_policies.contains(&operation)
        && let Some(iam) = world.accounts.get(&call.caller.account).map(|a| &a.iam)
    {
        let role = call.text("RoleName").and_then(|name| iam.roles.get(name));
        let user = call.text("UserName").and_then(|name| iam.users.get(name));
        let boundary = role
            .map(|it| &it.boundary)
            .or_else(|| user.map(|it| &it.boundary));
        let boundary = boundary.and_then(|it| it.as_deref());
        push(&mut keys, "iam:PermissionsBoundary", boundary);
    }
    keys
}

fn of_ecs(operation: &str, call: &Call) -> Keys {
    let mut keys = Keys::new();
    let own = |resource: &str| page::arn("ecs", &call.region, &call.caller.account, resource);
    let last = |text: &str| text.rsplit('/').next().unwrap_or_default().to_owned();
    let of_cluster = [
        "Service",
        "Services",
        "TaskSet",
        "TaskSets",
        "Task",
        "Tasks",
        "TaskSetPrimary",
    ]
    .iter()
    .any(|end| operation.ends_with(end));
    let cluster = last(call.text("cluster").unwrap_or("default"));
    if of_cluster && !operation.contains("TaskDefinition") {
        keys.push(("ecs:cluster".to_owned(), own(&format!("cluster/{cluster}"))));
    }
    if operation.contains("TaskSet")
        && let Some(service) = call.text("service")
    {
        let service = own(&format!("service/{cluster}/{}", last(service)));
        keys.push(("ecs:service".to_owned(), service));
    }
    let runs = ["CreateService", "UpdateService", "CreateTaskSet", "RunTask"];
    if runs.contains(&operation)
        && let Some(definition) = call.text("taskDefinition")
    {
        let definition = own(&format!("task-definition/{}", last(definition)));
        keys.push(("ecs:task-definition".to_owned(), definition));
    }
    keys
}

fn of_events(operation: &str, call: &Call) -> Keys {
    let mut keys = Keys::new();
    match operation {
        "PutTargets" => {
            for target in call.list("Targets") {
                let arn = target.get("Arn").and_then(Value::as_str);
                push(&mut keys, "events:TargetArn", arn);
            }
        }
        "PutRule" => {
            let pattern = call.text("EventPattern");
            let pattern = pattern.and_then(|text| serde_json::from_str::<Value>(text).ok());
            let texts = |member: &str| -> Vec<String> {
                let list = pattern.as_ref().and_then(|it| it.get(member));
                let list = list.and_then(Value::as_array);
                list.into_iter()
                    .flatten()
                    .filter_map(Value::as_str)
                    .map(str::to_owned)
                    .collect()
            };
            for source in texts("source") {
                keys.push(("events:source".to_owned(), source));
            }
            for kind in texts("detail-type") {
                keys.push(("events:detail-type".to_owned(), kind));
            }
        }
        _ => {}
    }
    // The account that a rule belongs to; rules of others cannot be named here.
    let account = call.caller.account.clone();
    keys.push(("events:creatorAccount".to_owned(), account));
    keys
}

/// What `PutEvents` asks for: each event on its own, with its source and kind. Without any event it is
/// about the default bus.
pub(super) fn of_events_sent(call: &Call) -> Vec<Ask> {
    let bus_arn = |bus: Option<&str>| match bus.unwrap_or(eventbridge::DEFAULT_BUS) {
        arn if arn.starts_with("arn:") => arn.to_owned(),
        name => eventbridge::bus_arn(&call.region, &call.caller.account, name),
    };
    let ask = |bus: Option<&str>| {
        Ask::new("events:PutEvents", bus_arn(bus)).with("events:eventBusInvocation", "false")
    };
    let mut asks: Vec<Ask> = Vec::new();
    for entry in call.list("Entries") {
        let text = |name| entry.get(name).and_then(Value::as_str);
        let mut next = ask(text("EventBusName"));
        push(&mut next.keys, "events:source", text("Source"));
        push(&mut next.keys, "events:detail-type", text("DetailType"));
        if !asks.contains(&next) {
            asks.push(next);
        }
    }
    if asks.is_empty() {
        asks.push(ask(None));
    }
    asks
}

/// `codecommit:References`, by which policies keep branches from being changed. Operations that change no
/// branch do not carry it.
///
/// Source: AWS CodeCommit User Guide, "Limit pushes and merges to branches".
fn of_codecommit(operation: &str, call: &Call) -> Keys {
    let branch = match operation {
        "PutFile" | "DeleteFile" | "CreateCommit" | "CreateBranch" | "DeleteBranch" => {
            call.text("branchName")
        }
        "MergeBranchesByFastForward" => codecommit::merged_branch(call),
        _ => None,
    };
    branch
        .map(|branch| {
            (
                "codecommit:References".to_owned(),
                format!("refs/heads/{branch}"),
            )
        })
        .into_iter()
        .collect()
}

fn of_kms(world: &World, operation: &str, call: &Call) -> Keys {
    let mut keys = vec![("kms:CallerAccount".to_owned(), call.caller.account.clone())];
    if operation == "CreateKey" {
        let spec = call.text("KeySpec").unwrap_or("SYMMETRIC_DEFAULT");
        let usage = call.text("KeyUsage").unwrap_or("ENCRYPT_DECRYPT");
        let origin = call.text("Origin").unwrap_or("AWS_KMS");
        push(&mut keys, "kms:KeySpec", Some(spec));
        push(&mut keys, "kms:KeyUsage", Some(usage));
        push(&mut keys, "kms:KeyOrigin", Some(origin));
        let several = call.flag("MultiRegion").unwrap_or(false).to_string();
        push(&mut keys, "kms:MultiRegion", Some(&several));
    }
    if matches!(operation, "CreateKey" | "PutKeyPolicy") {
        let bypass = call.flag("BypassPolicyLockoutSafetyCheck");
        let bypass = bypass.unwrap_or(false).to_string();
        push(
            &mut keys,
            "kms:BypassPolicyLockoutSafetyCheck",
            Some(&bypass),
        );
    }
    if operation == "ScheduleKeyDeletion" {
        let days = call.number("PendingWindowInDays").unwrap_or(30).to_string();
        let key = "kms:ScheduleKeyDeletionPendingWindowInDays";
        push(&mut keys, key, Some(&days));
    }
    if operation == "CreateGrant" {
        push(
            &mut keys,
            "kms:GranteePrincipal",
            call.text("GranteePrincipal"),
        );
        push(
            &mut keys,
            "kms:RetiringPrincipal",
            call.text("RetiringPrincipal"),
        );
        for operation in call.list("Operations") {
            push(&mut keys, "kms:GrantOperations", operation.as_str());
        }
        for kind in ["EncryptionContextEquals", "EncryptionContextSubset"] {
            let there = call.input.get("Constraints").and_then(|it| it.get(kind));
            push(&mut keys, "kms:GrantConstraintType", there.map(|_| kind));
        }
    }
    if matches!(operation, "CreateGrant" | "ListGrants" | "RevokeGrant") {
        // True only where a service of AWS asks in the caller's name.
        push(&mut keys, "kms:GrantIsForAWSResource", Some("false"));
    }
    let given = call.text("KeyId").or_else(|| call.text("TargetKeyId"));
    if let Some(arn) = given.and_then(|given| kms::key_arn(world, call, given)) {
        keys.extend(kms::keys_of(world, &arn));
        if let Some(alias) = given.filter(|given| given.contains("alias/")) {
            let alias = alias.rsplit(':').next();
            push(&mut keys, "kms:RequestAlias", alias);
        }
    }
    keys
}
