#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

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

#[test]
fn applications() {
    let mut bench = bench();
    let got = bench.ok(
        &SERVICE,
        "GetApplication",
        json!({"applicationName": "orders"}),
    );
    assert_eq!(got["application"]["computePlatform"], "ECS");
    assert_eq!(
        bench
            .fault(
                &SERVICE,
                "CreateApplication",
                json!({"applicationName": "orders"})
            )
            .code,
        "ApplicationAlreadyExistsException"
    );
    for (input, code) in [
        (json!({}), "ApplicationNameRequiredException"),
        (
            json!({"applicationName": "a b"}),
            "InvalidApplicationNameException",
        ),
        (
            json!({"applicationName": "x".repeat(101)}),
            "InvalidApplicationNameException",
        ),
        (
            json!({"applicationName": "x", "computePlatform": "EKS"}),
            "InvalidComputePlatformException",
        ),
        (
            json!({"applicationName": "x", "tags": [{"Key": ""}]}),
            "InvalidTagsToAddException",
        ),
    ] {
        assert_eq!(bench.fault(&SERVICE, "CreateApplication", input).code, code);
    }
    bench.ok(
        &SERVICE,
        "UpdateApplication",
        json!({"applicationName": "orders", "newApplicationName": "billing"}),
    );
    assert_eq!(
        bench.ok(&SERVICE, "ListApplications", json!({}))["applications"],
        json!(["billing"])
    );
    let fault = bench.fault(
        &SERVICE,
        "GetApplication",
        json!({"applicationName": "orders"}),
    );
    assert_eq!(
        (fault.code.as_str(), fault.message.as_str()),
        (
            "ApplicationDoesNotExistException",
            "No application found for name: orders"
        )
    );
    bench.ok(
        &SERVICE,
        "DeleteApplication",
        json!({"applicationName": "billing"}),
    );
    bench.ok(
        &SERVICE,
        "DeleteApplication",
        json!({"applicationName": "billing"}),
    );
}

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
fn configurations() {
    let mut bench = bench();
    let listed = bench.ok(&SERVICE, "ListDeploymentConfigs", json!({}));
    let of_ecs: Vec<&str> = listed["deploymentConfigsList"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Value::as_str)
        .filter(|name| name.contains(".ECS"))
        .collect();
    assert_eq!(
        of_ecs,
        [
            "CodeDeployDefault.ECSAllAtOnce",
            "CodeDeployDefault.ECSCanary10Percent15Minutes",
            "CodeDeployDefault.ECSCanary10Percent5Minutes",
            "CodeDeployDefault.ECSLinear10PercentEvery1Minutes",
            "CodeDeployDefault.ECSLinear10PercentEvery3Minutes",
        ]
    );
    let got = bench.ok(
        &SERVICE,
        "GetDeploymentConfig",
        json!({"deploymentConfigName": of_ecs[2]}),
    );
    assert_eq!(
        got["deploymentConfigInfo"]["trafficRoutingConfig"],
        json!({"type": "TimeBasedCanary", "timeBasedCanary": {"canaryPercentage": 10, "canaryInterval": 5}})
    );
    let linear = json!({"type": "TimeBasedLinear", "timeBasedLinear": {"linearPercentage": 25, "linearInterval": 2}});
    let named = |name: &str| json!({"deploymentConfigName": name, "computePlatform": "ECS", "trafficRoutingConfig": linear});
    bench.ok(&SERVICE, "CreateDeploymentConfig", named("slow"));
    for (input, code) in [
        (named("slow"), "DeploymentConfigAlreadyExistsException"),
        (
            named("CodeDeployDefault.Mine"),
            "InvalidDeploymentConfigNameException",
        ),
        (
            with(
                named("x"),
                "/trafficRoutingConfig/timeBasedLinear/linearPercentage",
                json!(100),
            ),
            "InvalidTrafficRoutingConfigurationException",
        ),
        (
            without(named("x"), "/trafficRoutingConfig"),
            "InvalidTrafficRoutingConfigurationException",
        ),
        (
            json!({"deploymentConfigName": "x"}),
            "InvalidMinimumHealthyHostValueException",
        ),
    ] {
        assert_eq!(
            bench.fault(&SERVICE, "CreateDeploymentConfig", input).code,
            code
        );
    }
    let mut input = group(&mut bench);
    input["deploymentConfigName"] = json!("slow");
    bench.ok(&SERVICE, "CreateDeploymentGroup", input);
    let slow = json!({"deploymentConfigName": "slow"});
    assert_eq!(
        bench
            .fault(&SERVICE, "DeleteDeploymentConfig", slow.clone())
            .code,
        "DeploymentConfigInUseException"
    );
    bench.ok(
        &SERVICE,
        "DeleteDeploymentGroup",
        json!({"applicationName": "orders", "deploymentGroupName": "orders"}),
    );
    bench.ok(&SERVICE, "DeleteDeploymentConfig", slow.clone());
    assert_eq!(
        bench.fault(&SERVICE, "GetDeploymentConfig", slow).code,
        "DeploymentConfigDoesNotExistException"
    );
    let own = json!({"deploymentConfigName": "CodeDeployDefault.OneAtATime"});
    assert_eq!(
        bench.fault(&SERVICE, "DeleteDeploymentConfig", own).code,
        "InvalidOperationException"
    );
}

#[test]
fn server_groups_and_tags() {
    let mut bench = bench();
    let trust = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
        "Principal": {"Service": "codedeploy.amazonaws.com"}, "Action": "sts:AssumeRole"}]});
    bench.ok(
        &iam::SERVICE,
        "CreateRole",
        json!({"RoleName": "servers", "AssumeRolePolicyDocument": trust.to_string()}),
    );
    bench.ok(
        &SERVICE,
        "CreateApplication",
        json!({"applicationName": "fleet", "tags": [{"Key": "a", "Value": "1"}]}),
    );
    bench.ok(
        &SERVICE,
        "CreateDeploymentGroup",
        json!({"applicationName": "fleet", "deploymentGroupName": "all",
               "serviceRoleArn": format!("arn:aws:iam::{ACCOUNT}:role/servers"),
               "autoScalingGroups": ["asg"], "tags": [{"Key": "b", "Value": "2"}]}),
    );
    let got = bench.ok(
        &SERVICE,
        "GetDeploymentGroup",
        json!({"applicationName": "fleet", "deploymentGroupName": "all"}),
    );
    let info = &got["deploymentGroupInfo"];
    assert_eq!(info["deploymentConfigName"], "CodeDeployDefault.OneAtATime");
    assert_eq!(info["autoScalingGroups"], json!([{"name": "asg"}]));
    let arn = |rest: &str| format!("arn:aws:codedeploy:{REGION}:{ACCOUNT}:{rest}");
    for (rest, expected) in [
        ("application:fleet", "a"),
        ("deploymentgroup:fleet/all", "b"),
    ] {
        let tags = bench.ok(
            &SERVICE,
            "ListTagsForResource",
            json!({"ResourceArn": arn(rest)}),
        );
        assert_eq!(tags["Tags"][0]["Key"], expected);
        bench.ok(
            &SERVICE,
            "TagResource",
            json!({"ResourceArn": arn(rest), "Tags": [{"Key": "c", "Value": "3"}]}),
        );
        bench.ok(
            &SERVICE,
            "UntagResource",
            json!({"ResourceArn": arn(rest), "TagKeys": [expected]}),
        );
        let tags = bench.ok(
            &SERVICE,
            "ListTagsForResource",
            json!({"ResourceArn": arn(rest)}),
        );
        assert_eq!(tags["Tags"], json!([{"Key": "c", "Value": "3"}]));
    }
    for (rest, code) in [
        ("application:x", "ApplicationDoesNotExistException"),
        (
            "deploymentgroup:fleet/x",
            "DeploymentGroupDoesNotExistException",
        ),
        ("deploymentconfig:x", "ArnNotSupportedException"),
    ] {
        assert_eq!(
            bench
                .fault(
                    &SERVICE,
                    "ListTagsForResource",
                    json!({"ResourceArn": arn(rest)})
                )
                .code,
            code
        );
    }
    assert_eq!(
        bench
            .fault(&SERVICE, "ListTagsForResource", json!({"ResourceArn": "x"}))
            .code,
        "InvalidArnException"
    );
}

#[test]
fn no_deployments_yet() {
    let mut bench = bench();
    let input = group(&mut bench);
    bench.ok(&SERVICE, "CreateDeploymentGroup", input);
    let listed = bench.ok(
        &SERVICE,
        "ListDeployments",
        json!({"applicationName": "orders", "deploymentGroupName": "orders"}),
    );
    assert_eq!(listed["deployments"], json!([]));
    for (operation, input, code) in [
        (
            "ListDeployments",
            json!({"applicationName": "orders", "deploymentGroupName": "x"}),
            "DeploymentGroupDoesNotExistException",
        ),
        (
            "ListDeployments",
            json!({"includeOnlyStatuses": ["Lost"]}),
            "InvalidDeploymentStatusException",
        ),
        (
            "GetDeployment",
            json!({"deploymentId": "d-ABCDEF123"}),
            "DeploymentDoesNotExistException",
        ),
        (
            "GetDeployment",
            json!({"deploymentId": "x"}),
            "InvalidDeploymentIdException",
        ),
        (
            "BatchGetDeployments",
            json!({}),
            "DeploymentIdRequiredException",
        ),
    ] {
        assert_eq!(
            bench.fault(&SERVICE, operation, input).code,
            code,
            "{operation}"
        );
    }
}
