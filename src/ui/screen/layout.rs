//! Lays a page out as a column of rows, as spacious as the height allows.

use super::Screen;
use super::focus::Focus;
use super::meter::METER_COLUMNS;
use super::sparkline::LABEL_COLUMNS;
use super::table::Columns;
use super::text::{columns, wrap};
use super::theme::Theme;
use crate::flow::page::{Action, ActionKind, Fact, Field, Hint, Meter, Notice, Page, Series, Tone, Value};
use crate::text;
use ratatui::style::Style;
use strum::EnumCount;

/// How much space a page takes, from much to little.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, EnumCount)]
pub(super) enum Density {
    /// Boxes around fields, one link a line, blank lines between paragraphs and above labels and buttons.
    #[default]
    Spacious,
    /// The same, without blank lines between paragraphs and between links and their button.
    Airy,
    /// Links side by side.
    Rows,
    /// Boxes around fields, blank lines between the parts.
    Boxed,
    /// Boxes around fields, no blank lines.
    Tight,
    /// Each field on one line, blank lines between the parts.
    Flat,
    /// The same without blank lines.
    Dense,
    /// Only the hint of the focused field, too.
    Compact,
}

impl Density {
    const ALL: [Self; Self::COUNT] = [
        Self::Spacious,
        Self::Airy,
        Self::Rows,
        Self::Boxed,
        Self::Tight,
        Self::Flat,
        Self::Dense,
        Self::Compact,
    ];
}

/// Position and widths of the page's column. Everything of the page begins at its left edge.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Column {
    /// The left edge.
    pub(super) x: u16,
    /// Width of a field of one line, frame included.
    pub(super) form: u16,
    /// Width of text, messages and longer fields.
    pub(super) text: u16,
    /// Width of tables and facts, which takes all there is.
    pub(super) wide: u16,
}

impl Column {
    const FORM: u16 = 44;
    const TEXT: u16 = 60;

    /// A column from `x` to `end`.
    pub(super) fn between(x: u16, end: u16) -> Self {
        let wide = end.saturating_sub(x).max(1);
        Self { x, form: wide.min(Self::FORM), text: wide.min(Self::TEXT), wide }
    }
}

/// What is where on a screen of this size.
#[derive(Clone, Copy, Debug)]
pub(super) struct Areas {
    /// The left edge of the lines above and below the page.
    pub(super) margin: u16,
    /// The places stand beside the page and not above it.
    pub(super) has_side_bar: bool,
    pub(super) column: Column,
    /// Where the selected row is shown in full: left edge and width.
    pub(super) detail: Option<(u16, u16)>,
    /// Blank rows above a page that stands alone.
    pub(super) above: u16,
}

impl Areas {
    /// From here on there is a side bar, and a pane for the selected row.
    const SIDE_BAR_COLS: u16 = 110;
    const DETAIL_COLS: u16 = 160;
    /// The places, an empty row, the title line and the key hints.
    const SIDE_BAR_ROWS: u16 = 14;
    /// Where the line beside the side bar is, and the page.
    pub(super) const SIDE_BAR_LINE: u16 = 22;
    const BESIDE_SIDE_BAR: u16 = 26;
    const DETAIL: u16 = 48;

    pub(super) fn of(page: &Page<'_>, cols: u16, rows: u16) -> Self {
        let margin = if cols >= 60 { 2 } else { 1 };
        let is_wide = cols >= Self::SIDE_BAR_COLS && rows >= Self::SIDE_BAR_ROWS;
        let is_member = page.signed_in_as.is_some();
        let x = match (is_member, is_wide) {
            (true, true) => Self::BESIDE_SIDE_BAR,
            // Guests have nothing but a form.
            (false, _) if cols >= 60 => (cols - Column::FORM) / 2,
            _ => margin,
        };
        let end = cols.saturating_sub(margin);
        let has_details = page.table.as_ref().is_some_and(|table| !table.details.is_empty());
        let detail = (is_member && is_wide && cols >= Self::DETAIL_COLS && has_details)
            .then(|| (end.saturating_sub(Self::DETAIL), Self::DETAIL));
        let end = detail.map_or(end, |(x, _)| x.saturating_sub(4));
        let above = if is_member { 0 } else { rows.saturating_sub(24) / 3 };
        Self {
            margin,
            has_side_bar: is_wide && page.places.is_some(),
            column: Column::between(x, end),
            detail,
            above,
        }
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
    /// A line of the notice, the first with a word in bold before it.
    Notice {
        lead: &'static str,
        text: &'p str,
        style: Style,
    },
    /// A line of a fact, the first with its label, and the value's column.
    Fact {
        label: Option<&'static str>,
        indent: u16,
        text: &'p str,
    },
    /// [`Screen`]'s own remark below a field.
    Remark,
    /// The label above a field.
    Label(usize),
    /// The upper or lower border of a box.
    Edge {
        field: usize,
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
        (shown < of).then(|| text!(page, "rows-shown", first = first + 1, last = first + shown, of = of))
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
    /// Rows available for the page.
    pub(super) height: u16,
    pub(super) is_utf8: bool,
    /// What stands in place of a picture that is not shown.
    pub(super) unshown: Option<&'p str>,
}

impl<'p> LayoutBuilder<'p, '_> {
    /// The most spacious layout that fits and is at least as dense as `min`, else the most compact one.
    pub(super) fn build(&self, min: Density) -> Layout<'p> {
        let columns =
            self.page.table.as_ref().map(|table| Columns::of(table, self.column)).unwrap_or_default();
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
        self.facts(&mut before, density);
        if self.page.table.is_some() {
            self.notice(&mut before);
            if self.page.waiting || self.shows_notice() {
                Self::gap(&mut before, density);
            }
        }
        self.fields(&mut before, density);
        let mut after = Vec::with_capacity(16);
        if self.page.table.is_none() {
            if density == Density::Spacious
                && (self.page.waiting || self.shows_notice())
                && !self.page.fields.is_empty()
            {
                Self::gap(&mut after, density);
            }
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
        let (table_rows, fits) = self.table(&mut before, available, density);
        before.append(&mut after);
        let fits = fits && before.len() <= usize::from(self.height);
        (before, table_rows, fits)
    }

    fn gap(rows: &mut Vec<LayoutRow<'p>>, density: Density) {
        let has_blanks = !matches!(density, Density::Tight | Density::Dense | Density::Compact);
        if has_blanks && !matches!(rows.last(), Some(LayoutRow::Blank)) {
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
            self.paragraph(rows, text, self.theme().text);
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
            return self.paragraph(rows, &chart.alt, self.theme().text);
        }
        rows.extend(chart.series.iter().map(LayoutRow::Series));
    }

    fn theme(&self) -> &Theme {
        &self.screen.theme
    }

    /// Labels in a column, and the values beside it.
    fn facts(&self, rows: &mut Vec<LayoutRow<'p>>, density: Density) {
        facts(rows, &self.page.facts, self.column.wide);
        if !self.page.facts.is_empty() {
            Self::gap(rows, density);
        }
    }

    /// The lines of a figure, or what is said in place of a picture that is not shown.
    fn figure(&self, rows: &mut Vec<LayoutRow<'p>>, density: Density) {
        let Some(figure) = &self.page.figure else { return };
        if figure.picture.is_none() {
            Self::gap(rows, density);
            rows.extend(
                figure.lines.iter().map(|line| LayoutRow::Text { text: line, style: self.theme().strong }),
            );
        } else if let Some(text) = self.unshown {
            self.paragraph(rows, text, self.theme().text);
        }
    }

    fn outro(&self, rows: &mut Vec<LayoutRow<'p>>, density: Density) {
        for (n, text) in self.page.outro.iter().enumerate() {
            if n == 0 || density == Density::Spacious {
                Self::gap(rows, density);
            }
            self.paragraph(rows, text, self.theme().secondary);
        }
    }

    /// The result of the last action, or that it is still in progress.
    fn notice(&self, rows: &mut Vec<LayoutRow<'p>>) {
        if self.page.waiting {
            rows.push(LayoutRow::Text { text: text!(self.page, "please-wait"), style: self.theme().text });
        } else if let Some(notice) = self.page.notice.as_ref().filter(|_| self.shows_notice()) {
            self.notice_lines(rows, notice);
        }
    }

    /// Whether the notice stands by itself and not below a field.
    fn shows_notice(&self) -> bool {
        self.page.notice.is_some() && self.missing().is_none()
    }

    /// The field below which the notice is shown.
    fn missing(&self) -> Option<usize> {
        let notice = self.page.notice.as_ref().filter(|_| !self.page.waiting)?;
        self.screen.missing.filter(|_| notice.is_about_what_is_missing())
    }

    fn notice_lines(&self, rows: &mut Vec<LayoutRow<'p>>, notice: &'p Notice<'p>) {
        let (lead, style) = (notice.tone.prefix(self.page), self.theme().toned(notice.tone));
        // Scripts wait for these words, so they are broken as late as can be.
        let first =
            wrap(&notice.text, self.column.text.saturating_sub(columns(lead))).next().unwrap_or_default();
        rows.push(LayoutRow::Notice { lead, text: first, style });
        let rest = notice.text[first.len()..].trim_start();
        if !rest.is_empty() {
            let more = wrap(rest, self.column.text);
            rows.extend(more.map(|text| LayoutRow::Notice { lead: "", text, style }));
        }
    }

    fn fields(&self, rows: &mut Vec<LayoutRow<'p>>, density: Density) {
        let widest = self.page.fields.iter().map(|field| columns(field.label)).max().unwrap_or(0);
        // Label, colon and space, brackets, and 12 columns of input.
        let beside = widest + 2 + 2 + 12 <= self.column.text;
        for (n, field) in self.page.fields.iter().enumerate() {
            if density <= Density::Rows {
                Self::gap(rows, density);
            }
            match density {
                _ if matches!(field.value, Value::Checkbox(_)) => rows.push(LayoutRow::Checkbox(n)),
                _ if density <= Density::Tight => Self::boxed(rows, n, self.lines_of(field, density), true),
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
        let style = match hint.tone {
            Tone::Neutral => self.theme().secondary,
            tone => self.theme().toned(tone),
        };
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
        let edge = |top| has_edges.then_some(LayoutRow::Edge { field, top, wide: lines > 1 });
        rows.push(LayoutRow::Label(field));
        rows.extend(edge(true));
        rows.extend((0..lines).map(|line| LayoutRow::Boxed { field, line, of: lines }));
        rows.extend(edge(false));
    }

    /// Input rows of a field in its box.
    fn lines_of(&self, field: &Field<'_>, density: Density) -> usize {
        let is_short = self.height < 18 || density > Density::Rows;
        match field.value {
            Value::LongText(_) | Value::Folded(_) if is_short => 3,
            Value::LongText(_) | Value::Folded(_) => 5,
            _ => 1,
        }
    }

    /// In a compact layout, only errors and the hint of the focused field are shown.
    fn shows(&self, field: usize, tone: Tone, density: Density) -> bool {
        density != Density::Compact || tone == Tone::Bad || self.screen.focus == Focus::Field(field)
    }

    fn actions(&self, rows: &mut Vec<LayoutRow<'p>>, density: Density, first: bool) {
        let is_below =
            |action: &&Action| action.kind != ActionKind::PrimaryUpperRight && !action.kind.is_navigation();
        let mut actions: Vec<&Action> = self.page.actions.iter().filter(is_below).collect();
        let is_button = |action: &&Action| action.kind == ActionKind::Primary;
        let button = actions.iter().position(is_button).map(|at| actions.remove(at));
        let after_box = density == Density::Boxed && !self.page.fields.is_empty();
        if !after_box && !first {
            Self::gap(rows, density);
        }
        // One link a line, but that those of a list stand side by side, if they all can.
        let is_stacked = match density {
            Density::Spacious | Density::Airy => self.page.table.is_none() || !self.fit_in_a_row(&actions),
            _ => self.page.table.is_none() && self.page.fields.is_empty(),
        };
        let all = button.into_iter().chain(actions.iter().copied()).collect::<Vec<_>>();
        let is_alone = is_stacked || !self.fit_in_a_row(&all);
        if is_alone && let Some(button) = button {
            rows.push(LayoutRow::Actions(vec![(0, button)]));
            if density == Density::Spacious && !actions.is_empty() {
                Self::gap(rows, density);
            }
        } else if let Some(button) = button {
            actions.insert(0, button);
        }
        let mut row: Vec<(u16, &Action)> = Vec::new();
        let mut x = 0;
        for action in actions {
            let width = width_of(action);
            if !row.is_empty() && (is_stacked || x + width > self.column.text) {
                rows.push(LayoutRow::Actions(std::mem::take(&mut row)));
                x = 0;
            }
            row.push((x, action));
            x += width + GAP;
        }
        if !row.is_empty() {
            rows.push(LayoutRow::Actions(row));
        }
    }

    fn fit_in_a_row(&self, actions: &[&Action]) -> bool {
        let gaps = GAP * u16::try_from(actions.len().saturating_sub(1)).unwrap_or(u16::MAX);
        actions.iter().map(|action| width_of(action)).fold(gaps, u16::saturating_add) <= self.column.text
    }

    /// Adds the table with as many rows as fit into `available`; returns their number, and whether that is enough.
    fn table(&self, rows: &mut Vec<LayoutRow<'p>>, available: usize, density: Density) -> (usize, bool) {
        let Some(table) = &self.page.table else {
            return (0, true);
        };
        if table.rows.is_empty() {
            self.paragraph(rows, &table.empty, self.theme().text);
            return (0, true);
        }
        let of = table.rows.len();
        let all_fit = of < available;
        let fits = all_fit || available >= 8 && density > Density::Airy;
        // As a last resort the table pushes what follows out of view, where Tab still leads.
        let available = if fits || density != Density::Compact {
            available
        } else {
            usize::from(self.height).max(available)
        };
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

/// Between two actions in one row.
const GAP: u16 = 4;

/// Columns of an action, the sign before a link included.
fn width_of(action: &Action) -> u16 {
    columns(&caption(action)) + if is_link(action) { 2 } else { 0 }
}

/// Whether a sign stands before it.
pub(super) const fn is_link(action: &Action) -> bool {
    matches!(action.kind, ActionKind::Link | ActionKind::Copy | ActionKind::Destructive | ActionKind::Back)
}

/// The label of an action as displayed; parentheses mark an inactive one.
pub(super) fn caption(action: &Action) -> String {
    match (action.kind.is_primary(), action.active) {
        (true, true) => format!("[ {} ]", action.label),
        (true, false) => format!("( {} )", action.label),
        (false, true) => action.label.to_owned(),
        (false, false) => format!("({})", action.label),
    }
}

/// Appends the lines of `facts`, as wide as `width`.
pub(super) fn facts<'p>(rows: &mut Vec<LayoutRow<'p>>, facts: &'p [Fact<'p>], width: u16) {
    // A label, a colon and two spaces.
    let indent = facts.iter().map(|fact| columns(fact.label)).max().unwrap_or(0) + 3;
    let has_room = indent + 16 <= width;
    let indent = if has_room { indent } else { 2 };
    for Fact { label, value } in facts {
        let mut label = Some(*label);
        if !has_room {
            rows.push(LayoutRow::Fact { label: label.take(), indent, text: "" });
        }
        for text in wrap(value, width.saturating_sub(indent)) {
            rows.push(LayoutRow::Fact { label: label.take(), indent, text });
        }
    }
}
