//! Objects as services of the sandbox itself put and get them. Whether they may was decided before.

use std::collections::BTreeMap;
use std::io;

use bytes::Bytes;

use super::objects;
use super::put::etag;
use super::state::{Encryption, Object};
use crate::sandbox::blobs::Blobs;
use crate::sandbox::world::World;

/// An object that a service keeps in a bucket.
pub struct Upload<'a> {
    /// The bucket.
    pub bucket: &'a str,
    /// The key.
    pub key: &'a str,
    /// What is in it.
    pub body: Bytes,
    /// What it is.
    pub content_type: &'a str,
    /// The ARN of the KMS key; `None` for the bucket's own default.
    pub kms_key: Option<String>,
}

/// Keeps an object. Answers its version's id, and `None` where there is no such bucket.
///
/// # Errors
/// The body cannot be kept.
pub fn put(
    world: &mut World,
    blobs: &Blobs,
    upload: &Upload<'_>,
    now: i64,
) -> io::Result<Option<String>> {
    let Some(bucket) = world.buckets.get(upload.bucket) else {
        return Ok(None);
    };
    let default = bucket.encryption.clone();
    let encryption = match &upload.kms_key {
        Some(key) => Encryption {
            algorithm: "aws:kms".to_owned(),
            key: Some(key.clone()),
            bucket_key: default.bucket_key,
        },
        None if default.algorithm.is_empty() => Encryption {
            algorithm: "AES256".to_owned(),
            ..Encryption::default()
        },
        None => default,
    };
    let object = Object {
        blob: blobs.put(&upload.body)?,
        size: upload.body.len() as u64,
        etag: etag(&upload.body, &encryption),
        modified: now,
        headers: BTreeMap::from([("content-type".to_owned(), upload.content_type.to_owned())]),
        encryption,
        class: "STANDARD".to_owned(),
        ..Object::default()
    };
    Ok(objects::store(world, upload.bucket, upload.key, object))
}

/// The body of an object's newest version, or of the one named, and that version's id.
pub fn get(
    world: &World,
    blobs: &Blobs,
    bucket: &str,
    key: &str,
    version: Option<&str>,
) -> Option<(Bytes, String)> {
    let object = world.buckets.get(bucket)?.version(key, version)?;
    if object.marker {
        return None;
    }
    let body = blobs.get(&object.blob).ok()?;
    Some((body, object.version.clone()))
}
