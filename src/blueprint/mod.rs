//! `crosspipe.toml`: what a team writes down once, and everything else is derived from.
//!
//! A file, flags and answers all become a [`Draft`], in which every value remembers where it was
//! said. A draft knows what is wrong with it and what is missing; one with neither becomes a
//! [`Blueprint`].

pub mod check;
pub mod defaults;
mod draft;
pub mod edit;
mod error;
mod finish;
mod key;
mod model;
pub mod patterns;
mod read;
pub mod schema;
mod write;

#[cfg(test)]
mod tests;

use std::path::Path;

pub use draft::{Draft, Entry, Origin, Problem};
pub use error::{BlueprintError, BlueprintErrors, Label};
pub use key::{Key, Table, Value};
pub use model::*;
pub use write::write_new;

/// Reads a blueprint from the text of a file. The name is used in errors only.
///
/// # Errors
/// Everything that is wrong with it, each mistake with its place.
pub fn parse(text: &str, file_name: &str) -> Result<Blueprint, BlueprintErrors> {
    Draft::read(text, file_name).finish()
}

/// Reads a blueprint from a file.
///
/// # Errors
/// As [`parse`], or that the file cannot be read.
pub fn load(path: &Path) -> Result<Blueprint, BlueprintErrors> {
    draft(path)?.finish()
}

/// Reads a draft from a file, for a blueprint in which something may be missing.
///
/// # Errors
/// That the file cannot be read; what is wrong inside it comes out of [`Draft::errors`].
pub fn draft(path: &Path) -> Result<Draft, BlueprintErrors> {
    let name = path.display().to_string();
    let bytes = std::fs::read(path).map_err(|error| {
        let help = (error.kind() == std::io::ErrorKind::NotFound).then(|| {
            "`crosspipe bootstrap` asks the questions and writes it; --config FILE names another file".to_owned()
        });
        BlueprintErrors::unreadable(&name, &error.to_string(), help)
    })?;
    let text = String::from_utf8(bytes).map_err(|_| {
        BlueprintErrors::unreadable(
            &name,
            "it is not UTF-8 text",
            Some("save the file as UTF-8".to_owned()),
        )
    })?;
    Ok(Draft::read(&text, &name))
}
