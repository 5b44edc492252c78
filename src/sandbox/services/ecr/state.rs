//! What a registry holds in one Region.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::sandbox::documents::Stored;
use crate::sandbox::services::fields::{Tags, arn, domain, put, seconds};

/// The repositories of one account in one Region.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct EcrState {
    /// By name.
    pub repositories: BTreeMap<String, Repository>,
}

/// A repository.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Repository {
    /// Its name.
    pub name: String,
    /// The account that it belongs to.
    pub registry: String,
    /// Its Region.
    pub region: String,
    /// When it was made, in milliseconds since 1970.
    pub created_at: i64,
    /// `MUTABLE`, `IMMUTABLE` and the two with exclusions.
    pub mutability: String,
    /// The filters of the two with exclusions.
    pub exclusions: Vec<String>,
    /// Whether images are scanned as they come.
    pub scan_on_push: bool,
    /// `encryptionConfiguration`.
    pub encryption: Value,
    /// The repository policy, as it was given.
    pub policy: Option<Stored>,
    /// The lifecycle policy, as it was given.
    pub lifecycle: Option<String>,
    /// Its tags.
    pub tags: Tags,
    /// Its images, in the order they came.
    pub images: Vec<Image>,
    /// Layers that have been uploaded: digest to size.
    pub layers: BTreeMap<String, u64>,
    /// Uploads under way: id to what came so far, as base64 of each part.
    pub uploads: BTreeMap<String, Upload>,
}

/// An image: its manifest, and what is known about it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Image {
    /// `sha256:` of the manifest.
    pub digest: String,
    /// The manifest, to the byte.
    pub manifest: String,
    /// The manifest's media type.
    pub media_type: String,
    /// The media type of the configuration or artifact, if the manifest says it.
    pub artifact_media_type: Option<String>,
    /// The tags that point to it.
    pub tags: Vec<String>,
    /// When it came, in milliseconds since 1970.
    pub pushed_at: i64,
    /// The sum of what the manifest names.
    pub size: u64,
}

/// A layer on its way.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Upload {
    /// The parts so far, each as base64.
    pub parts: Vec<String>,
    /// How many bytes they hold.
    pub received: u64,
}

impl Repository {
    /// Its ARN.
    pub fn arn(&self) -> String {
        arn(
            "ecr",
            &self.region,
            &self.registry,
            &format!("repository/{}", self.name),
        )
    }

    /// The host of its registry.
    pub fn host(&self) -> String {
        format!(
            "{}.dkr.ecr.{}.{}",
            self.registry,
            self.region,
            domain(&self.region)
        )
    }

    /// `repository`, as the API answers it.
    pub fn describe(&self) -> Value {
        let mut answer = json!({
            "repositoryArn": self.arn(),
            "registryId": self.registry,
            "repositoryName": self.name,
            "repositoryUri": format!("{}/{}", self.host(), self.name),
            "createdAt": seconds(self.created_at),
            "imageTagMutability": self.mutability,
            "imageScanningConfiguration": {"scanOnPush": self.scan_on_push},
            "encryptionConfiguration": self.encryption,
        });
        put(
            &mut answer,
            "imageTagMutabilityExclusionFilters",
            self.exclusion_filters(),
        );
        answer
    }

    /// The exclusion filters as the API answers them, absent where there are none.
    pub fn exclusion_filters(&self) -> Option<Value> {
        (!self.exclusions.is_empty()).then(|| {
            self.exclusions
                .iter()
                .map(|filter| json!({"filterType": "WILDCARD", "filter": filter}))
                .collect()
        })
    }

    /// The image of a digest or a tag.
    pub fn image(&self, digest: Option<&str>, tag: Option<&str>) -> Option<&Image> {
        self.images.iter().find(|image| {
            digest.is_none_or(|digest| image.digest == digest)
                && tag.is_none_or(|tag| image.tags.iter().any(|t| t == tag))
        })
    }
}
