//! Commits through the API: PutFile, DeleteFile and CreateCommit.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::names::{self, file_mode, file_path, is_object_id, no_branch};
use super::objects::{Commit, Files, Mode, blob_id};
use super::{Repository, repository_mut};
use crate::sandbox::service::{Answer, Call, Fault};
use crate::sandbox::world::World;

/// The greatest file that the API takes. Source: the API model (`FileContent`).
const LARGEST_FILE: usize = 6_291_456;
/// The longest message. Source: the API model ("limited to 256 KB").
const LONGEST_MESSAGE: usize = 256 * 1024;
/// The files of one commit through the API. Source: the CodeCommit user guide, quotas.
const MOST_FILES: usize = 100;

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
    for (_, put) in &changes.puts {
        if let Source::Content(content) = put.source.clone() {
            found.objects.add_blob(content);
        }
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

/// The changes of a CreateCommit.
struct Changes {
    puts: Vec<(String, Put)>,
    deletes: Vec<String>,
    modes: Vec<(String, Mode)>,
}

struct Put {
    mode: Option<Mode>,
    source: Source,
}

#[derive(Clone)]
enum Source {
    Content(Vec<u8>),
    File { path: String, moved: bool },
}

impl Changes {
    fn count(&self) -> usize {
        self.puts.len() + self.deletes.len() + self.modes.len()
    }

    fn of(call: &Call) -> Result<Self, Fault> {
        let text = |entry: &Value, name: &str| -> Option<String> {
            entry.get(name).and_then(Value::as_str).map(str::to_owned)
        };
        let mut changes = Self {
            puts: Vec::new(),
            deletes: Vec::new(),
            modes: Vec::new(),
        };
        for entry in call.list("putFiles") {
            let path = file_path(text(entry, "filePath").as_deref())?;
            let mode = file_mode(text(entry, "fileMode").as_deref())?;
            let content = content(entry.get("fileContent"))?;
            let file = entry.get("sourceFile").filter(|file| !file.is_null());
            let source = match (content, file) {
                (Some(_), Some(_)) => {
                    return Err(Fault::new(
                        "FileContentAndSourceFileSpecifiedException",
                        format!("Both content and a source file were specified for {path}"),
                    ));
                }
                (None, None) => {
                    return Err(Fault::new(
                        "SourceFileOrContentRequiredException",
                        format!("Neither content nor a source file was specified for {path}"),
                    ));
                }
                (Some(content), None) => Source::Content(content),
                (None, Some(file)) => Source::File {
                    path: file_path(text(file, "filePath").as_deref())?,
                    moved: file.get("isMove").and_then(Value::as_bool) == Some(true),
                },
            };
            changes.puts.push((path, Put { mode, source }));
        }
        for entry in call.list("deleteFiles") {
            changes
                .deletes
                .push(file_path(text(entry, "filePath").as_deref())?);
        }
        for entry in call.list("setFileModes") {
            let path = file_path(text(entry, "filePath").as_deref())?;
            let mode = file_mode(text(entry, "fileMode").as_deref())?.ok_or_else(|| {
                Fault::new(
                    "FileModeRequiredException",
                    "A file mode is required, but was not specified",
                )
            })?;
            changes.modes.push((path, mode));
        }
        changes.check()?;
        Ok(changes)
    }

    fn check(&self) -> Result<(), Fault> {
        if self.count() == 0 {
            return Err(Fault::new(
                "FileEntryRequiredException",
                "The commit names no file to add, change or delete",
            ));
        }
        if self.count() > MOST_FILES {
            return Err(Fault::new(
                "MaximumFileEntriesExceededException",
                format!("A commit changes at most {MOST_FILES} files"),
            ));
        }
        let mut seen = BTreeSet::new();
        let moved = self.puts.iter().filter_map(|(_, put)| match &put.source {
            Source::File { path, moved: true } => Some(path),
            _ => None,
        });
        let all = self
            .puts
            .iter()
            .map(|(path, _)| path)
            .chain(&self.deletes)
            .chain(self.modes.iter().map(|(path, _)| path))
            .chain(moved);
        for path in all {
            if !seen.insert(path) {
                return Err(Fault::new(
                    "SamePathRequestException",
                    format!("More than one change names the path {path}"),
                ));
            }
        }
        for (path, _) in &self.puts {
            let folder = format!("{path}/");
            if self
                .puts
                .iter()
                .any(|(other, _)| other.starts_with(&folder))
            {
                return Err(Fault::new(
                    "PutFileEntryConflictException",
                    format!("{path} is named both as a file and as a folder"),
                ));
            }
        }
        Ok(())
    }

    /// Makes the changes in `files` and answers the paths that were taken away.
    fn apply(
        &self,
        found: &Repository,
        before: &Files,
        files: &mut Files,
    ) -> Result<Vec<String>, Fault> {
        let mut gone = Vec::new();
        for path in &self.deletes {
            if files.remove(path).is_none() {
                return Err(no_file(path));
            }
            gone.push(path.clone());
        }
        for (_, put) in &self.puts {
            if let Source::File { path, moved: true } = &put.source {
                if files.remove(path).is_none() {
                    return Err(no_file(path));
                }
                gone.push(path.clone());
            }
        }
        for (path, mode) in &self.modes {
            match files.get_mut(path) {
                Some(file) => file.0 = *mode,
                None => return Err(no_file(path)),
            }
        }
        for (path, put) in &self.puts {
            let (default, blob) = match &put.source {
                Source::Content(content) => (before.get(path).map(|file| file.0), blob_id(content)),
                Source::File { path: from, .. } => {
                    if from.rsplit('/').next() == Some(".gitkeep") {
                        return Err(Fault::new(
                            "RestrictedSourceFileException",
                            "A .gitkeep file can be neither copied nor moved",
                        ));
                    }
                    let (mode, blob) = before.get(from).ok_or_else(|| no_file(from))?;
                    if found.objects.blob(blob).is_none() {
                        return Err(no_file(from));
                    }
                    (Some(*mode), blob.clone())
                }
            };
            check_conflicts(files, path)?;
            let mode = put.mode.or(default).unwrap_or(Mode::Normal);
            files.insert(path.clone(), (mode, blob));
        }
        Ok(gone)
    }
}

/// A content of an input: base64 on the wire.
fn content(given: Option<&Value>) -> Result<Option<Vec<u8>>, Fault> {
    let Some(text) = given.and_then(Value::as_str) else {
        return Ok(None);
    };
    let content = STANDARD.decode(text).map_err(|_| {
        Fault::new(
            "SerializationException",
            "The content of a file must be base64",
        )
    })?;
    if content.len() > LARGEST_FILE {
        return Err(Fault::new(
            "FileContentSizeLimitExceededException",
            "The file is larger than the 6 MB that a commit through the API takes",
        ));
    }
    Ok(Some(content))
}

/// A path may not be a file and a folder at once.
fn check_conflicts(files: &Files, path: &str) -> Result<(), Fault> {
    let folder = format!("{path}/");
    if files.keys().any(|known| known.starts_with(&folder)) {
        return Err(Fault::new(
            "FileNameConflictsWithDirectoryNameException",
            format!("The file {path} has the name of a folder of the repository"),
        ));
    }
    let mut parent = path;
    while let Some((above, _)) = parent.rsplit_once('/') {
        if files.contains_key(above) {
            return Err(Fault::new(
                "DirectoryNameConflictsWithFileNameException",
                format!("The folder {above} has the name of a file of the repository"),
            ));
        }
        parent = above;
    }
    Ok(())
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

/// The fault for a file that the commit does not have.
pub fn no_file(path: &str) -> Fault {
    Fault::new(
        "FileDoesNotExistException",
        format!("Could not find path {path}"),
    )
}
