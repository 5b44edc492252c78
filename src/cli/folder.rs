//! Writing a whole folder at once: it is there as a whole or not at all.

use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

/// Lists the files that were written, so that the folder is known again.
const MARKER: &str = ".crosspipe-rendered";

/// A folder could not be written.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// It holds things that we did not write.
    #[error(
        "{folder} is not empty: it holds {found}, which this command did not write; choose another folder, or write over it with --force"
    )]
    NotEmpty {
        /// The folder.
        folder: PathBuf,
        /// One of the things in it.
        found: String,
    },
    /// Something else has the name.
    #[error("{folder} is not a folder: choose another name")]
    NotAFolder {
        /// The path.
        folder: PathBuf,
    },
    /// The system refused.
    #[error("cannot write {path}: {source}")]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

fn failed(path: &Path) -> impl FnOnce(io::Error) -> FolderError + use<> {
    let path = path.to_owned();
    move |source| FolderError::Write { path, source }
}

/// What to do with a folder that is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Manners {
    /// Write over files that we did not write.
    pub force: bool,
    /// Remember what was written, and replace it without asking the next time. Not for files that
    /// are meant to be edited.
    pub remember: bool,
}

/// What is in the way.
enum Found {
    Nothing,
    Empty,
    /// Only what we wrote.
    Ours,
    /// What we wrote, and other things.
    Mixed {
        ours: Vec<PathBuf>,
        other: String,
    },
}

/// Writes the files (relative path with `/`, text) into a folder.
pub(super) fn write<'a>(
    folder: &Path,
    files: impl IntoIterator<Item = (&'a str, &'a str)>,
    manners: Manners,
) -> Result<(), FolderError> {
    let folder = fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
    let found = look(&folder)?;
    if let (Found::Mixed { other, .. }, false) = (&found, manners.force) {
        return Err(FolderError::NotEmpty {
            folder,
            found: other.clone(),
        });
    }
    let parent = match folder.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    };
    fs::create_dir_all(&parent).map_err(failed(&parent))?;
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    let aside = |what: &str| parent.join(format!(".{name}.{what}-{}", std::process::id()));
    let staged = aside("new");
    let done = stage(&staged, files, manners).and_then(|written| match found {
        Found::Nothing => fs::rename(&staged, &folder).map_err(failed(&folder)),
        Found::Empty => fs::remove_dir(&folder)
            .and_then(|()| fs::rename(&staged, &folder))
            .map_err(failed(&folder)),
        Found::Ours => swap(&staged, &folder, &aside("old")),
        Found::Mixed { ours, .. } => merge(&staged, &folder, &written, &ours),
    });
    if staged.exists() {
        // Best effort: what matters is said by `done`.
        let _ = fs::remove_dir_all(&staged);
    }
    done
}

fn look(folder: &Path) -> Result<Found, FolderError> {
    match fs::metadata(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Found::Nothing),
        Err(error) => return Err(failed(folder)(error)),
        Ok(metadata) if !metadata.is_dir() => {
            return Err(FolderError::NotAFolder {
                folder: folder.to_owned(),
            });
        }
        Ok(_) => {}
    }
    let mut present = Vec::new();
    list(folder, Path::new(""), &mut present)?;
    if present.is_empty() {
        return Ok(Found::Empty);
    }
    let ours: Vec<PathBuf> = fs::read_to_string(folder.join(MARKER))
        .unwrap_or_default()
        .lines()
        .map(PathBuf::from)
        .filter(|path| {
            path.components()
                .all(|part| matches!(part, Component::Normal(_)))
        })
        .collect();
    let other = present
        .into_iter()
        .find(|path| path != Path::new(MARKER) && !ours.contains(path));
    Ok(match other {
        None => Found::Ours,
        Some(other) => Found::Mixed {
            ours,
            other: other.to_string_lossy().into_owned(),
        },
    })
}

/// Everything in a folder but folders that hold something.
fn list(root: &Path, below: &Path, found: &mut Vec<PathBuf>) -> Result<(), FolderError> {
    let place = root.join(below);
    let mut entries = fs::read_dir(&place)
        .and_then(Iterator::collect::<io::Result<Vec<_>>>)
        .map_err(failed(&place))?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let relative = below.join(entry.file_name());
        if entry.file_type().map_err(failed(&entry.path()))?.is_dir() {
            let before = found.len();
            list(root, &relative, found)?;
            if found.len() == before {
                found.push(relative);
            }
        } else {
            found.push(relative);
        }
    }
    Ok(())
}

fn stage<'a>(
    staged: &Path,
    files: impl IntoIterator<Item = (&'a str, &'a str)>,
    manners: Manners,
) -> Result<Vec<PathBuf>, FolderError> {
    let mut written = Vec::new();
    let mut put = |relative: &str, text: &str| {
        let path = staged.join(relative);
        let above = path.parent().unwrap_or(staged);
        fs::create_dir_all(above).map_err(failed(above))?;
        fs::write(&path, text).map_err(failed(&path))?;
        written.push(PathBuf::from(relative));
        Ok(())
    };
    let mut marker = String::new();
    for (relative, text) in files {
        put(relative, text)?;
        marker.push_str(relative);
        marker.push('\n');
    }
    if manners.remember {
        put(MARKER, &marker)?;
    }
    Ok(written)
}

fn swap(staged: &Path, folder: &Path, old: &Path) -> Result<(), FolderError> {
    fs::rename(folder, old).map_err(failed(folder))?;
    if let Err(error) = fs::rename(staged, folder) {
        // Put back what was there before saying so.
        fs::rename(old, folder).map_err(failed(folder))?;
        return Err(failed(folder)(error));
    }
    fs::remove_dir_all(old).map_err(failed(old))
}

/// Puts the files among others; each is there as a whole or not at all.
fn merge(
    staged: &Path,
    folder: &Path,
    written: &[PathBuf],
    before: &[PathBuf],
) -> Result<(), FolderError> {
    for relative in written {
        let target = folder.join(relative);
        let above = target.parent().unwrap_or(folder);
        fs::create_dir_all(above).map_err(failed(above))?;
        fs::rename(staged.join(relative), &target).map_err(failed(&target))?;
    }
    for relative in before.iter().filter(|it| !written.contains(it)) {
        let target = folder.join(relative);
        if target.is_file() {
            fs::remove_file(&target).map_err(failed(&target))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
