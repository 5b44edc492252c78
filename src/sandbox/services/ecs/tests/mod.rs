#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod definitions;
mod deploying;
mod running;

use serde_json::{Value, json};

use super::SERVICE;
use crate::sandbox::services::testing::{ACCOUNT, Bench};
use crate::sandbox::services::{elbv2, logs};

/// A cluster, a load balancer with two groups (the first behind its listener) and a task definition.
struct Set {
    bench: Bench,
    blue: String,
    green: String,
}

fn text(value: &Value, pointer: &str) -> String {
    value
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap()
        .to_owned()
}

fn definition() -> Value {
    json!({
        "family": "orders",
        "requiresCompatibilities": ["FARGATE"],
        "networkMode": "awsvpc",
        "cpu": "256",
        "memory": "512",
        "executionRoleArn": format!("arn:aws:iam::{ACCOUNT}:role/exec"),
        "containerDefinitions": [{
            "name": "orders",
            "image": "558846431111.dkr.ecr.ap-northeast-2.amazonaws.com/orders:1",
            "portMappings": [{"containerPort": 8080}],
            "logConfiguration": {"logDriver": "awslogs", "options": {
                "awslogs-region": "ap-northeast-2", "awslogs-group": "/ecs/orders", "awslogs-stream-prefix": "orders"}},
        }],
    })
}

/// What a task execution role may. Source: AWS managed policy AmazonECSTaskExecutionRolePolicy.
fn pulls() -> Value {
    json!([{"Effect": "Allow", "Resource": "*", "Action": [
        "ecr:GetAuthorizationToken", "ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer",
        "ecr:BatchGetImage", "logs:CreateLogStream", "logs:PutLogEvents"]}])
}

fn set() -> Set {
    let mut bench = Bench::new();
    bench.role("exec", "ecs-tasks.amazonaws.com", pulls());
    bench.image("orders", "1");
    bench.ok(
        &logs::SERVICE,
        "CreateLogGroup",
        json!({"logGroupName": "/ecs/orders"}),
    );
    bench.ok(&SERVICE, "CreateCluster", json!({"clusterName": "main"}));
    bench.ok(&SERVICE, "RegisterTaskDefinition", definition());
    let balancer = bench.ok(
        &elbv2::SERVICE,
        "CreateLoadBalancer",
        json!({"Name": "main", "Subnets": ["subnet-0a", "subnet-0b"]}),
    );
    let mut group = |name: &str, kind: &str| {
        let made = bench.ok(
            &elbv2::SERVICE,
            "CreateTargetGroup",
            json!({"Name": name, "Protocol": "HTTP", "Port": 8080, "VpcId": "vpc-0a", "TargetType": kind}),
        );
        text(&made, "/TargetGroups/0/TargetGroupArn")
    };
    let (blue, green) = (group("blue", "ip"), group("green", "ip"));
    bench.ok(
        &elbv2::SERVICE,
        "CreateListener",
        json!({"LoadBalancerArn": text(&balancer, "/LoadBalancers/0/LoadBalancerArn"), "Protocol": "HTTP", "Port": 80,
               "DefaultActions": [{"Type": "forward", "TargetGroupArn": blue}]}),
    );
    Set { bench, blue, green }
}

fn service(group: &str, controller: &str) -> Value {
    json!({
        "cluster": "main",
        "serviceName": "orders",
        "taskDefinition": "orders:1",
        "desiredCount": 2,
        "launchType": "FARGATE",
        "deploymentController": {"type": controller},
        "loadBalancers": [{"targetGroupArn": group, "containerName": "orders", "containerPort": 8080}],
        "networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-0a", "subnet-0b"], "securityGroups": ["sg-0a"]}},
    })
}

fn with(mut input: Value, pointer: &str, value: Value) -> Value {
    match input.pointer_mut(pointer) {
        Some(place) => *place = value,
        None => {
            input[pointer.trim_start_matches('/')] = value;
        }
    }
    input
}

fn without(mut input: Value, field: &str) -> Value {
    input.as_object_mut().unwrap().remove(field);
    input
}

fn of_service() -> Value {
    json!({"cluster": "main", "service": "orders"})
}

fn describe(set: &mut Set) -> Value {
    let answer = set.bench.ok(
        &SERVICE,
        "DescribeServices",
        json!({"cluster": "main", "services": ["orders"]}),
    );
    answer["services"][0].clone()
}
