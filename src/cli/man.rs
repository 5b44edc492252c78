//! `crosspipe man`.

use std::path::PathBuf;

use crate::ui::Complaint;

use super::exit::{Exit, Failure};

/// Print the manual page.
#[derive(Debug, clap::Args)]
#[command(
    long_about = "Prints the manual page (roff) to stdout, or writes one page per command into a folder. Touches no account.",
    after_help = "Example: crosspipe man | man -l -"
)]
pub struct Args {
    /// Write crosspipe.1 and one page per command into this folder instead
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// Prints or writes the pages.
pub fn run(args: &Args, command: &clap::Command) -> Result<Exit, Failure> {
    let failed = |error: std::io::Error| {
        Failure::failed(Complaint::new(format!(
            "the manual page could not be written: {error}"
        )))
    };
    match &args.out {
        None => {
            let mut page = Vec::new();
            clap_mangen::Man::new(command.clone())
                .render(&mut page)
                .map_err(failed)?;
            super::flow::print_bytes(&page)
        }
        Some(folder) => {
            std::fs::create_dir_all(folder).map_err(failed)?;
            clap_mangen::generate_to(command.clone(), folder).map_err(failed)?;
            Ok(Exit::Done)
        }
    }
}
