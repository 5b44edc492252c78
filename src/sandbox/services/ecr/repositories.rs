//! Repositories and their tags.

use serde_json::{Value, json};

use super::state::Repository;
use super::{
    check_registry, invalid, mutability, registry, repository_mut, repository_not_found, required,
};
use crate::sandbox::service::{Answer, Call, Fault};
use crate::sandbox::services::fields::{TagProblem, Tags, arn, page, page_size, put, text};
use crate::sandbox::world::World;

/// How ECR writes the pattern of names in its refusals.
const NAME_PATTERN: &str = "(?:[a-z0-9]+(?:[._-][a-z0-9]+)*/)*[a-z0-9]+(?:[._-][a-z0-9]+)*";

/// Checks a name: 2 to 256 characters, lower case, parts joined by `.`, `_`, `__` or hyphens.
/// Source: the API model, `RepositoryName`.
pub fn check_name(name: &str) -> Result<(), Fault> {
    if name.chars().count() < 2 {
        return Err(invalid(
            "repositoryName",
            "must have length greater than or equal to 2",
        ));
    }
    if name.chars().count() > 256 {
        return Err(invalid(
            "repositoryName",
            "must have length less than or equal to 256",
        ));
    }
    if name.split('/').all(legal_part) {
        Ok(())
    } else {
        Err(invalid(
            "repositoryName",
            &format!("must satisfy regular expression '{NAME_PATTERN}'"),
        ))
    }
}

fn legal_part(part: &str) -> bool {
    let word = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let separators_fit = part
        .split(|c: char| c.is_ascii() && word(c as u8))
        .all(|run| {
            run.is_empty()
                || run == "."
                || run == "_"
                || run == "__"
                || run.bytes().all(|b| b == b'-')
        });
    let edges_fit = part.bytes().next().is_some_and(word) && part.bytes().last().is_some_and(word);
    separators_fit && edges_fit
}

/// `CreateRepository`.
pub fn create(world: &mut World, call: &Call) -> Answer {
    let name = required(call, "repositoryName")?.to_owned();
    check_name(&name)?;
    let registry = registry(call).to_owned();
    check_registry(&registry)?;
    if registry != call.caller.account {
        return Err(Fault::new(
            "AccessDeniedException",
            format!(
                "User: {} is not authorized to perform: ecr:CreateRepository on resource: {}",
                call.caller.arn,
                arn(
                    "ecr",
                    &call.region,
                    &registry,
                    &format!("repository/{name}")
                )
            ),
        ));
    }
    let (kind, exclusions) = mutability::read(call)?;
    let encryption = encryption(call)?;
    let tags = Tags::read(call.list("tags"), "Key", "Value").map_err(tag_fault)?;
    let repositories = &mut world.regional(&registry, &call.region).ecr.repositories;
    if repositories.contains_key(&name) {
        return Err(Fault::new(
            "RepositoryAlreadyExistsException",
            format!(
                "The repository with name '{name}' already exists in the registry with id '{registry}'"
            ),
        ));
    }
    let repository = Repository {
        name: name.clone(),
        registry,
        region: call.region.clone(),
        created_at: call.now,
        mutability: kind,
        exclusions,
        scan_on_push: scan_on_push(call),
        encryption,
        tags,
        ..Repository::default()
    };
    let answer = json!({"repository": repository.describe()});
    repositories.insert(name, repository);
    Ok(answer)
}

fn scan_on_push(call: &Call) -> bool {
    call.input
        .pointer("/imageScanningConfiguration/scanOnPush")
        .and_then(Value::as_bool)
        .unwrap_or(false)
}

fn encryption(call: &Call) -> Result<Value, Fault> {
    let Some(given) = call
        .input
        .get("encryptionConfiguration")
        .filter(|v| !v.is_null())
    else {
        return Ok(json!({"encryptionType": "AES256"}));
    };
    let kind = text(given, "encryptionType").unwrap_or_default();
    let key = text(given, "kmsKey");
    match (kind, key) {
        ("AES256", None) => Ok(json!({"encryptionType": "AES256"})),
        ("AES256", Some(_)) => Err(invalid(
            "encryptionConfiguration.kmsKey",
            "must not be specified when encryptionType is AES256",
        )),
        ("KMS" | "KMS_DSSE", Some(key)) => {
            Ok(json!({"encryptionType": kind, "kmsKey": key_arn(call, key)}))
        }
        // Without a key ECR uses the AWS managed key of the account for ECR.
        ("KMS" | "KMS_DSSE", None) => Ok(json!({
            "encryptionType": kind,
            "kmsKey": arn("kms", &call.region, &call.caller.account, "alias/aws/ecr"),
        })),
        _ => Err(invalid(
            "encryptionConfiguration.encryptionType",
            "Member must satisfy enum value set: [AES256, KMS, KMS_DSSE]",
        )),
    }
}

fn key_arn(call: &Call, key: &str) -> String {
    if key.starts_with("arn:") {
        key.to_owned()
    } else if key.starts_with("alias/") {
        arn("kms", &call.region, &call.caller.account, key)
    } else {
        arn(
            "kms",
            &call.region,
            &call.caller.account,
            &format!("key/{key}"),
        )
    }
}

/// `DescribeRepositories`.
pub fn describe(world: &mut World, call: &Call) -> Answer {
    let registry = registry(call);
    check_registry(registry)?;
    let named = call.list("repositoryNames");
    if !named.is_empty()
        && (call.text("nextToken").is_some() || call.number("maxResults").is_some())
    {
        return Err(invalid(
            "repositoryNames",
            "cannot be used together with nextToken or maxResults",
        ));
    }
    let mut found = Vec::new();
    if named.is_empty() {
        if registry == call.caller.account
            && let Some(regional) = world.regional_ref(registry, &call.region)
        {
            found.extend(regional.ecr.repositories.values().map(Repository::describe));
        }
    } else {
        for name in named.iter().filter_map(Value::as_str) {
            check_name(name)?;
            let repository = world
                .regional_ref(registry, &call.region)
                .and_then(|regional| regional.ecr.repositories.get(name))
                .ok_or_else(|| repository_not_found(name, registry))?;
            found.push(repository.describe());
        }
    }
    let most = if named.is_empty() {
        page_size(call, "maxResults", 1000).min(default_page(call))
    } else {
        found.len()
    };
    let (rows, next) = page(found, call.text("nextToken"), most).ok_or_else(bad_token)?;
    let mut answer = json!({"repositories": rows});
    put(&mut answer, "nextToken", next.map(Value::String));
    Ok(answer)
}

/// ECR gives 100 rows where nothing is asked for, up to 1,000 where it is. Source: the API model.
pub fn default_page(call: &Call) -> usize {
    if call.number("maxResults").is_some() {
        1000
    } else {
        100
    }
}

/// A token that no page gave out.
pub fn bad_token() -> Fault {
    invalid("nextToken", "Invalid token")
}

/// `DeleteRepository`.
pub fn delete(world: &mut World, call: &Call) -> Answer {
    let force = call.flag("force").unwrap_or(false);
    let repository = repository_mut(world, call)?;
    if !force && !repository.images.is_empty() {
        return Err(Fault::new(
            "RepositoryNotEmptyException",
            format!(
                "The repository with name '{}' in registry with id '{}' cannot be deleted because it still contains images",
                repository.name, repository.registry
            ),
        ));
    }
    let mut answer = repository.describe();
    if let Some(map) = answer.as_object_mut() {
        map.shift_remove("imageScanningConfiguration");
        map.shift_remove("encryptionConfiguration");
    }
    let name = repository.name.clone();
    let registry = registry(call).to_owned();
    world
        .regional(&registry, &call.region)
        .ecr
        .repositories
        .remove(&name);
    Ok(json!({"repository": answer}))
}

/// `PutImageTagMutability`.
pub fn put_mutability(world: &mut World, call: &Call) -> Answer {
    required(call, "imageTagMutability")?;
    let (kind, exclusions) = mutability::read(call)?;
    let repository = repository_mut(world, call)?;
    repository.mutability = kind;
    repository.exclusions = exclusions;
    let mut answer = json!({
        "registryId": repository.registry,
        "repositoryName": repository.name,
        "imageTagMutability": repository.mutability,
    });
    put(
        &mut answer,
        "imageTagMutabilityExclusionFilters",
        repository.exclusion_filters(),
    );
    Ok(answer)
}

/// `PutImageScanningConfiguration`.
pub fn put_scanning(world: &mut World, call: &Call) -> Answer {
    if call
        .input
        .get("imageScanningConfiguration")
        .is_none_or(Value::is_null)
    {
        return Err(invalid("imageScanningConfiguration", "must not be null"));
    }
    let scan = scan_on_push(call);
    let repository = repository_mut(world, call)?;
    repository.scan_on_push = scan;
    Ok(json!({
        "registryId": repository.registry,
        "repositoryName": repository.name,
        "imageScanningConfiguration": {"scanOnPush": scan},
    }))
}

fn tag_fault(problem: TagProblem) -> Fault {
    let code = match problem {
        TagProblem::TooMany => "TooManyTagsException",
        _ => "InvalidTagParameterException",
    };
    Fault::new(code, problem.sentence())
}

fn tagged<'w>(world: &'w mut World, call: &Call) -> Result<&'w mut Repository, Fault> {
    let given = required(call, "resourceArn")?;
    let mine = arn("ecr", &call.region, &call.caller.account, "repository/");
    let Some(name) = given.strip_prefix(&mine) else {
        return Err(invalid("resourceArn", "Invalid ARN"));
    };
    world
        .accounts
        .get_mut(&call.caller.account)
        .and_then(|account| account.regions.get_mut(&call.region))
        .and_then(|regional| regional.ecr.repositories.get_mut(name))
        .ok_or_else(|| repository_not_found(name, &call.caller.account))
}

/// `TagResource`.
pub fn tag(world: &mut World, call: &Call) -> Answer {
    let tags = Tags::read(call.list("tags"), "Key", "Value").map_err(tag_fault)?;
    tagged(world, call)?.tags.merge(tags).map_err(tag_fault)?;
    Ok(json!({}))
}

/// `UntagResource`.
pub fn untag(world: &mut World, call: &Call) -> Answer {
    tagged(world, call)?.tags.remove(call.list("tagKeys"));
    Ok(json!({}))
}

/// `ListTagsForResource`.
pub fn list_tags(world: &mut World, call: &Call) -> Answer {
    let repository = tagged(world, call)?;
    Ok(json!({"tags": repository.tags.list("Key", "Value")}))
}
