//! What AWS accepts, as far as it can be known without asking: names, documents and their limits.

pub mod names;

pub mod pipeline;
mod problem;
mod shape;

pub use problem::{Code, Problem, refusal};
