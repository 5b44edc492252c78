//! Deployments that run to their end.

use super::stage::*;
use super::*;
use crate::sandbox::services::logs;

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
    let target = stage.target(&id);
    let blue = target["taskSetsInfo"][0].clone();
    assert_eq!(
        (
            &blue["taskSetLabel"],
            &blue["status"],
            &blue["trafficWeight"]
        ),
        (&json!("Blue"), &json!("DRAINING"), &json!(0.0))
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

/// The AppSpec that the other deployments hand over inline.
fn inline() -> String {
    appspec(&definition())["appSpecContent"]["content"]
        .as_str()
        .unwrap()
        .to_owned()
}

fn at_s3(key: &str, kind: &str) -> Value {
    json!({"revisionType": "S3", "s3Location": {"bucket": "specs", "key": key, "bundleType": kind}})
}

#[test]
fn an_appspec_in_s3_is_read_as_the_role() {
    let mut stage = stage(at_once);
    stage.bench.object("specs", "appspec.json", &inline());
    let id = stage.deploy(json!({"revision": at_s3("appspec.json", "JSON")}));
    stage.bench.pass(MINUTE);
    let error = stage.info(&id)["errorInformation"].clone();
    assert!(
        error["message"]
            .as_str()
            .unwrap()
            .contains("AWS service: AmazonS3."),
        "{error}"
    );
    let mut statements = may();
    statements.as_array_mut().unwrap().push(
        json!({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::specs/*"}),
    );
    stage.bench.allow("orders-codedeploy", statements);
    let id = stage.deploy(json!({"revision": at_s3("appspec.json", "JSON")}));
    stage.bench.pass(10 * MINUTE);
    assert_eq!(stage.info(&id)["status"], "Succeeded");
    for (key, kind, code, says) in [
        (
            "nothing",
            "YAML",
            "REVISION_MISSING",
            "The specified key nothing does not exist.",
        ),
        (
            "appspec.json",
            "zip",
            "INVALID_REVISION",
            "An AppSpec file is required, but could not be found in the revision",
        ),
    ] {
        let id = stage.deploy(json!({"revision": at_s3(key, kind)}));
        stage.bench.pass(MINUTE);
        assert_eq!(
            stage.info(&id)["errorInformation"],
            json!({"code": code, "message": says})
        );
    }
}

#[test]
fn a_test_listener_gets_its_traffic_first() {
    let mut bench = bench();
    let balancers = bench.ok(&elbv2::SERVICE, "DescribeLoadBalancers", json!({}));
    let balancer = balancers["LoadBalancers"][0]["LoadBalancerArn"].clone();
    let mut test = String::new();
    let mut stage = stage_of(bench, |bench, input| {
        let blue = blue(bench);
        let made = bench.ok(
            &elbv2::SERVICE,
            "CreateListener",
            json!({"LoadBalancerArn": balancer, "Protocol": "HTTP", "Port": 8080, "DefaultActions": [
                {"Type": "forward", "TargetGroupArn": blue}]}),
        );
        test = made["Listeners"][0]["ListenerArn"]
            .as_str()
            .unwrap()
            .to_owned();
        with(
            input,
            "/loadBalancerInfo/targetGroupPairInfoList/0/testTrafficRoute",
            json!({"listenerArns": [test]}),
        )
    });
    let id = stage.deploy(json!({}));
    stage.bench.pass(MINUTE);
    let names: Vec<String> = stage.events(&id);
    assert_eq!(names.len(), 8);
    assert_eq!(names[3], "AllowTestTraffic Succeeded");
    let share = elbv2::share(&stage.bench.world, ACCOUNT, REGION, &test, &stage.green);
    assert_eq!((share, stage.green_share()), (100.0, 10.0));
}

#[test]
fn rules_of_the_listener_are_shifted_too() {
    let mut stage = stage(at_once);
    let (listener, blue) = (stage.listener.clone(), stage.blue.clone());
    let made = stage.bench.ok(
        &elbv2::SERVICE,
        "CreateRule",
        json!({"ListenerArn": listener, "Priority": 5, "Conditions": [{"Field": "path-pattern", "Values": ["/a"]}],
               "Actions": [{"Type": "forward", "TargetGroupArn": blue}]}),
    );
    let rule = made["Rules"][0]["RuleArn"].as_str().unwrap().to_owned();
    stage.deploy(json!({}));
    stage.bench.pass(MINUTE);
    let share = elbv2::share(&stage.bench.world, ACCOUNT, REGION, &rule, &stage.green);
    assert_eq!((share, stage.green_share()), (100.0, 100.0));
}

#[test]
fn a_time_scale_makes_it_faster() {
    let mut stage = stage(|it| it);
    stage.bench.world.time_scale = 1000;
    let id = stage.deploy(json!({}));
    stage.bench.pass(2_000);
    assert_eq!(stage.info(&id)["status"], "Succeeded");
}
