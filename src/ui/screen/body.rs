//! The rows of a page that can be seen, on the screen.

use ratatui::layout::Rect;

use super::editor::Editor;
use super::focus::Focus;
use super::mouse::Target;
use super::plan::{Column, Plan, Row, caption};
use super::rows::Rows;
use super::safe_buffer::{CHOSEN, FAINT, LINK, PLAIN, STRONG, SafeBuffer};
use super::text::columns;
use super::{Interaction, Screen};
use crate::flow::page::{Action, ActionKind, Page};

/// A plan and where it goes.
pub(super) struct Body<'p, 'a> {
    pub(super) page: &'p Page<'p>,
    pub(super) column: Column,
    pub(super) plan: &'a Plan<'p>,
    pub(super) area: Rect,
}

impl Body<'_, '_> {
    /// Draws what can be seen so that the focused item is part of it; returns where the cursor belongs
    /// when one of the rows has the focus.
    pub(super) fn draw(&self, screen: &mut Screen, ink: &mut SafeBuffer<'_>) -> Option<(u16, u16)> {
        let total = u16::try_from(self.plan.rows.len()).unwrap_or(u16::MAX);
        let most = total.saturating_sub(self.area.height);
        let scroll = screen.scrolled.unwrap_or_else(|| self.scroll(screen)).min(most);
        screen.drawn.scroll = scroll;
        screen.drawn.most_scroll = most;
        let mut cursor = None;
        let seen = self.plan.rows.iter().skip(usize::from(scroll)).take(usize::from(self.area.height));
        for (row, y) in seen.zip(self.area.y..) {
            cursor = self.row(screen, row, y, ink).or(cursor);
        }
        cursor
    }

    /// The least scrolling from where it was that shows all rows of the focused item, and with them the
    /// notice where both fit.
    fn scroll(&self, screen: &Screen) -> u16 {
        let rows = &self.plan.rows;
        let is_focus = |row: &Row<'_>| Self::belongs_to_focus(screen, row);
        let (Some(first), Some(last)) = (rows.iter().position(is_focus), rows.iter().rposition(is_focus))
        else {
            return 0;
        };
        let height = usize::from(self.area.height);
        let has_notice = rows.iter().any(|row| matches!(row, Row::Notice { .. }));
        let is_typed_in = match screen.focus {
            Focus::Field(n) => !matches!(screen.editors[n].editor, Editor::Checkbox(_)),
            _ => false,
        };
        let is_seen = last < height || !is_typed_in;
        // A page that was just come to is read from its beginning; only what is typed in has to be seen at once.
        if screen.done == Interaction::Nothing && is_seen && !has_notice {
            return 0;
        }
        let hint = rows[last + 1..]
            .iter()
            .take_while(|row| matches!(row, Row::Text { .. } | Row::Notice { .. } | Row::Remark))
            .count();
        let hint = if matches!(screen.focus, Focus::Field(_)) { hint.min(2) } else { 0 };
        let notice = rows.iter().rposition(|row| matches!(row, Row::Notice { .. })).map_or(0, |n| n + 1);
        let end = last + 1 + hint;
        let end = if notice <= first + height { end.max(notice) } else { end };
        if end <= height {
            return 0;
        }
        let scroll = usize::from(screen.drawn.scroll).max(end - height).min(first);
        u16::try_from(scroll).unwrap_or(u16::MAX)
    }

    fn belongs_to_focus(screen: &Screen, row: &Row<'_>) -> bool {
        match (row, screen.focus) {
            (
                Row::Label(n)
                | Row::Boxed { field: n, .. }
                | Row::Ticked(n)
                | Row::Bracketed { field: n, .. },
                Focus::Field(focused),
            ) => *n == focused,
            (Row::Entry(n), Focus::Table) => *n == screen.selected,
            (Row::Actions(actions), Focus::Action(id)) => actions.iter().any(|(_, action)| action.id == id),
            _ => false,
        }
    }

    fn row(
        &self,
        screen: &mut Screen,
        row: &Row<'_>,
        y: u16,
        ink: &mut SafeBuffer<'_>,
    ) -> Option<(u16, u16)> {
        let Column { x, form, text: width } = self.column;
        match row {
            Row::Blank => {}
            Row::Text { text, style } => {
                ink.put(x + 1, y, text, width, *style);
            }
            Row::Notice { x, lead, indent, text, style } => {
                ink.put(*x, y, lead, u16::MAX, style.patch(STRONG));
                ink.put(x + indent, y, text, u16::MAX, *style);
            }
            Row::Remark => {
                ink.put_cut(x + 1, y, screen.remark.as_deref().unwrap_or_default(), width, STRONG);
            }
            Row::Label(n) => {
                let style = if screen.focus == Focus::Field(*n) { STRONG } else { PLAIN };
                ink.put_cut(x + 1, y, self.page.fields[*n].label, width, style);
            }
            Row::Edge { top, wide } => {
                let form = if *wide { width + 2 } else { form };
                let [upper_left, upper_right, lower_left, lower_right] = ink.signs().corners;
                ink.line(
                    x,
                    y,
                    form,
                    if *top { [upper_left, upper_right] } else { [lower_left, lower_right] },
                    PLAIN,
                );
            }
            Row::Boxed { field, of: 1, .. } => {
                let sides = [ink.signs().down; 2];
                return Self::field(screen, *field, Rect::new(x, y, form, 1), sides, ink);
            }
            Row::Boxed { field, line, of } => {
                let area = Rect::new(x, y, width + 2, 1);
                return Self::long_field(screen, *field, (*line, *of), area, ink);
            }
            Row::Ticked(n) => return self.ticked(screen, *n, y, ink),
            Row::Bracketed { field, label } => return self.bracketed(screen, *field, *label, y, ink),
            Row::Actions(actions) => return self.actions(screen, actions, y, ink),
            Row::Heads | Row::Entry(_) => return self.table(screen, row, y, ink),
        }
        None
    }

    fn bracketed(
        &self,
        screen: &mut Screen,
        n: usize,
        label: u16,
        y: u16,
        ink: &mut SafeBuffer<'_>,
    ) -> Option<(u16, u16)> {
        let Column { x, form, text } = self.column;
        if label > 0 {
            let style = if screen.focus == Focus::Field(n) { STRONG } else { PLAIN };
            let end = ink.put(x + 1, y, self.page.fields[n].label, text, style);
            if !self.page.fields[n].label.ends_with('?') {
                ink.put(end, y, ":", 1, style);
            }
        }
        let width = text.saturating_sub(label).min(form);
        Self::field(screen, n, Rect::new(x + 1 + label, y, width, 1), ["[", "]"], ink)
    }

    /// A field in `area`, with a column of air on both sides in a box.
    fn field(
        screen: &mut Screen,
        n: usize,
        area: Rect,
        sides: [&str; 2],
        ink: &mut SafeBuffer<'_>,
    ) -> Option<(u16, u16)> {
        let air = u16::from(sides[0] != "[");
        ink.put(area.x, area.y, sides[0], 1, PLAIN);
        ink.put(area.right().saturating_sub(1), area.y, sides[1], 1, PLAIN);
        let x = area.x + 1 + air;
        let room = usize::from(area.width.saturating_sub(2 + 2 * air).max(1));
        let (shown, cursor) = screen.editors.get(n)?.editor.shown(screen.revealed, ink.charset);
        let (seen, column) = window(&shown, cursor, room);
        ink.put(x, area.y, seen, u16::try_from(room).unwrap_or(u16::MAX), PLAIN);
        screen.drawn.targets.push((area, Target::Field(n)));
        let column = u16::try_from(column).unwrap_or(0);
        (screen.focus == Focus::Field(n)).then_some((x + column, area.y))
    }

    /// One row of a field that has several: its text broken where the row ends, scrolled to the cursor.
    fn long_field(
        screen: &mut Screen,
        n: usize,
        (line, of): (usize, usize),
        area: Rect,
        ink: &mut SafeBuffer<'_>,
    ) -> Option<(u16, u16)> {
        let side = ink.signs().down;
        ink.put(area.x, area.y, side, 1, PLAIN);
        ink.put(area.right().saturating_sub(1), area.y, side, 1, PLAIN);
        screen.drawn.targets.push((area, Target::Field(n)));
        let room = area.width.saturating_sub(4).max(2);
        screen.drawn.text_room = usize::from(room);
        let ours = screen.editors.get_mut(n)?;
        let (text, cursor) = ours.editor.text()?;
        let rows = Rows::of(text, usize::from(room), ink.charset);
        let (here, row) = rows.with(cursor);
        let first = ours.first_row.min(rows.len().saturating_sub(of));
        ours.first_row = first.clamp((here + 1).saturating_sub(of), here);
        if let Some(row) = rows.row(ours.first_row + line) {
            ink.put(area.x + 2, area.y, &text[row], room, PLAIN);
        }
        let column = u16::try_from(rows.columns(row.start..cursor)).unwrap_or(room).min(room);
        let is_here = screen.focus == Focus::Field(n) && here == ours.first_row + line;
        is_here.then_some((area.x + 2 + column, area.y))
    }

    /// `[x] I have saved them`
    fn ticked(&self, screen: &mut Screen, n: usize, y: u16, ink: &mut SafeBuffer<'_>) -> Option<(u16, u16)> {
        let x = self.column.x + 1;
        let (shown, _) = screen.editors.get(n)?.editor.shown(screen.revealed, ink.charset);
        let focused = screen.focus == Focus::Field(n);
        let style = if focused { STRONG } else { PLAIN };
        let text = format!("[{}] {}", shown.as_str(), self.page.fields.get(n)?.label);
        ink.put_cut(x, y, &text, self.column.text, style);
        screen.drawn.targets.push((Rect::new(x, y, columns(&text), 1), Target::Field(n)));
        focused.then_some((x + 1, y))
    }

    fn actions(
        &self,
        screen: &mut Screen,
        actions: &[(u16, &Action)],
        y: u16,
        ink: &mut SafeBuffer<'_>,
    ) -> Option<(u16, u16)> {
        let mut cursor = None;
        for (dx, action) in actions {
            let x = self.column.x + 1 + dx;
            let caption = caption(action);
            let focused = screen.focus == Focus::Action(action.id);
            let is_button = action.kind == ActionKind::Primary;
            let style = match (action.active && !self.page.waiting, focused, is_button) {
                (false, ..) => FAINT,
                (true, true, _) => CHOSEN,
                (true, false, true) => STRONG,
                (true, false, false) => LINK,
            };
            ink.put_cut(x, y, &caption, self.column.text.saturating_sub(*dx), style);
            screen.drawn.targets.push((Rect::new(x, y, columns(&caption), 1), Target::Action(action.id)));
            if focused {
                cursor = Some((if is_button { x + 2 } else { x }, y));
            }
        }
        cursor
    }

    fn table(
        &self,
        screen: &mut Screen,
        row: &Row<'_>,
        y: u16,
        ink: &mut SafeBuffer<'_>,
    ) -> Option<(u16, u16)> {
        let table = self.page.table.as_ref()?;
        let columns_of = &self.plan.columns;
        match row {
            Row::Heads => columns_of.put(ink, y, table.columns.iter().copied(), LINK),
            Row::Entry(n) => {
                let focused = screen.focus == Focus::Table && screen.selected == *n;
                let style = if focused && table.opens { CHOSEN } else { PLAIN };
                columns_of.put(ink, y, table.rows[*n].iter().map(AsRef::as_ref), style);
                let area = Rect::new(columns_of.x, y, columns_of.width(), 1);
                screen.drawn.targets.push((area, Target::Row(*n)));
                return focused.then_some((columns_of.x, y));
            }
            _ => {}
        }
        None
    }
}

/// The part of `text` that `room` columns show when the cursor is at column `cursor`, and the cursor's
/// column in it.
fn window(text: &str, cursor: usize, room: usize) -> (&str, usize) {
    use unicode_segmentation::UnicodeSegmentation;
    use unicode_width::UnicodeWidthStr;
    let skip = (cursor + 1).saturating_sub(room);
    let mut skipped = 0;
    let start = text.grapheme_indices(true).find(|(_, grapheme)| {
        let found = skipped >= skip;
        if !found {
            skipped += grapheme.width();
        }
        found
    });
    (start.map_or("", |(at, _)| &text[at..]), cursor.saturating_sub(skipped).min(room - 1))
}
