//! The starter application: pushed by `bootstrap` or written as files, and what becomes of it in the
//! sandbox.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

#[path = "support/cli.rs"]
mod cli;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use aws_sdk_codepipeline::types::{PipelineExecutionStatus, TriggerType};
use cli::{DEV, PRD, Place, SHARED, STG, Served, files};
use insta::assert_snapshot;

const REPOSITORY: &str = "awssdk-iam";
const PATIENCE: Duration = Duration::from_secs(60);
const BRANCHES: [&str; 3] = ["develop", "stage", "master"];
const FAST: &str = "sandbox start --json --config crosspipe.toml --time-scale 1000";

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
}

fn config(served: &Served, account: &str) -> aws_types::SdkConfig {
    let (id, secret) = served.keys(account);
    let credentials = aws_credential_types::Credentials::new(id, secret, None, None, "test");
    aws_types::SdkConfig::builder()
        .endpoint_url(&served.endpoint)
        .region(aws_types::region::Region::new("ap-northeast-2"))
        .credentials_provider(
            aws_credential_types::provider::SharedCredentialsProvider::new(credentials),
        )
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .behavior_version(aws_config::BehaviorVersion::latest())
        .build()
}

/// Each branch with its commit.
fn heads(served: &Served) -> BTreeMap<String, String> {
    let client = aws_sdk_codecommit::Client::new(&config(served, SHARED));
    runtime().block_on(async {
        let list = client.list_branches().repository_name(REPOSITORY);
        let names = list.send().await.unwrap().branches().to_vec();
        let mut heads = BTreeMap::new();
        for name in names {
            let branch = client
                .get_branch()
                .repository_name(REPOSITORY)
                .branch_name(&name)
                .send()
                .await
                .unwrap();
            let id = branch.branch().unwrap().commit_id().unwrap().to_owned();
            heads.insert(name, id);
        }
        heads
    })
}

/// Waits until the run that the push has started in an environment has ended, and answers how.
fn landed(served: &Served, environment: &str) -> PipelineExecutionStatus {
    let client = aws_sdk_codepipeline::Client::new(&config(served, SHARED));
    let runtime = runtime();
    let began = Instant::now();
    loop {
        let list = client
            .list_pipeline_executions()
            .pipeline_name(format!("{environment}-{REPOSITORY}"));
        let list = runtime.block_on(list.send()).unwrap();
        let ended = list.pipeline_execution_summaries().iter().find(|run| {
            let trigger = run.trigger().and_then(|it| it.trigger_type());
            trigger == Some(&TriggerType::CloudWatchEvent)
                && run.status() != Some(&PipelineExecutionStatus::InProgress)
        });
        if let Some(run) = ended {
            return run.status().unwrap().clone();
        }
        assert!(began.elapsed() < PATIENCE, "{environment} did not end");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// The images that an environment's service runs: of its task sets, or of its deployments.
fn images(served: &Served, account: &str) -> Vec<String> {
    let client = aws_sdk_ecs::Client::new(&config(served, account));
    runtime().block_on(async {
        let services = client
            .describe_services()
            .cluster("main")
            .services(REPOSITORY)
            .send()
            .await
            .unwrap();
        let service = services.services().first().unwrap().clone();
        let of_sets = service.task_sets().iter();
        let of_sets = of_sets
            .filter(|it| it.status() == Some("PRIMARY"))
            .filter_map(|it| it.task_definition());
        let definition = of_sets.chain(service.task_definition()).next().unwrap();
        let described = client
            .describe_task_definition()
            .task_definition(definition)
            .send()
            .await
            .unwrap();
        let containers = described.task_definition().unwrap().container_definitions();
        containers
            .iter()
            .filter_map(|it| it.image().map(str::to_owned))
            .collect()
    })
}

#[test]
fn the_first_runs_land_with_every_strategy() {
    for strategy in ["codedeploy-blue-green", "ecs-rolling", "ecs-blue-green"] {
        let place = Place::new();
        let strategies: Vec<String> = ["dev", "stg", "prd"]
            .iter()
            .map(|name| format!("--strategy {name}={strategy}"))
            .collect();
        place
            .run(&format!(
                "bootstrap --sandbox --yes --time-scale 1000 {}",
                strategies.join(" ")
            ))
            .ended(0)
            .says("Pushed to awssdk-iam");
        let served = Served::start(&place, FAST);
        for (name, account) in [("dev", DEV), ("stg", STG), ("prd", PRD)] {
            assert_eq!(
                landed(&served, name),
                PipelineExecutionStatus::Succeeded,
                "{strategy} in {name}"
            );
            let images = images(&served, account);
            let registry = format!("{account}.dkr.ecr.ap-northeast-2.amazonaws.com/");
            assert!(
                images[0].starts_with(&registry) && images[0].contains("@sha256:"),
                "{strategy}: {images:?}"
            );
        }
    }
}

#[test]
fn one_commit_is_on_every_branch_and_stays_there() {
    let place = Place::new();
    place.run("bootstrap --sandbox --yes").ended(0);
    let served = Served::start(&place, FAST);
    let before = heads(&served);
    let mut names: Vec<&String> = before.keys().collect();
    names.sort();
    assert_eq!(names, ["develop", "master", "stage"]);
    assert!(before.values().all(|id| *id == before["develop"]));
    drop(served);
    place
        .run("bootstrap --sandbox --yes --starter")
        .ended(0)
        .lacks("Pushed to");
    let served = Served::start(&place, FAST);
    assert_eq!(heads(&served), before);
}

#[test]
fn without_it_the_repository_stays_empty() {
    let place = Place::new();
    place
        .run("bootstrap --sandbox --yes --no-starter")
        .ended(0)
        .lacks("Starter application");
    place
        .run("bootstrap --sandbox --yes --starter --no-starter")
        .ended(2);
    let served = Served::start(&place, FAST);
    assert!(heads(&served).is_empty());
}

/// Outside the sandbox a yes to everything is no yes to starting production.
#[test]
fn with_real_accounts_it_takes_a_word_of_its_own() {
    let mut place = Place::with_defaults();
    let served = place.serve();
    place
        .run("bootstrap --yes")
        .ended(0)
        .lacks("Pushed to")
        .says("crosspipe bootstrap --starter");
    assert!(heads(&served).is_empty());
    assert_snapshot!("real", place.run("bootstrap --yes --starter").page());
    assert_eq!(heads(&served).len(), 3);
    // What others have pushed is never touched.
    assert_snapshot!("again", place.run("bootstrap --yes --starter").page());
}

/// A push that was refused half way is continued, once it may.
#[test]
fn what_was_refused_is_continued() {
    let mut place = Place::with_defaults();
    let served = place.serve();
    place.run("bootstrap --yes --starter").ended(0);
    let client = aws_sdk_codecommit::Client::new(&config(&served, SHARED));
    let gone = |name: &str| {
        let delete = client
            .delete_branch()
            .repository_name(REPOSITORY)
            .branch_name(name);
        runtime().block_on(delete.send()).unwrap();
    };
    let before = heads(&served);
    gone("stage");
    gone("master");
    place
        .run("bootstrap --yes --starter")
        .ended(0)
        .says("+ branch stage   starts stg")
        .lacks("+ branch develop");
    assert_eq!(heads(&served), before);
}

#[test]
fn in_json_each_branch_is_an_event() {
    let place = Place::new();
    let lines = place
        .run("bootstrap --sandbox --yes --json")
        .ended(0)
        .json_lines();
    let pushed: Vec<_> = lines.iter().filter(|it| it["event"] == "starter").collect();
    let branches: Vec<_> = pushed.iter().map(|it| it["branch"].clone()).collect();
    assert_eq!(branches, BRANCHES);
    assert!(pushed.iter().all(|it| it["made"] == true));
    assert_eq!(lines.last().unwrap()["event"], "finished");
}

#[test]
fn written_as_files_it_is_what_is_pushed() {
    let place = Place::with_defaults();
    assert_snapshot!("written", place.run("starter app").page());
    place
        .run("starter app")
        .ended(2)
        .complains("nothing was written");
    assert_eq!(files(&place.path("app")).len(), 13);
    // It is written beside crosspipe.toml, too.
    place.run("starter .").ended(0);
    assert!(place.has("deploy/dev/taskdef.json"));
}

#[test]
fn a_connection_gets_files_and_the_commands() {
    let place = Place::new();
    place
        .run("bootstrap --sandbox --yes --environment dev --source github --repository acme/orders --starter")
        .ended(0)
        .says("crosspipe starter orders")
        .lacks("Pushed to");
    place
        .run("starter orders")
        .ended(0)
        .says("git remote add origin https://github.com/acme/orders.git")
        .says("git push origin develop  starts dev");
}
