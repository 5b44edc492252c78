//! `crosspipe sandbox break`: known failures, put into the sandbox's world.

use std::path::{Path, PathBuf};

use clap::Args as ClapArgs;
use serde_json::{Value, json};

use super::saved::{close, open_saved};
use crate::cli::exit::{Exit, Failure};
use crate::cli::flow;
use crate::cli::home;
use crate::sandbox::SandboxError;
use crate::sandbox::breaks::{self, Absent, Break, Broken, End, Refused};
use crate::ui::Complaint;

/// Put a known failure into the sandbox's world, to learn from, to show, or to test with
#[derive(Debug, ClapArgs)]
#[command(
    long_about = "Puts a known failure into the sandbox's world: takes a right away, renames a bucket, points a listener elsewhere, commits a wrong file. Says what was changed, where the next run ends, in which words of AWS's, and how it is put right again. A failure with several causes has variants, such as F02:key. Touches no real account.",
    after_help = "Examples:\n  crosspipe sandbox break --list\n  crosspipe sandbox break F02\n  crosspipe sandbox break F02:key --environment stg\n  crosspipe sandbox break rule-disabled --json"
)]
pub struct Args {
    /// The failure: an id such as F02 or F02:key, or its name
    #[arg(value_name = "FAILURE", required_unless_present = "list")]
    failure: Option<String>,
    /// The environment whose pipeline is broken; the first one where none is named
    #[arg(long, value_name = "NAME")]
    environment: Option<String>,
    /// Show the failures that can be had, and those that cannot
    #[arg(long, conflicts_with_all = ["failure", "environment"])]
    list: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// Where the accounts are kept [default: .crosspipe/sandbox beside crosspipe.toml]
    #[arg(long, value_name = "DIR")]
    state: Option<PathBuf>,
}

/// Runs the command.
pub async fn run(args: Args) -> Result<Exit, Failure> {
    let Some(failure) = args.failure.filter(|_| !args.list) else {
        flow::print(&if args.json { list_json() } else { list_text() });
        return Ok(Exit::Done);
    };
    // What is wrong with the id needs no sandbox to be told.
    if breaks::find(&failure).is_empty() {
        return Err(refused(breaks::unfound(&failure)));
    }
    let sandbox = open_saved(
        &home::state(args.state.as_deref(), &home::config(None)),
        "stop the sandbox that is running with Ctrl-C, type this again, and start it again: it goes on where it was",
    )
    .await?;
    let broken = sandbox.put_break(&failure, args.environment.as_deref());
    let broken = match broken {
        Ok(broken) => broken,
        Err(SandboxError::Break(why)) => return Err(refused(why)),
        Err(error) => return Err(Failure::failed(Complaint::new(error.to_string()))),
    };
    if args.json {
        let line = serde_json::to_value(&broken).unwrap_or_default();
        flow::print(&format!("{line}\n"));
    } else {
        flow::print(&text(&broken, args.state.as_deref()));
    }
    close(sandbox).await
}

fn refused(why: Refused) -> Failure {
    let help = match &why {
        Refused::Unknown { .. } | Refused::Absent { .. } => {
            "crosspipe sandbox break --list shows what can be had"
        }
        Refused::Misfit { .. } => "nothing was changed",
    };
    Failure::usage(Complaint::new(why.to_string()).help(help))
}

/// Whether a run that `deploy` starts shows it: not where the push is what is answered otherwise.
fn shown_by_a_run(broken: &Broken) -> bool {
    breaks::find(&broken.id)
        .iter()
        .flat_map(|it| it.ends)
        .all(|(_, end)| matches!(end, End::Fails { .. } | End::Lands { .. }))
}

/// What to type to see it.
fn to_see(broken: &Broken, state: Option<&Path>) -> String {
    if home::config(None).exists() && shown_by_a_run(broken) {
        let state = state
            .map(|it| format!(" --state {}", it.display()))
            .unwrap_or_default();
        return format!("  crosspipe deploy {} --sandbox{state}\n", broken.branch);
    }
    let then = if broken.starts {
        "A run starts by itself: what was broken begins it.".to_owned()
    } else {
        format!("Then push to {}.", broken.branch)
    };
    format!("  crosspipe sandbox start --time-scale 100\n  {then}\n")
}

fn text(broken: &Broken, state: Option<&Path>) -> String {
    let mut text = format!(
        "{}  {}  in {} (pipeline {})\n  {}\n\nChanged\n",
        broken.id, broken.name, broken.environment, broken.pipeline, broken.what
    );
    for change in &broken.changes {
        text.push_str(&format!(
            "  {}  {}\n    before  {}\n    after   {}\n",
            change.account, change.resource, change.before, change.after
        ));
    }
    text.push_str("\nTo see it\n");
    text.push_str(&to_see(broken, state));
    text.push_str(&format!("\nThen {}\n", broken.ends));
    for words in &broken.words {
        let code = words.code.as_ref().map(|code| format!("{code}: "));
        text.push_str(&format!(
            "  {} ({})\n    {}{}\n",
            words.place,
            words.known,
            code.unwrap_or_default(),
            words.text
        ));
    }
    text.push_str(&format!("\nTo put it right\n  {}\n", broken.right));
    text
}

/// Where a run ends, in a few words.
fn where_it_ends(it: &Break) -> String {
    let mut places: Vec<String> = Vec::new();
    for (_, end) in it.ends {
        let place = match end {
            End::Fails { at, code, .. } => format!("{at} {code}"),
            End::Silence { .. } => "no run starts".to_owned(),
            End::Lands { .. } => "lands, and is wrong".to_owned(),
            End::Twice => "two runs".to_owned(),
            End::Superseded => "Superseded".to_owned(),
        };
        if !places.contains(&place) {
            places.push(place);
        }
    }
    places.join(", ")
}

fn list_text() -> String {
    let all = breaks::list();
    let wide = |width: fn(&&Break) -> usize| all.iter().map(width).max().unwrap_or_default();
    let (ids, names) = (wide(|it| it.full_id().len()), wide(|it| it.name.len()));
    let mut text = String::new();
    for it in &all {
        text.push_str(&format!(
            "{:ids$}  {:names$}  {}\n{:ids$}  {}\n",
            it.full_id(),
            it.name,
            where_it_ends(it),
            "",
            it.what
        ));
    }
    text.push_str("\nNot to be had in a sandbox:\n");
    for it in breaks::ABSENT {
        text.push_str(&format!("{:ids$}  {}: {}\n", it.id, it.what, it.why));
    }
    text
}

fn list_json() -> String {
    let here = breaks::list().into_iter().map(|it| {
        let ends: Vec<Value> = it
            .strategies()
            .into_iter()
            .map(|strategy| ending(it, strategy))
            .collect();
        json!({
            "id": it.full_id(),
            "name": it.name,
            "what": it.what,
            "ends": ends,
            "right": it.right.text().replace("{key}", "<key>"),
        })
    });
    let absent = breaks::ABSENT
        .iter()
        .map(|Absent { id, what, why }| json!({"id": id, "what": what, "whyNot": why}));
    here.chain(absent).map(|line| format!("{line}\n")).collect()
}

fn ending(it: &Break, strategy: breaks::Strategy) -> Value {
    match it.end(strategy) {
        Some(End::Fails {
            at,
            code,
            says,
            known,
            ..
        }) => json!({
            "strategy": strategy,
            "at": at,
            "code": code,
            "says": says,
            "known": known,
        }),
        Some(End::Silence { look }) => json!({"strategy": strategy, "starts": 0, "look": look}),
        Some(End::Lands { look, .. }) => json!({"strategy": strategy, "lands": true, "look": look}),
        Some(End::Twice) => json!({"strategy": strategy, "starts": 2}),
        Some(End::Superseded) => json!({"strategy": strategy, "status": "Superseded"}),
        None => Value::Null,
    }
}
