//! `crosspipe render`, `crosspipe starter` and `crosspipe templates`, which touch no account: where the
//! configuration is, and how their results are shown.

use std::path::{Path, PathBuf};

use crate::blueprint::Blueprint;
use crate::ui::Complaint;

use super::exit::{Exit, Failure};
use super::{flow, render, starter, templates};

// No comment for its help page here: that of `render::Args` is shown, the long one included.
#[derive(Debug, clap::Args)]
pub struct Render {
    #[command(flatten)]
    args: render::Args,

    /// The configuration file
    #[arg(long, value_name = "FILE", default_value = "crosspipe.toml")]
    config: PathBuf,
}

// Likewise.
#[derive(Debug, clap::Args)]
pub struct Starter {
    #[command(flatten)]
    args: starter::Args,

    /// The configuration file
    #[arg(long, value_name = "FILE", default_value = "crosspipe.toml")]
    config: PathBuf,
}

// Likewise.
#[derive(Debug, clap::Args)]
pub struct Templates {
    #[command(flatten)]
    args: templates::Args,

    /// The configuration file
    #[arg(long, value_name = "FILE", default_value = "crosspipe.toml")]
    config: PathBuf,
}

fn base(config: &Path) -> &Path {
    config.parent().unwrap_or(Path::new(""))
}

/// Writes the documents.
pub fn render(command: &Render) -> Result<Exit, Failure> {
    let blueprint = flow::load(&command.config, false)?;
    let written = render::run(&command.args, &blueprint, base(&command.config))
        .map_err(|error| Failure::usage(Complaint::new(error.to_string())))?;
    for note in &written.notes {
        flow::note(&format!("note: {note}"));
    }
    flow::print(&format!("{written}\n"));
    Ok(Exit::Done)
}

/// Writes the starter application.
pub fn starter(command: &Starter) -> Result<Exit, Failure> {
    let blueprint = flow::load(&command.config, false)?;
    let written = starter::run(&command.args, &blueprint, base(&command.config))
        .map_err(|error| Failure::usage(Complaint::new(error.to_string())))?;
    flow::print(&format!("{written}\n"));
    Ok(Exit::Done)
}

/// Copies or lists the templates.
pub fn templates(command: &Templates) -> Result<Exit, Failure> {
    let blueprint: Option<Blueprint> = if command.config.exists() {
        Some(flow::load(&command.config, false)?)
    } else {
        None
    };
    let outcome = templates::run(
        &command.args,
        blueprint.as_ref().map(|it| (it, base(&command.config))),
    )
    .map_err(|error| Failure::usage(Complaint::new(error.to_string())))?;
    flow::print(&format!("{outcome}\n"));
    Ok(Exit::Done)
}
