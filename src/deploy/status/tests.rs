use super::*;
use crate::cloud::ErrorKind;
use crate::cloud::run::{
    ActionState, Attempt, Revision, Rollout, ServiceEvent, StageExecution, StageState, Transition,
};
use crate::deploy::fixture::{self, COMMIT, Fake, RUN, World, at};

const OLD: &str = "77be01377be01377be01377be01377be01377be0";

fn service(running: u32, rollouts: Vec<Rollout>) -> Service {
    Service {
        arn: "arn:aws:ecs:ap-northeast-2:558846431111:service/main/awssdk-iam".into(),
        name: "awssdk-iam".into(),
        status: "ACTIVE".into(),
        desired: 2,
        pending: 0,
        running,
        task_definition: None,
        rollouts,
        events: vec![ServiceEvent {
            id: "1".into(),
            at: None,
            message: "(service awssdk-iam) was unable to place a task.".into(),
        }],
        current_deployment: None,
    }
}

fn rollout(status: &str, state: &str) -> Rollout {
    Rollout {
        id: status.into(),
        status: status.into(),
        task_definition: "dev-awssdk-iam:4".into(),
        desired: 2,
        pending: 0,
        running: 2,
        failed: 0,
        state: Some(state.into()),
        reason: Some("ECS deployment circuit breaker: tasks failed to start.".into()),
        created: None,
        updated: None,
    }
}

fn stage(name: &str, execution: &str, status: Status) -> StageState {
    StageState {
        name: name.into(),
        latest: Some(StageExecution {
            execution: execution.into(),
            status,
        }),
        waiting: Vec::new(),
        transition: Transition::default(),
        actions: Vec::new(),
    }
}

fn run(id: &str, status: Status, commit: &str) -> Execution {
    Execution {
        id: id.into(),
        revisions: vec![Revision {
            name: "Source".into(),
            id: commit.into(),
            summary: Some("Fix login redirect".into()),
            url: None,
        }],
        ..fixture::execution(status)
    }
}

fn seen(executions: Vec<Execution>, stages: Vec<StageState>, head: Option<&str>) -> Standing {
    let facts = Facts {
        state: Some(PipelineState { stages }),
        executions: Some(executions),
        head: Some(head.map(str::to_owned)),
        service: Some(Some(service(2, vec![rollout("PRIMARY", "COMPLETED")]))),
        elsewhere: None,
    };
    standing(&fixture::to("dev"), &facts, Vec::new())
}

#[test]
fn what_landed_last_is_what_runs() {
    let it = seen(
        vec![run(RUN, Status::Succeeded, COMMIT)],
        Vec::new(),
        Some(COMMIT),
    );
    assert_eq!(it.deployed.as_ref().map(Run::short), Some("a41f9c2"));
    assert_eq!((it.newest.is_none(), it.lag), (true, Lag::None));
    assert!(it.troubles().is_empty());
}

#[test]
fn how_the_branch_lies_to_it() {
    let landed = run("1", Status::Succeeded, OLD);
    for (newest, lag) in [
        (None, Lag::NotStarted),
        (Some(run("2", Status::InProgress, COMMIT)), Lag::OnItsWay),
        (Some(run("2", Status::Failed, COMMIT)), Lag::NotLanded),
        (Some(run("2", Status::Failed, "other")), Lag::NotStarted),
        (
            Some(Execution {
                revisions: Vec::new(),
                ..run("2", Status::InProgress, "")
            }),
            Lag::OnItsWay,
        ),
    ] {
        let all = newest.into_iter().chain([landed.clone()]).collect();
        assert_eq!(seen(all, Vec::new(), Some(COMMIT)).lag, lag);
    }
    assert_eq!(
        seen(vec![landed.clone()], Vec::new(), None).lag,
        Lag::NoBranch
    );
    let back = Execution {
        rollback_of: Some("1".into()),
        ..run("3", Status::Succeeded, OLD)
    };
    let all = vec![back, run("2", Status::Succeeded, COMMIT), landed];
    assert_eq!(seen(all, Vec::new(), Some(COMMIT)).lag, Lag::RolledBack);
}

#[test]
fn a_pipeline_without_a_branch_is_no_trouble() {
    let it = seen(vec![run(RUN, Status::Failed, "")], Vec::new(), None);
    assert!(it.troubles().is_empty(), "{:?}", it.troubles());
}

#[test]
fn troubles_are_named() {
    let mut waits = stage("Approve", RUN, Status::InProgress);
    waits.actions.push(ActionState {
        name: "Release".into(),
        attempt: Some(Attempt {
            id: "1".into(),
            status: Status::InProgress,
            summary: None,
            changed: Some(at(0)),
            token: Some("token".into()),
            by: None,
            external_id: None,
            external_url: None,
            error: None,
        }),
    });
    let mut closed = stage("Deploy", "1", Status::Succeeded);
    closed.transition.open = false;
    closed.waiting.push(RUN.into());
    let it = seen(
        vec![run(RUN, Status::InProgress, COMMIT)],
        vec![waits, closed],
        Some(COMMIT),
    );
    assert_eq!(
        it.troubles(),
        ["an approval waits", "a transition is disabled"]
    );
    assert_eq!(it.approvals[0].execution, RUN);
    // It waits before Deploy, although it was in Approve as well.
    assert_eq!(it.stage.as_deref(), Some("Deploy"));
    let failed = seen(
        vec![run(RUN, Status::Failed, COMMIT)],
        vec![
            stage("Source", RUN, Status::Succeeded),
            stage("Build", RUN, Status::Failed),
        ],
        Some(COMMIT),
    );
    assert_eq!(failed.troubles(), ["the newest run failed in Build"]);
}

#[test]
fn a_service_is_as_healthy_as_its_tasks() {
    let well = || vec![rollout("PRIMARY", "COMPLETED")];
    for (service, health) in [
        (service(2, well()), Health::Healthy),
        (service(3, well()), Health::Healthy),
        (service(1, well()), Health::Unhealthy),
        (
            Service {
                pending: 1,
                ..service(1, well())
            },
            Health::Changing,
        ),
        (
            Service {
                desired: 0,
                ..service(0, well())
            },
            Health::Empty,
        ),
        (
            Service {
                status: "DRAINING".into(),
                ..service(2, well())
            },
            Health::Absent,
        ),
        (
            service(2, vec![rollout("PRIMARY", "IN_PROGRESS")]),
            Health::Changing,
        ),
        (
            service(
                2,
                vec![
                    rollout("PRIMARY", "STEADY_STATE"),
                    rollout("ACTIVE", "STEADY_STATE"),
                ],
            ),
            Health::Changing,
        ),
        (
            service(2, vec![rollout("PRIMARY", "FAILED")]),
            Health::Unhealthy,
        ),
        (
            service(
                2,
                vec![
                    rollout("PRIMARY", "COMPLETED"),
                    rollout("INACTIVE", "FAILED"),
                ],
            ),
            Health::Healthy,
        ),
    ] {
        let found = service_standing(&Some(service.clone()));
        assert_eq!(found.health, health, "{service:?}");
    }
    assert_eq!(service_standing(&None).health, Health::Absent);
}

#[test]
fn one_account_that_cannot_be_reached_hides_no_other() {
    let fake = Fake::new(World {
        executions: vec![fixture::execution(Status::Succeeded)],
        commits: fixture::commits(&[COMMIT]),
        refused: [("DescribeServices", ErrorKind::Credentials)].into(),
        ..World::default()
    });
    let to = [fixture::to("dev"), fixture::to("stg")];
    let all = fixture::block_on(status(&fake, &to));
    assert_eq!(all.len(), 2);
    for it in &all {
        assert_eq!(it.unreachable.len(), 1);
        assert_eq!(it.deployed.as_ref().map(Run::short), Some("a41f9c2"));
        assert_eq!(it.lag, Lag::None);
    }
    // One call of each kind for each environment.
    assert_eq!(fake.called().len(), 8);
}
