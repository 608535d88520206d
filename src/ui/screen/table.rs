//! A table's columns: how wide each is, and a row of it on the screen.

use ratatui::layout::Rect;
use ratatui::style::Style;

use super::plan::Column;
use super::safe_buffer::SafeBuffer;
use super::text::columns;
use crate::flow::page::Table;

/// Blank columns between two columns of a table, and where room is scarce.
const GAPS: [u16; 2] = [3, 2];

/// The fewest columns of a cell that is cut short.
const READABLE: u16 = 12;

/// Where a table's columns stand.
#[derive(Clone, Debug, Default)]
pub(super) struct Columns {
    pub(super) x: u16,
    gap: u16,
    each: Vec<ColumnLayout>,
}

#[derive(Clone, Copy, Debug)]
struct ColumnLayout {
    width: u16,
    /// Numbers stand at the right.
    right: bool,
}

impl Columns {
    /// The columns of `table`, in `column` where they fit, else wider, else without the last ones, which tell
    /// least, else cut down from the widest. The first is what a row is about, and is cut last.
    pub(super) fn of(table: &Table<'_>, column: Column, cols: u16) -> Self {
        let mut each: Vec<ColumnLayout> = table
            .columns
            .iter()
            .enumerate()
            .map(|(n, head)| {
                let cells = || table.rows.iter().filter_map(|row| row.get(n));
                let width = cells().map(|cell| columns(cell)).fold(columns(head), u16::max);
                let right = cells().all(|cell| !cell.is_empty() && cell.bytes().all(|b| b.is_ascii_digit()));
                ColumnLayout { width, right }
            })
            .collect();
        let room = cols.saturating_sub(2);
        let [wide, narrow] = GAPS;
        let gap = if total(&each, wide) <= room { wide } else { narrow };
        // Rather two columns that can be read than five that cannot; the row itself tells the rest.
        while each.len() > 2 && least(&each, gap, room) > room {
            each.pop();
        }
        while total(&each, gap) > room {
            let Some(widest) = to_be_cut(&mut each).filter(|column| column.width > 1) else { break };
            widest.width -= 1;
        }
        let x = (column.x + 1).min(cols.saturating_sub(1).saturating_sub(total(&each, gap))).max(1);
        Self { x, gap, each }
    }

    pub(super) fn width(&self) -> u16 {
        total(&self.each, self.gap)
    }

    /// Writes one row; every cell of it gets `style`, blank ones too.
    pub(super) fn put<'t>(
        &self,
        ink: &mut SafeBuffer<'_>,
        y: u16,
        cells: impl Iterator<Item = &'t str>,
        style: Style,
    ) {
        let mut x = self.x;
        for (cell, column) in cells.zip(&self.each) {
            let inset = if column.right { column.width.saturating_sub(columns(cell)) } else { 0 };
            ink.put_cut(x + inset, y, cell, column.width - inset.min(column.width), style);
            x += column.width + self.gap;
        }
        if y < ink.rows() {
            ink.restyle(Rect::new(self.x, y, self.width(), 1), style);
        }
    }
}

/// The fewest columns in which a table still says something: the first one whole, as far as it takes no more
/// than two thirds of the room.
fn least(each: &[ColumnLayout], gap: u16, room: u16) -> u16 {
    let least = |(n, column): (usize, &ColumnLayout)| ColumnLayout {
        width: column.width.min(if n == 0 { room / 3 * 2 } else { READABLE }),
        ..*column
    };
    total(&each.iter().enumerate().map(least).collect::<Vec<_>>(), gap)
}

/// The widest behind the first, as long as it can be read; else the widest.
fn to_be_cut(each: &mut [ColumnLayout]) -> Option<&mut ColumnLayout> {
    let widest = |from: usize| (from..each.len()).max_by_key(|n| each[*n].width);
    let n = widest(1).filter(|n| each[*n].width > READABLE).or_else(|| widest(0))?;
    each.get_mut(n)
}

fn total(each: &[ColumnLayout], gap: u16) -> u16 {
    let gaps = u16::try_from(each.len().saturating_sub(1)).unwrap_or(u16::MAX).saturating_mul(gap);
    each.iter().fold(gaps, |sum, column| sum.saturating_add(column.width))
}
