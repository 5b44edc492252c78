//! Every break of the catalogue on worlds that bootstrap has made: what the catalogue promises is what a run does.
//!
//! The worlds are made once per way of deploying, and copied for each break. Time is moved by the test.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

#[path = "breaks/causes.rs"]
mod causes;
#[path = "support/cli.rs"]
mod cli;

use std::fmt::Write as _;
use std::path::Path;
use std::sync::OnceLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use cli::{DEV, Place, SHARED};
use crosspipe::sandbox::blobs::Blobs;
use crosspipe::sandbox::breaks::{self, Break, End, See, Sight, Strategy};
use crosspipe::sandbox::clockwork;
use crosspipe::sandbox::service::{Call, Caller, Service};
use crosspipe::sandbox::services::codepipeline::execution::{ActionRun, Execution};
use crosspipe::sandbox::services::{codecommit, codeconnections};
use crosspipe::sandbox::store::Store;
use crosspipe::sandbox::world::{Regional, World};

const REGION: &str = "ap-northeast-2";
/// Longer than anything waits that a run meets.
const HOURS: i64 = 4 * 3600 * 1000;

/// A world in which a first push has landed.
struct Base {
    world: Vec<u8>,
    now: i64,
    place: Place,
}

/// How a world is set up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Way {
    CodeDeploy,
    Rolling,
    Native,
    Connection,
}

impl Way {
    fn strategy(self) -> Strategy {
        match self {
            Self::CodeDeploy | Self::Connection => Strategy::CodedeployBlueGreen,
            Self::Rolling => Strategy::EcsRolling,
            Self::Native => Strategy::EcsBlueGreen,
        }
    }

    fn arguments(self) -> &'static str {
        match self {
            Self::CodeDeploy => "",
            Self::Rolling => "--strategy dev=ecs-rolling",
            Self::Native => "--strategy dev=ecs-blue-green",
            Self::Connection => "--source github --repository acme/orders",
        }
    }

    fn base(self) -> &'static Base {
        static BASES: [OnceLock<Base>; 4] = [const { OnceLock::new() }; 4];
        BASES[self as usize].get_or_init(|| make(self))
    }
}

fn make(way: Way) -> Base {
    let place = Place::new();
    let command = format!(
        "bootstrap --sandbox --yes --environment dev {}",
        way.arguments()
    );
    place.run(&command);
    place.run("bootstrap --sandbox --yes").ended(0);
    place.run("render documents").ended(0);
    let store = Store::open(&place.path(".crosspipe/sandbox")).unwrap();
    let mut ground = Ground {
        world: store.load().unwrap().unwrap(),
        blobs: Blobs::Directory(store.objects()),
        now: jiff::Timestamp::now().as_millisecond() + 60_000,
    };
    drop(store);
    ground.let_pass(600_000);
    let connections = &ground.at(SHARED).codeconnections.connections;
    for arn in connections.keys().cloned().collect::<Vec<_>>() {
        // At AWS a person does it in the console.
        codeconnections::complete_handshake(&mut ground.world, &arn);
    }
    ground.first_commit(&place.path("documents/repository"));
    ground.push("the first of all");
    ground.let_pass(HOURS);
    let run = ground.newest();
    assert_eq!(run.status, "Succeeded", "{way:?}: {run:#?}");
    Base {
        world: serde_json::to_vec(&ground.world).unwrap(),
        now: ground.now,
        place,
    }
}

/// A world, and a clock that the test moves.
struct Ground {
    world: World,
    blobs: Blobs,
    now: i64,
}

impl Ground {
    fn of(way: Way) -> Self {
        let base = way.base();
        Self {
            world: serde_json::from_slice(&base.world).unwrap(),
            blobs: Blobs::Directory(base.place.path(".crosspipe/sandbox/objects")),
            now: base.now,
        }
    }

    fn let_pass(&mut self, milliseconds: i64) {
        self.now += milliseconds;
        clockwork::advance(&mut self.world, &self.blobs, self.now);
    }

    fn ask(&mut self, service: &Service, operation: &str, input: Value) -> Value {
        let arn = format!("arn:aws:iam::{SHARED}:user/administrator");
        let call = Call {
            caller: Caller {
                account: SHARED.to_owned(),
                arn: arn.clone(),
                user_id: "AIDAEXAMPLE".to_owned(),
                principal_arn: arn,
            },
            region: REGION.to_owned(),
            input,
            now: self.now,
            request_id: "request".to_owned(),
        };
        let found = service.operations.iter().find(|it| it.name == operation);
        (found.unwrap().run)(&mut self.world, &call).unwrap_or_else(|fault| panic!("{fault:?}"))
    }

    fn at(&self, account: &str) -> &Regional {
        self.world.regional_ref(account, REGION).unwrap()
    }

    fn repository(&self) -> String {
        let repositories = &self.at(SHARED).codecommit.repositories;
        repositories.keys().next().unwrap().clone()
    }

    /// Puts what `render` has written for the repository onto the branch.
    fn first_commit(&mut self, folder: &Path) {
        let files: Vec<Value> = cli::files(folder)
            .into_iter()
            .map(|path| {
                let content = std::fs::read(folder.join(&path)).unwrap();
                json!({"filePath": path, "fileContent": STANDARD.encode(content)})
            })
            .collect();
        if self.at(SHARED).codecommit.repositories.is_empty() {
            // What stands in for a repository outside AWS.
            let input = json!({"repositoryName": "orders"});
            self.ask(&codecommit::SERVICE, "CreateRepository", input);
        }
        let name = self.repository();
        if self.at(SHARED).codecommit.repositories[&name]
            .branches
            .contains_key("develop")
        {
            // Bootstrap has pushed its starter application.
            return;
        }
        let input = json!({"repositoryName": name, "branchName": "develop", "putFiles": files});
        self.ask(&codecommit::SERVICE, "CreateCommit", input);
    }

    fn push(&mut self, text: &str) {
        let name = self.repository();
        let head = json!({"repositoryName": name, "branchName": "develop"});
        let head = self.ask(&codecommit::SERVICE, "GetBranch", head);
        let input = json!({
            "repositoryName": name,
            "branchName": "develop",
            "filePath": "NOTES.md",
            "fileContent": STANDARD.encode(text),
            "parentCommitId": head["branch"]["commitId"],
        });
        self.ask(&codecommit::SERVICE, "PutFile", input);
    }

    fn runs(&self) -> &[Execution] {
        let pipelines = &self.at(SHARED).codepipeline.pipelines;
        &pipelines.values().next().unwrap().executions
    }

    /// Lets time pass until the runs after the first ones have ended, or for as long as anything may take.
    fn let_run(&mut self, first: usize) {
        self.let_pass(60_000);
        for _ in 0..240 {
            let runs = self.runs().get(first..).unwrap_or_default();
            if !runs.is_empty() && runs.iter().all(|run| run.status != "InProgress") {
                return;
            }
            self.let_pass(60_000);
        }
    }

    fn newest(&self) -> Execution {
        self.runs().last().unwrap().clone()
    }

    /// The image of the container that serves the users.
    fn image(&self) -> String {
        let ecs = &self.at(DEV).ecs;
        let service = ecs.services.values().next().unwrap();
        let primary = service.task_sets.iter().find(|it| it.status == "PRIMARY");
        let arn = primary
            .map(|it| it.task_definition.clone())
            .or(service.task_definition.clone())
            .unwrap();
        let body = &ecs.task_definition(&arn).unwrap().body;
        body["containerDefinitions"][0]["image"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    /// Everything that is said in a place.
    fn said(&self, see: See) -> Vec<String> {
        let at = self.at(DEV);
        match see {
            See::BuildLog => {
                let groups = self.at(SHARED).logs.groups.values();
                groups
                    .flat_map(|group| group.streams.values())
                    .flat_map(|stream| &stream.events)
                    .map(|event| event.message.clone())
                    .collect()
            }
            See::Deployment => {
                let all = at.codedeploy.deployments.values();
                all.filter_map(|it| it.error.clone().map(|(_, message)| message))
                    .collect()
            }
            See::ServiceEvents => {
                let services = at.ecs.services.values();
                services
                    .flat_map(|service| &service.events)
                    .map(|(_, _, message)| message.clone())
                    .collect()
            }
            See::StoppedTask => {
                let tasks = at.ecs.tasks.values();
                tasks.filter_map(|task| task.stop_reason.clone()).collect()
            }
            See::ServiceDeployment => {
                let services = at.ecs.services.values();
                services
                    .flat_map(|service| &service.releases)
                    .filter_map(|release| release.reason.clone())
                    .collect()
            }
        }
    }
}

/// The stage and the action at which a run has failed.
fn failed(run: &Execution) -> Option<(&str, &ActionRun)> {
    run.stages.iter().find_map(|stage| {
        let action = stage.actions.iter().find(|it| it.status == "Failed")?;
        Some((stage.name.as_str(), action))
    })
}

/// What is not as the catalogue promises. What lies under a failure goes to the table.
fn wrong(way: Way, it: &Break, table: &mut String) -> Option<String> {
    let mut ground = Ground::of(way);
    let before = ground.runs().len();
    let image = ground.image();
    let broken = match breaks::put(&mut ground.world, &it.full_id(), Some("dev"), ground.now) {
        Ok(broken) => broken,
        Err(refused) => return Some(refused.to_string()),
    };
    if broken.changes.is_empty() || broken.pipeline.is_empty() {
        return Some(format!("it does not say what it has changed: {broken:#?}"));
    }
    let end = it.end(way.strategy()).unwrap();
    if let End::Superseded = end {
        ground.push("1");
        ground.let_pass(2_000);
        ground.push("2");
        ground.push("3");
    } else if !broken.starts {
        ground.push("after the break");
    }
    ground.let_run(before);
    let started = &ground.runs()[before..];
    let newest = started.last();
    let words: Vec<&str> = broken.words.iter().map(|it| it.text.as_str()).collect();
    match (end, newest) {
        (End::Silence { .. }, None) => None,
        (End::Silence { .. }, Some(_)) => Some("a run has started".to_owned()),
        (_, None) => Some("no run has started".to_owned()),
        (End::Twice, _) => (started.len() != 2).then(|| format!("{} runs", started.len())),
        (End::Superseded, _) => {
            let statuses: Vec<&str> = started.iter().map(|it| it.status.as_str()).collect();
            (statuses != ["Succeeded", "Superseded", "Succeeded"]).then(|| format!("{statuses:?}"))
        }
        (End::Lands { more, .. }, Some(run)) => {
            if run.status != "Succeeded" {
                return Some(told(run));
            }
            let mut image = image;
            if it.id == "F107" {
                image = ground.image();
                ground.push("once more");
                ground.let_pass(HOURS);
            }
            let same = ground.image() == image;
            if ["F10", "F107"].contains(&it.id) != same {
                return Some(format!("the image is {}", ground.image()));
            }
            elsewhere(&ground, more, &words)
        }
        (End::Fails { at, code, more, .. }, Some(run)) => {
            let Some((stage, action)) = failed(run) else {
                return Some(told(run));
            };
            let (said_code, said) = action.error.clone().unwrap_or_default();
            let right = run.status == "Failed"
                && stage == at
                && action.name == at
                && said_code == code
                && breaks::fits(words[0], &said);
            if !right {
                return Some(format!(
                    "expected {code} at {at}: {}\n    {}",
                    words[0],
                    told(run)
                ));
            }
            if let Some(why) = elsewhere(&ground, more, &words[1..]) {
                return Some(why);
            }
            let Some(cause) = causes::of(way, &ground, &run.id) else {
                return Some("no cause is found".to_owned());
            };
            let _ = writeln!(
                table,
                "{}: {}\n{}",
                it.full_id(),
                it.what,
                causes::shown(&cause)
            );
            causes::wrong(it, &broken, &cause)
        }
    }
}

/// What a run came to.
fn told(run: &Execution) -> String {
    match failed(run) {
        Some((stage, action)) => {
            let (code, said) = action.error.clone().unwrap_or_default();
            format!("{} at {stage}/{}: {code}: {said}", run.status, action.name)
        }
        None => format!("the run is {}", run.status),
    }
}

/// The first words that are not said where they should be.
fn elsewhere(ground: &Ground, sights: &[Sight], words: &[&str]) -> Option<String> {
    sights.iter().zip(words).find_map(|(sight, words)| {
        let said = ground.said(sight.see);
        let there = said.iter().any(|it| breaks::fits(words, it));
        (!there).then(|| {
            let last: Vec<&String> = said.iter().rev().take(12).collect();
            format!("expected {:?}: {words}\n    found {last:#?}", sight.see)
        })
    })
}

/// Whether a break is one of those that a world is tried with.
fn belongs(way: Way, it: &Break) -> bool {
    let of_connection = ["F17", "F85", "F86"].contains(&it.id);
    it.end(way.strategy()).is_some() && of_connection == (way == Way::Connection)
}

fn each(way: Way, part: usize, parts: usize) {
    let (mut report, mut table) = (String::new(), String::new());
    let all: Vec<&Break> = breaks::list()
        .into_iter()
        .filter(|it| belongs(way, it))
        .collect();
    let size = all.len().div_ceil(parts);
    for it in all.chunks(size).nth(part).unwrap() {
        if let Some(why) = wrong(way, it, &mut table) {
            let _ = writeln!(report, "{}: {why}", it.full_id());
        }
    }
    let name = format!("causes {way:?} {}", part + 1);
    insta::assert_snapshot!(name, table);
    assert!(report.is_empty(), "{way:?}\n{report}");
}

#[test]
fn with_codedeploy_first_part() {
    each(Way::CodeDeploy, 0, 3);
}

#[test]
fn with_codedeploy_second_part() {
    each(Way::CodeDeploy, 1, 3);
}

#[test]
fn with_codedeploy_third_part() {
    each(Way::CodeDeploy, 2, 3);
}

#[test]
fn with_rolling_deployments() {
    each(Way::Rolling, 0, 1);
}

#[test]
fn with_blue_green_by_ecs() {
    each(Way::Native, 0, 1);
}

#[test]
fn with_a_connection() {
    each(Way::Connection, 0, 1);
}
