//! AWS IAM.

pub mod account;
pub mod aws_managed;
mod documents;
mod form;
mod inline;
mod input;
pub mod linked;
pub mod managed;
mod oidc;
mod operations;
mod roles;
mod service_credentials;
mod simulate;
pub mod state;
mod users;

use crate::sandbox::world::World;

/// The user that every account starts with.
pub const ADMINISTRATOR: &str = "administrator";

pub use operations::SERVICE;

/// Makes an account with its administrator. Answers whether anything was made.
pub fn open_account(world: &mut World, account: &str, now: i64) -> bool {
    if world
        .accounts
        .get(account)
        .is_some_and(|a| a.iam.users.contains_key(ADMINISTRATOR))
    {
        return false;
    }
    let id = world.ids.unique_id("AIDA", 21);
    let access_key = new_access_key(world, now);
    let user = state::User {
        name: ADMINISTRATOR.to_owned(),
        path: "/".to_owned(),
        id,
        created: now,
        attached: [ADMINISTRATOR_ACCESS.to_owned()].into(),
        access_keys: vec![access_key],
        ..state::User::default()
    };
    let account = world.accounts.entry(account.to_owned()).or_default();
    account.iam.users.insert(ADMINISTRATOR.to_owned(), user);
    true
}

/// The AWS managed policy that allows everything.
pub const ADMINISTRATOR_ACCESS: &str = "arn:aws:iam::aws:policy/AdministratorAccess";

const BASE64: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// A fresh access key.
pub fn new_access_key(world: &mut World, now: i64) -> state::AccessKey {
    state::AccessKey {
        id: world.ids.unique_id("AKIA", 20),
        secret: world.ids.letters(BASE64, 40),
        active: true,
        created: now,
    }
}

/// Makes a role with all rights that an account may assume, where there is none of that name. Answers
/// whether it was made.
pub fn open_role(
    world: &mut World,
    account: &str,
    path: &str,
    name: &str,
    trusted_account: &str,
    now: i64,
) -> bool {
    if world
        .accounts
        .get(account)
        .is_some_and(|a| a.iam.roles.contains_key(name))
    {
        return false;
    }
    let id = world.ids.unique_id("AROA", 21);
    let trust = serde_json::json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Principal": { "AWS": format!("arn:aws:iam::{trusted_account}:root") },
            "Action": "sts:AssumeRole"
        }]
    });
    let role = state::Role {
        name: name.to_owned(),
        path: path.to_owned(),
        id,
        created: now,
        trust: crate::sandbox::documents::Stored {
            text: trust.to_string(),
            ..Default::default()
        },
        max_session: 3600,
        attached: [ADMINISTRATOR_ACCESS.to_owned()].into(),
        ..state::Role::default()
    };
    let account = world.accounts.entry(account.to_owned()).or_default();
    account.iam.roles.insert(name.to_owned(), role);
    true
}
