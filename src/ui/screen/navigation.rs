//! The places of the portal with their numbers: beside the page on a wide screen, else above it, and in short where
//! they do not fit.

use ratatui::layout::Rect;
use ratatui::style::Style;

use super::Screen;
use super::focus::Focus;
use super::layout::Areas;
use super::mouse::Target;
use super::safe_buffer::SafeBuffer;
use super::text::columns;
use crate::flow::page::{Action, ActionKind, Page, Places};
use crate::text;

/// With fewer rows, sections and tabs share one row.
const MIN_ROWS_FOR_TABS: u16 = 16;

/// The drawn navigation, with the cursor position if one of its items has the focus.
#[derive(Default)]
pub(super) struct Navigation {
    /// Rows that it takes above the page.
    pub(super) rows: u16,
    pub(super) cursor: Option<(u16, u16)>,
    pub(super) targets: Vec<(Rect, Target)>,
}

/// One place, with its number.
struct Item {
    number: String,
    label: &'static str,
    id: &'static str,
    is_here: bool,
}

impl Item {
    fn of(action: &Action, places: Option<&Places>) -> Self {
        let is_here =
            matches!(action.kind, ActionKind::Section { here: true } | ActionKind::Tab { here: true });
        Self { number: number_of(action, places), label: action.label, id: action.id, is_here }
    }

    /// The number, a space, the label, and brackets around the current one.
    fn width(&self) -> u16 {
        let number = if self.number.is_empty() { 0 } else { columns(&self.number) + 1 };
        number + columns(self.label) + if self.is_here { 2 } else { 0 }
    }
}

/// `4` for a place, `2-6` for the settings, `0` for signing out.
fn number_of(action: &Action, places: Option<&Places>) -> String {
    let Some(places) = places else { return String::new() };
    if action.kind == ActionKind::Exit {
        return "0".to_owned();
    }
    if let Some(at) = places.all.iter().position(|place| place.id == action.id) {
        return (at + 1).to_string();
    }
    let first = places.all.iter().position(|place| place.is_tab);
    let last = places.all.iter().rposition(|place| place.is_tab);
    first.zip(last).map(|(first, last)| format!("{}-{}", first + 1, last + 1)).unwrap_or_default()
}

impl Navigation {
    /// Draws the side bar; or the sections and, below them, the tabs; or where one is, if both do not fit.
    pub(super) fn draw(screen: &Screen, page: &Page<'_>, areas: &Areas, buf: &mut SafeBuffer<'_>) -> Self {
        let mut bar = Self::default();
        if let Some(places) = page.places.filter(|_| areas.has_side_bar) {
            bar.side_bar(screen, page, places, buf);
            return bar;
        }
        let places = page.places.as_ref();
        let items = |is_it: fn(&ActionKind) -> bool| -> Vec<Item> {
            let actions = page.actions.iter().filter(|action| is_it(&action.kind));
            actions.map(|action| Item::of(action, places)).collect()
        };
        let tabs = items(|kind| matches!(kind, ActionKind::Tab { .. }));
        let sections = items(|kind| matches!(kind, ActionKind::Section { .. } | ActionKind::Exit));
        if buf.rows() < 7 || sections.is_empty() {
            return bar;
        }
        let gaps = [gap_of(&sections, areas, buf), gap_of(&tabs, areas, buf)];
        let is_tall = tabs.is_empty() || buf.rows() >= MIN_ROWS_FOR_TABS;
        if let ([Some(wide), Some(narrow)], true) = (gaps, is_tall) {
            bar.row(screen, page, (&sections, wide), areas, buf);
            if !tabs.is_empty() {
                bar.row(screen, page, (&tabs, narrow), areas, buf);
            }
        } else {
            bar.short(screen, page, (&sections, &tabs), areas, buf);
        }
        bar
    }

    /// All items in a row below those so far.
    fn row(
        &mut self,
        screen: &Screen,
        page: &Page<'_>,
        (items, gap): (&[Item], u16),
        areas: &Areas,
        buf: &mut SafeBuffer<'_>,
    ) {
        self.rows += 1;
        let (mut x, y) = (areas.margin, self.rows);
        for item in items {
            x = self.put(screen, page, item, (x, y), buf) + gap;
        }
    }

    /// The place that has the focus or else the current one, and the keys that lead to the others.
    fn short(
        &mut self,
        screen: &Screen,
        page: &Page<'_>,
        (sections, tabs): (&[Item], &[Item]),
        areas: &Areas,
        buf: &mut SafeBuffer<'_>,
    ) {
        self.rows = 1;
        let focused = sections.iter().chain(tabs).find(|item| screen.focus == Focus::Action(item.id));
        let current = || tabs.iter().chain(sections).find(|item| item.is_here);
        let Some(item) = focused.or_else(current).or_else(|| sections.first()) else { return };
        let end = self.put(screen, page, item, (areas.margin, 1), buf) + 3;
        let in_field = matches!(screen.focus, Focus::Field(_));
        let last = page.places.map_or(0, |places| places.all.len());
        let pages = format!("{}1..{last}", if in_field { "Alt-" } else { "" });
        let keys = format!("{pages}, 0");
        let told = text!(page, "navigation-keys", pages = &pages, exit = "0");
        for words in [told, text!(page, "navigation-go-to", keys = &keys), keys] {
            if last > 0 && end + columns(&words) + areas.margin <= buf.cols() {
                buf.put(end, 1, &words, u16::MAX, buf.theme.secondary);
                return;
            }
        }
    }

    /// One item; returns the column after it. The cursor goes to its label.
    fn put(
        &mut self,
        screen: &Screen,
        page: &Page<'_>,
        item: &Item,
        (x, y): (u16, u16),
        buf: &mut SafeBuffer<'_>,
    ) -> u16 {
        let theme = buf.theme;
        let has_focus = screen.focus == Focus::Action(item.id);
        let (number, label) = item_styles(item, has_focus, page, buf);
        let mut at = x;
        if item.is_here {
            at = buf.put(at, y, "[", 1, if has_focus { label } else { theme.current_edge });
        }
        if !item.number.is_empty() {
            at = buf.put(at, y, &item.number, u16::MAX, number);
            at = buf.put(at, y, " ", 1, number);
        }
        if has_focus {
            self.cursor = Some((at, y));
        }
        at = buf.put(at, y, item.label, u16::MAX, label);
        if item.is_here {
            at = buf.put(at, y, "]", 1, if has_focus { label } else { theme.current_edge });
        }
        self.targets.push((Rect::new(x, y, at.saturating_sub(x), 1), Target::Action(item.id)));
        at
    }

    /// All places in a column, and a line beside them.
    fn side_bar(&mut self, screen: &Screen, page: &Page<'_>, places: Places, buf: &mut SafeBuffer<'_>) {
        let down = buf.glyphs().down;
        for y in 2..buf.rows().saturating_sub(2) {
            buf.put(Areas::SIDE_BAR_LINE, y, down, 1, buf.theme.border);
        }
        let mut items: Vec<(u16, Item)> = (2..)
            .zip(places.all.iter().enumerate())
            .map(|(y, (n, place))| {
                let (number, is_here) = ((n + 1).to_string(), n == places.here);
                (y, Item { number, label: place.label.to(page), id: place.id, is_here })
            })
            .collect();
        let exit = page.actions.iter().find(|action| action.kind == ActionKind::Exit);
        let below = items.last().map_or(2, |(y, _)| y + 2);
        items.extend(exit.map(|exit| (below, Item::of(exit, Some(&places)))));
        for (y, item) in items {
            self.side_bar_item(screen, page, &item, y, buf);
        }
    }

    fn side_bar_item(
        &mut self,
        screen: &Screen,
        page: &Page<'_>,
        item: &Item,
        y: u16,
        buf: &mut SafeBuffer<'_>,
    ) {
        const WIDTH: u16 = Areas::SIDE_BAR_LINE - 4;
        let (x, theme) = (2, buf.theme);
        let has_focus = screen.focus == Focus::Action(item.id);
        let (number, label) = item_styles(item, has_focus, page, buf);
        if item.is_here || has_focus {
            buf.put(x, y, &" ".repeat(usize::from(WIDTH)), WIDTH, label);
        }
        if item.is_here {
            buf.put(x, y, buf.glyphs().bar, 1, if has_focus { label } else { theme.selection_bar });
        }
        buf.put(x + 2, y, &item.number, 1, number);
        buf.put(x + 4, y, item.label, u16::MAX, label);
        if has_focus {
            self.cursor = Some((x + 4, y));
        }
        self.targets.push((Rect::new(x, y, WIDTH, 1), Target::Action(item.id)));
    }
}

/// The styles of the number and of the label.
fn item_styles(item: &Item, has_focus: bool, page: &Page<'_>, buf: &SafeBuffer<'_>) -> (Style, Style) {
    let theme = buf.theme;
    match (has_focus, item.is_here) {
        (true, _) => (theme.pressed_next, theme.pressed_next),
        (false, true) => (theme.current, theme.current),
        (false, false) if page.waiting => (theme.disabled, theme.disabled),
        (false, false) => (theme.secondary, theme.text),
    }
}

/// The space between items that all fit in one row, two columns or one.
fn gap_of(items: &[Item], areas: &Areas, buf: &SafeBuffer<'_>) -> Option<u16> {
    let words = items.iter().map(Item::width).sum::<u16>();
    let gaps = u16::try_from(items.len().saturating_sub(1)).unwrap_or(u16::MAX);
    [2, 1].into_iter().find(|gap| areas.margin + words + gap * gaps < buf.cols())
}
