//! Key bindings.

use zeroize::Zeroizing;

use super::editor::{Editor, EditorChange, Inserted};
use super::focus::{self, Focus};
use super::overlay::Overlay;
use super::text::columns;
use super::{Interaction, Screen};
use crate::flow::page::{ActionKind, BACK, Page, Value};
use crate::messages::Message;
use crate::terminal::input::{Input, Key, NotText};
use crate::ui::UserAction;
use crate::{message, text};

impl Screen {
    /// Handles `input` on `page`, which must be the page last given to [`Screen::show`].
    pub fn input(&mut self, input: Input, page: &Page<'_>) -> UserAction {
        if input == Input::Key(Key::F(12)) {
            return UserAction::Lock;
        }
        let (confirmed, input) = match self.overlay.take_if(|overlay| matches!(overlay, Overlay::Discard(_)))
        {
            Some(Overlay::Discard(asked)) if input == Input::Key(Key::Char('d')) => (true, asked),
            // Ctrl-C always gets through. Any other key stays, and does nothing else.
            Some(_) if input != Input::Key(Key::Ctrl('c')) => return UserAction::Redraw,
            _ => (false, input),
        };
        let action = self.handle(input.clone(), page);
        if !confirmed && page.unsaved && leads_away(&action, page) {
            self.overlay = Some(Overlay::Discard(input));
            return UserAction::Redraw;
        }
        if let UserAction::Pressed(id) = action
            && let Some(text) = page.copied_by(id)
        {
            return UserAction::Copy(Zeroizing::new(text.to_owned()));
        }
        if matches!(action, UserAction::Pressed(_)) {
            self.interaction = Interaction::Pressed;
        }
        action
    }

    fn handle(&mut self, input: Input, page: &Page<'_>) -> UserAction {
        if !page.waiting {
            self.interaction = Interaction::Other;
        }
        let had_remark = self.remark.take().is_some();
        let scrolled = self.scrolled.take();
        let action = match input {
            Input::Key(key) => self.key(key, page, scrolled),
            Input::Paste(_) | Input::NotText(_) if self.overlay.is_some() || page.waiting => UserAction::None,
            Input::Paste(text) => self.insert(&text, page),
            Input::NotText(reason) => self.not_text(reason),
            // The session has taken it before.
            Input::Background(_) => UserAction::None,
            Input::Click { col, row } => self.click(col, row, page),
            Input::Wheel { up } => self.wheel(up, page, scrolled),
        };
        let action = self.unless_incomplete(action, page);
        if let Focus::Field(n) = self.focus
            && self.remark.is_none()
            && self.editors.get(n).is_some_and(|state| state.is_incomplete)
        {
            // Until what was typed is deleted.
            self.remark = Some(message!("remark-character-missing"));
        }
        match action {
            UserAction::None if had_remark || scrolled != self.scrolled => UserAction::Redraw,
            action => action,
        }
    }

    /// What was typed is not all there, and a paste is not there at all: it must not look as if it were.
    fn not_text(&mut self, reason: NotText) -> UserAction {
        let Focus::Field(n) = self.focus else { return UserAction::None };
        let Some(state) =
            self.editors.get_mut(n).filter(|state| !matches!(state.editor, Editor::Checkbox(_)))
        else {
            return UserAction::None;
        };
        match reason {
            NotText::Typed => state.is_incomplete = true,
            NotText::Pasted => self.remark = Some(message!("remark-not-utf-8")),
            NotText::PastedControl => {
                self.remark = Some(message!("remark-control-characters"));
            }
        }
        UserAction::Redraw
    }

    /// Focuses a field of which a character is missing instead of sending it.
    fn unless_incomplete(&mut self, action: UserAction, page: &Page<'_>) -> UserAction {
        let is_primary = page.primary().is_some_and(|primary| action == UserAction::Pressed(primary.id));
        let incomplete = self.editors.iter().position(|state| state.is_incomplete).filter(|_| is_primary);
        match incomplete {
            None => action,
            Some(n) => {
                self.focus = Focus::Field(n);
                UserAction::Redraw
            }
        }
    }

    fn key(&mut self, key: Key, page: &Page<'_>, scrolled: Option<u16>) -> UserAction {
        if let Some(overlay) = self.overlay.take() {
            return self.overlay_key(overlay, key, page);
        }
        let key = match self.find_key(key, page) {
            Ok(action) => return action,
            Err(key) => key,
        };
        match key {
            Key::F(1) => self.overlay = Some(Overlay::Help { scroll: 0 }),
            Key::F(2) | Key::Ctrl('r') if has_secret(page) => self.revealed = !self.revealed,
            Key::F(3) | Key::Ctrl('o') if page.figure.as_ref().is_some_and(|it| it.picture.is_some()) => {
                self.overlay = Some(Overlay::Picture);
            }
            Key::F(4) => {
                self.mouse = !self.mouse;
                return UserAction::ToggleMouse(self.mouse);
            }
            Key::Ctrl('l') => return UserAction::FullRepaint,
            Key::Ctrl('c') => return self.leave(page),
            _ if page.waiting => return UserAction::None,
            Key::Alt(digit @ '0'..='9') => return self.section(digit, page),
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
            (_, Key::PageUp | Key::PageDown) if !page.has_rows() => {
                self.scroll_by_hand(scrolled, key == Key::PageDown, self.last_frame.page_rows())
            }
            (Focus::Field(n), _) => self.field_key(n, key, page),
            (_, Key::Char('?')) => {
                self.overlay = Some(Overlay::Help { scroll: 0 });
                UserAction::Redraw
            }
            (_, Key::Char(digit @ '0'..='9')) => self.section(digit, page),
            (_, Key::Char('/')) => self.begin_to_find(page),
            (_, Key::Char('[')) => tab(false, page),
            (_, Key::Char(']')) => tab(true, page),
            (Focus::Table, _) => self.table_key(key, page, scrolled),
            (focus, _) => self.action_key(focus, key, page, scrolled),
        }
    }

    fn field_key(&mut self, n: usize, key: Key, page: &Page<'_>) -> UserAction {
        let is_hidden = self.is_out_of_view(page);
        let Some(state) = self.editors.get_mut(n) else {
            return UserAction::None;
        };
        let width = if self.last_frame.text_width == 0 { usize::MAX } else { self.last_frame.text_width };
        if let Some(change) = state.editor.row_key(key, width, self.charset) {
            return self.edited(n, change);
        }
        match key {
            Key::Enter if state.editor.is_long() => return self.insert("\n", page),
            // Scrolls the item into view instead.
            Key::Char(' ') | Key::Enter if is_hidden && matches!(state.editor, Editor::Checkbox(_)) => {}
            Key::Char(' ') if state.editor.toggle() => return self.typed(n),
            Key::Char(c) => return self.insert(c.encode_utf8(&mut [0; 4]), page),
            Key::Enter => return self.enter_in_field(n, page),
            Key::Ctrl('d') if state.editor.is_empty() => return self.leave(page),
            Key::Up | Key::Ctrl('p') => self.step(page, false),
            Key::Down | Key::Ctrl('n') => self.step(page, true),
            _ => {
                let change = state.editor.key(key).unwrap_or(EditorChange::None);
                return self.edited(n, change);
            }
        }
        UserAction::Redraw
    }

    fn edited(&mut self, n: usize, change: EditorChange) -> UserAction {
        let state = &mut self.editors[n];
        match change {
            EditorChange::None => {
                // Nothing is left that anything could be missing from.
                state.is_incomplete &= !state.editor.is_empty();
                UserAction::None
            }
            EditorChange::Cursor => UserAction::Redraw,
            EditorChange::Value => {
                state.is_incomplete &= !state.editor.is_whole_after_deletion();
                self.typed(n)
            }
        }
    }

    pub(super) fn typed(&self, n: usize) -> UserAction {
        let state = &self.editors[n];
        UserAction::Typed { field: state.id, value: Zeroizing::new(state.editor.value().to_owned()) }
    }

    /// Inserts typed or pasted text into the focused field.
    fn insert(&mut self, text: &str, page: &Page<'_>) -> UserAction {
        let Focus::Field(n) = self.focus else {
            return UserAction::None;
        };
        let (Some(state), Some(field)) = (self.editors.get_mut(n), page.fields.get(n)) else {
            return UserAction::None;
        };
        let Inserted { changed, remark } = state.editor.insert(text, field.max_chars);
        let has_remark = remark.is_some();
        self.remark = remark;
        match (changed, has_remark) {
            (true, _) => self.typed(n),
            (false, true) => UserAction::Redraw,
            (false, false) => UserAction::None,
        }
    }

    /// The next field after `n` that is empty or invalid.
    fn next_incomplete(&self, n: usize, page: &Page<'_>) -> Option<usize> {
        let needs_input =
            |next: &usize| self.editors[*next].editor.is_empty() || focus::is_invalid(page, *next);
        (n + 1..self.editors.len()).find(needs_input)
    }

    /// What Enter does where the focus is, in the words of what it presses.
    pub(super) fn enter_does(&self, page: &Page<'_>) -> &'static str {
        // Longer ones leave no room for the other keys.
        const LONGEST: u16 = 20;
        let pressed = match self.focus {
            Focus::Field(n) if self.next_incomplete(n, page).is_some() => {
                return text!(page, "hint-next-field");
            }
            Focus::Field(_) => page.primary().filter(|primary| primary.active),
            Focus::Action(id) => page.actions.iter().find(|action| action.id == id),
            Focus::Table | Focus::Nothing => None,
        };
        let label = pressed.map(|action| action.label).filter(|label| columns(label) <= LONGEST);
        label.unwrap_or(text!(page, "hint-continue"))
    }

    /// Moves to the next field that is empty or invalid. If there is none, presses the primary action, or moves to the
    /// field that keeps it inactive.
    fn enter_in_field(&mut self, n: usize, page: &Page<'_>) -> UserAction {
        if let Some(next) = self.next_incomplete(n, page) {
            self.focus = Focus::Field(next);
            return UserAction::Redraw;
        }
        match page.primary() {
            Some(primary) if primary.active => return UserAction::Pressed(primary.id),
            Some(_) => {
                if let Some(problem) = self.first_problem(page) {
                    self.focus = Focus::Field(problem);
                    self.remark = self.requirement(problem, page);
                }
            }
            None => self.step(page, true),
        }
        UserAction::Redraw
    }

    /// What field `n` needs, unless its own hint says so.
    fn requirement(&self, n: usize, page: &Page<'_>) -> Option<Message> {
        match self.editors[n].editor {
            Editor::Checkbox(false) => Some(message!("remark-tick")),
            ref editor if editor.is_empty() => Some(message!("remark-missing", label = page.fields[n].label)),
            _ => None,
        }
    }

    fn table_key(&mut self, key: Key, page: &Page<'_>, scrolled: Option<u16>) -> UserAction {
        let Some(table) = &page.table else {
            return UserAction::None;
        };
        let last = table.rows.len().saturating_sub(1);
        let before = self.selected;
        let rows = self.last_frame.table_rows.max(1);
        match key {
            Key::Enter if table.opens => return UserAction::Opened(self.selected),
            Key::Up | Key::Char('k') if before > 0 => self.selected -= 1,
            Key::Up if !self.editors.is_empty() => self.step(page, false),
            Key::Down | Key::Char('j') if before < last => self.selected += 1,
            Key::Down | Key::Enter => self.step(page, true),
            Key::Home | Key::Char('g') => self.selected = 0,
            Key::End | Key::Char('G') => self.selected = last,
            // At the ends of the list, these keys scroll the page.
            Key::PageUp | Key::PageDown if before == if key == Key::PageUp { 0 } else { last } => {
                return self.scroll_by_hand(scrolled, key == Key::PageDown, self.last_frame.page_rows());
            }
            Key::PageUp => self.selected = before.saturating_sub(rows),
            Key::PageDown => self.selected = (before + rows).min(last),
            _ => return UserAction::None,
        }
        UserAction::Redraw
    }

    fn action_key(&mut self, focus: Focus, key: Key, page: &Page<'_>, scrolled: Option<u16>) -> UserAction {
        match (key, focus) {
            // Scrolls the item into view instead.
            (Key::Enter | Key::Char(' '), _) if self.is_out_of_view(page) => {}
            (Key::Enter, Focus::Action(id)) => return UserAction::Pressed(id),
            (Key::Char(' '), Focus::Action(id)) if !focus::is_destructive(page, id) => {
                return UserAction::Pressed(id);
            }
            (Key::Up, _) => self.step(page, false),
            (Key::Down, _) => self.step(page, true),
            (Key::Left, _) => self.step_action(page, false),
            (Key::Right, _) => self.step_action(page, true),
            (Key::PageUp | Key::PageDown | Key::Char('j' | 'k' | 'g' | 'G'), _) if page.has_rows() => {
                self.focus = Focus::Table;
                return self.table_key(key, page, scrolled);
            }
            _ => return UserAction::None,
        }
        UserAction::Redraw
    }

    /// Goes to the place with this number; that of signing out only moves the focus there, so that one key too many
    /// ends nothing.
    fn section(&mut self, digit: char, page: &Page<'_>) -> UserAction {
        let Some(exit) = page.actions.iter().find(|action| action.kind == ActionKind::Exit) else {
            return UserAction::None;
        };
        if digit == '0' {
            self.focus = Focus::Action(exit.id);
            return UserAction::Redraw;
        }
        let number = digit.to_digit(10).and_then(|digit| usize::try_from(digit).ok()).unwrap_or(0);
        let place = page.places.and_then(|places| {
            let place = places.numbered(number)?;
            places.others().find(|other| other.id == place.id)
        });
        place.map_or(UserAction::None, |place| UserAction::Pressed(place.id))
    }

    /// Esc: goes back if the page has a way back, else asks whether to leave.
    fn back(&mut self, page: &Page<'_>) -> UserAction {
        if focus::leads_back(page) {
            return UserAction::Pressed(BACK);
        }
        self.overlay = Some(Overlay::Quit);
        UserAction::Redraw
    }

    /// Leaves, but asks first if something typed would be lost.
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
            // Any other key stays and is handled.
            (Overlay::Quit | Overlay::Discard(_), key) => match self.key(key, page, None) {
                UserAction::None => UserAction::Redraw,
                action => action,
            },
            (Overlay::Help { .. } | Overlay::Picture, Key::Ctrl('c')) => self.leave(page),
            (Overlay::Picture, Key::Ctrl('l')) => {
                self.overlay = Some(Overlay::Picture);
                UserAction::FullRepaint
            }
            (Overlay::Picture, _) => UserAction::Redraw,
            (Overlay::Help { .. }, Key::Ctrl('l')) => UserAction::FullRepaint,
            (Overlay::Help { scroll }, key) => {
                let page_rows = self.last_frame.page_rows();
                let scroll = match key {
                    Key::Up | Key::Char('k') => Some(scroll.saturating_sub(1)),
                    Key::Down | Key::Char('j') => Some(scroll + 1),
                    Key::PageUp => Some(scroll.saturating_sub(page_rows)),
                    Key::PageDown => Some(scroll + page_rows),
                    _ => None,
                };
                self.overlay = scroll
                    .map(|scroll| Overlay::Help { scroll: scroll.min(self.last_frame.max_help_scroll) });
                UserAction::Redraw
            }
        }
    }

    /// Scrolls the page by `rows`.
    pub(super) fn scroll_by_hand(&mut self, from: Option<u16>, down: bool, rows: u16) -> UserAction {
        let from = from.unwrap_or(self.last_frame.scroll);
        let to = if down { (from + rows).min(self.last_frame.max_scroll) } else { from.saturating_sub(rows) };
        self.scrolled = Some(to);
        if to == from { UserAction::None } else { UserAction::Redraw }
    }
}

/// Whether `action` leaves the page, back or by navigation.
fn leads_away(action: &UserAction, page: &Page<'_>) -> bool {
    let is_back = |id: &str| page.actions.iter().any(|it| it.id == id && it.kind == ActionKind::Back);
    matches!(action, UserAction::Pressed(id) if *id == BACK || is_back(id) || focus::is_navigation(page, id))
}

/// Goes to the next or previous tab.
fn tab(forward: bool, page: &Page<'_>) -> UserAction {
    let tabs: Vec<_> =
        page.actions.iter().filter(|action| matches!(action.kind, ActionKind::Tab { .. })).collect();
    let here = tabs.iter().position(|action| action.kind == ActionKind::Tab { here: true });
    let there = here.and_then(|here| if forward { here.checked_add(1) } else { here.checked_sub(1) });
    there.and_then(|there| tabs.get(there)).map_or(UserAction::None, |action| UserAction::Pressed(action.id))
}

/// Whether the page has a field that F2 can reveal.
pub(super) fn has_secret(page: &Page<'_>) -> bool {
    page.fields.iter().any(|field| matches!(field.value, Value::Secret(_)))
}
