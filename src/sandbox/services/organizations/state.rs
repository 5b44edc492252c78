//! What an organization holds besides its accounts: its management account, organizational units, policies
//! and where they are attached.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

/// The organization of the sandbox's accounts.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Organization {
    /// The account that its id and its root's follow from, once that has been written down; before, it is
    /// the first account.
    pub founder: Option<String>,
    /// The management account, where it is not the founder.
    pub management: Option<String>,
    /// Organizational units, by id.
    pub units: BTreeMap<String, Unit>,
    /// The unit that an account is in. An account that is not here is in the root.
    pub parents: BTreeMap<String, String>,
    /// The types of policy that are enabled.
    pub enabled: BTreeSet<PolicyType>,
    /// Policies of the customer, by id.
    pub policies: BTreeMap<String, Policy>,
    /// What is attached, by the id of the root, the unit or the account; in the order of attaching.
    pub attached: BTreeMap<String, Vec<String>>,
    /// Which of AWS's own policies were detached, by the same ids: these are attached everywhere else.
    pub detached: BTreeMap<String, BTreeSet<String>>,
}

/// An organizational unit.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Unit {
    /// Its name.
    pub name: String,
    /// The root or the unit that it is in.
    pub parent: String,
}

/// The types of policy that decide requests.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PolicyType {
    /// What the principals of an account may do at most.
    #[default]
    ServiceControlPolicy,
    /// What may be done with the resources of an account at most.
    ResourceControlPolicy,
}

/// A policy of the customer.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Policy {
    /// Its type.
    #[serde(rename = "type")]
    pub kind: PolicyType,
    /// Its name, unlike every other of its type.
    pub name: String,
    /// The description.
    pub description: String,
    /// The document.
    pub content: String,
    /// Tags.
    pub tags: Vec<(String, String)>,
}

impl PolicyType {
    /// Both.
    pub const ALL: [Self; 2] = [Self::ServiceControlPolicy, Self::ResourceControlPolicy];

    /// As the API writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::ServiceControlPolicy => "SERVICE_CONTROL_POLICY",
            Self::ResourceControlPolicy => "RESOURCE_CONTROL_POLICY",
        }
    }

    /// As a policy's ARN writes it.
    pub fn in_arn(self) -> &'static str {
        match self {
            Self::ServiceControlPolicy => "service_control_policy",
            Self::ResourceControlPolicy => "resource_control_policy",
        }
    }

    /// The policy of AWS that allows everything, which is attached to everything that is made.
    pub fn full_access(self) -> &'static str {
        match self {
            Self::ServiceControlPolicy => "p-FullAWSAccess",
            Self::ResourceControlPolicy => "p-RCPFullAWSAccess",
        }
    }

    /// The document of that policy.
    ///
    /// Source: AWS Organizations User Guide, "SCP syntax" and "RCP syntax".
    pub fn full_access_content(self) -> &'static str {
        match self {
            Self::ServiceControlPolicy => {
                r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#
            }
            Self::ResourceControlPolicy => {
                r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}"#
            }
        }
    }
}

impl Organization {
    /// The ids of the policies of a type on a target, AWS's own first.
    pub fn policies_on<'a>(
        &'a self,
        target: &str,
        kind: PolicyType,
    ) -> impl Iterator<Item = &'a str> + Clone + use<'a> {
        let full = kind.full_access();
        let gone = self
            .detached
            .get(target)
            .is_some_and(|detached| detached.contains(full));
        let own = self.attached.get(target).into_iter().flatten();
        (!gone)
            .then_some(full)
            .into_iter()
            .chain(own.map(String::as_str).filter(move |id| {
                self.policies
                    .get(*id)
                    .is_some_and(|policy| policy.kind == kind)
            }))
    }

    /// The text of a policy.
    pub fn content(&self, id: &str) -> Option<&str> {
        let of_aws = PolicyType::ALL.iter().find(|kind| kind.full_access() == id);
        match of_aws {
            Some(kind) => Some(kind.full_access_content()),
            None => self.policies.get(id).map(|policy| policy.content.as_str()),
        }
    }
}
