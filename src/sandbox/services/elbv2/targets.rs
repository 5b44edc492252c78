//! Targets and their health. What is registered and gets traffic is healthy: nothing here can be ill.

use std::net::IpAddr;

use serde_json::{Value, json};

use super::state::{Target, TargetGroup};
use super::{no_target_group, required, state, state_mut, validation};
use crate::sandbox::service::{Answer, Call, Fault};
use crate::sandbox::services::fields::{number, put, text};
use crate::sandbox::world::World;

fn read(call: &Call, group: &TargetGroup) -> Result<Vec<Target>, Fault> {
    let given = call.list("Targets");
    if given.is_empty() {
        return Err(validation("At least one target must be specified"));
    }
    given.iter().map(|item| target(item, group)).collect()
}

fn target(item: &Value, group: &TargetGroup) -> Result<Target, Fault> {
    let id = text(item, "Id").unwrap_or_default();
    let fits = match group.target_type.as_str() {
        "ip" => id.parse::<IpAddr>().is_ok(),
        "instance" => id.starts_with("i-") && id.len() > 2,
        "lambda" => id.starts_with("arn:") && id.contains(":lambda:"),
        _ => id.contains(":loadbalancer/app/"),
    };
    if !fits {
        return Err(match group.target_type.as_str() {
            "ip" => validation(format!("The IP address '{id}' is not a valid IPv4 address")),
            "instance" => Fault::new(
                "InvalidTarget",
                format!(
                    "The following targets are not in a running state and cannot be registered: '{id}'"
                ),
            ),
            _ => validation(format!(
                "Target '{id}' is not valid for target type '{}'",
                group.target_type
            )),
        });
    }
    Ok(Target {
        id: id.to_owned(),
        port: number(item, "Port").or(group.port),
        zone: text(item, "AvailabilityZone").map(str::to_owned),
    })
}

fn group<'w>(world: &'w World, call: &Call) -> Result<&'w TargetGroup, Fault> {
    let arn = required(call, "TargetGroupArn")?;
    state(world, call)
        .and_then(|state| state.target_groups.get(arn))
        .ok_or_else(no_target_group)
}

/// `RegisterTargets`.
pub fn register(world: &mut World, call: &Call) -> Answer {
    let group = group(world, call)?;
    let arn = group.arn.clone();
    let targets = read(call, group)?;
    if let Some(group) = state_mut(world, call).target_groups.get_mut(&arn) {
        for target in targets {
            group
                .targets
                .retain(|known| (&known.id, known.port) != (&target.id, target.port));
            group.targets.push(target);
        }
    }
    Ok(json!({}))
}

/// `DeregisterTargets`. Without a port, the target goes with all its ports.
pub fn deregister(world: &mut World, call: &Call) -> Answer {
    let group = group(world, call)?;
    let arn = group.arn.clone();
    let wanted: Vec<(String, Option<i64>)> = call
        .list("Targets")
        .iter()
        .map(|item| {
            (
                text(item, "Id").unwrap_or_default().to_owned(),
                number(item, "Port"),
            )
        })
        .collect();
    if wanted.is_empty() {
        return Err(validation("At least one target must be specified"));
    }
    if let Some(group) = state_mut(world, call).target_groups.get_mut(&arn) {
        group.targets.retain(|known| {
            !wanted.iter().any(|(id, port)| {
                known.id == *id && port.is_none_or(|port| known.port == Some(port))
            })
        });
    }
    Ok(json!({}))
}

fn describe(target: &Target, health: &Value) -> Value {
    let mut described = json!({"Id": target.id});
    put(&mut described, "Port", target.port.map(|port| json!(port)));
    put(
        &mut described,
        "AvailabilityZone",
        target.zone.as_ref().map(|zone| json!(zone)),
    );
    let mut answer = json!({"Target": described});
    put(
        &mut answer,
        "HealthCheckPort",
        target.port.map(|port| json!(port.to_string())),
    );
    put(&mut answer, "TargetHealth", Some(health.clone()));
    answer
}

/// `DescribeTargetHealth`.
pub fn health(world: &mut World, call: &Call) -> Answer {
    let group = group(world, call)?;
    let attached =
        state(world, call).is_some_and(|state| !state.load_balancers_of(&group.arn).is_empty());
    let healthy = if attached {
        json!({"State": "healthy"})
    } else {
        json!({
            "State": "unused",
            "Reason": "Target.NotInUse",
            "Description": "Target group is not configured to receive traffic from the load balancer",
        })
    };
    let wanted = call.list("Targets");
    let mut rows = Vec::new();
    if wanted.is_empty() {
        rows.extend(
            group
                .targets
                .iter()
                .map(|target| describe(target, &healthy)),
        );
    }
    for item in wanted {
        let asked = Target {
            id: text(item, "Id").unwrap_or_default().to_owned(),
            port: number(item, "Port"),
            zone: None,
        };
        let known = group.targets.iter().find(|known| {
            known.id == asked.id && asked.port.is_none_or(|port| known.port == Some(port))
        });
        rows.push(match known {
            Some(known) => describe(known, &healthy),
            None => describe(
                &asked,
                &json!({
                    "State": "unused",
                    "Reason": "Target.NotRegistered",
                    "Description": "Target is not registered to the target group",
                }),
            ),
        });
    }
    Ok(json!({"TargetHealthDescriptions": rows}))
}
