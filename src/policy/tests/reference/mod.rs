//! The same decision once more: slow, obvious, and from the JSON of the documents.
//!
//! Nothing of the engine is used but the names of answers. A statement applies, does not, or that
//! cannot be said (`None`). The decision knows only yes and no: it is taken once for every way in which
//! what cannot be said may come out, and the answers are put together.

mod decision;
mod statement;
mod text;

pub use decision::reference;
pub use text::like;

/// All of them, where that can be said.
fn all(truths: impl IntoIterator<Item = Option<bool>>) -> Option<bool> {
    let truths: Vec<_> = truths.into_iter().collect();
    if truths.contains(&Some(false)) {
        Some(false)
    } else if truths.contains(&None) {
        None
    } else {
        Some(true)
    }
}

/// One of them, where that can be said.
fn any(truths: impl IntoIterator<Item = Option<bool>>) -> Option<bool> {
    not(all(truths.into_iter().map(not)))
}

fn not(truth: Option<bool>) -> Option<bool> {
    truth.map(|truth| !truth)
}
