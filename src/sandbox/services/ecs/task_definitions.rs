//! Task definitions after they are registered.

use serde_json::{Value, json};

use super::clusters::bad_token;
use super::state::{EcsState, TaskDefinition};
use super::{client, invalid, last_part, own, state, state_mut};
use crate::sandbox::service::{Answer, Call, Fault};
use crate::sandbox::services::fields::{page, page_size, put, seconds, texts};
use crate::sandbox::world::World;

/// A task definition as the API answers it.
pub fn show(definition: &TaskDefinition) -> Value {
    let mut answer = json!({"taskDefinitionArn": definition.arn});
    if let (Some(map), Some(body)) = (answer.as_object_mut(), definition.body.as_object()) {
        map.extend(body.clone());
    }
    put(&mut answer, "family", Some(json!(definition.family)));
    put(&mut answer, "revision", Some(json!(definition.revision)));
    put(&mut answer, "status", Some(json!(definition.status)));
    put(
        &mut answer,
        "registeredAt",
        Some(seconds(definition.registered_at)),
    );
    put(
        &mut answer,
        "registeredBy",
        Some(json!(definition.registered_by)),
    );
    put(
        &mut answer,
        "deregisteredAt",
        definition.deregistered_at.map(seconds),
    );
    put(
        &mut answer,
        "deleteRequestedAt",
        definition.delete_requested_at.map(seconds),
    );
    answer
}

/// Finds a task definition by ARN, `family:revision`, or family (its latest ACTIVE revision); `Ok(None)`
/// where there is none.
pub fn find<'s>(
    state: Option<&'s EcsState>,
    call: &Call,
    reference: &str,
) -> Result<Option<&'s TaskDefinition>, Fault> {
    own(call, reference)?;
    let name = last_part(reference);
    let (family, revision) = match name.split_once(':') {
        Some((family, revision)) => {
            let number = revision
                .parse::<u64>()
                .map_err(|_| invalid(format!("Invalid revision number. Number: {revision}")))?;
            (family, Some(number))
        }
        None => (name, None),
    };
    let Some(versions) = state.and_then(|state| state.families.get(family)) else {
        return Ok(None);
    };
    Ok(match revision {
        Some(number) => versions.revisions.get(&number),
        None => versions
            .revisions
            .values()
            .rev()
            .find(|definition| definition.status == "ACTIVE"),
    })
}

fn cannot_describe() -> Fault {
    client("Unable to describe task definition.")
}

fn wanted(call: &Call) -> Result<&str, Fault> {
    call.text("taskDefinition")
        .filter(|reference| !reference.is_empty())
        .ok_or_else(|| invalid("TaskDefinition can not be blank."))
}

/// `DescribeTaskDefinition`.
pub fn describe(world: &mut World, call: &Call) -> Answer {
    let definition = find(state(world, call), call, wanted(call)?)?.ok_or_else(cannot_describe)?;
    let mut answer = json!({"taskDefinition": show(definition)});
    let with_tags = texts(call.list("include"))
        .iter()
        .any(|what| what == "TAGS");
    put(
        &mut answer,
        "tags",
        with_tags.then(|| definition.tags.list("key", "value")),
    );
    Ok(answer)
}

/// `ListTaskDefinitions`: `familyPrefix` is a whole family's name. Source: the API model.
pub fn list(world: &mut World, call: &Call) -> Answer {
    let status = call.text("status").unwrap_or("ACTIVE");
    if !["ACTIVE", "INACTIVE", "DELETE_IN_PROGRESS"].contains(&status) {
        return Err(invalid(format!("Invalid status: {status}")));
    }
    let family = call.text("familyPrefix");
    let mut arns: Vec<Value> = Vec::new();
    if let Some(state) = state(world, call) {
        for (name, versions) in &state.families {
            if family.is_none_or(|family| family == name) {
                arns.extend(
                    versions
                        .revisions
                        .values()
                        .filter(|definition| definition.status == status)
                        .map(|definition| json!(definition.arn)),
                );
            }
        }
    }
    match call.text("sort") {
        None | Some("ASC") => {}
        Some("DESC") => arns.reverse(),
        Some(other) => return Err(invalid(format!("Invalid sort order: {other}"))),
    }
    let most = page_size(call, "maxResults", 100);
    let (rows, next) = page(arns, call.text("nextToken"), most).ok_or_else(bad_token)?;
    let mut answer = json!({"taskDefinitionArns": rows});
    put(&mut answer, "nextToken", next.map(Value::String));
    Ok(answer)
}

/// `ListTaskDefinitionFamilies`.
pub fn list_families(world: &mut World, call: &Call) -> Answer {
    let prefix = call.text("familyPrefix").unwrap_or_default();
    let status = call.text("status").unwrap_or("ACTIVE");
    let mut families: Vec<Value> = Vec::new();
    if let Some(state) = state(world, call) {
        for (name, versions) in state
            .families
            .iter()
            .filter(|(name, _)| name.starts_with(prefix))
        {
            let active = versions
                .revisions
                .values()
                .any(|definition| definition.status == "ACTIVE");
            let fits = match status {
                "ACTIVE" => active,
                "INACTIVE" => !active && !versions.revisions.is_empty(),
                "ALL" => !versions.revisions.is_empty(),
                other => return Err(invalid(format!("Invalid status: {other}"))),
            };
            if fits {
                families.push(json!(name));
            }
        }
    }
    let most = page_size(call, "maxResults", 100);
    let (rows, next) = page(families, call.text("nextToken"), most).ok_or_else(bad_token)?;
    let mut answer = json!({"families": rows});
    put(&mut answer, "nextToken", next.map(Value::String));
    Ok(answer)
}

fn revision_mut<'w>(
    world: &'w mut World,
    call: &Call,
    family: &str,
    revision: u64,
) -> Option<&'w mut TaskDefinition> {
    state_mut(world, call)
        .families
        .get_mut(family)?
        .revisions
        .get_mut(&revision)
}

/// `DeregisterTaskDefinition`: one revision, which stays to be described as INACTIVE.
pub fn deregister(world: &mut World, call: &Call) -> Answer {
    let reference = wanted(call)?;
    if !last_part(reference).contains(':') {
        return Err(invalid("Invalid revision number. Number: null"));
    }
    let found = find(state(world, call), call, reference)?.ok_or_else(cannot_describe)?;
    if found.status != "ACTIVE" {
        return Err(invalid(
            "The specified task definition is inactive. Specify an active task definition and try again.",
        ));
    }
    let (family, revision) = (found.family.clone(), found.revision);
    let definition = revision_mut(world, call, &family, revision).ok_or_else(cannot_describe)?;
    definition.status = "INACTIVE".to_owned();
    definition.deregistered_at = Some(call.now);
    Ok(json!({"taskDefinition": show(definition)}))
}

/// `DeleteTaskDefinitions`: at most ten, which must be INACTIVE; those that nothing uses are gone after
/// the answer.
pub fn delete(world: &mut World, call: &Call) -> Answer {
    let wanted = texts(call.list("taskDefinitions"));
    if wanted.is_empty() {
        return Err(invalid("TaskDefinitions cannot be empty."));
    }
    if wanted.len() > 10 {
        return Err(invalid(
            "TaskDefinitions cannot have more than 10 elements.",
        ));
    }
    let mut deleted = Vec::new();
    let mut failures = Vec::new();
    for reference in &wanted {
        let found = if last_part(reference).contains(':') {
            find(state(world, call), call, reference).ok().flatten()
        } else {
            None
        };
        let Some(found) = found else {
            failures.push(json!({
                "arn": reference,
                "reason": "The specified task definition does not exist. Specify a valid account, family, revision and try again.",
            }));
            continue;
        };
        if found.status == "ACTIVE" {
            failures.push(json!({
                "arn": found.arn,
                "reason": "The specified task definition is still in ACTIVE status. Please deregister the target and try again.",
            }));
            continue;
        }
        let (family, revision, arn) = (found.family.clone(), found.revision, found.arn.clone());
        let used = state(world, call).is_some_and(|state| is_used(state, &arn));
        if let Some(definition) = revision_mut(world, call, &family, revision) {
            definition.status = "DELETE_IN_PROGRESS".to_owned();
            definition.delete_requested_at = Some(call.now);
            deleted.push(show(definition));
        }
        if !used && let Some(versions) = state_mut(world, call).families.get_mut(&family) {
            versions.revisions.remove(&revision);
        }
    }
    Ok(json!({"taskDefinitions": deleted, "failures": failures}))
}

fn is_used(state: &EcsState, arn: &str) -> bool {
    state
        .services
        .values()
        .filter(|service| service.status == "ACTIVE")
        .any(|service| {
            service.task_definition.as_deref() == Some(arn)
                || service
                    .task_sets
                    .iter()
                    .any(|set| set.task_definition == arn)
        })
}
