//! ECR: image repositories.

use std::collections::BTreeMap;

use aws_sdk_ecr::types::{
    ImageScanningConfiguration, ImageTagMutability, ImageTagMutabilityExclusionFilter,
    ImageTagMutabilityExclusionFilterType, Tag,
};
use serde_json::Value;

use crate::cloud::{CloudError, Observed, Task};
use crate::resource::{ImageRepository, Part, Spec, Tags};

use super::account::{Account, attributes};
use super::error::unless;

const SERVICE: &str = "ecr";

pub(super) async fn observe(
    account: &Account,
    wanted: &ImageRepository,
) -> Result<Option<Observed>, CloudError> {
    let ecr = account.ecr();
    let (repository, lifecycle, tags) = tokio::join!(
        async {
            ecr.describe_repositories()
                .repository_names(&wanted.name)
                .send()
                .await
                .map_err(|error| account.place.failed(SERVICE, "DescribeRepositories", error))
        },
        async {
            ecr.get_lifecycle_policy()
                .repository_name(&wanted.name)
                .send()
                .await
                .map_err(|error| account.place.failed(SERVICE, "GetLifecyclePolicy", error))
        },
        async {
            ecr.list_tags_for_resource()
                .resource_arn(arn(account, wanted))
                .send()
                .await
                .map_err(|error| account.place.failed(SERVICE, "ListTagsForResource", error))
        },
    );
    let repository = unless(repository, &["RepositoryNotFoundException"])?
        .and_then(|answer| answer.repositories)
        .and_then(|repositories| repositories.into_iter().next());
    let Some(repository) = repository else {
        return Ok(None);
    };
    let lifecycle = unless(lifecycle, &["LifecyclePolicyNotFoundException"])?;
    let lifecycle = match lifecycle
        .as_ref()
        .and_then(|answer| answer.lifecycle_policy_text())
    {
        Some(text) => serde_json::from_str(text).map_err(|error| {
            account.place.internal(
                SERVICE,
                "GetLifecyclePolicy",
                format!("the lifecycle policy is not JSON: {error}"),
            )
        })?,
        None => Value::Null,
    };
    Ok(Some(Observed {
        attributes: attributes([
            (
                "arn",
                repository.repository_arn().unwrap_or_default().to_owned(),
            ),
            (
                "uri",
                repository.repository_uri().unwrap_or_default().to_owned(),
            ),
        ]),
        spec: Spec::ImageRepository(ImageRepository {
            name: wanted.name.clone(),
            mutability: repository
                .image_tag_mutability()
                .map_or("", ImageTagMutability::as_str)
                .to_owned(),
            mutability_exclusions: repository
                .image_tag_mutability_exclusion_filters()
                .iter()
                .map(|filter| filter.filter().to_owned())
                .collect(),
            scan_on_push: repository
                .image_scanning_configuration()
                .is_some_and(ImageScanningConfiguration::scan_on_push),
            lifecycle,
            tags: tags?
                .tags
                .unwrap_or_default()
                .into_iter()
                .map(|tag| (tag.key, tag.value))
                .collect(),
        }),
        notes: Vec::new(),
    }))
}

fn arn(account: &Account, repository: &ImageRepository) -> String {
    account.arn(SERVICE, &format!("repository/{}", repository.name))
}

pub(super) async fn carry_out(
    account: &Account,
    repository: &ImageRepository,
    task: &Task,
) -> Result<BTreeMap<String, String>, CloudError> {
    let ecr = account.ecr();
    let mutability = ImageTagMutability::from(repository.mutability.as_str());
    let scanning = ImageScanningConfiguration::builder()
        .scan_on_push(repository.scan_on_push)
        .build();
    macro_rules! call {
        ($operation:literal, $request:expr) => {
            $request
                .repository_name(&repository.name)
                .send()
                .await
                .map_err(|error| account.place.failed(SERVICE, $operation, error))?
        };
    }
    match task.part {
        Part::Itself => {
            let operation = "CreateRepository";
            let answer = call!(
                "CreateRepository",
                ecr.create_repository()
                    .image_tag_mutability(mutability)
                    .set_image_tag_mutability_exclusion_filters(exclusions(
                        account, operation, repository
                    )?)
                    .image_scanning_configuration(scanning)
                    .set_tags(Some(tags(account, operation, &repository.tags)?))
            );
            let made = answer.repository;
            let text = |value: Option<&str>| value.map(str::to_owned);
            return Ok(attributes([
                (
                    "arn",
                    text(made.as_ref().and_then(|made| made.repository_arn()))
                        .unwrap_or_else(|| arn(account, repository)),
                ),
                (
                    "uri",
                    text(made.as_ref().and_then(|made| made.repository_uri())).unwrap_or_default(),
                ),
            ]));
        }
        Part::Mutability => {
            call!(
                "PutImageTagMutability",
                ecr.put_image_tag_mutability()
                    .image_tag_mutability(mutability)
                    .set_image_tag_mutability_exclusion_filters(exclusions(
                        account,
                        "PutImageTagMutability",
                        repository
                    )?)
            );
        }
        Part::Scanning => {
            call!(
                "PutImageScanningConfiguration",
                ecr.put_image_scanning_configuration()
                    .image_scanning_configuration(scanning)
            );
        }
        Part::Lifecycle if repository.lifecycle.is_null() => {
            call!("DeleteLifecyclePolicy", ecr.delete_lifecycle_policy());
        }
        Part::Lifecycle => {
            call!(
                "PutLifecyclePolicy",
                ecr.put_lifecycle_policy()
                    .lifecycle_policy_text(repository.lifecycle.to_string())
            );
        }
        Part::Tags => {
            let operation = "TagResource";
            ecr.tag_resource()
                .resource_arn(arn(account, repository))
                .set_tags(Some(tags(account, operation, &repository.tags)?))
                .send()
                .await
                .map_err(|error| account.place.failed(SERVICE, operation, error))?;
        }
        part => return Err(account.no_such_part(SERVICE, &task.spec, part)),
    }
    Ok(BTreeMap::new())
}

/// The exclusion filters; none at all where there are none, because an empty list is refused.
fn exclusions(
    account: &Account,
    operation: &str,
    repository: &ImageRepository,
) -> Result<Option<Vec<ImageTagMutabilityExclusionFilter>>, CloudError> {
    let filters = repository
        .mutability_exclusions
        .iter()
        .map(|filter| {
            ImageTagMutabilityExclusionFilter::builder()
                .filter_type(ImageTagMutabilityExclusionFilterType::Wildcard)
                .filter(filter)
                .build()
        })
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| account.place.internal(SERVICE, operation, error))?;
    Ok(Some(filters).filter(|filters| !filters.is_empty()))
}

fn tags(account: &Account, operation: &str, tags: &Tags) -> Result<Vec<Tag>, CloudError> {
    tags.iter()
        .map(|(key, value)| Tag::builder().key(key).value(value).build())
        .collect::<Result<_, _>>()
        .map_err(|error| account.place.internal(SERVICE, operation, error))
}
