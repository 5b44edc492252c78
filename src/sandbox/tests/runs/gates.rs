//! What holds a run back: conditions of stages, a stage under way, a topic that may not be published to.

use serde_json::{Value, json};

use super::ground::{Ground, approved};

const NAME: &str = "approved";

fn made(change: impl FnOnce(&mut Value)) -> Ground {
    let mut ground = Ground::new();
    let mut pipeline = ground.encrypted(approved());
    change(&mut pipeline);
    ground.make(&pipeline);
    ground.advance(30);
    ground
}

fn state(ground: &mut Ground) -> Value {
    ground.pipelines("GetPipelineState", json!({"name": NAME}))["stageStates"][1].clone()
}

fn approve(ground: &mut Ground) {
    let token = state(ground)["actionStates"][0]["latestExecution"]["token"].clone();
    let input = json!({
        "pipelineName": NAME, "stageName": "Approve", "actionName": "Ask",
        "result": {"summary": "", "status": "Approved"}, "token": token,
    });
    ground.pipelines("PutApprovalResult", input);
    ground.advance(5);
}

#[test]
fn a_condition_that_is_not_evaluated_lets_no_run_pass() {
    let condition = json!({"conditions": [{"result": "FAIL", "rules": [{
        "name": "Window",
        "ruleTypeId": {"category": "Rule", "owner": "AWS", "provider": "DeploymentWindow", "version": "1"},
        "configuration": {"Cron": "* * * * *", "TimeZone": "UTC"},
    }]}]});
    for (kind, member) in [
        ("beforeEntry", "beforeEntryConditionState"),
        ("onSuccess", "onSuccessConditionState"),
    ] {
        let mut ground = made(|it| it["stages"][1][kind] = condition.clone());
        if kind == "onSuccess" {
            approve(&mut ground);
        }
        assert_eq!(ground.runs(NAME)[0].1, "Failed", "{kind}");
        let state = state(&mut ground);
        assert_eq!(state["latestExecution"]["status"], "Failed");
        let latest = &state[member]["latestExecution"];
        assert_eq!(latest["status"], "Errored", "{state:#}");
        let said = latest["summary"].as_str().unwrap();
        assert!(said.contains("does not evaluate"), "{said}");
        let id = ground.newest(NAME);
        let retry = json!({"pipelineName": NAME, "stageName": "Approve", "pipelineExecutionId": id, "retryMode": "ALL_ACTIONS"});
        assert_eq!(
            ground.refused("RetryStageExecution", retry),
            "StageNotRetryableException"
        );
    }
}

#[test]
fn a_stage_under_way_is_not_rolled_back() {
    let mut ground = made(|_| {});
    let first = ground.newest(NAME);
    approve(&mut ground);
    ground.pipelines("StartPipelineExecution", json!({"name": NAME}));
    ground.advance(30);
    let back =
        json!({"pipelineName": NAME, "stageName": "Approve", "targetPipelineExecutionId": first});
    assert_eq!(
        ground.refused("RollbackStage", back.clone()),
        "UnableToRollbackStageException"
    );
    approve(&mut ground);
    ground.pipelines("RollbackStage", back);
}

#[test]
fn an_approval_that_may_not_publish_fails() {
    let topic = "arn:aws:sns:ap-northeast-2:111111111111:approvals";
    let mut ground = made(|it| {
        it["stages"][1]["actions"][0]["configuration"] = json!({"NotificationArn": topic});
    });
    let (_, said) = ground.error(NAME, "Ask");
    assert!(said.contains("sns:Publish"), "{said}");
}
