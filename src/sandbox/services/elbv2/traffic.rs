//! Traffic between target groups: what stands behind a listener or rule, and how it is shifted.

use serde_json::{Value, json};

use super::state::{Elbv2State, forwarded};
use crate::sandbox::services::fields::{number, text};
use crate::sandbox::world::World;

fn state<'w>(world: &'w World, account: &str, region: &str) -> Option<&'w Elbv2State> {
    world
        .regional_ref(account, region)
        .map(|regional| &regional.elbv2)
}

/// The actions of a listener, a rule, or a listener's default rule.
fn actions<'w>(state: &'w Elbv2State, arn: &str) -> &'w [Value] {
    let by_default = || {
        let mut listeners = state.listeners.values();
        listeners.find(|listener| listener.default_rule == arn)
    };
    if let Some(listener) = state.listeners.get(arn).or_else(by_default) {
        return &listener.actions;
    }
    state
        .rules
        .get(arn)
        .map(|rule| rule.actions.as_slice())
        .unwrap_or_default()
}

/// The target groups behind a listener's default action, or behind a rule.
pub fn behind(world: &World, account: &str, region: &str, arn: &str) -> Vec<String> {
    state(world, account, region)
        .map(|state| {
            let groups = forwarded(actions(state, arn));
            groups.into_iter().map(str::to_owned).collect()
        })
        .unwrap_or_default()
}

/// The share of a target group in the traffic of a listener's default action or of a rule, in per cent.
pub fn share(world: &World, account: &str, region: &str, arn: &str, group: &str) -> f64 {
    let Some(state) = state(world, account, region) else {
        return 0.0;
    };
    for action in actions(state, arn) {
        let groups = action.pointer("/ForwardConfig/TargetGroups");
        let groups = groups
            .and_then(Value::as_array)
            .map(Vec::as_slice)
            .unwrap_or_default();
        let weight = |it: &Value| number(it, "Weight").unwrap_or(1);
        let all: i64 = groups.iter().map(weight).sum();
        let own = groups
            .iter()
            .find(|it| text(it, "TargetGroupArn") == Some(group));
        if let Some(own) = own {
            return if all == 0 {
                0.0
            } else {
                weight(own) as f64 * 100.0 / all as f64
            };
        }
        if text(action, "TargetGroupArn") == Some(group) {
            return 100.0;
        }
    }
    0.0
}

/// The rules of a listener that forward to any of some target groups.
pub fn rules_with(
    world: &World,
    account: &str,
    region: &str,
    listener: &str,
    groups: &[&str],
) -> Vec<String> {
    state(world, account, region)
        .map(|state| {
            let rules = state.rules.values().filter(|rule| {
                rule.listener == listener
                    && forwarded(&rule.actions)
                        .iter()
                        .any(|group| groups.contains(group))
            });
            rules.map(|rule| rule.arn.clone()).collect()
        })
        .unwrap_or_default()
}

/// Shares the traffic of a listener's default action, or of a rule, between target groups. `ask` makes the
/// call, as whoever shifts. Where a listener takes one group only (that of a Network Load Balancer), the
/// group with the greatest share gets all.
///
/// # Errors
/// What `ask` answers.
pub fn shift<E>(
    world: &mut World,
    account: &str,
    region: &str,
    arn: &str,
    groups: &[(&str, f64)],
    ask: impl FnOnce(&mut World, &str, Value) -> Result<Value, E>,
) -> Result<(), E> {
    let found = state(world, account, region);
    let before = found.map(|state| actions(state, arn).to_vec());
    let listener = found.and_then(|state| {
        let mut listeners = state.listeners.values();
        let own = listeners.find(|it| it.arn == arn || it.default_rule == arn);
        own.map(|listener| listener.arn.clone())
    });
    let action = if arn.contains(":listener/net/") {
        let most = groups.iter().max_by(|a, b| a.1.total_cmp(&b.1));
        json!({"Type": "forward", "TargetGroupArn": most.map(|(group, _)| *group)})
    } else {
        let weighted: Vec<Value> = groups
            .iter()
            .map(|(group, share)| json!({"TargetGroupArn": group, "Weight": share.round() as i64}))
            .collect();
        let mut config = json!({"TargetGroups": weighted});
        let sticky = before
            .iter()
            .flatten()
            .find_map(|action| action.pointer("/ForwardConfig/TargetGroupStickinessConfig"));
        if let (Some(config), Some(sticky)) = (config.as_object_mut(), sticky) {
            config.insert("TargetGroupStickinessConfig".to_owned(), sticky.clone());
        }
        json!({"Type": "forward", "ForwardConfig": config})
    };
    // Actions that go before, such as a login, stay.
    let mut wanted: Vec<Value> = before
        .unwrap_or_default()
        .into_iter()
        .filter(|action| {
            let kind = text(action, "Type").unwrap_or_default();
            !["forward", "redirect", "fixed-response"].contains(&kind)
        })
        .collect();
    wanted.push(action);
    let answered = match listener {
        Some(listener) => ask(
            world,
            "ModifyListener",
            json!({"ListenerArn": listener, "DefaultActions": wanted}),
        ),
        None => ask(
            world,
            "ModifyRule",
            json!({"RuleArn": arn, "Actions": wanted}),
        ),
    };
    answered.map(|_| ())
}
