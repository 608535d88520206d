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
use crate::messages::Label;
use crate::terminal::input::Input;
use crate::{label, text};

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

/// Keys, and what they do.
const KEYS: [(Label, Label); 17] = [
    (label!("help-key-next"), label!("help-key-next-does")),
    (label!("help-key-previous"), label!("help-key-previous-does")),
    (label!("help-key-enter"), label!("help-key-enter-does")),
    (label!("help-key-back"), label!("help-key-back-does")),
    (label!("help-key-place"), label!("help-key-place-does")),
    (label!("help-key-tab"), label!("help-key-tab-does")),
    (label!("help-key-tick"), label!("help-key-tick-does")),
    (label!("help-key-reveal"), label!("help-key-reveal-does")),
    (label!("help-key-ends"), label!("help-key-ends-does")),
    (label!("help-key-delete"), label!("help-key-delete-does")),
    (label!("help-key-delete-to-end"), label!("help-key-delete-to-end-does")),
    (label!("help-key-list"), label!("help-key-list-does")),
    (label!("help-key-find"), label!("help-key-find-does")),
    (label!("help-key-scroll"), label!("help-key-scroll-does")),
    (label!("help-key-mouse"), label!("help-key-mouse-does")),
    (label!("help-key-redraw"), label!("help-key-redraw-does")),
    (label!("help-key-quit"), label!("help-key-quit-does")),
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
                .map_or((0, 0), |picture| picture.draw_on_whole_screen(page, buf)),
            Overlay::Quit => ask(&quit(page), buf),
            Overlay::Discard(_) => ask(text!(page, "ask-discard"), buf),
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
        return text!(page, "ask-leave").into();
    }
    let question = page.leaving.unwrap_or(text!(page, "ask-leave-unsaved"));
    text!(page, "ask-question", question = question).into()
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
    let keys = KEYS.iter().map(|(key, _)| columns(key.to(page))).max().unwrap_or(0) + 2;
    let width = buf.cols().saturating_sub(4).min(keys + 30);
    let mut rows: Vec<(&str, u16, &str)> = Vec::new();
    if let Some(PageHelp { about, trouble }) = help::of(page) {
        rows.push((text!(page, "help-this-page"), 0, ""));
        for sentence in [about, trouble] {
            rows.extend(wrap(sentence, width).map(|line| ("", 0, line)));
        }
        rows.push(("", 0, ""));
    }
    rows.extend([(text!(page, "help-keys"), 0, ""), ("", 0, "")]);
    for (key, does) in KEYS {
        let lines = wrap(does.to(page), width.saturating_sub(keys).max(4));
        rows.extend(lines.enumerate().map(|(n, line)| (if n == 0 { key.to(page) } else { "" }, keys, line)));
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
        let is_above = scroll >= max_scroll;
        let text = if is_above { text!(page, "help-more-above") } else { text!(page, "help-more-below") };
        let text = format!(" {text} ");
        buf.put(
            inner.right().saturating_sub(columns(&text)),
            inner.bottom(),
            &text,
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
