//! Commits through the API: PutFile, DeleteFile and CreateCommit.

use serde_json::{Value, json};

use super::changes::{Changes, check_conflicts, content};
use super::names::{self, file_mode, file_path, is_object_id, no_branch, no_file};
use super::objects::{Commit, Files, Mode, blob_id};
use super::{Repository, repository_mut};
use crate::sandbox::service::{Answer, Call, Fault};
use crate::sandbox::world::World;

/// The longest message. Source: the API model ("limited to 256 KB").
const LONGEST_MESSAGE: usize = 256 * 1024;

pub fn put_file(world: &mut World, call: &Call) -> Answer {
    let found = repository_mut(world, call)?;
    let branch = names::branch_name(call, "branchName")?;
    let path = file_path(call.text("filePath"))?;
    let content = content(call.input.get("fileContent"))?.ok_or_else(|| {
        Fault::new(
            "FileContentRequiredException",
            "The content of the file is required, but was not specified",
        )
    })?;
    let mode = file_mode(call.text("fileMode"))?;
    let author = Author::of(call, "name")?;
    let base = Base::of(found, call, branch)?;
    let mut files = base.files.clone();
    let known = files.get(&path).cloned();
    let mode = mode.or_else(|| known.as_ref().map(|file| file.0));
    let file = (mode.unwrap_or(Mode::Normal), blob_id(&content));
    if known.as_ref() == Some(&file) {
        return Err(Fault::new(
            "SameFileContentException",
            format!("The content of {path} is exactly what the branch holds already"),
        ));
    }
    check_conflicts(&files, &path)?;
    files.insert(path.clone(), file);
    let message = author.message_or(|| {
        let what = if known.is_some() { "Edited" } else { "Added" };
        format!("{what} {path}")
    });
    let blob = found.objects.add_blob(content);
    let (commit, tree) = base.commit(found, call, branch, &files, &author, message);
    Ok(json!({"commitId": commit, "blobId": blob, "treeId": tree}))
}

pub fn delete_file(world: &mut World, call: &Call) -> Answer {
    let found = repository_mut(world, call)?;
    let branch = names::branch_name(call, "branchName")?;
    let path = file_path(call.text("filePath"))?;
    let author = Author::of(call, "name")?;
    let base = Base::of(found, call, branch)?;
    if call.text("parentCommitId").is_none() {
        return Err(parent_required());
    }
    let mut files = base.files.clone();
    let Some((_, blob)) = files.remove(&path) else {
        return Err(no_file(&path));
    };
    if call.flag("keepEmptyFolders") == Some(true) {
        keep_folders(found, &mut files, [path.as_str()]);
    }
    let message = author.message_or(|| format!("Deleted {path}"));
    let (commit, tree) = base.commit(found, call, branch, &files, &author, message);
    Ok(json!({"commitId": commit, "blobId": blob, "treeId": tree, "filePath": path}))
}

pub fn create_commit(world: &mut World, call: &Call) -> Answer {
    let found = repository_mut(world, call)?;
    let branch = names::branch_name(call, "branchName")?;
    let author = Author::of(call, "authorName")?;
    let changes = Changes::of(call)?;
    let base = Base::of(found, call, branch)?;
    let mut files = base.files.clone();
    let deleted = changes.apply(found, &base.files, &mut files)?;
    if call.flag("keepEmptyFolders") == Some(true) {
        keep_folders(found, &mut files, deleted.iter().map(String::as_str));
    }
    if files == base.files {
        return Err(Fault::new(
            "NoChangeException",
            "The commit would change nothing: a commit must contain at least one change",
        ));
    }
    for content in changes.contents() {
        found.objects.add_blob(content.to_vec());
    }
    let message = author.message_or(|| match changes.count() {
        1 => "Changed 1 file".to_owned(),
        count => format!("Changed {count} files"),
    });
    let (commit, tree) = base.commit(found, call, branch, &files, &author, message);
    let listed = |wanted: &dyn Fn(&str) -> bool, of: &Files| -> Vec<Value> {
        of.iter()
            .filter(|(path, _)| wanted(path))
            .map(|(path, (mode, id))| {
                json!({"absolutePath": path, "blobId": id, "fileMode": mode.name()})
            })
            .collect()
    };
    let added = listed(&|path| !base.files.contains_key(path), &files);
    let updated = listed(
        &|path| {
            base.files
                .get(path)
                .is_some_and(|before| Some(before) != files.get(path))
        },
        &files,
    );
    let gone = listed(&|path| !files.contains_key(path), &base.files);
    Ok(json!({
        "commitId": commit,
        "treeId": tree,
        "filesAdded": added,
        "filesUpdated": updated,
        "filesDeleted": gone,
    }))
}

/// Where a commit starts from.
struct Base {
    parent: Option<String>,
    files: Files,
}

impl Base {
    /// An empty repository takes a first commit without a parent, on any branch; from then on the
    /// branch must exist and the parent must be its head. Source: the API model.
    fn of(found: &Repository, call: &Call, branch: &str) -> Result<Self, Fault> {
        let given = call.text("parentCommitId");
        if given.is_some_and(|id| !is_object_id(id)) {
            return Err(Fault::new(
                "InvalidParentCommitIdException",
                "The parent commit ID is not valid: a full commit ID has 40 hexadecimal digits",
            ));
        }
        let missing_parent = |id: &str| {
            Fault::new(
                "ParentCommitDoesNotExistException",
                format!("The parent commit {id} does not exist"),
            )
        };
        if found.objects.no_commits() {
            return match given {
                Some(id) => Err(missing_parent(id)),
                None => Ok(Self {
                    parent: None,
                    files: Files::new(),
                }),
            };
        }
        let Some((head, files)) = found.head(branch) else {
            return Err(no_branch(branch));
        };
        match given {
            None => Err(parent_required()),
            Some(id) if id == head => Ok(Self {
                parent: Some(id.to_owned()),
                files,
            }),
            Some(id) if found.objects.commit(id).is_none() => Err(missing_parent(id)),
            Some(id) => Err(Fault::new(
                "ParentCommitIdOutdatedException",
                format!(
                    "The parent commit {id} is not the tip of the branch {branch}, which is {head}"
                ),
            )),
        }
    }

    fn commit(
        self: &Base,
        found: &mut Repository,
        call: &Call,
        branch: &str,
        files: &Files,
        author: &Author,
        message: String,
    ) -> (String, String) {
        let tree = found.objects.add_files(files);
        let id = found.objects.add_commit(Commit {
            tree: tree.clone(),
            parents: self.parent.clone().into_iter().collect(),
            name: author.name.clone(),
            email: author.email.clone(),
            at: call.now.div_euclid(1000),
            message,
            ..Commit::default()
        });
        found.branches.insert(branch.to_owned(), id.clone());
        if found.default_branch.is_none() {
            found.default_branch = Some(branch.to_owned());
        }
        found.modified = call.now;
        (id, tree)
    }
}

/// Who commits, and with what words.
struct Author {
    name: String,
    email: String,
    message: Option<String>,
}

impl Author {
    fn of(call: &Call, name: &str) -> Result<Self, Fault> {
        let name = call.text(name).map(str::to_owned).unwrap_or_else(|| {
            // The user's or the session's name stands in for a name that is not given.
            let (_, last) = call.caller.arn.rsplit_once('/').unwrap_or_default();
            last.to_owned()
        });
        if name.chars().count() > 256 || name.contains(['<', '>', '\n', '\0']) {
            return Err(Fault::new(
                "NameLengthExceededException",
                "The user name is not valid: it has at most 256 characters, none of them < > or a line break",
            ));
        }
        let email = call.text("email").unwrap_or_default().to_owned();
        if email.chars().count() > 256 || email.contains(['<', '>', '\n', '\0', ' ']) {
            return Err(Fault::new(
                "InvalidEmailException",
                "The specified email address is not valid",
            ));
        }
        let message = call.text("commitMessage").map(str::to_owned);
        if message
            .as_ref()
            .is_some_and(|text| text.len() > LONGEST_MESSAGE)
        {
            return Err(Fault::new(
                "CommitMessageLengthExceededException",
                "The commit message is too long: it has at most 256 KB",
            ));
        }
        Ok(Self {
            name,
            email,
            message,
        })
    }

    fn message_or(&self, default: impl FnOnce() -> String) -> String {
        self.message.clone().unwrap_or_else(default)
    }
}

/// Puts a `.gitkeep` into each folder that deletions have emptied.
fn keep_folders<'a>(
    found: &mut Repository,
    files: &mut Files,
    deleted: impl IntoIterator<Item = &'a str>,
) {
    for path in deleted {
        if let Some((folder, _)) = path.rsplit_once('/') {
            let prefix = format!("{folder}/");
            if !files.keys().any(|known| known.starts_with(&prefix)) {
                let blob = found.objects.add_blob(Vec::new());
                files.insert(format!("{prefix}.gitkeep"), (Mode::Normal, blob));
            }
        }
    }
}

fn parent_required() -> Fault {
    Fault::new(
        "ParentCommitIdRequiredException",
        "A parent commit ID is required: the repository is not empty",
    )
}
