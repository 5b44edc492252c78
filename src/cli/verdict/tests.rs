use super::*;
use crate::cloud::run::{ActionExecution, PipelineState};
use crate::deploy::effect::Elsewhere;
use crate::deploy::fixture::{self, COMMIT, action, at};

const OLD: &str = "78f2bce1d7e4f50a41f9c2b1d7e4f50a41f9c2b0";

fn ended(status: Status, actions: &[ActionExecution]) -> Snapshot {
    let execution = fixture::execution(status);
    let shape = fixture::shape(false);
    let state = PipelineState { stages: Vec::new() };
    Snapshot {
        at: at(9000),
        pipeline: shape.name.clone(),
        stages: crate::deploy::stages(&execution.id, &shape, &state, actions),
        execution,
        overtaken_by: None,
        blind: Vec::new(),
    }
}

fn said(snapshot: &Snapshot, after: &Aftermath) -> String {
    let style = Style {
        colour: false,
        unicode: true,
        width: 200,
    };
    verdict(snapshot, &fixture::to("dev"), after, style)
}

fn before(commit: &str) -> Aftermath {
    Aftermath {
        before: Some(commit.to_owned()),
        elsewhere: None,
    }
}

#[test]
fn a_stopped_run_whose_deployment_went_through_runs() {
    let mut snapshot = ended(
        Status::Stopped,
        &[action("Deploy", Status::Succeeded, 10, 60)],
    );
    snapshot.execution.summary = None;
    assert_eq!(
        said(&snapshot, &Aftermath::default()),
        "✗ Stopped: the deployment had gone through: a41f9c2 runs in dev."
    );
}

#[test]
fn a_stopped_run_says_what_runs_still() {
    let snapshot = ended(Status::Stopped, &[action("Build", Status::Stopped, 10, 60)]);
    assert_eq!(
        said(&snapshot, &before(OLD)),
        "✗ Stopped: this run of a41f9c2 did not land. dev still runs 78f2bce."
    );
}

#[test]
fn a_redeployment_that_failed_does_not_deny_what_runs() {
    let snapshot = ended(Status::Failed, &[action("Deploy", Status::Failed, 10, 60)]);
    assert_eq!(
        said(&snapshot, &before(COMMIT)),
        "✗ Not landed: this run of a41f9c2 failed in Deploy after 50 s. dev still runs a41f9c2, from a run before."
    );
    assert_eq!(
        said(&snapshot, &before(OLD)),
        "✗ Not landed: a41f9c2 does not run in dev. Deploy failed after 50 s. dev still runs 78f2bce."
    );
}

#[test]
fn a_service_that_runs_something_else_has_not_landed() {
    let snapshot = ended(
        Status::Succeeded,
        &[action("Deploy", Status::Succeeded, 0, 60)],
    );
    let after = Aftermath {
        before: None,
        elsewhere: Some(Elsewhere {
            task_definition: "dev-awssdk-iam:1".to_owned(),
            image: Some("1.dkr.ecr.example.com/awssdk-iam:78f2bce".to_owned()),
            registered_by_run: false,
        }),
    };
    assert_eq!(
        said(&snapshot, &after),
        "✗ Deployed, but dev does not run a41f9c2: the service still runs dev-awssdk-iam:1, with the image awssdk-iam:78f2bce. The deployment succeeded after 1 m, but the deployment did not name the task definition that the run has registered."
    );
}

#[test]
fn what_was_tried_again_is_counted_from_then() {
    let mut again = action("Deploy", Status::Succeeded, 500, 560);
    again.id = "Deploy-2".to_owned();
    let snapshot = ended(
        Status::Succeeded,
        &[again, action("Deploy", Status::Failed, 10, 60)],
    );
    assert!(said(&snapshot, &Aftermath::default()).ends_with("after 1 m."));
}
