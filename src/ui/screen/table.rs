//! Table columns: their widths, and drawing a row.

use ratatui::layout::Rect;
use ratatui::style::Style;

use super::layout::Column;
use super::safe_buffer::SafeBuffer;
use super::text::columns;
use crate::flow::page::Table;

/// Space between two columns, and in a narrow table.
const GAPS: [u16; 2] = [3, 2];

/// Minimum width of a truncated cell.
const MIN_READABLE: u16 = 12;

/// Positions of a table's columns.
#[derive(Clone, Debug, Default)]
pub(super) struct Columns {
    pub(super) x: u16,
    gap: u16,
    each: Vec<ColumnLayout>,
}

#[derive(Clone, Copy, Debug)]
struct ColumnLayout {
    /// The index of its cells.
    cell: usize,
    width: u16,
    /// Numbers are aligned right.
    right: bool,
}

impl Columns {
    /// Fits `table` into `column`; if it is too wide, without the last columns, which
    /// matter least unless the table says otherwise, then with truncated cells, the widest first. The first column identifies a row and is truncated
    /// last.
    pub(super) fn of(table: &Table<'_>, column: Column) -> Self {
        let mut each: Vec<ColumnLayout> = table
            .columns
            .iter()
            .enumerate()
            .map(|(n, head)| {
                let cells = || table.rows.iter().filter_map(|row| row.get(n));
                let width = cells().map(|cell| columns(cell)).fold(columns(head), u16::max);
                let right = cells().all(|cell| !cell.is_empty() && cell.bytes().all(|b| b.is_ascii_digit()));
                ColumnLayout { cell: n, width, right }
            })
            .collect();
        let available = column.wide;
        let [wide, narrow] = GAPS;
        let gap = if total(&each, wide) <= available { wide } else { narrow };
        // Two readable columns are better than five unreadable ones; opening the row shows the rest.
        while each.len() > 2 && min_width(&each, gap, available) > available {
            let dropped = each.iter().rposition(|column| Some(column.cell) != table.always);
            each.remove(dropped.unwrap_or_default());
        }
        while total(&each, gap) > available {
            let Some(widest) = column_to_shrink(&mut each).filter(|column| column.width > 1) else { break };
            widest.width -= 1;
        }
        Self { x: column.x, gap, each }
    }

    pub(super) fn width(&self) -> u16 {
        total(&self.each, self.gap)
    }

    /// Where the cell of the table's `column` is in row `y`, if it is shown.
    pub(super) fn area(&self, column: usize, y: u16) -> Option<Rect> {
        let nth = self.each.iter().position(|each| each.cell == column)?;
        let x = self.x + self.each[..nth].iter().map(|each| each.width + self.gap).sum::<u16>();
        Some(Rect::new(x, y, self.each[nth].width, 1))
    }

    /// Width of the column that identifies a row.
    pub(super) fn first_width(&self) -> u16 {
        self.each.first().map_or(0, |column| column.width)
    }

    /// Writes one row; `style` covers the gaps too.
    pub(super) fn put<'t>(
        &self,
        buf: &mut SafeBuffer<'_>,
        y: u16,
        cells: impl Iterator<Item = &'t str>,
        style: Style,
    ) {
        let mut x = self.x;
        let cells: Vec<&str> = cells.collect();
        for column in &self.each {
            let cell = cells.get(column.cell).copied().unwrap_or_default();
            let inset = if column.right { column.width.saturating_sub(columns(cell)) } else { 0 };
            buf.put_cut(x + inset, y, cell, column.width - inset.min(column.width), style);
            x += column.width + self.gap;
        }
        if y < buf.rows() {
            buf.restyle(Rect::new(self.x, y, self.width(), 1), style);
        }
    }
}

/// Minimum width of a useful table: the first column complete, unless it takes more than two thirds of the space.
fn min_width(each: &[ColumnLayout], gap: u16, available: u16) -> u16 {
    let shrunk = |(n, column): (usize, &ColumnLayout)| ColumnLayout {
        width: column.width.min(if n == 0 { available / 3 * 2 } else { MIN_READABLE }),
        ..*column
    };
    total(&each.iter().enumerate().map(shrunk).collect::<Vec<_>>(), gap)
}

/// The widest column after the first while it stays readable, else the widest of all.
fn column_to_shrink(each: &mut [ColumnLayout]) -> Option<&mut ColumnLayout> {
    let widest = |from: usize| (from..each.len()).max_by_key(|n| each[*n].width);
    let n = widest(1).filter(|n| each[*n].width > MIN_READABLE).or_else(|| widest(0))?;
    each.get_mut(n)
}

fn total(each: &[ColumnLayout], gap: u16) -> u16 {
    let gaps = u16::try_from(each.len().saturating_sub(1)).unwrap_or(u16::MAX).saturating_mul(gap);
    each.iter().fold(gaps, |sum, column| sum.saturating_add(column.width))
}
