//! From the text of `crosspipe.toml` to a draft: types and keys are checked here, values in `check`.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use miette::NamedSource;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::ident::EnvironmentName;

use super::draft::{Draft, Entry, Origin};
use super::error::{BlueprintError, Label};
use super::key::{Key, Table, Value};
use super::schema::{self, Kind};

type Row<'a, 'i> = (&'a Spanned<Cow<'i, str>>, &'a Spanned<DeValue<'i>>);

impl Draft {
    /// Reads a draft from the text of a file. Never fails: whatever cannot be used is remembered
    /// and comes out of [`Draft::errors`].
    pub fn read(text: &str, file_name: &str) -> Self {
        let mut draft = Self {
            source: Some(Arc::new(NamedSource::new(file_name, text.to_owned()))),
            ..Self::default()
        };
        let (document, errors) = DeTable::parse_recoverable(text);
        draft.broken = !errors.is_empty();
        for error in errors {
            draft.syntax(&error, text);
        }
        draft.table(&Table::Root, document.get_ref());
        draft
    }

    fn syntax(&mut self, error: &toml::de::Error, text: &str) {
        let span = error.span().unwrap_or(text.len()..text.len());
        let found = text.get(span.clone()).unwrap_or_default();
        let message = error.message().trim();
        let (message, label, help) = if message.starts_with("duplicate key") {
            (
                format!("'{found}' is set twice in the same table: TOML allows it once"),
                "the second one".to_owned(),
                "remove one of the two".to_owned(),
            )
        } else {
            let help = if message.contains("must be quoted") {
                format!("put it in quotes: \"{found}\"")
            } else {
                "texts stand in quotes, tables in [brackets], one key = value in a line".to_owned()
            };
            (format!("this is not TOML: {message}"), "here".to_owned(), help)
        };
        self.complain(message, vec![(span, label)], help, None);
    }

    fn complain(
        &mut self,
        message: String,
        places: Vec<(Range<usize>, String)>,
        help: String,
        key: Option<Key>,
    ) {
        let text = self.file_text().unwrap_or_default();
        let labels = places
            .into_iter()
            .map(|(span, label)| Label::new(text, span, label))
            .collect();
        self.reading.push(BlueprintError {
            message,
            labels,
            help: Some(help),
            key,
            source: self.source.clone(),
            suspicion: false,
        });
    }

    fn table(&mut self, table: &Table, content: &DeTable<'_>) {
        for (name, value) in in_order(content) {
            let key_span = name.span();
            let name = name.get_ref().as_ref();
            if let Some(meant) = self.meant_table(table, name, content) {
                self.unknown(table, name, key_span.clone());
                self.inner_table(table, meant, key_span, value);
                continue;
            }
            if schema::tables(table).contains(&name) {
                self.inner_table(table, name, key_span, value);
                continue;
            }
            let Some(field) = schema::field_of(table, name) else {
                self.unknown(table, name, key_span.clone());
                self.meant_field(table, name, key_span, value.span());
                continue;
            };
            let key = Key::new(table.clone(), name);
            let value_span = value.span();
            let value = match convert(field.kind, value.get_ref()) {
                Ok(value) => value,
                Err(help) => {
                    self.complain(
                        format!(
                            "{key} is {}, where {} is expected",
                            described(value.get_ref()),
                            field.kind.name()
                        ),
                        vec![(value_span.clone(), format!("expected {}", field.kind.name()))],
                        help.unwrap_or_else(|| format!("for example {} = {}", field.name, field.kind.example())),
                        Some(key.clone()),
                    );
                    Value::Unusable
                }
            };
            let origin = Origin::File {
                key: key_span,
                value: value_span,
            };
            self.entries.insert(key, Entry { value, origin });
        }
    }

    fn inner_table(
        &mut self,
        table: &Table,
        name: &str,
        key_span: Range<usize>,
        value: &Spanned<DeValue<'_>>,
    ) {
        let Some(content) = value.get_ref().as_table() else {
            self.broken = true;
            let path: Vec<&str> = table.path().into_iter().chain([name]).collect();
            self.complain(
                format!(
                    "{} is {}, where a table is expected",
                    path.join("."),
                    described(value.get_ref())
                ),
                vec![(value.span(), "expected a table".to_owned())],
                format!("write it as a table: a line [{}] and its keys below", path.join(".")),
                None,
            );
            return;
        };
        let inner = match (table, name) {
            (Table::Root, "shared") => Table::Shared,
            (Table::Root, "source") => Table::Source,
            (Table::Root, "build") => Table::Build,
            (Table::Root, "names") => Table::Names,
            (Table::Root, "tags") => Table::Tags,
            (Table::Root, _) => return self.environment_tables(content),
            (Table::Environment(environment), "deploy") => Table::Deploy(environment.clone()),
            (Table::Environment(environment), _) => Table::Container(environment.clone()),
            _ => return,
        };
        self.tables.insert(inner.clone(), key_span);
        self.table(&inner, content);
    }

    fn environment_tables(&mut self, content: &DeTable<'_>) {
        for (name, value) in in_order(content) {
            let span = name.span();
            let typed = name.get_ref().as_ref();
            let environment = match EnvironmentName::parse(typed) {
                Ok(environment) => environment,
                Err(error) => {
                    let help = match &error.suggestion {
                        Some(name) => format!("write [environment.{name}]"),
                        None => "for example [environment.dev]".to_owned(),
                    };
                    self.complain(
                        format!("'{typed}' cannot be an environment: {error}"),
                        vec![(span.clone(), "not a name for an environment".to_owned())],
                        help,
                        None,
                    );
                    // What is inside is read under the name that was meant, so that its mistakes
                    // show as well.
                    match error.suggestion.and_then(|name| EnvironmentName::parse(&name).ok()) {
                        Some(meant) => meant,
                        None => {
                            self.broken = true;
                            continue;
                        }
                    }
                }
            };
            let Some(content) = value.get_ref().as_table() else {
                self.complain(
                    format!(
                        "environment.{typed} is {}, where a table is expected",
                        described(value.get_ref())
                    ),
                    vec![(value.span(), "expected a table".to_owned())],
                    format!("write a line [environment.{typed}] and below it account = \"...\", branch = \"...\""),
                    None,
                );
                self.broken = true;
                continue;
            };
            self.environments.insert(environment.clone(), Some(span.clone()));
            let [own, deploy, container] = schema::environment_tables(&environment);
            for table in [&deploy, &container, &own] {
                self.tables.insert(table.clone(), span.clone());
            }
            self.table(&own, content);
        }
    }

    /// The table that a misspelt one was meant to be, so that its mistakes show as well.
    fn meant_table(&self, table: &Table, name: &str, content: &DeTable<'_>) -> Option<&'static str> {
        if schema::names(table).contains(&name) {
            return None;
        }
        let meant = schema::nearest(name, schema::tables(table).iter().copied())?;
        let there = content.iter().any(|(key, _)| key.get_ref().as_ref() == meant);
        (!there).then_some(meant)
    }

    /// A misspelt key counts as said, so that it is not reported as missing, too.
    fn meant_field(&mut self, table: &Table, name: &str, key: Range<usize>, value: Range<usize>) {
        let Some(meant) = schema::nearest(name, schema::names(table)) else {
            return;
        };
        if schema::field_of(table, meant).is_some() {
            self.entries
                .entry(Key::new(table.clone(), meant))
                .or_insert(Entry {
                    value: Value::Unusable,
                    origin: Origin::File { key, value },
                });
        }
    }

    fn unknown(&mut self, table: &Table, name: &str, span: Range<usize>) {
        let names = schema::names(table);
        let help = match schema::nearest(name, names.iter().copied()) {
            Some(meant) => format!("did you mean '{meant}'?"),
            None => match elsewhere(table, name) {
                Some(place) => format!("'{name}' belongs into {place}"),
                None => format!("known here: {}", names.join(", ")),
            },
        };
        self.complain(
            match table {
                Table::Root => format!("'{name}' is not a key or table of a blueprint"),
                table => format!("'{name}' is not a key of {table}"),
            },
            vec![(span, "unknown key".to_owned())],
            help,
            None,
        );
    }
}

/// The rows of a table in the order of the file.
fn in_order<'a, 'i>(table: &'a DeTable<'i>) -> Vec<Row<'a, 'i>> {
    let mut rows: Vec<Row<'a, 'i>> = table.iter().collect();
    rows.sort_by_key(|(key, _)| key.span().start);
    rows
}

fn convert(kind: Kind, value: &DeValue<'_>) -> Result<Value, Option<String>> {
    match (kind, value) {
        (Kind::Text, DeValue::String(text)) => Ok(Value::Text(text.to_string())),
        (Kind::Text, DeValue::Integer(number)) => {
            Err(Some(format!("put it in quotes: \"{}\"", number.as_str())))
        }
        (Kind::Number, DeValue::Integer(number)) => {
            i64::from_str_radix(number.as_str(), number.radix())
                .map(Value::Number)
                .map_err(|_| Some("the number is too large".to_owned()))
        }
        (Kind::Number, DeValue::String(text)) if text.parse::<i64>().is_ok() => {
            Err(Some(format!("leave the quotes out: {text}")))
        }
        (Kind::Truth, DeValue::Boolean(truth)) => Ok(Value::Truth(*truth)),
        (Kind::Truth, DeValue::String(text)) if text == "true" || text == "false" => {
            Err(Some(format!("leave the quotes out: {text}")))
        }
        (Kind::List, DeValue::Array(items)) => items
            .iter()
            .map(|item| item.get_ref().as_str().map(str::to_owned))
            .collect::<Option<Vec<String>>>()
            .map(Value::List)
            .ok_or_else(|| Some("every item of the list is a text in quotes".to_owned())),
        _ => Err(None),
    }
}

fn described(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "a number without quotes",
        DeValue::Float(_) => "a number with a fraction",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date or time",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

/// The table that a key of another table was meant for.
fn elsewhere(here: &Table, name: &str) -> Option<String> {
    let environment = here.environment().cloned().or_else(|| EnvironmentName::parse("dev").ok())?;
    let mut places = vec![Table::Root, Table::Source, Table::Build, Table::Shared];
    places.extend(schema::environment_tables(&environment));
    places
        .into_iter()
        .find(|table| table != here && schema::names(table).contains(&name))
        .map(|table| table.to_string())
}
