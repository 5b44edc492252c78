//! Taking on a role: by services, by roles, and by whoever asks STS.

use super::refusal::Refusal;
use super::request::{request, role_session, service};
use crate::policy::Principal;
use crate::sandbox::services::iam::state::Role;
use crate::sandbox::world::World;

/// A role by its ARN (with path), and the account that it is in.
pub fn role<'a>(world: &'a World, arn: &str) -> Option<(&'a str, &'a Role)> {
    let account = arn.strip_prefix("arn:aws:iam::")?.split(':').next()?;
    let (account, content) = world.accounts.get_key_value(account)?;
    Some((account, content.iam.role_by_arn(arn)?))
}

/// Takes on a role: the session that results, where the role's trust policy and the caller's own side
/// allow it. `context` holds the condition keys that go along, such as `aws:SourceAccount`,
/// `aws:SourceArn` and `sts:ExternalId`; the session's name is one already. A role that does not exist
/// trusts nobody.
///
/// # Errors
/// The refusal.
pub fn assume(
    world: &World,
    who: &Principal,
    role_arn: &str,
    session_name: &str,
    context: &[(&str, &str)],
    now: i64,
) -> Result<Principal, Refusal> {
    // Services assume roles where they work; the Region of a global call is told apart by no policy here.
    let mut asked = request(
        world,
        None,
        who,
        "us-east-1",
        now,
        "sts:AssumeRole",
        role_arn,
    );
    asked.add("sts:RoleSessionName", session_name);
    for (key, value) in context {
        asked.set(key, vec![(*value).to_owned()]);
    }
    super::check(world, None, &asked)?;
    Ok(role_session(world, role_arn, session_name))
}

/// Whether a role trusts a service. `context` holds the condition keys that the service sends, such as
/// `aws:SourceAccount` and `aws:SourceArn`.
pub fn service_can_assume(
    world: &World,
    role_arn: &str,
    service_name: &str,
    context: &[(&str, &str)],
) -> bool {
    let who = service(service_name);
    assume(world, &who, role_arn, "crosspipe", context, 0).is_ok()
}

/// Whether one role may assume another: its own policies allow `sts:AssumeRole` on it (across accounts,
/// or where the trust names only the account), and the other one trusts it.
pub fn role_can_assume(world: &World, caller_role_arn: &str, role_arn: &str) -> bool {
    if role(world, caller_role_arn).is_none() {
        return false;
    }
    let who = role_session(world, caller_role_arn, "crosspipe");
    assume(world, &who, role_arn, "crosspipe", &[], 0).is_ok()
}
