//! The wire formats: one place each.

pub mod json;
pub mod query;
pub mod refusal;
pub mod rpc;
pub mod xml;

use super::request::Reply;
use super::service::{Answer, Protocol};

/// Writes an operation's answer as its service writes it.
pub fn reply(protocol: Protocol, operation: &str, answer: &Answer, request_id: &str) -> Reply {
    match protocol {
        Protocol::Query { xmlns } => match answer {
            Ok(value) => query::success(xmlns, operation, value, request_id),
            Err(fault) => query::failure(xmlns, fault, request_id),
        },
        Protocol::Json { version, .. } => match answer {
            Ok(value) => json::success(version, value, request_id),
            Err(fault) => json::failure(version, fault, request_id),
        },
    }
}
