//! Applications, configurations, servers and tags.

use super::*;

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
