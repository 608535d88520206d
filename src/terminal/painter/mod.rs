//! From what should be on the screen to the bytes that make it so, given what is there already.
//!
//! A session keeps one compact frame; the ratatui buffer that a page is drawn into is shared by all
//! sessions of a thread.

mod ansi_writer;
mod frame;
#[cfg(test)]
mod tests;

use std::cell::Cell;

use crossterm::cursor::{Hide, Show};
use crossterm::queue;
use crossterm::terminal::{
    BeginSynchronizedUpdate, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen,
};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use self::ansi_writer::AnsiWriter;
use self::frame::{PackedCell, Palette};
use super::capabilities::ColorDepth;
use super::size::Size;

/// Where bracketed paste and the mouse are switched (xterm control sequences, DEC private modes). Only
/// presses and the wheel (1000), in the encoding without limits (1006); never all motion.
const PASTE_ON: &[u8] = b"\x1b[?2004h";
const PASTE_OFF: &[u8] = b"\x1b[?2004l";
const MOUSE_ON: &[u8] = b"\x1b[?1000h\x1b[?1006h";
const MOUSE_OFF: &[u8] = b"\x1b[?1006l\x1b[?1003l\x1b[?1002l\x1b[?1000l";
/// Frames of more bytes than this are shown at once where the terminal knows how (mode 2026).
const LARGE: usize = 1024;
/// A scratch for more cells than this (200x60) is not kept.
const KEPT_CELLS: usize = 200 * 60;

/// What a thread shares among its sessions. Empty between two paints: nothing anybody typed stays.
struct Scratch {
    buffer: Buffer,
    cells: Vec<PackedCell>,
}

thread_local! {
    static SCRATCH: Cell<Option<Scratch>> = const { Cell::new(None) };
}

/// Paints one session's screen.
#[derive(Debug)]
pub struct Painter {
    depth: ColorDepth,
    palette: Palette,
    shown: Option<ShownFrame>,
    entered: bool,
}

/// What the terminal shows now.
struct ShownFrame {
    size: Size,
    cells: Vec<PackedCell>,
    cursor: Option<(u16, u16)>,
}

impl std::fmt::Debug for ShownFrame {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shown").field("size", &self.size).finish_non_exhaustive()
    }
}

impl Painter {
    /// A painter for a terminal with the colours of `depth`, which shows nothing of ours yet.
    #[must_use]
    pub fn new(depth: ColorDepth) -> Self {
        Self { depth, palette: Palette::new(), shown: None, entered: false }
    }

    /// The bytes that take the screen over. Sends no query and sets no title.
    pub fn enter(&mut self) -> Vec<u8> {
        let mut out = Vec::with_capacity(32);
        let _ = queue!(out, EnterAlternateScreen);
        out.extend_from_slice(PASTE_ON);
        self.entered = true;
        self.forget();
        out
    }

    /// The bytes that bring from what is shown to what `draw` draws, or `None` when that is the same.
    ///
    /// `draw` gets an empty buffer of `size` and returns the column and row of the cursor, or `None` to
    /// hide it.
    pub fn paint(
        &mut self,
        size: Size,
        draw: impl FnOnce(&mut Buffer) -> Option<(u16, u16)>,
    ) -> Option<Vec<u8>> {
        let mut scratch = take_scratch(size);
        let cursor = draw(&mut scratch.buffer).map(|(x, y)| (x.min(size.cols() - 1), y.min(size.rows() - 1)));
        self.pack(&mut scratch);
        let bytes = self.bytes(size, &scratch.cells, cursor);
        if bytes.is_some() {
            self.keep(size, &scratch.cells, cursor);
        }
        put_back(scratch);
        bytes
    }

    /// Drops what is known of the screen, and the memory for it: the next paint repaints all of it.
    pub fn forget(&mut self) {
        self.shown = None;
        self.palette = Palette::new();
    }

    /// The bytes that give the screen back as it was, all modes off. Nothing unless it was taken over.
    pub fn leave(&mut self) -> Vec<u8> {
        let mut out = Vec::new();
        if std::mem::take(&mut self.entered) {
            self.forget();
            let _ = queue!(out, EndSynchronizedUpdate);
            out.extend_from_slice(MOUSE_OFF);
            out.extend_from_slice(PASTE_OFF);
            out.extend_from_slice(b"\x1b[m");
            let _ = queue!(out, Show, LeaveAlternateScreen);
        }
        out
    }

    /// What [`Painter::leave`] gives after [`Painter::enter`], for whoever has lost the painter.
    #[must_use]
    pub fn restore() -> Vec<u8> {
        Self { entered: true, ..Self::new(ColorDepth::Mono) }.leave()
    }

    /// The bytes that switch mouse reports on or off.
    #[must_use]
    pub fn mouse(on: bool) -> Vec<u8> {
        if on { MOUSE_ON } else { MOUSE_OFF }.to_vec()
    }

    fn pack(&mut self, scratch: &mut Scratch) {
        self.palette.pack(&scratch.buffer, self.depth, &mut scratch.cells);
        if self.palette.is_full() {
            // What earlier pages used is dropped; numbers change, so all is painted anew.
            self.forget();
            self.palette.pack(&scratch.buffer, self.depth, &mut scratch.cells);
        }
    }

    fn bytes(&self, size: Size, cells: &[PackedCell], cursor: Option<(u16, u16)>) -> Option<Vec<u8>> {
        let shown = self.shown.as_ref().filter(|shown| shown.size == size);
        if shown.is_some_and(|shown| shown.cells == cells && shown.cursor == cursor) {
            return None;
        }
        let mut out = Vec::with_capacity(if shown.is_some() { 64 } else { 2560 });
        let _ = queue!(out, BeginSynchronizedUpdate);
        let begin = out.len();
        let mut pen = AnsiWriter::new(out, &self.palette, size.cols());
        if shown.is_none() {
            pen.clear();
        }
        let cols = usize::from(size.cols());
        for (y, next) in (0..).zip(cells.chunks(cols)) {
            let before = shown.and_then(|shown| shown.cells.chunks(cols).nth(usize::from(y)));
            paint_row(&mut pen, y, before, next);
        }
        pen.set_look(frame::CellStyle::PLAIN);
        place_cursor(&mut pen, shown.map(|shown| shown.cursor.is_some()), cursor);
        Some(at_once_if_large(pen.out, begin))
    }

    fn keep(&mut self, size: Size, cells: &[PackedCell], cursor: Option<(u16, u16)>) {
        let mut kept = self.shown.take().map(|shown| shown.cells).unwrap_or_default();
        kept.clear();
        kept.reserve_exact(cells.len());
        kept.extend_from_slice(cells);
        kept.shrink_to_fit();
        self.shown = Some(ShownFrame { size, cells: kept, cursor });
    }
}

fn paint_row(pen: &mut AnsiWriter<'_>, y: u16, before: Option<&[PackedCell]>, next: &[PackedCell]) {
    if before == Some(next) {
        return;
    }
    let was = |x: usize| before.map_or(PackedCell::BLANK, |row| row[x]);
    let end = next.iter().rposition(|cell| *cell != PackedCell::BLANK).map_or(0, |last| last + 1);
    let gone = (end..next.len()).filter(|x| was(*x) != PackedCell::BLANK).count();
    // Emptying the rest of the row costs 3 bytes and a move; a few spaces cost less.
    let until = if gone > 4 { end } else { next.len() };
    let mut column = 0u16;
    for (x, cell) in next.iter().enumerate().take(until) {
        if *cell != was(x) && *cell != PackedCell::TRAIL {
            pen.put(column, y, *cell, next.get(x + 1) == Some(&PackedCell::TRAIL));
        }
        column = column.saturating_add(1);
    }
    if until < next.len() {
        pen.clear_row_from(column, y);
    }
}

/// `visible` says whether the cursor is to be seen now, where that is known.
fn place_cursor(pen: &mut AnsiWriter<'_>, visible: Option<bool>, cursor: Option<(u16, u16)>) {
    if let Some((x, y)) = cursor {
        pen.go(x, y);
        if visible != Some(true) {
            let _ = queue!(pen.out, Show);
        }
    } else if visible != Some(false) {
        let _ = queue!(pen.out, Hide);
    }
}

/// `out` begins with `begin` bytes that hold the display back; small frames do without.
fn at_once_if_large(mut out: Vec<u8>, begin: usize) -> Vec<u8> {
    if out.len() > LARGE {
        let _ = queue!(out, EndSynchronizedUpdate);
    } else {
        out.drain(..begin);
    }
    out
}

fn take_scratch(size: Size) -> Scratch {
    let area = Rect::new(0, 0, size.cols(), size.rows());
    let mut scratch =
        SCRATCH.take().unwrap_or_else(|| Scratch { buffer: Buffer::empty(Rect::ZERO), cells: Vec::new() });
    scratch.buffer.resize(area);
    scratch
}

fn put_back(mut scratch: Scratch) {
    if scratch.buffer.content.capacity() > KEPT_CELLS {
        return;
    }
    scratch.buffer.reset();
    scratch.cells.clear();
    SCRATCH.set(Some(scratch));
}
