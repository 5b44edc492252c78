//! What CodeCommit tells EventBridge: that a branch was made, moved or taken away.
//!
//! Source: AWS CodeCommit User Guide, "Monitoring CodeCommit events in Amazon EventBridge".

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{Repository, repository_arn};
use crate::sandbox::service::{Answer, Call};
use crate::sandbox::services::eventbridge::outbox::{News, Place, emit};
use crate::sandbox::world::World;

/// Runs an operation on a repository, and tells what became of its branches and tags.
pub fn told(
    world: &mut World,
    call: &Call,
    run: impl FnOnce(&mut World, &Call) -> Answer,
) -> Answer {
    let before = named(world, call);
    let answer = run(world, call)?;
    let after = named(world, call);
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    for name in names {
        let (old, new) = (before.get(name), after.get(name));
        let event = match (old, new) {
            (None, Some(_)) => "referenceCreated",
            (Some(old), Some(new)) if old != new => "referenceUpdated",
            (Some(_), None) => "referenceDeleted",
            _ => continue,
        };
        tell(world, call, event, name, new, old);
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

/// What has a name, and the commit that it is on.
fn named(world: &World, call: &Call) -> BTreeMap<String, String> {
    let Some(found) = repository(world, call) else {
        return BTreeMap::new();
    };
    let mut named = found.named();
    for id in named.values_mut() {
        if let Some(commit) = found.objects.peeled(id) {
            commit.to_owned().clone_into(id);
        }
    }
    named
}

fn tell(
    world: &mut World,
    call: &Call,
    event: &str,
    full: &str,
    commit: Option<&String>,
    old: Option<&String>,
) {
    let Some(id) = repository(world, call).map(|found| found.id.clone()) else {
        return;
    };
    let (kind, short) = match (
        full.strip_prefix("refs/heads/"),
        full.strip_prefix("refs/tags/"),
    ) {
        (Some(branch), _) => ("branch", branch),
        (None, Some(tag)) => ("tag", tag),
        // No event is documented for what is neither.
        (None, None) => return,
    };
    let name = call.text("repositoryName").unwrap_or_default();
    let mut detail = json!({
        "callerUserArn": call.caller.arn,
        "event": event,
        "referenceFullName": full,
        "referenceName": short,
        "referenceType": kind,
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
