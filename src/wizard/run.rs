//! The driver: asks until nothing is missing, goes back, gives up, and hands over what was said.

use std::collections::BTreeMap;

use crate::blueprint::edit::{self, EditError};
use crate::blueprint::{Blueprint, BlueprintErrors, Draft, Origin, write_new};

use super::ask;
use super::ground::{Found, Ground};
use super::prompter::{Note, NoteKind, Prompter, Reply};
use super::question::{Question, QuestionKind};
use super::state::{Known, State, Step};
use super::summary::summary;

/// How the questions are asked.
#[derive(Debug, Clone, Default)]
pub struct WizardOptions {
    /// Whether the accounts are those of the sandbox: nothing is at risk, so every question has a
    /// default.
    pub sandbox: bool,
    /// The Region that the shell is set to, as a default.
    pub region: Option<String>,
    /// A name for the application that can be guessed, as a default.
    pub application: Option<String>,
}

/// A question that nobody answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unanswered {
    /// The question.
    pub prompt: String,
    /// The key of `crosspipe.toml` that answers it.
    pub key: String,
    /// The flag that answers it.
    pub flag: String,
}

/// Why there is no blueprint.
#[derive(Debug, thiserror::Error)]
pub enum WizardError {
    /// The person left. Nothing was written.
    #[error("cancelled: nothing was written")]
    Cancelled,
    /// Nobody was there to answer, and there are no defaults.
    #[error("{}", missing(.0))]
    Missing(Vec<Unanswered>),
    /// What was there from the start is wrong.
    #[error(transparent)]
    Invalid(BlueprintErrors),
    /// The terminal failed.
    #[error("the question could not be asked: {0}")]
    Terminal(String),
    /// The file could not be changed.
    #[error("crosspipe.toml cannot be changed: {0}")]
    Edit(#[from] EditError),
}

fn missing(questions: &[Unanswered]) -> String {
    let mut text = match questions.len() {
        1 => "1 answer is missing and nobody is there to give it:".to_owned(),
        count => format!("{count} answers are missing and nobody is there to give them:"),
    };
    for question in questions {
        text.push_str(&format!("\n  {}  or  {} in crosspipe.toml", question.flag, question.key));
    }
    text
}

/// What came of the questions.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The blueprint.
    pub blueprint: Blueprint,
    /// The text for `crosspipe.toml`: a new one, or the old one with the answers in it.
    pub text: String,
    /// Whether that differs from what the file holds.
    pub changed: bool,
    /// All answers on one page.
    pub summary: Vec<(String, String)>,
    /// How many questions were asked.
    pub asked: usize,
}

/// Asks for everything that a draft lacks. The draft holds what is known from a file and from flags;
/// nothing is written here.
///
/// # Errors
/// See [`WizardError`].
pub async fn run(
    draft: Draft,
    prompter: &mut dyn Prompter,
    ground: &mut dyn Ground,
    options: &WizardOptions,
) -> Result<Outcome, WizardError> {
    let wrong = draft.errors();
    if !wrong.is_empty() {
        return Err(WizardError::Invalid(draft.bundle(wrong)));
    }
    let mut state = State {
        draft,
        answers: BTreeMap::new(),
        unanswered: Vec::new(),
    };
    let mut found = Found::default();
    let mut history: Vec<State> = Vec::new();
    let mut last: BTreeMap<String, String> = BTreeMap::new();
    let mut asked = 0;
    loop {
        let step = ask::next(&Known {
            state: &state,
            found: &found,
            options,
        });
        let mut question = match step {
            Some(Step::Look(wanted)) => {
                prompter.tell(&note(
                    NoteKind::Working,
                    format!("Looking for {} in {}", wanted.what(), wanted.site()),
                ));
                if let Some(text) = found.look(&wanted, &state.draft, ground).await {
                    prompter.tell(&note(NoteKind::Warning, text));
                }
                continue;
            }
            Some(Step::Ask(question)) => *question,
            None => {
                let blueprint = finished(&state)?;
                let summary = summary(&blueprint);
                if history.is_empty() {
                    return outcome(&state, blueprint, summary, asked);
                }
                for warning in state.draft.suspicions() {
                    prompter.tell(&note(NoteKind::Warning, format!("{}.", sentence(&warning.message))));
                }
                prompter.show(&summary);
                match prompter.ask(&last_question(&state.draft)) {
                    Reply::Answer(answer) if answer == "yes" => {
                        return outcome(&state, blueprint, summary, asked);
                    }
                    Reply::Back => {
                        if let Some(before) = history.pop() {
                            state = before;
                        }
                    }
                    Reply::Failed(why) => return Err(WizardError::Terminal(why)),
                    Reply::Answer(_) | Reply::Cancel | Reply::Unanswered => return Err(WizardError::Cancelled),
                }
                continue;
            }
        };
        // What was answered before is offered again; a default that cannot be taken is none.
        if let Some(answer) = last.get(&question.id) {
            question.default = Some(answer.clone()).filter(|answer| !answer.is_empty());
        }
        if question.default.as_ref().is_some_and(|default| question.check(default).is_err()) {
            question.default = None;
        }
        match prompter.ask(&question) {
            Reply::Answer(answer) => {
                let answer = answer.trim().to_owned();
                match question.settle(&answer) {
                    Ok(after) => {
                        asked += 1;
                        last.insert(question.id.clone(), answer.clone());
                        history.push(state.clone());
                        accept(&mut state, &question, &answer, after, prompter);
                    }
                    Err(complaint) => {
                        prompter.tell(&note(NoteKind::Warning, format!("{}.", sentence(&complaint.to_string()))));
                    }
                }
            }
            Reply::Back => match history.pop() {
                Some(before) => state = before,
                None => prompter.tell(&note(
                    NoteKind::Fact,
                    "This is the first question; Ctrl-C leaves without writing anything.".to_owned(),
                )),
            },
            Reply::Cancel => return Err(WizardError::Cancelled),
            Reply::Unanswered => {
                state.unanswered.push(Unanswered {
                    prompt: question.prompt.clone(),
                    key: question.key.clone(),
                    flag: question.flag.clone(),
                });
                state.answers.insert(question.id.clone(), String::new());
            }
            Reply::Failed(why) => return Err(WizardError::Terminal(why)),
        }
    }
}

fn accept(state: &mut State, question: &Question, answer: &str, after: Draft, prompter: &mut dyn Prompter) {
    let known: Vec<String> = state.draft.early_suspicions().into_iter().map(|it| it.message).collect();
    state.draft = after;
    state.answers.insert(question.id.clone(), answer.to_owned());
    let warnings = question.choice(answer).map(|choice| choice.warnings.as_slice()).unwrap_or_default();
    for warning in warnings {
        prompter.tell(&note(NoteKind::Warning, warning.clone()));
    }
    for suspicion in state.draft.early_suspicions() {
        if !known.contains(&suspicion.message) {
            prompter.tell(&note(NoteKind::Warning, format!("{}.", sentence(&suspicion.message))));
        }
    }
}

fn finished(state: &State) -> Result<Blueprint, WizardError> {
    if !state.unanswered.is_empty() {
        return Err(WizardError::Missing(state.unanswered.clone()));
    }
    state.draft.finish().map_err(WizardError::Invalid)
}

fn outcome(
    state: &State,
    blueprint: Blueprint,
    summary: Vec<(String, String)>,
    asked: usize,
) -> Result<Outcome, WizardError> {
    let text = match state.draft.file_text() {
        None => write_new(&blueprint),
        Some(text) => edit::set_all(
            text,
            state
                .draft
                .in_order()
                .into_iter()
                .filter(|(_, entry)| !matches!(entry.origin, Origin::File { .. }))
                .map(|(key, entry)| (key, &entry.value)),
        )?,
    };
    let changed = state.draft.file_text() != Some(text.as_str());
    Ok(Outcome {
        blueprint,
        text,
        changed,
        summary,
        asked,
    })
}

fn last_question(draft: &Draft) -> Question {
    Question::new(draft, "write", "Write this to crosspipe.toml?", QuestionKind::Confirm)
        .help("nothing is changed at AWS by this")
        .default(Some("yes"))
}

fn note(kind: NoteKind, text: String) -> Note {
    Note { kind, text }
}

/// A message without its final stop, to be put into a sentence.
fn sentence(message: &str) -> String {
    message.trim_end_matches('.').to_owned()
}
