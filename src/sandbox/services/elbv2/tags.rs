//! Tags of everything that the service holds.

use serde_json::{Value, json};

use super::state::Elbv2State;
use super::{
    no_listener, no_load_balancer, no_rule, no_target_group, state, state_mut, validation,
};
use crate::sandbox::service::{Answer, Call, Fault};
use crate::sandbox::services::fields::{TagProblem, Tags, texts};
use crate::sandbox::world::World;

/// Reads the tags of a request with the service's codes.
pub fn read_tags(given: &[Value]) -> Result<Tags, Fault> {
    Tags::read(given, "Key", "Value").map_err(tag_fault)
}

fn tag_fault(problem: TagProblem) -> Fault {
    let code = match problem {
        TagProblem::TooMany => "TooManyTags",
        TagProblem::Twice(_) => "DuplicateTagKeys",
        _ => "ValidationError",
    };
    Fault::new(code, problem.sentence())
}

/// That each of the resources exists; the code says what kind is missing.
fn check(state: Option<&Elbv2State>, arns: &[String]) -> Result<(), Fault> {
    if arns.is_empty() {
        return Err(validation("At least one resource ARN must be specified"));
    }
    for arn in arns {
        let held =
            |held: fn(&Elbv2State, &str) -> bool| state.is_some_and(|state| held(state, arn));
        if arn.contains(":loadbalancer/") {
            if !held(|state, arn| state.load_balancers.contains_key(arn)) {
                return Err(no_load_balancer());
            }
        } else if arn.contains(":targetgroup/") {
            if !held(|state, arn| state.target_groups.contains_key(arn)) {
                return Err(no_target_group());
            }
        } else if arn.contains(":listener/") {
            if !held(|state, arn| state.listeners.contains_key(arn)) {
                return Err(no_listener());
            }
        } else if arn.contains(":listener-rule/") {
            let known = held(|state, arn| {
                state.rules.contains_key(arn)
                    || state.listeners.values().any(|l| l.default_rule == arn)
            });
            if !known {
                return Err(no_rule());
            }
        } else {
            return Err(validation(format!("'{arn}' is not a valid ARN")));
        }
    }
    Ok(())
}

/// `AddTags`.
pub fn add(world: &mut World, call: &Call) -> Answer {
    let arns = texts(call.list("ResourceArns"));
    check(state(world, call), &arns)?;
    let tags = read_tags(call.list("Tags"))?;
    let before = state(world, call)
        .map(|state| state.tags.clone())
        .unwrap_or_default();
    let mut after = before;
    for arn in arns {
        after
            .entry(arn)
            .or_default()
            .merge(tags.clone())
            .map_err(tag_fault)?;
    }
    state_mut(world, call).tags = after;
    Ok(json!({}))
}

/// `RemoveTags`.
pub fn remove(world: &mut World, call: &Call) -> Answer {
    let arns = texts(call.list("ResourceArns"));
    check(state(world, call), &arns)?;
    let state = state_mut(world, call);
    for arn in arns {
        if let Some(tags) = state.tags.get_mut(&arn) {
            tags.remove(call.list("TagKeys"));
        }
    }
    Ok(json!({}))
}

/// `DescribeTags`.
pub fn describe(world: &mut World, call: &Call) -> Answer {
    let arns = texts(call.list("ResourceArns"));
    let elb = state(world, call);
    if arns.len() > 20 {
        return Err(validation("At most 20 resource ARNs can be specified"));
    }
    check(elb, &arns)?;
    let rows: Vec<Value> = arns
        .iter()
        .map(|arn| {
            let tags = elb
                .and_then(|elb| elb.tags.get(arn))
                .cloned()
                .unwrap_or_default();
            json!({"ResourceArn": arn, "Tags": tags.list("Key", "Value")})
        })
        .collect();
    Ok(json!({"TagDescriptions": rows}))
}
