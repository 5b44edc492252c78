//! The branch that a working copy is on, read out of `.git` without running git.
//!
//! Source: Git's documentation, gitrepository-layout and git-worktree.

use std::fs;
use std::path::{Path, PathBuf};

/// What a working copy is on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Head {
    /// A branch.
    Branch {
        /// Its name, without `refs/heads/`.
        name: String,
        /// The commit that it is at here, where that can be read.
        commit: Option<String>,
    },
    /// A commit and no branch.
    Detached {
        /// The commit.
        commit: String,
    },
}

/// Why the branch cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum WorkingCopyError {
    /// No `.git` here nor above.
    #[error("{} is in no git working copy", .0.display())]
    None(PathBuf),
    /// A file of it cannot be read.
    #[error("{} cannot be read: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// A file of it says something that this program does not understand.
    #[error("{} does not say which branch it is on", .0.display())]
    Unclear(PathBuf),
}

/// What the working copy around a folder is on.
///
/// # Errors
/// There is none, or it cannot be read.
pub fn head(folder: &Path) -> Result<Head, WorkingCopyError> {
    let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    let git = folder
        .ancestors()
        .map(|above| above.join(".git"))
        .find(|git| git.exists())
        .ok_or_else(|| WorkingCopyError::None(folder.clone()))?;
    let git = if git.is_file() { pointed(&git)? } else { git };
    let path = git.join("HEAD");
    let text = read(&path)?;
    let text = text.trim();
    let Some(reference) = text.strip_prefix("ref:").map(str::trim) else {
        return if is_commit(text) {
            Ok(Head::Detached {
                commit: text.to_owned(),
            })
        } else {
            Err(WorkingCopyError::Unclear(path))
        };
    };
    // A repository with reftable storage has this in HEAD, and the truth elsewhere.
    match reference.strip_prefix("refs/heads/") {
        Some(name) if !name.is_empty() && name != ".invalid" => Ok(Head::Branch {
            name: name.to_owned(),
            commit: commit(&git, reference),
        }),
        _ => Err(WorkingCopyError::Unclear(path)),
    }
}

/// The folder that a `.git` file points to: worktrees and submodules have one.
fn pointed(file: &Path) -> Result<PathBuf, WorkingCopyError> {
    let text = read(file)?;
    let target = text
        .trim()
        .strip_prefix("gitdir:")
        .map(str::trim)
        .filter(|target| !target.is_empty())
        .ok_or_else(|| WorkingCopyError::Unclear(file.to_owned()))?;
    let beside = file.parent().unwrap_or(Path::new(""));
    Ok(beside.join(target))
}

fn read(path: &Path) -> Result<String, WorkingCopyError> {
    fs::read_to_string(path).map_err(|source| WorkingCopyError::Unreadable {
        path: path.to_owned(),
        source,
    })
}

/// The commit that a reference is at: in a file of its own, or among the packed ones. A worktree has its
/// references in the repository that it belongs to.
fn commit(git: &Path, reference: &str) -> Option<String> {
    let common = fs::read_to_string(git.join("commondir"))
        .map(|text| git.join(text.trim()))
        .unwrap_or_else(|_| git.to_owned());
    let loose = fs::read_to_string(common.join(reference)).ok();
    if let Some(commit) = loose.as_deref().map(str::trim).filter(|it| is_commit(it)) {
        return Some(commit.to_owned());
    }
    let packed = fs::read_to_string(common.join("packed-refs")).ok()?;
    packed.lines().find_map(|line| {
        let (commit, name) = line.split_once(' ')?;
        (name.trim() == reference && is_commit(commit)).then(|| commit.to_owned())
    })
}

fn is_commit(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMMIT: &str = "a41f9c2b1d7e4f50a41f9c2b1d7e4f50a41f9c2b";

    fn place(files: &[(&str, &str)]) -> tempfile::TempDir {
        let place = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = place.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        place
    }

    fn on(name: &str, commit: Option<&str>) -> Head {
        Head::Branch {
            name: name.to_owned(),
            commit: commit.map(str::to_owned),
        }
    }

    #[test]
    fn a_branch_is_read_from_a_folder_below() {
        let place = place(&[
            (".git/HEAD", "ref: refs/heads/feature/login\n"),
            (".git/refs/heads/feature/login", &format!("{COMMIT}\n")),
            ("src/deep/file", ""),
        ]);
        assert_eq!(
            head(&place.path().join("src/deep")).unwrap(),
            on("feature/login", Some(COMMIT))
        );
    }

    #[test]
    fn a_packed_reference_is_found() {
        let packed = format!("# pack-refs with: peeled\n{COMMIT} refs/heads/develop\n^{COMMIT}\n");
        let place = place(&[
            (".git/HEAD", "ref: refs/heads/develop"),
            (".git/packed-refs", &packed),
        ]);
        assert_eq!(head(place.path()).unwrap(), on("develop", Some(COMMIT)));
    }

    #[test]
    fn a_branch_without_a_commit_is_a_branch() {
        let place = place(&[(".git/HEAD", "ref: refs/heads/develop\n")]);
        assert_eq!(head(place.path()).unwrap(), on("develop", None));
    }

    #[test]
    fn a_worktree_points_to_its_repository() {
        let place = place(&[
            ("work/.git", "gitdir: ../main/.git/worktrees/work\n"),
            ("main/.git/worktrees/work/HEAD", "ref: refs/heads/hotfix\n"),
            ("main/.git/worktrees/work/commondir", "../..\n"),
            ("main/.git/refs/heads/hotfix", COMMIT),
            ("main/.git/HEAD", "ref: refs/heads/master\n"),
        ]);
        assert_eq!(
            head(&place.path().join("work")).unwrap(),
            on("hotfix", Some(COMMIT))
        );
    }

    #[test]
    fn a_detached_head_is_a_commit() {
        let place = place(&[(".git/HEAD", COMMIT)]);
        assert_eq!(
            head(place.path()).unwrap(),
            Head::Detached {
                commit: COMMIT.to_owned()
            }
        );
    }

    #[test]
    fn what_cannot_be_read_is_said() {
        for (files, said) in [
            (
                vec![(".git/HEAD", "ref: refs/heads/.invalid\n")],
                "does not say",
            ),
            (vec![(".git/HEAD", "nonsense")], "does not say"),
            (vec![(".git", "nonsense")], "does not say"),
            (vec![(".git", "gitdir: nowhere")], "cannot be read"),
            (vec![(".git/config", "")], "cannot be read"),
        ] {
            let place = place(&files);
            let error = head(place.path()).unwrap_err().to_string();
            assert!(error.contains(said), "{error}");
        }
    }
}
