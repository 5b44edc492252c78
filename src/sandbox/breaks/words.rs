//! AWS's words with their variable parts: `{name}` for what a world says, `<name>` for what differs from run to
//! run.

use std::collections::BTreeMap;

/// What the `{name}`s of a world are.
pub type Facts = BTreeMap<&'static str, String>;

/// Puts the facts in. A name that is not known stays as it is.
pub fn fill(template: &str, facts: &Facts) -> String {
    facts
        .iter()
        .fold(template.to_owned(), |text, (name, value)| {
            text.replace(&format!("{{{name}}}"), value)
        })
}

/// Whether a text is what a filled template says, from its first letter to its last. A `<name>` stands for any
/// text that is not empty.
pub fn fits(template: &str, text: &str) -> bool {
    let parts = literals(template);
    let (Some((first, between)), true) = (parts.split_first(), parts.len() > 1) else {
        return template == text;
    };
    let Some(rest) = text.strip_prefix(first.as_str()) else {
        return false;
    };
    let Some((last, between)) = between.split_last() else {
        return rest.is_empty();
    };
    let mut rest = rest;
    for part in between {
        match rest
            .get(1..)
            .and_then(|after| after.split_once(part.as_str()))
        {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    rest.len() > last.len() && rest.ends_with(last.as_str())
}

/// What stands between the variable parts.
fn literals(template: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('<') {
        let name = after.split_once('>').filter(|(name, _)| {
            !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase() || c == ' ')
        });
        let (literal, next) = match name {
            Some((_, after)) => (before.to_owned(), after),
            None => (format!("{before}<"), after),
        };
        if let Some(last) = parts.last_mut() {
            last.push_str(&literal);
        }
        if name.is_some() {
            parts.push(String::new());
        }
        rest = next;
    }
    if let Some(last) = parts.last_mut() {
        last.push_str(rest);
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_fit_whole_sentences() {
        for (template, text, expected) in [
            ("all of it", "all of it", true),
            ("all of it", "all of it.", false),
            ("Deployment <id> failed", "Deployment d-1 failed", true),
            ("Deployment <id> failed", "Deployment  failed", false),
            ("Deployment <id> failed", "Deployment d-1 failed.", false),
            ("<id> and <other>", "a and b", true),
            ("<id> and <other>", " and b", false),
            ("x <a>, <b>.", "x 1, 2.", true),
            ("x <a>, <b>.", "x 1 2.", false),
            ("keeps <TASK_DEFINITION>", "keeps <TASK_DEFINITION>", true),
            ("é<a>é", "éxé", true),
        ] {
            assert_eq!(fits(template, text), expected, "{template} | {text}");
        }
    }

    #[test]
    fn facts_take_their_places() {
        let facts = Facts::from([("role", "r".to_owned()), ("bucket", "b".to_owned())]);
        assert_eq!(fill("{role} in {bucket} {other}", &facts), "r in b {other}");
    }
}
