//! How an error looks: what happened and why, the facts that belong to it, then what to type.
//!
//! Errors with a place in a user's file are drawn by miette, which underlines it.

use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme};

use super::{Style, Tone};
use crate::cloud::harmless;

/// An error on its way to a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Complaint {
    /// `what happened: why`.
    pub message: String,
    /// Further lines: facts that belong to it.
    pub details: Vec<String>,
    /// What to type or change next.
    pub help: Option<String>,
}

impl Complaint {
    /// A message alone.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            details: Vec::new(),
            help: None,
        }
    }

    /// With what to do next.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// With another fact.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.details.push(detail.into());
        self
    }

    /// The text, each line ended. What was typed, and what AWS says, steers no terminal.
    pub fn text(&self, style: Style) -> String {
        let mut out = format!(
            "{} {}\n",
            style.paint(Tone::Bad, "error:"),
            harmless(&self.message)
        );
        for detail in &self.details {
            out.push_str(&format!("  {}\n", harmless(detail)));
        }
        if let Some(help) = &self.help {
            let help = harmless(help);
            out.push_str(&format!("{} {help}\n", style.paint(Tone::Good, "help:")));
        }
        out
    }
}

/// Draws diagnostics with the place in the user's file underlined.
pub fn draw_diagnostics(diagnostic: &dyn Diagnostic, style: Style) -> String {
    let theme = match (style.unicode, style.colour) {
        (true, true) => GraphicalTheme::unicode(),
        (true, false) => GraphicalTheme::unicode_nocolor(),
        (false, _) => GraphicalTheme::none(),
    };
    let mut text = String::new();
    let drawn = GraphicalReportHandler::new_themed(theme)
        .with_width(style.width.min(100))
        .with_links(false)
        .render_report(&mut text, diagnostic);
    if drawn.is_err() {
        return format!("error: {diagnostic}\n");
    }
    // miette puts a line "Error:" before each mistake of several; the sign below it says the same.
    let lines: Vec<&str> = text.lines().filter(|line| *line != "Error: ").collect();
    lines.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_steers_no_terminal() {
        let complaint = Complaint::new("no branch '\u{1b}[2Jx\u{202e}'").detail("a\u{7}");
        assert_eq!(
            complaint.text(Style::PLAIN),
            "error: no branch '\\u001b[2Jx\\u202e'\n  a\\u0007\n"
        );
    }

    #[test]
    fn what_happened_then_facts_then_help() {
        let complaint = Complaint::new("wrong account for dev: expected 1, found 2")
            .detail("profile  bys-dev")
            .help("correct it");
        assert_eq!(
            complaint.text(Style::PLAIN),
            "error: wrong account for dev: expected 1, found 2\n  profile  bys-dev\nhelp: correct it\n"
        );
    }
}
