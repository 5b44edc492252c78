//! A parsed document as texts with their places. The only file of the review that knows how a
//! document is kept.

use serde_json::Value;

use crate::policy::document::{
    ActionEntry, Condition as Parsed, Document, Effect, Listed, PrincipalEntry, ResourceEntry,
    Statement as ParsedStatement,
};
use crate::policy::operator::Operator;
use crate::policy::problem::{ListPlace, Place};

pub(super) struct View<'a> {
    pub(super) statements: Vec<Statement<'a>>,
}

pub(super) struct Statement<'a> {
    pub(super) effect: Effect,
    pub(super) action: Entries<'a>,
    pub(super) resource: Option<Entries<'a>>,
    pub(super) principal: Option<Principal<'a>>,
    pub(super) conditions: Vec<Condition<'a>>,
    /// Whether `${...}` is a variable in this document.
    pub(super) variables: bool,
}

/// An element that lists texts, or its `Not` form.
pub(super) struct Entries<'a> {
    pub(super) negated: bool,
    pub(super) texts: Vec<(&'a str, Spot<'a>)>,
}

pub(super) struct Principal<'a> {
    pub(super) negated: bool,
    pub(super) federated: Vec<&'a str>,
    /// Whether there is anybody else than identity providers.
    pub(super) others: bool,
    pub(super) spot: Spot<'a>,
}

pub(super) struct Condition<'a> {
    pub(super) operator: Operator,
    pub(super) key: &'a str,
    pub(super) values: Vec<&'a str>,
    pub(super) spot: Spot<'a>,
}

/// A place that is only written out when there is something to say of it.
#[derive(Clone)]
pub(super) struct Spot<'a> {
    document: &'a Value,
    statement: Option<usize>,
    keys: [Option<Key<'a>>; 3],
    entry: Option<usize>,
}

#[derive(Clone, Copy)]
enum Key<'a> {
    Text(&'a str),
    Operator(Operator),
}

impl<'a> Spot<'a> {
    fn of(document: &'a Value, index: usize) -> Self {
        let single = document.get("Statement").is_some_and(Value::is_object);
        Self {
            document,
            statement: (!single).then_some(index),
            keys: [None; 3],
            entry: None,
        }
    }

    fn down(&self, keys: [Option<Key<'a>>; 3]) -> Self {
        Self {
            keys,
            ..self.clone()
        }
    }

    fn at(&self, entry: usize) -> Self {
        Self {
            entry: Some(entry),
            ..self.clone()
        }
    }

    /// The element that an entry is in.
    pub(super) fn whole(&self) -> Self {
        Self {
            entry: None,
            ..self.clone()
        }
    }

    pub(super) fn place(&self) -> Place {
        let mut place = Place::root().key("Statement");
        if let Some(index) = self.statement {
            place = place.index(index);
        }
        for key in self.keys.iter().flatten() {
            place = match key {
                Key::Text(text) => place.key(text),
                Key::Operator(operator) => place.key(&operator.to_string()),
            };
        }
        match self.entry {
            Some(entry) => ListPlace::of(self.document, place).at(entry),
            None => place,
        }
    }
}

impl<'a> View<'a> {
    pub(super) fn new(value: &'a Value, document: &'a Document) -> Self {
        let variables = document.knows_variables();
        let statements = document.statements.iter();
        Self {
            statements: statements
                .map(|statement| Statement::new(value, statement, variables))
                .collect(),
        }
    }
}

impl<'a> Statement<'a> {
    fn new(value: &'a Value, parsed: &'a ParsedStatement, variables: bool) -> Self {
        let spot = Spot::of(value, parsed.index);
        Self {
            effect: parsed.effect,
            action: Entries::new(
                &parsed.action,
                &spot,
                ["Action", "NotAction"],
                ActionEntry::text,
            ),
            resource: parsed.resource.as_ref().map(|it| {
                Entries::new(it, &spot, ["Resource", "NotResource"], ResourceEntry::text)
            }),
            principal: parsed
                .principal
                .as_ref()
                .map(|it| Principal::new(it, &spot)),
            conditions: parsed
                .conditions
                .iter()
                .map(|it| Condition::new(it, &spot))
                .collect(),
            variables,
        }
    }
}

impl<'a> Entries<'a> {
    fn new<T>(
        listed: &'a Listed<T>,
        spot: &Spot<'a>,
        names: [&'static str; 2],
        text: fn(&T) -> &str,
    ) -> Self {
        let [plain, not] = names;
        let name = if listed.negated { not } else { plain };
        let spot = spot.down([Some(Key::Text(name)), None, None]);
        Self {
            negated: listed.negated,
            texts: listed
                .entries
                .iter()
                .enumerate()
                .map(|(index, entry)| (text(entry), spot.at(index)))
                .collect(),
        }
    }
}

impl<'a> Principal<'a> {
    fn new(listed: &'a Listed<PrincipalEntry>, spot: &Spot<'a>) -> Self {
        let name = if listed.negated {
            "NotPrincipal"
        } else {
            "Principal"
        };
        let federated: Vec<&str> = listed
            .entries
            .iter()
            .filter_map(|entry| match entry {
                PrincipalEntry::Federated(text) => Some(text.as_str()),
                _ => None,
            })
            .collect();
        Self {
            negated: listed.negated,
            others: federated.len() < listed.entries.len(),
            federated,
            spot: spot.down([Some(Key::Text(name)), None, None]),
        }
    }
}

impl<'a> Condition<'a> {
    fn new(parsed: &'a Parsed, spot: &Spot<'a>) -> Self {
        let key = parsed.key();
        Self {
            operator: parsed.operator(),
            key,
            values: parsed.values().collect(),
            spot: spot.down([
                Some(Key::Text("Condition")),
                Some(Key::Operator(parsed.operator())),
                Some(Key::Text(key)),
            ]),
        }
    }
}
