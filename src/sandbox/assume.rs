//! Who may take on a role: asked by STS for a person's request, and by services that check at
//! creation that a role can be assumed (CodePipeline, CodeBuild, CodeDeploy).

use super::world::World;

/// Whether a role trusts a service. `context` holds the condition keys that the service sends, such as
/// `aws:SourceAccount` and `aws:SourceArn`. A role that does not exist trusts nobody.
pub fn service_can_assume(
    world: &World,
    role_arn: &str,
    service: &str,
    context: &[(&str, &str)],
) -> bool {
    let _ = (world, role_arn, service, context);
    todo_trust()
}

/// Whether one role may assume another: its own policies allow `sts:AssumeRole` on it (across accounts,
/// or where the trust names only the account), and the other one trusts it.
pub fn role_can_assume(world: &World, caller_role_arn: &str, role_arn: &str) -> bool {
    let _ = (world, caller_role_arn, role_arn);
    todo_trust()
}

fn todo_trust() -> bool {
    false
}
