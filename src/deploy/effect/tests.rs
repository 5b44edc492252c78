use super::*;
use crate::cloud::run::{Revision, Rollout, TaskDefinition};
use crate::deploy::fixture::{self, COMMIT, Fake, World, at, block_on};

const OLD: &str = "77be01377be01377be01377be01377be01377be0";
const TASKS: &str = "arn:aws:ecs:ap-northeast-2:558846431111:task-definition/dev-awssdk-iam:1";

fn run(id: &str, status: Status, commit: &str) -> Execution {
    Execution {
        id: id.into(),
        revisions: vec![Revision {
            name: "Source".into(),
            id: commit.into(),
            summary: None,
            url: None,
        }],
        ..fixture::execution(status)
    }
}

fn service(created: i64) -> Service {
    Service {
        arn: "arn".into(),
        name: "awssdk-iam".into(),
        status: "ACTIVE".into(),
        desired: 1,
        pending: 0,
        running: 1,
        task_definition: Some(TASKS.into()),
        rollouts: vec![Rollout {
            id: "ecs-svc/1".into(),
            status: "PRIMARY".into(),
            task_definition: TASKS.into(),
            desired: 1,
            pending: 0,
            running: 1,
            failed: 0,
            state: None,
            reason: None,
            created: Some(at(created)),
            updated: None,
        }],
        events: Vec::new(),
        current_deployment: None,
    }
}

/// What is found of a service whose primary was made and whose task definition was registered then. The
/// deploy action took from 100 to 200.
fn found(created: i64, registered: Option<i64>, image: &str) -> Option<Elsewhere> {
    let fake = Fake::new(World {
        task_definition: Some(TaskDefinition {
            image: Some(image.to_owned()),
            registered: registered.map(at),
        }),
        ..World::default()
    });
    let during = During {
        from: at(100),
        to: at(200),
    };
    let known = [
        run("2", Status::Succeeded, COMMIT),
        run("1", Status::Succeeded, OLD),
    ];
    let to = fixture::to("dev");
    let service = service(created);
    block_on(elsewhere(&fake, &to, &service, during, COMMIT, &known)).unwrap()
}

#[test]
fn a_service_with_what_the_run_registered_is_well() {
    for image in [
        "r/app:a41f9c2",
        "r/app:latest",
        "r/app@sha256:77be013",
        "r/app:v1.2",
        "app",
    ] {
        assert_eq!(found(150, Some(110), image), None, "{image}");
    }
}

#[test]
fn an_older_revision_is_not_what_was_deployed() {
    let it = found(150, Some(10), "r/app:latest").unwrap();
    assert_eq!(it.what(), "dev-awssdk-iam:1, with the image app:latest");
    assert!(!it.registered_by_run);
    // Its task set is older as well where nothing was replaced.
    assert!(found(20, Some(10), "r/app:latest").is_some());
}

#[test]
fn an_image_of_another_commit_is_not_what_was_deployed() {
    let it = found(150, Some(110), "r/app:77be013").unwrap();
    assert!(it.registered_by_run);
    assert_eq!(found(150, Some(110), "r/app:0123456789"), None);
}

#[test]
fn nothing_is_said_where_it_cannot_be_told() {
    assert_eq!(found(150, None, "r/app:77be013"), None);
    // Something else has been deployed since.
    assert_eq!(found(900, Some(10), "r/app:77be013"), None);
    // An older revision with the same commit's image.
    assert_eq!(found(150, Some(10), "r/app:a41f9c2"), None);
}

#[test]
fn a_stopped_run_whose_deployment_went_through_has_deployed() {
    let fake = Fake::new(World {
        actions: vec![fixture::action("Deploy", Status::Succeeded, 10, 60)],
        ..World::default()
    });
    let mut all = [
        run("4", Status::Superseded, COMMIT),
        run("3", Status::Stopped, COMMIT),
        run("2", Status::Succeeded, OLD),
        run("1", Status::Failed, OLD),
    ];
    block_on(settle(&fake, "dev", &mut all)).unwrap();
    let deployed: Vec<bool> = all.iter().map(Execution::deployed).collect();
    assert_eq!(deployed, [false, true, true, false]);
    assert_eq!(fake.called(), ["ListActionExecutions"]);
}

#[test]
fn a_build_alone_has_not_deployed() {
    let actions = [
        fixture::action("Deploy", Status::Failed, 10, 60),
        fixture::action("Build", Status::Succeeded, 1, 9),
    ];
    assert_eq!(deployment(&actions), None);
}
