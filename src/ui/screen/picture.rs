//! A picture made of cells, such as a QR code, to the left of the page or on the whole screen.

use ratatui::style::{Color, Style};

use super::Screen;
use super::layout::Column;
use super::safe_buffer::SafeBuffer;
use super::text::columns;
use crate::flow::page::{COLUMNS_BESIDE_A_PICTURE, Figure, Page, ROWS_AROUND_A_PICTURE};
use crate::terminal::capabilities::Charset;
use crate::text;

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
            Err(if (Self { figure, width, height }).fits(buf) { needs.whole_screen } else { &figure.alt })
        } else {
            Ok(Some(Self { figure, width, height }))
        }
    }

    /// The picture of `page`, if the whole screen is large enough for it and can show it.
    pub(super) fn on_whole_screen(
        page: &'p Page<'p>,
        buf: &SafeBuffer<'_>,
        has_colours: bool,
    ) -> Option<Self> {
        let figure = page.figure.as_ref().filter(|figure| figure.picture.is_some())?;
        let width = figure.lines.iter().map(|line| columns(line)).max().unwrap_or_default();
        let height = u16::try_from(figure.lines.len()).unwrap_or(u16::MAX);
        let picture = Self { figure, width, height };
        (buf.charset == Charset::Utf8 && has_colours && picture.fits(buf)).then_some(picture)
    }

    fn fits(&self, buf: &SafeBuffer<'_>) -> bool {
        self.width > 0 && self.width <= buf.cols() && self.height <= buf.rows()
    }

    /// Draws it in the middle of a light screen, and below it how to go back if there is room. Returns the place of the
    /// cursor, in the light margin.
    pub(super) fn draw_on_whole_screen(&self, page: &Page<'_>, buf: &mut SafeBuffer<'_>) -> (u16, u16) {
        let back = text!(page, "picture-back");
        buf.buffer.reset();
        buf.restyle(buf.buffer.area, DARK_ON_LIGHT);
        let left = (buf.cols() - self.width) / 2;
        let top = (buf.rows() - self.height) / 2;
        for (line, y) in self.figure.lines.iter().zip(top..) {
            buf.put(left, y, line, self.width, DARK_ON_LIGHT);
        }
        let below = buf.rows() - 1;
        if top + self.height <= below && columns(back) <= buf.cols() {
            buf.put((buf.cols() - columns(back)) / 2, below, back, u16::MAX, DARK_ON_LIGHT);
        }
        (left, top)
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

impl Screen {
    /// Whether F3 shows the picture of `page` on the whole screen: it has not enough room beside the page.
    pub(super) fn offers_whole_picture(&self, page: &Page<'_>, buf: &SafeBuffer<'_>) -> bool {
        matches!(FittedPicture::of(page, buf, self.has_colours()), Err(said)
            if page.figure.as_ref().and_then(|figure| figure.picture).is_some_and(|needs| said == needs.whole_screen))
    }
}
