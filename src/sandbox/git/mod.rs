//! Git over HTTP, as CodeCommit serves it: clone, fetch and push under `/v1/repos/NAME`.
//!
//! The protocol is git's smart HTTP in its first version; newer clients fall back to it. Packs and objects are
//! read by gitoxide's crates. Sources: git's documentation, "gitprotocol-http" and "gitprotocol-pack".

pub mod credentials;
pub mod keys;

mod pack;
mod packing;
mod pktline;
mod reach;
mod receive;
mod refs;
#[cfg(test)]
mod tests;
mod upload;

use std::io::Read as _;

use super::authorize;
use super::dispatch::{self, Seen, Shared};
use super::identity;
use super::request::{Reply, Request};
use super::service::{Call, Fault};
use super::services::codecommit::{Repository, names, repository_arn};
use super::world::World;
use credentials::Unknown;

/// What a request that is written in git's protocol may unfold to.
const LARGEST_NEGOTIATION: u64 = 64 * 1024 * 1024;

/// Which way objects go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Clone and fetch.
    Upload,
    /// Push.
    Receive,
}

impl Way {
    /// What git calls it.
    fn service(self) -> &'static str {
        match self {
            Self::Upload => "git-upload-pack",
            Self::Receive => "git-receive-pack",
        }
    }

    /// The operation, as IAM names it.
    fn operation(self) -> &'static str {
        match self {
            Self::Upload => "GitPull",
            Self::Receive => "GitPush",
        }
    }
}

/// What a request is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The repository's name, as it stands in the path.
    name: String,
    way: Way,
    /// Whether only the references are asked for.
    listing: bool,
}

/// Whether a request is git's, and what it is for. No bucket is called `v1`: names of buckets are longer.
pub fn target(request: &Request) -> Option<Target> {
    let rest = request.path.strip_prefix("/v1/repos/")?;
    let (name, end) = rest.split_once('/')?;
    let end = end.trim_start_matches('/');
    let of = |service: &str| {
        [Way::Upload, Way::Receive]
            .into_iter()
            .find(|way| way.service() == service)
    };
    let (way, listing) = match (request.method.as_str(), end) {
        // Without a service it is the old protocol that is asked for, which serves files.
        ("GET", "info/refs") => (of(&request.parameter("service")?)?, true),
        ("POST", service) => (of(service)?, false),
        _ => return None,
    };
    Some(Target {
        name: name.to_owned(),
        way,
        listing,
    })
}

/// Why a request is not carried out: status, code for the log, and the text of the answer.
struct Refusal {
    status: u16,
    code: &'static str,
    text: String,
}

impl Refusal {
    fn new(status: u16, code: &'static str, text: impl Into<String>) -> Self {
        Self {
            status,
            code,
            text: text.into(),
        }
    }
}

/// Answers a request of git.
pub fn answer(
    shared: &Shared,
    request: &Request,
    target: &Target,
    now: i64,
    request_id: &str,
) -> Reply {
    let mut call = None;
    let answer = carry_out(shared, request, target, now, request_id, &mut call);
    let seen = Seen {
        now,
        request_id,
        service: "codecommit",
        operation: target.way.operation(),
        region: call
            .as_ref()
            .map(|it: &Call| it.region.as_str())
            .unwrap_or_default(),
        changing: target.way == Way::Receive && !target.listing,
        caller: call.as_ref().map(|it| &it.caller),
    };
    let logged = answer
        .as_ref()
        .map(|_| ())
        .map_err(|refusal| Fault::new(refusal.code, &refusal.text).status(refusal.status));
    dispatch::log(shared, &seen, &logged);
    let reply = match answer {
        Ok(body) => {
            let kind = if target.listing {
                "advertisement"
            } else {
                "result"
            };
            let kind = format!("application/x-{}-{kind}", target.way.service());
            Reply::text(200, &kind, body)
        }
        Err(refusal) => {
            let reply = Reply::text(refusal.status, "text/plain", format!("{}\n", refusal.text));
            match refusal.status {
                401 => reply.with("WWW-Authenticate", "Basic realm=\"AWS CodeCommit\""),
                _ => reply,
            }
        }
    };
    reply
        .with("Cache-Control", "no-cache, max-age=0, must-revalidate")
        .with("x-amzn-RequestId", request_id)
}

fn carry_out(
    shared: &Shared,
    request: &Request,
    target: &Target,
    now: i64,
    request_id: &str,
    made: &mut Option<Call>,
) -> Result<Vec<u8>, Refusal> {
    let mut world = shared.world();
    let known =
        credentials::check(&world, request, &target.name, now).map_err(
            |unknown| match unknown {
                Unknown::Nobody => Refusal::new(401, "Unauthorized", "Who is asking?"),
                Unknown::Wrong => Refusal::new(
                    403,
                    "AccessDenied",
                    "The user name and password are not valid, or not any more.",
                ),
            },
        )?;
    let not_found = || {
        Refusal::new(
            404,
            "RepositoryDoesNotExistException",
            "Repository not found",
        )
    };
    let region = known.region.ok_or_else(not_found)?;
    let call = &*made.insert(Call {
        caller: known.caller,
        region,
        input: serde_json::json!({ "repositoryName": target.name }),
        now,
        request_id: request_id.to_owned(),
    });
    known.key.clone_into(&mut world.calling_with);
    let refused = |message: String| Refusal::new(403, "AccessDeniedException", message);
    permitted(&world, call, target.way, None).map_err(refused)?;
    if names::check_repository_name(&target.name).is_err() {
        return Err(not_found());
    }
    let found = repository(&world, call).ok_or_else(not_found)?;
    match (target.way, target.listing) {
        (way, true) => Ok(refs::advertise(found, way)),
        (Way::Upload, false) => {
            let asked = upload::Asked::read(&unpacked(request)?)?;
            let chosen = asked.choose(found);
            // The others need not wait until it is compressed.
            drop(world);
            chosen
                .answer()
                .map_err(|error| Refusal::new(500, "InternalFailure", error.to_string()))
        }
        (Way::Receive, false) => {
            let body = unpacked(request)?;
            let push = receive::Push::read(&body)?;
            let refused = push.refused(&world, call);
            drop(world);
            Ok(receive::carry_out(shared, call, &known.key, push, refused))
        }
    }
}

/// Whether the caller may; with a reference, whether that one.
fn permitted(world: &World, call: &Call, way: Way, reference: Option<&str>) -> Result<(), String> {
    let name = call.text("repositoryName").unwrap_or_default();
    let resource = repository_arn(&call.region, &call.caller.account, name);
    let session = identity::current_session(world);
    let action = format!("codecommit:{}", way.operation());
    let mut request = authorize::of_call(world, session, call, &action, &resource);
    if let Some(reference) = reference {
        request.add("codecommit:References", reference);
    }
    if let Some(found) = repository(world, call) {
        for (key, value) in &found.tags {
            request.add(&format!("aws:ResourceTag/{key}"), value.clone());
        }
    }
    authorize::check(world, session, &request).map_err(|refusal| refusal.message)
}

fn repository<'a>(world: &'a World, call: &Call) -> Option<&'a Repository> {
    world
        .regional_ref(&call.caller.account, &call.region)?
        .codecommit
        .repositories
        .get(call.text("repositoryName")?)
}

/// The body, unpacked where git has compressed it.
fn unpacked(request: &Request) -> Result<Vec<u8>, Refusal> {
    match request.header("content-encoding") {
        None | Some("identity") => Ok(request.body.to_vec()),
        Some("gzip" | "x-gzip") => {
            let mut body = Vec::new();
            let read = flate2::read::GzDecoder::new(request.body.as_ref())
                .take(LARGEST_NEGOTIATION + 1)
                .read_to_end(&mut body);
            match read {
                Ok(length) if length as u64 <= LARGEST_NEGOTIATION => Ok(body),
                Ok(_) => Err(Refusal::new(413, "TooLarge", "The request is too long.")),
                Err(_) => Err(malformed("the request is not compressed as it says")),
            }
        }
        Some(_) => Err(Refusal::new(
            415,
            "UnsupportedEncoding",
            "The encoding of the request is not known here.",
        )),
    }
}

fn malformed(why: impl Into<String>) -> Refusal {
    Refusal::new(400, "BadRequest", why)
}

impl From<pktline::Malformed> for Refusal {
    fn from(fault: pktline::Malformed) -> Self {
        malformed(fault.to_string())
    }
}
