//! What AWS accepts, decided without AWS.

pub mod pipeline;
mod problem;
mod shape;

pub use problem::{Code, Problem, refusal};
