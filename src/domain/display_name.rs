//! Display names: what a person wants to be called by others.

use super::text::is_inert;

/// The most characters of a display name.
pub const DISPLAY_NAME_CHARS: usize = 128;

/// Why a text cannot be a display name. `Display` is a whole sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DisplayNameRefusal {
    /// More than [`DISPLAY_NAME_CHARS`].
    #[error("A display name has at most {DISPLAY_NAME_CHARS} characters.")]
    TooLong,
    /// Control characters, characters that hide or turn the direction of writing, piles of accents.
    #[error("A display name holds no control, hidden or direction characters, and no piles of accents.")]
    Unprintable,
}

/// Takes `typed` as a display name, the blanks around it left out; an empty one is none.
pub fn checked(typed: &str) -> Result<&str, DisplayNameRefusal> {
    let name = typed.trim();
    // The length first: what comes after it looks at each character.
    if name.chars().nth(DISPLAY_NAME_CHARS).is_some() {
        return Err(DisplayNameRefusal::TooLong);
    }
    if is_inert(name) { Ok(name) } else { Err(DisplayNameRefusal::Unprintable) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_any_script_are_taken_and_blanks_around_them_are_not() {
        assert_eq!(checked("  Ada Lovelace "), Ok("Ada Lovelace"));
        assert_eq!(checked("渡辺"), Ok("渡辺"));
        assert_eq!(checked(""), Ok(""));
    }

    #[test]
    fn what_could_harm_a_terminal_or_hide_is_refused() {
        for text in ["a\u{1b}[2Jb", "a\nb", "ab\u{202e}txt", "a\u{200b}\u{200b}b", "\u{301}ada", "a\u{9b}b"] {
            assert_eq!(checked(text), Err(DisplayNameRefusal::Unprintable), "{text:?}");
        }
        let pile = format!("a{}", "\u{301}".repeat(60));
        assert_eq!(checked(&pile), Err(DisplayNameRefusal::Unprintable));
        let million = format!("a{}", "\u{301}".repeat(1_000_000));
        assert_eq!(checked(&million), Err(DisplayNameRefusal::TooLong));
    }
}
