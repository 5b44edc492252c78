//! Load balancers.

use serde_json::{Value, json};

use super::state::LoadBalancer;
use super::{
    bad_marker, check_name, no_load_balancer, required, short_kind, state, state_mut, validation,
};
use crate::sandbox::service::{Answer, Call, Fault};
use crate::sandbox::services::elbv2::tags::read_tags;
use crate::sandbox::services::fields::{arn, domain, page, page_size, put, text, texts};
use crate::sandbox::services::iam::linked;
use crate::sandbox::services::network::{Network, is_id};
use crate::sandbox::world::World;

/// The hosted zones that application load balancers' names live in. Source: AWS General Reference,
/// "Elastic Load Balancing endpoints and quotas".
const ZONES: [(&str, &str); 17] = [
    ("us-east-1", "Z35SXDOTRQ7X7K"),
    ("us-east-2", "Z3AADJGX6KTTL2"),
    ("us-west-1", "Z368ELLRRE2KJ0"),
    ("us-west-2", "Z1H1FL5HABSF5"),
    ("ap-northeast-1", "Z14GRHDCWA56QT"),
    ("ap-northeast-2", "ZWKZPGTI48KDX"),
    ("ap-northeast-3", "Z5LXEXXYW11ES"),
    ("ap-south-1", "ZP97RAFLXTNZK"),
    ("ap-southeast-1", "Z1LMS91P8CMLE5"),
    ("ap-southeast-2", "Z1GM3OXH4ZPM65"),
    ("ca-central-1", "ZQSVJUPU6J1EY"),
    ("eu-central-1", "Z215JYRZR1TBD5"),
    ("eu-north-1", "Z23TAZ6LKFMNIO"),
    ("eu-west-1", "Z32O12XQLNTSW2"),
    ("eu-west-2", "ZHURV8PSTC4K8"),
    ("eu-west-3", "Z3Q77PNBQS71R4"),
    ("sa-east-1", "Z2P70J7HTTTPLU"),
];

fn network(world: &World, call: &Call) -> Network {
    world
        .regional_ref(&call.caller.account, &call.region)
        .map(|regional| regional.network.clone())
        .unwrap_or_default()
}

/// The subnets that a call gives, with their zones.
fn subnets(call: &Call, network: &Network, kind: &str) -> Result<Vec<(String, String)>, Fault> {
    let mut ids = texts(call.list("Subnets"));
    let mapped: Vec<String> = call
        .list("SubnetMappings")
        .iter()
        .filter_map(|mapping| text(mapping, "SubnetId"))
        .map(str::to_owned)
        .collect();
    if !ids.is_empty() && !mapped.is_empty() {
        return Err(validation(
            "You must specify either subnets or subnet mappings, not both",
        ));
    }
    ids.extend(mapped);
    if let Some(wrong) = ids.iter().find(|id| !is_id("subnet", id)) {
        return Err(Fault::new(
            "SubnetNotFound",
            format!("The subnet ID '{wrong}' does not exist"),
        ));
    }
    let zoned: Vec<(String, String)> = ids
        .iter()
        .enumerate()
        .map(|(place, id)| (id.clone(), network.zone(id, place, &call.region)))
        .collect();
    let mut zones: Vec<&str> = zoned.iter().map(|(_, zone)| zone.as_str()).collect();
    zones.sort_unstable();
    zones.dedup();
    if zones.len() < zoned.len() {
        return Err(Fault::new(
            "InvalidConfigurationRequest",
            "A load balancer cannot be attached to multiple subnets in the same Availability Zone",
        ));
    }
    let least = if kind == "application" { 2 } else { 1 };
    if zones.len() < least {
        let message = if kind == "application" {
            "At least two subnets in two different Availability Zones must be specified"
        } else {
            "At least one subnet must be specified"
        };
        return Err(validation(message));
    }
    Ok(zoned)
}

fn security_groups(call: &Call) -> Result<Vec<String>, Fault> {
    let groups = texts(call.list("SecurityGroups"));
    match groups.iter().find(|id| !is_id("sg", id)) {
        Some(wrong) => Err(Fault::new(
            "InvalidSecurityGroup",
            format!("The security group ID '{wrong}' does not exist"),
        )),
        None => Ok(groups),
    }
}

fn one_of<'a>(
    call: &'a Call,
    field: &str,
    allowed: &[&str],
    default: &'a str,
) -> Result<&'a str, Fault> {
    let value = call.text(field).unwrap_or(default);
    if allowed.contains(&value) {
        Ok(value)
    } else {
        Err(validation(format!(
            "1 validation error detected: Value '{value}' at '{field}' failed to satisfy constraint: Member must satisfy enum value set: [{}]",
            allowed.join(", ")
        )))
    }
}

/// `CreateLoadBalancer`: a second call with the same settings answers what is there.
pub fn create(world: &mut World, call: &Call) -> Answer {
    let name = required(call, "Name")?.to_owned();
    check_name("load balancer", &name)?;
    if name.starts_with("internal-") {
        return Err(validation(format!(
            "The load balancer name '{name}' cannot begin with 'internal-'"
        )));
    }
    let kind = one_of(
        call,
        "Type",
        &["application", "network", "gateway"],
        "application",
    )?
    .to_owned();
    let scheme = one_of(
        call,
        "Scheme",
        &["internet-facing", "internal"],
        "internet-facing",
    )?
    .to_owned();
    let addresses = ["ipv4", "dualstack", "dualstack-without-public-ipv4"];
    let ip_address_type = one_of(call, "IpAddressType", &addresses, "ipv4")?.to_owned();
    let network = network(world, call);
    let subnets = subnets(call, &network, &kind)?;
    let mut security_groups = security_groups(call)?;
    let tags = read_tags(call.list("Tags"))?;
    let vpc = vpc_of(&network, &subnets, call);
    if security_groups.is_empty() && kind == "application" {
        // Without any, the VPC's default group is used.
        security_groups.push(format!("sg-0{}", stable_hex(&["default-sg", &vpc], 16)));
    }
    let existing = state(world, call)
        .and_then(|state| state.load_balancers.values().find(|lb| lb.name == name));
    if let Some(existing) = existing {
        let same = existing.kind == kind
            && existing.scheme == scheme
            && existing.ip_address_type == ip_address_type
            && same_set(&existing.subnets, &subnets)
            && same_set(&existing.security_groups, &security_groups);
        return if same {
            Ok(json!({"LoadBalancers": [existing.describe("active")]}))
        } else {
            Err(Fault::new(
                "DuplicateLoadBalancerName",
                format!(
                    "A load balancer with the same name '{name}' exists, but with different settings"
                ),
            ))
        };
    }
    let id = world.ids.hex(16);
    let short = short_kind(&kind);
    let number = world.ids.letters("0123456789", 9);
    let dns_name = if kind == "application" {
        let prefix = if scheme == "internal" {
            "internal-"
        } else {
            ""
        };
        format!(
            "{prefix}{name}-{number}.{}.elb.{}",
            call.region,
            domain(&call.region)
        )
    } else {
        format!("{name}-{id}.elb.{}.{}", call.region, domain(&call.region))
    };
    let load_balancer = LoadBalancer {
        arn: arn(
            "elasticloadbalancing",
            &call.region,
            &call.caller.account,
            &format!("loadbalancer/{short}/{name}/{id}"),
        ),
        name,
        kind,
        scheme,
        vpc,
        subnets,
        security_groups,
        ip_address_type,
        created_at: call.now,
        dns_name,
        zone_id: ZONES
            .iter()
            .find(|(region, _)| *region == call.region)
            .map_or_else(
                || {
                    format!(
                        "Z{}",
                        stable_hex(&["zone", &call.region], 13).to_uppercase()
                    )
                },
                |(_, zone)| (*zone).to_owned(),
            ),
        ..LoadBalancer::default()
    };
    let answer = json!({"LoadBalancers": [load_balancer.describe("provisioning")]});
    // The first load balancer of an account brings the service's own role with it.
    linked::ensure(
        world,
        &call.caller.account,
        "elasticloadbalancing.amazonaws.com",
        call.now,
    );
    let state = state_mut(world, call);
    state.tags.insert(load_balancer.arn.clone(), tags);
    state
        .load_balancers
        .insert(load_balancer.arn.clone(), load_balancer);
    Ok(answer)
}

fn same_set<T: Ord + Clone>(a: &[T], b: &[T]) -> bool {
    let (mut a, mut b) = (a.to_vec(), b.to_vec());
    a.sort();
    b.sort();
    a == b
}

/// The VPC of known subnets; for others one that depends on the account and Region alone.
fn vpc_of(network: &Network, subnets: &[(String, String)], call: &Call) -> String {
    let known = subnets
        .iter()
        .any(|(id, _)| network.subnets.contains_key(id));
    match (&network.vpc, known) {
        (Some(vpc), true) => vpc.clone(),
        _ => format!(
            "vpc-0{}",
            stable_hex(&["vpc", &call.caller.account, &call.region], 16)
        ),
    }
}

/// Hexadecimal digits that depend on the given texts alone.
fn stable_hex(texts: &[&str], length: usize) -> String {
    use sha2::{Digest as _, Sha256};
    let hash = hex::encode(Sha256::digest(texts.join("/").as_bytes()));
    hash.chars().take(length).collect()
}

/// `DescribeLoadBalancers`.
pub fn describe(world: &mut World, call: &Call) -> Answer {
    let arns = texts(call.list("LoadBalancerArns"));
    let names = texts(call.list("Names"));
    let all: Vec<&LoadBalancer> = state(world, call)
        .map(|state| state.load_balancers.values().collect())
        .unwrap_or_default();
    for arn in &arns {
        if !all.iter().any(|lb| lb.arn == *arn) {
            return Err(if arn.contains(":loadbalancer/") {
                no_load_balancer()
            } else {
                validation(format!("'{arn}' is not a valid load balancer ARN"))
            });
        }
    }
    let missing: Vec<&String> = names
        .iter()
        .filter(|name| !all.iter().any(|lb| lb.name == **name))
        .collect();
    if !missing.is_empty() {
        let list: Vec<&str> = missing.iter().map(|name| name.as_str()).collect();
        return Err(Fault::new(
            "LoadBalancerNotFound",
            format!("Load balancers '[{}]' not found", list.join(", ")),
        ));
    }
    let rows: Vec<Value> = all
        .into_iter()
        .filter(|lb| {
            (arns.is_empty() && names.is_empty())
                || arns.contains(&lb.arn)
                || names.contains(&lb.name)
        })
        .map(|lb| lb.describe("active"))
        .collect();
    let most = page_size(call, "PageSize", 400);
    let (rows, next) = page(rows, call.text("Marker"), most).ok_or_else(bad_marker)?;
    let mut answer = json!({"LoadBalancers": rows});
    put(&mut answer, "NextMarker", next.map(Value::String));
    Ok(answer)
}

/// `DeleteLoadBalancer`, with its listeners and their rules. One that is not there counts as deleted.
/// Source: the API model.
pub fn delete(world: &mut World, call: &Call) -> Answer {
    let arn = required(call, "LoadBalancerArn")?;
    if !arn.contains(":loadbalancer/") {
        return Err(validation(format!(
            "'{arn}' is not a valid load balancer ARN"
        )));
    }
    let Some(found) = state(world, call).and_then(|state| state.load_balancers.get(arn)) else {
        return Ok(json!({}));
    };
    if found
        .attributes
        .get("deletion_protection.enabled")
        .map(String::as_str)
        == Some("true")
    {
        return Err(Fault::new(
            "OperationNotPermitted",
            format!(
                "Load balancer '{arn}' cannot be deleted because deletion protection is enabled"
            ),
        ));
    }
    let state = state_mut(world, call);
    let listeners: Vec<String> = state
        .listeners
        .values()
        .filter(|listener| listener.load_balancer == arn)
        .map(|listener| listener.arn.clone())
        .collect();
    for listener in &listeners {
        super::listeners::remove(state, listener);
    }
    state.load_balancers.remove(arn);
    state.tags.remove(arn);
    Ok(json!({}))
}

fn find<'w>(world: &'w mut World, call: &Call) -> Result<&'w mut LoadBalancer, Fault> {
    let arn = required(call, "LoadBalancerArn")?;
    world
        .accounts
        .get_mut(&call.caller.account)
        .and_then(|account| account.regions.get_mut(&call.region))
        .and_then(|regional| regional.elbv2.load_balancers.get_mut(arn))
        .ok_or_else(no_load_balancer)
}

/// `SetSecurityGroups`.
pub fn set_security_groups(world: &mut World, call: &Call) -> Answer {
    let groups = security_groups(call)?;
    if groups.is_empty() {
        return Err(validation("At least one security group must be specified"));
    }
    find(world, call)?.security_groups.clone_from(&groups);
    Ok(json!({"SecurityGroupIds": groups}))
}

/// `SetSubnets`.
pub fn set_subnets(world: &mut World, call: &Call) -> Answer {
    let network = network(world, call);
    let kind = find(world, call)?.kind.clone();
    let subnets = subnets(call, &network, &kind)?;
    let load_balancer = find(world, call)?;
    load_balancer.subnets = subnets;
    let described = load_balancer.describe("active");
    Ok(json!({
        "AvailabilityZones": described.get("AvailabilityZones"),
        "IpAddressType": load_balancer.ip_address_type,
    }))
}

/// `SetIpAddressType`.
pub fn set_ip_address_type(world: &mut World, call: &Call) -> Answer {
    required(call, "IpAddressType")?;
    let addresses = ["ipv4", "dualstack", "dualstack-without-public-ipv4"];
    let wanted = one_of(call, "IpAddressType", &addresses, "ipv4")?.to_owned();
    find(world, call)?.ip_address_type.clone_from(&wanted);
    Ok(json!({"IpAddressType": wanted}))
}
