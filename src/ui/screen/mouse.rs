//! Mouse clicks and the wheel, if the person turned mouse support on.

use ratatui::layout::{Position, Rect};

use super::Screen;
use super::focus::{self, Focus};
use crate::flow::page::Page;
use crate::ui::UserAction;

/// Something that can be clicked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    Field(usize),
    Row(usize),
    Action(&'static str),
}

impl Screen {
    pub(super) fn click(&mut self, col: u16, row: u16, page: &Page<'_>) -> UserAction {
        if self.overlay.take().is_some() {
            return UserAction::Redraw;
        }
        let at = Position { x: col, y: row };
        let hit = |(area, _): &&(Rect, Target)| area.contains(at);
        let Some((_, target)) = self.last_frame.targets.iter().find(hit).filter(|_| !page.waiting) else {
            return UserAction::None;
        };
        match *target {
            Target::Field(n) => {
                self.focus = Focus::Field(n);
                if self.editors.get_mut(n).is_some_and(|state| state.editor.toggle()) {
                    return self.typed(n);
                }
            }
            Target::Row(row) => {
                self.focus = Focus::Table;
                self.selected = row;
                if focus::opens(page) {
                    return UserAction::Opened(row);
                }
            }
            Target::Action(id) => {
                if self.ring(page).contains(&Focus::Action(id)) {
                    self.focus = Focus::Action(id);
                    return UserAction::Pressed(id);
                }
            }
        }
        UserAction::Redraw
    }

    pub(super) fn wheel(&mut self, up: bool, page: &Page<'_>, scrolled: Option<u16>) -> UserAction {
        const NOTCH: u16 = 3;
        let rows = page.table.as_ref().map_or(0, |table| table.rows.len());
        if rows <= self.last_frame.table_rows {
            return self.scroll_by_hand(scrolled, !up, NOTCH);
        }
        let before = self.selected;
        let notch = usize::from(NOTCH);
        self.selected = if up { before.saturating_sub(notch) } else { (before + notch).min(rows - 1) };
        if self.selected == before { UserAction::None } else { UserAction::Redraw }
    }
}
