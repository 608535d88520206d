//! Overlays: the help, and the questions before something typed is lost.

use std::borrow::Cow;

use ratatui::layout::Rect;

use super::Screen;
use super::picture::FittedPicture;
use super::safe_buffer::SafeBuffer;
use super::text::{columns, wrap};
use crate::domain::portal::PortalInfo;
use crate::flow::help::{self, PageHelp};
use crate::flow::page::Page;
use crate::terminal::input::Input;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Overlay {
    /// The key bindings, from row `scroll` on.
    Help { scroll: u16 },
    /// The picture of the page, on the whole screen.
    Picture,
    /// Asks before leaving the portal.
    Quit,
    /// Asks before leaving the page by this input and discarding what was typed.
    Discard(Input),
}

const DISCARD: &str = "Discard changes? d discards, Esc keeps editing";

const HELP: [(&str, &str); 17] = [
    ("Tab, Down", "next field or button"),
    ("Shift-Tab, Up", "previous field or button"),
    ("Enter", "continue; new line in a text"),
    ("Esc", "back"),
    ("1 to 8, 0", "go to a place; Alt-1 in a field"),
    ("[ ]", "previous, next tab; Alt-P, Alt-N"),
    ("Space", "tick a box"),
    ("F2, Ctrl-R", "show or hide passwords"),
    ("Ctrl-A, Ctrl-E", "start, end of the field"),
    ("Ctrl-W, Ctrl-U", "delete word, to the start"),
    ("Ctrl-K", "delete to the end"),
    ("j k g G", "move in a list"),
    ("/", "find in a list"),
    ("PgUp, PgDn", "scroll"),
    ("F4", "mouse on or off"),
    ("Ctrl-L", "redraw; twice: lock, like F12"),
    ("Ctrl-C", "quit"),
];

impl Screen {
    /// Draws the overlay and returns the cursor position.
    pub(super) fn draw_overlay(
        &mut self,
        overlay: &Overlay,
        page: &Page<'_>,
        portal: &PortalInfo,
        buf: &mut SafeBuffer<'_>,
    ) -> (u16, u16) {
        match overlay {
            Overlay::Picture => FittedPicture::on_whole_screen(page, buf, self.has_colours())
                .map_or((0, 0), |picture| picture.draw_on_whole_screen(buf)),
            Overlay::Quit => ask(&quit(page), buf),
            Overlay::Discard(_) => ask(DISCARD, buf),
            Overlay::Help { scroll } => {
                let (cursor, max_scroll) = draw_help(page, portal, *scroll, buf);
                self.last_frame.max_help_scroll = max_scroll;
                cursor
            }
        }
    }
}

fn quit(page: &Page<'_>) -> Cow<'static, str> {
    if !page.unsaved {
        return "Leave? Ctrl-C leaves, Esc stays".into();
    }
    let question = page.leaving.unwrap_or("Leave and lose what you typed?");
    format!("{question} Ctrl-C leaves, Esc stays").into()
}

fn ask(question: &str, buf: &mut SafeBuffer<'_>) -> (u16, u16) {
    let mut lines: Vec<&str> = wrap(question, buf.cols().saturating_sub(4).min(64)).collect();
    let inner = if lines.len() + 2 > usize::from(buf.rows()) {
        // A box does not fit.
        let all = buf.buffer.area;
        buf.buffer.reset();
        lines = wrap(question, buf.cols()).collect();
        all
    } else {
        centred(lines.iter().map(|line| columns(line)).max().unwrap_or(0), lines.len(), buf)
    };
    let mut cursor = (inner.x, inner.y);
    for (line, y) in lines.iter().zip(inner.y..inner.bottom()) {
        cursor = (buf.put(inner.x, y, line, inner.width, buf.theme.strong), y);
    }
    cursor
}

fn draw_help(
    page: &Page<'_>,
    portal: &PortalInfo,
    scroll: u16,
    buf: &mut SafeBuffer<'_>,
) -> ((u16, u16), u16) {
    let keys = HELP.iter().map(|(key, _)| columns(key)).max().unwrap_or(0) + 2;
    let width = buf.cols().saturating_sub(4).min(keys + 30);
    let mut rows: Vec<(&str, u16, &str)> = Vec::new();
    if let Some(PageHelp { about, trouble }) = help::of(page.id) {
        rows.push(("This page", 0, ""));
        for sentence in [about, trouble] {
            rows.extend(wrap(sentence, width).map(|line| ("", 0, line)));
        }
        rows.push(("", 0, ""));
    }
    rows.extend([("Keys", 0, ""), ("", 0, "")]);
    for (key, meaning) in HELP {
        let lines = wrap(meaning, width.saturating_sub(keys).max(4));
        rows.extend(lines.enumerate().map(|(n, line)| (if n == 0 { key } else { "" }, keys, line)));
    }
    rows.push(("", 0, ""));
    rows.extend(wrap(&portal.support, width).map(|line| ("", 0, line)));
    if !portal.help.lines().is_empty() {
        rows.push(("", 0, ""));
    }
    for line in portal.help.lines() {
        rows.extend(wrap(line, width).map(|line| ("", 0, line)));
    }
    let inner = centred(width, rows.len(), buf);
    let max_scroll = u16::try_from(rows.len()).unwrap_or(u16::MAX).saturating_sub(inner.height);
    let scroll = scroll.min(max_scroll);
    for ((key, indent, text), y) in rows.iter().skip(usize::from(scroll)).zip(inner.y..inner.bottom()) {
        buf.put(inner.x, y, key, inner.width, buf.theme.strong);
        buf.put(inner.x + indent, y, text, inner.width.saturating_sub(*indent), buf.theme.text);
    }
    if max_scroll > 0 {
        let text = if scroll < max_scroll { " Down more " } else { " Up more " };
        buf.put(
            inner.right().saturating_sub(columns(text)),
            inner.bottom(),
            text,
            u16::MAX,
            buf.theme.secondary,
        );
    }
    ((inner.x, inner.y), max_scroll)
}

/// Draws a centred box for `width` columns and as many of `rows` as fit; returns its inside.
fn centred(width: u16, rows: usize, buf: &mut SafeBuffer<'_>) -> Rect {
    let height = u16::try_from(rows).unwrap_or(u16::MAX).saturating_add(2).min(buf.rows());
    let width = (width + 4).min(buf.cols());
    let area = Rect::new((buf.cols() - width) / 2, (buf.rows() - height) / 2, width, height);
    buf.boxed(area);
    Rect::new(area.x + 2, area.y + 1, area.width.saturating_sub(4), area.height.saturating_sub(2))
}
