//! What the operations on objects have in common: finding a version, and writing one.

use std::collections::BTreeMap;

use super::Ask;
use super::events;
use super::fault::{S3Fault, argument};
use super::state::{Bucket, Object};
use crate::sandbox::request::Reply;
use crate::sandbox::world::World;

/// Headers that are kept with an object and given back.
const KEPT: [&str; 6] = [
    "content-type",
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-language",
    "expires",
];

fn no_key(key: &str) -> S3Fault {
    S3Fault::new(404, "NoSuchKey", "The specified key does not exist.").element("Key", key)
}

/// The version that a request means. A delete marker counts as absent.
pub fn present<'a>(bucket: &'a Bucket, ask: &Ask<'_>) -> Result<&'a Object, S3Fault> {
    version_of(bucket, &ask.key, ask.parameter("versionId"))
}

/// A version of a key; the newest where none is named.
pub fn version_of<'a>(
    bucket: &'a Bucket,
    key: &str,
    wanted: Option<&str>,
) -> Result<&'a Object, S3Fault> {
    if wanted == Some("") {
        return Err(argument(
            "Version id cannot be the empty string",
            "versionId",
            "",
        ));
    }
    match (bucket.version(key, wanted), wanted) {
        (None, Some(id)) => Err(S3Fault::new(
            404,
            "NoSuchVersion",
            "The specified version does not exist.",
        )
        .element("Key", key)
        .element("VersionId", id)),
        (None, None) => Err(no_key(key)),
        (Some(marker), Some(id)) if marker.marker => Err(S3Fault::new(
            405,
            "MethodNotAllowed",
            "The specified method is not allowed against this resource.",
        )
        .element("Method", "GET")
        .header("x-amz-delete-marker", "true")
        .header("x-amz-version-id", id)),
        (Some(marker), None) if marker.marker => Err(no_key(key)
            .header("x-amz-delete-marker", "true")
            .header("x-amz-version-id", marker.version.clone())),
        (Some(object), _) => Ok(object),
    }
}

/// What `x-amz-version-id` says: nothing where versioning was never configured.
pub fn version_header(bucket: &Bucket, object: &Object) -> Option<String> {
    bucket.versioning.as_ref().map(|_| object.version.clone())
}

/// A reply with its version.
pub fn with_version(reply: Reply, version: Option<String>) -> Reply {
    match version {
        Some(version) => reply.with("x-amz-version-id", version),
        None => reply,
    }
}

/// Puts a version in its place: a new one where versioning is on, in place of the `null` version where it
/// is not. Answers the version's id.
pub fn store(world: &mut World, bucket: &str, key: &str, mut object: Object) -> Option<String> {
    let id = world.ids.letters(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._",
        32,
    );
    let found = world.buckets.get_mut(bucket)?;
    let versions = found.objects.entry(key.to_owned()).or_default();
    if found.versioning.as_deref() == Some("Enabled") {
        object.version = id;
    } else {
        versions.retain(|o| o.version != "null");
        object.version = "null".to_owned();
    }
    let id = object.version.clone();
    versions.push(object.clone());
    events::created(world, bucket, key, &object);
    Some(id)
}

/// Names and values.
type Texts = BTreeMap<String, String>;

/// The headers and metadata of a request that are kept with an object.
pub fn described(ask: &Ask<'_>) -> Result<(Texts, Texts), S3Fault> {
    let mut headers: Texts = KEPT
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), ask.header(name)?.to_owned())))
        .collect();
    headers
        .entry("content-type".to_owned())
        .or_insert_with(|| "binary/octet-stream".to_owned());
    // aws-chunked is how the body came, not what it is.
    if let Some(encoding) = headers.remove("content-encoding") {
        let rest: Vec<&str> = encoding
            .split(',')
            .map(str::trim)
            .filter(|e| !e.eq_ignore_ascii_case("aws-chunked") && !e.is_empty())
            .collect();
        if !rest.is_empty() {
            headers.insert("content-encoding".to_owned(), rest.join(","));
        }
    }
    let metadata: Texts = ask
        .request
        .headers
        .iter()
        .filter_map(|(name, value)| {
            let name = name.strip_prefix("x-amz-meta-")?;
            Some((name.to_owned(), value.clone()))
        })
        .collect();
    let size: usize = metadata.iter().map(|(k, v)| k.len() + v.len()).sum();
    if size > 2048 {
        return Err(S3Fault::new(
            400,
            "MetadataTooLarge",
            "Your metadata headers exceed the maximum allowed metadata size",
        )
        .element("Size", size.to_string())
        .element("MaxSizeAllowed", "2048"));
    }
    Ok((headers, metadata))
}

/// The storage class of a request.
pub fn class(ask: &Ask<'_>) -> Result<String, S3Fault> {
    let class = ask.header("x-amz-storage-class").unwrap_or("STANDARD");
    let known = [
        "STANDARD",
        "REDUCED_REDUNDANCY",
        "STANDARD_IA",
        "ONEZONE_IA",
        "INTELLIGENT_TIERING",
        "GLACIER",
        "DEEP_ARCHIVE",
        "GLACIER_IR",
    ];
    if known.contains(&class) {
        return Ok(class.to_owned());
    }
    Err(S3Fault::new(
        400,
        "InvalidStorageClass",
        "The storage class you specified is not valid",
    ))
}
