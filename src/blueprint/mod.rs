//! `crosspipe.toml`: what a team writes down once, and everything else is derived from.

mod model;

pub use model::*;
