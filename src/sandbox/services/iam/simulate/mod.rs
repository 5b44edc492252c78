//! `SimulatePrincipalPolicy` and `SimulateCustomPolicy`: what the policy engine answers to requests that
//! nobody makes.
//!
//! Source: IAM API Reference, SimulatePrincipalPolicy, SimulateCustomPolicy, EvaluationResult; IAM User
//! Guide, "Testing IAM policies with the IAM policy simulator".

mod input;
mod keys;
mod result;
#[cfg(test)]
mod tests;

pub use keys::{for_custom, for_principal};

use self::input::{Asked, Caller, documents, named};
use super::input as iam_input;
use crate::policy::Policies;
use crate::sandbox::service::{Answer, Call, Fault};
use crate::sandbox::services::organizations;
use crate::sandbox::world::World;

/// The ARN that `SimulatePrincipalPolicy` is authorised on: the user or role that it is about.
pub fn resource(_: &World, call: &Call) -> String {
    call.text("PolicySourceArn").unwrap_or("*").to_owned()
}

/// A policy with the name that the answer calls it by.
pub(super) struct Source {
    /// The name.
    id: String,
    /// What it belongs to, as the API model calls it (`PolicySourceType`).
    kind: &'static str,
    /// The text.
    text: String,
}

/// The policies of a simulation, each at the place that its document has for the engine.
#[derive(Default)]
pub(super) struct Sources {
    identity: Vec<Source>,
    boundaries: Vec<Source>,
    resource: Option<Source>,
}

fn invalid(message: impl Into<String>) -> Fault {
    Fault::new("InvalidInput", message)
}

/// `SimulatePrincipalPolicy`.
pub fn principal(world: &mut World, call: &Call) -> Answer {
    let arn = iam_input::required(call, "PolicySourceArn")?;
    let entity = input::entity(world, call, arn)?;
    let mut sources = Sources {
        identity: entity.sources,
        boundaries: entity.boundary,
        resource: None,
    };
    sources.identity.extend(named(call, "PolicyInputList"));
    let caller = match call.text("CallerArn") {
        Some(given) => Caller::read(given)?,
        None => Caller::of(arn, entity.id),
    };
    let needs_caller = call.text("CallerArn").is_none() && !arn.contains(":user/");
    if call.text("ResourcePolicy").is_some() && needs_caller {
        return Err(invalid("Invalid caller - Caller cannot be null or empty."));
    }
    let scps = organizations::scps(world, &caller.account);
    simulate(world, call, sources, caller, scps, true)
}

/// `SimulateCustomPolicy`.
pub fn custom(world: &mut World, call: &Call) -> Answer {
    let sources = Sources {
        identity: named(call, "PolicyInputList"),
        ..Sources::default()
    };
    if sources.identity.is_empty() {
        return Err(iam_input::invalid(
            "PolicyInputList",
            None,
            "Member must not be null",
        ));
    }
    let caller = match call.text("CallerArn") {
        Some(given) => Caller::read(given)?,
        None if call.text("ResourcePolicy").is_some() => {
            return Err(invalid("Invalid caller - Caller cannot be null or empty."));
        }
        None => Caller::unknown(&call.caller.account),
    };
    simulate(world, call, sources, caller, Vec::new(), false)
}

fn simulate(
    world: &World,
    call: &Call,
    mut sources: Sources,
    caller: Caller,
    scps: Vec<Vec<std::sync::Arc<crate::policy::Document>>>,
    of_principal: bool,
) -> Answer {
    let boundaries = call.list("PermissionsBoundaryPolicyInputList");
    if boundaries.len() > 1 {
        return Err(invalid(
            "Only one permissions boundary policy can be simulated at a time.",
        ));
    }
    if !boundaries.is_empty() {
        sources.boundaries = named(call, "PermissionsBoundaryPolicyInputList");
    }
    sources.resource = call.text("ResourcePolicy").map(|text| Source {
        id: "ResourcePolicy".to_owned(),
        kind: "resource",
        text: text.to_owned(),
    });
    let mut policies = Policies {
        identity: documents(&sources.identity)?,
        boundaries: documents(&sources.boundaries)?,
        scps,
        ..Policies::default()
    };
    if let Some(source) = &sources.resource {
        policies.resource = documents(std::slice::from_ref(source))?.into_iter().next();
    }
    policies.settings.management_account = organizations::is_management(world, &caller.account);
    let asked = Asked::read(call, caller)?;
    let mut results = Vec::new();
    for action in &asked.actions {
        let result = result::of_action(&asked, action, &policies, &sources, of_principal);
        results.push((format!("{:06}", results.len()), result));
    }
    iam_input::page(call, "EvaluationResults", results)
}
