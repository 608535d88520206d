//! The previous frame of a session, packed into four bytes per cell.
//!
//! ratatui's cells take 40 bytes: 75 KiB at 80x24, against 7.5 KiB here.

use ratatui::buffer::{Buffer, CellWidth};
use ratatui::style::{Color, Modifier};

use crate::terminal::capabilities::ColorDepth;

/// Colours and attributes of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct CellStyle {
    pub(super) fg: Color,
    pub(super) bg: Color,
    pub(super) modifier: Modifier,
}

impl CellStyle {
    /// The terminal's default colours, no attributes.
    pub(super) const PLAIN: Self = Self { fg: Color::Reset, bg: Color::Reset, modifier: Modifier::empty() };
}

/// One cell: 21 bits for a character or a grapheme index, 11 bits for a style index.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct PackedCell(u32);

impl PackedCell {
    /// An empty cell with the plain style.
    pub(super) const BLANK: Self = Self(b' ' as u32);
    /// The second half of a wide character; nothing is ever drawn there.
    pub(super) const TRAIL: Self = Self(0);

    const fn new(symbol: u32, style: u32) -> Self {
        Self(style << SYMBOL_BITS | symbol)
    }

    const fn symbol(self) -> u32 {
        self.0 & ((1 << SYMBOL_BITS) - 1)
    }

    const fn style(self) -> usize {
        (self.0 >> SYMBOL_BITS) as usize
    }
}

const SYMBOL_BITS: u32 = 21;
/// Symbols from here on are indices of graphemes with several code points; Unicode ends below.
const GRAPHEMES: u32 = 0x11_0000;
/// Maximum number of styles; a page has about ten.
const MAX_STYLES: usize = 256;
const MAX_GRAPHEMES: usize = 512;
/// Maximum bytes of a grapheme; Zalgo text has longer ones.
const MAX_GRAPHEME_BYTES: usize = 32;

/// What a cell shows.
pub(super) enum Symbol<'a> {
    Char(char),
    Grapheme(&'a str),
}

/// The styles and graphemes that the packed cells of one session refer to.
#[derive(Clone, Debug)]
pub(super) struct Palette {
    styles: Vec<CellStyle>,
    graphemes: Vec<Box<str>>,
    full: bool,
}

impl Palette {
    pub(super) fn new() -> Self {
        Self { styles: vec![CellStyle::PLAIN], graphemes: Vec::new(), full: false }
    }

    /// Whether something did not fit and was replaced by something plainer.
    pub(super) const fn is_full(&self) -> bool {
        self.full
    }

    pub(super) fn style(&self, packed: PackedCell) -> CellStyle {
        self.styles.get(packed.style()).copied().unwrap_or(CellStyle::PLAIN)
    }

    pub(super) fn symbol(&self, packed: PackedCell) -> Symbol<'_> {
        let symbol = packed.symbol();
        let grapheme = symbol.checked_sub(GRAPHEMES).and_then(|i| self.graphemes.get(i as usize));
        match grapheme {
            Some(text) => Symbol::Grapheme(text),
            None => Symbol::Char(char::from_u32(symbol).unwrap_or('?')),
        }
    }

    /// Packs all of `buffer` into `cells`, in reading order.
    pub(super) fn pack(&mut self, buffer: &Buffer, depth: ColorDepth, cells: &mut Vec<PackedCell>) {
        cells.clear();
        cells.reserve_exact(buffer.content.len());
        // Most cells look like the one before them.
        let mut last = (CellStyle::PLAIN, self.shown_style(CellStyle::PLAIN, depth));
        for row in buffer.content.chunks(usize::from(buffer.area.width).max(1)) {
            let mut row = row.iter();
            while let Some(cell) = row.next() {
                let drawn = CellStyle { fg: cell.fg, bg: cell.bg, modifier: cell.modifier };
                if drawn != last.0 {
                    last = (drawn, self.shown_style(drawn, depth));
                }
                // Most of a page, and most of what packing it takes.
                if let [ascii @ b' '..=b'~'] = cell.symbol().as_bytes() {
                    cells.push(PackedCell::new(u32::from(*ascii), last.1));
                    continue;
                }
                let (packed, width) = self.pack_symbol(cell.symbol(), last.1, row.len() + 1);
                cells.push(packed);
                for _ in 1..width {
                    row.next();
                    cells.push(PackedCell::TRAIL);
                }
            }
        }
    }

    /// The index of what a terminal with these colours shows of `drawn`.
    fn shown_style(&mut self, drawn: CellStyle, depth: ColorDepth) -> u32 {
        let mut shown = CellStyle { fg: depth.shown(drawn.fg), bg: depth.shown(drawn.bg), ..drawn };
        if shown.bg != drawn.bg {
            // Reverse video replaces a background colour that the terminal cannot show.
            shown.modifier.insert(Modifier::REVERSED);
        }
        self.style_index(shown)
    }

    fn pack_symbol(&mut self, symbol: &str, style: u32, available: usize) -> (PackedCell, usize) {
        let (symbol, width) = self.symbol_index(symbol);
        match width {
            1..=2 if width <= available => (PackedCell::new(symbol, style), width),
            _ => (PackedCell::new(u32::from(b' '), style), 1),
        }
    }

    /// The index of `symbol` and its width in cells. A space replaces symbols that are not one or two cells wide.
    fn symbol_index(&mut self, symbol: &str) -> (u32, usize) {
        let mut chars = symbol.chars();
        let (Some(first), more) = (chars.next(), chars.next().is_some()) else {
            return (u32::from(b' '), 1);
        };
        if symbol.chars().any(char::is_control) {
            return (u32::from(b' '), 1);
        }
        if first.is_ascii() && !more {
            return (u32::from(first), 1);
        }
        let width = usize::from(symbol.cell_width());
        if more { (self.grapheme_index(symbol, width), width) } else { (u32::from(first), width) }
    }

    fn grapheme_index(&mut self, symbol: &str, width: usize) -> u32 {
        let known = self.graphemes.iter().position(|g| **g == *symbol);
        let index = known.unwrap_or(self.graphemes.len());
        if known.is_none() {
            if self.graphemes.len() == MAX_GRAPHEMES || symbol.len() > MAX_GRAPHEME_BYTES {
                self.full |= self.graphemes.len() == MAX_GRAPHEMES;
                // The same width keeps the rest of the row aligned.
                return if width == 2 { u32::from('？') } else { u32::from(b'?') };
            }
            self.graphemes.push(symbol.into());
        }
        GRAPHEMES + u32::try_from(index).unwrap_or_default()
    }

    fn style_index(&mut self, style: CellStyle) -> u32 {
        let known = self.styles.iter().position(|s| *s == style);
        let index = known.unwrap_or(self.styles.len());
        if known.is_none() {
            if self.styles.len() == MAX_STYLES {
                self.full = true;
                return 0;
            }
            self.styles.push(style);
        }
        u32::try_from(index).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    fn packed(buffer: &Buffer, palette: &mut Palette) -> Vec<PackedCell> {
        let mut cells = Vec::new();
        palette.pack(buffer, ColorDepth::Rgb, &mut cells);
        cells
    }

    #[test]
    fn a_cell_takes_four_bytes() {
        assert_eq!(size_of::<PackedCell>(), 4);
    }

    #[test]
    fn a_wide_character_owns_the_cell_after_it() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 4, 1));
        buffer.set_string(0, 0, "漢a", Style::new());
        let cells = packed(&buffer, &mut Palette::new());
        assert!(cells[1] == PackedCell::TRAIL && cells[3] == PackedCell::BLANK && cells.len() == 4);
    }

    #[test]
    fn a_wide_character_in_the_last_column_is_a_space() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 2, 1));
        buffer[(1, 0)].set_char('漢');
        assert!(packed(&buffer, &mut Palette::new())[1] == PackedCell::BLANK);
    }

    #[test]
    fn a_control_character_in_a_cell_is_a_space() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 2, 1));
        buffer[(0, 0)].set_char('\u{1b}');
        buffer[(1, 0)].set_char('\u{9b}');
        assert!(packed(&buffer, &mut Palette::new()) == [PackedCell::BLANK, PackedCell::BLANK]);
    }

    #[test]
    fn the_tables_stop_growing() {
        let mut palette = Palette::new();
        let mut buffer = Buffer::empty(Rect::new(0, 0, 3, 1));
        for n in 0..=255 {
            buffer.set_string(0, 0, "x", Style::new().fg(Color::Rgb(1, 2, n)));
            buffer.set_string(1, 0, "x", Style::new().bg(Color::Rgb(1, 2, n)));
            buffer.set_string(
                2,
                0,
                format!("{}\u{301}", char::from_u32(0x3b1 + u32::from(n)).unwrap()),
                Style::new(),
            );
            packed(&buffer, &mut palette);
        }
        assert!(palette.is_full());
        assert!(palette.styles.len() <= MAX_STYLES && palette.graphemes.len() <= MAX_GRAPHEMES);
    }
}
