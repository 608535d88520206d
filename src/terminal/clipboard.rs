//! Copies text to the clipboard of a person's own terminal (OSC 52 in xterm's control sequences).
//!
//! The terminal does not answer, and many take it only if its owner has allowed it, so nobody can say that it worked. A
//! session sends it only for a key or a click on an action that says so.

use base64ct::{Base64, Encoding as _};
use zeroize::Zeroizing;

/// The longest text, in bytes: more than any command or list of codes here.
pub const LONGEST: usize = 2_048;

/// GNU screen prints what is longer than its buffer for strings (256 bytes in old versions).
const LONGEST_IN_SCREEN: usize = 240;

/// The bytes that copy `text` on a terminal of the type `term`; `None` for a text that is empty or longer than
/// [`LONGEST`].
#[must_use]
pub fn copy(text: &str, term: &str) -> Option<Zeroizing<Vec<u8>>> {
    if text.is_empty() || text.len() > LONGEST {
        return None;
    }
    let encoded = Zeroizing::new(Base64::encode_string(text.as_bytes()));
    let sequence = Zeroizing::new(format!("\x1b]52;c;{}\x07", *encoded));
    if !term.starts_with("screen") {
        return Some(Zeroizing::new(sequence.as_bytes().to_vec()));
    }
    // GNU screen hands device control strings to its terminal as they are; tmux, which may call itself screen too, takes
    // the plain sequence and drops these.
    let mut bytes = Zeroizing::new(Vec::with_capacity(3 * sequence.len()));
    if sequence.len() <= LONGEST_IN_SCREEN {
        bytes.extend_from_slice(sequence.as_bytes());
    }
    for part in sequence.as_bytes().chunks(LONGEST_IN_SCREEN) {
        bytes.extend_from_slice(b"\x1bP");
        bytes.extend_from_slice(part);
        bytes.extend_from_slice(b"\x1b\\");
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn copied(text: &str, term: &str) -> String {
        String::from_utf8(copy(text, term).unwrap().to_vec()).unwrap()
    }

    #[test]
    fn a_text_is_sent_in_base64() {
        assert_eq!(copied("WDJB-MJHT", "xterm-256color"), "\x1b]52;c;V0RKQi1NSkhU\x07");
    }

    #[test]
    fn nothing_in_the_text_can_end_the_sequence() {
        let bytes = copied("\x07\x1b\\\u{9c}\n", "xterm");
        assert_eq!(bytes.matches(['\x07', '\x1b', '\u{9c}', '\n']).count(), 2, "{bytes:?}");
    }

    #[test]
    fn an_empty_or_oversized_text_is_not_sent() {
        assert!(copy("", "xterm").is_none());
        assert!(copy(&"x".repeat(LONGEST + 1), "xterm").is_none());
        assert!(copy(&"x".repeat(LONGEST), "xterm").is_some());
    }

    #[test]
    fn gnu_screen_passes_it_on_in_pieces_that_fit() {
        let text = "x".repeat(1_000);
        let bytes = copied(&text, "screen-256color");
        let parts: Vec<&str> =
            bytes.split("\x1b\\").filter(|part| !part.is_empty()).map(|part| &part[2..]).collect();
        assert!(bytes.starts_with("\x1bP") && parts.iter().all(|part| part.len() <= LONGEST_IN_SCREEN));
        assert_eq!(parts.concat(), copied(&text, "xterm"));
        // tmux takes the plain sequence.
        assert!(copied("short", "screen").starts_with("\x1b]52;c;"));
    }
}
