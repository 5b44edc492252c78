//! Roles that cannot be taken on, and rights that somebody else takes away.

use serde_json::json;

use super::entry::{
    ANY, Break, CODEDEPLOY, ECS, End, Known, NATIVE, ROLLING, Right, See, Strategy, fails, seen,
    sight,
};
use super::hands::write;
use super::site::{Misfit, Site, account_in, last};
use crate::sandbox::services::organizations::{self, state::PolicyType};

const ENV_LOG: &str = "An error occurred (AccessDenied) when calling the AssumeRole operation: User: arn:aws:sts::{shared}:assumed-role/{build-role-name}/AWSCodeBuild-<uuid> is not authorized to perform: sts:AssumeRole on resource: {push-role}";

/// A build whose command could not become the push role.
const NOT_PUSH_ROLE: &[(&[Strategy], End)] = &[(
    ANY,
    seen(
        "Build",
        "JobFailed",
        "Build terminated with state: FAILED. Phase: BUILD, Code: COMMAND_EXECUTION_ERROR, Message: Error while executing command: <command>. Reason: exit status 1",
        Known::Reasoned,
        &[sight(See::BuildLog, ENV_LOG)],
    ),
)];

const TASK_TRUST: &str = "(service {service}) failed to launch a task with (error ECS was unable to assume the role '{execution-role}' that was provided for this task. Please verify that the role being passed has the proper trust relationship and permissions and that your IAM user has permissions to pass this role.).";

/// The breaks.
pub const BREAKS: &[Break] = &[
    Break {
        id: "F22",
        variant: "trust",
        name: "deploy-role-does-not-trust-pipeline",
        what: "has the deploy role trust the pipeline's account no more",
        ends: ACTION_ROLE,
        right: Right::Apply,
        put: |site| {
            let role = site.deploy_role()?;
            let own = format!("arn:aws:iam::{}:root", account_in(&role));
            let (before, after) = ("trusts the pipeline role", "trusts its own account only");
            site.trust(&role, before, after, |it| {
                write(it, "/Principal", json!({"AWS": own}));
            })
        },
    },
    Break {
        id: "F22",
        variant: "identity",
        name: "pipeline-role-cannot-assume",
        what: "takes sts:AssumeRole out of the pipeline role's policy",
        ends: ACTION_ROLE,
        right: Right::Apply,
        put: |site| {
            let role = site.pipeline_role();
            site.take(&role, &["sts:AssumeRole"])
        },
    },
    Break {
        id: "F23",
        variant: "",
        name: "pipeline-role-does-not-trust-codepipeline",
        what: "has the pipeline role trust CodeBuild in place of CodePipeline",
        ends: &[(
            ANY,
            fails(
                "Source",
                "PermissionError",
                "CodePipeline is not authorized to perform AssumeRole on role {pipeline-role}",
                Known::Observed,
            ),
        )],
        right: Right::Apply,
        put: |site| {
            let role = site.pipeline_role();
            site.trust_service(&role, "codebuild.amazonaws.com")
        },
    },
    Break {
        id: "F24",
        variant: "",
        name: "build-role-does-not-trust-codebuild",
        what: "has the build role trust CodePipeline in place of CodeBuild",
        ends: &[(ANY, NOT_BUILD_ROLE)],
        right: Right::Apply,
        put: |site| {
            let role = site.build_role()?;
            site.trust_service(&role, "codepipeline.amazonaws.com")
        },
    },
    Break {
        id: "F24",
        variant: "source-arn",
        name: "build-role-trusts-another-project",
        what: "has the build role's trust name another project as aws:SourceArn",
        ends: &[(ANY, NOT_BUILD_ROLE)],
        right: Right::Apply,
        put: |site| {
            let role = site.build_role()?;
            let other = format!(
                "arn:aws:codebuild:{}:{}:project/another-project",
                site.region, site.shared
            );
            let (before, after) = ("holds for its project", "holds for another project");
            site.trust(&role, before, after, |it| {
                write(
                    it,
                    "/Condition",
                    json!({"ArnEquals": {"aws:SourceArn": other}}),
                );
            })
        },
    },
    Break {
        id: "F25",
        variant: "",
        name: "codedeploy-role-does-not-trust-codedeploy",
        what: "has CodeDeploy's role trust CodeBuild in place of CodeDeploy",
        ends: &[(
            CODEDEPLOY,
            seen(
                "Deploy",
                "JobFailed",
                "Deployment <id> failed. Error code: IAM_ROLE_PERMISSIONS; Error message: AWS CodeDeploy does not have the permissions required to assume the role {codedeploy-role}.",
                Known::Reasoned,
                &[sight(
                    See::Deployment,
                    "AWS CodeDeploy does not have the permissions required to assume the role {codedeploy-role}.",
                )],
            ),
        )],
        right: Right::Apply,
        put: |site| {
            let (_, group) = site.group()?;
            site.trust_service(&group.role, "codebuild.amazonaws.com")
        },
    },
    Break {
        id: "F26",
        variant: "identity",
        name: "build-role-cannot-become-push-role",
        what: "takes sts:AssumeRole out of the build role's policy",
        ends: NOT_PUSH_ROLE,
        right: Right::Apply,
        put: |site| {
            let role = site.build_role()?;
            site.take(&role, &["sts:AssumeRole"])
        },
    },
    Break {
        id: "F26",
        variant: "trust",
        name: "push-role-does-not-trust-build-role",
        what: "has the push role trust its own account only",
        ends: NOT_PUSH_ROLE,
        right: Right::Apply,
        put: |site| {
            let role = site.push_role()?;
            let own = format!("arn:aws:iam::{}:root", account_in(&role));
            let (before, after) = ("trusts the build role", "trusts its own account only");
            site.trust(&role, before, after, |it| {
                write(it, "/Principal", json!({"AWS": own}));
            })
        },
    },
    Break {
        id: "F26",
        variant: "source-arn",
        name: "push-role-wants-source-arn",
        what: "adds aws:SourceArn to the push role's trust, a key that is absent when one role becomes another",
        ends: NOT_PUSH_ROLE,
        right: Right::Apply,
        put: |site| {
            let role = site.push_role()?;
            let project = format!(
                "arn:aws:codebuild:{}:{}:project/*",
                site.region, site.shared
            );
            let (before, after) = ("names the build role", "wants aws:SourceArn as well");
            site.trust(&role, before, after, |it| {
                write(it, "/Condition/ArnLike", json!({"aws:SourceArn": project}));
            })
        },
    },
    Break {
        id: "F27",
        variant: "",
        name: "execution-role-does-not-trust-ecs-tasks",
        what: "has the execution role trust EC2 in place of ECS tasks",
        ends: &[
            (
                CODEDEPLOY,
                healthless(&[sight(See::ServiceEvents, TASK_TRUST)]),
            ),
            (
                ROLLING,
                unfinished(&[sight(See::ServiceEvents, TASK_TRUST)]),
            ),
            (NATIVE, unfinished(&[sight(See::ServiceEvents, TASK_TRUST)])),
        ],
        right: Right::Apply,
        put: |site| {
            let role = site.execution_role()?;
            site.trust_service(&role, "ec2.amazonaws.com")
        },
    },
    Break {
        id: "F34",
        variant: "scp",
        name: "scp-denies-register",
        what: "attaches a service control policy to the environment's account that denies ecs:RegisterTaskDefinition",
        ends: &[
            (
                CODEDEPLOY,
                fails(
                    "Deploy",
                    "PermissionError",
                    "User: arn:aws:sts::{account}:assumed-role/{deploy-role-name}/<session> is not authorized to perform: ecs:RegisterTaskDefinition on resource: * with an explicit deny in a service control policy: {scp}",
                    Known::Unverified,
                ),
            ),
            (ECS, NO_ECS),
        ],
        right: Right::Hand(
            "crosspipe sandbox scp remove --account, with the environment's account, and the name crosspipe-break-f34",
        ),
        put: scp,
    },
    Break {
        id: "F34",
        variant: "boundary",
        name: "boundary-without-register",
        what: "gives the deploy role a permissions boundary that does not hold ecs:RegisterTaskDefinition",
        ends: &[
            (
                CODEDEPLOY,
                fails(
                    "Deploy",
                    "PermissionError",
                    "User: arn:aws:sts::{account}:assumed-role/{deploy-role-name}/<session> is not authorized to perform: ecs:RegisterTaskDefinition on resource: * because no permissions boundary allows the ecs:RegisterTaskDefinition action",
                    Known::Documented,
                ),
            ),
            (ECS, NO_ECS),
        ],
        right: Right::Hand(
            "aws iam delete-role-permissions-boundary --role-name, with the deploy role's name",
        ),
        put: boundary,
    },
];

const ACTION_ROLE: &[(&[Strategy], End)] = &[(
    ANY,
    fails(
        "Deploy",
        "PermissionError",
        "{pipeline-role} is not authorized to perform AssumeRole on role {deploy-role}",
        Known::Observed,
    ),
)];

const NOT_BUILD_ROLE: End = fails(
    "Build",
    "JobFailed",
    "Error calling startBuild: CodeBuild is not authorized to perform: sts:AssumeRole on {build-role} (Service: AWSCodeBuild; Status Code: 400; Error Code: InvalidInputException)",
    Known::Documented,
);

/// What the action for Amazon ECS says of whatever its role may not do there.
pub(super) const NO_ECS: End = fails(
    "Deploy",
    "PermissionError",
    "The provided role does not have sufficient permissions to access ECS",
    Known::Observed,
);

/// A deployment by CodeDeploy whose tasks do not come up.
pub(super) const fn healthless(more: &'static [super::Sight]) -> End {
    seen(
        "Deploy",
        "JobFailed",
        "Deployment <id> failed. Error code: TIMEOUT; Error message: The deployment timed out while waiting for the replacement task set to become healthy. This time out period is 60 minutes.",
        Known::Documented,
        more,
    )
}

/// A deployment by ECS whose tasks do not come up, and that nothing ends but the action's own patience.
pub(super) const fn unfinished(more: &'static [super::Sight]) -> End {
    seen(
        "Deploy",
        "TimeoutError",
        "The action failed because the deployment did not finish in time.",
        Known::Unverified,
        more,
    )
}

fn scp(site: &mut Site<'_>) -> Result<(), Misfit> {
    let account = site.account()?;
    if organizations::management(site.world) == Some(account.as_str()) {
        return Err(Misfit::new(format!(
            "the account {account} is the organization's management account, which no service control policy limits: see crosspipe sandbox scp management"
        )));
    }
    let name = "crosspipe-break-f34";
    let document = json!({"Version": "2012-10-17", "Statement": [{
        "Sid": "DenyRegister",
        "Effect": "Deny",
        "Action": "ecs:RegisterTaskDefinition",
        "Resource": "*",
    }]});
    let kind = PolicyType::ServiceControlPolicy;
    let id = organizations::add(site.world, kind, &account, name, &document.to_string())
        .map_err(|refused| Misfit::new(refused.to_string()))?;
    let arn = organizations::arn_of_policy(site.world, Some(&id));
    site.facts.insert("scp", arn);
    site.changed(
        &account,
        format!("service control policy {name}"),
        "not there",
        "attached: denies ecs:RegisterTaskDefinition",
    );
    Ok(())
}

fn boundary(site: &mut Site<'_>) -> Result<(), Misfit> {
    let role = site.deploy_role()?;
    let account = site.account()?;
    let name = "crosspipe-break-f34";
    let document = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow",
        "NotAction": "ecs:RegisterTaskDefinition",
        "Resource": "*",
    }]});
    let iam = &crate::sandbox::services::iam::SERVICE;
    let input = json!({"PolicyName": name, "PolicyDocument": document.to_string()});
    site.must(&account, iam, "CreatePolicy", input)?;
    let arn = format!("arn:aws:iam::{account}:policy/{name}");
    let input = json!({"RoleName": last(&role), "PermissionsBoundary": arn});
    site.must(&account, iam, "PutRolePermissionsBoundary", input)?;
    site.changed(
        &account,
        role,
        "has no permissions boundary",
        format!("has the boundary {arn}: all but ecs:RegisterTaskDefinition"),
    );
    Ok(())
}
