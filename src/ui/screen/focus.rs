//! What the keys go to, and in which order Tab sessions it.

use super::Screen;
use super::editor::Editor;
use super::mouse::Target;
use crate::flow::page::{Action, ActionKind, Page, Tone};

/// The item that has the keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Focus {
    /// A field, by its place.
    Field(usize),
    /// The table; which row is [`Screen::selected`].
    Table,
    /// An action, by its id.
    Action(&'static str),
    /// There is nothing to go to.
    Nothing,
}

/// The items of `page` in the order of the Tab key. Inactive actions are left out.
pub(super) fn ring(page: &Page<'_>) -> Vec<Focus> {
    let fields = (0..page.fields.len()).map(Focus::Field);
    let table = has_rows(page).then_some(Focus::Table);
    let actions = page.actions.iter().filter(|action| action.active).map(|action| Focus::Action(action.id));
    fields.chain(table).chain(actions).collect()
}

/// True for what one key too many should not press.
pub(super) fn is_grave(page: &Page<'_>, id: &str) -> bool {
    page.actions
        .iter()
        .any(|action| action.id == id && matches!(action.kind, ActionKind::Destructive | ActionKind::Exit))
}

fn is_navigation(page: &Page<'_>, focus: Focus) -> bool {
    let is_it = |action: &Action| focus == Focus::Action(action.id) && action.kind.is_navigation();
    page.actions.iter().any(is_it)
}

pub(super) fn has_rows(page: &Page<'_>) -> bool {
    page.table.as_ref().is_some_and(|table| !table.rows.is_empty())
}

/// True for a field whose hint says what is not right yet.
pub(super) fn is_bad(page: &Page<'_>, n: usize) -> bool {
    page.fields[n].hint.as_ref().is_some_and(|hint| hint.tone == Tone::Bad)
}

pub(super) fn opens(page: &Page<'_>) -> bool {
    page.table.as_ref().is_some_and(|table| table.opens)
}

pub(super) fn primary<'p>(page: &'p Page<'_>) -> Option<&'p Action> {
    let is_primary =
        |action: &&Action| matches!(action.kind, ActionKind::Primary | ActionKind::PrimaryUpperRight);
    page.actions.iter().find(is_primary)
}

/// The way back: the page's own, else to the first section, which is where everybody lands.
pub(super) fn back<'p>(page: &'p Page<'_>) -> Option<&'p Action> {
    let back = page.actions.iter().find(|action| action.kind == ActionKind::Back);
    let landing = || page.actions.iter().find(|action| matches!(action.kind, ActionKind::Section { .. }));
    back.or_else(landing).filter(|action| action.active)
}

impl Screen {
    /// Where a person starts on a page: in a field, else on a list that opens, else on an action.
    pub(super) fn first_focus(page: &Page<'_>) -> Focus {
        if let Some(first) = page.first_field() {
            return Focus::Field(first);
        }
        if has_rows(page) && opens(page) {
            return Focus::Table;
        }
        let ring = ring(page);
        let action = ring.iter().find(|focus| matches!(focus, Focus::Action(id) if !is_grave(page, id)));
        action.or(ring.first()).copied().unwrap_or(Focus::Nothing)
    }

    pub(super) fn first_empty(&self) -> Option<usize> {
        self.editors.iter().position(|ours| ours.editor.is_empty())
    }

    /// The field that keeps the primary action from being active, as far as the page tells.
    pub(super) fn first_problem(&self, page: &Page<'_>) -> Option<usize> {
        let is_open = |n: &usize| {
            let editor = &self.editors[*n].editor;
            !page.fields[*n].optional && editor.is_empty() || matches!(editor, Editor::Checkbox(false))
        };
        (0..page.fields.len()).find(|n| is_open(n) || is_bad(page, *n))
    }

    /// Whether the focused item lies beyond the edge of what was drawn; to press it unseen would be a mishap.
    /// What was typed ahead of a drawing is meant as it was typed.
    /// The ways around are named at the upper edge, whichever of them has room there.
    pub(super) fn is_out_of_sight(&self, page: &Page<'_>) -> bool {
        let target = match self.focus {
            Focus::Field(n) => Target::Field(n),
            Focus::Action(id) if page.actions.iter().any(|it| it.id == id && !it.kind.is_navigation()) => {
                Target::Action(id)
            }
            Focus::Action(_) | Focus::Table | Focus::Nothing => return false,
        };
        self.drawn.focus == Some(self.focus) && !self.drawn.targets.iter().any(|(_, drawn)| *drawn == target)
    }

    /// Goes on to the next item, or back to the previous one, around the ends; backward not to the ways
    /// around the portal, which end with the way out.
    pub(super) fn step(&mut self, page: &Page<'_>, forward: bool) {
        let ring = ring(page);
        let Some(last) = ring.len().checked_sub(1) else {
            self.focus = Focus::Nothing;
            return;
        };
        let here = ring.iter().position(|focus| *focus == self.focus);
        let there = match (here, forward) {
            (None, _) => 0,
            (Some(n), true) => {
                if n == last {
                    0
                } else {
                    n + 1
                }
            }
            (Some(0), false) => ring.iter().rposition(|focus| !is_navigation(page, *focus)).unwrap_or(0),
            (Some(n), false) => n - 1,
        };
        self.focus = ring[there];
    }

    /// Goes to the action beside the focused one, not around the ends.
    pub(super) fn step_action(&mut self, page: &Page<'_>, forward: bool) {
        let ring = ring(page);
        let Some(here) = ring.iter().position(|focus| *focus == self.focus) else {
            return;
        };
        let there = if forward { here + 1 } else { here.wrapping_sub(1) };
        if let Some(focus @ Focus::Action(_)) = ring.get(there) {
            self.focus = *focus;
        }
    }

    /// Leaves an item that is no longer there, or no longer active, for one that is.
    pub(super) fn settle(&mut self, page: &Page<'_>) {
        // Rows that are still to come may be as many as there were.
        if let Some(last) = page.table.as_ref().and_then(|table| table.rows.len().checked_sub(1)) {
            self.selected = self.selected.min(last);
        }
        if !page.waiting && !ring(page).contains(&self.focus) {
            self.focus = Self::first_focus(page);
        }
    }
}
