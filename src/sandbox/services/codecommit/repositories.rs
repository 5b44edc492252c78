//! Repositories themselves.

use serde_json::{Value, json};

use super::names;
use super::tagging;
use super::{Repository, repository, repository_arn, repository_mut, state_mut};
use crate::sandbox::page::{self, dns_suffix, object, seconds};
use crate::sandbox::service::{Answer, Call, Fault};
use crate::sandbox::world::World;

/// Repositories in one answer of ListRepositories. Source: the CodeCommit API reference.
const PAGE: usize = 1000;

pub fn create(world: &mut World, call: &Call) -> Answer {
    let name = names::repository_name(call, "repositoryName")?.to_owned();
    let description = names::description(call.text("repositoryDescription"))?;
    let tags = tagging::tags_of(call)?;
    if state_mut(world, call).repositories.contains_key(&name) {
        return Err(exists(&name));
    }
    let repository = Repository {
        id: world.ids.uuid(),
        description,
        kms_key: call.text("kmsKeyId").map(str::to_owned),
        created: call.now,
        modified: call.now,
        tags,
        ..Repository::default()
    };
    let answer = json!({"repositoryMetadata": metadata(call, &name, &repository)});
    state_mut(world, call).repositories.insert(name, repository);
    Ok(answer)
}

pub fn get(world: &mut World, call: &Call) -> Answer {
    let found = repository(world, call)?;
    let name = call.text("repositoryName").unwrap_or_default();
    Ok(json!({"repositoryMetadata": metadata(call, name, found)}))
}

pub fn list(world: &mut World, call: &Call) -> Answer {
    let sort = call.text("sortBy").unwrap_or("repositoryName");
    let order = call.text("order").unwrap_or("ascending");
    let mut all: Vec<(String, String, i64)> = state_mut(world, call)
        .repositories
        .iter()
        .map(|(name, found)| (name.clone(), found.id.clone(), found.modified))
        .collect();
    match sort {
        "repositoryName" => {}
        "lastModifiedDate" => all.sort_by_key(|(_, _, modified)| *modified),
        other => {
            return Err(Fault::new(
                "InvalidSortByException",
                format!("The specified sort by value is not valid: {other}"),
            ));
        }
    }
    match order {
        "ascending" => {}
        "descending" => all.reverse(),
        other => {
            return Err(Fault::new(
                "InvalidOrderException",
                format!("The specified sort order is not valid: {other}"),
            ));
        }
    }
    let page = page::page(all, PAGE, call.text("nextToken")).ok_or_else(bad_token)?;
    let repositories: Vec<Value> = page
        .items
        .iter()
        .map(|(name, id, _)| json!({"repositoryName": name, "repositoryId": id}))
        .collect();
    Ok(object([
        ("repositories", Some(json!(repositories))),
        ("nextToken", page.next.map(Value::from)),
    ]))
}

pub fn batch_get(world: &mut World, call: &Call) -> Answer {
    let names = page::texts(call.list("repositoryNames"));
    if names.is_empty() {
        return Err(Fault::new(
            "RepositoryNamesRequiredException",
            "At least one repository name is required, but none was specified",
        ));
    }
    if names.len() > 100 {
        return Err(Fault::new(
            "MaximumRepositoryNamesExceededException",
            "The maximum number of repository names is 100",
        ));
    }
    let state = state_mut(world, call);
    let (mut repositories, mut missing) = (Vec::new(), Vec::new());
    for name in names {
        names::check_repository_name(&name)?;
        match state.repositories.get(&name) {
            Some(found) => repositories.push(metadata(call, &name, found)),
            None => missing.push(name),
        }
    }
    Ok(json!({
        "repositories": repositories,
        "repositoriesNotFound": missing,
        "errors": [],
    }))
}

/// Deleting what is not there succeeds and answers no id. Source: the API model.
pub fn delete(world: &mut World, call: &Call) -> Answer {
    let name = names::repository_name(call, "repositoryName")?;
    let gone = state_mut(world, call).repositories.remove(name);
    Ok(object([(
        "repositoryId",
        gone.map(|gone| Value::from(gone.id)),
    )]))
}

pub fn rename(world: &mut World, call: &Call) -> Answer {
    let old = names::repository_name(call, "oldName")?;
    let new = names::repository_name(call, "newName")?;
    let state = state_mut(world, call);
    if !state.repositories.contains_key(old) {
        return Err(names::no_repository(old));
    }
    if state.repositories.contains_key(new) {
        return Err(exists(new));
    }
    if let Some(mut found) = state.repositories.remove(old) {
        found.modified = call.now;
        state.repositories.insert(new.to_owned(), found);
    }
    Ok(json!({}))
}

/// Without a description, the one that is there is taken away.
pub fn describe(world: &mut World, call: &Call) -> Answer {
    let description = names::description(call.text("repositoryDescription"))?;
    let found = repository_mut(world, call)?;
    found.description = description.filter(|text| !text.is_empty());
    found.modified = call.now;
    Ok(json!({}))
}

fn exists(name: &str) -> Fault {
    Fault::new(
        "RepositoryNameExistsException",
        format!("Repository named {name} already exists"),
    )
}

/// The fault for a token that no answer carried.
pub fn bad_token() -> Fault {
    Fault::new(
        "InvalidContinuationTokenException",
        "The specified continuation token is not valid",
    )
}

fn metadata(call: &Call, name: &str, found: &Repository) -> Value {
    let (region, account) = (&call.region, &call.caller.account);
    let host = format!("git-codecommit.{region}.{}", dns_suffix(region));
    object([
        ("accountId", Some(json!(account))),
        ("repositoryId", Some(json!(found.id))),
        ("repositoryName", Some(json!(name))),
        (
            "repositoryDescription",
            found.description.clone().map(Value::from),
        ),
        (
            "defaultBranch",
            found.default_branch.clone().map(Value::from),
        ),
        ("lastModifiedDate", Some(seconds(found.modified))),
        ("creationDate", Some(seconds(found.created))),
        (
            "cloneUrlHttp",
            Some(json!(format!("https://{host}/v1/repos/{name}"))),
        ),
        (
            "cloneUrlSsh",
            Some(json!(format!("ssh://{host}/v1/repos/{name}"))),
        ),
        ("Arn", Some(json!(repository_arn(region, account, name)))),
        ("kmsKeyId", found.kms_key.clone().map(Value::from)),
    ])
}
