//! `crosspipe logs`: what a run has written, in the order of time.

use std::pin::pin;

use jiff::Timestamp;
use serde_json::json;

use crate::cloud::run::Status;
use crate::cloud::{CloudError, ErrorKind};
use crate::deploy::logs::{Entry, Journal, Part, Reading};
use crate::deploy::{Beat, FORMAT, Pace};
use crate::ui::{self, Style};

use super::exit::{Exit, Failure};
use super::flow;
use super::steering::{self, Scene};
use super::target::Target;
use super::towards;
use super::watching;

/// How many runs are looked through for the one that is named.
const LOOK_BACK: usize = 100;
/// How many times in a row AWS may be out of reach before following is given up.
const TRIES: u32 = 12;

/// Print what a run has written: build log, deployment, service
#[derive(Debug, clap::Args)]
#[command(
    long_about = "Prints the build's log, the deployment's lifecycle events and the service's events of a run, in the order of time: of the run that is under way, otherwise of the newest one. With --follow it goes on until the run ends, and the exit code says how: 0 landed, 1 not. Reads the accounts, changes nothing. Ctrl-C leaves; the run goes on.",
    after_help = "Examples:\n  crosspipe logs dev\n  crosspipe logs dev --follow\n  crosspipe logs prd --run 1f0c2b3d --deployment\n  crosspipe logs dev --build | grep -i error"
)]
pub struct Args {
    /// The environment, or the branch that goes to it; without it, the branch that is checked out
    #[arg(value_name = "ENV")]
    place: Option<String>,

    /// Go on until the run ends
    #[arg(long, short)]
    follow: bool,

    /// Which run; the beginning of its id is enough
    #[arg(long, value_name = "ID", visible_alias = "execution")]
    run: Option<String>,

    /// The build's log alone
    #[arg(long, conflicts_with = "deployment")]
    build: bool,

    /// The deployment's and the service's events alone
    #[arg(long)]
    deployment: bool,

    /// Print each line as JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    target: Target,
}

/// Finds the run and prints what it has written.
pub async fn run(args: Args) -> Result<Exit, Failure> {
    let place = args.place.as_deref();
    steering::at(&args.target, place, async |scene: &Scene| {
        logs(&args, scene).await
    })
    .await
}

async fn logs(args: &Args, scene: &Scene) -> Result<Exit, Failure> {
    let to = &scene.to;
    towards::pipeline(&scene.cloud, to, &args.target).await?;
    let newest = scene.runs().executions(&to.pipeline, LOOK_BACK).await?;
    let found = match &args.run {
        Some(id) => Some(steering::named_run(&newest, id, to, &args.target)?),
        None => newest
            .iter()
            .rfind(|it| !it.status.is_over())
            .or(newest.first()),
    };
    let Some(found) = found else {
        return Err(steering::nothing_done(
            &format!("nothing has run in {} yet", to.pipeline),
            format!("start a run: {}", scene.next("deploy")),
        ));
    };
    let part = match (args.build, args.deployment) {
        (true, _) => Part::Build,
        (_, true) => Part::Deployment,
        _ => Part::All,
    };
    let mut journal = Journal::new(to, &found.id, part);
    let mut pace = Pace::new(towards::scale(&args.target));
    let (mut lines, mut failures, mut renewed) = (0, 0, false);
    let back = format!("{} --follow", scene.next("logs"));
    let lost = |error: &CloudError| watching::lost(error, &found.id, &back);
    let mut interrupt = pin!(flow::interrupted());
    loop {
        let read = tokio::select! {
            read = journal.read(scene.runs()) => read,
            _ = &mut interrupt => return Ok(left(args, scene, &found.id)),
        };
        let (beat, refused) = match read {
            Ok(reading) => {
                renewed = false;
                lines += reading.entries.len();
                print(args, &reading.entries);
                let passing = reading.missing.iter().find(|it| passes(it)).cloned();
                let trouble = reading.missing.iter().find(|it| !passes(it));
                if let Some(error) = trouble.filter(|_| !args.follow || reading.status.is_over()) {
                    return Err(error.clone().into());
                }
                if !args.follow || (reading.status.is_over() && reading.missing.is_empty()) {
                    return Ok(ended(args, scene, &reading, lines));
                }
                match passing {
                    Some(error) => (Beat::Refused, Some(error)),
                    None => {
                        failures = 0;
                        let moved = !reading.entries.is_empty();
                        (if moved { Beat::Moved } else { Beat::Working }, None)
                    }
                }
            }
            Err(error) if args.follow && passes(&error) => (Beat::Refused, Some(error)),
            // The next call asks for fresh credentials: they may be there.
            Err(error) if args.follow && error.session_ended() && !renewed => {
                renewed = true;
                continue;
            }
            Err(error) if args.follow => return Err(lost(&error)),
            Err(error) => return Err(error.into()),
        };
        let wait = pace.after(beat);
        if let Some(error) = refused {
            failures += u32::from(error.kind == ErrorKind::Connection);
            if failures > TRIES {
                return Err(lost(&error));
            }
            if !args.json {
                let now = ui::clock(Timestamp::now());
                flow::note(&format!("{now}  {}", watching::patience(&error, wait)));
            }
        }
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            _ = &mut interrupt => return Ok(left(args, scene, &found.id)),
        }
    }
}

fn passes(error: &CloudError) -> bool {
    matches!(error.kind, ErrorKind::Throttled | ErrorKind::Connection)
}

fn print(args: &Args, entries: &[Entry]) {
    let style = Style::of_stdout();
    let mut text = String::new();
    for entry in entries {
        if args.json {
            let line = json!({
                "format": FORMAT,
                "at": entry.at,
                "from": entry.from,
                "action": entry.action,
                "text": entry.text,
            });
            text.push_str(&format!("{line}\n"));
        } else {
            text.push_str(&ui::log_line(entry, style));
        }
    }
    flow::print(&text);
}

/// What is said when there is nothing more, and how the command ends.
fn ended(args: &Args, scene: &Scene, reading: &Reading, lines: usize) -> Exit {
    if lines == 0 && !args.json {
        flow::note("The run has written nothing of this kind.");
    }
    if !reading.status.is_over() {
        if !args.json {
            flow::note(&format!(
                "The run goes on. Follow it: {} --follow",
                scene.next("logs")
            ));
        }
        return Exit::Done;
    }
    if args.follow && reading.status != Status::Succeeded {
        if !args.json {
            flow::note(&format!("Why it did not land: {}", scene.next("watch")));
        }
        return Exit::Failed;
    }
    Exit::Done
}

fn left(args: &Args, scene: &Scene, execution: &str) -> Exit {
    if !args.json {
        flow::note(&format!(
            "Left at {}: the run goes on. Come back: {} --follow --run {execution}",
            ui::clock(Timestamp::now()),
            scene.next("logs")
        ));
    }
    Exit::Cancelled
}
