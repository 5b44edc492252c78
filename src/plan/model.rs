//! The plan as data.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::ident::{AccountId, Region};
use crate::resource::{Attributes, Node, Part, ResourceId, Site, Spec};

/// The version of the plan's JSON form. A plan of another version is not applied.
pub const FORMAT: u32 = 1;

/// What is to be done, and why, resource by resource.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// See [`FORMAT`].
    pub format: u32,
    /// `organization/application`.
    pub application: String,
    /// The Region.
    pub region: Region,
    /// The accounts, the shared one first.
    pub accounts: Vec<PlannedAccount>,
    /// Every resource that is wanted, those that are kept too.
    pub resources: Vec<PlannedResource>,
}

/// An account of the plan and who acted in it when the plan was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedAccount {
    /// Its place.
    pub site: Site,
    /// Its id.
    pub account: AccountId,
    /// The caller's ARN.
    pub caller: String,
}

/// What becomes of one resource.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlannedResource {
    /// Its name inside crosspipe.
    pub id: ResourceId,
    /// Where it lives.
    pub site: Site,
    /// The account of that place.
    pub account: AccountId,
    /// What is done.
    pub action: Action,
    /// Why, in a few words.
    pub reason: String,
    /// The resource as it will be. May hold references to what is known only after apply.
    pub spec: Spec,
    /// What is known of it already (`arn`, `id`, ...).
    pub attributes: BTreeMap<String, String>,
    /// The calls that are made, in no particular order: their needs order them.
    pub changes: Vec<Change>,
    /// What a person should know of it.
    pub notes: Vec<String>,
}

/// What is done with a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// It is not there and will be made.
    Create,
    /// It is ours and differs.
    Update,
    /// It is there under our name and carries no tag of crosspipe: only with consent.
    Adopt,
    /// It is as wanted.
    Keep,
    /// It is there under our name and can be neither used nor changed: nothing is applied.
    Conflict,
}

/// One part that is made or set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// The part.
    pub part: Part,
    /// What changes, line by line; each line begins with `+`, `-` or `~` and a space.
    pub lines: Vec<String>,
    /// What must be done first.
    pub needs: Vec<Node>,
    /// The document that the change was planned against, for parts that are shared with others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<Value>,
}

/// How many resources have which action.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// To be made.
    pub create: usize,
    /// To be changed, adopted ones included.
    pub change: usize,
    /// As wanted.
    pub keep: usize,
    /// In the way.
    pub conflict: usize,
}

/// A file that is not a plan of this version.
#[derive(Debug, thiserror::Error)]
pub enum FormatError {
    /// Not JSON, or not a plan.
    #[error("this is not a plan of crosspipe: {0}")]
    NotAPlan(#[from] serde_json::Error),
    /// A plan of another version.
    #[error("this plan has format {found}, and this crosspipe applies format {FORMAT}")]
    OtherVersion {
        /// The file's format.
        found: u64,
    },
}

impl Plan {
    /// Reads a plan that [`Plan::to_json`] wrote.
    ///
    /// # Errors
    /// See [`FormatError`].
    pub fn from_json(text: &str) -> Result<Self, FormatError> {
        let value: Value = serde_json::from_str(text)?;
        match value.get("format").and_then(Value::as_u64) {
            Some(found) if found != u64::from(FORMAT) => Err(FormatError::OtherVersion { found }),
            _ => Ok(serde_json::from_value(value)?),
        }
    }

    /// The plan as JSON, indented.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default()
    }

    /// Counts over all accounts.
    pub fn counts(&self) -> Counts {
        Counts::of(self.resources.iter())
    }

    /// Counts of one account.
    pub fn counts_of(&self, site: &Site) -> Counts {
        Counts::of(self.resources.iter().filter(|it| it.site == *site))
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.resources.iter().all(|it| it.changes.is_empty())
    }

    /// The resources with one action.
    pub fn with(&self, action: Action) -> impl Iterator<Item = &PlannedResource> {
        self.resources.iter().filter(move |it| it.action == action)
    }

    /// What is known of the resources that are there.
    pub fn known(&self) -> Attributes {
        self.resources
            .iter()
            .filter(|it| !it.attributes.is_empty())
            .map(|it| (it.id.to_string(), it.attributes.clone()))
            .collect()
    }
}

impl Counts {
    fn of<'a>(resources: impl Iterator<Item = &'a PlannedResource>) -> Self {
        let mut counts = Self::default();
        for resource in resources {
            match resource.action {
                Action::Create => counts.create += 1,
                Action::Update | Action::Adopt => counts.change += 1,
                Action::Keep => counts.keep += 1,
                Action::Conflict => counts.conflict += 1,
            }
        }
        counts
    }
}
