//! The documents around a request.

use std::sync::Arc;

use super::cache::{of_identity, of_resource};
use super::resource;
use crate::policy::{Document, Policies, Principal, Request, Settings};
use crate::sandbox::identity::Session;
use crate::sandbox::services::iam::managed;
use crate::sandbox::services::kms;
use crate::sandbox::services::organizations;
use crate::sandbox::world::World;

/// The ARNs of the documents around a request, each at the place of its document; `None` for those that
/// have none, as inline policies.
#[derive(Debug, Default)]
pub(super) struct Names {
    pub(super) identity: Vec<Option<String>>,
    pub(super) boundaries: Vec<Option<String>>,
    pub(super) session: Vec<Option<String>>,
    pub(super) scps: Vec<Vec<Option<String>>>,
    pub(super) rcps: Vec<Vec<Option<String>>>,
}

/// The names of what [`gather`] gathers.
pub(super) fn names(world: &World, session: Option<&Session>, request: &Request) -> Names {
    let mut names = Names::default();
    if let Principal::Aws(principal) = request.principal() {
        let iam = world.accounts.get(&principal.account).map(|a| &a.iam);
        if let Some(iam) = iam {
            let arn = &principal.principal_arn;
            let role = iam.role_by_arn(arn);
            let found = role
                .map(|r| (r.inline.len(), &r.attached, &r.boundary))
                .or_else(|| {
                    iam.user_by_arn(arn)
                        .map(|u| (u.inline.len(), &u.attached, &u.boundary))
                });
            if let Some((inline, attached, boundary)) = found {
                let there = attached
                    .iter()
                    .filter(|arn| managed::document(world, &principal.account, arn).is_some());
                names.identity = std::iter::repeat_n(None, inline)
                    .chain(there.cloned().map(Some))
                    .collect();
                names.boundaries = boundary.iter().cloned().map(Some).collect();
            }
        }
        if let Some(session) = session {
            let there = session
                .policy_arns
                .iter()
                .filter(|arn| managed::document(world, &session.account, arn).is_some());
            names.session = std::iter::repeat_n(None, session.policies.len())
                .chain(there.cloned().map(Some))
                .collect();
        }
        names.scps = organizations::scp_names(world, &principal.account);
    }
    if let Some(account) = request.resource_account() {
        names.rcps = organizations::rcp_names(world, account);
    }
    names
}

/// Every document that has a say in a request.
pub fn gather(world: &World, session: Option<&Session>, request: &Request) -> Policies {
    let mut policies = match request.principal() {
        Principal::Aws(principal) => {
            let mut policies = of_caller(world, &principal.account, &principal.principal_arn);
            policies.session = session.and_then(|session| of_session(world, session));
            policies.scps = organizations::scps(world, &principal.account);
            policies.settings.management_account =
                organizations::is_management(world, &principal.account);
            policies
        }
        _ => Policies::default(),
    };
    if let Some(arn) = request.resource() {
        let of_resource_policy = resource::policy_of(world, arn);
        policies.resource = of_resource_policy.map(|text| of_resource(&text));
        policies.settings.block_public_access = resource::blocks_public_access(world, arn);
        if request.service() == "kms" {
            policies.grants = kms::grants_of(world, arn);
        }
    }
    if let Some(account) = request.resource_account() {
        policies.rcps = organizations::rcps(world, account);
        policies.settings.resource_in_management_account =
            organizations::is_management(world, account);
    }
    policies
}

/// Inline policies, attached ones and the boundary of the role or user that `aws:PrincipalArn` names. One
/// that does not exist has none.
fn of_caller(world: &World, account: &str, principal_arn: &str) -> Policies {
    let Some(iam) = world.accounts.get(account).map(|a| &a.iam) else {
        return Policies::default();
    };
    let mut linked = false;
    let (inline, attached, boundary) = if let Some(role) = iam.role_by_arn(principal_arn) {
        linked = role.linked_to.is_some();
        (&role.inline, &role.attached, &role.boundary)
    } else if let Some(user) = iam.user_by_arn(principal_arn) {
        (&user.inline, &user.attached, &user.boundary)
    } else {
        return Policies::default();
    };
    let attached = attached
        .iter()
        .filter_map(|arn| managed::document(world, account, arn));
    Policies {
        identity: inline
            .values()
            .map(String::as_str)
            .chain(attached)
            .map(of_identity)
            .collect(),
        // A boundary whose policy is gone allows nothing.
        boundaries: boundary
            .iter()
            .map(|arn| {
                managed::document(world, account, arn)
                    .map(of_identity)
                    .unwrap_or_default()
            })
            .collect(),
        settings: Settings {
            service_linked_role: linked,
            ..Settings::default()
        },
        ..Policies::default()
    }
}

/// The policies handed over when a session began. A managed one that is gone allows nothing.
fn of_session(world: &World, session: &Session) -> Option<Vec<Arc<Document>>> {
    if session.policies.is_empty() && session.policy_arns.is_empty() {
        return None;
    }
    let managed = session
        .policy_arns
        .iter()
        .filter_map(|arn| managed::document(world, &session.account, arn));
    let inline = session.policies.iter().map(String::as_str);
    Some(inline.chain(managed).map(of_identity).collect())
}
