//! Tags of clusters, services, task definitions and task sets.

use serde_json::{Value, json};

use super::state::EcsState;
use super::{client, cluster_not_found, invalid, own, state_mut};
use crate::sandbox::service::{Answer, Call, Fault};
use crate::sandbox::services::fields::{TagProblem, Tags};
use crate::sandbox::world::World;

/// Reads the tags of a request with the service's codes.
pub fn read_tags(given: &[Value]) -> Result<Tags, Fault> {
    Tags::read(given, "key", "value").map_err(tag_fault)
}

fn tag_fault(problem: TagProblem) -> Fault {
    match problem {
        TagProblem::TooMany => Fault::new("LimitExceededException", problem.sentence()),
        TagProblem::Twice(_) => client(problem.sentence()),
        _ => invalid(problem.sentence()),
    }
}

fn not_found(what: &str) -> Fault {
    Fault::new(
        "ResourceNotFoundException",
        format!("The specified {what} was not found."),
    )
}

fn tags_of<'s>(state: &'s mut EcsState, call: &Call) -> Result<&'s mut Tags, Fault> {
    let arn = call.text("resourceArn").unwrap_or_default();
    own(call, arn)?;
    let resource = arn.splitn(6, ':').nth(5).unwrap_or_default();
    let (kind, rest) = resource.split_once('/').unwrap_or_default();
    let parts: Vec<&str> = rest.split('/').collect();
    match (kind, parts.as_slice()) {
        ("cluster", [name]) => state
            .clusters
            .get_mut(*name)
            .filter(|cluster| cluster.status == "ACTIVE")
            .map(|cluster| &mut cluster.tags)
            .ok_or_else(cluster_not_found),
        ("service", [cluster, name]) => state
            .services
            .get_mut(&EcsState::service_key(cluster, name))
            .filter(|service| service.status == "ACTIVE")
            .map(|service| &mut service.tags)
            .ok_or_else(|| not_found("service")),
        ("task-definition", [name]) => name
            .split_once(':')
            .and_then(|(family, revision)| {
                let versions = state.families.get_mut(family)?;
                versions.revisions.get_mut(&revision.parse().ok()?)
            })
            .map(|definition| &mut definition.tags)
            .ok_or_else(|| not_found("task definition")),
        ("task-set", [cluster, name, ..]) => state
            .services
            .get_mut(&EcsState::service_key(cluster, name))
            .and_then(|service| service.task_sets.iter_mut().find(|set| set.arn == arn))
            .map(|set| &mut set.tags)
            .ok_or_else(|| not_found("task set")),
        _ => Err(invalid(
            "Invalid identifier: the resource ARN is not that of a cluster, service, task definition or task set.",
        )),
    }
}

/// `TagResource`.
pub fn tag(world: &mut World, call: &Call) -> Answer {
    let tags = read_tags(call.list("tags"))?;
    tags_of(state_mut(world, call), call)?
        .merge(tags)
        .map_err(tag_fault)?;
    Ok(json!({}))
}

/// `UntagResource`.
pub fn untag(world: &mut World, call: &Call) -> Answer {
    tags_of(state_mut(world, call), call)?.remove(call.list("tagKeys"));
    Ok(json!({}))
}

/// `ListTagsForResource`.
pub fn list(world: &mut World, call: &Call) -> Answer {
    let tags = tags_of(state_mut(world, call), call)?;
    Ok(json!({"tags": tags.list("key", "value")}))
}
