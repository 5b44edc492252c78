//! What holds between two commands: variables, credentials, logins.

use std::collections::BTreeMap;

use super::word::UNKNOWN;
use crate::chain::scene::Variables;

/// A role that the commands have taken on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::chain) struct Assumed {
    pub role: String,
    pub session: String,
}

/// A program that was run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::chain) struct Ran {
    /// Its name and words.
    pub words: Vec<String>,
    /// The role in whose name; `None` for that of the build.
    pub who: Option<Assumed>,
    /// Whether the build goes on when it fails.
    pub tolerated: bool,
    /// Where it speaks to a registry: who logged in there, if anybody did.
    pub login: Option<Option<Assumed>>,
}

/// What holds between two commands.
#[derive(Debug, Clone, Default)]
pub(in crate::chain) struct State {
    pub variables: Variables,
    /// Whose credentials the environment has.
    pub(super) who: Option<Assumed>,
    /// The role that `aws sts assume-role` was asked for last.
    pub(super) assumed: Option<Assumed>,
    /// Who asked for the registry's password last.
    pub(super) token: Option<Option<Assumed>>,
    /// Who logged in, by registry.
    pub(super) logins: BTreeMap<String, Option<Assumed>>,
    pub(super) profiles: BTreeMap<String, Option<Assumed>>,
    pub(super) stops_at_errors: bool,
    pub(super) pipes_fail: bool,
    pub(super) ended: bool,
    /// Whether an `exit` that ended it said that it has failed.
    pub(super) failed: bool,
}

impl State {
    /// Whether the script has ended as a failure by its own word.
    pub fn has_failed(&self) -> bool {
        self.ended && self.failed
    }

    /// The environment's credentials become those of the role that was asked for last.
    pub(super) fn take_on(&mut self) {
        if self.assumed.is_some() {
            self.who = self.assumed.clone();
        }
    }

    /// What a process of its own leaves behind: nothing of its variables.
    pub(super) fn keep(&mut self, other: Self) {
        self.assumed = other.assumed;
        self.token = other.token;
        self.logins = other.logins;
        self.profiles = other.profiles;
    }
}

/// What holds whichever way was taken.
pub(super) fn merged(ways: Vec<State>) -> State {
    let (over, going): (Vec<State>, Vec<State>) = ways.into_iter().partition(|way| way.ended);
    let mut ways = if going.is_empty() { over } else { going }.into_iter();
    let Some(mut one) = ways.next() else {
        return State::default();
    };
    for other in ways {
        one.variables
            .retain(|name, value| other.variables.get(name) == Some(value));
        one.who = other.who.or(one.who);
        one.assumed = other.assumed.or(one.assumed);
        one.token = other.token.or(one.token);
        one.logins.extend(other.logins);
        one.profiles.extend(other.profiles);
        one.stops_at_errors &= other.stops_at_errors;
        one.pipes_fail |= other.pipes_fail;
    }
    one
}

pub(super) fn is_credential(name: &str) -> bool {
    matches!(name, "AWS_ACCESS_KEY_ID" | "AWS_SESSION_TOKEN")
}

pub(super) fn set_options(words: &[String], state: &mut State) {
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let on = word.starts_with('-');
        let letters = word.trim_start_matches(['-', '+']);
        if letters.contains('e') {
            state.stops_at_errors = on;
        }
        if letters.contains('o') {
            match words.next().map(String::as_str) {
                Some("pipefail") => state.pipes_fail = on,
                Some("errexit") => state.stops_at_errors = on,
                _ => {}
            }
        }
    }
}

/// What a plain test says, where both sides are known.
pub(super) fn test(words: &[String]) -> Option<bool> {
    let words: Vec<&str> = words
        .iter()
        .skip(1)
        .map(String::as_str)
        .filter(|word| !matches!(*word, "]" | "]]"))
        .collect();
    let negations = words.iter().take_while(|word| **word == "!").count();
    let known = |text: &&str| !text.contains(UNKNOWN);
    let holds = match words.get(negations..).unwrap_or_default() {
        [left, "=" | "==", right] if known(left) && known(right) => matches(right, left),
        [left, "!=", right] if known(left) && known(right) => !matches(right, left),
        ["-z", value] if known(value) => value.is_empty(),
        ["-n", value] if known(value) => !value.is_empty(),
        _ => return None,
    };
    Some(holds ^ (negations % 2 == 1))
}

/// Whether a pattern of the shell (`*` and `?`) matches a text.
pub(super) fn matches(pattern: &str, text: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let text: Vec<char> = text.chars().collect();
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while let Some(letter) = text.get(t) {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p + 1, t));
                p += 1;
            }
            Some('?') => {
                p += 1;
                t += 1;
            }
            Some(wanted) if wanted == letter => {
                p += 1;
                t += 1;
            }
            _ => match star {
                Some((after, from)) => {
                    star = Some((after, from + 1));
                    p = after;
                    t = from + 1;
                }
                None => return false,
            },
        }
    }
    pattern
        .get(p..)
        .unwrap_or_default()
        .iter()
        .all(|it| *it == '*')
}

/// The value of `--name value` or `--name=value`.
pub(in crate::chain) fn option(words: &[String], name: &str) -> Option<String> {
    let mut words = words.iter();
    while let Some(word) = words.next() {
        if word == name {
            return words.next().cloned();
        }
        if let Some(value) = word.strip_prefix(name).and_then(|it| it.strip_prefix('=')) {
            return Some(value.to_owned());
        }
    }
    None
}
