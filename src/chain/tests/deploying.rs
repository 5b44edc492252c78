use insta::assert_snapshot;

use super::*;

const ROLE: &str = "arn:aws:iam::222222222222:role/cicd/orders-deploy";

fn blue_green() -> Value {
    with(
        made(
            "Deploy",
            "CodeDeployToECS",
            json!({"ApplicationName": "orders", "DeploymentGroupName": "blue-green"}),
        ),
        "roleArn",
        json!(ROLE),
    )
}

fn rolling() -> Value {
    with(
        made(
            "Deploy",
            "ECS",
            json!({"ClusterName": "main", "ServiceName": "orders"}),
        ),
        "roleArn",
        json!(ROLE),
    )
}

fn taskdef(more: Value) -> Value {
    let mut container = json!({
        "name": "app",
        "image": "222222222222.dkr.ecr.ap-northeast-2.amazonaws.com/orders:1"
    });
    for (key, value) in more.as_object().unwrap() {
        container[key] = value.clone();
    }
    json!({
        "family": "orders",
        "executionRoleArn": "arn:aws:iam::222222222222:role/cicd/exec",
        "taskRoleArn": "task",
        "containerDefinitions": [container]
    })
}

fn group() -> Value {
    let listener = |port: &str| json!({"listenerArns": [format!("arn:aws:elasticloadbalancing:ap-northeast-2:222222222222:listener/app/main/0/{port}")]});
    json!({
        "applicationName": "orders",
        "deploymentGroupName": "blue-green",
        "deploymentConfigName": "CodeDeployDefault.ECSAllAtOnce",
        "serviceRoleArn": "arn:aws:iam::222222222222:role/cicd/codedeploy",
        "ecsServices": [{"clusterName": "main", "serviceName": "orders"}],
        "loadBalancerInfo": {"targetGroupPairInfoList": [{
            "targetGroups": [{"name": "a"}, {"name": "b"}],
            "prodTrafficRoute": listener("443"),
            "testTrafficRoute": listener("8443")
        }]},
        "alarmConfiguration": {"enabled": true, "alarms": [{"name": "errors"}]},
        "triggerConfigurations": [{"triggerTargetArn": "arn:aws:sns:ap-northeast-2:222222222222:told"}]
    })
}

#[test]
fn everything_of_a_blue_green_deployment() {
    let mut run = run(&[blue_green()]);
    let beside = run.beside("Deploy", "Deploy");
    beside.deployment_group = Some(json!({"deploymentGroupInfo": group()}));
    beside.appspec = Some(
        "version: 0.0\nHooks:\n  - BeforeInstall: check\n  - AfterInstall: arn:aws:lambda:ap-northeast-2:222222222222:function:other".into(),
    );
    beside.function_roles.insert(
        "check".into(),
        "arn:aws:iam::222222222222:role/check".into(),
    );
    beside.listener_rules = vec![
        "arn:aws:elasticloadbalancing:ap-northeast-2:222222222222:listener-rule/app/main/0/443/1"
            .into(),
    ];
    let mut definition = taskdef(json!({
        "secrets": [
            {"name": "A", "valueFrom": "arn:aws:secretsmanager:ap-northeast-2:222222222222:secret:a-AbCdEf:key::"},
            {"name": "B", "valueFrom": "/orders/b"}
        ],
        "repositoryCredentials": {"credentialsParameter": "arn:aws:secretsmanager:ap-northeast-2:222222222222:secret:hub-AbCdEf"},
        "environmentFiles": [{"type": "s3", "value": "arn:aws:s3:::orders-artifacts/app.env"}],
        "logConfiguration": {"logDriver": "awslogs", "options": {
            "awslogs-group": "/ecs/orders", "awslogs-region": "ap-northeast-2", "awslogs-stream-prefix": "app"
        }}
    }));
    definition["tags"] = json!([{"key": "team", "value": "orders"}]);
    beside.taskdef = Some(definition);
    assert_snapshot!(told(&of(&run, "Deploy")));
}

#[test]
fn without_documents_it_is_said_what_is_missing() {
    for action in [blue_green(), rolling()] {
        let run = run(std::slice::from_ref(&action));
        let provider = action["actionTypeId"]["provider"].as_str().unwrap();
        assert_snapshot!(format!("bare_{provider}"), told(&of(&run, "Deploy")));
    }
}

#[test]
fn ecs_shifts_traffic_by_itself() {
    let mut run = run(&[rolling()]);
    let beside = run.beside("Deploy", "Deploy");
    beside.taskdef = Some(json!({"taskDefinition": taskdef(json!({}))}));
    beside.service = Some(json!({
        "deploymentConfiguration": {"strategy": "CANARY", "lifecycleHooks": [{"hookTargetArn": "x"}]},
        "loadBalancers": [{
            "targetGroupArn": "arn:aws:elasticloadbalancing:ap-northeast-2:222222222222:targetgroup/a/1",
            "advancedConfiguration": {
                "alternateTargetGroupArn": "arn:aws:elasticloadbalancing:ap-northeast-2:222222222222:targetgroup/b/2",
                "productionListenerRule": "arn:aws:elasticloadbalancing:ap-northeast-2:222222222222:listener-rule/app/main/0/1/2",
                "testListenerRule": "arn:aws:elasticloadbalancing:ap-northeast-2:222222222222:listener/net/main/0/3",
                "roleArn": "arn:aws:iam::222222222222:role/cicd/elb"
            }
        }]
    }));
    assert_snapshot!(told(&of(&run, "Deploy")));
    let service = run.beside("Deploy", "Deploy").service.as_mut().unwrap();
    service["deploymentConfiguration"]["strategy"] = json!("ROLLING");
    assert!(!ids(&of(&run, "Deploy")).contains(&"deployment/infrastructure-role"));
}

#[test]
fn the_image_is_the_one_that_the_build_pushed() {
    let mut run = run(&[
        codecommit(),
        made("Build", "CodeBuild", json!({"ProjectName": "orders"})),
        blue_green(),
    ]);
    let build = run.beside("Build", "Build");
    build.project = Some(json!({"serviceRole": "arn:aws:iam::111111111111:role/build"}));
    let repository =
        |account: &str| format!("arn:aws:ecr:ap-northeast-2:{account}:repository/orders");
    build.registries = [SHARED, DEV]
        .map(|account| Registry {
            repository: repository(account),
            push_role: None,
        })
        .to_vec();
    let mut definition = taskdef(json!({}));
    definition["containerDefinitions"][0]["image"] = json!("<IMAGE1_NAME>");
    run.beside("Deploy", "Deploy").taskdef = Some(definition);
    // Of several, those of the account that is deployed to.
    assert_eq!(
        need(&of(&run, "Deploy"), "task/pull-image").resource,
        repository(DEV)
    );
    run.beside("Build", "Build").registries.pop();
    let listing = of(&run, "Deploy");
    let pull = need(&listing, "task/pull-image");
    assert_eq!(
        (pull.resource.clone(), pull.owner.as_str()),
        (repository(SHARED), SHARED)
    );
    run.beside("Build", "Build").registries.clear();
    let listing = of(&run, "Deploy");
    assert!(
        listing
            .gaps
            .iter()
            .any(|gap| gap.why.contains("<IMAGE1_NAME>"))
    );
}

#[test]
fn roles_of_another_account_cannot_be_passed() {
    let mut run = run(&[blue_green()]);
    let mut definition = taskdef(json!({}));
    definition["taskRoleArn"] = json!("arn:aws:iam::111111111111:role/task");
    run.beside("Deploy", "Deploy").taskdef = Some(definition);
    let listing = of(&run, "Deploy");
    let request = need(&listing, "deploy/pass-task-role").request();
    let everything = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}});
    let policies = crate::policy::Policies {
        identity: vec![std::sync::Arc::new(
            crate::policy::parse(&everything).unwrap(),
        )],
        ..crate::policy::Policies::default()
    };
    let decision = crate::policy::decide(&policies, &request);
    assert_eq!(
        decision.rule,
        Some(crate::policy::Overruling::IamOfAnotherAccount)
    );
}

#[test]
fn an_action_without_a_role_acts_as_the_pipeline() {
    let mut action = blue_green();
    action.as_object_mut().unwrap().remove("roleArn");
    let listing = of(&run(&[action]), "Deploy");
    assert!(!ids(&listing).contains(&"deploy/action-role"));
    let application = need(&listing, "deploy/application");
    assert_eq!(
        application.who.role_arn(),
        Some("arn:aws:iam::111111111111:role/cicd/orders-dev-pipeline")
    );
    assert_eq!(application.owner, SHARED);
}

#[test]
fn the_wrong_provider_is_said() {
    let mut action = blue_green();
    action["actionTypeId"]["provider"] = json!("CodeDeploy");
    let mut run = run(&[action]);
    run.beside("Deploy", "Deploy").deployment_group = Some(group());
    let listing = of(&run, "Deploy");
    assert!(listing.gaps[0].why.contains("CodeDeployToECS"));
    assert_eq!(
        ids(&listing)
            .iter()
            .filter(|id| id.starts_with("deploy/")
                && !id.contains("artifact")
                && !id.contains("role"))
            .count(),
        6
    );
}

#[test]
fn approvals_and_functions() {
    let topic = "arn:aws:sns:ap-northeast-2:111111111111:approve";
    let run = run(&[
        made("Approval", "Manual", json!({"NotificationArn": topic})),
        made("Invoke", "Lambda", json!({"FunctionName": "check"})),
    ]);
    assert_eq!(
        need(&of(&run, "Approval"), "approval/notify").resource,
        topic
    );
    let listing = of(&run, "Invoke");
    assert_eq!(
        need(&listing, "invoke/function").resource,
        "arn:aws:lambda:ap-northeast-2:111111111111:function:check"
    );
    assert!(listing.gaps[0].why.contains("PutJobSuccessResult"));
}
