//! Services: made, changed, deployed and deleted.

use super::*;

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
    assert_eq!(describe(&mut set)["pendingCount"], 2);
    set.bench.pass(60_000);
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
    assert_eq!(changed["service"]["pendingCount"], 1);
    set.bench.pass(60_000);
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
    set.bench.pass(60_000);
    let before = describe(&mut set);
    assert_eq!(before["deployments"][0]["rolloutState"], "COMPLETED");
    assert!(before.get("taskSets").is_none());
    set.bench
        .ok(&SERVICE, "RegisterTaskDefinition", definition());
    let mut input = of_service();
    input["taskDefinition"] = json!("orders");
    set.bench.ok(&SERVICE, "UpdateService", input);
    set.bench.pass(120_000);
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
    set.bench.pass(60_000);
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
    set.bench.pass(60_000);
    let described = describe(&mut set);
    assert_eq!(described["loadBalancers"][0]["targetGroupArn"], set.green);
    assert_eq!(described["runningCount"], 4);
    let mut scaled = of(&blue);
    scaled["scale"] = json!({"value": 0, "unit": "PERCENT"});
    set.bench.ok(&SERVICE, "UpdateTaskSet", scaled);
    let gone = set.bench.ok(&SERVICE, "DeleteTaskSet", of(&blue));
    assert_eq!(gone["taskSet"]["status"], "DRAINING");
    set.bench.pass(60_000);
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
    set.bench.pass(60_000);
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
