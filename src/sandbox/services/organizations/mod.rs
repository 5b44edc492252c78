//! AWS Organizations: the sandbox's accounts are one organization, and the first of them is its management
//! account, unless another was named. Its service control policies and resource control policies decide
//! requests.
//!
//! Codes and shapes are those of the API model (2016-11-28).

mod effective;
mod outside;
mod policies;
pub mod state;
#[cfg(test)]
mod tests;
mod units;

pub use effective::{Membership, is_management, of_account, rcp_names, rcps, scp_names, scps};
pub use outside::{AttachedPolicy, Refused, add, attach, attached, manage, remove};
pub use policies::{arn_of_policy, new_policy_arn};
pub use units::arn_of;

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::super::page::{self, object, partition, seconds};
use super::super::service::{Answer, Call, Effect, Fault, Operation, Protocol, Service};
use super::super::shape::{Member, Shape, checked, optional, required, text};
use super::super::world::World;

/// When the accounts joined: the sandbox keeps no such time, so this is the same in all of them
/// (2024-01-01).
const JOINED: i64 = 1_704_067_200_000;

const READ: Effect = Effect::Reads;
const CHANGE: Effect = Effect::Changes;

macro_rules! operation {
    ($name:literal, $effect:expr, $resource:expr, $run:expr) => {
        Operation {
            name: $name,
            action: concat!("organizations:", $name),
            effect: $effect,
            resource: $resource,
            run: $run,
        }
    };
}

/// The service.
#[rustfmt::skip]
pub static SERVICE: Service = Service {
    signing_name: "organizations",
    protocol: Protocol::Json {
        version: "1.1",
        target_prefix: "AWSOrganizationsV20161128",
    },
    operations: &[
        operation!("DescribeOrganization", READ, everything, describe),
        operation!("ListAccounts", READ, everything, list_accounts),
        operation!("DescribeAccount", READ, one_account, describe_account),
        operation!("ListRoots", READ, everything, units::roots),
        operation!("ListAccountsForParent", READ, units::parent_resource, units::accounts),
        operation!("ListParents", READ, one_child, units::parents),
        operation!("ListChildren", READ, units::parent_resource, units::children),
        operation!("CreateOrganizationalUnit", CHANGE, units::parent_resource, units::create),
        operation!("DescribeOrganizationalUnit", READ, units::unit_resource, units::describe),
        operation!("UpdateOrganizationalUnit", CHANGE, units::unit_resource, units::rename),
        operation!("DeleteOrganizationalUnit", CHANGE, units::unit_resource, units::delete),
        operation!("ListOrganizationalUnitsForParent", READ, units::parent_resource, units::list),
        operation!("MoveAccount", CHANGE, one_account, units::move_account),
        operation!("EnablePolicyType", CHANGE, units::root_resource, policies::enable),
        operation!("DisablePolicyType", CHANGE, units::root_resource, policies::disable),
        operation!("CreatePolicy", CHANGE, everything, policies::create),
        operation!("DescribePolicy", READ, policies::resource, policies::describe),
        operation!("UpdatePolicy", CHANGE, policies::resource, policies::update),
        operation!("DeletePolicy", CHANGE, policies::resource, policies::delete),
        operation!("ListPolicies", READ, everything, policies::list),
        operation!("AttachPolicy", CHANGE, policies::resource, policies::attach),
        operation!("DetachPolicy", CHANGE, policies::resource, policies::detach),
        operation!("ListPoliciesForTarget", READ, units::target_resource, policies::list_for_target),
        operation!("ListTargetsForPolicy", READ, policies::resource, policies::targets),
    ],
};

const CODE: &str = "InvalidInputException";
static ACCOUNT: Shape = text(0, 12, r"\d{12}");
static TOKEN: Shape = text(0, 100_000, "");
static COUNT: Shape = Shape::Number { min: 1, max: 20 };
static LIST: &[Member] = &[
    optional("NextToken", &TOKEN),
    optional("MaxResults", &COUNT),
];
static DESCRIBE_ACCOUNT: &[Member] = &[required("AccountId", &ACCOUNT)];
/// The account that the organization's ids follow from.
fn founder(world: &World) -> Option<&str> {
    let written = world.organization.founder.as_deref();
    written.or_else(|| world.accounts.keys().next().map(String::as_str))
}

/// The management account.
pub fn management(world: &World) -> Option<&str> {
    let written = world.organization.management.as_deref();
    written.or_else(|| founder(world))
}

/// The organization's id, which the condition key `aws:PrincipalOrgID` carries.
pub fn organization_id(world: &World) -> Option<String> {
    founder(world).map(|account| ids(account).0.clone())
}

/// The id of the organization's root.
pub fn root_id(world: &World) -> Option<String> {
    founder(world).map(|account| ids(account).1.clone())
}

/// The ids of the organization and of its root. They are asked for with each request, so what was worked
/// out once is kept.
fn ids(account: &str) -> Arc<(String, String)> {
    static KNOWN: LazyLock<RwLock<HashMap<String, Arc<(String, String)>>>> =
        LazyLock::new(RwLock::default);
    let known = KNOWN.read().unwrap_or_else(PoisonError::into_inner);
    if let Some(ids) = known.get(account) {
        return Arc::clone(ids);
    }
    drop(known);
    let organization = format!("o-{}", letters(account, "organization", 10));
    let made = Arc::new((organization, format!("r-{}", letters(account, "root", 4))));
    let mut known = KNOWN.write().unwrap_or_else(PoisonError::into_inner);
    // Founders are few; were they many, what is forgotten is worked out again.
    if known.len() >= 1000 {
        known.clear();
    }
    known.insert(account.to_owned(), Arc::clone(&made));
    made
}

/// Writes down what followed from the accounts so far, so that an account that is added later changes
/// nothing of it.
fn write_down(world: &mut World) {
    if world.organization.founder.is_none() {
        world.organization.founder = founder(world).map(str::to_owned);
    }
}

/// Lower-case letters and digits that follow from an account's id.
fn letters(account: &str, what: &str, length: usize) -> String {
    let hash = Sha256::digest(format!("{what}:{account}"));
    let mut text = hex::encode(hash);
    text.truncate(length);
    text
}

/// What an answer is made from.
struct Organization {
    partition: &'static str,
    management: String,
    id: String,
    root: String,
}

impl Organization {
    fn of(world: &World, call: &Call) -> Result<Self, Fault> {
        let absent = || {
            Fault::new(
                "AWSOrganizationsNotInUseException",
                "Your account is not a member of an organization.",
            )
        };
        if !world.accounts.contains_key(&call.caller.account) {
            return Err(absent());
        }
        Ok(Self {
            partition: partition(&call.region),
            management: management(world).map(str::to_owned).ok_or_else(absent)?,
            id: organization_id(world).ok_or_else(absent)?,
            root: root_id(world).ok_or_else(absent)?,
        })
    }

    /// Only the management account may ask for more than the organization itself.
    /// Source: the API model, `ListAccounts`.
    fn for_management(world: &World, call: &Call) -> Result<Self, Fault> {
        let own = Self::of(world, call)?;
        if own.management == call.caller.account {
            Ok(own)
        } else {
            Err(Fault::new(
                "AccessDeniedException",
                "You don't have permissions to access this resource.",
            ))
        }
    }

    fn arn(&self, resource: &str) -> String {
        let (partition, owner) = (self.partition, &self.management);
        format!("arn:{partition}:organizations::{owner}:{resource}")
    }

    fn account(&self, world: &World, id: &str) -> Value {
        json!({
            "Id": id,
            "Arn": self.arn(&format!("account/{}/{id}", self.id)),
            "Email": email(id),
            "Name": format!("sandbox-{id}"),
            "Status": "ACTIVE",
            "State": "ACTIVE",
            "Paths": [self.path(world, id)],
            "JoinedMethod": if id == self.management { "INVITED" } else { "CREATED" },
            "JoinedTimestamp": seconds(JOINED),
        })
    }
}

fn email(id: &str) -> String {
    format!("account-{id}@example.com")
}

fn everything(_: &World, _: &Call) -> String {
    "*".to_owned()
}

fn one_account(world: &World, call: &Call) -> String {
    match (Organization::of(world, call), call.text("AccountId")) {
        (Ok(own), Some(id)) => own.arn(&format!("account/{}/{id}", own.id)),
        _ => "*".to_owned(),
    }
}

fn one_child(world: &World, call: &Call) -> String {
    units::arn_of(world, call, call.text("ChildId"))
}

fn describe(world: &mut World, call: &Call) -> Answer {
    let own = Organization::of(world, call)?;
    let master = own.management.clone();
    Ok(json!({"Organization": {
        "Id": own.id,
        "Arn": own.arn(&format!("organization/{}", own.id)),
        "FeatureSet": "ALL",
        "MasterAccountArn": own.arn(&format!("account/{}/{master}", own.id)),
        "MasterAccountId": master,
        "MasterAccountEmail": email(&own.management),
        "AvailablePolicyTypes": [{"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"}],
    }}))
}

fn list_accounts(world: &mut World, call: &Call) -> Answer {
    checked(&call.input, LIST, CODE)?;
    let own = Organization::for_management(world, call)?;
    let all = world
        .accounts
        .keys()
        .map(|id| own.account(world, id))
        .collect();
    listed(call, "Accounts", all)
}

fn describe_account(world: &mut World, call: &Call) -> Answer {
    checked(&call.input, DESCRIBE_ACCOUNT, CODE)?;
    let own = Organization::for_management(world, call)?;
    let id = call.text("AccountId").unwrap_or_default();
    if world.accounts.contains_key(id) {
        return Ok(json!({"Account": own.account(world, id)}));
    }
    Err(no_account())
}

fn no_account() -> Fault {
    Fault::new(
        "AccountNotFoundException",
        "You specified an account that doesn't exist.",
    )
}

fn listed(call: &Call, name: &'static str, all: Vec<Value>) -> Answer {
    let size = call
        .number("MaxResults")
        .and_then(|most| usize::try_from(most).ok())
        .unwrap_or(20);
    let page = page::page(all, size, call.text("NextToken"))
        .ok_or_else(|| Fault::new(CODE, "You specified an invalid value for NextToken."))?;
    Ok(object([
        (name, Some(json!(page.items))),
        ("NextToken", page.next.map(Value::from)),
    ]))
}
