#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use serde_json::{Value, json};

use super::SERVICE;
use crate::sandbox::services::elbv2;
use crate::sandbox::services::testing::{ACCOUNT, Bench};

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

fn set() -> Set {
    let mut bench = Bench::new();
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

#[test]
fn clusters_come_and_go() {
    let mut bench = Bench::new();
    let made = bench.ok(
        &SERVICE,
        "CreateCluster",
        json!({"clusterName": "main", "tags": [{"key": "a", "value": "b"}]}),
    );
    assert_eq!(
        made["cluster"]["clusterArn"],
        "arn:aws:ecs:ap-northeast-2:558846431111:cluster/main"
    );
    assert_eq!(
        made["cluster"]["settings"],
        json!([{"name": "containerInsights", "value": "disabled"}])
    );
    let again = bench.ok(&SERVICE, "CreateCluster", json!({"clusterName": "main"}));
    assert_eq!(
        again["cluster"]["tags"],
        json!([{"key": "a", "value": "b"}]),
        "the one that is there is answered"
    );
    let described = bench.ok(
        &SERVICE,
        "DescribeClusters",
        json!({"clusters": ["main", "gone"], "include": ["TAGS"]}),
    );
    assert_eq!(described["clusters"][0]["status"], "ACTIVE");
    assert_eq!(
        described["failures"],
        json!([{"arn": "arn:aws:ecs:ap-northeast-2:558846431111:cluster/gone", "reason": "MISSING"}])
    );
    bench.ok(
        &SERVICE,
        "UpdateClusterSettings",
        json!({"cluster": "main", "settings": [{"name": "containerInsights", "value": "enabled"}]}),
    );
    let deleted = bench.ok(&SERVICE, "DeleteCluster", json!({"cluster": "main"}));
    assert_eq!(deleted["cluster"]["status"], "INACTIVE");
    assert_eq!(
        bench.ok(&SERVICE, "ListClusters", json!({}))["clusterArns"],
        json!([])
    );
    assert_eq!(
        bench
            .fault(&SERVICE, "ListServices", json!({"cluster": "main"}))
            .code,
        "ClusterNotFoundException"
    );
    assert_eq!(
        bench.fault(&SERVICE, "ListServices", json!({})).message,
        "Cluster not found."
    );
    bench.ok(&SERVICE, "CreateCluster", json!({"clusterName": "main"}));
}

#[test]
fn task_definitions_are_completed_and_numbered() {
    let mut bench = Bench::new();
    let made = bench.ok(&SERVICE, "RegisterTaskDefinition", definition());
    let first = &made["taskDefinition"];
    assert_eq!(
        first["taskDefinitionArn"],
        "arn:aws:ecs:ap-northeast-2:558846431111:task-definition/orders:1"
    );
    assert_eq!(first["compatibilities"], json!(["EC2", "FARGATE"]));
    let container = &first["containerDefinitions"][0];
    assert_eq!(
        container["portMappings"],
        json!([{"containerPort": 8080, "hostPort": 8080, "protocol": "tcp"}])
    );
    assert_eq!(container["essential"], true);
    let second = bench.ok(&SERVICE, "RegisterTaskDefinition", definition());
    assert_eq!(second["taskDefinition"]["revision"], 2);
    let latest = bench.ok(
        &SERVICE,
        "DescribeTaskDefinition",
        json!({"taskDefinition": "orders"}),
    );
    assert_eq!(latest["taskDefinition"]["revision"], 2);
    let gone = bench.ok(
        &SERVICE,
        "DeregisterTaskDefinition",
        json!({"taskDefinition": "orders:2"}),
    );
    assert_eq!(gone["taskDefinition"]["status"], "INACTIVE");
    let latest = bench.ok(
        &SERVICE,
        "DescribeTaskDefinition",
        json!({"taskDefinition": "orders"}),
    );
    assert_eq!(latest["taskDefinition"]["revision"], 1);
    let listed = bench.ok(
        &SERVICE,
        "ListTaskDefinitions",
        json!({"familyPrefix": "orders", "status": "INACTIVE"}),
    );
    assert_eq!(listed["taskDefinitionArns"].as_array().unwrap().len(), 1);
    assert_eq!(
        bench.ok(
            &SERVICE,
            "ListTaskDefinitions",
            json!({"familyPrefix": "ord"})
        )["taskDefinitionArns"],
        json!([])
    );
    assert_eq!(
        bench.ok(
            &SERVICE,
            "ListTaskDefinitionFamilies",
            json!({"familyPrefix": "ord"})
        )["families"],
        json!(["orders"])
    );
    let deleted = bench.ok(
        &SERVICE,
        "DeleteTaskDefinitions",
        json!({"taskDefinitions": ["orders:2", "orders:1", "x:9"]}),
    );
    assert_eq!(
        deleted["taskDefinitions"][0]["status"],
        "DELETE_IN_PROGRESS"
    );
    assert_eq!(deleted["failures"].as_array().unwrap().len(), 2);
    for (reference, code, message) in [
        (
            "orders:latest",
            "InvalidParameterException",
            "Invalid revision number. Number: latest",
        ),
        (
            "orders:9",
            "ClientException",
            "Unable to describe task definition.",
        ),
        (
            "nobody",
            "ClientException",
            "Unable to describe task definition.",
        ),
    ] {
        let fault = bench.fault(
            &SERVICE,
            "DescribeTaskDefinition",
            json!({"taskDefinition": reference}),
        );
        assert_eq!(
            (fault.code.as_str(), fault.message.as_str()),
            (code, message)
        );
    }
    let third = bench.ok(&SERVICE, "RegisterTaskDefinition", definition());
    assert_eq!(
        third["taskDefinition"]["revision"], 3,
        "numbers are never used again"
    );
}

#[test]
fn what_a_task_definition_must_be() {
    let mut bench = Bench::new();
    let image = |image: &str| with(definition(), "/containerDefinitions/0/image", json!(image));
    let cases = [
        (
            with(definition(), "/family", json!("")),
            "Family should not be blank.",
        ),
        (
            with(definition(), "/family", json!("a b")),
            "Family contains invalid characters.",
        ),
        (
            with(definition(), "/containerDefinitions", json!([])),
            "Container list cannot be empty.",
        ),
        (
            with(definition(), "/containerDefinitions/0/name", json!("")),
            "Container.name should not be null or empty.",
        ),
        (image(""), "Container.image should not be null or empty."),
        (
            with(definition(), "/networkMode", json!("bridge")),
            "Fargate only supports network mode \u{2018}awsvpc\u{2019}.",
        ),
        (
            without(definition(), "cpu"),
            "Fargate requires that 'cpu' be defined at the task level.",
        ),
        (
            without(definition(), "memory"),
            "Fargate requires that 'memory' be defined at the task level.",
        ),
        (
            with(definition(), "/memory", json!("4096")),
            "No Fargate configuration exists for given values.",
        ),
        (
            with(definition(), "/memory", json!("much")),
            "Invalid 'memory' setting for task. For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.",
        ),
        (
            with(definition(), "/cpu", json!("300")),
            "Invalid 'cpu' setting for task. For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.",
        ),
        (
            without(definition(), "executionRoleArn"),
            "Fargate requires task definition to have execution role ARN to support ECR images.",
        ),
        (
            without(image("nginx"), "executionRoleArn"),
            "Fargate requires task definition to have execution role ARN to support log driver awslogs.",
        ),
        (
            with(
                definition(),
                "/executionRoleArn",
                json!("arn:aws:iam::1:role/x"),
            ),
            "Role is not valid",
        ),
        (
            with(
                definition(),
                "/containerDefinitions/0/portMappings/0/hostPort",
                json!(1),
            ),
            "",
        ),
        (
            with(
                definition(),
                "/containerDefinitions/0/portMappings",
                json!([{"containerPort": 80, "hostPort": 81}]),
            ),
            "When networkMode=awsvpc, the host ports and container ports in port mappings must match.",
        ),
        (
            with(
                definition(),
                "/containerDefinitions/0/portMappings",
                json!([{"containerPort": 0}]),
            ),
            "Invalid 'containerPort' setting for container 'orders'.",
        ),
        (
            with(
                definition(),
                "/containerDefinitions/0/logConfiguration",
                json!({"logDriver": "awslogs", "options": {"awslogs-region": "x"}}),
            ),
            "Log driver awslogs requires options: awslogs-group",
        ),
    ];
    for (input, message) in cases {
        if message.is_empty() {
            continue;
        }
        let fault = bench.fault(&SERVICE, "RegisterTaskDefinition", input);
        assert_eq!(
            (fault.code.as_str(), fault.message.as_str()),
            ("ClientException", message)
        );
    }
    let foreign = with(
        definition(),
        "/executionRoleArn",
        json!("arn:aws:iam::202949997891:role/exec"),
    );
    let fault = bench.fault(&SERVICE, "RegisterTaskDefinition", foreign);
    assert_eq!(fault.message, "Cross-account pass role is not allowed.");
    bench.ok(&SERVICE, "RegisterTaskDefinition", image("<IMAGE1_NAME>"));
    bench.ok(
        &SERVICE,
        "RegisterTaskDefinition",
        json!({"family": "ec2", "containerDefinitions": [{"name": "a", "image": "nginx", "memory": 128}]}),
    );
}

#[test]
fn a_service_under_code_deploy() {
    let mut set = set();
    let made = set
        .bench
        .ok(&SERVICE, "CreateService", service(&set.blue, "CODE_DEPLOY"));
    assert_eq!(made["service"]["status"], "ACTIVE");
    assert_eq!(
        made["service"]["runningCount"], 0,
        "nothing has started yet"
    );
    let described = describe(&mut set);
    assert_eq!(described["runningCount"], 2);
    assert_eq!(described["deployments"], json!([]));
    let task_set = &described["taskSets"][0];
    assert_eq!(task_set["status"], "PRIMARY");
    assert_eq!(task_set["stabilityStatus"], "STEADY_STATE");
    assert_eq!(task_set["computedDesiredCount"], 2);
    assert_eq!(task_set["loadBalancers"][0]["targetGroupArn"], set.blue);
    assert_eq!(
        described["deploymentConfiguration"],
        json!({"maximumPercent": 200, "minimumHealthyPercent": 100})
    );
    let messages: Vec<&str> = described["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| e["message"].as_str().unwrap())
        .collect();
    assert_eq!(messages[0], "(service orders) has reached a steady state.");
    let again = set
        .bench
        .ok(&SERVICE, "CreateService", service(&set.blue, "CODE_DEPLOY"));
    assert_eq!(again["service"]["serviceArn"], described["serviceArn"]);
    let other = with(service(&set.blue, "CODE_DEPLOY"), "/desiredCount", json!(3));
    assert_eq!(
        set.bench.fault(&SERVICE, "CreateService", other).message,
        "Creation of service was not idempotent."
    );

    for (field, value, words) in [
        ("taskDefinition", json!("orders:1"), "task definition"),
        ("networkConfiguration", json!({}), "network parameters"),
        ("loadBalancers", json!([]), "load balancers"),
        ("platformVersion", json!("1.4.0"), "platform version"),
    ] {
        let mut input = of_service();
        input[field] = value;
        assert_eq!(
            set.bench.fault(&SERVICE, "UpdateService", input).message,
            format!(
                "Unable to update {words} on services with a CODE_DEPLOY deployment controller. Use AWS CodeDeploy to trigger a new deployment."
            )
        );
    }
    let changed = set.bench.ok(
        &SERVICE,
        "UpdateService",
        json!({"cluster": "main", "service": "orders", "desiredCount": 3, "healthCheckGracePeriodSeconds": 30}),
    );
    assert_eq!(changed["service"]["runningCount"], 3);
    let health = set.bench.ok(
        &elbv2::SERVICE,
        "DescribeTargetHealth",
        json!({"TargetGroupArn": set.blue}),
    );
    assert_eq!(
        health["TargetHealthDescriptions"].as_array().unwrap().len(),
        3
    );
}

#[test]
fn what_a_service_must_be() {
    let mut set = set();
    let instances = text(
        &set.bench.ok(
            &elbv2::SERVICE,
            "CreateTargetGroup",
            json!({"Name": "instances", "Protocol": "HTTP", "Port": 80, "VpcId": "vpc-0a"}),
        ),
        "/TargetGroups/0/TargetGroupArn",
    );
    let listener = set.bench.ok(
        &elbv2::SERVICE,
        "DescribeLoadBalancers",
        json!({"Names": ["main"]}),
    );
    set.bench.ok(
        &elbv2::SERVICE,
        "CreateListener",
        json!({"LoadBalancerArn": text(&listener, "/LoadBalancers/0/LoadBalancerArn"), "Protocol": "HTTP", "Port": 81,
               "DefaultActions": [{"Type": "forward", "TargetGroupArn": instances}]}),
    );
    let good = service(&set.blue, "CODE_DEPLOY");
    let green = set.green.clone();
    let cases = [
        (with(good.clone(), "/cluster", json!("other")), "ClusterNotFoundException", "Cluster not found.".to_owned()),
        (with(good.clone(), "/taskDefinition", json!("nobody")), "ClientException", "TaskDefinition not found.".to_owned()),
        (with(good.clone(), "/taskDefinition", json!("orders:latest")), "InvalidParameterException", "Invalid revision number. Number: latest".to_owned()),
        (without(good.clone(), "taskDefinition"), "InvalidParameterException", "TaskDefinition can not be blank.".to_owned()),
        (
            without(good.clone(), "networkConfiguration"),
            "InvalidParameterException",
            "Network Configuration must be provided when networkMode 'awsvpc' is specified.".to_owned(),
        ),
        (
            with(good.clone(), "/loadBalancers/0/targetGroupArn", json!(green)),
            "InvalidParameterException",
            format!("The target group with targetGroupArn {green} does not have an associated load balancer."),
        ),
        (
            with(good.clone(), "/loadBalancers/0/targetGroupArn", json!(instances)),
            "InvalidParameterException",
            format!("The provided target group {instances} has target type instance, which is incompatible with the awsvpc network mode specified in the task definition."),
        ),
        (
            with(good.clone(), "/loadBalancers/0/containerName", json!("other")),
            "InvalidParameterException",
            "The container other does not exist in the task definition.".to_owned(),
        ),
        (
            with(good.clone(), "/loadBalancers/0/containerPort", json!(80)),
            "InvalidParameterException",
            "The container orders did not have a container port 80 defined.".to_owned(),
        ),
        (
            with(good.clone(), "/deploymentConfiguration", json!({"deploymentCircuitBreaker": {"enable": true, "rollback": true}})),
            "InvalidParameterException",
            "Deployment circuit breaker feature is only supported with ECS deployment controller. Update to ECS deployment controller and try again.".to_owned(),
        ),
    ];
    for (input, code, message) in cases {
        let fault = set.bench.fault(&SERVICE, "CreateService", input);
        assert_eq!((fault.code.as_str(), fault.message), (code, message));
    }
    for input in [
        with(good.clone(), "/loadBalancers", json!([])),
        with(good.clone(), "/schedulingStrategy", json!("DAEMON")),
        with(good.clone(), "/clientToken", json!("x".repeat(37))),
        with(good.clone(), "/serviceName", json!("a b")),
        without(good.clone(), "desiredCount"),
        with(
            good.clone(),
            "/networkConfiguration/awsvpcConfiguration/subnets",
            json!([]),
        ),
    ] {
        assert_eq!(
            set.bench.fault(&SERVICE, "CreateService", input).code,
            "InvalidParameterException"
        );
    }
    set.bench.ok(
        &SERVICE,
        "DeregisterTaskDefinition",
        json!({"taskDefinition": "orders:1"}),
    );
    assert_eq!(
        set.bench.fault(&SERVICE, "CreateService", good).message,
        "TaskDefinition is inactive"
    );
}

#[test]
fn a_service_that_ecs_deploys() {
    let mut set = set();
    set.bench
        .ok(&SERVICE, "CreateService", service(&set.blue, "ECS"));
    let before = describe(&mut set);
    assert_eq!(before["deployments"][0]["rolloutState"], "COMPLETED");
    assert!(before.get("taskSets").is_none());
    set.bench
        .ok(&SERVICE, "RegisterTaskDefinition", definition());
    let mut input = of_service();
    input["taskDefinition"] = json!("orders");
    set.bench.ok(&SERVICE, "UpdateService", input);
    let after = describe(&mut set);
    assert_ne!(
        before["deployments"][0]["id"],
        after["deployments"][0]["id"]
    );
    assert_eq!(
        after["taskDefinition"],
        "arn:aws:ecs:ap-northeast-2:558846431111:task-definition/orders:2"
    );
    assert_eq!(after["runningCount"], 2);
    let tasks = set.bench.ok(
        &SERVICE,
        "ListTasks",
        json!({"cluster": "main", "serviceName": "orders"}),
    );
    let arns = tasks["taskArns"].clone();
    assert_eq!(arns.as_array().unwrap().len(), 2);
    let described = set.bench.ok(
        &SERVICE,
        "DescribeTasks",
        json!({"cluster": "main", "tasks": arns}),
    );
    assert_eq!(
        described["tasks"][0]["taskDefinitionArn"],
        after["taskDefinition"]
    );
    assert_eq!(described["tasks"][0]["lastStatus"], "RUNNING");
    let missing = set.bench.ok(
        &SERVICE,
        "DescribeTasks",
        json!({"cluster": "main", "tasks": ["abc"]}),
    );
    assert_eq!(missing["failures"][0]["reason"], "MISSING");
    let back = json!({"cluster": "main", "service": "orders", "deploymentController": {"type": "CODE_DEPLOY"}});
    assert_eq!(
        set.bench.fault(&SERVICE, "UpdateService", back).code,
        "InvalidParameterException"
    );
}

#[test]
fn deleting_a_service() {
    let mut set = set();
    set.bench
        .ok(&SERVICE, "CreateService", service(&set.blue, "CODE_DEPLOY"));
    assert_eq!(
        set.bench
            .fault(&SERVICE, "DeleteService", of_service())
            .message,
        "The service cannot be stopped while it is scaled above 0."
    );
    assert_eq!(
        set.bench
            .fault(&SERVICE, "DeleteCluster", json!({"cluster": "main"}))
            .code,
        "ClusterContainsServicesException"
    );
    let mut forced = of_service();
    forced["force"] = json!(true);
    let answer = set.bench.ok(&SERVICE, "DeleteService", forced.clone());
    assert_eq!(answer["service"]["status"], "DRAINING");
    assert_eq!(describe(&mut set)["status"], "INACTIVE");
    assert_eq!(
        set.bench.fault(&SERVICE, "DeleteService", forced).code,
        "ServiceNotFoundException"
    );
    assert_eq!(
        set.bench
            .fault(&SERVICE, "UpdateService", of_service())
            .code,
        "ServiceNotActiveException"
    );
    let health = set.bench.ok(
        &elbv2::SERVICE,
        "DescribeTargetHealth",
        json!({"TargetGroupArn": set.blue}),
    );
    assert_eq!(health["TargetHealthDescriptions"], json!([]));
    set.bench
        .ok(&SERVICE, "CreateService", service(&set.blue, "ECS"));
    let listed = set
        .bench
        .ok(&SERVICE, "ListServices", json!({"cluster": "main"}));
    assert_eq!(listed["serviceArns"].as_array().unwrap().len(), 1);
}

#[test]
fn task_sets_take_over() {
    let mut set = set();
    set.bench
        .ok(&SERVICE, "CreateService", service(&set.blue, "CODE_DEPLOY"));
    let balancer = set
        .bench
        .ok(&elbv2::SERVICE, "DescribeLoadBalancers", json!({}));
    set.bench.ok(
        &elbv2::SERVICE,
        "CreateListener",
        json!({"LoadBalancerArn": text(&balancer, "/LoadBalancers/0/LoadBalancerArn"), "Protocol": "HTTP", "Port": 9000,
               "DefaultActions": [{"Type": "forward", "TargetGroupArn": set.green}]}),
    );
    let made = set.bench.ok(
        &SERVICE,
        "CreateTaskSet",
        json!({"cluster": "main", "service": "orders", "taskDefinition": "orders:1", "launchType": "FARGATE",
               "scale": {"value": 100, "unit": "PERCENT"}, "externalId": "d-1",
               "loadBalancers": [{"targetGroupArn": set.green, "containerName": "orders", "containerPort": 8080}],
               "networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-0a"]}}}),
    );
    let green = text(&made, "/taskSet/id");
    let blue = text(&describe(&mut set), "/taskSets/0/id");
    let of = |id: &str| json!({"cluster": "main", "service": "orders", "taskSet": id});
    assert_eq!(
        set.bench.fault(&SERVICE, "DeleteTaskSet", of(&blue)).code,
        "InvalidParameterException"
    );
    set.bench.ok(
        &SERVICE,
        "UpdateServicePrimaryTaskSet",
        json!({"cluster": "main", "service": "orders", "primaryTaskSet": green}),
    );
    let described = describe(&mut set);
    assert_eq!(described["loadBalancers"][0]["targetGroupArn"], set.green);
    assert_eq!(described["runningCount"], 4);
    let mut scaled = of(&blue);
    scaled["scale"] = json!({"value": 0, "unit": "PERCENT"});
    set.bench.ok(&SERVICE, "UpdateTaskSet", scaled);
    let gone = set.bench.ok(&SERVICE, "DeleteTaskSet", of(&blue));
    assert_eq!(gone["taskSet"]["status"], "DRAINING");
    let left = set.bench.ok(
        &SERVICE,
        "DescribeTaskSets",
        json!({"cluster": "main", "service": "orders", "taskSets": [green, blue]}),
    );
    assert_eq!(left["taskSets"][0]["status"], "PRIMARY");
    assert_eq!(left["failures"][0]["reason"], "MISSING");
    assert_eq!(
        set.bench.fault(&SERVICE, "DeleteTaskSet", of(&blue)).code,
        "TaskSetNotFoundException"
    );
}

#[test]
fn an_external_controller_brings_everything_with_task_sets() {
    let mut set = set();
    set.bench.ok(
        &SERVICE,
        "CreateService",
        json!({"cluster": "main", "serviceName": "orders", "desiredCount": 1, "deploymentController": {"type": "EXTERNAL"}}),
    );
    let described = describe(&mut set);
    assert_eq!(described["runningCount"], 0);
    assert_eq!(described["taskSets"], json!([]));
    let made = set.bench.ok(
        &SERVICE,
        "CreateTaskSet",
        json!({"cluster": "main", "service": "orders", "taskDefinition": "orders", "launchType": "FARGATE",
               "networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-0a"]}}}),
    );
    assert_eq!(made["taskSet"]["status"], "ACTIVE");
    assert_eq!(describe(&mut set)["runningCount"], 1);
}

#[test]
fn ec2_services_wait_for_instances() {
    let mut set = set();
    let input = with(service(&set.blue, "ECS"), "/launchType", json!("EC2"));
    set.bench.ok(&SERVICE, "CreateService", input);
    let described = describe(&mut set);
    assert_eq!(described["runningCount"], 0);
    assert!(
        described["events"][0]["message"]
            .as_str()
            .unwrap()
            .contains("No Container Instances were found")
    );
}

#[test]
fn describing_services_has_limits() {
    let mut set = set();
    let answer = set.bench.ok(
        &SERVICE,
        "DescribeServices",
        json!({"cluster": "main", "services": ["nobody"]}),
    );
    assert_eq!(
        answer["failures"],
        json!([{"arn": "arn:aws:ecs:ap-northeast-2:558846431111:service/main/nobody", "reason": "MISSING"}])
    );
    let many: Vec<String> = (0..11).map(|n| format!("s{n}")).collect();
    for services in [json!([]), json!(many)] {
        let fault = set.bench.fault(
            &SERVICE,
            "DescribeServices",
            json!({"cluster": "main", "services": services}),
        );
        assert_eq!(fault.code, "InvalidParameterException");
    }
    let foreign = json!({"cluster": "arn:aws:ecs:ap-northeast-2:202949997891:cluster/main", "services": ["x"]});
    assert!(
        set.bench
            .fault(&SERVICE, "DescribeServices", foreign)
            .message
            .starts_with("Identifier is for 202949997891")
    );
}

#[test]
fn tags_of_all_kinds() {
    let mut set = set();
    set.bench
        .ok(&SERVICE, "CreateService", service(&set.blue, "CODE_DEPLOY"));
    let task_set = text(&describe(&mut set), "/taskSets/0/taskSetArn");
    let base = "arn:aws:ecs:ap-northeast-2:558846431111:";
    for arn in [
        format!("{base}cluster/main"),
        format!("{base}service/main/orders"),
        format!("{base}task-definition/orders:1"),
        task_set,
    ] {
        let tags = json!([{"key": "a", "value": "1"}, {"key": "b", "value": "2"}]);
        set.bench.ok(
            &SERVICE,
            "TagResource",
            json!({"resourceArn": arn, "tags": tags}),
        );
        set.bench.ok(
            &SERVICE,
            "UntagResource",
            json!({"resourceArn": arn, "tagKeys": ["a"]}),
        );
        let left = set
            .bench
            .ok(&SERVICE, "ListTagsForResource", json!({"resourceArn": arn}));
        assert_eq!(left["tags"], json!([{"key": "b", "value": "2"}]), "{arn}");
    }
    let fault = set.bench.fault(
        &SERVICE,
        "TagResource",
        json!({"resourceArn": format!("{base}service/main/x"), "tags": []}),
    );
    assert_eq!(fault.code, "ResourceNotFoundException");
}
