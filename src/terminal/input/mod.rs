//! What a person did at the keyboard or with the mouse. [`Framer`] makes it out of bytes.

mod decode;
mod framer;
mod paste;
#[cfg(test)]
mod tests;

use std::fmt;

use zeroize::Zeroizing;

pub use framer::Framer;

/// One key press. Shift, and modifiers that mean nothing here, are dropped: Shift-Up is `Up`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// A character to type; never a control character.
    Char(char),
    /// Return, keypad Enter or a line feed.
    Enter,
    /// Tab.
    Tab,
    /// Shift-Tab.
    BackTab,
    /// Escape, alone.
    Esc,
    /// Backspace, whichever byte (0x7f or 0x08) the terminal sends for it.
    Backspace,
    /// Delete forward.
    Delete,
    /// Cursor left.
    Left,
    /// Cursor right.
    Right,
    /// Cursor up.
    Up,
    /// Cursor down.
    Down,
    /// Home.
    Home,
    /// End.
    End,
    /// Page up.
    PageUp,
    /// Page down.
    PageDown,
    /// A function key, counted from 1.
    F(u8),
    /// Control and a lower-case letter or sign. Ctrl-I, Ctrl-M, Ctrl-H and Ctrl-J arrive as the keys
    /// that share their bytes.
    Ctrl(char),
    /// Alt (Meta) and a character. Ctrl-Left and Ctrl-Right arrive as the readline keys `Alt('b')` and
    /// `Alt('f')`.
    Alt(char),
}

impl fmt::Debug for Key {
    /// Shows no character: it may be part of a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Self::Char(_) => "Char(*)",
            Self::Enter => "Enter",
            Self::Tab => "Tab",
            Self::BackTab => "BackTab",
            Self::Esc => "Esc",
            Self::Backspace => "Backspace",
            Self::Delete => "Delete",
            Self::Left => "Left",
            Self::Right => "Right",
            Self::Up => "Up",
            Self::Down => "Down",
            Self::Home => "Home",
            Self::End => "End",
            Self::PageUp => "PageUp",
            Self::PageDown => "PageDown",
            Self::F(n) => return write!(f, "F({n})"),
            Self::Ctrl(c) => return write!(f, "Ctrl({c:?})"),
            Self::Alt(_) => "Alt(*)",
        };
        f.write_str(name)
    }
}

/// One thing a person did. Replies of the terminal, focus changes and key releases are none.
#[derive(Clone, PartialEq, Eq)]
pub enum Input {
    /// A key was pressed.
    Key(Key),
    /// Text was pasted: what was kept of it, line feeds included, other control characters not.
    Paste(Zeroizing<String>),
    /// The left mouse button went down, counted from 0 at the upper left.
    Click {
        /// Column.
        col: u16,
        /// Row.
        row: u16,
    },
    /// The mouse wheel was turned by a notch.
    Wheel {
        /// True towards the top.
        up: bool,
    },
}

impl fmt::Debug for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(key) => write!(f, "Key({key:?})"),
            Self::Paste(_) => f.write_str("Paste(***)"),
            Self::Click { col, row } => write!(f, "Click({col}, {row})"),
            Self::Wheel { up } => write!(f, "Wheel(up: {up})"),
        }
    }
}
