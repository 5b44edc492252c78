//! A request as AWS sees it: the condition keys that every request carries.
//!
//! Source: IAM User Guide, "AWS global condition context keys".

use super::owner::owner;
use crate::policy::{AwsPrincipal, Principal, Request};
use crate::sandbox::identity::Session;
use crate::sandbox::service::{Call, Caller};
use crate::sandbox::services::organizations;
use crate::sandbox::time;
use crate::sandbox::world::World;

/// A caller as a principal.
pub fn caller(caller: &Caller) -> Principal {
    if caller.is_anonymous() {
        return Principal::Anonymous;
    }
    Principal::Aws(AwsPrincipal {
        arn: caller.arn.clone(),
        principal_arn: caller.principal_arn.clone(),
        account: caller.account.clone(),
        unique_id: caller.user_id.split(':').next().map(str::to_owned),
    })
}

/// A session of a role, by the role's whole ARN, as a service that has taken it on calls with it.
pub fn role_session(world: &World, role_arn: &str, session_name: &str) -> Principal {
    let mut principal = AwsPrincipal::session(role_arn, session_name);
    principal.unique_id = super::role(world, role_arn).map(|(_, role)| role.id.clone());
    Principal::Aws(principal)
}

/// A service that calls in its own name, for example `codepipeline.amazonaws.com`.
pub fn service(name: &str) -> Principal {
    Principal::Service(name.to_owned())
}

/// A request with the keys that AWS adds to every one. `now` is in milliseconds since 1970. More keys may
/// be added with [`Request::with`].
pub fn request(
    world: &World,
    session: Option<&Session>,
    principal: &Principal,
    region: &str,
    now: i64,
    action: &str,
    resource: &str,
) -> Request {
    let asked = Request::new(principal.clone(), action).on(resource);
    complete(world, session, asked, region, now)
}

/// The request of a call: what the caller asks for over the network. The network is that of the machine.
pub fn of_call(
    world: &World,
    session: Option<&Session>,
    call: &Call,
    action: &str,
    resource: &str,
) -> Request {
    let asked = Request::new(caller(&call.caller), action)
        .on(resource)
        .with("aws:SourceIp", "127.0.0.1");
    complete(world, session, asked, &call.region, call.now)
}

/// A request, completed by the keys that AWS adds to every one, where they are not set.
///
/// The sandbox stands for an endpoint with TLS, so `aws:SecureTransport` is true. Whoever has an address of
/// the network adds `aws:SourceIp`: AWS's services call from inside.
pub fn complete(
    world: &World,
    session: Option<&Session>,
    mut request: Request,
    region: &str,
    now: i64,
) -> Request {
    absent(&mut request, "aws:SecureTransport", || "true".to_owned());
    absent(&mut request, "aws:ViaAWSService", || "false".to_owned());
    absent(&mut request, "aws:CurrentTime", || time::iso(now));
    absent(&mut request, "aws:EpochTime", || (now / 1000).to_string());
    absent(&mut request, "aws:RequestedRegion", || region.to_owned());
    if let Principal::Aws(aws) = request.principal().clone() {
        principal_keys(world, session, &aws, now, &mut request);
    }
    if request.resource_account().is_none() {
        let account = request.resource().and_then(|arn| owner(world, arn));
        if let Some(account) = account.map(str::to_owned) {
            request = request.owned_by(account);
        }
    }
    let account = request.resource_account().map(str::to_owned);
    if let Some(organization) = account.and_then(|id| organizations::of_account(world, &id)) {
        absent(&mut request, "aws:ResourceOrgID", || organization.id);
        absent(&mut request, "aws:ResourceOrgPaths", || organization.path);
    }
    request.with_derived_keys()
}

/// Sets a key that is not there yet.
fn absent(request: &mut Request, key: &str, value: impl FnOnce() -> String) {
    if request.values(key).is_empty() {
        request.add(key, value());
    }
}

fn principal_keys(
    world: &World,
    session: Option<&Session>,
    aws: &AwsPrincipal,
    now: i64,
    request: &mut Request,
) {
    if let Some(organization) = organizations::of_account(world, &aws.account) {
        absent(request, "aws:PrincipalOrgID", || organization.id);
        absent(request, "aws:PrincipalOrgPaths", || organization.path);
    }
    let mut tags: Vec<(String, String)> = Vec::new();
    if let Some(iam) = world.accounts.get(&aws.account).map(|a| &a.iam) {
        let role = iam.role_by_arn(&aws.principal_arn).map(|role| &role.tags);
        let user = || iam.user_by_arn(&aws.principal_arn).map(|user| &user.tags);
        tags.extend(role.or_else(user).into_iter().flatten().cloned());
    }
    if let Some(session) = session {
        let mfa = || session.mfa.to_string();
        absent(request, "aws:MultiFactorAuthPresent", mfa);
        if session.mfa {
            let age = now.saturating_sub(session.issued).max(0) / 1000;
            absent(request, "aws:MultiFactorAuthAge", || age.to_string());
        }
        let issued = || time::iso(session.issued);
        absent(request, "aws:TokenIssueTime", issued);
        if let Some(source) = &session.source_identity {
            absent(request, "aws:SourceIdentity", || source.clone());
        }
        for (key, value) in &session.tags {
            tags.retain(|(k, _)| !k.eq_ignore_ascii_case(key));
            tags.push((key.clone(), value.clone()));
        }
    }
    for (key, value) in tags {
        absent(request, &format!("aws:PrincipalTag/{key}"), || value);
    }
}
