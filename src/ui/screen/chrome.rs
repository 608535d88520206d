//! The frame around a page: title line, rules and key hints, and the parts that do not scroll: the
//! heading, the toast and the action in the upper right corner.

use ratatui::layout::Rect;

use super::Screen;
use super::focus::{self, Focus};
use super::keys::has_secret;
use super::layout::{Column, caption};
use super::mouse::Target;
use super::navigation::Navigation;
use super::overlay::Overlay;
use super::safe_buffer::{CHOSEN, FAINT, PLAIN, STRONG, SafeBuffer};
use super::text::{columns, wrap};
use crate::domain::portal::PortalInfo;
use crate::flow::page::{Action, ActionKind, Page, Value};

/// The drawn chrome, and the area it leaves for the page.
pub(super) struct Chrome {
    pub(super) body: Rect,
    /// Cursor position, if an item of the chrome has the focus.
    pub(super) cursor: Option<(u16, u16)>,
    pub(super) targets: Vec<(Rect, Target)>,
    /// The row of the lower rule, or of the hints.
    lower: Option<u16>,
}

impl Chrome {
    /// `is_bare` omits rules and navigation to make space for a picture.
    pub(super) fn draw(
        screen: &Screen,
        page: &Page<'_>,
        portal: &PortalInfo,
        column: Column,
        is_bare: bool,
        buf: &mut SafeBuffer<'_>,
    ) -> Self {
        let (cols, rows) = (buf.cols(), buf.rows());
        title_line(page, portal, buf);
        let rules = rows >= 10 && !is_bare;
        let navigation = if is_bare { Navigation::default() } else { Navigation::draw(screen, page, buf) };
        let mut top = 1 + navigation.rows;
        let mut bottom = rows;
        if rows >= 7 {
            bottom -= 1;
            hints(screen, page, bottom, buf);
        }
        if rules {
            let across = buf.glyphs().across;
            buf.line(0, top, cols, [across; 2], PLAIN);
            top += 1;
            bottom -= 1;
            buf.line(0, bottom, cols, [across; 2], PLAIN);
        }
        let mut chrome = Self {
            body: Rect::new(0, top, cols, bottom.saturating_sub(top)),
            cursor: navigation.cursor,
            targets: navigation.targets,
            lower: (bottom < rows).then_some(bottom),
        };
        chrome.head(screen, page, column, buf);
        chrome
    }

    /// The heading with the toast and the corner action: in one row, or above and below it if they do not fit.
    fn head(&mut self, screen: &Screen, page: &Page<'_>, column: Column, buf: &mut SafeBuffer<'_>) {
        let corner = page.actions.iter().find(|action| action.kind == ActionKind::PrimaryUpperRight);
        let heading_end = column.x + 1 + columns(&page.title);
        if let Some(toast) = page.toast.as_ref().map(|toast| toast.text.as_ref()) {
            let beside = heading_end + 2 + columns(toast) + 3 <= buf.cols();
            // Leaves space for the heading, the action and one row of the page.
            let rows = self.body.height.saturating_sub(3).max(1);
            let taken = toast_lines(toast, self.body.y, rows, buf);
            if corner.is_some() || !beside {
                self.shrink(taken);
            }
        }
        let heading = self.body.y;
        buf.put_cut(column.x + 1, heading, &page.title, buf.cols().saturating_sub(column.x + 1), STRONG);
        self.shrink(1);
        if let Some(action) = corner {
            let x = buf.cols().saturating_sub(columns(&caption(action)) + 1);
            let y = if heading_end < x { heading } else { self.body.y };
            if y != heading {
                self.shrink(1);
            }
            self.cursor = self.corner(action, screen, page, (x, y), buf).or(self.cursor);
        }
    }

    fn corner(
        &mut self,
        action: &Action,
        screen: &Screen,
        page: &Page<'_>,
        (x, y): (u16, u16),
        buf: &mut SafeBuffer<'_>,
    ) -> Option<(u16, u16)> {
        let caption = caption(action);
        let focused = screen.focus == Focus::Action(action.id);
        let style = match (action.active && !page.waiting, focused) {
            (false, _) => FAINT,
            (true, true) => CHOSEN,
            (true, false) => STRONG,
        };
        buf.put(x, y, &caption, u16::MAX, style);
        self.targets.push((Rect::new(x, y, columns(&caption), 1), Target::Action(action.id)));
        focused.then_some((x + 2, y))
    }

    fn shrink(&mut self, rows: u16) {
        let rows = rows.min(self.body.height.saturating_sub(1));
        self.body.y += rows;
        self.body.height -= rows;
    }

    /// Shows at the lower edge which rows of a list are visible, and that there is more to scroll to.
    pub(super) fn scroll_hint(
        &self,
        count: Option<String>,
        scroll: u16,
        most: u16,
        buf: &mut SafeBuffer<'_>,
    ) {
        let keys = match (scroll > 0, scroll < most) {
            (true, true) => Some("PgUp PgDn more"),
            (false, true) => Some("PgDn more"),
            (true, false) => Some("PgUp more"),
            (false, false) => None,
        };
        let parts: Vec<String> = count.into_iter().chain(keys.map(str::to_owned)).collect();
        let text = format!(" {} ", parts.join(buf.glyphs().between));
        if let Some(y) = self.lower.filter(|y| y + 1 < buf.rows() && !parts.is_empty()) {
            buf.put(buf.cols().saturating_sub(columns(&text) + 2), y, &text, u16::MAX, PLAIN);
        }
    }
}

fn title_line(page: &Page<'_>, portal: &PortalInfo, buf: &mut SafeBuffer<'_>) {
    let between = buf.glyphs().between;
    let left = format!("{}{between}{}", portal.name, portal.organisation);
    let right = match page.signed_in_as {
        Some(name) => format!("Signed in as {name}{between}F1 help"),
        None => "F1 help".to_owned(),
    };
    let name = columns(&portal.name);
    let fits = |right: &str| 1 + name + 2 + columns(right) < buf.cols();
    let right = if fits(&right) { right.as_str() } else { "F1 help" };
    let right_x = if fits(right) { buf.cols() - columns(right) - 1 } else { buf.cols() };
    let available = right_x.saturating_sub(3);
    let left = if columns(&left) <= available { left.as_str() } else { portal.name.as_str() };
    buf.put_cut(1, 0, left, available, PLAIN);
    buf.restyle(Rect::new(1, 0, name.min(available), 1), STRONG);
    buf.put(right_x, 0, right, u16::MAX, PLAIN);
}

/// Writes the toast at the right, from row `y` on and in at most `rows` rows; returns their number.
fn toast_lines(toast: &str, y: u16, rows: u16, buf: &mut SafeBuffer<'_>) -> u16 {
    let most = buf.cols().saturating_sub(4);
    let width = wrap(toast, most).map(columns).max().unwrap_or(0);
    let x = buf.cols().saturating_sub(width + 3);
    let mut taken = 0;
    for line in wrap(toast, most) {
        if taken == rows {
            let more = buf.glyphs().more;
            buf.put(x + width + 1, y + taken - 1, more, 1, STRONG.patch(CHOSEN));
            break;
        }
        let area = Rect::new(x, y + taken, width + 2, 1).intersection(buf.buffer.area);
        buf.put(x + 1, y + taken, line, width, STRONG);
        buf.restyle(area, CHOSEN);
        taken += 1;
    }
    taken
}

/// The keys that matter now; the least important ones are dropped if they do not fit.
fn hints(screen: &Screen, page: &Page<'_>, y: u16, buf: &mut SafeBuffer<'_>) {
    if let Some(find) = screen.find_hint(page) {
        let text = format!("{find}{0}Down next{0}Esc end", buf.glyphs().between);
        buf.put_cut(1, y, &text, buf.cols().saturating_sub(1), PLAIN);
        return;
    }
    let mut hints = chosen_hints(screen, page);
    if screen.overlay.is_none() && screen.offers_whole_picture(page, buf) {
        hints.insert(0, ("F3 QR code", 4));
    }
    let between = buf.glyphs().between;
    let width = |hints: &[(&str, u8)]| {
        hints.iter().map(|(text, _)| columns(text)).sum::<u16>()
            + columns(between) * u16::try_from(hints.len().saturating_sub(1)).unwrap_or(0)
    };
    while width(&hints) + 1 > buf.cols() && hints.len() > 1 {
        let least = hints.iter().map(|(_, weight)| *weight).min();
        let Some(index) = hints.iter().rposition(|(_, weight)| Some(*weight) == least) else {
            break;
        };
        hints.remove(index);
    }
    let mut x = 1;
    for (n, (text, _)) in hints.iter().enumerate() {
        if n > 0 {
            x = buf.put(x, y, between, u16::MAX, PLAIN);
        }
        x = buf.put(x, y, text, u16::MAX, PLAIN);
    }
}

/// The hints, each with its importance.
fn chosen_hints(screen: &Screen, page: &Page<'_>) -> Vec<(&'static str, u8)> {
    match screen.overlay {
        Some(Overlay::Help { .. }) => return vec![("Up/Down scroll", 1), ("Esc close", 2)],
        Some(Overlay::Picture) => return Vec::new(),
        Some(Overlay::Quit) => return vec![("Ctrl-C leave", 1), ("Esc stay", 2)],
        Some(Overlay::Discard(_)) => return vec![("d discard", 1), ("Esc keep editing", 2)],
        None => {}
    }
    if page.waiting {
        return vec![("Ctrl-C quit", 1)];
    }
    let mut hints = Vec::with_capacity(6);
    let value =
        if let Focus::Field(n) = screen.focus { page.fields.get(n).map(|field| field.value) } else { None };
    let enter = match (screen.focus, value) {
        (Focus::Table, _) if focus::opens(page) => {
            hints.extend([("Up/Down move", 3), ("Enter open", 4)]);
            None
        }
        (Focus::Table, _) => {
            hints.push(("Up/Down scroll", 3));
            None
        }
        (_, Some(Value::LongText(_))) => {
            hints.push(("Enter new line", 4));
            None
        }
        (_, Some(Value::Checkbox(_))) => {
            hints.push(("Space tick", 4));
            Some(("Enter continue", 3))
        }
        (Focus::Nothing, _) => None,
        _ => Some(("Enter continue", 4)),
    };
    if focus::ring(page).len() > 1 {
        hints.push(("Tab next", 3));
    }
    hints.extend(enter);
    if has_secret(page) {
        hints.push((if screen.revealed { "F2 hide password" } else { "F2 show password" }, 2));
    }
    if focus::leads_back(page) {
        hints.push(("Esc back", 2));
    }
    if !matches!(screen.focus, Focus::Field(_)) && Screen::offers_to_find(page) {
        hints.push(("/ find", 2));
    }
    if page.actions.iter().any(|action| matches!(action.kind, ActionKind::Section { .. })) {
        let in_field = matches!(screen.focus, Focus::Field(_));
        hints.push((if in_field { "Alt-1..5 go to" } else { "1..5 go to" }, 1));
    }
    hints.push(("Ctrl-C quit", 4));
    hints
}
