//! Multi-line text: where it wraps, and how a cursor moves from row to row.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use super::text::clean;
use crate::terminal::capabilities::Charset;

/// A text and the byte ranges of its rows.
pub(super) struct WrappedText<'t> {
    text: &'t str,
    charset: Charset,
    /// Line feeds are in none of them; the end of one can be the start of the next.
    rows: Vec<Range<usize>>,
}

impl<'t> WrappedText<'t> {
    /// Wraps `text` at line feeds and at `width` columns, between words where possible.
    pub(super) fn new(text: &'t str, width: usize, charset: Charset) -> Self {
        let mut wrapped = Self { text, charset, rows: Vec::new() };
        let mut start = 0;
        for line in text.split('\n') {
            wrapped.wrap_line(start..start + line.len(), width);
            start += line.len() + 1;
        }
        // A cursor after a full row needs another one.
        if let Some(last) = wrapped.rows.last().cloned()
            && wrapped.columns(last.clone()) >= width
        {
            wrapped.rows.push(last.end..last.end);
        }
        wrapped
    }

    fn wrap_line(&mut self, line: Range<usize>, max: usize) {
        let (mut start, mut column) = (line.start, 0);
        for (at, word) in self.text[line.clone()].split_word_bound_indices() {
            let at = line.start + at;
            if column > 0 && column + self.width(word) > max && word.trim() == word {
                self.rows.push(start..at);
                (start, column) = (at, 0);
            }
            for (offset, grapheme) in word.grapheme_indices(true) {
                let width = self.width(grapheme);
                // Spaces overflow, so that no row starts with one.
                if column + width > max && grapheme != " " {
                    self.rows.push(start..at + offset);
                    (start, column) = (at + offset, 0);
                }
                column += width;
            }
        }
        self.rows.push(start..line.end);
    }

    /// Display width of `text`.
    fn width(&self, text: &str) -> usize {
        clean(text, self.charset).width()
    }

    /// Display width of a part of the text.
    pub(super) fn columns(&self, part: Range<usize>) -> usize {
        self.width(&self.text[part])
    }

    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    pub(super) fn row(&self, n: usize) -> Option<Range<usize>> {
        self.rows.get(n).cloned()
    }

    /// Index and range of the row that contains a cursor at `byte`.
    pub(super) fn row_at(&self, byte: usize) -> (usize, Range<usize>) {
        let n = self.rows.iter().rposition(|row| row.start <= byte).unwrap_or(0);
        (n, self.row(n).unwrap_or_default())
    }

    /// Byte offset in row `n` that is nearest to `column`.
    pub(super) fn offset_at(&self, n: usize, column: usize) -> usize {
        let Some(row) = self.row(n) else { return self.text.len() };
        let is_wrapped = self.row(n + 1).is_some_and(|next| next.start == row.end);
        let (mut at, mut used) = (row.start, 0);
        for (offset, grapheme) in self.text[row.clone()].grapheme_indices(true) {
            at = row.start + offset;
            used += self.width(grapheme);
            if used > column {
                return at;
            }
        }
        // The end of a wrapped row is the start of the next one.
        if is_wrapped { at } else { row.end }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str, width: usize) -> Vec<&str> {
        WrappedText::new(text, width, Charset::Utf8).rows.into_iter().map(|row| &text[row]).collect()
    }

    #[test]
    fn rows_end_at_line_feeds_and_before_words_that_do_not_fit() {
        assert_eq!(rows("one two\n\nthree", 20), ["one two", "", "three"]);
        assert_eq!(rows("one two three", 8), ["one two ", "three"]);
        assert_eq!(rows("one two three", 7), ["one two ", "three"], "no row starts with a space");
        assert_eq!(rows("abcdefgh", 3), ["abc", "def", "gh"]);
        assert_eq!(rows("漢字漢", 4), ["漢字", "漢"]);
        assert_eq!(rows("", 4), [""]);
        assert_eq!(rows("a\n", 4), ["a", ""]);
        assert_eq!(rows("full", 4), ["full", ""], "the cursor is after it");
    }

    #[test]
    fn a_cursor_keeps_its_column_from_row_to_row_where_possible() {
        let rows = WrappedText::new("first row\nab\nthe third", 20, Charset::Utf8);
        assert_eq!(rows.row_at(9), (0, 0..9), "before the line feed");
        assert_eq!(rows.row_at(10).0, 1);
        assert_eq!((rows.offset_at(1, 7), rows.offset_at(2, 7)), (12, 20));
        let rows = WrappedText::new("one two three", 8, Charset::Utf8);
        assert_eq!(rows.offset_at(0, 30), 7, "after it is the start of the next row");
        let rows = WrappedText::new("漢字", 20, Charset::Utf8);
        assert_eq!(rows.offset_at(0, 3), 3, "never inside a character");
    }
}
