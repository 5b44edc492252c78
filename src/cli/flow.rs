//! What several commands do alike: load, plan, confirm, carry out, check.

use std::io::{IsTerminal, Write};
use std::path::Path;
use std::sync::OnceLock;

use tokio::sync::watch;

use crate::apply::{self, Options, Report, Verification};
use crate::aws::AwsCloud;
use crate::blueprint::{Blueprint, BlueprintErrors, Source};
use crate::cloud::Cloud;
use crate::plan::{Action, Plan, PlannedAccount, observe_all};
use crate::render::{Facts, Templates, documents};
use crate::resource::{after_apply, artifact_key, connection, desired};
use crate::ui::{self, Complaint, Progress, ProgressKind, Style};

use super::exit::{Exit, Failure, complaint};
use super::home;

/// Runs a command that speaks to AWS. The runtime is made here and not in `main`, so that commands
/// that need none start at once.
pub fn block_on(command: impl Future<Output = Result<Exit, Failure>>) -> Result<Exit, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| {
            Failure::failed(Complaint::new(format!(
                "the program could not start its threads: {error}"
            )))
        })?;
    runtime.block_on(command)
}

/// Prints a result to stdout. A reader that has gone away (`| head`) is no failure.
pub fn print_bytes(bytes: &[u8]) -> Result<Exit, Failure> {
    let mut out = std::io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Ok(()) => Ok(Exit::Done),
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(Exit::Done),
        Err(error) => Err(Failure::failed(Complaint::new(format!(
            "the result could not be written: {error}"
        )))),
    }
}

/// Why a result could not be written, once one could not.
static UNWRITTEN: OnceLock<Failure> = OnceLock::new();

/// Prints a text to stdout. What cannot be written, on a disk that is full, does not stop what goes on
/// at AWS; [`unwritten`] says it at the end.
pub fn print(text: &str) {
    if let Err(failure) = print_bytes(text.as_bytes()) {
        let _ = UNWRITTEN.set(failure);
    }
}

/// Why a result could not be written, if one could not.
pub fn unwritten() -> Option<&'static Failure> {
    UNWRITTEN.get()
}

/// Prints a note to stderr.
pub fn note(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

/// Prints a note to stderr, in lines that fit into the window.
pub fn note_in_lines(text: &str) {
    let style = Style::of_stderr();
    note(ui::in_lines(text, style).trim_end());
}

/// Whether a person sits in front of it: questions are asked on stderr and read from the terminal.
pub fn is_interactive() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// Waits for Ctrl-C, or for what a service manager sends: both leave what is being watched.
pub async fn interrupted() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    // Who cannot listen is ended by the signal itself.
    let _ = tokio::signal::ctrl_c().await;
}

/// Loads the configuration.
pub fn load(config: &Path, sandbox: bool) -> Result<Blueprint, Failure> {
    if !config.exists() {
        return Err(Failure::usage(
            Complaint::new(format!(
                "{} is not there{}",
                config.display(),
                if config == Path::new(home::CONFIG) && home::found().is_none() {
                    ", nor in a folder above"
                } else {
                    ""
                }
            ))
            .help(format!(
                "run `crosspipe bootstrap{}` to write it, or name another with --config FILE",
                if sandbox { " --sandbox" } else { "" }
            )),
        ));
    }
    crate::blueprint::load(config).map_err(|errors| wrong_blueprint(&errors))
}

/// Errors of the configuration, drawn with their places.
pub fn wrong_blueprint(errors: &BlueprintErrors) -> Failure {
    Failure {
        exit: Exit::Usage,
        complaints: Vec::new(),
        drawn: ui::draw_diagnostics(errors, Style::of_stderr()),
    }
}

/// The templates that a blueprint names, or the built-in ones.
pub fn templates(blueprint: &Blueprint, config: &Path) -> Result<Templates, Failure> {
    let base = config.parent().unwrap_or(Path::new(""));
    let templates = Templates::for_blueprint(blueprint, base).map_err(|error| {
        Failure::usage(
            Complaint::new(error.to_string())
                .help("`crosspipe templates list` shows the names that a folder may hold"),
        )
    })?;
    // The built-in ones are held to this by the tests.
    if blueprint.templates.is_some() {
        super::render::check(blueprint, &templates).map_err(|error| {
            Failure::usage(
                Complaint::new(error.to_string())
                    .help("correct the template; `crosspipe render DIR` shows what becomes of it"),
            )
        })?;
    }
    Ok(templates)
}

/// Renders, observes and compares.
pub async fn make_plan(
    blueprint: &Blueprint,
    templates: &Templates,
    cloud: &dyn Cloud,
    accounts: Vec<PlannedAccount>,
) -> Result<Plan, Failure> {
    let connection_arn = match &blueprint.source {
        Source::CodeCommit { .. } => None,
        Source::Connection {
            connection: Some(arn),
            ..
        } => Some(arn.to_string()),
        Source::Connection {
            connection: None, ..
        } => Some(after_apply(&connection(), "arn")),
    };
    let facts = Facts {
        key_arn: after_apply(&artifact_key(), "arn"),
        connection_arn,
    };
    let documents = documents(blueprint, &facts, templates)
        .map_err(|error| Failure::usage(Complaint::new(error.to_string())))?;
    let wanted = desired(blueprint, &documents);
    let found = observe_all(cloud, &wanted)
        .await
        .map_err(|errors| Failure {
            exit: Exit::Failed,
            complaints: errors.iter().map(complaint).collect(),
            drawn: String::new(),
        })?;
    let application = format!("{}/{}", blueprint.organization, blueprint.application);
    crate::plan::build(&application, &blueprint.region, accounts, &wanted, &found)
        .map_err(|error| Failure::failed(Complaint::new(format!("no plan could be made: {error}"))))
}

/// What a person has agreed to beforehand, and how progress is shown.
#[derive(Debug, Clone, Copy)]
pub struct Consent {
    /// No questions.
    pub yes: bool,
    /// Resources that are not crosspipe's may be adopted.
    pub adopt: bool,
    /// Events as JSON lines on stdout.
    pub json: bool,
    /// Nothing is at risk: without a terminal, go on.
    pub sandbox: bool,
}

/// Refuses a plan that cannot be carried out, before anything is asked.
pub fn refuse_conflicts(plan: &Plan) -> Result<(), Failure> {
    let complaints: Vec<Complaint> = plan
        .with(Action::Conflict)
        .map(|it| {
            Complaint::new(format!(
                "{} {} in {} is in the way: {}",
                it.spec.kind(),
                it.spec.name(),
                it.site,
                it.reason
            ))
            .help("nothing was changed. Choose another name under [names] in the configuration, or remove it if it is not needed")
        })
        .collect();
    if complaints.is_empty() {
        return Ok(());
    }
    Err(Failure {
        exit: Exit::Failed,
        complaints,
        drawn: String::new(),
    })
}

/// Asks for what is not agreed to yet. `Ok(false)` is a no.
pub fn confirm(plan: &Plan, consent: Consent, style: Style) -> Result<bool, Failure> {
    let adoptions: Vec<String> = plan
        .with(Action::Adopt)
        .map(|it| format!("{} {} in {}", it.spec.kind(), it.spec.name(), it.site))
        .collect();
    if !adoptions.is_empty() && !consent.adopt {
        if !is_interactive() || consent.yes {
            let mut complaint = Complaint::new(format!(
                "{} exist{} under our name and {} not made by crosspipe",
                count(adoptions.len(), "resource"),
                if adoptions.len() == 1 { "s" } else { "" },
                if adoptions.len() == 1 { "was" } else { "were" },
            ));
            for line in &adoptions {
                complaint = complaint.detail(line);
            }
            return Err(Failure::failed(complaint.help(
                "nothing was changed. Add --adopt to tag and use them as the plan shows, or choose other names under [names]",
            )));
        }
        note("These exist under our name and were not made by crosspipe:");
        for line in &adoptions {
            note(&format!("  {line}"));
        }
        if !ask(
            "Adopt them: tag them, and change them as the plan shows?",
            false,
            plan,
            style,
        )? {
            return Ok(false);
        }
    }
    if consent.yes {
        return Ok(true);
    }
    if !is_interactive() {
        if consent.sandbox {
            note("No terminal: going on, because nothing is at risk in the sandbox.");
            return Ok(true);
        }
        return Err(Failure::usage(
            Complaint::new("there is no terminal to ask for a yes")
                .help("add --yes to go on without being asked"),
        ));
    }
    let counts = plan.counts();
    let what = match (counts.create, counts.change) {
        (made, 0) => format!("Make these {}?", count(made, "resource")),
        (0, changed) => format!("Change these {}?", count(changed, "resource")),
        (made, changed) => format!("Make {} and change {changed}?", count(made, "resource")),
    };
    ask(&what, consent.sandbox, plan, style)
}

fn ask(question: &str, nothing_at_risk: bool, plan: &Plan, style: Style) -> Result<bool, Failure> {
    loop {
        match ui::yes_no_details(question, nothing_at_risk) {
            ui::YesNo::Yes => return Ok(true),
            ui::YesNo::No => return Ok(false),
            ui::YesNo::Details => note(&ui::plan(plan, style, true)),
            ui::YesNo::Cancelled => return Err(Failure::cancelled("nothing was changed.")),
        }
    }
}

/// `1 resource`, `2 resources`.
pub fn count(n: usize, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}

/// Carries out a plan and checks what came of it.
pub async fn carry_out(
    plan: &Plan,
    cloud: &AwsCloud,
    consent: Consent,
) -> Result<(Report, Option<Verification>), Failure> {
    let style = Style::of_stderr();
    let kind = if consent.json {
        ProgressKind::Json
    } else if std::io::stderr().is_terminal() {
        ProgressKind::Bars
    } else {
        ProgressKind::Lines
    };
    let mut progress = Progress::new(plan, kind, style);
    let say = progress.voice();
    let (stop, stopped) = watch::channel(false);
    // The first Ctrl-C lets the calls under way finish; a second one ends the program.
    let listener = tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            let _ = stop.send(true);
            say(
                "Stopping: letting the calls under way finish. Press Ctrl-C again to leave at once.",
            );
            if tokio::signal::ctrl_c().await.is_ok() {
                std::process::exit(i32::from(Exit::Cancelled.code()));
            }
        }
    });
    let options = Options {
        // Consent was asked for by `confirm`.
        adopt: true,
        ..Options::default()
    };
    let outcome = apply::apply(plan, cloud, options, stopped, &mut |event| {
        progress.tell(&event)
    })
    .await;
    progress.finish();
    listener.abort();
    let report = outcome.map_err(|error| Failure::failed(Complaint::new(error.to_string())))?;
    if !report.complete() {
        return Ok((report, None));
    }
    let check = apply::verify(plan, cloud, &report.attributes).await;
    Ok((report, Some(check)))
}

/// The exit code of what [`carry_out`] answers.
pub fn exit_of(report: &Report, check: Option<&Verification>) -> Exit {
    if report.stopped && !report.complete() {
        return Exit::Cancelled;
    }
    if !report.complete() {
        return if report.done.is_empty() {
            Exit::Failed
        } else {
            Exit::Partly
        };
    }
    match check {
        Some(check) if !check.good() => Exit::Findings,
        _ => Exit::Done,
    }
}

/// The last JSON line of a machine-readable run.
pub fn json_summary(report: &Report, check: Option<&Verification>, exit: Exit) -> String {
    let line = serde_json::json!({
        "event": "finished",
        "format": crate::plan::FORMAT,
        "exit": exit.code(),
        "done": report.done.len(),
        "failed": report.failed.len(),
        "notTried": report.not_tried.len(),
        "took_ms": report.took.as_millis() as u64,
        "verification": check,
    });
    format!("{line}\n")
}

/// The last JSON line of a run that had nothing to change.
pub fn json_nothing_to_do(exit: Exit) -> String {
    let line = serde_json::json!({
        "event": "finished",
        "format": crate::plan::FORMAT,
        "exit": exit.code(),
        "done": 0,
        "failed": 0,
        "notTried": 0,
        "took_ms": 0,
        "verification": null,
    });
    format!("{line}\n")
}
