//! Keyboard and mouse input, which [`Framer`] parses from bytes.

mod decode;
mod framer;
mod keyboard;
mod paste;
#[cfg(test)]
mod tests;

use std::fmt;

use zeroize::Zeroizing;

use super::capabilities::Background;

pub use framer::Framer;
pub use keyboard::Keyboard;

/// One key press. Shift and modifiers without a meaning here are dropped: Shift-Up is `Up`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// A character to type; never a control character.
    Char(char),
    /// Return, keypad Enter or a line feed.
    Enter,
    Tab,
    BackTab,
    Esc,
    /// Backspace, whichever byte (0x7f or 0x08) the terminal sends for it.
    Backspace,
    Delete,
    Left,
    Right,
    Up,
    Down,
    Home,
    End,
    PageUp,
    PageDown,
    /// A function key, counted from 1.
    F(u8),
    /// Control and a lower-case letter or symbol. Ctrl-I, Ctrl-M, Ctrl-H and Ctrl-J are reported as the keys
    /// that share their bytes.
    Ctrl(char),
    /// Alt (Meta) and a character. Ctrl-Left and Ctrl-Right are reported as the readline keys `Alt('b')` and
    /// `Alt('f')`.
    Alt(char),
}

impl fmt::Debug for Key {
    /// Omits characters, which may be part of a password.
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

/// Input that is not text, and so is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotText {
    /// A key sent bytes that are no character in UTF-8, as `ü` does in Latin-1.
    Typed,
    /// The same, in a paste.
    Pasted,
    /// A paste has a control character.
    PastedControl,
}

/// One input event. Other replies of the terminal, focus changes and key releases are dropped before.
#[derive(Clone, PartialEq, Eq)]
pub enum Input {
    /// A key was pressed.
    Key(Key),
    /// Bytes were typed or pasted that are not text. What they belong to misses something.
    NotText(NotText),
    /// Text was pasted. Contains line feeds and tabs but no other control characters.
    Paste(Zeroizing<String>),
    /// The left mouse button was pressed.
    Click {
        /// Column, counted from 0.
        col: u16,
        /// Row, counted from 0.
        row: u16,
    },
    /// The terminal said which background it has, asked by
    /// [`ASK_BACKGROUND`](super::capabilities::ASK_BACKGROUND) or not.
    Background(Background),
    /// The mouse wheel was turned by one notch.
    Wheel {
        /// Towards the top of the screen.
        up: bool,
    },
}

impl fmt::Debug for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(key) => write!(f, "Key({key:?})"),
            Self::Paste(_) => f.write_str("Paste(***)"),
            Self::NotText(reason) => write!(f, "NotText({reason:?})"),
            Self::Click { col, row } => write!(f, "Click({col}, {row})"),
            Self::Background(background) => write!(f, "Background({background:?})"),
            Self::Wheel { up } => write!(f, "Wheel(up: {up})"),
        }
    }
}
