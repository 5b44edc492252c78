//! `crosspipe templates`: the built-in templates, for reading and for editing.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::folder::{self, FolderError, Manners};
use crate::blueprint::Blueprint;
use crate::render::{RenderError, Templates};
use crate::ui::Table;

/// Copy or list the templates and policies that every document is made from.
///
/// Touches no account.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "Examples:
  crosspipe templates list
  crosspipe templates eject my-templates")]
pub struct Args {
    /// What to do with them
    #[command(subcommand)]
    pub command: Command,
}

/// What to do with the templates.
#[derive(Debug, Clone, clap::Subcommand)]
pub enum Command {
    /// Copy the built-in templates and policies into a folder, for editing.
    ///
    /// Touches no account: it writes files. 'templates = "DIR"' in crosspipe.toml then uses them. A
    /// template that stays as it is can be deleted: the built-in one takes its place.
    #[command(after_help = "Example:
  crosspipe templates eject my-templates")]
    Eject {
        /// The folder to write; made if it is not there
        #[arg(value_name = "DIR")]
        folder: PathBuf,
        /// Write into a folder that holds other files, over files of the same name
        #[arg(long)]
        force: bool,
    },
    /// List the templates, and which of them crosspipe.toml replaces.
    ///
    /// Touches no account: it reads crosspipe.toml, if there is one, and the folder that it names.
    #[command(after_help = "Example:
  crosspipe templates list")]
    List,
}

/// The templates could not be copied or listed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The folder that crosspipe.toml names is not in order.
    #[error(transparent)]
    Render(#[from] RenderError),
    /// The folder could not be written.
    #[error(transparent)]
    Folder(#[from] FolderError),
}

/// What was done. `Display` is for stdout.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Files were written.
    Ejected {
        /// The folder.
        folder: PathBuf,
        /// How many files.
        files: usize,
    },
    /// The templates.
    Listed(Vec<Listed>),
}

/// A template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Listed {
    /// Its name: the path of the file that replaces it, relative to the folder of templates.
    pub name: String,
    /// Whether a file replaces it.
    pub replaced: bool,
}

impl std::fmt::Display for Outcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Ejected { folder, files } => {
                let folder = folder.display();
                let mut next = Table::new(2, &[]);
                next.row([
                    format!("templates = \"{folder}\""),
                    "in crosspipe.toml uses them".to_owned(),
                ]);
                next.row(["crosspipe render DIR", "shows what becomes of them"]);
                write!(
                    f,
                    "wrote {files} files to {folder}\n\nNext\n{}",
                    next.text().trim_end()
                )
            }
            Self::Listed(templates) => {
                let lines: Vec<String> = templates
                    .iter()
                    .map(|it| {
                        let from = if it.replaced { "yours" } else { "built in" };
                        format!("{from:<10}{}", it.name)
                    })
                    .collect();
                f.write_str(&lines.join("\n"))
            }
        }
    }
}

/// Copies or lists. The blueprint, with the folder of its `crosspipe.toml`, says which templates are
/// replaced; without one all are built in.
///
/// # Errors
/// A folder that cannot be read or written, or that holds what replaces nothing.
pub fn run(args: &Args, blueprint: Option<(&Blueprint, &Path)>) -> Result<Outcome, Error> {
    match &args.command {
        Command::Eject { folder, force } => {
            let files: Vec<_> = Templates::sources().collect();
            let manners = Manners {
                force: *force,
                remember: false,
            };
            folder::write(folder, files.iter().copied(), manners)?;
            Ok(Outcome::Ejected {
                folder: folder.clone(),
                files: files.len(),
            })
        }
        Command::List => {
            let templates = match blueprint {
                Some((blueprint, base)) => Templates::for_blueprint(blueprint, base)?,
                None => Templates::embedded()?,
            };
            let listed = templates.names().map(|(name, replaced)| Listed {
                name: name.to_owned(),
                replaced,
            });
            Ok(Outcome::Listed(listed.collect()))
        }
    }
}

#[cfg(test)]
mod tests;
