//! Bracketed paste: the text between `ESC [ 200 ~` and `ESC [ 201 ~`, in a bounded buffer that is wiped on drop.

use zeroize::Zeroizing;

use super::NotText;

/// Maximum bytes of one paste, the rest is dropped. The longest password has 1,024.
pub(super) const MAX_BYTES: usize = 4096;

const END: &[u8] = b"\x1b[201~";
const INTERRUPT: u8 = 0x03;

/// A paste in progress.
pub(super) struct Paste {
    /// Allocated once, because a reallocation would leave a copy of a password behind.
    bytes: Zeroizing<Vec<u8>>,
    /// Number of bytes of [`END`] seen so far.
    matched: usize,
}

/// The effect of a byte on a paste.
pub(super) enum Pasted {
    More,
    End,
    /// Ctrl-C, which terminals strip from pasted text: the person wants to get out of a paste
    /// that never ended.
    Interrupted,
}

impl Paste {
    pub(super) fn new() -> Self {
        Self { bytes: Zeroizing::new(Vec::with_capacity(MAX_BYTES)), matched: 0 }
    }

    pub(super) fn take(&mut self, byte: u8) -> Pasted {
        if byte == END[self.matched] {
            self.matched += 1;
            return if self.matched == END.len() { Pasted::End } else { Pasted::More };
        }
        // Only the first byte of END is an ESC, so after a mismatch a match can restart only at `byte`.
        let seen = std::mem::take(&mut self.matched);
        END[..seen].iter().for_each(|b| self.keep(*b));
        match byte {
            INTERRUPT => return Pasted::Interrupted,
            0x1b => self.matched = 1,
            _ => self.keep(byte),
        }
        Pasted::More
    }

    fn keep(&mut self, byte: u8) {
        if self.bytes.len() < MAX_BYTES {
            self.bytes.push(byte);
        }
    }

    /// The text, in which CR and CRLF are a line feed. It is refused as a whole if any of it is not UTF-8, or a control
    /// character other than tab and line feed: people could not see what was left out of a password.
    pub(super) fn text(&self) -> Result<Zeroizing<String>, NotText> {
        let all = match std::str::from_utf8(&self.bytes) {
            Ok(text) => text,
            // The end was dropped in the middle of a character.
            Err(error) if self.bytes.len() == MAX_BYTES && error.error_len().is_none() => {
                std::str::from_utf8(&self.bytes[..error.valid_up_to()]).unwrap_or_default()
            }
            Err(_) => return Err(NotText::Pasted),
        };
        let mut text = Zeroizing::new(String::with_capacity(all.len()));
        let mut after_cr = false;
        for c in all.chars() {
            match c {
                '\n' if after_cr => {}
                '\r' | '\n' => text.push('\n'),
                '\t' => text.push('\t'),
                c if c.is_control() => return Err(NotText::PastedControl),
                c => text.push(c),
            }
            after_cr = c == '\r';
        }
        Ok(text)
    }
}
