//! Pushes to a sandbox that `bootstrap` has set up, seen through AWS's own SDK: what starts, what lands, and
//! what a broken permission stops.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

#[path = "support/cli.rs"]
mod cli;

use std::path::Path;
use std::time::{Duration, Instant};

use aws_sdk_codecommit::primitives::Blob;
use aws_sdk_codecommit::types::PutFileEntry;
use aws_sdk_codepipeline::types::{
    ActionExecutionDetail, ActionExecutionFilter, PipelineExecutionStatus,
    PipelineExecutionSummary, TriggerType,
};
use cli::{DEV, PRD, Place, SHARED, STG, Served};

const REPOSITORY: &str = "awssdk-iam";
const PATIENCE: Duration = Duration::from_secs(60);

/// A bootstrapped sandbox that is served, a thousand times as fast as AWS.
struct Ground {
    // Stops, and saves into the place, before that is gone.
    served: Served,
    place: Place,
    runtime: tokio::runtime::Runtime,
}

struct Clients {
    codecommit: aws_sdk_codecommit::Client,
    codepipeline: aws_sdk_codepipeline::Client,
    iam: aws_sdk_iam::Client,
    ecs: aws_sdk_ecs::Client,
}

impl Ground {
    fn new() -> Self {
        let place = Place::new();
        place
            .run("bootstrap --sandbox --yes --no-starter --time-scale 1000")
            .ended(0);
        place.run("render documents").ended(0);
        let served = Served::start(
            &place,
            "sandbox start --json --config crosspipe.toml --time-scale 1000",
        );
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        Self {
            served,
            place,
            runtime,
        }
    }

    fn clients(&self, account: &str) -> Clients {
        let (id, secret) = self.served.keys(account);
        let credentials = aws_credential_types::Credentials::new(id, secret, None, None, "test");
        let config = aws_types::SdkConfig::builder()
            .endpoint_url(&self.served.endpoint)
            .region(aws_types::region::Region::new("ap-northeast-2"))
            .credentials_provider(
                aws_credential_types::provider::SharedCredentialsProvider::new(credentials),
            )
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .behavior_version(aws_config::BehaviorVersion::latest())
            .build();
        Clients {
            codecommit: aws_sdk_codecommit::Client::new(&config),
            codepipeline: aws_sdk_codepipeline::Client::new(&config),
            iam: aws_sdk_iam::Client::new(&config),
            ecs: aws_sdk_ecs::Client::new(&config),
        }
    }

    /// Pushes what `render` wrote for the repository, as the first commit or over what is there.
    fn push(&self, branch: &str) {
        let root = self.place.path("documents/repository");
        let mut entries = Vec::new();
        collect(&root, &root, &mut entries);
        let note = format!("pushed to {branch}");
        entries.push(entry("NOTES.md", note.as_bytes()));
        let client = self.clients(SHARED).codecommit;
        self.runtime.block_on(async {
            let branches = client
                .list_branches()
                .repository_name(REPOSITORY)
                .send()
                .await
                .unwrap();
            let first = branches.branches().first().cloned();
            let Some(first) = first else {
                client
                    .create_commit()
                    .repository_name(REPOSITORY)
                    .branch_name(branch)
                    .set_put_files(Some(entries))
                    .send()
                    .await
                    .unwrap();
                return;
            };
            let head = client
                .get_branch()
                .repository_name(REPOSITORY)
                .branch_name(first)
                .send()
                .await
                .unwrap();
            client
                .create_branch()
                .repository_name(REPOSITORY)
                .branch_name(branch)
                .commit_id(head.branch().unwrap().commit_id().unwrap())
                .send()
                .await
                .unwrap();
        });
    }

    fn runs(&self, pipeline: &str) -> Vec<PipelineExecutionSummary> {
        let client = self.clients(SHARED).codepipeline;
        let list = client.list_pipeline_executions().pipeline_name(pipeline);
        let list = self.runtime.block_on(list.send()).unwrap();
        list.pipeline_execution_summaries().to_vec()
    }

    /// The run that a push has started, once it has ended.
    fn landed(&self, pipeline: &str) -> PipelineExecutionSummary {
        let began = Instant::now();
        loop {
            let newest = self.runs(pipeline).first().cloned();
            let ended = newest.filter(|run| {
                let trigger = run.trigger().and_then(|it| it.trigger_type());
                trigger == Some(&TriggerType::CloudWatchEvent)
                    && run.status() != Some(&PipelineExecutionStatus::InProgress)
            });
            if let Some(run) = ended {
                return run;
            }
            assert!(began.elapsed() < PATIENCE, "{pipeline} did not end");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn actions(
        &self,
        pipeline: &str,
        run: &PipelineExecutionSummary,
    ) -> Vec<ActionExecutionDetail> {
        let client = self.clients(SHARED).codepipeline;
        let filter = ActionExecutionFilter::builder()
            .set_pipeline_execution_id(run.pipeline_execution_id().map(str::to_owned))
            .build();
        let list = client
            .list_action_executions()
            .pipeline_name(pipeline)
            .filter(filter);
        let list = self.runtime.block_on(list.send()).unwrap();
        list.action_execution_details().to_vec()
    }
}

fn entry(path: &str, content: &[u8]) -> PutFileEntry {
    PutFileEntry::builder()
        .file_path(path)
        .file_content(Blob::new(content))
        .build()
        .unwrap()
}

fn collect(root: &Path, folder: &Path, entries: &mut Vec<PutFileEntry>) {
    for item in std::fs::read_dir(folder).unwrap() {
        let path = item.unwrap().path();
        if path.is_dir() {
            collect(root, &path, entries);
        } else {
            let name = path.strip_prefix(root).unwrap().to_str().unwrap();
            entries.push(entry(name, &std::fs::read(&path).unwrap()));
        }
    }
}

#[test]
fn each_push_lands_in_its_own_environment() {
    let ground = Ground::new();
    for (branch, name, account) in [
        ("develop", "dev", DEV),
        ("stage", "stg", STG),
        ("master", "prd", PRD),
    ] {
        let pipeline = format!("{name}-{REPOSITORY}");
        ground.push(branch);
        let run = ground.landed(&pipeline);
        let actions = ground.actions(&pipeline, &run);
        assert_eq!(
            run.status(),
            Some(&PipelineExecutionStatus::Succeeded),
            "{actions:#?}"
        );
        let client = ground.clients(account).ecs;
        let services = client
            .describe_services()
            .cluster("main")
            .services(REPOSITORY);
        let services = ground.runtime.block_on(services.send()).unwrap();
        let service = services.services().first().unwrap();
        let image = primary_image(&ground, &client, service);
        let registry = format!("{account}.dkr.ecr.ap-northeast-2.amazonaws.com/");
        assert!(
            image.starts_with(&registry) && image.contains("@sha256:"),
            "{image}"
        );
    }
    let before: Vec<usize> = ["dev", "stg", "prd"]
        .iter()
        .map(|name| ground.runs(&format!("{name}-{REPOSITORY}")).len())
        .collect();
    ground.push("feature/unmapped");
    std::thread::sleep(Duration::from_millis(500));
    let after: Vec<usize> = ["dev", "stg", "prd"]
        .iter()
        .map(|name| ground.runs(&format!("{name}-{REPOSITORY}")).len())
        .collect();
    assert_eq!(before, after);
}

fn primary_image(
    ground: &Ground,
    client: &aws_sdk_ecs::Client,
    service: &aws_sdk_ecs::types::Service,
) -> String {
    let sets = service.task_sets();
    let primary = sets.iter().find(|it| it.status() == Some("PRIMARY"));
    let definition = primary.and_then(|it| it.task_definition()).unwrap();
    let described = client
        .describe_task_definition()
        .task_definition(definition);
    let described = ground.runtime.block_on(described.send()).unwrap();
    let containers = described.task_definition().unwrap().container_definitions();
    containers.first().unwrap().image().unwrap().to_owned()
}

#[test]
fn a_permission_that_is_taken_away_stops_the_run_where_it_is_needed() {
    let ground = Ground::new();
    let iam = ground.clients(DEV).iam;
    let role = ground.runtime.block_on(async {
        let roles = iam.list_roles().send().await.unwrap();
        let mut names = roles.roles().iter().map(|it| it.role_name().to_owned());
        let role = names.find(|name| name.contains("deploy") && !name.contains("codedeploy"));
        let role = role.unwrap();
        let policies = iam
            .list_role_policies()
            .role_name(&role)
            .send()
            .await
            .unwrap();
        for policy in policies.policy_names() {
            iam.delete_role_policy()
                .role_name(&role)
                .policy_name(policy)
                .send()
                .await
                .unwrap();
        }
        role
    });
    ground.push("develop");
    let pipeline = format!("dev-{REPOSITORY}");
    let run = ground.landed(&pipeline);
    assert_eq!(
        run.status(),
        Some(&PipelineExecutionStatus::Failed),
        "{role}"
    );
    let actions = ground.actions(&pipeline, &run);
    let newest = actions.first().unwrap();
    assert_eq!(newest.action_name(), Some("Deploy"), "{actions:#?}");
    let result = newest.output().and_then(|it| it.execution_result());
    let error = result.and_then(|it| it.error_details()).unwrap();
    assert_eq!(
        error.message(),
        Some("You are missing permissions to access input artifact: BuildArtifact.")
    );
}
