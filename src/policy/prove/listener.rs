//! The listener that takes notes for a proof.

use crate::policy::document::{Effect, Statement};
use crate::policy::layer::Place;
use crate::policy::notes::{Doubt, Failing, Notes, Origin};
use crate::policy::principal::Naming;
use crate::policy::truth::Truth;

/// So many statements that do not apply are kept; beyond, the nearest ones stay. A document may have
/// thousands.
const KEPT: usize = 64;

/// What was noted of a statement.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    pub(super) place: Place,
    pub(super) effect: Effect,
    pub(super) truth: Truth,
    pub(super) naming: Option<Naming>,
    pub(super) action_fails: bool,
    pub(super) resource_fails: bool,
    pub(super) principal_fails: bool,
    /// The conditions that fail, by their index in the statement.
    pub(super) conditions: Vec<usize>,
    pub(super) doubts: Vec<String>,
    pub(super) keys: Vec<String>,
}

impl Seen {
    /// How far it is from applying: another action is further than all the rest.
    pub(super) fn distance(&self) -> usize {
        let other = [self.resource_fails, self.principal_fails]
            .iter()
            .filter(|fails| **fails)
            .count();
        self.conditions
            .len()
            .saturating_add(other)
            .saturating_add(if self.action_fails { 100 } else { 0 })
    }

    /// Whether it is worth telling: it is about the action, or all but the action fits.
    pub(super) fn is_near(&self) -> bool {
        !self.action_fails
            || !(self.resource_fails || self.principal_fails || !self.conditions.is_empty())
    }
}

/// What belongs to no statement.
#[derive(Debug, Default)]
pub(super) struct General {
    pub(super) keys: Vec<String>,
    pub(super) doubts: Vec<String>,
}

/// Notes of a whole decision.
#[derive(Debug, Default)]
pub(super) struct Listener {
    pub(super) seen: Vec<Seen>,
    pub(super) general: General,
    now: Option<Seen>,
    /// How many that do not apply are among those kept.
    missing: usize,
}

impl Notes for Listener {
    const THOROUGH: bool = true;

    fn begin(&mut self, origin: Origin, statement: &Statement) {
        self.now = Some(Seen {
            place: Place {
                layer: origin.layer,
                level: origin.level,
                document: origin.document,
                statement: statement.index,
            },
            effect: statement.effect,
            truth: Truth::False,
            naming: None,
            action_fails: false,
            resource_fails: false,
            principal_fails: false,
            conditions: Vec::new(),
            doubts: Vec::new(),
            keys: Vec::new(),
        });
    }

    fn doubt(&mut self, doubt: Doubt<'_>) {
        let told = doubt.to_string();
        let doubts = match &mut self.now {
            Some(seen) => &mut seen.doubts,
            None => &mut self.general.doubts,
        };
        if !doubts.contains(&told) {
            doubts.push(told);
        }
    }

    fn missing(&mut self, key: &str) {
        let keys = match &mut self.now {
            Some(seen) => &mut seen.keys,
            None => &mut self.general.keys,
        };
        if !keys.iter().any(|known| known == key) {
            keys.push(key.to_owned());
        }
    }

    fn failing(&mut self, failing: Failing) {
        let Some(seen) = &mut self.now else { return };
        match failing {
            Failing::Action => seen.action_fails = true,
            Failing::Resource => seen.resource_fails = true,
            Failing::Principal => seen.principal_fails = true,
            Failing::Condition(index) => seen.conditions.push(index),
        }
    }

    fn end(&mut self, truth: Truth, naming: Option<Naming>) {
        let Some(mut seen) = self.now.take() else {
            return;
        };
        seen.truth = truth;
        seen.naming = naming;
        if truth == Truth::False {
            if seen.effect == Effect::Deny || !seen.is_near() {
                return;
            }
            seen.doubts.clear();
            seen.keys.clear();
            self.missing = self.missing.saturating_add(1);
            if self.missing > KEPT {
                // One that is nearer takes the place of the farthest.
                let farthest = self
                    .seen
                    .iter_mut()
                    .filter(|other| {
                        other.truth == Truth::False && other.place.layer == seen.place.layer
                    })
                    .max_by_key(|other| other.distance());
                if let Some(other) = farthest
                    && other.distance() > seen.distance()
                {
                    *other = seen;
                }
                return;
            }
        }
        self.seen.push(seen);
    }
}
