//! `crosspipe plan`.

use std::path::PathBuf;

use crate::ui::{self, Complaint, Style};

use super::connect::{connect_all, furnish, identities, sandbox};
use super::exit::{Exit, Failure};
use super::flow;
use super::target::Target;

/// Show what would be made or changed.
#[derive(Debug, clap::Args)]
#[command(
    long_about = "Compares the configuration with what is in the accounts and prints the difference. Reads the accounts, changes nothing.",
    after_help = "Examples:\n  crosspipe plan\n  crosspipe plan --out plan.json && crosspipe apply plan.json"
)]
pub struct Args {
    #[command(flatten)]
    target: Target,

    /// Print the plan as JSON
    #[arg(long)]
    json: bool,

    /// Write the plan into this file, for `crosspipe apply FILE`
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,

    /// Show every line of every change, and what is kept
    #[arg(long)]
    details: bool,
}

/// Reads, compares, prints.
pub async fn run(args: Args) -> Result<Exit, Failure> {
    let blueprint = flow::load(&args.target.config, args.target.sandbox)?;
    let templates = flow::templates(&blueprint, &args.target.config)?;
    let sandbox = sandbox(&args.target).await?;
    if let Some(sandbox) = &sandbox {
        furnish(sandbox, &blueprint)?;
    }
    let connection = connect_all(&blueprint, sandbox.as_ref()).await?;
    let accounts = identities(&*connection.cloud, &blueprint).await?;
    let plan = flow::make_plan(&blueprint, &templates, &*connection.cloud, accounts).await?;
    if let Some(file) = &args.out {
        crate::blueprint::edit::write_atomically(file, &plan.to_json()).map_err(|error| {
            Failure::failed(Complaint::new(format!(
                "{} could not be written: {error}",
                file.display()
            )))
        })?;
        flow::note(&format!("wrote {}", file.display()));
    }
    if args.json {
        flow::print(&format!("{}\n", plan.to_json()));
    } else {
        let style = Style::of_stdout();
        flow::print(&ui::identities(&plan.accounts, style));
        flow::print("\n");
        flow::print(&ui::plan(&plan, style, args.details));
        if plan.is_empty() && plan.counts().conflict == 0 {
            flow::print("\nNothing to change.\n");
        } else if plan.counts().conflict == 0 {
            let file = args.out.as_ref();
            let file = file.map(|file| format!(" {}", file.display()));
            flow::print(&format!(
                "\nNext\n  crosspipe apply{}{}\n",
                args.target.flags(),
                file.unwrap_or_default()
            ));
        }
    }
    if let Some(sandbox) = sandbox {
        super::connect::stop(sandbox).await?;
    }
    flow::refuse_conflicts(&plan)?;
    Ok(Exit::Done)
}
