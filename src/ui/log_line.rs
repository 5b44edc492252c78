//! A line of what a run has written.

use crate::deploy::logs::{Entry, From};

use super::{Style, Tone, clock};
use crate::cloud::harmless;

/// The line, ended: when, who wrote it, what. A text of several lines takes as many, each with its head, so
/// that `grep` finds whose it is.
pub fn log_line(entry: &Entry, style: Style) -> String {
    let at = entry.at.map_or_else(|| "--:--:--Z".to_owned(), clock);
    let from = format!("{:<10}", entry.from.as_str());
    let head = match entry.from {
        From::Build => from,
        From::Pipeline => style.paint(Tone::Strong, &from),
        From::Deployment | From::Service => style.paint(Tone::Notice, &from),
    };
    let at = style.paint(Tone::Quiet, &at);
    let mut out = String::new();
    for line in entry.text.lines() {
        // A log may come from anywhere: not even its colours are let through.
        let line = harmless(&line.replace('\t', "    "));
        out.push_str(format!("{at}  {head}  {}", line.trim_end()).trim_end());
        out.push('\n');
    }
    if out.is_empty() {
        out = format!("{at}  {head}").trim_end().to_owned() + "\n";
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_log_steers_the_terminal() {
        let entry = Entry {
            at: jiff::Timestamp::from_second(1_780_000_000).ok(),
            from: From::Build,
            action: "Build/Build".to_owned(),
            text: "red \u{1b}[31mhere\u{1b}]0;title\u{7}\nsecond\ttab".to_owned(),
        };
        assert_eq!(
            log_line(&entry, Style::PLAIN),
            "20:26:40Z  build       red \\u001b[31mhere\\u001b]0;title\\u0007\n20:26:40Z  build       second    tab\n"
        );
    }
}
