//! What is known of the selected row, beside its table on a wide screen.

use super::Screen;
use super::body::put_fact;
use super::layout::{LayoutRow, facts};
use super::safe_buffer::SafeBuffer;
use crate::flow::page::Page;

impl Screen {
    /// Draws the pane at column `x` from row `top` to `bottom`.
    pub(super) fn draw_detail(
        &self,
        page: &Page<'_>,
        (x, width): (u16, u16),
        (top, bottom): (u16, u16),
        buf: &mut SafeBuffer<'_>,
    ) {
        let Some(table) = &page.table else { return };
        let (Some(row), Some(detail)) = (table.rows.get(self.selected), table.details.get(self.selected))
        else {
            return;
        };
        let down = buf.glyphs().down;
        for y in top..bottom {
            buf.put(x.saturating_sub(3), y, down, 1, buf.theme.border);
        }
        let title = row.first().map(AsRef::as_ref).unwrap_or_default();
        buf.put_cut(x, top, title, width, buf.theme.strong);
        let mut lines = Vec::new();
        facts(&mut lines, detail, width);
        for (line, y) in lines.iter().zip(top + 2..bottom) {
            if let LayoutRow::Fact { label, indent, text } = line {
                put_fact((*label, *indent, text), (x, y), width, buf);
            }
        }
    }
}
