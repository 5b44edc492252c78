//! What one run of a pipeline asks of every account, step by step.
//!
//! [`needs`] is given a pipeline, and what is at hand beside it, and lists every request that AWS decides
//! while a push becomes running tasks: who makes it, on what, in which context, why it is needed, and what
//! AWS prints where it is refused. It is written once: the sandbox carries the list out, and an audit proves
//! it. Pure: nothing is read, and nothing panics, whatever is handed in.
//!
//! What is not at hand is not guessed. Where a document is missing, the requests that only it could name are
//! missing from the list, and [`Listing::gaps`] says so.

mod artifact;
mod build;
mod buildspec;
mod codedeploy;
mod commands;
mod deploy;
mod list;
mod need;
mod other;
mod provision;
mod refusal;
mod run;
mod says;
mod scene;
mod shell;
mod source;
mod tasks;
mod trigger;

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use list::List;
use scene::{Action, Scene};

pub use buildspec::Commands;
pub use need::{Actor, Confidence, Need, Session, Step, Who};
pub use refusal::{ActionError, Refusal, Shown};
pub use run::{Beside, Bucket, Moment, Place, Registry, Run, Trigger};
pub use says::DEPLOYMENT;

/// The needs of a run, and what could not be listed.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Listing {
    /// Every request, in the order of the run.
    pub needs: Vec<Need>,
    /// What could not be listed, and why: one sentence each.
    pub gaps: Vec<Gap>,
}

/// Something that the list is without.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
pub fn list(run: &Run) -> Listing {
    let scene = Scene::new(run);
    let mut whole = trigger(run);
    for action in scene.actions() {
        whole.append(of_action(&scene, &action));
    }
    whole
}

/// What makes the run start: the requests of the trigger.
pub fn trigger(run: &Run) -> Listing {
    let scene = Scene::new(run);
    let mut list = List::new(&scene, None);
    list.trigger();
    list.finish()
}

/// The requests of one action, in order. Empty where the pipeline has no such action.
pub fn action(run: &Run, place: &Place) -> Listing {
    let scene = Scene::new(run);
    let found = scene
        .actions()
        .into_iter()
        .find(|action| action.place == *place);
    found.map_or_else(Listing::default, |action| of_action(&scene, &action))
}

/// What is read from the commands of an action's build. Empty where no buildspec is at hand.
pub fn commands(run: &Run, place: &Place) -> Commands {
    let scene = Scene::new(run);
    let found = scene
        .actions()
        .into_iter()
        .find(|action| action.place == *place);
    found.map_or_else(Commands::default, |action| {
        buildspec::commands(&scene, &action)
    })
}

fn of_action<'a>(scene: &'a Scene<'a>, action: &Action<'a>) -> Listing {
    let mut list = List::new(scene, Some(action.place.clone()));
    match (action.category, action.provider) {
        ("Source", _) => list.source(action),
        (_, "CodeBuild") => list.build(action),
        ("Deploy", _) => list.deploy(action),
        ("Approval", _) => list.approval(action),
        ("Invoke", "Lambda") => list.function(action),
        _ => list.other(action),
    }
    list.finish()
}

impl Listing {
    fn append(&mut self, mut other: Self) {
        self.needs.append(&mut other.needs);
        self.gaps.append(&mut other.gaps);
    }
}
