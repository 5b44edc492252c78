//! Attributes of load balancers, target groups and listeners.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{
    no_listener, no_load_balancer, no_target_group, required, state, state_mut, validation,
};
use crate::sandbox::service::{Answer, Call, Fault};
use crate::sandbox::services::fields::text;
use crate::sandbox::world::World;

/// Source: the API model, `LoadBalancerAttribute`.
const APPLICATION: [(&str, &str); 20] = [
    ("access_logs.s3.enabled", "false"),
    ("access_logs.s3.bucket", ""),
    ("access_logs.s3.prefix", ""),
    ("idle_timeout.timeout_seconds", "60"),
    ("deletion_protection.enabled", "false"),
    ("routing.http2.enabled", "true"),
    ("routing.http.drop_invalid_header_fields.enabled", "false"),
    ("routing.http.xff_client_port.enabled", "false"),
    ("routing.http.preserve_host_header.enabled", "false"),
    ("routing.http.xff_header_processing.mode", "append"),
    ("load_balancing.cross_zone.enabled", "true"),
    ("routing.http.desync_mitigation_mode", "defensive"),
    ("client_keep_alive.seconds", "3600"),
    ("waf.fail_open.enabled", "false"),
    (
        "routing.http.x_amzn_tls_version_and_cipher_suite.enabled",
        "false",
    ),
    ("zonal_shift.config.enabled", "false"),
    ("connection_logs.s3.enabled", "false"),
    ("connection_logs.s3.bucket", ""),
    ("connection_logs.s3.prefix", ""),
    ("ipv6.deny_all_igw_traffic", "false"),
];

const NETWORK: [(&str, &str); 7] = [
    ("access_logs.s3.enabled", "false"),
    ("access_logs.s3.bucket", ""),
    ("access_logs.s3.prefix", ""),
    ("deletion_protection.enabled", "false"),
    ("load_balancing.cross_zone.enabled", "false"),
    ("dns_record.client_routing_policy", "any_availability_zone"),
    ("zonal_shift.config.enabled", "false"),
];

/// Source: the API model, `TargetGroupAttribute`.
const GROUP_OF_APPLICATION: [(&str, &str); 14] = [
    ("stickiness.enabled", "false"),
    ("deregistration_delay.timeout_seconds", "300"),
    ("stickiness.app_cookie.cookie_name", ""),
    ("stickiness.type", "lb_cookie"),
    ("stickiness.lb_cookie.duration_seconds", "86400"),
    ("stickiness.app_cookie.duration_seconds", "86400"),
    ("slow_start.duration_seconds", "0"),
    ("load_balancing.algorithm.type", "round_robin"),
    ("load_balancing.algorithm.anomaly_mitigation", "off"),
    (
        "load_balancing.cross_zone.enabled",
        "use_load_balancer_configuration",
    ),
    (
        "target_group_health.unhealthy_state_routing.minimum_healthy_targets.count",
        "1",
    ),
    (
        "target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage",
        "off",
    ),
    (
        "target_group_health.dns_failover.minimum_healthy_targets.count",
        "1",
    ),
    (
        "target_group_health.dns_failover.minimum_healthy_targets.percentage",
        "off",
    ),
];

const GROUP_OF_NETWORK: [(&str, &str); 12] = [
    ("stickiness.enabled", "false"),
    ("deregistration_delay.timeout_seconds", "300"),
    ("stickiness.type", "source_ip"),
    ("proxy_protocol_v2.enabled", "false"),
    ("preserve_client_ip.enabled", "false"),
    (
        "deregistration_delay.connection_termination.enabled",
        "false",
    ),
    (
        "load_balancing.cross_zone.enabled",
        "use_load_balancer_configuration",
    ),
    (
        "target_health_state.unhealthy.connection_termination.enabled",
        "true",
    ),
    (
        "target_group_health.unhealthy_state_routing.minimum_healthy_targets.count",
        "1",
    ),
    (
        "target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage",
        "off",
    ),
    (
        "target_group_health.dns_failover.minimum_healthy_targets.count",
        "1",
    ),
    (
        "target_group_health.dns_failover.minimum_healthy_targets.percentage",
        "off",
    ),
];

const GROUP_OF_FUNCTION: [(&str, &str); 1] = [("lambda.multi_value_headers.enabled", "false")];

/// Source: the API model, `ListenerAttribute`.
const LISTENER: [(&str, &str); 2] = [
    ("routing.http.response.server.enabled", "true"),
    ("tcp.idle_timeout.seconds", "350"),
];

type Defaults = &'static [(&'static str, &'static str)];

fn of_load_balancer(kind: &str) -> Defaults {
    if kind == "application" {
        &APPLICATION
    } else {
        &NETWORK
    }
}

fn of_group(protocol: Option<&str>) -> Defaults {
    match protocol {
        None => &GROUP_OF_FUNCTION,
        Some("HTTP" | "HTTPS") => &GROUP_OF_APPLICATION,
        Some(_) => &GROUP_OF_NETWORK,
    }
}

fn of_listener(protocol: &str) -> Defaults {
    let [http, tcp] = &LISTENER;
    if protocol.starts_with("HTTP") {
        std::slice::from_ref(http)
    } else {
        std::slice::from_ref(tcp)
    }
}

fn answer(defaults: Defaults, changed: &BTreeMap<String, String>) -> Value {
    let rows: Vec<Value> = defaults
        .iter()
        .map(|(key, default)| {
            let value = changed.get(*key).map_or(*default, String::as_str);
            json!({"Key": key, "Value": value})
        })
        .collect();
    json!({"Attributes": rows})
}

fn read(call: &Call, what: &str, defaults: Defaults) -> Result<BTreeMap<String, String>, Fault> {
    let given = call.list("Attributes");
    if given.is_empty() {
        return Err(validation("At least one attribute must be specified"));
    }
    let mut wanted = BTreeMap::new();
    for item in given {
        let key = text(item, "Key").unwrap_or_default();
        let value = text(item, "Value").unwrap_or_default();
        let Some((_, default)) = defaults.iter().find(|(known, _)| *known == key) else {
            return Err(validation(format!(
                "{what} attribute key '{key}' is not recognized"
            )));
        };
        let flag = ["true", "false"].contains(default);
        let count = default.parse::<u32>().is_ok();
        let fits = (!flag || ["true", "false"].contains(&value))
            && (!count || value == "off" || value.parse::<u32>().is_ok());
        if !fits {
            return Err(validation(format!(
                "{what} attribute value '{value}' for key '{key}' is not valid"
            )));
        }
        wanted.insert(key.to_owned(), value.to_owned());
    }
    Ok(wanted)
}

/// `DescribeLoadBalancerAttributes`.
pub fn describe_load_balancer(world: &mut World, call: &Call) -> Answer {
    let arn = required(call, "LoadBalancerArn")?;
    let found = state(world, call)
        .and_then(|state| state.load_balancers.get(arn))
        .ok_or_else(no_load_balancer)?;
    Ok(answer(of_load_balancer(&found.kind), &found.attributes))
}

/// `ModifyLoadBalancerAttributes`.
pub fn modify_load_balancer(world: &mut World, call: &Call) -> Answer {
    let arn = required(call, "LoadBalancerArn")?;
    let found = state(world, call)
        .and_then(|state| state.load_balancers.get(arn))
        .ok_or_else(no_load_balancer)?;
    let defaults = of_load_balancer(&found.kind);
    let wanted = read(call, "Load balancer", defaults)?;
    let found = state_mut(world, call)
        .load_balancers
        .get_mut(arn)
        .ok_or_else(no_load_balancer)?;
    found.attributes.extend(wanted);
    Ok(answer(defaults, &found.attributes))
}

/// `DescribeTargetGroupAttributes`.
pub fn describe_target_group(world: &mut World, call: &Call) -> Answer {
    let arn = required(call, "TargetGroupArn")?;
    let found = state(world, call)
        .and_then(|state| state.target_groups.get(arn))
        .ok_or_else(no_target_group)?;
    Ok(answer(
        of_group(found.protocol.as_deref()),
        &found.attributes,
    ))
}

/// `ModifyTargetGroupAttributes`.
pub fn modify_target_group(world: &mut World, call: &Call) -> Answer {
    let arn = required(call, "TargetGroupArn")?;
    let found = state(world, call)
        .and_then(|state| state.target_groups.get(arn))
        .ok_or_else(no_target_group)?;
    let defaults = of_group(found.protocol.as_deref());
    let wanted = read(call, "Target group", defaults)?;
    let found = state_mut(world, call)
        .target_groups
        .get_mut(arn)
        .ok_or_else(no_target_group)?;
    found.attributes.extend(wanted);
    Ok(answer(defaults, &found.attributes))
}

/// `DescribeListenerAttributes`.
pub fn describe_listener(world: &mut World, call: &Call) -> Answer {
    let arn = required(call, "ListenerArn")?;
    let found = state(world, call)
        .and_then(|state| state.listeners.get(arn))
        .ok_or_else(no_listener)?;
    Ok(answer(of_listener(&found.protocol), &found.attributes))
}

/// `ModifyListenerAttributes`.
pub fn modify_listener(world: &mut World, call: &Call) -> Answer {
    let arn = required(call, "ListenerArn")?;
    let found = state(world, call)
        .and_then(|state| state.listeners.get(arn))
        .ok_or_else(no_listener)?;
    let defaults = of_listener(&found.protocol);
    let wanted = read(call, "Listener", defaults)?;
    let found = state_mut(world, call)
        .listeners
        .get_mut(arn)
        .ok_or_else(no_listener)?;
    found.attributes.extend(wanted);
    Ok(answer(defaults, &found.attributes))
}
