//! Which operation a request is: by method, by what it addresses, and by the sub-resource in its query.

use super::fault::{S3Fault, not_implemented};
use super::{Ask, Outcome};
use super::{bucket_policy, buckets, copy, delete, get, list, multipart, put, settings, tagging};
use crate::sandbox::request::Request;

/// What a request addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// All buckets.
    Service,
    /// A bucket.
    Bucket,
    /// An object.
    Object,
}

/// An operation.
pub struct Operation {
    /// What it addresses.
    pub level: Level,
    /// The method.
    pub method: &'static str,
    /// The parameter of the query that tells it from others; empty for none.
    pub selector: &'static str,
    /// Its name in the API.
    pub name: &'static str,
    /// The IAM action.
    pub action: &'static str,
    /// Whether it changes something.
    pub changes: bool,
    /// What it does.
    pub run: fn(&Ask<'_>) -> Outcome,
}

const fn op(
    level: Level,
    method: &'static str,
    selector: &'static str,
    name: &'static str,
    action: &'static str,
    changes: bool,
    run: fn(&Ask<'_>) -> Outcome,
) -> Operation {
    Operation {
        level,
        method,
        selector,
        name,
        action,
        changes,
        run,
    }
}

use Level::{Bucket as B, Object as O, Service as S};

/// Those with a selector stand before the one without, for each method and level.
#[rustfmt::skip]
static OPERATIONS: &[Operation] = &[
    op(S, "GET", "", "ListBuckets", "s3:ListAllMyBuckets", false, buckets::list),
    op(B, "GET", "location", "GetBucketLocation", "s3:GetBucketLocation", false, buckets::location),
    op(B, "GET", "versioning", "GetBucketVersioning", "s3:GetBucketVersioning", false, settings::get_versioning),
    op(B, "PUT", "versioning", "PutBucketVersioning", "s3:PutBucketVersioning", true, settings::put_versioning),
    op(B, "GET", "encryption", "GetBucketEncryption", "s3:GetEncryptionConfiguration", false, settings::get_encryption),
    op(B, "PUT", "encryption", "PutBucketEncryption", "s3:PutEncryptionConfiguration", true, settings::put_encryption),
    op(B, "DELETE", "encryption", "DeleteBucketEncryption", "s3:PutEncryptionConfiguration", true, settings::delete_encryption),
    op(B, "GET", "publicAccessBlock", "GetPublicAccessBlock", "s3:GetBucketPublicAccessBlock", false, settings::get_public_access),
    op(B, "PUT", "publicAccessBlock", "PutPublicAccessBlock", "s3:PutBucketPublicAccessBlock", true, settings::put_public_access),
    op(B, "DELETE", "publicAccessBlock", "DeletePublicAccessBlock", "s3:PutBucketPublicAccessBlock", true, settings::delete_public_access),
    op(B, "GET", "ownershipControls", "GetBucketOwnershipControls", "s3:GetBucketOwnershipControls", false, settings::get_ownership),
    op(B, "PUT", "ownershipControls", "PutBucketOwnershipControls", "s3:PutBucketOwnershipControls", true, settings::put_ownership),
    op(B, "DELETE", "ownershipControls", "DeleteBucketOwnershipControls", "s3:PutBucketOwnershipControls", true, settings::delete_ownership),
    op(B, "GET", "lifecycle", "GetBucketLifecycleConfiguration", "s3:GetLifecycleConfiguration", false, settings::get_lifecycle),
    op(B, "PUT", "lifecycle", "PutBucketLifecycleConfiguration", "s3:PutLifecycleConfiguration", true, settings::put_lifecycle),
    op(B, "DELETE", "lifecycle", "DeleteBucketLifecycle", "s3:PutLifecycleConfiguration", true, settings::delete_lifecycle),
    op(B, "GET", "cors", "GetBucketCors", "s3:GetBucketCORS", false, settings::get_cors),
    op(B, "PUT", "cors", "PutBucketCors", "s3:PutBucketCORS", true, settings::put_cors),
    op(B, "DELETE", "cors", "DeleteBucketCors", "s3:PutBucketCORS", true, settings::delete_cors),
    op(B, "GET", "website", "GetBucketWebsite", "s3:GetBucketWebsite", false, settings::get_website),
    op(B, "PUT", "website", "PutBucketWebsite", "s3:PutBucketWebsite", true, settings::put_website),
    op(B, "DELETE", "website", "DeleteBucketWebsite", "s3:DeleteBucketWebsite", true, settings::delete_website),
    op(B, "GET", "logging", "GetBucketLogging", "s3:GetBucketLogging", false, settings::get_logging),
    op(B, "PUT", "logging", "PutBucketLogging", "s3:PutBucketLogging", true, settings::put_logging),
    op(B, "GET", "notification", "GetBucketNotificationConfiguration", "s3:GetBucketNotification", false, settings::get_notification),
    op(B, "PUT", "notification", "PutBucketNotificationConfiguration", "s3:PutBucketNotification", true, settings::put_notification),
    op(B, "GET", "accelerate", "GetBucketAccelerateConfiguration", "s3:GetAccelerateConfiguration", false, settings::get_accelerate),
    op(B, "GET", "requestPayment", "GetBucketRequestPayment", "s3:GetBucketRequestPayment", false, settings::get_payment),
    op(B, "GET", "replication", "GetBucketReplication", "s3:GetReplicationConfiguration", false, settings::get_replication),
    op(B, "GET", "object-lock", "GetObjectLockConfiguration", "s3:GetBucketObjectLockConfiguration", false, settings::get_object_lock),
    op(B, "GET", "acl", "GetBucketAcl", "s3:GetBucketAcl", false, settings::get_acl),
    op(B, "PUT", "acl", "PutBucketAcl", "s3:PutBucketAcl", true, settings::put_acl),
    op(B, "GET", "policyStatus", "GetBucketPolicyStatus", "s3:GetBucketPolicyStatus", false, bucket_policy::status),
    op(B, "GET", "policy", "GetBucketPolicy", "s3:GetBucketPolicy", false, bucket_policy::get),
    op(B, "PUT", "policy", "PutBucketPolicy", "s3:PutBucketPolicy", true, bucket_policy::put),
    op(B, "DELETE", "policy", "DeleteBucketPolicy", "s3:DeleteBucketPolicy", true, bucket_policy::delete),
    op(B, "GET", "tagging", "GetBucketTagging", "s3:GetBucketTagging", false, tagging::get_bucket),
    op(B, "PUT", "tagging", "PutBucketTagging", "s3:PutBucketTagging", true, tagging::put_bucket),
    op(B, "DELETE", "tagging", "DeleteBucketTagging", "s3:PutBucketTagging", true, tagging::delete_bucket),
    op(B, "GET", "versions", "ListObjectVersions", "s3:ListBucketVersions", false, list::versions),
    op(B, "GET", "uploads", "ListMultipartUploads", "s3:ListBucketMultipartUploads", false, multipart::list_uploads),
    op(B, "GET", "list-type", "ListObjectsV2", "s3:ListBucket", false, list::second),
    op(B, "POST", "delete", "DeleteObjects", "s3:DeleteObject", true, delete::batch),
    op(B, "PUT", "", "CreateBucket", "s3:CreateBucket", true, buckets::create),
    op(B, "HEAD", "", "HeadBucket", "s3:ListBucket", false, buckets::head),
    op(B, "DELETE", "", "DeleteBucket", "s3:DeleteBucket", true, buckets::delete),
    op(B, "GET", "", "ListObjects", "s3:ListBucket", false, list::first),
    op(O, "GET", "tagging", "GetObjectTagging", "s3:GetObjectTagging", false, tagging::get_object),
    op(O, "PUT", "tagging", "PutObjectTagging", "s3:PutObjectTagging", true, tagging::put_object),
    op(O, "DELETE", "tagging", "DeleteObjectTagging", "s3:DeleteObjectTagging", true, tagging::delete_object),
    op(O, "GET", "acl", "GetObjectAcl", "s3:GetObjectAcl", false, settings::get_acl),
    op(O, "PUT", "acl", "PutObjectAcl", "s3:PutObjectAcl", true, settings::put_acl),
    op(O, "GET", "attributes", "GetObjectAttributes", "s3:GetObject", false, get::attributes),
    op(O, "POST", "uploads", "CreateMultipartUpload", "s3:PutObject", true, multipart::create),
    op(O, "PUT", "partNumber", "UploadPart", "s3:PutObject", true, multipart::upload),
    op(O, "POST", "uploadId", "CompleteMultipartUpload", "s3:PutObject", true, multipart::complete),
    op(O, "DELETE", "uploadId", "AbortMultipartUpload", "s3:AbortMultipartUpload", true, multipart::abort),
    op(O, "GET", "uploadId", "ListParts", "s3:ListMultipartUploadParts", false, multipart::list_parts),
    op(O, "PUT", "", "PutObject", "s3:PutObject", true, put::put),
    op(O, "GET", "", "GetObject", "s3:GetObject", false, get::get),
    op(O, "HEAD", "", "HeadObject", "s3:GetObject", false, get::head),
    op(O, "DELETE", "", "DeleteObject", "s3:DeleteObject", true, delete::one),
];

static COPY: Operation = op(
    O,
    "PUT",
    "",
    "CopyObject",
    "s3:PutObject",
    true,
    copy::object,
);
static COPY_PART: Operation = op(
    O,
    "PUT",
    "partNumber",
    "UploadPartCopy",
    "s3:PutObject",
    true,
    copy::part,
);

/// Sub-resources that S3 has and the sandbox does not.
const OTHERS: &[&str] = &[
    "abac",
    "analytics",
    "intelligent-tiering",
    "inventory",
    "legal-hold",
    "metadataConfiguration",
    "metadataTable",
    "metrics",
    "restore",
    "retention",
    "select",
    "session",
    "torrent",
    "accelerate",
    "acl",
    "attributes",
    "cors",
    "delete",
    "encryption",
    "lifecycle",
    "logging",
    "notification",
    "object-lock",
    "ownershipControls",
    "policy",
    "policyStatus",
    "publicAccessBlock",
    "replication",
    "requestPayment",
    "tagging",
    "uploads",
    "versioning",
    "website",
];

/// The operation of a request.
pub fn find(
    request: &Request,
    bucket: &str,
    key: &str,
    parameters: &[(String, String)],
) -> Result<&'static Operation, S3Fault> {
    let level = match (bucket.is_empty(), key.is_empty()) {
        (true, _) => S,
        (false, true) => B,
        (false, false) => O,
    };
    let has = |name: &str| parameters.iter().any(|(n, _)| n == name);
    if level == O && request.method == "PUT" && request.header("x-amz-copy-source").is_some() {
        return Ok(if has("partNumber") { &COPY_PART } else { &COPY });
    }
    let found = OPERATIONS
        .iter()
        .filter(|o| o.level == level && o.method == request.method)
        .find(|o| o.selector.is_empty() || has(o.selector));
    match found {
        Some(operation) if operation.selector.is_empty() && OTHERS.iter().any(|o| has(o)) => {
            Err(not_implemented())
        }
        Some(operation) => Ok(operation),
        None => Err(S3Fault::new(
            405,
            "MethodNotAllowed",
            "The specified method is not allowed against this resource.",
        )
        .element("Method", request.method.clone())),
    }
}
