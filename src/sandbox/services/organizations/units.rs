//! The tree of an organization: root, organizational units, accounts.
//!
//! Source: AWS Organizations API Reference, one page per operation.

use serde_json::{Value, json};

use super::effective::levels;
use super::state::Unit;
use super::{CODE, COUNT, Organization, TOKEN, listed, write_down};
use crate::sandbox::service::{Answer, Call, Fault};
use crate::sandbox::shape::{Member, Shape, checked, one_of, optional, required, text};
use crate::sandbox::world::World;

static PARENT_ID: Shape = text(0, 100, "");
static UNIT_ID: Shape = text(0, 68, "ou-[0-9a-z]{4,32}-[a-z0-9]{8,32}");
static ACCOUNT: Shape = text(0, 12, r"\d{12}");
static NAME: Shape = text(1, 128, "");
static CHILD_TYPE: Shape = one_of(&["ACCOUNT", "ORGANIZATIONAL_UNIT"]);
static CREATE: &[Member] = &[required("ParentId", &PARENT_ID), required("Name", &NAME)];
static ONE: &[Member] = &[required("OrganizationalUnitId", &UNIT_ID)];
static RENAME: &[Member] = &[
    required("OrganizationalUnitId", &UNIT_ID),
    optional("Name", &NAME),
];
static OF_PARENT: &[Member] = &[
    required("ParentId", &PARENT_ID),
    optional("NextToken", &TOKEN),
    optional("MaxResults", &COUNT),
];
static CHILDREN: &[Member] = &[
    required("ParentId", &PARENT_ID),
    required("ChildType", &CHILD_TYPE),
    optional("NextToken", &TOKEN),
    optional("MaxResults", &COUNT),
];
static PARENTS: &[Member] = &[
    required("ChildId", &PARENT_ID),
    optional("NextToken", &TOKEN),
    optional("MaxResults", &COUNT),
];
static MOVE: &[Member] = &[
    required("AccountId", &ACCOUNT),
    required("SourceParentId", &PARENT_ID),
    required("DestinationParentId", &PARENT_ID),
];

/// What policies are attached to.
pub(super) enum Target<'a> {
    /// The root.
    Root,
    /// A unit.
    Unit(&'a Unit),
    /// An account.
    Account,
}

/// What an id names; `None` where there is no such thing.
pub(super) fn target<'a>(world: &'a World, id: &str) -> Option<Target<'a>> {
    if super::root_id(world).as_deref() == Some(id) {
        return Some(Target::Root);
    }
    if let Some(unit) = world.organization.units.get(id) {
        return Some(Target::Unit(unit));
    }
    world.accounts.contains_key(id).then_some(Target::Account)
}

pub(super) fn no_target() -> Fault {
    Fault::new(
        "TargetNotFoundException",
        "You specified a target that doesn't exist.",
    )
}

fn no_parent(code: &str) -> Fault {
    Fault::new(code, "You specified a parent that doesn't exist.")
}

fn no_unit() -> Fault {
    Fault::new(
        "OrganizationalUnitNotFoundException",
        "You specified an organizational unit that doesn't exist.",
    )
}

/// The id of a root or a unit that a call names.
fn parent<'a>(world: &World, call: &'a Call, member: &str, code: &str) -> Result<&'a str, Fault> {
    let id = call.text(member).unwrap_or_default();
    match target(world, id) {
        Some(Target::Root | Target::Unit(_)) => Ok(id),
        _ => Err(no_parent(code)),
    }
}

/// The root or the unit that an account is in.
fn parent_of<'a>(world: &'a World, own: &'a Organization, account: &str) -> &'a str {
    let unit = world.organization.parents.get(account);
    unit.filter(|id| world.organization.units.contains_key(*id))
        .unwrap_or(&own.root)
}

impl Organization {
    /// The ARN of what a policy can be attached to.
    pub(super) fn target_arn(&self, target: &Target<'_>, id: &str) -> String {
        let kind = match target {
            Target::Root => "root",
            Target::Unit(_) => "ou",
            Target::Account => "account",
        };
        self.arn(&format!("{kind}/{}/{id}", self.id))
    }

    /// The root as the API shows it.
    pub(super) fn root_shown(&self, world: &World) -> Value {
        let types: Vec<Value> = world
            .organization
            .enabled
            .iter()
            .map(|kind| json!({"Type": kind.name(), "Status": "ENABLED"}))
            .collect();
        json!({
            "Id": self.root,
            "Arn": self.target_arn(&Target::Root, &self.root),
            "Name": "Root",
            "PolicyTypes": types,
        })
    }

    /// Where an account is, from the organization down to the account.
    pub(super) fn path(&self, world: &World, account: &str) -> String {
        format!("{}/{}/", self.id, levels(world, account).join("/"))
    }

    fn unit(&self, world: &World, id: &str, unit: &Unit) -> Value {
        let mut path = vec![id.to_owned()];
        let mut parent = &unit.parent;
        for _ in 0..16 {
            path.push(parent.clone());
            match world.organization.units.get(parent) {
                Some(above) => parent = &above.parent,
                None => break,
            }
        }
        path.reverse();
        json!({
            "Id": id,
            "Arn": self.target_arn(&Target::Unit(unit), id),
            "Name": unit.name,
            "Path": format!("{}/{}/", self.id, path.join("/")),
        })
    }
}

/// The ARN that a request on a unit is authorised on.
pub fn unit_resource(world: &World, call: &Call) -> String {
    arn_of(world, call, call.text("OrganizationalUnitId"))
}

/// The ARN that a request on a parent is authorised on.
pub fn parent_resource(world: &World, call: &Call) -> String {
    arn_of(world, call, call.text("ParentId"))
}

/// The ARN that a request on a root is authorised on.
pub fn root_resource(world: &World, call: &Call) -> String {
    arn_of(world, call, call.text("RootId"))
}

/// The ARN that a request on an account, a unit or a root is authorised on.
pub fn target_resource(world: &World, call: &Call) -> String {
    arn_of(world, call, call.text("TargetId"))
}

/// The ARN of what an id names, `*` where it names nothing.
pub fn arn_of(world: &World, call: &Call, id: Option<&str>) -> String {
    match (Organization::of(world, call), id) {
        (Ok(own), Some(id)) => {
            target(world, id).map_or_else(|| "*".to_owned(), |found| own.target_arn(&found, id))
        }
        _ => "*".to_owned(),
    }
}

/// `ListRoots`.
pub fn roots(world: &mut World, call: &Call) -> Answer {
    checked(&call.input, super::LIST, CODE)?;
    let own = Organization::for_management(world, call)?;
    listed(call, "Roots", vec![own.root_shown(world)])
}

/// `ListAccountsForParent`.
pub fn accounts(world: &mut World, call: &Call) -> Answer {
    checked(&call.input, OF_PARENT, CODE)?;
    let own = Organization::for_management(world, call)?;
    let parent = parent(world, call, "ParentId", "ParentNotFoundException")?;
    let all = world
        .accounts
        .keys()
        .filter(|id| parent_of(world, &own, id) == parent)
        .map(|id| own.account(world, id))
        .collect();
    listed(call, "Accounts", all)
}

/// `ListParents`.
pub fn parents(world: &mut World, call: &Call) -> Answer {
    checked(&call.input, PARENTS, CODE)?;
    let own = Organization::for_management(world, call)?;
    let child = call.text("ChildId").unwrap_or_default();
    let parent = match target(world, child) {
        Some(Target::Account) => parent_of(world, &own, child),
        Some(Target::Unit(unit)) => unit.parent.as_str(),
        Some(Target::Root) | None => {
            return Err(Fault::new(
                "ChildNotFoundException",
                "You specified a child that doesn't exist.",
            ));
        }
    };
    let kind = if parent == own.root {
        "ROOT"
    } else {
        "ORGANIZATIONAL_UNIT"
    };
    listed(call, "Parents", vec![json!({"Id": parent, "Type": kind})])
}

/// `ListChildren`.
pub fn children(world: &mut World, call: &Call) -> Answer {
    checked(&call.input, CHILDREN, CODE)?;
    let own = Organization::for_management(world, call)?;
    let parent = parent(world, call, "ParentId", "ParentNotFoundException")?;
    let kind = call.text("ChildType").unwrap_or_default();
    let ids: Vec<&String> = if kind == "ACCOUNT" {
        let accounts = world.accounts.keys();
        accounts
            .filter(|id| parent_of(world, &own, id) == parent)
            .collect()
    } else {
        let units = world.organization.units.iter();
        units
            .filter(|(_, unit)| unit.parent == parent)
            .map(|(id, _)| id)
            .collect()
    };
    let all = ids
        .into_iter()
        .map(|id| json!({"Id": id, "Type": kind}))
        .collect();
    listed(call, "Children", all)
}

/// `ListOrganizationalUnitsForParent`.
pub fn list(world: &mut World, call: &Call) -> Answer {
    checked(&call.input, OF_PARENT, CODE)?;
    let own = Organization::for_management(world, call)?;
    let parent = parent(world, call, "ParentId", "ParentNotFoundException")?;
    let units = world.organization.units.iter();
    let all = units
        .filter(|(_, unit)| unit.parent == parent)
        .map(|(id, unit)| own.unit(world, id, unit))
        .collect();
    listed(call, "OrganizationalUnits", all)
}

fn check_name(world: &World, parent: &str, name: &str, except: &str) -> Result<(), Fault> {
    let taken = world
        .organization
        .units
        .iter()
        .any(|(id, unit)| id != except && unit.parent == parent && unit.name == name);
    if taken {
        return Err(Fault::new(
            "DuplicateOrganizationalUnitException",
            "An OU with the same name already exists.",
        ));
    }
    Ok(())
}

/// `CreateOrganizationalUnit`: at most five deep.
pub fn create(world: &mut World, call: &Call) -> Answer {
    checked(&call.input, CREATE, CODE)?;
    let own = Organization::for_management(world, call)?;
    let parent = parent(world, call, "ParentId", "ParentNotFoundException")?.to_owned();
    let name = call.text("Name").unwrap_or_default().to_owned();
    check_name(world, &parent, &name, "")?;
    let mut depth = 0;
    let mut above = Some(&parent);
    while let Some(unit) = above.and_then(|id| world.organization.units.get(id)) {
        depth += 1;
        above = Some(&unit.parent);
        if depth >= 5 {
            return Err(Fault::new(
                "ConstraintViolationException",
                "You have exceeded the allowed OU depth.",
            ));
        }
    }
    write_down(world);
    let letters = world.ids.letters("abcdefghijklmnopqrstuvwxyz0123456789", 8);
    let suffix = own.root.strip_prefix("r-").unwrap_or_default();
    let id = format!("ou-{suffix}-{letters}");
    let unit = Unit { name, parent };
    let shown = own.unit(world, &id, &unit);
    world.organization.units.insert(id, unit);
    Ok(json!({"OrganizationalUnit": shown}))
}

fn unit(world: &World, call: &Call) -> Result<(String, Unit), Fault> {
    let id = call.text("OrganizationalUnitId").unwrap_or_default();
    let found = world.organization.units.get(id).ok_or_else(no_unit)?;
    Ok((id.to_owned(), found.clone()))
}

/// `DescribeOrganizationalUnit`.
pub fn describe(world: &mut World, call: &Call) -> Answer {
    checked(&call.input, ONE, CODE)?;
    let own = Organization::for_management(world, call)?;
    let (id, found) = unit(world, call)?;
    Ok(json!({"OrganizationalUnit": own.unit(world, &id, &found)}))
}

/// `UpdateOrganizationalUnit`.
pub fn rename(world: &mut World, call: &Call) -> Answer {
    checked(&call.input, RENAME, CODE)?;
    let own = Organization::for_management(world, call)?;
    let (id, mut found) = unit(world, call)?;
    if let Some(name) = call.text("Name") {
        check_name(world, &found.parent, name, &id)?;
        name.clone_into(&mut found.name);
    }
    let shown = own.unit(world, &id, &found);
    world.organization.units.insert(id, found);
    Ok(json!({"OrganizationalUnit": shown}))
}

/// `DeleteOrganizationalUnit`: only an empty one.
pub fn delete(world: &mut World, call: &Call) -> Answer {
    checked(&call.input, ONE, CODE)?;
    Organization::for_management(world, call)?;
    let (id, _) = unit(world, call)?;
    let organization = &mut world.organization;
    let used = organization.parents.values().any(|parent| *parent == id)
        || organization.units.values().any(|unit| unit.parent == id);
    if used {
        return Err(Fault::new(
            "OrganizationalUnitNotEmptyException",
            "The specified OU is not empty. Move all accounts to another root or to other OUs, remove all child OUs, and try the operation again.",
        ));
    }
    organization.units.remove(&id);
    organization.attached.remove(&id);
    organization.detached.remove(&id);
    Ok(Value::Null)
}

/// `MoveAccount`.
pub fn move_account(world: &mut World, call: &Call) -> Answer {
    checked(&call.input, MOVE, CODE)?;
    let own = Organization::for_management(world, call)?;
    let account = call.text("AccountId").unwrap_or_default().to_owned();
    if !world.accounts.contains_key(&account) {
        return Err(super::no_account());
    }
    let from = parent(
        world,
        call,
        "SourceParentId",
        "SourceParentNotFoundException",
    )?;
    let to = parent(
        world,
        call,
        "DestinationParentId",
        "DestinationParentNotFoundException",
    )?;
    let now = parent_of(world, &own, &account).to_owned();
    if now == to {
        return Err(Fault::new(
            "DuplicateAccountException",
            "That account is already present in the specified destination.",
        ));
    }
    if now != from {
        return Err(no_parent("SourceParentNotFoundException"));
    }
    write_down(world);
    if to == own.root {
        world.organization.parents.remove(&account);
    } else {
        world.organization.parents.insert(account, to.to_owned());
    }
    Ok(Value::Null)
}
