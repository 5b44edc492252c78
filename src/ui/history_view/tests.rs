use super::*;
use crate::cloud::run::{Execution, Status};
use crate::deploy::fixture::{self, at};
use crate::deploy::history;

fn runs() -> Vec<Run> {
    let run = |digit: u8, status: Status, trigger: &str, reason: Option<&str>| Execution {
        id: format!("{digit}f1c2d4e-0000-4000-8000-000000000001"),
        started: Some(at(i64::from(digit) * 3600)),
        updated: Some(at(i64::from(digit) * 3600 + 251)),
        trigger: Some(trigger.into()),
        trigger_detail: Some("arn:aws:sts::202949997891:assumed-role/Admin/kim".into()),
        stop_reason: reason.map(str::to_owned),
        ..fixture::execution(status)
    };
    let mut back = run(5, Status::Succeeded, "ManualRollback", None);
    back.rollback_of = Some("1f1c2d4e-0000-4000-8000-000000000001".into());
    history::runs(
        &[
            run(6, Status::InProgress, "StartPipelineExecution", None),
            back,
            run(4, Status::Stopped, "CloudWatchEvent", Some("wrong branch")),
            run(3, Status::Superseded, "CloudWatchEvent", None),
            run(2, Status::Failed, "CloudWatchEvent", None),
            run(1, Status::Succeeded, "CreatePipeline", None),
        ],
        "develop",
    )
}

fn drawn(runs: &[Run], width: usize, unicode: bool) -> String {
    let style = Style {
        colour: false,
        unicode,
        width,
    };
    history("dev", "dev-awssdk-iam", runs, false, at(25_000), style)
}

#[test]
fn each_run_and_how_it_ended() {
    insta::assert_snapshot!("history_120", drawn(&runs(), 120, true));
    insta::assert_snapshot!("history_100", drawn(&runs(), 100, true));
    insta::assert_snapshot!("history_60", drawn(&runs()[..2], 60, true));
    insta::assert_snapshot!("history_plain", drawn(&runs(), 100, false));
}

#[test]
fn before_the_first_run() {
    assert_eq!(
        drawn(&[], 100, true),
        "No run of dev-awssdk-iam yet: nothing has been deployed to dev.\n"
    );
}
