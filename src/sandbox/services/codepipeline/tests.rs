#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use serde_json::{Value, json};

use crate::sandbox::services::iam;
use crate::sandbox::trial::{OTHER, OWN, Trial};

const ROLE: &str = "arn:aws:iam::111111111111:role/pipeline";
const DEPLOY: &str = "arn:aws:iam::222222222222:role/deploy";

/// A world with the roles that the pipeline needs: its own, and one in the other account.
fn trial() -> Trial {
    let mut trial = Trial::of(&iam::SERVICE);
    let trust = |principal: Value| {
        json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}]}).to_string()
    };
    trial.ok("CreateRole", json!({"RoleName": "pipeline", "AssumeRolePolicyDocument": trust(json!({"Service": "codepipeline.amazonaws.com"}))}));
    trial.ok("CreateRole", json!({"RoleName": "build", "AssumeRolePolicyDocument": trust(json!({"Service": "codebuild.amazonaws.com"}))}));
    let policy = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": DEPLOY}]});
    trial.ok(
        "PutRolePolicy",
        json!({"RoleName": "pipeline", "PolicyName": "p", "PolicyDocument": policy.to_string()}),
    );
    trial.account = OTHER;
    trial.ok(
        "CreateRole",
        json!({"RoleName": "deploy", "AssumeRolePolicyDocument": trust(json!({"AWS": ROLE}))}),
    );
    trial.ok("CreateRole", json!({"RoleName": "closed", "AssumeRolePolicyDocument": trust(json!({"Service": "ecs.amazonaws.com"}))}));
    trial.account = OWN;
    trial.service = &super::SERVICE;
    trial
}

fn pipeline() -> Value {
    json!({
        "name": "orders-dev",
        "roleArn": ROLE,
        "artifactStore": {"type": "S3", "location": "artifacts"},
        "stages": [
            {"name": "Source", "actions": [{
                "name": "Source",
                "actionTypeId": {"category": "Source", "owner": "AWS", "provider": "CodeCommit", "version": "1"},
                "configuration": {"RepositoryName": "orders", "BranchName": "develop"},
                "outputArtifacts": [{"name": "SourceOut"}],
            }]},
            {"name": "Deploy", "actions": [{
                "name": "Deploy",
                "actionTypeId": {"category": "Deploy", "owner": "AWS", "provider": "ECS", "version": "1"},
                "configuration": {"ClusterName": "c", "ServiceName": "s"},
                "inputArtifacts": [{"name": "SourceOut"}],
                "roleArn": DEPLOY,
            }]},
        ],
    })
}

fn with(change: impl FnOnce(&mut Value)) -> Value {
    let mut pipeline = pipeline();
    change(&mut pipeline);
    json!({"pipeline": pipeline})
}

#[test]
fn anything_is_answered() {
    let mut trial = trial();
    trial.survives_anything();
    trial.ok("CreatePipeline", json!({"pipeline": pipeline()}));
    trial.survives_anything();
}

#[test]
fn a_pipeline_is_made_changed_and_deleted() {
    let mut trial = trial();
    let made = trial.ok(
        "CreatePipeline",
        json!({
            "pipeline": with(|p| { p["version"] = json!(7); p["unknown"] = json!(1); })["pipeline"],
            "tags": [{"key": "a", "value": "1"}],
        }),
    );
    assert_eq!(made["tags"], json!([{"key": "a", "value": "1"}]));
    let shown = &made["pipeline"];
    assert_eq!(
        (
            &shown["version"],
            &shown["pipelineType"],
            &shown["executionMode"]
        ),
        (&json!(1), &json!("V1"), &json!("SUPERSEDED"))
    );
    assert!(shown.get("unknown").is_none());
    assert_eq!(shown["stages"][1]["actions"][0]["runOrder"], 1);
    assert_eq!(
        shown["stages"][0]["actions"][0]["inputArtifacts"],
        json!([])
    );
    let read = trial.ok("GetPipeline", json!({"name": "orders-dev"}));
    assert_eq!(read["pipeline"], *shown);
    assert_eq!(
        read["metadata"]["pipelineArn"],
        "arn:aws:codepipeline:ap-northeast-2:111111111111:orders-dev"
    );
    assert_eq!(read["metadata"]["created"], read["metadata"]["updated"]);

    let updated = trial.ok(
        "UpdatePipeline",
        with(|p| p["executionMode"] = json!("QUEUED")),
    );
    assert_eq!(updated["pipeline"]["version"], 2);
    assert_eq!(updated["pipeline"]["pipelineType"], "V2");
    let first = trial.ok("GetPipeline", json!({"name": "orders-dev", "version": 1}));
    assert_eq!(first["pipeline"], *shown);
    assert!(first["metadata"]["updated"].as_f64() > first["metadata"]["created"].as_f64());
    assert_eq!(
        trial.code("GetPipeline", json!({"name": "orders-dev", "version": 3})),
        "PipelineVersionNotFoundException"
    );

    let all = trial.ok("ListPipelines", json!({}));
    assert_eq!(all["pipelines"][0]["name"], "orders-dev");
    assert_eq!(all["pipelines"][0]["version"], 2);
    trial.account = OTHER;
    assert_eq!(trial.ok("ListPipelines", json!({}))["pipelines"], json!([]));
    assert_eq!(
        trial.fault("GetPipeline", json!({"name": "orders-dev"})),
        "PipelineNotFoundException: Account '222222222222' does not have a pipeline with name 'orders-dev'"
    );
    trial.account = OWN;
    trial.ok("DeletePipeline", json!({"name": "orders-dev"}));
    trial.ok("DeletePipeline", json!({"name": "orders-dev"}));
    assert_eq!(
        trial.code("GetPipeline", json!({"name": "orders-dev"})),
        "PipelineNotFoundException"
    );
}

#[test]
fn what_is_refused() {
    let mut trial = trial();
    trial.ok("CreatePipeline", with(|p| p["name"] = json!("taken")));
    for (input, said) in [
        (
            json!({}),
            "ValidationException: 1 validation error detected: Value null at 'pipeline' failed to satisfy constraint: Member must not be null",
        ),
        (
            with(|p| p["name"] = json!("taken")),
            "PipelineNameInUseException: A pipeline with the name 'taken' already exists in account '111111111111'",
        ),
        (
            with(|p| p["name"] = json!("a b")),
            "ValidationException: 1 validation error detected: Value 'a b' at 'pipeline.name' failed to satisfy constraint: Member must satisfy regular expression pattern: [A-Za-z0-9.@\\-_]+",
        ),
        (
            with(|p| {
                p["stages"].as_array_mut().unwrap().pop();
            }),
            "InvalidStructureException: Pipeline has only 1 stage(s). There should be a minimum of 2 stages in a pipeline",
        ),
        (
            with(|p| p["roleArn"] = json!("arn:aws:iam::111111111111:role/none")),
            "InvalidStructureException: CodePipeline is not authorized to perform AssumeRole on role arn:aws:iam::111111111111:role/none",
        ),
        (
            with(|p| p["roleArn"] = json!("arn:aws:iam::111111111111:role/build")),
            "InvalidStructureException: CodePipeline is not authorized to perform AssumeRole on role arn:aws:iam::111111111111:role/build",
        ),
        (
            with(|p| p["roleArn"] = json!(DEPLOY)),
            "AccessDeniedException: Cross-account pass role is not allowed.",
        ),
        (
            with(|p| {
                p["stages"][1]["actions"][0]["roleArn"] =
                    json!("arn:aws:iam::222222222222:role/none")
            }),
            "InvalidStructureException: arn:aws:iam::111111111111:role/pipeline is not authorized to perform AssumeRole on role arn:aws:iam::222222222222:role/none",
        ),
        (
            with(|p| {
                p["stages"][1]["actions"][0]["roleArn"] =
                    json!("arn:aws:iam::222222222222:role/closed")
            }),
            "InvalidStructureException: arn:aws:iam::111111111111:role/pipeline is not authorized to perform AssumeRole on role arn:aws:iam::222222222222:role/closed",
        ),
    ] {
        assert_eq!(
            trial.fault("CreatePipeline", input.clone()),
            said,
            "{input}"
        );
    }
    for (change, code) in [
        (
            json!({"tags": [{"key": "a", "value": "1"}, {"key": "a", "value": "2"}]}),
            "InvalidTagsException",
        ),
        (
            json!({"tags": [{"key": "aws:a", "value": "1"}]}),
            "InvalidTagsException",
        ),
        (
            json!({"tags": (0..51).map(|n| json!({"key": format!("k{n}"), "value": ""})).collect::<Vec<_>>()}),
            "TooManyTagsException",
        ),
        (
            json!({"tags": [{"key": "", "value": "1"}]}),
            "ValidationException",
        ),
    ] {
        let input = json!({"pipeline": pipeline(), "tags": change["tags"]});
        assert_eq!(trial.code("CreatePipeline", input), code, "{change}");
    }
    assert_eq!(
        trial.code("UpdatePipeline", with(|p| p["name"] = json!("none"))),
        "PipelineNotFoundException"
    );
    assert_eq!(
        trial.code(
            "UpdatePipeline",
            with(|p| {
                p["name"] = json!("taken");
                p["stages"] = json!([]);
            })
        ),
        "InvalidStructureException"
    );
    assert_eq!(
        trial.ok("GetPipeline", json!({"name": "taken"}))["pipeline"]["version"],
        1
    );
    assert_eq!(
        trial.code("ListPipelines", json!({"nextToken": "x"})),
        "InvalidNextTokenException"
    );
}

#[test]
fn state_and_transitions() {
    let mut trial = trial();
    trial.ok("CreatePipeline", json!({"pipeline": pipeline()}));
    let state = trial.ok("GetPipelineState", json!({"name": "orders-dev"}));
    assert_eq!(state["pipelineVersion"], 1);
    let first = &state["stageStates"][0];
    assert_eq!(first["stageName"], "Source");
    assert_eq!(first["inboundTransitionState"], json!({"enabled": true}));
    assert_eq!(first["actionStates"][0]["actionName"], "Source");
    // The run that making the pipeline has started stands before its first stage.
    assert_eq!(first["inboundExecution"]["status"], "InProgress");
    let stage = |name: &str, kind: &str| json!({"pipelineName": "orders-dev", "stageName": name, "transitionType": kind, "reason": "frozen"});
    trial.ok("DisableStageTransition", stage("Source", "Outbound"));
    let transition = trial.ok("GetPipelineState", json!({"name": "orders-dev"}))["stageStates"][1]
        ["inboundTransitionState"]
        .clone();
    assert_eq!(
        (&transition["enabled"], &transition["disabledReason"]),
        (&json!(false), &json!("frozen"))
    );
    trial.ok("EnableStageTransition", stage("Deploy", "Inbound"));
    assert_eq!(
        trial.ok("GetPipelineState", json!({"name": "orders-dev"}))["stageStates"][1]["inboundTransitionState"],
        json!({"enabled": true})
    );
    assert_eq!(
        trial.code("DisableStageTransition", stage("None", "Inbound")),
        "StageNotFoundException"
    );
    assert_eq!(trial.code("DisableStageTransition", json!({"pipelineName": "none", "stageName": "a", "transitionType": "Inbound", "reason": "r"})), "PipelineNotFoundException");
    assert_eq!(trial.code("DisableStageTransition", json!({"pipelineName": "orders-dev", "stageName": "Source", "transitionType": "Inbound"})), "ValidationException");
    assert_eq!(
        trial.code("GetPipelineState", json!({"name": "none"})),
        "PipelineNotFoundException"
    );
    let runs = trial.ok(
        "ListPipelineExecutions",
        json!({"pipelineName": "orders-dev"}),
    );
    let first = &runs["pipelineExecutionSummaries"][0];
    assert_eq!(first["trigger"]["triggerType"], "CreatePipeline");
    assert_eq!(
        trial.code("ListPipelineExecutions", json!({"pipelineName": "none"})),
        "PipelineNotFoundException"
    );
}

#[test]
fn tags() {
    let mut trial = trial();
    trial.ok("CreatePipeline", json!({"pipeline": pipeline()}));
    let arn = "arn:aws:codepipeline:ap-northeast-2:111111111111:orders-dev";
    trial.ok("TagResource", json!({"resourceArn": arn, "tags": [{"key": "b", "value": "2"}, {"key": "a", "value": "1"}]}));
    trial.ok(
        "UntagResource",
        json!({"resourceArn": arn, "tagKeys": ["b"]}),
    );
    assert_eq!(
        trial.ok("ListTagsForResource", json!({"resourceArn": arn}))["tags"],
        json!([{"key": "a", "value": "1"}])
    );
    for (resource, code) in [
        (
            "arn:aws:codepipeline:ap-northeast-2:111111111111:none",
            "ResourceNotFoundException",
        ),
        (
            "arn:aws:codepipeline:ap-northeast-2:222222222222:orders-dev",
            "ResourceNotFoundException",
        ),
        ("orders-dev", "ValidationException"),
    ] {
        assert_eq!(
            trial.code("ListTagsForResource", json!({"resourceArn": resource})),
            code,
            "{resource}"
        );
    }
}

#[test]
fn a_token_in_a_source_action_is_not_given_back() {
    let declared = json!({"stages": [{"actions": [{"configuration": {"OAuthToken": "secret", "Repo": "r"}}]}]});
    let shown = super::declaration::masked(&declared);
    assert_eq!(
        shown["stages"][0]["actions"][0]["configuration"],
        json!({"OAuthToken": "****", "Repo": "r"})
    );
}
