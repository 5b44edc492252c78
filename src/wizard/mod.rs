//! The questions of `bootstrap`, asked through a trait: nothing here knows a terminal or AWS.
//!
//! The questions are a function of what is known: [`ask::next`] looks at the draft and answers the
//! next question, or what should be looked up first. The driver ([`run`]) keeps what was known
//! before each question, so that going back is going back to a value.

mod ask;
mod ground;
mod prompter;
mod question;
mod run;
mod state;
mod summary;

#[cfg(test)]
mod tests;

pub use ground::{Ground, NoGround};
pub use prompter::{Defaults, Note, NoteKind, Prompter, Reply, ScriptedPrompter, Taken};
pub use question::{Choice, Complaint, Question, QuestionKind};
pub use run::{Outcome, Unanswered, WizardError, WizardOptions, run};
pub use summary::summary;
