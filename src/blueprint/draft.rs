//! A blueprint that is not finished: whatever has been said so far, and where it was said.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use indexmap::IndexMap;

use crate::ident::{AccountId, Arn, EnvironmentName, Region};

use super::error::{BlueprintError, BlueprintErrors, Label, Source};
use super::key::{Key, Table, Value};
use super::{Access, Blueprint, check, finish, schema};

/// Where a value was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// In the file: the bytes of the key and of the value.
    File {
        /// The key.
        key: Range<usize>,
        /// The value.
        value: Range<usize>,
    },
    /// On the command line.
    Flag,
    /// In answer to a question.
    Answer,
}

/// A value and where it was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The value.
    pub value: Value,
    /// Where it was said.
    pub origin: Origin,
}

/// What is wrong, before the places in the file are known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What is wrong: why.
    pub message: String,
    /// The keys that it is about, the most important one first, with a few words for each.
    pub at: Vec<(Key, String)>,
    /// What to do about it.
    pub help: String,
}

impl Problem {
    pub(super) fn new(
        key: Key,
        message: impl Into<String>,
        label: &str,
        help: impl Into<String>,
    ) -> Self {
        Self {
            message: message.into(),
            at: vec![(key, label.to_owned())],
            help: help.into(),
        }
    }

    pub(super) fn and(mut self, key: Key, label: &str) -> Self {
        self.at.push((key, label.to_owned()));
        self
    }
}

/// A blueprint in the making. Every key may be missing; what is there may be wrong.
#[derive(Debug, Clone, Default)]
pub struct Draft {
    pub(super) source: Option<Source>,
    pub(super) entries: BTreeMap<Key, Entry>,
    pub(super) environments: IndexMap<EnvironmentName, Option<Range<usize>>>,
    pub(super) tables: BTreeMap<Table, Range<usize>>,
    pub(super) reading: Vec<BlueprintError>,
    pub(super) broken: bool,
}

impl Draft {
    /// A draft in which nothing has been said.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether a file is behind it.
    pub fn has_file(&self) -> bool {
        self.source.is_some()
    }

    /// The text of the file behind it.
    pub fn file_text(&self) -> Option<&str> {
        self.source.as_ref().map(|source| source.inner().as_str())
    }

    /// Says a value. The environment that the key belongs to comes into being with it.
    pub fn set(&mut self, key: Key, value: impl Into<Value>, origin: Origin) {
        if let Some(environment) = key.table.environment() {
            self.add_environment(environment.clone());
        }
        let value = value.into();
        self.entries.insert(key, Entry { value, origin });
    }

    /// Says a value as somebody typed it, for a key of any type.
    ///
    /// # Errors
    /// Says what was expected, for a key that does not exist or a text that is not of its type.
    pub fn set_typed(&mut self, key: Key, typed: &str, origin: Origin) -> Result<(), String> {
        let field = key
            .field()
            .ok_or_else(|| format!("there is no key {key}"))?;
        let value = field.kind.read(typed)?;
        self.set(key, value, origin);
        Ok(())
    }

    /// Takes a value back.
    pub fn unset(&mut self, key: &Key) {
        self.entries.remove(key);
    }

    /// Adds an environment about which nothing is known yet.
    pub fn add_environment(&mut self, name: EnvironmentName) {
        self.environments.entry(name).or_insert(None);
    }

    /// The environments, in the order in which they were named.
    pub fn environments(&self) -> impl DoubleEndedIterator<Item = &EnvironmentName> {
        self.environments.keys()
    }

    /// A value.
    pub fn get(&self, key: &Key) -> Option<&Value> {
        self.entries.get(key).map(|entry| &entry.value)
    }

    /// Whether a value has been said, usable or not.
    pub fn has(&self, key: &Key) -> bool {
        self.entries.contains_key(key)
    }

    /// Everything that has been said.
    pub fn entries(&self) -> impl Iterator<Item = (&Key, &Entry)> {
        self.entries.iter()
    }

    /// Everything that has been said, in the order in which a file has it.
    pub fn in_order(&self) -> Vec<(&Key, &Entry)> {
        let mut entries: Vec<(&Key, &Entry)> = self.entries.iter().collect();
        entries.sort_by_key(|(key, _)| {
            let environment = key.table.environment().and_then(|name| self.environments.get_index_of(name));
            let rank = schema::fields(&key.table)
                .iter()
                .position(|field| field.name == key.name);
            (environment, key.table.clone(), rank)
        });
        entries
    }

    /// A text.
    pub fn text(&self, key: &Key) -> Option<&str> {
        self.get(key).and_then(Value::as_text)
    }

    /// A number.
    pub fn number(&self, key: &Key) -> Option<i64> {
        match self.get(key) {
            Some(Value::Number(number)) => Some(*number),
            _ => None,
        }
    }

    /// A truth value.
    pub fn truth(&self, key: &Key) -> Option<bool> {
        match self.get(key) {
            Some(Value::Truth(truth)) => Some(*truth),
            _ => None,
        }
    }

    /// A list of texts.
    pub fn list(&self, key: &Key) -> Option<&[String]> {
        match self.get(key) {
            Some(Value::List(items)) => Some(items),
            _ => None,
        }
    }

    /// The Region, where a valid one has been said.
    pub fn region(&self) -> Option<Region> {
        Region::parse(self.text(&Key::root("region"))?).ok()
    }

    /// The account of an environment, or the shared one for `None`, where a valid one has been said.
    pub fn account(&self, place: Option<&EnvironmentName>) -> Option<AccountId> {
        AccountId::parse(self.text(&Key::place(place, "account"))?).ok()
    }

    /// How to reach the account of an environment, or the shared one for `None`, as far as it has
    /// been said.
    pub fn access(&self, place: Option<&EnvironmentName>) -> Access {
        let text = |name: &str| self.text(&Key::place(place, name)).map(str::to_owned);
        Access {
            profile: text("profile"),
            role: text("role").and_then(|role| Arn::parse(&role).ok()),
            external_id: text("external_id"),
            mfa_serial: text("mfa_serial"),
        }
    }

    /// Lays another draft over this one: what the other says counts.
    pub fn overlay(&mut self, other: Draft) {
        for name in other.environments.into_keys() {
            self.add_environment(name);
        }
        self.entries.extend(other.entries);
        self.reading.extend(other.reading);
    }

    /// The keys that a blueprint cannot do without and that nothing has been said for, in the order
    /// of the file. Without any environment, `environment` itself is not among them.
    pub fn missing(&self) -> Vec<Key> {
        let mut tables = vec![Table::Root, Table::Shared, Table::Source];
        for name in self.environments() {
            tables.extend(schema::environment_tables(name));
        }
        let mut missing = Vec::new();
        for table in tables {
            for field in schema::fields(&table) {
                let key = Key::new(table.clone(), field.name);
                let needed = field.required || check::needed_by_strategy(self, &key);
                if needed && !self.has(&key) {
                    missing.push(key);
                }
            }
        }
        missing
    }

    /// Everything that is wrong with what has been said so far; what is missing is not wrong.
    pub fn problems(&self) -> Vec<Problem> {
        check::problems(self)
    }

    /// What is unusual but possible.
    pub fn suspicions(&self) -> Vec<Problem> {
        check::suspicions(self)
    }

    /// What is unusual about accounts, Region and the like: can be told as soon as it is said, while
    /// [`Draft::suspicions`] makes sense only when everything is.
    pub fn early_suspicions(&self) -> Vec<Problem> {
        check::early_suspicions(self)
    }

    /// What is wrong with a value, if it were said: the value by itself, and everything that it would
    /// make wrong elsewhere.
    pub fn problems_of(&self, key: &Key, typed: &str) -> Vec<Problem> {
        let mut before = self.clone();
        before.unset(key);
        let mut after = before.clone();
        if let Err(expected) = after.set_typed(key.clone(), typed, Origin::Answer) {
            return vec![Problem::new(key.clone(), expected, "", "")];
        }
        let known: BTreeSet<String> = before.problems().into_iter().map(|p| p.message).collect();
        after
            .problems()
            .into_iter()
            .filter(|problem| !known.contains(&problem.message))
            .collect()
    }

    /// Everything that is wrong with what has been said, as errors with their places.
    pub fn errors(&self) -> Vec<BlueprintError> {
        let mut errors = self.reading.clone();
        errors.extend(
            self.problems()
                .into_iter()
                .map(|problem| self.locate(problem, false)),
        );
        errors.sort_by_key(|error| {
            error
                .labels
                .first()
                .map_or(usize::MAX, |label| label.span.start)
        });
        errors
    }

    /// What is unusual but possible, with its places.
    pub fn warnings(&self) -> Vec<BlueprintError> {
        self.suspicions()
            .into_iter()
            .map(|problem| self.locate(problem, true))
            .collect()
    }

    /// The finished blueprint, with every default filled in.
    ///
    /// # Errors
    /// Everything that is wrong and everything that is missing.
    pub fn finish(&self) -> Result<Blueprint, BlueprintErrors> {
        let mut errors = self.errors();
        if !self.broken {
            errors.extend(self.missing_errors());
        }
        if errors.is_empty() {
            match finish::finish(self) {
                Ok(blueprint) => return Ok(blueprint),
                Err(problem) => errors.push(self.locate(problem, false)),
            }
        }
        Err(self.bundle(errors))
    }

    /// Errors as one value.
    pub fn bundle(&self, errors: Vec<BlueprintError>) -> BlueprintErrors {
        BlueprintErrors {
            file: self.source.as_ref().map(|source| source.name().to_owned()),
            errors,
        }
    }

    fn missing_errors(&self) -> Vec<BlueprintError> {
        let mut by_table: IndexMap<Table, Vec<Key>> = IndexMap::new();
        for key in self.missing() {
            by_table.entry(key.table.clone()).or_default().push(key);
        }
        let mut errors = Vec::new();
        if self.environments.is_empty() {
            errors.push(self.error_at(
                "no environment is described: a pipeline needs at least one account to deploy to".to_owned(),
                None,
                "add a table [environment.dev] with account, branch and [environment.dev.deploy], or give --environment dev".to_owned(),
            ));
        }
        for (table, keys) in by_table {
            let list = |each: fn(&Key) -> String| keys.iter().map(each).collect::<Vec<_>>();
            let names = list(|key| key.name.clone()).join(", ");
            let verb = if keys.len() == 1 { "is" } else { "are" };
            let because = match keys.first() {
                Some(key) if check::needed_by_strategy(self, key) => {
                    " (strategy codedeploy-blue-green needs two target groups and a listener)"
                }
                _ => "",
            };
            let lines = list(|key| format!("{} = {}", key.name, example(&key.name))).join(", ");
            let flags = list(Key::flag).join(" ");
            errors.push(self.error_at(
                match &table {
                    Table::Root => format!("{names} {verb} missing"),
                    table => format!("{names} {verb} missing in {table}{because}"),
                },
                self.tables.get(&table).cloned(),
                match &table {
                    Table::Root => format!("add {lines} at the top, or give {flags}"),
                    table => format!("add {lines} to {table}, or give {flags}"),
                },
            ));
        }
        errors
    }

    fn error_at(
        &self,
        message: String,
        span: Option<Range<usize>>,
        help: String,
    ) -> BlueprintError {
        let labels = match (self.file_text(), span) {
            (Some(text), Some(span)) => vec![Label::new(text, span, "here")],
            _ => Vec::new(),
        };
        BlueprintError {
            message,
            labels,
            help: Some(help),
            key: None,
            source: self.source.clone(),
            suspicion: false,
        }
    }

    pub(super) fn locate(&self, problem: Problem, suspicion: bool) -> BlueprintError {
        let mut labels = Vec::new();
        let mut said = Vec::new();
        for (key, label) in &problem.at {
            match (
                self.entries.get(key).map(|entry| &entry.origin),
                self.file_text(),
            ) {
                (Some(Origin::File { value, .. }), Some(text)) => {
                    labels.push(Label::new(text, value.clone(), label.clone()));
                }
                (Some(Origin::Flag), _) => said.push(key.flag()),
                _ => {}
            }
        }
        let mut message = problem.message;
        if labels.is_empty() && !said.is_empty() {
            message.push_str(&format!(" (given as {})", said.join(" ")));
        }
        BlueprintError {
            message,
            labels,
            help: Some(problem.help).filter(|help| !help.is_empty()),
            key: problem.at.first().map(|(key, _)| key.clone()),
            source: self.source.clone(),
            suspicion,
        }
    }
}

/// A value as an example of what to write for a missing key.
fn example(name: &str) -> &'static str {
    match name {
        "application" => "\"awssdk-iam\"",
        "organization" => "\"bys\"",
        "region" => "\"ap-northeast-2\"",
        "account" => "\"123456789012\"",
        "branch" => "\"develop\"",
        "provider" => "\"codecommit\"",
        "target_groups" => "[\"first\", \"second\"]",
        "listener" => "\"arn:aws:elasticloadbalancing:...:listener/app/...\"",
        _ => "\"...\"",
    }
}
