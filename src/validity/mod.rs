//! What AWS accepts, as far as it can be known without asking: names, documents and their limits.

pub mod names;
//! What AWS accepts, decided without AWS.

pub mod pipeline;
mod problem;
mod shape;

pub use problem::{Code, Problem, refusal};
