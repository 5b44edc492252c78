//! What clients do with builds.

use serde_json::{Value, json};

use super::builds::Build;
use super::engine::{self, from_input};
use super::{CODE, ORDER, PAGE, SOME_TEXT, invalid, no_project, plain, project, state_mut};
use crate::sandbox::page::{self, object, texts};
use crate::sandbox::service::{Answer, Call, Fault};
use crate::sandbox::services::eventbridge::outbox::Place;
use crate::sandbox::shape::{Member, Shape, checked, list as list_of, optional, required};
use crate::sandbox::world::World;

static IDS: Shape = list_of(&SOME_TEXT, 1, 100);
static BATCH_GET: &[Member] = &[required("ids", &IDS)];
static OF_BUILD: &[Member] = &[required("id", &SOME_TEXT)];
static RETRY: &[Member] = &[
    optional("id", &SOME_TEXT),
    optional("idempotencyToken", &crate::sandbox::shape::ANY_TEXT),
];
static LIST: &[Member] = &[
    optional("sortOrder", &ORDER),
    optional("nextToken", &SOME_TEXT),
];
static LIST_FOR: &[Member] = &[
    required("projectName", &SOME_TEXT),
    optional("sortOrder", &ORDER),
    optional("nextToken", &SOME_TEXT),
];

fn place(call: &Call) -> Place<'_> {
    Place {
        account: &call.caller.account,
        region: &call.region,
    }
}

fn shown(call: &Call, build: &Build) -> Value {
    json!({"build": build.shown(&call.caller.account, &call.region)})
}

/// A build's id, given as such or inside its ARN.
fn id_of<'a>(call: &Call, given: &'a str) -> &'a str {
    page::own_resource(given, "codebuild", &call.region, &call.caller.account)
        .and_then(|resource| resource.strip_prefix("build/"))
        .unwrap_or(given)
}

fn no_build(given: &str) -> Fault {
    Fault::new(
        "ResourceNotFoundException",
        format!("Build cannot be found: {given}"),
    )
}

fn found<'a>(world: &'a mut World, call: &Call) -> Result<&'a mut Build, Fault> {
    let given = call.text("id").unwrap_or_default();
    state_mut(world, call)
        .builds
        .get_mut(id_of(call, given))
        .ok_or_else(|| no_build(given))
}

pub fn start(world: &mut World, call: &Call) -> Answer {
    checked(&call.input, project::START, CODE)?;
    let name = plain(call, call.text("projectName").unwrap_or_default());
    let known = state_mut(world, call).projects.get(name);
    let known = known.ok_or_else(|| no_project(call, name))?;
    let kind = call
        .text("sourceTypeOverride")
        .or_else(|| known.body.pointer("/source/type").and_then(Value::as_str));
    if kind == Some("CODEPIPELINE") {
        // Its source is an artifact that only a pipeline hands over.
        return Err(invalid(
            "Project source type CODEPIPELINE can only be built from a pipeline: start the pipeline, or override source and artifacts",
        ));
    }
    let (_, last) = call.caller.arn.rsplit_once('/').unwrap_or_default();
    let order = from_input(&call.input, last);
    let id = engine::start(world, place(call), name, order, call.now)?;
    let build = state_mut(world, call).builds.get(&id);
    build
        .map(|build| shown(call, build))
        .ok_or_else(|| no_build(&id))
}

/// Starts a build once more as it was.
pub fn retry(world: &mut World, call: &Call) -> Answer {
    checked(&call.input, RETRY, CODE)?;
    let before = found(world, call)?.clone();
    if before.ended.is_none() {
        return Err(invalid(format!(
            "Build {} is still in progress and cannot be retried",
            before.id
        )));
    }
    if before.pipeline.is_some() {
        return Err(invalid(
            "Builds that a pipeline has started cannot be retried: retry the pipeline's stage",
        ));
    }
    let (_, last) = call.caller.arn.rsplit_once('/').unwrap_or_default();
    let order = engine::Order {
        initiator: last.to_owned(),
        variables: before.variables.clone(),
        source_version: before.source_version.clone(),
        // What that build overrode, it overrides again.
        overrides: before.body.as_object().cloned().unwrap_or_default(),
        token: call.text("idempotencyToken").map(str::to_owned),
        ..engine::Order::default()
    };
    let id = engine::start(world, place(call), &before.project, order, call.now)?;
    let build = state_mut(world, call).builds.get(&id);
    build
        .map(|build| shown(call, build))
        .ok_or_else(|| no_build(&id))
}

/// Stops a build; one that has ended is answered as it is.
pub fn stop(world: &mut World, call: &Call) -> Answer {
    checked(&call.input, OF_BUILD, CODE)?;
    let now = call.now;
    let build = found(world, call)?;
    let stopped = build.ended.is_none();
    if stopped {
        engine::stop(build, now);
    }
    let build = build.clone();
    if stopped {
        let key = engine::Key {
            account: call.caller.account.clone(),
            region: call.region.clone(),
            id: build.id.clone(),
        };
        engine::tell(world, &key, &build, now);
    }
    Ok(shown(call, &build))
}

pub fn batch_get(world: &mut World, call: &Call) -> Answer {
    checked(&call.input, BATCH_GET, CODE)?;
    let state = state_mut(world, call);
    let (mut builds, mut missing) = (Vec::new(), Vec::new());
    for given in texts(call.list("ids")) {
        match state.builds.get(id_of(call, &given)) {
            Some(build) => builds.push(build.shown(&call.caller.account, &call.region)),
            None => missing.push(given),
        }
    }
    Ok(json!({"builds": builds, "buildsNotFound": missing}))
}

pub fn list(world: &mut World, call: &Call) -> Answer {
    checked(&call.input, LIST, CODE)?;
    ids(world, call, None)
}

pub fn list_for_project(world: &mut World, call: &Call) -> Answer {
    checked(&call.input, LIST_FOR, CODE)?;
    let name = plain(call, call.text("projectName").unwrap_or_default()).to_owned();
    if !state_mut(world, call).projects.contains_key(&name) {
        return Err(no_project(call, &name));
    }
    ids(world, call, Some(&name))
}

/// The newest first, unless it is asked for the other way round. Source: the API model.
fn ids(world: &mut World, call: &Call, of: Option<&str>) -> Answer {
    let mut all: Vec<(i64, u64, String)> = state_mut(world, call)
        .builds
        .values()
        .filter(|build| of.is_none_or(|project| build.project == project))
        .map(|build| (build.started, build.number, build.id.clone()))
        .collect();
    all.sort();
    if call.text("sortOrder") != Some("ASCENDING") {
        all.reverse();
    }
    let ids: Vec<String> = all.into_iter().map(|(_, _, id)| id).collect();
    let page = page::page(ids, PAGE, call.text("nextToken"))
        .ok_or_else(|| invalid("Invalid next token"))?;
    Ok(object([
        ("ids", Some(json!(page.items))),
        ("nextToken", page.next.map(Value::from)),
    ]))
}
