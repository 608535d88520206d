//! How a page meets a person: a page in, bytes out.

pub mod lines;
pub mod prompts;
pub mod screen;

use zeroize::Zeroizing;

use self::lines::Lines;
use self::screen::Screen;
use crate::domain::portal::PortalInfo;
use crate::flow::page::{Notice, Page, Toast};
use crate::terminal::capabilities::{Charset, ColorDepth};
use crate::terminal::input::Input;
use crate::terminal::painter::Painter;
use crate::terminal::size::Size;

/// What follows from an input.
#[derive(PartialEq, Eq)]
pub enum UserAction {
    /// Nothing changed.
    None,
    /// The screen looks different now; draw it.
    Redraw,
    /// All of the screen should be painted anew (Ctrl-L).
    FullRepaint,
    /// A field's value changed.
    Typed {
        /// [`Field::id`](crate::flow::page::Field::id)
        field: &'static str,
        /// The whole new value.
        value: Zeroizing<String>,
    },
    /// An active action was pressed, by its id.
    Pressed(&'static str),
    /// A row of the table was opened, counted from 0.
    Opened(usize),
    /// Mouse reports are wanted, or no longer.
    ToggleMouse(bool),
    /// The person leaves.
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
            Self::ToggleMouse(on) => write!(f, "ToggleMouse({on})"),
            Self::Leave => f.write_str("Leave"),
        }
    }
}

/// What goes to the person: both streams are empty when there is nothing new.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Output {
    /// For standard output, or the terminal.
    pub out: Vec<u8>,
    /// For standard error, only without a terminal.
    pub err: Vec<u8>,
}

/// One of the faces. Which one, the session decides once.
#[derive(Debug)]
pub enum Ui {
    /// A full screen on a terminal.
    Screen(Box<FullScreen>),
    /// Prompts, one a line.
    Lines(Box<Lines>),
}

/// A screen and the painter that brings it to the terminal.
#[derive(Debug)]
pub struct FullScreen {
    screen: Screen,
    painter: Painter,
}

impl Ui {
    /// A full screen with the colours and characters that the terminal has.
    #[must_use]
    pub fn screen(depth: ColorDepth, charset: Charset) -> Self {
        let (screen, painter) = (Screen::new(charset), Painter::new(depth));
        Self::Screen(Box::new(FullScreen { screen, painter }))
    }

    /// Prompts, on a terminal of ours or on plain streams.
    #[must_use]
    pub fn lines(has_pty: bool) -> Self {
        Self::Lines(Box::new(Lines::new(has_pty)))
    }

    /// Takes the terminal over.
    pub fn enter(&mut self) -> Output {
        match self {
            Self::Screen(full) => Output::terminal(full.painter.enter()),
            Self::Lines(_) => Output::default(),
        }
    }

    /// Takes over what changed in `page`, which was just come to if `fresh`. To be called whenever the
    /// flow may have changed it; what it leads to is to be followed like an input.
    pub fn show(&mut self, page: &Page<'_>, fresh: bool) -> UserAction {
        match self {
            Self::Screen(full) => {
                full.screen.show(page);
                UserAction::None
            }
            Self::Lines(lines) => lines.show(page, fresh),
        }
    }

    /// What one input comes to.
    pub fn input(&mut self, input: Input, page: &Page<'_>) -> UserAction {
        match self {
            Self::Screen(full) => full.screen.input(input, page),
            Self::Lines(lines) => match lines.input(input, page) {
                UserAction::None if lines.has_printed() => UserAction::Redraw,
                intent => intent,
            },
        }
    }

    /// What brings the person's terminal from what it shows to `page`.
    pub fn render(&mut self, size: Size, page: &Page<'_>, portal: &PortalInfo) -> Output {
        match self {
            Self::Screen(full) => {
                let screen = &mut full.screen;
                let frame = full.painter.paint(size, |buffer| screen.draw(page, portal, buffer));
                Output::terminal(frame.unwrap_or_default())
            }
            Self::Lines(lines) => lines.take_output(),
        }
    }

    /// Drops what is known of the terminal, and the memory for it; the next [`Ui::render`] sends all.
    pub fn forget(&mut self) {
        if let Self::Screen(full) = self {
            full.painter.forget();
        }
    }

    /// Tells `notification` now. A screen shows it with the next frame, as the page's toast.
    pub fn interrupt(&mut self, notification: &Toast<'_>, page: &Page<'_>) {
        if let Self::Lines(lines) = self {
            lines.interrupt(notification, page);
        }
    }

    /// True while no more input should be taken, because what came of the last has not gone out.
    #[must_use]
    pub fn is_behind(&self) -> bool {
        matches!(self, Self::Lines(lines) if lines.is_behind())
    }

    /// True when an end of the input now ends something half done.
    #[must_use]
    pub fn is_amid(&self) -> bool {
        matches!(self, Self::Lines(lines) if lines.is_amid())
    }

    /// Gives the terminal back as it was, with one last line on it.
    pub fn leave(&mut self, last: &Notice<'_>) -> Output {
        match self {
            Self::Screen(full) => {
                let mut out = full.painter.leave();
                out.extend_from_slice(last.text.as_bytes());
                out.extend_from_slice(b"\r\n");
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

    /// True when there is nothing to send.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.out.is_empty() && self.err.is_empty()
    }
}
