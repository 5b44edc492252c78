//! What CodeCommit tells EventBridge: that a branch was made, moved or taken away.
//!
//! Source: AWS CodeCommit User Guide, "Monitoring CodeCommit events in Amazon EventBridge".

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Repository, repository_arn};
use crate::sandbox::service::{Answer, Call};
use crate::sandbox::services::eventbridge::outbox::{News, Place, emit};
use crate::sandbox::world::World;

/// Runs an operation on a repository, and tells what became of its branches.
pub fn told(world: &mut World, call: &Call, run: fn(&mut World, &Call) -> Answer) -> Answer {
    let before = branches(world, call);
    let answer = run(world, call)?;
    let Some(found) = repository(world, call) else {
        return Ok(answer);
    };
    let (id, after) = (found.id.clone(), found.branches.clone());
    for (branch, commit) in &after {
        match before.get(branch) {
            None => tell(
                world,
                call,
                &id,
                branch,
                "referenceCreated",
                Some(commit),
                None,
            ),
            Some(old) if old != commit => {
                tell(
                    world,
                    call,
                    &id,
                    branch,
                    "referenceUpdated",
                    Some(commit),
                    Some(old),
                );
            }
            Some(_) => {}
        }
    }
    for (branch, old) in &before {
        if !after.contains_key(branch) {
            tell(
                world,
                call,
                &id,
                branch,
                "referenceDeleted",
                None,
                Some(old),
            );
        }
    }
    Ok(answer)
}

fn repository<'a>(world: &'a World, call: &Call) -> Option<&'a Repository> {
    world
        .regional_ref(&call.caller.account, &call.region)?
        .codecommit
        .repositories
        .get(call.text("repositoryName")?)
}

fn branches(world: &World, call: &Call) -> BTreeMap<String, String> {
    repository(world, call)
        .map(|found| found.branches.clone())
        .unwrap_or_default()
}

fn tell(
    world: &mut World,
    call: &Call,
    id: &str,
    branch: &str,
    event: &str,
    commit: Option<&str>,
    old: Option<&str>,
) {
    let name = call.text("repositoryName").unwrap_or_default();
    let mut detail = json!({
        "callerUserArn": call.caller.arn,
        "event": event,
        "referenceFullName": format!("refs/heads/{branch}"),
        "referenceName": branch,
        "referenceType": "branch",
        "repositoryId": id,
        "repositoryName": name,
    });
    if let Value::Object(members) = &mut detail {
        for (member, value) in [("commitId", commit), ("oldCommitId", old)] {
            if let Some(value) = value {
                members.insert(member.to_owned(), json!(value));
            }
        }
    }
    let place = Place {
        account: &call.caller.account,
        region: &call.region,
    };
    let news = News {
        source: "aws.codecommit",
        detail_type: "CodeCommit Repository State Change",
        resources: vec![repository_arn(&call.region, &call.caller.account, name)],
        detail,
    };
    emit(world, place, call.now, news);
}
