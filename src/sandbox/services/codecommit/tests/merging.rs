use serde_json::json;

use super::{on, put, text, with_commit};

#[test]
fn a_branch_moves_on_to_what_builds_on_it() {
    let (mut trial, first) = with_commit();
    trial.ok(
        "CreateBranch",
        on(json!({"branchName": "develop", "commitId": first})),
    );
    let second = text(
        &trial.ok("PutFile", put("a.txt", "a\n", Some(&first))),
        "commitId",
    );
    let merge = |source: &str, destination: &str| {
        on(json!({"sourceCommitSpecifier": source, "destinationCommitSpecifier": destination}))
    };
    let merged = trial.ok("MergeBranchesByFastForward", merge("main", "develop"));
    assert_eq!(merged["commitId"], second.as_str());
    let branch = trial.ok("GetBranch", on(json!({"branchName": "develop"})));
    assert_eq!(branch["branch"]["commitId"], second.as_str());
    // Where it is already.
    let again = trial.ok("MergeBranchesByFastForward", merge(&second, "develop"));
    assert_eq!(again["treeId"], merged["treeId"]);

    let mut fault = |input| trial.code("MergeBranchesByFastForward", input);
    assert_eq!(fault(on(json!({}))), "CommitRequiredException");
    assert_eq!(
        fault(merge("main", "absent")),
        "CommitDoesNotExistException"
    );
    assert_eq!(fault(merge("main", &first)), "BranchNameRequiredException");
    assert_eq!(fault(merge(&first, "main")), "ManualMergeRequiredException");
    let mut with_target = merge("main", &first);
    with_target["targetBranch"] = json!("develop");
    assert_eq!(
        fault(with_target.clone()),
        "ConcurrentReferenceUpdateException"
    );
    with_target["targetBranch"] = json!("absent");
    assert_eq!(fault(with_target), "BranchDoesNotExistException");
}

#[test]
fn branches_that_went_apart_are_not_merged() {
    let (mut trial, first) = with_commit();
    trial.ok(
        "CreateBranch",
        on(json!({"branchName": "develop", "commitId": first})),
    );
    trial.ok("PutFile", put("a.txt", "a\n", Some(&first)));
    let mut other = put("b.txt", "b\n", Some(&first));
    other["branchName"] = json!("develop");
    trial.ok("PutFile", other);
    let input =
        on(json!({"sourceCommitSpecifier": "main", "destinationCommitSpecifier": "develop"}));
    assert_eq!(
        trial.code("MergeBranchesByFastForward", input),
        "ManualMergeRequiredException"
    );
}
