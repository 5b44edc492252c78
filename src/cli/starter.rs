//! `crosspipe starter`: the starter application as files, for a repository of one's own.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::folder::{self, FolderError, Manners};
use super::render;
use crate::blueprint::{Blueprint, ConnectionProvider, Source};
use crate::render::Templates;

/// Write a small application to begin with, ready to be built and deployed.
///
/// A server with its Dockerfile, the buildspec and what deployments read. Touches no account: it reads
/// crosspipe.toml (and the templates it names) and writes files. No file
/// that is there is written over. Pushed to an environment's branch, it is built and deployed there.
/// With CodeCommit, 'crosspipe bootstrap --starter' pushes the same files.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "Examples:
  crosspipe starter awssdk-iam
  crosspipe starter .")]
pub struct Args {
    /// The folder to write into; made if it is not there
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
}

/// The application could not be written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It could not be made.
    #[error(transparent)]
    Render(#[from] render::Error),
    /// Something is in the way.
    #[error(
        "{folder} holds {} already, which would be written over: nothing was written; choose another folder, or move {} away",
        found.join(", "),
        if found.len() == 1 { "it" } else { "them" }
    )]
    Taken {
        /// The folder.
        folder: PathBuf,
        /// What is in the way.
        found: Vec<String>,
    },
    /// It could not be put into the folder.
    #[error(transparent)]
    Folder(#[from] FolderError),
}

/// What was written. `Display` is for stdout.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Written {
    /// The folder.
    pub folder: PathBuf,
    /// The paths inside it.
    pub files: Vec<String>,
    /// What to type next: command, and what it does.
    pub next: Vec<(String, String)>,
}

impl std::fmt::Display for Written {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let lines: Vec<String> = self
            .next
            .iter()
            .map(|(command, what)| format!("  {command}  {what}").trim_end().to_owned())
            .collect();
        write!(
            f,
            "wrote {} files to {}\n  {}\n\nNext, if the repository is empty\n{}",
            self.files.len(),
            self.folder.display(),
            self.files.join("\n  "),
            lines.join("\n")
        )
    }
}

/// Writes the starter application of a blueprint. `base` is the folder of `crosspipe.toml`, which
/// `templates` in it is relative to.
///
/// # Errors
/// A file that is in the way, a document that cannot be made, a folder that cannot be written. Nothing
/// is written then.
pub fn run(args: &Args, blueprint: &Blueprint, base: &Path) -> Result<Written, Error> {
    let templates = Templates::for_blueprint(blueprint, base).map_err(render::Error::from)?;
    let facts = render::facts_without_account(blueprint)?;
    let files = render::starter_files(blueprint, &facts, &templates)?;
    let found: Vec<String> = files
        .iter()
        .filter_map(|file| in_the_way(&args.folder, &file.path))
        .collect();
    if !found.is_empty() {
        let mut found = found;
        found.dedup();
        return Err(Error::Taken {
            folder: args.folder.clone(),
            found,
        });
    }
    let manners = Manners {
        // Nothing of ours is there, as was just seen.
        force: true,
        remember: false,
    };
    folder::write(
        &args.folder,
        files
            .iter()
            .map(|file| (file.path.as_str(), file.text.as_str())),
        manners,
    )?;
    Ok(Written {
        folder: args.folder.clone(),
        files: files.into_iter().map(|file| file.path).collect(),
        next: next(&args.folder, blueprint),
    })
}

/// What a file would be written over: itself, or something that is no folder where one is needed.
fn in_the_way(folder: &Path, path: &str) -> Option<String> {
    let mut place = folder.to_owned();
    let mut shown = String::new();
    let parts: Vec<&str> = path.split('/').collect();
    for (index, part) in parts.iter().enumerate() {
        place.push(part);
        if index > 0 {
            shown.push('/');
        }
        shown.push_str(part);
        let found = fs::symlink_metadata(&place).ok()?;
        if index + 1 == parts.len() || !found.is_dir() {
            return Some(shown);
        }
    }
    None
}

/// The commands that push it to every branch.
pub fn next(folder: &Path, blueprint: &Blueprint) -> Vec<(String, String)> {
    let branches: Vec<&str> = blueprint
        .environments
        .values()
        .map(|it| it.branch.as_str())
        .collect();
    let first = branches.first().copied().unwrap_or("main");
    let mut rows = Vec::new();
    let mut row = |command: String, what: &str| rows.push((command, what.to_owned()));
    if folder != Path::new(".") {
        row(format!("cd {}", shell(&folder.display().to_string())), "");
    }
    row(format!("git init -b {}", shell(first)), "");
    row("git add .".to_owned(), "");
    row(
        "git commit -m \"Start with the starter application\"".to_owned(),
        "",
    );
    row(format!("git remote add origin {}", remote(blueprint)), "");
    let refs: Vec<String> = branches
        .iter()
        .map(|branch| {
            if *branch == first {
                shell(first)
            } else {
                shell(&format!("{first}:refs/heads/{branch}"))
            }
        })
        .collect();
    let environments: Vec<&str> = blueprint
        .environments
        .keys()
        .map(|it| it.as_str())
        .collect();
    row(
        format!("git push origin {}", refs.join(" ")),
        &format!("starts {}", environments.join(", ")),
    );
    rows
}

/// The address of the repository for git.
pub fn remote(blueprint: &Blueprint) -> String {
    match &blueprint.source {
        Source::CodeCommit { repository } => {
            let profile = match &blueprint.shared.access.profile {
                Some(profile) => format!("{profile}@"),
                None => String::new(),
            };
            shell(&format!(
                "codecommit::{}://{profile}{repository}",
                blueprint.region
            ))
        }
        Source::Connection {
            host, repository, ..
        } => {
            let server = match host {
                ConnectionProvider::GitHub => "github.com",
                ConnectionProvider::GitLab => "gitlab.com",
                ConnectionProvider::Bitbucket => "bitbucket.org",
            };
            shell(&format!("https://{server}/{repository}.git"))
        }
    }
}

/// A word of a shell, quoted where it has to be.
fn shell(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./@:+,".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests;
