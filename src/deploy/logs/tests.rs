use super::*;
use crate::cloud::ErrorKind;
use crate::deploy::fixture::{self, Fake, RUN, World};

fn read(journal: &mut Journal, fake: &Fake) -> Reading {
    fixture::block_on(journal.read(fake)).unwrap()
}

fn lines(reading: &Reading) -> Vec<String> {
    reading
        .entries
        .iter()
        .map(|it| format!("{} {}", it.from.as_str(), it.text))
        .collect()
}

#[test]
fn build_and_deployment_are_put_together_in_the_order_of_time() {
    let fake = Fake::new(World {
        actions: vec![
            fixture::action("Deploy", Status::InProgress, 140, 140),
            fixture::action("Build", Status::Succeeded, 5, 130),
        ],
        build: Some(fixture::build("SUCCEEDED", &["BUILD"], "COMPLETED")),
        deployment: Some(fixture::deployment(
            "InProgress",
            &[
                ("BeforeInstall", "Succeeded"),
                ("Install", "InProgress"),
                ("AllowTraffic", "Pending"),
            ],
            0.0,
        )),
        log: vec!["docker build".to_owned()],
        ..World::default()
    });
    let mut journal = Journal::new(&fixture::to("dev"), RUN, Part::All);
    let first = read(&mut journal, &fake);
    assert_eq!(
        lines(&first),
        [
            "build docker build",
            "pipeline Build/Build began",
            "pipeline Build/Build Succeeded",
            "pipeline Deploy/Deploy began",
            "deployment d-ABCDEF123 began, with CodeDeployDefault.ECSCanary10Percent5Minutes",
            "deployment BeforeInstall began",
            "deployment BeforeInstall Succeeded",
            "deployment Install began",
        ]
    );
    assert_eq!(first.status, Status::InProgress);
    fake.change(|world| {
        world.deployment = Some(fixture::deployment(
            "InProgress",
            &[("BeforeInstall", "Succeeded"), ("Install", "Succeeded")],
            0.0,
        ));
    });
    assert_eq!(
        lines(&read(&mut journal, &fake)),
        ["deployment Install Succeeded"]
    );
    // The build is over: it is not asked for again.
    fake.called();
    read(&mut journal, &fake);
    let called = fake.called();
    assert!(
        !called.contains(&"BatchGetBuilds") && !called.contains(&"ListDeploymentTargets"),
        "{called:?}"
    );
}

#[test]
fn one_part_is_asked_for_alone() {
    let world = World {
        actions: vec![
            fixture::action("Deploy", Status::InProgress, 140, 140),
            fixture::action("Build", Status::Succeeded, 5, 130),
        ],
        build: Some(fixture::build("SUCCEEDED", &["BUILD"], "COMPLETED")),
        deployment: Some(fixture::deployment(
            "InProgress",
            &[("Install", "InProgress")],
            0.0,
        )),
        log: vec!["docker build".to_owned()],
        ..World::default()
    };
    let fake = Fake::new(world);
    let mut build = Journal::new(&fixture::to("dev"), RUN, Part::Build);
    assert_eq!(lines(&read(&mut build, &fake)), ["build docker build"]);
    assert!(!fake.called().contains(&"GetDeployment"));
    let mut deployment = Journal::new(&fixture::to("dev"), RUN, Part::Deployment);
    assert_eq!(lines(&read(&mut deployment, &fake)).len(), 2);
    assert!(!fake.called().contains(&"BatchGetBuilds"));
}

#[test]
fn what_cannot_be_read_hides_nothing_else_and_is_tried_again() {
    let fake = Fake::new(World {
        actions: vec![
            fixture::action("Deploy", Status::Succeeded, 140, 300),
            fixture::action("Build", Status::Succeeded, 5, 130),
        ],
        build: Some(fixture::build("SUCCEEDED", &["BUILD"], "COMPLETED")),
        deployment: Some(fixture::deployment(
            "Succeeded",
            &[("Install", "Succeeded")],
            100.0,
        )),
        log: vec!["docker build".to_owned()],
        refused: [("GetDeployment", ErrorKind::Throttled)].into(),
        ..World::default()
    });
    let mut journal = Journal::new(&fixture::to("dev"), RUN, Part::All);
    let first = read(&mut journal, &fake);
    assert_eq!(first.missing.len(), 1);
    assert!(lines(&first).contains(&"build docker build".to_owned()));
    fake.change(|world| world.refused.clear());
    let second = read(&mut journal, &fake);
    assert!(second.missing.is_empty());
    assert!(lines(&second).contains(&"deployment Install Succeeded".to_owned()));
}

#[test]
fn errors_stand_beside_what_they_ended() {
    let (mut deployment, mut targets) =
        fixture::deployment("Failed", &[("Install", "Succeeded")], 0.0);
    deployment.error = Some(fixture::error("HEALTH_CONSTRAINTS", "too many"));
    targets[0].events[0].error = Some(fixture::error("ScriptFailed", "no"));
    targets[0].events[0].log_tail = Some("line one\n".to_owned());
    let mut failed = fixture::action("Deploy", Status::Failed, 140, 300);
    failed.error = Some(fixture::error("JobFailed", "look below"));
    let fake = Fake::new(World {
        actions: vec![failed],
        deployment: Some((deployment, targets)),
        ..World::default()
    });
    let mut journal = Journal::new(&fixture::to("dev"), RUN, Part::All);
    let said = lines(&read(&mut journal, &fake));
    for wanted in [
        "deployment Install Succeeded: ScriptFailed: no",
        "deployment Install wrote: line one",
        "deployment d-ABCDEF123 Failed: HEALTH_CONSTRAINTS: too many",
        "pipeline Deploy/Deploy Failed: JobFailed: look below",
    ] {
        assert!(said.iter().any(|it| it == wanted), "{wanted}\n{said:#?}");
    }
}
