//! The only place that writes to a terminal: tables, plans, progress, reports and errors.
//!
//! Results go to stdout; questions, progress and notes go to stderr.

mod ask;
mod error_view;
mod plan_view;
mod progress;
mod prompt;
mod proof_view;
mod report_view;
mod style;
mod table;

pub use ask::{YesNo, mfa_code, yes_no_details};
pub use error_view::{Complaint, draw_diagnostics};
pub use plan_view::{identities, plan};
pub use progress::{Progress, ProgressKind};
pub use prompt::TerminalPrompter;
use prompt::wrapped;
pub use proof_view::ProofView;
pub use report_view::{apply_report, verification};
pub use style::{Style, Tone};
pub use table::Table;

/// A text whose lines fit into the window, as far as their words do.
pub fn in_lines(text: &str, style: Style) -> String {
    text.lines()
        .flat_map(|line| wrapped(line, style.width))
        .map(|line| line + "\n")
        .collect()
}
