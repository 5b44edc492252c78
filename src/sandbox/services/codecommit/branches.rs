//! Branches.

use serde_json::{Value, json};

use super::names::{self, is_object_id};
use super::repositories::bad_token;
use super::{repository, repository_mut};
use crate::sandbox::page::{self, object};
use crate::sandbox::service::{Answer, Call, Fault};
use crate::sandbox::world::World;

/// Branches in one answer of ListBranches.
const PAGE: usize = 1000;

pub fn create(world: &mut World, call: &Call) -> Answer {
    let found = repository_mut(world, call)?;
    let branch = names::branch_name(call, "branchName")?;
    let commit = call.text("commitId").ok_or_else(|| {
        Fault::new(
            "CommitIdRequiredException",
            "A commit ID is required, but was not specified",
        )
    })?;
    if !is_object_id(commit) {
        return Err(Fault::new(
            "InvalidCommitIdException",
            format!("The specified commit ID is not valid: {commit}"),
        ));
    }
    if found.branches.contains_key(branch) {
        return Err(Fault::new(
            "BranchNameExistsException",
            format!("The branch {branch} already exists"),
        ));
    }
    if found.objects.commit(commit).is_none() {
        return Err(Fault::new(
            "CommitDoesNotExistException",
            format!("Could not find the commit {commit}"),
        ));
    }
    found.branches.insert(branch.to_owned(), commit.to_owned());
    found.modified = call.now;
    Ok(json!({}))
}

pub fn get(world: &mut World, call: &Call) -> Answer {
    let found = repository(world, call)?;
    let branch = names::branch_name(call, "branchName")?;
    let head = found
        .branches
        .get(branch)
        .ok_or_else(|| names::no_branch(branch))?;
    Ok(json!({"branch": {"branchName": branch, "commitId": head}}))
}

pub fn list(world: &mut World, call: &Call) -> Answer {
    let found = repository(world, call)?;
    let all: Vec<String> = found.branches.keys().cloned().collect();
    let page = page::page(all, PAGE, call.text("nextToken")).ok_or_else(bad_token)?;
    Ok(object([
        ("branches", Some(json!(page.items))),
        ("nextToken", page.next.map(Value::from)),
    ]))
}

/// Deleting a branch that is not there succeeds and answers nothing: the API model lists no code
/// for it.
pub fn delete(world: &mut World, call: &Call) -> Answer {
    let found = repository_mut(world, call)?;
    let branch = names::branch_name(call, "branchName")?;
    if found.default_branch.as_deref() == Some(branch) {
        return Err(Fault::new(
            "DefaultBranchCannotBeDeletedException",
            format!("The branch {branch} is the default branch and cannot be deleted"),
        ));
    }
    let Some(head) = found.branches.remove(branch) else {
        return Ok(json!({}));
    };
    found.modified = call.now;
    Ok(json!({"deletedBranch": {"branchName": branch, "commitId": head}}))
}

pub fn set_default(world: &mut World, call: &Call) -> Answer {
    let found = repository_mut(world, call)?;
    let branch = names::branch_name(call, "defaultBranchName")?;
    if !found.branches.contains_key(branch) {
        return Err(names::no_branch(branch));
    }
    found.default_branch = Some(branch.to_owned());
    found.modified = call.now;
    Ok(json!({}))
}
