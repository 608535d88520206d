//! User interfaces: they turn a page into bytes, and input into actions.

mod first_frames;
pub mod lines;
pub mod prompts;
pub mod screen;
pub mod top;

use std::sync::Arc;

use zeroize::Zeroizing;

pub use self::first_frames::FirstFrames;
use self::lines::Lines;
use self::screen::Screen;
use crate::domain::accent::Accent;
use crate::domain::portal::PortalInfo;
use crate::flow::page::{Notice, Page, Toast};
use crate::terminal::capabilities::{Background, Charset, ColorDepth};
use crate::terminal::input::Input;
use crate::terminal::painter::Painter;
use crate::terminal::size::Size;

/// What the person did with an input.
#[derive(PartialEq, Eq)]
pub enum UserAction {
    None,
    /// The screen changed and must be drawn.
    Redraw,
    /// The whole screen must be repainted (Ctrl-L).
    FullRepaint,
    /// The value of a field changed.
    Typed {
        /// [`Field::id`](crate::flow::page::Field::id).
        field: &'static str,
        /// The complete new value.
        value: Zeroizing<String>,
    },
    /// An active action was pressed, by its id.
    Pressed(&'static str),
    /// A row of the table was opened, counted from 0.
    Opened(usize),
    /// This is to be copied to the clipboard of the terminal.
    Copy(Zeroizing<String>),
    /// Mouse reports were turned on or off.
    ToggleMouse(bool),
    /// The person wants to lock the session.
    Lock,
    /// The person wants to leave the portal.
    Leave,
}

impl std::fmt::Debug for UserAction {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::None => f.write_str("None"),
            Self::Redraw => f.write_str("Redraw"),
            Self::FullRepaint => f.write_str("FullRepaint"),
            Self::Typed { field, .. } => write!(f, "Typed({field})"),
            Self::Pressed(id) => write!(f, "Pressed({id})"),
            Self::Opened(row) => write!(f, "Opened({row})"),
            Self::Copy(_) => f.write_str("Copy(***)"),
            Self::ToggleMouse(on) => write!(f, "ToggleMouse({on})"),
            Self::Lock => f.write_str("Lock"),
            Self::Leave => f.write_str("Leave"),
        }
    }
}

/// Bytes for the client. Both streams are empty if nothing changed.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Output {
    /// For standard output, or the terminal.
    pub out: Vec<u8>,
    /// For standard error, used only without a terminal.
    pub err: Vec<u8>,
}

/// The user interface of a session, chosen once at its start.
#[derive(Debug)]
pub enum Ui {
    /// A full screen on a terminal.
    Screen(Box<FullScreen>),
    /// Line mode: one prompt per line.
    Lines(Box<Lines>),
}

/// A screen and its painter.
#[derive(Debug)]
pub struct FullScreen {
    screen: Screen,
    painter: Painter,
    /// Until the first frame.
    first_frames: Option<Arc<FirstFrames>>,
}

impl FullScreen {
    fn render(&mut self, size: Size, page: &Page<'_>, portal: &PortalInfo) -> Vec<u8> {
        let (screen, painter) = (&mut self.screen, &mut self.painter);
        match self.first_frames.take() {
            Some(kept) => kept.paint(screen, painter, size, page, portal),
            None => painter.paint(size, |buffer| screen.draw(page, portal, buffer)).unwrap_or_default(),
        }
    }
}

impl Ui {
    /// A full screen for a terminal with these colours and characters, on this background as far as one knows.
    #[must_use]
    pub fn screen(
        depth: ColorDepth,
        charset: Charset,
        background: Background,
        accent: Accent,
        first_frames: Arc<FirstFrames>,
    ) -> Self {
        let screen = Screen::new(charset).in_colours(accent, depth, background);
        let painter = Painter::new(depth);
        Self::Screen(Box::new(FullScreen { screen, painter, first_frames: Some(first_frames) }))
    }

    /// Line mode, on a pty or on plain streams.
    #[must_use]
    pub fn lines(has_pty: bool) -> Self {
        Self::Lines(Box::new(Lines::new(has_pty)))
    }

    /// Takes over the terminal.
    pub fn enter(&mut self) -> Output {
        match self {
            Self::Screen(full) => Output::terminal(full.painter.enter()),
            Self::Lines(_) => Output::default(),
        }
    }

    /// Adopts the current state of `page`; `fresh` if the page was just opened. Call it whenever the flow may have
    /// changed the page, and handle the result like that of an input.
    pub fn show(&mut self, page: &Page<'_>, fresh: bool) -> UserAction {
        match self {
            Self::Screen(full) => {
                full.screen.show(page);
                UserAction::None
            }
            Self::Lines(lines) => lines.show(page, fresh),
        }
    }

    pub fn input(&mut self, input: Input, page: &Page<'_>) -> UserAction {
        match self {
            Self::Screen(full) => full.screen.input(input, page),
            Self::Lines(lines) => match lines.input(input, page) {
                UserAction::None if lines.has_printed() => UserAction::Redraw,
                action => action,
            },
        }
    }

    /// The bytes that update the client's terminal to `page`.
    pub fn render(&mut self, size: Size, page: &Page<'_>, portal: &PortalInfo) -> Output {
        match self {
            Self::Screen(full) => Output::terminal(full.render(size, page, portal)),
            Self::Lines(lines) => lines.take_output(),
        }
    }

    /// Goes on with the colours for another background; false if it is the same one, or has none.
    pub fn set_background(&mut self, background: Background) -> bool {
        match self {
            Self::Screen(full) => full.screen.set_background(background),
            Self::Lines(_) => false,
        }
    }

    /// Frees the previous frame; the next [`Ui::render`] repaints everything.
    pub fn forget(&mut self) {
        if let Self::Screen(full) = self {
            full.painter.forget();
        }
    }

    /// Prints `notification` now. A screen shows it with its next frame, as the page's toast.
    pub fn interrupt(&mut self, notification: &Toast<'_>, page: &Page<'_>) {
        if let Self::Lines(lines) = self {
            lines.interrupt(notification, page);
        }
    }

    /// Whether each output is a frame that shows the latest state.
    #[must_use]
    pub fn is_screen(&self) -> bool {
        matches!(self, Self::Screen(_))
    }

    /// Whether input must wait because too much output is still unsent.
    #[must_use]
    pub fn is_behind(&self) -> bool {
        matches!(self, Self::Lines(lines) if lines.is_behind())
    }

    /// Whether an end of input now would interrupt something unfinished.
    #[must_use]
    pub fn is_unfinished(&self) -> bool {
        matches!(self, Self::Lines(lines) if lines.is_unfinished())
    }

    /// Restores the terminal and prints one last line; before it an `answer` that the screen showed just now and that
    /// goes with the screen. Line mode has printed it.
    pub fn leave(&mut self, answer: Option<&str>, last: &Notice<'_>) -> Output {
        match self {
            Self::Screen(full) => {
                let mut out = full.painter.leave();
                for line in answer.into_iter().chain([&*last.text]) {
                    out.extend_from_slice(line.as_bytes());
                    out.extend_from_slice(b"\r\n");
                }
                Output::terminal(out)
            }
            Self::Lines(lines) => lines.leave(last),
        }
    }
}

impl Output {
    fn terminal(out: Vec<u8>) -> Self {
        Self { out, err: Vec::new() }
    }

    /// Whether there is nothing to send.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.out.is_empty() && self.err.is_empty()
    }
}
