//! One question, as data.

use std::fmt;
use std::sync::Arc;

use crate::blueprint::{Draft, Key, Origin, Problem, Value};
use crate::ident::EnvironmentName;

/// Why an answer cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Complaint {
    /// What is wrong: why.
    pub message: String,
    /// What to type instead; may be empty.
    pub help: String,
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        // Only the first line: the rest of a longer help has no room below a prompt.
        match self.help.lines().next().map(|line| line.trim_end_matches(':')) {
            None | Some("") => Ok(()),
            Some(help) => {
                let mut letters = help.chars();
                let first = letters.next().map(|c| c.to_ascii_uppercase()).unwrap_or_default();
                write!(f, ". {first}{}", letters.as_str())
            }
        }
    }
}

/// A choice of a question.
#[derive(Debug, Clone, PartialEq)]
pub struct Choice {
    /// What an answer says to choose it.
    pub value: String,
    /// What it is called.
    pub label: String,
    /// What it means, in a few words; may be empty.
    pub explanation: String,
    /// What it settles.
    pub(super) sets: Vec<(Key, Value)>,
    /// What should be known of it once it is chosen.
    pub(super) warnings: Vec<String>,
}

impl Choice {
    pub(super) fn new(value: &str, label: &str, explanation: impl Into<String>) -> Self {
        Self {
            value: value.to_owned(),
            label: label.to_owned(),
            explanation: explanation.into(),
            sets: Vec::new(),
            warnings: Vec::new(),
        }
    }

    pub(super) fn sets(mut self, key: Key, value: impl Into<Value>) -> Self {
        self.sets.push((key, value.into()));
        self
    }
}

/// How a question is answered.
#[derive(Debug, Clone, PartialEq)]
pub enum QuestionKind {
    /// By typing. An empty answer is taken where the question is optional.
    Text {
        /// Whether nothing may be answered.
        optional: bool,
    },
    /// By choosing one of a few.
    Select {
        /// What there is to choose from.
        choices: Vec<Choice>,
    },
    /// By yes or no (`yes`, `no`).
    Confirm,
}

/// What an answer settles, besides what a choice says.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Target {
    /// A key of the blueprint.
    Key(Key),
    /// The names of the environments.
    Environments,
    /// Only the course of the questions.
    Nothing,
}

/// A question. Which key of `crosspipe.toml` and which flag it can be answered with instead is part
/// of it.
#[derive(Debug, Clone)]
pub struct Question {
    /// Tells it apart from all others, for example `environment.dev.account`.
    pub id: String,
    /// The key of `crosspipe.toml`.
    pub key: String,
    /// The flag, for example `--account dev=ID`.
    pub flag: String,
    /// The question.
    pub prompt: String,
    /// A line of help; may be empty.
    pub help: String,
    /// What is taken when nothing is typed: a text, a choice's value, `yes` or `no`.
    pub default: Option<String>,
    /// How it is answered.
    pub kind: QuestionKind,
    pub(super) target: Target,
    pub(super) also: Vec<(Key, Value)>,
    draft: Arc<Draft>,
}

impl Question {
    pub(super) fn new(draft: &Draft, id: impl Into<String>, prompt: impl Into<String>, kind: QuestionKind) -> Self {
        Self {
            id: id.into(),
            key: String::new(),
            flag: String::new(),
            prompt: prompt.into(),
            help: String::new(),
            default: None,
            kind,
            target: Target::Nothing,
            also: Vec::new(),
            draft: Arc::new(draft.clone()),
        }
    }

    /// A question for one key.
    pub(super) fn of(draft: &Draft, key: Key, prompt: impl Into<String>, kind: QuestionKind) -> Self {
        let mut question = Self::new(draft, key.to_string(), prompt, kind);
        question.key = key.to_string();
        question.flag = key.flag();
        if matches!(question.kind, QuestionKind::Text { .. }) {
            question.target = Target::Key(key);
        }
        question
    }

    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = help.into();
        self
    }

    pub(super) fn default(mut self, default: Option<impl Into<String>>) -> Self {
        self.default = default.map(Into::into);
        self
    }

    pub(super) fn answered_by(mut self, key: impl Into<String>, flag: impl Into<String>) -> Self {
        self.key = key.into();
        self.flag = flag.into();
        self
    }

    /// Whether nothing may be answered.
    pub fn is_optional(&self) -> bool {
        matches!(self.kind, QuestionKind::Text { optional: true })
    }

    /// The choice that an answer names.
    pub fn choice(&self, answer: &str) -> Option<&Choice> {
        match &self.kind {
            QuestionKind::Select { choices } => choices.iter().find(|choice| choice.value == answer),
            _ => None,
        }
    }

    /// What an answer looks like to a person.
    pub fn shown(&self, answer: &str) -> String {
        match self.choice(answer) {
            Some(choice) => choice.label.clone(),
            None => answer.to_owned(),
        }
    }

    /// Whether an answer can be taken: by itself, and with everything that has been said before.
    ///
    /// # Errors
    /// Why not.
    pub fn check(&self, answer: &str) -> Result<(), Complaint> {
        self.settle(answer).map(drop)
    }

    /// The draft with an answer in it.
    pub(super) fn settle(&self, answer: &str) -> Result<Draft, Complaint> {
        let answer = answer.trim();
        let mut after = (*self.draft).clone();
        match &self.kind {
            QuestionKind::Confirm => {
                if answer != "yes" && answer != "no" {
                    return Err(complaint("the answer is yes or no"));
                }
            }
            QuestionKind::Select { .. } => {
                let choice = self
                    .choice(answer)
                    .ok_or_else(|| complaint(format!("'{answer}' is not one of the choices")))?;
                for (key, value) in &choice.sets {
                    after.set(key.clone(), value.clone(), Origin::Answer);
                }
            }
            QuestionKind::Text { optional } => {
                if answer.is_empty() {
                    return if *optional {
                        Ok(after)
                    } else {
                        Err(complaint("an answer is needed here"))
                    };
                }
                match &self.target {
                    Target::Key(key) => after
                        .set_typed(key.clone(), answer, Origin::Answer)
                        .map_err(complaint)?,
                    Target::Environments => {
                        for name in environments(answer)? {
                            after.add_environment(name);
                        }
                    }
                    Target::Nothing => {}
                }
            }
        }
        for (key, value) in &self.also {
            after.set(key.clone(), value.clone(), Origin::Answer);
        }
        let known = self.draft.problems();
        let new = after
            .problems()
            .into_iter()
            .find(|problem| !known.iter().any(|old| old.message == problem.message));
        match new {
            Some(Problem { message, help, .. }) => Err(Complaint { message, help }),
            None => Ok(after),
        }
    }
}

fn complaint(message: impl Into<String>) -> Complaint {
    Complaint {
        message: message.into(),
        help: String::new(),
    }
}

fn environments(answer: &str) -> Result<Vec<EnvironmentName>, Complaint> {
    let mut names: Vec<EnvironmentName> = Vec::new();
    for word in answer.split([',', ' ']).filter(|word| !word.is_empty()) {
        let name = EnvironmentName::parse(word).map_err(|error| Complaint {
            message: format!("'{word}': {error}"),
            help: error
                .suggestion
                .map(|better| format!("Did you mean '{better}'?"))
                .unwrap_or_default(),
        })?;
        if names.contains(&name) {
            return Err(complaint(format!("'{name}' is named twice")));
        }
        names.push(name);
    }
    if names.is_empty() {
        return Err(complaint("at least one environment is needed"));
    }
    Ok(names)
}
