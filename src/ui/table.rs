//! Tables without borders: columns align, numbers to the right.

/// A table that is being put together.
#[derive(Debug, Default)]
pub struct Table {
    rows: Vec<Vec<String>>,
    right: Vec<bool>,
    indent: usize,
}

impl Table {
    /// A table whose columns align left, or right where `right` says so.
    pub fn new(indent: usize, right: &[bool]) -> Self {
        Self {
            rows: Vec::new(),
            right: right.to_vec(),
            indent,
        }
    }

    /// Adds a row; cells may carry colour.
    pub fn row<T: Into<String>>(&mut self, cells: impl IntoIterator<Item = T>) -> &mut Self {
        self.rows.push(cells.into_iter().map(Into::into).collect());
        self
    }

    /// The table as text, each line ended; where a line would be longer than the window, every row's
    /// cells stand below each other.
    pub fn text_within(&self, width: usize) -> String {
        let text = self.text();
        if text
            .lines()
            .all(|line| console::measure_text_width(line) <= width)
        {
            return text;
        }
        let mut out = String::new();
        for row in &self.rows {
            for (column, cell) in row.iter().filter(|cell| !cell.is_empty()).enumerate() {
                let indent = self.indent + if column == 0 { 0 } else { 4 };
                out.push_str(&format!("{:indent$}{}\n", "", cell.trim_end()));
            }
        }
        out
    }

    /// The table as text, each line ended.
    pub fn text(&self) -> String {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or_default();
        let widths: Vec<usize> = (0..columns)
            .map(|column| {
                self.rows
                    .iter()
                    .filter_map(|row| row.get(column))
                    .map(|cell| console::measure_text_width(cell))
                    .max()
                    .unwrap_or_default()
            })
            .collect();
        let mut out = String::new();
        for row in &self.rows {
            let mut line = " ".repeat(self.indent);
            for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
                if column > 0 {
                    line.push_str("  ");
                }
                let fill = " ".repeat(width.saturating_sub(console::measure_text_width(cell)));
                if self.right.get(column).copied().unwrap_or_default() {
                    line.push_str(&fill);
                    line.push_str(cell);
                } else {
                    line.push_str(cell);
                    line.push_str(&fill);
                }
            }
            out.push_str(line.trim_end());
            out.push('\n');
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_align_by_what_is_seen() {
        let mut table = Table::new(2, &[false, true]);
        table
            .row(["shared", "14"])
            .row(["\u{1b}[32mdev\u{1b}[0m", "7"])
            .row(["서울", "1"]);
        assert_eq!(
            table.text(),
            "  shared  14\n  \u{1b}[32mdev\u{1b}[0m      7\n  서울     1\n"
        );
    }
}
