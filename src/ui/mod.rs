//! The only place that writes to a terminal: tables, plans, progress, reports and errors.
//!
//! Results go to stdout; questions, progress and notes go to stderr.

mod ask;
mod cause_view;
mod error_view;
mod history_view;
mod log_line;
mod plan_view;
mod progress;
mod prompt;
mod proof_view;
mod report_view;
mod run_lines;
mod run_view;
mod screen;
mod sentence;
mod sheet;
mod status_view;
mod style;
mod table;
mod when;

pub use ask::{YesNo, mfa_code, yes_no, yes_no_details};
pub use cause_view::cause;
pub use error_view::{Complaint, draw_diagnostics};
pub use history_view::history;
pub use log_line::log_line;
pub use plan_view::{identities, plan};
pub use progress::{Progress, ProgressKind};
pub use prompt::TerminalPrompter;
use prompt::wrapped;
pub use proof_view::ProofView;
pub use report_view::{apply_report, verification};
pub use run_lines::{run_id, run_line, short, waits, word};
pub use run_view::{Caption, frame, hanging, hanging_whole};
pub use screen::Screen;
pub use sentence::brief;
pub use status_view::status;
pub use style::{Style, Tone};
pub use table::Table;
pub use when::{between, clock, lasting};

/// A text in which nothing steers the terminal but our own colours: documents come from anywhere. Control
/// characters, and those that turn the direction of writing, are shown by their number.
pub fn without_controls(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        let after = rest.get(character.len_utf8()..).unwrap_or_default();
        if character == '\u{1b}'
            && let Some(colour) = after.strip_prefix('[')
            && let Some(end) = colour.find(|c: char| !c.is_ascii_digit() && c != ';')
            && colour.get(end..).is_some_and(|tail| tail.starts_with('m'))
        {
            let length = end.saturating_add(3);
            out.push_str(rest.get(..length).unwrap_or_default());
            rest = rest.get(length..).unwrap_or_default();
            continue;
        }
        let steers = (character.is_control() && character != '\n')
            || matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if steers {
            out.push_str(&format!("\\u{:04x}", u32::from(character)));
        } else {
            out.push(character);
        }
        rest = after;
    }
    out
}

/// A text whose lines fit into the window, as far as their words do.
pub fn in_lines(text: &str, style: Style) -> String {
    text.lines()
        .flat_map(|line| wrapped(line, style.width))
        .map(|line| line + "\n")
        .collect()
}
