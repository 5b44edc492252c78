//! Server-side encryption: what a request asks for, or the bucket's default; and whether the key can be
//! used.
//!
//! Bodies are kept as they are: what is encrypted on AWS's disks is of no use to protect here. What can
//! be seen from outside, that a key which is absent, disabled or not the caller's stops a request, is the
//! same.

use std::collections::BTreeMap;

use super::Ask;
use super::fault::{S3Fault, argument, invalid};
use super::state::{Bucket, Encryption, Object};
use crate::sandbox::request::Reply;
use crate::sandbox::service::Fault;
use crate::sandbox::services::kms;
use crate::sandbox::world::World;

/// KMS's fault as S3 passes it on.
fn passed_on(fault: Fault) -> S3Fault {
    match fault.code.as_str() {
        "AccessDeniedException" => S3Fault::new(403, "AccessDenied", fault.message),
        code => S3Fault::new(400, &format!("KMS.{code}"), fault.message),
    }
}

fn context(bucket: &str, key: &str, bucket_key: bool) -> BTreeMap<String, String> {
    let arn = if bucket_key {
        format!("arn:aws:s3:::{bucket}")
    } else {
        format!("arn:aws:s3:::{bucket}/{key}")
    };
    BTreeMap::from([("aws:s3:arn".to_owned(), arn)])
}

/// What an object that is written now is encrypted with. The key is looked up for the caller, as S3
/// does, so a bare id or alias means one of the caller's account.
pub fn of_request(
    world: &mut World,
    ask: &Ask<'_>,
    bucket: &Bucket,
) -> Result<Encryption, S3Fault> {
    if ask
        .header("x-amz-server-side-encryption-customer-algorithm")
        .is_some()
    {
        return Err(super::fault::not_implemented());
    }
    let key_header = ask.header("x-amz-server-side-encryption-aws-kms-key-id");
    let mut wanted = match ask.header("x-amz-server-side-encryption") {
        None if key_header.is_some() => {
            return Err(argument(
                "Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption : aws:kms",
                "x-amz-server-side-encryption",
                "",
            ));
        }
        None => bucket.encryption.clone(),
        Some(algorithm @ ("aws:kms" | "aws:kms:dsse")) => Encryption {
            algorithm: algorithm.to_owned(),
            // A request that names KMS and no key means the bucket's default key, if that is KMS too.
            key: key_header
                .map(str::to_owned)
                .or_else(|| bucket.encryption.key.clone()),
            bucket_key: bucket.encryption.bucket_key,
        },
        Some("AES256") if key_header.is_some() => {
            return Err(invalid(
                "x-amz-server-side-encryption-aws-kms-key-id is not applicable for AES256",
            ));
        }
        Some("AES256") => Encryption {
            algorithm: "AES256".to_owned(),
            ..Encryption::default()
        },
        Some(other) => {
            return Err(argument(
                "The encryption method specified is not supported",
                "x-amz-server-side-encryption",
                other,
            ));
        }
    };
    match ask.header("x-amz-server-side-encryption-bucket-key-enabled") {
        Some(flag) if wanted.algorithm == "aws:kms" => wanted.bucket_key = flag == "true",
        _ => {}
    }
    if wanted.algorithm.is_empty() {
        wanted.algorithm = "AES256".to_owned();
    }
    if wanted.algorithm != "AES256" {
        signed(ask)?;
        let arn = match &wanted.key {
            Some(given) => kms::find_for_service(world, &ask.caller.account, &bucket.region, given)
                .map_err(passed_on)?,
            None => kms::aws_managed(world, &ask.caller.account, &bucket.region, "s3", ask.now),
        };
        let context = context(&ask.bucket, &ask.key, wanted.bucket_key);
        let via = format!("s3.{}.amazonaws.com", bucket.region);
        kms::use_by_service(
            world,
            &ask.call(),
            &arn,
            "kms:GenerateDataKey",
            &context,
            &via,
        )
        .map_err(passed_on)?;
        wanted.key = Some(arn);
    }
    Ok(wanted)
}

/// KMS is asked in the name of whoever signed.
fn signed(ask: &Ask<'_>) -> Result<(), S3Fault> {
    if ask.caller.is_anonymous() {
        return Err(S3Fault::new(
            400,
            "InvalidArgument",
            "Requests specifying Server Side Encryption with AWS KMS managed keys require AWS Signature Version 4.",
        ));
    }
    Ok(())
}

/// Whether the caller may add a part to an upload: S3 opens what it has of it.
///
/// Source: Amazon S3 User Guide, "Multipart upload API and permissions".
pub fn continued(ask: &Ask<'_>, encryption: &Encryption) -> Result<(), S3Fault> {
    let Some(arn) = &encryption.key else {
        return Ok(());
    };
    let mut world = ask.shared.world();
    ask.credential.clone_into(&mut world.calling_with);
    let region = world
        .buckets
        .get(&ask.bucket)
        .map(|b| b.region.clone())
        .unwrap_or_default();
    let context = context(&ask.bucket, &ask.key, encryption.bucket_key);
    let via = format!("s3.{region}.amazonaws.com");
    kms::use_by_service(&world, &ask.call(), arn, "kms:Decrypt", &context, &via).map_err(passed_on)
}

/// Whether the caller may read an object, as far as its key goes.
pub fn readable(
    world: &World,
    ask: &Ask<'_>,
    bucket_name: &str,
    key: &str,
    object: &Object,
) -> Result<(), S3Fault> {
    let Some(arn) = &object.encryption.key else {
        return Ok(());
    };
    signed(ask)?;
    let region = world
        .buckets
        .get(bucket_name)
        .map(|b| b.region.clone())
        .unwrap_or_default();
    let context = context(bucket_name, key, object.encryption.bucket_key);
    let via = format!("s3.{region}.amazonaws.com");
    kms::use_by_service(world, &ask.call(), arn, "kms:Decrypt", &context, &via).map_err(passed_on)
}

/// A reply with the headers that say how an object is encrypted.
pub fn with_headers(mut reply: Reply, encryption: &Encryption) -> Reply {
    reply = reply.with("x-amz-server-side-encryption", &encryption.algorithm);
    if let Some(key) = &encryption.key {
        reply = reply.with("x-amz-server-side-encryption-aws-kms-key-id", key);
    }
    if encryption.bucket_key && encryption.algorithm == "aws:kms" {
        reply = reply.with("x-amz-server-side-encryption-bucket-key-enabled", "true");
    }
    reply
}
