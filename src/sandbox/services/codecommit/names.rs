//! What names, ids and paths may be, and what CodeCommit answers to others.

use super::Repository;
use super::objects::Mode;
use crate::sandbox::service::{Call, Fault};
use crate::sandbox::shape::whole_match;

/// The name of a repository in an input.
pub fn repository_name<'a>(call: &'a Call, member: &str) -> Result<&'a str, Fault> {
    let name = call.text(member).ok_or_else(|| {
        Fault::new(
            "RepositoryNameRequiredException",
            "A repository name is required, but was not specified",
        )
    })?;
    check_repository_name(name)?;
    Ok(name)
}

/// Source: the API model, and the CodeCommit quotas page for the `.git` ending.
pub fn check_repository_name(name: &str) -> Result<(), Fault> {
    let length = name.chars().count();
    if (1..=100).contains(&length) && whole_match(r"[\w\.-]+", name) && !name.ends_with(".git") {
        return Ok(());
    }
    Err(Fault::new(
        "InvalidRepositoryNameException",
        "The repository name is not valid. Repository names can be any valid combination of letters, numbers, periods, underscores, and dashes between 1 and 100 characters in length. Names are case sensitive. For more information, see Limits in the AWS CodeCommit User Guide. ",
    ))
}

/// The fault for a repository that the account does not have in the Region.
pub fn no_repository(name: &str) -> Fault {
    Fault::new(
        "RepositoryDoesNotExistException",
        format!("{name} does not exist"),
    )
}

/// The name of a branch in an input.
pub fn branch_name<'a>(call: &'a Call, member: &str) -> Result<&'a str, Fault> {
    let name = call.text(member).ok_or_else(|| {
        Fault::new(
            "BranchNameRequiredException",
            "A branch name is required, but was not specified",
        )
    })?;
    if legal_branch(name) {
        Ok(name)
    } else {
        Err(Fault::new(
            "InvalidBranchNameException",
            format!("The specified branch name is not valid: {name}"),
        ))
    }
}

/// Whether a branch may have a name: the rules of `git check-ref-format`, and the length of the API model.
pub fn legal_branch(name: &str) -> bool {
    let length = name.chars().count();
    (1..=256).contains(&length)
        && name != "@"
        && !name.contains("..")
        && !name.contains("@{")
        && !name.ends_with('.')
        && !name.starts_with('-')
        && !name
            .chars()
            .any(|letter| letter.is_ascii_control() || " ~^:?*[\\".contains(letter))
        && name
            .split('/')
            .all(|part| !part.is_empty() && !part.starts_with('.') && !part.ends_with(".lock"))
}

/// The fault for a branch that the repository does not have.
pub fn no_branch(name: &str) -> Fault {
    Fault::new(
        "BranchDoesNotExistException",
        format!("The branch {name} does not exist"),
    )
}

/// Whether a text has the form of a full object id.
pub fn is_object_id(text: &str) -> bool {
    text.len() == 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The commit that a specifier names: a full id, a branch, a tag, `refs/...` or `HEAD`; the head of
/// the default branch where there is none.
pub fn resolve(repository: &Repository, specifier: Option<&str>) -> Result<String, Fault> {
    let default = || {
        let branch = repository.default_branch.as_ref()?;
        repository.branches.get(branch).cloned()
    };
    let missing = |text: &str| {
        Fault::new(
            "CommitDoesNotExistException",
            format!("Could not find the commit {text}"),
        )
    };
    let Some(specifier) = specifier.filter(|text| *text != "HEAD") else {
        return default().ok_or_else(|| {
            Fault::new(
                "CommitDoesNotExistException",
                "The repository has no default branch, and no commit was specified",
            )
        });
    };
    if specifier.is_empty() {
        return Err(Fault::new(
            "InvalidCommitException",
            "The specified commit is not valid",
        ));
    }
    let branch = specifier.strip_prefix("refs/heads/").unwrap_or(specifier);
    if let Some(head) = repository.branches.get(branch) {
        return Ok(head.clone());
    }
    let tag = match specifier.starts_with("refs/") {
        true => specifier.to_owned(),
        false => format!("refs/tags/{specifier}"),
    };
    let tagged = repository.references.get(&tag);
    if let Some(commit) = tagged.and_then(|id| repository.objects.peeled(id)) {
        return Ok(commit.to_owned());
    }
    if is_object_id(specifier) && repository.objects.commit(specifier).is_some() {
        return Ok(specifier.to_owned());
    }
    Err(missing(specifier))
}

/// A path as repositories keep it: without a slash in front.
pub fn file_path(given: Option<&str>) -> Result<String, Fault> {
    let path = given.filter(|path| !path.is_empty()).ok_or_else(|| {
        Fault::new(
            "PathRequiredException",
            "A file path is required, but was not specified",
        )
    })?;
    let path = path.strip_prefix('/').unwrap_or(path);
    if legal_path(path) {
        Ok(path.to_owned())
    } else {
        Err(invalid_path(path))
    }
}

/// The path of a folder: like a file's, and empty or `/` for the root.
pub fn folder_path(given: Option<&str>) -> Result<String, Fault> {
    let path = given.ok_or_else(|| {
        Fault::new(
            "PathRequiredException",
            "A folder path is required, but was not specified",
        )
    })?;
    let path = path.strip_prefix('/').unwrap_or(path);
    let path = path.strip_suffix('/').unwrap_or(path);
    if path.is_empty() || legal_path(path) {
        Ok(path.to_owned())
    } else {
        Err(invalid_path(path))
    }
}

fn legal_path(path: &str) -> bool {
    path.len() <= 4096
        && !path.contains('\0')
        && path.split('/').all(|part| {
            !part.is_empty() && part != "." && part != ".." && !part.eq_ignore_ascii_case(".git")
        })
}

fn invalid_path(path: &str) -> Fault {
    Fault::new(
        "InvalidPathException",
        format!("The specified path is not valid: {path}"),
    )
}

/// A file mode of an input.
pub fn file_mode(given: Option<&str>) -> Result<Option<Mode>, Fault> {
    given
        .map(|name| {
            Mode::parse(name).ok_or_else(|| {
                Fault::new(
                    "InvalidFileModeException",
                    format!("The specified file mode is not valid: {name}"),
                )
            })
        })
        .transpose()
}

/// The fault for a file that the commit does not have.
pub fn no_file(path: &str) -> Fault {
    Fault::new(
        "FileDoesNotExistException",
        format!("Could not find path {path}"),
    )
}

/// A description: at most 1,000 characters. Source: the API model.
pub fn description(given: Option<&str>) -> Result<Option<String>, Fault> {
    match given {
        Some(text) if text.chars().count() > 1000 => Err(Fault::new(
            "InvalidRepositoryDescriptionException",
            "The repository description is not valid: it has more than 1000 characters",
        )),
        other => Ok(other.map(str::to_owned)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn branches() {
        for good in ["main", "feature/a-b", "release-1.0", "개발", "a@b"] {
            assert!(legal_branch(good), "{good}");
        }
        for bad in [
            "", "@", "a b", "a..b", "a/", "/a", "a//b", "a.lock", "a.lock/b", ".a", "a/.b", "a.",
            "-a", "a~", "a^", "a:b", "a?", "a*", "a[", "a\\b", "a@{b",
        ] {
            assert!(!legal_branch(bad), "{bad}");
        }
        assert!(!legal_branch(&"a".repeat(257)));
    }

    #[test]
    fn paths() {
        assert_eq!(file_path(Some("/a/b")).unwrap(), "a/b");
        assert_eq!(file_path(None).unwrap_err().code, "PathRequiredException");
        for bad in ["/", "a/", "a//b", "../a", "a/./b", ".git/config"] {
            assert_eq!(
                file_path(Some(bad)).unwrap_err().code,
                "InvalidPathException",
                "{bad}"
            );
        }
        assert_eq!(folder_path(Some("/a/")).unwrap(), "a");
        assert_eq!(folder_path(Some("/")).unwrap(), "");
        assert_eq!(folder_path(Some("")).unwrap(), "");
    }
}
