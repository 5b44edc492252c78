//! What is known of a service, and how its block is written.
//!
//! ```text
//! condition keys, one a line: type letter, key; ":x" stands for "prefix:x"
//! (empty line)
//! sets of condition keys, one a line: indices and ranges of them, "0 2-4"
//! (empty line)
//! resource types: name TAB ARNs TAB set; "arn:${Partition}:" is left out
//! (empty line)
//! actions, without regard to case in the order of their names:
//!     name TAB level letter, set TAB resource types TAB dependent actions
//! a resource type of an action: index, "!" if it is required, ":set", "+dependent,dependent"
//! ```
//!
//! A set is the index of its line, or nothing when it is empty. Needs nothing but `std`: the tool that
//! writes the blocks reads them back with these same lines.

use std::cmp::Ordering;

/// A service, and everything in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    prefix: &'static str,
    name: &'static str,
    keys: Vec<ConditionKey>,
    sets: Vec<Vec<usize>>,
    types: Vec<ResourceType>,
    entries: Vec<Entry>,
}

/// A condition key, or a template for many.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConditionKey {
    /// As AWS writes it. `${...}` and `<...>` stand for any text, as in `aws:ResourceTag/${TagKey}`.
    pub name: String,
    /// What its values are.
    pub value: ValueType,
    /// Whether a request may carry several values.
    pub multiple: bool,
}

/// What the values of a condition key are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ValueType {
    /// Text.
    String,
    /// An ARN.
    Arn,
    /// `true` or `false`.
    Bool,
    /// A number.
    Numeric,
    /// A date.
    Date,
    /// An address.
    IpAddress,
    /// Bytes.
    Binary,
}

/// A kind of resource that actions of a service work on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceType {
    /// As AWS writes it.
    pub name: &'static str,
    /// The forms of its ARN, as AWS writes them: `arn:${Partition}:s3:::${BucketName}`.
    pub arns: Vec<String>,
    keys: Option<usize>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    name: &'static str,
    level: AccessLevel,
    keys: Option<usize>,
    types: Vec<EntryType>,
    dependent: Vec<&'static str>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct EntryType {
    index: usize,
    required: bool,
    keys: Option<usize>,
    dependent: Vec<&'static str>,
}

/// What an action may do.
///
/// Source: Service Authorization Reference, "Actions table", column "Access level".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum AccessLevel {
    /// Shows which resources there are.
    List,
    /// Reads what is in them.
    Read,
    /// Makes, changes or deletes them.
    Write,
    /// Changes their tags.
    Tagging,
    /// Changes who may do what.
    PermissionsManagement,
}

impl AccessLevel {
    /// As AWS writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::List => "List",
            Self::Read => "Read",
            Self::Write => "Write",
            Self::Tagging => "Tagging",
            Self::PermissionsManagement => "Permissions management",
        }
    }
}

/// An action of a service.
#[derive(Debug, Clone, Copy)]
pub struct Action {
    service: &'static Service,
    entry: &'static Entry,
}

impl PartialEq for Action {
    fn eq(&self, other: &Self) -> bool {
        self.service.prefix == other.service.prefix && self.entry.name == other.entry.name
    }
}

impl Eq for Action {}

/// A resource type as one action takes it.
#[derive(Debug, Clone, Copy)]
pub struct Takes {
    /// The action's service.
    service: &'static Service,
    entry: &'static EntryType,
    /// The resource type.
    pub resource: &'static ResourceType,
}

impl Takes {
    /// Whether the action needs one of this type.
    pub fn required(&self) -> bool {
        self.entry.required
    }

    /// The condition keys that the action has for this resource type: those of the pair, and those of
    /// the type itself.
    pub fn condition_keys(&self) -> impl Iterator<Item = &'static ConditionKey> + use<> {
        let service = self.service;
        service
            .set(self.entry.keys)
            .chain(service.set(self.resource.keys))
    }

    /// Actions that the caller must be allowed as well, when a resource of this type is meant.
    pub fn dependent_actions(&self) -> &'static [&'static str] {
        &self.entry.dependent
    }
}

impl Action {
    /// The whole name, as AWS writes it: `s3:GetObject`.
    pub fn name(&self) -> String {
        format!("{}:{}", self.service.prefix, self.entry.name)
    }

    /// The name without its service: `GetObject`.
    pub fn short_name(&self) -> &'static str {
        self.entry.name
    }

    /// Its service.
    pub fn service(&self) -> &'static Service {
        self.service
    }

    /// What it may do.
    pub fn level(&self) -> AccessLevel {
        self.entry.level
    }

    /// The resource types that it takes; none if it only works on `"*"`.
    pub fn resource_types(&self) -> impl Iterator<Item = Takes> + use<> {
        let service = self.service;
        self.entry.types.iter().filter_map(move |entry| {
            Some(Takes {
                service,
                entry,
                resource: service.types.get(entry.index)?,
            })
        })
    }

    /// Its own condition keys, without those of its resource types and without the global ones.
    pub fn condition_keys(&self) -> impl Iterator<Item = &'static ConditionKey> + use<> {
        self.service.set(self.entry.keys)
    }

    /// Actions that the caller must be allowed as well.
    pub fn dependent_actions(&self) -> &'static [&'static str] {
        &self.entry.dependent
    }
}

impl Service {
    /// What stands before the colon of its actions, in lower case: `s3`.
    pub fn prefix(&self) -> &'static str {
        self.prefix
    }

    /// What AWS calls it: `Amazon S3`.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Its actions, in the order of their names.
    pub fn actions(&'static self) -> impl Iterator<Item = Action> {
        self.entries.iter().map(move |entry| Action {
            service: self,
            entry,
        })
    }

    /// The action of this name, without its service and without regard to case.
    pub fn action(&'static self, name: &str) -> Option<Action> {
        let at = self
            .entries
            .binary_search_by(|entry| cmp_ignore_case(entry.name, name))
            .ok()?;
        Some(Action {
            service: self,
            entry: self.entries.get(at)?,
        })
    }

    /// The kinds of resources that it has.
    pub fn resource_types(&self) -> &[ResourceType] {
        &self.types
    }

    /// Every condition key that an action or a resource type of it has.
    pub fn condition_keys(&self) -> &[ConditionKey] {
        &self.keys
    }

    fn set(&'static self, index: Option<usize>) -> impl Iterator<Item = &'static ConditionKey> {
        index
            .and_then(|index| self.sets.get(index))
            .into_iter()
            .flatten()
            .filter_map(|key| self.keys.get(*key))
    }

    /// Reads the text of a block. `None` if it is not one.
    pub fn read(prefix: &'static str, name: &'static str, text: &'static str) -> Option<Self> {
        let mut lines = text.split('\n');
        let keys: Vec<_> = section(&mut lines)
            .into_iter()
            .map(|line| condition_key(prefix, line))
            .collect::<Option<_>>()?;
        let sets: Vec<Vec<usize>> = section(&mut lines)
            .into_iter()
            .map(|line| set(line, keys.len()))
            .collect::<Option<_>>()?;
        let types: Vec<_> = section(&mut lines)
            .into_iter()
            .map(|line| resource_type(line, sets.len()))
            .collect::<Option<_>>()?;
        let entries: Vec<_> = section(&mut lines)
            .into_iter()
            .map(|line| entry(line, sets.len(), types.len()))
            .collect::<Option<_>>()?;
        let mut names = entries.iter().zip(entries.iter().skip(1));
        let sorted = names.all(|(a, b)| cmp_ignore_case(a.name, b.name).is_lt());
        sorted.then_some(Self {
            prefix,
            name,
            keys,
            sets,
            types,
            entries,
        })
    }
}

/// Compares without regard to the case of ASCII letters.
pub fn cmp_ignore_case(a: &str, b: &str) -> Ordering {
    let lower = |byte: u8| byte.to_ascii_lowercase();
    a.bytes().map(lower).cmp(b.bytes().map(lower))
}

/// The lines up to the next empty one.
fn section<'a>(lines: &mut std::str::Split<'a, char>) -> Vec<&'a str> {
    lines.take_while(|line| !line.is_empty()).collect()
}

fn condition_key(prefix: &str, line: &str) -> Option<ConditionKey> {
    let mut chars = line.chars();
    let letter = chars.next()?;
    let value = match letter.to_ascii_lowercase() {
        's' => ValueType::String,
        'a' => ValueType::Arn,
        'b' => ValueType::Bool,
        'n' => ValueType::Numeric,
        'd' => ValueType::Date,
        'i' => ValueType::IpAddress,
        'y' => ValueType::Binary,
        _ => return None,
    };
    let name = chars.as_str();
    Some(ConditionKey {
        name: if name.starts_with(':') {
            format!("{prefix}{name}")
        } else {
            name.to_owned()
        },
        value,
        multiple: letter.is_ascii_uppercase(),
    })
}

fn set(line: &str, keys: usize) -> Option<Vec<usize>> {
    let mut set = Vec::new();
    for range in line.split(' ') {
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        let (first, last): (usize, usize) = (first.parse().ok()?, last.parse().ok()?);
        if first > last || last >= keys {
            return None;
        }
        set.extend(first..=last);
    }
    Some(set)
}

/// The index of a set, where nothing stands for the empty one.
fn set_index(text: &str, sets: usize) -> Option<Option<usize>> {
    if text.is_empty() {
        return Some(None);
    }
    let index = text.parse().ok()?;
    (index < sets).then_some(Some(index))
}

fn resource_type(line: &'static str, sets: usize) -> Option<ResourceType> {
    let mut fields = line.split('\t');
    let name = fields.next()?;
    let arns = fields
        .next()?
        .split(", ")
        .map(|arn| match arn.strip_prefix("arn:") {
            Some(_) => arn.to_owned(),
            None => format!("arn:${{Partition}}:{arn}"),
        })
        .collect();
    let keys = set_index(fields.next()?, sets)?;
    Some(ResourceType { name, arns, keys })
}

fn entry(line: &'static str, sets: usize, types: usize) -> Option<Entry> {
    let mut fields = line.split('\t');
    let name = fields.next()?;
    let level = fields.next()?;
    let (letter, keys) = level.split_at_checked(1)?;
    let level = match letter {
        "L" => AccessLevel::List,
        "R" => AccessLevel::Read,
        "W" => AccessLevel::Write,
        "T" => AccessLevel::Tagging,
        "P" => AccessLevel::PermissionsManagement,
        _ => return None,
    };
    let taken = fields
        .next()?
        .split(' ')
        .filter(|text| !text.is_empty())
        .map(|text| entry_type(text, sets, types))
        .collect::<Option<_>>()?;
    Some(Entry {
        name,
        level,
        keys: set_index(keys, sets)?,
        types: taken,
        dependent: names(fields.next()?),
    })
}

fn entry_type(text: &'static str, sets: usize, types: usize) -> Option<EntryType> {
    let (text, dependent) = text.split_once('+').unwrap_or((text, ""));
    let (text, keys) = text.split_once(':').unwrap_or((text, ""));
    let (index, required) = match text.strip_suffix('!') {
        Some(index) => (index, true),
        None => (text, false),
    };
    let index = index.parse().ok()?;
    (index < types).then_some(EntryType {
        index,
        required,
        keys: set_index(keys, sets)?,
        dependent: names(dependent),
    })
}

fn names(text: &'static str) -> Vec<&'static str> {
    text.split(',').filter(|name| !name.is_empty()).collect()
}
