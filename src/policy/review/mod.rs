//! What is legal in a document, but hardly meant, going by what is known of the actions.
//!
//! Everything here is a [suspicion](super::Severity::Suspicion): the data may be older than AWS, and
//! AWS takes all of it. [`check`](super::check()) says what AWS refuses and needs no data.

mod actions;
mod conditions;
mod grants;
mod known;
mod resources;
mod trust;
mod values;
mod view;

use serde_json::Value;

use super::check::check;
use super::limits::Kind;
use super::problem::{Problem, Rule};
use super::read::{parse, parse_text};
use known::Known;
use view::{Spot, Statement, View};

/// What is wrong with a document of a kind, and what is suspicious in it: what [`check`] finds, and
/// what only shows once the actions are known. The data of the services that the document names is
/// decoded for it, so it belongs where a person asks, not where every document passes.
///
/// Errors come first. A document that cannot be parsed is not looked at any further.
pub fn review(value: &Value, kind: Kind) -> Vec<Problem> {
    let mut problems = check(value, kind);
    if let Ok(document) = parse(value) {
        let view = View::new(value, &document);
        let mut reviewer = Reviewer {
            kind,
            known: Known::default(),
            problems: &mut problems,
        };
        for statement in &view.statements {
            reviewer.statement(statement);
        }
    }
    problems.sort_by_key(|problem| problem.severity);
    problems
}

struct Reviewer<'a> {
    kind: Kind,
    known: Known,
    problems: &'a mut Vec<Problem>,
}

impl Reviewer<'_> {
    fn statement(&mut self, statement: &Statement<'_>) {
        self.actions(statement);
        self.repeated(statement);
        self.resources(statement);
        self.conditions(statement);
        self.values(statement);
        if self.kind.grants() {
            self.grants(statement);
        }
        if self.kind == Kind::Trust {
            self.trust(statement);
        }
    }

    fn suspect(&mut self, spot: &Spot<'_>, rule: Rule, message: impl Into<String>) {
        self.problems
            .push(spot.place().suspicion(message).under(rule));
    }
}

/// Texts in a sentence, the first few of them: `"a", "b" and 3 more`.
fn listed<T: AsRef<str>>(texts: &[T]) -> String {
    const MOST: usize = 3;
    let shown: Vec<&str> = texts.iter().take(MOST).map(AsRef::as_ref).collect();
    let rest = texts.len().saturating_sub(shown.len());
    match (shown.split_last(), rest) {
        (None, _) => String::new(),
        (Some((last, [])), 0) => (*last).to_owned(),
        (Some((last, firsts)), 0) => format!("{} and {last}", firsts.join(", ")),
        _ => format!("{} and {rest} more", shown.join(", ")),
    }
}

/// The same for the JSON text of a document, where an element may also be written twice. Without a kind it
/// is [guessed](Kind::guess). Says which kind it was taken for.
pub fn review_text(text: &str, kind: Option<Kind>) -> (Kind, Vec<Problem>) {
    let of_text = parse_text(text).err().unwrap_or_default();
    let Ok(value) = serde_json::from_str::<Value>(text) else {
        return (kind.unwrap_or(Kind::Identity), of_text);
    };
    let kind = kind.unwrap_or_else(|| Kind::guess(&value));
    let mut problems = review(&value, kind);
    // A JSON value has each element once, so only the text shows what is written twice.
    for problem in of_text {
        if !problems.contains(&problem) {
            problems.push(problem);
        }
    }
    problems.sort_by_key(|problem| problem.severity);
    (kind, problems)
}
