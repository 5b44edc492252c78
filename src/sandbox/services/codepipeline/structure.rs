//! What CodePipeline checks of a pipeline beyond its shape: how its parts fit together, and that
//! every role in it can be assumed.

use serde_json::Value;

use super::declaration::{list_of, stages, text_of};
use crate::sandbox::assume::{role_can_assume, service_can_assume};
use crate::sandbox::service::{Call, Fault};
use crate::sandbox::world::World;

/// The principal that takes on a pipeline's role.
const SERVICE: &str = "codepipeline.amazonaws.com";

/// How the parts fit together.
pub fn check(pipeline: &Value) -> Result<(), Fault> {
    let count = stages(pipeline).len();
    if count < 2 {
        return Err(Fault::new(
            "InvalidStructureException",
            format!(
                "Pipeline has only {count} stage(s). There should be a minimum of 2 stages in a pipeline"
            ),
        ));
    }
    Ok(())
}

/// The live checks of CreatePipeline and UpdatePipeline: CodePipeline can take on the pipeline's
/// role, and the pipeline's role can take on that of every action.
pub fn check_roles(world: &World, call: &Call, pipeline: &Value, arn: &str) -> Result<(), Fault> {
    let role = text_of(pipeline, "roleArn");
    if role.split(':').nth(4) != Some(call.caller.account.as_str()) {
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
