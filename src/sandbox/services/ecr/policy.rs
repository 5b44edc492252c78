//! Repository policies: who may push and pull.

use serde_json::{Value, json};

use super::state::Repository;
use super::{invalid, repository, repository_mut, required};
use crate::policy::{self, Kind, Severity};
use crate::sandbox::documents::Stored;
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
    let policy = repository
        .policy
        .as_ref()
        .ok_or_else(|| absent(repository))?;
    Ok(answer(repository, &policy.shown(world)))
}

/// `SetRepositoryPolicy`.
pub fn set(world: &mut World, call: &Call) -> Answer {
    let policy = required(call, "policyText")?.to_owned();
    if policy.chars().count() > LONGEST {
        return Err(invalid(
            "policyText",
            "must have length less than or equal to 10240",
        ));
    }
    // The repository is looked for first: an absent one is the truer complaint.
    repository(world, call)?;
    let refused = || invalid("PolicyText", "Invalid repository policy provided");
    if !is_repository_policy(&policy) {
        return Err(refused());
    }
    let stored = Stored::read(world, &policy).map_err(|_| refused())?;
    let repository = repository_mut(world, call)?;
    repository.policy = Some(stored);
    Ok(answer(repository, &policy))
}

/// `DeleteRepositoryPolicy`.
pub fn delete(world: &mut World, call: &Call) -> Answer {
    let repository = repository_mut(world, call)?;
    let policy = repository.policy.take().ok_or_else(|| absent(repository))?;
    Ok(answer(repository, &policy.text))
}

/// Whether ECR would take a document: what the policy room says of repository policies. ECR tells no
/// more than that it is invalid. Source: Amazon ECR User Guide, "Private repository policies".
fn is_repository_policy(text: &str) -> bool {
    serde_json::from_str::<Value>(text).is_ok_and(|document| {
        policy::check(&document, Kind::RepositoryPolicy)
            .iter()
            .all(|problem| problem.severity != Severity::Error)
            && statements(&document).all(has_no_resource)
            && statements(&document)
                .flat_map(|statement| ["Action", "NotAction"].map(|element| statement.get(element)))
                .flatten()
                .all(names_ecr_actions)
    })
}

fn statements(document: &Value) -> impl Iterator<Item = &Value> {
    let (many, one) = match document.get("Statement") {
        Some(Value::Array(list)) => (list.as_slice(), None),
        one => ([].as_slice(), one),
    };
    many.iter().chain(one)
}

/// The resource is always the repository itself, and may not be written.
fn has_no_resource(statement: &Value) -> bool {
    ["Resource", "NotResource"]
        .iter()
        .all(|element| statement.get(element).is_none())
}

/// A repository has no other service's actions.
fn names_ecr_actions(actions: &Value) -> bool {
    let fits = |action: &Value| {
        action.as_str().is_some_and(|action| {
            action == "*"
                || action
                    .get(..4)
                    .is_some_and(|prefix| prefix.eq_ignore_ascii_case("ecr:"))
        })
    };
    match actions {
        Value::Array(list) => list.iter().all(fits),
        one => fits(one),
    }
}
