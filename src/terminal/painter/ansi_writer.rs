//! Writes cursor moves, colours and cells in as few bytes as possible.
//!
//! Colours use the short forms (`31`, not crossterm's `38;5;1`), which terminals with 8 and 16
//! colours understand too, and which `NO_COLOR` in the server's own environment does not disable.

use std::io::Write as _;

use crossterm::cursor::{MoveRight, MoveTo};
use crossterm::queue;
use crossterm::terminal::{Clear, ClearType};
use ratatui::style::{Color, Modifier};

use super::frame::{CellStyle, PackedCell, Palette, Symbol};

const ATTRIBUTES: [(Modifier, u8); 7] = [
    (Modifier::BOLD, 1),
    (Modifier::DIM, 2),
    (Modifier::ITALIC, 3),
    (Modifier::UNDERLINED, 4),
    (Modifier::REVERSED, 7),
    (Modifier::HIDDEN, 8),
    (Modifier::CROSSED_OUT, 9),
];

/// Tracks the state of a terminal with `cols` columns. Writing to a `Vec` cannot fail.
pub(super) struct AnsiWriter<'a> {
    pub(super) out: Vec<u8>,
    palette: &'a Palette,
    cols: u16,
    /// Cursor position, if known.
    at: Option<(u16, u16)>,
    style: CellStyle,
}

impl<'a> AnsiWriter<'a> {
    /// Appends to `out`, for a terminal with the plain style and the cursor anywhere.
    pub(super) const fn new(out: Vec<u8>, palette: &'a Palette, cols: u16) -> Self {
        Self { out, palette, cols, at: None, style: CellStyle::PLAIN }
    }

    /// Resets the style and clears the screen: of a page of ours, which no scrollback may keep (see [`super::ERASED`]), or
    /// of what was there before, which it may.
    pub(super) fn clear(&mut self, ours: bool) {
        self.out.extend_from_slice(b"\x1b[m");
        self.style = CellStyle::PLAIN;
        if ours {
            let _ = queue!(self.out, Clear(ClearType::FromCursorUp));
        }
        let all = if ours { ClearType::FromCursorDown } else { ClearType::All };
        let _ = queue!(self.out, Clear(all));
    }

    /// Clears the row from (`x`, `y`) to its end.
    pub(super) fn clear_row_from(&mut self, x: u16, y: u16) {
        self.go(x, y);
        self.set_style(CellStyle::PLAIN);
        let _ = queue!(self.out, Clear(ClearType::UntilNewLine));
    }

    pub(super) fn go(&mut self, x: u16, y: u16) {
        match self.at {
            Some(at) if at == (x, y) => return,
            Some((from, row)) if row == y && x > from => {
                let _ = queue!(self.out, MoveRight(x - from));
            }
            _ => {
                let _ = queue!(self.out, MoveTo(x, y));
            }
        }
        self.at = Some((x, y));
    }

    pub(super) fn put(&mut self, x: u16, y: u16, packed: PackedCell, wide: bool) {
        self.go(x, y);
        self.set_style(self.palette.style(packed));
        let certain = match self.palette.symbol(packed) {
            Symbol::Char(c) => {
                self.out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                !wide
            }
            Symbol::Grapheme(text) => {
                self.out.extend_from_slice(text.as_bytes());
                false
            }
        };
        // Terminals disagree on the width of some characters and on the last column, so the cursor is
        // moved explicitly after those.
        self.at = (certain && x + 1 < self.cols).then_some((x + 1, y));
    }

    pub(super) fn set_style(&mut self, style: CellStyle) {
        if style == self.style {
            return;
        }
        self.out.extend_from_slice(b"\x1b[");
        let mut first = true;
        if self.style != CellStyle::PLAIN && style != CellStyle::PLAIN {
            self.parameter(&mut first, format_args!("0"));
        }
        for (attribute, number) in ATTRIBUTES {
            if style.modifier.contains(attribute) {
                self.parameter(&mut first, format_args!("{number}"));
            }
        }
        self.color(&mut first, style.fg, 30);
        self.color(&mut first, style.bg, 40);
        self.out.push(b'm');
        self.style = style;
    }

    fn parameter(&mut self, first: &mut bool, text: std::fmt::Arguments<'_>) {
        if !std::mem::take(first) {
            self.out.push(b';');
        }
        let _ = self.out.write_fmt(text);
    }

    fn color(&mut self, first: &mut bool, color: Color, base: u8) {
        match color {
            Color::Reset => {}
            Color::Rgb(r, g, b) => self.parameter(first, format_args!("{};2;{r};{g};{b}", base + 8)),
            color => match number(color) {
                n @ 0..8 => self.parameter(first, format_args!("{}", base + n)),
                n @ 8..16 => self.parameter(first, format_args!("{}", base + 60 + n - 8)),
                n => self.parameter(first, format_args!("{};5;{n}", base + 8)),
            },
        }
    }
}

/// The index of a colour in xterm's 256-colour palette.
const fn number(color: Color) -> u8 {
    match color {
        Color::Indexed(n) => n,
        Color::Red => 1,
        Color::Green => 2,
        Color::Yellow => 3,
        Color::Blue => 4,
        Color::Magenta => 5,
        Color::Cyan => 6,
        Color::Gray => 7,
        Color::DarkGray => 8,
        Color::LightRed => 9,
        Color::LightGreen => 10,
        Color::LightYellow => 11,
        Color::LightBlue => 12,
        Color::LightMagenta => 13,
        Color::LightCyan => 14,
        Color::White => 15,
        Color::Black | Color::Reset | Color::Rgb(..) => 0,
    }
}
