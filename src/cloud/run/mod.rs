//! What AWS knows of one run of a pipeline, in plain types: executions, actions, the build and the deployment
//! under them, and the commits that they are about.
//!
//! Every value is a fact as AWS answered it; what follows from the facts is `deploy`'s.

mod pipeline;
mod under;

pub use pipeline::*;
pub use under::*;
