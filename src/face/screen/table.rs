//! A table's columns: how wide each is, and a row of it on the screen.

use ratatui::layout::Rect;
use ratatui::style::Style;

use super::ink::Ink;
use super::plan::Column;
use super::text::columns;
use crate::flow::page::Table;

/// Blank columns between two columns of a table.
const GAP: u16 = 3;

/// The fewest columns of a cell that is cut short.
const READABLE: u16 = 8;

/// Where a table's columns stand.
#[derive(Clone, Debug, Default)]
pub(super) struct Columns {
    pub(super) x: u16,
    each: Vec<Each>,
}

#[derive(Clone, Copy, Debug)]
struct Each {
    width: u16,
    /// Numbers stand at the right.
    right: bool,
}

impl Columns {
    /// The columns of `table`, in `column` where they fit, else wider, else cut down from the widest.
    pub(super) fn of(table: &Table<'_>, column: Column, cols: u16) -> Self {
        let mut each: Vec<Each> = table
            .columns
            .iter()
            .enumerate()
            .map(|(n, head)| {
                let cells = || table.rows.iter().filter_map(|row| row.get(n));
                let width = cells().map(|cell| columns(cell)).fold(columns(head), u16::max);
                let right = cells().all(|cell| !cell.is_empty() && cell.bytes().all(|b| b.is_ascii_digit()));
                Each { width, right }
            })
            .collect();
        let room = cols.saturating_sub(2);
        // Rather two columns that can be read than five that cannot; the row itself tells the rest.
        while each.len() > 2 && least(&each) > room {
            each.pop();
        }
        while total(&each) > room {
            match each.iter_mut().max_by_key(|column| column.width) {
                Some(widest) if widest.width > 1 => widest.width -= 1,
                _ => break,
            }
        }
        let x = (column.x + 1).min(cols.saturating_sub(1).saturating_sub(total(&each))).max(1);
        Self { x, each }
    }

    pub(super) fn width(&self) -> u16 {
        total(&self.each)
    }

    /// Writes one row; every cell of it gets `style`, blank ones too.
    pub(super) fn put<'t>(
        &self,
        ink: &mut Ink<'_>,
        y: u16,
        cells: impl Iterator<Item = &'t str>,
        style: Style,
    ) {
        let mut x = self.x;
        for (cell, column) in cells.zip(&self.each) {
            let inset = if column.right { column.width.saturating_sub(columns(cell)) } else { 0 };
            ink.put_cut(x + inset, y, cell, column.width - inset.min(column.width), style);
            x += column.width + GAP;
        }
        if y < ink.rows() {
            ink.restyle(Rect::new(self.x, y, self.width(), 1), style);
        }
    }
}

/// The fewest columns in which a table still says something.
fn least(each: &[Each]) -> u16 {
    let cut: Vec<Each> =
        each.iter().map(|column| Each { width: column.width.min(READABLE), ..*column }).collect();
    total(&cut)
}

fn total(each: &[Each]) -> u16 {
    let gaps = u16::try_from(each.len().saturating_sub(1)).unwrap_or(u16::MAX).saturating_mul(GAP);
    each.iter().fold(gaps, |sum, column| sum.saturating_add(column.width))
}
