//! `*` and `?`.
//!
//! A pattern is kept as bytes in which the two wildcards are bytes that UTF-8 never has. So a `*` that
//! a policy variable puts in stays a plain character.

use memchr::memmem;

/// Stands for `*`: any number of characters, none too.
const ANY: u8 = 0xFF;
/// Stands for `?`: one character.
const ONE: u8 = 0xFE;

/// Above so many steps, looking for a piece with `?` goes over to sets of positions.
const MANY: usize = 1 << 20;

/// A text with wildcards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Glob {
    bytes: Box<[u8]>,
    shape: Shape,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// `*`
    Everything,
    /// No wildcard.
    Exact,
    /// One wildcard, a `*` at the end.
    Prefix,
    Other,
}

/// A pattern that is being put together.
#[derive(Debug, Default)]
pub(super) struct Builder(Vec<u8>);

impl Builder {
    /// Adds text whose `*` and `?` are wildcards.
    pub(super) fn wild(&mut self, text: &str) {
        for byte in text.bytes() {
            match byte {
                b'*' if self.0.last() == Some(&ANY) => {}
                b'*' => self.0.push(ANY),
                b'?' => self.0.push(ONE),
                other => self.0.push(other),
            }
        }
    }

    /// Adds text in which `*` and `?` are characters like any other.
    pub(super) fn literal(&mut self, text: &str) {
        self.0.extend_from_slice(text.as_bytes());
    }

    pub(super) fn finish(self) -> Glob {
        let shape = match self.0.iter().position(|byte| matches!(*byte, ANY | ONE)) {
            None => Shape::Exact,
            Some(_) if self.0.as_slice() == [ANY] => Shape::Everything,
            Some(at) if at.saturating_add(1) == self.0.len() && self.0.last() == Some(&ANY) => {
                Shape::Prefix
            }
            Some(_) => Shape::Other,
        };
        Glob {
            bytes: self.0.into_boxed_slice(),
            shape,
        }
    }
}

impl Glob {
    /// Every `*` and `?` is a wildcard.
    pub(super) fn wild(text: &str) -> Self {
        let mut builder = Builder(Vec::with_capacity(text.len()));
        builder.wild(text);
        builder.finish()
    }

    /// No wildcard at all.
    pub(super) fn literal(text: &str) -> Self {
        Self {
            bytes: text.as_bytes().into(),
            shape: Shape::Exact,
        }
    }

    /// Whether the whole text matches. The time is about linear in both lengths.
    #[inline]
    pub(super) fn matches(&self, text: &str) -> bool {
        match self.shape {
            Shape::Everything => true,
            Shape::Exact => *self.bytes == *text.as_bytes(),
            Shape::Prefix => {
                let (_, prefix) = self.bytes.split_last().unwrap_or((&0, &[]));
                text.as_bytes().starts_with(prefix)
            }
            Shape::Other => matches(&self.bytes, text.as_bytes()),
        }
    }

    /// Whether a text is the same without regard to case; for a pattern without wildcards.
    pub(super) fn same_ignoring_case(&self, text: &str) -> bool {
        std::str::from_utf8(&self.bytes).is_ok_and(|own| {
            own.chars()
                .flat_map(char::to_lowercase)
                .eq(text.chars().flat_map(char::to_lowercase))
        })
    }
}

/// The pieces between the `*` are looked for one after another, each as far left as it is found: what
/// comes later then has the most room. No choice is ever taken back.
fn matches(pattern: &[u8], text: &[u8]) -> bool {
    let mut pieces = pattern.split(|byte| *byte == ANY);
    let Some(head) = pieces.next() else {
        return text.is_empty();
    };
    let Some(mut rest) = strip_start(head, text) else {
        return false;
    };
    let Some(tail) = pieces.next_back() else {
        return rest.is_empty();
    };
    let Some(before) = strip_end(tail, rest) else {
        return false;
    };
    rest = before;
    for piece in pieces {
        match after(piece, rest) {
            Some(left) => rest = left,
            None => return false,
        }
    }
    true
}

/// How many bytes the character has that begins with this byte.
fn width(first: u8) -> usize {
    match first {
        0..=0x7F => 1,
        0x80..=0xDF => 2,
        0xE0..=0xEF => 3,
        _ => 4,
    }
}

/// What is left of a text after a piece without `*` at its start.
fn strip_start<'a>(piece: &[u8], text: &'a [u8]) -> Option<&'a [u8]> {
    let mut rest = text;
    for wanted in piece {
        let (found, _) = rest.split_first()?;
        let step = match *wanted {
            ONE => width(*found),
            other if other == *found => 1,
            _ => return None,
        };
        rest = rest.get(step..)?;
    }
    Some(rest)
}

/// What is left of a text before a piece without `*` at its end.
fn strip_end<'a>(piece: &[u8], text: &'a [u8]) -> Option<&'a [u8]> {
    let mut rest = text;
    for wanted in piece.iter().rev() {
        let (last, before) = rest.split_last()?;
        rest = match *wanted {
            ONE => {
                let start = rest.iter().rposition(|byte| !is_continuation(*byte))?;
                rest.get(..start)?
            }
            other if other == *last => before,
            _ => return None,
        };
    }
    Some(rest)
}

fn is_continuation(byte: u8) -> bool {
    byte & 0xC0 == 0x80
}

/// What is left of a text after the first place where a piece without `*` is found in it.
fn after<'a>(piece: &[u8], text: &'a [u8]) -> Option<&'a [u8]> {
    if !piece.contains(&ONE) {
        let at = memmem::find(text, piece)?;
        return text.get(at.checked_add(piece.len())?..);
    }
    if piece.len() > 64 && piece.len().saturating_mul(text.len()) > MANY {
        return after_by_sets(piece, text);
    }
    let mut rest = text;
    loop {
        if let Some(left) = strip_start(piece, rest) {
            return Some(left);
        }
        rest = rest.get(width(*rest.first()?)..)?;
    }
}

/// The same for large inputs: a set of all positions of the piece that the text may have reached,
/// 64 of them in a word, moved on by each character.
fn after_by_sets<'a>(piece: &[u8], text: &'a [u8]) -> Option<&'a [u8]> {
    let wanted = characters(piece);
    let words = wanted.len().div_ceil(64);
    let mut distinct: Vec<&[u8]> = wanted.iter().filter(|c| **c != [ONE]).copied().collect();
    distinct.sort_unstable();
    distinct.dedup();
    // Bit n of a mask: the character may stand at place n of the piece.
    let mut open = vec![0_u64; words];
    let mut masks = vec![0_u64; words.checked_mul(distinct.len())?];
    for (place, character) in wanted.iter().enumerate() {
        let bit = 1_u64 << (place % 64);
        let cell = if **character == [ONE] {
            open.get_mut(place / 64)
        } else {
            let row = distinct.binary_search(character).ok()?;
            masks.get_mut(row.checked_mul(words)?.checked_add(place / 64)?)
        };
        *cell? |= bit;
    }
    let last = wanted.len().checked_sub(1)?;
    let mut reached = vec![0_u64; words];
    let mut rest = text;
    while let Some(first) = rest.first() {
        let (character, left) = rest.split_at_checked(width(*first))?;
        let row = distinct
            .binary_search(&character)
            .ok()
            .and_then(|row| masks.get(row.checked_mul(words)?..)?.get(..words));
        let mut carry = 1_u64;
        for (index, word) in reached.iter_mut().enumerate() {
            let moved = *word << 1 | carry;
            carry = *word >> 63;
            let allowed = open.get(index).copied().unwrap_or_default()
                | row
                    .and_then(|row| row.get(index))
                    .copied()
                    .unwrap_or_default();
            *word = moved & allowed;
        }
        rest = left;
        let done = reached.get(last / 64).copied().unwrap_or_default() >> (last % 64) & 1;
        if done == 1 {
            return Some(rest);
        }
    }
    None
}

/// The characters of a piece, each as its bytes.
fn characters(piece: &[u8]) -> Vec<&[u8]> {
    let mut found = Vec::with_capacity(piece.len());
    let mut rest = piece;
    while let Some(first) = rest.first() {
        let step = if *first == ONE { 1 } else { width(*first) };
        let Some((character, left)) = rest.split_at_checked(step) else {
            break;
        };
        found.push(character);
        rest = left;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The definition, word by word; exponential, so for short texts only.
    fn naive(pattern: &[char], text: &[char]) -> bool {
        match (pattern.split_first(), text.split_first()) {
            (None, None) => true,
            (None, Some(_)) => false,
            (Some(('*', rest)), _) => {
                naive(rest, text)
                    || text
                        .split_first()
                        .is_some_and(|(_, tail)| naive(pattern, tail))
            }
            (Some(('?', rest)), Some((_, tail))) => naive(rest, tail),
            (Some((wanted, rest)), Some((found, tail))) => wanted == found && naive(rest, tail),
            (Some(_), None) => false,
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4096))]

        #[test]
        fn agrees_with_the_definition(pattern in "[ab*?é]{0,9}", text in "[abé*€]{0,9}") {
            let chars = |text: &str| text.chars().collect::<Vec<_>>();
            prop_assert_eq!(Glob::wild(&pattern).matches(&text), naive(&chars(&pattern), &chars(&text)));
        }

        #[test]
        fn both_ways_of_looking_agree(piece in "[abé?]{1,80}", text in "[abé]{0,200}") {
            let mut builder = Builder::default();
            builder.wild(&piece);
            let piece = builder.finish().bytes;
            if piece.contains(&ONE) {
                let sets = after_by_sets(&piece, text.as_bytes());
                prop_assert_eq!(after(&piece, text.as_bytes()), sets);
            }
        }

        #[test]
        fn literal_text_matches_itself_only(text in "[ab*?]{0,6}", other in "[ab*?]{0,6}") {
            prop_assert_eq!(Glob::literal(&text).matches(&other), text == other);
        }
    }

    #[test]
    fn hostile_patterns_end() {
        let text = "a".repeat(1_000_000);
        assert!(!Glob::wild(&"*a".repeat(1_000_001)).matches(&text));
        assert!(!Glob::wild(&format!("{}b", "a*".repeat(500_000))).matches(&text));
        assert!(Glob::wild(&format!("*{}*", "a".repeat(999_999))).matches(&text));
        let questions = format!("*?{}b*", "a".repeat(10_000));
        assert!(!Glob::wild(&questions).matches(&text[..40_000]));
    }

    #[test]
    fn case() {
        assert!(Glob::literal("aÉ*").same_ignoring_case("Aé*"));
        assert!(!Glob::literal("a*").same_ignoring_case("ab"));
    }
}
