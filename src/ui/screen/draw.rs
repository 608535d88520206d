//! Drawing a page: the chrome around it, the rows of it that can be seen, what lies above it.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::Screen;
use super::body::Body;
use super::chrome::Chrome;
use super::focus::Focus;
use super::mouse::Target;
use super::picture::FittedPicture;
use super::plan::{Column, Density, Planner};
use super::safe_buffer::SafeBuffer;
use crate::domain::portal::PortalInfo;
use crate::flow::page::Page;

/// What the last drawing came to; keys and clicks refer to it.
#[derive(Default)]
pub(super) struct LastFrame {
    cols: u16,
    rows: u16,
    /// Kept for as long as the page is shown at one size, so that a new line does not make boxes jump.
    density: Density,
    /// Rows there were for the page.
    height: u16,
    /// The first row of the page that was shown, and the last that can be the first.
    pub(super) scroll: u16,
    pub(super) most_scroll: u16,
    pub(super) help_most: u16,
    /// The first row of the table that was shown, and how many.
    pub(super) first_entry: usize,
    pub(super) table_rows: usize,
    /// The columns of a field that has several rows; 0 before one was drawn.
    pub(super) text_room: usize,
    pub(super) targets: Vec<(Rect, Target)>,
    /// What had the focus; `None` before the first drawing of a page.
    pub(super) focus: Option<Focus>,
}

impl LastFrame {
    /// How far a page key goes.
    pub(super) fn page_rows(&self) -> u16 {
        self.height.saturating_sub(1).max(1)
    }
}

impl Screen {
    /// Draws `page`, last given to [`Screen::show`], on all of an empty `buffer`. Returns the column and
    /// row of the cursor, which is always on what has the focus: screen readers and braille lines follow it.
    pub fn draw(&mut self, page: &Page<'_>, portal: &PortalInfo, buffer: &mut Buffer) -> Option<(u16, u16)> {
        let mut ink = SafeBuffer { buffer, charset: self.charset };
        self.resized(ink.cols(), ink.rows());
        self.drawn.targets.clear();
        let picture = FittedPicture::of(page, &ink);
        let column = picture.as_ref().map_or_else(|| Column::of(ink.cols()), |picture| picture.column(&ink));
        let chrome = Chrome::draw(self, page, portal, column, picture.is_some(), &mut ink);
        let area = chrome.body;
        if let Some(picture) = &picture {
            picture.draw(&mut ink);
        }
        let planner = Planner {
            screen: self,
            page,
            column,
            cols: ink.cols(),
            height: area.height,
            wait: ink.signs().wait,
            has_picture: picture.is_some(),
        };
        let plan = planner.plan(self.drawn.density);
        self.drawn.density = plan.density;
        self.drawn.height = area.height;
        self.drawn.table_rows = plan.table_rows;
        self.drawn.first_entry = plan.first_entry();
        let body = Body { page, column, plan: &plan, area };
        let cursor = body.draw(self, &mut ink).or(chrome.cursor);
        chrome.more(plan.count(page), self.drawn.scroll, self.drawn.most_scroll, &mut ink);
        self.drawn.targets.extend(chrome.targets);
        self.drawn.focus = Some(self.focus);
        match self.overlay.clone() {
            Some(overlay) => Some(self.draw_overlay(&overlay, page, portal, &mut ink)),
            None => cursor.or(Some((column.x + 1, area.y))),
        }
    }

    fn resized(&mut self, cols: u16, rows: u16) {
        if (cols, rows) != (self.drawn.cols, self.drawn.rows) {
            self.drawn = LastFrame { cols, rows, ..LastFrame::default() };
        }
    }
}
