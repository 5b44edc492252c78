//! What an operation asks for: its own action on each resource that it names, and what AWS checks besides,
//! such as `iam:PassRole`.
//!
//! Source: Service Authorization Reference, one page per service; where another source is meant, it is
//! named.

mod keys;
mod passing;
mod resources;
mod tagging;
mod tags;

pub use passing::passes;
pub use tags::tags_of;

use super::{check, of_call};
use crate::sandbox::identity::{self, Session};
use crate::sandbox::service::{Call, Fault, Operation, Service};
use crate::sandbox::services::{kms, organizations};
use crate::sandbox::world::World;

/// One thing that a call asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// The IAM action.
    pub action: String,
    /// The resource's ARN, or `*`.
    pub resource: String,
    /// The condition keys of this action.
    pub keys: Vec<(String, String)>,
}

impl Ask {
    pub(super) fn new(action: &str, resource: impl Into<String>) -> Self {
        Self {
            action: action.to_owned(),
            resource: resource.into(),
            keys: Vec::new(),
        }
    }

    pub(super) fn with(mut self, key: &str, value: impl Into<String>) -> Self {
        self.keys.push((key.to_owned(), value.into()));
        self
    }
}

/// Decides a call before it runs: each of what it asks for, in order. The first refusal is the answer.
///
/// # Errors
/// The fault that the service answers.
pub fn admit(
    world: &World,
    service: &Service,
    operation: &Operation,
    call: &Call,
) -> Result<(), Fault> {
    if world.permissive || decides_itself(world, service, operation, call) {
        return Ok(());
    }
    let session = identity::current_session(world);
    limits_of_session(session, service, operation)?;
    for ask in asks(world, service, operation, call) {
        let mut request = of_call(world, session, call, &ask.action, &ask.resource);
        for (key, value) in ask.keys {
            request.add(&key, value);
        }
        if request.resource_account().is_none() {
            // What is no ARN of anybody's is the caller's own to ask for; the operation will say what it is.
            request = request.owned_by(call.caller.account.clone());
        }
        check(world, session, &request).map_err(|refused| refused.fault(service.protocol))?;
    }
    Ok(())
}

/// What credentials of `GetSessionToken` cannot be used for, whatever the user may: IAM without a second
/// factor, and STS but for two operations.
///
/// Source: AWS STS API Reference, GetSessionToken.
fn limits_of_session(
    session: Option<&Session>,
    service: &Service,
    operation: &Operation,
) -> Result<(), Fault> {
    let Some(session) = session.filter(|session| session.role_id.is_empty()) else {
        return Ok(());
    };
    match (service.signing_name, operation.name) {
        ("iam", _) if !session.mfa => Err(Fault::new(
            "InvalidClientTokenId",
            "The security token included in the request is invalid",
        )
        .status(403)),
        ("sts", "AssumeRole" | "GetCallerIdentity") => Ok(()),
        ("sts", name) => Err(Fault::new(
            "AccessDenied",
            format!("Cannot call {name} with session credentials"),
        )
        .status(403)),
        _ => Ok(()),
    }
}

/// Operations that are decided where they run, because only there is known on what.
fn decides_itself(world: &World, service: &Service, operation: &Operation, call: &Call) -> bool {
    match (service.signing_name, operation.name) {
        ("sts", name) => name.starts_with("AssumeRole") || name == "GetSessionToken",
        (
            "kms",
            "Encrypt"
            | "Decrypt"
            | "ReEncrypt"
            | "DescribeKey"
            | "GetKeyRotationStatus"
            | "RetireGrant",
        ) => true,
        ("kms", name) if name.starts_with("GenerateDataKey") => true,
        // A key that is not there is found to be absent, not forbidden.
        ("kms", _) => call
            .text("KeyId")
            .is_some_and(|given| kms::key_arn(world, call, given).is_none()),
        // What only the management account may ask is refused to others in a sentence of its own.
        ("organizations", name) => {
            name != "DescribeOrganization"
                && !organizations::is_management(world, &call.caller.account)
        }
        _ => false,
    }
}

/// What a call asks for.
pub fn asks(world: &World, service: &Service, operation: &Operation, call: &Call) -> Vec<Ask> {
    if (service.signing_name, operation.name) == ("events", "PutEvents") {
        return keys::of_events_sent(call);
    }
    let mut asks: Vec<Ask> = resources::of(world, service, operation, call)
        .into_iter()
        .map(|(action, resource)| {
            let mut ask = Ask::new(&action, resource);
            ask.keys = keys::of(world, service.signing_name, operation.name, call);
            ask.keys.extend(tags::in_request(call));
            ask.keys
                .extend(tags::keys_of(world, service.signing_name, &ask.resource));
            ask
        })
        .collect();
    asks.extend(tagging::on_creation(world, service, operation, call));
    asks.extend(passing::passes(
        world,
        service.signing_name,
        operation.name,
        call,
    ));
    asks
}
