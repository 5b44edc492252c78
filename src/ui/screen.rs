//! One part of the terminal that is drawn over and over, without flicker: each frame is one write, and a line
//! is cleared only behind what stands on it.

use std::io::Write;

use console::Term;

/// The last lines of the terminal on stderr.
#[derive(Debug)]
pub struct Screen {
    term: Term,
    /// The widths of the lines that stand there.
    drawn: Vec<usize>,
    hidden: bool,
}

impl Default for Screen {
    fn default() -> Self {
        Self {
            term: Term::stderr(),
            drawn: Vec::new(),
            hidden: false,
        }
    }
}

impl Screen {
    /// The window, in columns and rows.
    pub fn size(&self) -> (usize, usize) {
        let (rows, columns) = self.term.size_checked().unwrap_or((24, 80));
        (usize::from(columns).max(20), usize::from(rows).max(4))
    }

    /// Draws a frame over the last one. What does not fit above the window's lower edge is left out.
    pub fn draw(&mut self, lines: &[String]) {
        let (columns, rows) = self.size();
        let mut text = String::new();
        if !self.hidden {
            text.push_str("\u{1b}[?25l");
            self.hidden = true;
        }
        text.push_str(&over(&self.drawn, columns));
        let fitting = lines.iter().take(rows.saturating_sub(1));
        self.drawn.clear();
        for line in fitting {
            text.push_str(line);
            text.push_str("\u{1b}[0m\u{1b}[K\n");
            self.drawn.push(console::measure_text_width(line));
        }
        text.push_str("\u{1b}[J");
        self.write(&text);
    }

    /// Says something above the frame, which stays.
    pub fn say(&mut self, text: &str, frame: &[String]) {
        let (columns, _) = self.size();
        let said = format!(
            "{}{}\u{1b}[J\n",
            over(&self.drawn, columns),
            text.trim_end()
        );
        self.drawn.clear();
        self.write(&said);
        self.draw(frame);
    }

    /// Leaves the last frame where it is and gives the cursor back.
    pub fn leave(&mut self) {
        self.drawn.clear();
        if self.hidden {
            self.hidden = false;
            self.write("\u{1b}[?25h");
        }
    }

    /// Rings the terminal's bell.
    pub fn ring(&self) {
        self.write("\u{7}");
    }

    fn write(&self, text: &str) {
        let mut out = std::io::stderr().lock();
        // A terminal that has gone away is no reason to stop.
        let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        self.leave();
    }
}

/// Goes to the beginning of what was drawn. In a window that has become narrower, its lines take more rows.
fn over(drawn: &[usize], columns: usize) -> String {
    let rows: usize = drawn
        .iter()
        .map(|width| width.div_ceil(columns).max(1))
        .sum();
    match rows {
        0 => "\r".to_owned(),
        rows => format!("\r\u{1b}[{rows}A"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_knows_how_far_up_it_began() {
        assert_eq!(over(&[], 80), "\r");
        assert_eq!(over(&[10, 0, 80], 80), "\r\u{1b}[3A");
        assert_eq!(over(&[10, 0, 80], 60), "\r\u{1b}[4A");
    }
}
