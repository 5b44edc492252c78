//! Files and stdin.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use crate::cli::exit::Failure;
use crate::ui::Complaint;

/// How a message calls what `-` or a path stands for.
pub(super) fn name(path: &Path) -> String {
    if is_stdin(path) {
        "stdin".to_owned()
    } else {
        path.display().to_string()
    }
}

fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// A reader of a file, or of stdin for `-`.
pub(super) fn open(path: &Path) -> Result<BufReader<Box<dyn Read>>, Failure> {
    let source: Box<dyn Read> = if is_stdin(path) {
        Box::new(std::io::stdin())
    } else {
        Box::new(File::open(path).map_err(|error| unreadable(path, &error))?)
    };
    Ok(BufReader::with_capacity(1 << 16, source))
}

/// The whole text of a file, or of stdin for `-`.
pub(super) fn text(path: &Path) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    open(path)?
        .read_to_end(&mut bytes)
        .map_err(|error| unreadable(path, &error))?;
    let text = String::from_utf8(bytes).map_err(|error| {
        Failure::usage(Complaint::new(format!(
            "{} cannot be read: it is not UTF-8 text (byte {})",
            name(path),
            error.utf8_error().valid_up_to()
        )))
    })?;
    Ok(text
        .strip_prefix('\u{feff}')
        .map(str::to_owned)
        .unwrap_or(text))
}

pub(super) fn unreadable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::usage(
        Complaint::new(format!("{} cannot be read: {error}", name(path)))
            .help("give the path of a file, or - for stdin"),
    )
}
