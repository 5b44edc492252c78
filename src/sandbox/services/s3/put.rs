//! Writing objects.

use bytes::Bytes;

use super::access::no_bucket;
use super::fault::S3Fault;
use super::state::{Encryption, Object};
use super::{Ask, Outcome, checksum, conditions, encryption, names, objects, settings, tagging};
use crate::sandbox::request::Reply;

/// Keeps a body among the blobs.
pub fn keep(ask: &Ask<'_>, body: &Bytes) -> Result<String, S3Fault> {
    ask.shared.blobs.put(body).map_err(|error| {
        S3Fault::new(
            500,
            "InternalError",
            format!("The sandbox cannot keep the body: {error}"),
        )
    })
}

/// Reads a body.
pub fn fetch(ask: &Ask<'_>, name: &str) -> Result<Bytes, S3Fault> {
    ask.shared.blobs.get(name).map_err(|error| {
        S3Fault::new(
            500,
            "InternalError",
            format!("The sandbox cannot read the body: {error}"),
        )
    })
}

/// The ETag of a body: its MD5, except under KMS, where it is not. Source: Amazon S3 API Reference, "Object".
pub fn etag(body: &[u8], encryption: &Encryption) -> String {
    let md5 = checksum::md5_hex(body);
    match &encryption.key {
        None => format!("\"{md5}\""),
        Some(key) => format!(
            "\"{}\"",
            checksum::md5_hex(format!("{md5}{key}").as_bytes())
        ),
    }
}

/// Refuses keys that cannot be.
pub fn check_key(key: &str) -> Result<(), S3Fault> {
    if key.len() > names::KEY {
        return Err(S3Fault::new(400, "KeyTooLongError", "Your key is too long")
            .element("Size", key.len().to_string())
            .element("MaxSizeAllowed", names::KEY.to_string()));
    }
    Ok(())
}

/// Everything about an object that the request says, apart from its body: headers, metadata, tags,
/// class, encryption.
pub fn described(ask: &Ask<'_>) -> Result<Object, S3Fault> {
    check_key(&ask.key)?;
    let (headers, metadata) = objects::described(ask)?;
    let tags = match ask.header("x-amz-tagging") {
        Some(text) => tagging::of_header(text)?,
        None => Vec::new(),
    };
    let class = objects::class(ask)?;
    let mut world = ask.shared.world();
    ask.credential.clone_into(&mut world.calling_with);
    let bucket = world
        .buckets
        .get(&ask.bucket)
        .ok_or_else(|| no_bucket(&ask.bucket))?
        .without_objects();
    settings::check_acl(ask, bucket.ownership.as_deref())?;
    let encryption = encryption::of_request(&mut world, ask, &bucket)?;
    Ok(Object {
        headers,
        metadata,
        tags,
        class,
        encryption,
        modified: ask.now,
        ..Object::default()
    })
}

/// `PutObject`.
pub fn put(ask: &Ask<'_>) -> Outcome {
    let checksum = checksum::verify(ask)?;
    let mut object = described(ask)?;
    object.etag = etag(&ask.body, &object.encryption);
    object.size = ask.body.len() as u64;
    object.checksum = checksum;
    object.blob = keep(ask, &ask.body)?;
    let mut reply = Reply::empty(200).with("ETag", &object.etag);
    reply = encryption::with_headers(reply, &object.encryption);
    if let Some((algorithm, value)) = &object.checksum
        && let Some(header) = checksum::header(algorithm)
    {
        reply = reply
            .with(header, value)
            .with("x-amz-checksum-type", "FULL_OBJECT");
    }
    let mut world = ask.shared.world();
    let bucket = world
        .buckets
        .get(&ask.bucket)
        .ok_or_else(|| no_bucket(&ask.bucket))?;
    conditions::of_write(ask, bucket.version(&ask.key, None))?;
    let versioned = bucket.versioning.is_some();
    let id = objects::store(&mut world, &ask.bucket, &ask.key, object);
    Ok(objects::with_version(reply, id.filter(|_| versioned)))
}
