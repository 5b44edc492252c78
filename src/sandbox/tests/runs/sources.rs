//! Runs with several sources.

use serde_json::json;

use super::ground::{Ground, SHARED, action, pipeline};
use crate::sandbox::services::codebuild;

#[test]
fn a_build_is_of_its_primary_source() {
    let mut ground = Ground::new();
    let other = ground.push("other", "a.txt", "a");
    let mut wanted = ground.encrypted(pipeline());
    wanted["name"] = json!("two");
    let mut second = action("Other", "Source", "CodeCommit", 1);
    second["configuration"] =
        json!({"RepositoryName": "orders", "BranchName": "other", "PollForSourceChanges": "false"});
    second["outputArtifacts"] = json!([{"name": "OtherArtifact"}]);
    let stages = wanted["stages"].as_array_mut().unwrap();
    stages.truncate(2);
    stages[0]["actions"].as_array_mut().unwrap().push(second);
    let build = &mut stages[1]["actions"][0];
    build["configuration"]["PrimarySource"] = json!("OtherArtifact");
    build["inputArtifacts"] = json!([{"name": "SourceArtifact"}, {"name": "OtherArtifact"}]);
    ground.make(&wanted);
    ground.advance(20);
    let ids = ground.ok(
        SHARED,
        &codebuild::SERVICE,
        "ListBuildsForProject",
        json!({"projectName": "orders-dev"}),
    );
    let build = ground.ok(
        SHARED,
        &codebuild::SERVICE,
        "BatchGetBuilds",
        json!({"ids": ids["ids"]}),
    )["builds"][0]
        .clone();
    assert_eq!(build["resolvedSourceVersion"], other, "{build:#}");
}
