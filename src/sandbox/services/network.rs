//! The network that a platform team left in an account.
//!
//! The sandbox has no EC2: subnets and security groups are names. Those that were left are known with
//! their zone and VPC; any other well-formed id is taken as it comes, so that test worlds can be built
//! without EC2 calls.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

/// What is known of an account's network in one Region.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Network {
    /// The VPC.
    pub vpc: Option<String>,
    /// Its subnets, with their Availability Zones.
    pub subnets: BTreeMap<String, String>,
    /// Its security groups: id to what it is for.
    pub security_groups: BTreeMap<String, String>,
    /// The services, as `cluster/name`, that a platform team has left here. They are not brought back when
    /// somebody deletes them.
    pub left: BTreeSet<String>,
}

impl Network {
    /// The zone of a subnet; for one that is not known, the zone that its place in the list gives it.
    pub fn zone(&self, subnet: &str, place: usize, region: &str) -> String {
        self.subnets.get(subnet).cloned().unwrap_or_else(|| {
            let letter = ["a", "b", "c", "d"].get(place % 4).copied().unwrap_or("a");
            format!("{region}{letter}")
        })
    }
}

/// Whether an id has the shape `kind-` and letters or digits.
pub fn is_id(kind: &str, id: &str) -> bool {
    id.strip_prefix(kind)
        .and_then(|rest| rest.strip_prefix('-'))
        .is_some_and(|rest| {
            !rest.is_empty()
                && rest
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        })
}
