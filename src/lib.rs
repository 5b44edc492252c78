//! crosspipe sets up a delivery pipeline that crosses AWS accounts, proves that every step of it is
//! permitted before anything runs, and then deploys each branch to its environment.
//!
//! The rooms and who may know whom are described in `docs/architecture.md`; `tests/architecture.rs`
//! holds the imports to it.
#![forbid(unsafe_code)]
#![warn(missing_docs)]
// No input may end the program in a panic. Tests may (clippy.toml).
#![warn(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::todo,
    clippy::unimplemented
)]

pub mod apply;
pub mod aws;
pub mod blueprint;
pub mod chain;
pub mod cli;
pub mod cloud;
pub mod deploy;
pub mod ident;
pub mod plan;
pub mod policy;
pub mod render;
pub mod resource;
pub mod sandbox;
pub mod ui;
pub mod validity;
pub mod wizard;
