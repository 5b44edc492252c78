//! Whose keys a credential helper signs with: those of the administrator of the account that has the
//! repository, read from the state directory while a sandbox serves it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::credentials::Keys;
use crate::sandbox::services::iam::{self, state::Iam};

/// Why there are no keys for a repository.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// Nothing is saved there.
    #[error("the sandbox's state in {} cannot be read: {why}. Name the right directory with --state", directory.display())]
    State {
        /// The directory.
        directory: PathBuf,
        /// Why not.
        why: String,
    },
    /// No account has it.
    #[error("no account of the sandbox in {} has a repository {name}{of}", directory.display())]
    NoRepository {
        /// The directory.
        directory: PathBuf,
        /// The repository.
        name: String,
        /// In which account and Region, where these were given.
        of: String,
    },
    /// Several have it.
    #[error(
        "more than one account or Region has a repository {name}: {places}. Choose with --account and --region"
    )]
    Several {
        /// The repository.
        name: String,
        /// Where.
        places: String,
    },
    /// The account's administrator has none.
    #[error(
        "the administrator of account {0} has no access key any more. Sign as another with --env, and the keys in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
    )]
    NoKeys(String),
}

/// Where a repository is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The account.
    pub account: String,
    /// The Region.
    pub region: String,
}

// Only what is looked at: contents of repositories are passed over.
#[derive(Deserialize)]
struct Saved {
    world: World,
}

#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
struct World {
    accounts: BTreeMap<String, Account>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Account {
    regions: BTreeMap<String, Regional>,
    iam: Iam,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Regional {
    codecommit: CodeCommit,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct CodeCommit {
    repositories: BTreeMap<String, IgnoredAny>,
}

/// Finds the only place of a repository, and the keys of that account's administrator.
///
/// # Errors
/// There is no such repository, there are several, or nobody to sign as.
pub fn find(
    directory: &Path,
    name: &str,
    account: Option<&str>,
    region: Option<&str>,
) -> Result<(Place, Option<Keys>), KeysError> {
    let unreadable = |why: String| KeysError::State {
        directory: directory.to_owned(),
        why,
    };
    let text = fs::read(directory.join("world.json")).map_err(|it| unreadable(it.to_string()))?;
    let saved: Saved = serde_json::from_slice(&text).map_err(|it| unreadable(it.to_string()))?;
    let mut places: Vec<Place> = Vec::new();
    for (id, content) in &saved.world.accounts {
        for (place, regional) in &content.regions {
            let fits = account.is_none_or(|wanted| wanted == id)
                && region.is_none_or(|wanted| wanted == place);
            if fits && regional.codecommit.repositories.contains_key(name) {
                places.push(Place {
                    account: id.clone(),
                    region: place.clone(),
                });
            }
        }
    }
    let place = match places.as_slice() {
        [only] => only.clone(),
        [] => {
            let of = [("account", account), ("Region", region)]
                .into_iter()
                .filter_map(|(what, given)| given.map(|given| format!(" in {what} {given}")))
                .collect();
            return Err(KeysError::NoRepository {
                directory: directory.to_owned(),
                name: name.to_owned(),
                of,
            });
        }
        several => {
            let places: Vec<String> = several
                .iter()
                .map(|place| format!("{} in {}", place.account, place.region))
                .collect();
            return Err(KeysError::Several {
                name: name.to_owned(),
                places: places.join(", "),
            });
        }
    };
    let keys = saved
        .world
        .accounts
        .get(&place.account)
        .and_then(|account| account.iam.users.get(iam::ADMINISTRATOR))
        .and_then(|user| user.access_keys.iter().find(|key| key.active))
        .map(|key| Keys {
            id: key.id.clone(),
            secret: key.secret.clone(),
            token: None,
        });
    Ok((place, keys))
}
