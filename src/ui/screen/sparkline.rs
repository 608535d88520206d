//! Draws a row of numbers as a sparkline, such as the sign-ins of the last days.

use super::safe_buffer::SafeBuffer;
use crate::flow::page::Series;

const LEVELS: [&str; 8] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];
/// Nothing on that day.
const NONE: &str = "·";
/// Columns of a label, with the space behind it.
pub(super) const LABEL_COLUMNS: u16 = 10;

/// Draws `series` from (`x`, `y`) on, its label first and its sum last; each series by its own highest number.
pub(super) fn draw(series: &Series, x: u16, y: u16, buf: &mut SafeBuffer<'_>) {
    let theme = buf.theme;
    buf.put(x, y, series.label, LABEL_COLUMNS - 1, theme.text);
    let bar = theme.toned(series.tone);
    let highest = series.counts.iter().copied().max().unwrap_or_default();
    let mut end = x + LABEL_COLUMNS;
    for count in &series.counts {
        let (symbol, style) =
            level(*count, highest).map_or((NONE, theme.secondary), |level| (LEVELS[level], bar));
        end = buf.put(end, y, symbol, 1, style);
    }
    let sum: u64 = series.counts.iter().copied().map(u64::from).sum();
    buf.put(end + 2, y, &sum.to_string(), u16::MAX, theme.text);
}

/// Which of [`LEVELS`] stands for `count`; `None` for nothing.
fn level(count: u32, highest: u32) -> Option<usize> {
    let eighths = (u64::from(count) * LEVELS.len() as u64).div_ceil(u64::from(highest.max(1)));
    usize::try_from(eighths).ok()?.checked_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_happened_at_all_is_seen_and_the_highest_is_full() {
        let levels: Vec<_> = [0, 1, 50, 99, 100].map(|count| level(count, 100)).into();
        assert_eq!(levels, [None, Some(0), Some(3), Some(7), Some(7)]);
        assert_eq!(level(0, 0), None);
        assert_eq!(level(u32::MAX, u32::MAX), Some(7));
    }
}
