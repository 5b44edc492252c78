//! What is kept between two runs, and what never is half kept.

use serde_json::json;

use super::client::{A, administrator, credentials, ground, iam, kms, s3, sts};
use crate::sandbox::store::{self, StoreError};
use crate::sandbox::{Options, SandboxError, start::start};

#[tokio::test]
async fn a_second_run_finds_everything() {
    let directory = tempfile::tempdir().unwrap();
    let state = directory.path().join("deep/state");
    let first = ground(|o| o.state = Some(state.clone())).await;
    let admin = administrator(&first, A);
    let key = kms(&first, &admin, "CreateKey", json!({})).await.text();
    let session = credentials(&sts(&first, &admin, "GetSessionToken", &[]).await.text());
    let place = "<CreateBucketConfiguration><LocationConstraint>ap-northeast-2</LocationConstraint></CreateBucketConfiguration>";
    assert_eq!(s3(&first, &admin, "PUT", "/kept", place).await.status, 200);
    assert_eq!(
        s3(&first, &admin, "PUT", "/kept/a", "body").await.status,
        200
    );
    assert_eq!(
        s3(&first, &admin, "PUT", "/kept/b", "gone").await.status,
        200
    );
    assert_eq!(
        s3(&first, &admin, "DELETE", "/kept/b", "").await.status,
        204
    );
    first.sandbox.stop().await.unwrap();

    let second = ground(|o| {
        o.state = Some(state.clone());
        o.seed = None;
    })
    .await;
    assert_eq!(administrator(&second, A).secret, admin.secret);
    assert_eq!(
        s3(&second, &admin, "GET", "/kept/a", "").await.text(),
        "body"
    );
    assert_eq!(
        s3(&second, &admin, "GET", "/kept/b", "").await.code(),
        "NoSuchKey"
    );
    assert_eq!(
        sts(&second, &session, "GetCallerIdentity", &[])
            .await
            .status,
        200
    );
    let keys = kms(&second, &admin, "ListKeys", json!({})).await.text();
    let id = key
        .split("\"KeyId\":\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    assert!(keys.contains(id));
    let blobs = std::fs::read_dir(state.join("objects")).unwrap().count();
    assert_eq!(blobs, 1, "bodies that nothing uses are removed");
    second.sandbox.stop().await.unwrap();
}

#[tokio::test]
async fn reading_changes_nothing_on_disk() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("world.json");
    let first = ground(|o| o.state = Some(directory.path().to_owned())).await;
    let admin = administrator(&first, A);
    first.sandbox.stop().await.unwrap();
    let before = std::fs::read(&file).unwrap();
    let second = ground(|o| o.state = Some(directory.path().to_owned())).await;
    iam(&second, &admin, "ListRoles", &[]).await;
    kms(&second, &admin, "ListKeys", json!({})).await;
    s3(&second, &admin, "GET", "/", "").await;
    s3(&second, &admin, "DELETE", "/none/key", "").await;
    second.sandbox.stop().await.unwrap();
    assert_eq!(
        String::from_utf8(before),
        String::from_utf8(std::fs::read(&file).unwrap())
    );
}

#[tokio::test]
async fn changes_reach_the_disk_without_a_stop() {
    let directory = tempfile::tempdir().unwrap();
    let ground = ground(|o| o.state = Some(directory.path().to_owned())).await;
    let admin = administrator(&ground, A);
    iam(&ground, &admin, "CreateUser", &[("UserName", "kept")]).await;
    let file = directory.path().join("world.json");
    for _ in 0..100 {
        if std::fs::read_to_string(&file).is_ok_and(|t| t.contains("\"kept\"")) {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("not saved within two seconds");
}

async fn refused(directory: &std::path::Path) -> SandboxError {
    let options = Options {
        state: Some(directory.to_owned()),
        ..Options::default()
    };
    match start(options).await {
        Ok(_) => panic!("started"),
        Err(error) => error,
    }
}

#[tokio::test]
async fn two_processes_do_not_share_a_directory() {
    let directory = tempfile::tempdir().unwrap();
    let first = ground(|o| o.state = Some(directory.path().to_owned())).await;
    let error = refused(directory.path()).await;
    let pid = std::process::id();
    assert!(
        matches!(&error, SandboxError::Store(StoreError::InUse { holder: Some(p), .. }) if *p == pid),
        "{error}"
    );
    assert!(
        error
            .to_string()
            .contains(&format!("in use by the process {pid}")),
        "{error}"
    );
    assert!(matches!(
        store::reset(directory.path()),
        Err(StoreError::InUse { .. })
    ));
    first.sandbox.stop().await.unwrap();
    assert!(store::reset(directory.path()).unwrap());
    assert!(!store::reset(directory.path()).unwrap());
}

#[tokio::test]
async fn a_corrupt_state_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("world.json");
    for text in [
        "",
        "{",
        "[]",
        "{\"format\":1,\"world\":{\"accounts\":3}}",
        "{\"format\":2,\"world\":{}}",
    ] {
        std::fs::write(&file, text).unwrap();
        let error = refused(directory.path()).await.to_string();
        assert!(
            error.contains("world.json") && error.contains("crosspipe sandbox reset"),
            "{text}: {error}"
        );
    }
    // What a killed process may leave beside the state is no harm.
    std::fs::write(&file, "{\"format\":1,\"world\":{}}").unwrap();
    std::fs::write(directory.path().join("world.json.new"), "{\"form").unwrap();
    let again = ground(|o| o.state = Some(directory.path().to_owned())).await;
    assert_eq!(again.sandbox.accounts().len(), 2);
}

#[tokio::test]
async fn a_reset_leaves_what_is_not_its_own() {
    let directory = tempfile::tempdir().unwrap();
    let ignore = directory.path().join(".gitignore");
    std::fs::write(directory.path().join("notes.txt"), "mine").unwrap();
    for theirs in [false, true] {
        if theirs {
            std::fs::write(&ignore, "/target\n").unwrap();
        }
        let sandbox = ground(|o| o.state = Some(directory.path().to_owned())).await;
        sandbox.sandbox.stop().await.unwrap();
        store::reset(directory.path()).unwrap();
        let mut left: Vec<_> = std::fs::read_dir(directory.path())
            .unwrap()
            .map(|e| e.unwrap().file_name())
            .collect();
        left.sort();
        let expected: &[&str] = if theirs {
            &[".gitignore", "notes.txt"]
        } else {
            &["notes.txt"]
        };
        assert_eq!(left, expected);
    }
    assert_eq!(std::fs::read_to_string(&ignore).unwrap(), "/target\n");
}

#[tokio::test]
async fn a_taken_port_is_said() {
    let first = ground(|_| {}).await;
    let port = first
        .sandbox
        .endpoint()
        .rsplit(':')
        .next()
        .unwrap()
        .parse()
        .unwrap();
    let error = start(Options {
        port,
        ..Options::default()
    })
    .await
    .err()
    .unwrap()
    .to_string();
    assert!(error.contains("--port"), "{error}");
    let error = start(Options {
        accounts: vec!["123".into()],
        ..Options::default()
    })
    .await
    .err()
    .unwrap();
    assert!(error.to_string().contains("12 digits"), "{error}");
}
