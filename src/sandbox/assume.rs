//! Who may take on a role: asked by STS for a person's request, and by services that check at
//! creation that a role can be assumed (CodePipeline, CodeBuild, CodeDeploy).

use serde_json::Value;

use super::identity::Session;
use super::services::iam::{managed, state::Role};
use super::world::World;
use crate::policy::{AwsPrincipal, Principal, Request, identity, trust};

/// A role by its ARN (with path), and the account that it is in.
pub fn role<'a>(world: &'a World, arn: &'a str) -> Option<(&'a str, &'a Role)> {
    let account = arn.strip_prefix("arn:aws:iam::")?.split(':').next()?;
    let role = world.accounts.get(account)?.iam.role_by_arn(arn)?;
    Some((account, role))
}

/// The documents that grant: inline policies and attached ones, of the role or user that
/// `aws:PrincipalArn` names; and its boundary's document. A document that is not JSON is left out, as
/// none is ever stored.
pub fn documents(world: &World, principal_arn: &str) -> (Vec<Value>, Option<Value>) {
    let account = principal_arn
        .strip_prefix("arn:aws:iam::")
        .and_then(|rest| rest.split(':').next())
        .unwrap_or_default();
    let Some(iam) = world.accounts.get(account).map(|a| &a.iam) else {
        return (Vec::new(), None);
    };
    let (inline, attached, boundary) = if let Some(role) = iam.role_by_arn(principal_arn) {
        (&role.inline, &role.attached, &role.boundary)
    } else if let Some(user) = iam.user_by_arn(principal_arn) {
        (&user.inline, &user.attached, &user.boundary)
    } else {
        return (Vec::new(), None);
    };
    let read = |text: &str| serde_json::from_str(text).ok();
    let of_arn = |arn: &String| managed::document(world, account, arn).and_then(read);
    let granting = inline
        .values()
        .filter_map(|text| read(text))
        .chain(attached.iter().filter_map(of_arn))
        .collect();
    // A boundary whose policy cannot be read allows nothing.
    let boundary = boundary
        .as_ref()
        .map(|arn| of_arn(arn).unwrap_or(Value::Null));
    (granting, boundary)
}

/// Whether the caller's own side allows a request: its identity policies, its boundary, and the policies
/// of its session.
pub fn identity_allows(world: &World, session: Option<&Session>, request: &Request) -> bool {
    let Principal::Aws(principal) = &request.principal else {
        return false;
    };
    let (granting, boundary) = documents(world, &principal.principal_arn);
    let allowed = |documents: &[&Value]| identity::permits(documents, request).permits();
    if !allowed(&granting.iter().collect::<Vec<_>>()) {
        return false;
    }
    if let Some(boundary) = &boundary
        && !allowed(&[boundary])
    {
        return false;
    }
    let Some(session) = session else { return true };
    if session.policies.is_empty() && session.policy_arns.is_empty() {
        return true;
    }
    let inline = session.policies.iter().map(String::as_str);
    let managed = session
        .policy_arns
        .iter()
        .filter_map(|arn| managed::document(world, &session.account, arn));
    let limits: Vec<Value> = inline
        .chain(managed)
        .filter_map(|text| serde_json::from_str(text).ok())
        .collect();
    allowed(&limits.iter().collect::<Vec<_>>())
}

/// Whether a request to assume a role (or to tag the session, or to set its source identity) is allowed:
/// the trust policy, and the caller's own side where that counts too.
pub fn allowed(
    world: &World,
    session: Option<&Session>,
    role_arn: &str,
    request: &Request,
) -> bool {
    let Some((_, role)) = role(world, role_arn) else {
        return false;
    };
    let Ok(document) = serde_json::from_str::<Value>(&role.trust.shown(world)) else {
        return false;
    };
    let decision = trust::permits(&document, request);
    if !decision.permits() {
        return false;
    }
    !decision.needs_identity || identity_allows(world, session, request)
}

/// Whether a role trusts a service. `context` holds the condition keys that the service sends, such as
/// `aws:SourceAccount` and `aws:SourceArn`. A role that does not exist trusts nobody.
pub fn service_can_assume(
    world: &World,
    role_arn: &str,
    service: &str,
    context: &[(&str, &str)],
) -> bool {
    let principal = Principal::Service(service.to_owned());
    let mut request = Request::new(principal, "sts:AssumeRole").on(role_arn);
    for (key, value) in context {
        request.add(key, *value);
    }
    allowed(world, None, role_arn, &request)
}

/// Whether one role may assume another: its own policies allow `sts:AssumeRole` on it (across accounts,
/// or where the trust names only the account), and the other one trusts it.
pub fn role_can_assume(world: &World, caller_role_arn: &str, role_arn: &str) -> bool {
    let Some((_, caller)) = role(world, caller_role_arn) else {
        return false;
    };
    let mut principal = AwsPrincipal::session(caller_role_arn, "crosspipe");
    principal.unique_id = Some(caller.id.clone());
    let request = Request::new(Principal::Aws(principal), "sts:AssumeRole").on(role_arn);
    allowed(world, None, role_arn, &request)
}
