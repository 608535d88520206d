//! What the operator has the screen show: art above the sign-in, and a line below every page. Both only where there is room
//! that the page does not need.

use super::Screen;
use super::layout::{Areas, Density, LayoutBuilder};
use super::safe_buffer::SafeBuffer;
use super::text::columns;
use crate::domain::portal::PortalInfo;
use crate::flow::page::Page;
use crate::terminal::capabilities::Charset;

/// The page that has art.
const WITH_ART: &str = "sign-in";

/// Rows of the screen that are not the page's: title line, heading, key hints and the blank rows between them.
const CHROME: u16 = 5;

/// From here on there are such blank rows.
const MIN_ROWS: u16 = 14;

/// The rows above the heading: those of `areas`, or as many as the art needs, if the page still shows everything below it
/// with boxes around its fields.
pub(super) fn rows_above(
    screen: &Screen,
    page: &Page<'_>,
    portal: &PortalInfo,
    areas: &Areas,
    buf: &SafeBuffer<'_>,
) -> Option<u16> {
    let lines = u16::try_from(portal.art.lines().len()).ok().filter(|lines| *lines > 0)?;
    let has_room = usize::from(areas.column.wide) >= portal.art.columns();
    if page.id != WITH_ART || page.toast.is_some() || buf.rows() < MIN_ROWS || !has_room {
        return None;
    }
    let above = areas.above.max(lines + 1);
    let height = buf.rows().checked_sub(CHROME + above)?;
    let builder = LayoutBuilder {
        screen,
        page,
        column: areas.column,
        height,
        is_utf8: buf.charset == Charset::Utf8,
        unshown: None,
    };
    let layout = builder.build(Density::default());
    let fits = layout.rows.len() <= usize::from(height) && layout.density <= Density::Tight;
    fits.then_some(above)
}

/// Draws the art so that one blank row is between it and `heading`.
pub(super) fn draw_art(portal: &PortalInfo, x: u16, heading: u16, buf: &mut SafeBuffer<'_>) {
    let lines = portal.art.lines();
    let Some(top) = u16::try_from(lines.len() + 1).ok().and_then(|rows| heading.checked_sub(rows)) else {
        return;
    };
    for (line, y) in lines.iter().zip(top..) {
        buf.put(x, y, line, u16::MAX, buf.theme.accent);
    }
}

/// Draws the footer in row `y`, where all of it fits before the column `end`.
pub(super) fn draw_footer(portal: &PortalInfo, x: u16, (y, end): (u16, u16), buf: &mut SafeBuffer<'_>) {
    if !portal.footer.is_empty() && buf.rows() >= MIN_ROWS && x + columns(&portal.footer) + 2 <= end {
        buf.put(x, y, &portal.footer, u16::MAX, buf.theme.secondary);
    }
}
