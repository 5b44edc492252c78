//! What lies under a failed action, for a person.

use crate::deploy::Cause;
use crate::deploy::cause::refusal;

use super::run_view::hanging_whole;
use super::{Style, brief, without_controls};

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

/// Whether the call stands in AWS's words, if not as IAM writes it.
fn names_the_call(cause: &Cause) -> bool {
    let [call] = cause.calls.as_slice() else {
        return false;
    };
    let name = call.rsplit(':').next().unwrap_or(call).to_lowercase();
    let said = |text: &str| text.to_lowercase().contains(&name);
    cause.words.iter().any(|it| said(&it.text))
}

/// The line of a build's log that says what went wrong.
fn bottom(cause: &Cause) -> Option<&str> {
    let of_build = cause.words.iter().any(|it| it.text.starts_with("Build "));
    if !of_build {
        return None;
    }
    let told = ["[Sandbox]", "[Container]", "Command did not exit"];
    let mut lines = cause
        .log
        .iter()
        .map(|line| line.trim())
        .filter(|line| !told.iter().any(|it| line.starts_with(it)));
    let refused = lines.clone().rfind(|line| refusal(line).is_some());
    refused.or_else(|| lines.rfind(|line| is_error(line)))
}

/// Whether a line of a log speaks of something that went wrong.
fn is_error(line: &str) -> bool {
    let line = line.to_lowercase();
    [
        "error",
        "denied",
        "cannot",
        "not found",
        "invalid",
        "failed",
        "unable",
        "unknown",
        "fatal",
        "no such",
    ]
    .iter()
    .any(|word| line.contains(word))
}

/// The facts, each under its name; every line ended.
pub fn cause(cause: &Cause, style: Style) -> String {
    let mut lines = Vec::new();
    let mut fact = |name: &str, text: &str| {
        let mut name = name;
        for line in abridged(&brief(text)) {
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
        if cause.principal.is_some() {
            fact("call", "(AWS names none)");
        }
    } else {
        fact("call", &cause.calls.join(", "));
        if !cause.said && !names_the_call(cause) {
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
    // What went wrong in a build stands at its bottom, and comes first.
    let bottom = bottom(cause);
    let deepest = bottom.and_then(|line| cause.words.iter().position(|it| it.text.contains(line)));
    let own_line = bottom.filter(|_| deepest.is_none());
    if let Some(line) = own_line {
        fact("log", line);
    }
    let first = deepest.and_then(|at| cause.words.get(at)).into_iter();
    let rest = cause.words.iter().enumerate();
    let rest = rest
        .filter(|(at, _)| Some(*at) != deepest)
        .map(|(_, it)| it);
    for (index, words) in first.chain(rest).enumerate() {
        fact(if index == 0 { "AWS says" } else { "" }, &words.text);
        let code = match words.code.as_str() {
            "" => String::new(),
            code => format!(": {code}"),
        };
        fact("", &format!("({}{code})", words.from));
    }
    let log: Vec<&String> = cause
        .log
        .iter()
        .filter(|line| own_line != Some(line.as_str()))
        .filter(|line| !cause.words.iter().any(|it| it.text.contains(line.trim())))
        .collect();
    let skipped = log.len().saturating_sub(LINES);
    for (index, line) in log.into_iter().skip(skipped).enumerate() {
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
