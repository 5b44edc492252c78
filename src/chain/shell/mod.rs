//! A build's shell commands, read as far as permissions go: which program is run with which words, under
//! which branch of an `if` or a `case`, and whether its failure ends the build.
//!
//! Nothing is run. What cannot be known (the output of a program, a variable that nobody set) stands in
//! the words as [`UNKNOWN`].

mod parse;
mod state;
mod walk;
mod word;

pub(super) use state::{Assumed, Ran, State, option};
pub(super) use walk::Walk;
pub(super) use word::UNKNOWN;

#[cfg(test)]
mod tests;
