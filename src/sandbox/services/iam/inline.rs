//! Inline policies of roles and users, and the policies attached to them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::input::{self, no_such};
use super::{documents, managed, roles, users};
use crate::policy::Kind;
use crate::sandbox::service::{Answer, Call, Fault};
use crate::sandbox::world::World;

/// What carries policies.
#[derive(Clone, Copy)]
enum Of {
    Role,
    User,
}

struct Carried<'a> {
    name: String,
    inline: &'a mut BTreeMap<String, String>,
    attached: &'a mut BTreeSet<String>,
}

impl Of {
    fn word(self) -> &'static str {
        match self {
            Self::Role => "role",
            Self::User => "user",
        }
    }

    fn member(self) -> &'static str {
        match self {
            Self::Role => "RoleName",
            Self::User => "UserName",
        }
    }

    /// All inline policies together. Source: IAM User Guide, "IAM and AWS STS quotas".
    fn quota(self) -> usize {
        match self {
            Self::Role => 10_240,
            Self::User => 2_048,
        }
    }

    fn carried<'a>(self, world: &'a mut World, call: &Call) -> Result<Carried<'a>, Fault> {
        Ok(match self {
            Self::Role => {
                let role = roles::find_mut(world, call)?;
                Carried {
                    name: role.name.clone(),
                    inline: &mut role.inline,
                    attached: &mut role.attached,
                }
            }
            Self::User => {
                let user = users::find_mut(world, call)?;
                Carried {
                    name: user.name.clone(),
                    inline: &mut user.inline,
                    attached: &mut user.attached,
                }
            }
        })
    }

    /// The same for reading: a service-linked role may be read.
    fn read(
        self,
        world: &World,
        call: &Call,
    ) -> Result<(BTreeMap<String, String>, BTreeSet<String>), Fault> {
        Ok(match self {
            Self::Role => {
                let role = roles::find(world, call)?;
                (role.inline.clone(), role.attached.clone())
            }
            Self::User => {
                let user = users::find(world, call)?;
                (user.inline.clone(), user.attached.clone())
            }
        })
    }
}

fn put(of: Of, world: &mut World, call: &Call) -> Answer {
    let policy = input::name(call, "PolicyName", 128)?.to_owned();
    let text = input::required(call, "PolicyDocument")?.to_owned();
    let carried = of.carried(world, call)?;
    documents::read(&text, Kind::RoleInline)?;
    let others: usize = carried
        .inline
        .iter()
        .filter(|(name, _)| **name != policy)
        .map(|(_, text)| documents::size(text))
        .sum();
    if others + documents::size(&text) > of.quota() {
        return Err(documents::limit(format!(
            "Maximum policy size of {} bytes exceeded for {} {}",
            of.quota(),
            of.word(),
            carried.name
        )));
    }
    carried.inline.insert(policy, text);
    Ok(Value::Null)
}

fn missing(of: Of, policy: &str) -> Fault {
    no_such(format!(
        "The {} policy with name {policy} cannot be found.",
        of.word()
    ))
}

fn get(of: Of, world: &World, call: &Call) -> Answer {
    let policy = input::name(call, "PolicyName", 128)?;
    let (inline, _) = of.read(world, call)?;
    let text = inline.get(policy).ok_or_else(|| missing(of, policy))?;
    Ok(json!({
        of.member(): call.text(of.member()),
        "PolicyName": policy,
        "PolicyDocument": input::encoded(text),
    }))
}

fn delete(of: Of, world: &mut World, call: &Call) -> Answer {
    let policy = input::name(call, "PolicyName", 128)?.to_owned();
    let carried = of.carried(world, call)?;
    match carried.inline.remove(&policy) {
        Some(_) => Ok(Value::Null),
        None => Err(missing(of, &policy)),
    }
}

fn list(of: Of, world: &World, call: &Call) -> Answer {
    let (inline, _) = of.read(world, call)?;
    let items = inline
        .into_keys()
        .map(|name| (name.clone(), json!(name)))
        .collect();
    input::page(call, "PolicyNames", items)
}

fn attach(of: Of, world: &mut World, call: &Call) -> Answer {
    let arn = input::required(call, "PolicyArn")?.to_owned();
    of.carried(world, call)?;
    managed::must_exist(world, call, &arn)?;
    let carried = of.carried(world, call)?;
    if !carried.attached.contains(&arn) && carried.attached.len() >= 10 {
        let quota = match of {
            Of::Role => "PoliciesPerRole",
            Of::User => "PoliciesPerUser",
        };
        return Err(documents::limit(format!(
            "Cannot exceed quota for {quota}: 10"
        )));
    }
    carried.attached.insert(arn);
    Ok(Value::Null)
}

fn detach(of: Of, world: &mut World, call: &Call) -> Answer {
    let arn = input::required(call, "PolicyArn")?.to_owned();
    let carried = of.carried(world, call)?;
    if carried.attached.remove(&arn) {
        return Ok(Value::Null);
    }
    Err(no_such(format!("Policy {arn} was not found.")))
}

fn list_attached(of: Of, world: &World, call: &Call) -> Answer {
    let (_, attached) = of.read(world, call)?;
    let items = attached
        .into_iter()
        .map(|arn| {
            let name = arn.rsplit('/').next().unwrap_or_default().to_owned();
            (
                name.clone(),
                json!({ "PolicyName": name, "PolicyArn": arn }),
            )
        })
        .collect();
    input::page(call, "AttachedPolicies", items)
}

macro_rules! both {
    ($($(#[$doc:meta])* $role:ident, $(#[$user_doc:meta])* $user:ident => $run:ident;)*) => {
        $(
            $(#[$doc])*
            pub fn $role(world: &mut World, call: &Call) -> Answer {
                $run(Of::Role, world, call)
            }
            $(#[$user_doc])*
            pub fn $user(world: &mut World, call: &Call) -> Answer {
                $run(Of::User, world, call)
            }
        )*
    };
}

both! {
    /// `PutRolePolicy`.
    put_role_policy,
    /// `PutUserPolicy`.
    put_user_policy => put;
    /// `GetRolePolicy`.
    get_role_policy,
    /// `GetUserPolicy`.
    get_user_policy => get;
    /// `DeleteRolePolicy`.
    delete_role_policy,
    /// `DeleteUserPolicy`.
    delete_user_policy => delete;
    /// `ListRolePolicies`.
    list_role_policies,
    /// `ListUserPolicies`.
    list_user_policies => list;
    /// `AttachRolePolicy`.
    attach_role_policy,
    /// `AttachUserPolicy`.
    attach_user_policy => attach;
    /// `DetachRolePolicy`.
    detach_role_policy,
    /// `DetachUserPolicy`.
    detach_user_policy => detach;
    /// `ListAttachedRolePolicies`.
    list_attached_role_policies,
    /// `ListAttachedUserPolicies`.
    list_attached_user_policies => list_attached;
}
