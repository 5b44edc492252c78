//! CodeCommit: the first commit of an empty repository.

use aws_sdk_codecommit::primitives::Blob;
use aws_sdk_codecommit::types::{FileModeTypeEnum, PutFileEntry};

use crate::cloud::{Branched, CloudError, SeedFile, Tip};

use super::account::Account;
use super::error::unless;

const SERVICE: &str = "codecommit";

pub(super) async fn branches(
    account: &Account,
    repository: &str,
) -> Result<Vec<String>, CloudError> {
    let mut names = Vec::new();
    let mut pages = account
        .codecommit()
        .list_branches()
        .repository_name(repository)
        .into_paginator()
        .items()
        .send();
    while let Some(name) = pages.next().await {
        names.push(name.map_err(|error| account.place.failed(SERVICE, "ListBranches", error))?);
    }
    Ok(names)
}

pub(super) async fn tip(
    account: &Account,
    repository: &str,
    branch: &str,
) -> Result<Tip, CloudError> {
    let head = account
        .codecommit()
        .get_branch()
        .repository_name(repository)
        .branch_name(branch)
        .send()
        .await
        .map_err(|error| account.place.failed(SERVICE, "GetBranch", error))?;
    let id = head.branch.and_then(|it| it.commit_id).unwrap_or_default();
    let answer = account
        .codecommit()
        .get_commit()
        .repository_name(repository)
        .commit_id(&id)
        .send()
        .await
        .map_err(|error| account.place.failed(SERVICE, "GetCommit", error))?;
    let commit = answer.commit.ok_or_else(|| {
        account
            .place
            .internal(SERVICE, "GetCommit", "the answer holds no commit")
    })?;
    Ok(Tip {
        id,
        is_first: commit.parents.unwrap_or_default().is_empty(),
        message: commit.message.unwrap_or_default(),
    })
}

/// Without a parent AWS takes the commit only where the repository is empty.
///
/// Source: the CodeCommit API model, CreateCommit, `parentCommitId`.
pub(super) async fn begin(
    account: &Account,
    repository: &str,
    branch: &str,
    message: &str,
    files: &[SeedFile<'_>],
) -> Result<String, CloudError> {
    let failed = |error| account.place.internal(SERVICE, "CreateCommit", error);
    let mut call = account
        .codecommit()
        .create_commit()
        .repository_name(repository)
        .branch_name(branch)
        .commit_message(message);
    for file in files {
        let entry = PutFileEntry::builder()
            .file_path(file.path)
            .file_mode(FileModeTypeEnum::Normal)
            .file_content(Blob::new(file.text))
            .build()
            .map_err(|error| failed(error.to_string()))?;
        call = call.put_files(entry);
    }
    let answer = call
        .send()
        .await
        .map_err(|error| account.place.failed(SERVICE, "CreateCommit", error))?;
    answer
        .commit_id
        .ok_or_else(|| failed("the answer names no commit".to_owned()))
}

pub(super) async fn branch(
    account: &Account,
    repository: &str,
    branch: &str,
    commit: &str,
) -> Result<Branched, CloudError> {
    let answer = account
        .codecommit()
        .create_branch()
        .repository_name(repository)
        .branch_name(branch)
        .commit_id(commit)
        .send()
        .await
        .map_err(|error| account.place.failed(SERVICE, "CreateBranch", error));
    Ok(match unless(answer, &["BranchNameExistsException"])? {
        Some(_) => Branched::Made,
        None => Branched::Exists,
    })
}
