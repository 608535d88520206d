//! The line being typed: bounded, wiped on drop, and refused completely if any part of it is invalid.

use unicode_width::UnicodeWidthChar;
use zeroize::{Zeroize, Zeroizing};

use crate::domain::text::is_disarmed;

/// Maximum length of a line.
const MAX_BYTES: usize = 4_096;

/// A line without its line break.
#[derive(Default)]
pub(super) struct InputLine {
    text: Zeroizing<String>,
    invalid: Option<InvalidLine>,
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
    pub(super) const fn message(self) -> &'static str {
        match self {
            Self::TooLong | Self::Control => {
                "That line is too long or contains control characters. It was ignored."
            }
            Self::Encoding => {
                "That line is not UTF-8. It was ignored. Set your terminal to UTF-8, and type it again."
            }
        }
    }
}

impl InputLine {
    /// Appends a character; `false` if it was not accepted.
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
        self.text.push(c);
        true
    }

    /// Refuses the whole line, whatever else is typed, until it is submitted or cleared.
    pub(super) fn invalidate(&mut self, why: InvalidLine) {
        self.invalid.get_or_insert(why);
    }

    pub(super) fn pop(&mut self) {
        self.text.pop();
    }

    /// Removes the last word and the spaces after it.
    pub(super) fn pop_word(&mut self) {
        let len = self.text.trim_end().trim_end_matches(|c: char| !c.is_whitespace()).len();
        self.text.truncate(len);
    }

    pub(super) fn clear(&mut self) {
        self.text.zeroize();
        self.invalid = None;
    }

    pub(super) fn is_empty(&self) -> bool {
        self.text.is_empty() && self.invalid.is_none()
    }

    /// Display width in cells of what was echoed: each character by itself, as far as it is shown.
    pub(super) fn cells(&self) -> usize {
        let shown = self.text.chars().filter(|c| !is_disarmed(*c));
        shown.filter_map(UnicodeWidthChar::width).sum()
    }

    /// The text so far, to echo it again.
    pub(super) fn typed(&self) -> &str {
        &self.text
    }

    /// Takes the line and starts an empty one.
    pub(super) fn take(&mut self) -> Result<Zeroizing<String>, InvalidLine> {
        let text = std::mem::take(&mut self.text);
        self.invalid.take().map_or(Ok(text), Err)
    }
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
        line.pop_word();
        assert_eq!(line.cells(), "violet ".len());
        line.pop();
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
}
