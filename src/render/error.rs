//! What can go wrong between a template and a document.

use std::path::PathBuf;

/// A document could not be made.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// A template that handlebars does not understand, or that mentions what does not exist.
    #[error("{template}, line {line}, column {column}: {why}")]
    Template {
        /// The template's name.
        template: String,
        /// Line in the template, from 1; 0 where it is not known.
        line: usize,
        /// Column in the template, from 1; 0 where it is not known.
        column: usize,
        /// What is wrong.
        why: String,
    },
    /// A rendered document that is not what its name says it is.
    #[error("{template} renders to something that is not {format}: {why}, in line {line}: {text}")]
    Malformed {
        /// The template's name.
        template: String,
        /// `JSON` or `YAML`.
        format: &'static str,
        /// Line in the rendered text, from 1.
        line: usize,
        /// That line.
        text: String,
        /// What is wrong with it.
        why: String,
    },
    /// A policy with a letter that IAM does not take.
    #[error(
        "{template} holds the letter '{letter}': IAM takes Latin-1 letters only in a policy document; write it in other letters"
    )]
    Letter {
        /// The template's name.
        template: String,
        /// The letter.
        letter: char,
    },
    /// A document over AWS's limit.
    #[error("{document} has {size} {unit}, AWS takes {limit}: {help}")]
    TooLarge {
        /// The document.
        document: String,
        /// Its size.
        size: usize,
        /// AWS's limit.
        limit: usize,
        /// What is counted.
        unit: &'static str,
        /// What to do about it.
        help: &'static str,
    },
    /// A file in the folder of templates that replaces nothing.
    #[error("{path} replaces no template: {}", nearest.as_ref().map_or_else(
        || "'crosspipe templates list' shows the names".to_owned(),
        |name| format!("did you mean {name}?"),
    ))]
    UnknownFile {
        /// The file.
        path: PathBuf,
        /// The known name that is nearest to it.
        nearest: Option<String>,
    },
    /// A file or folder that cannot be read.
    #[error("cannot read {path}: {source}")]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The blueprint leaves out what a document needs.
    #[error("{key} is missing: {why}")]
    Missing {
        /// The key in `crosspipe.toml`.
        key: String,
        /// What needs it, and what to write.
        why: String,
    },
    /// Two environments that statement ids cannot tell apart.
    #[error(
        "environments '{first}' and '{second}' both become '{sid}' in statement ids, which take letters and digits only: give one of them another name"
    )]
    SameSid {
        /// The one.
        first: String,
        /// The other.
        second: String,
        /// What both become.
        sid: String,
    },
}
