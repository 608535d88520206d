//! Computes the bytes that turn the previous frame on a terminal into the next one.
//!
//! A session keeps nothing but one compact previous frame: 8 KiB at 80x24 instead of the 150 KiB of ratatui's two buffers,
//! which matters with thousands of idle sessions. The ratatui buffer that pages are drawn into is
//! shared by all sessions of a thread. Callers send one frame at a time and paint again, from the latest state, only
//! after it was sent: a slow client then misses intermediate frames instead of queueing them.

mod ansi_writer;
mod frame;
#[cfg(test)]
mod tests;

use std::cell::Cell;
use std::sync::Arc;

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

/// Bracketed paste and mouse reports (xterm control sequences, DEC private modes). Only
/// presses and the wheel (1000) in the encoding without coordinate limits (1006); never motion.
const PASTE_ON: &[u8] = b"\x1b[?2004h";
const PASTE_OFF: &[u8] = b"\x1b[?2004l";
const MOUSE_ON: &[u8] = b"\x1b[?1000h\x1b[?1006h";
const MOUSE_OFF: &[u8] = b"\x1b[?1006l\x1b[?1003l\x1b[?1002l\x1b[?1000l";
/// The keypad types its digits (DECKPNM). Alt sends ESC before a character (mode 1036): without it, xterm sets the eighth
/// bit, and Alt-1 is the same as typing a plus-minus sign. What the mode was is saved, and restored afterwards (XTSAVE,
/// XTRESTORE), for the shell.
const KEYS_ON: &[u8] = b"\x1b>\x1b[?1036s\x1b[?1036h";
const KEYS_RESTORED: &[u8] = b"\x1b[?1036r";
/// Erases what is before and after the cursor, and goes home. Terminals that keep what is erased in their scrollback, such
/// as tmux and GNU screen, do so when all is erased by one sequence, and a page with a secret must not be kept.
const ERASED: &[u8] = b"\x1b[1J\x1b[J\x1b[H";
/// Larger frames, in bytes, use synchronized output (mode 2026), so that terminals show them at once.
const SYNCHRONIZED_FROM_BYTES: usize = 1024;
/// Scratch buffers with more cells than this (200x60) are freed after use.
const MAX_SCRATCH_CELLS: usize = 200 * 60;

/// Buffers shared by the sessions of a thread. Cleared after each paint, so nothing typed stays in them.
struct Scratch {
    buffer: Buffer,
    cells: Vec<PackedCell>,
}

thread_local! {
    static SCRATCH: Cell<Option<Scratch>> = const { Cell::new(None) };
}

/// Paints the screen of one session.
#[derive(Debug)]
pub struct Painter {
    depth: ColorDepth,
    palette: Palette,
    shown: Option<Arc<ShownFrame>>,
    /// What is on the screen is ours, whether it is known or not.
    painted: bool,
    entered: bool,
}

/// The first frame of a session, ready for others that begin with the same: what is shown is shared until a painter goes
/// on from it.
#[derive(Debug)]
pub struct FirstFrame {
    bytes: Vec<u8>,
    palette: Palette,
    shown: Arc<ShownFrame>,
}

/// What the terminal shows.
struct ShownFrame {
    size: Size,
    cells: Vec<PackedCell>,
    cursor: Option<(u16, u16)>,
}

impl std::fmt::Debug for ShownFrame {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ShownFrame").field("size", &self.size).finish_non_exhaustive()
    }
}

impl Painter {
    /// A painter for a terminal that still shows the user's shell.
    #[must_use]
    pub fn new(depth: ColorDepth) -> Self {
        Self { depth, palette: Palette::new(), shown: None, painted: false, entered: false }
    }

    /// Switches to the alternate screen. Sets no title.
    pub fn enter(&mut self) -> Vec<u8> {
        let mut out = Vec::with_capacity(64);
        out.extend_from_slice(KEYS_ON);
        let _ = queue!(out, EnterAlternateScreen);
        out.extend_from_slice(PASTE_ON);
        (self.entered, self.painted) = (true, false);
        self.forget();
        out
    }

    /// The bytes that update the screen to what `draw` draws, or `None` if nothing changed.
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
            self.remember(size, &scratch.cells, cursor);
        }
        put_back(scratch);
        bytes
    }

    /// What was just painted with `bytes` on a screen of which nothing was known.
    #[must_use]
    pub fn first_frame(&self, bytes: &[u8]) -> Option<FirstFrame> {
        let shown = self.shown.clone()?;
        Some(FirstFrame { bytes: bytes.to_vec(), palette: self.palette.clone(), shown })
    }

    /// The bytes of `first`, which a painter of the same colour depth painted. From here on, this painter goes on as if
    /// it had painted them itself.
    #[must_use]
    pub fn begin_with(&mut self, first: &FirstFrame) -> Vec<u8> {
        (self.palette, self.shown) = (first.palette.clone(), Some(first.shown.clone()));
        self.painted = true;
        first.bytes.clone()
    }

    /// The colours that it paints with.
    #[must_use]
    pub fn depth(&self) -> ColorDepth {
        self.depth
    }

    /// Whether the next paint paints the whole screen.
    #[must_use]
    pub fn knows_nothing(&self) -> bool {
        self.shown.is_none()
    }

    /// Frees the previous frame; the next paint repaints the whole screen.
    pub fn forget(&mut self) {
        self.shown = None;
        self.palette = Palette::new();
    }

    /// Erases the page, which a terminal without an alternate screen would go on showing, leaves the alternate screen and
    /// turns all modes off. Empty unless [`Painter::enter`] was called before.
    pub fn leave(&mut self) -> Vec<u8> {
        let mut out = Vec::new();
        if std::mem::take(&mut self.entered) {
            self.forget();
            let _ = queue!(out, EndSynchronizedUpdate);
            out.extend_from_slice(MOUSE_OFF);
            out.extend_from_slice(PASTE_OFF);
            out.extend_from_slice(KEYS_RESTORED);
            out.extend_from_slice(b"\x1b[m");
            out.extend_from_slice(ERASED);
            let _ = queue!(out, Show, LeaveAlternateScreen);
        }
        out
    }

    /// The bytes of [`Painter::leave`] after [`Painter::enter`], for callers without the painter, such as after a panic.
    #[must_use]
    pub fn restore() -> Vec<u8> {
        Self { entered: true, ..Self::new(ColorDepth::Mono) }.leave()
    }

    /// Turns mouse reports on or off.
    #[must_use]
    pub fn mouse(on: bool) -> Vec<u8> {
        if on { MOUSE_ON } else { MOUSE_OFF }.to_vec()
    }

    fn pack(&mut self, scratch: &mut Scratch) {
        self.palette.pack(&scratch.buffer, self.depth, &mut scratch.cells);
        if self.palette.is_full() {
            // Drops the entries of earlier pages. That renumbers the rest, so everything is repainted.
            self.forget();
            self.palette.pack(&scratch.buffer, self.depth, &mut scratch.cells);
        }
    }

    fn bytes(&self, size: Size, cells: &[PackedCell], cursor: Option<(u16, u16)>) -> Option<Vec<u8>> {
        let shown = self.shown.as_deref().filter(|shown| shown.size == size);
        if shown.is_some_and(|shown| shown.cells == cells && shown.cursor == cursor) {
            return None;
        }
        let mut out = Vec::with_capacity(if shown.is_some() { 64 } else { 2560 });
        let _ = queue!(out, BeginSynchronizedUpdate);
        let prefix = out.len();
        let mut pen = AnsiWriter::new(out, &self.palette, size.cols());
        if shown.is_none() {
            pen.clear(self.painted);
        }
        let cols = usize::from(size.cols());
        for (y, next) in (0..).zip(cells.chunks(cols)) {
            let before = shown.and_then(|shown| shown.cells.chunks(cols).nth(usize::from(y)));
            paint_row(&mut pen, y, before, next);
        }
        pen.set_style(frame::CellStyle::PLAIN);
        place_cursor(&mut pen, shown.map(|shown| shown.cursor.is_some()), cursor);
        Some(synchronized_if_large(pen.out, prefix))
    }

    fn remember(&mut self, size: Size, cells: &[PackedCell], cursor: Option<(u16, u16)>) {
        // A first frame that others share stays with them.
        let shown = self.shown.take().and_then(Arc::into_inner);
        let mut copy = shown.map(|shown| shown.cells).unwrap_or_default();
        copy.clear();
        copy.reserve_exact(cells.len());
        copy.extend_from_slice(cells);
        copy.shrink_to_fit();
        self.shown = Some(Arc::new(ShownFrame { size, cells: copy, cursor }));
        self.painted = true;
    }
}

fn paint_row(pen: &mut AnsiWriter<'_>, y: u16, before: Option<&[PackedCell]>, next: &[PackedCell]) {
    if before == Some(next) {
        return;
    }
    let was = |x: usize| before.map_or(PackedCell::BLANK, |row| row[x]);
    let end = next.iter().rposition(|cell| *cell != PackedCell::BLANK).map_or(0, |last| last + 1);
    let erased = (end..next.len()).filter(|x| was(*x) != PackedCell::BLANK).count();
    // Clearing the rest of the row costs 3 bytes and a move; a few spaces cost less.
    let until = if erased > 4 { end } else { next.len() };
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

/// Moves the cursor and shows or hides it. `visible` is its current state, if known.
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

/// Ends the synchronized update that the first `prefix` bytes of `out` begin, or removes them from a small frame.
fn synchronized_if_large(mut out: Vec<u8>, prefix: usize) -> Vec<u8> {
    if out.len() > SYNCHRONIZED_FROM_BYTES {
        let _ = queue!(out, EndSynchronizedUpdate);
    } else {
        out.drain(..prefix);
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
    if scratch.buffer.content.capacity() > MAX_SCRATCH_CELLS {
        return;
    }
    scratch.buffer.reset();
    scratch.cells.clear();
    SCRATCH.set(Some(scratch));
}
