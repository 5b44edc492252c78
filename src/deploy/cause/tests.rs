//! What is read out of AWS's sentences, and what is gathered around them.

use crate::cloud::run::{ActionExecution, Status, StoppedContainer, StoppedTask};
use crate::deploy::fixture::{Fake, World, action, at, build, deployment, error, execution, to};
use crate::deploy::{Look, Snapshot};

use super::{Cause, gather, refusal};

const SESSION: &str =
    "arn:aws:sts::558846431111:assumed-role/bys-dev-awssdk-iam-deploy/1647222973891";

#[test]
fn the_refused_call_is_read_out_of_its_frame() {
    let denied = format!(
        "User: {SESSION} is not authorized to perform: ecs:RegisterTaskDefinition on resource: * because no identity-based policy allows the ecs:RegisterTaskDefinition action"
    );
    for (text, who, call, what, why) in [
        (
            denied.as_str(),
            SESSION,
            "ecs:RegisterTaskDefinition",
            "*",
            "because no identity-based policy allows the ecs:RegisterTaskDefinition action",
        ),
        (
            "AccessDenied: User: arn:aws:sts::1:assumed-role/b/s is not authorized to perform: s3:GetObject on resource: \"arn:aws:s3:::bucket/dev/key\" because no identity-based policy allows the s3:GetObject action status code: 403",
            "arn:aws:sts::1:assumed-role/b/s",
            "s3:GetObject",
            "arn:aws:s3:::bucket/dev/key",
            "because no identity-based policy allows the s3:GetObject action",
        ),
        (
            "An error occurred (AccessDenied) when calling the AssumeRole operation: User: arn:aws:sts::1:assumed-role/b/s is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::2:role/push",
            "arn:aws:sts::1:assumed-role/b/s",
            "sts:AssumeRole",
            "arn:aws:iam::2:role/push",
            "",
        ),
        (
            "User: arn:aws:iam::1:user/kim is not authorized to perform: kms:Decrypt on resource: arn:aws:kms:eu-west-1:1:key/k with an explicit deny in a resource-based policy (Service: AWSKMS; Status Code: 400)",
            "arn:aws:iam::1:user/kim",
            "kms:Decrypt",
            "arn:aws:kms:eu-west-1:1:key/k",
            "with an explicit deny in a resource-based policy",
        ),
        (
            "User: arn:aws:sts::1:assumed-role/build/s is not authorized to perform: kms:Decrypt on resource: arn:aws:kms:eu-west-1:1:key/k because no resource-based policy allows the kms:Decrypt action status code: 403 for primary source\n[Container] 2026/11/21",
            "arn:aws:sts::1:assumed-role/build/s",
            "kms:Decrypt",
            "arn:aws:kms:eu-west-1:1:key/k",
            "because no resource-based policy allows the kms:Decrypt action",
        ),
        (
            "ECS was unable to assume the role 'arn:aws:iam::2:role/elb'.",
            "ecs.amazonaws.com",
            "sts:AssumeRole",
            "arn:aws:iam::2:role/elb",
            "",
        ),
        (
            "arn:aws:iam::1:role/pipeline is not authorized to perform AssumeRole on role arn:aws:iam::2:role/deploy",
            "arn:aws:iam::1:role/pipeline",
            "sts:AssumeRole",
            "arn:aws:iam::2:role/deploy",
            "",
        ),
        (
            "CodePipeline is not authorized to perform AssumeRole on role arn:aws:iam::1:role/pipeline",
            "codepipeline.amazonaws.com",
            "sts:AssumeRole",
            "arn:aws:iam::1:role/pipeline",
            "",
        ),
        (
            "ECS was unable to assume the role 'arn:aws:iam::2:role/exec' that was provided for this task.",
            "ecs-tasks.amazonaws.com",
            "sts:AssumeRole",
            "arn:aws:iam::2:role/exec",
            "",
        ),
        (
            "The IAM role arn:aws:iam::2:role/codedeploy does not give you permission to perform operations in the following AWS service: AmazonElasticLoadBalancingV2. Contact your AWS administrator",
            "arn:aws:iam::2:role/codedeploy",
            "",
            "AmazonElasticLoadBalancingV2",
            "",
        ),
    ] {
        let found = refusal(text).unwrap();
        let of = |it: &Option<String>| it.clone().unwrap_or_default();
        assert_eq!(of(&found.principal), who, "{text}");
        assert_eq!(of(&found.call), call, "{text}");
        assert_eq!(of(&found.resource), what, "{text}");
        assert_eq!(of(&found.because), why, "{text}");
    }
    assert_eq!(refusal("An AppSpec file is required"), None);
}

fn snapshot(world: World) -> (Fake, Snapshot) {
    let fake = Fake::new(world);
    let shape = fake.world.lock().unwrap().shape.clone();
    let looked = {
        let mut look = Look::new(&fake, &to("dev"), shape, crate::deploy::fixture::RUN, 0);
        crate::deploy::fixture::block_on(look.next(at(400))).unwrap()
    };
    (fake, looked)
}

fn failed(stage: &str, code: &str, message: &str) -> ActionExecution {
    let mut action = action(stage, Status::Failed, 140, 152);
    action.error = Some(error(code, message));
    if message.contains("input artifact") {
        action.external_id = None;
    }
    action
}

fn caused(world: World) -> Cause {
    let (fake, snapshot) = snapshot(world);
    crate::deploy::fixture::block_on(gather(&fake, &to("dev"), &snapshot)).unwrap()
}

#[test]
fn where_aws_names_nothing_the_step_does() {
    let cause = caused(World {
        executions: vec![execution(Status::Failed)],
        actions: vec![failed(
            "Deploy",
            "PermissionError",
            "You are missing permissions to access input artifact: BuildArtifact.",
        )],
        ..World::default()
    });
    assert!(!cause.said);
    assert_eq!(cause.account.as_deref(), Some("558846431111"));
    assert_eq!(cause.site.as_deref(), Some("dev"));
    assert_eq!(
        cause.principal.as_deref(),
        Some("arn:aws:iam::558846431111:role/bys-dev-awssdk-iam-deploy")
    );
    assert_eq!(cause.calls, ["s3:GetObject", "kms:Decrypt"]);
    assert_eq!(
        cause.resource.as_deref(),
        Some(
            "the artifact BuildArtifact in the bucket bys-awssdk-iam-artifacts-202949997891-ap-northeast-2, and its key"
        )
    );
}

#[test]
fn a_build_s_own_words_lie_under_the_action_s() {
    let mut failing = build("FAILED", &["SUBMITTED"], "COMPLETED");
    failing.phases[0].contexts = vec![(
        "COMMAND_EXECUTION_ERROR".into(),
        "Error while executing command: aws sts assume-role. Reason: exit status 254".into(),
    )];
    let cause = caused(World {
        executions: vec![execution(Status::Failed)],
        actions: vec![failed(
            "Build",
            "JobFailed",
            "Build terminated with state: FAILED. Phase: PRE_BUILD, Code: COMMAND_EXECUTION_ERROR, Message: exit status 254",
        )],
        build: Some(failing),
        log: vec![
            "[Container] Running command aws sts assume-role".into(),
            String::new(),
            "An error occurred (AccessDenied) when calling the AssumeRole operation: User: arn:aws:sts::202949997891:assumed-role/bys-dev-awssdk-iam-build/AWSCodeBuild-1 is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::558846431111:role/bys-dev-awssdk-iam-push".into(),
        ],
        ..World::default()
    });
    assert!(cause.said);
    assert_eq!(cause.site.as_deref(), Some("shared"));
    assert_eq!(cause.calls, ["sts:AssumeRole"]);
    assert_eq!(
        cause.resource.as_deref(),
        Some("arn:aws:iam::558846431111:role/bys-dev-awssdk-iam-push")
    );
    let from: Vec<&str> = cause.words.iter().map(|it| it.from.as_str()).collect();
    assert_eq!(
        from,
        ["CodePipeline, action Build", "CodeBuild, phase SUBMITTED"]
    );
    assert_eq!(cause.log.len(), 2);
    assert!(
        cause
            .page
            .unwrap()
            .contains("/codebuild/202949997891/projects/")
    );
}

#[test]
fn a_deployment_s_error_and_the_stopped_task_lie_under_the_action_s() {
    let (mut under, mut targets) = deployment("Failed", &[("Install", "Failed")], 0.0);
    under.error = Some(error(
        "HEALTH_CONSTRAINTS",
        "The deployment timed out while waiting for the replacement task set to become healthy.",
    ));
    targets[0].events[0].error = Some(error("UnknownError", "The task set did not stabilise."));
    let task = |reason: &str, seconds| StoppedTask {
        arn: "arn:aws:ecs:ap-northeast-2:558846431111:task/main/0123456789abcdef".into(),
        task_definition: "dev-awssdk-iam:2".into(),
        code: Some("TaskFailedToStart".into()),
        reason: Some(reason.into()),
        started_by: None,
        at: Some(at(seconds)),
        containers: vec![StoppedContainer {
            name: "app".into(),
            exit_code: None,
            reason: None,
        }],
    };
    let denied = "ECS was unable to assume the role 'arn:aws:iam::558846431111:role/bys-dev-awssdk-iam-exec' that was provided for this task.";
    let cause = caused(World {
        executions: vec![execution(Status::Failed)],
        actions: vec![failed(
            "Deploy",
            "JobFailed",
            "Deployment d-ABCDEF123 failed",
        )],
        deployment: Some((under, targets)),
        stopped: vec![
            task(denied, 160),
            task(denied, 159),
            task("of another day", 3),
        ],
        ..World::default()
    });
    let from: Vec<&str> = cause.words.iter().map(|it| it.from.as_str()).collect();
    assert_eq!(
        from,
        [
            "CodePipeline, action Deploy",
            "CodeDeploy, deployment d-ABCDEF123",
            "CodeDeploy, Install",
            "ECS, task 01234567 and 1 more",
        ]
    );
    assert_eq!(cause.principal.as_deref(), Some("ecs-tasks.amazonaws.com"));
    assert_eq!(cause.account.as_deref(), Some("558846431111"));
    assert!(
        cause
            .page
            .unwrap()
            .contains("/codedeploy/deployments/d-ABCDEF123")
    );
}
