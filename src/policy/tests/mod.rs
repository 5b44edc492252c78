//! Tests of the room as its callers see it.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod checking;
mod comparing;
mod deciding;
mod fixtures;
mod kit;
mod merging;
mod operators;
mod parsing;
mod properties;
mod reviewing;
