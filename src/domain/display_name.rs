//! Display names: the name that other people see.

use crate::message;
use crate::messages::Message;

use super::text::is_inert;

/// Maximum characters of a display name.
pub const DISPLAY_NAME_CHARS: usize = 128;

/// Why a display name was refused. `Display` is the message people see.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.message())]
pub enum DisplayNameRefusal {
    /// More than [`DISPLAY_NAME_CHARS`].
    TooLong,
    /// Not [inert](super::text::is_inert).
    Unprintable,
}

impl DisplayNameRefusal {
    /// The words.
    #[must_use]
    pub fn message(self) -> Message {
        match self {
            Self::TooLong => message!("refused-display-name-too-long", max = DISPLAY_NAME_CHARS),
            Self::Unprintable => message!("refused-display-name-unprintable"),
        }
    }
}

/// Trims and checks a display name. The result may be empty, which means none.
pub fn checked(typed: &str) -> Result<&str, DisplayNameRefusal> {
    let name = typed.trim();
    // The length first, because it bounds the work of the next check.
    if name.chars().nth(DISPLAY_NAME_CHARS).is_some() {
        return Err(DisplayNameRefusal::TooLong);
    }
    if is_inert(name) { Ok(name) } else { Err(DisplayNameRefusal::Unprintable) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_any_script_are_accepted_and_trimmed() {
        assert_eq!(checked("  Ada Lovelace "), Ok("Ada Lovelace"));
        assert_eq!(checked("渡辺"), Ok("渡辺"));
        assert_eq!(checked(""), Ok(""));
    }

    #[test]
    fn emoji_and_persian_names_keep_what_joins_them() {
        for name in
            ["Ada ❤\u{fe0f}", "Ada 👩\u{200d}🔬", "1\u{fe0f}\u{20e3}", "علی\u{200c}رضا", "മോഹന്\u{200d}"]
        {
            assert_eq!(checked(name), Ok(name));
        }
        for name in ["ad\u{200c}a", "ad\u{200d}a", "ada\u{fe0f}", "ada\u{200b}", "ada\u{202e}", "a\u{ad}da"] {
            assert_eq!(checked(name), Err(DisplayNameRefusal::Unprintable), "{name:?}");
        }
    }

    #[test]
    fn names_that_could_trick_a_terminal_are_refused() {
        for text in ["a\u{1b}[2Jb", "a\nb", "ab\u{202e}txt", "a\u{200b}\u{200b}b", "\u{301}ada", "a\u{9b}b"] {
            assert_eq!(checked(text), Err(DisplayNameRefusal::Unprintable), "{text:?}");
        }
        let pile = format!("a{}", "\u{301}".repeat(60));
        assert_eq!(checked(&pile), Err(DisplayNameRefusal::Unprintable));
        let million = format!("a{}", "\u{301}".repeat(1_000_000));
        assert_eq!(checked(&million), Err(DisplayNameRefusal::TooLong));
    }
}
