//! A picture made of cells, such as a QR code, to the left of the page.

use ratatui::style::{Color, Style};

use super::layout::Column;
use super::safe_buffer::SafeBuffer;
use super::text::columns;
use crate::flow::page::{Figure, Page};
use crate::terminal::capabilities::Charset;

/// Dark on light in any colour scheme, because many cameras cannot read inverted QR codes.
const DARK_ON_LIGHT: Style = Style::new().fg(Color::Black).bg(Color::White);
/// Minimum columns for the page beside a picture.
const MIN_PAGE_COLUMNS: u16 = 38;
/// The title line above a picture and the key hints below it.
const CHROME_ROWS: u16 = 2;

/// A picture that fits.
pub(super) struct FittedPicture<'p> {
    figure: &'p Figure<'p>,
    width: u16,
    height: u16,
}

impl<'p> FittedPicture<'p> {
    /// The picture of `page`, if it has one that fits completely beside the page.
    pub(super) fn of(page: &'p Page<'p>, buf: &SafeBuffer<'_>) -> Option<Self> {
        let figure = page.figure.as_ref().filter(|figure| figure.is_picture)?;
        let width = figure.lines.iter().map(|line| columns(line)).max()?;
        let height = u16::try_from(figure.lines.len()).ok()?;
        let fits = buf.charset == Charset::Utf8
            && width.saturating_add(2 + MIN_PAGE_COLUMNS) <= buf.cols()
            && height.saturating_add(CHROME_ROWS) <= buf.rows();
        fits.then_some(Self { figure, width, height })
    }

    /// The column left for the page.
    pub(super) fn column(&self, buf: &SafeBuffer<'_>) -> Column {
        let x = self.width + 2;
        let form = buf.cols().saturating_sub(x + 1).min(42);
        Column { x, form, text: buf.cols().saturating_sub(x + 2).clamp(1, 58) }
    }

    pub(super) fn draw(&self, buf: &mut SafeBuffer<'_>) {
        let top = 1 + buf.rows().saturating_sub(CHROME_ROWS + self.height) / 2;
        for (line, y) in self.figure.lines.iter().zip(top..) {
            buf.put(1, y, line, self.width, DARK_ON_LIGHT);
        }
    }
}
