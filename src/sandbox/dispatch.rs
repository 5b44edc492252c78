//! From a request to its reply: route, authenticate, run, write, log.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::authorize;
use super::blobs::Blobs;
use super::calls::{Calls, Logged};
use super::clockwork;
use super::git;
use super::identity;
use super::protocol::{self, json, query, refusal};
use super::request::{Reply, Request};
use super::service::{Call, Caller, Effect, Fault, Operation, Protocol, Service};
use super::services::{self, s3};
use super::sigv4::{self, AuthFault, Claim};
use super::store::Saver;
use super::time::Clock;
use super::world::{Ids, World};

/// What every request works on.
pub struct Shared {
    /// The accounts.
    pub world: Mutex<World>,
    /// Object bodies.
    pub blobs: Blobs,
    /// The log.
    pub calls: Calls,
    /// The time.
    pub clock: Clock,
    /// How long each answer is held back.
    pub latency: Duration,
    /// Who saves the world after a change; `None` where it lives in memory only.
    pub saver: Option<Saver>,
    /// Request ids: apart from the world's, so that reading leaves the world as it was.
    pub request_ids: Mutex<Ids>,
}

impl Shared {
    /// The world, for as long as the guard lives.
    pub fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Carries out what is due by now.
    pub fn advance(&self) {
        let now = (self.clock)();
        let stepped = clockwork::advance(&mut self.world(), &self.blobs, now);
        if stepped {
            self.changed();
        }
    }

    fn request_id(&self) -> String {
        self.request_ids
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .uuid()
    }

    /// Has the world saved soon.
    pub fn changed(&self) {
        if let Some(saver) = &self.saver {
            saver.notify();
        }
    }
}

/// A caller whose signature was found good.
#[derive(Debug, Clone)]
pub struct Authenticated {
    /// Who.
    pub caller: Caller,
    /// The claim that was proved.
    pub claim: Claim,
    /// The secret, for the signatures of chunks.
    pub secret: String,
}

/// Proves a claim. The body is hashed without holding the world.
pub fn authenticate(
    shared: &Shared,
    request: &Request,
    claim: Result<Option<Claim>, AuthFault>,
    now: i64,
) -> Result<Authenticated, AuthFault> {
    let claim = claim?.ok_or(AuthFault::Missing)?;
    let key = identity::look_up(&shared.world(), &claim.key)
        .ok_or_else(|| AuthFault::UnknownKey(claim.key.clone()))?;
    if key.token.is_some() && claim.token.is_none() {
        // Without its token a session's key is nobody's: S3 answers InvalidAccessKeyId for it.
        return Err(AuthFault::UnknownKey(claim.key));
    }
    if key.token != claim.token {
        return Err(AuthFault::BadToken);
    }
    if key.expires.is_some_and(|at| at <= now) {
        return Err(AuthFault::ExpiredToken);
    }
    sigv4::verify(request, &claim, &key.secret, now)?;
    Ok(Authenticated {
        caller: key.caller,
        claim,
        secret: key.secret,
    })
}

/// What a request is for.
enum Target {
    Service(&'static Service),
    S3,
    /// A service that the sandbox does not have, in the form that it seems to be spoken to.
    Unknown(Protocol),
}

const UNKNOWN_QUERY: Protocol = Protocol::Query {
    xmlns: "http://webservices.amazon.com/AWSFault/2005-15-09",
};
const UNKNOWN_JSON: Protocol = Protocol::Json {
    version: "1.1",
    target_prefix: "",
};

/// Service (as in `CodeConnections_20231201`) and operation of a request in Smithy RPC v2 CBOR, which newer
/// SDK clients speak to some services whose other clients speak JSON.
fn rpc(request: &Request) -> Option<(&str, &str)> {
    if request.header("smithy-protocol") != Some("rpc-v2-cbor") {
        return None;
    }
    request
        .path
        .strip_prefix("/service/")?
        .split_once("/operation/")
}

fn route(request: &Request, scope_service: Option<&str>) -> Target {
    if let Some((name, _)) = rpc(request) {
        let named = services::all().iter().find(|service| {
            matches!(service.protocol, Protocol::Json { target_prefix, .. }
                if target_prefix.rsplit('.').next() == Some(name))
        });
        return named.map_or(Target::Unknown(UNKNOWN_JSON), |s| Target::Service(s));
    }
    let target = request.header("x-amz-target");
    match scope_service {
        Some("s3" | "s3express" | "s3-outposts") => return Target::S3,
        Some(name) => {
            let query =
                target.is_none() && query::find(&query::parameters(request), "Action").is_some();
            if let Some(service) = services::by_signing_name(name, query) {
                return Target::Service(service);
            }
            if query {
                return Target::Unknown(UNKNOWN_QUERY);
            }
            return Target::Unknown(UNKNOWN_JSON);
        }
        None => {}
    }
    if let Some(target) = target {
        let prefix = target.rsplit_once('.').map_or("", |(prefix, _)| prefix);
        let named = services::all().iter().find(|service| {
            matches!(service.protocol, Protocol::Json { target_prefix, .. } if target_prefix == prefix)
        });
        return named.map_or(Target::Unknown(UNKNOWN_JSON), |s| Target::Service(s));
    }
    let parameters = query::parameters(request);
    if query::find(&parameters, "Action").is_some() {
        let version = query::find(&parameters, "Version").unwrap_or_default();
        let named = services::all().iter().find(|service| {
            matches!(service.protocol, Protocol::Query { xmlns } if !version.is_empty() && xmlns.contains(version))
        });
        return named.map_or(Target::Unknown(UNKNOWN_QUERY), |s| Target::Service(s));
    }
    Target::S3
}

/// Services that have one endpoint for all Regions: what they hold is not kept per Region.
fn region_of(service: &str, scope: &str) -> String {
    match service {
        "iam" | "organizations" => "us-east-1".to_owned(),
        _ => scope.to_owned(),
    }
}

/// Answers a request.
pub fn answer(shared: &Shared, request: &Request) -> Reply {
    let request_id = shared.request_id();
    shared.advance();
    let now = (shared.clock)();
    if let Some(target) = git::target(request) {
        return git::answer(shared, request, &target, now, &request_id);
    }
    let claim = sigv4::read(request);
    let scope_service = claim
        .as_ref()
        .ok()
        .and_then(Option::as_ref)
        .map(|c| c.service.clone());
    match route(request, scope_service.as_deref()) {
        Target::S3 => s3::answer(shared, request, claim, now, &request_id),
        Target::Service(service) => serve(shared, request, service, claim, now, &request_id),
        Target::Unknown(wire) => {
            let (operation, fault) = unknown(request, wire);
            let answer = Err(match authenticate(shared, request, claim, now) {
                Ok(_) => fault,
                Err(refused) => refusal_for(wire, &refused),
            });
            log(
                shared,
                &Seen {
                    now,
                    request_id: &request_id,
                    service: scope_service.as_deref().unwrap_or_default(),
                    operation: &operation,
                    region: "",
                    changing: false,
                    caller: None,
                },
                &answer,
            );
            protocol::reply(wire, &operation, &answer, &request_id)
        }
    }
}

fn refusal_for(wire: Protocol, fault: &AuthFault) -> Fault {
    match wire {
        Protocol::Query { .. } => refusal::query(fault),
        Protocol::Json { .. } => refusal::json(fault),
    }
}

/// The operation that a request names, and the error that says it is not known.
fn unknown(request: &Request, wire: Protocol) -> (String, Fault) {
    match wire {
        Protocol::Query { .. } => {
            let parameters = query::parameters(request);
            let action = query::find(&parameters, "Action").unwrap_or_default();
            let version = query::find(&parameters, "Version").unwrap_or_default();
            if action.is_empty() {
                let fault = Fault::new(
                    "MissingAction",
                    "The request is missing an action or a required parameter.",
                );
                return (String::new(), fault);
            }
            let message = format!("Could not find operation {action} for version {version}");
            (action.to_owned(), Fault::new("InvalidAction", message))
        }
        Protocol::Json { .. } => {
            let target = request.header("x-amz-target").unwrap_or_default();
            let operation = match rpc(request) {
                Some((_, operation)) => operation.to_owned(),
                None => target.rsplit('.').next().unwrap_or_default().to_owned(),
            };
            let message = format!("The operation {operation} is not known here.");
            (operation, Fault::new("UnknownOperationException", message))
        }
    }
}

/// What is known of a request when it is logged.
pub struct Seen<'a> {
    /// Milliseconds since 1970.
    pub now: i64,
    /// The request's id.
    pub request_id: &'a str,
    /// The service.
    pub service: &'a str,
    /// The operation.
    pub operation: &'a str,
    /// The Region.
    pub region: &'a str,
    /// Whether the operation changes something.
    pub changing: bool,
    /// Who, where that was proved.
    pub caller: Option<&'a Caller>,
}

/// Adds a request to the log.
pub fn log<T>(shared: &Shared, seen: &Seen<'_>, answer: &Result<T, Fault>) {
    shared.calls.add(Logged {
        time: seen.now,
        account: seen.caller.map(|c| c.account.clone()).unwrap_or_default(),
        caller: seen.caller.map(|c| c.arn.clone()).unwrap_or_default(),
        service: seen.service.to_owned(),
        operation: seen.operation.to_owned(),
        region: seen.region.to_owned(),
        changing: seen.changing,
        status: answer.as_ref().err().map_or(200, |fault| fault.status),
        code: answer.as_ref().err().map(|fault| fault.code.clone()),
        request_id: seen.request_id.to_owned(),
    });
}

fn serve(
    shared: &Shared,
    request: &Request,
    service: &'static Service,
    claim: Result<Option<Claim>, AuthFault>,
    now: i64,
    request_id: &str,
) -> Reply {
    let wire = service.protocol;
    let (name, unknown_fault) = unknown(request, wire);
    let found = find(request, service, &name);
    let mut caller = None;
    let mut region = String::new();
    let answer = match authenticate(shared, request, claim, now) {
        Err(AuthFault::Missing) if name.starts_with("AssumeRoleWith") && found.is_some() => {
            // These two are the only ones that are asked without a signature. The sandbox has no way to
            // check a token of an identity provider, so none is ever valid.
            Err(Fault::new(
                "InvalidIdentityToken",
                "The identity token cannot be validated: no identity provider can be reached from here.",
            ))
        }
        Err(refused) => Err(refusal_for(wire, &refused)),
        Ok(proved) => {
            region = region_of(service.signing_name, &proved.claim.region);
            let call = Call {
                caller: proved.caller.clone(),
                region: region.clone(),
                input: serde_json::Value::Null,
                now,
                request_id: request_id.to_owned(),
            };
            caller = Some(proved.caller);
            match found {
                None => Err(unknown_fault),
                Some(operation) => {
                    run(shared, request, service, operation, call, &proved.claim.key)
                }
            }
        }
    };
    let changing = found.is_some_and(|o| o.effect == Effect::Changes);
    let seen = Seen {
        now,
        request_id,
        service: service.signing_name,
        operation: &name,
        region: &region,
        changing,
        caller: caller.as_ref(),
    };
    log(shared, &seen, &answer);
    if rpc(request).is_some() {
        return protocol::rpc::reply(&answer, request_id);
    }
    protocol::reply(wire, &name, &answer, request_id)
}

fn find(request: &Request, service: &'static Service, name: &str) -> Option<&'static Operation> {
    if let Protocol::Json { target_prefix, .. } = service.protocol
        && rpc(request).is_none()
    {
        let target = request.header("x-amz-target").unwrap_or_default();
        let prefix = target.rsplit_once('.').map(|(prefix, _)| prefix);
        if prefix != Some(target_prefix) {
            return None;
        }
    }
    service.operations.iter().find(|o| o.name == name)
}

fn run(
    shared: &Shared,
    request: &Request,
    service: &Service,
    operation: &Operation,
    mut call: Call,
    key: &str,
) -> super::service::Answer {
    call.input = match service.protocol {
        Protocol::Query { .. } => query::fold(query::parameters(request))?,
        Protocol::Json { .. } if rpc(request).is_some() => protocol::rpc::input(request)?,
        Protocol::Json { .. } => json::input(request)?,
    };
    let mut world = shared.world();
    key.clone_into(&mut world.calling_with);
    authorize::admit(&world, service, operation, &call)?;
    let answer = (operation.run)(&mut world, &call);
    let touched = std::mem::take(&mut world.touched);
    drop(world);
    if touched || (answer.is_ok() && operation.effect == Effect::Changes) {
        shared.changed();
    }
    answer
}
