#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::cloud::{Cloud, CloudError, ErrorKind, Identity, Observed, Task};
use crate::ident::{AccountId, Region};
use crate::plan::{Action, Change, FORMAT, Plan, PlannedResource};
use crate::resource::{Node, Part, Repository, ResourceId, Site, Spec, Tags, after_apply};

use super::{ApplyError, Backoff, Event, Options, apply, rule_for};

/// Plays a cloud: refuses what it is told to refuse, and remembers the order of the calls.
#[derive(Default)]
struct Scripted {
    refusals: Mutex<BTreeMap<String, Vec<CloudError>>>,
    calls: Mutex<Vec<String>>,
    descriptions: Mutex<Vec<String>>,
    latency: Duration,
}

fn refusal(service: &str, operation: &str, code: &str, message: &str) -> CloudError {
    CloudError {
        site: Site::Shared,
        account: "202949997891".into(),
        service: service.into(),
        operation: operation.into(),
        kind: ErrorKind::Refused,
        code: code.into(),
        message: message.into(),
        request_id: Some("r-1".into()),
    }
}

#[async_trait]
impl Cloud for Scripted {
    async fn identity(&self, _: &Site) -> Result<Identity, CloudError> {
        Err(refusal("sts", "GetCallerIdentity", "NotHere", ""))
    }
    async fn observe(&self, _: &Site, _: &Spec) -> Result<Option<Observed>, CloudError> {
        Ok(None)
    }
    async fn carry_out(&self, task: &Task) -> Result<BTreeMap<String, String>, CloudError> {
        tokio::time::sleep(self.latency).await;
        let name = task.resource.to_string();
        self.calls.lock().unwrap().push(name.clone());
        if let Spec::Repository(repository) = &task.spec {
            self.descriptions
                .lock()
                .unwrap()
                .push(repository.description.clone());
        }
        let mut refusals = self.refusals.lock().unwrap();
        match refusals.get_mut(&name) {
            Some(list) if !list.is_empty() => Err(list.remove(0)),
            _ => Ok(BTreeMap::from([(
                "arn".to_owned(),
                format!("arn-of-{name}"),
            )])),
        }
    }
    async fn event_matches(&self, _: &Site, _: &Value, _: &Value) -> Result<bool, CloudError> {
        Ok(true)
    }
    async fn connection_status(&self, _: &Site, _: &str) -> Result<String, CloudError> {
        Ok("AVAILABLE".into())
    }
}

fn resource(what: &str, needs: &[&str], description: &str) -> PlannedResource {
    let id = ResourceId::shared(what);
    PlannedResource {
        id: id.clone(),
        site: Site::Shared,
        account: AccountId::parse("202949997891").unwrap(),
        action: Action::Create,
        reason: String::new(),
        spec: Spec::Repository(Repository {
            name: what.into(),
            description: description.into(),
            tags: Tags::new(),
        }),
        attributes: BTreeMap::new(),
        changes: vec![Change {
            part: Part::Itself,
            lines: Vec::new(),
            needs: needs
                .iter()
                .map(|need| Node::new(&ResourceId::shared(need), Part::Itself))
                .collect(),
            base: None,
        }],
        notes: Vec::new(),
    }
}

fn plan(resources: Vec<PlannedResource>) -> Plan {
    Plan {
        format: FORMAT,
        application: "bys/awssdk-iam".into(),
        region: Region::parse("ap-northeast-2").unwrap(),
        accounts: Vec::new(),
        resources,
    }
}

fn options() -> Options {
    Options {
        random: fastrand::Rng::with_seed(7),
        ..Options::default()
    }
}

fn running() -> watch::Receiver<bool> {
    // The sender may go: the receiver keeps answering its last value.
    watch::channel(false).1
}

async fn carry_out(plan: &Plan, cloud: &Scripted) -> (super::Report, Vec<Event>) {
    let mut events = Vec::new();
    let report = apply(plan, cloud, options(), running(), &mut |event| {
        events.push(event)
    })
    .await
    .unwrap();
    (report, events)
}

#[tokio::test(start_paused = true)]
async fn what_is_needed_comes_first_and_its_attributes_are_handed_on() {
    let cloud = Scripted::default();
    let a = after_apply(&ResourceId::shared("a"), "arn");
    let plan = plan(vec![
        resource("c", &["b"], ""),
        resource("b", &["a"], &format!("made after {a}")),
        resource("a", &[], ""),
    ]);
    let (report, _) = carry_out(&plan, &cloud).await;
    assert!(report.complete());
    assert_eq!(
        *cloud.calls.lock().unwrap(),
        ["shared/a", "shared/b", "shared/c"]
    );
    assert!(
        cloud
            .descriptions
            .lock()
            .unwrap()
            .contains(&"made after arn-of-shared/a".to_owned())
    );
    assert_eq!(report.attributes["shared/c"]["arn"], "arn-of-shared/c");
}

#[tokio::test(start_paused = true)]
async fn independent_changes_run_side_by_side() {
    let cloud = Scripted {
        latency: Duration::from_millis(100),
        ..Scripted::default()
    };
    let names: Vec<String> = (0..10).map(|n| format!("r{n}")).collect();
    let plan = plan(names.iter().map(|name| resource(name, &[], "")).collect());
    let (report, _) = carry_out(&plan, &cloud).await;
    assert_eq!(report.took, Duration::from_millis(100));
}

#[tokio::test(start_paused = true)]
async fn a_failure_stops_what_needs_it_and_nothing_else() {
    let cloud = Scripted::default();
    cloud.refusals.lock().unwrap().insert(
        "shared/b".into(),
        vec![refusal(
            "iam",
            "CreateRole",
            "AccessDenied",
            "User: x is not authorized to perform: iam:CreateRole",
        )],
    );
    let plan = plan(vec![
        resource("a", &[], ""),
        resource("b", &["a"], ""),
        resource("c", &["b"], ""),
        resource("d", &["c"], ""),
        resource("e", &["a"], ""),
        resource("f", &["e"], ""),
    ]);
    let (report, events) = carry_out(&plan, &cloud).await;
    let names = |list: &[super::NodeRef]| {
        list.iter()
            .map(|it| it.name.clone())
            .collect::<BTreeSet<_>>()
    };
    assert_eq!(
        names(&report.done),
        BTreeSet::from(["a", "e", "f"].map(String::from))
    );
    assert_eq!(
        names(&report.not_tried),
        BTreeSet::from(["c", "d"].map(String::from))
    );
    assert_eq!(report.failed.len(), 1);
    assert_eq!(
        cloud
            .calls
            .lock()
            .unwrap()
            .iter()
            .filter(|it| *it == "shared/b")
            .count(),
        1,
        "AccessDenied is not retried"
    );
    let because: Vec<_> = events
        .iter()
        .filter_map(|event| match event {
            Event::NotTried { because, .. } => {
                because.clone().map(|node| node.resource.to_string())
            }
            _ => None,
        })
        .collect();
    assert_eq!(because, ["shared/b", "shared/b"]);
}

#[tokio::test(start_paused = true)]
async fn what_aws_makes_eventual_is_tried_again_and_told() {
    let cloud = Scripted::default();
    let eventual = || {
        refusal(
            "codepipeline",
            "CreatePipeline",
            "InvalidStructureException",
            "arn:aws:iam::1:role/p is not authorized to perform AssumeRole on role arn:aws:iam::2:role/d",
        )
    };
    cloud
        .refusals
        .lock()
        .unwrap()
        .insert("shared/a".into(), vec![eventual(), eventual()]);
    let (report, events) = carry_out(&plan(vec![resource("a", &[], "")]), &cloud).await;
    assert!(report.complete());
    let waits = events
        .iter()
        .filter(|event| matches!(event, Event::Waiting { waiting_for, .. } if waiting_for.contains("IAM")))
        .count();
    assert_eq!(waits, 2);
}

#[tokio::test(start_paused = true)]
async fn a_wait_ends_and_then_awss_last_words_are_shown() {
    let cloud = Scripted::default();
    let eventual = || {
        refusal(
            "s3",
            "PutBucketPolicy",
            "MalformedPolicy",
            "Invalid principal in policy",
        )
    };
    cloud
        .refusals
        .lock()
        .unwrap()
        .insert("shared/a".into(), (0..1000).map(|_| eventual()).collect());
    let (report, _) = carry_out(&plan(vec![resource("a", &[], "")]), &cloud).await;
    assert_eq!(report.failed[0].1.message, "Invalid principal in policy");
    assert!(
        report.took >= Duration::from_secs(120) && report.took < Duration::from_secs(125),
        "{:?}",
        report.took
    );
}

#[tokio::test(start_paused = true)]
async fn stopping_lets_what_is_under_way_finish() {
    let cloud = Scripted {
        latency: Duration::from_secs(1),
        ..Scripted::default()
    };
    let plan = plan(vec![resource("a", &[], ""), resource("b", &["a"], "")]);
    let (stop, stopped) = watch::channel(false);
    let mut none = |_| {};
    let walk = apply(&plan, &cloud, options(), stopped, &mut none);
    let end = async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        stop.send(true).unwrap();
    };
    let (report, ()) = tokio::join!(walk, end);
    let report = report.unwrap();
    assert_eq!(
        (report.done.len(), report.not_tried.len(), report.stopped),
        (1, 1, true)
    );
}

#[tokio::test]
async fn conflicts_and_adoptions_without_consent_stop_everything_before_the_first_call() {
    for (action, consent) in [(Action::Conflict, true), (Action::Adopt, false)] {
        let cloud = Scripted::default();
        let mut resource = resource("a", &[], "");
        resource.action = action;
        let options = Options {
            adopt: consent,
            ..options()
        };
        let error = apply(
            &plan(vec![resource]),
            &cloud,
            options,
            running(),
            &mut |_| {},
        )
        .await
        .unwrap_err();
        assert!(matches!(
            error,
            ApplyError::Conflicts(_) | ApplyError::AdoptionNotAgreed(_)
        ));
        assert!(cloud.calls.lock().unwrap().is_empty());
    }
}

#[tokio::test]
async fn a_plan_file_edited_into_a_circle_is_refused() {
    let plan = plan(vec![resource("a", &["b"], ""), resource("b", &["a"], "")]);
    let error = apply(
        &plan,
        &Scripted::default(),
        options(),
        running(),
        &mut |_| {},
    )
    .await
    .unwrap_err();
    assert!(error.to_string().contains("wait for each other"), "{error}");
}

#[test]
fn a_rule_needs_the_operation_the_code_and_the_sentence() {
    let eventual = refusal(
        "codebuild",
        "CreateProject",
        "InvalidInputException",
        "CodeBuild is not authorized to perform: sts:AssumeRole on arn:aws:iam::1:role/b",
    );
    assert_eq!(rule_for(&eventual).unwrap().seconds, 300);
    for other in [
        refusal(
            "codebuild",
            "CreateProject",
            "InvalidInputException",
            "Invalid environment image",
        ),
        refusal(
            "codebuild",
            "DeleteProject",
            "InvalidInputException",
            "not authorized to perform",
        ),
        refusal(
            "iam",
            "CreateRole",
            "AccessDenied",
            "not authorized to perform",
        ),
        refusal("iam", "CreateRole", "LimitExceeded", ""),
        refusal("s3", "CreateBucket", "BucketAlreadyExists", ""),
        refusal("kms", "CreateKey", "ValidationException", ""),
    ] {
        assert_eq!(rule_for(&other), None, "{other:?}");
    }
    let throttled = CloudError {
        kind: ErrorKind::Throttled,
        ..refusal("iam", "CreateRole", "Throttling", "Rate exceeded")
    };
    assert!(rule_for(&throttled).is_some());
}

#[test]
fn waits_grow_and_stay_within_twenty_seconds() {
    let mut backoff = Backoff::new(fastrand::Rng::with_seed(1));
    for attempts in 1..100 {
        let wait = backoff.wait(attempts);
        assert!(
            wait >= Duration::from_millis(250) && wait <= Duration::from_secs(20),
            "{wait:?}"
        );
    }
}

#[test]
fn events_are_json_lines_with_a_name() {
    let event = Event::Done {
        change: super::NodeRef {
            site: Site::Shared,
            account: "202949997891".into(),
            resource: ResourceId::shared("repository"),
            kind: "CodeCommit repository",
            name: "awssdk-iam".into(),
            part: Part::Itself,
        },
        took_ms: 12,
    };
    assert_eq!(
        serde_json::to_value(&event).unwrap(),
        json!({"event": "done", "took_ms": 12, "change": {
            "site": "shared", "account": "202949997891", "resource": "shared/repository",
            "kind": "CodeCommit repository", "name": "awssdk-iam", "part": "itself"}})
    );
}
