//! Who may do what with a bucket: whatever the caller's own policies and the bucket policy allow.

use super::Ask;
use super::asked;
use super::fault::{S3Fault, denied};
use super::router::{Level, Operation};
use super::state::Bucket;
use crate::policy::{self, Says, Scope};
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

/// What a refusal of another account's bucket policy becomes for a caller who would be allowed: it is the
/// method that is not allowed then.
///
/// Source: Amazon S3 API Reference, GetBucketPolicy, PutBucketPolicy and DeleteBucketPolicy.
pub fn of_policy(ask: &Ask<'_>, operation: &Operation, refused: S3Fault) -> S3Fault {
    let about = ["GetBucketPolicy", "PutBucketPolicy", "DeleteBucketPolicy"];
    let expected = ask.header("x-amz-expected-bucket-owner");
    let world = ask.shared.world();
    let Some(bucket) = world.buckets.get(&ask.bucket) else {
        return refused;
    };
    let other = about.contains(&operation.name)
        && refused.fault.code == "AccessDenied"
        && !ask.caller.is_anonymous()
        && bucket.owner != ask.caller.account
        && expected.is_none_or(|it| it == bucket.owner);
    if !other || !both_allow(&world, ask, bucket, operation.action) {
        return refused;
    }
    let message = "The specified method is not allowed against this resource.";
    S3Fault::new(405, "MethodNotAllowed", message)
        .element("Method", ask.request.method.as_str())
        .element("ResourceType", "BUCKETPOLICY")
}

/// Whether the caller's own policies allow it, and the bucket's policy does too.
fn both_allow(world: &World, ask: &Ask<'_>, bucket: &Bucket, action: &str) -> bool {
    let arn = asked::arn(&ask.bucket, "");
    let asked = asked::request(world, ask, Some(bucket), "", action, &arn);
    let document = (bucket.policy.as_ref())
        .and_then(|stored| serde_json::from_str(&stored.now(world)).ok())
        .and_then(|document| policy::parse(&document).ok());
    let named = document
        .is_some_and(|document| policy::says(&document, Scope::Resource, &asked) == Says::Allows);
    named && decide(world, ask, "", None, &arn, action).is_ok()
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
