//! A page as a column of rows, as airy as the height allows.

use super::Screen;
use super::focus::Focus;
use super::safe_buffer::{PLAIN, STRONG, tone_word, toned};
use super::table::Columns;
use super::text::{columns, wrap};
use crate::flow::page::{Action, ActionKind, Field, Notice, Page, Tone, Value};
use ratatui::style::Style;

/// How much room a page takes, from much to little.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Density {
    /// Boxes around fields, blank lines between paragraphs.
    #[default]
    Airy,
    /// Boxes around fields.
    Boxed,
    /// Fields on one line each, blank lines between the parts.
    Flat,
    /// No blank line.
    Tight,
}

impl Density {
    const ALL: [Self; 4] = [Self::Airy, Self::Boxed, Self::Flat, Self::Tight];
}

/// Where the column stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Column {
    /// The left edge of the boxes.
    pub(super) x: u16,
    /// The width of the boxes, edges included.
    pub(super) form: u16,
    /// The width of text, which begins at `x + 1`.
    pub(super) text: u16,
}

impl Column {
    /// A column in the middle of `cols`: boxes of 42, text of up to 58.
    pub(super) fn of(cols: u16) -> Self {
        let form = cols.min(42);
        let x = (cols - form) / 2;
        Self { x, form, text: cols.saturating_sub(x + 2).clamp(1, 58) }
    }
}

/// One row of the column.
pub(super) enum Row<'p> {
    Blank,
    /// A line of text.
    Text {
        text: &'p str,
        style: Style,
    },
    /// A line of the notice: `lead` in bold at column `x`, the text `indent` columns after it.
    Notice {
        x: u16,
        lead: &'static str,
        indent: u16,
        text: &'p str,
        style: Style,
    },
    /// A remark of the screen's own below a field.
    Remark,
    /// The label above field 0.
    Label(usize),
    /// The upper or lower edge of a box.
    Edge {
        top: bool,
        /// As wide as text.
        wide: bool,
    },
    /// A row of a field between the sides of its box, and how many rows it has.
    Boxed {
        field: usize,
        line: usize,
        of: usize,
    },
    /// A box to tick, and its label behind it.
    Ticked(usize),
    /// A field between brackets, `label` columns after its label; 0 when the label is above.
    Bracketed {
        field: usize,
        label: u16,
    },
    /// Actions and where each begins.
    Actions(Vec<(u16, &'p Action)>),
    /// The headings of the table.
    Heads,
    /// A row of the table.
    Entry(usize),
}

/// The rows of a page.
pub(super) struct Plan<'p> {
    pub(super) rows: Vec<Row<'p>>,
    pub(super) columns: Columns,
    pub(super) density: Density,
    /// How many rows of the table are among them.
    pub(super) table_rows: usize,
}

impl Plan<'_> {
    /// Which rows of the table are shown, unless all are.
    pub(super) fn count(&self, page: &Page<'_>) -> Option<String> {
        let of = page.table.as_ref().map_or(0, |table| table.rows.len());
        let (first, shown) = (self.first_entry(), self.table_rows);
        (shown < of).then(|| format!("{}-{} of {of}", first + 1, first + shown))
    }

    /// The first row of the table that is shown.
    pub(super) fn first_entry(&self) -> usize {
        let entry = |row: &Row<'_>| if let Row::Entry(n) = row { Some(*n) } else { None };
        self.rows.iter().find_map(entry).unwrap_or(0)
    }
}

/// What a plan is made for.
pub(super) struct Planner<'p, 's> {
    pub(super) screen: &'s Screen,
    pub(super) page: &'p Page<'p>,
    pub(super) column: Column,
    /// The columns of the screen.
    pub(super) cols: u16,
    /// The rows there are for the page.
    pub(super) height: u16,
    pub(super) wait: &'static str,
    /// The page's picture is shown beside it.
    pub(super) has_picture: bool,
}

impl<'p> Planner<'p, '_> {
    /// The airiest plan from `least` on that fits, else the tightest.
    pub(super) fn plan(&self, least: Density) -> Plan<'p> {
        let columns = self
            .page
            .table
            .as_ref()
            .map(|table| Columns::of(table, self.column, self.cols))
            .unwrap_or_default();
        let mut plan = None;
        for density in Density::ALL.into_iter().filter(|density| *density >= least) {
            let (rows, table_rows, fits) = self.rows(density);
            plan = Some((rows, table_rows, density));
            if fits {
                break;
            }
        }
        let (rows, table_rows, density) = plan.unwrap_or_default();
        Plan { rows, columns, density, table_rows }
    }

    fn rows(&self, density: Density) -> (Vec<Row<'p>>, usize, bool) {
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
        let is_doubled = matches!((before.last(), after.first()), (Some(Row::Blank), Some(Row::Blank)));
        if is_doubled && self.page.table.is_none() {
            before.pop();
        }
        let room = usize::from(self.height).saturating_sub(before.len() + after.len());
        let (table_rows, fits) = self.table(&mut before, room, density == Density::Tight);
        before.append(&mut after);
        let fits = fits && before.len() <= usize::from(self.height);
        (before, table_rows, fits)
    }

    fn gap(rows: &mut Vec<Row<'p>>, density: Density) {
        if density != Density::Tight && !matches!(rows.last(), Some(Row::Blank)) {
            rows.push(Row::Blank);
        }
    }

    fn paragraph(&self, rows: &mut Vec<Row<'p>>, text: &'p str, style: Style) {
        rows.extend(wrap(text, self.column.text).map(|text| Row::Text { text, style }));
    }

    fn intro(&self, rows: &mut Vec<Row<'p>>, density: Density) {
        Self::gap(rows, density);
        for text in &self.page.intro {
            if density == Density::Airy {
                Self::gap(rows, density);
            }
            self.paragraph(rows, text, PLAIN);
        }
        self.figure(rows, density);
        Self::gap(rows, density);
    }

    /// The lines of a figure, or what they would show where they cannot be shown.
    fn figure(&self, rows: &mut Vec<Row<'p>>, density: Density) {
        let Some(figure) = &self.page.figure else { return };
        match (figure.is_picture, self.has_picture) {
            (true, true) => {}
            (true, false) => self.paragraph(rows, &figure.alt, PLAIN),
            (false, _) => {
                Self::gap(rows, density);
                rows.extend(figure.lines.iter().map(|line| Row::Text { text: line, style: STRONG }));
            }
        }
    }

    fn outro(&self, rows: &mut Vec<Row<'p>>, density: Density) {
        for (n, text) in self.page.outro.iter().enumerate() {
            if n == 0 || density == Density::Airy {
                Self::gap(rows, density);
            }
            self.paragraph(rows, text, PLAIN);
        }
    }

    /// The answer to what was done last, or that it is being done.
    fn notice(&self, rows: &mut Vec<Row<'p>>) {
        if self.page.waiting {
            rows.push(Row::Text { text: self.wait, style: PLAIN });
        } else if let Some(notice) = self.page.notice.as_ref().filter(|_| self.missing().is_none()) {
            self.notice_lines(rows, notice);
        }
    }

    /// The field that the notice stands beside.
    fn missing(&self) -> Option<usize> {
        let notice = self.page.notice.as_ref().filter(|_| !self.page.waiting)?;
        self.screen.missing.filter(|_| notice.is_about_what_is_missing())
    }

    fn notice_lines(&self, rows: &mut Vec<Row<'p>>, notice: &'p Notice<'p>) {
        let word = tone_word(notice.tone);
        let indent = columns(word);
        let whole = indent.saturating_add(columns(&notice.text));
        // Its words are fixed and scripts wait for them: it is rather moved to the left than broken.
        let moved = whole > self.column.text && whole <= self.cols.saturating_sub(2);
        let left = (self.column.x + 1).min(self.cols.saturating_sub(whole.saturating_add(1)));
        let (x, width) = if moved { (left, whole) } else { (self.column.x + 1, self.column.text) };
        for (n, text) in wrap(&notice.text, width.saturating_sub(indent)).enumerate() {
            let lead = if n == 0 { word } else { "" };
            rows.push(Row::Notice { x, lead, indent, text, style: toned(notice.tone) });
        }
    }

    fn fields(&self, rows: &mut Vec<Row<'p>>, density: Density) {
        let widest = self.page.fields.iter().map(|field| columns(field.label)).max().unwrap_or(0);
        // Label, colon and space, brackets, and 12 columns to type in.
        let beside = widest + 2 + 2 + 12 <= self.column.text;
        for (n, field) in self.page.fields.iter().enumerate() {
            match density {
                _ if matches!(field.value, Value::Checkbox(_)) => rows.push(Row::Ticked(n)),
                Density::Airy | Density::Boxed => Self::boxed(rows, n, self.lines_of(field), true),
                _ if matches!(field.value, Value::LongText(_)) => {
                    let is_roomy = self.height >= 16;
                    Self::boxed(rows, n, if is_roomy { 3 } else { 2 }, is_roomy);
                }
                _ if beside => rows.push(Row::Bracketed { field: n, label: widest + 2 }),
                _ => rows.extend([Row::Label(n), Row::Bracketed { field: n, label: 0 }]),
            }
            if self.screen.focus == Focus::Field(n) && self.screen.remark.is_some() {
                rows.push(Row::Remark);
            } else if let Some(hint) = field.hint.as_ref().filter(|hint| self.shows(n, hint.tone, density)) {
                self.paragraph(rows, &hint.text, toned(hint.tone));
            }
            if let Some(notice) = self.page.notice.as_ref().filter(|_| self.missing() == Some(n)) {
                self.notice_lines(rows, notice);
            }
        }
    }

    /// A label and `lines` rows to type in, with or without the edges of their box.
    fn boxed(rows: &mut Vec<Row<'p>>, field: usize, lines: usize, has_edges: bool) {
        let edge = |top| has_edges.then_some(Row::Edge { top, wide: lines > 1 });
        rows.push(Row::Label(field));
        rows.extend(edge(true));
        rows.extend((0..lines).map(|line| Row::Boxed { field, line, of: lines }));
        rows.extend(edge(false));
    }

    /// The rows that a field takes in its box.
    fn lines_of(&self, field: &Field<'_>) -> usize {
        match field.value {
            Value::LongText(_) | Value::Folded(_) if self.height < 18 => 3,
            Value::LongText(_) | Value::Folded(_) => 5,
            _ => 1,
        }
    }

    /// Where room is scarce, only the focused field may say that all is well.
    fn shows(&self, field: usize, tone: Tone, density: Density) -> bool {
        density != Density::Tight || tone == Tone::Bad || self.screen.focus == Focus::Field(field)
    }

    fn actions(&self, rows: &mut Vec<Row<'p>>, density: Density, first: bool) {
        let after_box = matches!(density, Density::Airy | Density::Boxed) && !self.page.fields.is_empty();
        if !after_box && !first {
            Self::gap(rows, density);
        }
        let mut row: Vec<(u16, &Action)> = Vec::new();
        let (mut x, mut links) = (0, 0);
        // A page that is nothing but a choice reads as a list.
        let is_list = self.page.fields.is_empty() && self.page.table.is_none();
        let is_below =
            |action: &&Action| action.kind != ActionKind::PrimaryUpperRight && !action.kind.is_navigation();
        let actions = || self.page.actions.iter().filter(is_below);
        let widest = actions().map(|action| columns(&caption(action))).max().unwrap_or(0);
        for action in actions() {
            let width = columns(&caption(action));
            if !row.is_empty() && (is_list || x + width > self.column.text) {
                rows.push(Row::Actions(std::mem::take(&mut row)));
                x = links;
            }
            row.push((x, action));
            x += width + 5;
            // The links stand below each other, beside the button where all of them fit.
            if action.kind == ActionKind::Primary && x + widest <= self.column.text {
                links = x;
            }
        }
        if !row.is_empty() {
            rows.push(Row::Actions(row));
        }
    }

    /// Adds the table, with as many of its rows as there is `room` for; says how many and whether
    /// that is enough to be called fitting.
    fn table(&self, rows: &mut Vec<Row<'p>>, room: usize, is_last: bool) -> (usize, bool) {
        let Some(table) = &self.page.table else {
            return (0, true);
        };
        if table.rows.is_empty() {
            self.paragraph(rows, &table.empty, PLAIN);
            return (0, true);
        }
        let of = table.rows.len();
        let all_fit = of < room;
        let fits = all_fit || room >= 8;
        // Rather more rows than what stands below them, to which Tab leads.
        let room = if fits || !is_last { room } else { usize::from(self.height).max(room) };
        let shown = if all_fit { of } else { room.saturating_sub(1).max(2).min(of) };
        let first = self.first_entry(shown, of);
        rows.push(Row::Heads);
        rows.extend((first..first + shown).map(Row::Entry));
        (shown, fits)
    }

    /// The first row to show so that the selected one is among them, moving as little as possible.
    fn first_entry(&self, shown: usize, of: usize) -> usize {
        let selected = self.screen.selected;
        let first = self.screen.drawn.first_entry;
        let first = first.clamp((selected + 1).saturating_sub(shown), selected);
        first.min(of - shown)
    }
}

/// The words on an action as they are shown; parentheses say that it is not active.
pub(super) fn caption(action: &Action) -> String {
    match (action.kind, action.active) {
        (ActionKind::Primary | ActionKind::PrimaryUpperRight, true) => format!("[ {} ]", action.label),
        (ActionKind::Primary | ActionKind::PrimaryUpperRight, false) => format!("( {} )", action.label),
        (ActionKind::Section { here: true } | ActionKind::Tab { here: true }, _) => {
            format!("[{}]", action.label)
        }
        (ActionKind::Link | ActionKind::Destructive | ActionKind::Back, true)
        | (ActionKind::Section { .. } | ActionKind::Tab { .. } | ActionKind::Exit, _) => {
            action.label.to_owned()
        }
        (ActionKind::Link | ActionKind::Destructive | ActionKind::Back, false) => {
            format!("({})", action.label)
        }
    }
}
