//! The questions, in their order.

mod access;
mod basics;
mod deploy;
mod environments;
mod service;
mod source;

use super::question::{Question, QuestionKind};
use super::state::{Known, Step};
use crate::blueprint::Key;

/// The next question, or what to look up before it; nothing when all is said.
pub(super) fn next(known: &Known<'_>) -> Option<Step> {
    basics::next(known)
        .or_else(|| source::next(known))
        .or_else(|| environments::next(known))
        .or_else(|| deploy::next(known))
        .or_else(|| basics::last(known))
}

fn ask(question: Question) -> Option<Step> {
    Some(Step::Ask(Box::new(question)))
}

/// A text that must be there.
fn text(known: &Known<'_>, key: Key, prompt: impl Into<String>, help: &str, default: Option<String>) -> Option<Step> {
    if known.settled(&key) {
        return None;
    }
    ask(Question::of(known.draft(), key, prompt, QuestionKind::Text { optional: false })
        .help(help)
        .default(default))
}

/// A text that may be left out.
fn optional(known: &Known<'_>, key: Key, prompt: impl Into<String>, help: &str) -> Option<Step> {
    if known.settled(&key) {
        return None;
    }
    ask(Question::of(known.draft(), key, prompt, QuestionKind::Text { optional: true }).help(help))
}
