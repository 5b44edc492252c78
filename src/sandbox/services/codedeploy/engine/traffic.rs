//! Traffic sent to the replacement task set: of the test listener at once, of the production listener by
//! the deployment's configuration.

use serde_json::{Value, json};

use super::super::deployment::{Deployment, Step};
use super::actor::{Acting, Trouble};
use super::install::behind;
use super::steps::Next;
use crate::sandbox::services::acting::At;
use crate::sandbox::services::elbv2;
use crate::sandbox::services::fields::{number, text};
use crate::sandbox::world::World;

const MINUTE: i64 = 60_000;

/// Shares the traffic of a listener and of its rules between both groups: `share` per cent for the
/// replacement's.
pub fn point(
    world: &mut World,
    at: &At,
    deployment: &Deployment,
    acting: &Acting,
    listener: &str,
    share: f64,
) -> Result<(), Trouble> {
    let (blue, green) = (deployment.blue.1.clone(), deployment.green.1.clone());
    let groups = [(green.as_str(), share), (blue.as_str(), 100.0 - share)];
    let (account, region) = (at.account.as_str(), at.region.as_str());
    let both = [blue.as_str(), green.as_str()];
    let rules = elbv2::rules_with(world, account, region, listener, &both);
    let by_default = elbv2::behind(world, account, region, listener);
    let default_too = rules.is_empty() || by_default.iter().any(|it| both.contains(&it.as_str()));
    let places = rules
        .iter()
        .map(String::as_str)
        .chain(default_too.then_some(listener));
    for place in places {
        elbv2::shift(
            world,
            account,
            region,
            place,
            &groups,
            |world, operation, input| acting.elb(world, operation, input),
        )?;
    }
    Ok(())
}

/// Sends the test listener's traffic to the replacement.
pub fn test(
    world: &mut World,
    at: &At,
    deployment: &mut Deployment,
    acting: &Acting,
) -> Result<Next, Trouble> {
    if let Some(listener) = deployment.listeners.get(1).cloned() {
        point(world, at, deployment, acting, &listener, 100.0)?;
    }
    Ok(Next::EventDone)
}

/// The next share of the traffic in per cent, and the wait after it.
pub fn next_share(routing: &Value, so_far: f64) -> (f64, i64) {
    let of = |member: &str, field: &str| {
        routing
            .get(member)
            .and_then(|details| number(details, field))
    };
    let minutes = |count: Option<i64>| count.unwrap_or(1).max(1).saturating_mul(MINUTE);
    match text(routing, "type") {
        Some("TimeBasedCanary") if so_far <= 0.0 => (
            of("timeBasedCanary", "canaryPercentage").unwrap_or(10) as f64,
            minutes(of("timeBasedCanary", "canaryInterval")),
        ),
        Some("TimeBasedLinear") => {
            let step = of("timeBasedLinear", "linearPercentage")
                .unwrap_or(10)
                .max(1);
            (
                (so_far + step as f64).min(100.0),
                minutes(of("timeBasedLinear", "linearInterval")),
            )
        }
        _ => (100.0, 0),
    }
}

/// Shifts the next share of the production traffic. With all of it, the replacement becomes the primary
/// task set.
pub fn shift(
    world: &mut World,
    at: &At,
    deployment: &mut Deployment,
    acting: &Acting,
) -> Result<Next, Trouble> {
    behind(world, at, deployment, acting)?;
    let listener = deployment.listeners.first().cloned().unwrap_or_default();
    let (share, wait) = next_share(&deployment.routing, deployment.weight);
    point(world, at, deployment, acting, &listener, share)?;
    deployment.weight = share;
    if share < 100.0 {
        return Ok(Next::Then(Step::Shift, wait));
    }
    primary(world, deployment, acting, &deployment.green.0)?;
    Ok(Next::EventDone)
}

/// Makes a task set the primary one.
pub fn primary(
    world: &mut World,
    deployment: &Deployment,
    acting: &Acting,
    set: &str,
) -> Result<(), Trouble> {
    let (cluster, name) = &deployment.service;
    acting.ecs(
        world,
        "UpdateServicePrimaryTaskSet",
        json!({"cluster": cluster, "service": name, "primaryTaskSet": set}),
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_follow_the_configuration() {
        let all = |routing: &Value| {
            let (mut share, mut shares) = (0.0, Vec::new());
            while share < 100.0 {
                let (next, wait) = next_share(routing, share);
                shares.push((next, if next < 100.0 { wait / MINUTE } else { 0 }));
                share = next;
            }
            shares
        };
        assert_eq!(all(&json!({"type": "AllAtOnce"})), [(100.0, 0)]);
        assert_eq!(all(&Value::Null), [(100.0, 0)]);
        let canary = json!({"type": "TimeBasedCanary", "timeBasedCanary": {"canaryPercentage": 10, "canaryInterval": 5}});
        assert_eq!(all(&canary), [(10.0, 5), (100.0, 0)]);
        let linear = json!({"type": "TimeBasedLinear", "timeBasedLinear": {"linearPercentage": 40, "linearInterval": 3}});
        assert_eq!(all(&linear), [(40.0, 3), (80.0, 3), (100.0, 0)]);
    }
}
