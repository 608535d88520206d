//! What lies above a page for a moment: the help, and the questions before something is lost.

use std::borrow::Cow;

use ratatui::layout::Rect;

use super::Screen;
use super::safe_buffer::{PLAIN, STRONG, SafeBuffer};
use super::text::{columns, wrap};
use crate::domain::portal::PortalInfo;
use crate::flow::page::Page;
use crate::terminal::input::Input;

/// What lies above the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Overlay {
    /// The keys, from row `scroll` on.
    Help { scroll: u16 },
    /// Whether to leave.
    Quit,
    /// Whether to lose what was typed, for what this led to.
    Lose(Input),
}

const LOSE: &str = "Lose what you typed? The same key again goes on; any other key stays.";

const HELP: [(&str, &str); 16] = [
    ("Tab, Down", "next field or button"),
    ("Shift-Tab, Up", "previous one"),
    ("Enter", "continue; new line in a text"),
    ("Esc", "back"),
    ("1 to 5", "go to a section; Alt-1 in a field"),
    ("[ ]", "tab before, after; Alt-P, Alt-N"),
    ("Space", "tick a box"),
    ("F2, Ctrl-R", "show or hide passwords"),
    ("Ctrl-A, Ctrl-E", "start, end of the field"),
    ("Ctrl-W, Ctrl-U", "delete word, to the start"),
    ("Ctrl-K", "delete to the end"),
    ("j k g G", "move in a list"),
    ("PgUp, PgDn", "scroll"),
    ("F4", "mouse on or off"),
    ("Ctrl-L", "paint the screen again"),
    ("Ctrl-C", "quit"),
];

impl Screen {
    /// Draws the overlay and returns where the cursor belongs.
    pub(super) fn draw_overlay(
        &mut self,
        overlay: &Overlay,
        page: &Page<'_>,
        portal: &PortalInfo,
        ink: &mut SafeBuffer<'_>,
    ) -> (u16, u16) {
        match overlay {
            Overlay::Quit => ask(&quit(page), ink),
            Overlay::Lose(_) => ask(LOSE, ink),
            Overlay::Help { scroll } => {
                let (cursor, most) = help(portal, *scroll, ink);
                self.drawn.help_most = most;
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
    format!("{question} Ctrl-C again leaves, Esc stays").into()
}

fn ask(question: &str, ink: &mut SafeBuffer<'_>) -> (u16, u16) {
    let mut lines: Vec<&str> = wrap(question, ink.cols().saturating_sub(4).min(64)).collect();
    let inner = if lines.len() + 2 > usize::from(ink.rows()) {
        // No room for a box.
        let all = ink.buffer.area;
        ink.buffer.reset();
        lines = wrap(question, ink.cols()).collect();
        all
    } else {
        centred(lines.iter().map(|line| columns(line)).max().unwrap_or(0), lines.len(), ink)
    };
    let mut cursor = (inner.x, inner.y);
    for (line, y) in lines.iter().zip(inner.y..inner.bottom()) {
        cursor = (ink.put(inner.x, y, line, inner.width, STRONG), y);
    }
    cursor
}

fn help(portal: &PortalInfo, scroll: u16, ink: &mut SafeBuffer<'_>) -> ((u16, u16), u16) {
    let keys = HELP.iter().map(|(key, _)| columns(key)).max().unwrap_or(0) + 2;
    let width = ink.cols().saturating_sub(4).min(keys + 30);
    let mut rows: Vec<(&str, u16, &str)> = vec![("Keys", 0, ""), ("", 0, "")];
    for (key, meaning) in HELP {
        let lines = wrap(meaning, width.saturating_sub(keys).max(4));
        rows.extend(lines.enumerate().map(|(n, line)| (if n == 0 { key } else { "" }, keys, line)));
    }
    rows.push(("", 0, ""));
    rows.extend(wrap(&portal.support, width).map(|line| ("", 0, line)));
    let inner = centred(width, rows.len(), ink);
    let most = u16::try_from(rows.len()).unwrap_or(u16::MAX).saturating_sub(inner.height);
    let scroll = scroll.min(most);
    for ((key, indent, text), y) in rows.iter().skip(usize::from(scroll)).zip(inner.y..inner.bottom()) {
        ink.put(inner.x, y, key, inner.width, STRONG);
        ink.put(inner.x + indent, y, text, inner.width.saturating_sub(*indent), PLAIN);
    }
    if most > 0 {
        let text = if scroll < most { " Down more " } else { " Up more " };
        ink.put(inner.right().saturating_sub(columns(text)), inner.bottom(), text, u16::MAX, PLAIN);
    }
    ((inner.x, inner.y), most)
}

/// A box in the middle with room for `width` columns and as many of `rows` as fit; returns its inside.
fn centred(width: u16, rows: usize, ink: &mut SafeBuffer<'_>) -> Rect {
    let height = u16::try_from(rows).unwrap_or(u16::MAX).saturating_add(2).min(ink.rows());
    let width = (width + 4).min(ink.cols());
    let area = Rect::new((ink.cols() - width) / 2, (ink.rows() - height) / 2, width, height);
    ink.boxed(area);
    Rect::new(area.x + 2, area.y + 1, area.width.saturating_sub(4), area.height.saturating_sub(2))
}
