//! Standard input of a command: bounded, read only when a command asks for it, wiped afterwards.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use zeroize::{Zeroize, Zeroizing};

use super::restarting;
use crate::commands::CommandError;
use crate::domain::exit_code;
use crate::domain::input::{self, NotText, without_byte_order_mark};
use crate::session::inbox::{Inbox, Incoming};

/// The most bytes that one command reads.
const MAX_BYTES: usize = 64 * 1024;
/// The most bytes of one line.
const MAX_LINE: usize = 4 * 1024;

/// What was sent and not yet read.
pub(super) struct Stdin {
    input: Arc<Inbox>,
    held: Zeroizing<Vec<u8>>,
    at: usize,
    taken: usize,
    has_pty: bool,
    /// The last line ended with CR; an LF right behind it belongs to it.
    after_cr: bool,
    ended: bool,
    patience: Duration,
    /// Cancelled when the server stops: what has come is still read, more is not waited for.
    stop: CancellationToken,
}

impl Stdin {
    pub(super) fn new(input: Arc<Inbox>, has_pty: bool, patience: Duration, stop: CancellationToken) -> Self {
        let held = Zeroizing::default();
        Self { input, held, at: 0, taken: 0, has_pty, after_cr: false, ended: false, patience, stop }
    }

    /// Waits at most this long for each piece of input from now on.
    pub(super) fn wait_for(&mut self, patience: Duration) {
        self.patience = patience;
    }

    /// Whether nothing was read yet, so that a byte order mark may come.
    fn is_at_start(&self) -> bool {
        self.taken == self.held.len() - self.at
    }

    /// The next byte; `None` at the end of input.
    pub(super) async fn byte(&mut self) -> Result<Option<u8>, CommandError> {
        while self.at == self.held.len() {
            if self.ended {
                return Ok(None);
            }
            let incoming = tokio::select! {
                biased;
                incoming = self.input.recv() => incoming,
                () = self.stop.cancelled() => return Err(restarting()),
                () = sleep(self.patience) => {
                    let message = "Nothing came on standard input for too long. Nothing was changed.";
                    return Err(CommandError::failed("no-input", message, exit_code::USAGE));
                }
            };
            match incoming {
                Some(Incoming::Bytes(mut bytes)) => {
                    self.hold(&bytes)?;
                    bytes.zeroize();
                }
                Some(Incoming::Eof) => self.ended = true,
                // Cut, not ended: what was sent so far may be half of what was meant.
                None => return Err(CommandError::Disconnected),
            }
        }
        self.at += 1;
        Ok(self.held.get(self.at - 1).copied())
    }

    fn hold(&mut self, bytes: &[u8]) -> Result<(), CommandError> {
        self.taken = self.taken.saturating_add(bytes.len());
        if self.taken > MAX_BYTES {
            let message = "At most 64 KiB are read from standard input. Nothing was changed.";
            return Err(CommandError::failed("too-much-input", message, exit_code::USAGE));
        }
        // A fresh piece of memory each time: one that grew would leave its old self behind unwiped.
        self.held = Zeroizing::new(bytes.to_vec());
        self.at = 0;
        Ok(())
    }

    /// The next whole line, ended by LF, CR or CR LF. One that the end of input cuts off is not taken: it
    /// may be half of a password.
    pub(super) async fn line(&mut self) -> Result<Option<Zeroizing<String>>, CommandError> {
        let mut line = Zeroizing::new(Vec::with_capacity(MAX_LINE));
        let is_first = self.is_at_start();
        loop {
            let byte = self.byte().await?;
            let follows_cr = std::mem::take(&mut self.after_cr);
            match byte {
                Some(b'\n') if follows_cr && line.is_empty() => {}
                Some(end @ (b'\r' | b'\n')) => {
                    self.after_cr = end == b'\r';
                    return line_text(unmarked(&line, is_first)).map(Some);
                }
                None if unmarked(&line, is_first).is_empty() => return Ok(None),
                None => {
                    let message = "Standard input ended in the middle of a line: each line needs its line end. \
                                 Nothing was changed.";
                    return Err(CommandError::failed("input-ended", message, exit_code::USAGE));
                }
                Some(0x03) if self.has_pty => {
                    return Err(CommandError::failed("left", "Nothing was changed.", exit_code::NO));
                }
                Some(0x04) if self.has_pty && line.is_empty() => return Ok(None),
                Some(0x08 | 0x7f) if self.has_pty => pop_char(&mut line),
                Some(_) if line.len() == MAX_LINE => return Err(too_long()),
                Some(byte) => line.push(byte),
            }
        }
    }

    /// All that is left, to the end of input.
    pub(super) async fn rest(&mut self) -> Result<Zeroizing<String>, CommandError> {
        let mut rest = Zeroizing::new(Vec::with_capacity(MAX_BYTES));
        let is_first = self.is_at_start();
        while let Some(byte) = self.byte().await? {
            rest.push(byte);
        }
        let rest = unmarked(&rest, is_first);
        let text = input::decoded(rest).map_err(refused)?;
        if text.chars().any(|c| c.is_ascii_control() && !c.is_ascii_whitespace()) {
            return Err(refused(NotText::Control));
        }
        Ok(Zeroizing::new(text.to_owned()))
    }
}

/// Windows programs put a byte order mark before the first of what they send.
fn unmarked(bytes: &[u8], is_first: bool) -> &[u8] {
    if is_first { without_byte_order_mark(bytes) } else { bytes }
}

fn line_text(line: &[u8]) -> Result<Zeroizing<String>, CommandError> {
    input::line(line).map(|text| Zeroizing::new(text.to_owned())).map_err(refused)
}

fn refused(why: NotText) -> CommandError {
    let next = match why {
        // $OutputEncoding is how Windows PowerShell writes into a pipe.
        NotText::Utf16 => {
            " Send it as UTF-8; in PowerShell, type $OutputEncoding = [Text.UTF8Encoding]::new() before."
        }
        NotText::Encoding => " Send it as UTF-8.",
        NotText::Control => "",
    };
    let message = format!("Standard input {why}. Nothing was changed.{next}");
    CommandError::failed("line-refused", &message, exit_code::USAGE)
}

fn too_long() -> CommandError {
    let message = "A line is longer than 4 KiB. Nothing was changed.";
    CommandError::failed("line-refused", message, exit_code::USAGE)
}

/// Takes the last character back, all of its bytes.
fn pop_char(line: &mut Vec<u8>) {
    while let Some(byte) = line.pop() {
        if byte & 0xC0 != 0x80 {
            break;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::inbox::Backlog;

    fn inbox() -> Arc<Inbox> {
        Arc::new(Inbox::new(Backlog::of(64 * 1024)))
    }

    fn stdin(pieces: &[&[u8]], ends: bool) -> Stdin {
        let input = inbox();
        for piece in pieces {
            input.push(piece).unwrap();
        }
        if ends {
            input.close();
        } else {
            input.disconnect();
        }
        Stdin::new(input, false, Duration::from_secs(5), CancellationToken::new())
    }

    async fn lines(mut stdin: Stdin) -> Vec<String> {
        let mut lines = Vec::new();
        while let Some(line) = stdin.line().await.unwrap() {
            lines.push(line.to_string());
        }
        lines
    }

    #[tokio::test]
    async fn lines_end_with_lf_cr_or_both_wherever_packets_are_cut() {
        let pieces: &[&[u8]] = &[b"one\r", b"\ntw", b"o\n\nthr\xc3", b"\xa9e\rfour\r\n"];
        assert_eq!(lines(stdin(pieces, true)).await, ["one", "two", "", "thr\u{e9}e", "four"]);
    }

    #[tokio::test]
    async fn a_byte_order_mark_is_no_part_of_the_first_line_and_of_any_other_it_is() {
        let pieces: &[&[u8]] = &[b"\xef", b"\xbb\xbfone\r\n\xef\xbb\xbftwo\r\n"];
        assert_eq!(lines(stdin(pieces, true)).await, ["one", "\u{feff}two"]);
        assert_eq!(lines(stdin(&[b"\xef\xbb\xbf"], true)).await, [""; 0]);
        assert_eq!(stdin(&[b"\xef\xbb\xbfkey\r\n"], true).rest().await.unwrap().as_str(), "key\r\n");
    }

    #[tokio::test]
    async fn a_line_is_the_very_characters_that_were_sent() {
        for line in
            ["plum ❤\u{fe0f}", "👩\u{200d}🔬 می\u{200c}خواهم", "so\u{ad}ft \u{202e}", "e\u{301}", " a "]
        {
            assert_eq!(lines(stdin(&[line.as_bytes(), b"\n"], true)).await, [line]);
        }
    }

    #[tokio::test]
    async fn what_is_not_utf_8_is_told_by_its_name() {
        for (bytes, why) in [
            (b"m\xfcller\n".as_slice(), "is not UTF-8"),
            (b"\xff\xfep\0l\0u\0m\0\r\0\n\0", "is UTF-16"),
            (b"p\0l\0u\0m\0\r\0\n\0", "is UTF-16"),
            (b"a\tb\n", "has control characters"),
        ] {
            let Err(CommandError::Failed(failure)) = stdin(&[bytes], true).line().await else {
                panic!("{why}")
            };
            assert!(format!("{failure:?}").contains(why), "{failure:?}");
        }
    }

    #[tokio::test]
    async fn a_line_that_is_cut_off_or_holds_controls_or_is_too_long_is_not_taken() {
        let long = vec![b'x'; MAX_LINE + 1];
        for bad in [b"half".as_slice(), b"a\0b\n", b"a\x1b[A\n", b"\xff\n", &long] {
            assert!(matches!(stdin(&[bad], true).line().await, Err(CommandError::Failed(_))), "{bad:?}");
        }
        assert!(matches!(stdin(&[b"half"], false).line().await, Err(CommandError::Disconnected)));
    }

    #[tokio::test]
    async fn input_is_bounded() {
        let piece = [b'x'; 16 * 1024].as_slice();
        assert!(stdin(&[piece; 4], true).rest().await.is_ok());
        assert!(matches!(stdin(&[piece; 5], true).rest().await, Err(CommandError::Failed(_))));
    }

    /// What has come is read to its last line; more is not waited for.
    #[tokio::test]
    async fn a_stop_is_told_when_more_input_is_needed_and_not_before() {
        let input = inbox();
        let stop = CancellationToken::new();
        let mut stdin = Stdin::new(Arc::clone(&input), false, Duration::from_mins(1), stop.clone());
        input.push(b"one\ntw").unwrap();
        input.push(b"o\nthr").unwrap();
        stop.cancel();
        for line in ["one", "two"] {
            assert_eq!(stdin.line().await.unwrap().unwrap().as_str(), line);
        }
        let Err(CommandError::Failed(failure)) = stdin.line().await else { panic!("it waits, or goes on") };
        assert!(format!("{failure:?}").contains("restarting"), "{failure:?}");
    }
}
