use std::collections::BTreeMap;

use insta::assert_snapshot;

use super::*;

/// A run with everything in it.
fn whole() -> Run {
    let role = json!("arn:aws:iam::222222222222:role/cicd/orders-deploy");
    let mut run = run(&[
        codecommit(),
        made("Build", "CodeBuild", json!({"ProjectName": "orders-dev"})),
        with(
            made(
                "Deploy",
                "CodeDeployToECS",
                json!({"ApplicationName": "orders", "DeploymentGroupName": "orders"}),
            ),
            "roleArn",
            role,
        ),
    ]);
    let build = run.beside("Build", "Build");
    build.project = Some(json!({
        "serviceRole": "arn:aws:iam::111111111111:role/cicd/build",
        "cache": {"type": "S3", "location": "orders-artifacts/cache"}
    }));
    build.buildspec = Some("version: 0.2\nphases:\n  build:\n    commands:\n      - CREDENTIALS=$(aws sts assume-role --role-arn arn:aws:iam::222222222222:role/push --role-session-name DEV)\n      - export AWS_ACCESS_KEY_ID=$(echo $CREDENTIALS)\n      - aws ecr get-login-password | docker login --password-stdin 222222222222.dkr.ecr.ap-northeast-2.amazonaws.com\n      - docker push 222222222222.dkr.ecr.ap-northeast-2.amazonaws.com/orders:1\n".into());
    let deploy = run.beside("Deploy", "Deploy");
    deploy.deployment_group = Some(json!({
        "serviceRoleArn": "arn:aws:iam::222222222222:role/codedeploy",
        "deploymentConfigName": "CodeDeployDefault.ECSAllAtOnce",
        "ecsServices": [{"clusterName": "main", "serviceName": "orders"}]
    }));
    deploy.appspec = Some("version: 0.0".into());
    deploy.taskdef = Some(json!({
        "executionRoleArn": "arn:aws:iam::222222222222:role/exec",
        "containerDefinitions": [{
            "name": "app",
            "image": "222222222222.dkr.ecr.ap-northeast-2.amazonaws.com/orders:1",
            "logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": "g", "awslogs-create-group": "true"}}
        }]
    }));
    run
}

#[test]
fn what_aws_says() {
    let mut text = String::new();
    for need in needs(&whole()) {
        let refusal = &need.refusal;
        let _ = writeln!(
            text,
            "{} [{}] {:?} {:?}",
            need.id, refusal.failure, refusal.shown, refusal.confidence
        );
        let _ = writeln!(text, "    {}: {}", refusal.code, refusal.message);
        if let Some(error) = &refusal.action_error
            && (&error.code, &error.message) != (&refusal.code, &refusal.message)
        {
            let _ = writeln!(text, "    {}: {}", error.code, error.message);
        }
    }
    assert_snapshot!(text);
}

#[test]
fn the_decisions_own_words_can_be_put_in() {
    let run = whole();
    let listing = list(&run);
    let words =
        "User: somebody is not authorized, with an explicit deny in a service control policy";
    let start = &need(&listing, "build/start").refusal;
    assert_eq!(
        start.message_with(words),
        format!(
            "Error calling startBuild: {words} (Service: AWSCodeBuild; Status Code: 400; Error Code: AccessDeniedException)"
        )
    );
    let error = start.action_error_with(words).unwrap();
    assert_eq!(error.message, start.message_with(words));
    let log = &need(&listing, "build/log-stream").refusal;
    assert!(log.action_error_with(words).unwrap().message.starts_with("Build terminated with state: FAILED. Phase: QUEUED, Code: ACCESS_DENIED, Message: Service role"));
    assert!(
        log.action_error_with(words)
            .unwrap()
            .message
            .ends_with(words)
    );
    // AWS keeps this one back.
    let artifact = &need(&listing, "deploy/artifact-decrypt").refusal;
    assert_eq!(artifact.denied, None);
    assert_eq!(
        artifact.message_with(words),
        "You are missing permissions to access input artifact: BuildOut."
    );
}

#[test]
fn every_refusal_has_a_place() {
    let mut shown: BTreeMap<String, usize> = BTreeMap::new();
    for need in needs(&whole()) {
        *shown
            .entry(format!("{:?}", need.refusal.shown))
            .or_default() += 1;
        let ends_run = need.refusal.action_error.is_some();
        assert!(
            ends_run || need.optional || need.step == Step::Trigger,
            "{} ends the run without an error of the action",
            need.id
        );
        if let Some(error) = &need.refusal.action_error {
            assert!(
                ["JobFailed", "PermissionError", "ConfigurationError"]
                    .contains(&error.code.as_str())
            );
        }
    }
    assert_eq!(
        shown.keys().collect::<Vec<_>>(),
        [
            "Action",
            "BuildLog",
            "BuildPhase",
            "Deployment",
            "StoppedTask"
        ]
    );
}

mod anything {
    use proptest::prelude::*;

    use super::*;

    fn json(depth: u32) -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            "[ -~]{0,12}".prop_map(Value::from),
            "arn:aws:[a-z]{0,4}:[a-z]{0,2}:[0-9]{0,12}:[ -~]{0,8}".prop_map(Value::from),
        ];
        leaf.prop_recursive(depth, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
                prop::collection::vec(
                    (
                        prop::sample::select(vec![
                            "containerDefinitions",
                            "image",
                            "secrets",
                            "valueFrom",
                            "loadBalancers",
                            "advancedConfiguration",
                            "roleArn",
                            "ecsServices",
                            "cache",
                            "type",
                            "location",
                            "environment",
                            "logsConfig",
                            "taskDefinition",
                            "source",
                        ]),
                        inner
                    ),
                    0..4
                )
                .prop_map(|members| {
                    members
                        .into_iter()
                        .map(|(key, value)| (key.to_owned(), value))
                        .collect()
                }),
            ]
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        #[test]
        fn beside_an_action_breaks_nothing(
            documents in prop::array::uniform4(json(4)),
            buildspec in "(version: 0.2\nphases:\n  build:\n    commands:\n      - )?[ -~\n]{0,80}",
            appspec in "(Hooks:\n - )?[ -~\n]{0,40}",
        ) {
            let mut run = whole();
            let [project, taskdef, group, service] = documents;
            let build = run.beside("Build", "Build");
            build.project = Some(project);
            build.buildspec = Some(buildspec);
            let deploy = run.beside("Deploy", "Deploy");
            deploy.taskdef = Some(taskdef);
            deploy.deployment_group = Some(group);
            deploy.service = Some(service);
            deploy.appspec = Some(appspec);
            for need in needs(&run) {
                let _ = need.request();
            }
        }

        #[test]
        fn a_pipeline_of_anything_breaks_nothing(pipeline in json(5)) {
            let mut run = whole();
            run.pipeline = pipeline;
            let _ = list(&run);
        }
    }
}
