//! Tags of repositories, which this service carries as a map.

use serde_json::{Value, json};

use super::{Repository, names, state_mut};
use crate::sandbox::page::{Tags, own_resource, texts};
use crate::sandbox::service::{Answer, Call, Fault};
use crate::sandbox::world::World;

/// Tags on one repository. Source: the CodeCommit user guide, quotas.
const MOST: usize = 50;

/// The tags of an input, empty where there are none.
pub fn tags_of(call: &Call) -> Result<Tags, Fault> {
    let mut tags = Tags::new();
    let given = match call.input.get("tags") {
        None | Some(Value::Null) => return Ok(tags),
        Some(given) => given.as_object(),
    };
    for (key, value) in given.into_iter().flatten() {
        let value = value.as_str().unwrap_or_default();
        if key.is_empty() || key.chars().count() > 128 || value.chars().count() > 256 {
            return Err(Fault::new(
                "InvalidTagsMapException",
                "The map of tags is not valid: keys have 1 to 128 characters, values at most 256",
            ));
        }
        check_system(key)?;
        tags.insert(key.clone(), value.to_owned());
    }
    check_count(&tags)?;
    Ok(tags)
}

pub fn tag(world: &mut World, call: &Call) -> Answer {
    let new = tags_of(call)?;
    if !call.input.get("tags").is_some_and(Value::is_object) {
        return Err(Fault::new(
            "TagsMapRequiredException",
            "A map of tags is required",
        ));
    }
    let found = target(world, call)?;
    let mut tags = found.tags.clone();
    tags.extend(new);
    check_count(&tags)?;
    found.tags = tags;
    Ok(json!({}))
}

pub fn untag(world: &mut World, call: &Call) -> Answer {
    let keys = texts(call.list("tagKeys"));
    if keys.is_empty() {
        return Err(Fault::new(
            "TagKeysListRequiredException",
            "A list of tag keys is required. The list cannot be empty or null",
        ));
    }
    for key in &keys {
        check_system(key)?;
    }
    let found = target(world, call)?;
    found.tags.retain(|key, _| !keys.contains(key));
    Ok(json!({}))
}

pub fn list(world: &mut World, call: &Call) -> Answer {
    let found = target(world, call)?;
    Ok(json!({"tags": found.tags}))
}

fn target<'a>(world: &'a mut World, call: &Call) -> Result<&'a mut Repository, Fault> {
    let arn = call.text("resourceArn").ok_or_else(|| {
        Fault::new(
            "ResourceArnRequiredException",
            "A valid Amazon Resource Name (ARN) for an AWS CodeCommit resource is required",
        )
    })?;
    let mut parts = arn.splitn(6, ':').skip(2);
    if parts.next() != Some("codecommit") || parts.nth(2).is_none() {
        return Err(Fault::new(
            "InvalidResourceArnException",
            format!("The value for the resource ARN is not valid: {arn}"),
        ));
    }
    let name = own_resource(arn, "codecommit", &call.region, &call.caller.account)
        .ok_or_else(|| names::no_repository(arn))?;
    names::check_repository_name(name)?;
    state_mut(world, call)
        .repositories
        .get_mut(name)
        .ok_or_else(|| names::no_repository(name))
}

fn check_system(key: &str) -> Result<(), Fault> {
    if key.to_ascii_lowercase().starts_with("aws:") {
        return Err(Fault::new(
            "InvalidSystemTagUsageException",
            format!("The tag key {key} is not valid: keys that start with aws: are reserved"),
        ));
    }
    Ok(())
}

fn check_count(tags: &Tags) -> Result<(), Fault> {
    if tags.len() > MOST {
        return Err(Fault::new(
            "TooManyTagsException",
            format!("A repository has at most {MOST} tags"),
        ));
    }
    Ok(())
}
