//! From any error of the SDK to the one error type of the seam.

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::request_id::RequestId;

use crate::cloud::{CloudError, ErrorKind};
use crate::resource::Site;

use super::credentials::{Ended, Failure};

/// Where a call goes: all that an error needs to say of it.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub site: Site,
    pub account: String,
    /// The Region, or the endpoint where another one was set.
    pub endpoint: String,
    /// Set when AWS says that the session has ended.
    pub ended: Ended,
}

impl Place {
    /// An error that arose here rather than at AWS.
    pub fn error(
        &self,
        kind: ErrorKind,
        service: &str,
        operation: &str,
        message: impl std::fmt::Display,
    ) -> CloudError {
        CloudError {
            site: self.site.clone(),
            account: self.account.clone(),
            service: service.to_owned(),
            operation: operation.to_owned(),
            kind,
            code: String::new(),
            message: message.to_string(),
            request_id: None,
        }
    }

    /// A request that could not be built or an answer that made no sense.
    pub fn internal(
        &self,
        service: &str,
        operation: &str,
        message: impl std::fmt::Display,
    ) -> CloudError {
        self.error(ErrorKind::Internal, service, operation, message)
    }

    /// Credentials that could not be had.
    pub fn without_credentials(&self, failure: Failure) -> CloudError {
        CloudError {
            code: failure.code,
            request_id: failure.request_id,
            ..self.error(failure.kind, "sts", failure.operation, failure.message)
        }
    }

    /// Any error of an operation.
    pub fn failed<E>(
        &self,
        service: &str,
        operation: &str,
        error: SdkError<E, HttpResponse>,
    ) -> CloudError
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        let error = self.read(service, operation, error);
        if error.session_ended() {
            self.ended.set();
        }
        error
    }

    fn read<E>(
        &self,
        service: &str,
        operation: &str,
        error: SdkError<E, HttpResponse>,
    ) -> CloudError
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        if let Some(failure) = find::<Failure>(&error) {
            return self.without_credentials(failure.clone());
        }
        let status = error.raw_response().map(|raw| raw.status().as_u16());
        let request_id = request_id(&error);
        let mut out = self.internal(service, operation, "");
        out.request_id = request_id;
        match &error {
            SdkError::ServiceError(answer) => {
                let refusal = answer.err();
                out.code = refusal.code().unwrap_or_default().to_owned();
                out.message = refusal.message().unwrap_or_default().trim().to_owned();
                if out.code.is_empty() && status.is_some_and(|status| status < 300) {
                    out.message = format!("the answer could not be read: {}", chain(&error));
                    return out;
                }
                if out.code.is_empty() {
                    out.code = code_of_status(status.unwrap_or_default()).to_owned();
                }
                if out.message.is_empty() {
                    out.message = match status {
                        Some(status) => {
                            format!("AWS answered {} (HTTP {status}) and said no more", out.code)
                        }
                        None => "AWS refused and gave no reason".to_owned(),
                    };
                }
                out.kind = kind_of(&out.code, status);
            }
            SdkError::ResponseError(_) => {
                out.kind = match status {
                    Some(status) if OVERLOADED.contains(&status) => ErrorKind::Throttled,
                    _ => ErrorKind::Internal,
                };
                out.message = format!(
                    "the answer (HTTP {}) could not be read: {}",
                    status.unwrap_or_default(),
                    chain(&error)
                );
            }
            SdkError::TimeoutError(_) => {
                out.kind = ErrorKind::Connection;
                out.message = format!(
                    "no answer in time from {service} at {}: check the network, the proxy (HTTPS_PROXY) and the Region",
                    self.endpoint
                );
            }
            SdkError::DispatchFailure(failure) => {
                let credentials =
                    find::<aws_credential_types::provider::error::CredentialsError>(&error);
                if credentials.is_some() {
                    out.kind = ErrorKind::Credentials;
                    out.message = format!("no credentials: {}", chain(&error));
                } else if failure.is_io() || failure.is_timeout() {
                    out.kind = ErrorKind::Connection;
                    out.message = format!(
                        "no connection to {service} at {}: {}: check the network, the proxy (HTTPS_PROXY) and the Region",
                        self.endpoint,
                        deepest(&error)
                    );
                } else {
                    out.kind = ErrorKind::Connection;
                    out.message = format!(
                        "no answer from {service} at {}: {}",
                        self.endpoint,
                        chain(&error)
                    );
                }
            }
            _ => out.message = format!("the request could not be built: {}", chain(&error)),
        }
        out
    }
}

/// Codes by which AWS says that there are too many calls.
const THROTTLED: &[&str] = &[
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "RequestThrottledException",
    "RequestThrottled",
    "TooManyRequestsException",
    "RequestLimitExceeded",
    "BandwidthLimitExceeded",
    "SlowDown",
    "PriorRequestNotComplete",
];

/// HTTP states that mean the same.
const OVERLOADED: &[u16] = &[429, 502, 503, 504, 509];

/// Codes by which AWS says that it does not take the credentials.
const CREDENTIALS: &[&str] = &[
    "AuthFailure",
    "ExpiredToken",
    "ExpiredTokenException",
    "IncompleteSignature",
    "IncompleteSignatureException",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "InvalidToken",
    "MissingAuthenticationToken",
    "MissingAuthenticationTokenException",
    "RequestExpired",
    "RequestTimeTooSkewed",
    "SignatureDoesNotMatch",
    "TokenRefreshRequired",
    "UnrecognizedClientException",
];

pub(super) fn kind_of(code: &str, status: Option<u16>) -> ErrorKind {
    if THROTTLED.contains(&code) || status.is_some_and(|status| OVERLOADED.contains(&status)) {
        ErrorKind::Throttled
    } else if CREDENTIALS.contains(&code) {
        ErrorKind::Credentials
    } else {
        ErrorKind::Refused
    }
}

/// A code for answers without a body, such as those to HEAD requests.
fn code_of_status(status: u16) -> &'static str {
    match status {
        301 => "PermanentRedirect",
        400 => "BadRequest",
        403 => "AccessDenied",
        404 => "NotFound",
        429 => "TooManyRequestsException",
        500 => "InternalError",
        503 => "SlowDown",
        _ => "UnknownError",
    }
}

fn request_id<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> Option<String> {
    let id = error.request_id().or_else(|| {
        error
            .as_service_error()
            .and_then(|refusal| refusal.meta().request_id())
    })?;
    // S3 support asks for both of its ids.
    let extended = error
        .raw_response()
        .and_then(|raw| raw.headers().get("x-amz-id-2"));
    Some(match extended {
        Some(extended) => format!("{id} (extended: {extended})"),
        None => id.to_owned(),
    })
}

/// The sentences of an error and its causes, each once.
pub(super) fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut sentences: Vec<String> = Vec::new();
    let mut next = Some(error);
    while let Some(error) = next {
        let sentence = error.to_string();
        let known = sentences.iter().any(|known| known.contains(&sentence));
        if !known && !sentence.is_empty() {
            sentences.push(sentence);
        }
        next = error.source();
    }
    sentences.join(": ")
}

fn deepest(error: &(dyn std::error::Error + 'static)) -> String {
    let mut error = error;
    while let Some(cause) = error.source() {
        error = cause;
    }
    error.to_string()
}

/// The first cause of a type.
pub(super) fn find<'e, T: std::error::Error + 'static>(
    error: &'e (dyn std::error::Error + 'static),
) -> Option<&'e T> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<T>() {
            return Some(found);
        }
        next = error.source();
    }
    None
}

/// Makes `None` of an error whose code says that there is no such thing.
pub(super) fn unless<T>(
    result: Result<T, CloudError>,
    absent: &[&str],
) -> Result<Option<T>, CloudError> {
    match result {
        Ok(found) => Ok(Some(found)),
        Err(error) if absent.contains(&error.code.as_str()) => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests;
