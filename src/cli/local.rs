//! `crosspipe render`, `crosspipe starter` and `crosspipe templates`, which touch no account: where the
//! configuration is, and how their results are shown.

use std::path::{Path, PathBuf};

use crate::blueprint::Blueprint;
use crate::ui::Complaint;

use super::exit::{Exit, Failure};
use super::{flow, home, render, starter, templates};

// No comment for its help page here: that of `render::Args` is shown, the long one included.
#[derive(Debug, clap::Args)]
pub struct Render {
    #[command(flatten)]
    args: render::Args,

    /// The configuration file [default: crosspipe.toml, here or in a folder above]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

// Likewise.
#[derive(Debug, clap::Args)]
pub struct Starter {
    #[command(flatten)]
    args: starter::Args,

    /// The configuration file [default: crosspipe.toml, here or in a folder above]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

// Likewise.
#[derive(Debug, clap::Args)]
pub struct Templates {
    #[command(flatten)]
    args: templates::Args,

    /// The configuration file [default: crosspipe.toml, here or in a folder above]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

fn base(config: &Path) -> &Path {
    config.parent().unwrap_or(Path::new(""))
}

/// Writes the documents.
pub fn render(command: &Render) -> Result<Exit, Failure> {
    let config = home::config(command.config.as_deref());
    let blueprint = flow::load(&config, false)?;
    let written = render::run(&command.args, &blueprint, base(&config))
        .map_err(|error| Failure::usage(Complaint::new(error.to_string())))?;
    for note in &written.notes {
        flow::note(&format!("note: {note}"));
    }
    flow::print(&format!("{written}\n"));
    Ok(Exit::Done)
}

/// Writes the starter application.
pub fn starter(command: &Starter) -> Result<Exit, Failure> {
    let config = home::config(command.config.as_deref());
    let blueprint = flow::load(&config, false)?;
    let written = starter::run(&command.args, &blueprint, base(&config))
        .map_err(|error| Failure::usage(Complaint::new(error.to_string())))?;
    flow::print(&format!("{written}\n"));
    Ok(Exit::Done)
}

/// Copies or lists the templates.
pub fn templates(command: &Templates) -> Result<Exit, Failure> {
    let config = home::config(command.config.as_deref());
    let blueprint: Option<Blueprint> = if config.exists() {
        Some(flow::load(&config, false)?)
    } else {
        None
    };
    let outcome = templates::run(
        &command.args,
        blueprint.as_ref().map(|it| (it, base(&config))),
    )
    .map_err(|error| Failure::usage(Complaint::new(error.to_string())))?;
    flow::print(&format!("{outcome}\n"));
    Ok(Exit::Done)
}
