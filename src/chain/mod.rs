//! What one run of a pipeline asks of every account, step by step.
//!
//! [`needs`] is given a pipeline, and what is at hand beside it, and lists every request that AWS decides
//! while a push becomes running tasks: who makes it, on what, in which context, why it is needed, and what
//! AWS prints where it is refused. It is written once: the sandbox carries the list out, and an audit proves
//! it. Pure: nothing is read, and nothing panics, whatever is handed in.
//!
//! What is not at hand is not guessed. Where a document is missing, the requests that only it could name are
//! missing from the list, and [`Listing::gaps`] says so.

mod need;
mod refusal;
mod run;

pub use need::{Actor, Confidence, Need, Session, Step, Who};
pub use refusal::{ActionError, Refusal, Shown};
pub use run::{Beside, Bucket, Moment, Place, Registry, Run, Trigger};

/// The needs of a run, and what could not be listed.
#[derive(Debug, Clone, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Listing {
    /// Every request, in the order of the run.
    pub needs: Vec<Need>,
    /// What could not be listed, and why: one sentence each.
    pub gaps: Vec<Gap>,
}

/// Something that the list is without.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Gap {
    /// The action that it belongs to; `None` for what comes before the first one.
    pub place: Option<Place>,
    /// What is missing, and what is therefore not listed.
    pub why: String,
}

/// Every request of one run, in order.
pub fn needs(run: &Run) -> Vec<Need> {
    list(run).needs
}

/// The same, with what could not be listed.
pub fn list(_run: &Run) -> Listing {
    Listing::default()
}

/// What makes the run start: the trigger's requests.
pub fn trigger(_run: &Run) -> Listing {
    Listing::default()
}

/// The requests of one action, in order. Empty where the pipeline has no such action.
pub fn action(_run: &Run, _place: &Place) -> Listing {
    Listing::default()
}
