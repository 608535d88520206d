//! What a server may send to a terminal: text, line ends, and the few sequences that move, erase, colour and switch our
//! modes. Everybody at a screen in these tests looks through it, so each recording is one of its tests.

use doorkey::domain::text::is_disarmed;
use unicode_width::UnicodeWidthChar;

/// Our modes (xterm control sequences, DEC private modes): cursor, synchronized output, alternate screen, bracketed
/// paste, mouse.
const MODES: [&str; 8] = ["25", "2026", "1049", "2004", "1000", "1002", "1003", "1006"];

/// Marks that may stand on one character (as the sanitiser has it, with the character itself).
const MOST_MARKS: usize = 7;

/// Reads a stream in pieces.
#[derive(Default)]
pub(crate) struct OutputGuard {
    /// Of a character or a sequence that is not whole yet.
    rest: Vec<u8>,
    /// How many marks stand on the last character.
    marks: usize,
}

impl OutputGuard {
    /// The first thing in `bytes` that may not be sent.
    pub(crate) fn pass(&mut self, bytes: &[u8]) -> Result<(), String> {
        self.rest.extend_from_slice(bytes);
        let taken = std::mem::take(&mut self.rest);
        let valid = match std::str::from_utf8(&taken) {
            Ok(_) => taken.len(),
            Err(error) if error.error_len().is_none() => error.valid_up_to(),
            Err(error) => return Err(format!("no UTF-8: {}", taken[error.valid_up_to()..].escape_ascii())),
        };
        let text = std::str::from_utf8(&taken[..valid]).map_err(|error| error.to_string())?;
        let mut at = 0;
        while let Some(c) = text[at..].chars().next() {
            match c {
                '\x1b' => match sequence(&text[at..]) {
                    Sequence::Ours(length) => {
                        at += length;
                    }
                    Sequence::NotWhole => break,
                    Sequence::Strange => {
                        let shown: String = text[at..].chars().take(24).collect();
                        return Err(format!("a sequence: {shown:?}"));
                    }
                },
                // Backspace, where a terminal takes back what was typed.
                '\r' | '\n' | '\x08' => at += 1,
                c => {
                    at += c.len_utf8();
                    self.marks = if c.width() == Some(0) { self.marks + 1 } else { 0 };
                    if is_disarmed(c) || self.marks > MOST_MARKS {
                        return Err(format!("a character: {c:?}"));
                    }
                }
            }
        }
        self.rest = taken[at..].to_vec();
        Ok(())
    }
}

enum Sequence {
    /// So many bytes long.
    Ours(usize),
    NotWhole,
    Strange,
}

/// What begins with the escape character at the start of `text`.
fn sequence(text: &str) -> Sequence {
    let Some(second) = text.chars().nth(1) else { return Sequence::NotWhole };
    match second {
        // The keypad types its digits (DECKPNM).
        '>' => return Sequence::Ours(2),
        ']' => return control_string(&text[2..]),
        '[' => {}
        _ => return Sequence::Strange,
    }
    let Some(end) = text[2..].find(|c: char| !c.is_ascii_digit() && !";?".contains(c)) else {
        return if text.len() > 32 { Sequence::Strange } else { Sequence::NotWhole };
    };
    let (parameters, last) = (&text[2..2 + end], &text[2 + end..=2 + end]);
    let is_ours = match parameters.strip_prefix('?') {
        // What Alt sends: saved, set, and restored at the end.
        Some("1036") => matches!(last, "s" | "h" | "r"),
        Some(mode) => MODES.contains(&mode) && matches!(last, "h" | "l"),
        None => !parameters.contains('?') && matches!(last, "H" | "C" | "J" | "K" | "m"),
    };
    if is_ours { Sequence::Ours(3 + end) } else { Sequence::Strange }
}

/// An operating system command, behind its introducer: a text for the clipboard, or the question for the background.
fn control_string(text: &str) -> Sequence {
    const BACKGROUND: &str = "11;?\x1b\\";
    const CLIPBOARD: &str = "52;c;";
    if let Some(encoded) = text.strip_prefix(CLIPBOARD) {
        let is_base64 = |c: char| c.is_ascii_alphanumeric() || "+/=".contains(c);
        return match encoded.find(|c| !is_base64(c)) {
            Some(end) if encoded[end..].starts_with('\x07') => Sequence::Ours(2 + CLIPBOARD.len() + end + 1),
            Some(_) => Sequence::Strange,
            None => Sequence::NotWhole,
        };
    }
    match () {
        () if text.starts_with(BACKGROUND) => Sequence::Ours(2 + BACKGROUND.len()),
        () if BACKGROUND.starts_with(text) || CLIPBOARD.starts_with(text) => Sequence::NotWhole,
        () => Sequence::Strange,
    }
}
