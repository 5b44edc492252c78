//! Policy variables: `${aws:username}`, `${aws:PrincipalTag/team, 'none'}`, and the escapes `${*}`,
//! `${?}` and `${$}`.
//!
//! Source: IAM User Guide, "IAM policy elements: Variables and tags".

use super::request::Request;
use super::wildcard::Pattern;

/// A text with its variables put in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Text {
    /// Every variable has a value.
    Known(Pattern),
    /// This variable has none, or more than one. Such a text matches nothing: it is neither taken
    /// as it stands nor as empty.
    Unresolved(String),
}

/// Whether `*` and `?` of the text itself are wildcards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wildcards {
    Yes,
    No,
}

/// Puts a request's values into a text. Without `known`, that is under the older version of the
/// language, `${...}` is plain text. What is put in is literal.
pub(super) fn expand(text: &str, known: bool, wildcards: Wildcards, request: &Request) -> Text {
    let mut pattern = Pattern::default();
    let push = |pattern: &mut Pattern, text: &str| match wildcards {
        Wildcards::Yes => pattern.push_wild(text),
        Wildcards::No => pattern.push_literal(text),
    };
    let mut rest = text;
    while let Some((before, tail)) = known.then(|| rest.split_once("${")).flatten() {
        let Some((inside, after)) = tail.split_once('}') else {
            break;
        };
        push(&mut pattern, before);
        if matches!(inside, "*" | "?" | "$") {
            pattern.push_literal(inside);
        } else {
            let (key, default) = split_default(inside);
            match (request.values(key).as_deref(), default) {
                (Some([only]), _) => pattern.push_literal(only),
                (None | Some([]), Some(default)) => pattern.push_literal(default),
                _ => return Text::Unresolved(key.to_owned()),
            }
        }
        rest = after;
    }
    push(&mut pattern, rest);
    Text::Known(pattern)
}

/// `key, 'default'` in its two parts.
fn split_default(inside: &str) -> (&str, Option<&str>) {
    match inside.split_once(',') {
        Some((key, default)) => {
            let quoted = default
                .trim()
                .strip_prefix('\'')
                .and_then(|rest| rest.strip_suffix('\''));
            (key.trim(), quoted)
        }
        None => (inside.trim(), None),
    }
}
