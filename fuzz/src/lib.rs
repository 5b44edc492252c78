//! The policy room, taken in by its path.

#[path = "../../src/policy/mod.rs"]
pub mod policy;
