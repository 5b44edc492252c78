//! The one error type for whatever goes wrong between crosspipe and AWS.

use serde::{Deserialize, Serialize};

use crate::resource::Site;

/// What went wrong with a call to AWS.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{service}:{operation} in {site}: {message}")]
pub struct CloudError {
    /// In whose account.
    pub site: Site,
    /// The account's id, as far as it is known.
    pub account: String,
    /// IAM's prefix of the service, for example `codepipeline`.
    pub service: String,
    /// The operation, for example `CreatePipeline`.
    pub operation: String,
    /// What kind of thing went wrong.
    pub kind: ErrorKind,
    /// AWS's error code, empty where the call never got an answer.
    pub code: String,
    /// AWS's own sentence, or what went wrong on the way.
    pub message: String,
    /// AWS's request id, where there was an answer.
    pub request_id: Option<String>,
}

/// Codes by which AWS says that credentials were good once: their session has ended, or the key is gone.
/// Source: IAM User Guide, "Common Errors", and the API references of STS and S3.
const ENDED: &[&str] = &[
    "ExpiredToken",
    "ExpiredTokenException",
    "InvalidClientTokenId",
    "RequestExpired",
    "TokenRefreshRequired",
    "UnrecognizedClientException",
];

impl CloudError {
    /// Whether AWS no longer takes the credentials: fresh ones may be there at the next call.
    pub fn session_ended(&self) -> bool {
        self.kind == ErrorKind::Credentials && session_ended(&self.code)
    }
}

/// Whether a code says that credentials were good once.
pub fn session_ended(code: &str) -> bool {
    ENDED.contains(&code)
}

/// The kinds of things that go wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ErrorKind {
    /// AWS answered with an error.
    Refused,
    /// AWS answered that there are too many calls, even after the SDK's own retries.
    Throttled,
    /// No credentials, or they could not be renewed.
    Credentials,
    /// No answer: name resolution, connection, TLS, time-out.
    Connection,
    /// Somebody else changed the document between plan and apply.
    ChangedMeanwhile,
    /// The answer made no sense, or the request could not be built.
    Internal,
}
