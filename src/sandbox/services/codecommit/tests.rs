#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod content;
mod merging;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::sandbox::trial::{OTHER, Trial};

fn trial() -> Trial {
    Trial::of(&super::SERVICE)
}

/// A world with a repository that holds one commit on `main`, and that commit's id.
fn with_commit() -> (Trial, String) {
    let mut trial = trial();
    trial.ok("CreateRepository", json!({"repositoryName": "orders"}));
    let answer = trial.ok("PutFile", put("README.md", "hello\n", None));
    (trial, text(&answer, "commitId"))
}

fn put(path: &str, content: &str, parent: Option<&str>) -> Value {
    let mut input = json!({
        "repositoryName": "orders", "branchName": "main", "filePath": path,
        "fileContent": STANDARD.encode(content), "commitMessage": "a change",
        "name": "Mary Major", "email": "mary@example.com",
    });
    if let Some(parent) = parent {
        input["parentCommitId"] = json!(parent);
    }
    input
}

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap().to_owned()
}

fn on(more: Value) -> Value {
    let mut input = json!({"repositoryName": "orders"});
    input
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    input
}

#[test]
fn anything_is_answered() {
    trial().survives_anything();
    with_commit().0.survives_anything();
}

#[test]
fn repositories() {
    let mut trial = trial();
    let made = trial.ok("CreateRepository", json!({"repositoryName": "orders", "repositoryDescription": "주문", "tags": {"team": "shop"}}));
    let made = &made["repositoryMetadata"];
    assert_eq!(
        made["Arn"],
        "arn:aws:codecommit:ap-northeast-2:111111111111:orders"
    );
    assert_eq!(made["accountId"], "111111111111");
    assert_eq!(
        made["cloneUrlHttp"],
        "https://git-codecommit.ap-northeast-2.amazonaws.com/v1/repos/orders"
    );
    assert_eq!(made["creationDate"], 1_700_000_000.5);
    assert_eq!(made["repositoryDescription"], "주문");
    assert!(made.get("defaultBranch").is_none());
    assert_eq!(
        trial.ok("GetRepository", json!({"repositoryName": "orders"}))["repositoryMetadata"],
        *made
    );

    trial.ok("CreateRepository", json!({"repositoryName": "a"}));
    let names = |answer: Value| -> Vec<String> {
        answer["repositories"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| text(one, "repositoryName"))
            .collect()
    };
    assert_eq!(
        names(trial.ok("ListRepositories", json!({}))),
        ["a", "orders"]
    );
    assert_eq!(
        names(trial.ok("ListRepositories", json!({"order": "descending"}))),
        ["orders", "a"]
    );
    assert_eq!(
        names(trial.ok("ListRepositories", json!({"sortBy": "lastModifiedDate"}))),
        ["orders", "a"]
    );
    let batch = trial.ok(
        "BatchGetRepositories",
        json!({"repositoryNames": ["orders", "none"]}),
    );
    assert_eq!(names(batch.clone()), ["orders"]);
    assert_eq!(batch["repositoriesNotFound"], json!(["none"]));

    trial.ok(
        "UpdateRepositoryDescription",
        json!({"repositoryName": "orders"}),
    );
    trial.ok(
        "UpdateRepositoryName",
        json!({"oldName": "orders", "newName": "sales"}),
    );
    let renamed = trial.ok("GetRepository", json!({"repositoryName": "sales"}));
    assert_eq!(
        renamed["repositoryMetadata"]["repositoryId"],
        made["repositoryId"]
    );
    assert!(
        renamed["repositoryMetadata"]
            .get("repositoryDescription")
            .is_none()
    );

    trial.account = OTHER;
    assert_eq!(
        trial.code("GetRepository", json!({"repositoryName": "sales"})),
        "RepositoryDoesNotExistException"
    );
    assert_eq!(
        trial.ok("ListRepositories", json!({}))["repositories"],
        json!([])
    );
    trial.account = "111111111111";
    trial.region = "us-east-1";
    assert_eq!(
        trial.code("GetRepository", json!({"repositoryName": "sales"})),
        "RepositoryDoesNotExistException"
    );
    trial.region = "ap-northeast-2";

    assert_eq!(
        trial.ok("DeleteRepository", json!({"repositoryName": "sales"}))["repositoryId"],
        made["repositoryId"]
    );
    assert_eq!(
        trial.ok("DeleteRepository", json!({"repositoryName": "sales"})),
        json!({})
    );
}

#[test]
fn faults_of_repositories() {
    let mut trial = trial();
    trial.ok("CreateRepository", json!({"repositoryName": "orders"}));
    trial.ok("CreateRepository", json!({"repositoryName": "other"}));
    let many: serde_json::Map<String, Value> =
        (0..51).map(|n| (format!("k{n}"), json!("v"))).collect();
    for (operation, input, code) in [
        (
            "CreateRepository",
            json!({}),
            "RepositoryNameRequiredException",
        ),
        (
            "CreateRepository",
            json!({"repositoryName": "orders"}),
            "RepositoryNameExistsException",
        ),
        (
            "CreateRepository",
            json!({"repositoryName": "a b"}),
            "InvalidRepositoryNameException",
        ),
        (
            "CreateRepository",
            json!({"repositoryName": "a.git"}),
            "InvalidRepositoryNameException",
        ),
        (
            "CreateRepository",
            json!({"repositoryName": "a".repeat(101)}),
            "InvalidRepositoryNameException",
        ),
        (
            "CreateRepository",
            json!({"repositoryName": "x", "repositoryDescription": "d".repeat(1001)}),
            "InvalidRepositoryDescriptionException",
        ),
        (
            "CreateRepository",
            json!({"repositoryName": "x", "tags": {"aws:x": "1"}}),
            "InvalidSystemTagUsageException",
        ),
        (
            "CreateRepository",
            json!({"repositoryName": "x", "tags": {"": "1"}}),
            "InvalidTagsMapException",
        ),
        (
            "CreateRepository",
            json!({"repositoryName": "x", "tags": many}),
            "TooManyTagsException",
        ),
        (
            "GetRepository",
            json!({"repositoryName": "none"}),
            "RepositoryDoesNotExistException",
        ),
        (
            "ListRepositories",
            json!({"sortBy": "x"}),
            "InvalidSortByException",
        ),
        (
            "ListRepositories",
            json!({"order": "x"}),
            "InvalidOrderException",
        ),
        (
            "ListRepositories",
            json!({"nextToken": "x"}),
            "InvalidContinuationTokenException",
        ),
        (
            "BatchGetRepositories",
            json!({"repositoryNames": []}),
            "RepositoryNamesRequiredException",
        ),
        (
            "BatchGetRepositories",
            json!({"repositoryNames": vec!["a"; 101]}),
            "MaximumRepositoryNamesExceededException",
        ),
        (
            "UpdateRepositoryName",
            json!({"oldName": "none", "newName": "x"}),
            "RepositoryDoesNotExistException",
        ),
        (
            "UpdateRepositoryName",
            json!({"oldName": "orders", "newName": "other"}),
            "RepositoryNameExistsException",
        ),
        (
            "UpdateRepositoryName",
            json!({"oldName": "orders"}),
            "RepositoryNameRequiredException",
        ),
        (
            "UpdateRepositoryDescription",
            json!({"repositoryName": "none"}),
            "RepositoryDoesNotExistException",
        ),
        (
            "DeleteRepository",
            json!({}),
            "RepositoryNameRequiredException",
        ),
        (
            "GetBranch",
            json!({"repositoryName": "orders"}),
            "BranchNameRequiredException",
        ),
        (
            "TagResource",
            json!({"tags": {"a": "b"}}),
            "ResourceArnRequiredException",
        ),
        (
            "TagResource",
            json!({"resourceArn": "x", "tags": {"a": "b"}}),
            "InvalidResourceArnException",
        ),
        (
            "TagResource",
            json!({"resourceArn": "arn:aws:codecommit:ap-northeast-2:111111111111:orders"}),
            "TagsMapRequiredException",
        ),
        (
            "TagResource",
            json!({"resourceArn": "arn:aws:codecommit:ap-northeast-2:111111111111:none", "tags": {"a": "b"}}),
            "RepositoryDoesNotExistException",
        ),
        (
            "UntagResource",
            json!({"resourceArn": "arn:aws:codecommit:ap-northeast-2:111111111111:orders"}),
            "TagKeysListRequiredException",
        ),
    ] {
        assert_eq!(
            trial.code(operation, input.clone()),
            code,
            "{operation} {input}"
        );
    }
    assert_eq!(
        trial.fault("CreateRepository", json!({"repositoryName": "orders"})),
        "RepositoryNameExistsException: Repository named orders already exists"
    );
    assert_eq!(
        trial.fault("GetRepository", json!({"repositoryName": "none"})),
        "RepositoryDoesNotExistException: none does not exist"
    );
}

#[test]
fn tags() {
    let mut trial = trial();
    let arn = trial.ok(
        "CreateRepository",
        json!({"repositoryName": "orders", "tags": {"a": "1"}}),
    );
    let arn = arn["repositoryMetadata"]["Arn"].clone();
    trial.ok(
        "TagResource",
        json!({"resourceArn": arn, "tags": {"a": "2", "b": "3"}}),
    );
    trial.ok(
        "UntagResource",
        json!({"resourceArn": arn, "tagKeys": ["b", "none"]}),
    );
    assert_eq!(
        trial.ok("ListTagsForResource", json!({"resourceArn": arn}))["tags"],
        json!({"a": "2"})
    );
}

#[test]
fn the_first_commit_makes_the_branch() {
    let (mut trial, commit) = with_commit();
    let branch = trial.ok("GetBranch", on(json!({"branchName": "main"})));
    assert_eq!(
        branch,
        json!({"branch": {"branchName": "main", "commitId": commit}})
    );
    let repository = trial.ok("GetRepository", on(json!({})));
    assert_eq!(repository["repositoryMetadata"]["defaultBranch"], "main");
    let shown = trial.ok("GetCommit", on(json!({"commitId": commit})));
    assert_eq!(
        shown["commit"]["author"],
        json!({"name": "Mary Major", "email": "mary@example.com", "date": "1700000001 +0000"})
    );
    assert_eq!(shown["commit"]["message"], "a change");
    assert_eq!(shown["commit"]["parents"], json!([]));
    let file = trial.ok("GetFile", on(json!({"filePath": "/README.md"})));
    assert_eq!(
        file,
        json!({
            "commitId": commit, "blobId": "ce013625030ba8dba906f756967f9e9ca394464a", "filePath": "README.md",
            "fileMode": "NORMAL", "fileSize": 6, "fileContent": "aGVsbG8K",
        })
    );
    let blob = trial.ok(
        "GetBlob",
        on(json!({"blobId": "ce013625030ba8dba906f756967f9e9ca394464a"})),
    );
    assert_eq!(blob["content"], "aGVsbG8K");
}

#[test]
fn branches() {
    let (mut trial, first) = with_commit();
    let second = text(
        &trial.ok("PutFile", put("b", "2", Some(&first))),
        "commitId",
    );
    trial.ok(
        "CreateBranch",
        on(json!({"branchName": "feature/x", "commitId": first})),
    );
    assert_eq!(
        trial.ok("ListBranches", on(json!({})))["branches"],
        json!(["feature/x", "main"])
    );
    for (operation, input, code) in [
        (
            "CreateBranch",
            json!({"branchName": "main", "commitId": first}),
            "BranchNameExistsException",
        ),
        (
            "CreateBranch",
            json!({"branchName": "a b", "commitId": first}),
            "InvalidBranchNameException",
        ),
        (
            "CreateBranch",
            json!({"branchName": "a"}),
            "CommitIdRequiredException",
        ),
        (
            "CreateBranch",
            json!({"branchName": "a", "commitId": "x"}),
            "InvalidCommitIdException",
        ),
        (
            "CreateBranch",
            json!({"branchName": "a", "commitId": "0".repeat(40)}),
            "CommitDoesNotExistException",
        ),
        (
            "GetBranch",
            json!({"branchName": "none"}),
            "BranchDoesNotExistException",
        ),
        (
            "DeleteBranch",
            json!({"branchName": "main"}),
            "DefaultBranchCannotBeDeletedException",
        ),
        (
            "UpdateDefaultBranch",
            json!({"defaultBranchName": "none"}),
            "BranchDoesNotExistException",
        ),
        (
            "UpdateDefaultBranch",
            json!({}),
            "BranchNameRequiredException",
        ),
    ] {
        assert_eq!(
            trial.code(operation, on(input.clone())),
            code,
            "{operation} {input}"
        );
    }
    trial.ok(
        "UpdateDefaultBranch",
        on(json!({"defaultBranchName": "feature/x"})),
    );
    let gone = trial.ok("DeleteBranch", on(json!({"branchName": "main"})));
    assert_eq!(gone["deletedBranch"]["commitId"], json!(second));
    assert_eq!(
        trial.ok("DeleteBranch", on(json!({"branchName": "main"}))),
        json!({})
    );
}
