//! A picture made of cells, such as a QR code, to the left of the page.

use ratatui::style::{Color, Style};

use super::layout::Column;
use super::safe_buffer::SafeBuffer;
use super::text::columns;
use crate::flow::page::{COLUMNS_BESIDE_A_PICTURE, Figure, Page, ROWS_AROUND_A_PICTURE};
use crate::terminal::capabilities::Charset;

/// Dark on light in any colour scheme, because many cameras cannot read inverted QR codes.
const DARK_ON_LIGHT: Style = Style::new().fg(Color::Black).bg(Color::White);

/// A picture that fits.
pub(super) struct FittedPicture<'p> {
    figure: &'p Figure<'p>,
    width: u16,
    height: u16,
}

impl<'p> FittedPicture<'p> {
    /// The picture of `page`, if it has one; or what to say in its place, because the terminal cannot show it or it does
    /// not fit completely beside the page.
    pub(super) fn of(
        page: &'p Page<'p>,
        buf: &SafeBuffer<'_>,
        has_colours: bool,
    ) -> Result<Option<Self>, &'p str> {
        let Some((figure, needs)) = page.figure.as_ref().and_then(|figure| Some((figure, figure.picture?)))
        else {
            return Ok(None);
        };
        let width = figure.lines.iter().map(|line| columns(line)).max().unwrap_or_default();
        let height = u16::try_from(figure.lines.len()).unwrap_or(u16::MAX);
        if buf.charset != Charset::Utf8 {
            Err(needs.utf8)
        } else if !has_colours {
            Err(needs.colours)
        } else if width == 0
            || width.saturating_add(COLUMNS_BESIDE_A_PICTURE) > buf.cols()
            || height.saturating_add(ROWS_AROUND_A_PICTURE) > buf.rows()
        {
            Err(&figure.alt)
        } else {
            Ok(Some(Self { figure, width, height }))
        }
    }

    /// The column left for the page.
    pub(super) fn column(&self, buf: &SafeBuffer<'_>) -> Column {
        Column::between(self.width + 3, buf.cols().saturating_sub(1))
    }

    pub(super) fn draw(&self, buf: &mut SafeBuffer<'_>) {
        let top = 1 + buf.rows().saturating_sub(ROWS_AROUND_A_PICTURE + self.height) / 2;
        for (line, y) in self.figure.lines.iter().zip(top..) {
            buf.put(1, y, line, self.width, DARK_ON_LIGHT);
        }
    }
}
