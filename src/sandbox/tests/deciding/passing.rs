//! Who may hand a role to a service.

use serde_json::{Value, json};

use super::scene::{Scene, allow};
use crate::sandbox::tests::client::A;

const ROLE: &str = "arn:aws:iam::111111111111:role/work";

fn trusting(service: &str) -> Value {
    json!([{"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}])
}

/// The calls that pass a role: the operation, its input, the service that gets the role, what the role
/// will belong to.
fn calls() -> Vec<(&'static str, Value, &'static str, &'static str)> {
    let arn = |rest: &str| rest.to_owned();
    vec![
        (
            "codebuild.CreateProject",
            json!({
                "name": "orders", "serviceRole": ROLE,
                "source": {"type": "CODEPIPELINE"}, "artifacts": {"type": "CODEPIPELINE"},
                "environment": {"type": "LINUX_CONTAINER", "image": "aws/codebuild/amazonlinux2-x86_64-standard:5.0", "computeType": "BUILD_GENERAL1_SMALL"},
            }),
            "codebuild.amazonaws.com",
            "arn:aws:codebuild:ap-northeast-2:111111111111:project/orders",
        ),
        (
            "codepipeline.CreatePipeline",
            json!({"pipeline": {
                "name": "orders", "roleArn": ROLE,
                "artifactStore": {"type": "S3", "location": "artifacts"},
                "stages": [],
            }}),
            "codepipeline.amazonaws.com",
            "arn:aws:codepipeline:ap-northeast-2:111111111111:orders",
        ),
        (
            "events.PutTargets",
            json!({"Rule": "push", "Targets": [{"Id": "1", "Arn": arn("arn:aws:codepipeline:ap-northeast-2:111111111111:orders"), "RoleArn": ROLE}]}),
            "events.amazonaws.com",
            "arn:aws:events:ap-northeast-2:111111111111:rule/push",
        ),
        (
            "codedeploy.CreateDeploymentGroup",
            json!({"applicationName": "orders", "deploymentGroupName": "blue", "serviceRoleArn": ROLE}),
            "codedeploy.amazonaws.com",
            "arn:aws:codedeploy:ap-northeast-2:111111111111:deploymentgroup:orders/blue",
        ),
        (
            "ecs.RegisterTaskDefinition",
            json!({"family": "orders", "executionRoleArn": ROLE, "containerDefinitions": [{"name": "app", "image": "x", "memory": 128}]}),
            "ecs-tasks.amazonaws.com",
            "arn:aws:ecs:ap-northeast-2:111111111111:task-definition/orders:*",
        ),
        (
            "ecs.CreateService",
            json!({"serviceName": "orders", "taskDefinition": "none", "role": ROLE}),
            "ecs.amazonaws.com",
            "arn:aws:ecs:ap-northeast-2:111111111111:service/default/orders",
        ),
    ]
}

#[tokio::test]
async fn whoever_makes_something_must_pass_its_role() {
    let scene = Scene::new().await;
    scene
        .role(A, "work", trusting("codebuild.amazonaws.com"), json!([]))
        .await;
    let services = allow(
        json!([
            "codebuild:*",
            "codepipeline:*",
            "events:*",
            "codedeploy:*",
            "ecs:*"
        ]),
        json!("*"),
    );
    let user = scene.user(A, "maker", json!([services])).await;
    let refused = format!(
        "400 AccessDeniedException: User: arn:aws:iam::111111111111:user/maker is not authorized to perform: iam:PassRole on resource: {ROLE} because no identity-based policy allows the iam:PassRole action"
    );
    let pass = |to: &str, associated: &str| {
        json!({"Effect": "Allow", "Action": "iam:PassRole", "Resource": ROLE, "Condition": {
            "StringEquals": {"iam:PassedToService": to},
            "ArnLike": {"iam:AssociatedResourceArn": associated},
        }})
    };
    for (target, input, to, associated) in calls() {
        scene.user_policy(A, "maker", json!([services])).await;
        assert_eq!(
            scene.json(&user, target, input.clone()).await,
            refused,
            "{target}"
        );
        let elsewhere = pass("lambda.amazonaws.com", associated);
        scene
            .user_policy(A, "maker", json!([services, elsewhere]))
            .await;
        assert_eq!(
            scene.json(&user, target, input.clone()).await,
            refused,
            "{target}"
        );
        let other = pass(to, "arn:aws:s3:::other");
        scene
            .user_policy(A, "maker", json!([services, other]))
            .await;
        assert_eq!(
            scene.json(&user, target, input.clone()).await,
            refused,
            "{target}"
        );
        scene
            .user_policy(A, "maker", json!([services, pass(to, associated)]))
            .await;
        let then = scene.json(&user, target, input).await;
        assert!(!then.contains("iam:PassRole"), "{target}: {then}");
    }
}

#[tokio::test]
async fn tasks_are_started_by_those_who_may_pass_their_roles() {
    let scene = Scene::new().await;
    scene
        .role(A, "work", trusting("ecs-tasks.amazonaws.com"), json!([]))
        .await;
    let admin = scene.admin(A);
    let definition = json!({"family": "orders", "taskRoleArn": ROLE, "containerDefinitions": [{"name": "app", "image": "x", "memory": 128}]});
    scene
        .ok(&admin, "ecs.RegisterTaskDefinition", definition)
        .await;
    scene.ok(&admin, "ecs.CreateCluster", json!({})).await;
    let user = scene
        .user(A, "maker", json!([allow(json!("ecs:*"), json!("*"))]))
        .await;
    let create = json!({"serviceName": "orders", "taskDefinition": "orders", "desiredCount": 0});
    let refused = scene.json(&user, "ecs.CreateService", create.clone()).await;
    assert!(
        refused.contains(&format!(
            "iam:PassRole on resource: {ROLE} because no identity-based"
        )),
        "{refused}"
    );
    let pass = json!({"Effect": "Allow", "Action": "iam:PassRole", "Resource": ROLE,
        "Condition": {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}});
    scene
        .user_policy(A, "maker", json!([allow(json!("ecs:*"), json!("*")), pass]))
        .await;
    let made = scene.json(&user, "ecs.CreateService", create).await;
    assert!(!made.contains("AccessDenied"), "{made}");
}
