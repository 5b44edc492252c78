//! Filter patterns over plain text: words that must be there, `"phrases"`, `?either ?or`, `-without`.
//!
//! Source: Amazon CloudWatch Logs User Guide, "Filter pattern syntax", match terms in log events.
//! Patterns over JSON and over space-delimited events are not known here.

/// A pattern that was understood.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Pattern {
    all: Vec<String>,
    any: Vec<String>,
    none: Vec<String>,
}

/// Reads a pattern; `None` for one that is not known here or ill formed.
pub fn read(text: &str) -> Option<Pattern> {
    let mut pattern = Pattern::default();
    let mut rest = text.trim();
    if rest.starts_with(['{', '[', '%']) {
        return None;
    }
    while !rest.is_empty() {
        let mut kind = ' ';
        if let Some(after) = rest.strip_prefix(['?', '-']) {
            kind = rest.chars().next().unwrap_or(' ');
            rest = after;
        }
        let (term, after) = if let Some(quoted) = rest.strip_prefix('"') {
            quoted.split_once('"')?
        } else {
            rest.split_once(char::is_whitespace).unwrap_or((rest, ""))
        };
        if term.is_empty() {
            return None;
        }
        let terms = match kind {
            '?' => &mut pattern.any,
            '-' => &mut pattern.none,
            _ => &mut pattern.all,
        };
        terms.push(term.to_owned());
        rest = after.trim_start();
    }
    Some(pattern)
}

impl Pattern {
    /// Whether a message fits. Letters are told apart by case.
    pub fn matches(&self, message: &str) -> bool {
        let has = |term: &String| message.contains(term.as_str());
        // With other terms beside them, the optional ones are ignored. Source: the same page.
        let optional = !self.all.is_empty() || self.any.is_empty() || self.any.iter().any(has);
        self.all.iter().all(has) && optional && !self.none.iter().any(has)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms() {
        for (pattern, fits, fits_not) in [
            ("", "anything", None),
            ("ERROR", "an ERROR here", Some("an error here")),
            ("ERROR ARGUMENTS", "ERROR of ARGUMENTS", Some("ERROR")),
            ("?ERROR ?WARN", "WARN: x", Some("INFO")),
            ("ERROR -EXITING", "ERROR x", Some("ERROR EXITING")),
            (
                "\"INTERNAL SERVER\"",
                "an INTERNAL SERVER x",
                Some("SERVER INTERNAL"),
            ),
        ] {
            let read = read(pattern).unwrap();
            assert!(read.matches(fits), "{pattern}");
            assert!(!fits_not.is_some_and(|it| read.matches(it)), "{pattern}");
        }
        for wrong in ["{ $.a = 1 }", "[a, b]", "\"open", "-", "%a%"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
