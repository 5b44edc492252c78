//! Builds that no pipeline has started: what they ask, and where their artifacts go.
//!
//! What such a build asks for its log, its container and its commands is what the same project asks in a
//! pipeline, so `chain` is asked for it with a pipeline of this one action. Source and artifacts are the
//! project's own.

use bytes::Bytes;
use md5::{Digest as _, Md5};
use serde_json::{Value, json};

use super::builds::Build;
use super::engine::Key;
use super::spec::Artifacts;
use crate::chain::{self, Beside, Commands, Moment, Need, Place, Run};
use crate::ident::{AccountId, Region};
use crate::sandbox::archive::{self, Files};
use crate::sandbox::authorize;
use crate::sandbox::blobs::Blobs;
use crate::sandbox::page::arn;
use crate::sandbox::services::kms;
use crate::sandbox::services::s3::inside;
use crate::sandbox::world::World;

/// Why a phase fails: code and message.
type Fails = (String, String);

fn fails(message: impl Into<String>) -> Fails {
    ("CLIENT_ERROR".to_owned(), message.into())
}

/// What a build asks, and what its commands are. The buildspec is not known before its source is there.
pub fn listing(
    world: &World,
    key: &Key,
    build: &Build,
    buildspec: Option<String>,
) -> (Vec<Need>, Commands) {
    let account = AccountId::parse(&key.account);
    let region = Region::parse(&key.region);
    let (Ok(account), Ok(region)) = (account, region) else {
        return (Vec::new(), Commands::default());
    };
    let variables: Value = build
        .variables
        .iter()
        .map(|it| json!({"name": it.name, "value": it.value, "type": it.kind}))
        .collect();
    let pipeline = json!({
        "name": build.project,
        "roleArn": build.role(),
        "stages": [{"name": "Build", "actions": [{
            "name": "Build",
            "actionTypeId": {"category": "Build", "owner": "AWS", "provider": "CodeBuild", "version": "1"},
            "configuration": {
                "ProjectName": build.project,
                "EnvironmentVariables": variables.to_string(),
            },
        }]}],
    });
    let place = Place::new("Build", "Build");
    let mut run = Run::new(account, region, pipeline);
    for (name, bucket) in &world.buckets {
        run.buckets.insert(
            name.clone(),
            chain::Bucket {
                owner: AccountId::parse(&bucket.owner).ok(),
                bucket_key: bucket.encryption.bucket_key,
                default_key: bucket.encryption.key.clone(),
            },
        );
    }
    run.moment = Moment {
        build: Some(build.uuid().to_owned()),
        commit: build.resolved.clone(),
        ..Moment::default()
    };
    let beside = Beside {
        project: Some(build.body.clone()),
        buildspec,
        ..Beside::default()
    };
    run.actions.insert(place.clone(), beside);
    (
        chain::action(&run, &place).needs,
        chain::commands(&run, &place),
    )
}

/// Whether the build's role may do something.
fn may(
    world: &World,
    key: &Key,
    build: &Build,
    action: &str,
    resource: &str,
    context: &[(&str, &str)],
    now: i64,
) -> Result<(), String> {
    let session = format!("AWSCodeBuild-{}", build.uuid());
    let who = authorize::role_session(world, build.role(), &session);
    let mut asked = authorize::request(world, None, &who, &key.region, now, action, resource);
    for (name, value) in context {
        asked.add(name, *value);
    }
    authorize::check(world, None, &asked).map_err(|refusal| refusal.message)
}

/// The same for a key that Amazon S3 uses in the name of the role.
fn may_use(
    world: &World,
    key: &Key,
    build: &Build,
    (action, kms_key): (&str, &str),
    object: &str,
    now: i64,
) -> Result<(), String> {
    let via = format!("s3.{}.amazonaws.com", key.region);
    let context = [
        ("kms:ViaService", via.as_str()),
        ("kms:CallerAccount", key.account.as_str()),
        ("kms:EncryptionContext:aws:s3:arn", object),
    ];
    may(world, key, build, action, kms_key, &context, now)
}

/// Whether the role may have the project's source.
///
/// # Errors
/// Why DOWNLOAD_SOURCE fails.
pub fn may_download(world: &World, key: &Key, build: &Build, now: i64) -> Result<(), Fails> {
    let source = build.body.get("source").unwrap_or(&Value::Null);
    let text = |member: &str| source.get(member).and_then(Value::as_str);
    let location = text("location").unwrap_or_default();
    let version = build.source_version.as_deref().unwrap_or_default();
    match text("type") {
        Some("CODECOMMIT") => {
            let name = location.rsplit('/').next().unwrap_or(location);
            let resource = arn("codecommit", &key.region, &key.account, name);
            let asked = may(world, key, build, "codecommit:GitPull", &resource, &[], now);
            asked.map_err(|_| {
                fails(format!(
                    "authorization failed for primary source and source version {version}"
                ))
            })
        }
        Some("S3") => {
            let object = format!("arn:aws:s3:::{location}");
            let refused = |denied: String| {
                fails(format!(
                    "AccessDenied: {denied} status code: 403 for primary source and source version {object}"
                ))
            };
            may(world, key, build, "s3:GetObject", &object, &[], now).map_err(refused)?;
            let (bucket, path) = location.split_once('/').unwrap_or((location, ""));
            let found = world.buckets.get(bucket);
            let kms_key = found
                .and_then(|bucket| bucket.version(path, None))
                .filter(|object| object.encryption.algorithm.starts_with("aws:kms"))
                .and_then(|object| object.encryption.key.as_deref());
            match kms_key {
                Some(kms_key) => may_use(world, key, build, ("kms:Decrypt", kms_key), &object, now)
                    .map_err(refused),
                None => Ok(()),
            }
        }
        _ => Ok(()),
    }
}

/// Where an artifact goes, and what is in it.
struct Destination<'a> {
    bucket: &'a str,
    /// The key of the archive, or the folder of the files.
    path: String,
    zipped: bool,
    encrypted: bool,
}

/// Where a project's artifact goes. Source: AWS CodeBuild API Reference, "ProjectArtifacts": path, then
/// the build's id where the namespace is that, then the name.
fn destination<'a>(build: &Build, artifact: &'a Value) -> Option<Destination<'a>> {
    let text = |member: &str| {
        artifact
            .get(member)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    if text("type") != "S3" {
        return None;
    }
    let id = match text("namespaceType") {
        "BUILD_ID" => build.uuid(),
        _ => "",
    };
    let name = match text("name") {
        "" => build.project.as_str(),
        name => name,
    };
    let parts = [text("path"), id, name].map(|part| part.trim_matches('/'));
    let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    let disabled = artifact.get("encryptionDisabled").and_then(Value::as_bool);
    Some(Destination {
        bucket: text("location").trim_start_matches("arn:aws:s3:::"),
        path: parts.join("/"),
        zipped: text("packaging") == "ZIP",
        encrypted: disabled != Some(true),
    })
}

/// The artifacts of a build's project with what the buildspec wants in each: the primary one first.
pub fn wanted<'a>(
    build: &'a Build,
    primary: Option<&'a Artifacts>,
    secondary: impl Fn(&str) -> Option<&'a Artifacts>,
) -> Vec<(&'a Value, &'a Artifacts)> {
    let mut found = Vec::new();
    if let (Some(artifact), Some(wanted)) = (build.body.get("artifacts"), primary) {
        found.push((artifact, wanted));
    }
    let others = build
        .body
        .get("secondaryArtifacts")
        .and_then(Value::as_array);
    for artifact in others.into_iter().flatten() {
        let name = artifact.get("artifactIdentifier").and_then(Value::as_str);
        if let Some(wanted) = name.and_then(&secondary) {
            found.push((artifact, wanted));
        }
    }
    found.retain(|(artifact, _)| {
        artifact
            .get("type")
            .is_some_and(|kind| kind != "NO_ARTIFACTS")
    });
    found
}

/// Stores an artifact in the project's bucket, as the build's role. Answers its location and checksums.
///
/// # Errors
/// Why UPLOAD_ARTIFACTS fails.
pub fn publish(
    world: &mut World,
    blobs: &Blobs,
    key: &Key,
    build: &Build,
    (artifact, files): (&Value, &Files),
    now: i64,
) -> Result<Value, Fails> {
    let Some(place) = destination(build, artifact) else {
        return Ok(Value::Null);
    };
    let mut objects: Vec<(String, Bytes)> = Vec::new();
    if place.zipped {
        let packed = archive::pack(files)
            .ok_or_else(|| fails("Failed to upload artifacts: the files cannot be packed"))?;
        objects.push((place.path.clone(), Bytes::from(packed)));
    } else {
        for (name, file) in files {
            let path = format!("{}/{name}", place.path);
            objects.push((path, Bytes::from(file.content.clone())));
        }
    }
    let kms_key = match place.encrypted {
        true => encryption(world, key, build, now)?,
        false => None,
    };
    for (path, body) in &objects {
        let object = format!("arn:aws:s3:::{}/{path}", place.bucket);
        let refused = |denied: String| {
            fails(format!(
                "Error in UPLOAD_ARTIFACTS phase: AccessDenied: {denied} status code: 403"
            ))
        };
        may(world, key, build, "s3:PutObject", &object, &[], now).map_err(refused)?;
        if let Some((kms_key, true)) = &kms_key {
            let used = ("kms:GenerateDataKey", kms_key.as_str());
            may_use(world, key, build, used, &object, now).map_err(refused)?;
        }
        let upload = inside::Upload {
            bucket: place.bucket,
            key: path,
            body: body.clone(),
            content_type: if place.zipped {
                "application/zip"
            } else {
                "binary/octet-stream"
            },
            kms_key: kms_key.as_ref().map(|(kms_key, _)| kms_key.clone()),
        };
        if !matches!(inside::put(world, blobs, &upload, now), Ok(Some(_))) {
            return Err(fails(format!(
                "Error in UPLOAD_ARTIFACTS phase: NoSuchBucket: The specified bucket does not exist status code: 404: {}",
                place.bucket
            )));
        }
    }
    let mut shown = json!({"location": format!("arn:aws:s3:::{}/{}", place.bucket, place.path)});
    if let Value::Object(shown) = &mut shown {
        // There are checksums of an archive only. Source: the API model, `BuildArtifacts`.
        if let Some((_, body)) = objects.first().filter(|_| place.zipped) {
            let sum = crate::sandbox::sigv4::sha256_hex(body);
            shown.insert("sha256sum".to_owned(), json!(sum));
            shown.insert("md5sum".to_owned(), json!(hex::encode(Md5::digest(body))));
        }
        for member in ["encryptionDisabled", "artifactIdentifier"] {
            if let Some(value) = artifact.get(member) {
                shown.insert(member.to_owned(), value.clone());
            }
        }
    }
    Ok(shown)
}

/// The key that the project encrypts with, and whether its policy is to be asked: that of AWS's own key
/// lets everybody of the account use it through Amazon S3.
fn encryption(
    world: &mut World,
    key: &Key,
    build: &Build,
    now: i64,
) -> Result<Option<(String, bool)>, Fails> {
    let given = build.body.get("encryptionKey").and_then(Value::as_str);
    match given {
        Some(id) if !id.is_empty() && !id.ends_with("alias/aws/s3") => {
            kms::find_for_service(world, &key.account, &key.region, id)
                .map(|found| Some((found, true)))
                .map_err(|fault| {
                    fails(format!(
                        "Error in UPLOAD_ARTIFACTS phase: KMS.{}: {}",
                        fault.code, fault.message
                    ))
                })
        }
        _ => {
            let own = kms::aws_managed(world, &key.account, &key.region, "s3", now);
            Ok(Some((own, false)))
        }
    }
}
