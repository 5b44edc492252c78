//! What is known of the action patterns of a document, each looked up once.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use crate::policy::actions::{
    self, Action, Form, KnownKey, ResourceType, knows_service, own_key, service_key,
};

/// What is known of an entry of `Action`.
pub(super) enum Entry {
    /// Everything of many services: `*`, `*:*`, `*:Get*`. What is true of all of it is not worth saying.
    Wide,
    /// No service has this prefix.
    NoService,
    /// The service is known, and has no such action.
    NoAction,
    /// These actions, at least one.
    Actions(Actions),
}

/// The actions of one entry.
pub(super) struct Actions {
    /// As written.
    pub(super) text: String,
    pub(super) all: Vec<Action>,
    /// The resource types that they take, each once.
    pub(super) types: Vec<&'static ResourceType>,
    /// Whether one of them only works on `"*"`.
    pub(super) typeless: bool,
}

#[derive(Default)]
pub(super) struct Known {
    entries: HashMap<String, Rc<Entry>>,
    keys: HashMap<(String, String), Option<KnownKey>>,
    /// Prefixes that are of no service.
    unknown: HashSet<String>,
    guesses: usize,
    /// By the address of the type, which never moves.
    forms: HashMap<usize, Rc<Form>>,
}

impl Known {
    pub(super) fn entry(&mut self, text: &str) -> Rc<Entry> {
        if let Some(known) = self.entries.get(text) {
            return Rc::clone(known);
        }
        let entry = Rc::new(look_up(text));
        self.entries.insert(text.to_owned(), Rc::clone(&entry));
        entry
    }

    /// What is documented of a condition key that one of the actions of an entry lists.
    pub(super) fn key(&mut self, actions: &Actions, key: &str) -> Option<KnownKey> {
        let name = (actions.text.clone(), key.to_ascii_lowercase());
        if let Some(known) = self.keys.get(&name) {
            return *known;
        }
        // All of them are of one service, and most keys that are missed are of none of its actions.
        let service = actions.all.first().map(Action::service);
        let any = service.and_then(|service| service_key(service, key));
        let mut candidates = actions.all.iter().filter(|_| any.is_some());
        let known = candidates.find_map(|action| {
            own_key(action, key)
                .or_else(|| is_several_pages(action).then(|| service_key(action.service(), key))?)
        });
        self.keys.insert(name, known);
        known
    }

    /// Whether a prefix that is of no service was not met before.
    pub(super) fn first_time(&mut self, vendor: &str) -> bool {
        self.unknown.insert(vendor.to_ascii_lowercase())
    }

    /// What was most likely meant by an action that there is not. Only the first few times: who
    /// has that many mistakes needs another sort of help.
    pub(super) fn nearest(&mut self, text: &str) -> Option<String> {
        self.may_guess().then(|| actions::nearest(text)).flatten()
    }

    /// Whether it is still worth looking for what was meant.
    pub(super) fn may_guess(&mut self) -> bool {
        self.guesses = self.guesses.saturating_add(1);
        self.guesses <= 25
    }

    pub(super) fn form(&mut self, resource_type: &'static ResourceType) -> Rc<Form> {
        let form = self
            .forms
            .entry(address(resource_type))
            .or_insert_with(|| Rc::new(Form::new(resource_type)));
        Rc::clone(form)
    }
}

/// What tells one resource type from another.
pub(super) fn address(resource_type: &'static ResourceType) -> usize {
    std::ptr::from_ref(resource_type).addr()
}

/// Services that the Service Authorization Reference describes on several pages. Where two pages have
/// an action of the same name, the data has that of one page only: what it takes is not known.
fn is_several_pages(action: &Action) -> bool {
    const SEVERAL: &[&str] = &[
        "apigateway",
        "aws-marketplace",
        "elasticloadbalancing",
        "greengrass",
        "lex",
        "ses",
        "wisdom",
    ];
    SEVERAL.contains(&action.service().prefix())
}

fn look_up(text: &str) -> Entry {
    let Some((vendor, _)) = text.split_once(':') else {
        return Entry::Wide;
    };
    if vendor.contains(['*', '?']) {
        return Entry::Wide;
    }
    if !knows_service(vendor) {
        return Entry::NoService;
    }
    let all: Vec<Action> = actions::matching(text).collect();
    if all.is_empty() {
        return Entry::NoAction;
    }
    let mut types: Vec<&'static ResourceType> = Vec::new();
    let mut seen = HashSet::new();
    let mut typeless = false;
    for action in &all {
        let mut taken: Vec<_> = action.resource_types().map(|it| it.resource).collect();
        if is_several_pages(action) && (!taken.is_empty() || action.short_name().contains("Tag")) {
            taken = action.service().resource_types().iter().collect();
        }
        typeless |= taken.is_empty();
        types.extend(taken.into_iter().filter(|it| seen.insert(address(it))));
    }
    Entry::Actions(Actions {
        text: text.to_owned(),
        all,
        types,
        typeless,
    })
}
