//! `crosspipe approve` and `crosspipe reject`: answer an approval that waits.

use jiff::Timestamp;
use serde_json::json;

use crate::deploy::approve::{LONGEST_COMMENT, NoQuestion, Question, question};
use crate::deploy::history::Run;
use crate::deploy::words;
use crate::ui::Complaint;

use super::exit::{Exit, Failure};
use super::steering::{self, Scene, Steer};
use super::towards;

/// Let a run go on that waits for an approval
#[derive(Debug, clap::Args)]
#[command(
    long_about = "Answers the approval that an environment's run waits for: shows what it is about, asks, and lets the run go on. Changes the accounts: what comes after the approval is carried out. Where nothing waits the exit code is 1.",
    after_help = "Examples:\n  crosspipe approve prd\n  crosspipe approve prd --comment \"seen on the test listener\" --yes"
)]
pub struct Approve {
    #[command(flatten)]
    answer: Answer,
}

/// Refuse a run that waits for an approval
#[derive(Debug, clap::Args)]
#[command(
    long_about = "Refuses the approval that an environment's run waits for: shows what it is about, asks, and the run fails there. Changes the accounts: the run ends. Where nothing waits the exit code is 1.",
    after_help = "Examples:\n  crosspipe reject prd\n  crosspipe reject prd --comment \"the health page is red\" --yes"
)]
pub struct Reject {
    #[command(flatten)]
    answer: Answer,
}

#[derive(Debug, clap::Args)]
struct Answer {
    #[command(flatten)]
    steer: Steer,

    /// What is kept beside the answer, at most 512 characters
    #[arg(long, value_name = "TEXT", default_value = "")]
    comment: String,

    /// Which approval, where several wait: its action, or STAGE/ACTION
    #[arg(long, value_name = "ACTION")]
    action: Option<String>,
}

/// Approves.
pub async fn approve(args: Approve) -> Result<Exit, Failure> {
    run(&args.answer, true).await
}

/// Rejects.
pub async fn reject(args: Reject) -> Result<Exit, Failure> {
    run(&args.answer, false).await
}

async fn run(args: &Answer, yes: bool) -> Result<Exit, Failure> {
    let command = if yes { "approve" } else { "reject" };
    let place = &args.steer.place;
    let length = args.comment.chars().count();
    if length > LONGEST_COMMENT {
        return Err(Failure::usage(Complaint::new(format!(
            "the comment has {length} characters, and CodePipeline takes {LONGEST_COMMENT}"
        ))));
    }
    steering::at(&args.steer.target, Some(place), async |scene: &Scene| {
        answer(args, scene, yes, command).await
    })
    .await
}

async fn answer(
    args: &Answer,
    scene: &Scene,
    approve: bool,
    command: &str,
) -> Result<Exit, Failure> {
    let (to, json) = (&scene.to, args.steer.json);
    let runs = scene.runs();
    let shape = towards::pipeline(&scene.cloud, to, &args.steer.target).await?;
    let state = runs.pipeline_state(&to.pipeline).await?;
    let found = question(&to.pipeline, &shape, &state, args.action.as_deref())
        .map_err(|why| no_question(&why, scene, command))?;
    let actions = runs.actions(&to.pipeline, &found.execution).await?;
    let found = found.resolved(&actions);
    let run = scene.run(&found.execution).await?;
    steering::show(json, &about(&found, &run, scene));
    let what = if approve { "Approve" } else { "Reject" };
    if !steering::agreed(
        &args.steer.asking(command),
        &format!("{what} {}?", found.name()),
    )? {
        return Ok(Exit::Cancelled);
    }
    runs.answer(&found.approval, approve, &args.comment).await?;
    let sentence = if approve {
        format!(
            "\nApproved {}: the run to {} goes on with {}.",
            found.name(),
            to.environment,
            run.what()
        )
    } else {
        format!(
            "\nRejected {}: the run ends there, and {} keeps what it runs.",
            found.name(),
            to.environment
        )
    };
    let facts = json!({
        "answer": if approve { "approved" } else { "rejected" },
        "approval": found,
        "run": run,
        "comment": args.comment,
    });
    let next = [scene.next(if approve { "watch" } else { "status" })];
    steering::done(scene, json, command, facts, &sentence, &next);
    Ok(Exit::Done)
}

fn no_question(why: &NoQuestion, scene: &Scene, command: &str) -> Failure {
    match why {
        NoQuestion::None(_) => steering::nothing_done(
            why,
            format!(
                "nothing was changed. See what {} does: {}",
                scene.to.environment,
                scene.next("status")
            ),
        ),
        NoQuestion::Several(_) | NoQuestion::NotFound { .. } => {
            Failure::usage(Complaint::new(why.to_string()).help(format!(
                "nothing was changed. Name one: {} --action STAGE/ACTION",
                scene.next(command)
            )))
        }
    }
}

/// What is to be answered.
fn about(found: &Question, run: &Run, scene: &Scene) -> String {
    let waits = found.since.map_or_else(String::new, |at| {
        match words::since(at, Timestamp::now()).as_str() {
            "now" => String::new(),
            ago => format!(", for {ago}"),
        }
    });
    let head = format!(
        "{} of {} waits for an approval{waits}.\n",
        found.name(),
        scene.to.environment
    );
    let rows = [
        ("brings", run.what()),
        ("started by", run.started_by.clone()),
        ("it says", found.told.clone().unwrap_or_default()),
        ("page", found.link.clone().unwrap_or_default()),
        ("run", found.execution.clone()),
    ];
    format!("{head}{}", steering::facts(&rows))
}
