#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod applications;
mod failing;
mod groups;
mod running;
mod stage;

use serde_json::{Value, json};

use super::SERVICE;
use crate::sandbox::platform;
use crate::sandbox::services::testing::{ACCOUNT, Bench, REGION};
use crate::sandbox::services::{ecs, elbv2, iam};
use crate::sandbox::world::PlatformSeed;

const ROLE: &str = "arn:aws:iam::558846431111:role/cicd/orders-codedeploy";

/// An environment as a platform team left it, and CodeDeploy's role and application.
fn bench() -> Bench {
    let mut bench = Bench::new();
    platform::leave(
        &mut bench.world,
        &PlatformSeed {
            account: ACCOUNT.into(),
            region: REGION.into(),
            application: "orders".into(),
            ..PlatformSeed::default()
        },
        1,
    )
    .unwrap();
    let trust = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow",
        "Principal": {"Service": "codedeploy.amazonaws.com"},
        "Action": "sts:AssumeRole",
        "Condition": {
            "StringEquals": {"aws:SourceAccount": ACCOUNT},
            "ArnLike": {"aws:SourceArn": format!("arn:aws:codedeploy:{REGION}:{ACCOUNT}:deploymentgroup:orders/*")},
        },
    }]});
    bench.ok(
        &iam::SERVICE,
        "CreateRole",
        json!({"RoleName": "orders-codedeploy", "Path": "/cicd/", "AssumeRolePolicyDocument": trust.to_string()}),
    );
    bench.allow(
        "orders-codedeploy",
        json!([{"Effect": "Allow", "Action": "ecs:DescribeServices", "Resource": "*"}]),
    );
    bench.ok(
        &SERVICE,
        "CreateApplication",
        json!({"applicationName": "orders", "computePlatform": "ECS"}),
    );
    bench
}

fn listener(bench: &mut Bench) -> String {
    let balancers = bench.ok(&elbv2::SERVICE, "DescribeLoadBalancers", json!({}));
    let listeners = bench.ok(
        &elbv2::SERVICE,
        "DescribeListeners",
        json!({"LoadBalancerArn": balancers["LoadBalancers"][0]["LoadBalancerArn"]}),
    );
    listeners["Listeners"][0]["ListenerArn"]
        .as_str()
        .unwrap()
        .to_owned()
}

fn group(bench: &mut Bench) -> Value {
    json!({
        "applicationName": "orders",
        "deploymentGroupName": "orders",
        "deploymentConfigName": "CodeDeployDefault.ECSCanary10Percent5Minutes",
        "serviceRoleArn": ROLE,
        "deploymentStyle": {"deploymentType": "BLUE_GREEN", "deploymentOption": "WITH_TRAFFIC_CONTROL"},
        "ecsServices": [{"clusterName": "main", "serviceName": "orders"}],
        "loadBalancerInfo": {"targetGroupPairInfoList": [{
            "targetGroups": [{"name": "orders-blue"}, {"name": "orders-green"}],
            "prodTrafficRoute": {"listenerArns": [listener(bench)]},
        }]},
        "blueGreenDeploymentConfiguration": {
            "terminateBlueInstancesOnDeploymentSuccess": {"action": "TERMINATE", "terminationWaitTimeInMinutes": 5},
            "deploymentReadyOption": {"actionOnTimeout": "CONTINUE_DEPLOYMENT", "waitTimeInMinutes": 0},
        },
        "autoRollbackConfiguration": {"enabled": true, "events": ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_REQUEST"]},
    })
}

fn with(mut input: Value, pointer: &str, value: Value) -> Value {
    let (parent, field) = pointer.rsplit_once('/').unwrap();
    let parent = input.pointer_mut(parent).unwrap();
    match field.parse::<usize>() {
        Ok(index) if parent.is_array() => parent[index] = value,
        _ => parent[field] = value,
    }
    input
}

fn without(mut input: Value, pointer: &str) -> Value {
    let (parent, field) = pointer.rsplit_once('/').unwrap();
    input
        .pointer_mut(parent)
        .unwrap()
        .as_object_mut()
        .unwrap()
        .remove(field);
    input
}
