//! Making, finding and deleting buckets.

use super::access::no_bucket;
use super::fault::{S3Fault, denied, invalid, malformed};
use super::names;
use super::read;
use super::state::{Bucket, Encryption};
use super::{Ask, Outcome};
use crate::ident::Region;
use crate::sandbox::protocol::xml::Xml;
use crate::sandbox::request::Reply;
use crate::sandbox::sigv4::sha256_hex;
use crate::sandbox::time;

/// The namespace of S3's answers.
pub const XMLNS: &str = "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"";

/// An account's canonical user id.
pub fn canonical_id(account: &str) -> String {
    sha256_hex(format!("canonical user of {account}").as_bytes())
}

/// An answer in XML.
pub fn xml(body: Xml) -> Reply {
    Reply::text(200, "application/xml", body.finish())
}

/// `ListBuckets`.
pub fn list(ask: &Ask<'_>) -> Outcome {
    let prefix = ask.parameter("prefix").unwrap_or_default();
    let region = ask.parameter("bucket-region");
    let after = ask
        .parameter("continuation-token")
        .map(super::list::untoken)
        .transpose()?;
    let most = match ask.parameter("max-buckets") {
        None => 10_000,
        Some(text) => text
            .parse::<usize>()
            .ok()
            .filter(|n| (1..=10_000).contains(n))
            .ok_or_else(|| {
                super::fault::argument(
                    "max-buckets must be between 1 and 10000",
                    "max-buckets",
                    text,
                )
            })?,
    };
    let world = ask.shared.world();
    let mut own: Vec<(&String, &Bucket)> = world
        .buckets
        .iter()
        .filter(|(name, b)| {
            b.owner == ask.caller.account
                && name.starts_with(prefix)
                && region.is_none_or(|r| b.region == r)
                && after.as_ref().is_none_or(|a| *name > a)
        })
        .collect();
    let rest = own.len() > most;
    own.truncate(most);
    let mut body = Xml::document();
    body.open("ListAllMyBucketsResult", XMLNS);
    body.within("Owner", |xml| {
        xml.leaf("ID", &canonical_id(&ask.caller.account));
    });
    body.within("Buckets", |xml| {
        for (name, bucket) in &own {
            xml.within("Bucket", |xml| {
                xml.leaf("Name", name)
                    .leaf("CreationDate", &time::iso_millis(bucket.created))
                    .leaf("BucketRegion", &bucket.region)
                    .leaf("BucketArn", &format!("arn:aws:s3:::{name}"));
            });
        }
    });
    if let (true, Some((last, _))) = (rest, own.last()) {
        body.leaf("ContinuationToken", &hex::encode(last.as_bytes()));
    }
    body.close("ListAllMyBucketsResult");
    Ok(xml(body))
}

/// Where a bucket is wanted, and the tags that it starts with.
type Wanted = (String, Option<Vec<(String, String)>>);

fn wanted_region(ask: &Ask<'_>) -> Result<Wanted, S3Fault> {
    let incompatible = |what: &str| {
        S3Fault::new(
            400,
            "IllegalLocationConstraintException",
            format!(
                "The {what} location constraint is incompatible for the region specific endpoint this request was sent to."
            ),
        )
    };
    let mut tags = None;
    let mut constraint = None;
    if !ask.body.is_empty() {
        let body = read::document(&ask.body, "CreateBucketConfiguration")?;
        constraint = body
            .value("LocationConstraint")
            .filter(|t| !t.is_empty())
            .map(str::to_owned);
        if body.child("Bucket").is_some() || body.child("Location").is_some() {
            return Err(super::fault::not_implemented());
        }
        if let Some(set) = body.child("Tags") {
            tags = Some(super::tagging::read_tags(set, 50)?);
        }
    }
    let region = match constraint.as_deref() {
        None if ask.region == "us-east-1" => "us-east-1",
        None => return Err(incompatible("unspecified")),
        Some("us-east-1") => {
            return Err(S3Fault::new(
                400,
                "InvalidLocationConstraint",
                "The specified location-constraint is not valid",
            )
            .element("LocationConstraint", "us-east-1"));
        }
        Some("EU") => "eu-west-1",
        Some(other) => other,
    };
    if Region::parse(region).is_err() {
        return Err(S3Fault::new(
            400,
            "InvalidLocationConstraint",
            "The specified location-constraint is not valid",
        )
        .element("LocationConstraint", region));
    }
    // A request signed for us-east-1 went to the global endpoint, which makes buckets anywhere.
    if region != ask.region && ask.region != "us-east-1" {
        return Err(incompatible(region));
    }
    Ok((region.to_owned(), tags))
}

/// `CreateBucket`.
pub fn create(ask: &Ask<'_>) -> Outcome {
    if !names::is_bucket(&ask.bucket) {
        return Err(S3Fault::new(
            400,
            "InvalidBucketName",
            "The specified bucket is not valid.",
        )
        .element("BucketName", &ask.bucket));
    }
    let (region, tags) = wanted_region(ask)?;
    if ask.header("x-amz-bucket-object-lock-enabled") == Some("true") {
        return Err(super::fault::not_implemented());
    }
    let ownership = match ask.header("x-amz-object-ownership") {
        None => "BucketOwnerEnforced",
        Some(given @ ("BucketOwnerEnforced" | "BucketOwnerPreferred" | "ObjectWriter")) => given,
        Some(_) => return Err(invalid("Invalid x-amz-object-ownership header")),
    };
    if let Some(acl) = ask.header("x-amz-acl")
        && acl != "private"
        && ownership == "BucketOwnerEnforced"
    {
        return Err(S3Fault::new(
            400,
            "InvalidBucketAclWithObjectOwnership",
            "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting",
        ));
    }
    let mut world = ask.shared.world();
    let created = Reply::empty(200)
        .with("Location", format!("/{}", ask.bucket))
        .with("x-amz-bucket-arn", format!("arn:aws:s3:::{}", ask.bucket));
    if let Some(there) = world.buckets.get(&ask.bucket) {
        return if there.owner != ask.caller.account {
            Err(S3Fault::new(
                409,
                "BucketAlreadyExists",
                "The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a different name and try again.",
            )
            .element("BucketName", &ask.bucket))
        } else if there.region == "us-east-1" && region == "us-east-1" {
            // Kept by S3 for old clients. Source: Amazon S3 API Reference, CreateBucket.
            Ok(created)
        } else {
            Err(S3Fault::new(
                409,
                "BucketAlreadyOwnedByYou",
                "Your previous request to create the named bucket succeeded and you already own it.",
            )
            .element("BucketName", &ask.bucket))
        };
    }
    let bucket = Bucket {
        owner: ask.caller.account.clone(),
        region,
        created: ask.now,
        encryption: Encryption {
            algorithm: "AES256".to_owned(),
            ..Encryption::default()
        },
        public_access: Some([true; 4]),
        ownership: Some(ownership.to_owned()),
        tags,
        ..Bucket::default()
    };
    world.buckets.insert(ask.bucket.clone(), bucket);
    Ok(created)
}

/// `HeadBucket`.
pub fn head(ask: &Ask<'_>) -> Outcome {
    let world = ask.shared.world();
    let bucket = world
        .buckets
        .get(&ask.bucket)
        .ok_or_else(|| no_bucket(&ask.bucket))?;
    Ok(Reply::empty(200)
        .with("x-amz-bucket-region", &bucket.region)
        .with("x-amz-bucket-arn", format!("arn:aws:s3:::{}", ask.bucket))
        .with("x-amz-access-point-alias", "false")
        .with("Content-Type", "application/xml"))
}

/// `GetBucketLocation`.
pub fn location(ask: &Ask<'_>) -> Outcome {
    let world = ask.shared.world();
    let bucket = world
        .buckets
        .get(&ask.bucket)
        .ok_or_else(|| no_bucket(&ask.bucket))?;
    let mut body = Xml::document();
    body.open("LocationConstraint", XMLNS);
    if bucket.region != "us-east-1" {
        body.raw(&bucket.region);
    }
    body.close("LocationConstraint");
    Ok(xml(body))
}

/// `DeleteBucket`.
pub fn delete(ask: &Ask<'_>) -> Outcome {
    let mut world = ask.shared.world();
    let bucket = world
        .buckets
        .get(&ask.bucket)
        .ok_or_else(|| no_bucket(&ask.bucket))?;
    if bucket.owner != ask.caller.account {
        return Err(denied());
    }
    if !bucket.objects.is_empty() {
        let message = if bucket.versioning.is_some() {
            "The bucket you tried to delete is not empty. You must delete all versions in the bucket."
        } else {
            "The bucket you tried to delete is not empty"
        };
        return Err(S3Fault::new(409, "BucketNotEmpty", message).element("BucketName", &ask.bucket));
    }
    world.buckets.remove(&ask.bucket);
    Ok(Reply::empty(204))
}

/// Runs over the bucket of a request, to be changed.
pub fn change<T>(
    ask: &Ask<'_>,
    with: impl FnOnce(&mut Bucket) -> Result<T, S3Fault>,
) -> Result<T, S3Fault> {
    let mut world = ask.shared.world();
    let bucket = world
        .buckets
        .get_mut(&ask.bucket)
        .ok_or_else(|| no_bucket(&ask.bucket))?;
    with(bucket)
}

/// Runs over the bucket of a request, to be read.
pub fn look<T>(
    ask: &Ask<'_>,
    with: impl FnOnce(&Bucket) -> Result<T, S3Fault>,
) -> Result<T, S3Fault> {
    let world = ask.shared.world();
    let bucket = world
        .buckets
        .get(&ask.bucket)
        .ok_or_else(|| no_bucket(&ask.bucket))?;
    with(bucket)
}

/// The body of a request that must have one, read as XML.
pub fn body(ask: &Ask<'_>, root: &str) -> Result<read::Element, S3Fault> {
    super::checksum::verify(ask)?;
    if ask.body.is_empty() {
        return Err(S3Fault::new(
            400,
            "MissingRequestBodyError",
            "Request Body is empty",
        ));
    }
    read::document(&ask.body, root).map_err(|_| malformed())
}
