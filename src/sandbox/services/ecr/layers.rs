//! Layers, as far as an image's upload goes, and the token to log in with.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::images::{digest, layers_of};
use super::state::Upload;
use super::{check_registry, invalid, repository, repository_mut, required};
use crate::sandbox::service::{Answer, Call, Fault};
use crate::sandbox::services::fields::{domain, put, seconds, texts};
use crate::sandbox::world::World;

/// The part size that ECR proposes.
const PART_SIZE: u64 = 10 * 1024 * 1024;

/// `GetAuthorizationToken`: user `AWS` and a password, good for twelve hours.
pub fn authorization_token(_: &mut World, call: &Call) -> Answer {
    let mut registries = texts(call.list("registryIds"));
    if registries.is_empty() {
        registries.push(call.caller.account.clone());
    }
    for registry in &registries {
        check_registry(registry)?;
    }
    let expires = call.now.saturating_add(12 * 60 * 60 * 1000);
    // Opaque to the client, as AWS's is; made of the request so that no two are the same.
    let password = STANDARD.encode(format!("{}:{}:{expires}", call.caller.arn, call.request_id));
    let token = STANDARD.encode(format!("AWS:{password}"));
    let data: Vec<Value> = registries
        .iter()
        .map(|registry| {
            json!({
                "authorizationToken": token,
                "expiresAt": seconds(expires),
                "proxyEndpoint": format!("https://{registry}.dkr.ecr.{}.{}", call.region, domain(&call.region)),
            })
        })
        .collect();
    Ok(json!({"authorizationData": data}))
}

/// Puts what a manifest names into a repository, as whoever pushes an image does before the manifest.
/// A repository that is not there takes nothing.
pub fn pushed(world: &mut World, (account, region): (&str, &str), name: &str, manifest: &Value) {
    let repositories = &mut world.regional(account, region).ecr.repositories;
    if let Some(repository) = repositories.get_mut(name) {
        repository.layers.extend(layers_of(manifest));
    }
}

fn legal(layer: &str) -> bool {
    layer.split_once(':').is_some_and(|(kind, hash)| {
        !kind.is_empty() && !hash.is_empty() && hash.bytes().all(|b| b.is_ascii_hexdigit())
    })
}

/// `BatchCheckLayerAvailability`.
pub fn check(world: &mut World, call: &Call) -> Answer {
    let wanted = texts(call.list("layerDigests"));
    if wanted.is_empty() {
        return Err(invalid(
            "layerDigests",
            "Member must have length greater than or equal to 1",
        ));
    }
    let repository = repository(world, call)?;
    let mut layers = Vec::new();
    let mut failures = Vec::new();
    for layer in &wanted {
        if !legal(layer) {
            failures.push(json!({
                "layerDigest": layer,
                "failureCode": "InvalidLayerDigest",
                "failureReason": "Invalid request parameters: layer digest should satisfy the regex '[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+'",
            }));
            continue;
        }
        let size = repository.layers.get(layer);
        let mut row = json!({
            "layerDigest": layer,
            "layerAvailability": if size.is_some() { "AVAILABLE" } else { "UNAVAILABLE" },
        });
        put(&mut row, "layerSize", size.map(|size| json!(size)));
        layers.push(row);
    }
    Ok(json!({"layers": layers, "failures": failures}))
}

/// `InitiateLayerUpload`.
pub fn initiate(world: &mut World, call: &Call) -> Answer {
    repository(world, call)?;
    let id = world.ids.uuid();
    repository_mut(world, call)?
        .uploads
        .insert(id.clone(), Upload::default());
    Ok(json!({"uploadId": id, "partSize": PART_SIZE}))
}

fn upload_not_found(id: &str, repository: &str, registry: &str) -> Fault {
    Fault::new(
        "UploadNotFoundException",
        format!(
            "Upload with id '{id}' does not exist for the repository with name '{repository}' in the registry with id '{registry}'"
        ),
    )
}

/// `UploadLayerPart`.
pub fn upload(world: &mut World, call: &Call) -> Answer {
    let id = required(call, "uploadId")?;
    let part = required(call, "layerPartBlob")?;
    let bytes = STANDARD
        .decode(part)
        .map_err(|_| invalid("layerPartBlob", "must be base64"))?;
    let first = call
        .number("partFirstByte")
        .and_then(|n| u64::try_from(n).ok());
    let last = call
        .number("partLastByte")
        .and_then(|n| u64::try_from(n).ok());
    let (Some(first), Some(last)) = (first, last) else {
        return Err(invalid("partFirstByte", "must not be null"));
    };
    let repository = repository_mut(world, call)?;
    let (name, registry) = (repository.name.clone(), repository.registry.clone());
    let upload = repository
        .uploads
        .get_mut(id)
        .ok_or_else(|| upload_not_found(id, &name, &registry))?;
    let length = bytes.len() as u64;
    if first != upload.received || last.checked_add(1) != Some(first.saturating_add(length)) {
        return Err(Fault::new(
            "InvalidLayerPartException",
            format!(
                "The layer part of upload '{id}' does not follow what was received before: the next byte is {}",
                upload.received
            ),
        ));
    }
    upload.parts.push(part.to_owned());
    upload.received = upload.received.saturating_add(length);
    Ok(json!({
        "registryId": registry,
        "repositoryName": name,
        "uploadId": id,
        "lastByteReceived": last,
    }))
}

/// `CompleteLayerUpload`.
pub fn complete(world: &mut World, call: &Call) -> Answer {
    let id = required(call, "uploadId")?;
    let wanted = texts(call.list("layerDigests"));
    let repository = repository_mut(world, call)?;
    let (name, registry) = (repository.name.clone(), repository.registry.clone());
    let upload = repository
        .uploads
        .get(id)
        .ok_or_else(|| upload_not_found(id, &name, &registry))?;
    let bytes: Vec<u8> = upload
        .parts
        .iter()
        .flat_map(|part| STANDARD.decode(part).unwrap_or_default())
        .collect();
    if bytes.is_empty() {
        return Err(Fault::new(
            "EmptyUploadException",
            format!("Upload with id '{id}' has no layer parts"),
        ));
    }
    let digest = digest(&bytes);
    if !wanted.contains(&digest) {
        return Err(Fault::new(
            "InvalidLayerException",
            format!(
                "Layer digest '{}' does not match the digest '{digest}' that was calculated from the upload",
                wanted.join(", ")
            ),
        ));
    }
    if repository.layers.contains_key(&digest) {
        return Err(Fault::new(
            "LayerAlreadyExistsException",
            format!(
                "Layer with digest '{digest}' already exists in the repository with name '{name}' in registry with id '{registry}'"
            ),
        ));
    }
    repository.uploads.remove(id);
    repository.layers.insert(digest.clone(), bytes.len() as u64);
    Ok(json!({
        "registryId": registry,
        "repositoryName": name,
        "uploadId": id,
        "layerDigest": digest,
    }))
}

/// `GetDownloadUrlForLayer`: an address of AWS's shape. The layer's bytes are not kept, so nothing
/// answers there.
pub fn download_url(world: &mut World, call: &Call) -> Answer {
    let layer = required(call, "layerDigest")?;
    let repository = repository(world, call)?;
    if !repository.layers.contains_key(layer) {
        return Err(Fault::new(
            "LayersNotFoundException",
            format!(
                "Layers with digests '[{layer}]' do not exist in the repository with name '{}' in the registry with id '{}'",
                repository.name, repository.registry
            ),
        ));
    }
    Ok(json!({
        "downloadUrl": format!(
            "https://prod-{}-starport-layer-bucket.s3.{}.{}/{}/{}",
            call.region,
            call.region,
            domain(&call.region),
            repository.registry,
            layer.replace(':', "/")
        ),
        "layerDigest": layer,
    }))
}
