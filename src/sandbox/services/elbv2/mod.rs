//! Elastic Load Balancing: load balancers, target groups, listeners and rules.
//!
//! Source of shapes, defaults and error codes: the Elastic Load Balancing v2 API model, 2015-12-01.

mod actions;
mod attributes;
mod conditions;
mod listeners;
mod load_balancers;
mod rules;
mod state;
mod tags;
mod target_groups;
mod targets;
#[cfg(test)]
mod tests;
mod traffic;

use crate::sandbox::service::{Answer, Call, Effect, Fault, Operation, Protocol, Service};
use crate::sandbox::world::World;

pub use state::{Elbv2State, Listener, LoadBalancer, Rule, Target, TargetGroup, forwarded};
pub use traffic::{behind, rules_with, share, shift};

use super::fields::arn;

/// The service's table.
pub static SERVICE: Service = Service {
    signing_name: "elasticloadbalancing",
    protocol: Protocol::Query {
        xmlns: "http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/",
    },
    operations: &[
        changes(
            "CreateLoadBalancer",
            "elasticloadbalancing:CreateLoadBalancer",
            new_load_balancer,
            load_balancers::create,
        ),
        reads(
            "DescribeLoadBalancers",
            "elasticloadbalancing:DescribeLoadBalancers",
            load_balancers::describe,
        ),
        changes(
            "DeleteLoadBalancer",
            "elasticloadbalancing:DeleteLoadBalancer",
            of_load_balancer,
            load_balancers::delete,
        ),
        changes(
            "SetSecurityGroups",
            "elasticloadbalancing:SetSecurityGroups",
            of_load_balancer,
            load_balancers::set_security_groups,
        ),
        changes(
            "SetSubnets",
            "elasticloadbalancing:SetSubnets",
            of_load_balancer,
            load_balancers::set_subnets,
        ),
        changes(
            "SetIpAddressType",
            "elasticloadbalancing:SetIpAddressType",
            of_load_balancer,
            load_balancers::set_ip_address_type,
        ),
        reads(
            "DescribeLoadBalancerAttributes",
            "elasticloadbalancing:DescribeLoadBalancerAttributes",
            attributes::describe_load_balancer,
        ),
        changes(
            "ModifyLoadBalancerAttributes",
            "elasticloadbalancing:ModifyLoadBalancerAttributes",
            of_load_balancer,
            attributes::modify_load_balancer,
        ),
        changes(
            "CreateTargetGroup",
            "elasticloadbalancing:CreateTargetGroup",
            new_target_group,
            target_groups::create,
        ),
        reads(
            "DescribeTargetGroups",
            "elasticloadbalancing:DescribeTargetGroups",
            target_groups::describe,
        ),
        changes(
            "ModifyTargetGroup",
            "elasticloadbalancing:ModifyTargetGroup",
            of_target_group,
            target_groups::modify,
        ),
        changes(
            "DeleteTargetGroup",
            "elasticloadbalancing:DeleteTargetGroup",
            of_target_group,
            target_groups::delete,
        ),
        reads(
            "DescribeTargetGroupAttributes",
            "elasticloadbalancing:DescribeTargetGroupAttributes",
            attributes::describe_target_group,
        ),
        changes(
            "ModifyTargetGroupAttributes",
            "elasticloadbalancing:ModifyTargetGroupAttributes",
            of_target_group,
            attributes::modify_target_group,
        ),
        changes(
            "RegisterTargets",
            "elasticloadbalancing:RegisterTargets",
            of_target_group,
            targets::register,
        ),
        changes(
            "DeregisterTargets",
            "elasticloadbalancing:DeregisterTargets",
            of_target_group,
            targets::deregister,
        ),
        reads(
            "DescribeTargetHealth",
            "elasticloadbalancing:DescribeTargetHealth",
            targets::health,
        ),
        changes(
            "CreateListener",
            "elasticloadbalancing:CreateListener",
            of_load_balancer,
            listeners::create,
        ),
        reads(
            "DescribeListeners",
            "elasticloadbalancing:DescribeListeners",
            listeners::describe,
        ),
        changes(
            "ModifyListener",
            "elasticloadbalancing:ModifyListener",
            of_listener,
            listeners::modify,
        ),
        changes(
            "DeleteListener",
            "elasticloadbalancing:DeleteListener",
            of_listener,
            listeners::delete,
        ),
        reads(
            "DescribeListenerAttributes",
            "elasticloadbalancing:DescribeListenerAttributes",
            attributes::describe_listener,
        ),
        changes(
            "ModifyListenerAttributes",
            "elasticloadbalancing:ModifyListenerAttributes",
            of_listener,
            attributes::modify_listener,
        ),
        changes(
            "CreateRule",
            "elasticloadbalancing:CreateRule",
            of_listener,
            rules::create,
        ),
        reads(
            "DescribeRules",
            "elasticloadbalancing:DescribeRules",
            rules::describe,
        ),
        changes(
            "ModifyRule",
            "elasticloadbalancing:ModifyRule",
            of_rule,
            rules::modify,
        ),
        changes(
            "DeleteRule",
            "elasticloadbalancing:DeleteRule",
            of_rule,
            rules::delete,
        ),
        changes(
            "SetRulePriorities",
            "elasticloadbalancing:SetRulePriorities",
            first_priority,
            rules::set_priorities,
        ),
        changes(
            "AddTags",
            "elasticloadbalancing:AddTags",
            first_resource,
            tags::add,
        ),
        changes(
            "RemoveTags",
            "elasticloadbalancing:RemoveTags",
            first_resource,
            tags::remove,
        ),
        reads(
            "DescribeTags",
            "elasticloadbalancing:DescribeTags",
            tags::describe,
        ),
    ],
};

const fn changes(
    name: &'static str,
    action: &'static str,
    resource: fn(&World, &Call) -> String,
    run: fn(&mut World, &Call) -> Answer,
) -> Operation {
    Operation {
        name,
        action,
        effect: Effect::Changes,
        resource,
        run,
    }
}

// None of the Describe actions has a resource type. Source: Service Authorization Reference, "Actions,
// resources, and condition keys for AWS Elastic Load Balancing V2".
const fn reads(
    name: &'static str,
    action: &'static str,
    run: fn(&mut World, &Call) -> Answer,
) -> Operation {
    Operation {
        name,
        action,
        effect: Effect::Reads,
        resource: any,
        run,
    }
}

fn any(_: &World, _: &Call) -> String {
    "*".to_owned()
}

fn named(call: &Call, field: &str) -> String {
    call.text(field).unwrap_or("*").to_owned()
}

fn of_load_balancer(_: &World, call: &Call) -> String {
    named(call, "LoadBalancerArn")
}

fn of_target_group(_: &World, call: &Call) -> String {
    named(call, "TargetGroupArn")
}

fn of_listener(_: &World, call: &Call) -> String {
    named(call, "ListenerArn")
}

fn of_rule(_: &World, call: &Call) -> String {
    named(call, "RuleArn")
}

fn first_resource(_: &World, call: &Call) -> String {
    let first = call
        .list("ResourceArns")
        .first()
        .and_then(|arn| arn.as_str());
    first.unwrap_or("*").to_owned()
}

fn first_priority(_: &World, call: &Call) -> String {
    let first = call
        .list("RulePriorities")
        .first()
        .and_then(|pair| pair.get("RuleArn"));
    first.and_then(|arn| arn.as_str()).unwrap_or("*").to_owned()
}

fn new_load_balancer(_: &World, call: &Call) -> String {
    let name = call.text("Name").unwrap_or("*");
    let kind = short_kind(call.text("Type").unwrap_or("application"));
    arn(
        "elasticloadbalancing",
        &call.region,
        &call.caller.account,
        &format!("loadbalancer/{kind}/{name}/*"),
    )
}

fn new_target_group(_: &World, call: &Call) -> String {
    let name = call.text("Name").unwrap_or("*");
    arn(
        "elasticloadbalancing",
        &call.region,
        &call.caller.account,
        &format!("targetgroup/{name}/*"),
    )
}

/// The kind of a load balancer as its ARN writes it.
fn short_kind(kind: &str) -> &'static str {
    match kind {
        "network" => "net",
        "gateway" => "gwy",
        _ => "app",
    }
}

fn validation(message: impl Into<String>) -> Fault {
    Fault::new("ValidationError", message)
}

fn required<'a>(call: &'a Call, field: &str) -> Result<&'a str, Fault> {
    call.text(field).filter(|text| !text.is_empty()).ok_or_else(|| {
        let mut name = field.to_owned();
        if let Some(first) = name.get_mut(..1) {
            first.make_ascii_lowercase();
        }
        validation(format!(
            "1 validation error detected: Value null at '{name}' failed to satisfy constraint: Member must not be null"
        ))
    })
}

fn no_load_balancer() -> Fault {
    Fault::new(
        "LoadBalancerNotFound",
        "One or more load balancers not found",
    )
}

fn no_target_group() -> Fault {
    Fault::new("TargetGroupNotFound", "One or more target groups not found")
}

fn no_listener() -> Fault {
    Fault::new("ListenerNotFound", "One or more listeners not found")
}

fn no_rule() -> Fault {
    Fault::new("RuleNotFound", "One or more rules not found")
}

fn bad_marker() -> Fault {
    validation("The marker is not valid")
}

/// Checks a name of a load balancer or target group: at most 32 letters, digits and hyphens, no hyphen
/// at an end. Source: the API model, `LoadBalancerName` and `TargetGroupName`.
fn check_name(what: &str, name: &str) -> Result<(), Fault> {
    if name.chars().count() > 32 {
        return Err(validation(format!(
            "The {what} name '{name}' cannot be longer than '32' characters"
        )));
    }
    if !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
        return Err(validation(format!(
            "The {what} name '{name}' can only contain characters that are alphanumeric characters or hyphens(-)"
        )));
    }
    if name.starts_with('-') || name.ends_with('-') {
        return Err(validation(format!(
            "The {what} name '{name}' cannot begin or end with a hyphen(-)"
        )));
    }
    Ok(())
}

fn state<'w>(world: &'w World, call: &Call) -> Option<&'w Elbv2State> {
    world
        .regional_ref(&call.caller.account, &call.region)
        .map(|regional| &regional.elbv2)
}

fn state_mut<'w>(world: &'w mut World, call: &Call) -> &'w mut Elbv2State {
    &mut world.regional(&call.caller.account, &call.region).elbv2
}
