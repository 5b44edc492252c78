//! CodeCommit: branches and commits.

use aws_sdk_codecommit::types::Commit as SdkCommit;
use jiff::Timestamp;

use crate::aws::account::Account;
use crate::aws::error::unless;
use crate::cloud::run::Commit;
use crate::cloud::{CloudError, harmless};

use super::text;

const SERVICE: &str = "codecommit";

/// The most that BatchGetCommits takes. Source: CodeCommit User Guide, "Quotas".
const COMMITS: usize = 100;

pub async fn branch_head(
    account: &Account,
    repository: &str,
    branch: &str,
) -> Result<Option<String>, CloudError> {
    let answer = account
        .codecommit()
        .get_branch()
        .repository_name(repository)
        .branch_name(branch)
        .send()
        .await
        .map_err(|error| account.place.failed(SERVICE, "GetBranch", error));
    let absent = [
        "BranchDoesNotExistException",
        "RepositoryDoesNotExistException",
    ];
    let answer = unless(answer, &absent)?;
    Ok(answer
        .and_then(|answer| answer.branch)
        .and_then(|branch| branch.commit_id))
}

pub async fn commit(
    account: &Account,
    repository: &str,
    id: &str,
) -> Result<Option<Commit>, CloudError> {
    let answer = account
        .codecommit()
        .get_commit()
        .repository_name(repository)
        .commit_id(id)
        .send()
        .await
        .map_err(|error| account.place.failed(SERVICE, "GetCommit", error));
    let absent = [
        "CommitIdDoesNotExistException",
        "CommitDoesNotExistException",
        "InvalidCommitIdException",
        "RepositoryDoesNotExistException",
    ];
    Ok(unless(answer, &absent)?
        .and_then(|answer| answer.commit)
        .map(|it| read(&it)))
}

pub async fn commits(
    account: &Account,
    repository: &str,
    ids: &[String],
) -> Result<Vec<Commit>, CloudError> {
    let mut found = Vec::new();
    for some in ids.chunks(COMMITS) {
        let answer = account
            .codecommit()
            .batch_get_commits()
            .repository_name(repository)
            .set_commit_ids(Some(some.to_vec()))
            .send()
            .await
            .map_err(|error| account.place.failed(SERVICE, "BatchGetCommits", error))?;
        found.extend(answer.commits().iter().map(read));
    }
    Ok(found)
}

fn read(it: &SdkCommit) -> Commit {
    let written = it.author();
    let committed = it.committer().or(written);
    Commit {
        id: it.commit_id().unwrap_or_default().to_owned(),
        message: harmless(it.message().unwrap_or_default()),
        author: written
            .and_then(|author| text(author.name()))
            .unwrap_or_default(),
        // Git's own form: seconds since 1970 and the distance from UTC. Source: CodeCommit API
        // Reference, `UserInfo`.
        when: committed
            .and_then(|committer| committer.date())
            .and_then(|date| date.split_whitespace().next())
            .and_then(|seconds| seconds.parse().ok())
            .and_then(|seconds| Timestamp::from_second(seconds).ok()),
        parents: it.parents().to_vec(),
    }
}

pub async fn fast_forward(
    account: &Account,
    repository: &str,
    branch: &str,
    commit: &str,
) -> Result<String, CloudError> {
    let answer = account
        .codecommit()
        .merge_branches_by_fast_forward()
        .repository_name(repository)
        .source_commit_specifier(commit)
        .destination_commit_specifier(branch)
        .target_branch(branch)
        .send()
        .await
        .map_err(|error| {
            account
                .place
                .failed(SERVICE, "MergeBranchesByFastForward", error)
        })?;
    Ok(answer.commit_id.unwrap_or_else(|| commit.to_owned()))
}
