//! S3: the artifact bucket. Every call says who must own it: a bucket of the same name in another
//! account would otherwise be taken for ours.

use std::collections::BTreeMap;

use aws_sdk_s3::types::{
    BucketLifecycleConfiguration, BucketLocationConstraint, BucketVersioningStatus,
    CreateBucketConfiguration, ObjectOwnership, OwnershipControls, OwnershipControlsRule,
    PublicAccessBlockConfiguration, ServerSideEncryption, ServerSideEncryptionByDefault,
    ServerSideEncryptionConfiguration, ServerSideEncryptionRule, Tag, Tagging,
    VersioningConfiguration,
};
use serde_json::Value;

use crate::cloud::{CloudError, ErrorKind, Observed, Task};
use crate::resource::{Bucket, Part, Spec, Tags};

use super::account::{Account, attributes};
use super::document::{parse_policy, same_policy};
use super::error::unless;
use super::s3_lifecycle;

const SERVICE: &str = "s3";

/// One call about the bucket, with its name and owner.
macro_rules! call {
    ($account:expr, $bucket:expr, $operation:literal, $request:expr) => {
        $request
            .bucket(&$bucket.name)
            .expected_bucket_owner(&$bucket.owner)
            .send()
            .await
            .map_err(|error| $account.place.failed(SERVICE, $operation, error))
    };
}

pub(super) async fn observe(
    account: &Account,
    wanted: &Bucket,
) -> Result<Option<Observed>, CloudError> {
    let s3 = account.s3();
    let head = match call!(account, wanted, "HeadBucket", s3.head_bucket()) {
        Ok(head) => head,
        Err(mut error) => {
            return match error.code.as_str() {
                "NotFound" | "NoSuchBucket" => Ok(None),
                "AccessDenied" | "Forbidden" if error.kind == ErrorKind::Refused => {
                    error.message = format!(
                        "the bucket name {} is taken by another account, or account {} may not read it: choose another name ([names] bucket), or ask for s3:ListBucket on it",
                        wanted.name, wanted.owner
                    );
                    Err(error)
                }
                "PermanentRedirect" => {
                    error.message = format!(
                        "the bucket {} is in another Region than {}: choose another name ([names] bucket)",
                        wanted.name, wanted.region
                    );
                    Err(error)
                }
                _ => Err(error),
            };
        }
    };
    let (versioning, encryption, public_access, ownership, lifecycle, policy, tags) = tokio::try_join!(
        async {
            call!(
                account,
                wanted,
                "GetBucketVersioning",
                s3.get_bucket_versioning()
            )
        },
        async {
            unless(
                call!(
                    account,
                    wanted,
                    "GetBucketEncryption",
                    s3.get_bucket_encryption()
                ),
                &["ServerSideEncryptionConfigurationNotFoundError"],
            )
        },
        async {
            unless(
                call!(
                    account,
                    wanted,
                    "GetPublicAccessBlock",
                    s3.get_public_access_block()
                ),
                &["NoSuchPublicAccessBlockConfiguration"],
            )
        },
        async {
            unless(
                call!(
                    account,
                    wanted,
                    "GetBucketOwnershipControls",
                    s3.get_bucket_ownership_controls()
                ),
                &["OwnershipControlsNotFoundError"],
            )
        },
        async {
            unless(
                call!(
                    account,
                    wanted,
                    "GetBucketLifecycleConfiguration",
                    s3.get_bucket_lifecycle_configuration()
                ),
                &["NoSuchLifecycleConfiguration"],
            )
        },
        policy(account, wanted),
        tags(account, wanted),
    )?;
    let default_encryption = encryption
        .and_then(|answer| answer.server_side_encryption_configuration)
        .and_then(|configuration| configuration.rules.into_iter().next());
    let bucket_key = default_encryption
        .as_ref()
        .and_then(|rule| rule.bucket_key_enabled())
        .unwrap_or_default();
    let encryption_key = default_encryption
        .and_then(|rule| rule.apply_server_side_encryption_by_default)
        .filter(|default| *default.sse_algorithm() == ServerSideEncryption::AwsKms)
        .and_then(|default| default.kms_master_key_id)
        .unwrap_or_default();
    let blocked = public_access
        .and_then(|answer| answer.public_access_block_configuration)
        .is_some_and(|block| {
            block.block_public_acls() == Some(true)
                && block.ignore_public_acls() == Some(true)
                && block.block_public_policy() == Some(true)
                && block.restrict_public_buckets() == Some(true)
        });
    let ownership = ownership
        .and_then(|answer| answer.ownership_controls)
        .and_then(|controls| controls.rules.into_iter().next())
        .map(|rule| rule.object_ownership.as_str().to_owned())
        .unwrap_or_default();
    let rules = lifecycle
        .and_then(|answer| answer.rules)
        .unwrap_or_default();
    Ok(Some(Observed {
        attributes: attributes([("arn", arn(account, wanted))]),
        spec: Spec::Bucket(Bucket {
            name: wanted.name.clone(),
            owner: wanted.owner.clone(),
            region: head
                .bucket_region()
                .unwrap_or(wanted.region.as_str())
                .to_owned(),
            public_access_blocked: blocked,
            ownership,
            versioning: versioning.status() == Some(&BucketVersioningStatus::Enabled),
            encryption_key,
            bucket_key,
            lifecycle: Value::Array(rules.iter().map(s3_lifecycle::write).collect()),
            policy,
            tags,
        }),
        notes: Vec::new(),
    }))
}

/// Buckets have no ARN of their own in any answer.
fn arn(account: &Account, bucket: &Bucket) -> String {
    format!("arn:{}:s3:::{}", account.region.partition(), bucket.name)
}

async fn policy(account: &Account, bucket: &Bucket) -> Result<Value, CloudError> {
    let answer = unless(
        call!(
            account,
            bucket,
            "GetBucketPolicy",
            account.s3().get_bucket_policy()
        ),
        &["NoSuchBucketPolicy"],
    )?;
    match answer.as_ref().and_then(|answer| answer.policy()) {
        Some(text) => parse_policy(text)
            .map_err(|error| account.place.internal(SERVICE, "GetBucketPolicy", error)),
        None => Ok(Value::Null),
    }
}

async fn tags(account: &Account, bucket: &Bucket) -> Result<Tags, CloudError> {
    let answer = unless(
        call!(
            account,
            bucket,
            "GetBucketTagging",
            account.s3().get_bucket_tagging()
        ),
        &["NoSuchTagSet"],
    )?;
    Ok(answer
        .map(|answer| {
            answer
                .tag_set
                .into_iter()
                .map(|tag| (tag.key, tag.value))
                .collect()
        })
        .unwrap_or_default())
}

pub(super) async fn carry_out(
    account: &Account,
    bucket: &Bucket,
    task: &Task,
) -> Result<BTreeMap<String, String>, CloudError> {
    let s3 = account.s3();
    let built = |operation: &'static str| {
        move |error: aws_sdk_s3::error::BuildError| {
            account.place.internal(SERVICE, operation, error)
        }
    };
    match task.part {
        Part::Itself => {
            let attributes = create(account, bucket).await?;
            // At once, so that a run that stops here finds its own bucket when it is run again.
            // What fails here is told by the tags' own step.
            let _ = put_tags(account, bucket).await;
            return Ok(attributes);
        }
        Part::PublicAccess => {
            let on = bucket.public_access_blocked;
            let block = PublicAccessBlockConfiguration::builder()
                .block_public_acls(on)
                .ignore_public_acls(on)
                .block_public_policy(on)
                .restrict_public_buckets(on)
                .build();
            call!(
                account,
                bucket,
                "PutPublicAccessBlock",
                s3.put_public_access_block()
                    .public_access_block_configuration(block)
            )?;
        }
        Part::Ownership => {
            let operation = "PutBucketOwnershipControls";
            let rule = OwnershipControlsRule::builder()
                .object_ownership(ObjectOwnership::from(bucket.ownership.as_str()))
                .build()
                .map_err(built(operation))?;
            let controls = OwnershipControls::builder()
                .rules(rule)
                .build()
                .map_err(built(operation))?;
            call!(
                account,
                bucket,
                "PutBucketOwnershipControls",
                s3.put_bucket_ownership_controls()
                    .ownership_controls(controls)
            )?;
        }
        Part::Versioning => {
            let status = if bucket.versioning {
                BucketVersioningStatus::Enabled
            } else {
                BucketVersioningStatus::Suspended
            };
            call!(
                account,
                bucket,
                "PutBucketVersioning",
                s3.put_bucket_versioning().versioning_configuration(
                    VersioningConfiguration::builder().status(status).build()
                )
            )?;
        }
        Part::Encryption => {
            let operation = "PutBucketEncryption";
            let default = if bucket.encryption_key.is_empty() {
                ServerSideEncryptionByDefault::builder().sse_algorithm(ServerSideEncryption::Aes256)
            } else {
                ServerSideEncryptionByDefault::builder()
                    .sse_algorithm(ServerSideEncryption::AwsKms)
                    .kms_master_key_id(&bucket.encryption_key)
            };
            let rule = ServerSideEncryptionRule::builder()
                .apply_server_side_encryption_by_default(default.build().map_err(built(operation))?)
                .bucket_key_enabled(bucket.bucket_key)
                .build();
            let configuration = ServerSideEncryptionConfiguration::builder()
                .rules(rule)
                .build()
                .map_err(built(operation))?;
            call!(
                account,
                bucket,
                "PutBucketEncryption",
                s3.put_bucket_encryption()
                    .server_side_encryption_configuration(configuration)
            )?;
        }
        Part::Lifecycle => put_lifecycle(account, bucket).await?,
        Part::Policy => put_policy(account, bucket, task).await?,
        Part::Tags => put_tags(account, bucket).await?,
        part => return Err(account.no_such_part(SERVICE, &task.spec, part)),
    }
    Ok(BTreeMap::new())
}

async fn create(
    account: &Account,
    bucket: &Bucket,
) -> Result<BTreeMap<String, String>, CloudError> {
    // us-east-1 is the one Region that must not be named. Source: S3 API Reference, "CreateBucket".
    let place = (bucket.region != "us-east-1").then(|| {
        CreateBucketConfiguration::builder()
            .location_constraint(BucketLocationConstraint::from(bucket.region.as_str()))
            .build()
    });
    let made = account
        .s3()
        .create_bucket()
        .bucket(&bucket.name)
        .set_create_bucket_configuration(place)
        .object_ownership(ObjectOwnership::BucketOwnerEnforced)
        .send()
        .await
        .map_err(|error| account.place.failed(SERVICE, "CreateBucket", error));
    unless(made, &["BucketAlreadyOwnedByYou"])?;
    Ok(attributes([("arn", arn(account, bucket))]))
}

async fn put_lifecycle(account: &Account, bucket: &Bucket) -> Result<(), CloudError> {
    let operation = "PutBucketLifecycleConfiguration";
    let rules = bucket
        .lifecycle
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    if rules.is_empty() {
        call!(
            account,
            bucket,
            "DeleteBucketLifecycle",
            account.s3().delete_bucket_lifecycle()
        )?;
        return Ok(());
    }
    let rules = rules
        .iter()
        .map(s3_lifecycle::read)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| account.place.internal(SERVICE, operation, error))?;
    let configuration = BucketLifecycleConfiguration::builder()
        .set_rules(Some(rules))
        .build()
        .map_err(|error| account.place.internal(SERVICE, operation, error))?;
    call!(
        account,
        bucket,
        "PutBucketLifecycleConfiguration",
        account
            .s3()
            .put_bucket_lifecycle_configuration()
            .lifecycle_configuration(configuration)
    )?;
    Ok(())
}

async fn put_policy(account: &Account, bucket: &Bucket, task: &Task) -> Result<(), CloudError> {
    if let Some(base) = &task.base {
        let current = policy(account, bucket).await?;
        if !same_policy(base, &current) {
            return Err(account.place.error(
                ErrorKind::ChangedMeanwhile,
                SERVICE,
                "PutBucketPolicy",
                "the bucket policy was changed since the plan was made, and AWS would overwrite that change: plan again",
            ));
        }
    }
    if bucket.policy.is_null() {
        call!(
            account,
            bucket,
            "DeleteBucketPolicy",
            account.s3().delete_bucket_policy()
        )?;
    } else {
        call!(
            account,
            bucket,
            "PutBucketPolicy",
            account
                .s3()
                .put_bucket_policy()
                .policy(bucket.policy.to_string())
        )?;
    }
    Ok(())
}

/// PutBucketTagging replaces all tags, so those of others are read first and put back.
async fn put_tags(account: &Account, bucket: &Bucket) -> Result<(), CloudError> {
    let operation = "PutBucketTagging";
    let mut all = tags(account, bucket).await?;
    all.extend(bucket.tags.clone());
    let set = all
        .iter()
        .map(|(key, value)| Tag::builder().key(key).value(value).build())
        .collect::<Result<Vec<_>, _>>()
        .and_then(|set| Tagging::builder().set_tag_set(Some(set)).build())
        .map_err(|error| account.place.internal(SERVICE, operation, error))?;
    call!(
        account,
        bucket,
        "PutBucketTagging",
        account.s3().put_bucket_tagging().tagging(set)
    )?;
    Ok(())
}
