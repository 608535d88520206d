//! Draws a page: the chrome, the visible rows, the overlay.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::Screen;
use super::body::Body;
use super::branding;
use super::chrome::Chrome;
use super::focus::Focus;
use super::layout::{Areas, Density, LayoutBuilder};
use super::mouse::Target;
use super::overlay::Overlay;
use super::picture::FittedPicture;
use super::safe_buffer::SafeBuffer;
use crate::domain::portal::PortalInfo;
use crate::flow::page::Page;
use crate::terminal::capabilities::Charset;

/// Facts about the last frame, which keys and clicks refer to.
#[derive(Clone, Debug, Default)]
pub(in crate::ui) struct LastFrame {
    cols: u16,
    rows: u16,
    /// Stays the same while a page is shown at one size, so that a new message does not make boxes jump.
    density: Density,
    /// Rows available for the page.
    height: u16,
    pub(super) scroll: u16,
    pub(super) max_scroll: u16,
    pub(super) max_help_scroll: u16,
    pub(super) first_table_row: usize,
    pub(super) table_rows: usize,
    /// Columns of a multi-line field; 0 before one was drawn.
    pub(super) text_width: usize,
    pub(super) targets: Vec<(Rect, Target)>,
    /// The focus; `None` before the first frame of a page.
    pub(super) focus: Option<Focus>,
}

impl LastFrame {
    /// Rows that Page Up and Page Down scroll.
    pub(super) fn page_rows(&self) -> u16 {
        self.height.saturating_sub(1).max(1)
    }
}

impl Screen {
    /// Draws `page`, which must be the one last given to [`Screen::show`], on an empty `buffer`. Returns the column
    /// and row of the cursor, which is always on the focused item, because screen readers and braille displays
    /// follow it.
    pub fn draw(&mut self, page: &Page<'_>, portal: &PortalInfo, buffer: &mut Buffer) -> Option<(u16, u16)> {
        let theme = self.theme;
        let mut buf = SafeBuffer { buffer, charset: self.charset, theme: &theme };
        self.resized(buf.cols(), buf.rows());
        self.last_frame.targets.clear();
        let (picture, unshown) = match FittedPicture::of(page, &buf, self.has_colours()) {
            Ok(picture) => (picture, None),
            Err(unshown) => (None, Some(unshown)),
        };
        let mut areas = Areas::of(page, buf.cols(), buf.rows());
        if let Some(picture) = &picture {
            areas.column = picture.column(&buf);
            areas.has_side_bar = false;
        }
        self.has_side_bar = areas.has_side_bar;
        let art = branding::rows_above(self, page, portal, &areas, &buf);
        areas.above = art.unwrap_or(areas.above);
        let Areas { column, detail, .. } = areas;
        let chrome = Chrome::draw(self, page, portal, &areas, picture.is_some(), &mut buf);
        let area = chrome.body;
        if art.is_some() {
            branding::draw_art(portal, column.x, chrome.heading, &mut buf);
        }
        if let Some(picture) = &picture {
            picture.draw(&mut buf);
        }
        let builder = LayoutBuilder {
            screen: self,
            page,
            column,
            height: area.height,
            is_utf8: buf.charset == Charset::Utf8,
            unshown,
        };
        let layout = builder.build(self.last_frame.density);
        self.last_frame.density = layout.density;
        self.last_frame.height = area.height;
        self.last_frame.table_rows = layout.table_rows;
        self.last_frame.first_table_row = layout.first_table_row();
        let body = Body { page, column, layout: &layout, area, has_detail: detail.is_some() };
        let cursor = body.draw(self, &mut buf).or(chrome.cursor);
        if let Some(detail) = detail {
            self.draw_detail(page, detail, (chrome.heading, area.bottom()), &mut buf);
        }
        let (scroll, most) = (self.last_frame.scroll, self.last_frame.max_scroll);
        if let Some(room) = chrome.scroll_hint(page, layout.count(page), scroll, most, &mut buf) {
            branding::draw_footer(portal, areas.margin, room, &mut buf);
        }
        self.last_frame.targets.extend(chrome.targets);
        self.last_frame.focus = Some(self.focus);
        let has_whole_picture = FittedPicture::on_whole_screen(page, &buf, self.has_colours()).is_some();
        // The screen may have become too small for it.
        self.overlay.take_if(|overlay| *overlay == Overlay::Picture && !has_whole_picture);
        match self.overlay.clone() {
            Some(overlay) => Some(self.draw_overlay(&overlay, page, portal, &mut buf)),
            None => cursor.or(Some((column.x, area.y))),
        }
    }

    fn resized(&mut self, cols: u16, rows: u16) {
        if (cols, rows) != (self.last_frame.cols, self.last_frame.rows) {
            self.last_frame = LastFrame { cols, rows, ..LastFrame::default() };
        }
    }
}
