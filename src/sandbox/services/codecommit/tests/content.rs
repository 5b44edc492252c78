use serde_json::{Value, json};

use super::{STANDARD, on, put, text, with_commit};
use base64::Engine as _;

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
