//! `crosspipe stop`: ends a run.

use serde_json::json;

use crate::deploy::history::Run;
use crate::deploy::stop::{Going, NoStop, choose, going};
use crate::ui::Complaint;

use super::exit::{Exit, Failure};
use super::steering::{self, Scene, Steer};

/// The longest reason. Source: CodePipeline API Reference, StopPipelineExecution.
const LONGEST_REASON: usize = 200;

/// How many runs are looked through for those that are under way: no pipeline has more at once.
const LOOK_BACK: usize = 50;

/// Stop a run that is under way
#[derive(Debug, clap::Args)]
#[command(
    long_about = "Stops an environment's run. Without --abandon the actions under way are waited for and nothing follows them; with it the run ends at once, and what its actions have begun goes on by itself: a deployment is not rolled back. Says which before it asks. Changes the accounts: the run ends. Where nothing is under way the exit code is 1.",
    after_help = "Examples:\n  crosspipe stop dev\n  crosspipe stop dev --abandon --reason \"wrong branch\" --yes"
)]
pub struct Args {
    #[command(flatten)]
    steer: Steer,

    /// End it at once; what its actions have begun goes on by itself
    #[arg(long)]
    abandon: bool,

    /// Why, for the history; at most 200 characters
    #[arg(long, value_name = "TEXT", default_value = "")]
    reason: String,

    /// Which run, where several are under way; the beginning of its id is enough
    #[arg(long, value_name = "ID", visible_alias = "execution")]
    run: Option<String>,
}

/// Finds the run, says what goes on, asks, stops.
pub async fn run(args: Args) -> Result<Exit, Failure> {
    let place = &args.steer.place;
    if args.run.as_deref().is_some_and(|run| run.trim().is_empty()) {
        return Err(Failure::usage(Complaint::new("--run names no run").help(
            format!(
                "nothing was changed. See the runs: crosspipe history {place}{}",
                args.steer.target.flags()
            ),
        )));
    }
    let length = args.reason.chars().count();
    if length > LONGEST_REASON {
        return Err(Failure::usage(Complaint::new(format!(
            "the reason has {length} characters, and CodePipeline takes {LONGEST_REASON}"
        ))));
    }
    steering::at(&args.steer.target, Some(place), async |scene: &Scene| {
        stop(&args, scene).await
    })
    .await
}

async fn stop(args: &Args, scene: &Scene) -> Result<Exit, Failure> {
    let (to, json, runs) = (&scene.to, args.steer.json, scene.runs());
    let executions = runs.executions(&to.pipeline, LOOK_BACK).await?;
    let found = choose(&to.pipeline, &executions, args.run.as_deref(), args.abandon)
        .map_err(|why| no_stop(&why, scene))?;
    let run = Run::of(found, &to.branch);
    let going = going(&runs.actions(&to.pipeline, &found.id).await?);
    steering::show(json, &about(&run, &going, args.abandon));
    let command = if args.abandon {
        "stop --abandon"
    } else {
        "stop"
    };
    let question = format!(
        "Stop the run of {} to {}{}?",
        run.short(),
        to.environment,
        if args.abandon { " at once" } else { "" }
    );
    if !steering::agreed(&args.steer.asking(command), &question)? {
        return Ok(Exit::Cancelled);
    }
    runs.stop(&to.pipeline, &found.id, args.abandon, &args.reason)
        .await?;
    let sentence = if args.abandon {
        format!("\nStopped: the run {} is abandoned.", found.id)
    } else {
        format!(
            "\nStopping: the run {} ends when the actions under way have ended.",
            found.id
        )
    };
    let facts = json!({
        "run": run,
        "abandon": args.abandon,
        "reason": args.reason,
        "under_way": going,
    });
    let next = [scene.next("status"), scene.next("rollback")];
    steering::done(scene, json, "stop", facts, &sentence, &next);
    Ok(Exit::Done)
}

fn no_stop(why: &NoStop, scene: &Scene) -> Failure {
    match why {
        NoStop::Several { runs, .. } => {
            let mut complaint = Complaint::new(why.to_string());
            for run in runs {
                complaint = complaint.detail(run.clone());
            }
            Failure::usage(complaint.help(format!(
                "nothing was changed. Name one: {} --run ID",
                scene.next("stop")
            )))
        }
        NoStop::NotFound(_) => Failure::usage(Complaint::new(why.to_string()).help(format!(
            "nothing was changed. See the runs: {}",
            scene.next("history")
        ))),
        NoStop::NothingGoing(_) => steering::nothing_done(
            why,
            format!(
                "nothing was changed. See the runs: {}",
                scene.next("history")
            ),
        ),
        NoStop::Already(_) => steering::nothing_done(
            why,
            format!(
                "nothing was changed. To end it at once: {} --abandon",
                scene.next("stop")
            ),
        ),
    }
}

fn about(run: &Run, going: &[Going], abandon: bool) -> String {
    let mut text = format!(
        "The run {} brings {}, started by {}.\n",
        run.execution,
        run.what(),
        run.started_by
    );
    for it in going {
        text.push_str(&format!("  {}\n", it.fate(abandon)));
    }
    if going.is_empty() {
        text.push_str("  No action of it is under way.\n");
    }
    text
}
