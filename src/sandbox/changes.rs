//! Pipelines that notice a changed branch without a rule: those that poll, and those whose repository is
//! reached through a connection.
//!
//! Source: AWS CodePipeline User Guide, "Start a pipeline in CodePipeline" and "CodeStarSourceConnection".

use serde_json::{Value, json};

use super::services::codepipeline::declaration::{list_of, stages, text_of};
use super::services::codepipeline::{self, Trigger};
use super::services::eventbridge::outbox::Place;
use super::world::World;

/// Starts the pipelines of an account that notice a push by themselves. `event` is CodeCommit's.
pub fn noticed(world: &mut World, place: Place<'_>, event: &Value, now: i64) {
    let detail = event.get("detail").unwrap_or(&Value::Null);
    let moved = ["referenceCreated", "referenceUpdated"].contains(&text_of(detail, "event"));
    let branch = text_of(detail, "referenceType") == "branch";
    if text_of(event, "source") != "aws.codecommit" || !moved || !branch {
        return;
    }
    let (repository, branch) = (
        text_of(detail, "repositoryName"),
        text_of(detail, "referenceName"),
    );
    let Some(regional) = world.regional_ref(place.account, place.region) else {
        return;
    };
    let mut started: Vec<(String, Trigger)> = Vec::new();
    for (name, pipeline) in &regional.codepipeline.pipelines {
        let current = pipeline.current();
        let first = stages(current).first().unwrap_or(&Value::Null);
        let trigger = list_of(first, "actions")
            .iter()
            .find_map(|action| trigger_of(current, action, repository, branch));
        started.extend(trigger.map(|trigger| (name.clone(), trigger)));
    }
    for (name, trigger) in started {
        // A pipeline that cannot start now, because too many runs are under way, stays as it is.
        let _ = codepipeline::engine::start(world, place, &name, trigger, &Value::Null, now);
    }
}

fn trigger_of(pipeline: &Value, action: &Value, repository: &str, branch: &str) -> Option<Trigger> {
    let kind = action.get("actionTypeId")?;
    let setting = |name: &str| {
        let settings = action.get("configuration");
        settings.map(|it| text_of(it, name)).unwrap_or_default()
    };
    match text_of(kind, "provider") {
        "CodeCommit" => {
            let polls = setting("PollForSourceChanges") != "false";
            let fits = setting("RepositoryName") == repository && setting("BranchName") == branch;
            (polls && fits).then(|| Trigger {
                kind: "PollForSourceChanges".to_owned(),
                detail: text_of(action, "name").to_owned(),
            })
        }
        "CodeStarSourceConnection" => {
            let full = setting("FullRepositoryId");
            if full.rsplit('/').next() != Some(repository) {
                return None;
            }
            let filters: Vec<&Value> = list_of(pipeline, "triggers")
                .iter()
                .filter_map(|it| it.get("gitConfiguration"))
                .filter(|it| text_of(it, "sourceActionName") == text_of(action, "name"))
                .collect();
            let detects = setting("DetectChanges") != "false" && setting("BranchName") == branch;
            // Filters take the place of what the action itself detects.
            let fits = match filters.is_empty() {
                true => detects,
                false => filters.iter().any(|it| filtered(it, branch)),
            };
            let detail =
                json!({"provider": "GitHub", "fullRepositoryName": full, "branchName": branch});
            fits.then(|| Trigger {
                kind: if filters.is_empty() {
                    "Webhook"
                } else {
                    "WebhookV2"
                }
                .to_owned(),
                detail: detail.to_string(),
            })
        }
        _ => None,
    }
}

/// Whether one of the filters for pushes lets a branch through. Paths and tags are not looked at.
fn filtered(configuration: &Value, branch: &str) -> bool {
    let patterns = |filter: &Value, list: &str| -> Vec<String> {
        let branches = filter.get("branches").unwrap_or(&Value::Null);
        let list = list_of(branches, list).iter();
        list.filter_map(Value::as_str).map(str::to_owned).collect()
    };
    list_of(configuration, "push").iter().any(|filter| {
        let (with, without) = (patterns(filter, "includes"), patterns(filter, "excludes"));
        let hit = |list: &[String]| list.iter().any(|it| matches(it, branch));
        filter.get("branches").is_some() && !hit(&without) && (with.is_empty() || hit(&with))
    })
}

/// Whether a pattern of a trigger matches a branch: `*` within a part, `**` across parts.
fn matches(pattern: &str, branch: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == branch,
        Some((before, after)) => {
            let (deep, after) = match after.strip_prefix('*') {
                Some(after) => (true, after),
                None => (false, after),
            };
            let Some(rest) = branch.strip_prefix(before) else {
                return false;
            };
            let mut cuts = rest.char_indices().map(|(at, _)| at).chain([rest.len()]);
            cuts.any(|at| {
                let taken = rest.get(..at).unwrap_or_default();
                let tail = rest.get(at..).unwrap_or_default();
                (deep || !taken.contains('/')) && matches(after, tail)
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn action(provider: &str, settings: Value) -> Value {
        json!({"name": "Source", "actionTypeId": {"provider": provider}, "configuration": settings})
    }

    #[test]
    fn who_notices_a_push() {
        let kind = |pipeline: &Value, action: &Value| {
            trigger_of(pipeline, action, "orders", "develop").map(|it| it.kind)
        };
        let none = json!({});
        let polling = action(
            "CodeCommit",
            json!({"RepositoryName": "orders", "BranchName": "develop"}),
        );
        assert_eq!(
            kind(&none, &polling).as_deref(),
            Some("PollForSourceChanges")
        );
        let quiet = action(
            "CodeCommit",
            json!({"RepositoryName": "orders", "BranchName": "develop", "PollForSourceChanges": "false"}),
        );
        assert_eq!(kind(&none, &quiet), None);
        let other = action(
            "CodeCommit",
            json!({"RepositoryName": "orders", "BranchName": "main"}),
        );
        assert_eq!(kind(&none, &other), None);
        let connected = action(
            "CodeStarSourceConnection",
            json!({"FullRepositoryId": "me/orders", "BranchName": "develop"}),
        );
        assert_eq!(kind(&none, &connected).as_deref(), Some("Webhook"));
        for (includes, excludes, fits) in [
            (json!(["dev*"]), json!([]), true),
            (json!(["release/**"]), json!([]), false),
            (json!([]), json!(["develop"]), false),
        ] {
            let filtered = json!({"triggers": [{"gitConfiguration": {"sourceActionName": "Source", "push": [{"branches": {"includes": includes, "excludes": excludes}}]}}]});
            assert_eq!(kind(&filtered, &connected).is_some(), fits, "{filtered}");
        }
    }

    #[test]
    fn patterns_of_branches() {
        for (pattern, branch, fits) in [
            ("main", "main", true),
            ("feature/*", "feature/a", true),
            ("feature/*", "feature/a/b", false),
            ("feature/**", "feature/a/b", true),
            ("*", "a/b", false),
            ("**", "a/b", true),
            ("", "a", false),
        ] {
            assert_eq!(matches(pattern, branch), fits, "{pattern} {branch}");
        }
    }
}
