//! Finding a row of a list: after `/`, what is typed moves to the next row that has it.

use std::borrow::Cow;

use super::Screen;
use super::focus::Focus;
use crate::flow::page::Page;
use crate::terminal::input::Key;
use crate::text;
use crate::ui::UserAction;

/// Lists with more rows say that there is a way to find one.
const LONG: usize = 12;
/// The most characters that are looked for.
const LONGEST: usize = 64;

impl Screen {
    /// Begins to find a row; nothing happens on a page without a list.
    pub(super) fn begin_to_find(&mut self, page: &Page<'_>) -> UserAction {
        if !page.has_rows() {
            return UserAction::None;
        }
        self.focus = Focus::Table;
        self.find = Some(String::new());
        UserAction::Redraw
    }

    /// Handles `key` while a row is looked for; gives it back where it ends that and means something else too.
    pub(super) fn find_key(&mut self, key: Key, page: &Page<'_>) -> Result<UserAction, Key> {
        let Some(mut text) = self.find.take() else { return Err(key) };
        let from = self.selected;
        match key {
            Key::Esc => return Ok(UserAction::Redraw),
            Key::Char(c) if text.chars().count() < LONGEST => {
                text.push(c);
                self.select_match(page, &text, from, true);
            }
            Key::Char(_) => {}
            Key::Backspace => {
                if text.pop().is_none() {
                    return Ok(UserAction::Redraw);
                }
                self.select_match(page, &text, from, true);
            }
            Key::Ctrl('u') => text.clear(),
            Key::Down | Key::Ctrl('n') => self.select_match(page, &text, from + 1, true),
            Key::Up | Key::Ctrl('p') => self.select_match(page, &text, from, false),
            key => return Err(key),
        }
        self.find = Some(text);
        Ok(UserAction::Redraw)
    }

    /// Selects the next row from `from` on that has `text`, or the last one before it; around the end if need be.
    fn select_match(&mut self, page: &Page<'_>, text: &str, from: usize, forward: bool) {
        let Some(table) = page.table.as_ref().filter(|_| !text.is_empty()) else { return };
        let matches = (0..table.rows.len()).filter(|row| has(&table.rows[*row], text));
        let found: Vec<usize> = matches.collect();
        let next = if forward {
            found.iter().find(|row| **row >= from).or(found.first())
        } else {
            found.iter().rev().find(|row| **row < from).or(found.last())
        };
        self.selected = next.copied().unwrap_or(self.selected);
    }

    /// What the lower line says while a row is looked for, and whether there is one.
    pub(super) fn find_hint(&self, page: &Page<'_>) -> Option<(String, bool)> {
        let text = self.find.as_ref()?;
        let rows = page.table.as_ref().map(|table| table.rows.as_slice()).unwrap_or_default();
        let count = rows.iter().filter(|row| has(row, text)).count();
        let hint = match (text.is_empty(), count) {
            (true, _) => text!(page, "find-type").to_owned(),
            (false, 0) => text!(page, "find-nothing", text = text),
            (false, count) => text!(page, "find-rows", text = text, n = count),
        };
        Some((hint, count > 0))
    }

    /// Whether a row is looked for, and this is none of those.
    pub(super) fn is_passed_over(&self, row: &[Cow<'_, str>]) -> bool {
        self.find.as_ref().is_some_and(|text| !text.is_empty() && !has(row, text))
    }

    /// Whether the list of `page` is so long that the lower line offers to find a row.
    pub(super) fn offers_to_find(page: &Page<'_>) -> bool {
        page.table.as_ref().is_some_and(|table| table.rows.len() > LONG)
    }
}

/// Whether any cell of `row` has `text`, in capitals or not.
fn has(row: &[Cow<'_, str>], text: &str) -> bool {
    let text = text.to_lowercase();
    row.iter().any(|cell| cell.to_lowercase().contains(&text))
}
