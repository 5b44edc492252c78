//! Builds that no pipeline has started: decided, and with artifacts of their own.

use serde_json::{Value, json};

use super::ground::{BUCKET, Ground, SHARED};
use crate::sandbox::services::{codebuild, iam};

const SPEC: &str = "version: 0.2\nphases:\n  build:\n    commands: ['echo hello']\nartifacts:\n  files: [Dockerfile]\n  secondary-artifacts:\n    deploy:\n      files: ['deploy/**/*']\n";

fn builds(ground: &mut Ground, operation: &str, input: Value) -> Value {
    ground.ok(SHARED, &codebuild::SERVICE, operation, input)
}

/// A project of the repository that stores two artifacts, and a build of it that has ended.
fn built(role: &[&str], change: impl FnOnce(&mut Value)) -> (Ground, Value) {
    let mut ground = Ground::new();
    let service = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "codebuild.amazonaws.com"}, "Action": "sts:AssumeRole"}]});
    let made = json!({"RoleName": "alone", "AssumeRolePolicyDocument": service.to_string()});
    ground.ok(SHARED, &iam::SERVICE, "CreateRole", made);
    ground.allow(SHARED, "alone", role);
    let artifact = |more: Value| {
        let mut it = json!({"type": "S3", "location": BUCKET, "path": "builds", "packaging": "ZIP", "name": "x.zip"});
        it.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        it
    };
    let mut project = json!({
        "name": "alone",
        "source": {"type": "CODECOMMIT", "location": "https://git-codecommit.ap-northeast-2.amazonaws.com/v1/repos/orders", "buildspec": SPEC},
        "artifacts": artifact(json!({})),
        "secondaryArtifacts": [artifact(json!({"artifactIdentifier": "deploy", "name": "deploy", "packaging": "NONE"}))],
        "environment": {"type": "LINUX_CONTAINER", "image": "aws/codebuild/standard:7.0", "computeType": "BUILD_GENERAL1_SMALL"},
        "serviceRole": "arn:aws:iam::111111111111:role/alone",
    });
    change(&mut project);
    builds(&mut ground, "CreateProject", project);
    let input = json!({"projectName": "alone", "sourceVersion": "develop", "environmentVariablesOverride": [{"name": "A", "value": "2"}], "computeTypeOverride": "BUILD_GENERAL1_LARGE"});
    let started = builds(&mut ground, "StartBuild", input);
    ground.advance(120);
    let build = shown(&mut ground, &started["build"]["id"]);
    (ground, build)
}

fn shown(ground: &mut Ground, id: &Value) -> Value {
    builds(ground, "BatchGetBuilds", json!({"ids": [id]}))["builds"][0].clone()
}

fn failed(build: &Value) -> (&str, &str) {
    assert_eq!(build["buildStatus"], "FAILED", "{build:#}");
    let phases = build["phases"].as_array().unwrap();
    let phase = phases.iter().find(|it| it["phaseStatus"] == "FAILED");
    let phase = phase.unwrap();
    (
        phase["phaseType"].as_str().unwrap(),
        phase["contexts"][0]["message"].as_str().unwrap(),
    )
}

const ENOUGH: [&str; 3] = ["logs:*", "codecommit:GitPull", "s3:*"];

#[test]
fn without_a_log_a_build_ends_before_its_container() {
    for missing in ["logs:CreateLogGroup", "logs:PutLogEvents"] {
        let rights = [
            "logs:CreateLogGroup",
            "logs:CreateLogStream",
            "logs:PutLogEvents",
            "codecommit:GitPull",
            "s3:*",
        ];
        let rights: Vec<&str> = rights.into_iter().filter(|it| *it != missing).collect();
        let (_, build) = built(&rights, |_| {});
        let (phase, said) = failed(&build);
        assert_eq!(phase, "QUEUED");
        assert!(said.contains("does not allow AWS CodeBuild to create Amazon CloudWatch Logs"));
        assert!(said.contains(missing), "{said}");
        let phases = build["phases"].as_array().unwrap();
        assert!(!phases.iter().any(|it| it["phaseType"] == "PROVISIONING"));
    }
}

#[test]
fn artifacts_go_where_the_project_says() {
    let (mut ground, build) = built(&ENOUGH, |_| {});
    assert_eq!(build["buildStatus"], "SUCCEEDED", "{build:#}");
    let object = &ground.world.buckets[BUCKET];
    assert!(object.version("builds/x.zip", None).is_some());
    assert!(
        object
            .version("builds/deploy/deploy/dev/appspec.yaml", None)
            .is_some()
    );
    assert_eq!(
        build["artifacts"]["location"],
        format!("arn:aws:s3:::{BUCKET}/builds/x.zip")
    );
    assert!(build["artifacts"]["sha256sum"].is_string());
    assert_eq!(
        build["secondaryArtifacts"][0]["artifactIdentifier"],
        "deploy"
    );
    assert_eq!(
        build["resolvedSourceVersion"].as_str().map(str::len),
        Some(40)
    );
    let done = build["phases"]
        .as_array()
        .unwrap()
        .iter()
        .find(|it| it["phaseType"] == "BUILD");
    assert_eq!(
        done.unwrap()["contexts"],
        json!([{"statusCode": "", "message": ""}])
    );

    // A retry overrides what the build has overridden.
    let again = builds(&mut ground, "RetryBuild", json!({"id": build["id"]}));
    let again = &again["build"];
    assert_eq!(again["environment"]["computeType"], "BUILD_GENERAL1_LARGE");
    assert_eq!(
        again["environment"]["environmentVariables"],
        json!([{"name": "A", "value": "2", "type": "PLAINTEXT"}])
    );
}

#[test]
fn what_the_role_may_not_is_refused() {
    let (_, build) = built(&["codecommit:GitPull", "s3:*"], |_| {});
    let (phase, said) = failed(&build);
    assert!(said.contains("logs:CreateLogGroup"), "{phase} {said}");

    let (_, build) = built(&["logs:*", "s3:*"], |_| {});
    assert_eq!(
        failed(&build),
        (
            "DOWNLOAD_SOURCE",
            "authorization failed for primary source and source version develop"
        )
    );

    let (ground, build) = built(&["logs:*", "codecommit:GitPull"], |_| {});
    let (phase, said) = failed(&build);
    assert_eq!(phase, "UPLOAD_ARTIFACTS");
    assert!(said.contains("s3:PutObject"), "{said}");
    assert!(
        ground.world.buckets[BUCKET]
            .version("builds/x.zip", None)
            .is_none()
    );
}

#[test]
fn a_command_that_exits_fails_the_build() {
    let spec = "version: 0.2\nphases:\n  build:\n    commands: ['exit 3']\n";
    let (_, build) = built(&ENOUGH, |it| {
        it["source"]["buildspec"] = json!(spec);
        it["artifacts"] = json!({"type": "NO_ARTIFACTS"});
        it["secondaryArtifacts"] = json!([]);
    });
    let (phase, said) = failed(&build);
    assert_eq!(phase, "BUILD");
    assert!(said.ends_with("exit 3. Reason: exit status 3"), "{said}");
}
