//! Lays a page out as a column of rows, as spacious as the height allows.

use super::Screen;
use super::focus::Focus;
use super::meter::METER_COLUMNS;
use super::safe_buffer::{PLAIN, STRONG, toned};
use super::sparkline::LABEL_COLUMNS;
use super::table::Columns;
use super::text::{columns, wrap};
use crate::flow::page::{Action, ActionKind, Field, Hint, Meter, Notice, Page, Series, Tone, Value};
use ratatui::style::Style;

/// How much space a page takes, from much to little.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Density {
    /// Boxes around fields, blank lines between paragraphs.
    #[default]
    Spacious,
    /// Boxes around fields.
    Boxed,
    /// Each field on one line, blank lines between the parts.
    Flat,
    /// No blank lines.
    Compact,
}

impl Density {
    const ALL: [Self; 4] = [Self::Spacious, Self::Boxed, Self::Flat, Self::Compact];
}

/// Position and widths of the page's column.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Column {
    /// Left edge of the boxes.
    pub(super) x: u16,
    /// Width of the boxes, borders included.
    pub(super) form: u16,
    /// Width of text, which starts at `x + 1`.
    pub(super) text: u16,
}

impl Column {
    /// A centred column: boxes of 42 columns, text of up to 58.
    pub(super) fn of(cols: u16) -> Self {
        let form = cols.min(42);
        let x = (cols - form) / 2;
        Self { x, form, text: cols.saturating_sub(x + 2).clamp(1, 58) }
    }
}

/// One row of the column.
pub(super) enum LayoutRow<'p> {
    Blank,
    /// A line of text.
    Text {
        text: &'p str,
        style: Style,
    },
    /// A meter, and the first line of what it says.
    Meter {
        meter: Meter,
        text: &'p str,
        style: Style,
    },
    /// A row of the chart.
    Series(&'p Series),
    /// A line of the notice: `lead` in bold at column `x`, the text `indent` columns further right.
    Notice {
        x: u16,
        lead: &'static str,
        indent: u16,
        text: &'p str,
        style: Style,
    },
    /// [`Screen`]'s own remark below a field.
    Remark,
    /// The label above a field.
    Label(usize),
    /// The upper or lower border of a box.
    Edge {
        top: bool,
        /// As wide as text.
        wide: bool,
    },
    /// One of the `of` rows of a field inside its box.
    Boxed {
        field: usize,
        line: usize,
        of: usize,
    },
    /// A checkbox followed by its label.
    Checkbox(usize),
    /// A field in brackets, `label` columns after its label; 0 if the label is above it.
    Bracketed {
        field: usize,
        label: u16,
    },
    /// Actions, each with its column.
    Actions(Vec<(u16, &'p Action)>),
    TableHead,
    TableRow(usize),
}

/// The rows of a page.
pub(super) struct Layout<'p> {
    pub(super) rows: Vec<LayoutRow<'p>>,
    pub(super) columns: Columns,
    pub(super) density: Density,
    /// Number of table rows among them.
    pub(super) table_rows: usize,
}

impl Layout<'_> {
    /// `3-7 of 12`, unless the whole table is shown.
    pub(super) fn count(&self, page: &Page<'_>) -> Option<String> {
        let of = page.table.as_ref().map_or(0, |table| table.rows.len());
        let (first, shown) = (self.first_table_row(), self.table_rows);
        (shown < of).then(|| format!("{}-{} of {of}", first + 1, first + shown))
    }

    /// Index of the first table row that is shown.
    pub(super) fn first_table_row(&self) -> usize {
        let index = |row: &LayoutRow<'_>| if let LayoutRow::TableRow(n) = row { Some(*n) } else { None };
        self.rows.iter().find_map(index).unwrap_or(0)
    }
}

pub(super) struct LayoutBuilder<'p, 's> {
    pub(super) screen: &'s Screen,
    pub(super) page: &'p Page<'p>,
    pub(super) column: Column,
    /// Columns of the screen.
    pub(super) cols: u16,
    /// Rows available for the page.
    pub(super) height: u16,
    pub(super) wait: &'static str,
    pub(super) is_utf8: bool,
    /// What stands in place of a picture that is not shown.
    pub(super) unshown: Option<&'p str>,
}

impl<'p> LayoutBuilder<'p, '_> {
    /// The most spacious layout that fits and is at least as dense as `min`, else the most compact one.
    pub(super) fn build(&self, min: Density) -> Layout<'p> {
        let columns = self
            .page
            .table
            .as_ref()
            .map(|table| Columns::of(table, self.column, self.cols))
            .unwrap_or_default();
        let mut layout = None;
        for density in Density::ALL.into_iter().filter(|density| *density >= min) {
            let (rows, table_rows, fits) = self.rows(density);
            layout = Some((rows, table_rows, density));
            if fits {
                break;
            }
        }
        let (rows, table_rows, density) = layout.unwrap_or_default();
        Layout { rows, columns, density, table_rows }
    }

    fn rows(&self, density: Density) -> (Vec<LayoutRow<'p>>, usize, bool) {
        let mut before = Vec::with_capacity(32);
        self.intro(&mut before, density);
        if self.page.table.is_some() {
            self.notice(&mut before);
        }
        self.fields(&mut before, density);
        let mut after = Vec::with_capacity(16);
        if self.page.table.is_none() {
            self.notice(&mut after);
        }
        self.actions(&mut after, density, before.is_empty());
        self.outro(&mut after, density);
        let has_double_gap =
            matches!((before.last(), after.first()), (Some(LayoutRow::Blank), Some(LayoutRow::Blank)));
        if has_double_gap && self.page.table.is_none() {
            before.pop();
        }
        let available = usize::from(self.height).saturating_sub(before.len() + after.len());
        let (table_rows, fits) = self.table(&mut before, available, density == Density::Compact);
        before.append(&mut after);
        let fits = fits && before.len() <= usize::from(self.height);
        (before, table_rows, fits)
    }

    fn gap(rows: &mut Vec<LayoutRow<'p>>, density: Density) {
        if density != Density::Compact && !matches!(rows.last(), Some(LayoutRow::Blank)) {
            rows.push(LayoutRow::Blank);
        }
    }

    fn paragraph(&self, rows: &mut Vec<LayoutRow<'p>>, text: &'p str, style: Style) {
        rows.extend(wrap(text, self.column.text).map(|text| LayoutRow::Text { text, style }));
    }

    fn intro(&self, rows: &mut Vec<LayoutRow<'p>>, density: Density) {
        Self::gap(rows, density);
        for text in &self.page.intro {
            if density == Density::Spacious {
                Self::gap(rows, density);
            }
            self.paragraph(rows, text, PLAIN);
        }
        self.figure(rows, density);
        self.chart(rows, density);
        Self::gap(rows, density);
    }

    /// The chart where there are rows to spare for it, or what it says.
    fn chart(&self, rows: &mut Vec<LayoutRow<'p>>, density: Density) {
        let Some(chart) = self.page.chart.as_ref().filter(|_| self.height >= 16) else { return };
        Self::gap(rows, density);
        let days = chart.series.iter().map(|series| series.counts.len()).max().unwrap_or_default();
        if !self.is_utf8 || usize::from(self.column.text) < usize::from(LABEL_COLUMNS) + days {
            return self.paragraph(rows, &chart.alt, PLAIN);
        }
        rows.extend(chart.series.iter().map(LayoutRow::Series));
    }

    /// The lines of a figure, or what is said in place of a picture that is not shown.
    fn figure(&self, rows: &mut Vec<LayoutRow<'p>>, density: Density) {
        let Some(figure) = &self.page.figure else { return };
        if figure.picture.is_none() {
            Self::gap(rows, density);
            rows.extend(figure.lines.iter().map(|line| LayoutRow::Text { text: line, style: STRONG }));
        } else if let Some(text) = self.unshown {
            self.paragraph(rows, text, PLAIN);
        }
    }

    fn outro(&self, rows: &mut Vec<LayoutRow<'p>>, density: Density) {
        for (n, text) in self.page.outro.iter().enumerate() {
            if n == 0 || density == Density::Spacious {
                Self::gap(rows, density);
            }
            self.paragraph(rows, text, PLAIN);
        }
    }

    /// The result of the last action, or that it is still in progress.
    fn notice(&self, rows: &mut Vec<LayoutRow<'p>>) {
        if self.page.waiting {
            rows.push(LayoutRow::Text { text: self.wait, style: PLAIN });
        } else if let Some(notice) = self.page.notice.as_ref().filter(|_| self.missing().is_none()) {
            self.notice_lines(rows, notice);
        }
    }

    /// The field below which the notice is shown.
    fn missing(&self) -> Option<usize> {
        let notice = self.page.notice.as_ref().filter(|_| !self.page.waiting)?;
        self.screen.missing.filter(|_| notice.is_about_what_is_missing())
    }

    fn notice_lines(&self, rows: &mut Vec<LayoutRow<'p>>, notice: &'p Notice<'p>) {
        let word = notice.tone.prefix();
        let indent = columns(word);
        let full = indent.saturating_add(columns(&notice.text));
        // Scripts wait for these words, so a long notice is moved to the left rather than wrapped.
        let moved = full > self.column.text && full <= self.cols.saturating_sub(2);
        let left = (self.column.x + 1).min(self.cols.saturating_sub(full.saturating_add(1)));
        let (x, width) = if moved { (left, full) } else { (self.column.x + 1, self.column.text) };
        for (n, text) in wrap(&notice.text, width.saturating_sub(indent)).enumerate() {
            let lead = if n == 0 { word } else { "" };
            rows.push(LayoutRow::Notice { x, lead, indent, text, style: toned(notice.tone) });
        }
    }

    fn fields(&self, rows: &mut Vec<LayoutRow<'p>>, density: Density) {
        let widest = self.page.fields.iter().map(|field| columns(field.label)).max().unwrap_or(0);
        // Label, colon and space, brackets, and 12 columns of input.
        let beside = widest + 2 + 2 + 12 <= self.column.text;
        for (n, field) in self.page.fields.iter().enumerate() {
            match density {
                _ if matches!(field.value, Value::Checkbox(_)) => rows.push(LayoutRow::Checkbox(n)),
                Density::Spacious | Density::Boxed => Self::boxed(rows, n, self.lines_of(field), true),
                _ if matches!(field.value, Value::LongText(_)) => {
                    let is_tall = self.height >= 16;
                    Self::boxed(rows, n, if is_tall { 3 } else { 2 }, is_tall);
                }
                _ if beside => rows.push(LayoutRow::Bracketed { field: n, label: widest + 2 }),
                _ => rows.extend([LayoutRow::Label(n), LayoutRow::Bracketed { field: n, label: 0 }]),
            }
            if self.screen.focus == Focus::Field(n) && self.screen.remark.is_some() {
                rows.push(LayoutRow::Remark);
            } else if let Some(hint) = field.hint.as_ref().filter(|hint| self.shows(n, hint.tone, density)) {
                self.hint(rows, hint);
            }
            if let Some(notice) = self.page.notice.as_ref().filter(|_| self.missing() == Some(n)) {
                self.notice_lines(rows, notice);
            }
        }
    }

    /// A hint, and before it its meter where there is room for both.
    fn hint(&self, rows: &mut Vec<LayoutRow<'p>>, hint: &'p Hint<'p>) {
        let style = toned(hint.tone);
        let room = self.column.text.saturating_sub(METER_COLUMNS);
        let Some(meter) = hint.meter.filter(|_| room >= 20) else {
            return self.paragraph(rows, &hint.text, style);
        };
        for (n, text) in wrap(&hint.text, room).enumerate() {
            rows.push(match n {
                0 => LayoutRow::Meter { meter, text, style },
                _ => LayoutRow::Text { text, style },
            });
        }
    }

    /// A label and `lines` input rows, with or without the borders of their box.
    fn boxed(rows: &mut Vec<LayoutRow<'p>>, field: usize, lines: usize, has_edges: bool) {
        let edge = |top| has_edges.then_some(LayoutRow::Edge { top, wide: lines > 1 });
        rows.push(LayoutRow::Label(field));
        rows.extend(edge(true));
        rows.extend((0..lines).map(|line| LayoutRow::Boxed { field, line, of: lines }));
        rows.extend(edge(false));
    }

    /// Input rows of a field in its box.
    fn lines_of(&self, field: &Field<'_>) -> usize {
        match field.value {
            Value::LongText(_) | Value::Folded(_) if self.height < 18 => 3,
            Value::LongText(_) | Value::Folded(_) => 5,
            _ => 1,
        }
    }

    /// In a compact layout, only errors and the hint of the focused field are shown.
    fn shows(&self, field: usize, tone: Tone, density: Density) -> bool {
        density != Density::Compact || tone == Tone::Bad || self.screen.focus == Focus::Field(field)
    }

    fn actions(&self, rows: &mut Vec<LayoutRow<'p>>, density: Density, first: bool) {
        let after_box = matches!(density, Density::Spacious | Density::Boxed) && !self.page.fields.is_empty();
        if !after_box && !first {
            Self::gap(rows, density);
        }
        let mut row: Vec<(u16, &Action)> = Vec::new();
        let (mut x, mut links) = (0, 0);
        // A page with nothing but actions is shown as a list.
        let is_list = self.page.fields.is_empty() && self.page.table.is_none();
        let is_below =
            |action: &&Action| action.kind != ActionKind::PrimaryUpperRight && !action.kind.is_navigation();
        let actions = || self.page.actions.iter().filter(is_below);
        let widest = actions().map(|action| columns(&caption(action))).max().unwrap_or(0);
        for action in actions() {
            let width = columns(&caption(action));
            if !row.is_empty() && (is_list || x + width > self.column.text) {
                rows.push(LayoutRow::Actions(std::mem::take(&mut row)));
                x = links;
            }
            row.push((x, action));
            x += width + 5;
            // Further links are aligned below the first one beside the button, if all of them fit there.
            if action.kind == ActionKind::Primary && x + widest <= self.column.text {
                links = x;
            }
        }
        if !row.is_empty() {
            rows.push(LayoutRow::Actions(row));
        }
    }

    /// Adds the table with as many rows as fit into `available`; returns their number, and whether that is enough.
    fn table(&self, rows: &mut Vec<LayoutRow<'p>>, available: usize, is_last: bool) -> (usize, bool) {
        let Some(table) = &self.page.table else {
            return (0, true);
        };
        if table.rows.is_empty() {
            self.paragraph(rows, &table.empty, PLAIN);
            return (0, true);
        }
        let of = table.rows.len();
        let all_fit = of < available;
        let fits = all_fit || available >= 8;
        // As a last resort the table pushes what follows out of view, where Tab still leads.
        let available = if fits || !is_last { available } else { usize::from(self.height).max(available) };
        let shown = if all_fit { of } else { available.saturating_sub(1).max(2).min(of) };
        let first = self.first_table_row(shown, of);
        rows.push(LayoutRow::TableHead);
        rows.extend((first..first + shown).map(LayoutRow::TableRow));
        (shown, fits)
    }

    /// The first row to show, scrolled as little as possible so that the selected row is visible.
    fn first_table_row(&self, shown: usize, of: usize) -> usize {
        let selected = self.screen.selected;
        let first = self.screen.last_frame.first_table_row;
        let first = first.clamp((selected + 1).saturating_sub(shown), selected);
        first.min(of - shown)
    }
}

/// The label of an action as displayed; parentheses mark an inactive one.
pub(super) fn caption(action: &Action) -> String {
    match (action.kind, action.active) {
        (ActionKind::Primary | ActionKind::PrimaryUpperRight, true) => format!("[ {} ]", action.label),
        (ActionKind::Primary | ActionKind::PrimaryUpperRight, false) => format!("( {} )", action.label),
        (ActionKind::Section { here: true } | ActionKind::Tab { here: true }, _) => {
            format!("[{}]", action.label)
        }
        (ActionKind::Link | ActionKind::Copy | ActionKind::Destructive | ActionKind::Back, true)
        | (ActionKind::Section { .. } | ActionKind::Tab { .. } | ActionKind::Exit, _) => {
            action.label.to_owned()
        }
        (ActionKind::Link | ActionKind::Copy | ActionKind::Destructive | ActionKind::Back, false) => {
            format!("({})", action.label)
        }
    }
}
