//! Whether a request is allowed: every document of the world around it, the decision of the policy
//! engine, and the refusal in AWS's words.
//!
//! [`request`] fills in what AWS knows of a request besides what is asked for; [`check`] decides it;
//! [`assume`] is a role taken on by a service or by another role. The names and the rules of deciding:
//! `docs/adr/0005-policy-engine.md`.

mod assume;
mod cache;
mod documents;
mod operation;
mod owner;
mod refusal;
mod request;
mod resource;

use std::borrow::Cow;

pub use self::assume::{assume, role, role_can_assume, service_can_assume};
pub use self::cache::document;
pub use self::documents::gather;
pub use self::operation::{Ask, admit, asks, passes, tags_of};
pub use self::owner::owner;
pub use self::refusal::{Refusal, refusal};
pub use self::request::{caller, complete, of_call, request, role_session, service};
pub use self::resource::policy_of;

use super::identity::Session;
use super::world::World;
use crate::policy::{self, Answer, Decision, Request};

/// Decides a request with every document that the world holds around it: the caller's policies and
/// boundary, the policies of the session, those of the organization, and the policy of the resource.
///
/// The session is that of credentials which STS handed out; services, and roles that services take on,
/// have none.
pub fn decide(world: &World, session: Option<&Session>, request: &Request) -> Decision {
    let request = owned(world, request);
    policy::decide(&gather(world, session, &request), &request)
}

/// The same, with AWS's sentence where it is not allowed. What cannot be said for sure is not allowed. In a
/// world that is permissive everything is.
///
/// # Errors
/// The refusal.
pub fn check(world: &World, session: Option<&Session>, request: &Request) -> Result<(), Refusal> {
    let request = owned(world, request);
    let policies = gather(world, session, &request);
    let decision = policy::decide(&policies, &request);
    if world.permissive || decision.answer == Answer::Allowed {
        return Ok(());
    }
    Err(Refusal::of(world, session, &request, decision))
}

/// The request with the account that its resource belongs to, where its ARN does not hold it.
fn owned<'a>(world: &World, request: &'a Request) -> Cow<'a, Request> {
    if request.resource_account().is_some() {
        return Cow::Borrowed(request);
    }
    match request.resource().and_then(|arn| owner(world, arn)) {
        Some(account) => Cow::Owned(
            request
                .clone()
                .with("aws:ResourceAccount", account)
                .owned_by(account),
        ),
        None => Cow::Borrowed(request),
    }
}
