//! `crosspipe deploy`: starts the run of a branch and watches it land.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;

use crate::blueprint::Blueprint;
use crate::cloud::Runs;
use crate::cloud::run::Execution;
use crate::deploy::{Departure, Destination, FORMAT, Head, Known, departure};
use crate::sandbox::Sandbox;
use crate::ui::{self, Complaint, Style, YesNo};

use super::exit::{Exit, Failure};
use super::flow;
use super::target::Target;
use super::towards;
use super::watching::{Show, Watch};

/// Start the run of a branch and watch it land
#[derive(Debug, clap::Args)]
#[command(
    long_about = "Starts the pipeline that takes a branch to its environment, and follows it until it has landed, or says what stopped it: whose call to what was refused, in which account, in AWS's words. Where a push has started the same run already, that one is followed. Changes the accounts; with --sandbox, only the ones inside this program. Ctrl-C leaves; the run goes on.",
    after_help = "Examples:\n  crosspipe deploy\n  crosspipe deploy develop\n  crosspipe deploy prd --yes\n  crosspipe deploy develop --sandbox"
)]
pub struct Args {
    /// The branch, or the environment that it goes to; without it, the branch that is checked out
    #[arg(value_name = "BRANCH|ENV")]
    place: Option<String>,

    /// Do not ask, not even before an environment with `confirm = true`
    #[arg(long, short)]
    yes: bool,

    /// Start the run, say which, and leave
    #[arg(long)]
    no_watch: bool,

    #[command(flatten)]
    show: Show,

    #[command(flatten)]
    target: Target,
}

/// Maps, shows, asks, starts, watches.
pub async fn run(args: Args) -> Result<Exit, Failure> {
    let blueprint = flow::load(&args.target.config, args.target.sandbox)?;
    let (to, here) = towards::towards(&blueprint, &args.target, args.place.as_deref())?;
    // Before anything is looked at: it would be asked in vain.
    if to.confirm && !args.yes && (args.show.json || !flow::is_interactive()) {
        return Err(Failure::usage(
            Complaint::new(format!(
                "{} asks before each deployment (`confirm = true`), and there is no terminal to ask in",
                to.environment
            ))
            .help("add --yes to deploy without being asked"),
        ));
    }
    let sandbox = towards::sandbox(&args.target, &blueprint).await?;
    let outcome = deploy(&args, &blueprint, &to, here.as_ref(), sandbox.as_ref()).await;
    towards::stopped(sandbox, outcome).await
}

async fn deploy(
    args: &Args,
    blueprint: &Blueprint,
    to: &Destination,
    here: Option<&Head>,
    sandbox: Option<&Sandbox>,
) -> Result<Exit, Failure> {
    let cloud = towards::connected(blueprint, sandbox).await?;
    let shape = towards::pipeline(&cloud, to, &args.target).await?;
    let Some(leaving) = departure(&*cloud, to).await? else {
        return Err(no_branch(blueprint, to, &args.target));
    };
    let style = Style::of_stderr();
    let title = title(to, &leaving, style);
    if !args.show.json {
        flow::note_in_lines(&title);
        for line in remarks(to, &leaving, here) {
            flow::note_in_lines(&line);
        }
    }
    let going = match &leaving.going {
        Some(going) => Some(going.clone()),
        None => pushed(&*cloud, to, &leaving, args).await?,
    };
    let (execution, started) = match &going {
        Some(going) => {
            if !args.show.json {
                flow::note_in_lines(&format!(
                    "The run {} of this commit is going on already{}: following it.",
                    ui::run_id(&going.id),
                    match going.trigger.as_deref() {
                        Some(
                            "CloudWatchEvent" | "WebhookV2" | "Webhook" | "PollForSourceChanges",
                        ) => ", started by a push",
                        _ => "",
                    }
                ));
            }
            (going.id.clone(), false)
        }
        None => {
            if to.confirm && !args.yes {
                let what = leaving
                    .head
                    .as_ref()
                    .map_or(to.branch.as_str(), |head| ui::short(&head.commit));
                match ui::yes_no(&format!("Deploy {what} to {}?", to.environment)) {
                    YesNo::Yes => {}
                    YesNo::Cancelled => return Err(Failure::cancelled("nothing was started.")),
                    YesNo::No | YesNo::Details => {
                        flow::note("Nothing was started.");
                        return Ok(Exit::Cancelled);
                    }
                }
            }
            (
                cloud.start(&to.pipeline, &towards::token(), &[]).await?,
                true,
            )
        }
    };
    if args.show.json {
        let line = json!({
            "event": "deploying",
            "execution": execution,
            "started": started,
            "branch": to.branch,
            "account": to.account,
            "departure": leaving,
            "format": FORMAT,
            "environment": to.environment,
            "pipeline": to.pipeline,
        });
        flow::print(&format!("{line}\n"));
    }
    if args.no_watch {
        if !args.show.json {
            flow::print(&format!("{execution}\n"));
            flow::note(&format!(
                "{}. Follow it with `crosspipe watch {}{}`.",
                if started {
                    "Started"
                } else {
                    "Not started anew"
                },
                to.environment,
                args.target.flags()
            ));
        }
        return Ok(Exit::Done);
    }
    if !args.show.json {
        flow::note("");
    }
    let watch = Watch {
        cloud: &cloud,
        to,
        target: &args.target,
        show: args.show,
        title: String::new(),
        scale: towards::scale(&args.target),
    };
    watch.follow(shape, &execution).await
}

/// How fresh a commit is whose push may not have started its run yet, in seconds.
const FRESH: i64 = 60;
/// How often the run of a push is looked for, and how long apart.
const LOOKS: u32 = 5;
const APART: Duration = Duration::from_secs(2);

/// The run that a push has started: it comes some seconds after the push. Only where the commit was made a
/// moment ago, and nothing has brought it yet.
async fn pushed(
    runs: &dyn Runs,
    to: &Destination,
    leaving: &Departure,
    args: &Args,
) -> Result<Option<Execution>, Failure> {
    let Some(head) = leaving.head.as_ref().filter(|_| leaving.new) else {
        return Ok(None);
    };
    let age = ui::between(head.when, Some(Timestamp::now()));
    if !age.is_some_and(|age| (0..FRESH).contains(&age)) {
        return Ok(None);
    }
    if !args.show.json {
        flow::note_in_lines("This commit is new: looking whether its push starts the run.");
    }
    let apart = (APART / towards::scale(&args.target)).max(Duration::from_millis(100));
    for _ in 0..LOOKS {
        tokio::time::sleep(apart).await;
        if let Some(found) = crate::deploy::arriving(runs, to, &head.commit).await? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

fn no_branch(blueprint: &Blueprint, to: &Destination, target: &Target) -> Failure {
    let repository = to.repository.as_deref().unwrap_or_default();
    Failure::failed(
        Complaint::new(format!(
            "there is no branch {} in the repository {repository} ({}): nothing can be deployed to {} yet",
            to.branch, to.shared, to.environment
        ))
        .help(if target.sandbox {
            format!(
                "where the repository is empty, `crosspipe bootstrap{} --starter` pushes a small application; a branch of your own goes there with the git line that `crosspipe sandbox start{}` prints",
                target.flags(),
                target.lone_state_flag()
            )
        } else {
            format!(
                "push it first: git push codecommit::{}://{repository} {}",
                blueprint.region, to.branch
            )
        }),
    )
}

/// `develop → dev   a41f9c2  "Fix login redirect"`
fn headline(to: &Destination, leaving: &Departure, style: Style) -> String {
    let mut text = format!("{} {} {}", to.branch, style.arrow(), to.environment);
    if let Some(head) = &leaving.head {
        text.push_str(&format!("   {}{}", ui::short(&head.commit), quoted(head)));
    }
    text
}

fn quoted(known: &Known) -> String {
    known
        .title
        .as_ref()
        .map(|title| format!("  \"{title}\""))
        .unwrap_or_default()
}

/// The headline, and what runs there now.
fn title(to: &Destination, leaving: &Departure, style: Style) -> String {
    let mut text = headline(to, leaving, style);
    let now = match (&leaving.deployed, leaving.behind) {
        (None, _) => format!("nothing has landed in {} yet", to.environment),
        (Some(_), Some(0)) => format!("{} runs it already", to.environment),
        (Some(deployed), behind) => {
            let runs = format!(
                "{} now runs {}",
                to.environment,
                ui::short(&deployed.commit)
            );
            match behind {
                Some(count) => {
                    let more = if leaving.or_more { "more than " } else { "" };
                    format!("{runs}, {more}{} behind", flow::count(count, "commit"))
                }
                None if leaving.head.is_some() => {
                    format!("{runs}, which does not lead to this commit")
                }
                None => runs,
            }
        }
    };
    text.push_str(&format!("  ({now})"));
    text
}

/// What a person should know before it starts.
fn remarks(to: &Destination, leaving: &Departure, here: Option<&Head>) -> Vec<String> {
    let mut said = Vec::new();
    if leaving.head.is_none() {
        said.push(
            "Which commit that is, the source action will say: only it can ask the provider."
                .to_owned(),
        );
    }
    if let (Some(head), Some(Head::Branch { name, commit })) = (&leaving.head, here)
        && *name == to.branch
        && let Some(commit) = commit
        && *commit != head.commit
    {
        said.push(format!(
            "The working copy is at {}: what is deployed is what was pushed, {}.",
            ui::short(commit),
            ui::short(&head.commit)
        ));
    }
    if leaving.others > 0 && leaving.going.is_none() {
        said.push(format!(
            "{} going on in {} already.",
            match leaving.others {
                1 => "Another run is".to_owned(),
                more => format!("{more} other runs are"),
            },
            to.pipeline
        ));
    }
    said
}
