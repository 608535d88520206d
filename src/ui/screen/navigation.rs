//! The navigation bar: the sections of the portal, and the tabs of the current one.

use ratatui::layout::Rect;

use super::Screen;
use super::focus::Focus;
use super::layout::caption;
use super::mouse::Target;
use super::safe_buffer::{CHOSEN, FAINT, PLAIN, STRONG, SafeBuffer};
use super::text::columns;
use crate::flow::page::{Action, ActionKind, Page};

/// With fewer rows, sections and tabs share one row.
const MIN_ROWS_FOR_TABS: u16 = 16;

/// The drawn navigation bar, with the cursor position if one of its items has the focus.
#[derive(Default)]
pub(super) struct Navigation {
    pub(super) rows: u16,
    pub(super) cursor: Option<(u16, u16)>,
    pub(super) targets: Vec<(Rect, Target)>,
}

/// A separator, a caption and the action it stands for.
type NavigationItem<'p> = (&'static str, String, &'p Action);

impl Navigation {
    /// Draws the sections and, below them, the tabs; a breadcrumb if both do not fit.
    pub(super) fn draw(screen: &Screen, page: &Page<'_>, buf: &mut SafeBuffer<'_>) -> Self {
        let mut bar = Self::default();
        let links = page.actions.iter().filter(|action| action.kind.is_navigation());
        let (tabs, sections): (Vec<&Action>, Vec<&Action>) =
            links.partition(|action| matches!(action.kind, ActionKind::Tab { .. }));
        if buf.rows() < 7 || sections.is_empty() {
            return bar;
        }
        let rows = [row_of(&sections, buf), row_of(&tabs, buf)];
        let is_tall = tabs.is_empty() || buf.rows() >= MIN_ROWS_FOR_TABS;
        if let ([Some(sections), Some(tabs)], true) = (&rows, is_tall) {
            for row in [sections, tabs].into_iter().filter(|row| !row.is_empty()) {
                bar.rows += 1;
                bar.put(screen, page, row, buf);
            }
        } else {
            bar.rows = 1;
            bar.breadcrumb(screen, page, &sections, &tabs, buf);
        }
        bar
    }

    /// `Settings > [Sessions] ...`, or a shorter form with the keys that lead to the rest.
    fn breadcrumb(
        &mut self,
        screen: &Screen,
        page: &Page<'_>,
        sections: &[&Action],
        tabs: &[&Action],
        buf: &mut SafeBuffer<'_>,
    ) {
        let section_focused = sections.iter().any(|action| screen.focus == Focus::Action(action.id));
        let tabs = if section_focused { &[] } else { tabs };
        let Some(section) = current(screen, sections) else { return };
        let mut full = vec![("", section.label.to_owned(), section)];
        full.extend(tabs.iter().map(|tab| (" ", caption(tab), *tab)));
        if let Some(first) = full.get_mut(1) {
            first.0 = " > ";
        }
        let full = if tabs.is_empty() { row_of(sections, buf) } else { Some(full) };
        if let Some(full) = full.filter(|row| fits(row, buf)) {
            self.put(screen, page, &full, buf);
            return;
        }
        let mut path = vec![("", section.label.to_owned(), section)];
        path.extend(current(screen, tabs).map(|tab| (" > ", tab.label.to_owned(), tab)));
        let end = self.put(screen, page, &path, buf);
        let between = buf.glyphs().between;
        let tails: [&[&str]; 3] = match (tabs.is_empty(), matches!(screen.focus, Focus::Field(_))) {
            (true, false) => [&["1..5 go to"], &[], &[]],
            (false, false) => [&["[ ] tabs", "1..5 go to"], &["[ ] tabs", "1..5"], &["1..5"]],
            (true, true) => [&["Alt-1..5 go to"], &["Alt-1..5"], &[]],
            (false, true) => [&["Alt-P Alt-N tabs", "Alt-1..5"], &["Alt-P Alt-N", "Alt-1..5"], &["Alt-1..5"]],
        };
        let width = |tail: &[&str]| tail.iter().map(|part| columns(between) + columns(part)).sum::<u16>();
        let Some(tail) = tails.into_iter().find(|tail| end + width(tail) <= buf.cols()) else { return };
        let mut x = end;
        for part in tail {
            x = buf.put(x, self.rows, between, u16::MAX, PLAIN);
            x = buf.put(x, self.rows, part, u16::MAX, PLAIN);
        }
    }

    /// Writes `row` as the last row so far; returns the column after it.
    fn put(
        &mut self,
        screen: &Screen,
        page: &Page<'_>,
        row: &[NavigationItem<'_>],
        buf: &mut SafeBuffer<'_>,
    ) -> u16 {
        let (mut x, y) = (1, self.rows);
        for (before, text, action) in row {
            x = buf.put(x, y, before, u16::MAX, PLAIN);
            let has_focus = screen.focus == Focus::Action(action.id);
            let style = match (has_focus, is_current(action)) {
                (true, _) => CHOSEN,
                (false, true) => STRONG,
                _ if page.waiting => FAINT,
                _ => PLAIN,
            };
            self.targets.push((Rect::new(x, y, columns(text), 1), Target::Action(action.id)));
            if has_focus {
                self.cursor = Some((x, y));
            }
            x = buf.put(x, y, text, u16::MAX, style);
        }
        x
    }
}

/// All `actions` if they fit, separated by two spaces or one.
fn row_of<'p>(actions: &[&'p Action], buf: &SafeBuffer<'_>) -> Option<Vec<NavigationItem<'p>>> {
    let row = |gap: &'static str| -> Vec<NavigationItem<'p>> {
        let gap = |n: usize| if n == 0 { "" } else { gap };
        actions.iter().enumerate().map(|(n, action)| (gap(n), caption(action), *action)).collect()
    };
    ["  ", " "].into_iter().map(row).find(|row| fits(row, buf))
}

fn fits(row: &[NavigationItem<'_>], buf: &SafeBuffer<'_>) -> bool {
    let width = row.iter().map(|(before, text, _)| columns(before) + columns(text)).sum::<u16>();
    width < buf.cols()
}

/// The focused action, else the one of the current page.
fn current<'p>(screen: &Screen, actions: &[&'p Action]) -> Option<&'p Action> {
    let focused = actions.iter().find(|action| screen.focus == Focus::Action(action.id));
    focused.or_else(|| actions.iter().find(|action| is_current(action))).copied()
}

const fn is_current(action: &Action) -> bool {
    matches!(action.kind, ActionKind::Section { here: true } | ActionKind::Tab { here: true })
}
