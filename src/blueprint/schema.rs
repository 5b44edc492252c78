//! Every key that `crosspipe.toml` may hold: its type, whether it must be there, and its flag.

use crate::ident::{EnvironmentName, distance};

use super::key::{Key, Table, Value};
use super::patterns::PATTERNS;

/// The type of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A text in quotes.
    Text,
    /// A whole number.
    Number,
    /// `true` or `false`.
    Truth,
    /// A list of texts.
    List,
}

impl Kind {
    /// The type in words, with an article.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "a text in quotes",
            Self::Number => "a whole number",
            Self::Truth => "true or false",
            Self::List => "a list of texts",
        }
    }

    /// A value of the type, as it stands in the file.
    pub fn example(self) -> &'static str {
        match self {
            Self::Text => "\"...\"",
            Self::Number => "60",
            Self::Truth => "true",
            Self::List => "[\"first\", \"second\"]",
        }
    }

    /// What somebody typed for a key of this type, as a value.
    ///
    /// # Errors
    /// Says what was expected.
    pub fn read(self, typed: &str) -> Result<Value, String> {
        let typed = typed.trim();
        match self {
            Self::Text => Ok(Value::Text(typed.to_owned())),
            Self::Number => typed
                .parse()
                .map(Value::Number)
                .map_err(|_| format!("'{typed}' is not a whole number")),
            Self::Truth => match typed {
                "true" | "yes" | "y" => Ok(Value::Truth(true)),
                "false" | "no" | "n" => Ok(Value::Truth(false)),
                _ => Err(format!("'{typed}' is neither true nor false")),
            },
            Self::List => Ok(Value::List(
                typed
                    .split([',', ' '])
                    .map(str::trim)
                    .filter(|item| !item.is_empty())
                    .map(str::to_owned)
                    .collect(),
            )),
        }
    }
}

/// A key that a table may hold.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// Its type.
    pub kind: Kind,
    /// Whether a blueprint cannot do without it, whatever else it says.
    pub required: bool,
    /// Its flag on the command line, without the dashes.
    pub flag: &'static str,
    /// What stands for the value in help and errors, for example `ID`.
    pub value_name: &'static str,
}

const fn field(
    name: &'static str,
    kind: Kind,
    required: bool,
    flag: &'static str,
    value_name: &'static str,
) -> Field {
    Field {
        name,
        kind,
        required,
        flag,
        value_name,
    }
}

const ROOT: &[Field] = &[
    field("application", Kind::Text, true, "application", "NAME"),
    field("organization", Kind::Text, true, "organization", "NAME"),
    field("description", Kind::Text, false, "description", "TEXT"),
    field("region", Kind::Text, true, "region", "REGION"),
    field("role_path", Kind::Text, false, "role-path", "PATH"),
    field(
        "permission_boundary",
        Kind::Text,
        false,
        "permission-boundary",
        "POLICY",
    ),
    field("templates", Kind::Text, false, "templates", "DIR"),
];

const SHARED: &[Field] = &[
    field("account", Kind::Text, true, "account", "ID"),
    field("profile", Kind::Text, false, "profile", "NAME"),
    field("role", Kind::Text, false, "role", "ARN"),
    field("external_id", Kind::Text, false, "external-id", "ID"),
    field("mfa_serial", Kind::Text, false, "mfa-serial", "ARN"),
];

const SOURCE: &[Field] = &[
    field("provider", Kind::Text, true, "source", "PROVIDER"),
    field("host", Kind::Text, false, "host", "PROVIDER"),
    field("repository", Kind::Text, true, "repository", "NAME"),
    field("connection", Kind::Text, false, "connection", "ARN"),
];

const BUILD: &[Field] = &[
    field("image", Kind::Text, false, "build-image", "IMAGE"),
    field("compute_type", Kind::Text, false, "compute-type", "TYPE"),
    field("buildspec", Kind::Text, false, "buildspec", "PATH"),
    field(
        "timeout_minutes",
        Kind::Number,
        false,
        "build-timeout",
        "MINUTES",
    ),
];

const ENVIRONMENT: &[Field] = &[
    field("account", Kind::Text, true, "account", "ID"),
    field("branch", Kind::Text, true, "branch", "BRANCH"),
    field("profile", Kind::Text, false, "profile", "NAME"),
    field("role", Kind::Text, false, "role", "ARN"),
    field("external_id", Kind::Text, false, "external-id", "ID"),
    field("mfa_serial", Kind::Text, false, "mfa-serial", "ARN"),
    field("confirm", Kind::Truth, false, "confirm", "BOOL"),
];

const DEPLOY: &[Field] = &[
    field("strategy", Kind::Text, false, "strategy", "STRATEGY"),
    field("config", Kind::Text, false, "deployment-config", "CONFIG"),
    field("cluster", Kind::Text, true, "cluster", "NAME"),
    field("service", Kind::Text, true, "service", "NAME"),
    field(
        "target_groups",
        Kind::List,
        false,
        "target-groups",
        "FIRST,SECOND",
    ),
    field("listener", Kind::Text, false, "listener", "ARN"),
    field("test_listener", Kind::Text, false, "test-listener", "ARN"),
    field(
        "keep_old_minutes",
        Kind::Number,
        false,
        "keep-old-minutes",
        "MINUTES",
    ),
];

const CONTAINER: &[Field] = &[
    field("name", Kind::Text, false, "container-name", "NAME"),
    field("port", Kind::Number, false, "container-port", "PORT"),
    field("cpu", Kind::Number, false, "cpu", "UNITS"),
    field("memory", Kind::Number, false, "memory", "MIB"),
];

const TAG: Field = field("", Kind::Text, false, "tag", "VALUE");

/// The fixed keys of a table; `[names]` and `[tags]` have none (see [`field_of`]).
pub fn fields(table: &Table) -> &'static [Field] {
    match table {
        Table::Root => ROOT,
        Table::Shared => SHARED,
        Table::Source => SOURCE,
        Table::Build => BUILD,
        Table::Environment(_) => ENVIRONMENT,
        Table::Deploy(_) => DEPLOY,
        Table::Container(_) => CONTAINER,
        Table::Names | Table::Tags => &[],
    }
}

/// The names of the tables inside a table.
pub fn tables(table: &Table) -> &'static [&'static str] {
    match table {
        Table::Root => &["shared", "source", "build", "environment", "names", "tags"],
        Table::Environment(_) => &["deploy", "container"],
        _ => &[],
    }
}

/// What is known of a key, if there is such a key.
pub fn field_of(table: &Table, name: &str) -> Option<Field> {
    match table {
        Table::Tags => Some(TAG),
        Table::Names => PATTERNS
            .iter()
            .find(|pattern| pattern.name == name)
            .map(|pattern| field(pattern.name, Kind::Text, false, "name", "PATTERN")),
        table => fields(table)
            .iter()
            .copied()
            .find(|field| field.name == name),
    }
}

/// Every name that may stand in a table, tables included.
pub fn names(table: &Table) -> Vec<&'static str> {
    let mut names: Vec<&'static str> = match table {
        Table::Names => PATTERNS.iter().map(|pattern| pattern.name).collect(),
        table => fields(table).iter().map(|field| field.name).collect(),
    };
    names.extend(tables(table));
    names
}

/// The word that somebody may have meant.
pub fn nearest<'a>(typed: &str, words: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let typed = typed.to_lowercase().replace('-', "_");
    words
        .into_iter()
        .map(|word| (distance(&typed, &word.to_lowercase()), word))
        .min()
        .filter(|(steps, word)| *steps <= (word.chars().count() / 3).clamp(1, 4))
        .map(|(_, word)| word)
}

impl Key {
    /// What is known of the key.
    pub fn field(&self) -> Option<Field> {
        field_of(&self.table, &self.name)
    }

    /// How the key is given on the command line, for example `--account dev=ID`.
    pub fn flag(&self) -> String {
        let Some(field) = self.field() else {
            return String::new();
        };
        let value = field.value_name;
        let subject = match &self.table {
            Table::Root | Table::Source | Table::Build => String::new(),
            Table::Shared => "shared=".to_owned(),
            Table::Environment(name) | Table::Deploy(name) | Table::Container(name) => {
                format!("{name}=")
            }
            Table::Names | Table::Tags => format!("{}=", self.name),
        };
        format!("--{} {subject}{value}", field.flag)
    }
}

/// The tables that belong to an environment.
pub fn environment_tables(name: &EnvironmentName) -> [Table; 3] {
    [
        Table::Environment(name.clone()),
        Table::Deploy(name.clone()),
        Table::Container(name.clone()),
    ]
}
