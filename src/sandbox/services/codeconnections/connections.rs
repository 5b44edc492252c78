//! Connections.

use serde_json::{Value, json};

use super::{
    CODE, CONNECTION_ARN, COUNT, Connection, HOST_ARN, PROVIDER, TAGS, TOKEN, listed, not_found,
    state_mut, tagging,
};
use crate::sandbox::page::{arn, object, tags_to_pairs};
use crate::sandbox::service::{Answer, Call, Fault};
use crate::sandbox::shape::{Member, Shape, checked, optional, required, text};
use crate::sandbox::world::World;

/// Connections of an account in a Region. Source: CodeConnections quotas.
const MOST: usize = 250;

static NAME: Shape = text(1, 32, "");
static CREATE: &[Member] = &[
    optional("ProviderType", &PROVIDER),
    required("ConnectionName", &NAME),
    optional("Tags", &TAGS),
    optional("HostArn", &HOST_ARN),
];
static NAMED: &[Member] = &[required("ConnectionArn", &CONNECTION_ARN)];
static LIST: &[Member] = &[
    optional("ProviderTypeFilter", &PROVIDER),
    optional("HostArnFilter", &HOST_ARN),
    optional("MaxResults", &COUNT),
    optional("NextToken", &TOKEN),
];

/// Makes a pending connection. Names are not unique: every call makes another one.
pub fn create(world: &mut World, call: &Call, prefix: &str) -> Answer {
    checked(&call.input, CREATE, CODE)?;
    let tags = tagging::given(call)?;
    let (given, host) = (call.text("ProviderType"), call.text("HostArn"));
    let state = state_mut(world, call);
    let provider = match (given, host) {
        (Some(provider), None) => provider.to_owned(),
        (None, Some(host)) => match state.hosts.get(host) {
            Some(found) => found.provider.clone(),
            None => return Err(not_found("Host", host)),
        },
        _ => {
            return Err(Fault::new(
                CODE,
                "Exactly one of ProviderType and HostArn must be given",
            ));
        }
    };
    if state.connections.len() >= MOST {
        return Err(Fault::new(
            "LimitExceededException",
            format!("The account has {MOST} connections, which is its limit"),
        ));
    }
    let id = world.ids.uuid();
    let arn = arn(
        prefix,
        &call.region,
        &call.caller.account,
        &format!("connection/{id}"),
    );
    let shown = tags_to_pairs(&tags, tagging::NAMES);
    let made = Connection {
        name: call.text("ConnectionName").unwrap_or_default().to_owned(),
        provider,
        status: "PENDING".to_owned(),
        host: host.map(str::to_owned),
        created: call.now,
        tags,
    };
    state_mut(world, call).connections.insert(arn.clone(), made);
    Ok(json!({"ConnectionArn": arn, "Tags": shown}))
}

pub fn get(world: &mut World, call: &Call) -> Answer {
    checked(&call.input, NAMED, CODE)?;
    let arn = call.text("ConnectionArn").unwrap_or_default();
    let found = state_mut(world, call)
        .connections
        .get(arn)
        .ok_or_else(|| not_found("Connection", arn))?;
    Ok(json!({"Connection": shown(call, arn, found)}))
}

pub fn list(world: &mut World, call: &Call) -> Answer {
    checked(&call.input, LIST, CODE)?;
    let provider = call.text("ProviderTypeFilter");
    let host = call.text("HostArnFilter");
    let mut found: Vec<(&String, &Connection)> = state_mut(world, call)
        .connections
        .iter()
        .filter(|(_, one)| provider.is_none_or(|wanted| one.provider == wanted))
        .filter(|(_, one)| host.is_none_or(|wanted| one.host.as_deref() == Some(wanted)))
        .collect();
    found.sort_by_key(|(arn, one)| (one.created, *arn));
    let all = found
        .into_iter()
        .map(|(arn, one)| shown(call, arn, one))
        .collect();
    let page = listed(call, all)?;
    Ok(object([
        ("Connections", Some(json!(page.items))),
        ("NextToken", page.next.map(Value::from)),
    ]))
}

pub fn delete(world: &mut World, call: &Call) -> Answer {
    checked(&call.input, NAMED, CODE)?;
    let arn = call.text("ConnectionArn").unwrap_or_default();
    match state_mut(world, call).connections.remove(arn) {
        Some(_) => Ok(json!({})),
        None => Err(not_found("Connection", arn)),
    }
}

fn shown(call: &Call, arn: &str, found: &Connection) -> Value {
    object([
        ("ConnectionName", Some(json!(found.name))),
        ("ConnectionArn", Some(json!(arn))),
        ("ProviderType", Some(json!(found.provider))),
        ("OwnerAccountId", Some(json!(call.caller.account))),
        ("ConnectionStatus", Some(json!(found.status))),
        ("HostArn", found.host.clone().map(Value::from)),
    ])
}
