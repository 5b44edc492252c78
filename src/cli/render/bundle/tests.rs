use std::collections::HashSet;

use super::*;
use crate::ident::Region;
use crate::render::{Templates, documents, fixture};

fn fixture_bundle(change: impl FnOnce(&mut Blueprint)) -> Vec<File> {
    let mut blueprint = fixture::blueprint();
    change(&mut blueprint);
    let facts = fixture::facts();
    let made = documents(&blueprint, &facts, &Templates::embedded().unwrap()).unwrap();
    bundle(&blueprint, &facts, &made).unwrap()
}

fn body(files: &[File], path: &str) -> Value {
    let file = files
        .iter()
        .find(|it| it.path == path)
        .unwrap_or_else(|| panic!("{path}"));
    serde_json::from_str(&file.text).unwrap()
}

#[test]
fn the_files_and_the_page() {
    let files = fixture_bundle(|it| {
        it.environments.truncate(1);
        it.shared.access.profile = Some("bys-shared".into());
    });
    let paths: Vec<&str> = files.iter().map(|it| it.path.as_str()).collect();
    insta::assert_snapshot!("files", paths.join("\n"));
    insta::assert_snapshot!("page", files[0].text);
    assert_eq!(paths.iter().collect::<HashSet<_>>().len(), paths.len());
}

#[test]
fn the_page_names_every_body_and_no_other() {
    let files = fixture_bundle(|_| {});
    let named: HashSet<&str> = files[0]
        .text
        .lines()
        .filter_map(|line| line.split("file://").nth(1)?.split(' ').next())
        .filter(|it| it.ends_with(".json"))
        .collect();
    let bodies: HashSet<&str> = files
        .iter()
        .map(|it| it.path.as_str())
        .filter(|it| it.ends_with(".json"))
        .filter(|it| !it.contains("/policies/") && !it.starts_with("repository/"))
        .collect();
    assert_eq!(named, bodies);
}

#[test]
fn nothing_is_left_open() {
    for file in fixture_bundle(|_| {}) {
        assert!(!file.text.contains(['⟨', '⟩']), "{}", file.path);
    }
}

#[test]
fn tags_path_and_boundary_are_in_the_bodies() {
    let files = fixture_bundle(|it| {
        it.role_path = "/cicd/".into();
        it.permission_boundary = Some("limits/ci".into());
    });
    let role = body(&files, "dev-558846431111/deploy-role.create-role.json");
    assert_eq!(role["Path"], "/cicd/");
    assert_eq!(
        role["PermissionsBoundary"],
        "arn:aws:iam::558846431111:policy/limits/ci"
    );
    let tags = role["Tags"].as_array().unwrap();
    assert!(
        tags.iter()
            .any(|it| it["Key"] == "team" && it["Value"] == "platform")
    );
    assert!(tags.iter().any(|it| it["Key"] == "crosspipe:application"));
    let trust: Value =
        serde_json::from_str(role["AssumeRolePolicyDocument"].as_str().unwrap()).unwrap();
    assert!(
        trust
            .to_string()
            .contains("role/cicd/bys-dev-awssdk-iam-pipeline")
    );
    let bucket = body(
        &files,
        "shared-202949997891/artifact-bucket.create-bucket.json",
    );
    assert_eq!(
        bucket["CreateBucketConfiguration"]["LocationConstraint"],
        "ap-northeast-2"
    );
    let repository = body(
        &files,
        "dev-558846431111/image-repository.create-repository.json",
    );
    assert_eq!(
        repository["imageTagMutabilityExclusionFilters"][0]["filter"],
        "backup"
    );
}

#[test]
fn us_east_1_takes_no_constraint() {
    let files = fixture_bundle(|it| it.region = Region::parse("us-east-1").unwrap());
    let bucket = body(
        &files,
        "shared-202949997891/artifact-bucket.create-bucket.json",
    );
    assert!(bucket["CreateBucketConfiguration"].is_null());
}

#[test]
fn a_path_of_the_source_stays_in_the_bundle() {
    let files = fixture_bundle(|it| it.build.buildspec = "../../codeseries/./buildspec.yml".into());
    assert!(
        files
            .iter()
            .any(|it| it.path == "repository/codeseries/buildspec.yml")
    );
}
