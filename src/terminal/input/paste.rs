//! The text between `ESC [ 200 ~` and `ESC [ 201 ~`, kept up to a limit in a wiping buffer.

use zeroize::Zeroizing;

/// The most bytes that are kept of one paste; the longest password has 1,024.
pub(super) const KEPT: usize = 4096;

const END: &[u8] = b"\x1b[201~";
const INTERRUPT: u8 = 0x03;

/// A paste under way.
pub(super) struct Paste {
    /// Allocated once, so that no piece of a password stays behind in a moved buffer.
    kept: Zeroizing<Vec<u8>>,
    /// How many bytes of [`END`] have been seen.
    matched: usize,
}

/// What a byte did to a paste.
pub(super) enum Pasted {
    /// It belongs to it.
    More,
    /// It was the last one.
    End,
    /// It was Ctrl-C, which terminals take out of what they paste: the person wants out of a paste
    /// that never ended.
    Interrupted,
}

impl Paste {
    pub(super) fn new() -> Self {
        Self { kept: Zeroizing::new(Vec::with_capacity(KEPT)), matched: 0 }
    }

    pub(super) fn take(&mut self, byte: u8) -> Pasted {
        if byte == END[self.matched] {
            self.matched += 1;
            return if self.matched == END.len() { Pasted::End } else { Pasted::More };
        }
        // Only the first byte of END is an ESC, so a mismatch can restart the match only at `byte`.
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
        if self.kept.len() < KEPT {
            self.kept.push(byte);
        }
    }

    /// The text: invalid UTF-8 and control characters but tab and line feed are left out; CR and CRLF
    /// become a line feed.
    pub(super) fn text(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(self.kept.len()));
        let mut after_cr = false;
        for chunk in self.kept.utf8_chunks() {
            for c in chunk.valid().chars() {
                match c {
                    '\n' if after_cr => {}
                    '\r' | '\n' => text.push('\n'),
                    '\t' => text.push('\t'),
                    c if c.is_control() => {}
                    c => text.push(c),
                }
                after_cr = c == '\r';
            }
        }
        text
    }
}
