//! What each key does.

use zeroize::Zeroizing;

use super::editor::{Editor, EditorChange, Inserted};
use super::focus::{self, Focus};
use super::overlay::Overlay;
use super::{Interaction, Screen};
use crate::flow::page::{Action, ActionKind, Page, Value};
use crate::terminal::input::{Input, Key};
use crate::ui::UserAction;

impl Screen {
    /// What follows from `input` on `page`, which is the page last given to [`Screen::show`].
    pub fn input(&mut self, input: Input, page: &Page<'_>) -> UserAction {
        let again = match self.overlay.take_if(|overlay| matches!(overlay, Overlay::Lose(_))) {
            Some(Overlay::Lose(asked)) if asked == input => true,
            // Ctrl-C always gets through. Any other key stays, and does nothing else.
            Some(_) if input != Input::Key(Key::Ctrl('c')) => return UserAction::Redraw,
            _ => false,
        };
        let intent = self.takes(input.clone(), page);
        if !again && page.unsaved && leads_away(&intent, page) {
            self.overlay = Some(Overlay::Lose(input));
            return UserAction::Redraw;
        }
        if matches!(intent, UserAction::Pressed(_)) {
            self.done = Interaction::Pressed;
        }
        intent
    }

    fn takes(&mut self, input: Input, page: &Page<'_>) -> UserAction {
        if !page.waiting {
            self.done = Interaction::Something;
        }
        let had_remark = self.remark.take().is_some();
        let scrolled = self.scrolled.take();
        let intent = match input {
            Input::Key(key) => self.key(key, page, scrolled),
            Input::Paste(_) if self.overlay.is_some() || page.waiting => UserAction::None,
            Input::Paste(text) => self.insert(&text, page),
            Input::Click { col, row } => self.click(col, row, page),
            Input::Wheel { up } => self.wheel(up, page, scrolled),
        };
        match intent {
            UserAction::None if had_remark || scrolled != self.scrolled => UserAction::Redraw,
            intent => intent,
        }
    }

    fn key(&mut self, key: Key, page: &Page<'_>, scrolled: Option<u16>) -> UserAction {
        if let Some(overlay) = self.overlay.take() {
            return self.overlay_key(overlay, key, page);
        }
        match key {
            Key::F(1) => self.overlay = Some(Overlay::Help { scroll: 0 }),
            Key::F(2) | Key::Ctrl('r') if has_secret(page) => self.revealed = !self.revealed,
            Key::F(4) => {
                self.mouse = !self.mouse;
                return UserAction::ToggleMouse(self.mouse);
            }
            Key::Ctrl('l') => return UserAction::FullRepaint,
            Key::Ctrl('c') => return self.leave(page),
            _ if page.waiting => return UserAction::None,
            Key::Alt(digit @ '1'..='9') => return self.section(digit, page),
            Key::Alt('p') => return tab(false, page),
            Key::Alt('n') => return tab(true, page),
            Key::Esc => return self.back(page),
            Key::Tab => self.step(page, true),
            Key::BackTab => self.step(page, false),
            _ => return self.focused_key(key, page, scrolled),
        }
        UserAction::Redraw
    }

    fn focused_key(&mut self, key: Key, page: &Page<'_>, scrolled: Option<u16>) -> UserAction {
        match (self.focus, key) {
            (_, Key::PageUp | Key::PageDown) if !focus::has_rows(page) => {
                self.scroll_by_hand(scrolled, key == Key::PageDown, self.drawn.page_rows())
            }
            (Focus::Field(n), _) => self.field_key(n, key, page),
            (_, Key::Char('?')) => {
                self.overlay = Some(Overlay::Help { scroll: 0 });
                UserAction::Redraw
            }
            (_, Key::Char(digit @ '1'..='9')) => self.section(digit, page),
            (_, Key::Char('[')) => tab(false, page),
            (_, Key::Char(']')) => tab(true, page),
            (Focus::Table, _) => self.table_key(key, page, scrolled),
            (focus, _) => self.action_key(focus, key, page, scrolled),
        }
    }

    fn field_key(&mut self, n: usize, key: Key, page: &Page<'_>) -> UserAction {
        let is_hidden = self.is_out_of_sight(page);
        let Some(ours) = self.editors.get_mut(n) else {
            return UserAction::None;
        };
        let room = if self.drawn.text_room == 0 { usize::MAX } else { self.drawn.text_room };
        if let Some(change) = ours.editor.row_key(key, room, self.charset) {
            return self.edited(n, change);
        }
        match key {
            Key::Enter if ours.editor.is_long() => return self.insert("\n", page),
            // It comes into sight instead.
            Key::Char(' ') | Key::Enter if is_hidden && matches!(ours.editor, Editor::Checkbox(_)) => {}
            Key::Char(' ') if ours.editor.toggle() => return self.typed(n),
            Key::Char(c) => return self.insert(c.encode_utf8(&mut [0; 4]), page),
            Key::Enter => return self.enter_in_field(n, page),
            Key::Ctrl('d') if ours.editor.is_empty() => return self.leave(page),
            Key::Up | Key::Ctrl('p') => self.step(page, false),
            Key::Down | Key::Ctrl('n') => self.step(page, true),
            _ => {
                let change = ours.editor.key(key).unwrap_or(EditorChange::None);
                return self.edited(n, change);
            }
        }
        UserAction::Redraw
    }

    fn edited(&self, n: usize, change: EditorChange) -> UserAction {
        match change {
            EditorChange::None => UserAction::None,
            EditorChange::Cursor => UserAction::Redraw,
            EditorChange::Value => self.typed(n),
        }
    }

    pub(super) fn typed(&self, n: usize) -> UserAction {
        let ours = &self.editors[n];
        UserAction::Typed { field: ours.id, value: Zeroizing::new(ours.editor.value().to_owned()) }
    }

    /// Inserts typed or pasted text into the focused field.
    fn insert(&mut self, text: &str, page: &Page<'_>) -> UserAction {
        let Focus::Field(n) = self.focus else {
            return UserAction::None;
        };
        let (Some(ours), Some(field)) = (self.editors.get_mut(n), page.fields.get(n)) else {
            return UserAction::None;
        };
        let Inserted { changed, full } = ours.editor.insert(text, field.max_chars);
        if full {
            let rest = if changed { "the rest was left out" } else { "nothing was added" };
            self.remark = Some(format!("At most {} characters; {rest}.", field.max_chars));
        }
        match (changed, full) {
            (true, _) => self.typed(n),
            (false, true) => UserAction::Redraw,
            (false, false) => UserAction::None,
        }
    }

    /// On to the next field that is empty or not right; with none left, the primary action; is that
    /// inactive, to what keeps it so.
    fn enter_in_field(&mut self, n: usize, page: &Page<'_>) -> UserAction {
        let is_due = |next: &usize| self.editors[*next].editor.is_empty() || focus::is_bad(page, *next);
        if let Some(next) = (n + 1..self.editors.len()).find(is_due) {
            self.focus = Focus::Field(next);
            return UserAction::Redraw;
        }
        match focus::primary(page) {
            Some(primary) if primary.active => return UserAction::Pressed(primary.id),
            Some(_) => {
                if let Some(problem) = self.first_problem(page) {
                    self.focus = Focus::Field(problem);
                    self.remark = self.what_to_do(problem, page);
                }
            }
            None => self.step(page, true),
        }
        UserAction::Redraw
    }

    /// What field `n` needs, where its own hint does not say so.
    fn what_to_do(&self, n: usize, page: &Page<'_>) -> Option<String> {
        match self.editors[n].editor {
            Editor::Checkbox(false) => Some("Press the space bar to tick this.".to_owned()),
            ref editor if editor.is_empty() => Some(format!("{} is missing.", page.fields[n].label)),
            _ => None,
        }
    }

    fn table_key(&mut self, key: Key, page: &Page<'_>, scrolled: Option<u16>) -> UserAction {
        let Some(table) = &page.table else {
            return UserAction::None;
        };
        let last = table.rows.len().saturating_sub(1);
        let before = self.selected;
        let rows = self.drawn.table_rows.max(1);
        match key {
            Key::Enter if table.opens => return UserAction::Opened(self.selected),
            Key::Up | Key::Char('k') if before > 0 => self.selected -= 1,
            Key::Up if !self.editors.is_empty() => self.step(page, false),
            Key::Down | Key::Char('j') if before < last => self.selected += 1,
            Key::Down | Key::Enter => self.step(page, true),
            Key::Home | Key::Char('g') => self.selected = 0,
            Key::End | Key::Char('G') => self.selected = last,
            // Beyond the ends of the list are those of the page.
            Key::PageUp | Key::PageDown if before == if key == Key::PageUp { 0 } else { last } => {
                return self.scroll_by_hand(scrolled, key == Key::PageDown, self.drawn.page_rows());
            }
            Key::PageUp => self.selected = before.saturating_sub(rows),
            Key::PageDown => self.selected = (before + rows).min(last),
            _ => return UserAction::None,
        }
        UserAction::Redraw
    }

    fn action_key(&mut self, focus: Focus, key: Key, page: &Page<'_>, scrolled: Option<u16>) -> UserAction {
        match (key, focus) {
            // It comes into sight instead.
            (Key::Enter | Key::Char(' '), _) if self.is_out_of_sight(page) => {}
            (Key::Enter, Focus::Action(id)) => return UserAction::Pressed(id),
            (Key::Char(' '), Focus::Action(id)) if !focus::is_grave(page, id) => {
                return UserAction::Pressed(id);
            }
            (Key::Up, _) => self.step(page, false),
            (Key::Down, _) => self.step(page, true),
            (Key::Left, _) => self.step_action(page, false),
            (Key::Right, _) => self.step_action(page, true),
            (Key::PageUp | Key::PageDown | Key::Char('j' | 'k' | 'g' | 'G'), _) if focus::has_rows(page) => {
                self.focus = Focus::Table;
                return self.table_key(key, page, scrolled);
            }
            _ => return UserAction::None,
        }
        UserAction::Redraw
    }

    /// Goes to the section with this number, as the upper edge of the screen counts them.
    fn section(&mut self, digit: char, page: &Page<'_>) -> UserAction {
        let number = digit.to_digit(10).and_then(|digit| usize::try_from(digit).ok()).unwrap_or(0);
        let counts = |action: &&Action| matches!(action.kind, ActionKind::Section { .. } | ActionKind::Exit);
        let mut sections = page.actions.iter().filter(counts);
        let section = number.checked_sub(1).and_then(|n| sections.nth(n)).filter(|action| action.active);
        match section {
            None => UserAction::None,
            Some(Action { kind: ActionKind::Exit, id, .. }) => {
                self.focus = Focus::Action(id);
                UserAction::Redraw
            }
            Some(section) => UserAction::Pressed(section.id),
        }
    }

    /// Esc: the way back where there is one, else the question whether to leave.
    fn back(&mut self, page: &Page<'_>) -> UserAction {
        if let Some(back) = focus::back(page) {
            return UserAction::Pressed(back.id);
        }
        self.overlay = Some(Overlay::Quit);
        UserAction::Redraw
    }

    /// Leaves, or asks first where something typed would be lost.
    fn leave(&mut self, page: &Page<'_>) -> UserAction {
        if !page.unsaved {
            return UserAction::Leave;
        }
        self.overlay = Some(Overlay::Quit);
        UserAction::Redraw
    }

    fn overlay_key(&mut self, overlay: Overlay, key: Key, page: &Page<'_>) -> UserAction {
        match (overlay, key) {
            (Overlay::Quit, Key::Ctrl('c' | 'd')) => UserAction::Leave,
            (Overlay::Quit, Key::Esc) => UserAction::Redraw,
            // Who goes on typing stays.
            (Overlay::Quit | Overlay::Lose(_), key) => match self.key(key, page, None) {
                UserAction::None => UserAction::Redraw,
                intent => intent,
            },
            (Overlay::Help { .. }, Key::Ctrl('c')) => self.leave(page),
            (Overlay::Help { .. }, Key::Ctrl('l')) => UserAction::FullRepaint,
            (Overlay::Help { scroll }, key) => {
                let page_rows = self.drawn.page_rows();
                let scroll = match key {
                    Key::Up | Key::Char('k') => Some(scroll.saturating_sub(1)),
                    Key::Down | Key::Char('j') => Some(scroll + 1),
                    Key::PageUp => Some(scroll.saturating_sub(page_rows)),
                    Key::PageDown => Some(scroll + page_rows),
                    _ => None,
                };
                self.overlay =
                    scroll.map(|scroll| Overlay::Help { scroll: scroll.min(self.drawn.help_most) });
                UserAction::Redraw
            }
        }
    }

    /// Scrolls what does not fit by `rows`.
    pub(super) fn scroll_by_hand(&mut self, from: Option<u16>, down: bool, rows: u16) -> UserAction {
        let from = from.unwrap_or(self.drawn.scroll);
        let to = if down { (from + rows).min(self.drawn.most_scroll) } else { from.saturating_sub(rows) };
        self.scrolled = Some(to);
        if to == from { UserAction::None } else { UserAction::Redraw }
    }
}

/// Whether `intent` goes back, or elsewhere in the portal.
fn leads_away(intent: &UserAction, page: &Page<'_>) -> bool {
    let away = |action: &Action| action.kind == ActionKind::Back || action.kind.is_navigation();
    matches!(intent, UserAction::Pressed(id) if page.actions.iter().any(|it| it.id == *id && away(it)))
}

/// Goes to the tab beside this one.
fn tab(forward: bool, page: &Page<'_>) -> UserAction {
    let tabs: Vec<_> =
        page.actions.iter().filter(|action| matches!(action.kind, ActionKind::Tab { .. })).collect();
    let here = tabs.iter().position(|action| action.kind == ActionKind::Tab { here: true });
    let there = here.and_then(|here| if forward { here.checked_add(1) } else { here.checked_sub(1) });
    there.and_then(|there| tabs.get(there)).map_or(UserAction::None, |action| UserAction::Pressed(action.id))
}

/// True when the page has a field that F2 can show.
pub(super) fn has_secret(page: &Page<'_>) -> bool {
    page.fields.iter().any(|field| matches!(field.value, Value::Secret(_)))
}
