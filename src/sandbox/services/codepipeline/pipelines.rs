//! Pipelines themselves.

use serde_json::{Value, json};

use super::declaration::{NAME, TAGS, complete, masked, text_of};
use super::{
    Pipeline, Trigger, bad_token, engine, no_pipeline, pipeline, pipeline_arn, state_mut,
    structure, tagging,
};
use crate::sandbox::page::{self, object, seconds, tags_to_pairs};
use crate::sandbox::service::{Answer, Call, Fault};
use crate::sandbox::services::eventbridge::outbox::Place;
use crate::sandbox::shape::{Member, Shape, checked, optional, required, text};
use crate::sandbox::world::World;

/// Pipelines of an account in a Region. Source: CodePipeline User Guide, quotas.
const MOST_PIPELINES: usize = 1000;

static VERSION: Shape = Shape::Number {
    min: 1,
    max: i32::MAX as i64,
};
static TOKEN: Shape = text(1, 2048, "");
static MOST: Shape = Shape::Number { min: 1, max: 1000 };
static CREATE: &[Member] = &[optional("tags", &TAGS)];
static GET: &[Member] = &[required("name", &NAME), optional("version", &VERSION)];
static DELETE: &[Member] = &[required("name", &NAME)];
static LIST: &[Member] = &[optional("nextToken", &TOKEN), optional("maxResults", &MOST)];

pub fn create(world: &mut World, call: &Call) -> Answer {
    checked(&call.input, CREATE, "ValidationException")?;
    let declared = structure::declared(call)?;
    let name = text_of(&declared, "name").to_owned();
    let tags = tagging::given(call)?;
    let pipelines = &state_mut(world, call).pipelines;
    if pipelines.contains_key(&name) {
        return Err(Fault::new(
            "PipelineNameInUseException",
            format!(
                "A pipeline with the name '{name}' already exists in account '{}'",
                call.caller.account
            ),
        ));
    }
    if pipelines.len() >= MOST_PIPELINES {
        return Err(Fault::new(
            "LimitExceededException",
            format!("The account has {MOST_PIPELINES} pipelines, which is its limit"),
        ));
    }
    let arn = pipeline_arn(&call.region, &call.caller.account, &name);
    structure::check_roles(world, call, &declared, &arn)?;
    let kept = complete(&declared, 1);
    let answer = object([
        ("pipeline", Some(masked(&kept))),
        (
            "tags",
            (!tags.is_empty()).then(|| tags_to_pairs(&tags, tagging::NAMES)),
        ),
    ]);
    let made = Pipeline {
        versions: vec![kept],
        created: call.now,
        updated: call.now,
        tags,
        ..Pipeline::default()
    };
    state_mut(world, call).pipelines.insert(name.clone(), made);
    // Making a pipeline starts its first run. Source: AWS CodePipeline User Guide, "Create a pipeline".
    let trigger = Trigger {
        kind: "CreatePipeline".to_owned(),
        detail: call.caller.arn.clone(),
    };
    let place = Place {
        account: &call.caller.account,
        region: &call.region,
    };
    // A pipeline whose variables have no value can only be started with one.
    let _ = engine::start(world, place, &name, trigger, &Value::Null, call.now);
    Ok(answer)
}

pub fn get(world: &mut World, call: &Call) -> Answer {
    checked(&call.input, GET, "ValidationException")?;
    let found = pipeline(world, call, "name")?;
    let wanted = match call.number("version") {
        None => Some(found.current()),
        Some(version) => usize::try_from(version)
            .ok()
            .and_then(|version| found.versions.get(version.checked_sub(1)?)),
    };
    let name = call.text("name").unwrap_or_default();
    let wanted = wanted.ok_or_else(|| {
        Fault::new(
            "PipelineVersionNotFoundException",
            format!(
                "Pipeline '{name}' does not have a version '{}'",
                call.number("version").unwrap_or_default()
            ),
        )
    })?;
    Ok(json!({
        "pipeline": masked(wanted),
        "metadata": {
            "pipelineArn": pipeline_arn(&call.region, &call.caller.account, name),
            "created": seconds(found.created),
            "updated": seconds(found.updated),
        },
    }))
}

/// Replaces the whole structure and counts the version up, whatever version was given.
pub fn update(world: &mut World, call: &Call) -> Answer {
    let declared = structure::declared(call)?;
    let name = text_of(&declared, "name");
    if !state_mut(world, call).pipelines.contains_key(name) {
        return Err(no_pipeline(call, name));
    }
    let arn = pipeline_arn(&call.region, &call.caller.account, name);
    structure::check_roles(world, call, &declared, &arn)?;
    let found = state_mut(world, call)
        .pipelines
        .get_mut(name)
        .ok_or_else(|| no_pipeline(call, name))?;
    let version = i64::try_from(found.versions.len())
        .unwrap_or(i64::MAX)
        .saturating_add(1);
    let kept = complete(&declared, version);
    let answer = json!({"pipeline": masked(&kept)});
    found.versions.push(kept);
    found.updated = call.now;
    engine::cancel_all(found, call.now);
    Ok(answer)
}

/// Deleting a pipeline that is not there succeeds: the API model lists no code for it.
pub fn delete(world: &mut World, call: &Call) -> Answer {
    checked(&call.input, DELETE, "ValidationException")?;
    let name = call.text("name").unwrap_or_default();
    state_mut(world, call).pipelines.remove(name);
    Ok(json!({}))
}

pub fn list(world: &mut World, call: &Call) -> Answer {
    checked(&call.input, LIST, "ValidationException")?;
    let all: Vec<Value> = state_mut(world, call)
        .pipelines
        .iter()
        .map(|(name, found)| {
            let current = found.current();
            json!({
                "name": name,
                "version": found.versions.len(),
                "pipelineType": text_of(current, "pipelineType"),
                "executionMode": text_of(current, "executionMode"),
                "created": seconds(found.created),
                "updated": seconds(found.updated),
            })
        })
        .collect();
    let size = call
        .number("maxResults")
        .and_then(|most| usize::try_from(most).ok())
        .unwrap_or(1000);
    let page = page::page(all, size, call.text("nextToken")).ok_or_else(bad_token)?;
    Ok(object([
        ("pipelines", Some(json!(page.items))),
        ("nextToken", page.next.map(Value::from)),
    ]))
}
