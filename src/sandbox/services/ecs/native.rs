//! ECS's own blue/green, linear and canary deployments: the stages of a service deployment, and traffic
//! shifted through listener rules with the infrastructure role.
//!
//! Source: Amazon ECS Developer Guide, "Amazon ECS blue/green deployments", "Amazon ECS linear
//! deployments", "Amazon ECS canary deployments", "Lifecycle stages".

use serde_json::{Value, json};

use super::owners::strategy;
use super::rolling::{complete, fail};
use super::rollout::Rollout;
use super::settle::{service, service_mut, tasks_of};
use super::state::EcsService;
use crate::sandbox::gate;
use crate::sandbox::services::acting::{Actor, At, Failure, assume};
use crate::sandbox::services::fields::{list, number, text, texts};
use crate::sandbox::services::{asked, elbv2};
use crate::sandbox::world::World;

const MINUTE: i64 = 60_000;
/// How long a stage takes that waits for nothing.
const STAGE: i64 = 1_000;

/// The stages, in their order. Source: the API model, `ServiceDeploymentLifecycleStage`.
const STAGES: [&str; 10] = [
    "RECONCILE_SERVICE",
    "PRE_SCALE_UP",
    "SCALE_UP",
    "POST_SCALE_UP",
    "TEST_TRAFFIC_SHIFT",
    "POST_TEST_TRAFFIC_SHIFT",
    "PRODUCTION_TRAFFIC_SHIFT",
    "POST_PRODUCTION_TRAFFIC_SHIFT",
    "BAKE_TIME",
    "CLEAN_UP",
];

/// A load balancer of a service, with both groups and its rules.
struct Switch {
    new: String,
    old: String,
    production: String,
    test: Option<String>,
    role: String,
}

fn group(balancer: &Value) -> String {
    text(balancer, "targetGroupArn")
        .unwrap_or_default()
        .to_owned()
}

fn switches(rollout: &Rollout) -> Vec<Switch> {
    rollout
        .load_balancers
        .iter()
        .filter_map(|balancer| {
            let advanced = balancer.get("advancedConfiguration")?;
            let own = |field: &str| text(advanced, field).map(str::to_owned);
            let new = group(balancer);
            let alternate = own("alternateTargetGroupArn")?;
            Some(Switch {
                old: alternate,
                new,
                production: own("productionListenerRule")?,
                test: own("testListenerRule"),
                role: own("roleArn")?,
            })
        })
        .collect()
}

/// The switches of a deployment; the old group of each is the one that the deployment before it uses.
fn switches_over(service: &EcsService, rollout: &Rollout) -> Vec<Switch> {
    let mut found = switches(rollout);
    for (switch, configured) in found.iter_mut().zip(&service.load_balancers) {
        let configured = group(configured);
        if switch.new != configured {
            switch.old = configured;
        }
    }
    found
}

/// Moves the stage of a deployment on, where it is due.
pub fn look(world: &mut World, at: &At, key: &str) {
    let Some(found) = service(world, at, key).cloned() else {
        return;
    };
    if found.controller != "ECS" || strategy(&found) == "ROLLING" || found.status != "ACTIVE" {
        return;
    }
    let Some(release) = found
        .releases
        .first()
        .filter(|it| it.status == "IN_PROGRESS")
    else {
        return;
    };
    let Some(primary) = found.rollouts.iter().find(|it| it.id == release.rollout) else {
        return;
    };
    if found.rollouts.len() < 2 {
        // The first one of all has nothing to shift away from.
        if let Some(release) = service_mut(world, at, key).and_then(|it| it.releases.first_mut()) {
            release.due = None;
        }
        return;
    }
    let stage = release.stage.as_deref().unwrap_or("RECONCILE_SERVICE");
    let waiting = release.due.is_some_and(|due| due > at.now);
    if waiting {
        return;
    }
    if stage == "SCALE_UP" {
        let tasks = tasks_of(world, at, &found);
        let running = tasks
            .iter()
            .filter(|it| it.owner == primary.id && it.runs())
            .count();
        if running < usize::try_from(found.desired).unwrap_or(0) {
            set(world, at, key, |release| release.due = None);
            return;
        }
    }
    let done = act(world, at, key, &found, primary, stage);
    match done {
        Ok(Next::Stay(wait)) => {
            let due = world.after(at.now, wait);
            set(world, at, key, |release| release.due = Some(due));
        }
        Ok(Next::On(wait)) => {
            let place = STAGES.iter().position(|it| *it == stage).unwrap_or(0);
            match STAGES.get(place + 1) {
                Some(next) => {
                    let due = world.after(at.now, wait);
                    set(world, at, key, |release| {
                        release.stage = Some((*next).to_owned());
                        release.due = Some(due);
                    });
                }
                None => {
                    if let Some(service) = service_mut(world, at, key) {
                        service.due = Some(at.now);
                    }
                    complete(world, at, key);
                }
            }
        }
        Err(short) => {
            let why = short.strip_prefix("of ").unwrap_or(&short);
            let reason = format!("ECS deployment failed: {why}.");
            fail(world, at, key, &reason, &short, true);
        }
    }
}

fn set(world: &mut World, at: &At, key: &str, change: impl FnOnce(&mut super::rollout::Release)) {
    if let Some(release) = service_mut(world, at, key).and_then(|it| it.releases.first_mut()) {
        change(release);
        release.updated_at = at.now;
    }
}

enum Next {
    /// The same stage again after a wait.
    Stay(i64),
    /// The next stage after a wait.
    On(i64),
}

/// Does what a stage is about. The error says why the deployment is rolled back.
fn act(
    world: &mut World,
    at: &At,
    key: &str,
    found: &EcsService,
    primary: &Rollout,
    stage: &str,
) -> Result<Next, String> {
    hooks(world, at, found, stage)?;
    let switches = switches_over(found, primary);
    match stage {
        "RECONCILE_SERVICE" => {
            permitted(world, at, found)?;
            for switch in &switches {
                both_behind(world, at, switch)?;
            }
            Ok(Next::On(STAGE))
        }
        "TEST_TRAFFIC_SHIFT" => {
            for switch in &switches {
                if let Some(rule) = &switch.test {
                    shift(world, at, switch, rule, 100.0)?;
                    set(world, at, key, |release| release.test = 100.0);
                }
            }
            Ok(Next::On(STAGE))
        }
        "PRODUCTION_TRAFFIC_SHIFT" => {
            let so_far = found.releases.first().map_or(0.0, |it| it.production);
            let (share, wait) = next_share(found, so_far);
            for switch in &switches {
                shift(world, at, switch, &switch.production, share)?;
            }
            set(world, at, key, |release| release.production = share);
            Ok(if share < 100.0 {
                Next::Stay(wait)
            } else {
                Next::On(STAGE)
            })
        }
        "POST_PRODUCTION_TRAFFIC_SHIFT" => {
            let minutes = configured(found, "/bakeTimeInMinutes").unwrap_or(0);
            // The next stage is BAKE_TIME, which lasts as long as it is due away.
            set(world, at, key, |release| release.test = 0.0);
            Ok(Next::On(minutes.max(0).saturating_mul(MINUTE).max(STAGE)))
        }
        "BAKE_TIME" => Ok(Next::On(STAGE)),
        "CLEAN_UP" => {
            if let Some(service) = service_mut(world, at, key) {
                service.rollouts.retain(|it| it.status == "PRIMARY");
            }
            Ok(Next::On(STAGE))
        }
        _ => Ok(Next::On(STAGE)),
    }
}

fn configured(service: &EcsService, path: &str) -> Option<i64> {
    let (parent, field) = path.rsplit_once('/')?;
    let configuration = service.settings.get("deploymentConfiguration")?;
    number(configuration.pointer(parent)?, field)
}

fn decimal(service: &EcsService, path: &str, usual: f64) -> f64 {
    service
        .settings
        .get("deploymentConfiguration")
        .and_then(|it| it.pointer(path))
        .and_then(Value::as_f64)
        .unwrap_or(usual)
}

/// The next share of the traffic in per cent, and the wait after it. The defaults are those of the API
/// model, `LinearConfiguration` and `CanaryConfiguration`.
fn next_share(service: &EcsService, so_far: f64) -> (f64, i64) {
    match strategy(service) {
        "CANARY" if so_far <= 0.0 => (
            decimal(service, "/canaryConfiguration/canaryPercent", 5.0),
            configured(service, "/canaryConfiguration/canaryBakeTimeInMinutes")
                .unwrap_or(10)
                .saturating_mul(MINUTE),
        ),
        "LINEAR" => {
            let step = decimal(service, "/linearConfiguration/stepPercent", 10.0);
            let wait = configured(service, "/linearConfiguration/stepBakeTimeInMinutes")
                .unwrap_or(6)
                .saturating_mul(MINUTE);
            ((so_far + step.max(1.0)).min(100.0), wait)
        }
        _ => (100.0, 0),
    }
}

fn networking(why: impl std::fmt::Display) -> String {
    format!("of invalid networking configuration. {why}")
}

/// Both groups must be behind the production rule, or the test rule.
fn both_behind(world: &World, at: &At, switch: &Switch) -> Result<(), String> {
    let behind = |rule: &str| elbv2::behind(world, &at.account, &at.region, rule);
    let mut groups = behind(&switch.production);
    groups.extend(switch.test.as_deref().map(behind).unwrap_or_default());
    // A listener of a Network Load Balancer has one group at a time.
    let one_only = switch.production.contains(":listener/net/");
    let both = [&switch.new, &switch.old]
        .iter()
        .filter(|it| groups.contains(it))
        .count();
    if both == 2 || (one_only && both == 1) {
        return Ok(());
    }
    Err(networking(
        "Both targetGroup and alternateTargetGroup must be associated with the productionListenerRule or testListenerRule",
    ))
}

fn actor(world: &World, at: &At, role: &str) -> Result<Actor, String> {
    let session = "ECSNetworkingWithELB";
    assume(world, at, "ecs.amazonaws.com", role, session, &[])
        .map_err(|_| format!("ECS was unable to assume the role '{role}'"))
}

/// Everything that the infrastructure role must be allowed.
fn permitted(world: &World, at: &At, found: &EcsService) -> Result<(), String> {
    let service = json!({
        "deploymentConfiguration": found.settings.get("deploymentConfiguration"),
        "loadBalancers": found.load_balancers,
    });
    let needs = asked::by_ecs(at, &found.cluster, &found.name, service);
    for need in needs.iter().filter(|need| need.is_required()) {
        gate::decide(world, need, &at.region, at.now).map_err(|denied| {
            match need.iam_action.as_str() {
                "sts:AssumeRole" => {
                    format!("ECS was unable to assume the role '{}'", need.resource)
                }
                _ => networking(denied),
            }
        })?;
    }
    Ok(())
}

/// Gives the new group a share of the traffic of a rule, or of an NLB's listener.
fn shift(
    world: &mut World,
    at: &At,
    switch: &Switch,
    rule: &str,
    share: f64,
) -> Result<(), String> {
    let actor = actor(world, at, &switch.role)?;
    let groups = [
        (switch.new.as_str(), share),
        (switch.old.as_str(), 100.0 - share),
    ];
    elbv2::shift(
        world,
        &at.account,
        &at.region,
        rule,
        &groups,
        |world, operation, input| actor.ask(world, &elbv2::SERVICE, operation, input),
    )
    .map_err(|failure| match failure {
        Failure::Refused(sentence) => networking(sentence),
        Failure::Fault(fault) => networking(fault.message),
    })
}

/// Lambda hooks of a stage: the role is taken on, and may invoke the function. There are no functions here;
/// each is taken to succeed.
fn hooks(world: &World, at: &At, found: &EcsService, stage: &str) -> Result<(), String> {
    let configuration = found
        .settings
        .get("deploymentConfiguration")
        .unwrap_or(&Value::Null);
    for hook in list(configuration, "lifecycleHooks") {
        let of_stage = texts(list(hook, "lifecycleStages"))
            .iter()
            .any(|it| it == stage);
        let (Some(function), Some(role)) = (text(hook, "hookTargetArn"), text(hook, "roleArn"))
        else {
            continue;
        };
        if !of_stage {
            continue;
        }
        let session = "ecs-service-scheduler";
        let actor = assume(world, at, "ecs.amazonaws.com", role, session, &[])
            .map_err(|_| format!("ECS was unable to assume the role '{role}'"))?;
        actor
            .may(world, "lambda:InvokeFunction", function, &[])
            .map_err(|sentence| format!("the lifecycle hook at {stage} failed: {sentence}"))?;
    }
    Ok(())
}

/// Brings the traffic back to the deployment that was there before, which is the PRIMARY one again.
pub fn back(world: &mut World, at: &At, service: &mut EcsService, last: &Rollout, reason: String) {
    let failed = service
        .rollouts
        .iter()
        .find(|it| it.state == "FAILED")
        .cloned();
    if let Some(failed) = failed {
        for switch in switches_over(service, &failed) {
            let rules = [Some(switch.production.clone()), switch.test.clone()];
            for rule in rules.iter().flatten() {
                // Where the role may not shift it back either, the traffic stays as it is.
                let _ = shift(world, at, &switch, rule, 0.0);
            }
        }
    }
    for rollout in &mut service.rollouts {
        let own = rollout.id == last.id;
        let status = if own { "PRIMARY" } else { "ACTIVE" };
        status.clone_into(&mut rollout.status);
        if own {
            "IN_PROGRESS".clone_into(&mut rollout.state);
            rollout.reason.clone_from(&reason);
            rollout.updated_at = at.now;
        }
    }
    service.deployment = Some(last.id.clone());
    service.due = Some(at.now);
}

/// The share of a revision in the traffic, for `DescribeServiceDeployments`.
pub fn weights(production: f64, test: f64) -> Value {
    json!({"requestedProductionTrafficWeight": production, "requestedTestTrafficWeight": test})
}
