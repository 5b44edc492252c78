//! What S3 holds.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::sandbox::documents::Stored;

/// A bucket.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Bucket {
    /// The owner's account.
    pub owner: String,
    /// The Region.
    pub region: String,
    /// Milliseconds since 1970.
    pub created: i64,
    /// `Enabled` or `Suspended`; `None` where versioning was never configured.
    pub versioning: Option<String>,
    /// Default encryption.
    pub encryption: Encryption,
    /// Documents that are kept as they were given (XML), by sub-resource: `lifecycle`, `cors`...
    pub documents: BTreeMap<String, String>,
    /// Public access block: BlockPublicAcls, IgnorePublicAcls, BlockPublicPolicy, RestrictPublicBuckets. New
    /// buckets have all four on.
    pub public_access: Option<[bool; 4]>,
    /// `BucketOwnerEnforced` and so on; new buckets have it.
    pub ownership: Option<String>,
    /// The bucket policy.
    pub policy: Option<Stored>,
    /// Tags.
    pub tags: Option<Vec<(String, String)>>,
    /// Objects: key to versions, oldest first.
    pub objects: BTreeMap<String, Vec<Object>>,
    /// Multipart uploads, by upload id.
    pub uploads: BTreeMap<String, Upload>,
}

impl Bucket {
    /// The bucket's settings alone.
    pub fn without_objects(&self) -> Self {
        Self {
            owner: self.owner.clone(),
            region: self.region.clone(),
            created: self.created,
            versioning: self.versioning.clone(),
            encryption: self.encryption.clone(),
            public_access: self.public_access,
            ownership: self.ownership.clone(),
            ..Self::default()
        }
    }

    /// A version of an object: the one named, or the newest.
    pub fn version(&self, key: &str, version: Option<&str>) -> Option<&Object> {
        let versions = self.objects.get(key)?;
        match version {
            Some(id) => versions.iter().find(|o| o.version == id),
            None => versions.last(),
        }
    }
}

/// How objects are encrypted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Encryption {
    /// `AES256`, `aws:kms` or `aws:kms:dsse`; empty counts as `AES256`.
    pub algorithm: String,
    /// The key as it was named.
    pub key: Option<String>,
    /// Whether a bucket key is used.
    pub bucket_key: bool,
}

/// A version of an object, or a delete marker.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Object {
    /// The version's id; `null` where versioning was off.
    pub version: String,
    /// Whether it is a delete marker.
    pub marker: bool,
    /// The body's name among the blobs.
    pub blob: String,
    /// Bytes.
    pub size: u64,
    /// With its quotation marks.
    pub etag: String,
    /// Milliseconds since 1970.
    pub modified: i64,
    /// `content-type`, `cache-control`... in lower case.
    pub headers: BTreeMap<String, String>,
    /// `x-amz-meta-*`, without the prefix.
    pub metadata: BTreeMap<String, String>,
    /// Tags.
    pub tags: Vec<(String, String)>,
    /// How it is encrypted; the key as ARN.
    pub encryption: Encryption,
    /// Storage class.
    pub class: String,
    /// The checksum's algorithm (`CRC32`...) and value, where the client gave one.
    pub checksum: Option<(String, String)>,
    /// Sizes of the parts, where it was uploaded in parts.
    pub parts: Vec<u64>,
}

/// A multipart upload.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Upload {
    /// The key.
    pub key: String,
    /// Milliseconds since 1970.
    pub started: i64,
    /// What the object will be like, apart from its body.
    pub object: Object,
    /// Parts by number.
    pub parts: BTreeMap<u32, Part>,
}

/// A part of an upload.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Part {
    /// The body's name among the blobs.
    pub blob: String,
    /// Bytes.
    pub size: u64,
    /// With its quotation marks.
    pub etag: String,
    /// Milliseconds since 1970.
    pub modified: i64,
    /// The checksum's algorithm and value, where the client gave one.
    pub checksum: Option<(String, String)>,
}
