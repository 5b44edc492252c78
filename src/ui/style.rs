//! Colour and glyphs. Colour only repeats what a word or a sign says, and every glyph has a stand-in.

use std::io::IsTerminal;

/// The width of what is no terminal.
const UNBROKEN: usize = 65_535;

/// How text may look on one of the streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Whether colour is used.
    pub colour: bool,
    /// Whether anything beyond ASCII is used for signs and bars.
    pub unicode: bool,
    /// Columns, at least 20; far more than any line has where there is no terminal, so that `grep` finds
    /// whole lines.
    pub width: usize,
}

/// What a piece of text is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Done, permitted, made.
    Good,
    /// Failed, removed, in the way.
    Bad,
    /// Changed, or worth a look.
    Notice,
    /// Less important.
    Quiet,
    /// The verdict, a heading.
    Strong,
}

impl Style {
    /// No colour, ASCII only, 80 columns.
    pub const PLAIN: Self = Self {
        colour: false,
        unicode: false,
        width: 80,
    };

    /// What stderr can show: colour in a terminal unless `NO_COLOR` is set or `TERM` is `dumb`;
    /// other than ASCII signs unless the locale says it is not UTF-8.
    pub fn of_stderr() -> Self {
        Self::of(std::io::stderr().is_terminal())
    }

    /// The same for stdout.
    pub fn of_stdout() -> Self {
        Self::of(std::io::stdout().is_terminal())
    }

    fn of(terminal: bool) -> Self {
        let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let dumb = std::env::var("TERM").is_ok_and(|term| term == "dumb");
        let colour = terminal && !set("NO_COLOR") && !dumb;
        let width = if terminal {
            console::Term::stderr()
                .size_checked()
                .map_or(80, |(_, columns)| usize::from(columns))
        } else {
            UNBROKEN
        };
        Self {
            colour,
            unicode: speaks_utf8() && !dumb,
            width: width.max(20),
        }
    }

    /// Colours a text, or not.
    pub fn paint(self, tone: Tone, text: &str) -> String {
        if !self.colour || text.is_empty() {
            return text.to_owned();
        }
        let code = match tone {
            Tone::Good => "32",
            Tone::Bad => "31",
            Tone::Notice => "33",
            Tone::Quiet => "2",
            Tone::Strong => "1",
        };
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    }

    /// The sign for something that is right.
    pub fn yes(self) -> String {
        self.paint(Tone::Good, if self.unicode { "✓" } else { "ok" })
    }

    /// The sign for something that is wrong.
    pub fn no(self) -> String {
        self.paint(Tone::Bad, if self.unicode { "✗" } else { "x" })
    }

    /// An arrow.
    pub fn arrow(self) -> &'static str {
        if self.unicode { "→" } else { "->" }
    }
}

/// Whether the locale is UTF-8, by POSIX's order of precedence. Without any locale it is assumed:
/// CI systems rarely set one, and show UTF-8 all the same.
fn speaks_utf8() -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
        .iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
    match locale {
        None => true,
        Some(locale) => {
            let locale = locale.to_ascii_lowercase();
            locale.contains("utf-8") || locale.contains("utf8")
        }
    }
}
