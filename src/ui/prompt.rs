//! The questions on a terminal: prompts on stderr, Esc goes back, Ctrl-C leaves.

#[cfg(test)]
mod tests;

use std::fmt;
use std::io::Write;

use inquire::error::{CustomUserError, InquireError};
use inquire::ui::{Color, RenderConfig, Styled};
use inquire::validator::{ErrorMessage, Validation};
use inquire::{Confirm, Select, Text};

use crate::wizard::{Choice, Note, NoteKind, Prompter, Question, QuestionKind, Reply};

/// How it looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// Colours; they repeat what a word or sign says.
    pub colour: bool,
    /// Signs beyond ASCII.
    pub unicode: bool,
    /// Columns of the terminal.
    pub columns: usize,
}

impl Look {
    /// As the terminal of stderr allows: no colour with `NO_COLOR` or a dumb terminal, no signs
    /// beyond ASCII where the locale says that it is not UTF-8.
    pub fn of_terminal() -> Self {
        let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let dumb = set("TERM").is_some_and(|term| term == "dumb");
        let (_, columns) = console::Term::stderr().size();
        Self {
            colour: set("NO_COLOR").is_none() && !dumb,
            unicode: super::Style::of_stderr().unicode,
            columns: usize::from(columns).max(20),
        }
    }
}

/// Asks a person.
#[derive(Debug)]
pub struct TerminalPrompter {
    look: Look,
}

impl TerminalPrompter {
    /// A prompter of a certain look.
    pub fn new(look: Look) -> Self {
        Self { look }
    }

    fn render(&self) -> RenderConfig<'static> {
        let config = if self.look.colour {
            RenderConfig::default_colored()
                .with_answered_prompt_prefix(Styled::new("?").with_fg(Color::LightGreen))
        } else {
            RenderConfig::empty()
        };
        config.with_canceled_prompt_indicator(Styled::new("(left)"))
    }

    /// A question is one line where it fits; its help follows below.
    fn text(&self, question: &Question, optional: bool) -> Result<String, InquireError> {
        let own = question.clone();
        let room = self.look.columns.saturating_sub(2);
        let help = self.help(question);
        let mut prompt = Text::new(&question.prompt)
            .with_render_config(self.render())
            .with_help_message(&help)
            .with_validator(move |answer: &str| -> Result<Validation, CustomUserError> {
                if answer.trim().is_empty() && !optional {
                    return Ok(refused("an answer is needed here"));
                }
                Ok(match own.check(answer) {
                    Ok(()) => Validation::Valid,
                    Err(complaint) => refused(wrapped(&complaint.to_string(), room).join("\n")),
                })
            });
        if let Some(default) = question.default.as_deref() {
            prompt = prompt.with_default(default);
        }
        prompt.prompt()
    }

    fn select(&self, question: &Question, choices: &[Choice]) -> Result<String, InquireError> {
        let widest = choices
            .iter()
            .map(|choice| console::measure_text_width(&choice.label))
            .max()
            .unwrap_or(0);
        let room = self.look.columns.saturating_sub(4);
        let options: Vec<Row> = choices
            .iter()
            .map(|choice| Row::new(choice, widest, room))
            .collect();
        let start = choices
            .iter()
            .position(|choice| Some(&choice.value) == question.default.as_ref())
            .unwrap_or(0);
        let help = self.help(question);
        let mut render = self.render();
        if self.look.unicode {
            render = render.with_highlighted_option_prefix(if self.look.colour {
                Styled::new("›").with_fg(Color::LightCyan)
            } else {
                Styled::new("›")
            });
        }
        loop {
            let chosen = Select::new(&question.prompt, options.clone())
                .with_render_config(render)
                .with_starting_cursor(start)
                .with_page_size(10)
                .with_help_message(&help)
                .with_formatter(&|row| row.value.value.label.clone())
                .prompt()?;
            match question.check(&chosen.value.value) {
                Ok(()) => return Ok(chosen.value.value),
                Err(complaint) => self.say(&format!("# {complaint}"), Some(Color::LightRed)),
            }
        }
    }

    fn confirm(&self, question: &Question) -> Result<String, InquireError> {
        let help = self.help(question);
        let mut prompt = Confirm::new(&question.prompt)
            .with_render_config(self.render())
            .with_help_message(&help);
        if let Some(default) = question.default.as_deref() {
            prompt = prompt.with_default(default == "yes");
        }
        prompt
            .prompt()
            .map(|yes| if yes { "yes" } else { "no" }.to_owned())
    }

    /// The help line, with the keys where there is room for them.
    fn help(&self, question: &Question) -> String {
        let keys = match &question.kind {
            QuestionKind::Select { .. } if self.look.unicode => "↑↓ choose, Esc back",
            QuestionKind::Select { .. } => "arrows choose, Esc back",
            _ => "Esc back",
        };
        // inquire puts the help into brackets.
        let full = format!("{}; {keys}", question.help);
        if question.help.is_empty() {
            keys.to_owned()
        } else if console::measure_text_width(&full) + 2 <= self.look.columns {
            full
        } else {
            question.help.clone()
        }
    }

    fn say(&self, text: &str, colour: Option<Color>) {
        let text = if self.look.unicode {
            text.to_owned()
        } else {
            ascii(text)
        };
        let mut err = std::io::stderr().lock();
        for line in wrapped(&text, self.look.columns) {
            let styled = match (self.look.colour, colour) {
                (true, Some(Color::LightRed)) => console::Style::new()
                    .red()
                    .force_styling(true)
                    .apply_to(line)
                    .to_string(),
                (true, Some(_)) => console::Style::new()
                    .yellow()
                    .force_styling(true)
                    .apply_to(line)
                    .to_string(),
                _ => line,
            };
            let _ = writeln!(err, "{styled}");
        }
    }
}

fn refused(message: impl Into<String>) -> Validation {
    Validation::Invalid(ErrorMessage::Custom(message.into()))
}

impl Prompter for TerminalPrompter {
    fn ask(&mut self, question: &Question) -> Reply {
        let answer = match &question.kind {
            QuestionKind::Text { optional } => self.text(question, *optional),
            QuestionKind::Select { choices } => self.select(question, choices),
            QuestionKind::Confirm => self.confirm(question),
        };
        match answer {
            Ok(answer) => Reply::Answer(answer),
            Err(InquireError::OperationCanceled) => Reply::Back,
            Err(InquireError::OperationInterrupted) => Reply::Cancel,
            Err(InquireError::NotTTY) => Reply::Unanswered,
            Err(error) => Reply::Failed(error.to_string()),
        }
    }

    fn tell(&mut self, note: &Note) {
        match note.kind {
            NoteKind::Working => {
                let dots = if self.look.unicode { "…" } else { "..." };
                self.say(&format!("  {}{dots}", note.text), None);
            }
            NoteKind::Fact => self.say(&format!("  {}", note.text), None),
            NoteKind::Warning => self.say(&format!("! {}", note.text), Some(Color::LightYellow)),
        }
    }

    fn show(&mut self, summary: &[(String, String)]) {
        self.say("", None);
        let widest = summary
            .iter()
            .map(|(label, _)| console::measure_text_width(label))
            .max()
            .unwrap_or(0);
        // Label and value side by side where both have room, otherwise below each other.
        let beside = widest + 2 + 30 <= self.look.columns;
        for (label, value) in summary {
            if beside {
                let lines = wrapped(value, self.look.columns.saturating_sub(widest + 4));
                for (index, line) in lines.iter().enumerate() {
                    let label = if index == 0 { label.as_str() } else { "" };
                    self.say(
                        &format!(
                            "  {}  {line}",
                            console::pad_str(label, widest, console::Alignment::Left, None)
                        ),
                        None,
                    );
                }
            } else {
                self.say(&format!("  {label}"), None);
                self.say(&format!("      {value}"), None);
            }
        }
        self.say("", None);
    }
}

/// A choice as a row of a list.
#[derive(Debug, Clone)]
struct Row {
    value: Choice,
    shown: String,
}

impl Row {
    fn new(choice: &Choice, widest: usize, room: usize) -> Self {
        let padded = console::pad_str(&choice.label, widest, console::Alignment::Left, None);
        let line = format!("{padded}  {}", choice.explanation);
        let shown = if choice.explanation.is_empty() {
            choice.label.clone()
        } else {
            line
        };
        Self {
            value: choice.clone(),
            shown: console::truncate_str(shown.trim_end(), room, "..").into_owned(),
        }
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

/// Breaks a text into lines that fit, at spaces where it can; later lines are indented like the
/// first.
pub(super) fn wrapped(text: &str, columns: usize) -> Vec<String> {
    let indent: String = text.chars().take_while(|c| *c == ' ').collect();
    let indent = if text.starts_with("! ") || text.starts_with("# ") {
        "  ".to_owned()
    } else {
        indent
    };
    let width = |text: &str| console::measure_text_width(text);
    if width(text) <= columns {
        return vec![text.to_owned()];
    }
    let mut lines: Vec<String> = Vec::new();
    let mut line: Option<String> = None;
    for word in text.split(' ') {
        line = Some(match line {
            None => word.to_owned(),
            // A column's second space is no reason for a line of its own.
            Some(line) if line.trim().is_empty() || width(&line) + 1 + width(word) <= columns => {
                format!("{line} {word}")
            }
            Some(line) => {
                lines.push(line.trim_end().to_owned());
                format!("{indent}{word}")
            }
        });
    }
    lines.extend(line);
    lines
}

/// The stand-ins for signs beyond ASCII that our own texts use.
fn ascii(text: &str) -> String {
    text.replace('…', "...")
        .replace('→', "->")
        .replace('–', "-")
}
