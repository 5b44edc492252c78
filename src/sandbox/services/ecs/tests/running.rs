//! What ECS deploys by itself: tasks that start and stop, rolling updates, blue/green, linear and canary.

use super::*;
use crate::sandbox::services::{cloudwatch, iam};

const MINUTE: i64 = 60_000;

fn start(set: &mut Set, controller: &str) {
    let input = service(&set.blue, controller);
    set.bench.ok(&SERVICE, "CreateService", input);
    set.bench.pass(MINUTE);
}

fn register(set: &mut Set, tag: &str) {
    let image = format!("558846431111.dkr.ecr.ap-northeast-2.amazonaws.com/orders:{tag}");
    let input = with(definition(), "/containerDefinitions/0/image", json!(image));
    set.bench.ok(&SERVICE, "RegisterTaskDefinition", input);
}

fn update(set: &mut Set, more: Value) -> Value {
    let mut input = of_service();
    for (key, value) in more.as_object().unwrap() {
        input[key] = value.clone();
    }
    set.bench.ok(&SERVICE, "UpdateService", input)["service"].clone()
}

fn messages(service: &Value) -> Vec<String> {
    let events = service["events"].as_array().unwrap();
    events
        .iter()
        .map(|event| event["message"].as_str().unwrap().to_owned())
        .collect()
}

fn release(set: &mut Set) -> Value {
    let listed = set
        .bench
        .ok(&SERVICE, "ListServiceDeployments", of_service());
    let arn = listed["serviceDeployments"][0]["serviceDeploymentArn"].clone();
    let got = set.bench.ok(
        &SERVICE,
        "DescribeServiceDeployments",
        json!({"serviceDeploymentArns": [arn]}),
    );
    got["serviceDeployments"][0].clone()
}

fn stopped(set: &mut Set) -> Value {
    let listed = set.bench.ok(
        &SERVICE,
        "ListTasks",
        json!({"cluster": "main", "serviceName": "orders", "desiredStatus": "STOPPED"}),
    );
    let got = set.bench.ok(
        &SERVICE,
        "DescribeTasks",
        json!({"cluster": "main", "tasks": listed["taskArns"]}),
    );
    got["tasks"][0].clone()
}

#[test]
fn a_rolling_update_replaces_tasks() {
    let mut set = set();
    start(&mut set, "ECS");
    set.bench.image("orders", "2");
    register(&mut set, "2");
    let updated = update(&mut set, json!({"taskDefinition": "orders:2"}));
    let deployments = updated["deployments"].as_array().unwrap();
    assert_eq!(deployments.len(), 2);
    assert_eq!(
        (&deployments[0]["status"], &deployments[0]["rolloutState"]),
        (&json!("PRIMARY"), &json!("IN_PROGRESS"))
    );
    assert_eq!(
        (&deployments[1]["status"], &deployments[1]["runningCount"]),
        (&json!("ACTIVE"), &json!(2))
    );
    let listed = set
        .bench
        .ok(&SERVICE, "ListServiceDeployments", of_service());
    assert_eq!(listed["serviceDeployments"][0]["status"], "IN_PROGRESS");
    set.bench.pass(2 * MINUTE);
    let done = describe(&mut set);
    let deployments = done["deployments"].as_array().unwrap();
    assert_eq!(deployments.len(), 1);
    assert_eq!(deployments[0]["rolloutState"], "COMPLETED");
    let id = deployments[0]["id"].as_str().unwrap();
    assert_eq!(
        deployments[0]["rolloutStateReason"],
        format!("ECS deployment {id} completed.")
    );
    assert_eq!(
        (&done["runningCount"], &done["pendingCount"]),
        (&json!(2), &json!(0))
    );
    let said = messages(&done);
    assert_eq!(said[0], "(service orders) has reached a steady state.");
    assert_eq!(
        said[1],
        format!("(service orders) (deployment {id}) deployment completed.")
    );
    let health = set.bench.ok(
        &elbv2::SERVICE,
        "DescribeTargetHealth",
        json!({"TargetGroupArn": set.blue}),
    );
    assert_eq!(
        health["TargetHealthDescriptions"].as_array().unwrap().len(),
        2
    );
    let release = release(&mut set);
    assert_eq!(release["status"], "SUCCESSFUL");
    assert_eq!(release["targetServiceRevision"]["runningTaskCount"], 2);
    let revision = set.bench.ok(
        &SERVICE,
        "DescribeServiceRevisions",
        json!({"serviceRevisionArns": [release["targetServiceRevision"]["arn"]]}),
    );
    assert_eq!(
        revision["serviceRevisions"][0]["taskDefinition"],
        done["taskDefinition"]
    );
}

#[test]
fn no_more_than_the_percentages_allow() {
    let mut set = set();
    let input = with(
        with(service(&set.blue, "ECS"), "/desiredCount", json!(4)),
        "/deploymentConfiguration",
        json!({"minimumHealthyPercent": 50, "maximumPercent": 100}),
    );
    set.bench.ok(&SERVICE, "CreateService", input);
    set.bench.pass(MINUTE);
    register(&mut set, "1");
    update(&mut set, json!({"taskDefinition": "orders:2"}));
    let mut steps = 0;
    loop {
        let now = describe(&mut set);
        let count = |field: &str| now[field].as_i64().unwrap();
        assert!(count("runningCount") >= 2, "{now}");
        assert!(count("runningCount") + count("pendingCount") <= 4, "{now}");
        if now["deployments"].as_array().unwrap().len() == 1 {
            break;
        }
        set.bench.pass(1_000);
        steps += 1;
        assert!(steps < 600, "{now}");
    }
}

fn breaking() -> Value {
    json!({"deploymentCircuitBreaker": {"enable": true, "rollback": true}})
}

#[test]
fn the_circuit_breaker_brings_back_what_was_there() {
    let mut set = set();
    let input = with(
        service(&set.blue, "ECS"),
        "/deploymentConfiguration",
        breaking(),
    );
    set.bench.ok(&SERVICE, "CreateService", input);
    set.bench.pass(MINUTE);
    let before = describe(&mut set)["deployments"][0]["id"].clone();
    register(&mut set, "missing");
    update(&mut set, json!({"taskDefinition": "orders:2"}));
    set.bench.pass(MINUTE);
    let reason = stopped(&mut set)["stoppedReason"].clone();
    assert!(
        reason
            .as_str()
            .unwrap()
            .ends_with("orders:missing: not found"),
        "{reason}"
    );
    set.bench.pass(20 * MINUTE);
    let now = describe(&mut set);
    assert_eq!(now["deployments"].as_array().unwrap().len(), 1);
    assert!(
        now["taskDefinition"]
            .as_str()
            .unwrap()
            .ends_with("orders:1")
    );
    assert_eq!(now["runningCount"], 2);
    let said = messages(&now);
    assert!(
        said.iter()
            .any(|it| it.ends_with("deployment failed: tasks failed to start.")),
        "{said:?}"
    );
    let back = format!(
        "(service orders) rolling back to deployment {}.",
        before.as_str().unwrap()
    );
    assert!(said.contains(&back), "{said:?}");
    let release = release(&mut set);
    assert_eq!(release["status"], "ROLLBACK_SUCCESSFUL");
    assert_eq!(
        release["rollback"]["reason"],
        "ECS deployment circuit breaker: tasks failed to start."
    );
    assert_eq!(
        release["deploymentCircuitBreaker"],
        json!({"status": "TRIGGERED", "failureCount": 4, "threshold": 3})
    );
    assert_eq!(
        release["statusReason"],
        "Service deployment rolled back because the circuit breaker threshold was exceeded."
    );
    // What is rolled back to is the revision that was there, not a new one.
    let kept = &release["sourceServiceRevisions"][0];
    assert_eq!(kept["arn"], release["rollback"]["serviceRevisionArn"]);
    assert_eq!(kept["runningTaskCount"], 2, "{release:#}");
}

#[test]
fn without_a_circuit_breaker_it_tries_on() {
    let mut set = set();
    start(&mut set, "ECS");
    register(&mut set, "missing");
    update(&mut set, json!({"taskDefinition": "orders:2"}));
    set.bench.pass(30 * MINUTE);
    let now = describe(&mut set);
    assert_eq!(now["deployments"][0]["rolloutState"], "IN_PROGRESS");
    assert!(now["deployments"][0]["failedTasks"].as_i64().unwrap() > 3);
    assert_eq!(now["deployments"][1]["runningCount"], 2);
}

#[test]
fn an_alarm_rolls_back() {
    let mut set = set();
    let configuration =
        json!({"alarms": {"alarmNames": ["orders-5xx"], "enable": true, "rollback": true}});
    let input = with(
        service(&set.blue, "ECS"),
        "/deploymentConfiguration",
        configuration,
    );
    set.bench.ok(&SERVICE, "CreateService", input);
    set.bench.pass(MINUTE);
    set.bench.ok(
        &cloudwatch::SERVICE,
        "PutMetricAlarm",
        json!({"AlarmName": "orders-5xx", "MetricName": "m", "Namespace": "n", "Statistic": "Sum", "Period": 60,
               "EvaluationPeriods": 1, "Threshold": 1.0, "ComparisonOperator": "GreaterThanThreshold"}),
    );
    register(&mut set, "1");
    update(&mut set, json!({"taskDefinition": "orders:2"}));
    set.bench.pass(5_000);
    set.bench.ok(
        &cloudwatch::SERVICE,
        "SetAlarmState",
        json!({"AlarmName": "orders-5xx", "StateValue": "ALARM", "StateReason": "by hand"}),
    );
    set.bench.pass(3 * MINUTE);
    assert!(
        describe(&mut set)["taskDefinition"]
            .as_str()
            .unwrap()
            .ends_with("orders:1")
    );
    let release = release(&mut set);
    assert_eq!(release["status"], "ROLLBACK_SUCCESSFUL");
    assert_eq!(
        release["alarms"]["triggeredAlarmNames"],
        json!(["orders-5xx"])
    );
}

/// What keeps a task from running, and what is said then.
#[test]
fn tasks_that_do_not_start_say_why() {
    // The role does not trust ecs-tasks.
    let mut set = set();
    let trust = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "ecs.amazonaws.com"}, "Action": "sts:AssumeRole"}]});
    set.bench.ok(
        &iam::SERVICE,
        "UpdateAssumeRolePolicy",
        json!({"RoleName": "exec", "PolicyDocument": trust.to_string()}),
    );
    start(&mut set, "ECS");
    let said = messages(&describe(&mut set));
    assert!(
        said.iter().any(|it| it == "(service orders) failed to launch a task with (error ECS was unable to assume the role 'arn:aws:iam::558846431111:role/exec' that was provided for this task. Please verify that the role being passed has the proper trust relationship and permissions and that your IAM user has permissions to pass this role.)."),
        "{said:?}"
    );

    for (missing, begins) in [
        (
            "ecr:GetAuthorizationToken",
            "ResourceInitializationError: unable to pull secrets or registry auth:",
        ),
        ("ecr:BatchGetImage", "CannotPullContainerError:"),
        (
            "logs:CreateLogStream",
            "ResourceInitializationError: failed to validate logger args:",
        ),
    ] {
        let mut set = super::set();
        let mut statements = pulls();
        let actions = statements[0]["Action"].as_array_mut().unwrap();
        actions.retain(|action| action != missing);
        set.bench.allow("exec", statements);
        start(&mut set, "ECS");
        let task = stopped(&mut set);
        let reason = task["stoppedReason"].as_str().unwrap();
        assert!(reason.starts_with(begins), "{reason}");
        assert!(reason.contains(missing), "{reason}");
        assert_eq!(task["lastStatus"], "STOPPED");
        assert_eq!(task["containers"][0]["reason"], reason);
        let said = messages(&describe(&mut set));
        assert!(
            said.iter()
                .any(|it| it.contains(&format!("was unable to place a task. Reason: {reason}"))),
            "{said:?}"
        );
    }

    // The log group is gone.
    let mut set = super::set();
    set.bench.ok(
        &logs::SERVICE,
        "DeleteLogGroup",
        json!({"logGroupName": "/ecs/orders"}),
    );
    start(&mut set, "ECS");
    let task = stopped(&mut set);
    let reason = task["stoppedReason"].as_str().unwrap();
    assert!(
        reason.contains("ResourceNotFoundException: The specified log group does not exist."),
        "{reason}"
    );
}

#[test]
fn nothing_goes_without_the_service_linked_role() {
    let mut set = set();
    let iam = &mut set.bench.world.accounts.get_mut(ACCOUNT).unwrap().iam;
    iam.roles.retain(|_, role| role.linked_to.is_none());
    let input = service(&set.blue, "ECS");
    assert_eq!(
        set.bench.fault(&SERVICE, "CreateService", input).message,
        "Unable to assume the service linked role. Please verify that the ECS service linked role exists."
    );
}

#[test]
fn a_task_that_is_stopped_is_replaced() {
    let mut set = set();
    start(&mut set, "CODE_DEPLOY");
    let listed = set.bench.ok(
        &SERVICE,
        "ListTasks",
        json!({"cluster": "main", "serviceName": "orders"}),
    );
    let arn = listed["taskArns"][0].clone();
    let stopping = set.bench.ok(
        &SERVICE,
        "StopTask",
        json!({"cluster": "main", "task": arn, "reason": "to see"}),
    );
    assert_eq!(stopping["task"]["desiredStatus"], "STOPPED");
    set.bench.pass(MINUTE);
    assert_eq!(describe(&mut set)["runningCount"], 2);
    let task = stopped(&mut set);
    assert_eq!(
        (&task["taskArn"], &task["stopCode"], &task["stoppedReason"]),
        (&arn, &json!("UserInitiated"), &json!("to see"))
    );
    set.bench.pass(2 * 60 * MINUTE);
    let gone = set.bench.ok(
        &SERVICE,
        "DescribeTasks",
        json!({"cluster": "main", "tasks": [arn]}),
    );
    assert_eq!(gone["failures"][0]["reason"], "MISSING");
}

/// A service with a rule that has both groups, and the role that shifts its traffic.
fn native(configuration: Value) -> (Set, String) {
    let mut set = set();
    set.bench.role(
        "shifts",
        "ecs.amazonaws.com",
        json!([{"Effect": "Allow", "Action": "elasticloadbalancing:*", "Resource": "*"}]),
    );
    let balancers = set
        .bench
        .ok(&elbv2::SERVICE, "DescribeLoadBalancers", json!({}));
    let listeners = set.bench.ok(
        &elbv2::SERVICE,
        "DescribeListeners",
        json!({"LoadBalancerArn": balancers["LoadBalancers"][0]["LoadBalancerArn"]}),
    );
    let made = set.bench.ok(
        &elbv2::SERVICE,
        "CreateRule",
        json!({"ListenerArn": listeners["Listeners"][0]["ListenerArn"], "Priority": 1,
               "Conditions": [{"Field": "path-pattern", "Values": ["/*"]}],
               "Actions": [{"Type": "forward", "ForwardConfig": {"TargetGroups": [
                   {"TargetGroupArn": set.blue, "Weight": 100}, {"TargetGroupArn": set.green, "Weight": 0}]}}]}),
    );
    let rule = text(&made, "/Rules/0/RuleArn");
    let advanced = json!({
        "alternateTargetGroupArn": set.green,
        "productionListenerRule": rule,
        "roleArn": "arn:aws:iam::558846431111:role/shifts",
    });
    let input = with(
        service(&set.blue, "ECS"),
        "/deploymentConfiguration",
        configuration,
    );
    let mut input = input;
    input["loadBalancers"][0]["advancedConfiguration"] = advanced;
    set.bench.ok(&SERVICE, "CreateService", input);
    set.bench.pass(MINUTE);
    set.bench.image("orders", "2");
    register(&mut set, "2");
    (set, rule)
}

fn green_share(set: &Set, rule: &str) -> f64 {
    elbv2::share(
        &set.bench.world,
        ACCOUNT,
        "ap-northeast-2",
        rule,
        &set.green,
    )
}

#[test]
fn blue_green_by_ecs() {
    let (mut set, rule) = native(json!({"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 5}));
    assert_eq!(release(&mut set)["status"], "SUCCESSFUL");
    update(&mut set, json!({"taskDefinition": "orders:2"}));
    set.bench.pass(10_000);
    assert_eq!(release(&mut set)["lifecycleStage"], "SCALE_UP");
    assert_eq!(green_share(&set, &rule), 0.0);
    set.bench.pass(MINUTE);
    let baking = release(&mut set);
    assert_eq!(baking["lifecycleStage"], "BAKE_TIME");
    assert_eq!(
        baking["targetServiceRevision"]["requestedProductionTrafficWeight"],
        100.0
    );
    assert_eq!(green_share(&set, &rule), 100.0);
    assert_eq!(describe(&mut set)["runningCount"], 4);
    set.bench.pass(6 * MINUTE);
    let done = describe(&mut set);
    assert_eq!(release(&mut set)["status"], "SUCCESSFUL");
    assert_eq!(done["runningCount"], 2);
    assert_eq!(done["deployments"].as_array().unwrap().len(), 1);
    assert_eq!(done["deployments"][0]["rolloutState"], "COMPLETED");
    // And back into the first group.
    update(&mut set, json!({"taskDefinition": "orders:1"}));
    set.bench.pass(10 * MINUTE);
    assert_eq!(release(&mut set)["status"], "SUCCESSFUL");
    assert_eq!(green_share(&set, &rule), 0.0);
    let health = set.bench.ok(
        &elbv2::SERVICE,
        "DescribeTargetHealth",
        json!({"TargetGroupArn": set.blue}),
    );
    assert_eq!(
        health["TargetHealthDescriptions"].as_array().unwrap().len(),
        2
    );
}

#[test]
fn canary_and_linear_by_ecs() {
    let (mut set, rule) = native(json!({"strategy": "CANARY", "bakeTimeInMinutes": 1,
        "canaryConfiguration": {"canaryPercent": 20.0, "canaryBakeTimeInMinutes": 5}}));
    update(&mut set, json!({"taskDefinition": "orders:2"}));
    set.bench.pass(MINUTE);
    assert_eq!(green_share(&set, &rule), 20.0);
    set.bench.pass(5 * MINUTE);
    assert_eq!(green_share(&set, &rule), 100.0);

    let (mut set, rule) = native(json!({"strategy": "LINEAR", "bakeTimeInMinutes": 0,
        "linearConfiguration": {"stepPercent": 50.0, "stepBakeTimeInMinutes": 2}}));
    update(&mut set, json!({"taskDefinition": "orders:2"}));
    set.bench.pass(MINUTE);
    assert_eq!(green_share(&set, &rule), 50.0);
    set.bench.pass(2 * MINUTE);
    assert_eq!(green_share(&set, &rule), 100.0);
}

#[test]
fn a_rule_without_both_groups_rolls_back() {
    let (mut set, rule) = native(json!({"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 5}));
    set.bench.ok(
        &elbv2::SERVICE,
        "ModifyRule",
        json!({"RuleArn": rule, "Actions": [{"Type": "forward", "TargetGroupArn": set.blue}]}),
    );
    update(&mut set, json!({"taskDefinition": "orders:2"}));
    set.bench.pass(3 * MINUTE);
    let release = release(&mut set);
    assert_eq!(release["status"], "ROLLBACK_SUCCESSFUL");
    assert_eq!(
        release["statusReason"],
        "Service deployment rolled back because of invalid networking configuration. Both targetGroup and alternateTargetGroup must be associated with the productionListenerRule or testListenerRule."
    );
    let now = describe(&mut set);
    assert_eq!(now["runningCount"], 2);
    assert!(
        now["taskDefinition"]
            .as_str()
            .unwrap()
            .ends_with("orders:1")
    );
}

#[test]
fn the_infrastructure_role_is_asked() {
    let (mut set, _) = native(json!({"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 5}));
    set.bench.allow(
        "shifts",
        json!([{"Effect": "Allow", "Action": "elasticloadbalancing:Describe*", "Resource": "*"}]),
    );
    update(&mut set, json!({"taskDefinition": "orders:2"}));
    set.bench.pass(3 * MINUTE);
    let release = release(&mut set);
    assert_eq!(release["status"], "ROLLBACK_SUCCESSFUL");
    let why = release["statusReason"].as_str().unwrap();
    assert!(
        why.contains("elasticloadbalancing:RegisterTargets"),
        "{why}"
    );
}

#[test]
fn a_service_deployment_is_stopped() {
    let (mut set, rule) = native(json!({"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 5}));
    update(&mut set, json!({"taskDefinition": "orders:2"}));
    set.bench.pass(MINUTE);
    let arn = release(&mut set)["serviceDeploymentArn"].clone();
    set.bench.ok(
        &SERVICE,
        "StopServiceDeployment",
        json!({"serviceDeploymentArn": arn, "stopType": "ROLLBACK"}),
    );
    set.bench.pass(2 * MINUTE);
    assert_eq!(release(&mut set)["status"], "ROLLBACK_SUCCESSFUL");
    assert_eq!(green_share(&set, &rule), 0.0);
    let again = set.bench.fault(
        &SERVICE,
        "StopServiceDeployment",
        json!({"serviceDeploymentArn": arn}),
    );
    assert_eq!(again.code, "ConflictException");
    let missing = set.bench.ok(
        &SERVICE,
        "DescribeServiceDeployments",
        json!({"serviceDeploymentArns": ["arn:aws:ecs:ap-northeast-2:558846431111:service-deployment/main/orders/x"]}),
    );
    assert_eq!(missing["failures"][0]["reason"], "MISSING");
}
