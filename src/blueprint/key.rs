//! A key of `crosspipe.toml`, and the value that stands behind it.

use std::fmt;

use crate::ident::EnvironmentName;

/// A table of the file.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Table {
    /// Above the first table.
    Root,
    /// `[shared]`
    Shared,
    /// `[source]`
    Source,
    /// `[build]`
    Build,
    /// `[environment.NAME]`
    Environment(EnvironmentName),
    /// `[environment.NAME.deploy]`
    Deploy(EnvironmentName),
    /// `[environment.NAME.container]`
    Container(EnvironmentName),
    /// `[names]`
    Names,
    /// `[tags]`
    Tags,
}

impl Table {
    /// The names that lead to the table.
    pub fn path(&self) -> Vec<&str> {
        match self {
            Self::Root => vec![],
            Self::Shared => vec!["shared"],
            Self::Source => vec!["source"],
            Self::Build => vec!["build"],
            Self::Environment(name) => vec!["environment", name.as_str()],
            Self::Deploy(name) => vec!["environment", name.as_str(), "deploy"],
            Self::Container(name) => vec!["environment", name.as_str(), "container"],
            Self::Names => vec!["names"],
            Self::Tags => vec!["tags"],
        }
    }

    /// The environment that the table belongs to.
    pub fn environment(&self) -> Option<&EnvironmentName> {
        match self {
            Self::Environment(name) | Self::Deploy(name) | Self::Container(name) => Some(name),
            _ => None,
        }
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => f.write_str("the top of the file"),
            table => write!(f, "[{}]", table.path().join(".")),
        }
    }
}

/// A key of the file, for example `environment.dev.account`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    /// The table that it is in.
    pub table: Table,
    /// Its name there.
    pub name: String,
}

impl Key {
    /// A key of a table.
    pub fn new(table: Table, name: &str) -> Self {
        Self {
            table,
            name: name.to_owned(),
        }
    }

    /// A key above the first table.
    pub fn root(name: &str) -> Self {
        Self::new(Table::Root, name)
    }

    /// A key of `[shared]`, or of `[environment.NAME]`: account, profile, role, ...
    pub fn place(place: Option<&EnvironmentName>, name: &str) -> Self {
        match place {
            None => Self::new(Table::Shared, name),
            Some(environment) => Self::environment(environment, name),
        }
    }

    /// A key of `[environment.NAME]`.
    pub fn environment(environment: &EnvironmentName, name: &str) -> Self {
        Self::new(Table::Environment(environment.clone()), name)
    }

    /// A key of `[environment.NAME.deploy]`.
    pub fn deploy(environment: &EnvironmentName, name: &str) -> Self {
        Self::new(Table::Deploy(environment.clone()), name)
    }

    /// A key of `[environment.NAME.container]`.
    pub fn container(environment: &EnvironmentName, name: &str) -> Self {
        Self::new(Table::Container(environment.clone()), name)
    }

    /// The names that lead to the key, its own last.
    pub fn path(&self) -> Vec<&str> {
        let mut path = self.table.path();
        path.push(&self.name);
        path
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, part) in self.path().iter().enumerate() {
            if index > 0 {
                f.write_str(".")?;
            }
            f.write_str(&toml_edit::Key::new(*part).display_repr())?;
        }
        Ok(())
    }
}

/// The value of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// A text.
    Text(String),
    /// A whole number.
    Number(i64),
    /// Yes or no.
    Truth(bool),
    /// A list of texts.
    List(Vec<String>),
    /// Something of the wrong type stands in the file; that has been reported.
    Unusable,
}

impl Value {
    /// The text, if it is one.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Number(number) => number.fmt(f),
            Self::Truth(truth) => truth.fmt(f),
            Self::List(items) => f.write_str(&items.join(", ")),
            Self::Unusable => f.write_str("(unusable)"),
        }
    }
}
