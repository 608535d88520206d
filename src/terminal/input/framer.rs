//! Splits the byte stream of a terminal into characters, control sequences and pastes.
//!
//! Parsers such as termina's and crossterm's buffer an unfinished sequence without limit and wait for its end, so a
//! hostile or broken client could make them grow or block all further input. This one holds at most one
//! short sequence and 4 KiB of a paste, consumes each byte once, and always gets back to the ground state. It
//! passes complete sequences to [`decode`] one at a time.

use std::collections::VecDeque;
use std::time::Duration;

use super::super::capabilities::Background;
use super::keyboard::Keyboard;
use super::paste::{Paste, Pasted};
use super::{Input, Key, NotText, decode};

/// How long a lone ESC can still start a sequence (the same as in xterm, vim and tmux).
const ESC_TIMEOUT: Duration = Duration::from_millis(50);
/// How long any other unfinished sequence may pause before it counts as ended. Longer than any gap
/// within one sequence on a slow link.
const SEQUENCE_TIMEOUT: Duration = Duration::from_secs(5);
/// The first character of a pipe that a Windows program writes to.
const BYTE_ORDER_MARK: char = '\u{feff}';
/// Longer control sequences are skipped to their end.
const CSI_MAX: usize = 64;
/// The longest parameters of an SS3 sequence, such as `1;16`.
const SS3_MAX: usize = 4;

enum FramerState {
    Ground,
    /// After ESC, or after ESC ESC if `twice`.
    Escape {
        twice: bool,
    },
    /// After ESC O, with the parameters so far in `Framer::buffer`.
    Ss3,
    /// After ESC [, with the body so far in `Framer::buffer`.
    Csi,
    /// After ESC [ O, which some terminals send for ESC O.
    CsiO,
    /// In a control sequence that is too long.
    Skip,
    /// After ESC [ M, before the three bytes of an X10 mouse report.
    X10Mouse,
    /// In an OSC, DCS, APC, PM or SOS string, which only terminals send; `esc` if an ESC may start its
    /// terminator. An OSC is in `Framer::buffer` as long as it is `kept`.
    Text {
        esc: bool,
        kept: bool,
    },
    Paste(Box<Paste>),
    /// In a character of `length` bytes; `alt` if an ESC precedes it.
    Utf8 {
        length: usize,
        alt: bool,
    },
}

/// The state machine; one per session.
pub struct Framer {
    keyboard: Keyboard,
    state: FramerState,
    buffer: [u8; CSI_MAX],
    len: usize,
    /// An ESC preceded the sequence that is coming.
    alt: bool,
    /// How many bytes were consumed, as far as it matters.
    consumed: u8,
    /// The previous byte was a CR, so a LF belongs to it.
    after_cr: bool,
}

impl std::fmt::Debug for Framer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Framer")
    }
}

impl Default for Framer {
    fn default() -> Self {
        Self::new()
    }
}

impl Framer {
    /// A framer at the start of a stream, of which nothing is known.
    #[must_use]
    pub const fn new() -> Self {
        Self::of(Keyboard::Xterm)
    }

    /// A framer at the start of what `keyboard` sends.
    #[must_use]
    pub const fn of(keyboard: Keyboard) -> Self {
        let state = FramerState::Ground;
        Self { keyboard, state, buffer: [0; CSI_MAX], len: 0, alt: false, consumed: 0, after_cr: false }
    }

    /// Consumes `bytes` and appends each completed input to `out`. The chunking of the stream makes
    /// no difference.
    pub fn feed(&mut self, bytes: &[u8], out: &mut VecDeque<Input>) {
        for byte in bytes {
            self.byte(*byte, out);
        }
    }

    /// How long to wait after each `feed` before calling [`Framer::flush`]; `None` if nothing is
    /// pending. Covers truncated pastes and strings as well as the lone ESC.
    #[must_use]
    pub const fn flush_timeout(&self) -> Option<Duration> {
        match self.state {
            FramerState::Ground | FramerState::Utf8 { .. } => None,
            FramerState::Escape { .. } | FramerState::CsiO => Some(ESC_TIMEOUT),
            // A report comes in one piece; alone, its start is a key of some terminals.
            FramerState::X10Mouse if self.len == 0 => Some(ESC_TIMEOUT),
            _ => Some(SEQUENCE_TIMEOUT),
        }
    }

    /// Ends whatever is pending: a lone ESC becomes the Esc key, a truncated paste is emitted as it is.
    pub fn flush(&mut self, out: &mut VecDeque<Input>) {
        match std::mem::replace(&mut self.state, FramerState::Ground) {
            FramerState::Escape { twice } => {
                out.extend(std::iter::repeat_n(Input::Key(Key::Esc), 1 + usize::from(twice)));
            }
            FramerState::Ss3 => out.push_back(Input::Key(Key::Alt('O'))),
            FramerState::Csi if self.len == 0 => out.push_back(Input::Key(Key::Alt('['))),
            FramerState::X10Mouse if self.len == 0 => out.push_back(decode::csi_m(self.keyboard)),
            FramerState::CsiO => out.extend(decode::csi_o(self.keyboard)),
            FramerState::Paste(paste) => {
                out.push_back(paste.text().map_or_else(Input::NotText, Input::Paste));
            }
            FramerState::Utf8 { .. } => out.push_back(Input::NotText(NotText::Typed)),
            _ => {}
        }
        self.clear();
    }

    fn clear(&mut self) {
        self.buffer[..self.len].fill(0);
        self.len = 0;
    }

    /// Appends `byte` to the buffer; false if it is full.
    fn push(&mut self, byte: u8) -> bool {
        let Some(slot) = self.buffer.get_mut(self.len) else {
            return false;
        };
        *slot = byte;
        self.len += 1;
        true
    }

    fn to(&mut self, state: FramerState) {
        self.state = state;
        self.alt = false;
        self.clear();
    }

    fn emit(&mut self, input: Option<Input>, out: &mut VecDeque<Input>) {
        out.extend(input);
        self.to(FramerState::Ground);
    }

    fn byte(&mut self, byte: u8, out: &mut VecDeque<Input>) {
        self.consumed = self.consumed.saturating_add(1);
        let after_cr = std::mem::replace(&mut self.after_cr, false);
        match &mut self.state {
            FramerState::Ground => self.ground(byte, after_cr, out),
            &mut FramerState::Escape { twice } => self.escape(byte, twice, out),
            FramerState::Ss3 => self.ss3(byte, out),
            FramerState::Csi => self.csi(byte, out),
            FramerState::CsiO => self.csi_o(byte, out),
            FramerState::Skip => self.skip(byte, out),
            FramerState::X10Mouse => self.x10_mouse(byte, out),
            &mut FramerState::Text { esc, kept } => self.text(byte, esc, kept, out),
            FramerState::Paste(paste) => {
                let pasted = paste.take(byte);
                self.pasted(&pasted, out);
            }
            &mut FramerState::Utf8 { length, alt } => self.utf8(byte, length, alt, out),
        }
    }

    fn ground(&mut self, byte: u8, after_cr: bool, out: &mut VecDeque<Input>) {
        let key = match byte {
            0x1b => return self.to(FramerState::Escape { twice: false }),
            b'\n' if after_cr => return,
            b'\r' => {
                self.after_cr = true;
                Key::Enter
            }
            b'\n' => Key::Enter,
            b'\t' => Key::Tab,
            0x08 | 0x7f => Key::Backspace,
            0x00 => Key::Ctrl('@'),
            0x01..=0x1a => Key::Ctrl(char::from(byte - 1 + b'a')),
            0x1c..=0x1f => Key::Ctrl(char::from(byte + 0x40)),
            0x20..=0x7e => Key::Char(char::from(byte)),
            0x80..0xa0 if self.keyboard == Keyboard::EightBit => return self.c1(byte),
            _ => return self.lead(byte, false, out),
        };
        out.push_back(Input::Key(key));
    }

    /// Starts what a control character of the C1 set introduces (ECMA-48, section 5.3): with a single byte what ESC and a
    /// letter introduce otherwise.
    fn c1(&mut self, byte: u8) {
        self.to(match byte {
            0x8f => FramerState::Ss3,
            0x9b => FramerState::Csi,
            0x90 | 0x98 | 0x9d..=0x9f => FramerState::Text { esc: false, kept: byte == 0x9d },
            _ => FramerState::Ground,
        });
    }

    /// Starts a multi-byte character; any other byte is no text.
    fn lead(&mut self, byte: u8, alt: bool, out: &mut VecDeque<Input>) {
        let length = match byte {
            0xc2..=0xdf => 2,
            0xe0..=0xef => 3,
            0xf0..=0xf4 => 4,
            _ => return self.emit(Some(Input::NotText(NotText::Typed)), out),
        };
        self.to(FramerState::Utf8 { length, alt });
        self.push(byte);
    }

    fn utf8(&mut self, byte: u8, length: usize, alt: bool, out: &mut VecDeque<Input>) {
        if byte & 0b1100_0000 != 0b1000_0000 {
            self.emit(Some(Input::NotText(NotText::Typed)), out);
            return self.ground(byte, false, out);
        }
        self.push(byte);
        if self.len < length {
            return;
        }
        let c = std::str::from_utf8(&self.buffer[..self.len]).ok().and_then(|s| s.chars().next());
        if let Some(control @ ('\u{8f}' | '\u{90}' | '\u{98}' | '\u{9b}' | '\u{9d}'..='\u{9f}')) = c {
            return self.c1(u8::try_from(control).unwrap_or_default());
        }
        let input = match c.filter(|c| !c.is_control()) {
            None => Input::NotText(NotText::Typed),
            Some(c) if alt => Input::Key(Key::Alt(c)),
            Some(c) => Input::Key(Key::Char(c)),
        };
        // A byte order mark, before what a Windows program pipes in.
        let is_mark = usize::from(self.consumed) == length && c == Some(BYTE_ORDER_MARK);
        self.emit((!is_mark).then_some(input), out);
    }

    fn escape(&mut self, byte: u8, twice: bool, out: &mut VecDeque<Input>) {
        let esc = Input::Key(Key::Esc);
        match byte {
            0x1b if twice => out.push_back(esc),
            0x1b => self.state = FramerState::Escape { twice: true },
            // PuTTY and rxvt send ESC before the sequence of a key for Alt, so `twice` is no Esc key here.
            b'[' => self.sequence(FramerState::Csi, twice),
            b'O' => self.sequence(FramerState::Ss3, twice),
            b']' | b'P' | b'_' | b'^' | b'X' if !twice => {
                self.to(FramerState::Text { esc: false, kept: byte == b']' });
            }
            _ => {
                if twice {
                    out.push_back(esc.clone());
                }
                self.alt(byte, esc, out);
            }
        }
    }

    fn alt(&mut self, byte: u8, esc: Input, out: &mut VecDeque<Input>) {
        self.to(FramerState::Ground);
        match byte {
            0x08 | 0x7f => out.push_back(Input::Key(Key::Ctrl('w'))),
            // Shift-Tab of the Linux console.
            b'\t' => out.push_back(Input::Key(Key::BackTab)),
            0x20..=0x7e => out.push_back(Input::Key(Key::Alt(char::from(byte)))),
            0x80.. => self.lead(byte, true, out),
            _ => {
                out.push_back(esc);
                self.ground(byte, false, out);
            }
        }
    }

    fn sequence(&mut self, state: FramerState, alt: bool) {
        self.to(state);
        self.alt = alt;
    }

    /// Emits what a sequence was decoded to.
    fn decoded(&mut self, input: Option<Input>, out: &mut VecDeque<Input>) {
        let input = if self.alt { input.map(decode::with_alt) } else { input };
        self.emit(input, out);
    }

    fn ss3(&mut self, byte: u8, out: &mut VecDeque<Input>) {
        match byte {
            b'0'..=b'9' | b';' if self.len < SS3_MAX => {
                self.push(byte);
            }
            0x20..=0x7e => {
                let input = decode::ss3(&self.buffer[..self.len], byte);
                self.decoded(input, out);
            }
            _ => self.abort(byte, out),
        }
    }

    fn csi(&mut self, byte: u8, out: &mut VecDeque<Input>) {
        match byte {
            // The Linux console sends F1 to F5 as ESC [ [ A to ESC [ [ E.
            b'[' if self.len == 0 => {
                self.push(byte);
            }
            b'M' if self.len == 0 => self.to(FramerState::X10Mouse),
            b'O' if self.len == 0 => self.to(FramerState::CsiO),
            0x20..=0x7e => {
                if !self.push(byte) {
                    self.state = FramerState::Skip;
                    self.skip(byte, out);
                } else if byte >= 0x40 || self.is_shifted_in_rxvt() {
                    self.csi_ended(out);
                }
            }
            _ => self.abort(byte, out),
        }
    }

    /// Whether the sequence is a number and a dollar sign: rxvt ends a key with Shift like that, though it is no final
    /// byte. Reports of modes (DECRPM), which go on after it, have more than a number.
    fn is_shifted_in_rxvt(&self) -> bool {
        matches!(&self.buffer[..self.len], [digits @ .., b'$'] if digits.iter().all(u8::is_ascii_digit))
    }

    fn csi_ended(&mut self, out: &mut VecDeque<Input>) {
        match &self.buffer[..self.len] {
            b"200~" => self.to(FramerState::Paste(Box::new(Paste::new()))),
            body => {
                let input = decode::csi(body, self.keyboard);
                self.decoded(input, out);
            }
        }
    }

    fn csi_o(&mut self, byte: u8, out: &mut VecDeque<Input>) {
        if matches!(byte, b'F' | b'H' | b'P'..=b'S') {
            return self.emit(decode::ss3(b"", byte), out);
        }
        out.extend(decode::csi_o(self.keyboard));
        self.abort(byte, out);
    }

    fn skip(&mut self, byte: u8, out: &mut VecDeque<Input>) {
        match byte {
            0x20..=0x3f => {}
            0x40..=0x7e => self.to(FramerState::Ground),
            _ => self.abort(byte, out),
        }
    }

    fn x10_mouse(&mut self, byte: u8, out: &mut VecDeque<Input>) {
        if byte < 0x20 {
            return self.abort(byte, out);
        }
        self.push(byte);
        if let [button, col, row] = self.buffer[..self.len] {
            self.emit(decode::x10_mouse([button, col, row]), out);
        }
    }

    /// A string ends with BEL or with ST (ESC \). Any other control character ends it too: replies
    /// contain none, and somebody who pressed Alt-P by accident must be able to go on with any key.
    fn text(&mut self, byte: u8, esc: bool, kept: bool, out: &mut VecDeque<Input>) {
        match byte {
            0x07 => self.text_ended(kept, out),
            0x9c if self.keyboard == Keyboard::EightBit => self.text_ended(kept, out),
            b'\\' if esc => self.text_ended(kept, out),
            _ if esc => {
                self.to(FramerState::Escape { twice: false });
                self.byte(byte, out);
            }
            0x1b => self.state = FramerState::Text { esc: true, kept },
            0x00..0x20 => self.abort(byte, out),
            _ if kept && !self.push(byte) => self.to(FramerState::Text { esc: false, kept: false }),
            _ => {}
        }
    }

    /// Emits the one answer that is asked for. Any other string is dropped, also one that only begins like it.
    fn text_ended(&mut self, kept: bool, out: &mut VecDeque<Input>) {
        let body = kept.then(|| std::str::from_utf8(&self.buffer[..self.len]).ok()).flatten();
        let colour = body.and_then(|body| body.strip_prefix("11;"));
        self.emit(colour.and_then(Background::of_answer).map(Input::Background), out);
    }

    fn pasted(&mut self, pasted: &Pasted, out: &mut VecDeque<Input>) {
        match pasted {
            Pasted::More => {}
            Pasted::End => self.flush(out),
            Pasted::Interrupted => {
                self.to(FramerState::Ground);
                out.push_back(Input::Key(Key::Ctrl('c')));
            }
        }
    }

    /// Abandons a sequence at a byte that cannot belong to it, and processes the byte.
    fn abort(&mut self, byte: u8, out: &mut VecDeque<Input>) {
        self.to(FramerState::Ground);
        self.ground(byte, false, out);
    }
}
