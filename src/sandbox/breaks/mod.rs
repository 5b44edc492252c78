//! Known failures, put into a world on purpose: to learn from, to show, and to test with.
//!
//! [`catalogue`](list) says of each what it does, where a run ends then and in which words of AWS's; the tests hold
//! it to that. A break looks for what it changes in the world itself, so it fits whatever was set up there.

mod absent;
mod artifacts;
mod build;
mod definition;
mod deploy;
mod documents;
mod entry;
mod files;
mod hands;

mod outside;
mod service;
mod site;
mod source;
mod trigger;
mod trust;
mod words;

pub use absent::{ABSENT, Absent, absent};
pub use entry::{Break, Change, End, Known, Right, See, Sight, Strategy};
pub use outside::{Broken, Refused, Words, put, unfound};
pub use words::fits;

/// Every break, in the order of the catalogue.
pub fn list() -> Vec<&'static Break> {
    let mut all: Vec<&'static Break> = [
        artifacts::BREAKS,
        build::BREAKS,
        definition::BREAKS,
        deploy::BREAKS,
        files::BREAKS,
        service::BREAKS,
        source::BREAKS,
        trigger::BREAKS,
        trust::BREAKS,
    ]
    .into_iter()
    .flatten()
    .collect();
    // The variants of one failure stay in the order in which they are written.
    all.sort_by_key(|it| it.number());
    all
}

/// The breaks that an id means: one of them for `F02:key`, all variants for `F02`. Names of breaks will do too.
pub fn find(id: &str) -> Vec<&'static Break> {
    let wanted = id.trim().to_ascii_lowercase();
    list()
        .into_iter()
        .filter(|it| {
            it.full_id().to_ascii_lowercase() == wanted
                || it.id.to_ascii_lowercase() == wanted
                || it.name == wanted
        })
        .collect()
}

/// The ids and names that look most like one that is not known.
pub fn nearest(id: &str) -> Vec<String> {
    let wanted = id.trim().to_ascii_lowercase();
    let (head, _) = wanted.split_once(':').unwrap_or((wanted.as_str(), ""));
    let mut scored: Vec<(bool, usize, String)> = list()
        .into_iter()
        .map(|it| {
            let full = it.full_id();
            let lower = full.to_ascii_lowercase();
            let by_id = strsim::damerau_levenshtein(&lower, &wanted);
            let by_name = strsim::damerau_levenshtein(it.name, &wanted);
            // The variants of the failure itself come before everything else.
            let other = !it.id.eq_ignore_ascii_case(head);
            (other, by_id.min(by_name), full)
        })
        .collect();
    scored.sort();
    scored.truncate(4);
    scored.into_iter().map(|(_, _, id)| id).collect()
}

#[cfg(test)]
mod tests;
