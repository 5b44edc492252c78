//! What lies under a failed action, for a person.

use crate::deploy::Cause;

use super::run_view::hanging_whole;
use super::{Style, without_controls};

/// How wide the names of the facts are.
const NAMES: usize = 12;
/// How many lines of a log are shown.
const LINES: usize = 12;

/// A text of several lines: a command that failed is quoted whole by AWS, however long it is.
fn abridged(text: &str) -> Vec<String> {
    let lines: Vec<&str> = text.lines().collect();
    match lines.as_slice() {
        [first, between @ .., last] if between.len() > 1 => vec![
            (*first).to_owned(),
            format!("... ({} lines) ...", between.len()),
            (*last).to_owned(),
        ],
        all => all.iter().map(|line| (*line).to_owned()).collect(),
    }
}

/// The facts, each under its name; every line ended.
pub fn cause(cause: &Cause, style: Style) -> String {
    let mut lines = Vec::new();
    let mut fact = |name: &str, text: &str| {
        let mut name = name;
        for line in abridged(text) {
            let head = format!("  {name:<NAMES$}");
            lines.extend(hanging_whole(&head, &without_controls(&line), style.width));
            name = "";
        }
    };
    if let Some(account) = &cause.account {
        let site = cause.site.as_deref().map(|site| format!("  ({site})"));
        fact("account", &format!("{account}{}", site.unwrap_or_default()));
    }
    if let Some(principal) = &cause.principal {
        fact("principal", principal);
        let texts = cause.words.iter().map(|it| &it.text).chain(&cause.log);
        if !cause.said && !texts.into_iter().any(|text| text.contains(principal)) {
            fact("", "(AWS does not name it: this step is carried out as it)");
        }
    }
    if cause.calls.is_empty() {
        fact("call", "(AWS names none)");
    } else {
        fact("call", &cause.calls.join(", "));
        if !cause.said {
            fact(
                "",
                if cause.calls.len() == 1 {
                    "(AWS does not name it: it is what this step consists of)"
                } else {
                    "(AWS does not say which: this step consists of these)"
                },
            );
        }
    }
    if let Some(resource) = &cause.resource {
        fact("resource", resource);
    }
    if let Some(because) = &cause.because {
        fact("", &format!("({because})"));
    }
    for (index, words) in cause.words.iter().enumerate() {
        fact(if index == 0 { "AWS says" } else { "" }, &words.text);
        let code = match words.code.as_str() {
            "" => String::new(),
            code => format!(": {code}"),
        };
        fact("", &format!("({}{code})", words.from));
    }
    let skipped = cause.log.len().saturating_sub(LINES);
    for (index, line) in cause.log.iter().skip(skipped).enumerate() {
        fact(if index == 0 { "log" } else { "" }, line);
    }
    for blind in &cause.blind {
        fact("not seen", blind);
    }
    // A link that fits on no line beside its name still fits below it.
    if let Some(page) = &cause.page {
        let head = format!("  {:<NAMES$}", "console");
        if head.len() + page.len() <= style.width {
            lines.push(format!("{head}{page}"));
        } else {
            lines.push("  console".to_owned());
            lines.push(format!("  {page}"));
        }
    }
    let mut out = lines.join("\n");
    out.push('\n');
    out
}
