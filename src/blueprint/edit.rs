//! Changes to a `crosspipe.toml` that people have written in: their comments and their order stay.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use toml_edit::{Array, DocumentMut, Item, Table as TomlTable, TableLike};

use super::key::{Key, Value};

/// Why a file could not be changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// The text is not TOML.
    #[error("the file is not TOML: {0}")]
    NotToml(String),
    /// Something that is no table stands where a table is needed.
    #[error("{key} cannot be set: '{blocked}' is not a table")]
    Blocked {
        /// The key.
        key: String,
        /// What is in its way.
        blocked: String,
    },
}

/// The text with one key set.
///
/// # Errors
/// See [`EditError`].
pub fn set(text: &str, key: &Key, value: &Value) -> Result<String, EditError> {
    set_all(text, [(key, value)])
}

/// The text with some keys set, in the order given. Tables that are missing are added at the end.
///
/// # Errors
/// See [`EditError`].
pub fn set_all<'a>(
    text: &str,
    answers: impl IntoIterator<Item = (&'a Key, &'a Value)>,
) -> Result<String, EditError> {
    let mut document: DocumentMut = text
        .parse()
        .map_err(|error: toml_edit::TomlError| EditError::NotToml(error.message().to_owned()))?;
    for (key, value) in answers {
        let Some(value) = to_toml(value) else {
            continue;
        };
        let mut table: &mut dyn TableLike = document.as_table_mut();
        let path = key.table.path();
        for (depth, step) in path.iter().enumerate() {
            let last = depth + 1 == path.len();
            let item = table.entry(step).or_insert_with(|| {
                let mut table = TomlTable::new();
                table.set_implicit(!last);
                Item::Table(table)
            });
            let Some(inner) = item.as_table_like_mut() else {
                return Err(EditError::Blocked {
                    key: key.to_string(),
                    blocked: (*step).to_owned(),
                });
            };
            table = inner;
        }
        match table.get_mut(&key.name) {
            Some(Item::Value(old)) => {
                // Keeps the spaces and the comment around the old value.
                let decor = old.decor().clone();
                *old = value;
                *old.decor_mut() = decor;
            }
            _ => {
                table.insert(&key.name, Item::Value(value));
            }
        }
    }
    Ok(document.to_string())
}

fn to_toml(value: &Value) -> Option<toml_edit::Value> {
    Some(match value {
        Value::Text(text) => text.as_str().into(),
        Value::Number(number) => (*number).into(),
        Value::Truth(truth) => (*truth).into(),
        Value::List(items) => {
            toml_edit::Value::Array(items.iter().map(String::as_str).collect::<Array>())
        }
        Value::Unusable => return None,
    })
}

/// Writes a file so that it is there wholly or not at all: beside it first, then renamed over it.
///
/// # Errors
/// Whatever the system answers; nothing is left behind then.
pub fn write_atomically(path: &Path, text: &str) -> io::Result<()> {
    // A link keeps pointing at its file.
    let target = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    let (temporary, mut file) = beside(&target)?;
    let written = file
        .write_all(text.as_bytes())
        .and_then(|()| file.sync_all())
        .and_then(|()| match std::fs::metadata(&target) {
            Ok(old) => std::fs::set_permissions(&temporary, old.permissions()),
            Err(_) => Ok(()),
        })
        .and_then(|()| std::fs::rename(&temporary, &target));
    if written.is_err() {
        let _ = std::fs::remove_file(&temporary);
    }
    written
}

fn beside(target: &Path) -> io::Result<(PathBuf, std::fs::File)> {
    let name = target.file_name().ok_or_else(|| {
        io::Error::new(io::ErrorKind::InvalidInput, "the path does not name a file")
    })?;
    let folder = target.parent().unwrap_or(Path::new(""));
    let mut tries = 0;
    loop {
        let suffix: String = std::iter::repeat_with(fastrand::alphanumeric)
            .take(8)
            .collect();
        let mut own = std::ffi::OsString::from(".");
        own.push(name);
        own.push(format!(".{suffix}.tmp"));
        let path = folder.join(own);
        match std::fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&path)
        {
            Ok(file) => return Ok((path, file)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && tries < 8 => tries += 1,
            Err(error) => return Err(error),
        }
    }
}
