//! AWS CodeBuild: build projects and builds.
//!
//! Codes and shapes are those of the API model (2016-10-06).

mod alone;
pub mod builds;
mod checks;
mod commands;
pub mod engine;
mod images;
mod made;
mod operations;
pub mod project;
mod source;
mod spec;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::super::page::{self, object, seconds, texts};
use super::super::service::{Answer, Call, Effect, Fault, Operation, Protocol, Service};
use super::super::shape::{
    self, Member, Shape, checked, list as list_of, one_of, optional, required,
};
use super::super::world::World;
use checks::invalid;
use project::{CREATE, SOME_TEXT, UPDATE, complete, project_arn};

/// What an account's CodeBuild holds in a Region.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
#[serde(default)]
pub struct State {
    /// The projects, by name.
    pub projects: BTreeMap<String, Project>,
    /// The builds, by id.
    pub builds: BTreeMap<String, builds::Build>,
    /// The builds that go on, and when.
    pub running: Vec<(i64, String)>,
}

/// A project.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
#[serde(default)]
pub struct Project {
    /// The project as it is shown, without its times.
    pub body: Value,
    /// When it was made, in milliseconds since 1970.
    pub created: i64,
    /// When it was last changed.
    pub modified: i64,
}

impl Project {
    fn shown(&self) -> Value {
        let mut body = self.body.clone();
        if let Value::Object(members) = &mut body {
            members.insert("created".to_owned(), seconds(self.created));
            members.insert("lastModified".to_owned(), seconds(self.modified));
        }
        body
    }
}

/// Projects of an account in a Region. Source: CodeBuild User Guide, quotas.
const MOST_PROJECTS: usize = 5000;
/// Names in one answer of ListProjects. Source: the API model.
const PAGE: usize = 100;

const READ: Effect = Effect::Reads;
const CHANGE: Effect = Effect::Changes;

macro_rules! operation {
    ($name:literal, $effect:expr, $resource:expr, $run:expr) => {
        Operation {
            name: $name,
            action: concat!("codebuild:", $name),
            effect: $effect,
            resource: $resource,
            run: $run,
        }
    };
}

/// The service.
pub static SERVICE: Service = Service {
    signing_name: "codebuild",
    protocol: Protocol::Json {
        version: "1.1",
        target_prefix: "CodeBuild_20161006",
    },
    operations: &[
        operation!("CreateProject", CHANGE, named, create),
        operation!("UpdateProject", CHANGE, named, update),
        operation!("BatchGetProjects", READ, first_named, batch_get),
        operation!("ListProjects", READ, everything, list),
        operation!("DeleteProject", CHANGE, named, delete),
        operation!(
            "InvalidateProjectCache",
            CHANGE,
            project_named,
            invalidate_cache
        ),
        operation!(
            "ListCuratedEnvironmentImages",
            READ,
            everything,
            list_images
        ),
        operation!("StartBuild", CHANGE, project_named, operations::start),
        operation!("RetryBuild", CHANGE, of_build, operations::retry),
        operation!("StopBuild", CHANGE, of_build, operations::stop),
        operation!("BatchGetBuilds", READ, of_builds, operations::batch_get),
        operation!("ListBuilds", READ, everything, operations::list),
        operation!(
            "ListBuildsForProject",
            READ,
            project_named,
            operations::list_for_project
        ),
    ],
};

fn everything(_: &World, _: &Call) -> String {
    "*".to_owned()
}

fn arn_or_all(call: &Call, name: Option<&str>) -> String {
    match name {
        Some(arn) if arn.starts_with("arn:") => arn.to_owned(),
        Some(name) => project_arn(&call.region, &call.caller.account, name),
        None => "*".to_owned(),
    }
}

fn named(_: &World, call: &Call) -> String {
    arn_or_all(call, call.text("name"))
}

fn project_named(_: &World, call: &Call) -> String {
    arn_or_all(call, call.text("projectName"))
}

/// The project of a build, by the build's id or ARN: that is what IAM knows.
fn project_of_build(call: &Call, id: Option<&str>) -> String {
    let id = id.map(|id| id.rsplit("build/").next().unwrap_or(id));
    let project = id.and_then(|id| id.split(':').next());
    arn_or_all(call, project)
}

fn of_build(_: &World, call: &Call) -> String {
    project_of_build(call, call.text("id"))
}

fn of_builds(_: &World, call: &Call) -> String {
    let first = call.list("ids").first().and_then(Value::as_str);
    project_of_build(call, first)
}

fn first_named(_: &World, call: &Call) -> String {
    arn_or_all(call, call.list("names").first().and_then(Value::as_str))
}

static SORT: Shape = one_of(&["NAME", "CREATED_TIME", "LAST_MODIFIED_TIME"]);
static ORDER: Shape = one_of(&["ASCENDING", "DESCENDING"]);
static NAMES: Shape = list_of(&SOME_TEXT, 1, 100);
static BATCH_GET: &[Member] = &[required("names", &NAMES)];
static LIST: &[Member] = &[
    optional("sortBy", &SORT),
    optional("sortOrder", &ORDER),
    optional("nextToken", &SOME_TEXT),
];
static DELETE: &[Member] = &[required("name", &SOME_TEXT)];
static INVALIDATE: &[Member] = &[required("projectName", &shape::ANY_TEXT)];

/// The code of everything that breaks the model.
const CODE: &str = "InvalidInputException";

fn state_mut<'a>(world: &'a mut World, call: &Call) -> &'a mut State {
    &mut world.regional(&call.caller.account, &call.region).codebuild
}

/// A project's name, given as such or inside its ARN.
fn plain<'a>(call: &Call, given: &'a str) -> &'a str {
    page::own_resource(given, "codebuild", &call.region, &call.caller.account)
        .and_then(|resource| resource.strip_prefix("project/"))
        .unwrap_or(given)
}

fn create(world: &mut World, call: &Call) -> Answer {
    let input = checked(&call.input, CREATE, CODE)?;
    let name = call.text("name").unwrap_or_default();
    checks::check(&input)?;
    check_tags(&input)?;
    let projects = &state_mut(world, call).projects;
    if projects.contains_key(name) {
        let arn = project_arn(&call.region, &call.caller.account, name);
        return Err(Fault::new(
            "ResourceAlreadyExistsException",
            format!("Project already exists: {arn}"),
        ));
    }
    if projects.len() >= MOST_PROJECTS {
        return Err(Fault::new(
            "AccountLimitExceededException",
            format!("Cannot have more than {MOST_PROJECTS} projects for the account"),
        ));
    }
    checks::check_role(
        world,
        call,
        name,
        call.text("serviceRole").unwrap_or_default(),
    )?;
    let made = Project {
        body: complete(call, name, &input, None),
        created: call.now,
        modified: call.now,
    };
    let answer = json!({"project": made.shown()});
    state_mut(world, call)
        .projects
        .insert(name.to_owned(), made);
    Ok(answer)
}

/// Changes what is given and leaves the rest. Source: the API model.
fn update(world: &mut World, call: &Call) -> Answer {
    let input = checked(&call.input, UPDATE, CODE)?;
    let name = plain(call, call.text("name").unwrap_or_default());
    let found = state_mut(world, call)
        .projects
        .get(name)
        .ok_or_else(|| no_project(call, name))?;
    let body = complete(call, name, &input, Some(&found.body));
    checks::check(&body)?;
    check_tags(&input)?;
    if let Some(role) = call.text("serviceRole") {
        checks::check_role(world, call, name, role)?;
    }
    let found = state_mut(world, call)
        .projects
        .get_mut(name)
        .ok_or_else(|| no_project(call, name))?;
    found.body = body;
    found.modified = call.now;
    Ok(json!({"project": found.shown()}))
}

fn batch_get(world: &mut World, call: &Call) -> Answer {
    checked(&call.input, BATCH_GET, CODE)?;
    let state = state_mut(world, call);
    let (mut projects, mut missing) = (Vec::new(), Vec::new());
    for given in texts(call.list("names")) {
        match state.projects.get(plain(call, &given)) {
            Some(found) => projects.push(found.shown()),
            None => missing.push(given),
        }
    }
    Ok(json!({"projects": projects, "projectsNotFound": missing}))
}

fn list(world: &mut World, call: &Call) -> Answer {
    checked(&call.input, LIST, CODE)?;
    let mut all: Vec<(String, i64, i64)> = state_mut(world, call)
        .projects
        .iter()
        .map(|(name, found)| (name.clone(), found.created, found.modified))
        .collect();
    match call.text("sortBy") {
        Some("CREATED_TIME") => all.sort_by_key(|(_, created, _)| *created),
        Some("LAST_MODIFIED_TIME") => all.sort_by_key(|(_, _, modified)| *modified),
        _ => {}
    }
    if call.text("sortOrder") == Some("DESCENDING") {
        all.reverse();
    }
    let names: Vec<String> = all.into_iter().map(|(name, _, _)| name).collect();
    let page = page::page(names, PAGE, call.text("nextToken"))
        .ok_or_else(|| invalid("Invalid next token"))?;
    Ok(object([
        ("projects", Some(json!(page.items))),
        ("nextToken", page.next.map(Value::from)),
    ]))
}

/// Deleting a project that is not there succeeds: the API model lists no code for it.
fn delete(world: &mut World, call: &Call) -> Answer {
    checked(&call.input, DELETE, CODE)?;
    let name = plain(call, call.text("name").unwrap_or_default());
    state_mut(world, call).projects.remove(name);
    Ok(json!({}))
}

fn invalidate_cache(world: &mut World, call: &Call) -> Answer {
    checked(&call.input, INVALIDATE, CODE)?;
    let name = plain(call, call.text("projectName").unwrap_or_default());
    if state_mut(world, call).projects.contains_key(name) {
        Ok(json!({}))
    } else {
        Err(no_project(call, name))
    }
}

fn list_images(_: &mut World, _: &Call) -> Answer {
    Ok(images::platforms())
}

fn no_project(call: &Call, name: &str) -> Fault {
    let arn = project_arn(&call.region, &call.caller.account, name);
    Fault::new(
        "ResourceNotFoundException",
        format!("Project cannot be found: {arn}"),
    )
}

fn check_tags(input: &Value) -> Result<(), Fault> {
    let mut seen = Vec::new();
    let tags = input.get("tags").and_then(Value::as_array);
    for tag in tags.into_iter().flatten() {
        let Some(key) = tag.get("key").and_then(Value::as_str) else {
            return Err(invalid("Invalid tags: a tag must have a key"));
        };
        if key.to_ascii_lowercase().starts_with("aws:") {
            return Err(invalid(format!(
                "Invalid tags: keys that start with aws: are reserved: {key}"
            )));
        }
        if seen.contains(&key) {
            return Err(invalid(format!(
                "Invalid tags: the key {key} occurs more than once"
            )));
        }
        seen.push(key);
    }
    Ok(())
}
