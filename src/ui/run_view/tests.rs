//! Screens, as they stand in a window.

use insta::assert_snapshot;

use crate::cloud::run::{LogLine, Status};
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
