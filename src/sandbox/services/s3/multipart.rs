//! Uploads in parts.

use bytes::{Bytes, BytesMut};
use md5::{Digest as _, Md5};

use super::access::no_bucket;
use super::buckets::{XMLNS, body, change, look, xml};
use super::fault::{S3Fault, argument, malformed};
use super::state::{Part, Upload};
use super::{Ask, Outcome, checksum, conditions, encryption, objects, put};
use crate::sandbox::protocol::xml::Xml;
use crate::sandbox::request::Reply;
use crate::sandbox::time;

/// The smallest part, but for the last. Source: Amazon S3 User Guide, "Multipart upload limits".
const SMALLEST: u64 = 5 * 1024 * 1024;

fn no_upload() -> S3Fault {
    S3Fault::new(
        404,
        "NoSuchUpload",
        "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.",
    )
}

fn upload_id<'a>(ask: &'a Ask<'_>) -> Result<&'a str, S3Fault> {
    ask.parameter("uploadId").ok_or_else(no_upload)
}

/// `CreateMultipartUpload`.
pub fn create(ask: &Ask<'_>) -> Outcome {
    let object = put::described(ask)?;
    let mut out = Xml::document();
    let mut reply = encryption::with_headers(Reply::default(), &object.encryption);
    let algorithm = ask.header("x-amz-checksum-algorithm");
    let mut world = ask.shared.world();
    let id = world.ids.letters(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._",
        64,
    );
    let bucket = world
        .buckets
        .get_mut(&ask.bucket)
        .ok_or_else(|| no_bucket(&ask.bucket))?;
    let upload = Upload {
        key: ask.key.clone(),
        started: ask.now,
        object,
        ..Upload::default()
    };
    bucket.uploads.insert(id.clone(), upload);
    out.open("InitiateMultipartUploadResult", XMLNS)
        .leaf("Bucket", &ask.bucket)
        .leaf("Key", &ask.key)
        .leaf("UploadId", &id)
        .close("InitiateMultipartUploadResult");
    let mut answer = xml(out);
    answer.headers.append(&mut reply.headers);
    Ok(match algorithm {
        Some(algorithm) => answer.with("x-amz-checksum-algorithm", algorithm),
        None => answer,
    })
}

/// Keeps a part. Answers its ETag and the encryption of the object.
pub fn keep_part(
    ask: &Ask<'_>,
    body: &Bytes,
    checksum: Option<(String, String)>,
) -> Result<(String, super::state::Encryption), S3Fault> {
    let text = ask.parameter("partNumber").unwrap_or_default();
    let number: u32 = text
        .parse()
        .ok()
        .filter(|n| (1..=10_000).contains(n))
        .ok_or_else(|| {
            argument(
                "Part number must be an integer between 1 and 10000, inclusive",
                "partNumber",
                text,
            )
        })?;
    let id = upload_id(ask)?.to_owned();
    let there = look(ask, |b| {
        Ok(b.uploads
            .get(&id)
            .filter(|u| u.key == ask.key)
            .map(|u| u.object.encryption.clone()))
    })?;
    let encryption = there.ok_or_else(no_upload)?;
    encryption::continued(ask, &encryption)?;
    let blob = put::keep(ask, body)?;
    let etag = put::etag(body, &encryption);
    let part = Part {
        blob,
        size: body.len() as u64,
        etag: etag.clone(),
        modified: ask.now,
        checksum,
    };
    change(ask, |b| {
        let upload = b.uploads.get_mut(&id).ok_or_else(no_upload)?;
        upload.parts.insert(number, part);
        Ok(())
    })?;
    Ok((etag, encryption))
}

/// `UploadPart`.
pub fn upload(ask: &Ask<'_>) -> Outcome {
    let checksum = checksum::verify(ask)?;
    let (etag, encryption) = keep_part(ask, &ask.body, checksum.clone())?;
    let mut reply = encryption::with_headers(Reply::empty(200).with("ETag", etag), &encryption);
    if let Some((algorithm, value)) = checksum
        && let Some(header) = checksum::header(&algorithm)
    {
        reply = reply.with(header, value);
    }
    Ok(reply)
}

/// `CompleteMultipartUpload`.
pub fn complete(ask: &Ask<'_>) -> Outcome {
    let given = body(ask, "CompleteMultipartUpload")?;
    let id = upload_id(ask)?;
    let upload = look(ask, |b| {
        b.uploads
            .get(id)
            .filter(|u| u.key == ask.key)
            .cloned()
            .ok_or_else(no_upload)
    })?;
    encryption::continued(ask, &upload.object.encryption)?;
    let mut chosen: Vec<&Part> = Vec::new();
    let mut before = 0u32;
    let parts: Vec<_> = given.children("Part").collect();
    if parts.is_empty() {
        return Err(malformed());
    }
    for (index, part) in parts.iter().enumerate() {
        let number: u32 = part
            .value("PartNumber")
            .and_then(|n| n.parse().ok())
            .ok_or_else(malformed)?;
        if number <= before {
            return Err(S3Fault::new(
                400,
                "InvalidPartOrder",
                "The list of parts was not in ascending order. Parts must be ordered by part number.",
            ));
        }
        before = number;
        let etag = part.value("ETag").unwrap_or_default();
        let there = upload
            .parts
            .get(&number)
            .filter(|p| p.etag.trim_matches('"') == etag.trim_matches('"'))
            .ok_or_else(|| {
                S3Fault::new(
                    400,
                    "InvalidPart",
                    "One or more of the specified parts could not be found. The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.",
                )
                .element("PartNumber", number.to_string())
            })?;
        if there.size < SMALLEST && index + 1 < parts.len() {
            return Err(S3Fault::new(
                400,
                "EntityTooSmall",
                "Your proposed upload is smaller than the minimum allowed size",
            )
            .element("PartNumber", number.to_string()));
        }
        chosen.push(there);
    }
    let mut whole = BytesMut::new();
    let mut digests = Vec::new();
    for part in &chosen {
        whole.extend_from_slice(&put::fetch(ask, &part.blob)?);
        let etag = hex::decode(part.etag.trim_matches('"')).unwrap_or_default();
        digests.extend(etag);
    }
    let whole = whole.freeze();
    let mut object = upload.object.clone();
    object.blob = put::keep(ask, &whole)?;
    object.size = whole.len() as u64;
    object.etag = format!(
        "\"{}-{}\"",
        hex::encode(Md5::digest(&digests)),
        chosen.len()
    );
    object.parts = chosen.iter().map(|p| p.size).collect();
    object.modified = ask.now;
    let mut out = Xml::document();
    out.open("CompleteMultipartUploadResult", XMLNS)
        .leaf(
            "Location",
            &format!(
                "https://{}.s3.{}.amazonaws.com/{}",
                ask.bucket, ask.region, ask.key
            ),
        )
        .leaf("Bucket", &ask.bucket)
        .leaf("Key", &ask.key)
        .leaf("ETag", &object.etag)
        .close("CompleteMultipartUploadResult");
    let reply = encryption::with_headers(xml(out), &object.encryption);
    let mut world = ask.shared.world();
    let bucket = world
        .buckets
        .get_mut(&ask.bucket)
        .ok_or_else(|| no_bucket(&ask.bucket))?;
    conditions::of_write(ask, bucket.version(&ask.key, None))?;
    bucket.uploads.remove(id).ok_or_else(no_upload)?;
    let versioned = bucket.versioning.is_some();
    let version = objects::store(&mut world, &ask.bucket, &ask.key, object);
    Ok(objects::with_version(reply, version.filter(|_| versioned)))
}

/// `AbortMultipartUpload`.
pub fn abort(ask: &Ask<'_>) -> Outcome {
    let id = upload_id(ask)?;
    change(ask, |b| {
        match b.uploads.get(id) {
            Some(upload) if upload.key == ask.key => {}
            _ => return Err(no_upload()),
        }
        b.uploads.remove(id);
        Ok(())
    })?;
    Ok(Reply::empty(204))
}

/// `ListParts`.
pub fn list_parts(ask: &Ask<'_>) -> Outcome {
    let id = upload_id(ask)?;
    let most = ask
        .parameter("max-parts")
        .and_then(|n| n.parse::<usize>().ok())
        .unwrap_or(1000)
        .min(1000);
    let after = ask
        .parameter("part-number-marker")
        .and_then(|n| n.parse::<u32>().ok())
        .unwrap_or(0);
    look(ask, |b| {
        let upload = b
            .uploads
            .get(id)
            .filter(|u| u.key == ask.key)
            .ok_or_else(no_upload)?;
        let mut parts: Vec<(&u32, &Part)> =
            upload.parts.iter().filter(|(n, _)| **n > after).collect();
        let more = parts.len() > most;
        parts.truncate(most);
        let mut out = Xml::document();
        out.open("ListPartsResult", XMLNS)
            .leaf("Bucket", &ask.bucket)
            .leaf("Key", &ask.key)
            .leaf("UploadId", id)
            .leaf("PartNumberMarker", &after.to_string())
            .leaf("MaxParts", &most.to_string())
            .leaf("IsTruncated", if more { "true" } else { "false" })
            .leaf("StorageClass", &upload.object.class);
        if let (true, Some((number, _))) = (more, parts.last()) {
            out.leaf("NextPartNumberMarker", &number.to_string());
        }
        for (number, part) in parts {
            out.within("Part", |out| {
                out.leaf("PartNumber", &number.to_string())
                    .leaf("LastModified", &time::iso_millis(part.modified))
                    .leaf("ETag", &part.etag)
                    .leaf("Size", &part.size.to_string());
                if let Some((algorithm, value)) = &part.checksum {
                    out.leaf(&format!("Checksum{algorithm}"), value);
                }
            });
        }
        out.close("ListPartsResult");
        Ok(xml(out))
    })
}

/// `ListMultipartUploads`: all of them at once, as there are never many here.
pub fn list_uploads(ask: &Ask<'_>) -> Outcome {
    let prefix = ask.parameter("prefix").unwrap_or_default();
    look(ask, |b| {
        let mut uploads: Vec<_> = b
            .uploads
            .iter()
            .filter(|(_, u)| u.key.starts_with(prefix))
            .collect();
        uploads.sort_by(|a, b| (&a.1.key, a.1.started).cmp(&(&b.1.key, b.1.started)));
        let mut out = Xml::document();
        out.open("ListMultipartUploadsResult", XMLNS)
            .leaf("Bucket", &ask.bucket)
            .leaf("KeyMarker", "")
            .leaf("UploadIdMarker", "")
            .leaf("MaxUploads", "1000")
            .leaf("Prefix", prefix)
            .leaf("IsTruncated", "false");
        for (id, upload) in uploads {
            out.within("Upload", |out| {
                out.leaf("Key", &upload.key)
                    .leaf("UploadId", id)
                    .leaf("StorageClass", &upload.object.class)
                    .leaf("Initiated", &time::iso_millis(upload.started));
            });
        }
        out.close("ListMultipartUploadsResult");
        Ok(xml(out))
    })
}
