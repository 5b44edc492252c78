//! Deployments. None has ever been started here.

use serde_json::json;

use super::applications::MOST_IN_BATCH;
use super::{Named, application, check_name};
use crate::sandbox::service::{Answer, Call, Fault};
use crate::sandbox::services::fields::texts;
use crate::sandbox::world::World;

const STATUSES: [&str; 8] = [
    "Created",
    "Queued",
    "InProgress",
    "Baking",
    "Succeeded",
    "Failed",
    "Stopped",
    "Ready",
];

/// `ListDeployments`.
pub fn list(world: &mut World, call: &Call) -> Answer {
    if let Some(group) = call.text("deploymentGroupName") {
        check_name(group, Named::Group)?;
        let application = application(world, call)?;
        if !application.groups.contains_key(group) {
            return Err(Fault::new(
                "DeploymentGroupDoesNotExistException",
                format!("No Deployment Group found for name: {group}"),
            ));
        }
    } else if call.text("applicationName").is_some() {
        application(world, call)?;
        return Err(Fault::new(
            "DeploymentGroupNameRequiredException",
            "The deployment group name was not specified.",
        ));
    }
    if let Some(unknown) = texts(call.list("includeOnlyStatuses"))
        .into_iter()
        .find(|status| !STATUSES.contains(&status.as_str()))
    {
        return Err(Fault::new(
            "InvalidDeploymentStatusException",
            format!(
                "The specified deployment status doesn't exist or cannot be determined: {unknown}"
            ),
        ));
    }
    Ok(json!({"deployments": []}))
}

fn check_id(id: &str) -> Result<(), Fault> {
    let rest = id.strip_prefix("d-").unwrap_or_default();
    let legal = rest.len() >= 9
        && rest
            .bytes()
            .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    if legal {
        Ok(())
    } else {
        Err(Fault::new(
            "InvalidDeploymentIdException",
            format!("The deployment ID {id} is not valid."),
        ))
    }
}

/// `GetDeployment`.
pub fn get(_: &mut World, call: &Call) -> Answer {
    let id = call
        .text("deploymentId")
        .filter(|id| !id.is_empty())
        .ok_or_else(|| {
            Fault::new(
                "DeploymentIdRequiredException",
                "At least one deployment ID must be specified.",
            )
        })?;
    check_id(id)?;
    Err(Fault::new(
        "DeploymentDoesNotExistException",
        format!("The deployment {id} could not be found"),
    ))
}

/// `BatchGetDeployments`: what is not there is left out.
pub fn batch_get(_: &mut World, call: &Call) -> Answer {
    let ids = texts(call.list("deploymentIds"));
    if ids.is_empty() {
        return Err(Fault::new(
            "DeploymentIdRequiredException",
            "At least one deployment ID must be specified.",
        ));
    }
    if ids.len() > MOST_IN_BATCH {
        return Err(Fault::new(
            "BatchLimitExceededException",
            "The maximum number of names or IDs allowed for this request (100) was exceeded.",
        ));
    }
    ids.iter().try_for_each(|id| check_id(id))?;
    Ok(json!({"deploymentsInfo": []}))
}
