//! `crosspipe render`: every document as a file, without any account.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::folder::{self, FolderError, Manners};
use crate::blueprint::{Blueprint, Source};
use crate::render::{Documents, Facts, RenderError, RepositoryFile, Templates, documents, starter};
use crate::resource::Unresolved;

mod bundle;
mod calls;
mod page;
mod refused;

/// The id that stands for one that AWS has not chosen yet. No key and no connection has it.
const NO_ID: &str = "00000000-0000-0000-0000-000000000000";

/// Write every policy and document of crosspipe.toml into a folder.
///
/// Touches no account: it reads crosspipe.toml (and the templates it names) and writes files. Each
/// file is the body of one call, as 'aws SERVICE OPERATION --cli-input-json file://FILE' takes it;
/// README.md in the folder lists the calls in order. The policies are there as plain documents, too,
/// and 'repository/' holds what the source repository keeps.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "Examples:
  crosspipe render documents
  crosspipe render documents --key-arn arn:aws:kms:ap-northeast-2:202949997891:key/11112222-71d6-4265-9dab-111122223333")]
pub struct Args {
    /// The folder to write; made if it is not there
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
    /// The artifact key's ARN, where the key exists; without it a placeholder stands for it
    #[arg(long, value_name = "ARN")]
    pub key_arn: Option<String>,
    /// The connection's ARN, where the source is a connection that crosspipe.toml does not name
    #[arg(long, value_name = "ARN")]
    pub connection_arn: Option<String>,
    /// Write into a folder that holds other files, over files of the same name
    #[arg(long)]
    pub force: bool,
}

/// The documents could not be written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// They could not be made.
    #[error(transparent)]
    Render(#[from] RenderError),
    /// AWS would not take one, or could not work with it.
    #[error("{template} renders to what AWS refuses or cannot run: {}", problems.join("; "))]
    Refused {
        /// The template.
        template: String,
        /// What is wrong.
        problems: Vec<String>,
    },
    /// A document mentions what is known only after something else has been made.
    #[error("a document cannot be written without an account: {0}")]
    Unresolved(#[from] Unresolved),
    /// They could not be put into the folder.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// An option is not what it is called.
    #[error("{option} {given}: {why}")]
    Option {
        /// The option.
        option: &'static str,
        /// What was given.
        given: String,
        /// What was expected.
        why: String,
    },
}

/// What was written. `Display` is for stdout.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Written {
    /// The folder.
    pub folder: PathBuf,
    /// How many files.
    pub files: usize,
    /// What the reader should know; for stderr.
    pub notes: Vec<String>,
}

impl std::fmt::Display for Written {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let folder = self.folder.display();
        write!(
            f,
            "wrote {} files to {folder}; {folder}/README.md lists the calls in order",
            self.files
        )
    }
}

/// Writes the documents of a blueprint. `base` is the folder of `crosspipe.toml`, which `templates`
/// in it is relative to.
///
/// # Errors
/// A document that cannot be made, or a folder that cannot be written; nothing is left half done.
pub fn run(args: &Args, blueprint: &Blueprint, base: &Path) -> Result<Written, Error> {
    let (facts, notes) = facts(args, blueprint)?;
    let templates = Templates::for_blueprint(blueprint, base)?;
    let documents = checked(blueprint, &facts, &templates)?;
    let files = bundle::bundle(blueprint, &facts, &documents)?;
    folder::write(
        &args.folder,
        files
            .iter()
            .map(|file| (file.path.as_str(), file.text.as_str())),
        Manners {
            force: args.force,
            remember: true,
        },
    )?;
    Ok(Written {
        folder: args.folder.clone(),
        files: files.len(),
        notes,
    })
}

/// Checks a team's own templates before anything is planned with them.
///
/// # Errors
/// Names the template whose document AWS would refuse, and why.
pub fn check(blueprint: &Blueprint, templates: &Templates) -> Result<(), Error> {
    let facts = facts_without_account(blueprint)?;
    checked(blueprint, &facts, templates).map(|_| ())
}

/// What stands for what AWS has not chosen yet.
///
/// # Errors
/// None: nothing was given that could be wrong.
pub fn facts_without_account(blueprint: &Blueprint) -> Result<Facts, Error> {
    let args = Args {
        folder: PathBuf::new(),
        key_arn: None,
        connection_arn: None,
        force: false,
    };
    facts(&args, blueprint).map(|(facts, _)| facts)
}

/// The starter application with the documents that the repository keeps, which are checked first.
///
/// # Errors
/// A document that cannot be made, or that AWS would refuse.
pub fn starter_files(
    blueprint: &Blueprint,
    facts: &Facts,
    templates: &Templates,
) -> Result<Vec<RepositoryFile>, Error> {
    let documents = checked(blueprint, facts, templates)?;
    Ok(starter(blueprint, facts, templates, &documents)?)
}

fn checked(
    blueprint: &Blueprint,
    facts: &Facts,
    templates: &Templates,
) -> Result<Documents, Error> {
    let documents = documents(blueprint, facts, templates)?;
    match refused::first(&documents, blueprint.region.as_str()) {
        Some((template, problems)) => Err(Error::Refused { template, problems }),
        None => Ok(documents),
    }
}

fn facts(args: &Args, blueprint: &Blueprint) -> Result<(Facts, Vec<String>), Error> {
    let mut notes = Vec::new();
    let own = |service: &str, resource: &str| {
        format!(
            "arn:{}:{service}:{}:{}:{resource}/{NO_ID}",
            blueprint.region.partition(),
            blueprint.region,
            blueprint.shared.account
        )
    };
    let key_arn = match &args.key_arn {
        Some(given) => given_arn("--key-arn", given, "kms", "key/", blueprint)?,
        None => {
            let arn = own("kms", "key");
            notes.push(format!(
                "the artifact key's id is not known without an account: {arn} stands for it, and no such key exists; give the real one with --key-arn"
            ));
            arn
        }
    };
    let connection_arn = match (&blueprint.source, &args.connection_arn) {
        (Source::CodeCommit { .. }, None) => None,
        (Source::CodeCommit { .. }, Some(given)) => {
            return Err(Error::Option {
                option: "--connection-arn",
                given: given.clone(),
                why: "the source is a CodeCommit repository, which needs no connection; leave the option out".to_owned(),
            });
        }
        (Source::Connection { .. }, Some(given)) => {
            let service = if given.contains(":codestar-connections:") {
                "codestar-connections"
            } else {
                "codeconnections"
            };
            Some(given_arn(
                "--connection-arn",
                given,
                service,
                "connection/",
                blueprint,
            )?)
        }
        (
            Source::Connection {
                connection: Some(arn),
                ..
            },
            None,
        ) => Some(arn.to_string()),
        (
            Source::Connection {
                connection: None, ..
            },
            None,
        ) => {
            let arn = own("codeconnections", "connection");
            notes.push(format!(
                "the connection does not exist yet: {arn} stands for it; give the real one with --connection-arn"
            ));
            Some(arn)
        }
    };
    Ok((
        Facts {
            key_arn,
            connection_arn,
        },
        notes,
    ))
}

/// An ARN of the shared account and the blueprint's Region, as an option gives it.
fn given_arn(
    option: &'static str,
    given: &str,
    service: &str,
    resource: &str,
    blueprint: &Blueprint,
) -> Result<String, Error> {
    let expected = format!(
        "arn:{}:{service}:{}:{}:{resource}",
        blueprint.region.partition(),
        blueprint.region,
        blueprint.shared.account
    );
    let id = given.strip_prefix(&expected);
    if id.is_some_and(|id| {
        !id.is_empty() && id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
    }) {
        return Ok(given.to_owned());
    }
    Err(Error::Option {
        option,
        given: given.to_owned(),
        why: format!(
            "an ARN of the shared account in the Region of crosspipe.toml starts with {expected}"
        ),
    })
}

#[cfg(test)]
mod tests;
