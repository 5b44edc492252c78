//! An AppSpec that is kept in Amazon S3, read as the group's role.

use super::super::deployment::Deployment;
use super::actor::{Acting, Trouble};
use crate::sandbox::blobs::Blobs;
use crate::sandbox::services::acting::At;
use crate::sandbox::services::fields::text;
use crate::sandbox::world::World;

fn missing(why: String) -> Trouble {
    Trouble::new("REVISION_MISSING", why)
}

/// Reads the AppSpec: the object itself where the bundle is YAML or JSON, else a file in the archive.
pub fn from_s3(
    world: &World,
    blobs: &Blobs,
    at: &At,
    deployment: &Deployment,
    acting: &Acting,
) -> Result<String, Trouble> {
    let location = deployment
        .revision
        .get("s3Location")
        .cloned()
        .unwrap_or_default();
    let bucket_name = text(&location, "bucket").unwrap_or_default();
    let key = text(&location, "key").unwrap_or_default();
    let version = text(&location, "version");
    let action = match version {
        Some(_) => "s3:GetObjectVersion",
        None => "s3:GetObject",
    };
    let resource = format!("arn:aws:s3:::{bucket_name}/{key}");
    acting.may(world, action, &resource, &[])?;
    let bucket = world.buckets.get(bucket_name).ok_or_else(|| {
        missing(format!(
            "The specified bucket {bucket_name} does not exist."
        ))
    })?;
    let object = bucket
        .version(key, version)
        .filter(|object| !object.marker)
        .ok_or_else(|| missing(format!("The specified key {key} does not exist.")))?;
    let wanted = text(&location, "eTag").map(|it| it.trim_matches('"'));
    if wanted.is_some_and(|wanted| wanted != object.etag.trim_matches('"')) {
        return Err(missing(format!(
            "The specified ETag does not match the object {key}."
        )));
    }
    if object.encryption.algorithm.starts_with("aws:kms")
        && let Some(kms_key) = object.encryption.key.as_deref()
    {
        let via = format!("s3.{}.amazonaws.com", bucket.region);
        let context = [
            ("kms:ViaService", via.as_str()),
            ("kms:CallerAccount", at.account.as_str()),
            ("kms:EncryptionContext:aws:s3:arn", resource.as_str()),
        ];
        acting.may(world, "kms:Decrypt", kms_key, &context)?;
    }
    let body = blobs
        .get(&object.blob)
        .map_err(|error| missing(format!("The object {key} could not be read: {error}")))?;
    let kind = text(&location, "bundleType").unwrap_or("YAML");
    if ["YAML", "JSON"].contains(&kind) {
        return String::from_utf8(body.to_vec()).map_err(|_| {
            Trouble::new(
                "INVALID_REVISION",
                "The AppSpec file is not valid: it is not UTF-8",
            )
        });
    }
    // An application of the ECS platform takes the AppSpec alone; in an archive it is not looked for.
    Err(Trouble::new(
        "INVALID_REVISION",
        "An AppSpec file is required, but could not be found in the revision",
    ))
}
