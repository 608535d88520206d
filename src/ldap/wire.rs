//! Messages in bytes. A message that is too long is refused by its head, before any of it is kept; one that comes slowly
//! takes no more memory than has arrived.

use std::io;
use std::time::Duration;

use ldap3_proto::LdapCodec;
use ldap3_proto::proto::LdapMsg;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::time::timeout;
use tokio_util::bytes::BytesMut;
use tokio_util::codec::{Decoder as _, Encoder as _};
use zeroize::Zeroizing;

use super::tls::is_alert;

/// The longest message of whoever is bound: a filter over many names.
pub const MOST_BOUND: usize = 64 * 1_024;
/// The longest message of whoever is not: a name and a password.
pub const MOST_UNBOUND: usize = 16 * 1_024;
/// Parts within parts: a filter has one for each level, and a few are around it.
const MAX_DEPTH: usize = 64;
/// What is written at a time.
const WRITTEN_AT_ONCE: usize = 32 * 1_024;
/// How long somebody may take to read that.
const TO_READ: Duration = Duration::from_secs(20);
/// How much is read at a time.
const READ_AT_ONCE: usize = 4 * 1_024;

/// Why a connection goes no further.
#[derive(Debug)]
pub enum WireFault {
    /// The other end is gone.
    Gone,
    /// It has said by TLS why it goes.
    Alert(io::Error),
    /// These bytes are no message.
    Malformed,
    /// The message is longer than is read.
    TooLong,
    /// Answers are not read.
    Slow,
}

impl From<io::Error> for WireFault {
    fn from(error: io::Error) -> Self {
        if is_alert(&error) { Self::Alert(error) } else { Self::Gone }
    }
}

/// How long the message is that begins here, once its head is there.
pub fn length(bytes: &[u8], most: usize) -> Result<Option<usize>, WireFault> {
    let [tag, first, rest @ ..] = bytes else {
        return match bytes {
            [] | [0x30] => Ok(None),
            _ => Err(WireFault::Malformed),
        };
    };
    if *tag != 0x30 {
        return Err(WireFault::Malformed);
    }
    let (head, content) = match first {
        0..=0x7f => (2, usize::from(*first)),
        // Of a definite length in up to four bytes (RFC 4511, section 5.1).
        0x81..=0x84 => {
            let count = usize::from(first & 0x7f);
            let Some(digits) = rest.get(..count) else { return Ok(None) };
            let content = digits.iter().fold(0_usize, |sum, digit| (sum << 8) | usize::from(*digit));
            (2 + count, content)
        }
        _ => return Err(WireFault::Malformed),
    };
    match head.checked_add(content).filter(|length| *length <= most) {
        Some(length) => Ok(Some(length)),
        None => Err(WireFault::TooLong),
    }
}

/// The tags of what clients ask (RFC 4511, section 4.2 and following): bind, unbind, search, modify, add, delete, rename,
/// compare, abandon, extended. The codec writes about any other on standard output.
const REQUESTS: [u8; 10] = [0x60, 0x42, 0x63, 0x66, 0x68, 0x4a, 0x6c, 0x6e, 0x50, 0x77];

/// Whether a whole message holds a request, by the tag behind its number.
fn is_request(message: &[u8]) -> bool {
    let head = match message.get(1) {
        Some(first @ 0x81..=0x84) => 2 + usize::from(first & 0x7f),
        _ => 2,
    };
    let tag = match message.get(head..) {
        Some([0x02, count @ 1..=4, rest @ ..]) => rest.get(usize::from(*count)),
        _ => None,
    };
    tag.is_some_and(|tag| REQUESTS.contains(tag))
}

/// Reads one whole message.
pub fn decode(message: &[u8]) -> Result<LdapMsg, WireFault> {
    if !is_request(message) {
        return Err(WireFault::Malformed);
    }
    let mut bytes = BytesMut::from(message);
    match LdapCodec::new(Some(MOST_BOUND), Some(MAX_DEPTH)).decode(&mut bytes) {
        Ok(Some(message)) if bytes.is_empty() => Ok(message),
        _ => Err(WireFault::Malformed),
    }
}

/// A connection that messages come and go over.
pub struct Wire<S> {
    stream: S,
    /// What has come and is not taken yet; passwords are in it.
    read: Zeroizing<Vec<u8>>,
    written: BytesMut,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Wire<S> {
    /// Begins on a stream.
    pub fn new(stream: S) -> Self {
        Self { stream, read: Zeroizing::default(), written: BytesMut::new() }
    }

    /// The next message; `None` at the end.
    pub async fn next(&mut self, most: usize) -> Result<Option<LdapMsg>, WireFault> {
        loop {
            if let Some(length) = length(&self.read, most)?
                && let Some(message) = self.read.get(..length)
            {
                let message = decode(message);
                let rest = self.read.get(length..).unwrap_or_default().to_vec();
                // The former buffer is wiped.
                self.read = Zeroizing::new(rest);
                return message.map(Some);
            }
            let mut some = Zeroizing::new([0; READ_AT_ONCE]);
            let count = self.stream.read(some.as_mut_slice()).await?;
            if count == 0 {
                return if self.read.is_empty() { Ok(None) } else { Err(WireFault::Gone) };
            }
            self.keep(some.get(..count).unwrap_or_default());
        }
    }

    /// Appends, and leaves nothing behind where the buffer moves.
    fn keep(&mut self, bytes: &[u8]) {
        if self.read.capacity() - self.read.len() < bytes.len() {
            let mut larger = Vec::with_capacity(2 * (self.read.len() + bytes.len()));
            larger.extend_from_slice(&self.read);
            self.read = Zeroizing::new(larger);
        }
        self.read.extend_from_slice(bytes);
    }

    /// Puts a message among those to be written, and writes them when they are many.
    pub async fn send(&mut self, message: LdapMsg) -> Result<(), WireFault> {
        let encoded = LdapCodec::new(None, None).encode(message, &mut self.written);
        encoded.map_err(|_| WireFault::Malformed)?;
        if self.written.len() < WRITTEN_AT_ONCE { Ok(()) } else { self.flush().await }
    }

    /// Writes what is left to be written. Whoever reads takes so long at most with each part of it.
    pub async fn flush(&mut self) -> Result<(), WireFault> {
        let written = std::mem::take(&mut self.written);
        for part in written.chunks(WRITTEN_AT_ONCE) {
            let taken = timeout(TO_READ, self.stream.write_all(part)).await;
            taken.map_err(|_| WireFault::Slow)??;
        }
        Ok(timeout(TO_READ, self.stream.flush()).await.map_err(|_| WireFault::Slow)??)
    }

    /// The stream, if nothing that has come is left: what somebody in between has put behind a request for TLS must not
    /// count as said within it.
    pub fn into_clean_stream(self) -> Option<S> {
        self.read.is_empty().then_some(self.stream)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_as_long_as_its_head_says() {
        for (bytes, said) in [
            (&b""[..], Ok(None)),
            (b"\x30", Ok(None)),
            (b"\x30\x05", Ok(Some(7))),
            (b"\x30\x81", Ok(None)),
            (b"\x30\x81\x80", Ok(Some(131))),
            (b"\x30\x84\x00\x00\x00\x05\x02", Ok(Some(11))),
            (b"\x30\x84\x7f\xff\xff\xff", Err("TooLong")),
            (b"\x30\x82\xff\xff", Err("TooLong")),
            (b"\x30\x80", Err("Malformed")),
            (b"\x30\x85\x00", Err("Malformed")),
            (b"GET / HTTP", Err("Malformed")),
            (b"\x16\x03\x01", Err("Malformed")),
            (b"G", Err("Malformed")),
        ] {
            let found = length(bytes, MOST_UNBOUND).map_err(|fault| format!("{fault:?}"));
            assert_eq!(found, said.map_err(str::to_owned), "{bytes:x?}");
        }
    }

    #[tokio::test]
    async fn messages_are_read_in_any_pieces() {
        let unbind = b"\x30\x05\x02\x01\x07\x42\x00";
        let (mut client, server) = tokio::io::duplex(3);
        let sent = [unbind.as_slice(), unbind].concat();
        tokio::spawn(async move { client.write_all(&sent).await });
        let mut wire = Wire::new(server);
        for _ in 0..2 {
            assert_eq!(wire.next(MOST_UNBOUND).await.unwrap().unwrap().msgid, 7);
        }
        assert!(wire.next(MOST_UNBOUND).await.unwrap().is_none());
    }
}
