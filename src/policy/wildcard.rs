//! `*` and `?`.

/// One piece of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token {
    /// This character.
    Literal(char),
    /// `?`: one character.
    One,
    /// `*`: any number of characters, none too.
    Any,
}

/// A text with wildcards. What a policy variable puts in is always literal, so a pattern is more than
/// its text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Pattern(Vec<Token>);

impl Pattern {
    /// Every `*` and `?` is a wildcard.
    pub(super) fn wild(text: &str) -> Self {
        let mut pattern = Self::default();
        pattern.push_wild(text);
        pattern
    }

    /// Adds text whose `*` and `?` are wildcards.
    pub(super) fn push_wild(&mut self, text: &str) {
        for character in text.chars() {
            self.0.push(match character {
                '*' if self.0.last() == Some(&Token::Any) => continue,
                '*' => Token::Any,
                '?' => Token::One,
                other => Token::Literal(other),
            });
        }
    }

    /// Adds text in which `*` and `?` are characters like any other.
    pub(super) fn push_literal(&mut self, text: &str) {
        self.0.extend(text.chars().map(Token::Literal));
    }

    /// The pattern in lower case, to be compared with text in lower case.
    pub(super) fn lower(&self) -> Self {
        let mut lower = Self::default();
        for token in &self.0 {
            match token {
                Token::Literal(character) => {
                    lower.0.extend(character.to_lowercase().map(Token::Literal))
                }
                other => lower.0.push(*other),
            }
        }
        lower
    }

    /// Whether the whole text matches.
    ///
    /// Only the latest `*` is ever tried again, so the work is at most pattern times text, whatever
    /// the pattern.
    pub(super) fn matches(&self, text: &str) -> bool {
        let text: Vec<char> = text.chars().collect();
        let (mut at, mut here) = (0_usize, 0_usize);
        let mut retry: Option<(usize, usize)> = None;
        while let Some(character) = text.get(at) {
            match self.0.get(here) {
                Some(Token::Any) => {
                    here = here.saturating_add(1);
                    retry = Some((here, at));
                    continue;
                }
                Some(Token::One) => {}
                Some(Token::Literal(wanted)) if wanted == character => {}
                _ => {
                    let Some((token, start)) = retry else {
                        return false;
                    };
                    let next = start.saturating_add(1);
                    retry = Some((token, next));
                    (here, at) = (token, next);
                    continue;
                }
            }
            (here, at) = (here.saturating_add(1), at.saturating_add(1));
        }
        self.0.iter().skip(here).all(|token| *token == Token::Any)
    }
}

/// Whether an action matches a pattern: without regard to case, wildcards anywhere.
pub(super) fn action_matches(pattern: &str, action: &str) -> bool {
    Pattern::wild(&pattern.to_ascii_lowercase()).matches(&action.to_ascii_lowercase())
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
        #[test]
        fn agrees_with_the_definition(pattern in "[ab*?é]{0,9}", text in "[abé*]{0,9}") {
            let chars = |text: &str| text.chars().collect::<Vec<_>>();
            prop_assert_eq!(Pattern::wild(&pattern).matches(&text), naive(&chars(&pattern), &chars(&text)));
        }

        #[test]
        fn literal_text_matches_itself_only(text in "[ab*?]{0,6}", other in "[ab*?]{0,6}") {
            let mut pattern = Pattern::default();
            pattern.push_literal(&text);
            prop_assert_eq!(pattern.matches(&other), text == other);
        }
    }

    #[test]
    fn a_hostile_pattern_ends() {
        let pattern = "*a".repeat(2_000);
        assert!(!Pattern::wild(&pattern).matches(&"a".repeat(1_999)));
        assert!(!Pattern::wild(&format!("{}b", "a*".repeat(500))).matches(&"a".repeat(5_000)));
    }

    #[test]
    fn actions() {
        assert!(action_matches("S3:Get*", "s3:getobject"));
        assert!(action_matches("*", "s3:GetObject"));
        assert!(action_matches("s?:*Object", "s3:GetObject"));
        assert!(!action_matches("s3:GetObject", "s3:GetObjectVersion"));
    }
}
