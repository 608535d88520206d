//! The output of line mode: plain text without control sequences, one item per line.

use super::line::cells;
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
        sentences(page).for_each(|sentence| self.line(&sentence));
        match &page.figure {
            Some(figure) if figure.picture.is_some() => self.line(&figure.alt),
            Some(figure) => figure.lines.iter().for_each(|line| self.line(line)),
            None => {}
        }
        for sentence in &page.outro {
            self.line(sentence);
        }
    }

    /// What the page says since its data has come, besides what is `known`.
    pub(super) fn rest_of_head(&mut self, page: &Page<'_>, known: &[String]) {
        sentences(page)
            .filter(|sentence| !known.contains(sentence))
            .for_each(|sentence| self.line(&sentence));
    }

    pub(super) fn has_pty(&self) -> bool {
        self.has_pty
    }

    /// A table as `Header: value` lines, with an empty line after each row. Facts are one a line.
    pub(super) fn table(&mut self, page: &Page<'_>) {
        if let Some(chart) = &page.chart {
            self.line(&chart.alt);
        }
        let Some(table) = &page.table else { return };
        if table.rows.is_empty() {
            return self.line(&table.empty);
        }
        if table.is_facts {
            table.rows.iter().for_each(|row| self.line(&row.join(": ")));
            return self.line("");
        }
        if !page.facts.is_empty() {
            self.line("");
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

    /// Shows again what an edit changed, with backspaces alone, the way Unix terminal drivers erase. The line was `old`,
    /// with `old_cursor` bytes before the cursor, and is `before` and `after` its cursor now.
    pub(super) fn edited(&mut self, old: &str, old_cursor: usize, before: &str, after: &str) {
        if !self.has_pty {
            return;
        }
        let back = |count: usize| "\u{8}".repeat(count);
        let (old_before, old_after) = old.split_at(old_cursor);
        // Nothing before the cursor is changed by an edit but removed.
        let kept = before.len().min(old_cursor);
        let mut shown = back(cells(&old_before[kept..]));
        if old.len() == before.len() + after.len() {
            shown.push_str(&inert(&before[kept..], MAX_CHARS));
        } else if old_after.is_empty() && after.is_empty() {
            shown = "\u{8} \u{8}".repeat(cells(&old_before[kept..]));
        } else {
            let gone = (cells(old) - cells(&old_before[..kept]))
                .saturating_sub(cells(&before[kept..]) + cells(after));
            let rest = [&before[kept..], after].concat();
            shown += &(inert(&rest, MAX_CHARS) + &" ".repeat(gone) + &back(gone + cells(after)));
        }
        self.output.out.extend_from_slice(shown.as_bytes());
    }

    /// Echoes what is after the cursor, and comes back to it.
    pub(super) fn echo_after(&mut self, after: &str) {
        self.echo(after);
        if self.has_pty {
            self.output.out.extend_from_slice("\u{8}".repeat(cells(after)).as_bytes());
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

/// The introduction of a page and its facts, one a line.
pub(super) fn sentences(page: &Page<'_>) -> impl Iterator<Item = String> {
    let facts = page.facts.iter().map(|Fact { label, value }| format!("{label}: {value}"));
    page.intro.iter().map(ToString::to_string).chain(facts)
}
