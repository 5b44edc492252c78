//! Amazon S3: REST, so it has its own router.

pub mod state;

use crate::sandbox::dispatch::Shared;
use crate::sandbox::request::{Reply, Request};
use crate::sandbox::sigv4::{AuthFault, Claim};

/// Answers a request to S3.
pub fn answer(
    shared: &Shared,
    request: &Request,
    claim: Result<Option<Claim>, AuthFault>,
    now: i64,
    request_id: &str,
) -> Reply {
    let _ = (shared, request, claim, now, request_id);
    Reply::empty(501)
}
