//! A meter before a hint, such as that of a password's strength. The words behind it say the same.

use super::safe_buffer::SafeBuffer;
use crate::flow::page::{Meter, Tone};
use crate::terminal::capabilities::Charset;

/// Columns of a meter, with the space behind it.
pub(super) const METER_COLUMNS: u16 = Meter::FULL as u16 + 3;

/// Draws `meter` as `[###--] ` from (`x`, `y`) on.
pub(super) fn draw(meter: Meter, x: u16, y: u16, buf: &mut SafeBuffer<'_>) {
    let (full, empty) = if buf.charset == Charset::Utf8 { ("■", "·") } else { ("#", "-") };
    let level = meter.level.min(Meter::FULL);
    let tone = match level {
        0..=2 => Tone::Bad,
        3 => Tone::Neutral,
        _ => Tone::Good,
    };
    let theme = buf.theme;
    let mut end = buf.put(x, y, "[", 1, theme.text);
    for cell in 1..=Meter::FULL {
        let (symbol, style) =
            if cell <= level { (full, theme.toned(tone)) } else { (empty, theme.secondary) };
        end = buf.put(end, y, symbol, 1, style);
    }
    buf.put(end, y, "]", 1, theme.text);
}
