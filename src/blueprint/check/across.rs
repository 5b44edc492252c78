//! Values against each other: source, branches, tags, accounts.

use std::collections::BTreeMap;

use crate::blueprint::draft::{Draft, Problem};
use crate::blueprint::key::{Key, Table};
use crate::ident::Arn;
use crate::validity::names;

use super::value::ProviderName;

/// The tags that a user may add: AWS allows 50 on a thing, and crosspipe's own need room. Source:
/// AWS General Reference, "Tagging your AWS resources".
const TAGS: usize = 40;

fn source_key(name: &str) -> Key {
    Key::new(Table::Source, name)
}

/// The source's keys fit together.
pub fn source(draft: &Draft, problems: &mut Vec<Problem>) {
    let provider_key = source_key("provider");
    let repository_key = source_key("repository");
    let provider = draft.text(&provider_key).and_then(ProviderName::parse);
    let host = source_key("host");
    match provider {
        Some(ProviderName::Connection) if !draft.has(&host) => problems.push(Problem::new(
            provider_key.clone(),
            "source.provider 'connection' does not say where the repository is",
            "needs source.host",
            "add host = \"github\", or write provider = \"github\" (gitlab, bitbucket)",
        )),
        Some(provider) if provider != ProviderName::Connection && draft.has(&host) => {
            problems.push(
                Problem::new(
                    host,
                    "source.host has no meaning here: source.provider names the provider already",
                    "not needed",
                    "remove source.host",
                )
                .and(provider_key.clone(), "because of this"),
            );
        }
        _ => {}
    }
    if provider == Some(ProviderName::CodeCommit) && draft.has(&source_key("connection")) {
        problems.push(
            Problem::new(
                source_key("connection"),
                "source.connection has no meaning for CodeCommit: its repository is in the shared account",
                "not needed",
                "remove source.connection, or choose provider = \"github\"",
            )
            .and(provider_key, "because of this"),
        );
    }
    let Some(repository) = draft.text(&repository_key) else {
        return;
    };
    match provider {
        Some(ProviderName::CodeCommit) => {
            if let Err(error) = names::check_repository(repository) {
                problems.push(Problem::new(
                    repository_key,
                    format!("source.repository: {error}"),
                    &error.fault,
                    format!("allowed: {}", error.allowed),
                ));
            }
        }
        Some(_) => {
            // GitLab has groups inside groups, so there may be more than one slash.
            let parts: Vec<&str> = repository.split('/').collect();
            let legal = parts.len() >= 2
                && parts.iter().all(|part| !part.is_empty())
                && !repository.contains(|c: char| c.is_whitespace() || c == ':');
            if !legal {
                problems.push(Problem::new(
                    repository_key,
                    format!("source.repository '{repository}' is not owner/name"),
                    "owner/name is expected",
                    "write owner/name exactly as the provider shows it, capitals included, without https:// and .git",
                ));
            }
        }
        None => {}
    }
}

/// No two environments are deployed from one branch.
pub fn branches(draft: &Draft, problems: &mut Vec<Problem>) {
    let mut seen: BTreeMap<&str, Key> = BTreeMap::new();
    for environment in draft.environments() {
        let key = Key::environment(environment, "branch");
        let Some(branch) = draft.text(&key) else {
            continue;
        };
        match seen.get(branch) {
            Some(first) => problems.push(
                Problem::new(
                    key,
                    format!(
                        "branch '{branch}' is deployed to two environments: a push to it would start both, so nothing would be tried in one before the other"
                    ),
                    "the same branch again",
                    "give each environment a branch of its own",
                )
                .and(first.clone(), "first used here"),
            ),
            None => {
                seen.insert(branch, key);
            }
        }
    }
}

/// Tags together.
pub fn tags(draft: &Draft, problems: &mut Vec<Problem>) {
    let tags: Vec<&Key> = draft
        .entries()
        .map(|(key, _)| key)
        .filter(|key| key.table == Table::Tags)
        .collect();
    if let Some(key) = tags.get(TAGS) {
        problems.push(Problem::new(
            (*key).clone(),
            format!(
                "{} tags: AWS allows 50 on a thing and crosspipe needs some of them",
                tags.len()
            ),
            "one too many",
            format!("keep at most {TAGS}"),
        ));
    }
    let mut seen: BTreeMap<String, &Key> = BTreeMap::new();
    for key in tags {
        if key.name.to_ascii_lowercase().starts_with("crosspipe:") {
            problems.push(Problem::new(
                key.clone(),
                format!(
                    "tag '{}' is crosspipe's own: it finds its things by such tags",
                    key.name
                ),
                "reserved",
                "choose another key",
            ));
        }
        if let Some(first) = seen.insert(key.name.to_lowercase(), key) {
            problems.push(
                Problem::new(
                    key.clone(),
                    format!(
                        "tags '{}' and '{}' are one and the same for IAM, which takes capitals and small letters as equal",
                        first.name, key.name
                    ),
                    "the same again",
                    "keep one of them",
                )
                .and(first.clone(), "first used here"),
            );
        }
    }
}

/// Two environments that deploy to one service: each would undo the other, and CodeDeploy takes only one
/// deployment group per service. Source: AWS CodeDeploy API Reference, CreateDeploymentGroup,
/// `ECSServiceMappingLimitExceededException`.
pub fn services(draft: &Draft, problems: &mut Vec<Problem>) {
    let mut seen: BTreeMap<(String, String, String), (Key, String)> = BTreeMap::new();
    for environment in draft.environments() {
        let key = Key::deploy(environment, "service");
        let (Some(account), Some(cluster), Some(service)) = (
            draft.account(Some(environment)),
            draft.text(&Key::deploy(environment, "cluster")),
            draft.text(&key),
        ) else {
            continue;
        };
        let place = (account.to_string(), cluster.to_owned(), service.to_owned());
        if let Some((first, name)) = seen.get(&place) {
            problems.push(
                Problem::new(
                    key,
                    format!("{environment} and {name} deploy to one service, {cluster} / {service} in {account}: each would undo the other"),
                    "the same service again",
                    "give each environment a service of its own",
                )
                .and(first.clone(), "first used here"),
            );
        } else {
            seen.insert(place, (key, environment.to_string()));
        }
    }
}

/// One account in two places, a Region without CodePipeline, a connection of another account.
pub fn suspicions(draft: &Draft, found: &mut Vec<Problem>) {
    let mut seen: BTreeMap<String, (Key, String)> = BTreeMap::new();
    let places = std::iter::once(None).chain(draft.environments().map(Some));
    for place in places {
        let Some(account) = draft.account(place) else {
            continue;
        };
        let key = Key::place(place, "account");
        let name = place.map_or("the shared account".to_owned(), |name| name.to_string());
        match seen.get(account.as_str()) {
            Some((first, first_name)) => found.push(
                Problem::new(
                    key,
                    format!("{name} and {first_name} are one account, {account}: nothing keeps them apart but the policies"),
                    "the same account again",
                    "this works; separate accounts are what crosspipe is made for",
                )
                .and(first.clone(), "first used here"),
            ),
            None => {
                seen.insert(account.as_str().to_owned(), (key, name));
            }
        }
    }
    if let Some(region) = draft.region()
        && !region.info().codepipeline
    {
        found.push(Problem::new(
            Key::root("region"),
            format!("CodePipeline was not offered in {region} when crosspipe was made"),
            "no CodePipeline, as far as known",
            "if AWS offers it there by now, carry on; otherwise choose a Region nearby",
        ));
    }
    let connection = source_key("connection");
    if let (Some(arn), Some(account)) = (
        draft
            .text(&connection)
            .and_then(|text| Arn::parse(text).ok()),
        draft.account(None),
    ) && arn.account() != account.as_str()
    {
        found.push(Problem::new(
            connection,
            format!(
                "the connection belongs to account {}, not to the shared account {account}",
                arn.account()
            ),
            "another account",
            "it works only where that account shares it",
        ));
    }
    let image = Key::new(Table::Build, "image");
    if draft
        .text(&image)
        .is_some_and(|image| image.starts_with("aws/codebuild/amazonlinux2-x86_64-standard:"))
    {
        found.push(Problem::new(
            image,
            "the build image is of the Amazon Linux 2 line, whose older versions AWS has retired",
            "old image line",
            format!("choose {}", crate::blueprint::defaults::BUILD_IMAGE),
        ));
    }
}
