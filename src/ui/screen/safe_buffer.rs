//! The only way to write text to the screen: removes unsafe characters, and has the symbols and styles to draw with.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::text::{clean, columns, is_simple};
use super::theme::Theme;
use crate::flow::page::Tone;
use crate::terminal::capabilities::Charset;

impl Theme {
    /// The style of a message with this tone.
    pub(super) const fn toned(&self, tone: Tone) -> Style {
        match tone {
            Tone::Neutral => self.text,
            Tone::Good => self.good,
            Tone::Warning => self.warning,
            Tone::Bad => self.bad,
        }
    }
}

/// The symbols that pages are drawn with.
pub(super) struct Glyphs {
    pub(super) across: &'static str,
    pub(super) down: &'static str,
    /// Upper left, upper right, lower left, lower right.
    pub(super) corners: [&'static str; 4],
    /// Separates two items on one line.
    pub(super) between: &'static str,
    /// Beside the selected row, the current place and the portal's name.
    pub(super) bar: &'static str,
    /// Before a link.
    pub(super) link: &'static str,
    pub(super) more: &'static str,
}

const UTF8: Glyphs = Glyphs {
    across: "─",
    down: "│",
    corners: ["┌", "┐", "└", "┘"],
    between: " · ",
    bar: "▌",
    link: "›",
    more: "…",
};

const ASCII: Glyphs = Glyphs {
    across: "-",
    down: "|",
    corners: ["+", "+", "+", "+"],
    between: " - ",
    bar: ">",
    link: ">",
    more: ">",
};

/// Writes at most `max` columns of `text` at (`x`, `y`) without what a terminal would obey, and returns the column after it.
pub(in crate::ui) fn put(
    buffer: &mut Buffer,
    (x, y): (u16, u16),
    text: &str,
    max: u16,
    style: Style,
    charset: Charset,
) -> u16 {
    if x >= buffer.area.width || y >= buffer.area.height {
        return x;
    }
    let text = clean(text, charset);
    if !text.chars().all(is_simple) {
        return buffer.set_stringn(x, y, text, usize::from(max), style).0;
    }
    // Each character is a column: of most text it is, and finding its graphemes takes as long as all else of a frame.
    let cells = (x..buffer.area.width).take(usize::from(max));
    let mut end = x;
    for (column, c) in cells.zip(text.chars()) {
        buffer[(column, y)].set_char(c).set_style(style);
        end = column + 1;
    }
    end
}

/// A buffer, and the characters that the terminal supports.
pub(super) struct SafeBuffer<'b> {
    pub(super) buffer: &'b mut Buffer,
    pub(super) charset: Charset,
    pub(super) theme: &'b Theme,
}

impl SafeBuffer<'_> {
    pub(super) const fn glyphs(&self) -> &'static Glyphs {
        match self.charset {
            Charset::Utf8 => &UTF8,
            Charset::Ascii => &ASCII,
        }
    }

    pub(super) const fn cols(&self) -> u16 {
        self.buffer.area.width
    }

    pub(super) const fn rows(&self) -> u16 {
        self.buffer.area.height
    }

    /// Writes at most `max` columns of `text` at (`x`, `y`) and returns the column after it.
    pub(super) fn put(&mut self, x: u16, y: u16, text: &str, max: u16, style: Style) -> u16 {
        put(self.buffer, (x, y), text, max, style, self.charset)
    }

    /// Like [`SafeBuffer::put`], with an ellipsis if the text was cut.
    pub(super) fn put_cut(&mut self, x: u16, y: u16, text: &str, max: u16, style: Style) -> u16 {
        if columns(text) <= max {
            return self.put(x, y, text, max, style);
        }
        let end = self.put(x, y, text, max.saturating_sub(1), style);
        if max == 0 { end } else { self.put(end, y, self.glyphs().more, 1, style) }
    }

    /// Draws a horizontal line of `width` columns with `ends` at its ends.
    pub(super) fn line(&mut self, x: u16, y: u16, width: u16, ends: [&str; 2], style: Style) {
        self.put(x, y, &self.glyphs().across.repeat(usize::from(width)), width, style);
        self.put(x, y, ends[0], 1, style);
        self.put(x.saturating_add(width).saturating_sub(1), y, ends[1], 1, style);
    }

    /// Clears `area` and draws the border of something with the focus around it.
    pub(super) fn boxed(&mut self, area: Rect) {
        let style = self.theme.border_focus;
        let area = area.intersection(self.buffer.area);
        for at in area.positions() {
            self.buffer[at].reset();
        }
        let Glyphs { corners, down, .. } = self.glyphs();
        self.line(area.x, area.y, area.width, [corners[0], corners[1]], style);
        self.line(area.x, area.bottom().saturating_sub(1), area.width, [corners[2], corners[3]], style);
        for y in area.y + 1..area.bottom().saturating_sub(1) {
            self.put(area.x, y, down, 1, style);
            self.put(area.right().saturating_sub(1), y, down, 1, style);
        }
    }

    /// Patches the style of `area`.
    pub(super) fn restyle(&mut self, area: Rect, style: Style) {
        self.buffer.set_style(area, style);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_one_character_a_column_is_written_as_ratatui_writes_it(
            text in "[ -~äßé·…–─▌│┌]{0,30}", x in 0..14_u16, y in 0..4_u16, max in 0..20_u16,
        ) {
            let style = Style::new().fg(ratatui::style::Color::Indexed(3));
            let mut ours = Buffer::filled(Rect::new(0, 0, 12, 3), ratatui::buffer::Cell::new("漢"));
            let mut theirs = ours.clone();
            let end = put(&mut ours, (x, y), &text, max, style, Charset::Utf8);
            let expected = if x < 12 && y < 3 {
                theirs.set_stringn(x, y, &text, usize::from(max), style).0
            } else {
                x
            };
            prop_assert_eq!((end, ours), (expected, theirs));
        }
    }
}
