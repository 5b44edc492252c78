//! KMS: the artifact key, its alias, policy and rotation.

use std::collections::BTreeMap;

use aws_sdk_kms::types::{KeyMetadata, KeyState, Tag};
use futures::stream::{self, StreamExt, TryStreamExt};
use serde_json::Value;

use crate::cloud::{CloudError, ErrorKind, Observed, Task};
use crate::resource::{Key, Part, Spec, Tags};

use super::account::{Account, attributes};
use super::document::{parse_policy, same_policy};
use super::error::unless;

const SERVICE: &str = "kms";
/// The one name that a key's policy can have. Source: the KMS API model, `PutKeyPolicy`.
const POLICY_NAME: &str = "default";
/// Tags by which a key without an alias is known again.
const OWN_TAGS: [&str; 2] = ["crosspipe:application", "crosspipe:resource"];

pub(super) async fn observe(
    account: &Account,
    wanted: &Key,
) -> Result<Option<Observed>, CloudError> {
    if let Some(id) = key_of_alias(account, &wanted.alias).await? {
        return read(account, &id, &wanted.alias).await;
    }
    match orphan(account, wanted).await? {
        Some(id) => read(account, &id, "").await,
        None => Ok(None),
    }
}

/// The id of the key that an alias of this account and Region points to.
async fn key_of_alias(account: &Account, alias: &str) -> Result<Option<String>, CloudError> {
    let mut pages = account
        .kms()
        .list_aliases()
        .limit(100)
        .into_paginator()
        .items()
        .send();
    while let Some(entry) = pages.next().await {
        let entry = entry.map_err(|error| account.place.failed(SERVICE, "ListAliases", error))?;
        if entry.alias_name() == Some(alias) {
            return Ok(entry.target_key_id);
        }
    }
    Ok(None)
}

/// A key that an earlier run made and did not come to name. CreateKey always makes another key, so
/// it has to be found by its tags before a second one is paid for.
async fn orphan(account: &Account, wanted: &Key) -> Result<Option<String>, CloudError> {
    let marks: Vec<(&str, &String)> = OWN_TAGS
        .iter()
        .filter_map(|name| Some((*name, wanted.tags.get(*name)?)))
        .collect();
    if marks.len() != OWN_TAGS.len() {
        return Ok(None);
    }
    let keys: Vec<_> = account
        .kms()
        .list_keys()
        .limit(1000)
        .into_paginator()
        .items()
        .send()
        .try_collect()
        .await
        .map_err(|error| account.place.failed(SERVICE, "ListKeys", error))?;
    let marks = &marks;
    let mut ours: Vec<String> = stream::iter(keys.into_iter().filter_map(|key| key.key_id))
        .map(|id| async move {
            let found = match unless(
                list_tags(account, &id).await,
                &["AccessDeniedException", "NotFoundException"],
            )? {
                Some(tags) => marks
                    .iter()
                    .all(|(name, value)| tags.get(*name) == Some(*value)),
                // Keys whose policy keeps us out are not ours.
                None => false,
            };
            Ok::<_, CloudError>(found.then_some(id))
        })
        .buffer_unordered(8)
        .try_filter_map(|found| async move { Ok(found) })
        .try_collect()
        .await?;
    ours.sort();
    for id in ours {
        let metadata = describe(account, &id).await?;
        if metadata.is_some_and(|metadata| metadata.key_state() == Some(&KeyState::Enabled)) {
            return Ok(Some(id));
        }
    }
    Ok(None)
}

async fn describe(account: &Account, id: &str) -> Result<Option<KeyMetadata>, CloudError> {
    let answer = account
        .kms()
        .describe_key()
        .key_id(id)
        .send()
        .await
        .map_err(|error| account.place.failed(SERVICE, "DescribeKey", error));
    Ok(unless(answer, &["NotFoundException"])?.and_then(|answer| answer.key_metadata))
}

async fn list_tags(account: &Account, id: &str) -> Result<Tags, CloudError> {
    let mut tags = Tags::new();
    let mut pages = account
        .kms()
        .list_resource_tags()
        .key_id(id)
        .into_paginator()
        .items()
        .send();
    while let Some(tag) = pages.next().await {
        let tag = tag.map_err(|error| account.place.failed(SERVICE, "ListResourceTags", error))?;
        tags.insert(tag.tag_key, tag.tag_value);
    }
    Ok(tags)
}

async fn policy(account: &Account, id: &str) -> Result<Value, CloudError> {
    let answer = account
        .kms()
        .get_key_policy()
        .key_id(id)
        .policy_name(POLICY_NAME)
        .send()
        .await
        .map_err(|error| account.place.failed(SERVICE, "GetKeyPolicy", error))?;
    match answer.policy() {
        Some(text) => parse_policy(text)
            .map_err(|error| account.place.internal(SERVICE, "GetKeyPolicy", error)),
        None => Ok(Value::Null),
    }
}

/// Whether the key is rotated; keys that cannot be (imported material, wrong state) are not.
async fn rotation(account: &Account, id: &str) -> Result<bool, CloudError> {
    let answer = account
        .kms()
        .get_key_rotation_status()
        .key_id(id)
        .send()
        .await
        .map_err(|error| account.place.failed(SERVICE, "GetKeyRotationStatus", error));
    let answer = unless(
        answer,
        &["UnsupportedOperationException", "KMSInvalidStateException"],
    )?;
    Ok(answer.is_some_and(|answer| answer.key_rotation_enabled()))
}

async fn read(account: &Account, id: &str, alias: &str) -> Result<Option<Observed>, CloudError> {
    let (metadata, policy, rotation, tags) = tokio::try_join!(
        describe(account, id),
        policy(account, id),
        rotation(account, id),
        list_tags(account, id),
    )?;
    let Some(metadata) = metadata else {
        return Ok(None);
    };
    let state = metadata.key_state().map_or("", KeyState::as_str).to_owned();
    let mut notes = Vec::new();
    match metadata.key_state() {
        Some(KeyState::PendingDeletion) => notes.push(format!(
            "The key is scheduled for deletion and nothing can be read or written with it: `aws kms cancel-key-deletion --key-id {id}` and `aws kms enable-key --key-id {id}` keep it."
        )),
        Some(KeyState::Disabled) => notes.push(format!(
            "The key is disabled and nothing can be read or written with it: `aws kms enable-key --key-id {id}` enables it."
        )),
        Some(KeyState::Enabled) | None => {}
        Some(_) => notes.push(format!("The key is in the state {state}.")),
    }
    if alias.is_empty() {
        notes.push(
            "The key was made by an earlier run that did not come to give it its alias.".to_owned(),
        );
    }
    Ok(Some(Observed {
        attributes: attributes([
            ("arn", metadata.arn().unwrap_or_default().to_owned()),
            ("id", metadata.key_id().to_owned()),
            ("state", state),
        ]),
        spec: Spec::Key(Key {
            alias: alias.to_owned(),
            description: metadata.description().unwrap_or_default().to_owned(),
            rotation,
            policy,
            tags,
        }),
        notes,
    }))
}

pub(super) async fn carry_out(
    account: &Account,
    key: &Key,
    task: &Task,
) -> Result<BTreeMap<String, String>, CloudError> {
    let kms = account.kms();
    macro_rules! call {
        ($operation:literal, $request:expr) => {
            $request
                .send()
                .await
                .map_err(|error| account.place.failed(SERVICE, $operation, error))
        };
    }
    if task.part == Part::Itself {
        let answer = call!(
            "CreateKey",
            kms.create_key()
                .policy(key.policy.to_string())
                .description(&key.description)
                .set_tags(Some(tags(account, "CreateKey", &key.tags)?))
        )?;
        return match answer.key_metadata {
            Some(made) => Ok(attributes([
                ("arn", made.arn.unwrap_or_default()),
                ("id", made.key_id),
                (
                    "state",
                    made.key_state
                        .map_or_else(String::new, |state| state.as_str().to_owned()),
                ),
            ])),
            None => Err(account.place.internal(
                SERVICE,
                "CreateKey",
                "the answer does not hold the key",
            )),
        };
    }
    let id = match task
        .attributes
        .get("id")
        .or_else(|| task.attributes.get("arn"))
    {
        Some(id) => id.clone(),
        None => key_of_alias(account, &key.alias).await?.ok_or_else(|| {
            account.place.error(
                ErrorKind::ChangedMeanwhile,
                SERVICE,
                "ListAliases",
                format!(
                    "there is no key with the alias {} any more: plan again",
                    key.alias
                ),
            )
        })?,
    };
    match task.part {
        Part::Alias => {
            let made = call!(
                "CreateAlias",
                kms.create_alias().alias_name(&key.alias).target_key_id(&id)
            );
            if unless(made, &["AlreadyExistsException"])?.is_none() {
                call!(
                    "UpdateAlias",
                    kms.update_alias().alias_name(&key.alias).target_key_id(&id)
                )?;
            }
        }
        Part::Policy => {
            if let Some(base) = &task.base {
                let current = policy(account, &id).await?;
                if !same_policy(base, &current) {
                    return Err(account.place.error(
                        ErrorKind::ChangedMeanwhile,
                        SERVICE,
                        "PutKeyPolicy",
                        "the key policy was changed since the plan was made, and AWS would overwrite that change: plan again",
                    ));
                }
            }
            call!(
                "PutKeyPolicy",
                kms.put_key_policy()
                    .key_id(&id)
                    .policy_name(POLICY_NAME)
                    .policy(key.policy.to_string())
            )?;
        }
        Part::Rotation if key.rotation => {
            call!("EnableKeyRotation", kms.enable_key_rotation().key_id(&id))?;
        }
        Part::Rotation => {
            call!("DisableKeyRotation", kms.disable_key_rotation().key_id(&id))?;
        }
        Part::Description => {
            call!(
                "UpdateKeyDescription",
                kms.update_key_description()
                    .key_id(&id)
                    .description(&key.description)
            )?;
        }
        Part::Tags => {
            call!(
                "TagResource",
                kms.tag_resource().key_id(&id).set_tags(Some(tags(
                    account,
                    "TagResource",
                    &key.tags
                )?))
            )?;
        }
        part => return Err(account.no_such_part(SERVICE, &task.spec, part)),
    }
    Ok(BTreeMap::new())
}

fn tags(account: &Account, operation: &str, tags: &Tags) -> Result<Vec<Tag>, CloudError> {
    tags.iter()
        .map(|(key, value)| Tag::builder().tag_key(key).tag_value(value).build())
        .collect::<Result<_, _>>()
        .map_err(|error| account.place.internal(SERVICE, operation, error))
}
