//! A sandbox that `bootstrap` has set up, with an application in its repository.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use std::path::Path;

use aws_sdk_codecommit::primitives::Blob;
use aws_sdk_codecommit::types::PutFileEntry;

use super::cli::{Place, SHARED, Served};

pub const REPOSITORY: &str = "awssdk-iam";

/// Sets everything up, and pushes what `render` writes for the repository to branches of it.
pub fn place(branches: &[&str]) -> Place {
    place_with(branches, "")
}

/// The same, with more to tell bootstrap.
pub fn place_with(branches: &[&str], extra: &str) -> Place {
    let place = Place::new();
    place
        .run(&format!(
            "bootstrap --sandbox --yes --no-starter --time-scale 1000 {extra}"
        ))
        .ended(0);
    place.run("render documents").ended(0);
    if !branches.is_empty() {
        let served = serve(&place);
        for branch in branches {
            push(&place, &served, branch, "Fix login redirect");
        }
    }
    place
}

/// Serves the sandbox of a place, a thousand times as fast as AWS.
pub fn serve(place: &Place) -> Served {
    Served::start(
        place,
        "sandbox start --json --config crosspipe.toml --time-scale 1000",
    )
}

/// How an account is reached as its administrator.
pub fn config(served: &Served, account: &str) -> aws_types::SdkConfig {
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

/// Runs a few calls.
pub fn block_on<T>(calls: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(calls)
}

/// Pushes a commit to a branch, the first one with everything in it, and answers the commit's id.
pub fn push(place: &Place, served: &Served, branch: &str, message: &str) -> String {
    let client = aws_sdk_codecommit::Client::new(&config(served, SHARED));
    let root = place.path("documents/repository");
    block_on(async {
        let head = client
            .get_branch()
            .repository_name(REPOSITORY)
            .branch_name(branch)
            .send()
            .await;
        let parent = head
            .ok()
            .and_then(|it| it.branch)
            .and_then(|it| it.commit_id);
        let branches = client.list_branches().repository_name(REPOSITORY).send();
        let first = branches.await.unwrap().branches().first().cloned();
        if parent.is_none()
            && let Some(first) = first
        {
            // In a repository with commits a new branch begins at one of them.
            let head = client
                .get_branch()
                .repository_name(REPOSITORY)
                .branch_name(first)
                .send()
                .await
                .unwrap();
            let commit = head.branch().unwrap().commit_id().unwrap().to_owned();
            client
                .create_branch()
                .repository_name(REPOSITORY)
                .branch_name(branch)
                .commit_id(&commit)
                .send()
                .await
                .unwrap();
            return commit;
        }
        let mut entries = vec![entry("NOTES.md", message.as_bytes())];
        if parent.is_none() {
            collect(&root, &root, &mut entries);
        }
        let commit = client
            .create_commit()
            .repository_name(REPOSITORY)
            .branch_name(branch)
            .author_name("Kim")
            .commit_message(message)
            .set_parent_commit_id(parent)
            .set_put_files(Some(entries))
            .send()
            .await
            .unwrap();
        commit.commit_id.unwrap()
    })
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

/// Puts a manual approval into the pipeline of dev, as the stage with this number.
pub fn with_approval(served: &Served, at: usize) {
    use aws_sdk_codepipeline::types::{
        ActionCategory, ActionDeclaration, ActionOwner, ActionTypeId, StageDeclaration,
    };
    let client = aws_sdk_codepipeline::Client::new(&config(served, SHARED));
    block_on(async {
        let found = client.get_pipeline().name("dev-awssdk-iam").send().await;
        let mut pipeline = found.unwrap().pipeline.unwrap();
        let kind = ActionTypeId::builder()
            .category(ActionCategory::Approval)
            .owner(ActionOwner::Aws)
            .provider("Manual")
            .version("1")
            .build()
            .unwrap();
        let action = ActionDeclaration::builder()
            .name("Release")
            .action_type_id(kind)
            .build()
            .unwrap();
        let stage = StageDeclaration::builder()
            .name("Approve")
            .actions(action)
            .build()
            .unwrap();
        pipeline.stages.insert(at, stage);
        client
            .update_pipeline()
            .pipeline(pipeline)
            .send()
            .await
            .unwrap();
    });
}
