//! Who may do what with a bucket: whatever the caller's own policies and the bucket policy allow.

use super::Ask;
use super::asked;
use super::fault::{S3Fault, denied};
use super::router::{Level, Operation};
use super::state::Bucket;
use crate::sandbox::world::World;
use crate::sandbox::{authorize, time};

/// The fault for a bucket that is not there.
pub fn no_bucket(bucket: &str) -> S3Fault {
    S3Fault::new(404, "NoSuchBucket", "The specified bucket does not exist")
        .element("BucketName", bucket)
}

/// Checks bucket, owner, Region and access before an operation runs.
pub fn check(ask: &Ask<'_>, operation: &Operation) -> Result<(), S3Fault> {
    let mut world = ask.shared.world();
    ask.credential.clone_into(&mut world.calling_with);
    if operation.level == Level::Service {
        return decide(&world, ask, "", None, "*", operation.action);
    }
    if operation.name == "CreateBucket" {
        if ask.caller.is_anonymous() {
            return Err(denied());
        }
        // The bucket will be the caller's; whether its name is free is told afterwards.
        let arn = asked::arn(&ask.bucket, "");
        for action in asked::beside(ask, operation)
            .iter()
            .chain([&operation.action])
        {
            decide(&world, ask, "", None, &arn, action)?;
        }
        return Ok(());
    }
    let bucket = world
        .buckets
        .get(&ask.bucket)
        .ok_or_else(|| no_bucket(&ask.bucket))?;
    let signed = !ask.caller.is_anonymous();
    if signed && bucket.region != ask.region && operation.name != "GetBucketLocation" {
        return Err(wrong_region(ask, bucket));
    }
    if let Some(expected) = ask.header("x-amz-expected-bucket-owner")
        && expected != bucket.owner
    {
        return Err(denied());
    }
    if operation.name == "DeleteObjects" {
        // Each of the objects is asked for on its own.
        return Ok(());
    }
    let version = ask.parameter("versionId");
    for action in [&operation.action]
        .into_iter()
        .chain(&asked::beside(ask, operation))
    {
        allowed(&world, ask, &ask.bucket, &ask.key, version, action)?;
    }
    Ok(())
}

/// A bucket policy is its owner's account's affair, whatever others are allowed.
///
/// Source: Amazon S3 API Reference, GetBucketPolicy, PutBucketPolicy and DeleteBucketPolicy.
pub fn of_owner(ask: &Ask<'_>, operation: &Operation) -> Result<(), S3Fault> {
    let of_policy = ["GetBucketPolicy", "PutBucketPolicy", "DeleteBucketPolicy"];
    let world = ask.shared.world();
    let owner = world.buckets.get(&ask.bucket).map(|it| it.owner.as_str());
    if !of_policy.contains(&operation.name) || owner.is_none_or(|it| it == ask.caller.account) {
        return Ok(());
    }
    let message = "The specified method is not allowed against this resource.";
    Err(S3Fault::new(405, "MethodNotAllowed", message)
        .element("Method", ask.request.method.as_str())
        .element("ResourceType", "BUCKETPOLICY"))
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

/// Whether the caller may do something with a bucket or an object in it.
pub fn allowed(
    world: &World,
    ask: &Ask<'_>,
    bucket_name: &str,
    key: &str,
    version: Option<&str>,
    action: &str,
) -> Result<(), S3Fault> {
    let bucket = world
        .buckets
        .get(bucket_name)
        .ok_or_else(|| no_bucket(bucket_name))?;
    let action = asked::of_version(action, version);
    let arn = asked::arn(bucket_name, key);
    decide(world, ask, key, Some(bucket), &arn, &action)
}

fn decide(
    world: &World,
    ask: &Ask<'_>,
    key: &str,
    bucket: Option<&Bucket>,
    arn: &str,
    action: &str,
) -> Result<(), S3Fault> {
    let request = asked::request(world, ask, bucket, key, action, arn);
    let session = world.sessions.get(ask.credential);
    authorize::check(world, session, &request).map_err(|refused| {
        if ask.caller.is_anonymous() {
            return denied();
        }
        S3Fault::new(403, "AccessDenied", refused.message)
    })
}

/// What is answered for an object that is not there: that it is absent is told to those only who may list
/// the bucket.
///
/// Source: Amazon S3 API Reference, GetObject and HeadObject, "Permissions".
pub fn absent(ask: &Ask<'_>, fault: S3Fault) -> S3Fault {
    if fault.fault.code != "NoSuchKey" || ask.key.is_empty() {
        return fault;
    }
    let world = ask.shared.world();
    match allowed(&world, ask, &ask.bucket, "", None, "s3:ListBucket") {
        Ok(()) => fault,
        Err(refused) => refused,
    }
}

/// `Last-Modified` of an object.
pub fn last_modified(millis: i64) -> String {
    time::http(millis)
}
