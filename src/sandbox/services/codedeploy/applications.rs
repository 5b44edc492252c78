//! Applications.

use serde_json::{Value, json};

use super::state::Application;
use super::tags::read_tags;
use super::{Named, application, check_name, name, no_application, state, state_mut};
use crate::sandbox::service::{Answer, Call, Fault};
use crate::sandbox::services::fields::{page, put, texts};
use crate::sandbox::world::World;

fn exists(name: &str) -> Fault {
    Fault::new(
        "ApplicationAlreadyExistsException",
        format!("Application already exists with name: {name}"),
    )
}

/// `computePlatform`, `Server` where it is not given.
pub fn platform(call: &Call) -> Result<&str, Fault> {
    match call.text("computePlatform") {
        None => Ok("Server"),
        Some(platform @ ("Server" | "Lambda" | "ECS")) => Ok(platform),
        Some(_) => Err(Fault::new(
            "InvalidComputePlatformException",
            "The computePlatform is invalid. The computePlatform should be Lambda, Server, or ECS.",
        )),
    }
}

/// `CreateApplication`.
pub fn create(world: &mut World, call: &Call) -> Answer {
    let name = name(call, "applicationName", Named::Application)?.to_owned();
    let platform = platform(call)?.to_owned();
    let tags = read_tags(call.list("tags"))?;
    if state(world, call).is_some_and(|state| state.applications.contains_key(&name)) {
        return Err(exists(&name));
    }
    let id = world.ids.uuid();
    let application = Application {
        id: id.clone(),
        name: name.clone(),
        platform,
        created_at: call.now,
        tags,
        ..Application::default()
    };
    state_mut(world, call)
        .applications
        .insert(name, application);
    Ok(json!({"applicationId": id}))
}

/// `GetApplication`.
pub fn get(world: &mut World, call: &Call) -> Answer {
    Ok(json!({"application": application(world, call)?.describe()}))
}

/// The most names that a batch takes. Source: the API model, `BatchLimitExceededException`.
pub const MOST_IN_BATCH: usize = 100;

/// Refuses a batch of none or of too many.
pub fn check_batch(names: &[String], kind: Named) -> Result<(), Fault> {
    if names.is_empty() {
        let (required, _, words) = kind.words();
        return Err(Fault::new(
            required,
            format!("The {words} was not specified."),
        ));
    }
    if names.len() > MOST_IN_BATCH {
        return Err(Fault::new(
            "BatchLimitExceededException",
            "The maximum number of names or IDs allowed for this request (100) was exceeded.",
        ));
    }
    names.iter().try_for_each(|name| check_name(name, kind))
}

/// `BatchGetApplications`.
pub fn batch_get(world: &mut World, call: &Call) -> Answer {
    let names = texts(call.list("applicationNames"));
    check_batch(&names, Named::Application)?;
    let state = state(world, call);
    let rows = names
        .iter()
        .map(|name| {
            state
                .and_then(|state| state.applications.get(name))
                .map(Application::describe)
                .ok_or_else(|| no_application(name))
        })
        .collect::<Result<Vec<Value>, Fault>>()?;
    Ok(json!({"applicationsInfo": rows}))
}

/// A token that no page gave out.
pub fn bad_token() -> Fault {
    Fault::new(
        "InvalidNextTokenException",
        "The next token was specified in an invalid format.",
    )
}

/// `ListApplications`.
pub fn list(world: &mut World, call: &Call) -> Answer {
    let names: Vec<Value> = state(world, call)
        .map(|state| state.applications.keys().map(|name| json!(name)).collect())
        .unwrap_or_default();
    let (rows, next) = page(names, call.text("nextToken"), 100).ok_or_else(bad_token)?;
    let mut answer = json!({"applications": rows});
    put(&mut answer, "nextToken", next.map(Value::String));
    Ok(answer)
}

/// `UpdateApplication`: its name.
pub fn update(world: &mut World, call: &Call) -> Answer {
    let current = application(world, call)?.name.clone();
    let Some(wanted) = call.text("newApplicationName") else {
        return Ok(Value::Null);
    };
    check_name(wanted, Named::Application)?;
    let state = state_mut(world, call);
    if wanted != current && state.applications.contains_key(wanted) {
        return Err(exists(wanted));
    }
    if let Some(mut application) = state.applications.remove(&current) {
        application.name = wanted.to_owned();
        state.applications.insert(wanted.to_owned(), application);
    }
    Ok(Value::Null)
}

/// `DeleteApplication`, with its groups. One that is not there counts as deleted: the model knows no
/// error for it.
pub fn delete(world: &mut World, call: &Call) -> Answer {
    let name = name(call, "applicationName", Named::Application)?;
    if state(world, call).is_some_and(|state| state.applications.contains_key(name)) {
        state_mut(world, call).applications.remove(name);
    }
    Ok(Value::Null)
}
