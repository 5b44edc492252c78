use super::*;
use serde_json::json;

/// A structure with every kind of member that the API has.
fn rich() -> Value {
    let rule = json!({
        "name": "window",
        "ruleTypeId": {"category": "Rule", "owner": "AWS", "provider": "DeploymentWindow", "version": "1"},
        "configuration": {"Cron": "* * * * * ?", "TimeZone": "UTC"},
        "commands": ["true"],
        "inputArtifacts": [{"name": "BuildOut"}],
        "roleArn": "arn:aws:iam::111111111111:role/rule",
        "region": "eu-west-1",
        "timeoutInMinutes": 10
    });
    json!({
        "name": "dev-orders",
        "roleArn": "arn:aws:iam::111111111111:role/cicd/orders-dev-pipeline",
        "artifactStores": {
            "ap-northeast-2": {"type": "S3", "location": "a", "encryptionKey": {"id": "arn:aws:kms:ap-northeast-2:111111111111:key/1", "type": "KMS"}},
            "eu-west-1": {"type": "S3", "location": "b"}
        },
        "stages": [
            {
                "name": "Source",
                "actions": [{
                    "name": "Source",
                    "actionTypeId": {"category": "Source", "owner": "AWS", "provider": "CodeCommit", "version": "1"},
                    "runOrder": 1,
                    "configuration": {"BranchName": "develop", "OutputArtifactFormat": "CODE_ZIP", "PollForSourceChanges": "false", "RepositoryName": "orders"},
                    "outputArtifacts": [{"name": "SourceOut", "files": ["a", "b"]}],
                    "namespace": "SourceVariables"
                }],
                "onFailure": {"result": "RETRY", "retryConfiguration": {"retryMode": "FAILED_ACTIONS"}}
            },
            {
                "name": "Deploy",
                "blockers": [{"name": "block", "type": "Schedule"}],
                "actions": [{
                    "name": "Deploy",
                    "actionTypeId": {"category": "Deploy", "owner": "AWS", "provider": "CodeDeployToECS", "version": "1"},
                    "runOrder": 2,
                    "configuration": {"ApplicationName": "orders"},
                    "commands": ["make"],
                    "inputArtifacts": [{"name": "SourceOut"}],
                    "outputVariables": ["A"],
                    "roleArn": "arn:aws:iam::222222222222:role/cicd/orders-deploy",
                    "region": "eu-west-1",
                    "timeoutInMinutes": 60,
                    "environmentVariables": [{"name": "A", "value": "b", "type": "PLAINTEXT"}]
                }],
                "onFailure": {"result": "ROLLBACK", "conditions": [{"result": "ROLLBACK", "rules": [rule.clone()]}]},
                "onSuccess": {"conditions": [{"result": "FAIL", "rules": [rule.clone()]}]},
                "beforeEntry": {"conditions": [{"result": "SKIP", "rules": [rule]}]}
            }
        ],
        "executionMode": "QUEUED",
        "pipelineType": "V2",
        "variables": [{"name": "V", "defaultValue": "1", "description": "a variable"}],
        "triggers": [{
            "providerType": "CodeStarSourceConnection",
            "gitConfiguration": {
                "sourceActionName": "Source",
                "push": [{"tags": {"includes": ["v*"], "excludes": ["v0*"]}, "branches": {"includes": ["main"], "excludes": ["x"]}, "filePaths": {"includes": ["src/**"], "excludes": ["docs/**"]}}],
                "pullRequest": [{"events": ["OPEN", "UPDATED", "CLOSED"], "branches": {"includes": ["main"]}, "filePaths": {"includes": ["a"]}}]
            }
        }]
    })
}

#[test]
fn every_member_survives_both_ways() {
    let declaration = document::read(&rich(), PipelineDeclaration::deserialize).unwrap();
    let mut back = document::write(&declaration).unwrap();
    document::sort_maps(&mut back, MAPS);
    assert_eq!(back, rich());
    // The order of members, too: it is what a person reads in a plan.
    assert_eq!(back.to_string(), rich().to_string());
}

#[test]
fn a_misspelt_member_is_named_instead_of_being_dropped() {
    let mut wrong = rich();
    wrong["stages"][1]["actions"][0]["rolArn"] = json!("arn:aws:iam::222222222222:role/x");
    let error = document::read(&wrong, PipelineDeclaration::deserialize).unwrap_err();
    assert_eq!(
        error,
        "the API has no member 'stages[1].actions[0].rolArn' of this kind"
    );
    let mut wrong = rich();
    wrong["stages"][0]["name"] = json!(1);
    assert!(document::read(&wrong, PipelineDeclaration::deserialize).is_err());
}

#[test]
fn what_aws_fills_in_is_no_difference() {
    let action = json!({
        "name": "Build",
        "actionTypeId": {"category": "Build", "owner": "AWS", "provider": "CodeBuild", "version": "1"},
        "configuration": {"ProjectName": "p"},
        "inputArtifacts": [{"name": "SourceOut"}]
    });
    let document = json!({
        "name": "dev-orders",
        "roleArn": "arn:aws:iam::111111111111:role/r",
        "artifactStore": {"type": "S3", "location": "a"},
        "stages": [{"name": "Build", "actions": [action]}],
        "pipelineType": "V2"
    });
    let wanted = Pipeline {
        name: "dev-orders".into(),
        document: document.clone(),
        tags: Tags::new(),
    };
    let mut answer = document.clone();
    answer["version"] = json!(3);
    answer["executionMode"] = json!("SUPERSEDED");
    answer["stages"][0]["actions"][0]["runOrder"] = json!(1);
    answer["stages"][0]["actions"][0]["region"] = json!("eu-west-1");
    answer["stages"][0]["actions"][0]["outputArtifacts"] = json!([]);
    let home = Region::parse("eu-west-1").unwrap();
    let shaped = |answer: &Value| {
        let found = document::read(answer, PipelineDeclaration::deserialize).unwrap();
        shape(&found, &wanted, &home).unwrap()
    };
    assert_eq!(shaped(&answer), document);
    answer["stages"][0]["actions"][0]["region"] = json!("us-east-1");
    assert_ne!(shaped(&answer), document);
}
