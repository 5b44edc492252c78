//! Which policies of the organization have a say for an account.
//!
//! Source: AWS Organizations User Guide, "SCP evaluation" and "RCP evaluation".

use std::sync::Arc;

use super::state::PolicyType;
use super::{management, organization_id, root_id};
use crate::policy::Document;
use crate::sandbox::authorize;
use crate::sandbox::world::World;

/// The organization of an account, and the account's place in it, as the condition keys
/// `aws:PrincipalOrgID` and `aws:PrincipalOrgPaths` carry them.
pub struct Membership {
    /// The organization's id.
    pub id: String,
    /// The path from the organization down to the account's parent, with a slash at its end.
    pub path: String,
}

/// The organization of an account. An account that the sandbox does not have is in none.
pub fn of_account(world: &World, account: &str) -> Option<Membership> {
    world.accounts.get(account)?;
    let id = organization_id(world)?;
    let mut path = format!("{id}/");
    for level in levels(world, account).iter().filter(|it| *it != account) {
        path.push_str(level);
        path.push('/');
    }
    Some(Membership { id, path })
}

/// Whether an account manages the organization: SCPs do not limit its principals, nor RCPs its resources.
pub fn is_management(world: &World, account: &str) -> bool {
    management(world) == Some(account)
}

/// From the root over the units down to the account.
pub(super) fn levels(world: &World, account: &str) -> Vec<String> {
    let Some(root) = root_id(world) else {
        return Vec::new();
    };
    let mut levels = vec![account.to_owned()];
    let mut next = world.organization.parents.get(account);
    // Units are at most five deep; a circle cannot be made, and would end here.
    for _ in 0..16 {
        let Some((id, unit)) =
            next.and_then(|id| world.organization.units.get(id).map(|unit| (id, unit)))
        else {
            break;
        };
        levels.push(id.clone());
        next = Some(&unit.parent);
    }
    levels.push(root);
    levels.reverse();
    levels
}

fn documents(world: &World, account: &str, kind: PolicyType) -> Vec<Vec<Arc<Document>>> {
    let organization = &world.organization;
    if !organization.enabled.contains(&kind) || !world.accounts.contains_key(account) {
        return Vec::new();
    }
    levels(world, account)
        .iter()
        .map(|level| {
            organization
                .policies_on(level, kind)
                .filter_map(|id| organization.content(id))
                .map(|text| authorize::document(text).unwrap_or_default())
                .collect()
        })
        .collect()
}

fn names(world: &World, account: &str, kind: PolicyType) -> Vec<Vec<Option<String>>> {
    let organization = &world.organization;
    if !organization.enabled.contains(&kind) || !world.accounts.contains_key(account) {
        return Vec::new();
    }
    levels(world, account)
        .iter()
        .map(|level| {
            organization
                .policies_on(level, kind)
                .map(|id| policy_arn(world, kind, id))
                .collect()
        })
        .collect()
}

/// The ARN of a policy.
pub(super) fn policy_arn(world: &World, kind: PolicyType, id: &str) -> Option<String> {
    let kind_name = kind.in_arn();
    if id == kind.full_access() {
        return Some(format!(
            "arn:aws:organizations::aws:policy/{kind_name}/{id}"
        ));
    }
    let (owner, organization) = (management(world)?, organization_id(world)?);
    Some(format!(
        "arn:aws:organizations::{owner}:policy/{organization}/{kind_name}/{id}"
    ))
}

/// The service control policies over an account's principals, by level from the root down.
pub fn scps(world: &World, account: &str) -> Vec<Vec<Arc<Document>>> {
    documents(world, account, PolicyType::ServiceControlPolicy)
}

/// The resource control policies over an account's resources, by level from the root down.
pub fn rcps(world: &World, account: &str) -> Vec<Vec<Arc<Document>>> {
    documents(world, account, PolicyType::ResourceControlPolicy)
}

/// The ARNs of what [`scps`] answers, each at the place of its document.
pub fn scp_names(world: &World, account: &str) -> Vec<Vec<Option<String>>> {
    names(world, account, PolicyType::ServiceControlPolicy)
}

/// The ARNs of what [`rcps`] answers, each at the place of its document.
pub fn rcp_names(world: &World, account: &str) -> Vec<Vec<Option<String>>> {
    names(world, account, PolicyType::ResourceControlPolicy)
}
