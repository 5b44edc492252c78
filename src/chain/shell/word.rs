//! A word of the shell, with its quotes still in it, and what it stands for.

use crate::chain::scene::Variables;

/// Stands for what cannot be known.
pub(in crate::chain) const UNKNOWN: char = '\u{FFFC}';

/// So deep may words and commands be nested in each other.
pub(super) const DEPTH: usize = 24;

/// A word as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::chain) struct Word(pub String);

impl Word {
    /// What the word stands for.
    pub fn expand(&self, variables: &Variables) -> String {
        let mut out = String::new();
        expand(&self.0, variables, &mut out, 0);
        out
    }

    /// The commands of its substitutions, as text.
    pub fn substitutions(&self) -> Vec<String> {
        let mut found = Vec::new();
        let letters: Vec<char> = self.0.chars().collect();
        let mut at = 0;
        let mut single = false;
        let mut double = false;
        while let Some(letter) = letters.get(at) {
            match letter {
                '\\' if !single => at += 1,
                '\'' if !double => single = !single,
                '"' if !single => double = !double,
                '`' if !single => {
                    let (inner, next) = backquoted(&letters, at);
                    found.push(inner);
                    at = next;
                    continue;
                }
                '$' if !single && letters.get(at + 1) == Some(&'(') => {
                    let end = closing(&letters, at + 2);
                    // $(( )) is arithmetic and runs nothing.
                    if letters.get(at + 2) != Some(&'(') {
                        found.push(slice(&letters, at + 2, end));
                    }
                    at = end + 1;
                    continue;
                }
                _ => {}
            }
            at += 1;
        }
        found
    }

    /// The name and value of an assignment `NAME=value`.
    pub fn assignment(&self) -> Option<(&str, Word)> {
        let (name, value) = self.0.split_once('=')?;
        let name = name.strip_suffix('+').unwrap_or(name);
        is_name(name).then(|| (name, Self(value.to_owned())))
    }
}

pub(super) fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

pub(super) fn slice(letters: &[char], from: usize, to: usize) -> String {
    letters
        .get(from..to.min(letters.len()))
        .unwrap_or_default()
        .iter()
        .collect()
}

/// The place of the parenthesis that closes, from just after the one that opened; the end where none does.
pub(super) fn closing(letters: &[char], from: usize) -> usize {
    let mut depth = 1_usize;
    let mut at = from;
    let (mut single, mut double) = (false, false);
    while let Some(letter) = letters.get(at) {
        match letter {
            '\\' if !single => at += 1,
            '\'' if !double => single = !single,
            '"' if !single => double = !double,
            '#' if !single && !double && begins_word(letters, at) => {
                while letters.get(at + 1).is_some_and(|next| *next != '\n') {
                    at += 1;
                }
            }
            '(' if !single && !double => depth += 1,
            ')' if !single && !double => {
                depth -= 1;
                if depth == 0 {
                    return at;
                }
            }
            _ => {}
        }
        at += 1;
    }
    letters.len()
}

fn begins_word(letters: &[char], at: usize) -> bool {
    at.checked_sub(1)
        .and_then(|before| letters.get(before))
        .is_none_or(|before| before.is_whitespace() || *before == ';')
}

/// The text between backquotes, and the place behind it.
fn backquoted(letters: &[char], at: usize) -> (String, usize) {
    let mut inner = String::new();
    let mut next = at + 1;
    while let Some(letter) = letters.get(next) {
        match letter {
            '`' => return (inner, next + 1),
            '\\' => {
                next += 1;
                inner.extend(letters.get(next));
            }
            other => inner.push(*other),
        }
        next += 1;
    }
    (inner, next)
}

fn expand(text: &str, variables: &Variables, out: &mut String, depth: usize) {
    if depth > DEPTH {
        out.push(UNKNOWN);
        return;
    }
    let letters: Vec<char> = text.chars().collect();
    let mut at = 0;
    let (mut single, mut double) = (false, false);
    while let Some(letter) = letters.get(at) {
        match letter {
            '\\' if !single => {
                at += 1;
                out.extend(letters.get(at).filter(|next| **next != '\n'));
            }
            '\'' if !double => single = !single,
            '"' if !single => double = !double,
            '`' if !single => {
                let (_, next) = backquoted(&letters, at);
                out.push(UNKNOWN);
                at = next;
                continue;
            }
            '$' if !single => {
                at = dollar(&letters, at, variables, out, depth);
                continue;
            }
            other => out.push(*other),
        }
        at += 1;
    }
}

/// Expands what a `$` begins, and returns the place behind it.
fn dollar(
    letters: &[char],
    at: usize,
    variables: &Variables,
    out: &mut String,
    depth: usize,
) -> usize {
    match letters.get(at + 1) {
        Some('(') => {
            out.push(UNKNOWN);
            closing(letters, at + 2) + 1
        }
        Some('{') => {
            let end = brace(letters, at + 2);
            parameter(&slice(letters, at + 2, end), variables, out, depth);
            end + 1
        }
        Some(first) if first.is_ascii_alphabetic() || *first == '_' => {
            let mut end = at + 1;
            while letters
                .get(end)
                .is_some_and(|c| c.is_ascii_alphanumeric() || *c == '_')
            {
                end += 1;
            }
            value(&slice(letters, at + 1, end), variables, out);
            end
        }
        Some(special) if "?#@*!$-0123456789".contains(*special) => {
            out.push(UNKNOWN);
            at + 2
        }
        _ => {
            out.push('$');
            at + 1
        }
    }
}

fn brace(letters: &[char], from: usize) -> usize {
    let mut depth = 1_usize;
    let mut at = from;
    while let Some(letter) = letters.get(at) {
        match letter {
            '{' => depth += 1,
            '}' => {
                depth -= 1;
                if depth == 0 {
                    return at;
                }
            }
            _ => {}
        }
        at += 1;
    }
    letters.len()
}

fn value(name: &str, variables: &Variables, out: &mut String) {
    match variables.get(name) {
        Some(value) => out.push_str(value),
        None => out.push(UNKNOWN),
    }
}

/// `${NAME}`, `${NAME:-other}` and its kin; what cuts or replaces letters is done for a known value only
/// where it is a plain piece.
fn parameter(inside: &str, variables: &Variables, out: &mut String, depth: usize) {
    let end = inside
        .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
        .unwrap_or(inside.len());
    let (name, rest) = inside.split_at(end);
    let known = variables.get(name);
    let is_set = known.is_some_and(|value| !value.is_empty());
    let rest_after = |prefix: &str| rest.strip_prefix(prefix);
    if name.is_empty() {
        out.push(UNKNOWN);
    } else if rest.is_empty() {
        value(name, variables, out);
    } else if let Some(other) = rest_after(":-").or_else(|| rest_after("-")) {
        match known {
            Some(value) if is_set => out.push_str(value),
            // Whether an unknown variable is set is not known either; an example is better than none.
            _ => expand(other, variables, out, depth + 1),
        }
    } else if rest.starts_with(":?") || rest.starts_with('?') {
        value(name, variables, out);
    } else if let Some((from, length)) = rest_after(":").map(piece)
        && let Some(value) = known
        && let Some(from) = from
    {
        let letters: Vec<char> = value.chars().collect();
        let to = length.map_or(letters.len(), |length| from.saturating_add(length));
        out.push_str(&slice(&letters, from.min(letters.len()), to));
    } else {
        out.push(UNKNOWN);
    }
}

fn piece(text: &str) -> (Option<usize>, Option<usize>) {
    let (from, length) = text
        .split_once(':')
        .map_or((text, None), |(from, length)| (from, Some(length)));
    (
        from.trim().parse().ok(),
        length.and_then(|it| it.trim().parse().ok()),
    )
}
