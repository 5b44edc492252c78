//! `crosspipe retry`: a failed stage once more.

use serde_json::json;

use crate::cloud::run::RetryMode;
use crate::deploy::retry::{NoRetry, Retry, retry};

use super::exit::{Exit, Failure};
use super::steering::{self, Scene, Steer};

/// Try the failed stage of a run again
#[derive(Debug, clap::Args)]
#[command(
    long_about = "Tries the stage again in which an environment's run failed or was stopped: its failed actions, or all of them with --all. The same commit and the same artifacts are used, so this is for what has been mended outside of the repository: a permission, a service, a limit. Changes the accounts: the run goes on from there. Where nothing has failed the exit code is 1.",
    after_help = "Examples:\n  crosspipe retry dev\n  crosspipe retry dev --all --yes"
)]
pub struct Args {
    #[command(flatten)]
    steer: Steer,

    /// All actions of the stage, not only those that failed
    #[arg(long)]
    all: bool,
}

/// Finds the stage, asks, tries again.
pub async fn run(args: Args) -> Result<Exit, Failure> {
    let place = &args.steer.place;
    steering::at(&args.steer.target, Some(place), async |scene: &Scene| {
        again(&args, scene).await
    })
    .await
}

async fn again(args: &Args, scene: &Scene) -> Result<Exit, Failure> {
    let (to, json, runs) = (&scene.to, args.steer.json, scene.runs());
    let state = runs.pipeline_state(&to.pipeline).await?;
    let found = retry(&to.pipeline, &state).map_err(|why| {
        let next = match why {
            NoRetry::UnderWay { .. } => scene.next("watch"),
            NoRetry::NothingFailed(_) => scene.next("status"),
        };
        steering::nothing_done(&why, format!("nothing was changed. Look: {next}"))
    })?;
    let run = scene.run(&found.execution).await?;
    let mode = if args.all {
        RetryMode::AllActions
    } else {
        RetryMode::FailedActions
    };
    steering::show(json, &about(&found, &run.what(), args.all));
    let command = if args.all { "retry --all" } else { "retry" };
    let question = format!("Try {} again?", found.stage);
    if !steering::agreed(&args.steer.asking(command), &question)? {
        return Ok(Exit::Cancelled);
    }
    runs.retry(&to.pipeline, &found.stage, &found.execution, mode)
        .await?;
    let sentence = format!(
        "\n{} of {} is tried again, with {}.",
        found.stage,
        to.environment,
        run.what()
    );
    let facts = json!({ "retried": found, "mode": mode, "run": run });
    steering::done(
        scene,
        json,
        "retry",
        facts,
        &sentence,
        &[scene.next("watch")],
    );
    Ok(Exit::Done)
}

fn about(found: &Retry, what: &str, all: bool) -> String {
    let mut text = format!("{what} {} in {}.\n", word(found), found.stage);
    for action in &found.failed {
        let why = action
            .error
            .as_ref()
            .map_or_else(String::new, |it| format!(": {}: {}", it.code, it.message));
        text.push_str(&format!("  {}{why}\n", action.action));
    }
    let again: Vec<&str> = if all || found.failed.is_empty() {
        found.actions.iter().map(String::as_str).collect()
    } else {
        found.failed.iter().map(|it| it.action.as_str()).collect()
    };
    text.push_str(&format!(
        "Tried again: {}, with the artifacts that the run has already.\n",
        again.join(", ")
    ));
    text
}

fn word(found: &Retry) -> &'static str {
    match found.status {
        crate::cloud::run::Status::Failed => "failed",
        _ => "was stopped",
    }
}
