//! Hosts: where a provider that one runs oneself is found.

use serde_json::{Value, json};

use super::{
    CODE, COUNT, HOST_ARN, Host, PROVIDER, TAGS, TOKEN, listed, not_found, state_mut, tagging,
};
use crate::sandbox::page::{arn, object, tags_to_pairs};
use crate::sandbox::service::{Answer, Call, Fault};
use crate::sandbox::shape::{
    ANY_TEXT, Member, Shape, checked, list as list_of, optional, required, text,
};
use crate::sandbox::world::World;

/// Hosts of an account in a Region. Source: CodeConnections quotas.
const MOST: usize = 50;

static NAME: Shape = text(1, 64, ".*");
static ENDPOINT: Shape = text(1, 512, ".*");
static VPC_ID: Shape = text(12, 21, r"vpc-\w{8}(\w{9})?");
static SUBNET: Shape = text(15, 24, r"subnet-\w{8}(\w{9})?");
static GROUP: Shape = text(11, 20, r"sg-\w{8}(\w{9})?");
static SUBNETS: Shape = list_of(&SUBNET, 1, 10);
static GROUPS: Shape = list_of(&GROUP, 1, 10);
static VPC: Shape = Shape::Structure(&[
    required("VpcId", &VPC_ID),
    required("SubnetIds", &SUBNETS),
    required("SecurityGroupIds", &GROUPS),
    optional("TlsCertificate", &ANY_TEXT),
]);
static CREATE: &[Member] = &[
    required("Name", &NAME),
    required("ProviderType", &PROVIDER),
    required("ProviderEndpoint", &ENDPOINT),
    optional("VpcConfiguration", &VPC),
    optional("Tags", &TAGS),
];
static UPDATE: &[Member] = &[
    required("HostArn", &HOST_ARN),
    optional("ProviderEndpoint", &ENDPOINT),
    optional("VpcConfiguration", &VPC),
];
static NAMED: &[Member] = &[required("HostArn", &HOST_ARN)];
static LIST: &[Member] = &[
    optional("MaxResults", &COUNT),
    optional("NextToken", &TOKEN),
];

pub fn create(world: &mut World, call: &Call, prefix: &str) -> Answer {
    let input = checked(&call.input, CREATE, CODE)?;
    let tags = tagging::given(call)?;
    if state_mut(world, call).hosts.len() >= MOST {
        return Err(Fault::new(
            "LimitExceededException",
            format!("The account has {MOST} hosts, which is its limit"),
        ));
    }
    let of = |member: &str| call.text(member).unwrap_or_default().to_owned();
    let name = of("Name");
    // A host's ARN ends in its name and eight letters of its own.
    let id = world.ids.hex(8);
    let arn = arn(
        prefix,
        &call.region,
        &call.caller.account,
        &format!("host/{name}-{id}"),
    );
    let shown = tags_to_pairs(&tags, tagging::NAMES);
    let made = Host {
        name,
        provider: of("ProviderType"),
        endpoint: of("ProviderEndpoint"),
        vpc: input.get("VpcConfiguration").cloned(),
        status: "PENDING".to_owned(),
        tags,
    };
    state_mut(world, call).hosts.insert(arn.clone(), made);
    Ok(json!({"HostArn": arn, "Tags": shown}))
}

pub fn get(world: &mut World, call: &Call) -> Answer {
    checked(&call.input, NAMED, CODE)?;
    let arn = call.text("HostArn").unwrap_or_default();
    let state = state_mut(world, call);
    let found = state.hosts.get(arn).ok_or_else(|| not_found("Host", arn))?;
    Ok(shown(None, found))
}

pub fn list(world: &mut World, call: &Call) -> Answer {
    checked(&call.input, LIST, CODE)?;
    let all = state_mut(world, call)
        .hosts
        .iter()
        .map(|(arn, found)| shown(Some(arn), found))
        .collect();
    let page = listed(call, all)?;
    Ok(object([
        ("Hosts", Some(json!(page.items))),
        ("NextToken", page.next.map(Value::from)),
    ]))
}

pub fn update(world: &mut World, call: &Call) -> Answer {
    let input = checked(&call.input, UPDATE, CODE)?;
    let arn = call.text("HostArn").unwrap_or_default();
    let found = state_mut(world, call)
        .hosts
        .get_mut(arn)
        .ok_or_else(|| not_found("Host", arn))?;
    if let Some(endpoint) = call.text("ProviderEndpoint") {
        endpoint.clone_into(&mut found.endpoint);
    }
    if let Some(vpc) = input.get("VpcConfiguration") {
        found.vpc = Some(vpc.clone());
    }
    Ok(json!({}))
}

/// A host goes only when no connection uses it. Source: the API model, `DeleteHost`.
pub fn delete(world: &mut World, call: &Call) -> Answer {
    checked(&call.input, NAMED, CODE)?;
    let arn = call.text("HostArn").unwrap_or_default();
    let state = state_mut(world, call);
    if !state.hosts.contains_key(arn) {
        return Err(not_found("Host", arn));
    }
    let used = |connection: &super::Connection| connection.host.as_deref() == Some(arn);
    if state.connections.values().any(used) {
        return Err(Fault::new(
            "ResourceUnavailableException",
            format!("Host {arn} has connections: delete them first"),
        ));
    }
    state.hosts.remove(arn);
    Ok(json!({}))
}

fn shown(arn: Option<&str>, found: &Host) -> Value {
    object([
        ("Name", Some(json!(found.name))),
        ("HostArn", arn.map(Value::from)),
        ("ProviderType", Some(json!(found.provider))),
        ("ProviderEndpoint", Some(json!(found.endpoint))),
        ("VpcConfiguration", found.vpc.clone()),
        ("Status", Some(json!(found.status))),
    ])
}
