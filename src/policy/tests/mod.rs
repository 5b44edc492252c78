//! Tests of the room as its callers see it.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod agreement;
mod asking;
mod case;
mod checking;
mod comparing;
mod deciding;
mod fixtures;
mod generate;
mod kit;
mod laws;
mod merging;
mod operators;
mod parsing;
mod properties;
mod reading;
mod reference;
mod reviewing;
