//! `crosspipe promote`: what runs in one environment becomes the head of another one's branch.

use serde_json::{Value, json};

use crate::blueprint::{Blueprint, Source};
use crate::deploy::effect;
use crate::deploy::history::Run;
use crate::deploy::promote::{Brought, Relation, relation};
use crate::deploy::{Destination, FORMAT, words};
use crate::ui::{self, Complaint};

use super::exit::{Exit, Failure};
use super::flow;
use super::steering::{self, Asking, Scene};
use super::target::Target;
use super::towards;

/// How many runs are looked through for the one that landed last.
const LOOK_BACK: usize = 50;
/// How many commits are listed.
const LISTED: usize = 20;

/// Let what runs in one environment go on to another
#[derive(Debug, clap::Args)]
#[command(
    long_about = "Moves the branch of one environment forward to the commit that another one runs, which starts its run. Forward only: where the branch has commits that the other environment has not, nothing is changed and they are named. Shows the commits that come along, and asks. With CodeCommit the branch is moved through its API; with a connection the git commands are printed instead, and nothing is changed. Changes the accounts: the branch, and through its run the environment.",
    after_help = "Examples:\n  crosspipe promote dev stg\n  crosspipe promote stg prd --yes && crosspipe watch prd"
)]
pub struct Args {
    /// The environment whose commit goes on, or the branch that goes to it
    #[arg(value_name = "FROM")]
    from: String,

    /// The environment that it goes on to, or its branch
    #[arg(value_name = "TO")]
    to: String,

    /// Do not ask
    #[arg(long, short)]
    yes: bool,

    /// Print what was done as JSON; needs --yes
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    target: Target,
}

/// Compares, says, asks, moves the branch.
pub async fn run(args: Args) -> Result<Exit, Failure> {
    let blueprint = flow::load(&args.target.config, args.target.sandbox)?;
    let (from, _) = towards::towards(&blueprint, &args.target, Some(&args.from))?;
    let (to, _) = towards::towards(&blueprint, &args.target, Some(&args.to))?;
    if from.environment == to.environment {
        return Err(Failure::usage(
            Complaint::new(format!(
                "'{}' and '{}' are the same environment, {}",
                args.from, args.to, to.environment
            ))
            .help("nothing was changed. Name two: crosspipe promote FROM TO"),
        ));
    }
    steering::towards_it(&args.target, blueprint, to, async |scene: &Scene| {
        promote(&args, scene, &from).await
    })
    .await
}

async fn promote(args: &Args, scene: &Scene, from: &Destination) -> Result<Exit, Failure> {
    let (to, runs) = (&scene.to, scene.runs());
    let mut executions = runs.executions(&from.pipeline, LOOK_BACK).await?;
    effect::settle(runs, &from.pipeline, &mut executions).await?;
    let landed = executions
        .iter()
        .find(|it| it.deployed())
        .map(|it| Run::of(it, &from.branch));
    let Some((run, commit)) = landed.and_then(|run| run.commit.clone().map(|commit| (run, commit)))
    else {
        return Err(steering::nothing_done(
            &format!(
                "nothing has landed in {} yet, so nothing can go on to {}",
                from.environment, to.environment
            ),
            format!(
                "nothing was changed. Deploy it first: crosspipe deploy {}{}",
                from.environment,
                args.target.flags()
            ),
        ));
    };
    let Some(repository) = &to.repository else {
        by_hand(args, scene, from, &run, &commit);
        return Ok(Exit::Done);
    };
    let Some(head) = runs.branch_head(repository, &to.branch).await? else {
        return Err(steering::nothing_done(
            &format!(
                "the repository {repository} has no branch {} yet",
                to.branch
            ),
            format!(
                "nothing was changed. Make it: git push REMOTE {commit}:refs/heads/{}",
                to.branch
            ),
        ));
    };
    let found = relation(runs, repository, &commit, &head).await?;
    let commits = match &found {
        Relation::Same | Relation::Behind { .. } => {
            let why = match &found {
                Relation::Behind { by } => {
                    format!("has it already, and {} more", words::count(*by, "commit"))
                }
                _ => "is at it already".to_owned(),
            };
            let mut sentence = format!(
                "Nothing to promote: {} runs {}, and {} {why}.",
                from.environment,
                run.what(),
                to.branch
            );
            let mut next = scene.next("status");
            // The branch is not what runs: it may have been rolled back from, or not have landed.
            let there = last_deployed(scene).await?;
            if let Some(there) = there.filter(|it| it.commit.as_deref() != Some(&head)) {
                sentence.push_str(&format!(
                    " But {} runs {}. To let it run the head of {}, {}, deploy it.",
                    to.environment,
                    there.what(),
                    to.branch,
                    words::short(&head)
                ));
                next = scene.next("deploy");
            }
            let facts = facts(false, from, &head, &commit, &found);
            steering::done(scene, args.json, "promote", facts, &sentence, &[next]);
            return Ok(Exit::Done);
        }
        Relation::Apart {
            only_there,
            only_here,
        } => {
            return Err(apart(scene, from, &commit, only_there, *only_here));
        }
        Relation::Ahead { commits } => Some(commits),
        Relation::Unknown { .. } => None,
    };
    steering::show(args.json, &about(scene, from, &run, &head, commits));
    let question = format!(
        "Move {} to {} and deploy it to {}?",
        to.branch,
        words::short(&commit),
        to.environment
    );
    let asking = Asking {
        yes: args.yes,
        json: args.json,
        command: format!("promote {} {}", args.from, args.to),
        target: &args.target,
    };
    if !steering::agreed(&asking, &question)? {
        return Ok(Exit::Cancelled);
    }
    let now = runs.fast_forward(repository, &to.branch, &commit).await?;
    let sentence = format!(
        "\nMoved: {} is at {} now, and was at {}. That starts the run of {}.",
        to.branch,
        words::short(&now),
        words::short(&head),
        to.environment
    );
    let facts = facts(true, from, &head, &now, &found);
    steering::done(
        scene,
        args.json,
        "promote",
        facts,
        &sentence,
        &[scene.next("watch")],
    );
    Ok(Exit::Done)
}

/// What the environment that is promoted to runs; none while a run is on its way to it.
async fn last_deployed(scene: &Scene) -> Result<Option<Run>, Failure> {
    let (to, runs) = (&scene.to, scene.runs());
    let mut executions = runs.executions(&to.pipeline, LOOK_BACK).await?;
    if executions.first().is_some_and(|it| !it.status.is_over()) {
        return Ok(None);
    }
    effect::settle(runs, &to.pipeline, &mut executions).await?;
    let last = executions.iter().find(|it| it.deployed());
    Ok(last.map(|it| Run::of(it, &to.branch)))
}

fn facts(changed: bool, from: &Destination, before: &str, after: &str, found: &Relation) -> Value {
    json!({
        "changed": changed,
        "from": from.environment,
        "before": before,
        "commit": after,
        "history": found,
    })
}

fn about(
    scene: &Scene,
    from: &Destination,
    run: &Run,
    head: &str,
    commits: Option<&Vec<Brought>>,
) -> String {
    let to = &scene.to;
    let mut text = format!(
        "{} runs {}. The branch {} of {} is at {}.\n",
        from.environment,
        run.what(),
        to.branch,
        to.environment,
        words::short(head)
    );
    match commits {
        Some(commits) => {
            text.push_str(&format!("Forward by {}:\n", words::count(commits.len(), "commit")));
            text.push_str(&list(commits));
        }
        None => text.push_str("Their history is too long to be compared here; CodeCommit refuses if it is not forward.\n"),
    }
    text.push_str(&format!(
        "Moving the branch starts the run of {}, in {}.\n",
        to.environment, to.pipeline
    ));
    text
}

fn list(commits: &[Brought]) -> String {
    let mut text: String = commits
        .iter()
        .take(LISTED)
        .map(|it| {
            format!(
                "  {}  {}  ({})\n",
                words::short(&it.commit),
                it.title,
                it.author
            )
        })
        .collect();
    if commits.len() > LISTED {
        text.push_str(&format!("  and {} more\n", commits.len() - LISTED));
    }
    text
}

fn apart(
    scene: &Scene,
    from: &Destination,
    commit: &str,
    only_there: &[Brought],
    only_here: usize,
) -> Failure {
    let to = &scene.to;
    let has = match only_there.len() {
        1 => "a commit".to_owned(),
        number => format!("{number} commits"),
    };
    let mut complaint = Complaint::new(format!(
        "{} cannot be moved forward to {}: it has {has} that {} has not",
        to.branch,
        words::short(commit),
        from.environment
    ));
    for line in list(only_there).lines() {
        complaint = complaint.detail(line.trim_start().to_owned());
    }
    complaint = complaint.detail(format!(
        "{} has {only_here} that {} has not",
        from.environment, to.branch
    ));
    Failure::failed(complaint.help(format!(
        "nothing was changed. Bring them together first: git switch {}, git merge {}, git push; and when that has landed: {}",
        from.branch, to.branch,
        format_args!("crosspipe promote {} {}{}", from.environment, to.environment, scene.target.flags())
    )))
}

/// With a connection nobody but git can move the branch.
fn by_hand(args: &Args, scene: &Scene, from: &Destination, run: &Run, commit: &str) {
    let to = &scene.to;
    let commands = [
        "git fetch origin".to_owned(),
        format!("git push origin {commit}:refs/heads/{}", to.branch),
    ];
    if args.json {
        let whole = json!({
            "format": FORMAT,
            "command": "promote",
            "environment": to.environment,
            "pipeline": to.pipeline,
            "changed": false,
            "from": from.environment,
            "commit": commit,
            "commands": commands,
        });
        flow::print(&format!("{whole}\n"));
        return;
    }
    let next = scene.next("watch");
    let (before, after) = around(&scene.blueprint, from, to, run, &next);
    steering::show(false, &before);
    // As they are, however narrow the window: they are to be copied.
    let lines: Vec<String> = commands.iter().map(|it| format!("  {it}\n")).collect();
    flow::print(&ui::without_controls(&lines.concat()));
    steering::show(false, &after);
}

/// What stands before and after the commands.
fn around(
    blueprint: &Blueprint,
    from: &Destination,
    to: &Destination,
    run: &Run,
    next: &str,
) -> (String, String) {
    let before = format!(
        "{} runs {}. To let it go on to {}, in a working copy of {}:\n\n",
        from.environment,
        run.what(),
        to.environment,
        repository(blueprint)
    );
    let after = format!(
        "\nNothing was changed: AWS has no way to move a branch at {}. Git refuses the push where it is not forward. It starts the run of {}; then:\n\nNext\n  {next}\n",
        host(blueprint),
        to.environment
    );
    (before, after)
}

fn repository(blueprint: &Blueprint) -> &str {
    match &blueprint.source {
        Source::CodeCommit { repository } | Source::Connection { repository, .. } => repository,
    }
}

fn host(blueprint: &Blueprint) -> &'static str {
    match &blueprint.source {
        Source::CodeCommit { .. } => "CodeCommit",
        Source::Connection { host, .. } => host.provider_type(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::blueprint::ConnectionProvider;
    use crate::cloud::run::Status;
    use crate::deploy::fixture::{self, blueprint};

    #[test]
    fn with_a_connection_git_has_to_do_it() {
        let mut blueprint = blueprint();
        blueprint.source = Source::Connection {
            host: ConnectionProvider::GitHub,
            repository: "bys/awssdk-iam".to_owned(),
            connection: None,
        };
        let run = Run::of(&fixture::execution(Status::Succeeded), "develop");
        let (from, to) = (fixture::to("dev"), fixture::to("stg"));
        let (before, after) = around(&blueprint, &from, &to, &run, "crosspipe watch stg");
        insta::assert_snapshot!(before + "  ...\n" + &after, @r#"
        dev runs a41f9c2 "Fix login redirect". To let it go on to stg, in a working copy of bys/awssdk-iam:

          ...

        Nothing was changed: AWS has no way to move a branch at GitHub. Git refuses the push where it is not forward. It starts the run of stg; then:

        Next
          crosspipe watch stg
        "#);
    }

    #[test]
    fn a_long_list_is_cut_and_says_so() {
        let one = Brought {
            commit: fixture::COMMIT.to_owned(),
            title: "Fix login redirect".to_owned(),
            author: "Kim".to_owned(),
        };
        let text = list(&vec![one; LISTED + 3]);
        assert_eq!(text.lines().count(), LISTED + 1);
        assert!(text.starts_with("  a41f9c2  Fix login redirect  (Kim)\n"));
        assert!(text.ends_with("  and 3 more\n"));
    }
}
