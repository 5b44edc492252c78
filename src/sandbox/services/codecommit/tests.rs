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

#[test]
fn put_file_wants_the_head_as_parent() {
    let (mut trial, first) = with_commit();
    let second = text(
        &trial.ok("PutFile", put("src/a", "1", Some(&first))),
        "commitId",
    );
    let of = |change: Value| {
        let mut input = put("b", "2", Some(&second));
        input
            .as_object_mut()
            .unwrap()
            .extend(change.as_object().unwrap().clone());
        input
    };
    for (change, code) in [
        (
            json!({"parentCommitId": null}),
            "ParentCommitIdRequiredException",
        ),
        (
            json!({"parentCommitId": "main"}),
            "InvalidParentCommitIdException",
        ),
        (
            json!({"parentCommitId": "0".repeat(40)}),
            "ParentCommitDoesNotExistException",
        ),
        (
            json!({"parentCommitId": first}),
            "ParentCommitIdOutdatedException",
        ),
        (json!({"branchName": "none"}), "BranchDoesNotExistException"),
        (json!({"branchName": null}), "BranchNameRequiredException"),
        (json!({"fileContent": null}), "FileContentRequiredException"),
        (json!({"fileContent": "*"}), "SerializationException"),
        (json!({"filePath": null}), "PathRequiredException"),
        (json!({"filePath": "../x"}), "InvalidPathException"),
        (
            json!({"filePath": "src"}),
            "FileNameConflictsWithDirectoryNameException",
        ),
        (
            json!({"filePath": "README.md/x"}),
            "DirectoryNameConflictsWithFileNameException",
        ),
        (json!({"fileMode": "X"}), "InvalidFileModeException"),
        (
            json!({"filePath": "src/a", "fileContent": "MQ=="}),
            "SameFileContentException",
        ),
        (
            json!({"name": "n".repeat(257)}),
            "NameLengthExceededException",
        ),
        (json!({"email": "a b"}), "InvalidEmailException"),
        (
            json!({"commitMessage": "m".repeat(256 * 1024 + 1)}),
            "CommitMessageLengthExceededException",
        ),
        (
            json!({"fileContent": STANDARD.encode(vec![0; 6_291_457])}),
            "FileContentSizeLimitExceededException",
        ),
    ] {
        assert_eq!(
            trial.code("PutFile", of(change.clone())),
            code,
            "{}",
            change.to_string().get(..60).unwrap_or_default()
        );
    }
    // The same content with another mode is a change.
    trial.ok(
        "PutFile",
        of(json!({"filePath": "src/a", "fileContent": "MQ==", "fileMode": "EXECUTABLE"})),
    );
    assert_eq!(
        trial.ok("GetFile", on(json!({"filePath": "src/a"})))["fileMode"],
        "EXECUTABLE"
    );

    trial.ok("CreateRepository", json!({"repositoryName": "empty"}));
    let mut input = put("a", "1", Some(&first));
    input["repositoryName"] = json!("empty");
    assert_eq!(
        trial.code("PutFile", input),
        "ParentCommitDoesNotExistException"
    );
}

#[test]
fn delete_file() {
    let (mut trial, first) = with_commit();
    let second = text(
        &trial.ok("PutFile", put("src/a", "1", Some(&first))),
        "commitId",
    );
    let of = |path: &str, parent: &str| {
        on(json!({"branchName": "main", "filePath": path, "parentCommitId": parent}))
    };
    assert_eq!(
        trial.code("DeleteFile", of("none", &second)),
        "FileDoesNotExistException"
    );
    assert_eq!(
        trial.code("DeleteFile", of("src/a", &first)),
        "ParentCommitIdOutdatedException"
    );
    assert_eq!(
        trial.code(
            "DeleteFile",
            on(json!({"branchName": "main", "filePath": "src/a"}))
        ),
        "ParentCommitIdRequiredException"
    );
    let mut keep = of("src/a", &second);
    keep["keepEmptyFolders"] = json!(true);
    let gone = trial.ok("DeleteFile", keep);
    assert_eq!(gone["filePath"], "src/a");
    let folder = trial.ok("GetFolder", on(json!({"folderPath": "/src"})));
    assert_eq!(folder["files"][0]["absolutePath"], "src/.gitkeep");
    let commit = trial.ok("GetCommit", on(json!({"commitId": gone["commitId"]})));
    assert_eq!(commit["commit"]["parents"], json!([second]));
    assert_eq!(commit["commit"]["author"]["name"], "Mary");
}

#[test]
fn create_commit_changes_many_files() {
    let (mut trial, first) = with_commit();
    let answer = trial.ok("CreateCommit", on(json!({
        "branchName": "main", "parentCommitId": first, "commitMessage": "many",
        "putFiles": [
            {"filePath": "src/run", "fileContent": "cnVu", "fileMode": "EXECUTABLE"},
            {"filePath": "src/link", "fileContent": "cnVu", "fileMode": "SYMLINK"},
            {"filePath": "docs/README.md", "sourceFile": {"filePath": "README.md", "isMove": true}},
        ],
    })));
    let second = text(&answer, "commitId");
    let paths = |list: &str| -> Vec<String> {
        answer[list]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| text(one, "absolutePath"))
            .collect()
    };
    assert_eq!(
        paths("filesAdded"),
        ["docs/README.md", "src/link", "src/run"]
    );
    assert_eq!(paths("filesDeleted"), ["README.md"]);
    assert_eq!(paths("filesUpdated"), Vec::<String>::new());
    let folder = trial.ok("GetFolder", on(json!({"folderPath": ""})));
    assert_eq!(folder["treeId"], answer["treeId"]);
    assert_eq!(folder["subFolders"][1]["relativePath"], "src");
    let folder = trial.ok("GetFolder", on(json!({"folderPath": "src"})));
    assert_eq!(folder["symbolicLinks"][0]["absolutePath"], "src/link");
    assert_eq!(folder["files"][0]["fileMode"], "EXECUTABLE");
    assert_eq!(
        trial.code("GetFolder", on(json!({"folderPath": "none"}))),
        "FolderDoesNotExistException"
    );

    let updated = trial.ok(
        "CreateCommit",
        on(json!({
            "branchName": "main", "parentCommitId": second,
            "setFileModes": [{"filePath": "src/run", "fileMode": "NORMAL"}],
            "deleteFiles": [{"filePath": "src/link"}],
        })),
    );
    assert_eq!(updated["filesUpdated"][0]["absolutePath"], "src/run");
    let third = text(&updated, "commitId");

    let of = |change: Value| {
        let mut input = on(json!({"branchName": "main", "parentCommitId": third}));
        input
            .as_object_mut()
            .unwrap()
            .extend(change.as_object().unwrap().clone());
        input
    };
    let hundred: Vec<Value> = (0..101)
        .map(|n| json!({"filePath": format!("f{n}"), "fileContent": ""}))
        .collect();
    for (change, code) in [
        (json!({}), "FileEntryRequiredException"),
        (
            json!({"putFiles": hundred}),
            "MaximumFileEntriesExceededException",
        ),
        (
            json!({"putFiles": [{"filePath": "src/run", "fileContent": "cnVu"}]}),
            "NoChangeException",
        ),
        (
            json!({"putFiles": [{"filePath": "a"}]}),
            "SourceFileOrContentRequiredException",
        ),
        (
            json!({"putFiles": [{"filePath": "a", "fileContent": "", "sourceFile": {"filePath": "src/run"}}]}),
            "FileContentAndSourceFileSpecifiedException",
        ),
        (
            json!({"putFiles": [{"filePath": "a", "sourceFile": {"filePath": "none"}}]}),
            "FileDoesNotExistException",
        ),
        (
            json!({"putFiles": [{"filePath": "a", "sourceFile": {"filePath": "x/.gitkeep"}}]}),
            "RestrictedSourceFileException",
        ),
        (
            json!({"putFiles": [{"filePath": "a", "fileContent": ""}, {"filePath": "a/b", "fileContent": ""}]}),
            "PutFileEntryConflictException",
        ),
        (
            json!({"putFiles": [{"filePath": "a", "fileContent": ""}], "deleteFiles": [{"filePath": "a"}]}),
            "SamePathRequestException",
        ),
        (
            json!({"deleteFiles": [{"filePath": "none"}]}),
            "FileDoesNotExistException",
        ),
        (
            json!({"setFileModes": [{"filePath": "src/run"}]}),
            "FileModeRequiredException",
        ),
        (
            json!({"setFileModes": [{"filePath": "none", "fileMode": "NORMAL"}]}),
            "FileDoesNotExistException",
        ),
        (
            json!({"putFiles": [{"fileContent": ""}]}),
            "PathRequiredException",
        ),
        (
            json!({"putFiles": [{"filePath": "docs", "fileContent": ""}]}),
            "FileNameConflictsWithDirectoryNameException",
        ),
        (
            json!({"putFiles": [{"filePath": "src/run/x", "fileContent": ""}]}),
            "DirectoryNameConflictsWithFileNameException",
        ),
        (
            json!({"parentCommitId": first, "deleteFiles": [{"filePath": "src/run"}]}),
            "ParentCommitIdOutdatedException",
        ),
    ] {
        assert_eq!(
            trial.code("CreateCommit", of(change.clone())),
            code,
            "{change}"
        );
    }
}

#[test]
fn differences_and_batches() {
    let (mut trial, first) = with_commit();
    let second = text(&trial.ok("CreateCommit", on(json!({
        "branchName": "main", "parentCommitId": first,
        "putFiles": [{"filePath": "README.md", "fileContent": "eA=="}, {"filePath": "src/new", "fileContent": "eA=="}],
    }))), "commitId");
    let all = trial.ok(
        "GetDifferences",
        on(json!({"beforeCommitSpecifier": first, "afterCommitSpecifier": "main"})),
    );
    let kinds: Vec<_> = all["differences"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| text(one, "changeType"))
        .collect();
    assert_eq!(kinds, ["M", "A"]);
    assert_eq!(all["differences"][0]["beforeBlob"]["mode"], "100644");
    let one = trial.ok(
        "GetDifferences",
        on(json!({"afterCommitSpecifier": "refs/heads/main", "MaxResults": 1})),
    );
    assert_eq!(one["differences"].as_array().unwrap().len(), 1);
    let rest = trial.ok(
        "GetDifferences",
        on(json!({"afterCommitSpecifier": "HEAD", "MaxResults": 1, "NextToken": one["NextToken"]})),
    );
    assert_eq!(rest["differences"][0]["afterBlob"]["path"], "src/new");
    assert!(rest.get("NextToken").is_none());
    for (input, code) in [
        (json!({}), "CommitRequiredException"),
        (
            json!({"afterCommitSpecifier": "none"}),
            "CommitDoesNotExistException",
        ),
        (
            json!({"afterCommitSpecifier": ""}),
            "InvalidCommitException",
        ),
        (
            json!({"afterCommitSpecifier": "main", "MaxResults": 0}),
            "InvalidMaxResultsException",
        ),
        (
            json!({"afterCommitSpecifier": "main", "NextToken": "x"}),
            "InvalidContinuationTokenException",
        ),
        (
            json!({"afterCommitSpecifier": "main", "afterPath": "none"}),
            "PathDoesNotExistException",
        ),
    ] {
        assert_eq!(
            trial.code("GetDifferences", on(input.clone())),
            code,
            "{input}"
        );
    }
    let batch = trial.ok(
        "BatchGetCommits",
        on(json!({"commitIds": [first, second, "0".repeat(40)]})),
    );
    assert_eq!(batch["commits"].as_array().unwrap().len(), 2);
    assert_eq!(
        batch["errors"][0]["errorCode"],
        "CommitDoesNotExistException"
    );
    for (operation, input, code) in [
        (
            "BatchGetCommits",
            json!({"commitIds": []}),
            "CommitIdsListRequiredException",
        ),
        (
            "BatchGetCommits",
            json!({"commitIds": vec!["a"; 101]}),
            "CommitIdsLimitExceededException",
        ),
        ("GetCommit", json!({}), "CommitIdRequiredException"),
        (
            "GetCommit",
            json!({"commitId": "x"}),
            "InvalidCommitIdException",
        ),
        (
            "GetCommit",
            json!({"commitId": "0".repeat(40)}),
            "CommitIdDoesNotExistException",
        ),
        ("GetBlob", json!({}), "BlobIdRequiredException"),
        ("GetBlob", json!({"blobId": "x"}), "InvalidBlobIdException"),
        (
            "GetBlob",
            json!({"blobId": "0".repeat(40)}),
            "BlobIdDoesNotExistException",
        ),
        (
            "GetFile",
            json!({"filePath": "none"}),
            "FileDoesNotExistException",
        ),
        (
            "GetFile",
            json!({"filePath": "a", "commitSpecifier": "none"}),
            "CommitDoesNotExistException",
        ),
        ("GetFile", json!({}), "PathRequiredException"),
    ] {
        assert_eq!(
            trial.code(operation, on(input.clone())),
            code,
            "{operation} {input}"
        );
    }
    trial.ok("CreateRepository", json!({"repositoryName": "empty"}));
    assert_eq!(
        trial.code(
            "GetFile",
            json!({"repositoryName": "empty", "filePath": "a"})
        ),
        "CommitDoesNotExistException"
    );
}
