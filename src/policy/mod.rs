//! The IAM policy language: documents, how they compare and merge, what AWS accepts, and what a
//! request is answered, with a proof.
//!
//! Pure: no I/O, no clock, and no other room is imported. Whatever is handed in, nothing panics.
//!
//! Two views of a document live here, on purpose:
//! - [`parse`] is strict. Decisions ([`decide`], [`prove`]) are only taken on what it accepted, because a
//!   misread element would be a wrong answer.
//! - [`equivalent`], [`diff`] and [`merge`] read any JSON. They show and keep what is found in an
//!   account, well formed or not.
//!
//! How a request is decided, and the names: `docs/adr/0005-policy-engine.md`.

mod abroad;
pub mod actions;
mod arn;
pub mod case;
mod charset;
mod check;
mod condition;
mod decide;
mod diff;
mod document;
mod elements;
mod glob;
mod grant;
mod kms;
mod layer;
mod layers;
mod limits;
mod merge;
mod normal;
mod notes;
mod operator;
mod organizations;
mod part;
mod policies;
mod principal;
mod problem;
mod prove;
mod rcp;
mod read;
mod request;
mod review;
mod s3;
mod says;
mod scope;
mod span;
mod statement;
mod template;
mod truth;
mod values;

#[cfg(test)]
mod tests;

pub use check::{check, check_inline_total};
pub use decide::{Answer, Decision, Overruling, decide};
pub use diff::{ChangeKind, ElementChange, StatementChange, diff};
pub use document::{
    ActionEntry, Condition, Document, Effect, Listed, PrincipalEntry, ResourceEntry, Statement,
    Version,
};
pub use grant::{Grant, GrantConstraints};
pub use layer::{Layer, Place as StatementPlace};
pub use limits::{Kind, Limit, size};
pub use merge::{Merged, merge, without};
pub use normal::equivalent;
pub use operator::{Comparison, Operator, Order, SetOperator};
pub use part::{Part, Parts};
pub use policies::{Policies, Settings};
pub use principal::{AwsEntry, Naming};
pub use problem::{Problem, Rule, Severity};
pub use prove::{
    Difference, Element, Failed, Hint, Outcome, Proof, Reason, document_at, prove, statement_at,
};
pub use read::{parse, parse_text};
pub use request::{AwsPrincipal, Principal, Request};
pub use review::{review, review_text};
pub use s3::is_public;
pub use says::{Says, says};
pub use scope::Scope;
pub use span::{line_and_column, locate};
