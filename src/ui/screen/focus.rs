//! The focused item and the order of the Tab key.

use super::Screen;
use super::editor::Editor;
use super::mouse::Target;
use crate::flow::page::{ActionKind, Page, Tone};

/// The item that receives keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Focus {
    /// A field, by index.
    Field(usize),
    /// The table; [`Screen::selected`] is the row.
    Table,
    /// An action, by id.
    Action(&'static str),
    /// The page has nothing to focus.
    Nothing,
}

/// The items of `page` in the order of the Tab key, without inactive actions, and with its own navigation.
fn ring(page: &Page<'_>) -> Vec<Focus> {
    let fields = (0..page.fields.len()).map(Focus::Field);
    let table = page.has_rows().then_some(Focus::Table);
    let actions = page.actions.iter().filter(|action| action.active).map(|action| Focus::Action(action.id));
    fields.chain(table).chain(actions).collect()
}

/// Whether one key press too many must not trigger the action.
pub(super) fn is_destructive(page: &Page<'_>, id: &str) -> bool {
    page.actions
        .iter()
        .any(|action| action.id == id && matches!(action.kind, ActionKind::Destructive | ActionKind::Exit))
}

/// Whether `id` leads around the portal.
pub(super) fn is_navigation(page: &Page<'_>, id: &str) -> bool {
    let is_place = || page.places.is_some_and(|places| places.all.iter().any(|place| place.id == id));
    is_place() || page.actions.iter().any(|action| action.id == id && action.kind.is_navigation())
}

/// Whether the hint of field `n` reports an error.
pub(super) fn is_invalid(page: &Page<'_>, n: usize) -> bool {
    page.fields[n].hint.as_ref().is_some_and(|hint| hint.tone == Tone::Bad)
}

pub(super) fn opens(page: &Page<'_>) -> bool {
    page.table.as_ref().is_some_and(|table| table.opens)
}

/// Whether Esc leads back: by the page's own Back action, to the page that a link led away from, or from a member's page
/// to the landing page, which is the first section.
pub(super) fn leads_back(page: &Page<'_>) -> bool {
    let back = page.actions.iter().find(|action| action.kind == ActionKind::Back);
    let landing = || page.actions.iter().find(|action| matches!(action.kind, ActionKind::Section { .. }));
    page.came_by_link || back.or_else(landing).is_some_and(|action| action.active)
}

impl Screen {
    /// The initial focus of a page: a field, else a list with rows to open, else an action.
    pub(super) fn first_focus(page: &Page<'_>) -> Focus {
        if let Some(first) = page.first_field() {
            return Focus::Field(first);
        }
        if page.has_rows() && opens(page) {
            return Focus::Table;
        }
        let ring = ring(page);
        let action =
            ring.iter().find(|focus| matches!(focus, Focus::Action(id) if !is_destructive(page, id)));
        action.or(ring.first()).copied().unwrap_or(Focus::Nothing)
    }

    /// The items in the order of the Tab key, with every place where they stand beside the page.
    pub(super) fn ring(&self, page: &Page<'_>) -> Vec<Focus> {
        let ring = ring(page);
        let Some(places) = page.places.filter(|_| self.has_side_bar) else { return ring };
        let is_navigation = |focus: &Focus| matches!(focus, Focus::Action(id) if is_navigation(page, id));
        let (mut around, mut ring): (Vec<_>, Vec<_>) = ring.into_iter().partition(is_navigation);
        if let Some(exit) = around.pop() {
            ring.extend(places.others().map(|place| Focus::Action(place.id)).chain([exit]));
        }
        ring
    }

    pub(super) fn first_empty(&self) -> Option<usize> {
        self.editors.iter().position(|state| state.editor.is_empty())
    }

    /// The first field that keeps the primary action inactive, as far as the page shows.
    pub(super) fn first_problem(&self, page: &Page<'_>) -> Option<usize> {
        let is_unfilled = |n: &usize| {
            let editor = &self.editors[*n].editor;
            !page.fields[*n].optional && editor.is_empty() || matches!(editor, Editor::Checkbox(false))
        };
        (0..page.fields.len()).find(|n| is_unfilled(n) || is_invalid(page, *n))
    }

    /// Whether the focused item was scrolled out of view, where pressing it would surprise. Keys that were typed
    /// before the first frame count as intended, and so does the navigation bar, which never scrolls.
    pub(super) fn is_out_of_view(&self, page: &Page<'_>) -> bool {
        let target = match self.focus {
            Focus::Field(n) => Target::Field(n),
            Focus::Action(id) if page.actions.iter().any(|it| it.id == id && !it.kind.is_navigation()) => {
                Target::Action(id)
            }
            Focus::Action(_) | Focus::Table | Focus::Nothing => return false,
        };
        let frame = &self.last_frame;
        frame.focus == Some(self.focus) && !frame.targets.iter().any(|(_, visible)| *visible == target)
    }

    /// Moves to the next or previous item and wraps around. Backward wraps past the navigation, because that ends
    /// with Sign out.
    pub(super) fn step(&mut self, page: &Page<'_>, forward: bool) {
        let ring = self.ring(page);
        let Some(last) = ring.len().checked_sub(1) else {
            self.focus = Focus::Nothing;
            return;
        };
        let here = ring.iter().position(|focus| *focus == self.focus);
        let is_of_the_page = |focus: &Focus| !matches!(focus, Focus::Action(id) if is_navigation(page, id));
        let there = match (here, forward) {
            (None, _) => 0,
            (Some(n), true) => (n + 1) % (last + 1),
            (Some(0), false) => ring.iter().rposition(is_of_the_page).unwrap_or(0),
            (Some(n), false) => n - 1,
        };
        self.focus = ring[there];
    }

    /// Moves to the adjacent action without wrapping around.
    pub(super) fn step_action(&mut self, page: &Page<'_>, forward: bool) {
        let ring = self.ring(page);
        let Some(here) = ring.iter().position(|focus| *focus == self.focus) else {
            return;
        };
        let there = if forward { here + 1 } else { here.wrapping_sub(1) };
        if let Some(focus @ Focus::Action(_)) = ring.get(there) {
            self.focus = *focus;
        }
    }

    /// Moves the focus away from items that disappeared or became inactive.
    pub(super) fn settle(&mut self, page: &Page<'_>) {
        // While the rows are still loading, the selection stays: there may be as many as before.
        if let Some(last) = page.table.as_ref().and_then(|table| table.rows.len().checked_sub(1)) {
            self.selected = self.selected.min(last);
        }
        if !page.waiting && !self.ring(page).contains(&self.focus) {
            self.focus = Self::first_focus(page);
        }
    }
}
