//! Where choices come from: what is found in the accounts.

use std::collections::BTreeMap;

use async_trait::async_trait;

use crate::blueprint::Draft;
use crate::cloud::{Discovery, FoundConnection, FoundService};
use crate::resource::Site;

/// Gives access to the accounts while the questions are being asked. Called before a question whose
/// choices are found in a site's account, with what has been said so far.
#[async_trait]
pub trait Ground: Send {
    /// What can look into the account of a site; nothing where looking is not wanted.
    ///
    /// # Errors
    /// Why the account cannot be looked into, as a sentence. It becomes a note, and the question is
    /// asked without choices.
    async fn discovery(&mut self, draft: &Draft, site: &Site) -> Result<Option<Box<dyn Discovery>>, String>;
}

/// No accounts to look into.
#[derive(Debug, Default)]
pub struct NoGround;

#[async_trait]
impl Ground for NoGround {
    async fn discovery(&mut self, _draft: &Draft, _site: &Site) -> Result<Option<Box<dyn Discovery>>, String> {
        Ok(None)
    }
}

/// Something to look up before the next question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wanted {
    Services(Site),
    Repositories,
    Connections,
}

impl Wanted {
    pub(super) fn site(&self) -> Site {
        match self {
            Self::Services(site) => site.clone(),
            Self::Repositories | Self::Connections => Site::Shared,
        }
    }

    /// What is looked for, in words.
    pub(super) fn what(&self) -> &'static str {
        match self {
            Self::Services(_) => "ECS services",
            Self::Repositories => "CodeCommit repositories",
            Self::Connections => "connections",
        }
    }

    /// Tells one look-up from another: the same thing, in the same account, reached the same way.
    pub(super) fn fingerprint(&self, draft: &Draft) -> String {
        let site = self.site();
        let place = match &site {
            Site::Shared => None,
            Site::Environment(name) => Some(name),
        };
        let account = draft.account(place).map(|account| account.to_string());
        format!("{} {site} {account:?} {:?} {:?}", self.what(), draft.access(place), draft.region())
    }
}

/// What was found. An empty list stands for both 'nothing there' and 'could not look'.
#[derive(Debug, Clone, Default)]
pub(super) struct Found {
    pub(super) services: BTreeMap<String, Vec<FoundService>>,
    pub(super) repositories: BTreeMap<String, Vec<String>>,
    pub(super) connections: BTreeMap<String, Vec<FoundConnection>>,
}

impl Found {
    /// Whether a look-up has been tried.
    pub(super) fn knows(&self, wanted: &Wanted, draft: &Draft) -> bool {
        let print = wanted.fingerprint(draft);
        match wanted {
            Wanted::Services(_) => self.services.contains_key(&print),
            Wanted::Repositories => self.repositories.contains_key(&print),
            Wanted::Connections => self.connections.contains_key(&print),
        }
    }

    /// Looks, remembers what was found, and answers what should be said about it.
    pub(super) async fn look(&mut self, wanted: &Wanted, draft: &Draft, ground: &mut dyn Ground) -> Option<String> {
        let print = wanted.fingerprint(draft);
        let site = wanted.site();
        let unseen = |why: String| {
            Some(format!("Could not look for {} in {site}: {why}. Please type instead.", wanted.what()))
        };
        let discovery = ground.discovery(draft, &site).await;
        let (services, repositories, connections, note) = match discovery {
            Err(why) => (vec![], vec![], vec![], unseen(why)),
            Ok(None) => (vec![], vec![], vec![], None),
            Ok(Some(discovery)) => {
                let nothing = |empty: bool| {
                    empty.then(|| format!("No {} were found in {site}.", wanted.what()))
                };
                match wanted {
                    Wanted::Services(_) => match discovery.services(&site).await {
                        Ok(found) => {
                            let note = nothing(found.is_empty());
                            (found, vec![], vec![], note)
                        }
                        Err(error) => (vec![], vec![], vec![], unseen(error.to_string())),
                    },
                    // An account without repositories or connections is usual: a new one is made.
                    Wanted::Repositories => match discovery.repositories().await {
                        Ok(found) => (vec![], found, vec![], None),
                        Err(error) => (vec![], vec![], vec![], unseen(error.to_string())),
                    },
                    Wanted::Connections => match discovery.connections().await {
                        Ok(found) => (vec![], vec![], found, None),
                        Err(error) => (vec![], vec![], vec![], unseen(error.to_string())),
                    },
                }
            }
        };
        match wanted {
            Wanted::Services(_) => drop(self.services.insert(print, services)),
            Wanted::Repositories => drop(self.repositories.insert(print, repositories)),
            Wanted::Connections => drop(self.connections.insert(print, connections)),
        }
        note
    }
}
