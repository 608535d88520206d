//! What a client sent and its session has not read: bounded by bytes, filled without ever waiting.
//!
//! russh's callbacks may not wait for the session (a client that stops reading would then hold both for
//! ever), and many short packets may arrive before the session is scheduled at all. So the handler
//! pushes here, and the connection's task carries it on to the session's queue in large pieces.

use std::convert::Infallible;
use std::future::pending;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, mpsc};

use super::algorithms::WINDOW;
use crate::session::Incoming;

/// Above this much the client is granted no more window.
const BEHIND: usize = WINDOW as usize / 2;

/// More than this cannot come from a client that respects its window (RFC 4254 section 5.2).
const FULL: usize = 3 * WINDOW as usize;

/// How much the session gets at a time, at most.
const PIECE: usize = 16 * 1024;

/// How many pieces the session's own queue holds.
pub(super) const QUEUE: usize = 4;

/// Bytes on their way to a session.
#[derive(Debug, Default)]
pub(super) struct Inbox {
    held: Mutex<InboxBuffer>,
    more: Notify,
}

#[derive(Debug, Default)]
struct InboxBuffer {
    bytes: Vec<u8>,
    eof: bool,
}

/// The client sends more than its window allows.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Overflow;

impl Inbox {
    /// Takes what the client sent, without waiting.
    pub(super) fn push(&self, data: &[u8]) -> Result<(), Overflow> {
        let mut held = self.held();
        if held.bytes.len() + data.len() > FULL {
            return Err(Overflow);
        }
        if !held.eof {
            held.bytes.extend_from_slice(data);
        }
        drop(held);
        self.more.notify_one();
        Ok(())
    }

    /// The client will send no more.
    pub(super) fn close(&self) {
        self.held().eof = true;
        self.more.notify_one();
    }

    /// True while the session is behind, so that the client should be slowed down.
    pub(super) fn is_behind(&self) -> bool {
        self.held().bytes.len() > BEHIND
    }

    /// Carries everything on to `session` for as long as it is polled.
    pub(super) async fn carry_to(&self, session: mpsc::Sender<Incoming>) -> Infallible {
        let mut closed = false;
        loop {
            while let Some(incoming) = self.next(&mut closed) {
                if session.send(incoming).await.is_err() {
                    // The session reads no more; what still comes runs into the bound above.
                    return pending().await;
                }
            }
            self.more.notified().await;
        }
    }

    fn next(&self, closed: &mut bool) -> Option<Incoming> {
        let mut held = self.held();
        if held.bytes.len() > PIECE {
            let piece = held.bytes.drain(..PIECE).collect();
            return Some(Incoming::Bytes(piece));
        }
        if !held.bytes.is_empty() {
            return Some(Incoming::Bytes(std::mem::take(&mut held.bytes)));
        }
        (held.eof && !std::mem::replace(closed, true)).then_some(Incoming::Eof)
    }

    fn held(&self) -> MutexGuard<'_, InboxBuffer> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    async fn all_of(inbox: Arc<Inbox>) -> (Vec<u8>, usize) {
        let (session, mut input) = mpsc::channel(QUEUE);
        let carrying = tokio::spawn(async move { inbox.carry_to(session).await });
        let (mut bytes, mut largest) = (Vec::new(), 0);
        while let Some(Incoming::Bytes(piece)) = input.recv().await {
            largest = largest.max(piece.len());
            bytes.extend(piece);
        }
        carrying.abort();
        (bytes, largest)
    }

    #[tokio::test]
    async fn bytes_arrive_whole_and_in_order_and_then_the_end() {
        let inbox = Arc::new(Inbox::default());
        let typed: Vec<u8> = (0..100_000_u32).map(|n| u8::try_from(n % 251).unwrap()).collect();
        for packet in typed.chunks(7) {
            inbox.push(packet).unwrap();
        }
        inbox.close();
        let (bytes, largest) = all_of(inbox).await;
        assert_eq!(bytes, typed);
        assert_eq!(largest, PIECE);
    }

    #[tokio::test]
    async fn a_thousand_single_keys_are_no_overflow() {
        let inbox = Inbox::default();
        for _ in 0..1_000 {
            inbox.push(b"k").unwrap();
        }
        assert!(!inbox.is_behind());
    }

    #[tokio::test]
    async fn what_nobody_reads_is_bounded() {
        let inbox = Inbox::default();
        let taken = (0..1_000).take_while(|_| inbox.push(&[0; 1024]).is_ok()).count();
        assert_eq!(taken, FULL / 1024);
        assert!(inbox.is_behind());
        assert_eq!(inbox.push(b"x"), Err(Overflow));
    }

    #[tokio::test]
    async fn nothing_follows_the_end() {
        let inbox = Arc::new(Inbox::default());
        inbox.push(b"a").unwrap();
        inbox.close();
        inbox.push(b"b").unwrap();
        assert_eq!(all_of(inbox).await.0, b"a");
    }
}
