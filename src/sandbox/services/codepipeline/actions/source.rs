//! Source actions: look at the source, and store it as an artifact.

use std::collections::BTreeMap;

use serde_json::json;

use super::{Failure, Outcome, needs, pass};
use crate::chain::Step;
use crate::sandbox::archive::{File, Files};
use crate::sandbox::services::codecommit::Repository;
use crate::sandbox::services::codecommit::objects::Mode;
use crate::sandbox::services::codepipeline::declaration::text_of;
use crate::sandbox::services::codepipeline::engine::{Doing, Progress};
use crate::sandbox::services::codepipeline::execution::Revision;
use crate::sandbox::services::codepipeline::{artifacts, scene};
use crate::sandbox::services::s3::inside;
use crate::sandbox::time;

/// How long a source action takes, in milliseconds.
const TAKES: i64 = 4_000;
/// The longest summary of a revision. Source: the API model.
const LONGEST_SUMMARY: usize = 2048;

/// Starts, and is done a little later.
pub fn step(doing: &mut Doing<'_>) -> Outcome {
    if doing.action.step == 0 {
        doing.action.step = 1;
        return Ok(Progress::Later(TAKES));
    }
    let needs = needs(doing, scene::nothing());
    pass(doing, &needs, &[Step::Assume])?;
    let found = {
        // The source is looked at before anything is stored: a missing branch is said before a missing key.
        pass(doing, &needs, &[Step::Source])?;
        match doing.provider() {
            "CodeCommit" => codecommit(doing)?,
            "CodeStarSourceConnection" => connection(doing)?,
            "S3" => object(doing)?,
            "ECR" => image(doing)?,
            other => {
                return Err(Failure::new(
                    "ActionTypeNotSupported",
                    format!("The sandbox does not have sources of provider {other}"),
                ));
            }
        }
    };
    pass(doing, &needs, &[Step::StoreArtifact])?;
    if let Some(artifact) = doing.action.outputs.first().cloned() {
        artifacts::write(doing, &artifact, &found.files)?;
        doing.execution.revisions.push(Revision {
            action: doing.action.name.clone(),
            artifact: artifact.name.clone(),
            ..found.revision.clone()
        });
    }
    doing.action.external_id = Some(found.revision.id.clone());
    doing.action.external_url = Some(found.revision.url.clone()).filter(|url| !url.is_empty());
    doing.action.summary = Some(found.revision.summary).filter(|text| !text.is_empty());
    doing.action.variables = found.variables;
    Ok(Progress::Done)
}

/// What a source action found.
struct Found {
    files: Files,
    revision: Revision,
    variables: BTreeMap<String, String>,
}

/// The revision that the caller of StartPipelineExecution wants of this action.
fn wanted<'a>(doing: &'a Doing<'_>, kind: &str) -> Option<&'a str> {
    let mine = doing.execution.wanted.iter().find(|wanted| {
        text_of(wanted, "actionName") == doing.action.name
            && text_of(wanted, "revisionType") == kind
    })?;
    Some(text_of(mine, "revisionValue"))
}

fn variables(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

/// A commit of a repository: its files, and what is said of it.
fn commit(repository: &Repository, id: &str) -> Option<(Files, Revision)> {
    let commit = repository.objects.commit(id)?;
    let mut files = Files::new();
    for (path, (mode, blob)) in repository.objects.files(&commit.tree) {
        if mode == Mode::Submodule {
            // What it points to is in another repository.
            continue;
        }
        let content = repository.objects.blob(&blob)?.to_vec();
        let mode = if mode == Mode::Executable {
            0o755
        } else {
            0o644
        };
        files.insert(path, File { content, mode });
    }
    let revision = Revision {
        id: id.to_owned(),
        summary: commit.message.chars().take(LONGEST_SUMMARY).collect(),
        created: commit.at.saturating_mul(1000),
        ..Revision::default()
    };
    Some((files, revision))
}

fn codecommit(doing: &Doing<'_>) -> Result<Found, Failure> {
    let name = doing.setting("RepositoryName").unwrap_or_default();
    let branch = doing.setting("BranchName").unwrap_or_default();
    let account = scene::account_of(doing.key, doing.declared);
    let region = scene::region_of(doing.key, doing.declared);
    let repository = doing
        .world
        .regional_ref(account, region)
        .and_then(|regional| regional.codecommit.repositories.get(name))
        .ok_or_else(|| {
            Failure::new(
                "ConfigurationError",
                format!(
                    "The repository {name} does not exist, or it is in another Region or account."
                ),
            )
        })?;
    let head = repository.branches.get(branch).ok_or_else(|| {
        Failure::new(
            "ConfigurationError",
            format!("No branch named {branch} found in the CodeCommit repository {name}."),
        )
    })?;
    let id = wanted(doing, "COMMIT_ID").unwrap_or(head);
    let (files, mut revision) = commit(repository, id).ok_or_else(|| {
        Failure::new(
            "RevisionUnavailable",
            format!("The commit {id} is not in the CodeCommit repository {name}."),
        )
    })?;
    let path = format!("codesuite/codecommit/repositories/{name}/commit/{id}?region={region}");
    revision.url = scene::console(region, &path);
    let date = time::iso(revision.created);
    let variables = variables(&[
        ("RepositoryName", name),
        ("BranchName", branch),
        ("CommitId", id),
        ("CommitMessage", &revision.summary),
        ("AuthorDate", &date),
        ("CommitterDate", &date),
    ]);
    Ok(Found {
        files,
        revision,
        variables,
    })
}

/// A repository outside AWS. No network is here: the CodeCommit repository of the same name in the
/// pipeline's account stands in for it.
fn connection(doing: &Doing<'_>) -> Result<Found, Failure> {
    let full = doing.setting("FullRepositoryId").unwrap_or_default();
    let branch = doing.setting("BranchName").unwrap_or_default();
    let arn = doing.setting("ConnectionArn").unwrap_or_default();
    let name = full.rsplit('/').next().unwrap_or_default();
    let place = (doing.key.account.as_str(), doing.key.region.as_str());
    let missing = || {
        Failure::new(
            "ConfigurationError",
            format!("[GitHub] No Branch [{branch}] found for FullRepositoryName [{full}]"),
        )
    };
    let mut parts = arn.split(':').skip(3);
    let at = (
        parts.next().unwrap_or_default(),
        parts.next().unwrap_or_default(),
    );
    let available = doing
        .world
        .regional_ref(at.1, at.0)
        .and_then(|regional| regional.codeconnections.connections.get(arn))
        .is_some_and(|connection| connection.status == "AVAILABLE");
    if !available {
        return Err(Failure::new(
            "ConfigurationError",
            format!("Connection {arn} is not available"),
        ));
    }
    let (repository, head) = scene::branch(doing.world, place, name, branch).ok_or_else(missing)?;
    let id = wanted(doing, "COMMIT_ID").unwrap_or(head);
    let (files, mut revision) = commit(repository, id).ok_or_else(missing)?;
    revision.url = format!("https://github.com/{full}/commit/{id}");
    let date = time::iso(revision.created);
    // What AWS shows as the summary is JSON here. Source: AWS CodePipeline User Guide,
    // "CodeStarSourceConnection".
    let message = std::mem::take(&mut revision.summary);
    revision.summary = json!({"ProviderType": "GitHub", "CommitMessage": message}).to_string();
    let variables = variables(&[
        ("FullRepositoryName", full),
        ("BranchName", branch),
        ("CommitId", id),
        ("CommitMessage", &message),
        ("AuthorDate", &date),
        ("ConnectionArn", arn),
    ]);
    Ok(Found {
        files,
        revision,
        variables,
    })
}

/// An object of a versioned bucket: the zip file that is the source.
fn object(doing: &Doing<'_>) -> Result<Found, Failure> {
    let bucket = doing.setting("S3Bucket").unwrap_or_default();
    let key = wanted(doing, "S3_OBJECT_KEY")
        .or_else(|| doing.setting("S3ObjectKey"))
        .unwrap_or_default();
    let known = doing.world.buckets.get(bucket);
    if known.is_some_and(|known| known.versioning.as_deref() != Some("Enabled")) {
        return Err(Failure::new(
            "ConfigurationError",
            format!(
                "The S3 bucket {bucket} is not versioned: a source bucket must have versioning enabled."
            ),
        ));
    }
    let version = wanted(doing, "S3_OBJECT_VERSION_ID");
    let missing = || {
        Failure::new(
            "ConfigurationError",
            format!("The object with key '{key}' does not exist in the S3 bucket '{bucket}'."),
        )
    };
    let found = inside::get(doing.world, doing.blobs, bucket, key, version);
    let (body, version) = found.ok_or_else(missing)?;
    let object = known
        .and_then(|known| known.version(key, Some(&version)))
        .ok_or_else(missing)?;
    let files = crate::sandbox::archive::unpack(&body).unwrap_or_else(|| {
        let name = key.rsplit('/').next().unwrap_or(key);
        Files::from([(name.to_owned(), File::plain(body.to_vec()))])
    });
    let etag = object.etag.trim_matches('"');
    let variables = variables(&[
        ("ETag", etag),
        ("VersionId", &version),
        ("BucketName", bucket),
        ("ObjectKey", key),
    ]);
    Ok(Found {
        revision: Revision {
            id: version.clone(),
            summary: format!("Amazon S3 version id: {version}"),
            created: object.modified,
            url: scene::console(&doing.key.region, &format!("s3/object/{bucket}/{key}")),
            ..Revision::default()
        },
        files,
        variables,
    })
}

/// An image of a repository: its address is the artifact.
fn image(doing: &Doing<'_>) -> Result<Found, Failure> {
    let name = doing.setting("RepositoryName").unwrap_or_default();
    let tag = doing.setting("ImageTag").unwrap_or("latest");
    let account = scene::account_of(doing.key, doing.declared);
    let region = scene::region_of(doing.key, doing.declared);
    let repository = doing
        .world
        .regional_ref(account, region)
        .and_then(|regional| regional.ecr.repositories.get(name))
        .ok_or_else(|| {
            Failure::new(
                "ConfigurationError",
                format!("The repository with name '{name}' does not exist in the registry with id '{account}'"),
            )
        })?;
    let image = match wanted(doing, "IMAGE_DIGEST") {
        Some(digest) => repository.image(Some(digest), None),
        None => repository.image(None, Some(tag)),
    };
    let image = image.ok_or_else(|| {
        Failure::new(
            "ConfigurationError",
            format!("The image with imageTag '{tag}' does not exist within the repository with name '{name}' in the registry with id '{account}'"),
        )
    })?;
    let uri = format!("{}/{name}@{}", repository.host(), image.digest);
    let detail = json!({
        "ImageSizeInBytes": image.size.to_string(),
        "ImageDigest": image.digest,
        "Version": "1.0",
        "ImagePushedAt": time::iso(image.pushed_at),
        "RegistryId": account,
        "RepositoryName": name,
        "ImageURI": uri,
        "ImageTags": image.tags,
    });
    let variables = variables(&[
        ("RegistryId", account),
        ("RepositoryName", name),
        ("ImageTag", tag),
        ("ImageDigest", &image.digest),
        ("ImageURI", &uri),
    ]);
    Ok(Found {
        files: Files::from([(
            "imageDetail.json".to_owned(),
            File::plain(detail.to_string()),
        )]),
        revision: Revision {
            id: image.digest.clone(),
            summary: format!("Amazon ECR image digest: {}", image.digest),
            created: image.pushed_at,
            url: scene::console(region, &format!("ecr/repositories/{name}")),
            ..Revision::default()
        },
        variables,
    })
}
