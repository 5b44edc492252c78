//! AWS CodeCommit: repositories, branches and what is committed to them through the API.
//!
//! Codes and shapes are those of the API model (2015-04-13). The content of repositories is kept as
//! git keeps it, see [`objects`].

pub mod objects;
pub mod received;

mod branches;
mod changes;
mod commits;
pub mod events;
mod history;
mod merging;
pub mod names;
mod reading;
mod repositories;
mod tagging;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::super::page::{self, Tags};
use super::super::service::{Call, Effect, Fault, Operation, Protocol, Service};
use super::super::world::World;
use objects::{Files, Objects};

/// What an account's CodeCommit holds in a Region.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
#[serde(default)]
pub struct State {
    /// The repositories, by name.
    pub repositories: BTreeMap<String, Repository>,
}

/// A repository.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
#[serde(default)]
pub struct Repository {
    /// Its id, which survives a change of name.
    pub id: String,
    /// What it is for.
    pub description: Option<String>,
    /// The branch that clones start with; none while the repository is empty.
    pub default_branch: Option<String>,
    /// The customer's key that it is encrypted with, where one was given.
    pub kms_key: Option<String>,
    /// When it was made, in milliseconds since 1970.
    pub created: i64,
    /// When it was last changed, in milliseconds since 1970.
    pub modified: i64,
    /// Its tags.
    pub tags: Tags,
    /// The heads, by branch.
    pub branches: BTreeMap<String, String>,
    /// Tags and whatever else was pushed beside branches, by their whole names (`refs/tags/v1`).
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub references: BTreeMap<String, String>,
    /// What was committed.
    pub objects: Objects,
}

impl Repository {
    /// Everything that has a name, by its whole name.
    pub fn named(&self) -> BTreeMap<String, String> {
        let heads = self
            .branches
            .iter()
            .map(|(branch, id)| (format!("refs/heads/{branch}"), id.clone()));
        let others = self.references.clone();
        heads.chain(others).collect()
    }

    /// The files of a branch's head, and the id of that commit.
    pub fn head(&self, branch: &str) -> Option<(&str, Files)> {
        let id = self.branches.get(branch)?;
        let commit = self.objects.commit(id)?;
        Some((id, self.objects.files(&commit.tree)))
    }
}

pub use merging::target as merged_branch;

/// The ARN of a repository.
pub fn repository_arn(region: &str, account: &str, name: &str) -> String {
    page::arn("codecommit", region, account, name)
}

const READ: Effect = Effect::Reads;
const CHANGE: Effect = Effect::Changes;

macro_rules! operation {
    ($name:literal, $effect:expr, $resource:expr, $run:expr) => {
        Operation {
            name: $name,
            action: concat!("codecommit:", $name),
            effect: $effect,
            resource: $resource,
            run: $run,
        }
    };
}

/// The service.
pub static SERVICE: Service = Service {
    signing_name: "codecommit",
    protocol: Protocol::Json {
        version: "1.1",
        target_prefix: "CodeCommit_20150413",
    },
    operations: &[
        operation!("CreateRepository", CHANGE, named, repositories::create),
        operation!("GetRepository", READ, named, repositories::get),
        operation!("ListRepositories", READ, everything, repositories::list),
        operation!(
            "BatchGetRepositories",
            READ,
            everything,
            repositories::batch_get
        ),
        operation!("DeleteRepository", CHANGE, named, repositories::delete),
        operation!(
            "UpdateRepositoryName",
            CHANGE,
            old_named,
            repositories::rename
        ),
        operation!(
            "UpdateRepositoryDescription",
            CHANGE,
            named,
            repositories::describe
        ),
        operation!("TagResource", CHANGE, tagged, tagging::tag),
        operation!("UntagResource", CHANGE, tagged, tagging::untag),
        operation!("ListTagsForResource", READ, tagged, tagging::list),
        operation!("CreateBranch", CHANGE, named, |world, call| events::told(
            world,
            call,
            branches::create
        )),
        operation!("GetBranch", READ, named, branches::get),
        operation!("ListBranches", READ, named, branches::list),
        operation!("DeleteBranch", CHANGE, named, |world, call| events::told(
            world,
            call,
            branches::delete
        )),
        operation!("UpdateDefaultBranch", CHANGE, named, branches::set_default),
        operation!("PutFile", CHANGE, named, |world, call| events::told(
            world,
            call,
            commits::put_file
        )),
        operation!("CreateCommit", CHANGE, named, |world, call| events::told(
            world,
            call,
            commits::create_commit
        )),
        operation!("DeleteFile", CHANGE, named, |world, call| events::told(
            world,
            call,
            commits::delete_file
        )),
        operation!(
            "MergeBranchesByFastForward",
            CHANGE,
            named,
            |world, call| events::told(world, call, merging::fast_forward)
        ),
        operation!("GetFile", READ, named, reading::file),
        operation!("GetFolder", READ, named, reading::folder),
        operation!("GetCommit", READ, named, reading::commit),
        operation!("BatchGetCommits", READ, named, reading::commits),
        operation!("GetBlob", READ, named, reading::blob),
        operation!("GetDifferences", READ, named, reading::differences),
    ],
};

fn everything(_: &World, _: &Call) -> String {
    "*".to_owned()
}

fn named(_: &World, call: &Call) -> String {
    arn_of(call, "repositoryName")
}

fn old_named(_: &World, call: &Call) -> String {
    arn_of(call, "oldName")
}

fn arn_of(call: &Call, member: &str) -> String {
    call.text(member).map_or_else(
        || "*".to_owned(),
        |name| repository_arn(&call.region, &call.caller.account, name),
    )
}

fn tagged(_: &World, call: &Call) -> String {
    call.text("resourceArn").unwrap_or("*").to_owned()
}

/// The caller's repository.
fn repository<'a>(world: &'a World, call: &Call) -> Result<&'a Repository, Fault> {
    let name = names::repository_name(call, "repositoryName")?;
    world
        .regional_ref(&call.caller.account, &call.region)
        .and_then(|regional| regional.codecommit.repositories.get(name))
        .ok_or_else(|| names::no_repository(name))
}

/// The caller's repository, to change it.
fn repository_mut<'a>(world: &'a mut World, call: &Call) -> Result<&'a mut Repository, Fault> {
    let name = names::repository_name(call, "repositoryName")?;
    state_mut(world, call)
        .repositories
        .get_mut(name)
        .ok_or_else(|| names::no_repository(name))
}

fn state_mut<'a>(world: &'a mut World, call: &Call) -> &'a mut State {
    &mut world
        .regional(&call.caller.account, &call.region)
        .codecommit
}
