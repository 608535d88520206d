//! Draws the visible rows of a page.

use ratatui::layout::Rect;
use ratatui::style::Style;

use super::editor::Editor;
use super::focus::Focus;
use super::layout::{Column, Layout, LayoutRow, caption, is_link};
use super::meter::{self, METER_COLUMNS};
use super::mouse::Target;
use super::safe_buffer::SafeBuffer;
use super::sparkline;
use super::text::columns;
use super::wrapped_text::WrappedText;
use super::{Interaction, Screen};
use crate::flow::page::{Action, ActionKind, Field, Page, RefusedCells, Value};
use crate::text;

/// Where the cursor is, if the drawn item has the focus.
type Cursor = Option<(u16, u16)>;

/// A layout and the area to draw it in.
pub(super) struct Body<'p, 'a> {
    pub(super) page: &'p Page<'p>,
    pub(super) column: Column,
    pub(super) layout: &'a Layout<'p>,
    pub(super) area: Rect,
    /// The selected row is shown in full beside the table.
    pub(super) has_detail: bool,
}

impl Body<'_, '_> {
    /// Draws the visible rows, scrolled so that the focused item is among them; returns the cursor position
    /// if one of them has the focus.
    pub(super) fn draw(&self, screen: &mut Screen, buf: &mut SafeBuffer<'_>) -> Cursor {
        let total = u16::try_from(self.layout.rows.len()).unwrap_or(u16::MAX);
        let max_scroll = total.saturating_sub(self.area.height);
        let scroll = screen.scrolled.unwrap_or_else(|| self.scroll(screen)).min(max_scroll);
        screen.last_frame.scroll = scroll;
        screen.last_frame.max_scroll = max_scroll;
        let mut cursor = None;
        let visible = self.layout.rows.iter().skip(usize::from(scroll)).take(usize::from(self.area.height));
        for (row, y) in visible.zip(self.area.y..) {
            cursor = self.row(screen, row, y, buf).or(cursor);
        }
        cursor
    }

    /// Scrolls as little as possible to show all rows of the focused item, and the notice too if both fit.
    fn scroll(&self, screen: &Screen) -> u16 {
        let rows = &self.layout.rows;
        let is_focus = |row: &LayoutRow<'_>| Self::belongs_to_focus(screen, row);
        let (Some(first), Some(last)) = (rows.iter().position(is_focus), rows.iter().rposition(is_focus))
        else {
            return 0;
        };
        let height = usize::from(self.area.height);
        let has_notice = rows.iter().any(|row| matches!(row, LayoutRow::Notice { .. }));
        let takes_text = match screen.focus {
            Focus::Field(n) => !matches!(screen.editors[n].editor, Editor::Checkbox(_)),
            _ => false,
        };
        let may_stay_at_top = last < height || !takes_text;
        // A new page is read from its beginning; only a text field must be visible at once.
        if screen.interaction == Interaction::None && may_stay_at_top && !has_notice {
            return 0;
        }
        let hint = rows[last + 1..]
            .iter()
            .take_while(|row| {
                matches!(
                    row,
                    LayoutRow::Meter { .. }
                        | LayoutRow::Text { .. }
                        | LayoutRow::Notice { .. }
                        | LayoutRow::Remark
                )
            })
            .count();
        let hint = if matches!(screen.focus, Focus::Field(_)) { hint.min(2) } else { 0 };
        let notice =
            rows.iter().rposition(|row| matches!(row, LayoutRow::Notice { .. })).map_or(0, |n| n + 1);
        let end = last + 1 + hint;
        let end = if notice <= first + height { end.max(notice) } else { end };
        if end <= height {
            return 0;
        }
        let scroll = usize::from(screen.last_frame.scroll).max(end - height).min(first);
        u16::try_from(scroll).unwrap_or(u16::MAX)
    }

    fn belongs_to_focus(screen: &Screen, row: &LayoutRow<'_>) -> bool {
        match (row, screen.focus) {
            (
                LayoutRow::Label(n)
                | LayoutRow::Boxed { field: n, .. }
                | LayoutRow::Checkbox(n)
                | LayoutRow::Bracketed { field: n, .. },
                Focus::Field(focused),
            ) => *n == focused,
            (LayoutRow::TableRow(n), Focus::Table) => *n == screen.selected,
            (LayoutRow::Actions(actions), Focus::Action(id)) => {
                actions.iter().any(|(_, action)| action.id == id)
            }
            _ => false,
        }
    }

    fn row(&self, screen: &mut Screen, row: &LayoutRow<'_>, y: u16, buf: &mut SafeBuffer<'_>) -> Cursor {
        let Column { x, text: width, wide, .. } = self.column;
        match row {
            LayoutRow::Blank => {}
            LayoutRow::Text { text, style } => {
                buf.put(x, y, text, wide, *style);
            }
            LayoutRow::Series(series) => sparkline::draw(series, x, y, buf),
            LayoutRow::Meter { meter, text, style } => {
                meter::draw(*meter, x, y, buf);
                buf.put(x + METER_COLUMNS, y, text, width, *style);
            }
            LayoutRow::Notice { lead, text, style } => {
                let end = buf.put(x, y, lead, width, style.patch(buf.theme.strong));
                buf.put(end, y, text, u16::MAX, *style);
            }
            LayoutRow::Fact { label, indent, text } => put_fact((*label, *indent, text), (x, y), wide, buf),
            LayoutRow::Remark => {
                let text = screen.remark.as_ref().map(|remark| remark.to(self.page)).unwrap_or_default();
                buf.put_cut(x, y, &text, width, buf.theme.strong);
            }
            LayoutRow::Label(n) => self.label(screen, *n, y, buf),
            LayoutRow::Edge { field, top, wide } => {
                let form = if *wide { width } else { self.column.form };
                let [upper_left, upper_right, lower_left, lower_right] = buf.glyphs().corners;
                let ends = if *top { [upper_left, upper_right] } else { [lower_left, lower_right] };
                buf.line(x, y, form, ends, border(screen, *field, buf));
            }
            LayoutRow::Boxed { field, of: 1, .. } => {
                let sides = [buf.glyphs().down; 2];
                return Self::field(screen, *field, Rect::new(x, y, self.column.form, 1), sides, buf);
            }
            LayoutRow::Boxed { field, line, of } => {
                let area = Rect::new(x, y, width, 1);
                return Self::long_field(screen, *field, (*line, *of), area, buf);
            }
            LayoutRow::Checkbox(n) => return self.checkbox(screen, *n, y, buf),
            LayoutRow::Bracketed { field, label } => return self.bracketed(screen, *field, *label, y, buf),
            LayoutRow::Actions(actions) => return self.actions(screen, actions, y, buf),
            LayoutRow::TableHead | LayoutRow::TableRow(_) => return self.table(screen, row, y, buf),
        }
        None
    }

    /// The label above a field; at its other end, for the first secret, the key that shows it.
    fn label(&self, screen: &Screen, n: usize, y: u16, buf: &mut SafeBuffer<'_>) {
        let Column { x, form, text, .. } = self.column;
        let end = buf.put_cut(x, y, self.page.fields[n].label, text, label_style(screen, n, buf));
        let is_secret = |field: &Field<'_>| matches!(field.value, Value::Secret(_));
        let key = if screen.revealed { text!(self.page, "f2-hide") } else { text!(self.page, "f2-show") };
        let key_x = (x + form).saturating_sub(columns(key));
        if self.page.fields.iter().position(is_secret) == Some(n) && end + 2 <= key_x {
            buf.put(key_x, y, key, u16::MAX, buf.theme.secondary);
        }
    }

    fn bracketed(
        &self,
        screen: &mut Screen,
        n: usize,
        label: u16,
        y: u16,
        buf: &mut SafeBuffer<'_>,
    ) -> Cursor {
        let Column { x, form, text, .. } = self.column;
        if label > 0 {
            let style = label_style(screen, n, buf);
            let end = buf.put(x, y, self.page.fields[n].label, text, style);
            if !self.page.fields[n].label.ends_with('?') {
                buf.put(end, y, ":", 1, style);
            }
        }
        let width = text.saturating_sub(label).min(form);
        Self::field(screen, n, Rect::new(x + label, y, width, 1), ["[", "]"], buf)
    }

    /// A field in `area`, padded by one column on both sides inside a box.
    fn field(
        screen: &mut Screen,
        n: usize,
        area: Rect,
        sides: [&str; 2],
        buf: &mut SafeBuffer<'_>,
    ) -> Cursor {
        let padding = u16::from(sides[0] != "[");
        let style = border(screen, n, buf);
        buf.put(area.x, area.y, sides[0], 1, style);
        buf.put(area.right().saturating_sub(1), area.y, sides[1], 1, style);
        let x = area.x + 1 + padding;
        let width = usize::from(area.width.saturating_sub(2 + 2 * padding).max(1));
        let (shown, cursor) = screen.editors.get(n)?.editor.shown(screen.revealed, buf.charset);
        let (visible, column) = window(&shown, cursor, width);
        buf.put(x, area.y, visible, u16::try_from(width).unwrap_or(u16::MAX), buf.theme.text);
        screen.last_frame.targets.push((area, Target::Field(n)));
        let column = u16::try_from(column).unwrap_or(0);
        (screen.focus == Focus::Field(n)).then_some((x + column, area.y))
    }

    /// One row of a multi-line field: its wrapped text, scrolled to the cursor.
    fn long_field(
        screen: &mut Screen,
        n: usize,
        (line, of): (usize, usize),
        area: Rect,
        buf: &mut SafeBuffer<'_>,
    ) -> Cursor {
        let (side, style) = (buf.glyphs().down, border(screen, n, buf));
        buf.put(area.x, area.y, side, 1, style);
        buf.put(area.right().saturating_sub(1), area.y, side, 1, style);
        screen.last_frame.targets.push((area, Target::Field(n)));
        let width = area.width.saturating_sub(4).max(2);
        screen.last_frame.text_width = usize::from(width);
        let state = screen.editors.get_mut(n)?;
        let (text, cursor) = state.editor.text()?;
        let rows = WrappedText::new(text, usize::from(width), buf.charset);
        let (cursor_row, row) = rows.row_at(cursor);
        let first = state.first_row.min(rows.len().saturating_sub(of));
        state.first_row = first.clamp((cursor_row + 1).saturating_sub(of), cursor_row);
        if let Some(row) = rows.row(state.first_row + line) {
            buf.put(area.x + 2, area.y, &text[row], width, buf.theme.text);
        }
        let column = u16::try_from(rows.columns(row.start..cursor)).unwrap_or(width).min(width);
        let has_cursor = screen.focus == Focus::Field(n) && cursor_row == state.first_row + line;
        has_cursor.then_some((area.x + 2 + column, area.y))
    }

    /// `[x] I have saved them`
    fn checkbox(&self, screen: &mut Screen, n: usize, y: u16, buf: &mut SafeBuffer<'_>) -> Cursor {
        let x = self.column.x;
        let (shown, _) = screen.editors.get(n)?.editor.shown(screen.revealed, buf.charset);
        let focused = screen.focus == Focus::Field(n);
        let style = label_style(screen, n, buf);
        let text = format!("[{}] {}", shown.as_str(), self.page.fields.get(n)?.label);
        buf.put_cut(x, y, &text, self.column.text, style);
        screen.last_frame.targets.push((Rect::new(x, y, columns(&text), 1), Target::Field(n)));
        focused.then_some((x + 1, y))
    }

    fn actions(
        &self,
        screen: &mut Screen,
        actions: &[(u16, &Action)],
        y: u16,
        buf: &mut SafeBuffer<'_>,
    ) -> Cursor {
        let mut cursor = None;
        for (dx, action) in actions {
            let x = self.column.x + dx;
            let drawn =
                put_action(screen, self.page, action, (x, y), self.column.text.saturating_sub(*dx), buf);
            screen.last_frame.targets.push((drawn.area, Target::Action(action.id)));
            cursor = drawn.cursor.or(cursor);
        }
        cursor
    }

    fn table(&self, screen: &mut Screen, row: &LayoutRow<'_>, y: u16, buf: &mut SafeBuffer<'_>) -> Cursor {
        let table = self.page.table.as_ref()?;
        let columns_of = &self.layout.columns;
        match row {
            LayoutRow::TableHead => {
                columns_of.put(buf, y, table.columns.iter().copied(), buf.theme.heading);
            }
            LayoutRow::TableRow(n) => {
                let is_selected = screen.selected == *n && table.opens;
                let focused = screen.focus == Focus::Table && screen.selected == *n;
                let theme = buf.theme;
                let (style, is_plain) = if focused && is_selected {
                    (theme.selection, false)
                } else if screen.is_passed_over(&table.rows[*n]) {
                    (theme.secondary, false)
                } else {
                    (theme.text, true)
                };
                columns_of.put(buf, y, table.rows[*n].iter().map(AsRef::as_ref), style);
                let is_refused = |cells: &&RefusedCells| is_plain && cells.rows.contains(n);
                let refused = table.refused.as_ref().filter(is_refused);
                if let Some(area) = refused.and_then(|cells| columns_of.area(cells.column, y)) {
                    buf.restyle(area, theme.bad);
                }
                let area = Rect::new(columns_of.x, y, columns_of.width(), 1);
                if focused && is_selected {
                    mark_row(area, theme.selection_bar, buf);
                    let first = Rect { width: columns_of.first_width().min(area.width), ..area };
                    buf.restyle(first, theme.strong);
                } else if is_selected && self.has_detail {
                    mark_row(Rect { width: 0, ..area }, theme.border, buf);
                }
                screen.last_frame.targets.push((area, Target::Row(*n)));
                return focused.then_some((columns_of.x, y));
            }
            _ => {}
        }
        None
    }
}

/// The bar before a row, and the space between.
fn mark_row(area: Rect, style: Style, buf: &mut SafeBuffer<'_>) {
    let gutter = area.x.min(2);
    buf.put(area.x - gutter, area.y, buf.glyphs().bar, gutter, style);
    if area.width > 0 {
        if gutter == 2 {
            buf.put(area.x - 1, area.y, " ", 1, style);
        }
        buf.put(area.right(), area.y, " ", 1, style);
    }
}

/// What was drawn of an action.
pub(super) struct DrawnAction {
    pub(super) area: Rect,
    pub(super) cursor: Cursor,
}

/// Draws a button or a link in at most `most` columns.
pub(super) fn put_action(
    screen: &Screen,
    page: &Page<'_>,
    action: &Action,
    (x, y): (u16, u16),
    most: u16,
    buf: &mut SafeBuffer<'_>,
) -> DrawnAction {
    let (theme, caption) = (buf.theme, caption(action));
    let focused = screen.focus == Focus::Action(action.id);
    let is_button = action.kind.is_primary();
    let is_destructive = action.kind == ActionKind::Destructive;
    let is_active = action.active && !page.waiting;
    // From a field, Enter presses the button too.
    let is_next = !matches!(screen.focus, Focus::Action(_) | Focus::Table);
    let style = match (is_active, focused, is_button) {
        (false, ..) => theme.disabled,
        (true, true, _) => theme.pressed_next,
        (true, false, true) if is_next => theme.button,
        (true, false, true) => theme.button_rest,
        // Red is beside the words that say so, and does without where there is none.
        (true, false, false) if is_destructive => theme.link.patch(theme.bad),
        (true, false, false) => theme.link,
    };
    let sign = if is_link(action) { 2 } else { 0 };
    if is_link(action) {
        let style = match (is_active, is_destructive) {
            (false, _) => theme.disabled,
            (true, true) => theme.bad,
            (true, false) => theme.accent,
        };
        buf.put(x, y, buf.glyphs().link, most, style);
    }
    let end = buf.put_cut(x + sign, y, &caption, most.saturating_sub(sign), style);
    let edge = match (is_active && is_button, focused, is_next) {
        (false, ..) | (_, true, _) => None,
        (true, false, true) => Some(theme.button_edge),
        (true, false, false) => Some(theme.button_rest_edge),
    };
    if let Some(edge) = edge.filter(|_| x < end) {
        buf.restyle(Rect::new(x, y, 1, 1), edge);
        buf.restyle(Rect::new(end - 1, y, 1, 1), edge);
    }
    let cursor = focused.then_some((x + if is_button { 2 } else { sign }, y));
    DrawnAction { area: Rect::new(x, y, end.saturating_sub(x), 1), cursor }
}

/// A label in grey and its value.
pub(super) fn put_fact(
    (label, indent, text): (Option<&str>, u16, &str),
    (x, y): (u16, u16),
    width: u16,
    buf: &mut SafeBuffer<'_>,
) {
    if let Some(label) = label {
        let end = buf.put(x, y, label, width.saturating_sub(1), buf.theme.secondary);
        buf.put(end, y, ":", 1, buf.theme.secondary);
    }
    buf.put(x + indent, y, text, width.saturating_sub(indent), buf.theme.text);
}

fn label_style(screen: &Screen, n: usize, buf: &SafeBuffer<'_>) -> Style {
    if screen.focus == Focus::Field(n) { buf.theme.focus } else { buf.theme.text }
}

fn border(screen: &Screen, n: usize, buf: &SafeBuffer<'_>) -> Style {
    if screen.focus == Focus::Field(n) { buf.theme.border_focus } else { buf.theme.border }
}

/// The part of `text` that is visible in `width` columns with the cursor at column `cursor`, and the cursor's
/// column in it.
fn window(text: &str, cursor: usize, width: usize) -> (&str, usize) {
    use unicode_segmentation::UnicodeSegmentation;
    use unicode_width::UnicodeWidthStr;
    let skip = (cursor + 1).saturating_sub(width);
    let mut skipped = 0;
    let start = text.grapheme_indices(true).find(|(_, grapheme)| {
        let found = skipped >= skip;
        if !found {
            skipped += grapheme.width();
        }
        found
    });
    (start.map_or("", |(at, _)| &text[at..]), cursor.saturating_sub(skipped).min(width - 1))
}
