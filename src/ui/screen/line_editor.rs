//! A line editor for secrets: like `tui_input::Input`, but it leaves no copy of the text in memory.

use tui_input::InputRequest;
use unicode_segmentation::{GraphemeCursor, UnicodeSegmentation};
use zeroize::Zeroizing;

/// Bytes, enough for most secrets, so that few lines are ever reallocated.
const INITIAL_CAPACITY: usize = 128;

/// Text and a cursor. Deleted text is not kept for yanking.
#[derive(Default)]
pub(super) struct LineEditor {
    text: Zeroizing<String>,
    /// Byte offset, always at a grapheme boundary.
    cursor: usize,
}

impl LineEditor {
    pub(super) fn new(text: &str) -> Self {
        let mut line = Self::default();
        line.insert_str(text);
        line
    }

    pub(super) fn value(&self) -> &str {
        &self.text
    }

    pub(super) fn insert(&mut self, c: char) {
        self.insert_str(c.encode_utf8(&mut [0; 4]));
    }

    fn insert_str(&mut self, text: &str) {
        self.grow(text.len());
        self.text.insert_str(self.cursor, text);
        self.cursor += text.len();
    }

    /// Moves to a larger buffer and wipes the old one, which `String` would not do.
    fn grow(&mut self, more: usize) {
        let needed = self.text.len() + more;
        if needed > self.text.capacity() {
            let mut larger = Zeroizing::new(String::with_capacity((needed * 2).max(INITIAL_CAPACITY)));
            larger.push_str(&self.text);
            self.text = larger;
        }
    }

    /// Handles `request`; true if anything changed.
    pub(super) fn handle(&mut self, request: InputRequest) -> bool {
        let (cursor, len) = (self.cursor, self.text.len());
        match request {
            InputRequest::InsertChar(c) => self.insert(c),
            InputRequest::GoToPrevChar => self.cursor = self.before(),
            InputRequest::GoToNextChar => self.cursor = self.after(),
            InputRequest::GoToPrevWord => self.cursor = self.word_before(),
            InputRequest::GoToNextWord => self.cursor = self.word_after(),
            InputRequest::GoToStart => self.cursor = 0,
            InputRequest::GoToEnd => self.cursor = len,
            InputRequest::DeletePrevChar => self.delete(self.before(), cursor),
            InputRequest::DeleteNextChar => self.delete(cursor, self.after()),
            InputRequest::DeletePrevWord => self.delete(self.word_before(), cursor),
            InputRequest::DeleteNextWord => self.delete(cursor, self.word_after()),
            InputRequest::DeleteLine => self.delete(0, len),
            InputRequest::DeleteTillEnd => self.delete(cursor, len),
            InputRequest::DeleteFromStart => self.delete(0, cursor),
            InputRequest::SetCursor(_) | InputRequest::Yank => {}
        }
        cursor != self.cursor || len != self.text.len()
    }

    fn delete(&mut self, from: usize, to: usize) {
        self.text.replace_range(from..to, "");
        self.cursor = from;
    }

    fn before(&self) -> usize {
        GraphemeCursor::new(self.cursor, self.text.len(), true)
            .prev_boundary(&self.text, 0)
            .ok()
            .flatten()
            .unwrap_or(0)
    }

    fn after(&self) -> usize {
        GraphemeCursor::new(self.cursor, self.text.len(), true)
            .next_boundary(&self.text, 0)
            .ok()
            .flatten()
            .unwrap_or(self.text.len())
    }

    fn word_before(&self) -> usize {
        let words = self.text[..self.cursor].trim_end();
        words
            .rfind(char::is_whitespace)
            .map_or(0, |at| at + words[at..].chars().next().map_or(0, char::len_utf8))
    }

    fn word_after(&self) -> usize {
        let rest = &self.text[self.cursor..];
        let spaces = rest.len() - rest.trim_start().len();
        self.cursor + rest[spaces..].find(char::is_whitespace).map_or(rest.len(), |at| at + spaces)
    }

    pub(super) fn graphemes(&self) -> usize {
        self.text.graphemes(true).count()
    }

    pub(super) fn cursor_graphemes(&self) -> usize {
        self.text[..self.cursor].graphemes(true).count()
    }

    pub(super) fn cursor_chars(&self) -> usize {
        self.text[..self.cursor].chars().count()
    }

    pub(super) const fn cursor_bytes(&self) -> usize {
        self.cursor
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn string_never_reallocates_the_text_of_a_line() {
        let mut line = LineEditor::new(&"x".repeat(INITIAL_CAPACITY));
        assert_eq!(line.text.capacity(), INITIAL_CAPACITY * 2);
        for _ in 0..1000 {
            let before = line.text.capacity();
            line.insert('y');
            // `grow` doubles what is needed; `String` would double its capacity and leave a copy behind.
            assert!(line.text.capacity() == before || line.text.capacity() == (before + 1) * 2);
        }
    }

    #[test]
    fn words_are_separated_by_spaces() {
        let mut line = LineEditor::new("correct horse  battery");
        line.handle(InputRequest::DeletePrevWord);
        assert_eq!(line.value(), "correct horse  ");
        line.handle(InputRequest::DeletePrevWord);
        assert_eq!(line.value(), "correct ");
        line.handle(InputRequest::GoToStart);
        line.handle(InputRequest::GoToNextWord);
        assert_eq!(line.cursor, 7);
    }

    fn any_request() -> impl Strategy<Value = InputRequest> {
        prop_oneof![
            prop::sample::select(vec!['a', ' ', 'é', '\u{301}', '漢', '👍', '\u{200d}'])
                .prop_map(InputRequest::InsertChar),
            prop::sample::select(vec![
                InputRequest::GoToPrevChar,
                InputRequest::GoToNextChar,
                InputRequest::GoToStart,
                InputRequest::GoToEnd,
                InputRequest::DeletePrevChar,
                InputRequest::DeleteNextChar,
                InputRequest::DeleteTillEnd,
                InputRequest::DeleteFromStart,
            ]),
            prop::sample::select(vec![
                InputRequest::GoToPrevWord,
                InputRequest::GoToNextWord,
                InputRequest::DeletePrevWord,
                InputRequest::DeleteNextWord,
            ]),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_keys_break_a_line(requests in prop::collection::vec(any_request(), 0..80)) {
            let mut line = LineEditor::default();
            for request in requests {
                line.handle(request);
                prop_assert!(line.text.is_char_boundary(line.cursor));
                prop_assert!(line.cursor_graphemes() <= line.graphemes());
            }
        }

        #[test]
        fn it_edits_as_tui_input_does(
            requests in prop::collection::vec(any_request().prop_filter("words differ", |r| !matches!(r,
                InputRequest::GoToPrevWord | InputRequest::GoToNextWord
                | InputRequest::DeletePrevWord | InputRequest::DeleteNextWord)), 0..60),
        ) {
            let mut line = LineEditor::default();
            let mut theirs = tui_input::Input::default();
            for request in requests {
                line.handle(request);
                theirs.handle(request);
                prop_assert_eq!(line.value(), theirs.value());
                prop_assert_eq!(line.cursor_chars(), theirs.cursor());
            }
        }
    }
}
