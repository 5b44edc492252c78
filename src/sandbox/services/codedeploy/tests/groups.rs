//! Deployment groups of ECS applications, against what is there.

use super::*;

#[test]
fn a_group_for_the_service_that_is_there() {
    let mut bench = bench();
    let input = group(&mut bench);
    let made = bench.ok(&SERVICE, "CreateDeploymentGroup", input.clone());
    let names = json!({"applicationName": "orders", "deploymentGroupName": "orders"});
    let got = bench.ok(&SERVICE, "GetDeploymentGroup", names.clone());
    let info = &got["deploymentGroupInfo"];
    assert_eq!(info["deploymentGroupId"], made["deploymentGroupId"]);
    assert_eq!(info["computePlatform"], "ECS");
    for member in [
        "ecsServices",
        "loadBalancerInfo",
        "blueGreenDeploymentConfiguration",
        "serviceRoleArn",
        "deploymentConfigName",
    ] {
        assert_eq!(info[member], input[member], "{member}");
    }
    let fault = bench.fault(&SERVICE, "CreateDeploymentGroup", input.clone());
    assert_eq!(fault.code, "DeploymentGroupAlreadyExistsException");
    let second = with(input, "/deploymentGroupName", json!("second"));
    let fault = bench.fault(&SERVICE, "CreateDeploymentGroup", second);
    assert_eq!(fault.code, "ECSServiceMappingLimitExceededException");
    bench.ok(
        &SERVICE,
        "UpdateDeploymentGroup",
        json!({"applicationName": "orders", "currentDeploymentGroupName": "orders", "newDeploymentGroupName": "again",
               "deploymentConfigName": "CodeDeployDefault.ECSAllAtOnce"}),
    );
    let batch = bench.ok(
        &SERVICE,
        "BatchGetDeploymentGroups",
        json!({"applicationName": "orders", "deploymentGroupNames": ["again", "orders"]}),
    );
    assert_eq!(
        batch["deploymentGroupsInfo"][0]["deploymentConfigName"],
        "CodeDeployDefault.ECSAllAtOnce"
    );
    assert_eq!(
        batch["errorMessage"],
        "No Deployment Group found for name: orders"
    );
    assert_eq!(
        bench
            .fault(&SERVICE, "GetDeploymentGroup", names.clone())
            .code,
        "DeploymentGroupDoesNotExistException"
    );
    bench.ok(
        &SERVICE,
        "DeleteDeploymentGroup",
        json!({"applicationName": "orders", "deploymentGroupName": "again"}),
    );
    bench.ok(&SERVICE, "DeleteDeploymentGroup", names);
    assert_eq!(
        bench.ok(
            &SERVICE,
            "ListDeploymentGroups",
            json!({"applicationName": "orders"})
        )["deploymentGroups"],
        json!([])
    );
}

#[test]
fn what_a_group_must_look_like() {
    let mut bench = bench();
    let good = group(&mut bench);
    let pair = "/loadBalancerInfo/targetGroupPairInfoList/0";
    let other = json!({"name": "orders-blue"});
    let at = |part: &str| format!("{pair}/{part}");
    for (input, code, message) in [
        (
            without(good.clone(), "/serviceRoleArn"),
            "RoleRequiredException",
            "",
        ),
        (
            with(good.clone(), "/applicationName", json!("nobody")),
            "ApplicationDoesNotExistException",
            "",
        ),
        (
            with(good.clone(), "/deploymentGroupName", json!("a b")),
            "InvalidDeploymentGroupNameException",
            "",
        ),
        (
            with(
                good.clone(),
                "/deploymentConfigName",
                json!("CodeDeployDefault.ECSTrafficShift"),
            ),
            "DeploymentConfigDoesNotExistException",
            "",
        ),
        (
            with(
                good.clone(),
                "/deploymentConfigName",
                json!("CodeDeployDefault.OneAtATime"),
            ),
            "InvalidDeploymentConfigNameException",
            "",
        ),
        (
            without(good.clone(), "/deploymentStyle"),
            "InvalidDeploymentStyleException",
            "For ECS deployment group, the deployment type must be BLUE_GREEN, and deployment option must be WITH_TRAFFIC_CONTROL",
        ),
        (
            without(good.clone(), "/blueGreenDeploymentConfiguration"),
            "InvalidBlueGreenDeploymentConfigurationException",
            "For ECS deployment group, blueGreenDeploymentConfiguration must be specified",
        ),
        (
            with(
                good.clone(),
                "/blueGreenDeploymentConfiguration/terminateBlueInstancesOnDeploymentSuccess/terminationWaitTimeInMinutes",
                json!(2881),
            ),
            "InvalidBlueGreenDeploymentConfigurationException",
            "",
        ),
        (
            with(
                good.clone(),
                "/blueGreenDeploymentConfiguration/greenFleetProvisioningOption",
                json!({"action": "DISCOVER_EXISTING"}),
            ),
            "InvalidBlueGreenDeploymentConfigurationException",
            "",
        ),
        (
            without(good.clone(), "/loadBalancerInfo"),
            "InvalidLoadBalancerInfoException",
            "For ECS deployment group, loadBalancerInfo must be specified",
        ),
        (
            with(
                good.clone(),
                "/loadBalancerInfo/elbInfoList",
                json!([{"name": "x"}]),
            ),
            "InvalidLoadBalancerInfoException",
            "For ECS deployment group, loadBalancerInfo must not contain elbInfo list",
        ),
        (
            with(
                good.clone(),
                "/loadBalancerInfo/targetGroupInfoList",
                json!([{"name": "x"}]),
            ),
            "InvalidLoadBalancerInfoException",
            "For ECS deployment group, loadBalancerInfo must not contain targetGroupInfo list",
        ),
        (
            with(good.clone(), &at("targetGroups/1"), other),
            "InvalidTargetGroupPairException",
            "Target group pair must have distinct target groups.",
        ),
        (
            with(
                good.clone(),
                &at("prodTrafficRoute"),
                json!({"listenerArns": ["a", "b"]}),
            ),
            "InvalidTrafficRoutingConfigurationException",
            "Production traffic route must have exactly one listener Arn",
        ),
        (
            with(good.clone(), "/ecsServices", json!([])),
            "InvalidECSServiceException",
            "",
        ),
        (
            with(
                good.clone(),
                "/autoRollbackConfiguration",
                json!({"enabled": true}),
            ),
            "InvalidAutoRollbackConfigException",
            "",
        ),
        (
            with(
                good.clone(),
                "/alarmConfiguration",
                json!({"enabled": true}),
            ),
            "InvalidAlarmConfigException",
            "",
        ),
        (
            with(
                good.clone(),
                "/triggerConfigurations",
                json!([{"triggerName": "x", "triggerTargetArn": "y"}]),
            ),
            "InvalidTriggerConfigException",
            "",
        ),
        (
            with(good.clone(), "/serviceRoleArn", json!("codedeploy")),
            "InvalidRoleException",
            "",
        ),
    ] {
        let fault = bench.fault(&SERVICE, "CreateDeploymentGroup", input);
        assert_eq!(fault.code, code, "{}", fault.message);
        if !message.is_empty() {
            assert_eq!(fault.message, message);
        }
    }
}

#[test]
fn what_must_be_there() {
    let mut bench = bench();
    let good = group(&mut bench);
    let pair = "/loadBalancerInfo/targetGroupPairInfoList/0";
    for (input, code, part) in [
        (
            with(
                good.clone(),
                "/serviceRoleArn",
                json!(format!("arn:aws:iam::{ACCOUNT}:role/nobody")),
            ),
            "InvalidRoleException",
            "AWS CodeDeploy does not have the permissions required to assume the role",
        ),
        (
            with(good.clone(), "/ecsServices/0/clusterName", json!("x")),
            "InvalidECSServiceException",
            "Could not load ECS service information for cluster: x, service: orders.",
        ),
        (
            with(good.clone(), "/ecsServices/0/serviceName", json!("x")),
            "InvalidECSServiceException",
            "Could not load ECS service information for cluster: main, service: x.",
        ),
        (
            with(
                good.clone(),
                &format!("{pair}/targetGroups/1/name"),
                json!("x"),
            ),
            "InvalidTargetGroupPairException",
            "must contain a valid pair of target groups that identify a load balancer.",
        ),
        (
            with(
                good.clone(),
                &format!("{pair}/prodTrafficRoute/listenerArns"),
                json!(["arn:aws:elasticloadbalancing:x"]),
            ),
            "InvalidLoadBalancerInfoException",
            "could not be found",
        ),
    ] {
        let fault = bench.fault(&SERVICE, "CreateDeploymentGroup", input);
        assert_eq!(fault.code, code, "{}", fault.message);
        assert!(fault.message.contains(part), "{}", fault.message);
    }
    // The trust names this application's groups only.
    bench.ok(
        &SERVICE,
        "CreateApplication",
        json!({"applicationName": "billing", "computePlatform": "ECS"}),
    );
    let elsewhere = with(good.clone(), "/applicationName", json!("billing"));
    let fault = bench.fault(&SERVICE, "CreateDeploymentGroup", elsewhere);
    assert_eq!(
        fault.message,
        format!("AWS CodeDeploy does not have the permissions required to assume the role {ROLE}.")
    );
}

#[test]
fn groups_that_do_not_fit_the_service() {
    let mut bench = bench();
    let good = group(&mut bench);
    let pair = "/loadBalancerInfo/targetGroupPairInfoList/0";
    let vpc = bench.world.accounts[ACCOUNT].regions[REGION]
        .network
        .vpc
        .clone()
        .unwrap();
    for (name, kind, protocol, vpc) in [
        ("instances", "instance", "HTTP", vpc.as_str()),
        ("tcp", "ip", "TCP", vpc.as_str()),
        ("elsewhere", "ip", "HTTP", "vpc-0f"),
    ] {
        bench.ok(
            &elbv2::SERVICE,
            "CreateTargetGroup",
            json!({"Name": name, "Protocol": protocol, "Port": 80, "VpcId": vpc, "TargetType": kind}),
        );
        let input = with(
            good.clone(),
            &format!("{pair}/targetGroups/1/name"),
            json!(name),
        );
        assert_eq!(
            bench.fault(&SERVICE, "CreateDeploymentGroup", input).code,
            "InvalidTargetGroupPairException",
            "{name}"
        );
    }
    // The listener is moved to the other group: the primary one is no longer behind it.
    let groups = bench.ok(
        &elbv2::SERVICE,
        "DescribeTargetGroups",
        json!({"Names": ["orders-green"]}),
    );
    let listener = listener(&mut bench);
    bench.ok(
        &elbv2::SERVICE,
        "ModifyListener",
        json!({"ListenerArn": listener, "DefaultActions": [{"Type": "forward", "TargetGroupArn": groups["TargetGroups"][0]["TargetGroupArn"]}]}),
    );
    let fault = bench.fault(&SERVICE, "CreateDeploymentGroup", good.clone());
    assert_eq!(
        fault.message,
        format!("Primary taskset target group must be behind listener {listener}")
    );
    // A service that ECS deploys.
    bench.ok(
        &ecs::SERVICE,
        "UpdateService",
        json!({"cluster": "main", "service": "orders", "deploymentController": {"type": "ECS"}}),
    );
    assert_eq!(
        bench
            .fault(&SERVICE, "CreateDeploymentGroup", good.clone())
            .message,
        "Deployment group's ECS service must be configured for a CODE_DEPLOY deployment controller."
    );
    bench.ok(
        &ecs::SERVICE,
        "DeleteService",
        json!({"cluster": "main", "service": "orders", "force": true}),
    );
    assert_eq!(
        bench.fault(&SERVICE, "CreateDeploymentGroup", good).code,
        "InvalidECSServiceException"
    );
}

#[test]
fn a_network_load_balancer_shifts_all_at_once() {
    let mut bench = bench();
    let definition = bench.ok(
        &ecs::SERVICE,
        "DescribeServices",
        json!({"cluster": "main", "services": ["orders"]}),
    );
    let like = &definition["services"][0];
    let balancer = bench.ok(
        &elbv2::SERVICE,
        "CreateLoadBalancer",
        json!({"Name": "net", "Type": "network", "Subnets": ["subnet-0a"]}),
    );
    let mut names = Vec::new();
    for name in ["n1", "n2"] {
        let made = bench.ok(
            &elbv2::SERVICE,
            "CreateTargetGroup",
            json!({"Name": name, "Protocol": "TCP", "Port": 80, "VpcId": "vpc-0a", "TargetType": "ip"}),
        );
        names.push(made["TargetGroups"][0]["TargetGroupArn"].clone());
    }
    let listener = bench.ok(
        &elbv2::SERVICE,
        "CreateListener",
        json!({"LoadBalancerArn": balancer["LoadBalancers"][0]["LoadBalancerArn"], "Protocol": "TCP", "Port": 80,
               "DefaultActions": [{"Type": "forward", "TargetGroupArn": names[0]}]}),
    );
    bench.ok(
        &ecs::SERVICE,
        "CreateService",
        json!({"cluster": "main", "serviceName": "net", "taskDefinition": like["taskDefinition"], "desiredCount": 1,
               "launchType": "FARGATE", "deploymentController": {"type": "CODE_DEPLOY"},
               "networkConfiguration": like["networkConfiguration"],
               "loadBalancers": [{"targetGroupArn": names[0], "containerName": "orders", "containerPort": 8080}]}),
    );
    let input = group(&mut bench);
    let input = with(
        input,
        "/ecsServices",
        json!([{"clusterName": "main", "serviceName": "net"}]),
    );
    let pair = "/loadBalancerInfo/targetGroupPairInfoList/0";
    let input = with(
        input,
        &format!("{pair}/targetGroups"),
        json!([{"name": "n1"}, {"name": "n2"}]),
    );
    let arn = listener["Listeners"][0]["ListenerArn"].clone();
    let input = with(
        input,
        &format!("{pair}/prodTrafficRoute/listenerArns"),
        json!([arn]),
    );
    let fault = bench.fault(&SERVICE, "CreateDeploymentGroup", input.clone());
    assert_eq!(
        fault.message,
        "Only ALB supports gradual traffic routing, use AllAtOnce Traffic routing instead when you create/update Deployment group."
    );
    let input = with(
        input,
        "/deploymentConfigName",
        json!("CodeDeployDefault.ECSAllAtOnce"),
    );
    bench.ok(&SERVICE, "CreateDeploymentGroup", input);
}

#[test]
fn the_service_is_looked_up_in_the_roles_name() {
    let mut bench = bench();
    bench.allow(
        "orders-codedeploy",
        json!([{"Effect": "Allow", "Action": "ecs:CreateTaskSet", "Resource": "*"}]),
    );
    let input = group(&mut bench);
    let fault = bench.fault(&SERVICE, "CreateDeploymentGroup", input);
    assert_eq!(fault.code, "InvalidECSServiceException");
    assert_eq!(
        fault.message,
        format!(
            "Could not load ECS service information for cluster: main, service: orders. Cause: User: arn:aws:sts::{ACCOUNT}:assumed-role/orders-codedeploy/codedeploy is not authorized to perform: ecs:DescribeServices on resource: arn:aws:ecs:{REGION}:{ACCOUNT}:service/main/orders because no identity-based policy allows the ecs:DescribeServices action"
        )
    );
}
