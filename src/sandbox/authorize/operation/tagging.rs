//! Tags that are set while something is made: AWS asks for the right to tag as well.

use serde_json::Value;

use super::Ask;
use super::tags;
use crate::sandbox::service::{Call, Operation, Service};

/// Operations that make something, the action that sets its tags, and where the input has them.
///
/// Source: the pages of the operations in the API references of these services.
const CREATING: &[(&str, &str, &str)] = &[
    ("kms", "CreateKey", "kms:TagResource"),
    ("iam", "CreateRole", "iam:TagRole"),
    ("iam", "CreateUser", "iam:TagUser"),
    ("iam", "CreatePolicy", "iam:TagPolicy"),
    (
        "iam",
        "CreateOpenIDConnectProvider",
        "iam:TagOpenIDConnectProvider",
    ),
    ("ecr", "CreateRepository", "ecr:TagResource"),
    ("codecommit", "CreateRepository", "codecommit:TagResource"),
    ("codepipeline", "CreatePipeline", "codepipeline:TagResource"),
    ("events", "PutRule", "events:TagResource"),
    ("events", "CreateEventBus", "events:TagResource"),
    (
        "elasticloadbalancing",
        "CreateLoadBalancer",
        "elasticloadbalancing:AddTags",
    ),
    (
        "elasticloadbalancing",
        "CreateTargetGroup",
        "elasticloadbalancing:AddTags",
    ),
    (
        "elasticloadbalancing",
        "CreateListener",
        "elasticloadbalancing:AddTags",
    ),
    (
        "elasticloadbalancing",
        "CreateRule",
        "elasticloadbalancing:AddTags",
    ),
];

/// The right to tag what a call makes, where it gives tags.
pub(super) fn on_creation(
    world: &crate::sandbox::world::World,
    service: &Service,
    operation: &Operation,
    call: &Call,
) -> Option<Ask> {
    let (_, _, action) = CREATING
        .iter()
        .find(|(of, name, _)| *of == service.signing_name && *name == operation.name)?;
    let given = ["tags", "Tags"].iter().find_map(|member| {
        let tags = call.input.get(member)?;
        match tags {
            Value::Array(list) => (!list.is_empty()).then_some(()),
            Value::Object(map) => (!map.is_empty()).then_some(()),
            _ => None,
        }
    });
    given?;
    let mut resource = (operation.resource)(world, call);
    if service.signing_name == "elasticloadbalancing" {
        // A listener or rule is asked for on what it will belong to, but tagged itself.
        resource = match operation.name {
            "CreateListener" => resource.replacen(":loadbalancer/", ":listener/", 1) + "/*",
            "CreateRule" => resource.replacen(":listener/", ":listener-rule/", 1) + "/*",
            _ => resource,
        };
    }
    let mut ask = Ask::new(action, resource);
    ask.keys = tags::in_request(call);
    if service.signing_name == "elasticloadbalancing" {
        ask.keys.push((
            "elasticloadbalancing:CreateAction".to_owned(),
            operation.name.to_owned(),
        ));
    }
    Some(ask)
}
