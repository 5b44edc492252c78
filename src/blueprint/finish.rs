//! From a draft without mistakes to a blueprint with every default filled in.

use std::collections::BTreeMap;
use std::path::PathBuf;

use indexmap::IndexMap;

use crate::ident::{AccountId, Arn, EnvironmentName, Region};

use super::check::{self, ProviderName};
use super::draft::{Draft, Problem};
use super::key::{Key, Table, Value};
use super::patterns::PATTERNS;
use super::{
    Blueprint, Build, ConnectionProvider, Container, Deploy, DeploymentConfig, Environment,
    NamePatterns, SharedAccount, Source, Strategy, defaults,
};

/// The blueprint. A problem here means that a check is missing.
pub fn finish(draft: &Draft) -> Result<Blueprint, Problem> {
    let mut names = NamePatterns::default();
    for pattern in &PATTERNS {
        if let Some(text) = draft.text(&Key::new(Table::Names, pattern.name)) {
            *(pattern.get_mut)(&mut names) = text.to_owned();
        }
    }
    let tags: BTreeMap<String, String> = draft
        .entries()
        .filter(|(key, _)| key.table == Table::Tags)
        .filter_map(|(key, entry)| Some((key.name.clone(), entry.value.as_text()?.to_owned())))
        .collect();
    let environments: IndexMap<EnvironmentName, Environment> = draft
        .environments()
        .map(|name| Ok((name.clone(), environment(draft, name)?)))
        .collect::<Result<_, Problem>>()?;
    let root = |name: &str| draft.text(&Key::root(name)).map(str::to_owned);
    Ok(Blueprint {
        application: required(draft, Key::root("application"))?.to_owned(),
        organization: required(draft, Key::root("organization"))?.to_owned(),
        description: root("description").filter(|text| !text.is_empty()),
        region: parsed(draft, Key::root("region"), |text| Region::parse(text).ok())?,
        shared: SharedAccount {
            account: parsed(draft, Key::new(Table::Shared, "account"), |text| {
                AccountId::parse(text).ok()
            })?,
            access: draft.access(None),
        },
        source: source(draft)?,
        build: build(draft)?,
        environments,
        names,
        tags,
        role_path: root("role_path").unwrap_or_else(|| defaults::ROLE_PATH.to_owned()),
        permission_boundary: root("permission_boundary"),
        templates: root("templates").map(PathBuf::from),
    })
}

fn unusable(key: Key) -> Problem {
    Problem::new(key.clone(), format!("{key} is not usable"), "here", "")
}

fn required(draft: &Draft, key: Key) -> Result<&str, Problem> {
    draft.text(&key).ok_or_else(|| unusable(key))
}

fn parsed<T>(draft: &Draft, key: Key, parse: impl Fn(&str) -> Option<T>) -> Result<T, Problem> {
    draft
        .text(&key)
        .and_then(parse)
        .ok_or_else(|| unusable(key))
}

fn number<T: TryFrom<i64>>(draft: &Draft, key: Key, default: T) -> Result<T, Problem> {
    match draft.number(&key) {
        None => Ok(default),
        Some(number) => T::try_from(number).map_err(|_| unusable(key)),
    }
}

fn source(draft: &Draft) -> Result<Source, Problem> {
    let key = |name: &str| Key::new(Table::Source, name);
    let provider = parsed(draft, key("provider"), ProviderName::parse)?;
    let repository = required(draft, key("repository"))?.to_owned();
    let host = match provider {
        ProviderName::CodeCommit => return Ok(Source::CodeCommit { repository }),
        ProviderName::GitHub => ConnectionProvider::GitHub,
        ProviderName::GitLab => ConnectionProvider::GitLab,
        ProviderName::Bitbucket => ConnectionProvider::Bitbucket,
        ProviderName::Connection => parsed(draft, key("host"), |text| match text {
            "github" => Some(ConnectionProvider::GitHub),
            "gitlab" => Some(ConnectionProvider::GitLab),
            "bitbucket" => Some(ConnectionProvider::Bitbucket),
            _ => None,
        })?,
    };
    Ok(Source::Connection {
        host,
        repository,
        connection: draft
            .text(&key("connection"))
            .and_then(|text| Arn::parse(text).ok()),
    })
}

fn build(draft: &Draft) -> Result<Build, Problem> {
    let key = |name: &str| Key::new(Table::Build, name);
    let text = |name: &str, default: &str| draft.text(&key(name)).unwrap_or(default).to_owned();
    Ok(Build {
        image: text("image", defaults::BUILD_IMAGE),
        compute_type: text("compute_type", defaults::COMPUTE_TYPE),
        buildspec: text("buildspec", defaults::BUILDSPEC),
        timeout_minutes: number(draft, key("timeout_minutes"), defaults::TIMEOUT_MINUTES)?,
    })
}

fn environment(draft: &Draft, name: &EnvironmentName) -> Result<Environment, Problem> {
    let own = |field: &str| Key::environment(name, field);
    let deploy = |field: &str| Key::deploy(name, field);
    let container = |field: &str| Key::container(name, field);
    let listener = |field: &str| {
        draft
            .text(&deploy(field))
            .and_then(|text| Arn::parse(text).ok())
    };
    let strategy = match draft.text(&deploy("strategy")) {
        None => Strategy::CodedeployBlueGreen,
        Some(text) => check::strategy(text).ok_or_else(|| unusable(deploy("strategy")))?,
    };
    let config = match draft.text(&deploy("config")) {
        None => DeploymentConfig::Canary10Percent5Minutes,
        Some(text) => check::config(text).ok_or_else(|| unusable(deploy("config")))?,
    };
    let application = required(draft, Key::root("application"))?;
    Ok(Environment {
        account: parsed(draft, own("account"), |text| AccountId::parse(text).ok())?,
        branch: required(draft, own("branch"))?.to_owned(),
        access: draft.access(Some(name)),
        confirm: match draft.get(&own("confirm")) {
            Some(Value::Truth(confirm)) => *confirm,
            _ => defaults::confirm(name.as_str()),
        },
        deploy: Deploy {
            strategy,
            cluster: required(draft, deploy("cluster"))?.to_owned(),
            service: required(draft, deploy("service"))?.to_owned(),
            config,
            target_groups: draft
                .list(&deploy("target_groups"))
                .unwrap_or_default()
                .to_vec(),
            listener: listener("listener"),
            test_listener: listener("test_listener"),
            keep_old_minutes: number(
                draft,
                deploy("keep_old_minutes"),
                defaults::KEEP_OLD_MINUTES,
            )?,
        },
        container: Container {
            name: draft
                .text(&container("name"))
                .unwrap_or(application)
                .to_owned(),
            port: number(draft, container("port"), defaults::PORT)?,
            cpu: number(draft, container("cpu"), defaults::CPU)?,
            memory: number(draft, container("memory"), defaults::MEMORY)?,
        },
    })
}
