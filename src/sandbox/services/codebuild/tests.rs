#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use serde_json::{Value, json};

use crate::sandbox::services::iam;
use crate::sandbox::trial::{OTHER, OWN, Trial};

const ROLE: &str = "arn:aws:iam::111111111111:role/build";

/// A world with a role that CodeBuild may take on for the project `orders`, and one for any.
fn trial() -> Trial {
    let mut trial = Trial::of(&iam::SERVICE);
    let trust = |condition: Value| {
        json!({"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": {"Service": "codebuild.amazonaws.com"}, "Action": "sts:AssumeRole", "Condition": condition,
        }]}).to_string()
    };
    trial.ok(
        "CreateRole",
        json!({"RoleName": "build", "AssumeRolePolicyDocument": trust(json!({}))}),
    );
    let narrow = json!({
        "ArnEquals": {"aws:SourceArn": "arn:aws:codebuild:ap-northeast-2:111111111111:project/orders"},
        "StringEquals": {"aws:SourceAccount": "111111111111"},
    });
    trial.ok(
        "CreateRole",
        json!({"RoleName": "narrow", "AssumeRolePolicyDocument": trust(narrow)}),
    );
    trial.service = &super::SERVICE;
    trial
}

fn project(name: &str) -> Value {
    json!({
        "name": name,
        "source": {"type": "CODEPIPELINE"},
        "artifacts": {"type": "CODEPIPELINE"},
        "environment": {
            "type": "LINUX_CONTAINER", "image": "aws/codebuild/amazonlinux-x86_64-standard:5.0",
            "computeType": "BUILD_GENERAL1_SMALL", "privilegedMode": true,
            "environmentVariables": [{"name": "A", "value": "1"}],
        },
        "serviceRole": ROLE,
    })
}

fn with(change: impl FnOnce(&mut Value)) -> Value {
    let mut project = project("orders");
    change(&mut project);
    project
}

#[test]
fn anything_is_answered() {
    let mut trial = trial();
    trial.survives_anything();
    trial.ok("CreateProject", project("orders"));
    trial.survives_anything();
}

#[test]
fn a_project_is_made_changed_and_deleted() {
    let mut trial = trial();
    let made = trial.ok(
        "CreateProject",
        with(|p| {
            p["tags"] = json!([{"key": "a", "value": "1"}]);
            p["unknown"] = json!(1);
        }),
    );
    let made = &made["project"];
    assert_eq!(
        made["arn"],
        "arn:aws:codebuild:ap-northeast-2:111111111111:project/orders"
    );
    assert_eq!(made["timeoutInMinutes"], 60);
    assert_eq!(made["queuedTimeoutInMinutes"], 480);
    assert_eq!(
        made["encryptionKey"],
        "arn:aws:kms:ap-northeast-2:111111111111:alias/aws/s3"
    );
    assert_eq!(
        made["artifacts"],
        json!({"type": "CODEPIPELINE", "name": "orders", "packaging": "NONE", "encryptionDisabled": false})
    );
    assert_eq!(
        made["environment"]["environmentVariables"],
        json!([{"name": "A", "value": "1", "type": "PLAINTEXT"}])
    );
    assert_eq!(made["badge"], json!({"badgeEnabled": false}));
    assert_eq!(made["tags"], json!([{"key": "a", "value": "1"}]));
    assert!(made.get("unknown").is_none());

    let updated = trial.ok("UpdateProject", json!({"name": "orders", "description": "d", "timeoutInMinutes": 30, "concurrentBuildLimit": 2}));
    let updated = &updated["project"];
    assert_eq!(
        (&updated["description"], &updated["timeoutInMinutes"]),
        (&json!("d"), &json!(30))
    );
    assert_eq!(updated["environment"], made["environment"]);
    assert_eq!(updated["created"], made["created"]);
    assert!(updated["lastModified"].as_f64() > made["lastModified"].as_f64());
    let freed = trial.ok(
        "UpdateProject",
        json!({"name": "orders", "concurrentBuildLimit": -1, "badgeEnabled": true}),
    );
    assert!(freed["project"].get("concurrentBuildLimit").is_none());
    assert_eq!(freed["project"]["badge"], json!({"badgeEnabled": true}));

    let read = trial.ok(
        "BatchGetProjects",
        json!({"names": ["orders", "none", made["arn"]]}),
    );
    assert_eq!(
        read["projects"],
        json!([freed["project"], freed["project"]])
    );
    assert_eq!(read["projectsNotFound"], json!(["none"]));
    trial.ok("InvalidateProjectCache", json!({"projectName": "orders"}));
    trial.account = OTHER;
    assert_eq!(
        trial.ok("BatchGetProjects", json!({"names": ["orders"]}))["projectsNotFound"],
        json!(["orders"])
    );
    trial.account = OWN;
    trial.ok("DeleteProject", json!({"name": "orders"}));
    trial.ok("DeleteProject", json!({"name": "orders"}));
    assert_eq!(trial.ok("ListProjects", json!({})), json!({"projects": []}));
}

#[test]
fn projects_are_listed_in_order() {
    let mut trial = trial();
    for name in ["bb", "aa", "cc"] {
        trial.ok("CreateProject", project(name));
    }
    trial.ok("UpdateProject", json!({"name": "bb", "description": "d"}));
    for (input, names) in [
        (json!({}), ["aa", "bb", "cc"]),
        (
            json!({"sortBy": "NAME", "sortOrder": "DESCENDING"}),
            ["cc", "bb", "aa"],
        ),
        (json!({"sortBy": "CREATED_TIME"}), ["bb", "aa", "cc"]),
        (
            json!({"sortBy": "LAST_MODIFIED_TIME", "sortOrder": "DESCENDING"}),
            ["bb", "cc", "aa"],
        ),
    ] {
        assert_eq!(trial.ok("ListProjects", input)["projects"], json!(names));
    }
    assert_eq!(
        trial.code("ListProjects", json!({"nextToken": "x"})),
        "InvalidInputException"
    );
    assert_eq!(
        trial.code("ListProjects", json!({"sortBy": "AGE"})),
        "InvalidInputException"
    );
}

#[test]
fn what_is_refused() {
    let mut trial = trial();
    trial.ok("CreateProject", project("taken"));
    let pipeline = "InvalidInputException: Invalid input: when using CodePipeline both sourceType, and artifactType must be set to: CODEPIPELINE";
    for (input, said) in [
        (
            project("taken"),
            "ResourceAlreadyExistsException: Project already exists: arn:aws:codebuild:ap-northeast-2:111111111111:project/taken",
        ),
        (
            with(|p| p["name"] = json!("a")),
            "InvalidInputException: 2 validation errors",
        ),
        (
            with(|p| p["name"] = json!("a b")),
            "InvalidInputException: 1 validation error detected: Value 'a b' at 'name'",
        ),
        (
            with(|p| p["source"] = json!(null)),
            "InvalidInputException: 1 validation error detected: Value null at 'source'",
        ),
        (
            with(|p| p["environment"]["type"] = json!("MOON")),
            "InvalidInputException: 1 validation error detected: Value 'MOON' at 'environment.type'",
        ),
        (
            with(|p| p["artifacts"] = json!({"type": "NO_ARTIFACTS"})),
            pipeline,
        ),
        (
            with(|p| p["source"] = json!({"type": "CODECOMMIT", "location": "https://x"})),
            pipeline,
        ),
        (
            with(|p| {
                p["source"] = json!({"type": "CODECOMMIT"});
                p["artifacts"] = json!({"type": "NO_ARTIFACTS"});
            }),
            "InvalidInputException: Project source location is required",
        ),
        (
            with(|p| {
                p["source"] = json!({"type": "NO_SOURCE"});
                p["artifacts"] = json!({"type": "NO_ARTIFACTS"});
            }),
            "InvalidInputException: Invalid project source: buildspec is required",
        ),
        (
            with(|p| {
                p["source"] = json!({"type": "S3", "location": "b/k"});
                p["artifacts"] = json!({"type": "S3"});
            }),
            "InvalidInputException: Project artifacts location is required",
        ),
        (
            with(|p| {
                p["source"] = json!({"type": "S3", "location": "b/k"});
                p["artifacts"] = json!({"type": "S3", "location": "b/k"});
            }),
            "InvalidInputException: Invalid artifacts: location must be",
        ),
        (
            with(|p| {
                p["source"] = json!({"type": "S3", "location": "b/k"});
                p["artifacts"] = json!({"type": "NO_ARTIFACTS", "name": "n"});
            }),
            "InvalidInputException: Invalid artifacts: artifact type NO_ARTIFACTS should have null output name",
        ),
        (
            with(|p| {
                p["secondarySources"] = json!([{"type": "CODEPIPELINE", "sourceIdentifier": "s"}])
            }),
            "InvalidInputException: Invalid input: sourceType CODEPIPELINE is not allowed for secondarySources",
        ),
        (
            with(|p| p["secondaryArtifacts"] = json!([{"type": "S3", "location": "b"}])),
            "InvalidInputException: Invalid input: artifactIdentifier is required",
        ),
        (
            with(|p| p["cache"] = json!({"type": "S3"})),
            "InvalidInputException: Project cache location is required",
        ),
        (
            with(|p| {
                p["environment"]["environmentVariables"] =
                    json!([{"name": "A", "value": ""}, {"name": "A", "value": ""}])
            }),
            "InvalidInputException: Duplicate environment variable",
        ),
        (
            with(|p| p["environment"]["computeType"] = json!("BUILD_LAMBDA_1GB")),
            "InvalidInputException: Invalid compute type",
        ),
        (
            with(|p| p["environment"]["imagePullCredentialsType"] = json!("SERVICE_ROLE")),
            "InvalidInputException: Must use CODEBUILD credentials",
        ),
        (
            with(|p| p["vpcConfig"] = json!({"vpcId": "vpc-1"})),
            "InvalidInputException: Invalid vpc config",
        ),
        (
            with(|p| p["timeoutInMinutes"] = json!(4)),
            "InvalidInputException: 1 validation error detected: Value '4' at 'timeoutInMinutes' failed to satisfy constraint: Member must have value greater than or equal to 5",
        ),
        (
            with(|p| p["tags"] = json!([{"key": "aws:a"}])),
            "InvalidInputException: Invalid tags",
        ),
        (
            with(|p| p["serviceRole"] = json!("build")),
            "InvalidInputException: Invalid service role",
        ),
        (
            with(|p| p["serviceRole"] = json!("arn:aws:iam::222222222222:role/x")),
            "InvalidInputException: Invalid service role: Service role account ID does not match caller's account",
        ),
        (
            with(|p| p["serviceRole"] = json!("arn:aws:iam::111111111111:role/none")),
            "InvalidInputException: CodeBuild is not authorized to perform: sts:AssumeRole on arn:aws:iam::111111111111:role/none",
        ),
        (
            with(|p| {
                p["name"] = json!("other");
                p["serviceRole"] = json!("arn:aws:iam::111111111111:role/narrow");
            }),
            "InvalidInputException: CodeBuild is not authorized to perform: sts:AssumeRole on arn:aws:iam::111111111111:role/narrow",
        ),
    ] {
        let found = trial.fault("CreateProject", input.clone());
        assert!(found.starts_with(said), "{found}\n{said}\n{input}");
    }
    trial.ok(
        "CreateProject",
        with(|p| p["serviceRole"] = json!("arn:aws:iam::111111111111:role/narrow")),
    );
    for (operation, input, said) in [
        (
            "UpdateProject",
            json!({"name": "none"}),
            "ResourceNotFoundException: Project cannot be found: arn:aws:codebuild:ap-northeast-2:111111111111:project/none",
        ),
        (
            "UpdateProject",
            json!({"name": "orders", "artifacts": {"type": "NO_ARTIFACTS"}}),
            pipeline,
        ),
        (
            "UpdateProject",
            json!({"name": "orders", "serviceRole": "arn:aws:iam::111111111111:role/none"}),
            "InvalidInputException: CodeBuild is not authorized to perform: sts:AssumeRole on arn:aws:iam::111111111111:role/none",
        ),
        (
            "InvalidateProjectCache",
            json!({"projectName": "none"}),
            "ResourceNotFoundException: Project cannot be found: arn:aws:codebuild:ap-northeast-2:111111111111:project/none",
        ),
        (
            "BatchGetProjects",
            json!({"names": []}),
            "InvalidInputException: 1 validation error detected: Value '[]' at 'names' failed to satisfy constraint: Member must have length greater than or equal to 1",
        ),
    ] {
        assert_eq!(
            trial.fault(operation, input.clone()),
            said,
            "{operation} {input}"
        );
    }
}

#[test]
fn curated_images() {
    let platforms = trial().ok("ListCuratedEnvironmentImages", json!({}));
    let text = platforms.to_string();
    assert!(
        text.contains("aws/codebuild/amazonlinux-x86_64-standard:5.0"),
        "{text}"
    );
}
