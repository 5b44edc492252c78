//! Repository policies: who may push and pull.

use serde_json::{Value, json};

use super::state::Repository;
use super::{invalid, repository, repository_mut, required};
use crate::sandbox::service::{Answer, Call, Fault};
use crate::sandbox::world::World;

/// The most characters a repository policy may have. Source: the API model, `RepositoryPolicyText`.
const LONGEST: usize = 10_240;

fn absent(repository: &Repository) -> Fault {
    Fault::new(
        "RepositoryPolicyNotFoundException",
        format!(
            "Repository policy does not exist for the repository with name '{}' in the registry with id '{}'",
            repository.name, repository.registry
        ),
    )
}

fn answer(repository: &Repository, policy: &str) -> Value {
    json!({
        "registryId": repository.registry,
        "repositoryName": repository.name,
        "policyText": policy,
    })
}

/// `GetRepositoryPolicy`.
pub fn get(world: &mut World, call: &Call) -> Answer {
    let repository = repository(world, call)?;
    let policy = repository.policy.as_deref().ok_or_else(|| absent(repository))?;
    Ok(answer(repository, policy))
}

/// `SetRepositoryPolicy`.
pub fn set(world: &mut World, call: &Call) -> Answer {
    let policy = required(call, "policyText")?.to_owned();
    if policy.chars().count() > LONGEST {
        return Err(invalid("policyText", "must have length less than or equal to 10240"));
    }
    // The repository is looked for first: an absent one is the truer complaint.
    repository(world, call)?;
    if !is_repository_policy(&policy) {
        return Err(invalid("PolicyText", "Invalid repository policy provided"));
    }
    let repository = repository_mut(world, call)?;
    repository.policy = Some(policy.clone());
    Ok(answer(repository, &policy))
}

/// `DeleteRepositoryPolicy`.
pub fn delete(world: &mut World, call: &Call) -> Answer {
    let repository = repository_mut(world, call)?;
    let policy = repository.policy.take().ok_or_else(|| absent(repository))?;
    Ok(answer(repository, &policy))
}

/// Whether ECR would take a document: a policy with at least one statement, each with an effect, a
/// principal and ECR actions, and without `Resource`, which is always the repository itself.
/// Source: Amazon ECR User Guide, "Private repository policies".
fn is_repository_policy(policy: &str) -> bool {
    let Ok(document) = serde_json::from_str::<Value>(policy) else {
        return false;
    };
    let version = document.get("Version");
    let version_fits = version.is_none_or(|v| matches!(v.as_str(), Some("2012-10-17" | "2008-10-17")));
    let known = ["Version", "Id", "Statement"];
    let only_known = document
        .as_object()
        .is_some_and(|map| map.keys().all(|key| known.contains(&key.as_str())));
    let statements: Vec<&Value> = match document.get("Statement") {
        Some(Value::Array(list)) => list.iter().collect(),
        Some(one @ Value::Object(_)) => vec![one],
        _ => return false,
    };
    version_fits && only_known && !statements.is_empty() && statements.into_iter().all(is_statement)
}

fn is_statement(statement: &Value) -> bool {
    let Some(map) = statement.as_object() else {
        return false;
    };
    let known = [
        "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Condition",
    ];
    let one_of = |a: &str, b: &str| map.contains_key(a) != map.contains_key(b);
    map.keys().all(|key| known.contains(&key.as_str()))
        && matches!(map.get("Effect").and_then(Value::as_str), Some("Allow" | "Deny"))
        && one_of("Principal", "NotPrincipal")
        && one_of("Action", "NotAction")
        && map
            .get("Principal")
            .or_else(|| map.get("NotPrincipal"))
            .is_some_and(is_principal)
        && map
            .get("Action")
            .or_else(|| map.get("NotAction"))
            .is_some_and(|actions| all_texts(actions, is_action))
        && map.get("Condition").is_none_or(Value::is_object)
        && map.get("Sid").is_none_or(Value::is_string)
}

fn is_action(action: &str) -> bool {
    action == "*"
        || action
            .split_once(':')
            .is_some_and(|(service, name)| service.eq_ignore_ascii_case("ecr") && !name.is_empty())
}

fn is_principal(principal: &Value) -> bool {
    match principal {
        Value::String(text) => text == "*",
        Value::Object(kinds) => {
            !kinds.is_empty()
                && kinds.iter().all(|(kind, names)| match kind.as_str() {
                    "AWS" => all_texts(names, is_aws_principal),
                    "Service" => all_texts(names, |name| name.contains(".amazonaws.com")),
                    "Federated" => all_texts(names, |name| !name.is_empty()),
                    _ => false,
                })
        }
        _ => false,
    }
}

fn is_aws_principal(name: &str) -> bool {
    let digits = |text: &str| text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit());
    if name == "*" || digits(name) {
        return true;
    }
    let mut parts = name.splitn(6, ':');
    parts.next() == Some("arn")
        && parts.next().is_some_and(|p| p.starts_with("aws"))
        && parts.next().is_some_and(|s| s == "iam" || s == "sts")
        && parts.next() == Some("")
        && parts.next().is_some_and(digits)
        && parts.next().is_some_and(|resource| {
            resource == "root"
                || ["role/", "user/", "assumed-role/", "federated-user/"]
                    .iter()
                    .any(|kind| resource.strip_prefix(kind).is_some_and(|n| !n.is_empty() && !n.contains('*')))
        })
}

fn all_texts(value: &Value, fits: impl Fn(&str) -> bool) -> bool {
    match value {
        Value::String(text) => fits(text),
        Value::Array(list) => !list.is_empty() && list.iter().all(|item| item.as_str().is_some_and(&fits)),
        _ => false,
    }
}
