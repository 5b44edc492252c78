//! `crosspipe history`: the runs of an environment, the newest first.

use jiff::Timestamp;
use serde_json::json;

use crate::deploy::FORMAT;
use crate::deploy::effect;
use crate::deploy::history::runs;
use crate::ui::{self, Style};

use super::exit::{Exit, Failure};
use super::flow;
use super::steering::{self, Scene};
use super::target::Target;
use super::towards;

/// Show the runs of an environment, the newest first
#[derive(Debug, clap::Args)]
#[command(
    long_about = "Shows the runs of an environment's pipeline, the newest first: when, which commit, what started it, how long it took and how it ended. CodePipeline keeps twelve months of them. Reads the accounts, changes nothing.",
    after_help = "Examples:\n  crosspipe history dev\n  crosspipe history master --limit 50\n  crosspipe history prd --json"
)]
pub struct Args {
    /// The environment, or the branch that goes to it; without it, the branch that is checked out
    #[arg(value_name = "ENV")]
    place: Option<String>,

    /// How many runs
    #[arg(long, short = 'n', value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=1000))]
    limit: u32,

    /// Print it as JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    target: Target,
}

/// Lists and shows them.
pub async fn run(args: Args) -> Result<Exit, Failure> {
    let place = args.place.as_deref();
    steering::at(&args.target, place, async |scene: &Scene| {
        show(&args, scene).await
    })
    .await
}

async fn show(args: &Args, scene: &Scene) -> Result<Exit, Failure> {
    let to = &scene.to;
    towards::pipeline(&scene.cloud, to, &args.target).await?;
    let limit = usize::try_from(args.limit).unwrap_or(10);
    // One more tells whether there are more.
    let mut executions = scene.runs().executions(&to.pipeline, limit + 1).await?;
    let more = executions.len() > limit;
    executions.truncate(limit);
    effect::settle(scene.runs(), &to.pipeline, &mut executions).await?;
    let runs = runs(&executions, &to.branch);
    let now = Timestamp::now();
    if args.json {
        let whole = json!({
            "format": FORMAT,
            "environment": to.environment,
            "branch": to.branch,
            "pipeline": to.pipeline,
            "runs": runs,
            "more": more,
        });
        flow::print(&format!("{whole:#}\n"));
        return Ok(Exit::Done);
    }
    let style = Style::of_stdout();
    let name = to.environment.as_str();
    let mut text = ui::history(name, &to.pipeline, &runs, more, now, style);
    text.push_str("\nNext\n");
    match runs.first() {
        None => text.push_str(&format!("  {}\n", scene.next("deploy"))),
        Some(newest) if !newest.status.is_over() => {
            text.push_str(&format!("  {}\n", scene.next("watch")));
        }
        Some(_) => text.push_str(&format!("  {}\n", scene.next("logs"))),
    }
    flow::print(&text);
    Ok(Exit::Done)
}
