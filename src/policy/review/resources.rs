//! Actions on resources that they are never asked for on.

use std::collections::HashMap;
use std::rc::Rc;

use super::known::{Actions, Entry, address};
use super::view::{Entries, Statement};
use super::{Reviewer, listed};
use crate::policy::actions::Pattern;
use crate::policy::document::Effect;
use crate::policy::limits::Kind;
use crate::policy::problem::Rule;

impl Reviewer<'_> {
    /// Looks at each action with all resources of the statement, and then at each resource with all
    /// actions. In a key policy the one resource is the key.
    pub(super) fn resources(&mut self, statement: &Statement<'_>) {
        let Some(resource) = statement.resource.as_ref().filter(|it| !it.negated) else {
            return;
        };
        if statement.action.negated || self.kind == Kind::KeyPolicy {
            return;
        }
        let patterns: Vec<Pattern> = resource
            .texts
            .iter()
            .map(|(text, _)| Pattern::new(text))
            .collect();
        if patterns.iter().any(Pattern::is_everything) {
            return;
        }
        let entries: Vec<Rc<Entry>> = statement
            .action
            .texts
            .iter()
            .map(|(text, _)| self.known.entry(text))
            .collect();
        let reach = self.reach(&entries, &patterns);
        let mut alive = false;
        for ((_, spot), entry) in statement.action.texts.iter().zip(&entries) {
            match &**entry {
                Entry::Actions(actions) if reach.has(actions) => alive = true,
                Entry::Actions(actions) => {
                    let message = dead_action(actions, statement);
                    self.suspect(spot, Rule::Resource, message);
                }
                Entry::Wide | Entry::NoService | Entry::NoAction => {}
            }
        }
        let known = entries.iter().all(|it| matches!(**it, Entry::Actions(_)));
        if alive && known {
            self.dead_resources(resource, &reach);
        }
    }

    /// Compares every resource type that the actions take with every resource, each pair once.
    fn reach(&mut self, entries: &[Rc<Entry>], patterns: &[Pattern]) -> Reached {
        let mut reached = Reached {
            types: HashMap::new(),
            patterns: vec![false; patterns.len()],
        };
        for entry in entries {
            let Entry::Actions(actions) = &**entry else {
                continue;
            };
            for resource_type in &actions.types {
                if reached.types.contains_key(&address(resource_type)) {
                    continue;
                }
                let form = self.known.form(resource_type);
                let mut any = false;
                for (pattern, known) in patterns.iter().zip(&mut reached.patterns) {
                    let meets = pattern.may_reach(&form);
                    any |= meets;
                    *known |= meets;
                }
                reached.types.insert(address(resource_type), any);
            }
        }
        reached
    }

    fn dead_resources(&mut self, resource: &Entries<'_>, reached: &Reached) {
        for ((text, spot), reached) in resource.texts.iter().zip(&reached.patterns) {
            if !reached {
                let message = format!("no action of this statement works on \"{text}\"");
                self.suspect(spot, Rule::Resource, message);
            }
        }
    }
}

/// Which resource types of the actions, and which resources of the statement, have met.
struct Reached {
    types: HashMap<usize, bool>,
    patterns: Vec<bool>,
}

impl Reached {
    fn has(&self, actions: &Actions) -> bool {
        let mut types = actions.types.iter();
        types.any(|it| self.types.get(&address(it)) == Some(&true))
    }
}

fn dead_action(actions: &Actions, statement: &Statement<'_>) -> String {
    let name = &actions.text;
    let effect = match statement.effect {
        Effect::Allow => "it is not allowed here",
        Effect::Deny => "it is not denied here",
    };
    if actions.types.is_empty() {
        return format!("{name} has no resource types, so only Resource \"*\" matches; {effect}");
    }
    let mut works_on: Vec<&str> = actions
        .types
        .iter()
        .flat_map(|it| it.arns.iter().map(String::as_str))
        .collect();
    if actions.typeless {
        works_on.push("\"*\"");
    }
    format!(
        "{name} works on {}, and no Resource of this statement is that; {effect}",
        listed(&works_on)
    )
}
