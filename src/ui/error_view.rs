//! How an error looks: what happened and why, the place, then what to type.

use super::{Style, Tone};

/// A place in a user's file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file as the user named it.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column, from 1, in characters.
    pub column: usize,
    /// The line's text.
    pub text: String,
    /// How many characters to underline, at least one.
    pub length: usize,
}

/// An error on its way to a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Complaint {
    /// `what happened: why`.
    pub message: String,
    /// Further lines: facts that belong to it.
    pub details: Vec<String>,
    /// Where in a user's file.
    pub place: Option<Place>,
    /// What to type or change next.
    pub help: Option<String>,
}

impl Complaint {
    /// A message alone.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            details: Vec::new(),
            place: None,
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

    /// The text, each line ended.
    pub fn text(&self, style: Style) -> String {
        let mut out = format!("{} {}\n", style.paint(Tone::Bad, "error:"), self.message);
        if let Some(place) = &self.place {
            let number = place.line.to_string();
            let gutter = " ".repeat(number.len());
            let (bar, from) = if style.unicode {
                ("│", "╭─")
            } else {
                ("|", "--")
            };
            out.push_str(&format!(
                "{gutter} {from} {}:{}:{}\n{number} {bar} {}\n{gutter} {bar} {}{}\n",
                place.file,
                place.line,
                place.column,
                place.text,
                " ".repeat(width_before(place)),
                style.paint(Tone::Bad, &"^".repeat(place.length.max(1))),
            ));
        }
        for detail in &self.details {
            out.push_str(&format!("  {detail}\n"));
        }
        if let Some(help) = &self.help {
            out.push_str(&format!("{} {help}\n", style.paint(Tone::Good, "help:")));
        }
        out
    }
}

fn width_before(place: &Place) -> usize {
    let before: String = place
        .text
        .chars()
        .take(place.column.saturating_sub(1))
        .collect();
    console::measure_text_width(&before)
}
