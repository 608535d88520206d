//! The line being typed: bounded, wiped on drop, and refused completely if any part of it is invalid. It has a cursor,
//! as the prompt of a shell has.

use unicode_width::UnicodeWidthChar;
use zeroize::{Zeroize, Zeroizing};

use crate::domain::text::is_disarmed;
use crate::label;
use crate::messages::Label;

/// Maximum length of a line.
const MAX_BYTES: usize = 4_096;

/// A line without its line break.
#[derive(Default)]
pub(super) struct InputLine {
    text: Zeroizing<String>,
    /// Where the next character goes, in bytes.
    cursor: usize,
    invalid: Option<InvalidLine>,
}

/// What a key does to a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Edit {
    Left,
    Right,
    WordLeft,
    WordRight,
    Start,
    End,
    /// Remove the character before the cursor.
    Backspace,
    /// Remove the character at the cursor.
    Delete,
    /// Remove the word before the cursor, and the spaces after it.
    DeleteWord,
    /// Remove everything from the cursor on.
    DeleteToEnd,
    /// Remove everything.
    Clear,
}

/// Why a line is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum InvalidLine {
    TooLong,
    /// It contained a control character.
    Control,
    /// It contained bytes that are not UTF-8.
    Encoding,
}

impl InvalidLine {
    /// The sentence for people.
    pub(super) const fn message(self) -> Label {
        match self {
            Self::TooLong | Self::Control => label!("line-refused"),
            Self::Encoding => label!("line-not-utf-8"),
        }
    }
}

impl InputLine {
    /// Inserts a character at the cursor; `false` if it was not accepted.
    pub(super) fn push(&mut self, c: char) -> bool {
        if self.text.capacity() < MAX_BYTES {
            // The full capacity at once: a reallocation would leave an unwiped copy of a secret behind.
            self.text = Zeroizing::new(String::with_capacity(MAX_BYTES));
        }
        let too_long = self.text.len() + c.len_utf8() > MAX_BYTES;
        if too_long || c.is_control() {
            self.invalidate(if too_long { InvalidLine::TooLong } else { InvalidLine::Control });
            return false;
        }
        self.text.insert(self.cursor, c);
        self.cursor += c.len_utf8();
        true
    }

    pub(super) fn edit(&mut self, edit: Edit) {
        match edit {
            Edit::Left => self.cursor -= self.before().chars().next_back().map_or(0, char::len_utf8),
            Edit::Right => self.cursor += self.after().chars().next().map_or(0, char::len_utf8),
            Edit::WordLeft => self.cursor = self.word_start(),
            Edit::WordRight => {
                let rest = self.after().trim_start().trim_start_matches(|c: char| !c.is_whitespace());
                self.cursor = self.text.len() - rest.len();
            }
            Edit::Start => self.cursor = 0,
            Edit::End => self.cursor = self.text.len(),
            Edit::Backspace => {
                let end = self.cursor;
                self.edit(Edit::Left);
                self.remove(end);
            }
            Edit::Delete => {
                let len = self.after().chars().next().map_or(0, char::len_utf8);
                self.remove(self.cursor + len);
            }
            Edit::DeleteWord => {
                let end = self.cursor;
                self.cursor = self.word_start();
                self.remove(end);
            }
            Edit::DeleteToEnd => self.text.truncate(self.cursor),
            Edit::Clear => self.clear(),
        }
    }

    /// Removes what is between the cursor and `end`.
    fn remove(&mut self, end: usize) {
        self.text.drain(self.cursor..end);
    }

    /// The start of the word before the cursor.
    fn word_start(&self) -> usize {
        self.before().trim_end().trim_end_matches(|c: char| !c.is_whitespace()).len()
    }

    /// Refuses the whole line, whatever else is typed, until it is submitted or cleared.
    pub(super) fn invalidate(&mut self, why: InvalidLine) {
        self.invalid.get_or_insert(why);
    }

    pub(super) fn clear(&mut self) {
        self.text.zeroize();
        (self.cursor, self.invalid) = (0, None);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.text.is_empty() && self.invalid.is_none()
    }

    /// The text so far, to echo it.
    pub(super) fn typed(&self) -> &str {
        &self.text
    }

    /// What is before the cursor.
    pub(super) fn before(&self) -> &str {
        &self.text[..self.cursor]
    }

    /// What is after the cursor.
    pub(super) fn after(&self) -> &str {
        &self.text[self.cursor..]
    }

    /// Takes the line and starts an empty one.
    pub(super) fn take(&mut self) -> Result<Zeroizing<String>, InvalidLine> {
        let text = std::mem::take(&mut self.text);
        self.cursor = 0;
        self.invalid.take().map_or(Ok(text), Err)
    }
}

/// Display width in cells of an echoed text: each character by itself, as far as it is shown.
pub(super) fn cells(text: &str) -> usize {
    text.chars().filter(|c| !is_disarmed(*c)).filter_map(UnicodeWidthChar::width).sum()
}

impl std::fmt::Debug for InputLine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("InputLine(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(text: &str) -> InputLine {
        let mut line = InputLine::default();
        for c in text.chars() {
            line.push(c);
        }
        line
    }

    #[test]
    fn words_and_characters_can_be_erased() {
        let mut line = typed("violet engine  ");
        line.edit(Edit::DeleteWord);
        assert_eq!(cells(line.typed()), "violet ".len());
        line.edit(Edit::Backspace);
        assert_eq!(line.take().unwrap().as_str(), "violet");
        assert!(line.is_empty());
    }

    #[test]
    fn a_line_that_is_too_long_is_refused_and_the_next_one_starts_fresh() {
        let mut line = typed(&"x".repeat(MAX_BYTES + 1));
        assert_eq!(line.take(), Err(InvalidLine::TooLong));
        line.push('a');
        assert_eq!(line.take().unwrap().as_str(), "a");
    }

    #[test]
    fn control_u_makes_an_invalid_line_valid_again() {
        let mut line = typed("a\u{1}b");
        line.clear();
        line.push('c');
        assert_eq!(line.take().unwrap().as_str(), "c");
    }

    #[test]
    fn the_cursor_goes_anywhere_in_the_line_and_no_further() {
        let mut line = typed("vi\u{f6}let engine");
        for edit in [Edit::WordLeft, Edit::Left, Edit::Left, Edit::Backspace] {
            line.edit(edit);
        }
        line.push('e');
        assert_eq!((line.before(), line.after()), ("vi\u{f6}le", "t engine"));
        for edit in [Edit::Start, Edit::Left, Edit::Backspace, Edit::DeleteWord, Edit::Delete] {
            line.edit(edit);
        }
        assert_eq!(line.typed(), "i\u{f6}let engine");
        for edit in [Edit::WordRight, Edit::DeleteToEnd, Edit::Right, Edit::WordRight, Edit::Delete] {
            line.edit(edit);
        }
        line.push('s');
        assert_eq!(line.take().unwrap().as_str(), "i\u{f6}lets");
        line.push('x');
        assert_eq!(line.take().unwrap().as_str(), "x");
    }
}
