//! `crosspipe status`: all environments side by side.

use jiff::Timestamp;
use serde_json::json;

use crate::deploy::status::{Standing, status};
use crate::deploy::{Destination, FORMAT, destinations};
use crate::ui::{self, Style};

use super::exit::{Exit, Failure};
use super::flow;
use super::target::Target;
use super::towards;

/// Show how all environments stand, side by side
#[derive(Debug, clap::Args)]
#[command(
    long_about = "Shows for each environment which commit runs there, since when and who started it, whether its service is healthy, how its branch lies to it, and what waits for somebody: approvals, disabled transitions, failed runs. Reads the accounts, all at once, and changes nothing. Where one cannot be asked the others are shown all the same, and the exit code is 1.",
    after_help = "Examples:\n  crosspipe status\n  crosspipe status dev stg\n  crosspipe status --json"
)]
pub struct Args {
    /// Only these environments, or the ones that these branches go to
    #[arg(value_name = "ENV")]
    places: Vec<String>,

    /// Print it as JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    target: Target,
}

/// Asks all and shows them.
pub async fn run(args: Args) -> Result<Exit, Failure> {
    let blueprint = flow::load(&args.target.config, args.target.sandbox)?;
    let mut wanted: Vec<Destination> = Vec::new();
    for place in &args.places {
        let (to, _) = towards::towards(&blueprint, &args.target, Some(place))?;
        if !wanted.contains(&to) {
            wanted.push(to);
        }
    }
    if wanted.is_empty() {
        wanted = destinations(&blueprint);
    }
    let sandbox = towards::sandbox(&args.target, &blueprint).await?;
    let outcome = async {
        let cloud = super::connect::connect_all(&blueprint, sandbox.as_ref())
            .await?
            .cloud;
        let all = status(&*cloud, &wanted).await;
        show(&args, &all);
        Ok(if all.iter().all(|it| it.unreachable.is_empty()) {
            Exit::Done
        } else {
            Exit::Failed
        })
    }
    .await;
    towards::stopped(sandbox, outcome).await
}

fn show(args: &Args, all: &[Standing]) {
    let now = Timestamp::now();
    if args.json {
        let whole = json!({ "format": FORMAT, "at": now, "environments": all });
        flow::print(&format!("{whole:#}\n"));
    } else {
        let style = Style::of_stdout();
        flow::print(&ui::status(all, now, &args.target.flags(), style));
    }
}
