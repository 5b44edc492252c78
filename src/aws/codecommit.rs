//! CodeCommit: the source repository.

use std::collections::{BTreeMap, HashMap};

use crate::cloud::{CloudError, Observed, Task};
use crate::resource::{Part, Repository, Spec};

use super::account::{Account, attributes};
use super::error::unless;

const SERVICE: &str = "codecommit";

pub(super) async fn observe(
    account: &Account,
    wanted: &Repository,
) -> Result<Option<Observed>, CloudError> {
    let (repository, tags) = tokio::join!(
        async {
            account
                .codecommit()
                .get_repository()
                .repository_name(&wanted.name)
                .send()
                .await
                .map_err(|error| account.place.failed(SERVICE, "GetRepository", error))
        },
        async {
            account
                .codecommit()
                .list_tags_for_resource()
                .resource_arn(account.arn(SERVICE, &wanted.name))
                .send()
                .await
                .map_err(|error| account.place.failed(SERVICE, "ListTagsForResource", error))
        },
    );
    let repository = unless(repository, &["RepositoryDoesNotExistException"])?;
    let Some(repository) = repository.and_then(|answer| answer.repository_metadata) else {
        return Ok(None);
    };
    Ok(Some(Observed {
        attributes: attributes([("arn", repository.arn.unwrap_or_default())]),
        spec: Spec::Repository(Repository {
            name: repository.repository_name.unwrap_or_default(),
            description: repository.repository_description.unwrap_or_default(),
            tags: tags?.tags.unwrap_or_default().into_iter().collect(),
        }),
        notes: Vec::new(),
    }))
}

pub(super) async fn carry_out(
    account: &Account,
    repository: &Repository,
    task: &Task,
) -> Result<BTreeMap<String, String>, CloudError> {
    let client = account.codecommit();
    let tags: HashMap<String, String> = repository.tags.clone().into_iter().collect();
    match task.part {
        Part::Itself => {
            let description = Some(&repository.description).filter(|text| !text.is_empty());
            let answer = client
                .create_repository()
                .repository_name(&repository.name)
                .set_repository_description(description.cloned())
                .set_tags(Some(tags))
                .send()
                .await
                .map_err(|error| account.place.failed(SERVICE, "CreateRepository", error))?;
            let arn = answer.repository_metadata.and_then(|made| made.arn);
            return Ok(attributes([(
                "arn",
                arn.unwrap_or_else(|| account.arn(SERVICE, &repository.name)),
            )]));
        }
        Part::Description => {
            client
                .update_repository_description()
                .repository_name(&repository.name)
                .repository_description(&repository.description)
                .send()
                .await
                .map_err(|error| {
                    account
                        .place
                        .failed(SERVICE, "UpdateRepositoryDescription", error)
                })?;
        }
        Part::Tags => {
            client
                .tag_resource()
                .resource_arn(account.arn(SERVICE, &repository.name))
                .set_tags(Some(tags))
                .send()
                .await
                .map_err(|error| account.place.failed(SERVICE, "TagResource", error))?;
        }
        part => return Err(account.no_such_part(SERVICE, &task.spec, part)),
    }
    Ok(BTreeMap::new())
}

/// The names of all repositories, in order.
pub(super) async fn repositories(account: &Account) -> Result<Vec<String>, CloudError> {
    let mut names = Vec::new();
    let mut pages = account
        .codecommit()
        .list_repositories()
        .into_paginator()
        .items()
        .send();
    while let Some(repository) = pages.next().await {
        let repository =
            repository.map_err(|error| account.place.failed(SERVICE, "ListRepositories", error))?;
        names.extend(repository.repository_name);
    }
    names.sort();
    Ok(names)
}
