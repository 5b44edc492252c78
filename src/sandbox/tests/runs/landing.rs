//! From a push to what runs, and where a run ends when something is missing.

use serde_json::{Value, json};

use super::ground::{BUCKET, DEV, Ground, SHARED};
use crate::sandbox::services::{codebuild, codecommit, ecr, ecs, iam, kms};
use crate::sandbox::world::World;

const NAME: &str = "orders-dev-the-name-is-long";

#[test]
fn a_push_lands() {
    let mut ground = Ground::with_pipeline();
    let commit = ground.push("develop", "src/main.rs", "fn main() {}\n");
    ground.advance(1200);
    assert_eq!(
        ground.runs(NAME)[0],
        ("CloudWatchEvent".into(), "Succeeded".into()),
        "{:#}",
        ground.pipelines("ListActionExecutions", json!({"pipelineName": NAME}))
    );
    let source = ground.attempt(NAME, "Source");
    let location = &source["output"]["outputArtifacts"][0]["s3location"];
    let key = location["key"].as_str().unwrap();
    assert_eq!(location["bucket"], BUCKET);
    assert_eq!(&key[..32], "orders-dev-the-name-/SourceArti/", "{key}");
    assert_eq!(key.len(), 39);
    let object = ground.world.buckets[BUCKET].version(key, None).unwrap();
    assert_eq!(object.encryption.algorithm, "aws:kms");
    assert_eq!(object.encryption.key, Some(ground.key()));
    let files = ground.files(location);
    assert_eq!(files["src/main.rs"].content, b"fn main() {}\n");
    assert_eq!(source["output"]["outputVariables"]["CommitId"], commit);

    let build = ground.attempt(NAME, "Build");
    let files = ground.files(&build["output"]["outputArtifacts"][0]["s3location"]);
    assert_eq!(
        files.keys().collect::<Vec<_>>(),
        ["appspec.yaml", "imageDetail.json", "taskdef.json"]
    );
    let detail: Value = serde_json::from_slice(&files["imageDetail.json"].content).unwrap();
    let images = ground.ok(
        DEV,
        &ecr::SERVICE,
        "DescribeImages",
        json!({"repositoryName": "orders"}),
    );
    let image = images["imageDetails"]
        .as_array()
        .unwrap()
        .iter()
        .find(|it| it["imageTags"][0] == commit[..12]);
    let image = image.unwrap_or_else(|| panic!("{images:#}"));
    assert_eq!(
        detail["ImageURI"],
        format!(
            "{DEV}.dkr.ecr.ap-northeast-2.amazonaws.com/orders@{}",
            image["imageDigest"].as_str().unwrap()
        )
    );
    let id = build["output"]["executionResult"]["externalExecutionId"].clone();
    let shown = ground.ok(
        SHARED,
        &codebuild::SERVICE,
        "BatchGetBuilds",
        json!({"ids": [id]}),
    );
    let shown = &shown["builds"][0];
    assert_eq!(
        (
            &shown["buildStatus"],
            &shown["currentPhase"],
            &shown["initiator"]
        ),
        (
            &json!("SUCCEEDED"),
            &json!("COMPLETED"),
            &json!("codepipeline/orders-dev-the-name-is-long")
        )
    );
    assert_eq!(shown["resolvedSourceVersion"], commit);

    let service = ground.ok(
        DEV,
        &ecs::SERVICE,
        "DescribeServices",
        json!({"cluster": "main", "services": ["orders"]}),
    );
    let primary = service["services"][0]["taskSets"]
        .as_array()
        .unwrap()
        .iter()
        .find(|it| it["status"] == "PRIMARY")
        .unwrap()
        .clone();
    let definition = ground.ok(
        DEV,
        &ecs::SERVICE,
        "DescribeTaskDefinition",
        json!({"taskDefinition": primary["taskDefinition"]}),
    );
    assert_eq!(
        definition["taskDefinition"]["containerDefinitions"][0]["image"],
        detail["ImageURI"]
    );

    let state = ground.pipelines("GetPipelineState", json!({"name": NAME}));
    for stage in state["stageStates"].as_array().unwrap() {
        assert_eq!(stage["latestExecution"]["status"], "Succeeded", "{stage:#}");
        assert_eq!(
            stage["actionStates"][0]["latestExecution"]["status"],
            "Succeeded"
        );
    }
    assert_eq!(
        state["stageStates"][0]["actionStates"][0]["currentRevision"]["revisionId"],
        commit
    );
}

#[test]
fn what_is_not_mapped_starts_nothing() {
    let mut ground = Ground::with_pipeline();
    let before = ground.runs(NAME);
    ground.push("other", "a", "1");
    let head = head(&mut ground);
    let branch = json!({"repositoryName": "orders", "branchName": "third", "commitId": head});
    ground.ok(SHARED, &codecommit::SERVICE, "CreateBranch", branch);
    ground.advance(600);
    assert_eq!(ground.runs(NAME).len(), before.len());
}

fn head(ground: &mut Ground) -> Value {
    let head = ground.ok(
        SHARED,
        &codecommit::SERVICE,
        "GetBranch",
        json!({"repositoryName": "orders", "branchName": "main"}),
    );
    head["branch"]["commitId"].clone()
}

#[test]
fn a_rule_whose_role_may_not_is_silent() {
    for broken in ["policy", "trust"] {
        let mut ground = Ground::with_pipeline();
        if broken == "policy" {
            ground.allow(SHARED, "events", &["codepipeline:GetPipeline"]);
        } else {
            let trust = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "codebuild.amazonaws.com"}, "Action": "sts:AssumeRole"}]});
            ground.ok(
                SHARED,
                &iam::SERVICE,
                "UpdateAssumeRolePolicy",
                json!({"RoleName": "events", "PolicyDocument": trust.to_string()}),
            );
        }
        let before = ground.runs(NAME).len();
        ground.push("develop", "a", "1");
        ground.advance(600);
        assert_eq!(ground.runs(NAME).len(), before, "{broken}");
        let rule = &ground.world.accounts[SHARED].regions["ap-northeast-2"]
            .eventbridge
            .buses["default"]
            .rules[NAME];
        assert_eq!((rule.triggered, rule.failed_invocations), (1, 1));
    }
}

/// Breaks something, pushes, and answers code and message of the action that failed.
fn broken(action: &str, break_it: impl FnOnce(&mut Ground)) -> (String, String) {
    let mut ground = Ground::with_pipeline();
    break_it(&mut ground);
    ground.push("develop", "a", "1");
    ground.advance(3600);
    assert_eq!(ground.runs(NAME)[0].1, "Failed");
    ground.error(NAME, action)
}

#[test]
fn a_refused_need_fails_the_right_action() {
    let (_, said) = broken("Source", |ground| {
        ground.allow(
            SHARED,
            "pipeline",
            &["s3:*", "kms:*", "codebuild:*", "sts:AssumeRole"],
        )
    });
    assert!(said.contains("codecommit:GetBranch"), "{said}");

    let (_, said) = broken("Build", |ground| {
        ground.allow(
            SHARED,
            "pipeline",
            &["s3:*", "kms:*", "codecommit:*", "sts:AssumeRole"],
        )
    });
    assert!(said.contains("codebuild:StartBuild"), "{said}");

    let (code, said) = broken("Build", |ground| {
        ground.allow(
            SHARED,
            "build",
            &[
                "s3:GetBucket*",
                "s3:PutObject",
                "kms:*",
                "logs:*",
                "sts:AssumeRole",
            ],
        )
    });
    assert!(
        code == "JobFailed" && said.contains("s3:GetObject"),
        "{code} {said}"
    );

    let (code, said) = broken("Build", |ground| {
        ground.allow(SHARED, "build", &["s3:*", "kms:*", "logs:*"])
    });
    assert!(
        code == "JobFailed" && said.contains("COMMAND_EXECUTION_ERROR"),
        "{code} {said}"
    );

    let (_, said) = broken("Deploy", |ground| {
        ground.allow(
            DEV,
            "deploy",
            &["s3:*", "codedeploy:*", "ecs:*", "iam:PassRole"],
        )
    });
    assert!(
        said.contains("missing permissions to access input artifact: BuildArtifact"),
        "{said}"
    );

    let (_, said) = broken("Deploy", |ground| {
        ground.allow(DEV, "deploy", &["s3:*", "kms:*", "codedeploy:*", "ecs:*"])
    });
    assert!(said.contains("iam:PassRole"), "{said}");
}

#[test]
fn files_that_are_missing_or_malformed_fail_as_documented() {
    let (_, said) = broken("Build", |ground| {
        ground.push("develop", "buildspec.yml", "version: 9\n");
    });
    assert!(said.contains("YAML_FILE_ERROR"), "{said}");
    let (_, said) = broken("Build", |ground| {
        ground.push("develop", "buildspec.yml", "version: 0.2\nphases: {build: {commands: [make]}}\nartifacts: {base-directory: dist, files: ['**/*']}\n");
    });
    assert!(
        said.contains("no matching base directory path found for dist"),
        "{said}"
    );
    let (_, said) = broken("Deploy", |ground| {
        ground.push("develop", "deploy/dev/taskdef.json", "{");
    });
    assert_eq!(
        said,
        "Exception while trying to read the task definition artifact file from: BuildArtifact"
    );
    let (_, said) = broken("Deploy", |ground| {
        ground.push("develop", "buildspec.yml", "version: 0.2\nphases: {build: {commands: [make]}}\nartifacts: {base-directory: deploy/dev, files: ['**/*']}\n");
    });
    assert_eq!(
        said,
        "Exception while trying to read the image artifact file from: BuildArtifact"
    );
    let (_, said) = broken("Source", |ground| {
        let key = ground.key();
        ground.ok(
            SHARED,
            &kms::SERVICE,
            "ScheduleKeyDeletion",
            json!({"KeyId": key}),
        );
    });
    assert!(said.contains("is pending deletion."), "{said}");
}

#[test]
fn a_run_goes_on_after_it_was_saved_in_the_middle() {
    let mut ground = Ground::with_pipeline();
    ground.push("develop", "a", "1");
    let mut same = Ground::with_pipeline();
    same.push("develop", "a", "1");
    for _ in 0..40 {
        ground.advance(20);
        let saved = serde_json::to_vec(&ground.world).unwrap();
        ground.world = serde_json::from_slice::<World>(&saved).unwrap();
    }
    same.advance(800);
    assert_eq!(ground.runs(NAME), same.runs(NAME));
    assert_eq!(ground.runs(NAME)[0].1, "Succeeded");
    // One long step and many short ones are the same run.
    let shown = |ground: &mut Ground| {
        ground.pipelines("ListActionExecutions", json!({"pipelineName": NAME}))
    };
    assert_eq!(shown(&mut ground), shown(&mut same));
}

#[test]
fn commands_are_read_with_their_branches() {
    let spec = |wanted: &str| {
        format!(
            "version: 0.2\nenv:\n  shell: bash\nphases:\n  pre_build:\n    commands:\n      - |\n        if [ \"$STAGE\" = stg ]; then\n          FROM=deploy/stg\n        elif [ \"$STAGE\" = {wanted} ]; then\n          FROM=deploy/dev\n        else\n          echo unknown >&2\n          exit 1\n        fi\n      - mkdir -p out && cp $FROM/taskdef.json $FROM/appspec.yaml out/\n  build:\n    commands:\n      - aws ecr get-login-password | docker login --username AWS --password-stdin $REGISTRY\n      - docker push $REGISTRY/orders:$STAGE\n      - echo {{}} > out/imageDetail.json\nartifacts:\n  base-directory: out\n  files: ['**/*']\n"
        )
    };
    let with = |ground: &mut Ground, wanted: &str| {
        ground.ok(
            SHARED,
            &codebuild::SERVICE,
            "UpdateProject",
            json!({"name": "orders-dev", "environment": {
                "type": "LINUX_CONTAINER",
                "image": "aws/codebuild/amazonlinux-x86_64-standard:5.0",
                "computeType": "BUILD_GENERAL1_SMALL",
                "privilegedMode": true,
                "environmentVariables": [
                    {"name": "STAGE", "value": "dev"},
                    {"name": "REGISTRY", "value": format!("{SHARED}.dkr.ecr.ap-northeast-2.amazonaws.com")},
                ],
            }}),
        );
        let repository = json!({"repositoryName": "orders"});
        ground.ok(SHARED, &ecr::SERVICE, "CreateRepository", repository);
        let actions = ["s3:*", "kms:*", "logs:*", "ecr:*"];
        ground.allow(SHARED, "build", &actions);
        ground.push("develop", "deploy/stg/taskdef.json", "other");
        ground.push("develop", "deploy/stg/appspec.yaml", "other");
        ground.push("develop", "buildspec.yml", &spec(wanted));
    };
    let mut ground = Ground::with_pipeline();
    with(&mut ground, "dev");
    ground.advance(120);
    let build = ground.attempt(NAME, "Build");
    assert_eq!(build["status"], "Succeeded", "{build:#}");
    let files = ground.files(&build["output"]["outputArtifacts"][0]["s3location"]);
    let names: Vec<&String> = files.keys().collect();
    assert_eq!(names, ["appspec.yaml", "imageDetail.json", "taskdef.json"]);
    assert_ne!(files["taskdef.json"].content, b"other");
    let images = json!({"repositoryName": "orders"});
    let images = ground.ok(SHARED, &ecr::SERVICE, "DescribeImages", images);
    assert_eq!(images["imageDetails"][0]["imageTags"], json!(["dev"]));

    let (_, said) = broken("Build", |ground| with(ground, "prd"));
    assert!(
        said.contains("Phase: PRE_BUILD, Code: COMMAND_EXECUTION_ERROR"),
        "{said}"
    );
}
