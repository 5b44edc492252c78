//! Who may take on a role: asked by STS for a person's request, and by services that check at
//! creation that a role can be assumed (CodePipeline, CodeBuild, CodeDeploy).

use std::sync::Arc;

use super::identity::Session;
use super::services::iam::{managed, state::Role};
use super::world::World;
use crate::policy::{self, Answer, AwsPrincipal, Document, Policies, Principal, Request};

/// A role by its ARN (with path), and the account that it is in.
pub fn role<'a>(world: &'a World, arn: &'a str) -> Option<(&'a str, &'a Role)> {
    let account = arn.strip_prefix("arn:aws:iam::")?.split(':').next()?;
    let role = world.accounts.get(account)?.iam.role_by_arn(arn)?;
    Some((account, role))
}

/// The documents of the caller's own side: inline policies and attached ones of the role or user that
/// `aws:PrincipalArn` names, its boundary, and the policies of its session.
///
/// `None` where one of them cannot be read, which might hold a Deny.
pub fn policies(world: &World, session: Option<&Session>, principal_arn: &str) -> Option<Policies> {
    let mut policies = Policies {
        session: session.and_then(|session| session_policies(world, session)),
        ..Policies::default()
    };
    let account = principal_arn
        .strip_prefix("arn:aws:iam::")
        .and_then(|rest| rest.split(':').next())
        .unwrap_or_default();
    let Some(iam) = world.accounts.get(account).map(|a| &a.iam) else {
        return Some(policies);
    };
    let (inline, attached, boundary) = if let Some(role) = iam.role_by_arn(principal_arn) {
        (&role.inline, &role.attached, &role.boundary)
    } else if let Some(user) = iam.user_by_arn(principal_arn) {
        (&user.inline, &user.attached, &user.boundary)
    } else {
        return Some(policies);
    };
    let attached = attached
        .iter()
        .filter_map(|arn| managed::document(world, account, arn));
    policies.identity = inline
        .values()
        .map(String::as_str)
        .chain(attached)
        .map(read)
        .collect::<Option<_>>()?;
    // A boundary whose policy cannot be read allows nothing.
    policies.boundaries = boundary
        .iter()
        .map(|arn| {
            managed::document(world, account, arn)
                .and_then(read)
                .unwrap_or_default()
        })
        .collect();
    Some(policies)
}

/// The same, with the policy of the resource.
pub fn policies_with(
    world: &World,
    session: Option<&Session>,
    request: &Request,
    resource: Option<&str>,
) -> Option<Policies> {
    let mut policies = match request.principal() {
        Principal::Aws(principal) => policies(world, session, &principal.principal_arn)?,
        _ => Policies::default(),
    };
    policies.resource = match resource {
        Some(text) => Some(read(text)?),
        None => None,
    };
    Some(policies)
}

fn read(text: &str) -> Option<Arc<Document>> {
    policy::parse_text(text).ok().map(Arc::new)
}

/// The policies handed over when a session began; one that cannot be read allows nothing.
fn session_policies(world: &World, session: &Session) -> Option<Vec<Arc<Document>>> {
    if session.policies.is_empty() && session.policy_arns.is_empty() {
        return None;
    }
    let managed = session
        .policy_arns
        .iter()
        .filter_map(|arn| managed::document(world, &session.account, arn));
    let inline = session.policies.iter().map(String::as_str);
    Some(
        inline
            .chain(managed)
            .map(|text| read(text).unwrap_or_default())
            .collect(),
    )
}

/// Whether a request to assume a role (or to tag the session, or to set its source identity) is allowed:
/// by the trust policy, and by the caller's own side where that counts too.
pub fn allowed(
    world: &World,
    session: Option<&Session>,
    role_arn: &str,
    request: &Request,
) -> bool {
    let Some((_, role)) = role(world, role_arn) else {
        return false;
    };
    let trust = role.trust.shown(world);
    policies_with(world, session, request, Some(&trust))
        .is_some_and(|policies| policy::decide(&policies, request).answer == Answer::Allowed)
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
    allowed(world, None, role_arn, &request.with_derived_keys())
}

/// Whether one role may assume another: its own policies allow `sts:AssumeRole` on it (across accounts,
/// or where the trust names only the account), and the other one trusts it.
pub fn role_can_assume(world: &World, caller_role_arn: &str, role_arn: &str) -> bool {
    let Some((_, caller)) = role(world, caller_role_arn) else {
        return false;
    };
    let mut principal = AwsPrincipal::session(caller_role_arn, "crosspipe");
    principal.unique_id = Some(caller.id.clone());
    let request = Request::new(Principal::Aws(principal), "sts:AssumeRole")
        .on(role_arn)
        .with_derived_keys();
    allowed(world, None, role_arn, &request)
}
