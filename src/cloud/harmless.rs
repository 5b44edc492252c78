//! Texts that others have written: commit messages, log lines, sentences of an error.

/// A text that steers no terminal and hides nothing: control characters (but the end of a line and the
/// tabulator), those that turn the direction of writing, and those without width that could hide
/// something are written by their number, `\u001b`. Whatever comes from AWS for people to read goes
/// through this as it comes in, so that nothing behind it has to think of it.
pub fn harmless(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        if steers(character) {
            out.push_str(&format!("\\u{:04x}", u32::from(character)));
        } else {
            out.push(character);
        }
    }
    out
}

/// Source: Unicode Standard Annex 9, the explicit directional characters and marks.
fn steers(character: char) -> bool {
    (character.is_control() && character != '\n' && character != '\t')
        || matches!(
            character,
            '\u{61c}'
                | '\u{200b}'
                | '\u{200e}'
                | '\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2066}'..='\u{2069}'
                | '\u{feff}'
        )
}

/// The first line of a text, harmless, and no longer than a title is meant to be.
pub fn title(text: &str) -> String {
    const LONGEST: usize = 72;
    let line = harmless(text.lines().next().unwrap_or_default().trim());
    if line.chars().count() <= LONGEST {
        return line;
    }
    let kept: String = line.chars().take(LONGEST - 2).collect();
    format!("{}..", kept.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_steers_a_terminal() {
        assert_eq!(
            harmless("tidy\u{1b}]0;title\u{7}\u{1b}[2J\u{1b}[31mred"),
            "tidy\\u001b]0;title\\u0007\\u001b[2J\\u001b[31mred"
        );
        assert_eq!(
            harmless("a\u{202e}b\u{200f}c\u{9b}2J"),
            "a\\u202eb\\u200fc\\u009b2J"
        );
        assert_eq!(
            harmless("two\nlines\tand 로그인 🚀"),
            "two\nlines\tand 로그인 🚀"
        );
    }

    #[test]
    fn titles_are_one_short_line() {
        assert_eq!(title("Fix login\n\nAt last."), "Fix login");
        assert_eq!(title(""), "");
        let long = title(&"word ".repeat(100));
        assert_eq!(long.chars().count(), 71);
        assert!(long.ends_with(".."), "{long}");
    }
}
