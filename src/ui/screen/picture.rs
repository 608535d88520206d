//! A picture made of cells, at the left of a page that makes room for it.

use ratatui::style::{Color, Style};

use super::plan::Column;
use super::safe_buffer::SafeBuffer;
use super::text::columns;
use crate::flow::page::{Figure, Page};
use crate::terminal::capabilities::Charset;

/// Dark on light whatever the terminal's own colours are, or a camera could not read it.
const INKED: Style = Style::new().fg(Color::Black).bg(Color::White);
/// The fewest columns that are left for the page beside a picture.
const BESIDE: u16 = 38;
/// The title line above a picture, and the key hints below it.
const AROUND: u16 = 2;

/// A picture that fits.
pub(super) struct FittedPicture<'p> {
    figure: &'p Figure<'p>,
    width: u16,
    height: u16,
}

impl<'p> FittedPicture<'p> {
    /// The picture of `page`, when it has one and all of it can be shown beside the page.
    pub(super) fn of(page: &'p Page<'p>, ink: &SafeBuffer<'_>) -> Option<Self> {
        let figure = page.figure.as_ref().filter(|figure| figure.is_picture)?;
        let width = figure.lines.iter().map(|line| columns(line)).max()?;
        let height = u16::try_from(figure.lines.len()).ok()?;
        let fits = ink.charset == Charset::Utf8
            && width.saturating_add(2 + BESIDE) <= ink.cols()
            && height.saturating_add(AROUND) <= ink.rows();
        fits.then_some(Self { figure, width, height })
    }

    /// What is left for the page.
    pub(super) fn column(&self, ink: &SafeBuffer<'_>) -> Column {
        let x = self.width + 2;
        let form = ink.cols().saturating_sub(x + 1).min(42);
        Column { x, form, text: ink.cols().saturating_sub(x + 2).clamp(1, 58) }
    }

    pub(super) fn draw(&self, ink: &mut SafeBuffer<'_>) {
        let top = 1 + ink.rows().saturating_sub(AROUND + self.height) / 2;
        for (line, y) in self.figure.lines.iter().zip(top..) {
            ink.put(1, y, line, self.width, INKED);
        }
    }
}
