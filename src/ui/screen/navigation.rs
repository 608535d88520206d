//! The ways around the portal at the upper edge: the sections, and the tabs of the one that the page is in.

use ratatui::layout::Rect;

use super::Screen;
use super::focus::Focus;
use super::mouse::Target;
use super::plan::caption;
use super::safe_buffer::{CHOSEN, FAINT, PLAIN, STRONG, SafeBuffer};
use super::text::columns;
use crate::flow::page::{Action, ActionKind, Page};

/// Fewer rows than these leave room for one row of ways.
const ROWS_FOR_TWO: u16 = 16;

/// What stands where, and where the cursor belongs when one of it has the focus.
#[derive(Default)]
pub(super) struct Navigation {
    pub(super) rows: u16,
    pub(super) cursor: Option<(u16, u16)>,
    pub(super) targets: Vec<(Rect, Target)>,
}

/// An action with its words, and what stands before it.
type Item<'p> = (&'static str, String, &'p Action);

impl Navigation {
    /// Draws the sections and, below them, the tabs; where there is no room for both, the way to here.
    pub(super) fn draw(screen: &Screen, page: &Page<'_>, ink: &mut SafeBuffer<'_>) -> Self {
        let mut drawn = Self::default();
        let ways = page.actions.iter().filter(|action| action.kind.is_navigation());
        let (tabs, sections): (Vec<&Action>, Vec<&Action>) =
            ways.partition(|action| matches!(action.kind, ActionKind::Tab { .. }));
        if ink.rows() < 7 || sections.is_empty() {
            return drawn;
        }
        let rows = [row_of(&sections, ink), row_of(&tabs, ink)];
        let is_roomy = tabs.is_empty() || ink.rows() >= ROWS_FOR_TWO;
        if let ([Some(sections), Some(tabs)], true) = (&rows, is_roomy) {
            for row in [sections, tabs].into_iter().filter(|row| !row.is_empty()) {
                drawn.rows += 1;
                drawn.put(screen, page, row, ink);
            }
        } else {
            drawn.rows = 1;
            drawn.way_to_here(screen, page, &sections, &tabs, ink);
        }
        drawn
    }

    /// `Settings > [Sessions] ...`, or less of it and the keys that lead elsewhere.
    fn way_to_here(
        &mut self,
        screen: &Screen,
        page: &Page<'_>,
        sections: &[&Action],
        tabs: &[&Action],
        ink: &mut SafeBuffer<'_>,
    ) {
        let among_sections = sections.iter().any(|action| screen.focus == Focus::Action(action.id));
        let tabs = if among_sections { &[] } else { tabs };
        let Some(section) = here(screen, sections) else { return };
        let mut whole = vec![("", section.label.to_owned(), section)];
        whole.extend(tabs.iter().map(|tab| (" ", caption(tab), *tab)));
        if let Some(first) = whole.get_mut(1) {
            first.0 = " > ";
        }
        let whole = if tabs.is_empty() { row_of(sections, ink) } else { Some(whole) };
        if let Some(whole) = whole.filter(|row| fits(row, ink)) {
            self.put(screen, page, &whole, ink);
            return;
        }
        let mut way = vec![("", section.label.to_owned(), section)];
        way.extend(here(screen, tabs).map(|tab| (" > ", tab.label.to_owned(), tab)));
        let end = self.put(screen, page, &way, ink);
        let between = ink.signs().between;
        let tails: [&[&str]; 3] = match (tabs.is_empty(), matches!(screen.focus, Focus::Field(_))) {
            (true, false) => [&["1..5 go to"], &[], &[]],
            (false, false) => [&["[ ] tabs", "1..5 go to"], &["[ ] tabs", "1..5"], &["1..5"]],
            (true, true) => [&["Alt-1..5 go to"], &["Alt-1..5"], &[]],
            (false, true) => [&["Alt-P Alt-N tabs", "Alt-1..5"], &["Alt-P Alt-N", "Alt-1..5"], &["Alt-1..5"]],
        };
        let width = |tail: &[&str]| tail.iter().map(|part| columns(between) + columns(part)).sum::<u16>();
        let Some(tail) = tails.into_iter().find(|tail| end + width(tail) <= ink.cols()) else { return };
        let mut x = end;
        for part in tail {
            x = ink.put(x, self.rows, between, u16::MAX, PLAIN);
            x = ink.put(x, self.rows, part, u16::MAX, PLAIN);
        }
    }

    /// Writes `row` as the last of the rows so far; returns the column behind it.
    fn put(&mut self, screen: &Screen, page: &Page<'_>, row: &[Item<'_>], ink: &mut SafeBuffer<'_>) -> u16 {
        let (mut x, y) = (1, self.rows);
        for (before, text, action) in row {
            x = ink.put(x, y, before, u16::MAX, PLAIN);
            let is_chosen = screen.focus == Focus::Action(action.id);
            let style = match (is_chosen, is_here(action)) {
                (true, _) => CHOSEN,
                (false, true) => STRONG,
                _ if page.waiting => FAINT,
                _ => PLAIN,
            };
            self.targets.push((Rect::new(x, y, columns(text), 1), Target::Action(action.id)));
            if is_chosen {
                self.cursor = Some((x, y));
            }
            x = ink.put(x, y, text, u16::MAX, style);
        }
        x
    }
}

/// All of `actions`, if they fit: with two blanks between them, else with one.
fn row_of<'p>(actions: &[&'p Action], ink: &SafeBuffer<'_>) -> Option<Vec<Item<'p>>> {
    let row = |gap: &'static str| -> Vec<Item<'p>> {
        let gap = |n: usize| if n == 0 { "" } else { gap };
        actions.iter().enumerate().map(|(n, action)| (gap(n), caption(action), *action)).collect()
    };
    ["  ", " "].into_iter().map(row).find(|row| fits(row, ink))
}

fn fits(row: &[Item<'_>], ink: &SafeBuffer<'_>) -> bool {
    let width = row.iter().map(|(before, text, _)| columns(before) + columns(text)).sum::<u16>();
    width < ink.cols()
}

/// The one that has the focus, else the one that the page is in.
fn here<'p>(screen: &Screen, actions: &[&'p Action]) -> Option<&'p Action> {
    let chosen = actions.iter().find(|action| screen.focus == Focus::Action(action.id));
    chosen.or_else(|| actions.iter().find(|action| is_here(action))).copied()
}

const fn is_here(action: &Action) -> bool {
    matches!(action.kind, ActionKind::Section { here: true } | ActionKind::Tab { here: true })
}
