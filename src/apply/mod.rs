//! Carries out a plan: every change as soon as what it needs is done, side by side.

mod event;
mod retry;
mod verify;
mod walk;

pub use event::{Event, NodeRef, Report};
pub use retry::{Backoff, RetryRule, rule_for};
pub use verify::{Verification, verify};
pub use walk::{ApplyError, Options, apply};

#[cfg(test)]
mod tests;
