//! A table with headings, one of whose columns gives way where the window is narrow; where that is not
//! enough, each row stands by itself with a heading before each value.

use super::prompt::wrapped;
use super::{Style, Table, Tone};

/// Columns that the one that gives way keeps at least.
const LEAST: usize = 12;
/// Columns that it takes at most in a terminal: a message may be long.
const MOST: usize = 60;

/// A table with headings.
#[derive(Debug)]
pub struct Sheet {
    heads: Vec<&'static str>,
    gives_way: usize,
    rows: Vec<Vec<String>>,
}

impl Sheet {
    /// With these headings; `gives_way` is the column that becomes narrower first.
    pub fn new(heads: &[&'static str], gives_way: usize) -> Self {
        Self {
            heads: heads.to_vec(),
            gives_way,
            rows: Vec::new(),
        }
    }

    /// Adds a row, without colour.
    pub fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells);
    }

    /// The text, each line ended.
    pub fn text(&self, style: Style) -> String {
        let widths: Vec<usize> = (0..self.heads.len())
            .map(|column| {
                let head = self.heads.get(column).map_or(0, |it| wide(it));
                let cells = self.rows.iter().filter_map(|row| row.get(column));
                cells.map(|it| wide(it)).max().unwrap_or_default().max(head)
            })
            .collect();
        let gaps = self.heads.len().saturating_sub(1) * 2;
        let whole: usize = widths.iter().sum::<usize>() + gaps;
        let flexible = widths.get(self.gives_way).copied().unwrap_or_default();
        let fixed = whole.saturating_sub(flexible);
        let room = style.width.saturating_sub(fixed);
        if whole <= style.width && flexible <= MOST {
            return self.table(style, flexible);
        }
        if room >= LEAST.min(flexible) {
            // What is no terminal has all the room there is: `grep` finds whole messages.
            let most = if style.width > 1000 { flexible } else { MOST };
            return self.table(style, room.min(most).min(flexible));
        }
        self.stacked(style)
    }

    fn table(&self, style: Style, room: usize) -> String {
        let mut table = Table::new(0, &[]);
        table.row(self.heads.iter().map(|head| style.paint(Tone::Quiet, head)));
        for row in &self.rows {
            table.row(row.iter().enumerate().map(|(column, cell)| {
                if column == self.gives_way {
                    cut(cell, room, style)
                } else if column == 0 {
                    style.paint(Tone::Strong, cell)
                } else {
                    cell.clone()
                }
            }));
        }
        table.text()
    }

    fn stacked(&self, style: Style) -> String {
        let label = self.heads.iter().skip(1).map(|it| wide(it)).max();
        let label = label.unwrap_or_default();
        let mut out = String::new();
        for (index, row) in self.rows.iter().enumerate() {
            if index > 0 {
                out.push('\n');
            }
            let mut cells = row.iter().zip(&self.heads);
            if let Some((first, _)) = cells.next() {
                out.push_str(&format!("{}\n", style.paint(Tone::Strong, first)));
            }
            for (cell, head) in cells.filter(|(cell, _)| !cell.is_empty()) {
                let fill = " ".repeat(label.saturating_sub(wide(head)));
                let room = style.width.saturating_sub(label + 4).max(10);
                for (line, text) in wrapped(cell, room).iter().enumerate() {
                    if line == 0 {
                        let head = style.paint(Tone::Quiet, head);
                        out.push_str(&format!("  {head}{fill}  {text}\n"));
                    } else {
                        out.push_str(&format!("{:1$}{text}\n", "", label + 4));
                    }
                }
            }
        }
        out
    }
}

fn wide(text: &str) -> usize {
    console::measure_text_width(text)
}

/// A text that fits into so many columns, cut with a sign that says so.
pub fn cut(text: &str, room: usize, style: Style) -> String {
    let sign = if style.unicode { "…" } else { "..." };
    console::truncate_str(text, room, sign).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheet() -> Sheet {
        let mut sheet = Sheet::new(&["", "commit", "message", "since"], 2);
        sheet.row(vec![
            "dev".into(),
            "a41f9c2".into(),
            "Fix the redirect after login".into(),
            "2 h".into(),
        ]);
        sheet.row(vec!["stg".into(), "-".into(), String::new(), String::new()]);
        sheet
    }

    #[test]
    fn one_column_gives_way_before_the_rows_are_taken_apart() {
        let text = |width| {
            sheet().text(Style {
                width,
                ..Style::PLAIN
            })
        };
        insta::assert_snapshot!(text(60), @"
             commit   message                       since
        dev  a41f9c2  Fix the redirect after login  2 h
        stg  -
        ");
        insta::assert_snapshot!(text(40), @"
             commit   message              since
        dev  a41f9c2  Fix the redirect...  2 h
        stg  -
        ");
        insta::assert_snapshot!(text(28), @"
        dev
          commit   a41f9c2
          message  Fix the redirect
                   after login
          since    2 h

        stg
          commit   -
        ");
    }
}
