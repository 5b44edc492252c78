//! One run after another, looked at as it goes: what is asked of AWS, and what is said.

use crate::cloud::ErrorKind;
use crate::cloud::run::Status;

use super::fixture::{
    COMMIT, Fake, World, action, at, block_on, build, commits, deployment, error, execution, shape,
    to,
};
use super::{Ended, Event, Look, Snapshot, Under, Wait, arriving, changes, departure, shift};

fn look(fake: &Fake) -> Look<'_> {
    let shape = fake.world.lock().unwrap().shape.clone();
    Look::new(fake, &to("dev"), shape, super::fixture::RUN, 3)
}

fn next(look: &mut Look<'_>, seconds: i64) -> Snapshot {
    block_on(look.next(at(seconds))).unwrap()
}

/// The events as short texts.
fn said(events: &[Event]) -> Vec<String> {
    events
        .iter()
        .map(|event| {
            let json = serde_json::to_value(event).unwrap();
            let words = ["stage", "action", "phase", "name", "status", "green"];
            let words = words.iter().filter_map(|word| json.get(word));
            let words: Vec<String> = words
                .map(|word| word.to_string().replace('"', ""))
                .collect();
            format!("{} {}", json["event"].as_str().unwrap(), words.join(" "))
        })
        .collect()
}

#[test]
fn a_run_is_told_from_its_first_action_to_its_landing() {
    let fake = Fake::new(World {
        actions: vec![action("Source", Status::InProgress, 0, 0)],
        ..World::default()
    });
    let mut look = look(&fake);
    let first = next(&mut look, 1);
    assert_eq!(
        said(&changes(None, &first)),
        ["run InProgress", "action Source Source InProgress"]
    );
    assert_eq!(
        fake.called(),
        [
            "GetPipelineState",
            "GetPipelineExecution",
            "ListActionExecutions"
        ]
    );

    // Nothing has changed: one call, and nothing to say.
    let same = next(&mut look, 6);
    assert!(changes(Some(&first), &same).is_empty());
    assert_eq!(fake.called(), ["GetPipelineState"]);

    fake.change(|world| {
        world.actions = vec![
            action("Build", Status::InProgress, 5, 5),
            action("Source", Status::Succeeded, 0, 4),
        ];
        world.build = Some(build("IN_PROGRESS", &["SUBMITTED", "QUEUED"], "PRE_BUILD"));
        world.log = vec!["one".into(), "two".into(), "three".into(), "four".into()];
    });
    let building = next(&mut look, 11);
    assert_eq!(
        said(&changes(Some(&same), &building)),
        [
            "action Source Source Succeeded",
            "action Build Build InProgress",
            "phase Build SUBMITTED SUCCEEDED",
            "phase Build QUEUED SUCCEEDED",
        ]
    );
    fake.called();
    let again = next(&mut look, 16);
    assert!(changes(Some(&building), &again).is_empty());
    assert_eq!(
        fake.called(),
        ["GetPipelineState", "BatchGetBuilds", "GetLogEvents"]
    );
    let Under::Build { tail, .. } = &again.stages[1].actions[0].under else {
        panic!("{again:?}");
    };
    assert_eq!(tail.len(), 3);

    fake.change(|world| {
        world
            .actions
            .insert(0, action("Deploy", Status::InProgress, 140, 140));
        world.actions[1] = action("Build", Status::Succeeded, 5, 136);
        world.deployment = Some(deployment(
            "InProgress",
            &[("Install", "Succeeded"), ("AllowTraffic", "InProgress")],
            10.0,
        ));
    });
    let shifting = next(&mut look, 170);
    assert_eq!(
        said(&changes(Some(&again), &shifting)),
        [
            "action Build Build Succeeded",
            "action Deploy Deploy InProgress",
            "lifecycle Deploy Install Succeeded",
            "lifecycle Deploy AllowTraffic InProgress",
            "traffic Deploy 10.0",
        ]
    );
    fake.called();
    // The build is over and has been looked at: only the deployment is asked for.
    next(&mut look, 175);
    assert_eq!(
        fake.called(),
        [
            "GetPipelineState",
            "GetDeployment",
            "BatchGetDeploymentTargets"
        ]
    );

    fake.change(|world| {
        world.executions = vec![execution(Status::Succeeded)];
        world.actions[0] = action("Deploy", Status::Succeeded, 140, 480);
        world.deployment = Some(deployment(
            "Succeeded",
            &[("Install", "Succeeded"), ("AllowTraffic", "Succeeded")],
            100.0,
        ));
    });
    let landed = next(&mut look, 481);
    assert_eq!(
        said(&changes(Some(&shifting), &landed)),
        [
            "run Succeeded",
            "lifecycle Deploy AllowTraffic Succeeded",
            "traffic Deploy 100.0",
            "action Deploy Deploy Succeeded",
        ]
    );
    assert_eq!(landed.ended(), Some(Ended::Landed));
}

#[test]
fn an_approval_is_said_once() {
    let fake = Fake::new(World {
        shape: shape(true),
        actions: vec![action("Approve", Status::InProgress, 140, 140)],
        token: Some("token".into()),
        ..World::default()
    });
    let mut look = look(&fake);
    let first = next(&mut look, 141);
    let said_first = said(&changes(None, &first));
    assert!(said_first.contains(&"approval Approve Approve".to_owned()));
    assert!(first.approval().is_some());
    let again = next(&mut look, 146);
    assert!(changes(Some(&first), &again).is_empty());
}

#[test]
fn a_closed_transition_is_a_wait_with_its_reason() {
    let fake = Fake::new(World {
        actions: vec![action("Source", Status::Succeeded, 0, 4)],
        closed: vec!["Build".into()],
        ..World::default()
    });
    let snapshot = next(&mut look(&fake), 10);
    assert_eq!(
        snapshot.stages[1].wait,
        Some(Wait::Closed {
            reason: Some("Release freeze".into()),
            by: None
        })
    );
    assert_eq!(snapshot.current().unwrap().name, "Build");
}

#[test]
fn a_newer_run_that_took_its_place_is_named() {
    let mut newer = execution(Status::InProgress);
    newer.id = "newer".into();
    let fake = Fake::new(World {
        executions: vec![newer, execution(Status::Superseded)],
        ..World::default()
    });
    let snapshot = next(&mut look(&fake), 10);
    assert_eq!(snapshot.ended(), Some(Ended::Superseded));
    assert_eq!(snapshot.overtaken_by.unwrap().id, "newer");
}

#[test]
fn what_may_not_be_seen_is_said_and_not_asked_again() {
    let mut world = World {
        actions: vec![action("Deploy", Status::InProgress, 140, 140)],
        ..World::default()
    };
    world.refused.insert("GetDeployment", ErrorKind::Refused);
    let fake = Fake::new(world);
    let mut look = look(&fake);
    let first = next(&mut look, 141);
    assert_eq!(first.blind.len(), 1, "{:?}", first.blind);
    assert!(said(&changes(None, &first)).contains(&"blind ".to_owned()));
    fake.called();
    let again = next(&mut look, 146);
    assert_eq!(fake.called(), ["GetPipelineState"]);
    assert!(changes(Some(&first), &again).is_empty());
}

#[test]
fn throttling_is_for_the_caller_to_wait_out_and_loses_nothing() {
    let mut world = World {
        actions: vec![action("Build", Status::InProgress, 5, 5)],
        build: Some(build("IN_PROGRESS", &[], "SUBMITTED")),
        ..World::default()
    };
    world.refused.insert("BatchGetBuilds", ErrorKind::Throttled);
    let fake = Fake::new(world);
    let mut look = look(&fake);
    let refused = block_on(look.next(at(10))).unwrap_err();
    assert_eq!(refused.kind, ErrorKind::Throttled);
    fake.change(|world| world.refused.clear());
    let snapshot = next(&mut look, 20);
    assert!(matches!(
        snapshot.stages[1].actions[0].under,
        Under::Build { .. }
    ));
}

#[test]
fn a_retried_action_is_another_attempt() {
    let mut failed = action("Deploy", Status::Failed, 140, 150);
    failed.error = Some(error("JobFailed", "no"));
    let fake = Fake::new(World {
        executions: vec![execution(Status::Failed)],
        actions: vec![failed.clone()],
        deployment: Some(deployment("Failed", &[], 0.0)),
        ..World::default()
    });
    let mut look = look(&fake);
    let first = next(&mut look, 151);
    assert_eq!(first.ended(), Some(Ended::Failed));
    let mut retried = action("Deploy", Status::InProgress, 200, 200);
    retried.id = "Deploy-2".into();
    fake.change(|world| {
        world.executions = vec![execution(Status::InProgress)];
        world.actions = vec![retried, failed];
    });
    let second = next(&mut look, 201);
    assert_eq!(second.ended(), None);
    let events = changes(Some(&first), &second);
    assert!(
        events
            .iter()
            .any(|it| matches!(it, Event::Action { attempt: 2, .. })),
        "{events:?}"
    );
}

#[test]
fn how_far_behind_is_counted_by_parents() {
    for (ids, deployed, behind, or_more) in [
        (vec!["c", "b", "a"], "a", Some(2), false),
        (vec!["c", "b", "a"], "c", Some(0), false),
        (vec!["c", "b"], "unknown", None, false),
    ] {
        let mut landed = execution(Status::Succeeded);
        landed.revisions[0].id = deployed.to_owned();
        let fake = Fake::new(World {
            executions: vec![landed],
            commits: commits(&ids),
            ..World::default()
        });
        let leaving = block_on(departure(&fake, &to("dev"))).unwrap().unwrap();
        assert_eq!(
            (leaving.behind, leaving.or_more),
            (behind, or_more),
            "{deployed}"
        );
        assert_eq!(leaving.going, None);
        assert_eq!(leaving.deployed.unwrap().commit, deployed);
    }
    let ids: Vec<String> = (0..60).map(|index| format!("c{index}")).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let mut landed = execution(Status::Succeeded);
    landed.revisions[0].id = "c59".to_owned();
    let fake = Fake::new(World {
        executions: vec![landed],
        commits: commits(&ids),
        ..World::default()
    });
    let leaving = block_on(departure(&fake, &to("dev"))).unwrap().unwrap();
    assert!(leaving.or_more);
    assert!(fake.called().len() < 30);
}

#[test]
fn a_run_that_brings_the_same_commit_is_found() {
    let head = commits(&[COMMIT]);
    let mut young = execution(Status::InProgress);
    young.revisions.clear();
    let mut other = execution(Status::InProgress);
    other.revisions[0].id = "other".into();
    for (going, found, others) in [
        (execution(Status::InProgress), true, 0),
        (young, true, 0),
        (other, false, 1),
        (execution(Status::Failed), false, 0),
    ] {
        let fake = Fake::new(World {
            executions: vec![going],
            commits: head.clone(),
            ..World::default()
        });
        let leaving = block_on(departure(&fake, &to("dev"))).unwrap().unwrap();
        assert_eq!(leaving.going.is_some(), found);
        assert_eq!(leaving.others, others);
        let arriving = block_on(arriving(&fake, &to("dev"), COMMIT)).unwrap();
        assert_eq!(arriving.is_some(), found);
    }
}

#[test]
fn without_its_branch_nothing_can_leave() {
    let fake = Fake::new(World::default());
    assert_eq!(block_on(departure(&fake, &to("dev"))).unwrap(), None);
}

#[test]
fn a_configuration_of_ones_own_is_asked_once_how_long_it_takes() {
    for (refused, expected) in [(false, Some(600)), (true, None)] {
        let (mut own, targets) = deployment("InProgress", &[("AllowTraffic", "InProgress")], 10.0);
        own.config = "ours".to_owned();
        let fake = Fake::new(World {
            actions: vec![action("Deploy", Status::InProgress, 140, 140)],
            deployment: Some((own, targets)),
            refused: refused
                .then_some(("GetDeploymentConfig", ErrorKind::Refused))
                .into_iter()
                .collect(),
            ..World::default()
        });
        let mut look = look(&fake);
        for seconds in [150, 155] {
            let snapshot = next(&mut look, seconds);
            let under = &snapshot.stages[2].actions[0].under;
            let Under::Deployment {
                deployment,
                targets,
            } = under
            else {
                panic!("{under:?}");
            };
            let waits = shift(deployment, targets).unwrap().waits;
            assert_eq!(waits.map(|it| it.seconds), expected);
        }
        let asked = fake.called();
        let asked = asked.iter().filter(|it| **it == "GetDeploymentConfig");
        assert_eq!(asked.count(), 1);
    }
}
