//! Goes through commands in their order, with the variables, the credentials and the registry logins that
//! hold at each.

use super::parse::{Command, Item, Join, Node, Parts, parse};
use super::state::{
    Assumed, Ran, State, is_credential, matches, merged, option, set_options, test,
};
use super::word::{DEPTH, UNKNOWN, Word};

/// So many commands are looked at.
const MANY: usize = 4000;

/// Whether a failure is one of the build.
#[derive(Debug, Clone, Copy)]
struct Weight {
    /// The result of this place is the result of the command.
    strict: bool,
    /// `exit` here ends the build.
    fatal: bool,
}

impl Weight {
    const NONE: Self = Self {
        strict: false,
        fatal: false,
    };
}

/// Goes through the commands of a build.
pub(in crate::chain) struct Walk {
    pub ran: Vec<Ran>,
    /// The other programs, which ask nothing of AWS: name and words.
    pub others: Vec<Vec<String>>,
    /// The registry that `aws ecr get-login` logs in to, of the build's own account.
    own_registry: String,
    depth: usize,
}

impl Walk {
    pub fn new(own_registry: String) -> Self {
        Self {
            ran: Vec::new(),
            others: Vec::new(),
            own_registry,
            depth: 0,
        }
    }

    /// One command of a buildspec. Its variables hold for the next one.
    pub fn command(&mut self, text: &str, state: &mut State) {
        if state.ended {
            return;
        }
        let weight = Weight {
            strict: true,
            fatal: true,
        };
        self.items(&parse(text), state, weight);
    }

    fn items(&mut self, items: &[Item], state: &mut State, weight: Weight) -> Option<bool> {
        let mut result = Some(true);
        for (index, item) in items.iter().enumerate() {
            if state.ended || self.ran.len() >= MANY {
                return None;
            }
            let is_last = index + 1 == items.len();
            let strict = weight.strict && is_last || weight.fatal && state.stops_at_errors;
            result = self.item(item, state, Weight { strict, ..weight });
        }
        result
    }

    fn item(&mut self, item: &Item, state: &mut State, weight: Weight) -> Option<bool> {
        let mut result = Some(true);
        for (index, (join, parts)) in item.iter().enumerate() {
            match (join, result) {
                (Join::And, Some(false)) | (Join::Or, Some(true)) => continue,
                // What follows a failure that nobody foresees is not gone into.
                (Join::Or, None) if ends(parts) => continue,
                (Join::And, None) if ends(parts) => continue,
                _ => {}
            }
            let caught = item
                .iter()
                .skip(index + 1)
                .find(|(join, _)| *join == Join::Or)
                .map(|(_, parts)| ends(parts));
            let strict = match caught {
                Some(true) => weight.fatal,
                Some(false) => false,
                None => weight.strict,
            };
            let here = Weight { strict, ..weight };
            if *join == Join::Or && result.is_none() {
                let mut other = state.clone();
                self.parts(parts, &mut other, here);
                *state = merged(vec![state.clone(), other]);
                result = None;
            } else {
                result = self.parts(parts, state, here);
            }
        }
        result
    }

    fn parts(&mut self, parts: &Parts, state: &mut State, weight: Weight) -> Option<bool> {
        let weight = if parts.negated {
            Weight {
                strict: false,
                ..weight
            }
        } else {
            weight
        };
        let result = match parts.nodes.as_slice() {
            [node] => self.node(node, state, weight),
            nodes => {
                for (index, node) in nodes.iter().enumerate() {
                    let is_last = index + 1 == nodes.len();
                    let hands_on = nodes.get(index + 1).is_some_and(is_login);
                    let strict = weight.strict && (is_last || state.pipes_fail || hands_on);
                    // Each part of a pipeline is a process of its own.
                    let mut own = state.clone();
                    let here = Weight {
                        strict,
                        fatal: strict,
                    };
                    self.node(node, &mut own, here);
                    state.keep(own);
                }
                None
            }
        };
        if parts.negated {
            result.map(|it| !it)
        } else {
            result
        }
    }

    fn node(&mut self, node: &Node, state: &mut State, weight: Weight) -> Option<bool> {
        if self.depth >= DEPTH {
            return None;
        }
        self.depth += 1;
        let result = match node {
            Node::Simple(command) => self.simple(command, state, weight),
            Node::Subshell(items) => {
                let mut own = state.clone();
                let inside = Weight {
                    fatal: weight.strict,
                    ..weight
                };
                let result = self.items(items, &mut own, inside);
                state.keep(own);
                result
            }
            Node::Group(items) => self.items(items, state, weight),
            Node::If(branches) => self.branches(branches, state, weight),
            Node::Case(subject, branches) => self.case(subject, branches, state, weight),
            Node::Loop(name, condition, body) => {
                if let Some(name) = name {
                    state.variables.remove(name);
                }
                self.items(condition, state, Weight::NONE);
                let mut inside = state.clone();
                self.items(body, &mut inside, weight);
                inside.ended = false;
                *state = merged(vec![state.clone(), inside]);
                None
            }
        };
        self.depth -= 1;
        result
    }

    fn branches(
        &mut self,
        branches: &[(Option<Vec<Item>>, Vec<Item>)],
        state: &mut State,
        weight: Weight,
    ) -> Option<bool> {
        let mut ways = Vec::new();
        let mut complete = false;
        for (condition, body) in branches {
            let holds = match condition {
                Some(condition) => self.items(condition, state, Weight::NONE),
                None => Some(true),
            };
            if holds == Some(false) {
                continue;
            }
            let mut way = state.clone();
            self.items(body, &mut way, weight);
            ways.push(way);
            if holds == Some(true) {
                complete = true;
                break;
            }
        }
        if !complete {
            ways.push(state.clone());
        }
        *state = merged(ways);
        None
    }

    fn case(
        &mut self,
        subject: &Word,
        branches: &[(Vec<Word>, Vec<Item>)],
        state: &mut State,
        weight: Weight,
    ) -> Option<bool> {
        let value = subject.expand(&state.variables);
        let known = !value.contains(UNKNOWN);
        let mut ways = Vec::new();
        let mut complete = false;
        for (patterns, body) in branches {
            let fits = patterns
                .iter()
                .any(|pattern| matches(&pattern.expand(&state.variables), &value));
            if known && !fits {
                continue;
            }
            let mut way = state.clone();
            self.items(body, &mut way, weight);
            ways.push(way);
            if known || patterns.iter().any(|pattern| pattern.0 == "*") {
                complete = true;
                break;
            }
        }
        if !complete {
            ways.push(state.clone());
        }
        *state = merged(ways);
        None
    }

    fn simple(&mut self, command: &Command, state: &mut State, weight: Weight) -> Option<bool> {
        let assigns = command
            .words
            .iter()
            .take_while(|word| word.assignment().is_some())
            .count();
        let only_assigns = assigns == command.words.len();
        let mut before = state.who.clone();
        for (index, word) in command.words.iter().enumerate() {
            // A substitution's failure is the command's only where there is no other command.
            let counts = only_assigns || (index == assigns && command.words.len() == assigns + 1);
            let here = if counts { weight } else { Weight::NONE };
            self.substitutions(word, state, here);
        }
        if let Some(input) = &command.input {
            self.substitutions(input, state, Weight::NONE);
        }
        let mut local = state.variables.clone();
        let mut takes_on = false;
        for word in command.words.iter().take(assigns) {
            if let Some((name, value)) = word.assignment() {
                takes_on |= is_credential(name);
                let value = value.expand(&local);
                local.insert(name.to_owned(), value);
            }
        }
        if only_assigns {
            state.variables = local;
            if takes_on {
                state.take_on();
            }
            return None;
        }
        let words: Vec<String> = command
            .words
            .iter()
            .skip(assigns)
            .map(|word| word.expand(&local))
            .collect();
        if takes_on {
            before = state.assumed.clone().or(before);
        }
        let plain: Vec<Word> = command.words.iter().skip(assigns).cloned().collect();
        self.program(&words, &plain, before, state, weight)
    }

    fn substitutions(&mut self, word: &Word, state: &mut State, weight: Weight) {
        for text in word.substitutions() {
            if self.depth >= DEPTH {
                return;
            }
            self.depth += 1;
            let mut own = state.clone();
            let here = Weight {
                fatal: weight.strict,
                ..weight
            };
            self.items(&parse(&text), &mut own, here);
            state.keep(own);
            self.depth -= 1;
        }
    }

    fn program(
        &mut self,
        words: &[String],
        plain: &[Word],
        who: Option<Assumed>,
        state: &mut State,
        weight: Weight,
    ) -> Option<bool> {
        let wrappers = wrappers(words);
        let words = words.get(wrappers..).unwrap_or_default();
        let plain = plain.get(wrappers..).unwrap_or_default();
        let name = program_name(words);
        let rest = words.get(1..).unwrap_or_default();
        let rest_plain = plain.get(1..).unwrap_or_default();
        match name {
            "eval" => {
                if plain.iter().any(|word| !word.substitutions().is_empty()) {
                    state.take_on();
                }
                self.items(&parse(&rest.join(" ")), state, weight);
                return None;
            }
            "export" | "declare" | "local" | "readonly" | "typeset" => {
                for word in rest_plain {
                    if let Some((name, value)) = word.assignment() {
                        let value = value.expand(&state.variables);
                        state.variables.insert(name.to_owned(), value);
                        if is_credential(name) {
                            state.take_on();
                        }
                    }
                }
                return Some(true);
            }
            "unset" => {
                for name in rest {
                    state.variables.remove(name);
                    if is_credential(name) {
                        state.who = None;
                    }
                }
                return Some(true);
            }
            "read" => {
                for name in rest.iter().filter(|word| !word.starts_with('-')) {
                    state.variables.remove(name);
                    if is_credential(name) {
                        state.take_on();
                    }
                }
                return None;
            }
            "set" => {
                set_options(rest, state);
                return Some(true);
            }
            "exit" | "return" => {
                state.ended = true;
                state.failed = rest.first().is_some_and(|code| code != "0");
                return None;
            }
            "true" | ":" => return Some(true),
            "false" => return Some(false),
            "[" | "[[" | "test" => return test(words),
            _ => {}
        }
        self.run(name, words, who, state, weight);
        None
    }

    fn run(
        &mut self,
        name: &str,
        words: &[String],
        who: Option<Assumed>,
        state: &mut State,
        weight: Weight,
    ) {
        let mut who = who;
        if let Some(profile) = option(words, "--profile") {
            who = state.profiles.get(&profile).cloned().unwrap_or(who);
        }
        let mut login = None;
        let has = |at: usize, word: &str| words.get(at).is_some_and(|it| it == word);
        if name == "aws" {
            if has(1, "sts") && has(2, "assume-role") {
                state.assumed = option(words, "--role-arn").map(|role| Assumed {
                    role,
                    session: option(words, "--role-session-name").unwrap_or_default(),
                });
            } else if has(1, "configure") && has(2, "set") {
                if has(3, "aws_access_key_id") {
                    match option(words, "--profile") {
                        Some(profile) => {
                            state.profiles.insert(profile, state.assumed.clone());
                        }
                        None => state.take_on(),
                    }
                }
                return;
            } else if has(1, "ecr") && has(2, "get-login-password") {
                state.token = Some(who.clone());
            } else if has(1, "ecr") && has(2, "get-login") {
                let registry = match &who {
                    None => self.own_registry.clone(),
                    Some(other) => other_registry(&self.own_registry, &other.role),
                };
                state.logins.insert(registry, who.clone());
            }
        } else if name == "docker" || name == "podman" || name == "buildah" {
            if has(1, "login") {
                if let Some(host) = words.iter().skip(2).find(|it| it.contains(".dkr.ecr.")) {
                    let host = host.trim_start_matches("https://");
                    let host = host.split('/').next().unwrap_or_default().to_owned();
                    let by = state.token.clone().unwrap_or_else(|| who.clone());
                    state.logins.insert(host, by);
                }
                return;
            }
            let image = words.iter().skip(2).find(|it| it.contains(".dkr.ecr."));
            login = image
                .and_then(|image| image.split('/').next())
                .and_then(|host| state.logins.get(host).cloned());
        } else {
            if self.others.len() < MANY {
                self.others.push(words.to_vec());
            }
            return;
        }
        self.ran.push(Ran {
            words: words.to_vec(),
            who,
            tolerated: !weight.strict,
            login,
        });
    }
}

/// Whether a place ends the script as a failure.
fn ends(parts: &Parts) -> bool {
    fn node_ends(node: &Node) -> bool {
        match node {
            Node::Simple(command) => match command.words.first().map(|word| word.0.as_str()) {
                Some("exit" | "return") => command.words.get(1).is_none_or(|code| code.0 != "0"),
                Some("false") => true,
                _ => false,
            },
            Node::Group(items) => items
                .iter()
                .any(|item| matches!(item.as_slice(), [(_, parts)] if ends(parts))),
            _ => false,
        }
    }
    matches!(parts.nodes.as_slice(), [node] if node_ends(node))
}

fn is_login(node: &Node) -> bool {
    matches!(node, Node::Simple(command) if command.words.iter().any(|word| word.0 == "login"))
}

fn program_name(words: &[String]) -> &str {
    let first = words.first().map_or("", String::as_str);
    first.rsplit('/').next().unwrap_or_default()
}

/// How many words come before the program that they run.
fn wrappers(words: &[String]) -> usize {
    let mut at = 0;
    while let Some(rest) = words.get(at..)
        && matches!(
            program_name(rest),
            "sudo" | "time" | "command" | "exec" | "nohup" | "env"
        )
    {
        let options = rest.iter().skip(1);
        at += 1 + options
            .take_while(|word| word.starts_with('-') || word.contains('='))
            .count();
    }
    at
}

/// The registry of another role's account, named like one's own.
fn other_registry(own: &str, role: &str) -> String {
    let account = crate::chain::scene::account_in(role).unwrap_or_default();
    match own.split_once('.') {
        Some((_, rest)) => format!("{account}.{rest}"),
        None => own.to_owned(),
    }
}
