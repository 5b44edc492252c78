//! Operations against what AWS documents of their actions.

use crate::policy::actions::{self, matches_resource_type};
use crate::sandbox::authorize;
use crate::sandbox::service::{Call, Caller, Operation, Service};
use crate::sandbox::services;
use crate::sandbox::world::World;

/// An input that names something of every kind; an operation takes what it knows.
const INPUT: &str = r#"{
    "name": "x", "Name": "n", "names": ["x"], "id": "x:1", "ids": ["x:1"],
    "pipelineName": "x", "pipeline": {"name": "x"}, "stageName": "s", "actionName": "a", "pipelineExecutionId": "e",
    "repositoryName": "xx", "repositoryNames": ["xx"], "oldName": "xx", "projectName": "x",
    "applicationName": "x", "applicationNames": ["x"], "deploymentGroupName": "g", "deploymentConfigName": "c",
    "deploymentId": "d-123456789", "deploymentIds": ["d-123456789"],
    "cluster": "c", "clusters": ["c"], "clusterName": "c", "service": "s", "services": ["s"], "serviceName": "s",
    "task": "0123", "tasks": ["0123"], "taskSet": "ecs-svc/1", "taskSets": ["ecs-svc/1"],
    "taskDefinition": "f:1", "taskDefinitions": ["f:1"], "Rule": "r",
    "logGroupName": "/g", "logStreamName": "s", "logGroupIdentifier": "/g",
    "RoleName": "r", "UserName": "u", "PolicyName": "p",
    "RoleArn": "arn:aws:iam::111111111111:role/r",
    "PolicyArn": "arn:aws:iam::111111111111:policy/p",
    "PolicySourceArn": "arn:aws:iam::111111111111:role/r",
    "OpenIDConnectProviderArn": "arn:aws:iam::111111111111:oidc-provider/x.com",
    "AWSServiceName": "ecs.amazonaws.com",
    "KeyId": "11111111-1111-1111-1111-111111111111", "AliasName": "alias/x",
    "ConnectionArn": "arn:aws:SERVICE:us-east-1:111111111111:connection/1",
    "HostArn": "arn:aws:SERVICE:us-east-1:111111111111:host/x-1",
    "LoadBalancerArn": "arn:aws:elasticloadbalancing:us-east-1:111111111111:loadbalancer/app/x/1",
    "ListenerArn": "arn:aws:elasticloadbalancing:us-east-1:111111111111:listener/app/x/1/2",
    "TargetGroupArn": "arn:aws:elasticloadbalancing:us-east-1:111111111111:targetgroup/x/1",
    "RuleArn": "arn:aws:elasticloadbalancing:us-east-1:111111111111:listener-rule/app/x/1/2/3",
    "RulePriorities": [{"RuleArn": "arn:aws:elasticloadbalancing:us-east-1:111111111111:listener-rule/app/x/1/2/3"}]
}"#;

fn asked(world: &World, service: &'static Service, operation: &Operation) -> Vec<String> {
    let arn = "arn:aws:iam::111111111111:user/u";
    let call = Call {
        caller: Caller {
            account: "111111111111".to_owned(),
            arn: arn.to_owned(),
            user_id: "AIDA".to_owned(),
            principal_arn: arn.to_owned(),
        },
        region: "us-east-1".to_owned(),
        input: serde_json::from_str(&INPUT.replace("SERVICE", service.signing_name)).unwrap(),
        now: 0,
        request_id: String::new(),
    };
    authorize::asks(world, service, operation, &call)
        .into_iter()
        .filter(|ask| ask.action == operation.action)
        .map(|ask| ask.resource)
        .collect()
}

/// Where the sandbox differs on purpose, and why.
const OTHERWISE: &[(&str, &str)] = &[
    (
        "ecs:RegisterTaskDefinition",
        "AWS's own minimum has Resource \"*\", and refusals print it",
    ),
    (
        "codedeploy:ListApplications",
        "the CodeDeploy User Guide has application:*",
    ),
    (
        "logs:DescribeLogGroups",
        "refusals print log-group::log-stream:, which names no group",
    ),
];

/// Operations on whatever the caller names by its ARN, of which the input above has none.
fn names_any_arn(operation: &Operation) -> bool {
    matches!(
        operation.name,
        "TagResource" | "UntagResource" | "ListTagsForResource" | "AddTags" | "RemoveTags"
    )
}

#[test]
fn every_operation_asks_for_an_action_on_what_it_takes() {
    let world = World::default();
    let mut wrong = Vec::new();
    for service in services::all() {
        for operation in service.operations {
            let Some(action) = actions::action(operation.action) else {
                wrong.push(format!("{} is no action", operation.action));
                continue;
            };
            let known = OTHERWISE.iter().any(|(name, _)| *name == operation.action);
            // In a world without accounts there is no organization, and nothing in it.
            if known || names_any_arn(operation) || service.signing_name == "organizations" {
                continue;
            }
            let takes = action.resource_types().count() > 0;
            for resource in asked(&world, service, operation) {
                let fits = match resource.as_str() {
                    "*" => !takes,
                    arn => takes && !matches_resource_type(&action, arn).is_nothing(),
                };
                if !fits {
                    wrong.push(format!(
                        "{} is not asked for on {resource}",
                        operation.action
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
