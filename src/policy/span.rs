//! Where in a text the value of a JSON pointer stands.

use std::ops::Range;

use serde::de::{DeserializeOwned, IgnoredAny};

/// The bytes of a text that hold the value of a JSON pointer; `None` where there is no such value, or the
/// text is not JSON up to it.
pub fn locate(text: &str, pointer: &str) -> Option<Range<usize>> {
    let mut at = past_space(text, 0);
    for step in pointer.split('/').skip(1) {
        let wanted = step.replace("~1", "/").replace("~0", "~");
        at = match text.as_bytes().get(at)? {
            b'{' => member(text, at.checked_add(1)?, &wanted)?,
            b'[' => item(text, at.checked_add(1)?, wanted.parse().ok()?)?,
            _ => return None,
        };
    }
    let (_, end) = value::<IgnoredAny>(text, at)?;
    Some(at..end)
}

/// The line of a byte, and its column in characters, both from 1.
pub fn line_and_column(text: &str, byte: usize) -> (usize, usize) {
    let within = (0..=byte.min(text.len()))
        .rev()
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or_default();
    let before = text.get(..within).unwrap_or(text);
    let line = before.matches('\n').count().saturating_add(1);
    let start = before.rfind('\n').map_or(0, |at| at.saturating_add(1));
    let column = before
        .get(start..)
        .map_or(0, |rest| rest.chars().count())
        .saturating_add(1);
    (line, column)
}

/// Where the value of a member begins. Of a key that is written twice, the first counts.
fn member(text: &str, mut at: usize, wanted: &str) -> Option<usize> {
    loop {
        at = past_space(text, at);
        let (key, end) = value::<String>(text, at)?;
        let colon = past_space(text, end);
        let start = past_space(text, past(text, colon, b':')?);
        if key == wanted {
            return Some(start);
        }
        let (_, end) = value::<IgnoredAny>(text, start)?;
        at = past(text, past_space(text, end), b',')?;
    }
}

/// Where an item of a list begins.
fn item(text: &str, mut at: usize, wanted: usize) -> Option<usize> {
    for _ in 0..wanted {
        let (_, end) = value::<IgnoredAny>(text, past_space(text, at))?;
        at = past(text, past_space(text, end), b',')?;
    }
    let start = past_space(text, at);
    (text.as_bytes().get(start)? != &b']').then_some(start)
}

fn past(text: &str, at: usize, byte: u8) -> Option<usize> {
    (text.as_bytes().get(at)? == &byte).then(|| at.saturating_add(1))
}

fn past_space(text: &str, at: usize) -> usize {
    let space = text
        .bytes()
        .skip(at)
        .take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'))
        .count();
    at.saturating_add(space)
}

/// The value that begins at a byte, and where it ends.
fn value<T: DeserializeOwned>(text: &str, at: usize) -> Option<(T, usize)> {
    let mut values = serde_json::Deserializer::from_str(text.get(at..)?).into_iter::<T>();
    let value = values.next()?.ok()?;
    Some((value, at.checked_add(values.byte_offset())?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_is_there() {
        let text = "\u{e9} {\"a~b\": [1, {\"c/d\": \"x,]\"} , true], \"e\":{}}"
            .trim_start_matches('\u{e9}');
        let found = |pointer: &str| locate(text, pointer).and_then(|range| text.get(range));
        assert_eq!(found("/a~0b/0"), Some("1"));
        assert_eq!(found("/a~0b/1"), Some("{\"c/d\": \"x,]\"}"));
        assert_eq!(found("/a~0b/1/c~1d"), Some("\"x,]\""));
        assert_eq!(found("/a~0b/2"), Some("true"));
        assert_eq!(found("/e"), Some("{}"));
        assert_eq!(found(""), text.trim().into());
        for absent in [
            "/a~0b/3",
            "/x",
            "/e/f",
            "/a~0b/x",
            "/a~0b/0/1",
            "/a~0b/99999",
        ] {
            assert_eq!(found(absent), None, "{absent}");
        }
        assert_eq!(locate("{\"a\": [1,", "/a/1"), None);
        assert_eq!(locate("", ""), None);
    }

    #[test]
    fn lines() {
        assert_eq!(line_and_column("a\nbé\nc", 0), (1, 1));
        assert_eq!(line_and_column("a\nbé\nc", 5), (2, 3));
        assert_eq!(line_and_column("a\nbé\nc", 6), (3, 1));
        assert_eq!(line_and_column("a", 99), (1, 2));
    }
}
