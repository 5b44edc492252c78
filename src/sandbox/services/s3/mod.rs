//! Amazon S3: REST, so it has its own router.
//!
//! Source: Amazon S3 API Reference and the API model of `s3`.

mod access;
mod address;
mod asked;
mod bucket_policy;
mod buckets;
mod checksum;
mod conditions;
mod copy;
mod delete;
mod destinations;
mod encryption;
mod events;
mod fault;
mod get;
pub mod inside;
mod list;
mod multipart;
mod names;
mod objects;
mod put;
mod read;
mod router;
mod settings;
pub mod state;
mod tagging;

use bytes::Bytes;

use self::fault::S3Fault;
use self::router::Operation;
use crate::sandbox::chunked;
use crate::sandbox::dispatch::{self, Authenticated, Seen, Shared};
use crate::sandbox::protocol::refusal;
use crate::sandbox::request::{Reply, Request};
use crate::sandbox::service::{Call, Caller};
use crate::sandbox::sigv4::{AuthFault, Claim};

/// A request that has been authenticated and taken apart.
pub struct Ask<'a> {
    /// What it works on.
    pub shared: &'a Shared,
    /// The request as it came.
    pub request: &'a Request,
    /// Who asks.
    pub caller: &'a Caller,
    /// The access key id, by which a session is found.
    pub credential: &'a str,
    /// The Region of the signature.
    pub region: &'a str,
    /// Milliseconds since 1970.
    pub now: i64,
    /// The request's id.
    pub request_id: &'a str,
    /// The bucket, empty for requests to the service.
    pub bucket: String,
    /// The key, empty for requests to a bucket.
    pub key: String,
    /// The query's parameters, decoded.
    pub parameters: Vec<(String, String)>,
    /// The body without its chunks.
    pub body: Bytes,
    /// Headers that came after the body.
    pub trailers: Vec<(String, String)>,
}

/// What an operation of S3 answers.
pub type Outcome = Result<Reply, S3Fault>;

impl Ask<'_> {
    /// A query parameter.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, value)| value.as_str())
    }

    /// A header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.request.header(name)
    }

    /// A header, or the trailing header of that name.
    pub fn header_or_trailer(&self, name: &str) -> Option<&str> {
        self.header(name).or_else(|| {
            self.trailers
                .iter()
                .find(|(n, _)| n == name)
                .map(|(_, value)| value.as_str())
        })
    }

    /// The same request as other services see one, for what S3 asks of KMS in the caller's name.
    pub fn call(&self) -> Call {
        Call {
            caller: self.caller.clone(),
            region: self.region.to_owned(),
            input: serde_json::Value::Null,
            now: self.now,
            request_id: self.request_id.to_owned(),
        }
    }
}

/// Answers a request to S3.
pub fn answer(
    shared: &Shared,
    request: &Request,
    claim: Result<Option<Claim>, AuthFault>,
    now: i64,
    request_id: &str,
) -> Reply {
    let (bucket, key) = address::of(request);
    let parameters = request.parameters();
    let operation = router::find(request, &bucket, &key, &parameters);
    let region = claim
        .as_ref()
        .ok()
        .and_then(Option::as_ref)
        .map(|c| c.region.clone())
        .unwrap_or_default();
    let mut caller = None;
    let who = match dispatch::authenticate(shared, request, claim, now) {
        // Without a signature it is the bucket's policy alone that decides.
        Err(AuthFault::Missing) if !bucket.is_empty() => Ok(None),
        Err(refused) => Err(S3Fault::refused(&refused)),
        Ok(proved) => Ok(Some(proved)),
    };
    let outcome = who.and_then(|proved| {
        let (body, trailers) = match &proved {
            Some(proved) => {
                unchunked(request, proved).map_err(|refused| S3Fault::refused(&refused))?
            }
            None => (request.body.clone(), Vec::new()),
        };
        caller = proved.as_ref().map(|proved| proved.caller.clone());
        let nobody = Caller::anonymous();
        let claim = proved.as_ref().map(|proved| &proved.claim);
        let ask = Ask {
            shared,
            request,
            caller: caller.as_ref().unwrap_or(&nobody),
            credential: claim.map_or("", |claim| claim.key.as_str()),
            region: claim.map_or("", |claim| claim.region.as_str()),
            now,
            request_id,
            bucket: bucket.clone(),
            key: key.clone(),
            parameters: parameters.clone(),
            body,
            trailers,
        };
        run(operation?, &ask)
    });
    let (name, changing) = router::find(request, &bucket, &key, &parameters)
        .map_or(("", false), |o| (o.name, o.changes));
    let logged = outcome.as_ref().map(|_| ()).map_err(|f| f.fault.clone());
    let seen = Seen {
        now,
        request_id,
        service: "s3",
        operation: name,
        region: &region,
        changing,
        caller: caller.as_ref(),
    };
    dispatch::log(shared, &seen, &logged);
    let resource = request.path.as_str();
    outcome
        .unwrap_or_else(|fault| fault.reply(resource, request_id))
        .with("x-amz-request-id", request_id)
        .with("x-amz-id-2", format!("{request_id}-crosspipe"))
        .with("Server", "AmazonS3")
}

fn run(operation: &Operation, ask: &Ask<'_>) -> Outcome {
    access::check(ask, operation).map_err(|fault| access::of_policy(ask, operation, fault))?;
    let reply = (operation.run)(ask).map_err(|fault| access::absent(ask, fault))?;
    if operation.changes {
        ask.shared.changed();
    }
    Ok(reply)
}

type Body = (Bytes, Vec<(String, String)>);

/// The body without its chunks, where it came in chunks.
fn unchunked(request: &Request, proved: &Authenticated) -> Result<Body, AuthFault> {
    let hash = request.header("x-amz-content-sha256").unwrap_or_default();
    if !chunked::is_chunked(hash) {
        return Ok((request.body.clone(), Vec::new()));
    }
    let decoded = chunked::decode(&request.body, hash, &proved.claim, &proved.secret)?;
    let announced = request
        .header("x-amz-decoded-content-length")
        .and_then(|text| text.parse::<usize>().ok());
    if announced.is_some_and(|length| length != decoded.body.len()) {
        return Err(AuthFault::BadChunks(
            "You did not provide the number of bytes specified by the x-amz-decoded-content-length header".to_owned(),
        ));
    }
    Ok((decoded.body, decoded.trailers))
}

/// The refusals of authentication, for [`S3Fault::refused`].
fn refusal_of(fault: &AuthFault) -> crate::sandbox::service::Fault {
    refusal::s3(fault)
}
