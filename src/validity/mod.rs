//! What AWS accepts, as far as it can be known without asking: names, documents and their limits.

pub mod names;

pub mod appspec;
pub mod buildspec;
pub mod deployment_group;
pub mod pipeline;
mod problem;
mod shape;
pub mod taskdef;

pub use problem::{Code, Problem, refusal};
