//! The log of every request, so that a test can count what a run changed.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use serde::Serialize;

/// One request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Logged {
    /// Milliseconds since 1970.
    pub time: i64,
    /// The caller's account; empty where nobody was authenticated.
    pub account: String,
    /// The caller's ARN; empty where nobody was authenticated.
    pub caller: String,
    /// The service's name in signatures.
    pub service: String,
    /// The operation; empty where none could be recognised.
    pub operation: String,
    /// The Region of the signature.
    pub region: String,
    /// Whether the operation is one that changes something.
    pub changing: bool,
    /// The HTTP status of the answer.
    pub status: u16,
    /// The error's code, where it was refused.
    pub code: Option<String>,
    /// The request's id.
    pub request_id: String,
}

/// How many requests are kept; older ones are forgotten.
const KEPT: usize = 200_000;

/// The log.
#[derive(Debug, Default)]
pub struct Calls(Mutex<VecDeque<Logged>>);

impl Calls {
    /// Adds a request.
    pub fn add(&self, logged: Logged) {
        let mut list = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if list.len() >= KEPT {
            list.pop_front();
        }
        list.push_back(logged);
    }

    /// Every request so far.
    pub fn all(&self) -> Vec<Logged> {
        let list = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        list.iter().cloned().collect()
    }

    /// Forgets them.
    pub fn clear(&self) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }
}
