//! What `TERM` says of the keyboard where terminals contradict each other.

use super::Key;

/// A family of keyboards.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Keyboard {
    /// xterm's, and all that do not contradict it.
    #[default]
    Xterm,
    /// That of the SCO and FreeBSD consoles: function keys are `ESC [ M` and on.
    Sco,
    /// One that introduces sequences with single bytes, which are no UTF-8 (DEC, Amiga, Data General).
    EightBit,
}

/// How the names of terminals of terminfo begin that have an SCO keyboard.
const SCO: [&str; 13] = [
    "att605-pc",
    "cons25",
    "cons30",
    "cons43",
    "cons50",
    "cons60",
    "mgterm",
    "putty-sco",
    "putty+fnkeys+sco",
    "scoansi",
    "teken-sc",
    "ti_ansi",
    "xterm-sco",
];
/// The same for single bytes, beside those that say so (`vt220-8bit`).
const EIGHT_BIT: [&str; 11] =
    ["amiga", "d211", "d220", "d410", "d470c", "d555", "d577", "d578", "dgkeys", "morphos", "ofcons"];

impl Keyboard {
    /// The keyboard of the terminal `term` (`TERM`).
    #[must_use]
    pub fn of(term: &str) -> Self {
        let begins = |name: &&str| term.starts_with(*name);
        // Not `xterm-88color`.
        let says_so = term.split_once("-8").is_some_and(|(_, rest)| !rest.starts_with('8'));
        if SCO.iter().any(begins) {
            Self::Sco
        } else if says_so || EIGHT_BIT.iter().any(begins) {
            Self::EightBit
        } else {
            Self::Xterm
        }
    }

    /// The key of `ESC [ parameters last`, where keyboards contradict each other or `termina`.
    pub(super) fn key(self, parameters: &[u8], last: u8) -> Option<Key> {
        if self == Self::Sco && parameters.is_empty() {
            return match last {
                b'G' => Some(Key::PageDown),
                b'I' => Some(Key::PageUp),
                // From F13 on with Shift.
                b'M'..=b'Y' => Some(Key::F(last - b'L')),
                _ => None,
            };
        }
        match (parameters, last) {
            // st's Delete, alone and with Shift. kitty's F1 only where a program asked for that and did not take it back.
            (b"", b'P') | (b"2", b'K') => Some(Key::Delete),
            // st's Home with Shift; its End with Ctrl and with Shift; Minix and Mach.
            (b"2", b'J') => Some(Key::Home),
            (b"", b'J' | b'K' | b'Y') => Some(Key::End),
            (b"", b'U') => Some(Key::PageDown),
            (b"", b'V') => Some(Key::PageUp),
            _ => None,
        }
    }
}
