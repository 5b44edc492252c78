//! How runs pass stages: approvals, superseding, queues, transitions, retries, stops, rollbacks.

use serde_json::{Value, json};

use super::ground::{Ground, action, approved, pipeline};

const NAME: &str = "approved";

/// A pipeline that waits for an approval, with its first run waiting already.
fn waiting(change: impl FnOnce(&mut Value)) -> Ground {
    let mut ground = Ground::new();
    let mut pipeline = ground.encrypted(approved());
    change(&mut pipeline);
    ground.make(&pipeline);
    ground.advance(30);
    ground
}

fn start(ground: &mut Ground) -> String {
    let answer = ground.pipelines("StartPipelineExecution", json!({"name": NAME}));
    ground.advance(30);
    answer["pipelineExecutionId"].as_str().unwrap().to_owned()
}

fn stage(ground: &mut Ground, index: usize) -> Value {
    ground.pipelines("GetPipelineState", json!({"name": NAME}))["stageStates"][index].clone()
}

fn answer(ground: &mut Ground, token: &Value, status: &str) -> Value {
    ground.pipelines(
        "PutApprovalResult",
        json!({
            "pipelineName": NAME, "stageName": "Approve", "actionName": "Ask",
            "result": {"summary": "looks good", "status": status}, "token": token,
        }),
    )
}

fn token(ground: &mut Ground) -> Value {
    stage(ground, 1)["actionStates"][0]["latestExecution"]["token"].clone()
}

#[test]
fn an_approval_waits_for_its_answer() {
    let mut ground = waiting(|_| {});
    assert_eq!(
        stage(&mut ground, 1)["latestExecution"]["status"],
        "InProgress"
    );
    let token = token(&mut ground);
    let wrong = json!({
        "pipelineName": NAME, "stageName": "Approve", "actionName": "Ask",
        "result": {"summary": "", "status": "Approved"}, "token": "00000000-0000-4000-8000-000000000000",
    });
    assert_eq!(
        ground.refused("PutApprovalResult", wrong.clone()),
        "InvalidApprovalTokenException"
    );
    answer(&mut ground, &token, "Approved");
    ground.advance(5);
    assert_eq!(
        ground.runs(NAME),
        [("CreatePipeline".into(), "Succeeded".into())]
    );
    let state = stage(&mut ground, 1);
    let latest = &state["actionStates"][0]["latestExecution"];
    assert_eq!(
        (&latest["status"], &latest["summary"], latest.get("token")),
        (&json!("Succeeded"), &json!("looks good"), None)
    );
    assert!(
        latest["lastUpdatedBy"]
            .as_str()
            .unwrap()
            .ends_with(":user/administrator")
    );
    assert_eq!(
        ground.refused("PutApprovalResult", wrong),
        "ApprovalAlreadyCompletedException"
    );

    start(&mut ground);
    let token = self::token(&mut ground);
    answer(&mut ground, &token, "Rejected");
    ground.advance(5);
    assert_eq!(ground.runs(NAME)[0].1, "Failed");
    let (_, said) = ground.error(NAME, "Ask");
    assert!(
        said.contains("Rejected by") && said.ends_with("looks good"),
        "{said}"
    );

    start(&mut ground);
    ground.advance(8 * 24 * 3600);
    assert_eq!(ground.runs(NAME)[0].1, "Failed");
}

#[test]
fn the_newest_of_those_that_wait_takes_the_others_place() {
    let mut ground = waiting(|_| {});
    for _ in 0..3 {
        start(&mut ground);
    }
    let statuses: Vec<String> = ground.runs(NAME).into_iter().map(|it| it.1).collect();
    assert_eq!(
        statuses,
        ["InProgress", "Superseded", "Superseded", "InProgress"]
    );
    let newest = ground.newest(NAME);
    assert_eq!(
        stage(&mut ground, 1)["inboundExecution"]["pipelineExecutionId"],
        newest
    );
    let token = token(&mut ground);
    answer(&mut ground, &token, "Approved");
    ground.advance(5);
    assert_eq!(
        stage(&mut ground, 1)["latestExecution"]["pipelineExecutionId"],
        newest
    );
}

#[test]
fn in_a_queue_each_has_its_turn_and_in_parallel_none_waits() {
    let mut ground = waiting(|it| it["executionMode"] = json!("QUEUED"));
    let second = start(&mut ground);
    let third = start(&mut ground);
    let state = stage(&mut ground, 1);
    let inbound: Vec<&Value> = state["inboundExecutions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["pipelineExecutionId"])
        .collect();
    assert_eq!(inbound, [&json!(second), &json!(third)]);
    let token = token(&mut ground);
    answer(&mut ground, &token, "Approved");
    ground.advance(5);
    assert_eq!(
        stage(&mut ground, 1)["latestExecution"]["pipelineExecutionId"],
        second
    );

    let mut ground = waiting(|it| it["executionMode"] = json!("PARALLEL"));
    for _ in 0..3 {
        start(&mut ground);
    }
    assert!(ground.runs(NAME).iter().all(|it| it.1 == "InProgress"));
    assert!(stage(&mut ground, 1).get("inboundExecution").is_none());
    for _ in 0..46 {
        ground.pipelines("StartPipelineExecution", json!({"name": NAME}));
    }
    assert_eq!(
        ground.refused("StartPipelineExecution", json!({"name": NAME})),
        "ConcurrentPipelineExecutionsLimitExceededException"
    );
}

#[test]
fn a_closed_transition_holds_runs_back() {
    let mut ground = Ground::new();
    let pipeline = ground.encrypted(approved());
    ground.make(&pipeline);
    ground.pipelines("DisableStageTransition", json!({"pipelineName": NAME, "stageName": "Approve", "transitionType": "Inbound", "reason": "freeze"}));
    ground.advance(60);
    assert!(stage(&mut ground, 1)["inboundExecution"]["pipelineExecutionId"].is_string());
    ground.pipelines(
        "EnableStageTransition",
        json!({"pipelineName": NAME, "stageName": "Approve", "transitionType": "Inbound"}),
    );
    ground.advance(1);
    assert_eq!(
        stage(&mut ground, 1)["latestExecution"]["status"],
        "InProgress"
    );
}

#[test]
fn a_run_is_stopped_at_once_or_after_what_it_does() {
    let mut ground = waiting(|_| {});
    let id = ground.newest(NAME);
    let stop = |abandon: bool| json!({"pipelineName": NAME, "pipelineExecutionId": id, "abandon": abandon, "reason": "wrong"});
    ground.pipelines("StopPipelineExecution", stop(false));
    ground.advance(60);
    assert_eq!(ground.runs(NAME)[0].1, "Stopping");
    assert_eq!(
        ground.refused("StopPipelineExecution", stop(false)),
        "DuplicatedStopRequestException"
    );
    ground.pipelines("StopPipelineExecution", stop(true));
    ground.advance(1);
    assert_eq!(ground.runs(NAME)[0].1, "Stopped");
    assert_eq!(ground.attempt(NAME, "Ask")["status"], "Abandoned");
    assert_eq!(
        ground.refused("StopPipelineExecution", stop(true)),
        "PipelineExecutionNotStoppableException"
    );
    let listed = ground.pipelines("ListPipelineExecutions", json!({"pipelineName": NAME}));
    assert_eq!(
        listed["pipelineExecutionSummaries"][0]["stopTrigger"]["reason"],
        "wrong"
    );

    // A stopped stage can be taken up again.
    ground.pipelines("RetryStageExecution", json!({"pipelineName": NAME, "stageName": "Approve", "pipelineExecutionId": id, "retryMode": "FAILED_ACTIONS"}));
    ground.advance(5);
    let token = token(&mut ground);
    answer(&mut ground, &token, "Approved");
    ground.advance(5);
    assert_eq!(ground.runs(NAME)[0].1, "Succeeded");
    assert_eq!(
        stage(&mut ground, 1)["retryStageMetadata"]["manualStageRetryAttempt"],
        1
    );
}

#[test]
fn retries_repeat_what_failed_or_all_of_a_stage() {
    for (mode, attempts) in [("FAILED_ACTIONS", 3), ("ALL_ACTIONS", 4)] {
        let mut ground = waiting(|it| {
            let mut second = action("Ask2", "Approval", "Manual", 1);
            second["configuration"] = json!({"CustomData": "x"});
            it["stages"][1]["actions"]
                .as_array_mut()
                .unwrap()
                .push(second);
        });
        let id = ground.newest(NAME);
        for (index, status) in [(0, "Approved"), (1, "Rejected")] {
            let state = stage(&mut ground, 1);
            let action = &state["actionStates"][index];
            ground.pipelines("PutApprovalResult", json!({
                "pipelineName": NAME, "stageName": "Approve", "actionName": action["actionName"],
                "result": {"summary": "", "status": status}, "token": action["latestExecution"]["token"],
            }));
            ground.advance(1);
        }
        assert_eq!(ground.runs(NAME)[0].1, "Failed");
        let retry = json!({"pipelineName": NAME, "stageName": "Approve", "pipelineExecutionId": id, "retryMode": mode});
        ground.pipelines("RetryStageExecution", retry.clone());
        ground.advance(1);
        assert_eq!(
            ground.refused("RetryStageExecution", retry),
            "StageNotRetryableException"
        );
        let all = ground.pipelines(
            "ListActionExecutions",
            json!({"pipelineName": NAME, "filter": {"pipelineExecutionId": id}}),
        );
        let asked = all["actionExecutionDetails"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|it| it["stageName"] == "Approve")
            .count();
        assert_eq!(asked, attempts, "{mode}");
    }
    let mut ground = waiting(|_| {});
    let token = token(&mut ground);
    answer(&mut ground, &token, "Rejected");
    ground.advance(1);
    let old = ground.newest(NAME);
    start(&mut ground);
    let retry = json!({"pipelineName": NAME, "stageName": "Approve", "pipelineExecutionId": old, "retryMode": "ALL_ACTIONS"});
    assert_eq!(
        ground.refused("RetryStageExecution", retry),
        "NotLatestPipelineExecutionException"
    );
}

#[test]
fn a_stage_goes_back_to_an_earlier_run() {
    let mut ground = waiting(|_| {});
    let first = ground.newest(NAME);
    let back =
        json!({"pipelineName": NAME, "stageName": "Approve", "targetPipelineExecutionId": first});
    assert_eq!(
        ground.refused("RollbackStage", back.clone()),
        "UnableToRollbackStageException"
    );
    let token = token(&mut ground);
    answer(&mut ground, &token, "Approved");
    ground.advance(5);
    let mut source = back.clone();
    source["stageName"] = json!("Source");
    assert_eq!(
        ground.refused("RollbackStage", source),
        "UnableToRollbackStageException"
    );
    ground.pipelines("RollbackStage", back);
    ground.advance(5);
    let listed = ground.pipelines("ListPipelineExecutions", json!({"pipelineName": NAME}));
    let newest = &listed["pipelineExecutionSummaries"][0];
    assert_eq!(
        (&newest["executionType"], &newest["trigger"]["triggerType"]),
        (&json!("ROLLBACK"), &json!("ManualRollback"))
    );
    assert_eq!(
        newest["rollbackMetadata"]["rollbackTargetPipelineExecutionId"],
        first
    );
    let token = self::token(&mut ground);
    answer(&mut ground, &token, "Approved");
    ground.advance(5);
    assert_eq!(
        ground.runs(NAME)[0],
        ("ManualRollback".into(), "Succeeded".into())
    );
}

#[test]
fn a_failed_stage_does_what_its_pipeline_says() {
    let mut ground = waiting(|it| {
        it["stages"][1]["onFailure"] =
            json!({"result": "RETRY", "retryConfiguration": {"retryMode": "ALL_ACTIONS"}})
    });
    for expected in ["InProgress", "Failed"] {
        let token = token(&mut ground);
        answer(&mut ground, &token, "Rejected");
        ground.advance(5);
        assert_eq!(ground.runs(NAME)[0].1, expected);
    }
    let mut ground = waiting(|it| it["stages"][1]["onFailure"] = json!({"result": "ROLLBACK"}));
    let token = token(&mut ground);
    answer(&mut ground, &token, "Approved");
    start(&mut ground);
    let token = self::token(&mut ground);
    answer(&mut ground, &token, "Rejected");
    ground.advance(5);
    let runs = ground.runs(NAME);
    assert_eq!(
        (runs[0].0.as_str(), runs[1].1.as_str()),
        ("AutomatedRollback", "Failed")
    );
}

#[test]
fn starting_takes_a_token_variables_and_revisions() {
    let mut ground = waiting(|it| {
        it["variables"] = json!([{"name": "tier", "defaultValue": "silver"}]);
        it["stages"][1]["actions"][0]["configuration"] =
            json!({"CustomData": "for #{variables.tier} of #{Source.BranchName}"});
    });
    assert_eq!(
        ground.attempt(NAME, "Ask")["input"]["resolvedConfiguration"]["CustomData"],
        "for silver of develop"
    );
    let old = ground.attempt(NAME, "Source")["output"]["outputVariables"]["CommitId"].clone();
    let input = json!({"name": NAME, "clientRequestToken": "once", "variables": [{"name": "tier", "value": "gold"}]});
    let id = ground.pipelines("StartPipelineExecution", input.clone());
    assert_eq!(ground.pipelines("StartPipelineExecution", input), id);
    let shown = ground.pipelines(
        "GetPipelineExecution",
        json!({"pipelineName": NAME, "pipelineExecutionId": id["pipelineExecutionId"]}),
    );
    assert_eq!(
        shown["pipelineExecution"]["variables"],
        json!([{"name": "tier", "resolvedValue": "gold"}])
    );
    assert_eq!(
        ground.refused(
            "StartPipelineExecution",
            json!({"name": NAME, "variables": [{"name": "none", "value": "x"}]})
        ),
        "ValidationException"
    );
    ground.push("develop", "b", "2");
    let revision =
        json!([{"actionName": "Source", "revisionType": "COMMIT_ID", "revisionValue": old}]);
    ground.pipelines(
        "StartPipelineExecution",
        json!({"name": NAME, "sourceRevisions": revision}),
    );
    ground.advance(30);
    assert_eq!(
        ground.attempt(NAME, "Source")["output"]["outputVariables"]["CommitId"],
        old
    );
    let wrong = json!([{"actionName": "Ask", "revisionType": "COMMIT_ID", "revisionValue": old}]);
    assert_eq!(
        ground.refused(
            "StartPipelineExecution",
            json!({"name": NAME, "sourceRevisions": wrong})
        ),
        "ValidationException"
    );
    assert_eq!(
        ground.refused("StartPipelineExecution", json!({"name": "none"})),
        "PipelineNotFoundException"
    );
}

#[test]
fn a_changed_pipeline_cancels_its_runs() {
    let mut ground = waiting(|_| {});
    let changed = ground.encrypted(approved());
    ground.pipelines("UpdatePipeline", json!({"pipeline": changed}));
    assert_eq!(ground.runs(NAME)[0].1, "Cancelled");
}

#[test]
fn a_variable_that_nothing_puts_out_fails_the_action() {
    let mut ground = Ground::new();
    let mut changed = ground.encrypted(pipeline());
    changed["name"] = json!(NAME);
    changed["stages"][1]["actions"][0]["namespace"] = json!("Build");
    changed["stages"][2]["actions"][0]["configuration"]["ApplicationName"] =
        json!("#{Build.NOTHING}");
    ground.make(&changed);
    ground.advance(60);
    ground.advance(120);
    let (_, said) = ground.error(NAME, "Deploy");
    assert!(said.starts_with("An action in this pipeline failed because one or more variables could not be resolved: Action name=Deploy."), "{said}");
}
