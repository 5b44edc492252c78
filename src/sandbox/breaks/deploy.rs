//! The deploy action, CodeDeploy and ECS: what their roles may do, and how long they wait.

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::entry::{
    ANY, Break, CODEDEPLOY, ECS, End, Known, NATIVE, ROLLING, Right, See, Strategy, fails, seen,
    sight,
};
use super::hands::write;
use super::site::{Misfit, Site, text};
use super::trust::{NO_ECS, healthless, unfinished};
use crate::sandbox::services::codedeploy;
use crate::sandbox::services::elbv2::TargetGroup;

const NO_LOGIN: super::Sight = sight(
    See::StoppedTask,
    "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve ecr registry auth: service call has been retried 1 time(s): operation error ECR: GetAuthorizationToken, https response error StatusCode: 400, api error AccessDeniedException: User: arn:aws:sts::{account}:assumed-role/{execution-role-name}/<task> is not authorized to perform: ecr:GetAuthorizationToken on resource: * because no identity-based policy allows the ecr:GetAuthorizationToken action",
);

/// Something that the deploy role may not do in CodeDeploy or ECS.
const fn refused(says: &'static str) -> End {
    fails("Deploy", "PermissionError", says, Known::Observed)
}

/// Something that CodeDeploy's role may not do.
const fn role_permissions(says: &'static str) -> End {
    fails("Deploy", "JobFailed", says, Known::Observed)
}

/// The breaks.
pub const BREAKS: &[Break] = &[
    Break {
        id: "F05",
        variant: "ecr",
        name: "execution-role-cannot-log-in",
        what: "takes ecr:GetAuthorizationToken out of the execution role's policy",
        ends: &[
            (CODEDEPLOY, healthless(&[NO_LOGIN])),
            (ROLLING, unfinished(&[NO_LOGIN])),
            (NATIVE, unfinished(&[NO_LOGIN])),
        ],
        right: Right::Apply,
        put: |site| {
            let role = site.execution_role()?;
            site.take(&role, &["ecr:GetAuthorizationToken"])
        },
    },
    Break {
        id: "F05",
        variant: "logs",
        name: "execution-role-cannot-log",
        what: "takes logs:CreateLogStream out of the execution role's policy",
        ends: &[(
            CODEDEPLOY,
            healthless(&[sight(
                See::StoppedTask,
                "ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: failed to create Cloudwatch log stream: AccessDeniedException: User: arn:aws:sts::{account}:assumed-role/{execution-role-name}/<task> is not authorized to perform: logs:CreateLogStream on resource: <stream> because no identity-based policy allows the logs:CreateLogStream action",
            )]),
        )],
        right: Right::Apply,
        put: |site| {
            let role = site.execution_role()?;
            site.take(&role, &["logs:CreateLogStream"])
        },
    },
    Break {
        id: "F33",
        variant: "deploy",
        name: "deploy-role-cannot-pass",
        what: "takes iam:PassRole out of the deploy role's policy",
        ends: &[
            (
                CODEDEPLOY,
                refused(
                    "User: arn:aws:sts::{account}:assumed-role/{deploy-role-name}/<session> is not authorized to perform: iam:PassRole on resource: {execution-role} because no identity-based policy allows the iam:PassRole action",
                ),
            ),
            (ECS, NO_ECS),
        ],
        right: Right::Apply,
        put: |site| {
            let role = site.deploy_role()?;
            site.take(&role, &["iam:PassRole"])
        },
    },
    Break {
        id: "F33",
        variant: "codedeploy",
        name: "codedeploy-role-cannot-pass",
        what: "takes iam:PassRole out of CodeDeploy's role",
        ends: &[(
            CODEDEPLOY,
            fails(
                "Deploy",
                "JobFailed",
                "Deployment <id> failed. Error code: ECS_UPDATE_ERROR; Error message: The ECS service cannot be updated due to an unexpected error: User: arn:aws:sts::{account}:assumed-role/{codedeploy-role-name}/<session> is not authorized to perform: iam:PassRole on resource: <role> because no identity-based policy allows the iam:PassRole action (Service: AmazonECS; Status Code: 400; Error Code: AccessDeniedException). Check your ECS service status.",
                Known::Reasoned,
            ),
        )],
        right: Right::Apply,
        put: |site| {
            let (_, group) = site.group()?;
            site.take(&group.role, &["iam:PassRole"])
        },
    },
    Break {
        id: "F58",
        variant: "",
        name: "deploy-role-cannot-see-application",
        what: "takes codedeploy:GetApplication out of the deploy role's policy",
        ends: &[(
            CODEDEPLOY,
            refused(
                "User: arn:aws:sts::{account}:assumed-role/{deploy-role-name}/<session> is not authorized to perform: codedeploy:GetApplication on resource: arn:aws:codedeploy:{region}:{account}:application:{application} because no identity-based policy allows the codedeploy:GetApplication action",
            ),
        )],
        right: Right::Apply,
        put: |site| {
            let role = site.deploy_role()?;
            site.take(&role, &["codedeploy:GetApplication"])
        },
    },
    Break {
        id: "F59",
        variant: "",
        name: "deploy-role-cannot-register",
        what: "takes ecs:RegisterTaskDefinition out of the deploy role's policy",
        ends: &[
            (
                CODEDEPLOY,
                refused(
                    "User: arn:aws:sts::{account}:assumed-role/{deploy-role-name}/<session> is not authorized to perform: ecs:RegisterTaskDefinition on resource: * because no identity-based policy allows the ecs:RegisterTaskDefinition action",
                ),
            ),
            (ECS, NO_ECS),
        ],
        right: Right::Apply,
        put: |site| {
            let role = site.deploy_role()?;
            site.take(&role, &["ecs:RegisterTaskDefinition"])
        },
    },
    Break {
        id: "F60",
        variant: "",
        name: "deploy-role-cannot-update-service",
        what: "takes ecs:UpdateService out of the deploy role's policy",
        ends: &[(ECS, NO_ECS)],
        right: Right::Apply,
        put: |site| {
            let role = site.deploy_role()?;
            site.take(&role, &["ecs:UpdateService"])
        },
    },
    Break {
        id: "F61",
        variant: "ecs",
        name: "codedeploy-role-cannot-use-ecs",
        what: "takes ecs:CreateTaskSet out of CodeDeploy's role",
        ends: &[(
            CODEDEPLOY,
            role_permissions(
                "Deployment <id> failed. Error code: IAM_ROLE_PERMISSIONS; Error message: The IAM role {codedeploy-role} does not give you permission to perform operations in the following AWS service: AmazonECS. Contact your AWS administrator if you need help. If you are an AWS administrator, you can grant permissions to your users or groups by creating IAM policies.",
            ),
        )],
        right: Right::Apply,
        put: |site| {
            let (_, group) = site.group()?;
            site.take(&group.role, &["ecs:CreateTaskSet"])
        },
    },
    Break {
        id: "F61",
        variant: "elb",
        name: "codedeploy-role-cannot-shift-traffic",
        what: "takes elasticloadbalancing:ModifyListener out of CodeDeploy's role",
        ends: &[(
            CODEDEPLOY,
            role_permissions(
                "Deployment <id> failed. Error code: IAM_ROLE_PERMISSIONS; Error message: The IAM role {codedeploy-role} does not give you permission to perform operations in the following AWS service: AmazonElasticLoadBalancingV2. Contact your AWS administrator if you need help. If you are an AWS administrator, you can grant permissions to your users or groups by creating IAM policies.",
            ),
        )],
        right: Right::Apply,
        put: |site| {
            let (_, group) = site.group()?;
            site.take(&group.role, &["elasticloadbalancing:ModifyListener"])
        },
    },
    Break {
        id: "F61",
        variant: "infrastructure",
        name: "infrastructure-role-cannot-shift-traffic",
        what: "takes elasticloadbalancing:ModifyRule and what else changes traffic out of ECS's infrastructure role",
        ends: &[(
            NATIVE,
            seen(
                "Deploy",
                "JobFailed",
                "The deployment was replaced by another one, or rolled back.",
                Known::Unverified,
                &[sight(
                    See::ServiceDeployment,
                    "Service deployment rolled back because of invalid networking configuration. User: arn:aws:sts::{account}:assumed-role/{infrastructure-role-name}/<session> is not authorized to perform: elasticloadbalancing:ModifyRule on resource: <rule> because no identity-based policy allows the elasticloadbalancing:ModifyRule action.",
                )],
            ),
        )],
        right: Right::Hand(
            "let the role modify rules again: AWS has AmazonECSInfrastructureRolePolicyForLoadBalancers for it",
        ),
        put: |site| {
            let role = site.infrastructure_role()?;
            site.take(&role, &["elasticloadbalancing:ModifyRule"])
        },
    },
    Break {
        id: "F67",
        variant: "",
        name: "waits-for-a-person",
        what: "has the deployment group wait five minutes for somebody to say that traffic may go over",
        ends: &[(
            CODEDEPLOY,
            fails(
                "Deploy",
                "JobFailed",
                "Deployment <id> failed. Error code: <code>; Error message: The deployment timed out while waiting for a notification to continue. This time out period is 5 minutes.",
                Known::Documented,
            ),
        )],
        right: Right::Apply,
        put: |site| wait(site, 5),
    },
    Break {
        id: "F68",
        variant: "",
        name: "hook-never-answers",
        what: "adds a hook to the AppSpec whose function never reports",
        ends: &[(
            CODEDEPLOY,
            fails(
                "Deploy",
                "JobFailed",
                "Deployment <id> failed. Error code: HOOK_EXECUTION_FAILURE; Error message: The deployment timed out while waiting for a status callback. CodeDeploy expects a status callback within one hour after a deployment hook is invoked.",
                Known::Documented,
            ),
        )],
        right: Right::Push,
        put: hook,
    },
    Break {
        id: "F69",
        variant: "",
        name: "deployment-still-running",
        what: "begins a deployment in the group that waits for two days",
        ends: &[(
            CODEDEPLOY,
            fails(
                "Deploy",
                "JobFailed",
                "The Deployment Group '{group}' already has an active Deployment '<id>' (Service: AmazonCodeDeploy; Status Code: 400; Error Code: DeploymentLimitExceededException)",
                Known::Observed,
            ),
        )],
        right: Right::Hand(
            "aws deploy stop-deployment --deployment-id, with the id above, and then crosspipe apply --sandbox",
        ),
        put: busy,
    },
    Break {
        id: "F80",
        variant: "",
        name: "circuit-breaker",
        what: "switches the circuit breaker on, without rollback, and takes ecr:GetAuthorizationToken from the execution role",
        ends: BREAKER,
        right: Right::Apply,
        put: |site| {
            let (cluster, name) = site.service_name()?;
            let account = site.account()?;
            let region = site.region.clone();
            let key = format!("{cluster}/{name}");
            let service = site
                .world
                .regional(&account, &region)
                .ecs
                .services
                .get_mut(&key);
            if let Some(service) = service {
                write(
                    &mut service.settings,
                    "/deploymentConfiguration/deploymentCircuitBreaker",
                    json!({"enable": true, "rollback": false}),
                );
            }
            site.changed(
                &account,
                format!("ECS service {key}"),
                "deploys as it was set up",
                "has a circuit breaker without rollback",
            );
            let role = site.execution_role()?;
            site.take(&role, &["ecr:GetAuthorizationToken"])
        },
    },
    Break {
        id: "F105",
        variant: "",
        name: "build-role-with-registry",
        what: "attaches AmazonEC2ContainerRegistryFullAccess to the build role",
        ends: &[(
            ANY,
            End::Lands {
                look: "the build role holds the whole registry of the shared account, which it has no use for",
                more: &[],
            },
        )],
        right: Right::Hand(
            "aws iam detach-role-policy, with the build role's name and the policy's ARN",
        ),
        put: |site| {
            let role = site.build_role()?;
            let arn = "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryFullAccess";
            let shared = site.shared.clone();
            site.role_mut(&role)?.attached.insert(arn.to_owned());
            site.changed(
                &shared,
                role,
                "has no rights on a registry",
                format!("has {arn}"),
            );
            Ok(())
        },
    },
];

const BREAKER: &[(&[Strategy], End)] = &[(
    ECS,
    seen(
        "Deploy",
        "JobFailed",
        "ECS deployment circuit breaker: tasks failed to start.",
        Known::Observed,
        &[NO_LOGIN],
    ),
)];

/// Has the deployment group wait before traffic goes over.
fn wait(site: &mut Site<'_>, minutes: i64) -> Result<(), Misfit> {
    let (application, group) = site.group()?;
    let account = site.account()?;
    let mut settings = group
        .settings
        .get("blueGreenDeploymentConfiguration")
        .cloned()
        .unwrap_or_else(|| json!({}));
    write(
        &mut settings,
        "/deploymentReadyOption",
        json!({"actionOnTimeout": "STOP_DEPLOYMENT", "waitTimeInMinutes": minutes}),
    );
    let input = json!({
        "applicationName": application,
        "currentDeploymentGroupName": group.name,
        "blueGreenDeploymentConfiguration": settings,
    });
    site.must(
        &account,
        &codedeploy::SERVICE,
        "UpdateDeploymentGroup",
        input,
    )?;
    site.changed(
        &account,
        format!("deployment group {application}/{}", group.name),
        "traffic goes over by itself",
        format!("waits {minutes} minutes for somebody, and stops then"),
    );
    Ok(())
}

fn hook(site: &mut Site<'_>) -> Result<(), Misfit> {
    let function = "CodeDeployHook_crosspipe_break";
    let path = site.appspec_file()?;
    let account = site.account()?;
    let region = site.region.clone();
    let (_, group) = site.group()?;
    site.edit(&path, "Ask a function before traffic goes over", |text| {
        format!(
            "{}\nHooks:\n  - BeforeAllowTraffic: {function}\n",
            text.trim_end()
        )
    })?;
    let found = site.role_mut(&group.role)?;
    let document = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow",
        "Action": "lambda:InvokeFunction",
        "Resource": format!("arn:aws:lambda:{region}:{account}:function:{function}"),
    }]});
    found
        .inline
        .insert("crosspipe-break-f68".to_owned(), document.to_string());
    site.changed(
        &account,
        group.role,
        "may not invoke a function",
        format!("may invoke {function}"),
    );
    let state = &mut site.world.regional(&account, &region).codedeploy;
    state.silent_functions.insert(function.to_owned());
    site.changed(
        &account,
        format!("function {function}"),
        "not there",
        "is there, and never reports to CodeDeploy",
    );
    Ok(())
}

fn busy(site: &mut Site<'_>) -> Result<(), Misfit> {
    let (application, group) = site.group()?;
    let account = site.account()?;
    wait(site, 2 * 24 * 60)?;
    let running = site.running()?;
    let service = site.service()?;
    let balancer = service
        .task_sets
        .iter()
        .find(|set| set.status == "PRIMARY")
        .and_then(|set| set.load_balancers.first())
        .cloned()
        .unwrap_or_default();
    let content = json!({
        "version": "0.0",
        "Resources": [{"TargetService": {
            "Type": "AWS::ECS::Service",
            "Properties": {
                "TaskDefinition": text(&running, "taskDefinitionArn"),
                "LoadBalancerInfo": {
                    "ContainerName": text(&balancer, "containerName"),
                    "ContainerPort": balancer.get("containerPort"),
                },
            },
        }}],
    })
    .to_string();
    let input = json!({
        "applicationName": application,
        "deploymentGroupName": group.name,
        "revision": {
            "revisionType": "AppSpecContent",
            "appSpecContent": {
                "sha256": hex::encode(Sha256::digest(content.as_bytes())),
                "content": content,
            },
        },
    });
    let made = site.must(&account, &codedeploy::SERVICE, "CreateDeployment", input)?;
    let id = text(&made, "deploymentId").to_owned();
    site.changed(
        &account,
        format!("deployment {id}"),
        "not there",
        "waits for somebody",
    );
    Ok(())
}

/// The target groups of the deployment group's pair, or of the service's load balancer.
pub(super) fn target_groups(site: &Site<'_>) -> Result<Vec<TargetGroup>, Misfit> {
    let account = site.account()?;
    let elb = site
        .world
        .regional_ref(&account, &site.region)
        .map(|regional| &regional.elbv2)
        .ok_or_else(|| Misfit::new("there is no load balancing"))?;
    if let Ok((_, group)) = site.group() {
        let pair = group
            .settings
            .pointer("/loadBalancerInfo/targetGroupPairInfoList/0/targetGroups")
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default();
        return Ok(pair
            .iter()
            .filter_map(|it| elb.target_group_named(text(it, "name")).cloned())
            .collect());
    }
    let service = site.service()?;
    let arns = service.load_balancers.iter().flat_map(|it| {
        let alternate = it.pointer("/advancedConfiguration/alternateTargetGroupArn");
        let alternate = alternate.and_then(Value::as_str).unwrap_or_default();
        [text(it, "targetGroupArn").to_owned(), alternate.to_owned()]
    });
    Ok(arns
        .filter_map(|arn| elb.target_groups.get(&arn).cloned())
        .collect())
}
