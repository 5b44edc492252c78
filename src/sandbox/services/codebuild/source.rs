//! The source of a build.

use serde_json::Value;

use super::builds::Build;
use super::engine::Key;
use crate::sandbox::archive::{self, File, Files};
use crate::sandbox::blobs::Blobs;
use crate::sandbox::services::codecommit::Repository;
use crate::sandbox::services::codecommit::objects::Mode;
use crate::sandbox::services::kms;
use crate::sandbox::services::s3::inside;
use crate::sandbox::world::World;

type Fails = (String, String);

fn fails(message: impl Into<String>) -> Fails {
    ("CLIENT_ERROR".to_owned(), message.into())
}

/// The files that a build starts from: the pipeline's input artifact, or what the project names.
///
/// # Errors
/// Why DOWNLOAD_SOURCE fails.
pub fn tree(world: &World, blobs: &Blobs, key: &Key, build: &Build) -> Result<Files, Fails> {
    if let Some(pipeline) = &build.pipeline {
        let Some((_, bucket, object)) = pipeline.inputs.first() else {
            return Ok(Files::new());
        };
        return download(world, blobs, bucket, object);
    }
    let text = |member: &str| {
        let source = build.body.get("source");
        source
            .and_then(|source| source.get(member))
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    let location = text("location");
    match text("type") {
        "NO_SOURCE" => Ok(Files::new()),
        "S3" => {
            let (bucket, object) = location.split_once('/').unwrap_or((location, ""));
            download(world, blobs, bucket, object)
        }
        "CODECOMMIT" => repository(world, key, build, location),
        kind => Err(fails(format!(
            "The sandbox does not have sources of type {kind}"
        ))),
    }
}

fn download(world: &World, blobs: &Blobs, bucket: &str, key: &str) -> Result<Files, Fails> {
    let primary = format!("for primary source and source version arn:aws:s3:::{bucket}/{key}");
    let object = world
        .buckets
        .get(bucket)
        .and_then(|known| known.version(key, None))
        .ok_or_else(|| {
            fails(format!(
                "NoSuchKey: The specified key does not exist. {primary}"
            ))
        })?;
    if let Some(arn) = &object.encryption.key {
        let mut parts = arn.split(':').skip(3);
        let (region, account) = (
            parts.next().unwrap_or_default(),
            parts.next().unwrap_or_default(),
        );
        kms::find_for_service(world, account, region, arn)
            .map_err(|fault| fails(format!("KMS.{}: {} {primary}", fault.code, fault.message)))?;
    }
    inside::get(world, blobs, bucket, key, None)
        .and_then(|(body, _)| archive::unpack(&body))
        .ok_or_else(|| fails(format!("The source is not a zip file {primary}")))
}

fn repository(world: &World, key: &Key, build: &Build, location: &str) -> Result<Files, Fails> {
    let name = location.rsplit('/').next().unwrap_or(location);
    let missing = |what: &str| {
        fails(format!(
            "{what} not found for primary source and source version {}",
            build.source_version.as_deref().unwrap_or_default()
        ))
    };
    let found = world
        .regional_ref(&key.account, &key.region)
        .and_then(|regional| regional.codecommit.repositories.get(name))
        .ok_or_else(|| missing("repository"))?;
    let id = commit_of(found, build);
    let commit = found
        .objects
        .commit(&id)
        .ok_or_else(|| missing("reference"))?;
    let mut files = Files::new();
    for (path, (mode, blob)) in found.objects.files(&commit.tree) {
        if mode == Mode::Submodule {
            // What it points to is in another repository.
            continue;
        }
        let content = found.objects.blob(&blob).unwrap_or_default().to_vec();
        let mode = if mode == Mode::Executable {
            0o755
        } else {
            0o644
        };
        files.insert(path, File { content, mode });
    }
    Ok(files)
}

/// The commit that a build of a repository wants: a branch's, a tag's, or the one that it names itself.
fn commit_of(found: &Repository, build: &Build) -> String {
    let wanted = build
        .source_version
        .as_deref()
        .filter(|wanted| !wanted.is_empty())
        .or(found.default_branch.as_deref())
        .unwrap_or_default();
    let named = found.named();
    ["", "refs/heads/", "refs/tags/"]
        .iter()
        .find_map(|kind| named.get(&format!("{kind}{wanted}")))
        .map(|id| found.objects.peeled(id).unwrap_or(id).to_owned())
        .unwrap_or_else(|| wanted.to_owned())
}

/// The revision that a build's source comes to: the commit, or the version of the object.
pub fn resolved(world: &World, key: &Key, build: &Build) -> Option<String> {
    let source = build.body.get("source")?;
    let text = |member: &str| source.get(member).and_then(Value::as_str);
    let location = text("location")?;
    match text("type")? {
        "CODECOMMIT" => {
            let name = location.rsplit('/').next()?;
            let regional = world.regional_ref(&key.account, &key.region)?;
            let found = regional.codecommit.repositories.get(name)?;
            Some(commit_of(found, build))
        }
        "S3" => {
            let (bucket, object) = location.split_once('/')?;
            let bucket = world.buckets.get(bucket)?;
            bucket.versioning.as_ref()?;
            Some(bucket.version(object, None)?.version.clone())
        }
        _ => None,
    }
}

/// The text of the buildspec: inside the project, an object of a bucket, or a file of the source.
pub fn buildspec(world: &World, blobs: &Blobs, build: &Build, tree: &Files) -> Option<String> {
    let given = build
        .body
        .pointer("/source/buildspec")
        .and_then(Value::as_str);
    let given = given.unwrap_or_default().trim_start_matches('\u{feff}');
    let bytes = if given.contains('\n') {
        return Some(given.to_owned());
    } else if let Some(object) = given.strip_prefix("arn:aws:s3:::") {
        let (bucket, key) = object.split_once('/')?;
        inside::get(world, blobs, bucket, key, None)?.0.to_vec()
    } else {
        let path = if given.is_empty() {
            "buildspec.yml"
        } else {
            given
        };
        tree.get(path.trim_start_matches("./"))?.content.clone()
    };
    String::from_utf8(bytes).ok()
}

/// The ARN of the repository that an image's address names.
pub fn repository_of(address: &str) -> Option<String> {
    let (host, path) = address.split_once('/')?;
    let (account, rest) = host.split_once(".dkr.ecr.")?;
    let region = rest.split('.').next()?;
    let name = path.split(['@', ':']).next()?;
    let partition = crate::sandbox::page::partition(region);
    Some(format!(
        "arn:{partition}:ecr:{region}:{account}:repository/{name}"
    ))
}
