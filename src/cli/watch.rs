//! `crosspipe watch`: follows the run that is going on.

use crate::blueprint::Blueprint;
use crate::cloud::Runs;
use crate::deploy::Destination;
use crate::sandbox::Sandbox;
use crate::ui::{Complaint, Style};

use super::exit::{Exit, Failure};
use super::flow;
use super::steering;
use super::target::Target;
use super::towards;
use super::watching::{Show, Watch};

/// How many runs are looked through for the one that is named.
const LOOK_BACK: usize = 100;

/// Follow the run that is going on, or show how the last one ended
#[derive(Debug, clap::Args)]
#[command(
    long_about = "Follows the run that is going on in an environment's pipeline until it has landed, or shows how the last one ended: stages and actions with times, the build's phase, the traffic as it moves, and what lies under a failure. Reads the accounts, changes nothing. Ctrl-C leaves; the run goes on.",
    after_help = "Examples:\n  crosspipe watch\n  crosspipe watch prd\n  crosspipe watch dev --json"
)]
pub struct Args {
    /// The environment, or the branch that goes to it; without it, the branch that is checked out
    #[arg(value_name = "ENV")]
    place: Option<String>,

    /// Follow this run rather than the newest one; the beginning of its id is enough
    #[arg(long, value_name = "ID")]
    run: Option<String>,

    #[command(flatten)]
    show: Show,

    #[command(flatten)]
    target: Target,
}

/// Finds the run and follows it.
pub async fn run(args: Args) -> Result<Exit, Failure> {
    let blueprint = flow::load(&args.target.config, args.target.sandbox)?;
    let (to, _) = towards::towards(&blueprint, &args.target, args.place.as_deref())?;
    let sandbox = towards::sandbox(&args.target, &blueprint).await?;
    let outcome = follow(&args, &blueprint, &to, sandbox.as_ref()).await;
    towards::stopped(sandbox, outcome).await
}

async fn follow(
    args: &Args,
    blueprint: &Blueprint,
    to: &Destination,
    sandbox: Option<&Sandbox>,
) -> Result<Exit, Failure> {
    let cloud = towards::connected(blueprint, sandbox).await?;
    let shape = towards::pipeline(&cloud, to, &args.target).await?;
    let newest = cloud.executions(&to.pipeline, LOOK_BACK).await?;
    let found = match &args.run {
        Some(id) => Some(steering::named_run(&newest, id, to, &args.target)?),
        // The first of those that are going on is the one that is under way; the others wait behind it.
        None => newest
            .iter()
            .rfind(|it| !it.status.is_over())
            .or(newest.first()),
    };
    let Some(found) = found else {
        return Err(Failure::failed(
            Complaint::new(format!("nothing has run in {} yet", to.pipeline)).help(format!(
                "`crosspipe deploy {}{}` starts a run",
                to.environment,
                args.target.flags()
            )),
        ));
    };
    if found.status.is_over() && args.run.is_none() && !args.show.json {
        flow::note(&format!(
            "Nothing is going on in {}; this is how the last run ended.",
            to.environment
        ));
    }
    let watch = Watch {
        cloud: &cloud,
        to,
        target: &args.target,
        show: args.show,
        title: format!(
            "{} {} {}",
            to.branch,
            Style::of_stderr().arrow(),
            to.environment
        ),
        scale: towards::scale(&args.target),
    };
    watch.follow(shape, &found.id).await
}
