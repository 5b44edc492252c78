//! Tags of pipelines.

use serde_json::json;

use super::declaration::{TAG_KEYS, TAGS};
use super::state_mut;
use crate::sandbox::page::{Tags, own_resource, tags_from_pairs, tags_to_pairs, texts};
use crate::sandbox::service::{Answer, Call, Fault};
use crate::sandbox::shape::{Member, Shape, checked, optional, required, text};
use crate::sandbox::world::World;

/// What this service calls a tag's key and value.
pub const NAMES: (&str, &str) = ("key", "value");
/// Tags on one pipeline. Source: CodePipeline User Guide, quotas.
const MOST: usize = 50;

static ARN: Shape = text(
    0,
    usize::MAX,
    r"arn:aws(-[\w]+)*:codepipeline:.+:[0-9]{12}:.+",
);
static TOKEN: Shape = text(1, 2048, "");
static COUNT: Shape = Shape::Number { min: 1, max: 100 };
static PUT: &[Member] = &[required("resourceArn", &ARN), required("tags", &TAGS)];
static REMOVE: &[Member] = &[
    required("resourceArn", &ARN),
    required("tagKeys", &TAG_KEYS),
];
static LIST: &[Member] = &[
    required("resourceArn", &ARN),
    optional("nextToken", &TOKEN),
    optional("maxResults", &COUNT),
];

/// The tags of an input.
pub fn given(call: &Call) -> Result<Tags, Fault> {
    let list = call.list("tags");
    let tags = tags_from_pairs(list, NAMES);
    if tags.len() < list.len() {
        return Err(Fault::new(
            "InvalidTagsException",
            "The specified resource tags are invalid: a key occurs more than once.",
        ));
    }
    if let Some(key) = tags.keys().find(|key| reserved(key)) {
        return Err(Fault::new(
            "InvalidTagsException",
            format!("Not allowed to modify system tags. System tags start with 'aws:': {key}"),
        ));
    }
    check_count(&tags)?;
    Ok(tags)
}

fn reserved(key: &str) -> bool {
    key.to_ascii_lowercase().starts_with("aws:")
}

fn check_count(tags: &Tags) -> Result<(), Fault> {
    if tags.len() > MOST {
        return Err(Fault::new(
            "TooManyTagsException",
            format!("The tags limit for a resource has been exceeded: {MOST}"),
        ));
    }
    Ok(())
}

pub fn tag(world: &mut World, call: &Call) -> Answer {
    checked(&call.input, PUT, "ValidationException")?;
    let new = given(call)?;
    let found = tags_of(world, call)?;
    let mut tags = found.clone();
    tags.extend(new);
    check_count(&tags)?;
    *found = tags;
    Ok(json!({}))
}

pub fn untag(world: &mut World, call: &Call) -> Answer {
    checked(&call.input, REMOVE, "ValidationException")?;
    let keys = texts(call.list("tagKeys"));
    tags_of(world, call)?.retain(|key, _| !keys.contains(key));
    Ok(json!({}))
}

pub fn list(world: &mut World, call: &Call) -> Answer {
    checked(&call.input, LIST, "ValidationException")?;
    let found = tags_of(world, call)?;
    Ok(json!({"tags": tags_to_pairs(found, NAMES)}))
}

fn tags_of<'a>(world: &'a mut World, call: &Call) -> Result<&'a mut Tags, Fault> {
    let arn = call.text("resourceArn").unwrap_or_default();
    let missing = |name: &str| {
        Fault::new(
            "ResourceNotFoundException",
            format!(
                "The account with id '{}' does not include a pipeline with the name '{name}'",
                call.caller.account
            ),
        )
    };
    let name = own_resource(arn, "codepipeline", &call.region, &call.caller.account)
        .ok_or_else(|| missing(arn.rsplit(':').next().unwrap_or(arn)))?;
    state_mut(world, call)
        .pipelines
        .get_mut(name)
        .map(|found| &mut found.tags)
        .ok_or_else(|| missing(name))
}
