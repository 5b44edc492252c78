//! Listener rules.

use serde_json::{Value, json};

use super::state::{Elbv2State, Listener, Rule};
use super::tags::read_tags;
use super::{
    actions, bad_marker, conditions, no_listener, no_load_balancer, no_rule, required, state,
    state_mut, validation,
};
use crate::sandbox::service::{Answer, Call, Fault};
use crate::sandbox::services::fields::{number, page, page_size, put, text, texts};
use crate::sandbox::world::World;

fn check_priority(priority: Option<i64>) -> Result<i64, Fault> {
    match priority {
        Some(priority) if (1..=50_000).contains(&priority) => Ok(priority),
        Some(priority) => Err(validation(format!(
            "Rule priority '{priority}' must be between 1 and 50000"
        ))),
        None => Err(validation("A rule priority must be specified")),
    }
}

fn in_use(priority: i64) -> Fault {
    Fault::new(
        "PriorityInUse",
        format!("Priority '{priority}' is currently in use"),
    )
}

fn is_default(state: &Elbv2State, arn: &str) -> bool {
    state
        .listeners
        .values()
        .any(|listener| listener.default_rule == arn)
}

fn read_actions(
    state: &Elbv2State,
    listener: &Listener,
    given: &[Value],
) -> Result<Vec<Value>, Fault> {
    let load_balancer = state
        .load_balancers
        .get(&listener.load_balancer)
        .ok_or_else(no_load_balancer)?;
    if load_balancer.kind != "application" {
        return Err(Fault::new(
            "UnsupportedProtocol",
            format!(
                "Rules are not supported for listeners of protocol '{}'",
                listener.protocol
            ),
        ));
    }
    actions::read(state, load_balancer, &listener.protocol, given)
}

/// `CreateRule`.
pub fn create(world: &mut World, call: &Call) -> Answer {
    let listener_arn = required(call, "ListenerArn")?;
    let elb = state(world, call).ok_or_else(no_listener)?;
    let listener = elb.listeners.get(listener_arn).ok_or_else(no_listener)?;
    let priority = check_priority(call.number("Priority"))?;
    if elb
        .rules
        .values()
        .any(|rule| rule.listener == listener_arn && rule.priority == priority)
    {
        return Err(in_use(priority));
    }
    let conditions = conditions::read(call.list("Conditions"))?;
    let actions = read_actions(elb, listener, call.list("Actions"))?;
    let tags = read_tags(call.list("Tags"))?;
    let id = world.ids.hex(16);
    let rule = Rule {
        arn: format!(
            "{}/{id}",
            listener_arn.replacen(":listener/", ":listener-rule/", 1)
        ),
        listener: listener_arn.to_owned(),
        priority,
        conditions,
        actions,
    };
    let answer = json!({"Rules": [rule.describe()]});
    let state = state_mut(world, call);
    state.tags.insert(rule.arn.clone(), tags);
    state.rules.insert(rule.arn.clone(), rule);
    Ok(answer)
}

/// `DescribeRules`: by priority, the default rule last.
pub fn describe(world: &mut World, call: &Call) -> Answer {
    let arns = texts(call.list("RuleArns"));
    let listener_arn = call.text("ListenerArn");
    if arns.is_empty() == listener_arn.is_none() {
        return Err(validation(
            "You must specify either a listener ARN or rule ARNs",
        ));
    }
    let elb = state(world, call);
    let mut rows = Vec::new();
    if let Some(listener_arn) = listener_arn {
        let (elb, listener) = elb
            .and_then(|elb| Some((elb, elb.listeners.get(listener_arn)?)))
            .ok_or_else(no_listener)?;
        let mut rules: Vec<&Rule> = elb
            .rules
            .values()
            .filter(|rule| rule.listener == listener_arn)
            .collect();
        rules.sort_by_key(|rule| rule.priority);
        rows.extend(rules.into_iter().map(Rule::describe));
        rows.push(listener.describe_default_rule());
    }
    for arn in &arns {
        let elb = elb.ok_or_else(no_rule)?;
        let default = elb
            .listeners
            .values()
            .find(|listener| listener.default_rule == *arn);
        let row = match (elb.rules.get(arn), default) {
            (Some(rule), _) => rule.describe(),
            (None, Some(listener)) => listener.describe_default_rule(),
            (None, None) => return Err(no_rule()),
        };
        rows.push(row);
    }
    let most = page_size(call, "PageSize", 400);
    let (rows, next) = page(rows, call.text("Marker"), most).ok_or_else(bad_marker)?;
    let mut answer = json!({"Rules": rows});
    put(&mut answer, "NextMarker", next.map(Value::String));
    Ok(answer)
}

/// `ModifyRule`. The default rule changes with its listener only.
pub fn modify(world: &mut World, call: &Call) -> Answer {
    let arn = required(call, "RuleArn")?;
    let elb = state(world, call).ok_or_else(no_rule)?;
    if is_default(elb, arn) {
        return Err(Fault::new(
            "OperationNotPermitted",
            format!("Default rule '{arn}' cannot be modified"),
        ));
    }
    let mut rule = elb.rules.get(arn).ok_or_else(no_rule)?.clone();
    if !call.list("Conditions").is_empty() {
        rule.conditions = conditions::read(call.list("Conditions"))?;
    }
    if !call.list("Actions").is_empty() {
        let listener = elb.listeners.get(&rule.listener).ok_or_else(no_listener)?;
        rule.actions = read_actions(elb, listener, call.list("Actions"))?;
    }
    let answer = json!({"Rules": [rule.describe()]});
    state_mut(world, call).rules.insert(arn.to_owned(), rule);
    Ok(answer)
}

/// `DeleteRule`.
pub fn delete(world: &mut World, call: &Call) -> Answer {
    let arn = required(call, "RuleArn")?;
    let elb = state(world, call).ok_or_else(no_rule)?;
    if is_default(elb, arn) {
        return Err(Fault::new(
            "OperationNotPermitted",
            format!("Default rule '{arn}' cannot be deleted"),
        ));
    }
    if !elb.rules.contains_key(arn) {
        return Err(no_rule());
    }
    let state = state_mut(world, call);
    state.rules.remove(arn);
    state.tags.remove(arn);
    Ok(json!({}))
}

/// `SetRulePriorities`: all at once, so that two rules can change places.
pub fn set_priorities(world: &mut World, call: &Call) -> Answer {
    let elb = state(world, call).ok_or_else(no_rule)?;
    let pairs = call.list("RulePriorities");
    if pairs.is_empty() {
        return Err(validation("At least one rule priority must be specified"));
    }
    let mut wanted = Vec::new();
    for pair in pairs {
        let arn = text(pair, "RuleArn").unwrap_or_default();
        if is_default(elb, arn) {
            return Err(Fault::new(
                "OperationNotPermitted",
                format!("Default rule '{arn}' cannot be modified"),
            ));
        }
        let rule = elb.rules.get(arn).ok_or_else(no_rule)?;
        wanted.push((
            rule.listener.clone(),
            arn.to_owned(),
            check_priority(number(pair, "Priority"))?,
        ));
    }
    for (place, (listener, arn, priority)) in wanted.iter().enumerate() {
        let among_wanted = wanted
            .iter()
            .enumerate()
            .any(|(other, (l, _, p))| other != place && l == listener && p == priority);
        let among_others = elb.rules.values().any(|rule| {
            rule.listener == *listener
                && rule.priority == *priority
                && rule.arn != *arn
                && !wanted.iter().any(|(_, moved, _)| *moved == rule.arn)
        });
        if among_wanted || among_others {
            return Err(in_use(*priority));
        }
    }
    let state = state_mut(world, call);
    let mut rows = Vec::new();
    for (_, arn, priority) in wanted {
        if let Some(rule) = state.rules.get_mut(&arn) {
            rule.priority = priority;
            rows.push(rule.describe());
        }
    }
    Ok(json!({"Rules": rows}))
}
