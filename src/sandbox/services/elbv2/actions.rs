//! What listeners and rules do with a request.

use serde_json::{Value, json};

use super::state::{Elbv2State, LoadBalancer, TargetGroup};
use super::{no_target_group, validation};
use crate::sandbox::service::Fault;
use crate::sandbox::services::fields::{list, number, pick, put, text};

/// Reads actions and completes them as the API answers them. `protocol` is the listener's.
pub fn read(
    state: &Elbv2State,
    load_balancer: &LoadBalancer,
    protocol: &str,
    given: &[Value],
) -> Result<Vec<Value>, Fault> {
    if given.is_empty() {
        return Err(validation("At least one action must be specified"));
    }
    let mut ordered: Vec<&Value> = given.iter().collect();
    ordered.sort_by_key(|action| number(action, "Order").unwrap_or(0));
    let count = ordered.len();
    let mut actions = Vec::new();
    for (place, action) in ordered.into_iter().enumerate() {
        let kind = text(action, "Type").unwrap_or_default();
        let terminal = ["forward", "redirect", "fixed-response"].contains(&kind);
        let last = place + 1 == count;
        if terminal != last {
            return Err(Fault::new(
                "InvalidLoadBalancerAction",
                "The last action must be a forward, redirect, or fixed-response action, and only the last one",
            ));
        }
        if load_balancer.kind != "application" && kind != "forward" {
            return Err(Fault::new(
                "InvalidLoadBalancerAction",
                format!(
                    "Action type '{kind}' is not supported for load balancers of type '{}'",
                    load_balancer.kind
                ),
            ));
        }
        let mut complete = match kind {
            "forward" => forward(state, load_balancer, protocol, action)?,
            "redirect" => redirect(action)?,
            "fixed-response" => fixed_response(action)?,
            "authenticate-oidc" | "authenticate-cognito" | "jwt-validation" => {
                if protocol != "HTTPS" {
                    return Err(validation(format!(
                        "Actions of type '{kind}' are supported only on HTTPS listeners"
                    )));
                }
                action.clone()
            }
            _ => {
                return Err(validation(format!(
                    "Action type '{kind}' must be one of 'forward, authenticate-oidc, authenticate-cognito, redirect, fixed-response, jwt-validation'"
                )));
            }
        };
        let order = number(action, "Order").or_else(|| (count > 1).then_some(place as i64 + 1));
        put(&mut complete, "Order", order.map(|order| json!(order)));
        actions.push(complete);
    }
    Ok(actions)
}

fn forward(
    state: &Elbv2State,
    load_balancer: &LoadBalancer,
    protocol: &str,
    action: &Value,
) -> Result<Value, Fault> {
    let config = action.get("ForwardConfig").unwrap_or(&Value::Null);
    let mut groups: Vec<(String, i64)> = list(config, "TargetGroups")
        .iter()
        .filter_map(|group| {
            Some((
                text(group, "TargetGroupArn")?.to_owned(),
                number(group, "Weight").unwrap_or(1),
            ))
        })
        .collect();
    if let Some(single) = text(action, "TargetGroupArn") {
        if groups.is_empty() {
            groups.push((single.to_owned(), 1));
        } else if !matches!(groups.as_slice(), [(only, _)] if only == single) {
            return Err(validation(
                "TargetGroupArn and ForwardConfig can be given together only if they name the same single target group",
            ));
        }
    }
    if groups.is_empty() {
        return Err(validation("A target group ARN must be specified"));
    }
    if groups.len() > 5 {
        return Err(Fault::new(
            "TooManyTargetGroups",
            "You've reached the limit on the number of target groups per action",
        ));
    }
    for (arn, weight) in &groups {
        if !arn.contains(":targetgroup/") {
            return Err(validation(format!(
                "'{arn}' is not a valid target group ARN"
            )));
        }
        if !(0..=999).contains(weight) {
            return Err(validation(format!(
                "Weight '{weight}' must be between 0 and 999"
            )));
        }
        let group = state.target_groups.get(arn).ok_or_else(no_target_group)?;
        fits(state, load_balancer, protocol, group)?;
    }
    let stickiness = config
        .get("TargetGroupStickinessConfig")
        .unwrap_or(&Value::Null);
    let mut sticky = json!({"Enabled": is_true(stickiness.get("Enabled"))});
    put(
        &mut sticky,
        "DurationSeconds",
        number(stickiness, "DurationSeconds").map(|n| json!(n)),
    );
    let mut complete = json!({"Type": "forward"});
    if let [(only, _)] = groups.as_slice() {
        put(&mut complete, "TargetGroupArn", Some(json!(only)));
    }
    let weighted: Vec<Value> = groups
        .iter()
        .map(|(arn, weight)| json!({"TargetGroupArn": arn, "Weight": weight}))
        .collect();
    let mut forward = json!({"TargetGroups": weighted});
    if load_balancer.kind == "application" {
        put(&mut forward, "TargetGroupStickinessConfig", Some(sticky));
    }
    put(&mut complete, "ForwardConfig", Some(forward));
    Ok(complete)
}

fn is_true(value: Option<&Value>) -> bool {
    match value {
        Some(Value::Bool(flag)) => *flag,
        Some(Value::String(text)) => text == "true",
        _ => false,
    }
}

fn fits(
    state: &Elbv2State,
    load_balancer: &LoadBalancer,
    protocol: &str,
    group: &TargetGroup,
) -> Result<(), Fault> {
    let group_protocol = group.protocol.as_deref();
    let compatible = match load_balancer.kind.as_str() {
        "application" => matches!(group_protocol, None | Some("HTTP" | "HTTPS")),
        "gateway" => group_protocol == Some("GENEVE"),
        _ => match protocol {
            "TLS" => matches!(group_protocol, Some("TLS" | "TCP")),
            "TCP" => group_protocol == Some("TCP") || group.target_type == "alb",
            other => group_protocol == Some(other),
        },
    };
    if !compatible {
        return Err(Fault::new(
            "IncompatibleProtocols",
            format!(
                "The target group '{}' with protocol '{}' cannot be used with a listener of protocol '{protocol}' on a load balancer of type '{}'",
                group.arn,
                group_protocol.unwrap_or("none"),
                load_balancer.kind
            ),
        ));
    }
    // A group can be used by one load balancer only. Source: Elastic Load Balancing quotas,
    // "Load balancers per target group".
    if state
        .load_balancers_of(&group.arn)
        .iter()
        .any(|other| *other != load_balancer.arn)
    {
        return Err(Fault::new(
            "TargetGroupAssociationLimit",
            format!(
                "The following target groups cannot be associated with more than one load balancer: {}",
                group.arn
            ),
        ));
    }
    Ok(())
}

fn redirect(action: &Value) -> Result<Value, Fault> {
    let config = action.get("RedirectConfig").unwrap_or(&Value::Null);
    let status = text(config, "StatusCode").unwrap_or_default();
    if !["HTTP_301", "HTTP_302"].contains(&status) {
        return Err(validation(
            "The redirect status code must be one of 'HTTP_301, HTTP_302'",
        ));
    }
    let part = |field: &str, default: &str| text(config, field).unwrap_or(default).to_owned();
    Ok(json!({
        "Type": "redirect",
        "RedirectConfig": {
            "Protocol": part("Protocol", "#{protocol}"),
            "Port": part("Port", "#{port}"),
            "Host": part("Host", "#{host}"),
            "Path": part("Path", "/#{path}"),
            "Query": part("Query", "#{query}"),
            "StatusCode": status,
        },
    }))
}

fn fixed_response(action: &Value) -> Result<Value, Fault> {
    let config = action.get("FixedResponseConfig").unwrap_or(&Value::Null);
    let status = text(config, "StatusCode").unwrap_or_default();
    let legal = status.len() == 3
        && status.starts_with(['2', '4', '5'])
        && status.bytes().all(|b| b.is_ascii_digit());
    if !legal {
        return Err(validation(format!(
            "The fixed response status code '{status}' must be 2XX, 4XX or 5XX"
        )));
    }
    let kept = pick(config, &["MessageBody", "StatusCode", "ContentType"]);
    Ok(json!({"Type": "fixed-response", "FixedResponseConfig": kept}))
}
