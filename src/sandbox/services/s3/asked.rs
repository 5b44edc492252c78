//! What a request to S3 asks for: actions, the ARN, and S3's condition keys.
//!
//! Source: Service Authorization Reference, "Actions, resources, and condition keys for Amazon S3"; the
//! pages of the operations in the Amazon S3 API Reference.

use super::router::Operation;
use super::state::Bucket;
use super::{Ask, tagging};
use crate::policy::Request;
use crate::sandbox::authorize;
use crate::sandbox::world::World;

/// The ARN of a bucket or of an object in it.
pub fn arn(bucket: &str, key: &str) -> String {
    if key.is_empty() {
        format!("arn:aws:s3:::{bucket}")
    } else {
        format!("arn:aws:s3:::{bucket}/{key}")
    }
}

/// The action that a request is authorised as: what is done with a version has its own.
pub fn of_version(action: &str, version: Option<&str>) -> String {
    if version.is_none() {
        return action.to_owned();
    }
    match action {
        "s3:GetObject"
        | "s3:GetObjectAcl"
        | "s3:PutObjectAcl"
        | "s3:GetObjectAttributes"
        | "s3:DeleteObject"
        | "s3:GetObjectTagging"
        | "s3:PutObjectTagging"
        | "s3:DeleteObjectTagging" => action.replace("Object", "ObjectVersion"),
        other => other.to_owned(),
    }
}

/// The actions that a request needs besides its own.
pub fn beside(ask: &Ask<'_>, operation: &Operation) -> Vec<&'static str> {
    let acl = ask.header("x-amz-acl").is_some()
        || ask
            .request
            .headers
            .iter()
            .any(|(name, _)| name.starts_with("x-amz-grant-"));
    let mut actions = Vec::new();
    match operation.name {
        "PutObject" | "CreateMultipartUpload" | "CopyObject" => {
            if ask.header("x-amz-tagging").is_some() {
                actions.push("s3:PutObjectTagging");
            }
            if acl {
                actions.push("s3:PutObjectAcl");
            }
        }
        "GetObjectAttributes" => actions.push("s3:GetObjectAttributes"),
        "CreateBucket" => {
            if acl {
                actions.push("s3:PutBucketAcl");
            }
            if ask.header("x-amz-object-ownership").is_some() {
                actions.push("s3:PutBucketOwnershipControls");
            }
            if ask.header("x-amz-bucket-object-lock-enabled") == Some("true") {
                actions.push("s3:PutBucketObjectLockConfiguration");
                actions.push("s3:PutBucketVersioning");
            }
        }
        _ => {}
    }
    actions
}

/// A request as policies see it. Without a bucket it is about one that is to be the caller's, or none.
pub fn request(
    world: &World,
    ask: &Ask<'_>,
    bucket: Option<&Bucket>,
    key: &str,
    action: &str,
    arn: &str,
) -> Request {
    let session = world.sessions.get(ask.credential);
    let mut request = authorize::of_call(world, session, &ask.call(), action, arn);
    let owner = bucket.map_or(&ask.caller.account, |bucket| &bucket.owner);
    request.set("aws:ResourceAccount", vec![owner.clone()]);
    request.add("s3:ResourceAccount", owner.clone());
    if !ask.caller.is_anonymous() {
        request.add("s3:signatureversion", "AWS4-HMAC-SHA256");
        let by_header = ask.header("authorization").is_some();
        request.add(
            "s3:authType",
            if by_header {
                "REST-HEADER"
            } else {
                "REST-QUERY-STRING"
            },
        );
    }
    request.add("s3:TlsVersion", "1.3");
    for header in [
        "x-amz-acl",
        "x-amz-server-side-encryption",
        "x-amz-server-side-encryption-aws-kms-key-id",
        "x-amz-storage-class",
        "x-amz-copy-source",
        "x-amz-metadata-directive",
        "x-amz-content-sha256",
        "x-amz-grant-read",
        "x-amz-grant-write",
        "x-amz-grant-read-acp",
        "x-amz-grant-write-acp",
        "x-amz-grant-full-control",
    ] {
        if let Some(value) = ask.header(header) {
            request.add(&format!("s3:{header}"), value);
        }
    }
    if let Some(value) = ask.header("x-amz-object-ownership") {
        request.add("s3:x-amz-object-ownership", value);
    }
    for (parameter, name) in [
        ("prefix", "s3:prefix"),
        ("delimiter", "s3:delimiter"),
        ("max-keys", "s3:max-keys"),
        ("versionId", "s3:VersionId"),
    ] {
        if let Some(value) = ask.parameter(parameter) {
            request.add(name, value);
        }
    }
    let tags = ask.header("x-amz-tagging").map(tagging::of_header);
    for (name, value) in tags.into_iter().flatten().flatten() {
        request.add(&format!("s3:RequestObjectTag/{name}"), value);
        request.add("s3:RequestObjectTagKeys", name);
    }
    let object = bucket
        .filter(|_| !key.is_empty())
        .and_then(|bucket| bucket.version(key, ask.parameter("versionId")));
    for (name, value) in object.iter().flat_map(|object| &object.tags) {
        request.add(&format!("s3:ExistingObjectTag/{name}"), value.clone());
    }
    request.owned_by(owner.clone())
}
