//! What is wrong with a draft: each value by itself, values against each other, and the names that
//! come out of the patterns. Nothing here asks AWS.

mod access;
mod across;
mod deploy;
mod naming;
mod value;

use super::Strategy;
use super::draft::{Draft, Problem};
use super::key::{Key, Table};

pub use deploy::{config, configs_explained, strategy};
pub use value::ProviderName;

/// Everything that is wrong. What is missing is not wrong.
pub fn problems(draft: &Draft) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (key, entry) in draft.entries() {
        value::check(key, &entry.value, &mut problems);
    }
    across::source(draft, &mut problems);
    across::branches(draft, &mut problems);
    across::tags(draft, &mut problems);
    across::services(draft, &mut problems);
    access::check(draft, &mut problems);
    for environment in draft.environments() {
        deploy::check(draft, environment, &mut problems);
    }
    naming::check(draft, &mut problems);
    problems
}

/// What is unusual but possible, as far as it can be told before everything is said.
pub fn early_suspicions(draft: &Draft) -> Vec<Problem> {
    let mut found = Vec::new();
    across::suspicions(draft, &mut found);
    found
}

/// What is unusual but possible.
pub fn suspicions(draft: &Draft) -> Vec<Problem> {
    let mut found = early_suspicions(draft);
    access::suspicions(draft, &mut found);
    deploy::suspicions(draft, &mut found);
    found
}

/// Whether a key that is optional as such must be there because of the environment's strategy.
pub fn needed_by_strategy(draft: &Draft, key: &Key) -> bool {
    let Table::Deploy(environment) = &key.table else {
        return false;
    };
    matches!(key.name.as_str(), "target_groups" | "listener")
        && strategy_of(draft, environment) == Some(Strategy::CodedeployBlueGreen)
}

/// The strategy of an environment, the default where nothing is said, nothing where it is wrong.
fn strategy_of(draft: &Draft, environment: &crate::ident::EnvironmentName) -> Option<Strategy> {
    let key = Key::deploy(environment, "strategy");
    match draft.text(&key) {
        Some(text) => strategy(text),
        None if draft.has(&key) => None,
        None => Some(Strategy::CodedeployBlueGreen),
    }
}
