//! AWS CodeConnections: connections to source providers outside AWS, and the hosts that they may need.
//!
//! Codes and shapes are those of the API model (2023-12-01). The service was called CodeStar
//! connections before; the older name (model 2019-12-01) still answers, over the same connections,
//! and gives what it makes ARNs of its own prefix.

mod connections;
mod hosts;
mod tagging;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::super::page::{self, Tags};
use super::super::service::{Call, Effect, Fault, Operation, Protocol, Service};
use super::super::shape::{Shape, list as list_of, one_of, required, text};
use super::super::world::World;

/// What an account's CodeConnections holds in a Region.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
#[serde(default)]
pub struct State {
    /// The connections, by ARN.
    pub connections: BTreeMap<String, Connection>,
    /// The hosts, by ARN.
    pub hosts: BTreeMap<String, Host>,
}

/// A connection.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
#[serde(default)]
pub struct Connection {
    /// Its name, which need not be unique.
    pub name: String,
    /// `GitHub`, `GitLab`, `Bitbucket`, ...
    pub provider: String,
    /// `PENDING` until its handshake is finished, then `AVAILABLE`.
    pub status: String,
    /// The host of a provider that one runs oneself.
    pub host: Option<String>,
    /// When it was made, in milliseconds since 1970.
    pub created: i64,
    /// Its tags.
    pub tags: Tags,
}

/// Where a provider that one runs oneself is found.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
#[serde(default)]
pub struct Host {
    /// Its name.
    pub name: String,
    /// The provider.
    pub provider: String,
    /// Its address.
    pub endpoint: String,
    /// The VPC that it is reached in, as it was given.
    pub vpc: Option<Value>,
    /// `PENDING` until it is set up, then `AVAILABLE`.
    pub status: String,
    /// Its tags.
    pub tags: Tags,
}

/// Finishes the handshake of a pending connection, which at AWS only a person in the console can
/// do: no API does it. Answers whether there was such a connection.
pub fn complete_handshake(world: &mut World, arn: &str) -> bool {
    let mut parts = arn.splitn(6, ':').skip(3);
    let (Some(region), Some(account)) = (parts.next(), parts.next()) else {
        return false;
    };
    let found = world
        .accounts
        .get_mut(account)
        .and_then(|account| account.regions.get_mut(region))
        .and_then(|regional| regional.codeconnections.connections.get_mut(arn));
    match found {
        Some(connection) => {
            "AVAILABLE".clone_into(&mut connection.status);
            true
        }
        None => false,
    }
}

const READ: Effect = Effect::Reads;
const CHANGE: Effect = Effect::Changes;

macro_rules! operation {
    ($prefix:literal, $name:literal, $effect:expr, $resource:expr, $run:expr) => {
        Operation {
            name: $name,
            action: concat!($prefix, ":", $name),
            effect: $effect,
            resource: $resource,
            run: $run,
        }
    };
}

macro_rules! operations {
    ($prefix:literal) => {
        &[
            operation!(
                $prefix,
                "CreateConnection",
                CHANGE,
                everything,
                |world, call| { connections::create(world, call, $prefix) }
            ),
            operation!($prefix, "GetConnection", READ, connection, connections::get),
            operation!(
                $prefix,
                "ListConnections",
                READ,
                everything,
                connections::list
            ),
            operation!(
                $prefix,
                "DeleteConnection",
                CHANGE,
                connection,
                connections::delete
            ),
            operation!($prefix, "CreateHost", CHANGE, everything, |world, call| {
                hosts::create(world, call, $prefix)
            }),
            operation!($prefix, "GetHost", READ, host, hosts::get),
            operation!($prefix, "ListHosts", READ, everything, hosts::list),
            operation!($prefix, "UpdateHost", CHANGE, host, hosts::update),
            operation!($prefix, "DeleteHost", CHANGE, host, hosts::delete),
            operation!($prefix, "TagResource", CHANGE, tagged, tagging::tag),
            operation!($prefix, "UntagResource", CHANGE, tagged, tagging::untag),
            operation!($prefix, "ListTagsForResource", READ, tagged, tagging::list),
        ]
    };
}

/// The service.
pub static SERVICE: Service = Service {
    signing_name: "codeconnections",
    protocol: Protocol::Json {
        version: "1.0",
        target_prefix: "com.amazonaws.codeconnections.CodeConnections_20231201",
    },
    operations: operations!("codeconnections"),
};

/// The service under its older name.
pub static CODESTAR_SERVICE: Service = Service {
    signing_name: "codestar-connections",
    protocol: Protocol::Json {
        version: "1.0",
        target_prefix: "com.amazonaws.codestar.connections.CodeStar_connections_20191201",
    },
    operations: operations!("codestar-connections"),
};

fn everything(_: &World, _: &Call) -> String {
    "*".to_owned()
}

fn connection(_: &World, call: &Call) -> String {
    call.text("ConnectionArn").unwrap_or("*").to_owned()
}

fn host(_: &World, call: &Call) -> String {
    call.text("HostArn").unwrap_or("*").to_owned()
}

fn tagged(_: &World, call: &Call) -> String {
    call.text("ResourceArn").unwrap_or("*").to_owned()
}

// Shapes that several operations share. Source: the API model.
static PROVIDER: Shape = one_of(&[
    "Bitbucket",
    "GitHub",
    "GitHubEnterpriseServer",
    "GitLab",
    "GitLabSelfManaged",
    "AzureDevOps",
]);
static CONNECTION_ARN: Shape = text(0, 256, r"arn:aws(-[\w]+)*:.+:.+:[0-9]{12}:.+");
static HOST_ARN: Shape = text(
    0,
    256,
    r"arn:aws(-[\w]+)*:(codestar-connections|codeconnections):.+:[0-9]{12}:host\/.+",
);
static COUNT: Shape = Shape::Number { min: 0, max: 100 };
static TOKEN: Shape = text(1, 1024, ".*");
static TAG_KEY: Shape = text(1, 128, ".*");
static TAG_VALUE: Shape = text(0, 256, ".*");
static TAG: Shape = Shape::Structure(&[required("Key", &TAG_KEY), required("Value", &TAG_VALUE)]);
static TAGS: Shape = list_of(&TAG, 0, 200);

const CODE: &str = "ValidationException";

fn state_mut<'a>(world: &'a mut World, call: &Call) -> &'a mut State {
    &mut world
        .regional(&call.caller.account, &call.region)
        .codeconnections
}

fn not_found(what: &str, arn: &str) -> Fault {
    Fault::new(
        "ResourceNotFoundException",
        format!("{what} {arn} not found"),
    )
}

/// A part of a list; zero results asked for means as many as there may be.
fn listed<T>(call: &Call, items: Vec<T>) -> Result<page::Page<T>, Fault> {
    let size = call
        .number("MaxResults")
        .and_then(|most| usize::try_from(most).ok())
        .filter(|most| *most > 0)
        .unwrap_or(100);
    page::page(items, size, call.text("NextToken"))
        .ok_or_else(|| Fault::new(CODE, "NextToken is not valid"))
}
