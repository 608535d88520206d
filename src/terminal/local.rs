//! The terminal of an operator's own command, and not of a session: raw, with a screen of its own, and put back whatever
//! happens.

use std::io::{self, Stdout};

use crossterm::terminal::{EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode};
use crossterm::{cursor, execute};
use ratatui::backend::CrosstermBackend;
use ratatui::layout::Rect;
use ratatui::{Frame, Terminal, TerminalOptions, Viewport};

/// The terminal while a command has it.
pub struct LocalTerminal(Terminal<CrosstermBackend<Stdout>>);

impl LocalTerminal {
    /// Takes standard output over.
    ///
    /// # Errors
    /// It is no terminal.
    pub fn take() -> io::Result<Self> {
        let backend = CrosstermBackend::new(io::stdout());
        let terminal = match crossterm::terminal::size()? {
            // It does not know its size, as with some serial lines.
            (0, _) | (_, 0) => {
                let viewport = Viewport::Fixed(Rect::new(0, 0, 80, 24));
                Terminal::with_options(backend, TerminalOptions { viewport })?
            }
            _ => Terminal::new(backend)?,
        };
        enable_raw_mode()?;
        // Made first, so that its end undoes whatever of this was done.
        let taken = Self(terminal);
        execute!(io::stdout(), EnterAlternateScreen, cursor::Hide)?;
        Ok(taken)
    }

    /// Draws one frame.
    ///
    /// # Errors
    /// The terminal is gone.
    pub fn draw(&mut self, draw: impl FnOnce(&mut Frame<'_>)) -> io::Result<()> {
        self.0.draw(draw).map(drop)
    }
}

impl Drop for LocalTerminal {
    fn drop(&mut self) {
        // A terminal that is gone needs nothing.
        let _ = execute!(io::stdout(), LeaveAlternateScreen, cursor::Show);
        let _ = disable_raw_mode();
    }
}
