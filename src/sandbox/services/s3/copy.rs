//! Copying objects.

use bytes::Bytes;
use percent_encoding::percent_decode_str;

use super::access::{self, no_bucket};
use super::buckets::{XMLNS, xml};
use super::fault::{S3Fault, argument, invalid};
use super::state::Object;
use super::{Ask, Outcome, encryption, get, multipart, objects, put, tagging};
use crate::sandbox::protocol::xml::Xml;
use crate::sandbox::time;

struct Source {
    bucket: String,
    key: String,
    object: Object,
    version: Option<String>,
    wanted: Option<String>,
}

/// The object that `x-amz-copy-source` names, if the caller may read it.
fn source(ask: &Ask<'_>) -> Result<Source, S3Fault> {
    let header = ask.header("x-amz-copy-source").unwrap_or_default();
    let wrong = || {
        argument(
            "Invalid copy source object key",
            "x-amz-copy-source",
            header,
        )
    };
    let (path, wanted) = match header.split_once("?versionId=") {
        Some((path, version)) => (path, Some(version.to_owned())),
        None => (header, None),
    };
    let path = percent_decode_str(path)
        .decode_utf8()
        .map_err(|_| wrong())?;
    let path = path.strip_prefix('/').unwrap_or(&path);
    let (bucket, key) = path
        .split_once('/')
        .filter(|(b, k)| !b.is_empty() && !k.is_empty())
        .ok_or_else(wrong)?;
    let mut world = ask.shared.world();
    ask.credential.clone_into(&mut world.calling_with);
    let there = world.buckets.get(bucket).ok_or_else(|| no_bucket(bucket))?;
    if let Some(expected) = ask.header("x-amz-source-expected-bucket-owner")
        && expected != there.owner
    {
        return Err(super::fault::denied());
    }
    access::allowed(&world, ask, bucket, key, wanted.as_deref(), "s3:GetObject")?;
    let object = objects::version_of(there, key, wanted.as_deref())?.clone();
    encryption::readable(&world, ask, bucket, key, &object)?;
    let etag = |name: &str| {
        ask.header(name)
            .map(|w| w.trim_matches('"') == object.etag.trim_matches('"'))
    };
    let failed = etag("x-amz-copy-source-if-match") == Some(false)
        || etag("x-amz-copy-source-if-none-match") == Some(true);
    if failed {
        return Err(S3Fault::new(
            412,
            "PreconditionFailed",
            "At least one of the pre-conditions you specified did not hold",
        ));
    }
    Ok(Source {
        bucket: bucket.to_owned(),
        key: key.to_owned(),
        version: objects::version_header(there, &object),
        object,
        wanted,
    })
}

fn directive<'a>(ask: &'a Ask<'_>, name: &str) -> Result<&'a str, S3Fault> {
    match ask.header(name).unwrap_or("COPY") {
        given @ ("COPY" | "REPLACE") => Ok(given),
        other => Err(argument("Unknown directive.", name, other)),
    }
}

/// Tags are copied by whoever may read and write them.
///
/// Source: Amazon S3 User Guide, "Categorizing your storage using tags", copying.
fn copies_tags(ask: &Ask<'_>, source: &Source) -> Result<(), S3Fault> {
    let world = ask.shared.world();
    let (bucket, version) = (&source.bucket, source.wanted.as_deref());
    let read = "s3:GetObjectTagging";
    access::allowed(&world, ask, bucket, &source.key, version, read)?;
    let write = "s3:PutObjectTagging";
    access::allowed(&world, ask, &ask.bucket, &ask.key, None, write)
}

/// `CopyObject`.
pub fn object(ask: &Ask<'_>) -> Outcome {
    let source = source(ask)?;
    let metadata = directive(ask, "x-amz-metadata-directive")?;
    let tags = directive(ask, "x-amz-tagging-directive")?;
    let changes_something = metadata == "REPLACE"
        || tags == "REPLACE"
        || ask.header("x-amz-server-side-encryption").is_some()
        || ask.header("x-amz-storage-class").is_some();
    if source.bucket == ask.bucket
        && source.key == ask.key
        && source.version.is_none()
        && !changes_something
    {
        return Err(invalid(
            "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
        ));
    }
    let mut object = put::described(ask)?;
    if metadata == "COPY" {
        object.headers = source.object.headers.clone();
        object.metadata = source.object.metadata.clone();
    }
    if tags == "COPY" {
        if !source.object.tags.is_empty() {
            copies_tags(ask, &source)?;
        }
        object.tags = source.object.tags.clone();
    } else if let Some(text) = ask.header("x-amz-tagging") {
        object.tags = tagging::of_header(text)?;
    }
    let body = put::fetch(ask, &source.object.blob)?;
    object.etag = put::etag(&body, &object.encryption);
    object.size = source.object.size;
    object.blob = source.object.blob.clone();
    object.checksum = source.object.checksum.clone();
    let mut out = Xml::document();
    out.open("CopyObjectResult", XMLNS)
        .leaf("LastModified", &time::iso_millis(object.modified))
        .leaf("ETag", &object.etag);
    if let Some((algorithm, value)) = &object.checksum {
        out.leaf(&format!("Checksum{algorithm}"), value)
            .leaf("ChecksumType", "FULL_OBJECT");
    }
    out.close("CopyObjectResult");
    let mut reply = encryption::with_headers(xml(out), &object.encryption);
    if let Some(version) = source.version {
        reply = reply.with("x-amz-copy-source-version-id", version);
    }
    let mut world = ask.shared.world();
    let versioned = world
        .buckets
        .get(&ask.bucket)
        .ok_or_else(|| no_bucket(&ask.bucket))?
        .versioning
        .is_some();
    let id = objects::store(&mut world, &ask.bucket, &ask.key, object);
    Ok(objects::with_version(reply, id.filter(|_| versioned)))
}

/// `UploadPartCopy`.
pub fn part(ask: &Ask<'_>) -> Outcome {
    let source = source(ask)?;
    let mut body = put::fetch(ask, &source.object.blob)?;
    if let Some(header) = ask.header("x-amz-copy-source-range") {
        let wrong = || {
            argument(
                "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy",
                "x-amz-copy-source-range",
                header,
            )
        };
        let (first, last) = get::range(Some(header), source.object.size)?.ok_or_else(wrong)?;
        let index = |n: u64| usize::try_from(n).map_err(|_| wrong());
        body = slice(&body, index(first)?, index(last)?);
    }
    let (etag, _) = multipart::keep_part(ask, &body, None)?;
    let mut out = Xml::document();
    out.open("CopyPartResult", XMLNS)
        .leaf("LastModified", &time::iso_millis(ask.now))
        .leaf("ETag", &etag)
        .close("CopyPartResult");
    Ok(xml(out))
}

fn slice(body: &Bytes, first: usize, last: usize) -> Bytes {
    let end = last.saturating_add(1).min(body.len());
    body.slice(first.min(end)..end)
}
