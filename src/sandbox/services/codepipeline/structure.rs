//! What CodePipeline checks of a pipeline beyond its shape: how its parts fit together, and that
//! every role in it can be assumed.

use serde_json::Value;

use super::declaration::{list_of, stages, text_of};
use crate::sandbox::authorize::{role_can_assume, service_can_assume};
use crate::sandbox::service::{Call, Fault};
use crate::sandbox::world::World;
use crate::validity::{pipeline, refusal};

/// The principal that takes on a pipeline's role.
const SERVICE: &str = "codepipeline.amazonaws.com";

/// The pipeline of an input as it is to be stored, or CodePipeline's answer to one that it does not
/// take. What it takes although it cannot run is taken here too.
pub fn declared(call: &Call) -> Result<Value, Fault> {
    let given = call.input.get("pipeline").filter(|given| !given.is_null());
    let given = given.ok_or_else(|| {
        Fault::new(
            "ValidationException",
            "1 validation error detected: Value null at 'pipeline' failed to satisfy constraint: Member must not be null",
        )
    })?;
    let pipeline = pipeline::known(given);
    match refusal(&pipeline::check_in(&pipeline, Some(&call.region))) {
        Some((code, message)) => Err(Fault::new(code, message)),
        None => Ok(pipeline),
    }
}

/// The live checks of CreatePipeline and UpdatePipeline: CodePipeline can take on the pipeline's
/// role, and the pipeline's role can take on that of every action.
pub fn check_roles(world: &World, call: &Call, pipeline: &Value, arn: &str) -> Result<(), Fault> {
    let role = text_of(pipeline, "roleArn");
    if role.split(':').nth(4) != Some(call.caller.account.as_str()) {
        // A role is passed to a service within its own account only.
        return Err(Fault::new(
            "AccessDeniedException",
            "Cross-account pass role is not allowed.",
        ));
    }
    let context = [
        ("aws:SourceAccount", call.caller.account.as_str()),
        ("aws:SourceArn", arn),
    ];
    if !service_can_assume(world, role, SERVICE, &context) {
        return Err(Fault::new(
            "InvalidStructureException",
            format!("CodePipeline is not authorized to perform AssumeRole on role {role}"),
        ));
    }
    let actions = stages(pipeline)
        .iter()
        .flat_map(|stage| list_of(stage, "actions"));
    for action in actions {
        let wanted = text_of(action, "roleArn");
        if !wanted.is_empty() && wanted != role && !role_can_assume(world, role, wanted) {
            return Err(Fault::new(
                "InvalidStructureException",
                format!("{role} is not authorized to perform AssumeRole on role {wanted}"),
            ));
        }
    }
    Ok(())
}
