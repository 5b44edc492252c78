//! Lifecycle policies: which images expire. They are kept and checked; nothing expires by itself here.

use serde_json::{Value, json};

use super::state::Repository;
use super::{invalid, repository, repository_mut, required};
use crate::sandbox::service::{Answer, Call, Fault};
use crate::sandbox::services::fields::{list, number, put, seconds, text};
use crate::sandbox::world::World;

fn absent(repository: &Repository) -> Fault {
    Fault::new(
        "LifecyclePolicyNotFoundException",
        format!(
            "Lifecycle policy does not exist for the repository with name '{}' in the registry with id '{}'",
            repository.name, repository.registry
        ),
    )
}

fn answer(repository: &Repository, policy: &str, evaluated: Option<i64>) -> Value {
    let mut answer = json!({
        "registryId": repository.registry,
        "repositoryName": repository.name,
        "lifecyclePolicyText": policy,
    });
    put(&mut answer, "lastEvaluatedAt", evaluated.map(seconds));
    answer
}

/// `GetLifecyclePolicy`.
pub fn get(world: &mut World, call: &Call) -> Answer {
    let repository = repository(world, call)?;
    let policy = repository
        .lifecycle
        .as_deref()
        .ok_or_else(|| absent(repository))?;
    Ok(answer(repository, policy, Some(repository.created_at)))
}

/// `PutLifecyclePolicy`.
pub fn put_policy(world: &mut World, call: &Call) -> Answer {
    let policy = required(call, "lifecyclePolicyText")?.to_owned();
    let length = policy.chars().count();
    if length < 100 {
        return Err(invalid(
            "LifecyclePolicyText",
            "must have length greater than or equal to 100",
        ));
    }
    if length > 30_720 {
        return Err(invalid(
            "LifecyclePolicyText",
            "must have length less than or equal to 30720",
        ));
    }
    repository(world, call)?;
    if let Err(reason) = check(&policy) {
        return Err(invalid(
            "LifecyclePolicyText",
            &format!("Lifecycle policy validation failure: {reason}"),
        ));
    }
    let repository = repository_mut(world, call)?;
    repository.lifecycle = Some(policy.clone());
    Ok(answer(repository, &policy, None))
}

/// `DeleteLifecyclePolicy`.
pub fn delete(world: &mut World, call: &Call) -> Answer {
    let repository = repository_mut(world, call)?;
    let policy = repository
        .lifecycle
        .take()
        .ok_or_else(|| absent(repository))?;
    Ok(answer(repository, &policy, Some(repository.created_at)))
}

/// Source: Amazon ECR User Guide, "Lifecycle policy properties in Amazon ECR".
fn check(policy: &str) -> Result<(), String> {
    let document: Value = serde_json::from_str(policy).map_err(|error| error.to_string())?;
    let rules = list(&document, "rules");
    if rules.is_empty() {
        return Err("object has missing required properties ([\"rules\"])".to_owned());
    }
    let mut priorities = Vec::new();
    for rule in rules {
        let priority = number(rule, "rulePriority").filter(|p| *p >= 1);
        let Some(priority) = priority else {
            return Err("rulePriority must be an integer of at least 1".to_owned());
        };
        if priorities.contains(&priority) {
            return Err(format!(
                "rulePriority {priority} is used by more than one rule"
            ));
        }
        priorities.push(priority);
        if !matches!(
            rule.pointer("/action/type").and_then(Value::as_str),
            Some("expire" | "transition")
        ) {
            return Err("action.type must be one of: expire, transition".to_owned());
        }
        check_selection(rule.get("selection").unwrap_or(&Value::Null))?;
    }
    Ok(())
}

fn check_selection(selection: &Value) -> Result<(), String> {
    let tag_lists = ["tagPrefixList", "tagPatternList"];
    let has_tags = tag_lists
        .iter()
        .any(|field| !list(selection, field).is_empty());
    match text(selection, "tagStatus") {
        Some("tagged") if !has_tags => {
            return Err("a tagged selection must have tagPrefixList or tagPatternList".to_owned());
        }
        Some("untagged" | "any") if has_tags => {
            return Err(
                "tagPrefixList and tagPatternList are for tagged selections only".to_owned(),
            );
        }
        Some("tagged" | "untagged" | "any") => {}
        _ => return Err("tagStatus must be one of: tagged, untagged, any".to_owned()),
    }
    if number(selection, "countNumber").is_none_or(|n| n < 1) {
        return Err("countNumber must be a positive integer".to_owned());
    }
    match (text(selection, "countType"), text(selection, "countUnit")) {
        (Some("imageCountMoreThan"), None) => Ok(()),
        (Some("imageCountMoreThan"), Some(_)) => {
            Err("countUnit is not allowed with imageCountMoreThan".to_owned())
        }
        (Some("sinceImagePushed" | "sinceImagePulled" | "sinceImageTransitioned"), Some("days")) => Ok(()),
        (Some("sinceImagePushed" | "sinceImagePulled" | "sinceImageTransitioned"), _) => {
            Err("countUnit must be days".to_owned())
        }
        _ => Err("countType must be one of: imageCountMoreThan, sinceImagePushed, sinceImagePulled, sinceImageTransitioned".to_owned()),
    }
}
