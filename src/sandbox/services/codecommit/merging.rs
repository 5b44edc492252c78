//! Merges that only move a branch on.

use serde_json::json;

use super::names::{self, no_branch, resolve};
use super::{repository, repository_mut};
use crate::sandbox::service::{Answer, Call, Fault};
use crate::sandbox::world::World;

/// The branch that a merge moves: the target, or the destination where no target is given. `None` where
/// that is no branch but a commit.
///
/// Source: the API model, MergeBranchesByFastForward.
pub fn target(call: &Call) -> Option<&str> {
    let given = call
        .text("targetBranch")
        .or_else(|| call.text("destinationCommitSpecifier"))?;
    let name = given.strip_prefix("refs/heads/").unwrap_or(given);
    (!names::is_object_id(name) && name != "HEAD").then_some(name)
}

/// `MergeBranchesByFastForward`: the branch moves to the source if the source builds on it. A source that is
/// where the branch is already leaves it there.
pub fn fast_forward(world: &mut World, call: &Call) -> Answer {
    let found = repository(world, call)?;
    let source = resolve(found, Some(specifier(call, "sourceCommitSpecifier")?))?;
    let destination = resolve(found, Some(specifier(call, "destinationCommitSpecifier")?))?;
    let branch = match (call.text("targetBranch"), target(call)) {
        (Some(_), _) => {
            let branch = names::branch_name(call, "targetBranch")?;
            branch.strip_prefix("refs/heads/").unwrap_or(branch)
        }
        (None, Some(branch)) => branch,
        (None, None) => {
            return Err(Fault::new(
                "BranchNameRequiredException",
                "A branch name is required, but was not specified",
            ));
        }
    }
    .to_owned();
    let head = found
        .branches
        .get(&branch)
        .ok_or_else(|| no_branch(&branch))?;
    if *head != destination {
        return Err(Fault::new(
            "ConcurrentReferenceUpdateException",
            "The merge cannot be completed because the target branch has been modified. Another user might have modified the target branch while the merge was in progress. Wait a few minutes, and then try again.",
        ));
    }
    if !found.objects.builds_on(&source, &destination) {
        return Err(if found.objects.related(&source, &destination) {
            Fault::new(
                "ManualMergeRequiredException",
                "The pull request cannot be merged automatically into the destination branch. You must manually merge the branches and resolve any conflicts.",
            )
        } else {
            Fault::new(
                "TipsDivergenceExceededException",
                "The divergence between the tips of the provided commit specifiers is too great to determine whether there might be any merge conflicts. Locally compare the specifiers using git diff or a diff tool.",
            )
        });
    }
    let tree = found.objects.commit(&source).map(|it| it.tree.clone());
    let answer = json!({"commitId": source, "treeId": tree});
    if source != destination {
        let found = repository_mut(world, call)?;
        found.branches.insert(branch, source);
        found.modified = call.now;
    }
    Ok(answer)
}

fn specifier<'a>(call: &'a Call, member: &str) -> Result<&'a str, Fault> {
    call.text(member)
        .ok_or_else(|| Fault::new("CommitRequiredException", "A commit was not specified"))
}
