//! `crosspipe policy check FILE...`.

use std::path::PathBuf;

use clap::Args as ClapArgs;
use serde_json::json;

use super::input;
use crate::cli::exit::{Exit, Failure};
use crate::cli::flow;
use crate::policy::{self, Kind, Problem, Severity, line_and_column, locate};
use crate::ui::{Style, Tone, without_controls};

/// Say what AWS would refuse in documents, and what is hardly meant
#[derive(Debug, ClapArgs)]
#[command(
    long_about = "Reads policy documents and says, with the place, what AWS would refuse (error) and what is legal but hardly meant (suspicion): unknown actions and condition keys, actions on resources that they never apply to, conditions that never or always hold. Touches no account.",
    after_help = "Examples:\n  crosspipe policy check policy.json\n  crosspipe policy check --kind key-policy --json key.json\n\nExit code 3 where something was found, 0 where nothing was."
)]
pub struct Args {
    /// The files; - is stdin
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// What the documents are; told from their elements if it is not said
    #[arg(long, value_name = "KIND", value_parser = kind)]
    kind: Option<Kind>,
    /// Print one JSON object per file
    #[arg(long)]
    json: bool,
}

fn kind(text: &str) -> Result<Kind, String> {
    serde_json::from_value(json!(text)).map_err(|_| {
        let known: Vec<String> = Kind::ALL
            .iter()
            .filter_map(|kind| serde_json::to_value(kind).ok()?.as_str().map(str::to_owned))
            .collect();
        format!("known are {}", known.join(", "))
    })
}

/// What was found in a file.
struct Findings {
    file: String,
    text: String,
    kind: Kind,
    problems: Vec<Problem>,
}

/// Checks every file.
pub(super) fn run(args: &Args) -> Result<Exit, Failure> {
    let mut any = false;
    let mut out = String::new();
    for path in &args.files {
        let text = input::text(path)?;
        let (kind, problems) = policy::review_text(&text, args.kind);
        any = any || !problems.is_empty();
        let mut findings = Findings {
            file: input::name(path),
            text,
            kind,
            problems,
        };
        findings.sort();
        out.push_str(&if args.json {
            findings.json()
        } else {
            without_controls(&findings.told(Style::of_stdout()))
        });
    }
    flow::print_bytes(out.as_bytes())?;
    Ok(if any { Exit::Findings } else { Exit::Done })
}

impl Findings {
    /// Errors first, each in the order of the text.
    fn sort(&mut self) {
        let mut problems = std::mem::take(&mut self.problems);
        problems.sort_by_cached_key(|problem| (problem.severity, self.place(problem)));
        self.problems = problems;
    }

    fn place(&self, problem: &Problem) -> (usize, usize) {
        // An element that is missing is told at the place where it should be, so the way up may help.
        let mut pointer = problem.place.as_str();
        loop {
            if let Some(range) = locate(&self.text, pointer) {
                return line_and_column(&self.text, range.start);
            }
            match pointer.rsplit_once('/') {
                Some((outer, _)) => pointer = outer,
                None => return (1, 1),
            }
        }
    }

    fn told(&self, style: Style) -> String {
        if self.problems.is_empty() {
            return format!(
                "{} {}: nothing found in {}\n",
                style.yes(),
                self.file,
                self.kind.name()
            );
        }
        let mut out = String::new();
        for problem in &self.problems {
            let (line, column) = self.place(problem);
            let word = match problem.severity {
                Severity::Error => style.paint(Tone::Bad, "error"),
                Severity::Suspicion => style.paint(Tone::Notice, "suspicion"),
            };
            out.push_str(&format!(
                "{}:{line}:{column}: {word}: {problem}\n",
                self.file
            ));
        }
        let errors = self
            .problems
            .iter()
            .filter(|problem| problem.severity == Severity::Error)
            .count();
        let suspicions = self.problems.len().saturating_sub(errors);
        out.push_str(&format!(
            "{}: {} and {} in {}\n",
            self.file,
            flow::count(errors, "error"),
            flow::count(suspicions, "suspicion"),
            self.kind.name(),
        ));
        out
    }

    fn json(&self) -> String {
        let problems: Vec<_> = self
            .problems
            .iter()
            .map(|problem| {
                let (line, column) = self.place(problem);
                json!({
                    "severity": problem.severity,
                    "rule": problem.rule,
                    "place": problem.place,
                    "line": line,
                    "column": column,
                    "message": problem.message,
                })
            })
            .collect();
        format!(
            "{}\n",
            json!({"version": 1, "file": self.file, "kind": self.kind, "problems": problems})
        )
    }
}
