//! Signature Version 4: who signed a request, and whether the signature is theirs.
//!
//! Source: IAM User Guide, "AWS Signature Version 4 for API requests"; Amazon S3 API Reference,
//! "Authenticating requests". SigV4A (asymmetric) is not accepted.

use hmac::{Hmac, KeyInit, Mac};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, percent_encode};
use sha2::{Digest, Sha256};

use super::request::Request;
use super::time;

/// How far the clocks may differ, in milliseconds. Source: Amazon S3 API Reference, `RequestTimeTooSkewed`.
const SKEW: i64 = 15 * 60 * 1000;

/// What SigV4 percent-encodes: everything but letters, digits and `-._~`.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// What a request says of its signature, not yet believed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Claim {
    /// The access key id.
    pub key: String,
    /// `20260301`.
    pub date: String,
    /// The Region of the scope.
    pub region: String,
    /// The service of the scope.
    pub service: String,
    /// The headers that were signed, in order.
    pub signed: Vec<String>,
    /// Hexadecimal.
    pub signature: String,
    /// `20260301T120000Z`.
    pub timestamp: String,
    /// The session token.
    pub token: Option<String>,
    /// For a presigned URL: how many seconds it lasts.
    pub expires: Option<i64>,
}

/// Why a request was not believed. Each protocol has its own code for each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuthFault {
    /// No signature at all.
    Missing,
    /// A signature that cannot be read: what is wrong with it.
    Incomplete(String),
    /// A presigned URL whose parameters cannot be: what is wrong with them.
    BadQuery(String),
    /// Nobody has this access key.
    UnknownKey(String),
    /// The session token is not the one of this key.
    BadToken,
    /// The session has ended.
    ExpiredToken,
    /// The clocks differ too much: what was sent, and what it is here.
    Skewed {
        /// The request's time.
        sent: i64,
        /// The sandbox's time.
        here: i64,
    },
    /// A presigned URL that has ended.
    UrlExpired,
    /// The signature is not the one that the secret makes: the canonical request that was expected.
    Mismatch(String),
    /// S3 only: `x-amz-content-sha256` is absent.
    NoContentHash,
    /// S3 only: `x-amz-content-sha256` is not the body's.
    WrongContentHash,
    /// S3 only: an aws-chunked body that cannot be read.
    BadChunks(String),
}

/// HMAC-SHA-256.
pub fn hmac(key: &[u8], data: &[u8]) -> Vec<u8> {
    // A key of any length is accepted, so the second arm is never taken; it is not worth a panic.
    match Hmac::<Sha256>::new_from_slice(key) {
        Ok(mut mac) => {
            mac.update(data);
            mac.finalize().into_bytes().to_vec()
        }
        Err(_) => Vec::new(),
    }
}

/// SHA-256 in hexadecimal.
pub fn sha256_hex(data: &[u8]) -> String {
    hex::encode(Sha256::digest(data))
}

/// Percent-encodes everything but letters, digits and `-._~`.
pub fn encode(bytes: &[u8]) -> String {
    percent_encode(bytes, ENCODED).to_string()
}

/// The key that signs for a day, Region and service.
pub fn signing_key(secret: &str, date: &str, region: &str, service: &str) -> Vec<u8> {
    let day = hmac(format!("AWS4{secret}").as_bytes(), date.as_bytes());
    let region = hmac(&day, region.as_bytes());
    let service = hmac(&region, service.as_bytes());
    hmac(&service, b"aws4_request")
}

fn scope_parts(credential: &str) -> Result<(String, String, String, String), AuthFault> {
    // An access key id has no slash, but S3 treats what stands before the last four parts as one.
    let mut parts: Vec<&str> = credential.rsplitn(5, '/').collect();
    parts.reverse();
    match parts[..] {
        [key, date, region, service, "aws4_request"]
            if !key.is_empty() && !service.is_empty() && date.len() == 8 =>
        {
            Ok((key.into(), date.into(), region.into(), service.into()))
        }
        _ => Err(AuthFault::Incomplete(format!(
            "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '{credential}'"
        ))),
    }
}

/// Reads a request's claim: from the `Authorization` header, or from the query of a presigned URL. `None`
/// where there is neither.
pub fn read(request: &Request) -> Result<Option<Claim>, AuthFault> {
    if let Some(header) = request.header("authorization") {
        return from_header(request, header).map(Some);
    }
    if request.query.contains("X-Amz-Algorithm") || request.query.contains("X-Amz-Signature") {
        return from_query(request).map(Some);
    }
    Ok(None)
}

fn from_header(request: &Request, header: &str) -> Result<Claim, AuthFault> {
    let Some(rest) = header.strip_prefix("AWS4-HMAC-SHA256") else {
        return Err(AuthFault::Incomplete(
            "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.".into(),
        ));
    };
    let mut credential = None;
    let mut signed = None;
    let mut signature = None;
    for part in rest.split(',') {
        match part.trim().split_once('=') {
            Some(("Credential", value)) => credential = Some(value),
            Some(("SignedHeaders", value)) => signed = Some(value),
            Some(("Signature", value)) => signature = Some(value),
            _ => {}
        }
    }
    let need = |name: &str| {
        AuthFault::Incomplete(format!("Authorization header requires '{name}' parameter."))
    };
    let (key, date, region, service) = scope_parts(credential.ok_or_else(|| need("Credential"))?)?;
    let timestamp = match (request.header("x-amz-date"), request.header("date")) {
        (Some(date), _) => date.to_owned(),
        (None, Some(date)) => time::parse_http(date).map(time::compact).ok_or_else(|| {
            AuthFault::Incomplete("Date must be in ISO-8601 'basic format' or RFC 1123.".into())
        })?,
        (None, None) => {
            return Err(AuthFault::Incomplete(
                "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.".into(),
            ));
        }
    };
    Ok(Claim {
        key,
        date,
        region,
        service,
        signed: signed
            .ok_or_else(|| need("SignedHeaders"))?
            .split(';')
            .map(str::to_ascii_lowercase)
            .collect(),
        signature: signature.ok_or_else(|| need("Signature"))?.to_owned(),
        timestamp,
        token: request.header("x-amz-security-token").map(str::to_owned),
        expires: None,
    })
}

fn from_query(request: &Request) -> Result<Claim, AuthFault> {
    let parameters = request.parameters();
    let get = |name: &str| {
        parameters
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, v)| v.clone())
    };
    let need = |name: &str| {
        get(name).ok_or_else(|| {
            AuthFault::Incomplete(format!(
                "Query-string authentication version 4 requires the {name} parameter."
            ))
        })
    };
    if need("X-Amz-Algorithm")? != "AWS4-HMAC-SHA256" {
        return Err(AuthFault::Incomplete(
            "X-Amz-Algorithm only supports \"AWS4-HMAC-SHA256\"".into(),
        ));
    }
    let (key, date, region, service) = scope_parts(&need("X-Amz-Credential")?)?;
    // botocore's presigned GetCallerIdentity carries no X-Amz-Expires; services other than S3 then allow
    // what they allow for headers.
    let expires = match get("X-Amz-Expires") {
        Some(text) => text
            .parse::<i64>()
            .ok()
            .filter(|seconds| (0..=604_800).contains(seconds))
            .ok_or_else(|| {
                AuthFault::BadQuery(
                    "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds".into(),
                )
            })?,
        None => SKEW / 1000,
    };
    Ok(Claim {
        key,
        date,
        region,
        service,
        signed: need("X-Amz-SignedHeaders")?
            .split(';')
            .map(str::to_ascii_lowercase)
            .collect(),
        signature: need("X-Amz-Signature")?,
        timestamp: need("X-Amz-Date")?,
        token: get("X-Amz-Security-Token"),
        expires: Some(expires),
    })
}

fn canonical_path(request: &Request, service: &str) -> String {
    let path = if request.path.is_empty() {
        "/"
    } else {
        &request.path
    };
    path.split('/')
        .map(|segment| {
            if service == "s3" {
                // S3 encodes once: undo what the client wrote, and write it in the one canonical way.
                encode(&percent_decode_str(segment).collect::<Vec<u8>>())
            } else {
                // Every other service encodes what is on the wire once more.
                encode(segment.as_bytes())
            }
        })
        .collect::<Vec<_>>()
        .join("/")
}

fn canonical_query(request: &Request) -> String {
    let mut pairs: Vec<(String, String)> = request
        .query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .filter(|(name, _)| *name != "X-Amz-Signature")
        .map(|(name, value)| {
            let again = |part: &str| encode(&percent_decode_str(part).collect::<Vec<u8>>());
            (again(name), again(value))
        })
        .collect();
    pairs.sort();
    pairs
        .into_iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect::<Vec<_>>()
        .join("&")
}

fn canonical_headers(request: &Request, claim: &Claim) -> String {
    claim
        .signed
        .iter()
        .map(|name| {
            let values: Vec<String> = request
                .headers
                .iter()
                .filter(|(n, _)| n == name)
                .map(|(_, value)| value.split_whitespace().collect::<Vec<_>>().join(" "))
                .collect();
            format!("{name}:{}\n", values.join(","))
        })
        .collect()
}

/// The canonical request that a claim must have signed.
pub fn canonical_request(request: &Request, claim: &Claim, payload_hash: &str) -> String {
    format!(
        "{}\n{}\n{}\n{}\n{}\n{payload_hash}",
        request.method,
        canonical_path(request, &claim.service),
        canonical_query(request),
        canonical_headers(request, claim),
        claim.signed.join(";"),
    )
}

/// The scope, as strings to sign carry it.
pub fn scope(claim: &Claim) -> String {
    format!(
        "{}/{}/{}/aws4_request",
        claim.date, claim.region, claim.service
    )
}

/// The signature that a secret makes for a claim.
pub fn expected(request: &Request, claim: &Claim, payload_hash: &str, secret: &str) -> String {
    let canonical = canonical_request(request, claim, payload_hash);
    let to_sign = format!(
        "AWS4-HMAC-SHA256\n{}\n{}\n{}",
        claim.timestamp,
        scope(claim),
        sha256_hex(canonical.as_bytes())
    );
    let key = signing_key(secret, &claim.date, &claim.region, &claim.service);
    hex::encode(hmac(&key, to_sign.as_bytes()))
}

/// The hash of the payload as the canonical request has it, checked against the body where it is one.
pub fn payload_hash(request: &Request, claim: &Claim) -> Result<String, AuthFault> {
    if claim.service != "s3" {
        return Ok(sha256_hex(&request.body));
    }
    if claim.expires.is_some() {
        let signed = claim.signed.iter().any(|h| h == "x-amz-content-sha256");
        let hash = request
            .header("x-amz-content-sha256")
            .map(str::to_owned)
            .or_else(|| request.parameter("X-Amz-Content-Sha256"));
        return Ok(match hash {
            Some(hash) if signed => hash,
            _ => "UNSIGNED-PAYLOAD".to_owned(),
        });
    }
    let Some(header) = request.header("x-amz-content-sha256") else {
        return Err(AuthFault::NoContentHash);
    };
    let special = header == "UNSIGNED-PAYLOAD" || header.starts_with("STREAMING-");
    if !special && !header.eq_ignore_ascii_case(&sha256_hex(&request.body)) {
        return Err(AuthFault::WrongContentHash);
    }
    Ok(header.to_owned())
}

/// Checks the time of a claim.
pub fn check_time(claim: &Claim, now: i64) -> Result<(), AuthFault> {
    let sent = time::parse_compact(&claim.timestamp).ok_or_else(|| {
        AuthFault::Incomplete(format!(
            "Date must be in ISO-8601 'basic format'. Got '{}'.",
            claim.timestamp
        ))
    })?;
    if claim.timestamp.get(..8) != Some(claim.date.as_str()) {
        return Err(AuthFault::Incomplete(format!(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '{}' != '{}'.",
            claim.date,
            claim.timestamp.get(..8).unwrap_or_default()
        )));
    }
    match claim.expires {
        Some(seconds) if sent.saturating_add(seconds * 1000) < now => Err(AuthFault::UrlExpired),
        Some(_) if sent > now + SKEW => Err(AuthFault::Skewed { sent, here: now }),
        None if (now - sent).abs() > SKEW => Err(AuthFault::Skewed { sent, here: now }),
        _ => Ok(()),
    }
}

/// Compares two signatures without telling by the time taken how much of them is alike.
pub fn same(one: &str, other: &str) -> bool {
    one.len() == other.len()
        && one
            .bytes()
            .zip(other.bytes())
            .fold(0u8, |difference, (a, b)| difference | (a ^ b))
            == 0
}

/// Checks a claim with the secret of its key. Host must be among what was signed.
pub fn verify(request: &Request, claim: &Claim, secret: &str, now: i64) -> Result<(), AuthFault> {
    check_time(claim, now)?;
    if !claim.signed.iter().any(|h| h == "host") {
        return Err(AuthFault::Incomplete(
            "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.".into(),
        ));
    }
    let hash = payload_hash(request, claim)?;
    if same(&expected(request, claim, &hash, secret), &claim.signature) {
        return Ok(());
    }
    Err(AuthFault::Mismatch(canonical_request(
        request, claim, &hash,
    )))
}
