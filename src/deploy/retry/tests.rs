use super::*;
use crate::cloud::run::{ActionState, Attempt, StageExecution, StageState, Transition};
use crate::deploy::fixture;

fn stage(name: &str, execution: &str, status: Status, actions: &[(&str, Status)]) -> StageState {
    StageState {
        name: name.into(),
        latest: Some(StageExecution {
            execution: execution.into(),
            status,
        }),
        waiting: Vec::new(),
        transition: Transition::default(),
        actions: actions
            .iter()
            .map(|(name, status)| ActionState {
                name: (*name).into(),
                attempt: Some(Attempt {
                    id: (*name).into(),
                    status: status.clone(),
                    summary: None,
                    changed: None,
                    token: None,
                    by: None,
                    external_id: None,
                    external_url: None,
                    error: (*status == Status::Failed)
                        .then(|| fixture::error("JobFailed", "it broke")),
                }),
            })
            .collect(),
    }
}

fn asked(stages: Vec<StageState>) -> Result<Retry, String> {
    retry("dev-orders", &PipelineState { stages }).map_err(|why| why.to_string())
}

#[test]
fn the_failed_actions_of_the_failed_stage_are_named() {
    let found = asked(vec![
        stage(
            "Build",
            "2",
            Status::Succeeded,
            &[("Build", Status::Succeeded)],
        ),
        stage(
            "Deploy",
            "2",
            Status::Failed,
            &[("One", Status::Succeeded), ("Two", Status::Failed)],
        ),
    ])
    .unwrap();
    assert_eq!(
        (found.stage.as_str(), found.execution.as_str()),
        ("Deploy", "2")
    );
    let failed: Vec<&str> = found.failed.iter().map(|it| it.action.as_str()).collect();
    assert_eq!(failed, ["Two"]);
    assert_eq!(found.actions, ["One", "Two"]);
    assert_eq!(found.failed[0].error.as_ref().unwrap().message, "it broke");
}

#[test]
fn a_stopped_stage_can_be_tried_again_too() {
    let found = asked(vec![stage(
        "Build",
        "2",
        Status::Stopped,
        &[("Build", Status::Abandoned)],
    )]);
    assert_eq!(found.unwrap().failed.len(), 1);
}

#[test]
fn where_nothing_failed_it_is_said() {
    let went_well = stage("Build", "2", Status::Succeeded, &[]);
    assert_eq!(
        asked(vec![went_well.clone()]),
        Err("no stage of dev-orders has failed".into())
    );
    let going = stage("Deploy", "2", Status::InProgress, &[]);
    assert_eq!(
        asked(vec![went_well, going]),
        Err("the run 2 is under way in Deploy".into())
    );
    assert!(asked(Vec::new()).is_err());
}
