//! How each protocol words it when a request is not believed.

use crate::sandbox::service::Fault;
use crate::sandbox::sigv4::AuthFault;
use crate::sandbox::time;

const MISMATCH: &str = "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.";
const INVALID: &str = "The security token included in the request is invalid.";
const EXPIRED: &str = "The security token included in the request is expired";

fn skewed(sent: i64, here: i64) -> String {
    let minutes = 15 * 60 * 1000;
    if sent < here {
        format!(
            "Signature expired: {} is now earlier than {} ({} - 15 min.)",
            time::compact(sent),
            time::compact(here - minutes),
            time::compact(here)
        )
    } else {
        format!(
            "Signature not yet current: {} is still later than {} ({} + 15 min.)",
            time::compact(sent),
            time::compact(here + minutes),
            time::compact(here)
        )
    }
}

/// The query protocol's codes. Source: IAM API Reference, "Common Errors".
pub fn query(fault: &AuthFault) -> Fault {
    match fault {
        AuthFault::Missing => Fault::new(
            "MissingAuthenticationToken",
            "Request is missing Authentication Token",
        ),
        AuthFault::Incomplete(why) | AuthFault::BadQuery(why) | AuthFault::BadChunks(why) => {
            return Fault::new("IncompleteSignature", why);
        }
        AuthFault::UnknownKey(_) | AuthFault::BadToken => {
            Fault::new("InvalidClientTokenId", INVALID)
        }
        AuthFault::ExpiredToken => Fault::new("ExpiredToken", EXPIRED),
        AuthFault::Skewed { sent, here } => {
            Fault::new("SignatureDoesNotMatch", skewed(*sent, *here))
        }
        AuthFault::UrlExpired => Fault::new("SignatureDoesNotMatch", "Signature expired."),
        AuthFault::Mismatch(_) | AuthFault::NoContentHash | AuthFault::WrongContentHash => {
            Fault::new("SignatureDoesNotMatch", MISMATCH)
        }
    }
    .status(403)
}

/// The JSON protocol's codes. Source: AWS KMS API Reference, "Common Errors".
pub fn json(fault: &AuthFault) -> Fault {
    match fault {
        AuthFault::Missing => Fault::new(
            "MissingAuthenticationTokenException",
            "Missing Authentication Token",
        ),
        AuthFault::Incomplete(why) | AuthFault::BadQuery(why) | AuthFault::BadChunks(why) => {
            Fault::new("IncompleteSignatureException", why)
        }
        AuthFault::UnknownKey(_) | AuthFault::BadToken => {
            Fault::new("UnrecognizedClientException", INVALID)
        }
        AuthFault::ExpiredToken => Fault::new("ExpiredTokenException", EXPIRED),
        AuthFault::Skewed { sent, here } => {
            Fault::new("InvalidSignatureException", skewed(*sent, *here))
        }
        AuthFault::UrlExpired => Fault::new("InvalidSignatureException", "Signature expired."),
        AuthFault::Mismatch(_) | AuthFault::NoContentHash | AuthFault::WrongContentHash => {
            Fault::new("InvalidSignatureException", MISMATCH)
        }
    }
}

/// S3's codes. Source: Amazon S3 API Reference, "Error responses".
pub fn s3(fault: &AuthFault) -> Fault {
    match fault {
        AuthFault::Missing => Fault::new("AccessDenied", "Access Denied").status(403),
        AuthFault::Incomplete(why) => Fault::new("AuthorizationHeaderMalformed", why),
        AuthFault::BadQuery(why) => Fault::new("AuthorizationQueryParametersError", why),
        AuthFault::BadChunks(why) => Fault::new("IncompleteBody", why),
        AuthFault::UnknownKey(_) => Fault::new(
            "InvalidAccessKeyId",
            "The AWS Access Key Id you provided does not exist in our records.",
        )
        .status(403),
        AuthFault::BadToken => Fault::new(
            "InvalidToken",
            "The provided token is malformed or otherwise invalid.",
        ),
        AuthFault::ExpiredToken => Fault::new("ExpiredToken", "The provided token has expired."),
        AuthFault::Skewed { .. } => Fault::new(
            "RequestTimeTooSkewed",
            "The difference between the request time and the current time is too large.",
        )
        .status(403),
        AuthFault::UrlExpired => Fault::new("AccessDenied", "Request has expired").status(403),
        AuthFault::Mismatch(_) => Fault::new(
            "SignatureDoesNotMatch",
            "The request signature we calculated does not match the signature you provided. Check your key and signing method.",
        )
        .status(403),
        AuthFault::NoContentHash => Fault::new(
            "InvalidRequest",
            "Missing required header for this request: x-amz-content-sha256",
        ),
        AuthFault::WrongContentHash => Fault::new(
            "XAmzContentSHA256Mismatch",
            "The provided 'x-amz-content-sha256' header does not match what was computed.",
        ),
    }
}
