//! Screens, as they stand in a window.

use insta::assert_snapshot;

use crate::cloud::run::{LogLine, Rollout, Service, ServiceDeployment, ServiceEvent, Status};
use crate::deploy::fixture::{
    Fake, RUN, World, action, at, build, deployment, error, execution, shape, to,
};
use crate::deploy::{Look, Snapshot, Under};
use crate::ui::Style;

use super::{Caption, frame, hanging};

const WIDE: Style = Style {
    colour: false,
    unicode: true,
    width: 100,
};
const NARROW: Style = Style { width: 60, ..WIDE };
const ASCII: Style = Style {
    unicode: false,
    ..NARROW
};

fn seen(world: World, seconds: i64) -> Snapshot {
    let fake = Fake::new(world);
    let shape = fake.world.lock().unwrap().shape.clone();
    let mut look = Look::new(&fake, &to("dev"), shape, RUN, 3);
    crate::deploy::fixture::block_on(look.next(at(seconds))).unwrap()
}

fn drawn(snapshot: &Snapshot, seconds: i64) -> String {
    let caption = Caption {
        title: "develop → dev   a41f9c2  \"Fix login redirect\"".into(),
        note: "Ctrl-C leaves; the run goes on.".into(),
        approve: "crosspipe approve dev".into(),
        scale: 1,
    };
    let mut text = String::new();
    for (name, style) in [("100 columns", WIDE), ("60", NARROW), ("60, ASCII", ASCII)] {
        let lines = frame(snapshot, &caption, at(seconds), style);
        for line in &lines {
            assert!(console::measure_text_width(line) <= style.width, "{line}");
            assert!(!line.contains('\u{1b}'), "{line}");
        }
        text.push_str(&format!("--- {name}\n{}\n", lines.join("\n")));
    }
    // In ASCII, but for what the world itself says.
    let ascii = text.rsplit_once("--- 60, ASCII").unwrap().1;
    let ascii = ascii.replace(['→', '\u{a0}'], "");
    assert!(ascii.is_ascii(), "{ascii}");
    text
}

#[test]
fn while_it_builds() {
    let mut snapshot = seen(
        World {
            actions: vec![
                action("Build", Status::InProgress, 5, 5),
                action("Source", Status::Succeeded, 0, 4),
            ],
            build: Some(build("IN_PROGRESS", &["SUBMITTED", "QUEUED"], "BUILD")),
            ..World::default()
        },
        60,
    );
    if let Under::Build { tail, .. } = &mut snapshot.stages[1].actions[0].under {
        *tail = ["Step 4/9 : RUN npm ci", "\u{1b}[2Jadded 312 packages in a line that goes on and on past the edge of a window that is narrow"]
            .map(|text| LogLine { at: None, text: text.into() })
            .to_vec();
    }
    assert_snapshot!(drawn(&snapshot, 60));
}

#[test]
fn while_traffic_moves() {
    let snapshot = seen(
        World {
            actions: vec![
                action("Deploy", Status::InProgress, 140, 140),
                action("Build", Status::Succeeded, 5, 136),
                action("Source", Status::Succeeded, 0, 4),
            ],
            build: Some(build("SUCCEEDED", &["SUBMITTED"], "COMPLETED")),
            deployment: Some(deployment(
                "InProgress",
                &[
                    ("BeforeInstall", "Succeeded"),
                    ("Install", "Succeeded"),
                    ("AllowTestTraffic", "Skipped"),
                    ("AllowTraffic", "InProgress"),
                    ("AfterAllowTraffic", "Pending"),
                ],
                10.0,
            )),
            ..World::default()
        },
        362,
    );
    assert_snapshot!(drawn(&snapshot, 362));
}

#[test]
fn while_an_approval_waits() {
    let snapshot = seen(
        World {
            shape: shape(true),
            actions: vec![
                action("Approve", Status::InProgress, 140, 140),
                action("Build", Status::Succeeded, 5, 136),
                action("Source", Status::Succeeded, 0, 4),
            ],
            token: Some("token".into()),
            ..World::default()
        },
        200,
    );
    assert_snapshot!(drawn(&snapshot, 200));
}

/// A run whose deploy action has this under it.
fn deploying(under: Under) -> Snapshot {
    let mut snapshot = seen(
        World {
            actions: vec![
                action("Deploy", Status::InProgress, 140, 140),
                action("Build", Status::Succeeded, 5, 136),
                action("Source", Status::Succeeded, 0, 4),
            ],
            build: Some(build("SUCCEEDED", &["SUBMITTED"], "COMPLETED")),
            deployment: Some(deployment("InProgress", &[], 0.0)),
            ..World::default()
        },
        200,
    );
    snapshot.stages[2].actions[0].under = under;
    snapshot
}

fn rollout(status: &str, desired: u32, running: u32, failed: u32) -> Rollout {
    Rollout {
        id: format!("ecs-svc/{status}"),
        status: status.into(),
        task_definition: "awssdk-iam:2".into(),
        desired,
        pending: desired - running,
        running,
        failed,
        state: Some("IN_PROGRESS".into()),
        reason: None,
        created: Some(at(142)),
        updated: Some(at(190)),
    }
}

#[test]
fn while_ecs_replaces_tasks() {
    let snapshot = deploying(Under::Rolling {
        service: Box::new(Service {
            arn: "arn:aws:ecs:ap-northeast-2:558846431111:service/main/awssdk-iam".into(),
            name: "awssdk-iam".into(),
            status: "ACTIVE".into(),
            desired: 3,
            pending: 1,
            running: 3,
            task_definition: Some("awssdk-iam:2".into()),
            rollouts: vec![rollout("PRIMARY", 3, 2, 1), rollout("ACTIVE", 3, 1, 0)],
            events: vec![ServiceEvent {
                id: "1".into(),
                at: Some(at(190)),
                message: "(service awssdk-iam) has started 1 tasks: (task 0f1e2d3c).".into(),
            }],
            current_deployment: None,
        }),
    });
    assert_snapshot!(drawn(&snapshot, 200));
}

#[test]
fn while_ecs_shifts_traffic_itself() {
    let snapshot = deploying(Under::Native {
        release: Box::new(ServiceDeployment {
            arn: "arn:aws:ecs:ap-northeast-2:558846431111:service-deployment/main/awssdk-iam/x"
                .into(),
            status: "IN_PROGRESS".into(),
            reason: None,
            stage: Some("PRODUCTION_TRAFFIC_SHIFT".into()),
            bake_minutes: Some(5),
            created: Some(at(142)),
            started: Some(at(143)),
            ended: None,
            updated: Some(at(190)),
            traffic: Some(10.0),
            desired: 2,
            running: 2,
            rollback: None,
            failures: Some((1, 3)),
        }),
    });
    assert_snapshot!(drawn(&snapshot, 200));
}

#[test]
fn colours_say_nothing_that_words_do_not() {
    let (mut own, targets) = deployment(
        "InProgress",
        &[("Install", "Succeeded"), ("AllowTraffic", "InProgress")],
        10.0,
    );
    own.config = "ours".into();
    own.shift_seconds = Some(600);
    let snapshot = deploying(Under::Deployment {
        deployment: Box::new(own),
        targets,
    });
    let caption = Caption {
        note: "Ctrl-C leaves; the run goes on.".into(),
        scale: 1,
        ..Caption::default()
    };
    let colour = Style {
        colour: true,
        ..WIDE
    };
    let coloured = frame(&snapshot, &caption, at(200), colour).join("\n");
    let plain = frame(&snapshot, &caption, at(200), WIDE).join("\n");
    assert_eq!(console::strip_ansi_codes(&coloured), plain);
    assert_snapshot!(coloured.replace('\u{1b}', "ESC"));
}

#[test]
fn when_it_has_failed() {
    let mut failed = action("Deploy", Status::Failed, 140, 152);
    failed.external_id = None;
    failed.error = Some(error(
        "PermissionError",
        "You are missing permissions to access input artifact: BuildArtifact.",
    ));
    let snapshot = seen(
        World {
            executions: vec![execution(Status::Failed)],
            actions: vec![
                failed,
                action("Build", Status::Succeeded, 5, 136),
                action("Source", Status::Succeeded, 0, 4),
            ],
            ..World::default()
        },
        200,
    );
    assert_snapshot!(drawn(&snapshot, 200));
    let (fake, to) = (Fake::new(World::default()), to("dev"));
    let cause = crate::deploy::cause::gather(&fake, &to, &snapshot);
    let cause = crate::deploy::fixture::block_on(cause).unwrap();
    let text: Vec<String> = [WIDE, NARROW]
        .iter()
        .map(|style| crate::ui::cause(&cause, *style))
        .collect();
    for line in text[1].lines() {
        let whole = line.contains("arn:") || line.contains("https:") || line.contains("bys-");
        assert!(whole || console::measure_text_width(line) <= 60, "{line}");
    }
    assert_snapshot!("cause", text.join("\n"));
}

#[test]
fn when_it_has_landed_or_may_not_go_on() {
    let snapshot = seen(
        World {
            actions: vec![action("Source", Status::Succeeded, 0, 4)],
            closed: vec!["Build".into()],
            ..World::default()
        },
        10,
    );
    assert_snapshot!(drawn(&snapshot, 10));
}

#[test]
fn long_words_are_broken_and_later_lines_indented() {
    assert_eq!(
        hanging("  call  ", "arn:aws:iam::558846431111:role/x and more", 24),
        [
            "  call  arn:aws:iam::558",
            "        846431111:role/x",
            "        and more"
        ]
    );
    assert_eq!(hanging("", "a  b", 20), ["a  b"]);
    assert_eq!(hanging("x ", "", 20), ["x "]);
}
