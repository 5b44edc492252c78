//! How a resource, and a part of it, is named inside crosspipe.

use serde::{Deserialize, Serialize};

use crate::ident::EnvironmentName;

/// An account's place in the blueprint.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Site {
    /// The shared account.
    Shared,
    /// The account of an environment.
    Environment(EnvironmentName),
}

impl std::fmt::Display for Site {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Shared => f.write_str("shared"),
            Self::Environment(name) => name.fmt(f),
        }
    }
}

impl From<Site> for String {
    fn from(site: Site) -> Self {
        site.to_string()
    }
}

impl TryFrom<String> for Site {
    type Error = crate::ident::IdentError;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        if text == "shared" {
            Ok(Self::Shared)
        } else {
            EnvironmentName::parse(&text).map(Self::Environment)
        }
    }
}

/// A resource's name inside crosspipe, for example `shared/artifact-key`, `shared/dev/pipeline` or
/// `dev/deploy-role`. It never reaches AWS.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ResourceId(String);

impl ResourceId {
    /// A resource of the shared account that serves all environments.
    pub fn shared(what: &str) -> Self {
        Self(format!("shared/{what}"))
    }

    /// A resource of the shared account that serves one environment.
    pub fn shared_for(environment: &EnvironmentName, what: &str) -> Self {
        Self(format!("shared/{environment}/{what}"))
    }

    /// A resource of an environment's account.
    pub fn environment(environment: &EnvironmentName, what: &str) -> Self {
        Self(format!("{environment}/{what}"))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for ResourceId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// What of a resource one call makes or sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// The thing itself, with whatever its creating call takes along (tags always, where the call
    /// takes them).
    Itself,
    /// The tags of a thing that exists.
    Tags,
    /// The description of a thing that exists.
    Description,
    /// A key's or bucket's resource policy, or a role's inline policy.
    Policy,
    /// A role's trust policy.
    Trust,
    /// A role's permission boundary.
    Boundary,
    /// A role's longest session.
    SessionDuration,
    /// A key's alias.
    Alias,
    /// A key's yearly rotation.
    Rotation,
    /// A bucket's public access block.
    PublicAccess,
    /// A bucket's object ownership.
    Ownership,
    /// A bucket's versioning.
    Versioning,
    /// A bucket's default encryption.
    Encryption,
    /// A bucket's or image repository's lifecycle rules.
    Lifecycle,
    /// An image repository's tag mutability.
    Mutability,
    /// An image repository's scanning.
    Scanning,
    /// A rule's target.
    Target,
    /// Everything else that an Update call sets at once (project, pipeline, rule, deployment group).
    Settings,
}

impl std::fmt::Display for Part {
    /// The part in words, for people: `public access`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match serde_json::to_value(self) {
            Ok(serde_json::Value::String(name)) => f.write_str(&name.replace('-', " ")),
            _ => Ok(()),
        }
    }
}

/// A part of a resource: the unit that a plan orders and apply carries out.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Node {
    /// The resource.
    pub resource: ResourceId,
    /// The part of it.
    pub part: Part,
}

impl Node {
    /// Shorthand.
    pub fn new(resource: &ResourceId, part: Part) -> Self {
        Self {
            resource: resource.clone(),
            part,
        }
    }
}
