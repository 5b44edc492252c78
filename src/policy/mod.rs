//! The IAM policy language: documents, how they compare and merge, what AWS accepts, and what a
//! request is answered.
//!
//! Pure: no I/O, no clock, and no other room is imported. Whatever is handed in, nothing panics.
//!
//! Two views of a document live here, on purpose:
//! - [`parse`] is strict. Decisions ([`evaluate`], [`trust`], [`identity`]) are only taken on what it
//!   accepted, because a misread element would be a wrong answer.
//! - [`equivalent`], [`diff`] and [`merge`] read any JSON. They show and keep what is found in an
//!   account, well formed or not.

mod arn;
mod charset;
mod check;
mod condition;
mod diff;
mod document;
mod elements;
pub mod evaluate;
pub mod identity;
mod limits;
mod merge;
mod normal;
mod operator;
mod parse;
mod principal;
mod problem;
mod request;
mod text;
pub mod trust;
mod truth;
mod values;
mod variables;
mod wildcard;

#[cfg(test)]
mod tests;

pub use check::{check, check_inline_total};
pub use diff::{ChangeKind, ElementChange, StatementChange, diff};
pub use document::{Condition, Document, Effect, Listed, PrincipalEntry, Statement, Version};
pub use limits::{Kind, Limit, size};
pub use merge::{Merged, merge, without};
pub use normal::equivalent;
pub use operator::{Comparison, Operator, Order, SetOperator};
pub use parse::parse;
pub use problem::{Problem, Rule, Severity};
pub use request::{AwsPrincipal, Principal, Request};
pub use text::from_text;
