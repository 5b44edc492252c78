use super::*;
use crate::cloud::ErrorKind;
use crate::cloud::run::Revision;
use crate::deploy::fixture::{self, COMMIT, at};
use crate::deploy::history::Run;
use crate::deploy::status::{Awaited, Closed};

const OLD: &str = "77be01377be01377be01377be01377be01377be0";

fn run(status: Status, commit: &str, message: &str) -> Run {
    let execution = crate::cloud::run::Execution {
        revisions: vec![Revision {
            name: "Source".into(),
            id: commit.into(),
            summary: Some(message.into()),
            url: None,
        }],
        trigger: Some("CloudWatchEvent".into()),
        updated: Some(at(400)),
        ..fixture::execution(status)
    };
    Run::of(&execution, "develop")
}

fn well(environment: &str) -> Standing {
    let to = fixture::to(environment);
    Standing {
        environment: to.environment.clone(),
        branch: to.branch,
        account: to.account,
        pipeline: to.pipeline,
        deployed: Some(run(
            Status::Succeeded,
            COMMIT,
            "Fix the redirect after login",
        )),
        newest: None,
        stage: Some("Deploy".into()),
        at_source: false,
        head: Some(COMMIT.into()),
        lag: Lag::None,
        service: Some(ServiceStanding {
            desired: 2,
            running: 2,
            pending: 0,
            health: Health::Healthy,
            why: None,
        }),
        elsewhere: None,
        approvals: Vec::new(),
        closed: Vec::new(),
        unreachable: Vec::new(),
    }
}

/// One that is on its way and waits, one that failed, one that cannot be asked.
fn troubled() -> Vec<Standing> {
    let mut dev = well("dev");
    dev.newest = Some(run(Status::Failed, OLD, "Try"));
    dev.stage = Some("Build".into());
    dev.lag = Lag::NotLanded;
    let mut stg = well("stg");
    stg.newest = Some(run(Status::InProgress, OLD, "Try"));
    stg.stage = Some("Approve".into());
    stg.approvals.push(Awaited {
        stage: "Approve".into(),
        action: "Release".into(),
        execution: "1".into(),
        since: Some(at(400)),
    });
    stg.closed.push(Closed {
        stage: "Deploy".into(),
        reason: Some("Release freeze".into()),
        by: Some("arn:aws:iam::202949997891:user/kim".into()),
        since: None,
    });
    let mut prd = well("prd");
    prd.service = None;
    prd.unreachable.push(crate::cloud::CloudError {
        site: Site::Environment(prd.environment.clone()),
        account: "558846433333".into(),
        service: "ecs".into(),
        operation: "DescribeServices".into(),
        kind: ErrorKind::Refused,
        code: "AccessDeniedException".into(),
        message: "User: kim is not authorized".into(),
        request_id: None,
    });
    vec![dev, stg, prd]
}

fn drawn(all: &[Standing], width: usize, unicode: bool) -> String {
    let style = Style {
        colour: false,
        unicode,
        width,
    };
    status(all, at(8000), " --sandbox", style)
}

#[test]
fn all_well() {
    let all = [well("dev"), well("stg")];
    insta::assert_snapshot!("well_100", drawn(&all, 100, true));
    insta::assert_snapshot!("well_60", drawn(&all, 60, true));
}

#[test]
fn what_needs_somebody() {
    insta::assert_snapshot!("troubled_100", drawn(&troubled(), 100, true));
    insta::assert_snapshot!("troubled_60", drawn(&troubled(), 60, true));
    insta::assert_snapshot!("troubled_plain", drawn(&troubled(), 100, false));
}

#[test]
fn before_the_first_deployment() {
    let mut fresh = well("dev");
    fresh.deployed = None;
    fresh.newest = Some(run(Status::Failed, "", ""));
    fresh.head = None;
    fresh.lag = Lag::NoBranch;
    insta::assert_snapshot!("fresh", drawn(&[fresh], 100, true));
}
