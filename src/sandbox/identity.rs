//! Whose access key it is: a user's, or a session's that STS handed out.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::service::Caller;
use super::world::World;

/// Temporary credentials that STS handed out.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Session {
    /// The secret access key.
    pub secret: String,
    /// The session token.
    pub token: String,
    /// When it ends, milliseconds since 1970.
    pub expires: i64,
    /// The account.
    pub account: String,
    /// The caller's ARN.
    pub arn: String,
    /// The caller's unique id.
    pub user_id: String,
    /// What `aws:PrincipalArn` holds.
    pub principal_arn: String,
    /// The unique id of the role, empty for `GetSessionToken`. A session ends with its role.
    pub role_id: String,
    /// Session policies, as texts.
    pub policies: Vec<String>,
    /// ARNs of managed session policies.
    pub policy_arns: Vec<String>,
    /// Session tags.
    pub tags: Vec<(String, String)>,
    /// Keys of the tags that go on to the next session of a chain.
    pub transitive: Vec<String>,
    /// The source identity, which cannot change along a chain.
    pub source_identity: Option<String>,
    /// Whether the caller proved a second factor.
    pub mfa: bool,
    /// When it was issued, milliseconds since 1970.
    pub issued: i64,
}

/// What an access key opens.
#[derive(Debug, Clone, PartialEq)]
pub struct Key {
    /// The secret to check signatures with.
    pub secret: String,
    /// The session token that must come along.
    pub token: Option<String>,
    /// When it ends, for a session.
    pub expires: Option<i64>,
    /// Who it is.
    pub caller: Caller,
}

/// Looks an access key up. Inactive keys and sessions of deleted roles are not known.
pub fn look_up(world: &World, access_key_id: &str) -> Option<Key> {
    if let Some(session) = world.sessions.get(access_key_id) {
        let iam = &world.accounts.get(&session.account)?.iam;
        if !session.role_id.is_empty() && !iam.roles.values().any(|r| r.id == session.role_id) {
            return None;
        }
        return Some(Key {
            secret: session.secret.clone(),
            token: Some(session.token.clone()),
            expires: Some(session.expires),
            caller: Caller {
                account: session.account.clone(),
                arn: session.arn.clone(),
                user_id: session.user_id.clone(),
                principal_arn: session.principal_arn.clone(),
            },
        });
    }
    for (account, content) in &world.accounts {
        for user in content.iam.users.values() {
            for key in &user.access_keys {
                if key.id == access_key_id && key.active {
                    let arn = user.arn(account);
                    return Some(Key {
                        secret: key.secret.clone(),
                        token: None,
                        expires: None,
                        caller: Caller {
                            account: account.clone(),
                            arn: arn.clone(),
                            user_id: user.id.clone(),
                            principal_arn: arn,
                        },
                    });
                }
            }
        }
    }
    None
}

/// The session whose credentials the request that is being answered was signed with; `None` for a
/// user's own key.
pub fn current_session(world: &World) -> Option<&Session> {
    world.sessions.get(&world.calling_with)
}

/// The account that an access key id belongs to.
pub fn account_of_key(world: &World, access_key_id: &str) -> Option<String> {
    if let Some(session) = world.sessions.get(access_key_id) {
        return Some(session.account.clone());
    }
    world.accounts.iter().find_map(|(account, content)| {
        content
            .iam
            .users
            .values()
            .flat_map(|u| &u.access_keys)
            .any(|k| k.id == access_key_id)
            .then(|| account.clone())
    })
}

/// Tags as the APIs list them.
pub fn tags_json(tags: &[(String, String)]) -> Value {
    tags.iter()
        .map(|(key, value)| serde_json::json!({ "Key": key, "Value": value }))
        .collect()
}
