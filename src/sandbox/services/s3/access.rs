//! Who may do what with a bucket: its owner's account, and whoever its policy allows.
//!
//! Until every request is decided by policy, the owner account's own principals are not asked for
//! identity policies; but a bucket policy's explicit Deny counts for everybody.

use super::Ask;
use super::fault::{S3Fault, denied};
use super::router::{Level, Operation};
use super::state::Bucket;
use crate::policy::Request;
use crate::sandbox::world::World;
use crate::sandbox::{authorize, time};

/// The fault for a bucket that is not there.
pub fn no_bucket(bucket: &str) -> S3Fault {
    S3Fault::new(404, "NoSuchBucket", "The specified bucket does not exist")
        .element("BucketName", bucket)
}

/// Checks bucket, owner, Region and access before an operation runs.
pub fn check(ask: &Ask<'_>, operation: &Operation) -> Result<(), S3Fault> {
    if operation.level == Level::Service || operation.name == "CreateBucket" {
        return Ok(());
    }
    let mut world = ask.shared.world();
    ask.credential.clone_into(&mut world.calling_with);
    let bucket = world
        .buckets
        .get(&ask.bucket)
        .ok_or_else(|| no_bucket(&ask.bucket))?;
    if bucket.region != ask.region && operation.name != "GetBucketLocation" {
        return Err(wrong_region(ask, bucket));
    }
    if let Some(expected) = ask.header("x-amz-expected-bucket-owner")
        && expected != bucket.owner
    {
        return Err(denied());
    }
    allowed(&world, ask, &ask.bucket, &ask.key, operation.action)
}

fn wrong_region(ask: &Ask<'_>, bucket: &Bucket) -> S3Fault {
    S3Fault::new(
        400,
        "AuthorizationHeaderMalformed",
        format!(
            "The authorization header is malformed; the region '{}' is wrong; expecting '{}'",
            ask.region, bucket.region
        ),
    )
    .element("Region", &bucket.region)
    .header("x-amz-bucket-region", &bucket.region)
}

fn request_of(world: &World, ask: &Ask<'_>, bucket: &Bucket, action: &str, arn: &str) -> Request {
    let session = world.sessions.get(ask.credential);
    let mut request = authorize::of_call(world, session, &ask.call(), action, arn);
    request.add("s3:ResourceAccount", bucket.owner.clone());
    request.add("s3:signatureversion", "AWS4-HMAC-SHA256");
    request.add(
        "s3:authType",
        if ask.header("authorization").is_some() {
            "REST-HEADER"
        } else {
            "REST-QUERY-STRING"
        },
    );
    request.add("s3:TlsVersion", "1.3");
    for header in [
        "x-amz-acl",
        "x-amz-server-side-encryption",
        "x-amz-server-side-encryption-aws-kms-key-id",
        "x-amz-storage-class",
        "x-amz-copy-source",
        "x-amz-metadata-directive",
        "x-amz-content-sha256",
    ] {
        if let Some(value) = ask.header(header) {
            request.add(&format!("s3:{header}"), value);
        }
    }
    for (parameter, key) in [
        ("prefix", "s3:prefix"),
        ("delimiter", "s3:delimiter"),
        ("max-keys", "s3:max-keys"),
        ("versionId", "s3:VersionId"),
    ] {
        if let Some(value) = ask.parameter(parameter) {
            request.add(key, value);
        }
    }
    request.owned_by(bucket.owner.clone())
}

/// The action that a request is authorised as: reading a version has its own.
fn with_version(ask: &Ask<'_>, action: &str) -> String {
    if ask.parameter("versionId").is_none() {
        return action.to_owned();
    }
    match action {
        "s3:GetObject"
        | "s3:DeleteObject"
        | "s3:GetObjectTagging"
        | "s3:PutObjectTagging"
        | "s3:DeleteObjectTagging" => action.replace("Object", "ObjectVersion"),
        other => other.to_owned(),
    }
}

/// Whether the caller may do something with a bucket or an object in it.
pub fn allowed(
    world: &World,
    ask: &Ask<'_>,
    bucket_name: &str,
    key: &str,
    action: &str,
) -> Result<(), S3Fault> {
    let bucket = world
        .buckets
        .get(bucket_name)
        .ok_or_else(|| no_bucket(bucket_name))?;
    let action = with_version(ask, action);
    let arn = if key.is_empty() {
        format!("arn:aws:s3:::{bucket_name}")
    } else {
        format!("arn:aws:s3:::{bucket_name}/{key}")
    };
    let own = bucket.owner == ask.caller.account;
    // The sandbox has no root user, who can always mend a policy that locks everybody out: the owner's
    // principals stand in for it.
    if own && action.ends_with("BucketPolicy") {
        return Ok(());
    }
    let request = request_of(world, ask, bucket, &action, &arn);
    let session = world.sessions.get(ask.credential);
    authorize::check(world, session, &request)
        .map_err(|refused| S3Fault::new(403, "AccessDenied", refused.message))
}

/// `Last-Modified` of an object.
pub fn last_modified(millis: i64) -> String {
    time::http(millis)
}
