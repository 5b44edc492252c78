//! Texts with wildcards: whether one matches a text, and whether two of them have a text in common.

/// Which characters a wildcard stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// Any.
    Any,
    /// Any but this one.
    Not(char),
}

/// A piece of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token {
    /// This character.
    Literal(char),
    /// One character of a class.
    One(Class),
    /// Any number of characters of a class, none too.
    Many(Class),
}

impl Class {
    fn has(self, character: char) -> bool {
        match self {
            Self::Any => true,
            Self::Not(other) => character != other,
        }
    }
}

/// A pattern in pieces.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Glob(pub(super) Vec<Token>);

impl Glob {
    /// Every `*` and `?` is a wildcard.
    pub(super) fn new(text: &str) -> Self {
        let mut glob = Self::default();
        glob.push(text);
        glob
    }

    /// Adds text whose `*` and `?` are wildcards.
    pub(super) fn push(&mut self, text: &str) {
        self.0.extend(text.chars().map(|character| match character {
            '*' => Token::Many(Class::Any),
            '?' => Token::One(Class::Any),
            other => Token::Literal(other),
        }));
    }

    /// Adds text in which `*` and `?` are characters like any other.
    pub(super) fn push_literal(&mut self, text: &str) {
        self.0.extend(text.chars().map(Token::Literal));
    }

    /// Whether it is nothing but `*`.
    pub(super) fn is_everything(&self) -> bool {
        !self.0.is_empty() && self.0.iter().all(|it| *it == Token::Many(Class::Any))
    }

    /// Whether there is a text that both match.
    ///
    /// Walks both at once over a text that is made up on the way: `here` holds the places of `other`
    /// that can be reached with the pieces of `self` up to the current one, so the work is at most one
    /// pattern's length times the other's.
    pub(super) fn overlaps(&self, other: &Self) -> bool {
        // Most pairs already differ in what both begin with.
        let heads = self.0.iter().zip(&other.0);
        let differ = heads
            .map_while(|pair| match pair {
                (Token::Literal(a), Token::Literal(b)) => Some(a != b),
                _ => None,
            })
            .any(|differ| differ);
        !differ && self.walk(other)
    }

    fn walk(&self, other: &Self) -> bool {
        let width = other.0.len().saturating_add(1);
        let mut here = vec![false; width];
        if let Some(start) = here.first_mut() {
            *start = true;
        }
        skip_many(&mut here, other);
        for token in &self.0 {
            let mut next = vec![false; width];
            match *token {
                Token::Literal(_) | Token::One(_) => step(&here, &mut next, other, *token),
                // Leaving it out, or any number of characters, one after the other: places only go
                // up, so one sweep finds all of them.
                Token::Many(class) => {
                    next.clone_from(&here);
                    sweep(&mut next, other, class);
                }
            }
            skip_many(&mut next, other);
            here = next;
        }
        here.last().copied().unwrap_or(false)
    }

    /// Whether a text matches.
    pub(super) fn matches(&self, text: &str) -> bool {
        let mut literal = Self::default();
        literal.push_literal(text);
        self.overlaps(&literal)
    }
}

/// A `*` of the other pattern may stand for nothing.
fn skip_many(places: &mut [bool], other: &Glob) {
    let mut before = false;
    for (index, place) in places.iter_mut().enumerate() {
        let skipped = index
            .checked_sub(1)
            .and_then(|at| other.0.get(at))
            .is_some_and(|token| matches!(token, Token::Many(_)));
        *place |= before && skipped;
        before = *place;
    }
}

/// Takes one character that both allow.
fn step(here: &[bool], next: &mut [bool], other: &Glob, token: Token) {
    for (at, theirs) in other.0.iter().enumerate() {
        if !here.get(at).copied().unwrap_or(false) || !meet(token, *theirs) {
            continue;
        }
        let to = match theirs {
            Token::Many(_) => at,
            Token::Literal(_) | Token::One(_) => at.saturating_add(1),
        };
        if let Some(place) = next.get_mut(to) {
            *place = true;
        }
    }
}

/// Takes any number of characters of a class.
fn sweep(places: &mut [bool], other: &Glob, class: Class) {
    for (at, theirs) in other.0.iter().enumerate() {
        let reached = places.get(at).copied().unwrap_or(false);
        let passes = matches!(theirs, Token::Many(_)) || meet(Token::One(class), *theirs);
        if reached
            && passes
            && let Some(place) = places.get_mut(at.saturating_add(1))
        {
            *place = true;
        }
    }
}

/// Whether there is a character that both pieces allow.
fn meet(a: Token, b: Token) -> bool {
    match (a, b) {
        (Token::Literal(a), Token::Literal(b)) => a == b,
        (Token::Literal(character), Token::One(class) | Token::Many(class))
        | (Token::One(class) | Token::Many(class), Token::Literal(character)) => {
            class.has(character)
        }
        // No two classes are without a common character: each leaves out one at most.
        _ => true,
    }
}

/// Whether a text matches a pattern of `*` and `?`, without regard to the case of ASCII letters.
/// Only the latest `*` is ever tried again.
pub fn matches_ignore_case(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut here, mut at) = (0_usize, 0_usize);
    let mut retry: Option<(usize, usize)> = None;
    while let Some(byte) = text.get(at) {
        match pattern.get(here) {
            Some(b'*') => {
                here = here.saturating_add(1);
                retry = Some((here, at));
                continue;
            }
            Some(wanted) if *wanted == b'?' || wanted.eq_ignore_ascii_case(byte) => {
                (here, at) = (here.saturating_add(1), at.saturating_add(1));
            }
            _ => {
                let Some((star, start)) = retry else {
                    return false;
                };
                let next = start.saturating_add(1);
                retry = Some((star, next));
                (here, at) = (star, next);
            }
        }
    }
    pattern.iter().skip(here).all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Every text over a small alphabet, up to a length at which two patterns of the lengths below
    /// must have met if they ever do: each literal and `?` of either is needed at most once.
    fn texts() -> Vec<String> {
        let mut all = vec![String::new()];
        let mut last = all.clone();
        for _ in 0..6 {
            last = last
                .iter()
                .flat_map(|text| ["a", "b", "/"].map(|c| format!("{text}{c}")))
                .collect();
            all.extend(last.clone());
        }
        all
    }

    /// The definition, word by word.
    fn naive(pattern: &[Token], text: &[char]) -> bool {
        let one = |token: &Token, character: char| meet(*token, Token::Literal(character));
        match (pattern.split_first(), text.split_first()) {
            (None, None) => true,
            (None, Some(_)) => false,
            (Some((token @ Token::Many(_), rest)), _) => {
                naive(rest, text)
                    || text
                        .split_first()
                        .is_some_and(|(c, tail)| one(token, *c) && naive(pattern, tail))
            }
            (Some((token, rest)), Some((c, tail))) => one(token, *c) && naive(rest, tail),
            (Some(_), None) => false,
        }
    }

    fn token() -> impl Strategy<Value = Token> {
        let class = prop_oneof![Just(Class::Any), Just(Class::Not('/'))];
        prop_oneof![
            3 => prop_oneof![Just('a'), Just('b'), Just('/')].prop_map(Token::Literal),
            1 => class.clone().prop_map(Token::One),
            2 => class.prop_map(Token::Many),
        ]
    }

    fn glob() -> impl Strategy<Value = Glob> {
        prop::collection::vec(token(), 0..5).prop_map(Glob)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn overlap_is_having_a_text_in_common(a in glob(), b in glob()) {
            let common = texts().into_iter().find(|text| {
                let text: Vec<char> = text.chars().collect();
                naive(&a.0, &text) && naive(&b.0, &text)
            });
            // With four pieces each, a common text of at most eight characters is the shortest; six
            // do, for all but the pairs that need more, and those are looked at one by one below.
            let needed = |glob: &Glob| glob.0.iter().filter(|t| !matches!(t, Token::Many(_))).count();
            if common.is_some() || needed(&a) + needed(&b) <= 6 {
                prop_assert_eq!(a.overlaps(&b), common.is_some(), "{:?}", common);
            }
            prop_assert_eq!(a.overlaps(&b), b.overlaps(&a));
        }

        #[test]
        fn matching_agrees_with_the_definition(pattern in "[abA*?]{0,8}", text in "[abAB]{0,8}") {
            let lower: Vec<char> = text.to_ascii_lowercase().chars().collect();
            let wanted = naive(&Glob::new(&pattern.to_ascii_lowercase()).0, &lower);
            prop_assert_eq!(matches_ignore_case(&pattern, &text), wanted);
            prop_assert_eq!(Glob::new(&pattern.to_ascii_lowercase()).matches(&text.to_ascii_lowercase()), wanted);
        }
    }

    #[test]
    fn two_wildcard_patterns() {
        for (a, b, wanted) in [
            ("a*", "*b", true),
            ("a*c", "ab*", true),
            ("*aab", "aa*b", true),
            ("a*b", "b*a", false),
            ("a?", "a", false),
            ("a*", "?", true),
            ("", "", true),
            ("", "*", true),
            ("", "?", false),
            ("abcdefgh", "*g", false),
            ("abcdefgh?", "*h?", true),
        ] {
            assert_eq!(Glob::new(a).overlaps(&Glob::new(b)), wanted, "{a} {b}");
        }
    }

    #[test]
    fn a_hostile_pair_ends() {
        let a = Glob::new(&"*a".repeat(1_000));
        let b = Glob::new(&format!("{}b", "a*".repeat(1_000)));
        assert!(!a.overlaps(&b));
        assert!(!matches_ignore_case(
            &"*a".repeat(2_000),
            &"a".repeat(1_999)
        ));
    }
}
