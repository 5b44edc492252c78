//! What changes between two documents, statement by statement.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::document::label;
use super::normal::{Content, Element, Item, Normal, NormalStatement};

/// What happens to a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ChangeKind {
    /// It is new.
    Added,
    /// It goes.
    Removed,
    /// It stays, and says something else.
    Changed,
}

/// What changes in one element of a statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ElementChange {
    /// `Action`, `Resource`, `Condition ArnEquals aws:PrincipalArn`, ...
    pub element: String,
    /// Values that go.
    pub removed: Vec<String>,
    /// Values that come.
    pub added: Vec<String>,
}

impl fmt::Display for ElementChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.element)?;
        for value in &self.removed {
            write!(f, " - {value}")?;
        }
        for value in &self.added {
            write!(f, " + {value}")?;
        }
        Ok(())
    }
}

/// What changes in one statement. Of a statement that is added or removed, `elements` is all of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatementChange {
    /// What happens to it.
    pub kind: ChangeKind,
    /// Its `Sid`, or `statement 2` where it has none of its own; `document` for what is outside of
    /// statements.
    pub statement: String,
    /// What it says, or what changes in it.
    pub elements: Vec<ElementChange>,
}

impl StatementChange {
    /// Plain lines, each beginning with `+`, `-` or `~`.
    pub fn lines(&self) -> Vec<String> {
        let sign = match self.kind {
            ChangeKind::Added => '+',
            ChangeKind::Removed => '-',
            ChangeKind::Changed => '~',
        };
        let mut lines = vec![format!("{sign} {}", self.statement)];
        for change in &self.elements {
            let mut push = |sign: char, values: &[String]| {
                if self.kind == ChangeKind::Changed {
                    lines.extend(
                        values
                            .iter()
                            .map(|value| format!("{sign}   {}: {value}", change.element)),
                    );
                } else if !values.is_empty() {
                    lines.push(format!(
                        "{sign}   {}: {}",
                        change.element,
                        values.join(", ")
                    ));
                }
            };
            push('-', &change.removed);
            push('+', &change.added);
            if change.removed.is_empty() && change.added.is_empty() {
                lines.push(format!("{sign}   {}: (empty)", change.element));
            }
        }
        lines
    }
}

impl fmt::Display for StatementChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.lines().join("\n"))
    }
}

/// What changes from one document to another. Empty exactly where
/// [`equivalent`](super::equivalent) holds.
///
/// Statements belong together by their `Sid`. Those without one, or with one that occurs twice, are
/// first compared by what they say; what is left is told by its position. Changed and new statements
/// come in the order of `after`, then the removed ones in the order of `before`.
pub fn diff(before: &Value, after: &Value) -> Vec<StatementChange> {
    let (before, after) = (Normal::of(before), Normal::of(after));
    let document: Vec<ElementChange> = before
        .document_elements(&after)
        .into_iter()
        .map(|(element, removed, added)| ElementChange {
            element: if element.is_empty() {
                "text".to_owned()
            } else {
                element
            },
            removed: removed.into_iter().collect(),
            added: added.into_iter().collect(),
        })
        .collect();
    let mut changes = Vec::new();
    if !document.is_empty() {
        changes.push(StatementChange {
            kind: ChangeKind::Changed,
            statement: "document".to_owned(),
            elements: document,
        });
    }
    changes.extend(Matching::new(&before, &after).changes());
    changes
}

/// Statements that have found no partner yet, by position, and the pairs that differ.
struct Matching<'a> {
    before: BTreeMap<usize, &'a NormalStatement>,
    after: BTreeMap<usize, &'a NormalStatement>,
    pairs: BTreeMap<usize, (&'a NormalStatement, &'a NormalStatement)>,
}

impl<'a> Matching<'a> {
    fn new(before: &'a Normal, after: &'a Normal) -> Self {
        let mut matching = Self {
            before: before.statements.iter().enumerate().collect(),
            after: after.statements.iter().enumerate().collect(),
            pairs: BTreeMap::new(),
        };
        matching.drop_equal();
        matching.pair_where(
            |old, new| {
                old.iter()
                    .find(|(_, statement)| statement.sid.is_some() && statement.sid == new.1.sid)
                    .map(|(position, _)| *position)
            },
            true,
        );
        matching.pair_where(
            |old, new| {
                old.iter()
                    .find(|(_, statement)| statement.content == new.1.content)
                    .map(|(position, _)| *position)
            },
            false,
        );
        matching.pair_where(
            |old, new| {
                old.get(&new.0)
                    .filter(|statement| statement.sid == new.1.sid)
                    .map(|_| new.0)
            },
            false,
        );
        matching
    }

    /// Takes out what is the same on both sides.
    fn drop_equal(&mut self) {
        let mut waiting: BTreeMap<&NormalStatement, Vec<usize>> = BTreeMap::new();
        for (position, statement) in self.before.iter().rev() {
            waiting.entry(*statement).or_default().push(*position);
        }
        self.after.retain(
            |_, statement| match waiting.get_mut(*statement).and_then(Vec::pop) {
                Some(position) => {
                    self.before.remove(&position);
                    false
                }
                None => true,
            },
        );
    }

    /// Pairs what is left by a rule; with `unique`, only statements whose `Sid` nobody else has.
    fn pair_where(
        &mut self,
        partner: impl Fn(
            &BTreeMap<usize, &'a NormalStatement>,
            (usize, &NormalStatement),
        ) -> Option<usize>,
        unique: bool,
    ) {
        let once = |side: &BTreeMap<usize, &'a NormalStatement>, sid: &Option<String>| {
            side.values().filter(|other| other.sid == *sid).count() == 1
        };
        let positions: Vec<usize> = self.after.keys().copied().collect();
        for position in positions {
            let Some(new) = self.after.get(&position).copied() else {
                continue;
            };
            if unique && !(once(&self.before, &new.sid) && once(&self.after, &new.sid)) {
                continue;
            }
            let Some(found) = partner(&self.before, (position, new)) else {
                continue;
            };
            if let Some(old) = self.before.remove(&found) {
                self.after.remove(&position);
                self.pairs.insert(position, (old, new));
            }
        }
    }

    fn changes(self) -> Vec<StatementChange> {
        let mut by_position: BTreeMap<usize, StatementChange> = BTreeMap::new();
        for (position, (old, new)) in self.pairs {
            let mut elements = Vec::new();
            if old.sid != new.sid {
                elements.push(ElementChange {
                    element: "Sid".to_owned(),
                    removed: old.sid.iter().cloned().collect(),
                    added: new.sid.iter().cloned().collect(),
                });
            }
            elements.extend(element_changes(&old.content, &new.content));
            by_position.insert(
                position,
                StatementChange {
                    kind: ChangeKind::Changed,
                    statement: label(new.sid.as_deref(), position),
                    elements,
                },
            );
        }
        let empty = Content::new();
        for (position, new) in self.after {
            by_position.insert(
                position,
                StatementChange {
                    kind: ChangeKind::Added,
                    statement: label(new.sid.as_deref(), position),
                    elements: element_changes(&empty, &new.content),
                },
            );
        }
        let removed = self
            .before
            .into_iter()
            .map(|(position, old)| StatementChange {
                kind: ChangeKind::Removed,
                statement: label(old.sid.as_deref(), position),
                elements: element_changes(&old.content, &empty),
            });
        by_position.into_values().chain(removed).collect()
    }
}

fn element_changes(before: &Content, after: &Content) -> Vec<ElementChange> {
    let keys: BTreeSet<_> = before.keys().chain(after.keys()).collect();
    let nothing = BTreeSet::new();
    let mut changes = Vec::new();
    for key in keys {
        let (old, new) = (before.get(key), after.get(key));
        if old == new {
            continue;
        }
        let old_items = old.map_or(&nothing, |element| &element.items);
        let new_items = new.map_or(&nothing, |element| &element.items);
        let Some(Element { name, .. }) = new.or(old) else {
            continue;
        };
        changes.push(ElementChange {
            element: name.clone(),
            removed: shown(old_items.difference(new_items)),
            added: shown(new_items.difference(old_items)),
        });
    }
    changes
}

fn shown<'a>(items: impl Iterator<Item = &'a Item>) -> Vec<String> {
    items.map(|item| item.shown.clone()).collect()
}
