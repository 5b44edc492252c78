//! A sandbox that nobody serves, opened to be looked at or changed, and saved again.

use std::path::Path;

use crate::cli::exit::{Exit, Failure};
use crate::sandbox::start::start as open;
use crate::sandbox::store;
use crate::sandbox::{Options, Sandbox};
use crate::ui::Complaint;

/// Opens the sandbox in a directory. `help` says what to do where it cannot be opened because it is being served.
///
/// # Errors
/// There is none, or it cannot be opened.
pub async fn open_saved(state: &Path, help: &str) -> Result<Sandbox, Failure> {
    if !store::is_there(state) {
        return Err(Failure::usage(
            Complaint::new(format!("there is no sandbox in {}", state.display()))
                .help("start one with crosspipe sandbox start, or name its directory with --state"),
        ));
    }
    let options = Options {
        state: Some(state.to_owned()),
        ..Options::default()
    };
    open(options).await.map_err(|error| {
        Failure::failed(
            Complaint::new(format!("the sandbox could not be opened: {error}")).help(help),
        )
    })
}

/// Saves it and lets go of it.
///
/// # Errors
/// It cannot be saved.
pub async fn close(sandbox: Sandbox) -> Result<Exit, Failure> {
    sandbox.stop().await.map_err(|error| {
        Failure::failed(Complaint::new(format!(
            "the sandbox's state could not be saved: {error}"
        )))
    })?;
    Ok(Exit::Done)
}
