//! Images: manifests with tags.

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::repositories::{bad_token, default_page};
use super::state::{Image, Repository};
use super::{image_ids, invalid, mutability, registry, repository, repository_mut, required};
use crate::sandbox::service::{Answer, Call, Fault};
use crate::sandbox::services::fields::{
    list, number, page, page_size, put as put_field, seconds, text,
};
use crate::sandbox::world::World;

/// `sha256:` and the hash of a text, which is how manifests and layers are named.
pub fn digest(bytes: &[u8]) -> String {
    format!("sha256:{}", hex::encode(Sha256::digest(bytes)))
}

fn is_digest(text: &str) -> bool {
    text.strip_prefix("sha256:")
        .is_some_and(|hash| hash.len() == 64 && hash.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// Whether a text can be a tag. Source: OCI Distribution Specification, "Pulling manifests".
fn is_tag(text: &str) -> bool {
    (1..=128).contains(&text.len())
        && !text.starts_with(['.', '-'])
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"_.-".contains(&b))
}

struct Manifest {
    media_type: String,
    artifact_media_type: Option<String>,
    size: u64,
    images: Vec<String>,
    layers: Vec<String>,
}

/// What a manifest says has been uploaded before it: its configuration and its layers. A layer that
/// stays in another registry is none of them. Source: Image Manifest Version 2, Schema 2, "Pushing an
/// Image"; OCI Image Format Specification, "Non-Distributable Layers".
pub fn layers_of(manifest: &Value) -> Vec<(String, u64)> {
    let here = |layer: &&Value| {
        let kind = text(layer, "mediaType").unwrap_or_default();
        !kind.contains("foreign") && !kind.contains("nondistributable")
    };
    let layers = list(manifest, "layers").iter().filter(here);
    let mut found: Vec<(String, u64)> = Vec::new();
    for item in manifest.get("config").into_iter().chain(layers) {
        let digest = text(item, "digest").unwrap_or_default();
        if !digest.is_empty() && !found.iter().any(|(known, _)| known == digest) {
            found.push((digest.to_owned(), size_of(item)));
        }
    }
    found
}

fn size_of(item: &Value) -> u64 {
    number(item, "size")
        .and_then(|size| u64::try_from(size).ok())
        .unwrap_or(0)
}

fn manifest(call: &Call, text_of_it: &str) -> Result<Manifest, Fault> {
    let parsed: Value = serde_json::from_str(text_of_it)
        .ok()
        .filter(Value::is_object)
        .ok_or_else(|| invalid("ImageManifest", "Invalid JSON syntax"))?;
    let media_type = call
        .text("imageManifestMediaType")
        .or_else(|| text(&parsed, "mediaType"))
        .map(str::to_owned)
        .or_else(|| {
            // OCI allows a manifest to leave its own type out; its members tell which it is.
            if !list(&parsed, "manifests").is_empty() {
                Some("application/vnd.oci.image.index.v1+json".to_owned())
            } else if parsed.get("config").is_some() {
                Some("application/vnd.oci.image.manifest.v1+json".to_owned())
            } else {
                None
            }
        })
        .ok_or_else(|| {
            invalid(
                "ImageManifest",
                "image manifest mediatype not provided in manifest or parameter",
            )
        })?;
    let layers: u64 = list(&parsed, "layers")
        .iter()
        .map(size_of)
        .fold(0, u64::saturating_add);
    let config = parsed.get("config").map_or(0, size_of);
    Ok(Manifest {
        media_type,
        artifact_media_type: text(&parsed, "artifactType")
            .or_else(|| parsed.pointer("/config/mediaType").and_then(Value::as_str))
            .map(str::to_owned),
        size: layers.saturating_add(config),
        images: list(&parsed, "manifests")
            .iter()
            .filter_map(|item| text(item, "digest"))
            .map(str::to_owned)
            .collect(),
        layers: layers_of(&parsed)
            .into_iter()
            .map(|(digest, _)| digest)
            .collect(),
    })
}

fn described(repository: &Repository, image: &Image, tag: Option<&str>) -> Value {
    let mut id = json!({"imageDigest": image.digest});
    put_field(
        &mut id,
        "imageTag",
        tag.map(|tag| Value::String(tag.to_owned())),
    );
    json!({
        "registryId": repository.registry,
        "repositoryName": repository.name,
        "imageId": id,
        "imageManifest": image.manifest,
        "imageManifestMediaType": image.media_type,
    })
}

/// `PutImage`.
pub fn put(world: &mut World, call: &Call) -> Answer {
    let text_of_it = required(call, "imageManifest")?;
    let tag = call.text("imageTag");
    let now = call.now;
    let repository = repository_mut(world, call)?;
    if let Some(tag) = tag
        && !is_tag(tag)
    {
        return Err(invalid(
            "imageTag",
            "must satisfy regular expression '[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}'",
        ));
    }
    let manifest = manifest(call, text_of_it)?;
    let digest = digest(text_of_it.as_bytes());
    if let Some(given) = call.text("imageDigest")
        && given != digest
    {
        return Err(Fault::new(
            "ImageDigestDoesNotMatchException",
            format!(
                "Image digest '{given}' does not match the digest '{digest}' that was calculated from the manifest"
            ),
        ));
    }
    let absent: Vec<&str> = manifest
        .images
        .iter()
        .map(String::as_str)
        .filter(|image| repository.image(Some(image), None).is_none())
        .collect();
    if !absent.is_empty() {
        return Err(Fault::new(
            "ReferencedImagesNotFoundException",
            format!(
                "Images with digests '[{}]' required for pushing image into repository with name '{}' in the registry with id '{}' do not exist",
                absent.join(", "),
                repository.name,
                repository.registry
            ),
        ));
    }
    // What is there already came with its layers.
    let there = repository.image(Some(&digest), None).is_some();
    let missing: Vec<&str> = manifest
        .layers
        .iter()
        .map(String::as_str)
        .filter(|layer| !there && !repository.layers.contains_key(*layer))
        .collect();
    if !missing.is_empty() {
        return Err(Fault::new(
            "LayersNotFoundException",
            format!(
                "Layers with digests '[{}]' required for pushing image into repository with name '{}' in the registry with id '{}' do not exist",
                missing.join(", "),
                repository.name,
                repository.registry
            ),
        ));
    }
    if let Some(existing) = repository.image(Some(&digest), None) {
        let same_tag = tag.is_none_or(|tag| existing.tags.iter().any(|t| t == tag));
        if same_tag {
            let with_tag = tag.map_or(String::new(), |tag| format!(" and tag '{tag}'"));
            return Err(Fault::new(
                "ImageAlreadyExistsException",
                format!(
                    "Image with digest '{digest}'{with_tag} already exists in the repository with name '{}' in registry with id '{}'",
                    repository.name, repository.registry
                ),
            ));
        }
    }
    if let Some(tag) = tag {
        let taken = repository.image(None, Some(tag)).is_some();
        if taken && mutability::is_immutable(&repository.mutability, &repository.exclusions, tag) {
            return Err(Fault::new(
                "ImageTagAlreadyExistsException",
                format!(
                    "The image tag '{tag}' already exists in the '{}' repository and cannot be overwritten because the tag is immutable.",
                    repository.name
                ),
            ));
        }
        for image in &mut repository.images {
            image.tags.retain(|t| t != tag);
        }
    }
    if repository.image(Some(&digest), None).is_none() {
        repository.images.push(Image {
            digest: digest.clone(),
            manifest: text_of_it.to_owned(),
            media_type: manifest.media_type,
            artifact_media_type: manifest.artifact_media_type,
            tags: Vec::new(),
            pushed_at: now,
            size: manifest.size,
        });
    }
    if let Some(image) = repository
        .images
        .iter_mut()
        .find(|image| image.digest == digest)
    {
        image.tags.extend(tag.map(str::to_owned));
        image.pushed_at = now;
    }
    let image = repository
        .image(Some(&digest), None)
        .ok_or_else(|| Fault::new("ServerException", "The image was not kept").status(500))?;
    Ok(json!({"image": described(repository, image, tag)}))
}

type ImageId = (Option<String>, Option<String>);

fn id_value(id: &ImageId) -> Value {
    let mut value = json!({});
    put_field(&mut value, "imageDigest", id.0.clone().map(Value::String));
    put_field(&mut value, "imageTag", id.1.clone().map(Value::String));
    value
}

/// Why an id leads to no image: AWS's code and sentence.
fn failure(repository: &Repository, id: &ImageId) -> Option<(&'static str, &'static str)> {
    match id {
        (None, None) => Some((
            "MissingDigestAndTag",
            "Invalid request parameters: both tag and digest cannot be null",
        )),
        (Some(digest), _) if !is_digest(digest) => Some((
            "InvalidImageDigest",
            "Invalid request parameters: image digest should satisfy the regex '[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+'",
        )),
        (digest, tag) => {
            if repository
                .image(digest.as_deref(), tag.as_deref())
                .is_some()
            {
                None
            } else if digest.is_some()
                && tag.is_some()
                && repository.image(digest.as_deref(), None).is_some()
            {
                Some((
                    "ImageTagDoesNotMatchDigest",
                    "Image tag does not match image digest",
                ))
            } else {
                Some(("ImageNotFound", "Requested image not found"))
            }
        }
    }
}

fn failures(repository: &Repository, ids: &[ImageId]) -> Vec<Value> {
    ids.iter()
        .filter_map(|id| {
            let (code, reason) = failure(repository, id)?;
            Some(json!({"imageId": id_value(id), "failureCode": code, "failureReason": reason}))
        })
        .collect()
}

fn some_ids(call: &Call) -> Result<Vec<ImageId>, Fault> {
    let ids = image_ids(call);
    match ids.len() {
        0 => Err(invalid(
            "imageIds",
            "Member must have length greater than or equal to 1",
        )),
        1..=100 => Ok(ids),
        _ => Err(invalid(
            "imageIds",
            "Member must have length less than or equal to 100",
        )),
    }
}

/// `BatchGetImage`.
pub fn batch_get(world: &mut World, call: &Call) -> Answer {
    let ids = some_ids(call)?;
    let accepted = call.list("acceptedMediaTypes");
    let repository = repository(world, call)?;
    let failures = failures(repository, &ids);
    let mut images = Vec::new();
    for (digest, tag) in ids.iter().filter(|id| failure(repository, id).is_none()) {
        if let Some(image) = repository.image(digest.as_deref(), tag.as_deref())
            && (accepted.is_empty()
                || accepted
                    .iter()
                    .any(|t| t.as_str() == Some(&image.media_type)))
        {
            images.push(described(repository, image, tag.as_deref()));
        }
    }
    Ok(json!({"images": images, "failures": failures}))
}

fn wanted_status(call: &Call) -> Result<Option<bool>, Fault> {
    match call
        .input
        .pointer("/filter/tagStatus")
        .and_then(Value::as_str)
    {
        None | Some("ANY") => Ok(None),
        Some("TAGGED") => Ok(Some(true)),
        Some("UNTAGGED") => Ok(Some(false)),
        Some(_) => Err(invalid(
            "filter.tagStatus",
            "Member must satisfy enum value set: [TAGGED, UNTAGGED, ANY]",
        )),
    }
}

fn detail(repository: &Repository, image: &Image) -> Value {
    let mut answer = json!({
        "registryId": repository.registry,
        "repositoryName": repository.name,
        "imageDigest": image.digest,
    });
    put_field(
        &mut answer,
        "imageTags",
        (!image.tags.is_empty()).then(|| json!(image.tags)),
    );
    put_field(&mut answer, "imageSizeInBytes", Some(json!(image.size)));
    put_field(&mut answer, "imagePushedAt", Some(seconds(image.pushed_at)));
    put_field(
        &mut answer,
        "imageManifestMediaType",
        Some(json!(image.media_type)),
    );
    put_field(
        &mut answer,
        "artifactMediaType",
        image.artifact_media_type.as_ref().map(|t| json!(t)),
    );
    put_field(&mut answer, "imageStatus", Some(json!("ACTIVE")));
    answer
}

/// `DescribeImages`.
pub fn describe(world: &mut World, call: &Call) -> Answer {
    let tagged = wanted_status(call)?;
    let ids = image_ids(call);
    let registry = registry(call);
    let repository = repository(world, call)?;
    let mut rows = Vec::new();
    if ids.is_empty() {
        rows.extend(
            repository
                .images
                .iter()
                .filter(|image| tagged.is_none_or(|tagged| tagged != image.tags.is_empty()))
                .map(|image| detail(repository, image)),
        );
    } else {
        for (digest, tag) in &ids {
            if digest.is_none() && tag.is_none() {
                return Err(invalid("imageIds", "both tag and digest cannot be null"));
            }
            let image = repository
                .image(digest.as_deref(), tag.as_deref())
                .ok_or_else(|| {
                    let quoted = |text: &Option<String>| text.clone().unwrap_or_else(|| "null".to_owned());
                    Fault::new(
                        "ImageNotFoundException",
                        format!(
                            "The image with imageId {{imageDigest:'{}', imageTag:'{}'}} does not exist within the repository with name '{}' in the registry with id '{registry}'",
                            quoted(digest),
                            quoted(tag),
                            repository.name
                        ),
                    )
                })?;
            let row = detail(repository, image);
            if !rows.contains(&row) {
                rows.push(row);
            }
        }
    }
    let most = page_size(call, "maxResults", default_page(call));
    let (rows, next) = page(rows, call.text("nextToken"), most).ok_or_else(bad_token)?;
    let mut answer = json!({"imageDetails": rows});
    put_field(&mut answer, "nextToken", next.map(Value::String));
    Ok(answer)
}

/// `ListImages`.
pub fn list_ids(world: &mut World, call: &Call) -> Answer {
    let tagged = wanted_status(call)?;
    let repository = repository(world, call)?;
    let mut rows = Vec::new();
    for image in &repository.images {
        if image.tags.is_empty() && tagged != Some(true) {
            rows.push(json!({"imageDigest": image.digest}));
        }
        if tagged != Some(false) {
            rows.extend(
                image
                    .tags
                    .iter()
                    .map(|tag| json!({"imageDigest": image.digest, "imageTag": tag})),
            );
        }
    }
    let most = page_size(call, "maxResults", default_page(call));
    let (rows, next) = page(rows, call.text("nextToken"), most).ok_or_else(bad_token)?;
    let mut answer = json!({"imageIds": rows});
    put_field(&mut answer, "nextToken", next.map(Value::String));
    Ok(answer)
}

/// `BatchDeleteImage`: a tag alone takes the tag off, and the image with the last of them; a digest
/// deletes the image with all its tags. Source: the API model.
pub fn batch_delete(world: &mut World, call: &Call) -> Answer {
    let ids = some_ids(call)?;
    let repository = repository_mut(world, call)?;
    let failures = failures(repository, &ids);
    let fine: Vec<ImageId> = ids
        .into_iter()
        .filter(|id| failure(repository, id).is_none())
        .collect();
    let mut gone = Vec::new();
    for (digest, tag) in fine {
        let Some(image) = repository.image(digest.as_deref(), tag.as_deref()).cloned() else {
            continue;
        };
        match (digest, tag) {
            (None, Some(tag)) => {
                gone.push(json!({"imageDigest": image.digest, "imageTag": tag}));
                for kept in repository
                    .images
                    .iter_mut()
                    .filter(|kept| kept.digest == image.digest)
                {
                    kept.tags.retain(|t| *t != tag);
                }
                repository
                    .images
                    .retain(|kept| kept.digest != image.digest || !kept.tags.is_empty());
            }
            (_, _) => {
                if image.tags.is_empty() {
                    gone.push(json!({"imageDigest": image.digest}));
                }
                gone.extend(
                    image
                        .tags
                        .iter()
                        .map(|tag| json!({"imageDigest": image.digest, "imageTag": tag})),
                );
                repository.images.retain(|kept| kept.digest != image.digest);
            }
        }
    }
    Ok(json!({"imageIds": gone, "failures": failures}))
}
