//! The frame around a page: title line, navigation and key hints, and the parts that do not scroll: the
//! heading, the toast and the action in the upper right corner.

use ratatui::layout::Rect;

use super::Screen;
use super::body::put_action;
use super::focus::{self, Focus};
use super::keys::has_secret;
use super::layout::{Areas, Column, caption};
use super::mouse::Target;
use super::navigation::Navigation;
use super::overlay::Overlay;
use super::safe_buffer::{Glyphs, SafeBuffer};
use super::text::{columns, wrap};
use crate::domain::portal::PortalInfo;
use crate::flow::page::{ActionKind, Page, Value};
use crate::terminal::capabilities::Charset;
use crate::text;

/// The drawn chrome, and the area it leaves for the page.
pub(super) struct Chrome {
    pub(super) body: Rect,
    /// The row of the heading.
    pub(super) heading: u16,
    /// Cursor position, if an item of the chrome has the focus.
    pub(super) cursor: Option<(u16, u16)>,
    pub(super) targets: Vec<(Rect, Target)>,
    /// The blank row above the hints, or theirs.
    lower: Option<u16>,
}

impl Chrome {
    /// `is_bare` omits the navigation and blank rows to make space for a picture.
    pub(super) fn draw(
        screen: &Screen,
        page: &Page<'_>,
        portal: &PortalInfo,
        areas: &Areas,
        is_bare: bool,
        buf: &mut SafeBuffer<'_>,
    ) -> Self {
        let (cols, rows) = (buf.cols(), buf.rows());
        title_line(page, portal, areas.margin, buf);
        let navigation =
            if is_bare { Navigation::default() } else { Navigation::draw(screen, page, areas, buf) };
        let mut top = 1 + navigation.rows;
        let mut bottom = rows;
        if rows >= 7 {
            bottom -= 1;
            hints(screen, page, bottom, areas.margin, buf);
        }
        if rows >= 14 && !is_bare {
            top += 1 + areas.above;
        }
        if rows >= 10 && !is_bare {
            bottom -= 1;
        }
        let mut chrome = Self {
            body: Rect::new(0, top, cols, bottom.saturating_sub(top)),
            heading: top,
            cursor: navigation.cursor,
            targets: navigation.targets,
            lower: (bottom < rows).then_some(bottom),
        };
        let has_row_above = rows >= 14 && !is_bare;
        chrome.head(screen, page, areas.column, has_row_above, buf);
        chrome
    }

    /// The heading with the corner action, or above it if both do not fit in one row. The toast moves neither: one line
    /// takes the blank row above the heading, if there is one, and a longer one stands below.
    fn head(
        &mut self,
        screen: &Screen,
        page: &Page<'_>,
        column: Column,
        has_row_above: bool,
        buf: &mut SafeBuffer<'_>,
    ) {
        let corner = page.actions.iter().find(|action| action.kind == ActionKind::PrimaryUpperRight);
        buf.put_cut(column.x, self.body.y, &page.title, column.wide, buf.theme.strong);
        let heading_end = column.x + columns(&page.title).min(column.wide);
        let heading = self.body.y;
        self.shrink(1);
        if let Some(action) = corner {
            let x = (column.x + column.form).saturating_sub(columns(&caption(action)));
            let y = if heading_end < x { heading } else { self.body.y };
            if y != heading {
                self.shrink(1);
            }
            let drawn = put_action(screen, page, action, (x, y), u16::MAX, buf);
            self.targets.push((drawn.area, Target::Action(action.id)));
            self.cursor = drawn.cursor.or(self.cursor);
        }
        let Some(toast) = page.toast.as_ref().map(|toast| toast.text.as_ref()) else { return };
        if has_row_above && columns(toast) <= column.text {
            toast_lines(toast, column, heading - 1, 1, buf);
        } else {
            if self.body.height >= 12 {
                self.shrink(1);
            }
            // Leaves space for one row of the page.
            let rows = self.body.height.saturating_sub(2).max(1);
            let taken = toast_lines(toast, column, self.body.y, rows, buf);
            self.shrink(taken);
        }
    }

    fn shrink(&mut self, rows: u16) {
        let rows = rows.min(self.body.height.saturating_sub(1));
        self.body.y += rows;
        self.body.height -= rows;
    }

    /// Shows at the lower edge which rows of a list are visible, and that there is more to scroll to. Gives the blank row
    /// that it is in, if there is one, and where it begins there.
    pub(super) fn scroll_hint(
        &self,
        page: &Page<'_>,
        count: Option<String>,
        scroll: u16,
        most: u16,
        buf: &mut SafeBuffer<'_>,
    ) -> Option<(u16, u16)> {
        let keys = match (scroll > 0, scroll < most) {
            (true, true) => Some(text!(page, "more-around")),
            (false, true) => Some(text!(page, "more-below")),
            (true, false) => Some(text!(page, "more-above")),
            (false, false) => None,
        };
        let parts: Vec<String> = count.into_iter().chain(keys.map(str::to_owned)).collect();
        let text = format!(" {} ", parts.join(buf.glyphs().between));
        let y = self.lower.filter(|y| y + 1 < buf.rows())?;
        if parts.is_empty() {
            return Some((y, buf.cols()));
        }
        let x = buf.cols().saturating_sub(columns(&text) + 2);
        buf.put(x, y, &text, u16::MAX, buf.theme.secondary);
        Some((y, x))
    }
}

fn title_line(page: &Page<'_>, portal: &PortalInfo, margin: u16, buf: &mut SafeBuffer<'_>) {
    let Glyphs { between, bar, .. } = *buf.glyphs();
    let theme = buf.theme;
    let mut x = margin;
    if margin > 1 && buf.charset == Charset::Utf8 {
        x = buf.put(x, 0, bar, 1, theme.bar) + 1;
    }
    let help = text!(page, "f1-help");
    let right = match page.signed_in_as {
        Some(name) => format!("{}{between}{help}", text!(page, "signed-in-as", name = name)),
        None => help.to_owned(),
    };
    let name = columns(&portal.name);
    let fits = |right: &str| x + name + 2 + columns(right) + margin <= buf.cols();
    let right = if fits(&right) { right.as_str() } else { help };
    let right_x = if fits(right) { buf.cols() - columns(right) - margin } else { buf.cols() };
    let available = right_x.saturating_sub(x + 2);
    buf.put(right_x, 0, right, u16::MAX, theme.secondary);
    let end = buf.put_cut(x, 0, &portal.name, available, theme.accent.patch(theme.strong));
    let organisation = format!("{between}{}", portal.organisation);
    if name + columns(&organisation) <= available {
        buf.put(end, 0, &organisation, u16::MAX, theme.secondary);
    }
}

/// Writes the toast from row `y` on and in at most `rows` rows; returns their number.
fn toast_lines(toast: &str, column: Column, y: u16, rows: u16, buf: &mut SafeBuffer<'_>) -> u16 {
    let (x, most, theme) = (column.x, column.text, buf.theme);
    let width = wrap(toast, most).map(columns).max().unwrap_or(0);
    let mut taken = 0;
    for line in wrap(toast, most) {
        if taken == rows {
            buf.put(x + width, y + taken - 1, buf.glyphs().more, 1, theme.toast);
            break;
        }
        let area = Rect::new(x.saturating_sub(1), y + taken, width + 2, 1).intersection(buf.buffer.area);
        buf.put(x, y + taken, line, width, theme.toast);
        buf.restyle(area, theme.toast);
        taken += 1;
    }
    taken
}

/// A key, what it does, and how much that matters.
type KeyHint = (&'static str, &'static str, u8);

/// The keys that matter now; the least important ones are dropped if they do not fit.
fn hints(screen: &Screen, page: &Page<'_>, y: u16, margin: u16, buf: &mut SafeBuffer<'_>) {
    const GAP: u16 = 3;
    if let Some((find, is_found)) = screen.find_hint(page) {
        let next = is_found.then(|| text!(page, "find-next"));
        let parts: Vec<&str> =
            [find.as_str()].into_iter().chain(next).chain([text!(page, "find-end")]).collect();
        let text = parts.join(buf.glyphs().between);
        buf.put_cut(margin, y, &text, buf.cols().saturating_sub(margin), buf.theme.text);
        return;
    }
    let mut hints = chosen_hints(screen, page);
    if screen.overlay.is_none() && screen.offers_whole_picture(page, buf) {
        hints.insert(0, ("F3", text!(page, "hint-qr-code"), 4));
    }
    let width = |hints: &[KeyHint]| {
        let words = hints.iter().map(|(key, does, _)| columns(key) + 1 + columns(does)).sum::<u16>();
        words + GAP * u16::try_from(hints.len().saturating_sub(1)).unwrap_or(0)
    };
    let in_short = text!(page, "hint-continue");
    if width(&hints) + margin > buf.cols()
        && let Some(enter) = hints.iter_mut().find(|(key, ..)| *key == "Enter")
        && columns(enter.1) > columns(in_short)
    {
        enter.1 = in_short;
    }
    while width(&hints) + margin > buf.cols() && hints.len() > 1 {
        let least = hints.iter().map(|(.., weight)| *weight).min();
        let Some(index) = hints.iter().rposition(|(.., weight)| Some(*weight) == least) else {
            break;
        };
        hints.remove(index);
    }
    let mut x = margin;
    for (key, does, _) in hints {
        x = buf.put(x, y, key, u16::MAX, buf.theme.strong) + 1;
        x = buf.put(x, y, does, u16::MAX, buf.theme.secondary) + GAP;
    }
}

/// The hints, each with its importance.
fn chosen_hints(screen: &Screen, page: &Page<'_>) -> Vec<KeyHint> {
    match screen.overlay {
        Some(Overlay::Help { .. }) => {
            return vec![
                (text!(page, "key-up-down"), text!(page, "hint-scroll"), 1),
                ("Esc", text!(page, "hint-close"), 2),
            ];
        }
        Some(Overlay::Picture) => return Vec::new(),
        Some(Overlay::Quit) => {
            return vec![
                (text!(page, "key-ctrl-c"), text!(page, "hint-leave"), 1),
                ("Esc", text!(page, "hint-stay"), 2),
            ];
        }
        Some(Overlay::Discard(_)) => {
            return vec![("d", text!(page, "hint-discard"), 1), ("Esc", text!(page, "hint-keep-editing"), 2)];
        }
        None => {}
    }
    let quit = (text!(page, "key-ctrl-c"), text!(page, "hint-quit"));
    if page.waiting {
        return vec![(quit.0, quit.1, 1)];
    }
    let mut hints = Vec::with_capacity(6);
    let value =
        if let Focus::Field(n) = screen.focus { page.fields.get(n).map(|field| field.value) } else { None };
    let enter = match (screen.focus, value) {
        (Focus::Table, _) if focus::opens(page) => {
            hints.push((text!(page, "key-up-down"), text!(page, "hint-move"), 3));
            hints.push(("Enter", text!(page, "hint-open"), 4));
            None
        }
        (Focus::Table, _) => {
            hints.push((text!(page, "key-up-down"), text!(page, "hint-scroll"), 3));
            None
        }
        (_, Some(Value::LongText(_))) => {
            hints.push(("Enter", text!(page, "hint-new-line"), 4));
            None
        }
        (_, Some(Value::Checkbox(_))) => {
            hints.push((text!(page, "key-space"), text!(page, "hint-tick"), 4));
            Some(("Enter", screen.enter_does(page), 3))
        }
        (Focus::Nothing, _) => None,
        _ => Some(("Enter", screen.enter_does(page), 4)),
    };
    if screen.ring(page).len() > 1 {
        hints.push(("Tab", text!(page, "hint-next"), 3));
    }
    hints.extend(enter);
    if has_secret(page) {
        let does = if screen.revealed {
            text!(page, "hint-hide-password")
        } else {
            text!(page, "hint-show-password")
        };
        hints.push(("F2", does, 2));
    }
    if focus::leads_back(page) {
        hints.push(("Esc", text!(page, "hint-back"), 2));
    }
    if !matches!(screen.focus, Focus::Field(_)) && Screen::offers_to_find(page) {
        hints.push(("/", text!(page, "hint-find"), 2));
    }
    if page.actions.iter().any(|action| matches!(action.kind, ActionKind::Section { .. })) {
        let in_field = matches!(screen.focus, Focus::Field(_));
        hints.push((if in_field { "Alt-1..8" } else { "1..8" }, text!(page, "hint-go-to"), 1));
    }
    hints.push((quit.0, quit.1, 4));
    hints
}
