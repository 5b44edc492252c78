//! An environment in which deployments run.

use super::*;
use crate::sandbox::services::logs;

pub const MINUTE: i64 = 60_000;

pub fn may() -> Value {
    json!([
        {"Effect": "Allow", "Resource": "*", "Action": [
            "ecs:DescribeServices", "ecs:CreateTaskSet", "ecs:UpdateServicePrimaryTaskSet", "ecs:DeleteTaskSet",
            "elasticloadbalancing:DescribeTargetGroups", "elasticloadbalancing:DescribeListeners",
            "elasticloadbalancing:DescribeRules", "elasticloadbalancing:ModifyListener",
            "elasticloadbalancing:ModifyRule", "cloudwatch:DescribeAlarms", "lambda:InvokeFunction"]},
        {"Effect": "Allow", "Resource": "arn:aws:iam::558846431111:role/exec", "Action": "iam:PassRole",
         "Condition": {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}},
    ])
}

/// An environment in which a deployment lands: roles, image, log group, a second task definition, the group.
pub struct Stage {
    pub bench: Bench,
    pub listener: String,
    pub blue: String,
    pub green: String,
}

pub fn stage(change: impl FnOnce(Value) -> Value) -> Stage {
    stage_of(bench(), |_, input| change(input))
}

/// The group of the primary task set.
pub fn blue(bench: &mut Bench) -> String {
    let found = bench.ok(
        &elbv2::SERVICE,
        "DescribeTargetGroups",
        json!({"Names": ["orders-blue"]}),
    );
    found["TargetGroups"][0]["TargetGroupArn"]
        .as_str()
        .unwrap()
        .to_owned()
}

pub fn stage_of(mut bench: Bench, change: impl FnOnce(&mut Bench, Value) -> Value) -> Stage {
    bench.allow("orders-codedeploy", may());
    bench.role(
        "exec",
        "ecs-tasks.amazonaws.com",
        json!([{"Effect": "Allow", "Resource": "*", "Action": [
            "ecr:GetAuthorizationToken", "ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer",
            "ecr:BatchGetImage", "logs:CreateLogStream", "logs:PutLogEvents"]}]),
    );
    let image = bench.image("orders", "abc1234");
    bench.ok(
        &logs::SERVICE,
        "CreateLogGroup",
        json!({"logGroupName": "/ecs/orders"}),
    );
    register(&mut bench, &image);
    let input = group(&mut bench);
    let input = change(&mut bench, input);
    bench.ok(&SERVICE, "CreateDeploymentGroup", input);
    let listener = listener(&mut bench);
    let groups = bench.ok(
        &elbv2::SERVICE,
        "DescribeTargetGroups",
        json!({"Names": ["orders-blue", "orders-green"]}),
    );
    let arn = |name: &str| {
        let all = groups["TargetGroups"].as_array().unwrap();
        let found = all.iter().find(|it| it["TargetGroupName"] == name).unwrap();
        found["TargetGroupArn"].as_str().unwrap().to_owned()
    };
    let (blue, green) = (arn("orders-blue"), arn("orders-green"));
    Stage {
        bench,
        listener,
        blue,
        green,
    }
}

pub fn register(bench: &mut Bench, image: &str) -> String {
    let made = bench.ok(
        &ecs::SERVICE,
        "RegisterTaskDefinition",
        json!({
            "family": "orders", "requiresCompatibilities": ["FARGATE"], "networkMode": "awsvpc",
            "cpu": "256", "memory": "512", "executionRoleArn": format!("arn:aws:iam::{ACCOUNT}:role/exec"),
            "containerDefinitions": [{
                "name": "orders", "image": image, "portMappings": [{"containerPort": 8080}],
                "logConfiguration": {"logDriver": "awslogs", "options": {
                    "awslogs-region": REGION, "awslogs-group": "/ecs/orders", "awslogs-stream-prefix": "orders"}},
            }],
        }),
    );
    made["taskDefinition"]["taskDefinitionArn"]
        .as_str()
        .unwrap()
        .to_owned()
}

pub fn appspec(definition: &str) -> Value {
    let content = json!({"version": 0.0, "Resources": [{"TargetService": {"Type": "AWS::ECS::Service", "Properties": {
        "TaskDefinition": definition,
        "LoadBalancerInfo": {"ContainerName": "orders", "ContainerPort": 8080}}}}]});
    json!({"revisionType": "AppSpecContent", "appSpecContent": {"content": content.to_string()}})
}

pub fn definition() -> String {
    format!("arn:aws:ecs:{REGION}:{ACCOUNT}:task-definition/orders:2")
}

impl Stage {
    pub fn deploy(&mut self, more: Value) -> String {
        let mut input = json!({"applicationName": "orders", "deploymentGroupName": "orders", "revision": appspec(&definition())});
        for (key, value) in more.as_object().unwrap() {
            input[key] = value.clone();
        }
        let made = self.bench.ok(&SERVICE, "CreateDeployment", input);
        made["deploymentId"].as_str().unwrap().to_owned()
    }

    pub fn info(&mut self, id: &str) -> Value {
        self.bench
            .ok(&SERVICE, "GetDeployment", json!({"deploymentId": id}))["deploymentInfo"]
            .clone()
    }

    pub fn target(&mut self, id: &str) -> Value {
        let targets = self.bench.ok(
            &SERVICE,
            "ListDeploymentTargets",
            json!({"deploymentId": id}),
        );
        assert_eq!(targets["targetIds"], json!(["main:orders"]));
        let got = self.bench.ok(
            &SERVICE,
            "GetDeploymentTarget",
            json!({"deploymentId": id, "targetId": "main:orders"}),
        );
        got["deploymentTarget"]["ecsTarget"].clone()
    }

    pub fn events(&mut self, id: &str) -> Vec<String> {
        self.target(id)["lifecycleEvents"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| {
                format!(
                    "{} {}",
                    it["lifecycleEventName"].as_str().unwrap(),
                    it["status"].as_str().unwrap()
                )
            })
            .collect()
    }

    /// The share of the green group in the listener's traffic.
    pub fn green_share(&self) -> f64 {
        elbv2::share(
            &self.bench.world,
            ACCOUNT,
            REGION,
            &self.listener,
            &self.green,
        )
    }

    pub fn service(&mut self) -> Value {
        let got = self.bench.ok(
            &ecs::SERVICE,
            "DescribeServices",
            json!({"cluster": "main", "services": ["orders"]}),
        );
        got["services"][0].clone()
    }

    pub fn primary_group(&mut self) -> String {
        let service = self.service();
        let sets = service["taskSets"].as_array().unwrap();
        let primary = sets.iter().find(|it| it["status"] == "PRIMARY").unwrap();
        primary["loadBalancers"][0]["targetGroupArn"]
            .as_str()
            .unwrap()
            .to_owned()
    }
}

pub fn at_once(input: Value) -> Value {
    with(
        input,
        "/deploymentConfigName",
        json!("CodeDeployDefault.ECSAllAtOnce"),
    )
}
