//! The line that is being typed: bounded, wiped when dropped, and refused whole when it is spoilt.

use unicode_width::UnicodeWidthStr;
use zeroize::{Zeroize, Zeroizing};

/// The longest line that is taken, in bytes.
const MAX_BYTES: usize = 4_096;

/// A line without its end.
#[derive(Default)]
pub(super) struct InputLine {
    text: Zeroizing<String>,
    spoilt: bool,
}

/// The line was too long or held a control character.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct InvalidLine;

impl InputLine {
    /// Adds a character; false when the line took none, because it is full.
    pub(super) fn push(&mut self, c: char) -> bool {
        if self.text.capacity() < MAX_BYTES {
            // Room for all of it at once: growing would leave unwiped copies of a secret behind.
            self.text = Zeroizing::new(String::with_capacity(MAX_BYTES));
        }
        if c.is_control() || self.text.len() + c.len_utf8() > MAX_BYTES {
            self.spoil();
            return false;
        }
        self.text.push(c);
        true
    }

    /// From now on the line is refused whole, whatever else is typed, until it is entered or cleared.
    pub(super) fn spoil(&mut self) {
        self.spoilt = true;
    }

    pub(super) fn pop(&mut self) {
        self.text.pop();
    }

    /// Removes the last word and the blanks behind it.
    pub(super) fn pop_word(&mut self) {
        let kept = self.text.trim_end().trim_end_matches(|c: char| !c.is_whitespace()).len();
        self.text.truncate(kept);
    }

    pub(super) fn clear(&mut self) {
        self.text.zeroize();
        self.spoilt = false;
    }

    pub(super) fn is_empty(&self) -> bool {
        self.text.is_empty() && !self.spoilt
    }

    /// How many cells it takes on a terminal.
    pub(super) fn cells(&self) -> usize {
        self.text.width()
    }

    /// What was typed so far, to show it again.
    pub(super) fn typed(&self) -> &str {
        &self.text
    }

    /// The line, and an empty one in its place.
    pub(super) fn take(&mut self) -> Result<Zeroizing<String>, InvalidLine> {
        let text = std::mem::take(&mut self.text);
        if std::mem::take(&mut self.spoilt) { Err(InvalidLine) } else { Ok(text) }
    }
}

impl std::fmt::Debug for InputLine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Line(***)")
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
    fn words_and_characters_can_be_taken_back() {
        let mut line = typed("violet engine  ");
        line.pop_word();
        assert_eq!(line.cells(), "violet ".len());
        line.pop();
        assert_eq!(line.take().unwrap().as_str(), "violet");
        assert!(line.is_empty());
    }

    #[test]
    fn a_line_that_is_too_long_is_refused_whole_and_the_next_one_is_clean() {
        let mut line = typed(&"x".repeat(MAX_BYTES + 1));
        assert_eq!(line.take(), Err(InvalidLine));
        line.push('a');
        assert_eq!(line.take().unwrap().as_str(), "a");
    }

    #[test]
    fn control_u_makes_a_spoilt_line_good_again() {
        let mut line = typed("a\u{1}b");
        line.clear();
        line.push('c');
        assert_eq!(line.take().unwrap().as_str(), "c");
    }
}
