//! Cuts the bytes of a terminal into characters, sequences and pastes. Bounded: it keeps at most one
//! short sequence and 4 KiB of a paste, consumes each byte once, and no byte can wedge it.

use std::collections::VecDeque;
use std::time::Duration;

use super::paste::{Paste, Pasted};
use super::{Input, Key, decode};

/// How long a lone ESC may still be the start of a sequence (xterm, vim and tmux wait as long).
const ESC_PATIENCE: Duration = Duration::from_millis(50);
/// How long anything else that has begun may be silent before it is taken as ended: longer than any
/// gap that a slow link makes within one sequence.
const PATIENCE: Duration = Duration::from_secs(5);
/// The longest control sequence that is read; longer ones are skipped to their end.
const CSI_MAX: usize = 64;

/// Where in the stream we are.
enum FramerState {
    Ground,
    /// After ESC; `twice` after ESC ESC.
    Escape {
        twice: bool,
    },
    /// After ESC O.
    Ss3,
    /// After ESC [, the body so far is in `Framer::held`.
    Csi,
    /// In a control sequence that is too long or belongs to nothing we know.
    Skip,
    /// After ESC [ M: three bytes of an old mouse report follow.
    X10Mouse,
    /// In an OSC, DCS, APC, PM or SOS string, all of which only terminals send; `esc` when an ESC may
    /// be the first half of its end.
    Text {
        esc: bool,
    },
    /// In a paste.
    Paste(Box<Paste>),
    /// In a character of `wanted` bytes; `alt` when an ESC came before it.
    Utf8 {
        wanted: usize,
        alt: bool,
    },
}

/// The state machine. One for each session.
pub struct Framer {
    state: FramerState,
    held: [u8; CSI_MAX],
    len: usize,
    /// The byte before was a CR, so that a LF now belongs to it.
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
    /// A framer at the start of a stream.
    #[must_use]
    pub const fn new() -> Self {
        Self { state: FramerState::Ground, held: [0; CSI_MAX], len: 0, after_cr: false }
    }

    /// Takes `bytes` and appends what they complete to `out`. How the stream is cut into calls makes
    /// no difference.
    pub fn feed(&mut self, bytes: &[u8], out: &mut VecDeque<Input>) {
        for byte in bytes {
            self.byte(*byte, out);
        }
    }

    /// True when the last byte was an ESC that may be the Esc key or the start of a sequence: call
    /// [`Framer::flush`] unless more bytes come within 50 ms.
    #[must_use]
    pub const fn awaits_more(&self) -> bool {
        matches!(self.state, FramerState::Escape { .. })
    }

    /// How long to wait for more bytes before [`Framer::flush`] should be called, counted anew from
    /// each `feed`; `None` when nothing is pending. Besides the lone ESC it covers pastes and strings
    /// that were cut off.
    #[must_use]
    pub const fn patience(&self) -> Option<Duration> {
        match self.state {
            FramerState::Ground | FramerState::Utf8 { .. } => None,
            FramerState::Escape { .. } => Some(ESC_PATIENCE),
            _ => Some(PATIENCE),
        }
    }

    /// Takes whatever is pending as ended: a lone ESC was the Esc key, a paste is what came of it.
    pub fn flush(&mut self, out: &mut VecDeque<Input>) {
        match std::mem::replace(&mut self.state, FramerState::Ground) {
            FramerState::Escape { twice } => {
                out.extend(std::iter::repeat_n(Input::Key(Key::Esc), 1 + usize::from(twice)));
            }
            FramerState::Ss3 => out.push_back(Input::Key(Key::Alt('O'))),
            FramerState::Csi if self.len == 0 => out.push_back(Input::Key(Key::Alt('['))),
            FramerState::Paste(paste) => out.push_back(Input::Paste(paste.text())),
            _ => {}
        }
        self.clear();
    }

    fn clear(&mut self) {
        self.held[..self.len].fill(0);
        self.len = 0;
    }

    fn hold(&mut self, byte: u8) -> bool {
        let Some(place) = self.held.get_mut(self.len) else {
            return false;
        };
        *place = byte;
        self.len += 1;
        true
    }

    fn to(&mut self, state: FramerState) {
        self.state = state;
        self.clear();
    }

    fn emit(&mut self, input: Option<Input>, out: &mut VecDeque<Input>) {
        out.extend(input);
        self.to(FramerState::Ground);
    }

    fn byte(&mut self, byte: u8, out: &mut VecDeque<Input>) {
        let after_cr = std::mem::replace(&mut self.after_cr, false);
        match &mut self.state {
            FramerState::Ground => self.ground(byte, after_cr, out),
            FramerState::Escape { twice } => {
                let twice = *twice;
                self.escape(byte, twice, out);
            }
            FramerState::Ss3 => self.ss3(byte, out),
            FramerState::Csi => self.csi(byte, out),
            FramerState::Skip => self.skip(byte, out),
            FramerState::X10Mouse => self.x10_mouse(byte, out),
            FramerState::Text { esc } => {
                let esc = *esc;
                self.text(byte, esc, out);
            }
            FramerState::Paste(paste) => {
                let pasted = paste.take(byte);
                self.pasted(&pasted, out);
            }
            FramerState::Utf8 { wanted, alt } => {
                let (wanted, alt) = (*wanted, *alt);
                self.utf8(byte, wanted, alt, out);
            }
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
            _ => return self.lead(byte, false),
        };
        out.push_back(Input::Key(key));
    }

    /// A byte that may begin a longer character; anything else is skipped.
    fn lead(&mut self, byte: u8, alt: bool) {
        let wanted = match byte {
            0xc2..=0xdf => 2,
            0xe0..=0xef => 3,
            0xf0..=0xf4 => 4,
            _ => return self.to(FramerState::Ground),
        };
        self.to(FramerState::Utf8 { wanted, alt });
        self.hold(byte);
    }

    fn utf8(&mut self, byte: u8, wanted: usize, alt: bool, out: &mut VecDeque<Input>) {
        if byte & 0b1100_0000 != 0b1000_0000 {
            self.to(FramerState::Ground);
            return self.ground(byte, false, out);
        }
        self.hold(byte);
        if self.len < wanted {
            return;
        }
        let c = std::str::from_utf8(&self.held[..self.len]).ok().and_then(|s| s.chars().next());
        let key = c.filter(|c| !c.is_control()).map(|c| if alt { Key::Alt(c) } else { Key::Char(c) });
        self.emit(key.map(Input::Key), out);
    }

    fn escape(&mut self, byte: u8, twice: bool, out: &mut VecDeque<Input>) {
        let esc = Input::Key(Key::Esc);
        match byte {
            0x1b if twice => out.push_back(esc),
            0x1b => self.state = FramerState::Escape { twice: true },
            // PuTTY and rxvt put an ESC before a key's sequence for Alt: then `twice` is no Esc key.
            b'[' => self.to(FramerState::Csi),
            b'O' => self.to(FramerState::Ss3),
            b']' | b'P' | b'_' | b'^' | b'X' if !twice => self.to(FramerState::Text { esc: false }),
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
            0x20..=0x7e => out.push_back(Input::Key(Key::Alt(char::from(byte)))),
            0x80.. => self.lead(byte, true),
            _ => {
                out.push_back(esc);
                self.ground(byte, false, out);
            }
        }
    }

    fn ss3(&mut self, byte: u8, out: &mut VecDeque<Input>) {
        match byte {
            0x20..=0x7e => self.emit(decode::ss3(byte), out),
            _ => self.abort(byte, out),
        }
    }

    fn csi(&mut self, byte: u8, out: &mut VecDeque<Input>) {
        match byte {
            // The Linux console sends F1 to F5 as ESC [ [ A to ESC [ [ E.
            b'[' if self.len == 0 => {
                self.hold(byte);
            }
            b'M' if self.len == 0 => self.to(FramerState::X10Mouse),
            0x20..=0x7e => {
                if !self.hold(byte) {
                    self.state = FramerState::Skip;
                    self.skip(byte, out);
                } else if byte >= 0x40 {
                    self.csi_ended(out);
                }
            }
            _ => self.abort(byte, out),
        }
    }

    fn csi_ended(&mut self, out: &mut VecDeque<Input>) {
        match &self.held[..self.len] {
            b"200~" => self.to(FramerState::Paste(Box::new(Paste::new()))),
            body => {
                let input = decode::csi(body);
                self.emit(input, out);
            }
        }
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
        self.hold(byte);
        if let [button, col, row] = self.held[..self.len] {
            self.emit(decode::x10_mouse([button, col, row]), out);
        }
    }

    /// A string ends with BEL or with ST (ESC \). Any other control character ends it too: replies
    /// contain none, and a person who came here with Alt-P must get out with any key.
    fn text(&mut self, byte: u8, esc: bool, out: &mut VecDeque<Input>) {
        match byte {
            0x07 => self.to(FramerState::Ground),
            b'\\' if esc => self.to(FramerState::Ground),
            _ if esc => {
                self.to(FramerState::Escape { twice: false });
                self.byte(byte, out);
            }
            0x1b => self.to(FramerState::Text { esc: true }),
            0x00..0x20 => self.abort(byte, out),
            _ => {}
        }
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

    /// Gives up a sequence at a byte that cannot belong to it; the byte itself counts.
    fn abort(&mut self, byte: u8, out: &mut VecDeque<Input>) {
        self.to(FramerState::Ground);
        self.ground(byte, false, out);
    }
}
