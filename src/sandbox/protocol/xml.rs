//! A small XML writer: elements and text, nothing else.

use std::fmt::Write as _;

/// XML under construction.
#[derive(Debug, Default)]
pub struct Xml(String);

impl Xml {
    /// Starts a document.
    pub fn document() -> Self {
        Self("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned())
    }

    /// Opens an element; `attributes` are written as given.
    pub fn open(&mut self, name: &str, attributes: &str) -> &mut Self {
        if attributes.is_empty() {
            let _ = write!(self.0, "<{name}>");
        } else {
            let _ = write!(self.0, "<{name} {attributes}>");
        }
        self
    }

    /// Closes an element.
    pub fn close(&mut self, name: &str) -> &mut Self {
        let _ = write!(self.0, "</{name}>");
        self
    }

    /// An element with text.
    pub fn leaf(&mut self, name: &str, text: &str) -> &mut Self {
        let _ = write!(self.0, "<{name}>{}</{name}>", escaped(text));
        self
    }

    /// An element with text, where there is one.
    pub fn maybe(&mut self, name: &str, text: Option<&str>) -> &mut Self {
        if let Some(text) = text {
            self.leaf(name, text);
        }
        self
    }

    /// An element with others inside.
    pub fn within(&mut self, name: &str, inside: impl FnOnce(&mut Self)) -> &mut Self {
        self.open(name, "");
        inside(self);
        self.close(name)
    }

    /// Adds what was written elsewhere.
    pub fn raw(&mut self, text: &str) -> &mut Self {
        self.0.push_str(text);
        self
    }

    /// The text.
    pub fn finish(self) -> String {
        self.0
    }
}

/// Escapes a text for XML. Characters that XML 1.0 cannot carry become U+FFFD; a carriage return, which
/// a parser would turn into a line feed, is written as a reference.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\r' => out.push_str("&#13;"),
            '\t' | '\n' => out.push(c),
            c if (c as u32) < 0x20 || c == '\u{fffe}' || c == '\u{ffff}' => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}
