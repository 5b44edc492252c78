//! Deployments that are stopped, fail, and are rolled back.

use super::stage::*;
use super::*;
use crate::sandbox::services::cloudwatch;

fn with_alarm(input: Value) -> Value {
    let input = with(
        input,
        "/autoRollbackConfiguration",
        json!({"enabled": true, "events": ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM"]}),
    );
    with(
        input,
        "/alarmConfiguration",
        json!({"enabled": true, "alarms": [{"name": "orders-5xx"}]}),
    )
}

#[test]
fn an_alarm_stops_and_rolls_back() {
    let mut stage = stage(with_alarm);
    stage.bench.ok(
        &cloudwatch::SERVICE,
        "PutMetricAlarm",
        json!({"AlarmName": "orders-5xx", "MetricName": "HTTPCode_ELB_5XX_Count", "Namespace": "AWS/ApplicationELB",
               "Statistic": "Sum", "Period": 60, "EvaluationPeriods": 1, "Threshold": 1.0,
               "ComparisonOperator": "GreaterThanOrEqualToThreshold"}),
    );
    let id = stage.deploy(json!({}));
    stage.bench.pass(MINUTE);
    assert_eq!(stage.green_share(), 10.0);
    stage.bench.ok(
        &cloudwatch::SERVICE,
        "SetAlarmState",
        json!({"AlarmName": "orders-5xx", "StateValue": "ALARM", "StateReason": "by hand"}),
    );
    stage.bench.pass(30_000);
    let info = stage.info(&id);
    assert_eq!(info["status"], "Stopped");
    assert_eq!(
        info["errorInformation"],
        json!({"code": "ALARM_ACTIVE", "message": "One or more alarms have been activated according to the Amazon CloudWatch metrics you selected, and the affected deployments have been stopped. Activated alarms: <orders-5xx>"})
    );
    assert_eq!(
        stage.events(&id)[4..],
        ["AllowTraffic Failed", "AfterAllowTraffic Skipped"]
    );
    let back = info["rollbackInfo"]["rollbackDeploymentId"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(
        info["rollbackInfo"]["rollbackMessage"],
        format!(
            "Deployment {id} terminated. Automatic rollback is triggered with a DeploymentId {back}."
        )
    );
    let rollback = stage.info(&back);
    assert_eq!(rollback["status"], "Succeeded");
    assert_eq!(rollback["creator"], "codeDeployRollback");
    assert_eq!(
        rollback["deploymentConfigName"],
        "CodeDeployDefault.ECSAllAtOnce"
    );
    assert_eq!(
        rollback["rollbackInfo"]["rollbackMessage"],
        format!("Deployment {back} is triggered to roll back deployment {id}.")
    );
    assert_eq!(stage.green_share(), 0.0);
    assert_eq!(stage.primary_group(), stage.blue);
    assert_eq!(stage.service()["taskSets"].as_array().unwrap().len(), 1);
}

#[test]
fn an_image_that_is_missing_times_the_deployment_out() {
    let mut stage = stage(at_once);
    let missing = format!("{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/orders:nope");
    let definition = register(&mut stage.bench, &missing);
    let id = stage.deploy(json!({"revision": appspec(&definition)}));
    stage.bench.pass(5 * MINUTE);
    let stopped = stage.bench.ok(
        &ecs::SERVICE,
        "ListTasks",
        json!({"cluster": "main", "serviceName": "orders", "desiredStatus": "STOPPED"}),
    );
    let tasks = stage.bench.ok(
        &ecs::SERVICE,
        "DescribeTasks",
        json!({"cluster": "main", "tasks": stopped["taskArns"]}),
    );
    assert_eq!(
        tasks["tasks"][0]["stoppedReason"],
        format!(
            "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref {missing}: {missing}: not found"
        )
    );
    assert_eq!(tasks["tasks"][0]["stopCode"], "TaskFailedToStart");
    assert_eq!(stage.info(&id)["status"], "InProgress");
    stage.bench.pass(60 * MINUTE);
    let info = stage.info(&id);
    assert_eq!(info["status"], "Failed");
    assert_eq!(
        info["errorInformation"]["message"],
        "The deployment timed out while waiting for the replacement task set to become healthy. This time out period is 60 minutes."
    );
    assert_eq!(
        stage.events(&id)[1..3],
        ["Install Failed", "AfterInstall Skipped"]
    );
    assert!(info["rollbackInfo"]["rollbackDeploymentId"].is_string());
    assert_eq!(stage.primary_group(), stage.blue);
}

#[test]
fn a_rollback_asks_for_nothing_that_it_does_not_need() {
    let mut bench = bench();
    let balancers = bench.ok(&elbv2::SERVICE, "DescribeLoadBalancers", json!({}));
    let balancer = balancers["LoadBalancers"][0]["LoadBalancerArn"].clone();
    let mut stage = stage_of(bench, |bench, input| {
        let blue = blue(bench);
        let made = bench.ok(
            &elbv2::SERVICE,
            "CreateListener",
            json!({"LoadBalancerArn": balancer, "Protocol": "HTTP", "Port": 8080, "DefaultActions": [
                {"Type": "forward", "TargetGroupArn": blue}]}),
        );
        let test = made["Listeners"][0]["ListenerArn"].clone();
        with(
            input,
            "/loadBalancerInfo/targetGroupPairInfoList/0/testTrafficRoute",
            json!({"listenerArns": [test]}),
        )
    });
    stage.bench.allow(
        "orders-codedeploy",
        json!([{"Effect": "Allow", "Action": ["ecs:*", "elasticloadbalancing:Describe*", "iam:PassRole"], "Resource": "*"}]),
    );
    let id = stage.deploy(json!({}));
    stage.bench.pass(3 * MINUTE);
    let info = stage.info(&id);
    assert_eq!(info["errorInformation"]["code"], "IAM_ROLE_PERMISSIONS");
    assert_eq!(stage.events(&id)[3], "AllowTestTraffic Failed");
    let rollback = info["rollbackInfo"]["rollbackDeploymentId"].clone();
    let rollback = stage.info(rollback.as_str().unwrap());
    assert_eq!(rollback["status"], "Succeeded", "{rollback:#}");
    assert_eq!(stage.primary_group(), stage.blue);
}

#[test]
fn stopped_by_a_user() {
    let mut stage = stage(|it| it);
    let id = stage.deploy(json!({}));
    stage.bench.pass(MINUTE);
    stage.bench.ok(
        &SERVICE,
        "StopDeployment",
        json!({"deploymentId": id, "autoRollbackEnabled": true}),
    );
    assert_eq!(stage.info(&id)["status"], "Stopped");
    assert_eq!(stage.info(&id)["errorInformation"]["code"], "MANUAL_STOP");
    stage.bench.pass(MINUTE);
    assert_eq!(stage.green_share(), 0.0);
    assert_eq!(
        stage
            .bench
            .fault(&SERVICE, "StopDeployment", json!({"deploymentId": id}))
            .code,
        "DeploymentAlreadyCompletedException"
    );
    let next = stage.deploy(json!({"autoRollbackConfiguration": {"enabled": false, "events": []}}));
    stage.bench.pass(10_000);
    stage
        .bench
        .ok(&SERVICE, "StopDeployment", json!({"deploymentId": next}));
    stage.bench.pass(MINUTE);
    assert!(stage.info(&next).get("rollbackInfo").is_none());
    assert_eq!(stage.service()["taskSets"].as_array().unwrap().len(), 1);
}

#[test]
fn what_goes_wrong_is_said_in_awss_words() {
    // The task definition as the seeds wrote it.
    let mut first = stage(at_once);
    let latest = definition().replace(":2", ":latest");
    let id = first.deploy(json!({"revision": appspec(&latest)}));
    first.bench.pass(MINUTE);
    let error = first.info(&id)["errorInformation"].clone();
    assert_eq!(error["code"], "ECS_UPDATE_ERROR");
    assert!(
        error["message"].as_str().unwrap().starts_with(
            "The ECS service cannot be updated due to an unexpected error: Invalid revision number. Number: latest (Service: AmazonECS; Status Code: 400; Error Code: InvalidParameterException;"
        ),
        "{error}"
    );
    assert!(
        error["message"]
            .as_str()
            .unwrap()
            .ends_with("Check your ECS service status.")
    );

    // A revision that is gone.
    let mut second = stage(at_once);
    second.bench.ok(
        &ecs::SERVICE,
        "DeregisterTaskDefinition",
        json!({"taskDefinition": "orders:2"}),
    );
    let id = second.deploy(json!({}));
    second.bench.pass(MINUTE);
    assert!(
        second.info(&id)["errorInformation"]["message"]
            .as_str()
            .unwrap()
            .starts_with("The ECS service cannot be updated due to an unexpected error: TaskDefinition is inactive (")
    );

    // The listener points elsewhere.
    let mut third = stage(at_once);
    let (listener, green) = (third.listener.clone(), third.green.clone());
    third.bench.ok(
        &elbv2::SERVICE,
        "ModifyListener",
        json!({"ListenerArn": listener, "DefaultActions": [{"Type": "forward", "TargetGroupArn": green}]}),
    );
    let id = third.deploy(json!({}));
    third.bench.pass(MINUTE);
    assert_eq!(
        third.info(&id)["errorInformation"]["message"],
        format!(
            "The ELB could not be updated due to the following error: Primary taskset target group must be behind listener {listener}"
        )
    );

    // The role may not.
    let mut fourth = stage(at_once);
    fourth.bench.allow(
        "orders-codedeploy",
        json!([{"Effect": "Allow", "Action": ["ecs:*", "elasticloadbalancing:Describe*", "iam:PassRole"], "Resource": "*"}]),
    );
    let id = fourth.deploy(json!({}));
    fourth.bench.pass(2 * MINUTE);
    let error = fourth.info(&id)["errorInformation"].clone();
    assert_eq!(
        error,
        json!({"code": "IAM_ROLE_PERMISSIONS", "message": format!("The IAM role {ROLE} does not give you permission to perform operations in the following AWS service: AmazonElasticLoadBalancingV2. Contact your AWS administrator if you need help. If you are an AWS administrator, you can grant permissions to your users or groups by creating IAM policies.")})
    );
    let event = fourth.target(&id)["lifecycleEvents"][4].clone();
    assert_eq!(event["lifecycleEventName"], "AllowTraffic");
    assert!(
        event["diagnostics"]["message"]
            .as_str()
            .unwrap()
            .contains("elasticloadbalancing:ModifyListener"),
        "{event}"
    );

    // The role may not hand over the execution role.
    let mut fifth = stage(at_once);
    fifth.bench.allow(
        "orders-codedeploy",
        json!([{"Effect": "Allow", "Action": ["ecs:*", "elasticloadbalancing:*"], "Resource": "*"}]),
    );
    let id = fifth.deploy(json!({}));
    fifth.bench.pass(MINUTE);
    let error = fifth.info(&id)["errorInformation"].clone();
    assert_eq!(error["code"], "ECS_UPDATE_ERROR");
    let message = error["message"].as_str().unwrap();
    assert!(
        message.contains(&format!(
            "{id} is not authorized to perform: iam:PassRole on resource: arn:aws:iam::{ACCOUNT}:role/exec because no identity-based policy allows the iam:PassRole action"
        )),
        "{message}"
    );

    // The trust is gone.
    let mut sixth = stage(at_once);
    let trust = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "ecs.amazonaws.com"}, "Action": "sts:AssumeRole"}]});
    sixth.bench.ok(
        &iam::SERVICE,
        "UpdateAssumeRolePolicy",
        json!({"RoleName": "orders-codedeploy", "PolicyDocument": trust.to_string()}),
    );
    let id = sixth.deploy(json!({}));
    sixth.bench.pass(MINUTE);
    assert_eq!(
        sixth.info(&id)["errorInformation"]["message"],
        format!("AWS CodeDeploy does not have the permissions required to assume the role {ROLE}.")
    );

    // An archive where an AppSpec is wanted.
    let mut seventh = stage(at_once);
    let location = json!({"revisionType": "S3", "s3Location": {"bucket": "b", "key": "k", "bundleType": "zip"}});
    let id = seventh.deploy(json!({"revision": location}));
    seventh.bench.pass(MINUTE);
    assert_eq!(
        seventh.info(&id)["errorInformation"]["code"],
        "IAM_ROLE_PERMISSIONS"
    );
}

#[test]
fn what_a_deployment_must_say() {
    let mut stage = stage(at_once);
    let good = json!({"applicationName": "orders", "deploymentGroupName": "orders", "revision": appspec(&definition())});
    let broken =
        json!({"revisionType": "AppSpecContent", "appSpecContent": {"content": "version: 0.0"}});
    for (field, value, code) in [
        (
            "applicationName",
            json!("nobody"),
            "ApplicationDoesNotExistException",
        ),
        (
            "deploymentGroupName",
            json!("nobody"),
            "DeploymentGroupDoesNotExistException",
        ),
        (
            "deploymentGroupName",
            Value::Null,
            "DeploymentGroupNameRequiredException",
        ),
        ("revision", Value::Null, "RevisionRequiredException"),
        ("revision", broken, "InvalidRevisionException"),
        (
            "revision",
            json!({"revisionType": "GitHub", "gitHubLocation": {"repository": "a/b", "commitId": "c"}}),
            "InvalidRevisionException",
        ),
        (
            "deploymentConfigName",
            json!("CodeDeployDefault.ECSTrafficShift"),
            "DeploymentConfigDoesNotExistException",
        ),
        (
            "deploymentConfigName",
            json!("CodeDeployDefault.OneAtATime"),
            "InvalidDeploymentConfigNameException",
        ),
        (
            "description",
            json!("x".repeat(257)),
            "DescriptionTooLongException",
        ),
        (
            "autoRollbackConfiguration",
            json!({"enabled": true}),
            "InvalidAutoRollbackConfigException",
        ),
        (
            "overrideAlarmConfiguration",
            json!({"enabled": true}),
            "InvalidAlarmConfigException",
        ),
    ] {
        let mut input = good.clone();
        input[field] = value;
        assert_eq!(
            stage.bench.fault(&SERVICE, "CreateDeployment", input).code,
            code,
            "{field}"
        );
    }
}
