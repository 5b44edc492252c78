//! Policies of the organization as the command line sets them, without a call to the API.

use super::policies::{check_content, keep, put_on, take_off};
use super::state::{Policy, PolicyType};
use super::units::{Target, target};
use super::{is_management, root_id, write_down};
use crate::sandbox::world::World;

/// Why a policy is not set.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The root, unit or account is not there.
    #[error("there is no account, organizational unit or root '{0}' in the sandbox")]
    Target(String),
    /// AWS would not take the document.
    #[error("AWS would not take the policy '{0}': {1}")]
    Document(String, String),
}

/// A policy and where it is attached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttachedPolicy {
    /// The id of the root, unit or account.
    pub target: String,
    /// What that is: `root`, `ou` or `account`.
    pub target_kind: &'static str,
    /// The policy's type.
    pub kind: PolicyType,
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Whether the target is the management account, which such policies do not limit.
    pub without_effect: bool,
}

fn known<'a>(world: &World, id: Option<&'a str>) -> Result<std::borrow::Cow<'a, str>, Refused> {
    match id {
        None => root_id(world)
            .map(Into::into)
            .ok_or_else(|| Refused::Target("root".to_owned())),
        Some(id) if target(world, id).is_some() => Ok(id.into()),
        Some(id) => Err(Refused::Target(id.to_owned())),
    }
}

/// Attaches documents, each by its name, to a target (the root where none is named), in place of what was
/// attached there before. The type is enabled by that. `alone` takes AWS's own policy off, which allows
/// everything.
///
/// # Errors
/// The first document that AWS would not take, or that there is no such target; then nothing is changed.
pub fn attach(
    world: &mut World,
    kind: PolicyType,
    to: Option<&str>,
    documents: &[(String, String)],
    alone: bool,
) -> Result<(), Refused> {
    let to = known(world, to)?.into_owned();
    for (name, content) in documents {
        check_content(kind, content)
            .map_err(|fault| Refused::Document(name.clone(), fault.message))?;
    }
    remove(world, kind, Some(&to), &[])?;
    write_down(world);
    world.organization.enabled.insert(kind);
    for (name, content) in documents {
        let mut free = name.clone();
        let mut number = 1;
        let taken = |world: &World, name: &str| {
            let mut policies = world.organization.policies.values();
            policies.any(|it| it.kind == kind && it.name == name)
        };
        while taken(world, &free) {
            number += 1;
            free = format!("{name}-{number}");
        }
        let policy = Policy {
            kind,
            name: free,
            description: String::new(),
            content: content.clone(),
            tags: Vec::new(),
        };
        let id = keep(world, policy);
        put_on(world, &id, kind, &to);
    }
    if alone {
        take_off(world, kind.full_access(), kind, &to);
    }
    Ok(())
}

/// Attaches one document to a target beside what is attached there. The type is enabled by that. Answers the
/// policy's id.
///
/// # Errors
/// AWS would not take the document, or there is no such target; then nothing is changed.
pub fn add(
    world: &mut World,
    kind: PolicyType,
    to: &str,
    name: &str,
    content: &str,
) -> Result<String, Refused> {
    let to = known(world, Some(to))?.into_owned();
    check_content(kind, content)
        .map_err(|fault| Refused::Document(name.to_owned(), fault.message))?;
    write_down(world);
    world.organization.enabled.insert(kind);
    let policy = Policy {
        kind,
        name: name.to_owned(),
        description: String::new(),
        content: content.to_owned(),
        tags: Vec::new(),
    };
    let id = keep(world, policy);
    put_on(world, &id, kind, &to);
    Ok(id)
}

/// Takes policies of a type off a target (the root where none is named): those of these names, or all of
/// them where no name is given. A policy that is attached nowhere any more is forgotten. AWS's own policy,
/// which allows everything, is put back when none of another is left. Answers how many were taken off.
///
/// # Errors
/// That there is no such target.
pub fn remove(
    world: &mut World,
    kind: PolicyType,
    from: Option<&str>,
    names: &[String],
) -> Result<usize, Refused> {
    let from = known(world, from)?.into_owned();
    let ids: Vec<String> = world
        .organization
        .policies_on(&from, kind)
        .filter(|id| {
            let policy = world.organization.policies.get(*id);
            policy.is_some_and(|policy| {
                names.is_empty() || names.iter().any(|name| name == &policy.name || name == id)
            })
        })
        .map(str::to_owned)
        .collect();
    for id in &ids {
        take_off(world, id, kind, &from);
        let organization = &mut world.organization;
        if !organization.attached.values().any(|it| it.contains(id)) {
            organization.policies.remove(id);
        }
    }
    if world.organization.policies_on(&from, kind).count() == 0 {
        put_on(world, kind.full_access(), kind, &from);
    }
    Ok(ids.len())
}

/// What is attached where, of the types that are enabled.
pub fn attached(world: &World) -> Vec<AttachedPolicy> {
    let organization = &world.organization;
    let every = root_id(world)
        .into_iter()
        .chain(organization.units.keys().cloned())
        .chain(world.accounts.keys().cloned());
    let mut all = Vec::new();
    for at in every {
        let target_kind = match target(world, &at) {
            Some(Target::Root) => "root",
            Some(Target::Unit(_)) => "ou",
            Some(Target::Account) => "account",
            None => continue,
        };
        for kind in &organization.enabled {
            for id in organization.policies_on(&at, *kind) {
                let own = organization.policies.get(id);
                let of_aws = id.strip_prefix("p-").unwrap_or(id);
                all.push(AttachedPolicy {
                    target: at.clone(),
                    target_kind,
                    kind: *kind,
                    id: id.to_owned(),
                    name: own.map_or_else(|| of_aws.to_owned(), |it| it.name.clone()),
                    without_effect: own.is_some() && is_management(world, &at),
                });
            }
        }
    }
    all
}

/// Makes an account of the sandbox the management account of the organization.
///
/// # Errors
/// That there is no such account.
pub fn manage(world: &mut World, account: &str) -> Result<(), Refused> {
    if !world.accounts.contains_key(account) {
        return Err(Refused::Target(account.to_owned()));
    }
    write_down(world);
    world.organization.management = Some(account.to_owned());
    Ok(())
}
