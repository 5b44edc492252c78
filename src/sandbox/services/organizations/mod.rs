//! AWS Organizations, to read: the sandbox's accounts are one organization, and the first of them is
//! its management account.
//!
//! Codes and shapes are those of the API model (2016-11-28). Nothing is kept: all of it follows from
//! which accounts there are.

mod effective;
pub mod state;

pub use effective::{Membership, is_management, of_account, rcp_names, rcps, scp_names, scps};

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::super::page::{self, object, partition, seconds};
use super::super::service::{Answer, Call, Effect, Fault, Operation, Protocol, Service};
use super::super::shape::{Member, Shape, checked, optional, required, text};
use super::super::world::World;

/// When the accounts joined: the sandbox keeps no such time, so this is the same in all of them
/// (2024-01-01).
const JOINED: i64 = 1_704_067_200_000;

macro_rules! operation {
    ($name:literal, $resource:expr, $run:expr) => {
        Operation {
            name: $name,
            action: concat!("organizations:", $name),
            effect: Effect::Reads,
            resource: $resource,
            run: $run,
        }
    };
}

/// The service.
pub static SERVICE: Service = Service {
    signing_name: "organizations",
    protocol: Protocol::Json {
        version: "1.1",
        target_prefix: "AWSOrganizationsV20161128",
    },
    operations: &[
        operation!("DescribeOrganization", everything, describe),
        operation!("ListAccounts", everything, list_accounts),
        operation!("DescribeAccount", one_account, describe_account),
        operation!("ListRoots", everything, list_roots),
        operation!("ListAccountsForParent", everything, list_children),
        operation!("ListParents", everything, list_parents),
    ],
};

const CODE: &str = "InvalidInputException";
static ACCOUNT: Shape = text(0, 12, r"\d{12}");
static TOKEN: Shape = text(0, 100_000, "");
static COUNT: Shape = Shape::Number { min: 1, max: 20 };
static ANY_ID: Shape = text(0, 100, "");
static LIST: &[Member] = &[
    optional("NextToken", &TOKEN),
    optional("MaxResults", &COUNT),
];
static DESCRIBE_ACCOUNT: &[Member] = &[required("AccountId", &ACCOUNT)];
static CHILDREN: &[Member] = &[
    required("ParentId", &ANY_ID),
    optional("NextToken", &TOKEN),
    optional("MaxResults", &COUNT),
];
static PARENTS: &[Member] = &[
    required("ChildId", &ANY_ID),
    optional("NextToken", &TOKEN),
    optional("MaxResults", &COUNT),
];

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
    founder(world).map(|account| format!("o-{}", letters(account, "organization", 10)))
}

/// The id of the organization's root.
pub fn root_id(world: &World) -> Option<String> {
    founder(world).map(|account| format!("r-{}", letters(account, "root", 4)))
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

    fn account(&self, id: &str) -> Value {
        let root = &self.root;
        json!({
            "Id": id,
            "Arn": self.arn(&format!("account/{}/{id}", self.id)),
            "Email": email(id),
            "Name": format!("sandbox-{id}"),
            "Status": "ACTIVE",
            "State": "ACTIVE",
            "Paths": [format!("{}/{root}/{id}/", self.id)],
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
    accounts(world, call, &own)
}

fn accounts(world: &World, call: &Call, own: &Organization) -> Answer {
    let all = world.accounts.keys().map(|id| own.account(id)).collect();
    listed(call, "Accounts", all)
}

fn describe_account(world: &mut World, call: &Call) -> Answer {
    checked(&call.input, DESCRIBE_ACCOUNT, CODE)?;
    let own = Organization::for_management(world, call)?;
    let id = call.text("AccountId").unwrap_or_default();
    if world.accounts.contains_key(id) {
        return Ok(json!({"Account": own.account(id)}));
    }
    Err(Fault::new(
        "AccountNotFoundException",
        "You specified an account that doesn't exist.",
    ))
}

fn list_roots(world: &mut World, call: &Call) -> Answer {
    checked(&call.input, LIST, CODE)?;
    let own = Organization::for_management(world, call)?;
    let id = own.root.clone();
    let root = json!({
        "Id": id,
        "Arn": own.arn(&format!("root/{}/{id}", own.id)),
        "Name": "Root",
        "PolicyTypes": [],
    });
    listed(call, "Roots", vec![root])
}

fn list_children(world: &mut World, call: &Call) -> Answer {
    checked(&call.input, CHILDREN, CODE)?;
    let own = Organization::for_management(world, call)?;
    if call.text("ParentId") != Some(own.root.as_str()) {
        return Err(Fault::new(
            "ParentNotFoundException",
            "You specified a parent that doesn't exist.",
        ));
    }
    accounts(world, call, &own)
}

fn list_parents(world: &mut World, call: &Call) -> Answer {
    checked(&call.input, PARENTS, CODE)?;
    let own = Organization::for_management(world, call)?;
    let child = call.text("ChildId").unwrap_or_default();
    if !world.accounts.contains_key(child) {
        return Err(Fault::new(
            "ChildNotFoundException",
            "You specified a child that doesn't exist.",
        ));
    }
    let parent = json!({"Id": own.root, "Type": "ROOT"});
    listed(call, "Parents", vec![parent])
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::trial::{OTHER, OWN, Trial};

    #[test]
    fn the_first_account_manages_the_others() {
        let mut trial = Trial::of(&SERVICE);
        trial.survives_anything();
        let own = trial.ok("DescribeOrganization", json!({}));
        assert_eq!(own["Organization"]["MasterAccountId"], OWN);
        let id = own["Organization"]["Id"].as_str().unwrap().to_owned();
        assert!(id.starts_with("o-") && id.len() == 12);
        let first = trial.ok("ListAccounts", json!({"MaxResults": 1}));
        assert_eq!(first["Accounts"][0]["Id"], OWN);
        let rest = trial.ok("ListAccounts", json!({"NextToken": first["NextToken"]}));
        assert_eq!(
            rest["Accounts"][0]["Arn"],
            format!("arn:aws:organizations::{OWN}:account/{id}/{OTHER}")
        );
        assert_eq!(
            trial.ok("DescribeAccount", json!({"AccountId": OTHER}))["Account"]["Status"],
            "ACTIVE"
        );
        let root = trial.ok("ListRoots", json!({}))["Roots"][0]["Id"].clone();
        assert_eq!(
            trial.ok("ListAccountsForParent", json!({"ParentId": root}))["Accounts"]
                .as_array()
                .unwrap()
                .len(),
            2
        );
        assert_eq!(
            trial.ok("ListParents", json!({"ChildId": OTHER}))["Parents"][0]["Id"],
            root
        );
        for (operation, input, code) in [
            (
                "DescribeAccount",
                json!({"AccountId": "999999999999"}),
                "AccountNotFoundException",
            ),
            (
                "DescribeAccount",
                json!({"AccountId": "1"}),
                "InvalidInputException",
            ),
            (
                "ListAccounts",
                json!({"NextToken": "x"}),
                "InvalidInputException",
            ),
            (
                "ListAccountsForParent",
                json!({"ParentId": "r-none"}),
                "ParentNotFoundException",
            ),
            (
                "ListParents",
                json!({"ChildId": "999999999999"}),
                "ChildNotFoundException",
            ),
        ] {
            assert_eq!(
                trial.code(operation, input.clone()),
                code,
                "{operation} {input}"
            );
        }
        trial.account = OTHER;
        assert_eq!(trial.ok("DescribeOrganization", json!({})), own);
        for operation in ["ListAccounts", "ListRoots"] {
            assert_eq!(
                trial.fault(operation, json!({})),
                "AccessDeniedException: You don't have permissions to access this resource."
            );
        }
        trial.account = "333333333333";
        assert_eq!(
            trial.code("DescribeOrganization", json!({})),
            "AWSOrganizationsNotInUseException"
        );
    }
}
