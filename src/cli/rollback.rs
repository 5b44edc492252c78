//! `crosspipe rollback`: back to what landed before.

use serde_json::{Value, json};

use crate::cloud::run::PipelineShape;
use crate::deploy::effect;
use crate::deploy::history::Run;
use crate::deploy::rollback::{
    Goal, NoRollback, Rollback, choose, deploy_stage, to_commit, to_run,
};
use crate::deploy::words;
use crate::ui::Complaint;

use super::exit::{Exit, Failure};
use super::steering::{self, Scene, Steer};
use super::towards;

/// How many runs are looked through for the one to go back to.
const LOOK_BACK: usize = 100;

/// Bring back what landed before
#[derive(Debug, clap::Args)]
#[command(
    long_about = "Brings an environment back to the run that landed before what runs now, or to the run or commit that --to names. Where AWS can, the stage that deploys is carried out once more with that run's artifacts, and nothing is built; otherwise a new run starts with that commit. Says which, and from where to where, before it asks. The branch stays where it is: the next push to it deploys it again. Changes the accounts: the environment runs the earlier commit again. Where there is nothing to go back to the exit code is 1.",
    after_help = "Examples:\n  crosspipe rollback prd\n  crosspipe rollback prd --to 77be013 --yes"
)]
pub struct Args {
    #[command(flatten)]
    steer: Steer,

    /// The run or the commit to go back to; the beginning of its id is enough
    #[arg(long, value_name = "RUN|COMMIT")]
    to: Option<String>,
}

/// Decides, says, asks, rolls back.
pub async fn run(args: Args) -> Result<Exit, Failure> {
    let place = &args.steer.place;
    steering::at(&args.steer.target, Some(place), async |scene: &Scene| {
        back(&args, scene).await
    })
    .await
}

async fn back(args: &Args, scene: &Scene) -> Result<Exit, Failure> {
    let (to, json, runs) = (&scene.to, args.steer.json, scene.runs());
    let shape = towards::pipeline(&scene.cloud, to, &args.steer.target).await?;
    let state = runs.pipeline_state(&to.pipeline).await?;
    let mut executions = runs.executions(&to.pipeline, LOOK_BACK).await?;
    effect::settle(runs, &to.pipeline, &mut executions).await?;
    let refused = |why: NoRollback| no_rollback(&why, scene);
    let goal = choose(&shape, &state, &executions, &to.branch, args.to.as_deref());
    let (way, what) = match goal.map_err(refused)? {
        Goal::Run(goal) => {
            let version = runs.execution(&to.pipeline, &goal.id).await?.version;
            let actions = runs.actions(&to.pipeline, &goal.id).await?;
            let way = to_run(&shape, &goal, version, &actions, &to.branch).map_err(refused)?;
            (way, Run::of(&goal, &to.branch).what())
        }
        Goal::Commit(commit) => {
            let what = known(scene, &commit).await?;
            (to_commit(&shape, &commit).map_err(refused)?, what)
        }
    };
    let now = deploy_stage(&shape)
        .and_then(|stage| state.stages.iter().find(|it| it.name == stage.name))
        .and_then(|stage| stage.latest.as_ref())
        .and_then(|latest| executions.iter().find(|it| it.id == latest.execution))
        .map(|it| Run::of(it, &to.branch));
    steering::show(json, &about(scene, &shape, now.as_ref(), &what, &way));
    let goal = args.to.as_ref().map(|to| format!(" --to {to}"));
    let command = format!("rollback{}", goal.unwrap_or_default());
    let question = format!("Roll {} back to {what}?", to.environment);
    if !steering::agreed(&args.steer.asking(&command), &question)? {
        return Ok(Exit::Cancelled);
    }
    let execution = match &way {
        Rollback::Stage { stage, target, .. } => {
            runs.roll_back(&to.pipeline, stage, &target.execution)
                .await?
        }
        Rollback::Redeploy { revisions, .. } => {
            let token = towards::token();
            runs.start(&to.pipeline, &token, revisions).await?
        }
    };
    let sentence = format!(
        "\nStarted: the run {execution} brings {} back to {what}.",
        to.environment
    );
    let facts: Value = json!({ "execution": execution, "from": now, "rollback": way });
    steering::done(
        scene,
        json,
        "rollback",
        facts,
        &sentence,
        &[scene.next("watch")],
    );
    Ok(Exit::Done)
}

/// A commit that no run has brought: it must be there at least.
async fn known(scene: &Scene, commit: &str) -> Result<String, Failure> {
    let Some(repository) = &scene.to.repository else {
        // Only the source action can ask the provider.
        return Ok(words::short(commit).to_owned());
    };
    match scene.runs().commit(repository, commit).await? {
        Some(found) => Ok(format!("{} \"{}\"", words::short(commit), found.title())),
        None => Err(Failure::usage(
            Complaint::new(format!(
                "there is no commit {commit} in the repository {repository}"
            ))
            .help(format!(
                "nothing was changed. Give a commit that has been pushed; see the runs: {}",
                scene.next("history")
            )),
        )),
    }
}

/// What will happen, in the order in which it does.
fn about(
    scene: &Scene,
    shape: &PipelineShape,
    now: Option<&Run>,
    what: &str,
    way: &Rollback,
) -> String {
    let environment = &scene.to.environment;
    let from = now.map_or_else(
        || format!("{environment} goes back to {what}."),
        |now| match now.outcome().as_str() {
            _ if now.deployed => {
                format!("{environment} goes from {} back to {what}.", now.what())
            }
            other => format!(
                "{environment} goes back to {what}. The newest run to deploy, {}, {other}.",
                now.what()
            ),
        },
    );
    let mut lines = vec![from];
    match way {
        Rollback::Stage {
            stage,
            target,
            not_asked,
            asked,
        } => {
            lines.push(format!(
                "  {} carries out {stage} once more with the artifacts of run {}.",
                shape.name,
                words::short_run(&target.execution)
            ));
            lines.push("  Nothing is built: the image of that run is deployed.".to_owned());
            for approval in not_asked {
                lines.push(format!("  The approval {approval} is not asked again."));
            }
            for approval in asked {
                lines.push(format!("  The approval {approval} is asked again."));
            }
        }
        Rollback::Redeploy {
            because,
            revisions,
            asked,
            ..
        } => {
            let commits: Vec<&str> = revisions
                .iter()
                .map(|it| words::short(&it.commit))
                .collect();
            lines.push(format!(
                "  {} runs from its first stage, with {}. The build runs again.",
                shape.name,
                commits.join(", ")
            ));
            lines.push(format!(
                "  A stage rollback would be quicker, but {because}."
            ));
            for approval in asked {
                lines.push(format!("  The approval {approval} is asked again."));
            }
        }
    }
    lines.push(format!(
        "  The branch {} stays where it is: the next push to it deploys it again.",
        scene.to.branch
    ));
    lines.join("\n") + "\n"
}

fn no_rollback(why: &NoRollback, scene: &Scene) -> Failure {
    let nothing = "nothing was changed.";
    match why {
        NoRollback::UnderWay(_) => steering::nothing_done(
            why,
            format!(
                "{nothing} Wait for it ({}) or end it ({}), then roll back",
                scene.next("watch"),
                scene.next("stop")
            ),
        ),
        NoRollback::TooShort(_) | NoRollback::Ambiguous { .. } | NoRollback::NotFound { .. } => {
            Failure::usage(Complaint::new(why.to_string()).help(format!(
                "{nothing} See the runs: {} --limit 50",
                scene.next("history")
            )))
        }
        NoRollback::NotTouched { .. } | NoRollback::StillRuns { .. } => steering::nothing_done(
            why,
            format!(
                "{nothing} To go back further, name the run: {} --to RUN; see {}",
                scene.next("rollback"),
                scene.next("history")
            ),
        ),
        NoRollback::OldType { .. } => steering::nothing_done(
            why,
            format!(
                "{nothing} Undo the commit and push: git revert COMMIT, git push origin {}",
                scene.to.branch
            ),
        ),
        _ => steering::nothing_done(
            why,
            format!("{nothing} See the runs: {}", scene.next("history")),
        ),
    }
}
