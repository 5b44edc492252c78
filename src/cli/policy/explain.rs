//! `crosspipe policy explain FILE`.

use std::path::PathBuf;

use clap::Args as ClapArgs;

use super::input;
use crate::cli::exit::{Exit, Failure};
use crate::cli::flow;
use crate::policy::actions::{self, Reach};
use crate::policy::case::{CaseError, read_case};
use crate::policy::{Problem, Request, line_and_column, locate, prove};
use crate::ui::{Complaint, ProofView, Style, without_controls};

/// Show why AWS would answer one case as it does
#[derive(Debug, ClapArgs)]
#[command(
    long_about = "Answers one case, in the format of `crosspipe policy evaluate`, for a person: a short tree of the layers, and the deciding statement as it stands in the file. Touches no account.",
    after_help = "Examples:\n  crosspipe policy explain case.json\n  crosspipe policy explain cases.jsonl --line 7\n\nExit code 0 also where the request is denied."
)]
pub struct Args {
    /// The file with the case; - is stdin
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The line of a file that has one case per line
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    line: Option<u64>,
}

/// Prints the proof.
pub(super) fn run(args: &Args) -> Result<Exit, Failure> {
    let whole = input::text(&args.file)?;
    let name = input::name(&args.file);
    let (text, first_line) = match args.line {
        None => (whole.as_str(), 1),
        Some(number) => {
            let index = usize::try_from(number.saturating_sub(1)).unwrap_or(usize::MAX);
            let line = whole.lines().nth(index).ok_or_else(|| {
                Failure::usage(Complaint::new(format!(
                    "{name} has no line {number}: it has {}",
                    whole.lines().count()
                )))
            })?;
            (line, index.saturating_add(1))
        }
    };
    let case = read_case(text).map_err(|error| refused(&error, &name, text, args.line))?;
    let proof = prove(&case.policies, &case.request);
    let notes = notes(&case.request);
    let view = ProofView {
        notes: &notes,
        case: &case,
        proof: &proof,
        file: &name,
        text,
        first_line,
    };
    flow::print_bytes(without_controls(&view.text(Style::of_stdout())).as_bytes())
}

/// What is odd about a request, by what is known of its action.
fn notes(request: &Request) -> Vec<String> {
    let name = request.action();
    let Some(action) = actions::action(name) else {
        let nearest = actions::nearest(name)
            .map_or_else(String::new, |nearest| format!("; did you mean {nearest}?"));
        return vec![format!("no action {name} is known{nearest}")];
    };
    let resource = request.resource().unwrap_or("*");
    let about = || {
        let forms: Vec<&str> = action
            .resource_types()
            .flat_map(|takes| takes.resource.arns.iter().map(String::as_str))
            .collect();
        forms.join(" or ")
    };
    match actions::matches_resource_type(&action, resource) {
        Reach::Nothing => vec![format!(
            "{name} is asked on {}; {resource} is none",
            about()
        )],
        Reach::OnlyEverything => vec![format!(
            "{name} is about no resource, so AWS asks it on *, which only \"Resource\": \"*\" matches"
        )],
        Reach::Everything | Reach::Types(_) | Reach::Unclear => Vec::new(),
    }
}

fn refused(error: &CaseError, name: &str, text: &str, line: Option<u64>) -> Failure {
    let mut complaint = match error.problems.as_slice() {
        [only] => Complaint::new(format!("{name} is no case: {}", placed(only, text))),
        many => many.iter().fold(
            Complaint::new(format!(
                "{name} is no case: {} things are wrong",
                many.len()
            )),
            |complaint, problem| complaint.detail(placed(problem, text)),
        ),
    };
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    let several = line.is_none()
        && lines.clone().count() > 1
        && lines
            .take(2)
            .all(|line| serde_json::from_str::<serde::de::IgnoredAny>(line).is_ok());
    complaint = complaint.help(if several {
        "it has one case per line: choose one with --line N, or answer all with `crosspipe policy evaluate`"
    } else {
        "`crosspipe policy evaluate --help` shows what a case is made of"
    });
    Failure::usage(complaint)
}

fn placed(problem: &Problem, text: &str) -> String {
    match locate(text, &problem.place).filter(|_| !problem.place.is_empty()) {
        Some(range) => {
            let (line, _) = line_and_column(text, range.start);
            format!("line {line}: {problem}")
        }
        None => problem.to_string(),
    }
}
