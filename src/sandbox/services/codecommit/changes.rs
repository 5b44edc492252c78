//! The changes that a commit through the API makes to files.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::Repository;
use super::names::{file_mode, file_path, no_file};
use super::objects::{Files, Mode, blob_id};
use crate::sandbox::service::{Call, Fault};

/// The greatest file that the API takes. Source: the API model (`FileContent`).
const LARGEST_FILE: usize = 6_291_456;
/// The files of one commit through the API. Source: the CodeCommit user guide, quotas.
const MOST_FILES: usize = 100;

/// The changes of a CreateCommit.
pub struct Changes {
    puts: Vec<(String, Put)>,
    deletes: Vec<String>,
    modes: Vec<(String, Mode)>,
}

struct Put {
    mode: Option<Mode>,
    source: Source,
}

enum Source {
    Content(Vec<u8>),
    File { path: String, moved: bool },
}

impl Changes {
    /// The contents that come with the changes.
    pub fn contents(&self) -> impl Iterator<Item = &[u8]> {
        self.puts.iter().filter_map(|(_, put)| match &put.source {
            Source::Content(content) => Some(content.as_slice()),
            Source::File { .. } => None,
        })
    }

    /// How many files are named.
    pub fn count(&self) -> usize {
        self.puts.len() + self.deletes.len() + self.modes.len()
    }

    /// The changes of an input.
    pub fn of(call: &Call) -> Result<Self, Fault> {
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
    pub fn apply(
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
pub fn content(given: Option<&Value>) -> Result<Option<Vec<u8>>, Fault> {
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
pub fn check_conflicts(files: &Files, path: &str) -> Result<(), Fault> {
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
