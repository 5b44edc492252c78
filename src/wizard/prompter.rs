//! Who answers the questions: a person, a script, or the defaults.

use std::collections::VecDeque;

use super::question::Question;

/// What came of a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// An answer: a text, a choice's value, `yes` or `no`.
    Answer(String),
    /// Back to the question before.
    Back,
    /// Leave everything as it was.
    Cancel,
    /// Nobody is there to answer, and there is no default.
    Unanswered,
    /// The terminal failed: why.
    Failed(String),
}

/// Something to be said between two questions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// What kind of thing it is.
    pub kind: NoteKind,
    /// One or more sentences.
    pub text: String,
}

/// The kinds of notes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoteKind {
    /// What is being waited for.
    Working,
    /// What was found or decided.
    Fact,
    /// What may be wrong.
    Warning,
}

/// Whoever answers the questions.
pub trait Prompter {
    /// Asks. An answer that [`Question::check`] refuses is asked for again.
    fn ask(&mut self, question: &Question) -> Reply;

    /// Says something between two questions.
    fn tell(&mut self, note: &Note);

    /// Shows all answers before the last question.
    fn show(&mut self, summary: &[(String, String)]);
}

/// A default that was taken without asking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// The question.
    pub prompt: String,
    /// The key of `crosspipe.toml`.
    pub key: String,
    /// The flag that would have said something else.
    pub flag: String,
    /// What was taken, as a person reads it.
    pub value: String,
}

/// Takes every default and keeps a record: for `--yes`, and where there is no terminal.
#[derive(Debug, Default)]
pub struct Defaults {
    /// What was taken, in order.
    pub taken: Vec<Taken>,
    /// What was said.
    pub notes: Vec<Note>,
}

impl Prompter for Defaults {
    fn ask(&mut self, question: &Question) -> Reply {
        match &question.default {
            Some(default) => {
                if !question.key.is_empty() {
                    self.taken.push(Taken {
                        prompt: question.prompt.clone(),
                        key: question.key.clone(),
                        flag: question.flag.clone(),
                        value: question.shown(default),
                    });
                }
                Reply::Answer(default.clone())
            }
            None if question.is_optional() => Reply::Answer(String::new()),
            None => Reply::Unanswered,
        }
    }

    fn tell(&mut self, note: &Note) {
        if note.kind != NoteKind::Working {
            self.notes.push(note.clone());
        }
    }

    fn show(&mut self, _summary: &[(String, String)]) {}
}

/// Answers from a list, and writes down everything that it sees. When the list is at its end it
/// cancels.
#[derive(Debug, Default)]
pub struct ScriptedPrompter {
    replies: VecDeque<(Option<String>, Reply)>,
    /// Everything that was asked, answered and said, one line each.
    pub transcript: Vec<String>,
}

impl ScriptedPrompter {
    /// A script.
    pub fn new() -> Self {
        Self::default()
    }

    /// The next answer, whatever the question.
    pub fn answer(mut self, text: &str) -> Self {
        self.replies.push_back((None, Reply::Answer(text.to_owned())));
        self
    }

    /// The next answer, which must be to this question; another question cancels.
    pub fn answer_to(mut self, id: &str, text: &str) -> Self {
        self.replies
            .push_back((Some(id.to_owned()), Reply::Answer(text.to_owned())));
        self
    }

    /// Takes the default of the next question.
    pub fn enter(self) -> Self {
        self.answer("\n")
    }

    /// Goes back.
    pub fn back(mut self) -> Self {
        self.replies.push_back((None, Reply::Back));
        self
    }

    /// Cancels.
    pub fn cancel(mut self) -> Self {
        self.replies.push_back((None, Reply::Cancel));
        self
    }
}

impl Prompter for ScriptedPrompter {
    fn ask(&mut self, question: &Question) -> Reply {
        let default = question
            .default
            .as_ref()
            .map(|default| format!(" ({default})"))
            .unwrap_or_default();
        let (expected, reply) = self.replies.pop_front().unwrap_or((None, Reply::Cancel));
        let reply = match (expected, reply) {
            (Some(expected), _) if expected != question.id => {
                self.transcript
                    .push(format!("! expected the question {expected}, got {}", question.id));
                Reply::Cancel
            }
            (_, Reply::Answer(text)) if text == "\n" => match &question.default {
                Some(default) => Reply::Answer(default.clone()),
                None => Reply::Answer(String::new()),
            },
            (_, reply) => reply,
        };
        let shown = match &reply {
            Reply::Answer(text) => question.shown(text),
            Reply::Back => "<back>".to_owned(),
            Reply::Cancel => "<cancel>".to_owned(),
            Reply::Unanswered => "<unanswered>".to_owned(),
            Reply::Failed(why) => format!("<{why}>"),
        };
        self.transcript
            .push(format!("? {}{default} {shown}", question.prompt));
        if let Reply::Answer(text) = &reply
            && let Err(complaint) = question.check(text)
        {
            self.transcript.push(format!("# {complaint}"));
        }
        reply
    }

    fn tell(&mut self, note: &Note) {
        let sign = match note.kind {
            NoteKind::Working => "...",
            NoteKind::Fact => "-",
            NoteKind::Warning => "!",
        };
        self.transcript.push(format!("{sign} {}", note.text));
    }

    fn show(&mut self, summary: &[(String, String)]) {
        for (label, value) in summary {
            self.transcript.push(format!("  {label}: {value}"));
        }
    }
}
