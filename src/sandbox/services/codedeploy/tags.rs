//! Tags of applications and deployment groups.

use serde_json::{Value, json};

use super::{no_application, own_arn, state_mut};
use crate::sandbox::service::{Answer, Call, Fault};
use crate::sandbox::services::fields::Tags;
use crate::sandbox::world::World;

/// Reads the tags of a request with the service's codes.
pub fn read_tags(given: &[Value]) -> Result<Tags, Fault> {
    Tags::read(given, "Key", "Value")
        .map_err(|problem| Fault::new("InvalidTagsToAddException", problem.sentence()))
}

fn tags_of<'w>(world: &'w mut World, call: &Call) -> Result<&'w mut Tags, Fault> {
    let arn = call
        .text("ResourceArn")
        .filter(|arn| !arn.is_empty())
        .ok_or_else(|| {
            Fault::new(
                "ResourceArnRequiredException",
                "The ARN of a resource is required, but was not found.",
            )
        })?;
    let Some(resource) = arn.strip_prefix(&own_arn(call, "")) else {
        return Err(Fault::new(
            "InvalidArnException",
            "The specified ARN is not in a valid format.",
        ));
    };
    let state = state_mut(world, call);
    if let Some(name) = resource.strip_prefix("application:") {
        return state
            .applications
            .get_mut(name)
            .map(|application| &mut application.tags)
            .ok_or_else(|| no_application(name));
    }
    if let Some((application, group)) = resource
        .strip_prefix("deploymentgroup:")
        .and_then(|rest| rest.split_once('/'))
    {
        return state
            .applications
            .get_mut(application)
            .ok_or_else(|| no_application(application))?
            .groups
            .get_mut(group)
            .map(|group| &mut group.tags)
            .ok_or_else(|| {
                Fault::new(
                    "DeploymentGroupDoesNotExistException",
                    format!("No Deployment Group found for name: {group}"),
                )
            });
    }
    Err(Fault::new(
        "ArnNotSupportedException",
        "The specified ARN is not supported. It must be that of an application or a deployment group.",
    ))
}

/// `TagResource`.
pub fn tag(world: &mut World, call: &Call) -> Answer {
    if call.list("Tags").is_empty() {
        return Err(Fault::new(
            "TagRequiredException",
            "A tag was not specified.",
        ));
    }
    let tags = read_tags(call.list("Tags"))?;
    tags_of(world, call)?
        .merge(tags)
        .map_err(|problem| Fault::new("InvalidTagsToAddException", problem.sentence()))?;
    Ok(json!({}))
}

/// `UntagResource`.
pub fn untag(world: &mut World, call: &Call) -> Answer {
    if call.list("TagKeys").is_empty() {
        return Err(Fault::new(
            "TagRequiredException",
            "A tag was not specified.",
        ));
    }
    tags_of(world, call)?.remove(call.list("TagKeys"));
    Ok(json!({}))
}

/// `ListTagsForResource`.
pub fn list(world: &mut World, call: &Call) -> Answer {
    let tags = tags_of(world, call)?;
    Ok(json!({"Tags": tags.list("Key", "Value")}))
}
