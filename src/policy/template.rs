//! Text with policy variables: `${aws:username}`, `${aws:PrincipalTag/team, 'none'}`, and the escapes
//! `${*}`, `${?}` and `${$}`.
//!
//! Source: IAM User Guide, "IAM policy elements: Variables and tags".

use std::borrow::Cow;

use super::glob::{Builder, Glob};
use super::request::{Lookup, Request};

/// A text of a policy, ready to be matched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Template {
    /// It has no variable.
    Fixed(Glob),
    /// It has some.
    Pieces(Box<[Piece]>),
}

/// A piece of a text with variables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    /// Text in which `*` and `?` are wildcards, if they are where it stands.
    Text(Box<str>),
    /// Text of an escape, always literal.
    Escaped(&'static str),
    /// A variable, to be replaced by the value of a condition key, which is always literal.
    Variable {
        /// The key as written.
        key: Box<str>,
        /// The key in lower case.
        lookup: Box<str>,
        /// What stands in when the request does not carry the key.
        default: Option<Box<str>>,
    },
}

/// Whether `*` and `?` of the text itself are wildcards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wildcards {
    Yes,
    No,
}

/// A template with a request's values put in.
#[derive(Debug)]
pub(super) enum Filled<'a> {
    /// Every variable has a value.
    Known(Cow<'a, Glob>),
    /// A variable has no value. Such a text equals nothing and is like nothing: it is neither taken as it
    /// stands nor as empty.
    Empty,
    /// This variable has more than one value.
    Several(&'a str),
    /// Whether this key has a value is not known. The pattern is the widest that the text can become.
    Open(&'a str, Glob),
}

impl Template {
    /// Reads a text. Without `variables`, that is under the older version of the language, `${...}` is
    /// plain text.
    pub(super) fn new(text: &str, variables: bool, wildcards: Wildcards) -> Self {
        if !variables || !text.contains("${") {
            return Self::Fixed(match wildcards {
                Wildcards::Yes => Glob::wild(text),
                Wildcards::No => Glob::literal(text),
            });
        }
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((before, tail)) = rest.split_once("${") {
            let Some((inside, after)) = tail.split_once('}') else {
                break;
            };
            if !before.is_empty() {
                pieces.push(Piece::Text(before.into()));
            }
            pieces.push(piece(inside));
            rest = after;
        }
        if !rest.is_empty() {
            pieces.push(Piece::Text(rest.into()));
        }
        let is_fixed = pieces
            .iter()
            .all(|piece| !matches!(piece, Piece::Variable { .. }));
        let pieces = pieces.into_boxed_slice();
        if is_fixed {
            let mut builder = Builder::default();
            for piece in &pieces {
                match piece {
                    Piece::Text(text) if wildcards == Wildcards::Yes => builder.wild(text),
                    Piece::Text(text) => builder.literal(text),
                    Piece::Escaped(text) => builder.literal(text),
                    Piece::Variable { .. } => {}
                }
            }
            return Self::Fixed(builder.finish());
        }
        Self::Pieces(pieces)
    }

    /// Puts a request's values in.
    #[inline]
    pub(super) fn fill<'a>(&'a self, request: &Request, wildcards: Wildcards) -> Filled<'a> {
        match self {
            Self::Fixed(glob) => Filled::Known(Cow::Borrowed(glob)),
            Self::Pieces(pieces) => fill(pieces, request, wildcards),
        }
    }
}

fn piece(inside: &str) -> Piece {
    match inside {
        "*" => return Piece::Escaped("*"),
        "?" => return Piece::Escaped("?"),
        "$" => return Piece::Escaped("$"),
        _ => {}
    }
    let (key, default) = match inside.split_once(',') {
        Some((key, default)) => {
            let quoted = default
                .trim()
                .strip_prefix('\'')
                .and_then(|rest| rest.strip_suffix('\''));
            (key.trim(), quoted)
        }
        None => (inside.trim(), None),
    };
    Piece::Variable {
        key: key.into(),
        lookup: key.to_ascii_lowercase().into(),
        default: default.map(Into::into),
    }
}

fn fill<'a>(pieces: &'a [Piece], request: &Request, wildcards: Wildcards) -> Filled<'a> {
    let mut builder = Builder::default();
    let mut open: Option<&str> = None;
    for piece in pieces {
        match piece {
            Piece::Text(text) if wildcards == Wildcards::Yes => builder.wild(text),
            Piece::Text(text) => builder.literal(text),
            Piece::Escaped(text) => builder.literal(text),
            Piece::Variable {
                key,
                lookup,
                default,
            } => match (request.lookup(lookup), default) {
                (Lookup::Values([only]), _) => builder.literal(only),
                (Lookup::Missing, _) => {
                    open = open.or(Some(key));
                    builder.wild("*");
                }
                (Lookup::Absent, Some(default)) => builder.literal(default),
                (Lookup::Absent, None) => return Filled::Empty,
                (Lookup::Values(_), _) => return Filled::Several(key),
            },
        }
    }
    match open {
        Some(key) => Filled::Open(key, builder.finish()),
        None => Filled::Known(Cow::Owned(builder.finish())),
    }
}
