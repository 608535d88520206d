//! The output of line mode: plain text without control sequences, one item per line.

use crate::domain::text::inert;
use crate::flow::page::{Fact, Page, Tone};
use crate::ui::Output;

/// Longer lines are truncated, in characters.
const MAX_CHARS: usize = 2_000;

/// Collects output until it is sent.
#[derive(Debug, Default)]
pub(super) struct Printer {
    has_pty: bool,
    output: Output,
}

impl Printer {
    pub(super) fn new(has_pty: bool) -> Self {
        Self { has_pty, output: Output::default() }
    }

    pub(super) fn take(&mut self) -> Output {
        std::mem::take(&mut self.output)
    }

    /// Title, user name if it is new, and introduction of a page.
    pub(super) fn head(&mut self, page: &Page<'_>, new_name: Option<&str>) {
        self.line("");
        self.line(&page.title);
        if let Some(name) = new_name {
            self.line(&format!("Signed in as {name}"));
        }
        for sentence in &page.intro {
            self.line(sentence);
        }
        for Fact { label, value } in &page.facts {
            self.line(&format!("{label}: {value}"));
        }
        match &page.figure {
            Some(figure) if figure.picture.is_some() => self.line(&figure.alt),
            Some(figure) => figure.lines.iter().for_each(|line| self.line(line)),
            None => {}
        }
        for sentence in &page.outro {
            self.line(sentence);
        }
    }

    /// A table as `Header: value` lines, with an empty line after each row.
    pub(super) fn table(&mut self, page: &Page<'_>) {
        let Some(table) = &page.table else { return };
        if table.rows.is_empty() {
            return self.line(&table.empty);
        }
        for row in &table.rows {
            for (column, cell) in table.columns.iter().zip(row).filter(|(_, cell)| !cell.is_empty()) {
                self.line(&format!("{column}: {cell}"));
            }
            self.line("");
        }
    }

    /// `OK: …  [id]`, `Error: … [id]` or `Note: … [id]`.
    pub(super) fn result(&mut self, tone: Tone, id: &str, text: &str) {
        self.line(&format!("{}{text} [{id}]", tone.prefix()));
    }

    /// `1. Sign out [sign-out]`; rows, which people named themselves, have no id.
    pub(super) fn choice(&mut self, number: usize, label: &str, id: Option<&str>) {
        match id {
            Some(id) => self.line(&format!("{number}. {label} [{id}]")),
            None => self.line(&format!("{number}. {label}")),
        }
    }

    /// `?. Elsewhere: Teams, Support`
    pub(super) fn elsewhere(&mut self, labels: &str) {
        self.line(&format!("?. Elsewhere: {labels}"));
    }

    /// `Label: value`, for a field that is filled in already.
    pub(super) fn filled(&mut self, label: &str, value: &str) {
        self.line(&format!("{label}: {value}"));
    }

    /// `Label: ` without a line end.
    pub(super) fn prompt(&mut self, label: &str) {
        self.output.out.extend_from_slice(format!("{label}: ").as_bytes());
    }

    /// A line for standard error, or for the terminal, which has only one stream.
    pub(super) fn error(&mut self, text: &str) {
        let text = format!("{}{}", inert(text, MAX_CHARS), self.line_end());
        let stream = if self.has_pty { &mut self.output.out } else { &mut self.output.err };
        stream.extend_from_slice(text.as_bytes());
    }

    /// Echoes typed text if there is a pty.
    pub(super) fn echo(&mut self, typed: &str) {
        if self.has_pty {
            self.output.out.extend_from_slice(inert(typed, MAX_CHARS).as_bytes());
        }
    }

    /// Erases the last `cells` cells, the way Unix terminal drivers do.
    pub(super) fn erase(&mut self, cells: usize) {
        if self.has_pty {
            self.output.out.extend_from_slice("\u{8} \u{8}".repeat(cells).as_bytes());
        }
    }

    /// Bytes of unsent output.
    pub(super) fn len(&self) -> usize {
        self.output.out.len() + self.output.err.len()
    }

    /// Ends the line of the prompt.
    pub(super) fn end_line(&mut self) {
        let end = self.line_end();
        self.output.out.extend_from_slice(end.as_bytes());
    }

    fn line(&mut self, text: &str) {
        self.output.out.extend_from_slice(inert(text, MAX_CHARS).as_bytes());
        self.end_line();
    }

    fn line_end(&self) -> &'static str {
        if self.has_pty { "\r\n" } else { "\n" }
    }
}
