//! What is known between two questions.

use std::collections::BTreeMap;

use crate::blueprint::{Draft, Key, Origin, Table};
use crate::ident::EnvironmentName;

use super::ground::{Found, Wanted};
use super::question::Question;
use super::run::{Unanswered, WizardOptions};

/// What has been said, and which questions have been asked.
#[derive(Debug, Clone)]
pub(super) struct State {
    pub(super) draft: Draft,
    /// The answers by question, those that settle no key included.
    pub(super) answers: BTreeMap<String, String>,
    /// The questions that nobody answered.
    pub(super) unanswered: Vec<Unanswered>,
}

/// What the questions depend on.
pub(super) struct Known<'a> {
    pub(super) state: &'a State,
    pub(super) found: &'a Found,
    pub(super) options: &'a WizardOptions,
}

/// What comes next.
#[derive(Debug)]
pub(super) enum Step {
    Ask(Box<Question>),
    Look(Wanted),
}

impl<'a> Known<'a> {
    pub(super) fn draft(&self) -> &'a Draft {
        &self.state.draft
    }

    /// Whether a question has been asked.
    pub(super) fn asked(&self, id: &str) -> bool {
        self.state.answers.contains_key(id)
    }

    /// What was answered to a question.
    pub(super) fn answer(&self, id: &str) -> Option<&'a str> {
        self.state.answers.get(id).map(String::as_str)
    }

    /// Whether a choice was offered and nobody made it, so that its details are not asked for either.
    pub(super) fn skipped(&self, id: &str) -> bool {
        self.answer(id) == Some("")
    }

    /// Whether nothing needs to be asked about a key any more.
    pub(super) fn settled(&self, key: &Key) -> bool {
        self.draft().has(key) || self.asked(&key.to_string())
    }

    /// Whether a key is in the file.
    pub(super) fn in_file(&self, key: &Key) -> bool {
        self.draft()
            .entries()
            .any(|(other, entry)| other == key && matches!(entry.origin, Origin::File { .. }))
    }

    /// Whether what is optional should be asked for at the top level: not for a file, where leaving
    /// it out was the answer.
    pub(super) fn asks_options(&self) -> bool {
        !self.draft().has_file()
    }

    /// Likewise for an account that the file describes.
    pub(super) fn asks_options_of(&self, environment: &EnvironmentName, table: fn(&EnvironmentName, &str) -> Key, key: &str) -> bool {
        !self.in_file(&table(environment, key))
    }

    /// Whether nobody answered the question for a key, so that whatever depends on it is not asked.
    pub(super) fn given_up(&self, key: &Key) -> bool {
        self.asked(&key.to_string()) && !self.draft().has(key)
    }

    /// A key of `[source]`.
    pub(super) fn source(name: &str) -> Key {
        Key::new(Table::Source, name)
    }
}
