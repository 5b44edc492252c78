//! Deployments that run.

use super::*;
use crate::sandbox::services::{cloudwatch, logs};

const MINUTE: i64 = 60_000;

fn may() -> Value {
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
struct Stage {
    bench: Bench,
    listener: String,
    blue: String,
    green: String,
}

fn stage(change: impl FnOnce(Value) -> Value) -> Stage {
    let mut bench = bench();
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
    bench.ok(&SERVICE, "CreateDeploymentGroup", change(input));
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

fn register(bench: &mut Bench, image: &str) -> String {
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

fn appspec(definition: &str) -> Value {
    let content = json!({"version": 0.0, "Resources": [{"TargetService": {"Type": "AWS::ECS::Service", "Properties": {
        "TaskDefinition": definition,
        "LoadBalancerInfo": {"ContainerName": "orders", "ContainerPort": 8080}}}}]});
    json!({"revisionType": "AppSpecContent", "appSpecContent": {"content": content.to_string()}})
}

fn definition() -> String {
    format!("arn:aws:ecs:{REGION}:{ACCOUNT}:task-definition/orders:2")
}

impl Stage {
    fn deploy(&mut self, more: Value) -> String {
        let mut input = json!({"applicationName": "orders", "deploymentGroupName": "orders", "revision": appspec(&definition())});
        for (key, value) in more.as_object().unwrap() {
            input[key] = value.clone();
        }
        let made = self.bench.ok(&SERVICE, "CreateDeployment", input);
        made["deploymentId"].as_str().unwrap().to_owned()
    }

    fn info(&mut self, id: &str) -> Value {
        self.bench
            .ok(&SERVICE, "GetDeployment", json!({"deploymentId": id}))["deploymentInfo"]
            .clone()
    }

    fn target(&mut self, id: &str) -> Value {
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

    fn events(&mut self, id: &str) -> Vec<String> {
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
    fn green_share(&self) -> f64 {
        elbv2::share(
            &self.bench.world,
            ACCOUNT,
            REGION,
            &self.listener,
            &self.green,
        )
    }

    fn service(&mut self) -> Value {
        let got = self.bench.ok(
            &ecs::SERVICE,
            "DescribeServices",
            json!({"cluster": "main", "services": ["orders"]}),
        );
        got["services"][0].clone()
    }

    fn primary_group(&mut self) -> String {
        let service = self.service();
        let sets = service["taskSets"].as_array().unwrap();
        let primary = sets.iter().find(|it| it["status"] == "PRIMARY").unwrap();
        primary["loadBalancers"][0]["targetGroupArn"]
            .as_str()
            .unwrap()
            .to_owned()
    }
}

fn at_once(input: Value) -> Value {
    with(
        input,
        "/deploymentConfigName",
        json!("CodeDeployDefault.ECSAllAtOnce"),
    )
}

#[test]
fn a_deployment_lands() {
    let mut stage = stage(at_once);
    let id = stage.deploy(json!({"description": "from the pipeline"}));
    assert_eq!(stage.info(&id)["status"], "Created");
    assert_eq!(stage.events(&id)[0], "BeforeInstall Pending");
    let second = stage.bench.fault(
        &SERVICE,
        "CreateDeployment",
        json!({"applicationName": "orders", "deploymentGroupName": "orders", "revision": appspec(&definition())}),
    );
    assert_eq!(
        (second.code.as_str(), second.message),
        (
            "DeploymentLimitExceededException",
            format!("The Deployment Group 'orders' already has an active Deployment '{id}'")
        )
    );
    stage.bench.pass(10_000);
    assert_eq!(stage.info(&id)["status"], "InProgress");
    assert_eq!(stage.events(&id)[1], "Install InProgress");
    assert_eq!(stage.service()["taskSets"].as_array().unwrap().len(), 2);
    stage.bench.pass(MINUTE);
    // Traffic is over, and the original task set waits for its end.
    let info = stage.info(&id);
    assert_eq!(info["status"], "InProgress");
    assert_eq!(info["instanceTerminationWaitTimeStarted"], true);
    assert!(
        stage.events(&id).iter().all(|it| it.ends_with("Succeeded")),
        "{:?}",
        stage.events(&id)
    );
    assert_eq!(stage.green_share(), 100.0);
    assert_eq!(stage.primary_group(), stage.green);
    let target = stage.target(&id);
    let sets = target["taskSetsInfo"].as_array().unwrap();
    assert_eq!(sets.len(), 2);
    let green = sets
        .iter()
        .find(|it| it["taskSetLabel"] == "Green")
        .unwrap();
    assert_eq!(
        (
            &green["trafficWeight"],
            &green["status"],
            &green["targetGroup"]["name"],
            &green["runningCount"]
        ),
        (
            &json!(100.0),
            &json!("PRIMARY"),
            &json!("orders-green"),
            &json!(1)
        )
    );
    stage.bench.pass(6 * MINUTE);
    let info = stage.info(&id);
    assert_eq!(info["status"], "Succeeded");
    assert_eq!(info["deploymentOverview"]["Succeeded"], 1);
    assert_eq!(info["creator"], "user");
    assert!(info["revision"]["appSpecContent"].get("content").is_none());
    let revision = stage.bench.ok(
        &SERVICE,
        "GetApplicationRevision",
        json!({"applicationName": "orders", "revision": info["revision"]}),
    );
    assert!(
        revision["revision"]["appSpecContent"]["content"]
            .as_str()
            .unwrap()
            .contains("orders:2")
    );
    let service = stage.service();
    assert_eq!(service["taskSets"].as_array().unwrap().len(), 1);
    assert_eq!(service["taskDefinition"], definition());
    let streams = stage.bench.ok(
        &logs::SERVICE,
        "DescribeLogStreams",
        json!({"logGroupName": "/ecs/orders"}),
    );
    assert!(
        streams["logStreams"][0]["logStreamName"]
            .as_str()
            .unwrap()
            .starts_with("orders/orders/")
    );
    let blue = stage.blue.clone();
    let health = stage.bench.ok(
        &elbv2::SERVICE,
        "DescribeTargetHealth",
        json!({"TargetGroupArn": blue}),
    );
    assert_eq!(health["TargetHealthDescriptions"], json!([]));
    // The next one goes back into the first group.
    let next = stage.deploy(json!({}));
    stage.bench.pass(10 * MINUTE);
    assert_eq!(stage.info(&next)["status"], "Succeeded");
    assert_eq!(
        stage.info(&next)["previousRevision"]["revisionType"],
        "AppSpecContent"
    );
    assert_eq!(stage.green_share(), 0.0);
    let listed = stage.bench.ok(
        &SERVICE,
        "ListDeployments",
        json!({"applicationName": "orders", "deploymentGroupName": "orders", "includeOnlyStatuses": ["Succeeded"]}),
    );
    assert_eq!(listed["deployments"], json!([next, id]));
    let batch = stage.bench.ok(
        &SERVICE,
        "BatchGetDeployments",
        json!({"deploymentIds": [id, next]}),
    );
    assert_eq!(batch["deploymentsInfo"].as_array().unwrap().len(), 2);
}

#[test]
fn a_canary_gets_ten_per_cent_first() {
    let mut stage = stage(|it| it);
    let id = stage.deploy(json!({}));
    stage.bench.pass(MINUTE);
    assert_eq!(stage.green_share(), 10.0);
    assert_eq!(stage.primary_group(), stage.blue);
    assert_eq!(stage.events(&id)[4], "AllowTraffic InProgress");
    stage.bench.pass(5 * MINUTE);
    assert_eq!(stage.green_share(), 100.0);
    assert_eq!(stage.primary_group(), stage.green);
}

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
fn a_deployment_waits_for_somebody() {
    let waits = |input: Value| {
        with(
            at_once(input),
            "/blueGreenDeploymentConfiguration/deploymentReadyOption",
            json!({"actionOnTimeout": "STOP_DEPLOYMENT", "waitTimeInMinutes": 30}),
        )
    };
    let mut stage = stage(waits);
    let id = stage.deploy(json!({}));
    let early = stage
        .bench
        .fault(&SERVICE, "ContinueDeployment", json!({"deploymentId": id}));
    assert_eq!(early.code, "DeploymentIsNotInReadyStateException");
    stage.bench.pass(2 * MINUTE);
    assert_eq!(stage.info(&id)["status"], "Ready");
    assert_eq!(stage.green_share(), 0.0);
    stage.bench.ok(
        &SERVICE,
        "ContinueDeployment",
        json!({"deploymentId": id, "deploymentWaitType": "READY_WAIT"}),
    );
    stage.bench.pass(MINUTE);
    assert_eq!(stage.green_share(), 100.0);
    stage.bench.ok(
        &SERVICE,
        "ContinueDeployment",
        json!({"deploymentId": id, "deploymentWaitType": "TERMINATION_WAIT"}),
    );
    stage.bench.pass(1_000);
    assert_eq!(stage.info(&id)["status"], "Succeeded");
    let late = stage.deploy(json!({}));
    stage.bench.pass(40 * MINUTE);
    let info = stage.info(&late);
    assert_eq!(info["status"], "Stopped");
    assert_eq!(
        info["errorInformation"]["message"],
        "The deployment timed out while waiting for a notification to continue. This time out period is 30 minutes."
    );
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

#[test]
fn hooks_run_and_may_fail() {
    let content = format!(
        "version: 0.0\nResources:\n  - TargetService:\n      Type: AWS::ECS::Service\n      Properties:\n        TaskDefinition: {}\n        LoadBalancerInfo:\n          ContainerName: orders\n          ContainerPort: 8080\nHooks:\n  - AfterInstall: CodeDeployHook_check\n",
        definition()
    );
    let revision =
        json!({"revisionType": "AppSpecContent", "appSpecContent": {"content": content}});
    let mut stage = stage(at_once);
    let id = stage.deploy(json!({"revision": revision}));
    let mut waited = 0;
    while stage.events(&id)[2] != "AfterInstall InProgress" {
        stage.bench.pass(500);
        waited += 1;
        assert!(waited < 200, "{:?}", stage.events(&id));
    }
    let tail = stage.target(&id)["lifecycleEvents"][2]["diagnostics"]["logTail"].clone();
    let execution = tail
        .as_str()
        .unwrap()
        .rsplit(' ')
        .next()
        .unwrap()
        .to_owned();
    stage.bench.ok(
        &SERVICE,
        "PutLifecycleEventHookExecutionStatus",
        json!({"deploymentId": id, "lifecycleEventHookExecutionId": execution, "status": "Failed"}),
    );
    stage.bench.pass(5_000);
    let error = stage.info(&id)["errorInformation"].clone();
    assert_eq!(
        error,
        json!({"code": "HOOK_EXECUTION_FAILURE", "message": "The deployment failed because one or more of the lifecycle event validation functions failed."})
    );
    let again = stage.bench.fault(
        &SERVICE,
        "PutLifecycleEventHookExecutionStatus",
        json!({"deploymentId": id, "lifecycleEventHookExecutionId": execution, "status": "Succeeded"}),
    );
    assert_eq!(again.code, "LifecycleEventAlreadyCompletedException");
}

#[test]
fn a_world_that_was_saved_goes_on() {
    let mut stage = stage(|it| it);
    let id = stage.deploy(json!({}));
    stage.bench.pass(MINUTE);
    let saved = serde_json::to_string(&stage.bench.world).unwrap();
    stage.bench.world = serde_json::from_str(&saved).unwrap();
    stage.bench.pass(15 * MINUTE);
    assert_eq!(stage.info(&id)["status"], "Succeeded");
}
