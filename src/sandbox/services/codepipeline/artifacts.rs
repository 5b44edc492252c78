//! Artifacts: where they are kept, and the files in them.

use bytes::Bytes;
use serde_json::Value;

use super::declaration::{list_of, text_of};
use super::engine::{Doing, Key};
use super::execution::{Artifact, Execution, Location};
use crate::sandbox::archive::{self, Files};
use crate::sandbox::blobs::Blobs;
use crate::sandbox::services::kms;
use crate::sandbox::services::s3::inside;
use crate::sandbox::world::World;

/// The artifact store of a Region.
pub fn store<'a>(pipeline: &'a Value, region: &str) -> &'a Value {
    pipeline
        .get("artifactStores")
        .and_then(|stores| stores.get(region))
        .or_else(|| pipeline.get("artifactStore"))
        .unwrap_or(&Value::Null)
}

/// The artifacts that an action reads, where they are.
pub fn inputs(execution: &Execution, action: &Value) -> Vec<Artifact> {
    list_of(action, "inputArtifacts")
        .iter()
        .filter_map(|artifact| execution.artifact(text_of(artifact, "name")))
        .collect()
}

/// The artifacts that an action writes, each with a new key: the first 20 characters of the pipeline's
/// name, the first 10 of the artifact's, and seven letters and digits.
/// Source: AWS CodePipeline User Guide, "Troubleshooting" (folder names), and keys seen in use.
pub fn outputs(world: &mut World, key: &Key, pipeline: &Value, action: &Value) -> Vec<Artifact> {
    let bucket = text_of(store(pipeline, &key.region), "location").to_owned();
    let short = |text: &str, most: usize| text.chars().take(most).collect::<String>();
    list_of(action, "outputArtifacts")
        .iter()
        .map(|artifact| {
            let name = text_of(artifact, "name");
            let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
            let last = world.ids.letters(letters, 7);
            let path = format!("{}/{}/{last}", short(&key.name, 20), short(name, 10));
            Artifact {
                name: name.to_owned(),
                location: Location {
                    bucket: bucket.clone(),
                    key: path,
                },
            }
        })
        .collect()
}

/// Why an artifact cannot be had.
pub type Problem = (String, String);

/// The sentence for an artifact that is not there, or that S3 does not let the role have. It is the same,
/// because without `s3:ListBucket` S3 does not say which of the two it is.
pub fn no_access(location: &Location) -> Problem {
    (
        "PermissionError".to_owned(),
        format!(
            "Unable to access the artifact with Amazon S3 object key '{}' located in the Amazon S3 artifact bucket '{}'. The provided role does not have sufficient permissions.",
            location.key, location.bucket
        ),
    )
}

/// The key that artifacts are encrypted with: the pipeline's, looked up as S3 does for the account that
/// writes, or the one that the account has for S3.
///
/// # Errors
/// The key is not there, is disabled or about to be deleted.
pub fn encryption(
    world: &mut World,
    key: &Key,
    pipeline: &Value,
    account: &str,
    now: i64,
) -> Result<String, Problem> {
    let given = store(pipeline, &key.region).get("encryptionKey");
    match given.map(|given| text_of(given, "id")) {
        Some(id) if !id.is_empty() => kms::find_for_service(world, account, &key.region, id)
            .map_err(|fault| {
                let message = format!("KMS.{}: {}", fault.code, fault.message);
                ("ConfigurationError".to_owned(), message)
            }),
        _ => Ok(kms::aws_managed(world, account, &key.region, "s3", now)),
    }
}

/// Writes an artifact.
///
/// # Errors
/// There is no such bucket, or the key cannot be used.
pub fn write(doing: &mut Doing<'_>, artifact: &Artifact, files: &Files) -> Result<(), Problem> {
    let account = doing.key.account.clone();
    let kms_key = encryption(doing.world, doing.key, doing.pipeline, &account, doing.now)?;
    put(
        doing.world,
        doing.blobs,
        &artifact.location,
        files,
        kms_key,
        doing.now,
    )
}

/// Packs files into an object.
///
/// # Errors
/// There is no such bucket, or the body cannot be kept.
pub fn put(
    world: &mut World,
    blobs: &Blobs,
    location: &Location,
    files: &Files,
    kms_key: String,
    now: i64,
) -> Result<(), Problem> {
    let packed = archive::pack(files).ok_or_else(|| internal("the files cannot be packed"))?;
    let upload = inside::Upload {
        bucket: &location.bucket,
        key: &location.key,
        body: Bytes::from(packed),
        content_type: "application/zip",
        kms_key: Some(kms_key),
    };
    match inside::put(world, blobs, &upload, now) {
        Ok(Some(_)) => Ok(()),
        Ok(None) => Err(no_access(location)),
        Err(error) => Err(internal(&error.to_string())),
    }
}

fn internal(why: &str) -> Problem {
    let message = format!("The sandbox cannot keep the artifact: {why}");
    ("InternalError".to_owned(), message)
}

/// Reads an artifact: its bytes as they are. `None` where it is not there or its key cannot be used.
pub fn fetch(world: &World, blobs: &Blobs, location: &Location) -> Option<Bytes> {
    let bucket = world.buckets.get(&location.bucket)?;
    let object = bucket.version(&location.key, None)?;
    if let Some(arn) = &object.encryption.key {
        let mut parts = arn.split(':').skip(3);
        let (region, account) = (parts.next()?, parts.next()?);
        kms::find_for_service(world, account, region, arn).ok()?;
    }
    inside::get(world, blobs, &location.bucket, &location.key, None).map(|(body, _)| body)
}
