//! What CodePipeline and CodeBuild tell EventBridge, as a rule sees it that starts another pipeline.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::ground::{Ground, REGION, SHARED, approved};
use crate::sandbox::services::eventbridge;

/// Moves the clock in small steps and keeps every event on its way.
fn listen(ground: &mut Ground, seconds: i64) -> Vec<Value> {
    let mut seen = BTreeSet::new();
    let mut events = Vec::new();
    for _ in 0..seconds * 4 {
        ground.now += 250;
        crate::sandbox::clockwork::advance(&mut ground.world, &ground.blobs, ground.now);
        let sent = &ground.world.accounts[SHARED].regions[REGION]
            .eventbridge
            .sent;
        for it in sent {
            if seen.insert(it.event["id"].as_str().unwrap_or_default().to_owned()) {
                events.push(it.event.clone());
            }
        }
    }
    events
}

fn of<'a>(events: &'a [Value], kind: &str) -> Vec<&'a Value> {
    let fits = |it: &&Value| it["detail-type"] == kind;
    events.iter().filter(fits).map(|it| &it["detail"]).collect()
}

#[test]
fn runs_stages_and_actions_are_told_of() {
    let mut ground = Ground::new();
    ground.make(&ground.encrypted(approved()));
    let events = listen(&mut ground, 30);
    let runs = of(&events, "CodePipeline Pipeline Execution State Change");
    assert_eq!(runs.len(), 1, "{runs:#?}");
    assert_eq!(
        (
            &runs[0]["state"],
            &runs[0]["version"],
            &runs[0]["pipeline-execution-attempt"]
        ),
        (&json!("STARTED"), &json!(1.0), &json!(1.0))
    );
    assert_eq!(
        runs[0]["execution-trigger"]["trigger-type"],
        "CreatePipeline"
    );
    let stages: Vec<(&Value, &Value)> = of(&events, "CodePipeline Stage Execution State Change")
        .into_iter()
        .map(|it| (&it["stage"], &it["state"]))
        .collect();
    assert_eq!(
        stages,
        [
            (&json!("Source"), &json!("STARTED")),
            (&json!("Source"), &json!("SUCCEEDED")),
            (&json!("Approve"), &json!("STARTED")),
        ]
    );
    let actions = of(&events, "CodePipeline Action Execution State Change");
    assert_eq!(actions.len(), 3, "{actions:#?}");
    let done = actions[1];
    assert_eq!(
        (&done["action"], &done["state"], &done["type"]["provider"]),
        (&json!("Source"), &json!("SUCCEEDED"), &json!("CodeCommit"))
    );
    assert_eq!(done["output-artifacts"][0]["name"], "SourceArtifact");
    assert!(done["execution-result"]["external-execution-id"].is_string());

    let id = ground.newest("approved");
    ground.pipelines(
        "StopPipelineExecution",
        json!({"pipelineName": "approved", "pipelineExecutionId": id, "abandon": true}),
    );
    let events = listen(&mut ground, 5);
    let states: Vec<&Value> = events.iter().map(|it| &it["detail"]["state"]).collect();
    assert_eq!(states, ["ABANDONED", "STOPPED", "STOPPED"]);
    ground.pipelines(
        "RetryStageExecution",
        json!({"pipelineName": "approved", "stageName": "Approve", "pipelineExecutionId": id, "retryMode": "FAILED_ACTIONS"}),
    );
    let events = listen(&mut ground, 5);
    let runs = of(&events, "CodePipeline Pipeline Execution State Change");
    assert_eq!(
        (&runs[0]["state"], &runs[0]["pipeline-execution-attempt"]),
        (&json!("RESUMED"), &json!(2.0))
    );
}

#[test]
fn a_pipeline_starts_when_another_has_failed_and_builds_are_told_of() {
    let mut ground = Ground::with_pipeline();
    ground.make(&ground.encrypted(approved()));
    let name = "approved";
    let pattern = json!({
        "source": ["aws.codebuild"],
        "detail-type": ["CodeBuild Build State Change"],
        "detail": {"project-name": ["orders-dev"], "build-status": ["SUCCEEDED"]},
    });
    let put = json!({"Name": "next", "EventPattern": pattern.to_string()});
    ground.ok(SHARED, &eventbridge::SERVICE, "PutRule", put);
    let target = json!({"Rule": "next", "Targets": [{
        "Id": "next",
        "Arn": format!("arn:aws:codepipeline:{REGION}:{SHARED}:{name}"),
        "RoleArn": "arn:aws:iam::111111111111:role/events",
    }]});
    ground.ok(SHARED, &eventbridge::SERVICE, "PutTargets", target);
    ground.push("develop", "a.txt", "a");
    let events = listen(&mut ground, 120);
    let statuses: Vec<&Value> = of(&events, "CodeBuild Build State Change")
        .into_iter()
        .map(|it| &it["build-status"])
        .collect();
    assert_eq!(statuses, ["IN_PROGRESS", "SUCCEEDED"]);
    let phases = of(&events, "CodeBuild Build Phase Change");
    assert!(
        phases
            .iter()
            .any(|it| it["completed-phase"] == "BUILD"
                && it["completed-phase-status"] == "SUCCEEDED"),
        "{phases:#?}"
    );
    let kinds: Vec<String> = ground.runs(name).into_iter().map(|it| it.0).collect();
    assert_eq!(kinds, ["CloudWatchEvent", "CreatePipeline"]);
}
