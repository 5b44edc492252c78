//! Target groups.

use serde_json::{Map, Value, json};

use super::state::TargetGroup;
use super::tags::read_tags;
use super::{
    bad_marker, check_name, no_load_balancer, no_target_group, required, state, state_mut,
    validation,
};
use crate::sandbox::service::{Answer, Call, Fault};
use crate::sandbox::services::fields::{arn, number, page, page_size, put, text, texts};
use crate::sandbox::services::network::is_id;
use crate::sandbox::world::World;

const PROTOCOLS: [&str; 9] = [
    "HTTP", "HTTPS", "TCP", "TLS", "UDP", "TCP_UDP", "GENEVE", "QUIC", "TCP_QUIC",
];

/// `CreateTargetGroup`: a second call with the same settings answers what is there.
pub fn create(world: &mut World, call: &Call) -> Answer {
    let name = required(call, "Name")?.to_owned();
    check_name("target group", &name)?;
    let target_type = call.text("TargetType").unwrap_or("instance").to_owned();
    if !["instance", "ip", "lambda", "alb"].contains(&target_type.as_str()) {
        return Err(validation(format!(
            "Target type '{target_type}' must be one of: instance, ip, lambda, alb"
        )));
    }
    let is_function = target_type == "lambda";
    let protocol = call.text("Protocol").map(str::to_owned);
    let port = call.number("Port");
    let vpc = call.text("VpcId").map(str::to_owned);
    if is_function && (protocol.is_some() || port.is_some() || vpc.is_some()) {
        return Err(validation(
            "Protocol, Port and VpcId cannot be specified for target groups with target type 'lambda'",
        ));
    }
    if !is_function {
        match &protocol {
            None => return Err(validation("A protocol must be specified")),
            Some(protocol) if !PROTOCOLS.contains(&protocol.as_str()) => {
                return Err(validation(format!(
                    "Protocol '{protocol}' must be one of '{}'",
                    PROTOCOLS.join(", ")
                )));
            }
            Some(_) => {}
        }
        match port {
            None => return Err(validation("A port must be specified")),
            Some(port) if !(1..=65_535).contains(&port) => {
                return Err(validation(format!(
                    "Port '{port}' must be between 1 and 65535"
                )));
            }
            Some(_) => {}
        }
        match &vpc {
            None => return Err(validation("A VPC ID must be specified")),
            Some(vpc) if !is_id("vpc", vpc) => {
                return Err(validation(format!("The VPC ID '{vpc}' is not found")));
            }
            Some(_) => {}
        }
    }
    let speaks_http = matches!(protocol.as_deref(), Some("HTTP" | "HTTPS"));
    let protocol_version = call
        .text("ProtocolVersion")
        .map(str::to_owned)
        .or_else(|| speaks_http.then(|| "HTTP1".to_owned()));
    if let Some(version) = &protocol_version
        && (!speaks_http || !["HTTP1", "HTTP2", "GRPC"].contains(&version.as_str()))
    {
        return Err(validation(format!(
            "Protocol version '{version}' must be one of 'HTTP1, HTTP2, GRPC' and is for protocols HTTP and HTTPS only"
        )));
    }
    let health = health(
        call,
        &defaults(protocol.as_deref(), protocol_version.as_deref()),
    )?;
    let tags = read_tags(call.list("Tags"))?;
    let mut group = TargetGroup {
        arn: String::new(),
        name: name.clone(),
        protocol,
        protocol_version,
        port,
        vpc,
        target_type,
        ip_address_type: call.text("IpAddressType").unwrap_or("ipv4").to_owned(),
        health,
        ..TargetGroup::default()
    };
    let existing =
        state(world, call).and_then(|state| Some((state, state.target_group_named(&name)?)));
    if let Some((state, existing)) = existing {
        group.arn.clone_from(&existing.arn);
        group.targets.clone_from(&existing.targets);
        group.attributes.clone_from(&existing.attributes);
        let same = serde_json::to_value(&group).ok() == serde_json::to_value(existing).ok();
        return if same {
            Ok(json!({"TargetGroups": [state.describe_target_group(existing)]}))
        } else {
            Err(Fault::new(
                "DuplicateTargetGroupName",
                format!(
                    "A target group with the same name '{name}' exists, but with different settings"
                ),
            ))
        };
    }
    let id = world.ids.hex(16);
    group.arn = arn(
        "elasticloadbalancing",
        &call.region,
        &call.caller.account,
        &format!("targetgroup/{name}/{id}"),
    );
    let state = state_mut(world, call);
    let answer = json!({"TargetGroups": [state.describe_target_group(&group)]});
    state.tags.insert(group.arn.clone(), tags);
    state.target_groups.insert(group.arn.clone(), group);
    Ok(answer)
}

/// How health is checked where nothing is said. Source: the API model, `CreateTargetGroupInput`.
fn defaults(protocol: Option<&str>, version: Option<&str>) -> Value {
    match protocol {
        None => json!({
            "HealthCheckEnabled": false,
            "HealthCheckIntervalSeconds": 35,
            "HealthCheckTimeoutSeconds": 30,
            "HealthyThresholdCount": 5,
            "UnhealthyThresholdCount": 2,
            "HealthCheckPath": "/",
            "Matcher": {"HttpCode": "200"},
        }),
        Some("HTTP" | "HTTPS") => {
            let grpc = version == Some("GRPC");
            json!({
                "HealthCheckProtocol": "HTTP",
                "HealthCheckPort": "traffic-port",
                "HealthCheckEnabled": true,
                "HealthCheckIntervalSeconds": 30,
                "HealthCheckTimeoutSeconds": 5,
                "HealthyThresholdCount": 5,
                "UnhealthyThresholdCount": 2,
                "HealthCheckPath": if grpc { "/AWS.ALB/healthcheck" } else { "/" },
                "Matcher": if grpc { json!({"GrpcCode": "12"}) } else { json!({"HttpCode": "200"}) },
            })
        }
        Some(_) => json!({
            "HealthCheckProtocol": "TCP",
            "HealthCheckPort": "traffic-port",
            "HealthCheckEnabled": true,
            "HealthCheckIntervalSeconds": 30,
            "HealthCheckTimeoutSeconds": 10,
            "HealthyThresholdCount": 5,
            "UnhealthyThresholdCount": 2,
        }),
    }
}

const RANGES: [(&str, i64, i64); 4] = [
    ("HealthCheckIntervalSeconds", 5, 300),
    ("HealthCheckTimeoutSeconds", 2, 120),
    ("HealthyThresholdCount", 2, 10),
    ("UnhealthyThresholdCount", 2, 10),
];

/// What a call says about health checks, over what holds already.
fn health(call: &Call, before: &Value) -> Result<Value, Fault> {
    let mut health: Map<String, Value> = before.as_object().cloned().unwrap_or_default();
    for (field, least, most) in RANGES {
        if let Some(value) = call.number(field) {
            if !(least..=most).contains(&value) {
                return Err(validation(format!(
                    "1 validation error detected: Value '{value}' at '{field}' failed to satisfy constraint: Member must be between {least} and {most}"
                )));
            }
            health.insert(field.to_owned(), json!(value));
        }
    }
    if let Some(protocol) = call.text("HealthCheckProtocol") {
        if !["HTTP", "HTTPS", "TCP"].contains(&protocol) {
            return Err(validation(format!(
                "Health check protocol '{protocol}' must be one of 'HTTP, HTTPS, TCP'"
            )));
        }
        health.insert("HealthCheckProtocol".to_owned(), json!(protocol));
        if protocol != "TCP" {
            health
                .entry("HealthCheckPath")
                .or_insert_with(|| json!("/"));
            health
                .entry("Matcher")
                .or_insert_with(|| json!({"HttpCode": "200-399"}));
        }
    }
    if let Some(port) = call
        .text("HealthCheckPort")
        .map(str::to_owned)
        .or_else(|| call.number("HealthCheckPort").map(|n| n.to_string()))
    {
        let fits = port == "traffic-port" || port.parse::<u16>().is_ok_and(|p| p > 0);
        if !fits {
            return Err(validation(format!(
                "Health check port '{port}' must be in the range 1-65535, or 'traffic-port'"
            )));
        }
        health.insert("HealthCheckPort".to_owned(), json!(port));
    }
    if let Some(path) = call.text("HealthCheckPath") {
        if !path.starts_with('/') || path.len() > 1024 {
            return Err(validation(format!(
                "Health check path '{path}' must begin with a '/' character"
            )));
        }
        health.insert("HealthCheckPath".to_owned(), json!(path));
    }
    if let Some(enabled) = call.flag("HealthCheckEnabled") {
        health.insert("HealthCheckEnabled".to_owned(), json!(enabled));
    }
    if let Some(matcher) = call.input.get("Matcher").filter(|m| m.is_object()) {
        let field = if text(matcher, "GrpcCode").is_some() {
            "GrpcCode"
        } else {
            "HttpCode"
        };
        if let Some(codes) = text(matcher, field) {
            let part = |code: &str| code.parse::<u16>().is_ok_and(|c| (0..=599).contains(&c));
            let fits = codes.split(',').all(|range| range.split('-').all(part));
            if !fits {
                return Err(validation(format!(
                    "Health check matcher HTTP code '{codes}' must be within '200-499' inclusive"
                )));
            }
            health.insert("Matcher".to_owned(), json!({field: codes}));
        }
    }
    let health = Value::Object(health);
    let timeout = number(&health, "HealthCheckTimeoutSeconds");
    let interval = number(&health, "HealthCheckIntervalSeconds");
    if let (Some(timeout), Some(interval)) = (timeout, interval)
        && timeout > interval
    {
        return Err(validation(format!(
            "Health check timeout '{timeout}' must be smaller than or equal to the interval '{interval}'"
        )));
    }
    Ok(health)
}

/// `DescribeTargetGroups`.
pub fn describe(world: &mut World, call: &Call) -> Answer {
    let arns = texts(call.list("TargetGroupArns"));
    let names = texts(call.list("Names"));
    let load_balancer = call.text("LoadBalancerArn");
    let mut rows = Vec::new();
    let state = state(world, call);
    if let Some(arn) = load_balancer
        && !state.is_some_and(|state| state.load_balancers.contains_key(arn))
    {
        return Err(no_load_balancer());
    }
    let missing_arn = arns
        .iter()
        .any(|arn| !state.is_some_and(|state| state.target_groups.contains_key(arn)));
    let missing_name = names
        .iter()
        .any(|name| state.is_none_or(|state| state.target_group_named(name).is_none()));
    if missing_arn || missing_name {
        return Err(no_target_group());
    }
    if let Some(state) = state {
        rows.extend(
            state
                .target_groups
                .values()
                .filter(|group| {
                    (arns.is_empty() && names.is_empty())
                        || arns.contains(&group.arn)
                        || names.contains(&group.name)
                })
                .filter(|group| {
                    load_balancer.is_none_or(|arn| {
                        state
                            .load_balancers_of(&group.arn)
                            .iter()
                            .any(|found| found == arn)
                    })
                })
                .map(|group| state.describe_target_group(group)),
        );
    }
    let most = page_size(call, "PageSize", 400);
    let (rows, next) = page(rows, call.text("Marker"), most).ok_or_else(bad_marker)?;
    let mut answer = json!({"TargetGroups": rows});
    put(&mut answer, "NextMarker", next.map(Value::String));
    Ok(answer)
}

/// `ModifyTargetGroup`: the health check, which is all that can change.
pub fn modify(world: &mut World, call: &Call) -> Answer {
    let arn = required(call, "TargetGroupArn")?;
    let before = state(world, call)
        .and_then(|state| state.target_groups.get(arn))
        .ok_or_else(no_target_group)?;
    let health = health(call, &before.health)?;
    let state = state_mut(world, call);
    let group = state
        .target_groups
        .get_mut(arn)
        .ok_or_else(no_target_group)?;
    group.health = health;
    let group = group.clone();
    Ok(json!({"TargetGroups": [state.describe_target_group(&group)]}))
}

/// `DeleteTargetGroup`. One that is not there counts as deleted: the model knows no other error than
/// `ResourceInUse`.
pub fn delete(world: &mut World, call: &Call) -> Answer {
    let arn = required(call, "TargetGroupArn")?;
    if !arn.contains(":targetgroup/") {
        return Err(validation(format!(
            "'{arn}' is not a valid target group ARN"
        )));
    }
    if state(world, call).is_some_and(|state| !state.load_balancers_of(arn).is_empty()) {
        return Err(Fault::new(
            "ResourceInUse",
            format!("Target group '{arn}' is currently in use by a listener or a rule"),
        ));
    }
    let state = state_mut(world, call);
    state.target_groups.remove(arn);
    state.tags.remove(arn);
    Ok(json!({}))
}
