//! What the commands that look at an environment or change its runs have in common: the way in, the
//! question before a change, and how what was done is said.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::aws::AwsCloud;
use crate::blueprint::Blueprint;
use crate::cloud::Runs;
use crate::cloud::run::Execution;
use crate::deploy::history::Run;
use crate::deploy::{Destination, FORMAT};
use crate::ui::{self, Complaint, Style, YesNo};

use super::exit::{Exit, Failure};
use super::flow;
use super::target::Target;
use super::towards;

/// Which environment, and how it is asked.
#[derive(Debug, Clone, clap::Args)]
pub struct Steer {
    /// The environment, or the branch that goes to it
    #[arg(value_name = "ENV")]
    pub place: String,

    /// Do not ask
    #[arg(long, short)]
    pub yes: bool,

    /// Print what was done as JSON; needs --yes
    #[arg(long)]
    pub json: bool,

    #[command(flatten)]
    pub target: Target,
}

/// An environment, and access to it.
pub struct Scene {
    /// The configuration.
    pub blueprint: Blueprint,
    /// The environment.
    pub to: Destination,
    /// AWS.
    pub cloud: Arc<AwsCloud>,
    /// Where the command line said what.
    pub target: Target,
}

impl Scene {
    /// AWS, as far as runs are concerned.
    pub fn runs(&self) -> &dyn Runs {
        &*self.cloud
    }

    /// What to type next: a command, this environment and the flags that reach the same accounts.
    pub fn next(&self, command: &str) -> String {
        format!(
            "crosspipe {command} {}{}",
            self.to.environment,
            self.target.flags()
        )
    }

    /// A run of this environment's pipeline, by its id.
    pub async fn run(&self, id: &str) -> Result<Run, Failure> {
        let found = self.runs().execution(&self.to.pipeline, id).await?;
        Ok(Run::of(&found, &self.to.branch))
    }
}

/// The run whose id begins so.
///
/// # Errors
/// None does, or several: exit 2, with where to look.
pub fn named_run<'a>(
    runs: &'a [Execution],
    typed: &str,
    to: &Destination,
    target: &Target,
) -> Result<&'a Execution, Failure> {
    let wanted = typed.trim().to_ascii_lowercase();
    let mut found = runs.iter().filter(|it| it.id.starts_with(&wanted));
    let why = match (wanted.as_str(), found.next(), found.next()) {
        ("", _, _) => "--run names no run".to_owned(),
        (_, Some(one), None) => return Ok(one),
        (_, Some(_), Some(_)) => format!("several runs of {} begin with {typed}", to.pipeline),
        (_, None, _) => format!(
            "there is no run {typed} among the last {} of {}",
            runs.len(),
            to.pipeline
        ),
    };
    Err(Failure::usage(Complaint::new(why).help(format!(
        "see the runs: crosspipe history {}{}",
        to.environment,
        target.flags()
    ))))
}

/// Carries out a command on an environment, and stops the sandbox after it.
pub async fn at(
    target: &Target,
    place: Option<&str>,
    command: impl AsyncFnOnce(&Scene) -> Result<Exit, Failure>,
) -> Result<Exit, Failure> {
    let blueprint = flow::load(&target.config, target.sandbox)?;
    let (to, _) = towards::towards(&blueprint, target, place)?;
    towards_it(target, blueprint, to, command).await
}

/// The same, where the environment is known already.
pub async fn towards_it(
    target: &Target,
    blueprint: Blueprint,
    to: Destination,
    command: impl AsyncFnOnce(&Scene) -> Result<Exit, Failure>,
) -> Result<Exit, Failure> {
    let sandbox = towards::sandbox(target, &blueprint).await?;
    let outcome = async {
        let cloud = towards::connected(&blueprint, sandbox.as_ref()).await?;
        let scene = Scene {
            blueprint,
            to,
            cloud,
            target: target.clone(),
        };
        command(&scene).await
    }
    .await;
    towards::stopped(sandbox, outcome).await
}

/// What is agreed to, and how a question is put.
pub struct Asking<'a> {
    /// Agreed to beforehand.
    pub yes: bool,
    /// What is printed is for a program.
    pub json: bool,
    /// The command with what it was given, without `crosspipe` and without these flags.
    pub command: String,
    /// Where the command line said what.
    pub target: &'a Target,
}

impl Steer {
    /// How this command asks.
    pub fn asking(&self, command: &str) -> Asking<'_> {
        Asking {
            yes: self.yes,
            json: self.json,
            command: match command.split_once(' ') {
                Some((name, flags)) => format!("{name} {} {flags}", self.place),
                None => format!("{command} {}", self.place),
            },
            target: &self.target,
        }
    }
}

/// Refuses what could not be asked: there is no terminal, or what is printed is for a program.
fn may_ask(asking: &Asking<'_>) -> Result<(), Failure> {
    let Asking { json, command, .. } = asking;
    if !*json && flow::is_interactive() {
        return Ok(());
    }
    let why = if *json {
        "with --json it cannot ask"
    } else {
        "there is no terminal to ask in"
    };
    Err(Failure::usage(
        Complaint::new(format!(
            "`crosspipe {}` asks before it changes anything, and {why}",
            command.split(' ').next().unwrap_or(command)
        ))
        .help(format!(
            "nothing was changed. Agree beforehand: crosspipe {command} --yes{}{}",
            if *json { " --json" } else { "" },
            asking.target.flags()
        )),
    ))
}

/// Whether it may be done. A no is said. Asked last, when it is known that there is something to do.
///
/// # Errors
/// Ctrl-C; or nobody can be asked: exit 2, with what to type.
pub fn agreed(asking: &Asking<'_>, question: &str) -> Result<bool, Failure> {
    if asking.yes {
        return Ok(true);
    }
    may_ask(asking)?;
    match ui::yes_no(question) {
        YesNo::Yes => Ok(true),
        YesNo::Cancelled => Err(Failure::cancelled("nothing was changed.")),
        YesNo::No | YesNo::Details => {
            flow::note("Nothing was changed.");
            Ok(false)
        }
    }
}

/// Says what a command is about to do, unless its output is for a program.
pub fn show(json: bool, text: &str) {
    if !json {
        let style = Style::of_stdout();
        flow::print(&ui::in_lines(&ui::without_controls(text), style));
    }
}

/// Says what was done: the sentence and what to type next, or the facts as JSON.
pub fn done(
    scene: &Scene,
    json: bool,
    command: &str,
    facts: Value,
    sentence: &str,
    next: &[String],
) {
    if json {
        let mut whole = Map::new();
        whole.insert("format".to_owned(), json!(FORMAT));
        whole.insert("command".to_owned(), json!(command));
        whole.insert("environment".to_owned(), json!(scene.to.environment));
        whole.insert("pipeline".to_owned(), json!(scene.to.pipeline));
        if let Value::Object(facts) = facts {
            whole.extend(facts);
        }
        flow::print(&format!("{}\n", Value::Object(whole)));
        return;
    }
    let mut text = format!("{sentence}\n");
    if !next.is_empty() {
        text.push_str("\nNext\n");
        for line in next {
            text.push_str(&format!("  {line}\n"));
        }
    }
    show(false, &text);
}

/// Names and values below each other, as they stand under a heading.
pub fn facts(rows: &[(&str, String)]) -> String {
    let width = rows
        .iter()
        .map(|(name, _)| name.len())
        .max()
        .unwrap_or_default();
    rows.iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| format!("  {name:width$}  {value}\n"))
        .collect()
}

/// A refusal that changed nothing: exit 1, with what to type.
pub fn nothing_done(why: &dyn std::fmt::Display, help: impl Into<String>) -> Failure {
    Failure::failed(Complaint::new(why.to_string()).help(help))
}
