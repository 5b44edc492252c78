//! What is wrong with a blueprint, with the place of each mistake.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use miette::{Diagnostic, LabeledSpan, NamedSource, Severity, SourceCode};

use super::key::Key;

/// A file as it was read.
pub type Source = Arc<NamedSource<String>>;

/// A place in a file that an error points at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// The bytes.
    pub span: Range<usize>,
    /// The line, counted from 1.
    pub line: usize,
    /// The column in characters, counted from 1.
    pub column: usize,
    /// What is the matter there, in a few words.
    pub text: String,
}

impl Label {
    pub(super) fn new(source: &str, span: Range<usize>, text: impl Into<String>) -> Self {
        let mut start = span.start.min(source.len());
        while !source.is_char_boundary(start) {
            start -= 1;
        }
        let mut end = span.end.clamp(start, source.len());
        while !source.is_char_boundary(end) {
            end += 1;
        }
        let before = source.get(..start).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        Self {
            span: start..end,
            line: before.matches('\n').count() + 1,
            column: before.get(line_start..).unwrap_or_default().chars().count() + 1,
            text: text.into(),
        }
    }
}

/// One mistake in a blueprint. `Display` says what is wrong; [`BlueprintError::labels`] says where,
/// and [`BlueprintError::help`] what to type instead.
#[derive(Debug, Clone)]
pub struct BlueprintError {
    pub(super) message: String,
    pub(super) labels: Vec<Label>,
    pub(super) help: Option<String>,
    pub(super) key: Option<Key>,
    pub(super) source: Option<Source>,
    pub(super) suspicion: bool,
}

impl BlueprintError {
    /// What is wrong: why.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What to do about it.
    pub fn help(&self) -> Option<&str> {
        self.help.as_deref()
    }

    /// The places in the file, the most important one first. Empty where the value came from a flag
    /// or an answer.
    pub fn labels(&self) -> &[Label] {
        &self.labels
    }

    /// The line of the first place, counted from 1.
    pub fn line(&self) -> Option<usize> {
        self.labels.first().map(|label| label.line)
    }

    /// The column of the first place, counted from 1.
    pub fn column(&self) -> Option<usize> {
        self.labels.first().map(|label| label.column)
    }

    /// The key that it is about, if it is about one.
    pub fn key(&self) -> Option<&Key> {
        self.key.as_ref()
    }

    /// The name of the file, if it is about one.
    pub fn file(&self) -> Option<&str> {
        self.source.as_ref().map(|source| source.name())
    }

    /// Whether it is only a suspicion: unusual, but possible.
    pub fn is_suspicion(&self) -> bool {
        self.suspicion
    }

    /// The error in one paragraph without drawing: `crosspipe.toml:5:11: message. help`.
    pub fn plain(&self) -> String {
        let mut text = String::new();
        if let Some(file) = self.file() {
            text.push_str(file);
            if let (Some(line), Some(column)) = (self.line(), self.column()) {
                text.push_str(&format!(":{line}:{column}"));
            }
            text.push_str(": ");
        }
        text.push_str(&self.message);
        if let Some(help) = &self.help {
            text.push_str("\n  help: ");
            text.push_str(&help.replace('\n', "\n  "));
        }
        text
    }
}

impl fmt::Display for BlueprintError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for BlueprintError {}

impl Diagnostic for BlueprintError {
    fn severity(&self) -> Option<Severity> {
        Some(if self.suspicion {
            Severity::Warning
        } else {
            Severity::Error
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help
            .as_ref()
            .map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.source
            .as_ref()
            .filter(|_| !self.labels.is_empty())
            .map(|source| source as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        if self.labels.is_empty() {
            return None;
        }
        Some(Box::new(self.labels.iter().map(|label| {
            LabeledSpan::new_with_span(Some(label.text.clone()), label.span.clone())
        })))
    }
}

/// Everything that is wrong with a blueprint. Never empty.
#[derive(Debug, Clone)]
pub struct BlueprintErrors {
    pub(super) file: Option<String>,
    pub(super) errors: Vec<BlueprintError>,
}

impl BlueprintErrors {
    /// The mistakes, in the order of the file.
    pub fn errors(&self) -> &[BlueprintError] {
        &self.errors
    }

    /// All mistakes without drawing, one paragraph each.
    pub fn plain(&self) -> String {
        let all: Vec<String> = self.errors.iter().map(BlueprintError::plain).collect();
        all.join("\n")
    }

    /// A file that could not be read at all.
    pub(super) fn unreadable(file: &str, why: &str, help: Option<String>) -> Self {
        Self {
            file: Some(file.to_owned()),
            errors: vec![BlueprintError {
                message: format!("{file} cannot be read: {why}"),
                labels: Vec::new(),
                help,
                key: None,
                source: None,
                suspicion: false,
            }],
        }
    }
}

impl fmt::Display for BlueprintErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.errors.len() {
            1 => "1 mistake".to_owned(),
            count => format!("{count} mistakes"),
        };
        match &self.file {
            Some(file) => write!(f, "{file} has {what}"),
            None => write!(f, "the answers have {what}"),
        }
    }
}

impl std::error::Error for BlueprintErrors {}

impl Diagnostic for BlueprintErrors {
    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn Diagnostic> + 'a>> {
        Some(Box::new(
            self.errors.iter().map(|error| error as &dyn Diagnostic),
        ))
    }
}
