//! A text in several rows: where it is broken, and how a cursor goes from row to row.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use super::text::clean;
use crate::terminal::capabilities::Charset;

/// A text and its rows.
pub(super) struct Rows<'t> {
    text: &'t str,
    charset: Charset,
    /// In bytes. A line feed is in none of them; the end of one may be the start of the next.
    each: Vec<Range<usize>>,
}

impl<'t> Rows<'t> {
    /// Breaks `text` at its line feeds, and where a row would take more than `room` columns; words are kept
    /// whole where they fit.
    pub(super) fn of(text: &'t str, room: usize, charset: Charset) -> Self {
        let mut rows = Self { text, charset, each: Vec::new() };
        let mut start = 0;
        for line in text.split('\n') {
            rows.fold(start..start + line.len(), room);
            start += line.len() + 1;
        }
        // A cursor behind a full row needs another one.
        if let Some(last) = rows.each.last().cloned()
            && rows.columns(last.clone()) >= room
        {
            rows.each.push(last.end..last.end);
        }
        rows
    }

    fn fold(&mut self, line: Range<usize>, room: usize) {
        let (mut start, mut column) = (line.start, 0);
        for (at, word) in self.text[line.clone()].split_word_bound_indices() {
            let at = line.start + at;
            if column > 0 && column + self.width(word) > room && word.trim() == word {
                self.each.push(start..at);
                (start, column) = (at, 0);
            }
            for (offset, grapheme) in word.grapheme_indices(true) {
                let width = self.width(grapheme);
                // Blanks hang over the edge, so that no row begins with one.
                if column + width > room && grapheme != " " {
                    self.each.push(start..at + offset);
                    (start, column) = (at + offset, 0);
                }
                column += width;
            }
        }
        self.each.push(start..line.end);
    }

    /// The columns that `text` takes on the screen.
    fn width(&self, text: &str) -> usize {
        clean(text, self.charset).width()
    }

    /// The columns of a part of the text.
    pub(super) fn columns(&self, part: Range<usize>) -> usize {
        self.width(&self.text[part])
    }

    pub(super) fn len(&self) -> usize {
        self.each.len()
    }

    /// What stands in row `n`.
    pub(super) fn row(&self, n: usize) -> Option<Range<usize>> {
        self.each.get(n).cloned()
    }

    /// The row that a cursor at `byte` is in, and where that row is.
    pub(super) fn with(&self, byte: usize) -> (usize, Range<usize>) {
        let n = self.each.iter().rposition(|row| row.start <= byte).unwrap_or(0);
        (n, self.row(n).unwrap_or_default())
    }

    /// The place in row `n` that is nearest to `column`.
    pub(super) fn at(&self, n: usize, column: usize) -> usize {
        let Some(row) = self.row(n) else { return self.text.len() };
        let goes_on = self.row(n + 1).is_some_and(|next| next.start == row.end);
        let (mut place, mut used) = (row.start, 0);
        for (offset, grapheme) in self.text[row.clone()].grapheme_indices(true) {
            place = row.start + offset;
            used += self.width(grapheme);
            if used > column {
                return place;
            }
        }
        // Behind a row that goes on is the start of the next one.
        if goes_on { place } else { row.end }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str, room: usize) -> Vec<&str> {
        Rows::of(text, room, Charset::Utf8).each.into_iter().map(|row| &text[row]).collect()
    }

    #[test]
    fn rows_end_at_line_feeds_and_before_words_that_do_not_fit() {
        assert_eq!(rows("one two\n\nthree", 20), ["one two", "", "three"]);
        assert_eq!(rows("one two three", 8), ["one two ", "three"]);
        assert_eq!(rows("one two three", 7), ["one two ", "three"], "no row begins with a blank");
        assert_eq!(rows("abcdefgh", 3), ["abc", "def", "gh"]);
        assert_eq!(rows("漢字漢", 4), ["漢字", "漢"]);
        assert_eq!(rows("", 4), [""]);
        assert_eq!(rows("a\n", 4), ["a", ""]);
        assert_eq!(rows("full", 4), ["full", ""], "the cursor stands behind it");
    }

    #[test]
    fn a_cursor_keeps_its_column_from_row_to_row_as_far_as_it_can() {
        let rows = Rows::of("first row\nab\nthe third", 20, Charset::Utf8);
        assert_eq!(rows.with(9), (0, 0..9), "before the line feed");
        assert_eq!(rows.with(10).0, 1);
        assert_eq!((rows.at(1, 7), rows.at(2, 7)), (12, 20));
        let rows = Rows::of("one two three", 8, Charset::Utf8);
        assert_eq!(rows.at(0, 30), 7, "behind it is the start of the next row");
        let rows = Rows::of("漢字", 20, Charset::Utf8);
        assert_eq!(rows.at(0, 3), 3, "never amid a character");
    }
}
