//! What IAM says of the account as a whole.

use serde_json::{Value, json};

use super::input::{self, no_such};
use super::roles::iam;
use crate::sandbox::protocol::query::MAP;
use crate::sandbox::service::{Answer, Call, Fault};
use crate::sandbox::world::World;

/// The ARN of requests that have no resource.
pub fn resource(_: &World, _: &Call) -> String {
    "*".to_owned()
}

/// `GetAccountSummary`.
pub fn summary(world: &mut World, call: &Call) -> Answer {
    let own = iam(world, call);
    Ok(json!({ "SummaryMap": { MAP: {
        "Users": own.users.len(),
        "UsersQuota": 5000,
        "Roles": own.roles.len(),
        "RolesQuota": 1000,
        "Groups": 0,
        "GroupsQuota": 300,
        "Policies": own.policies.len(),
        "PoliciesQuota": 1500,
        "PolicySizeQuota": 6144,
        "PolicyVersionsInUse": own.policies.values().map(|p| p.versions.len()).sum::<usize>(),
        "VersionsPerPolicyQuota": 5,
        "AttachedPoliciesPerRoleQuota": 10,
        "AttachedPoliciesPerUserQuota": 10,
        "AssumeRolePolicySizeQuota": 2048,
        "AccessKeysPerUserQuota": 2,
        "Providers": own.oidc.len(),
        "AccountMFAEnabled": 1,
        "AccountAccessKeysPresent": 0,
    } } }))
}

/// `ListAccountAliases`.
pub fn aliases(world: &mut World, call: &Call) -> Answer {
    let list: Vec<String> = iam(world, call).alias.iter().cloned().collect();
    Ok(json!({ "AccountAliases": list, "IsTruncated": false }))
}

/// `CreateAccountAlias`.
pub fn create_alias(world: &mut World, call: &Call) -> Answer {
    let alias = input::required(call, "AccountAlias")?.to_owned();
    let fine = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    if !(3..=63).contains(&alias.len())
        || !alias.bytes().all(fine)
        || alias.starts_with('-')
        || alias.ends_with('-')
    {
        return Err(input::invalid(
            "AccountAlias",
            Some(&alias),
            "Member must satisfy regular expression pattern: ^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$",
        ));
    }
    let taken = world
        .accounts
        .iter()
        .any(|(id, a)| *id != call.caller.account && a.iam.alias.as_ref() == Some(&alias));
    if taken {
        let message = format!("The account alias {alias} already exists.");
        return Err(Fault::new("EntityAlreadyExists", message).status(409));
    }
    iam(world, call).alias = Some(alias);
    Ok(Value::Null)
}

/// `DeleteAccountAlias`.
pub fn delete_alias(world: &mut World, call: &Call) -> Answer {
    let alias = input::required(call, "AccountAlias")?.to_owned();
    let own = iam(world, call);
    if own.alias.as_ref() != Some(&alias) {
        return Err(no_such(format!(
            "The Account Alias {alias} cannot be found."
        )));
    }
    own.alias = None;
    Ok(Value::Null)
}
