//! Reading what was committed.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::names::{self, file_path, folder_path, is_object_id, no_file, resolve};
use super::objects::{Commit, Files, Mode, Person};
use super::repositories::bad_token;
use super::{Repository, repository};
use crate::sandbox::page::{self, object, texts};
use crate::sandbox::service::{Answer, Call, Fault};
use crate::sandbox::world::World;

pub fn file(world: &mut World, call: &Call) -> Answer {
    let found = repository(world, call)?;
    let id = resolve(found, call.text("commitSpecifier"))?;
    let path = file_path(call.text("filePath"))?;
    let files = files_of(found, &id);
    let (mode, blob) = files.get(&path).ok_or_else(|| no_file(&path))?;
    let content = found.objects.blob(blob).ok_or_else(|| no_file(&path))?;
    Ok(json!({
        "commitId": id,
        "blobId": blob,
        "filePath": path,
        "fileMode": mode.name(),
        "fileSize": content.len(),
        "fileContent": STANDARD.encode(content),
    }))
}

pub fn folder(world: &mut World, call: &Call) -> Answer {
    let found = repository(world, call)?;
    let id = resolve(found, call.text("commitSpecifier"))?;
    let path = folder_path(call.text("folderPath"))?;
    let root = found.objects.commit(&id).map(|commit| commit.tree.as_str());
    let tree = root
        .and_then(|root| found.objects.folder(root, &path))
        .ok_or_else(|| {
            Fault::new(
                "FolderDoesNotExistException",
                format!("Could not find path {path}"),
            )
        })?;
    let (mut folders, mut files, mut links) = (Vec::new(), Vec::new(), Vec::new());
    let mut modules = Vec::new();
    for entry in found.objects.tree(tree).unwrap_or_default() {
        let absolute = if path.is_empty() {
            entry.name.clone()
        } else {
            format!("{path}/{}", entry.name)
        };
        match entry.mode {
            None => folders.push(json!({
                "treeId": entry.id, "absolutePath": absolute, "relativePath": entry.name,
            })),
            Some(Mode::Submodule) => modules.push(json!({
                "commitId": entry.id, "absolutePath": absolute, "relativePath": entry.name,
            })),
            Some(mode) => {
                let file = json!({
                    "blobId": entry.id, "absolutePath": absolute, "relativePath": entry.name,
                    "fileMode": mode.name(),
                });
                if mode == Mode::Symlink {
                    links.push(file);
                } else {
                    files.push(file);
                }
            }
        }
    }
    Ok(json!({
        "commitId": id,
        "folderPath": path,
        "treeId": tree,
        "subFolders": folders,
        "files": files,
        "symbolicLinks": links,
        "subModules": modules,
    }))
}

pub fn commit(world: &mut World, call: &Call) -> Answer {
    let found = repository(world, call)?;
    let id = object_id(
        call,
        "commitId",
        "CommitIdRequiredException",
        "InvalidCommitIdException",
    )?;
    let commit = found.objects.commit(id).ok_or_else(|| {
        Fault::new(
            "CommitIdDoesNotExistException",
            format!("The commit {id} does not exist"),
        )
    })?;
    Ok(json!({"commit": shown(id, commit)}))
}

pub fn commits(world: &mut World, call: &Call) -> Answer {
    let found = repository(world, call)?;
    let ids = texts(call.list("commitIds"));
    if ids.is_empty() {
        return Err(Fault::new(
            "CommitIdsListRequiredException",
            "A list of commit IDs is required, but was either not specified or the list was empty",
        ));
    }
    if ids.len() > 100 {
        return Err(Fault::new(
            "CommitIdsLimitExceededException",
            "The maximum number of commit IDs in a batch request is 100",
        ));
    }
    let (mut commits, mut errors) = (Vec::new(), Vec::new());
    for id in &ids {
        match found.objects.commit(id) {
            Some(commit) => commits.push(shown(id, commit)),
            None => errors.push(json!({
                "commitId": id,
                "errorCode": if is_object_id(id) {
                    "CommitDoesNotExistException"
                } else {
                    "InvalidCommitIdException"
                },
                "errorMessage": format!("Could not find the commit {id}"),
            })),
        }
    }
    Ok(json!({"commits": commits, "errors": errors}))
}

pub fn blob(world: &mut World, call: &Call) -> Answer {
    let found = repository(world, call)?;
    let id = object_id(
        call,
        "blobId",
        "BlobIdRequiredException",
        "InvalidBlobIdException",
    )?;
    let content = found.objects.blob(id).ok_or_else(|| {
        Fault::new(
            "BlobIdDoesNotExistException",
            format!("The blob {id} does not exist"),
        )
    })?;
    Ok(json!({"content": STANDARD.encode(content)}))
}

pub fn differences(world: &mut World, call: &Call) -> Answer {
    let found = repository(world, call)?;
    let after = call
        .text("afterCommitSpecifier")
        .ok_or_else(|| Fault::new("CommitRequiredException", "A commit was not specified"))?;
    let after = files_of(found, &resolve(found, Some(after))?);
    let before = match call.text("beforeCommitSpecifier") {
        Some(text) => files_of(found, &resolve(found, Some(text))?),
        None => Files::new(),
    };
    let size = match call.number("MaxResults") {
        None => 100,
        Some(size @ 1..=1000) => usize::try_from(size).unwrap_or(100),
        Some(_) => {
            return Err(Fault::new(
                "InvalidMaxResultsException",
                "The specified number of maximum results is not valid",
            ));
        }
    };
    let before = under(before, call, "beforePath")?;
    let after = under(after, call, "afterPath")?;
    let mut paths: Vec<&String> = before.keys().chain(after.keys()).collect();
    paths.sort();
    paths.dedup();
    let shown = |path: &String, file: &(Mode, String)| json!({"blobId": file.1, "path": path, "mode": file.0.digits()});
    let mut all: Vec<Value> = Vec::new();
    for path in paths {
        let difference = match (before.get(path), after.get(path)) {
            (None, Some(new)) => json!({"afterBlob": shown(path, new), "changeType": "A"}),
            (Some(old), None) => json!({"beforeBlob": shown(path, old), "changeType": "D"}),
            (Some(old), Some(new)) if old != new => json!({
                "beforeBlob": shown(path, old),
                "afterBlob": shown(path, new),
                "changeType": "M",
            }),
            _ => continue,
        };
        all.push(difference);
    }
    let page = page::page(all, size, call.text("NextToken")).ok_or_else(bad_token)?;
    Ok(object([
        ("differences", Some(json!(page.items))),
        ("NextToken", page.next.map(Value::from)),
    ]))
}

/// The files at or under the path that a member of the input names.
fn under(files: Files, call: &Call, member: &str) -> Result<Files, Fault> {
    let Some(given) = call.text(member) else {
        return Ok(files);
    };
    let path = folder_path(Some(given))?;
    if path.is_empty() {
        return Ok(files);
    }
    let prefix = format!("{path}/");
    let kept: Files = files
        .into_iter()
        .filter(|(known, _)| *known == path || known.starts_with(&prefix))
        .collect();
    if kept.is_empty() {
        return Err(Fault::new(
            "PathDoesNotExistException",
            format!("The specified path does not exist: {path}"),
        ));
    }
    Ok(kept)
}

fn files_of(found: &Repository, id: &str) -> Files {
    found
        .objects
        .commit(id)
        .map(|commit| found.objects.files(&commit.tree))
        .unwrap_or_default()
}

fn object_id<'a>(
    call: &'a Call,
    member: &str,
    absent: &str,
    invalid: &str,
) -> Result<&'a str, Fault> {
    let id = call.text(member).ok_or_else(|| {
        Fault::new(
            absent,
            format!("{member} is required, but was not specified"),
        )
    })?;
    if names::is_object_id(id) {
        Ok(id)
    } else {
        Err(Fault::new(
            invalid,
            format!("The specified {member} is not valid: {id}"),
        ))
    }
}

fn shown(id: &str, commit: &Commit) -> Value {
    let who = |person: Person| {
        json!({
            "name": person.name,
            "email": person.email,
            "date": format!("{} {}", person.at, person.zone),
        })
    };
    json!({
        "commitId": id,
        "treeId": commit.tree,
        "parents": commit.parents,
        "message": commit.message,
        "author": who(commit.author()),
        "committer": who(commit.committer()),
        "additionalData": "",
    })
}
