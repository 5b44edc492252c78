//! Actions that there are not, and actions that are listed twice.

use std::collections::HashMap;

use super::known::Entry;
use super::view::{Entries, Statement};
use super::{Reviewer, listed};
use crate::policy::actions::{self, data_version};
use crate::policy::problem::Rule;

impl Reviewer<'_> {
    /// Names and patterns that are none of an action.
    pub(super) fn actions(&mut self, statement: &Statement<'_>) {
        for (text, spot) in &statement.action.texts {
            let Some((vendor, _)) = text.split_once(':') else {
                continue;
            };
            let wild = text.contains(['*', '?']);
            let found = match &*self.known.entry(text) {
                Entry::Wide if vendor.contains(['*', '?']) => {
                    if actions::matching(text).next().is_some() {
                        continue;
                    }
                    format!("\"{text}\" matches no action of any service")
                }
                Entry::Wide | Entry::Actions(_) => continue,
                Entry::NoService => {
                    // Once is enough for all actions of it.
                    if !self.known.first_time(vendor) {
                        continue;
                    }
                    format!("\"{vendor}\" is no service that is known")
                }
                Entry::NoAction if wild => format!("\"{text}\" matches no action of {vendor}"),
                Entry::NoAction => format!("\"{text}\" is no action of {vendor}"),
            };
            let message = match self.known.nearest(text) {
                Some(near) => format!("{found}; did you mean \"{near}\"?"),
                None => format!(
                    "{found} here (data {}); it may be newer, or gone",
                    data_version()
                ),
            };
            self.suspect(spot, Rule::Action, message);
        }
    }

    /// Entries that another entry of the same element has already said.
    pub(super) fn repeated(&mut self, statement: &Statement<'_>) {
        self.twice(&statement.action, Rule::Action, str::to_ascii_lowercase);
        if let Some(resource) = &statement.resource {
            self.twice(resource, Rule::Resource, str::to_owned);
        }
        // One pattern of many entries is looked at against all of them, so a list made to be slow
        // is left alone.
        const MOST: usize = 1_000_000;
        let (wild, exact): (Vec<_>, Vec<_>) = statement
            .action
            .texts
            .iter()
            .partition(|(text, _)| text.contains(['*', '?']));
        if wild.len().saturating_mul(exact.len()) > MOST {
            return;
        }
        for (pattern, _) in &wild {
            let covered: Vec<_> = exact
                .iter()
                .filter(|(text, _)| actions::pattern_matches(pattern, text))
                .collect();
            let Some((_, first)) = covered.first() else {
                continue;
            };
            let names: Vec<&str> = covered.iter().map(|(text, _)| *text).collect();
            let verb = if names.len() == 1 { "is" } else { "are" };
            let message = format!(
                "{} {verb} part of \"{pattern}\", which is in the same list",
                listed(&names)
            );
            self.suspect(first, Rule::Meaning, message);
        }
    }

    fn twice(&mut self, entries: &Entries<'_>, rule: Rule, form: fn(&str) -> String) {
        let mut seen: HashMap<String, usize> = HashMap::new();
        for (text, spot) in &entries.texts {
            let times = seen.entry(form(text)).or_default();
            *times = times.saturating_add(1);
            if *times == 2 {
                self.suspect(spot, rule, format!("\"{text}\" is listed twice"));
            }
        }
    }
}
