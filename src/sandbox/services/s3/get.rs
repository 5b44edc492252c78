//! Reading objects.

use bytes::Bytes;

use super::access::{last_modified, no_bucket};
use super::buckets::{XMLNS, xml};
use super::fault::{S3Fault, invalid};
use super::state::Object;
use super::{Ask, Outcome, checksum, conditions, encryption, objects, put};
use crate::sandbox::protocol::xml::Xml;
use crate::sandbox::request::Reply;

/// Finds the version that a request means, and checks that the caller may use its key, where the answer
/// cannot be given without it.
fn found(
    ask: &Ask<'_>,
    needs_key: impl Fn(&Object) -> bool,
) -> Result<(Object, Option<String>), S3Fault> {
    let mut world = ask.shared.world();
    ask.credential.clone_into(&mut world.calling_with);
    let bucket = world
        .buckets
        .get(&ask.bucket)
        .ok_or_else(|| no_bucket(&ask.bucket))?;
    let object = objects::present(bucket, ask)?.clone();
    let version = objects::version_header(bucket, &object);
    conditions::of_read(ask, &object)?;
    if needs_key(&object) {
        encryption::readable(&world, ask, &ask.bucket, &ask.key, &object)?;
    }
    Ok((object, version))
}

fn unsatisfiable(size: u64, range: &str) -> S3Fault {
    S3Fault::new(
        416,
        "InvalidRange",
        "The requested range is not satisfiable",
    )
    .element("RangeRequested", range)
    .element("ActualObjectSize", size.to_string())
    .header("Content-Range", format!("bytes */{size}"))
}

/// First and last byte of a range; `None` where the whole is meant. A header that is not a range of bytes
/// counts as absent. Source: RFC 9110, "Range".
pub fn range(header: Option<&str>, size: u64) -> Result<Option<(u64, u64)>, S3Fault> {
    let Some(header) = header else {
        return Ok(None);
    };
    let Some((first, last)) = header
        .strip_prefix("bytes=")
        .filter(|spec| !spec.contains(','))
        .and_then(|spec| spec.split_once('-'))
    else {
        return Ok(None);
    };
    let (first, last) = (first.trim(), last.trim());
    let number = |text: &str| text.parse::<u64>().ok();
    match (number(first), number(last)) {
        (Some(from), _) if from >= size => Err(unsatisfiable(size, header)),
        (Some(from), Some(to)) if from <= to => Ok(Some((from, to.min(size - 1)))),
        (Some(from), None) if last.is_empty() => Ok(Some((from, size - 1))),
        (None, Some(0)) if first.is_empty() => Err(unsatisfiable(size, header)),
        (None, Some(_)) if first.is_empty() && size == 0 => Err(unsatisfiable(size, header)),
        (None, Some(count)) if first.is_empty() => Ok(Some((size.saturating_sub(count), size - 1))),
        _ => Ok(None),
    }
}

/// The bytes of a part of an object that was uploaded in parts.
fn part(ask: &Ask<'_>, object: &Object) -> Result<Option<(u64, u64)>, S3Fault> {
    let Some(text) = ask.parameter("partNumber") else {
        return Ok(None);
    };
    if ask.header("range").is_some() {
        return Err(invalid(
            "Cannot specify both Range header and partNumber query parameter",
        ));
    }
    let wrong = || {
        S3Fault::new(
            416,
            "InvalidPartNumber",
            "The requested partnumber is not satisfiable",
        )
        .element("PartNumberRequested", text)
        .element("ActualPartCount", object.parts.len().max(1).to_string())
    };
    let number: usize = text.parse().ok().filter(|n| *n >= 1).ok_or_else(wrong)?;
    if object.parts.is_empty() {
        return if number == 1 { Ok(None) } else { Err(wrong()) };
    }
    let size = object.parts.get(number - 1).ok_or_else(wrong)?;
    let start: u64 = object.parts.iter().take(number - 1).sum();
    Ok(Some((start, (start + size).saturating_sub(1))))
}

fn wants_checksum(ask: &Ask<'_>) -> bool {
    ask.header("x-amz-checksum-mode")
        .is_some_and(|mode| mode.eq_ignore_ascii_case("ENABLED"))
}

fn describe(ask: &Ask<'_>, object: &Object, version: Option<String>, partial: bool) -> Reply {
    let mut reply = Reply::empty(200)
        .with("Last-Modified", last_modified(object.modified))
        .with("ETag", &object.etag)
        .with("Accept-Ranges", "bytes");
    for (name, value) in &object.headers {
        let response = format!("response-{name}");
        let value = ask.parameter(&response).unwrap_or(value);
        reply = reply.with(name, value);
    }
    for name in [
        "cache-control",
        "content-disposition",
        "content-encoding",
        "content-language",
        "expires",
    ] {
        if let (false, Some(value)) = (
            object.headers.contains_key(name),
            ask.parameter(&format!("response-{name}")),
        ) {
            reply = reply.with(name, value);
        }
    }
    for (name, value) in &object.metadata {
        reply = reply.with(&format!("x-amz-meta-{name}"), value);
    }
    if object.class != "STANDARD" && !object.class.is_empty() {
        reply = reply.with("x-amz-storage-class", &object.class);
    }
    if !object.tags.is_empty() {
        reply = reply.with("x-amz-tagging-count", object.tags.len().to_string());
    }
    if !object.parts.is_empty() && ask.parameter("partNumber").is_some() {
        reply = reply.with("x-amz-mp-parts-count", object.parts.len().to_string());
    }
    if let (true, false, Some((algorithm, value))) =
        (wants_checksum(ask), partial, &object.checksum)
        && let Some(header) = checksum::header(algorithm)
    {
        reply = reply
            .with(header, value)
            .with("x-amz-checksum-type", "FULL_OBJECT");
    }
    reply = encryption::with_headers(reply, &object.encryption);
    objects::with_version(reply, version)
}

/// Only the content and its checksum are encrypted: what else `HeadObject` tells needs no key.
///
/// Source: Amazon S3 API Reference, HeadObject, `x-amz-checksum-mode`.
fn answer(ask: &Ask<'_>, with_body: bool) -> Outcome {
    let (object, version) = found(ask, |object| {
        with_body || (wants_checksum(ask) && object.checksum.is_some())
    })?;
    let span = match part(ask, &object)? {
        Some(span) => Some(span),
        None => range(ask.header("range"), object.size)?,
    };
    let mut reply = describe(ask, &object, version, span.is_some());
    let (first, length) = match span {
        Some((first, last)) => {
            reply.status = 206;
            reply = reply.with(
                "Content-Range",
                format!("bytes {first}-{last}/{}", object.size),
            );
            (
                first,
                last.saturating_sub(first)
                    .saturating_add(1)
                    .min(object.size),
            )
        }
        None => (0, object.size),
    };
    reply = reply.with("Content-Length", length.to_string());
    if with_body {
        let body = put::fetch(ask, &object.blob)?;
        let from = usize::try_from(first).unwrap_or(usize::MAX).min(body.len());
        let to = from
            .saturating_add(usize::try_from(length).unwrap_or(usize::MAX))
            .min(body.len());
        reply.body = body.slice(from..to);
    } else {
        reply.body = Bytes::new();
    }
    Ok(reply)
}

/// `GetObject`.
pub fn get(ask: &Ask<'_>) -> Outcome {
    answer(ask, true)
}

/// `HeadObject`.
pub fn head(ask: &Ask<'_>) -> Outcome {
    answer(ask, false)
}

/// `GetObjectAttributes`.
pub fn attributes(ask: &Ask<'_>) -> Outcome {
    let wanted = ask
        .header("x-amz-object-attributes")
        .unwrap_or_default()
        .to_owned();
    let has = |name: &str| wanted.split(',').any(|w| w.trim() == name);
    let (object, version) = found(ask, |object| has("Checksum") && object.checksum.is_some())?;
    let mut out = Xml::document();
    out.open("GetObjectAttributesResponse", XMLNS);
    if has("ETag") {
        out.leaf("ETag", object.etag.trim_matches('"'));
    }
    if let (true, Some((algorithm, value))) = (has("Checksum"), &object.checksum) {
        out.within("Checksum", |out| {
            out.leaf(&format!("Checksum{algorithm}"), value)
                .leaf("ChecksumType", "FULL_OBJECT");
        });
    }
    if has("ObjectParts") && !object.parts.is_empty() {
        out.within("ObjectParts", |out| {
            out.leaf("PartsCount", &object.parts.len().to_string());
        });
    }
    if has("StorageClass") {
        out.leaf("StorageClass", &object.class);
    }
    if has("ObjectSize") {
        out.leaf("ObjectSize", &object.size.to_string());
    }
    out.close("GetObjectAttributesResponse");
    let reply = xml(out).with("Last-Modified", last_modified(object.modified));
    Ok(objects::with_version(reply, version))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges() {
        let cases = [
            (None, 10, Ok(None)),
            (Some("bytes=0-4"), 10, Ok(Some((0, 4)))),
            (Some("bytes=5-"), 10, Ok(Some((5, 9)))),
            (Some("bytes=-3"), 10, Ok(Some((7, 9)))),
            (Some("bytes=-30"), 10, Ok(Some((0, 9)))),
            (Some("bytes=8-99"), 10, Ok(Some((8, 9)))),
            (Some("bytes=9-8"), 10, Ok(None)),
            (Some("bytes=a-b"), 10, Ok(None)),
            (Some("bytes=0-1,3-4"), 10, Ok(None)),
            (Some("items=0-1"), 10, Ok(None)),
            (Some("bytes=10-"), 10, Err(())),
            (Some("bytes=0-"), 0, Err(())),
            (Some("bytes=-1"), 0, Err(())),
            (Some("bytes=-0"), 10, Err(())),
        ];
        for (header, size, expected) in cases {
            assert_eq!(
                range(header, size).map_err(|_| ()),
                expected,
                "{header:?} of {size}"
            );
        }
    }
}
