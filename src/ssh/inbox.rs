//! What a client sent and its session has not read: bounded by bytes, filled without ever waiting.
//!
//! russh's callbacks may not wait for the session (a client that stops reading would then hold both for
//! ever), and many short packets may arrive before the session is scheduled at all. So the handler
//! pushes here, and the connection's task carries it on to the session's queue in large pieces.
//!
//! The inboxes of a connection count together ([`Backlog`]): while they hold more than half a window, no channel is granted
//! more. So all of them hold hardly more than the window that each channel has from its beginning.

use std::convert::Infallible;
use std::future::pending;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, mpsc};

use super::algorithms::WINDOW;
use crate::session::Incoming;

/// Above this much a connection's client is granted no more window.
const BEHIND: usize = WINDOW as usize / 2;

/// More than this on one channel cannot come from a client that respects its window (RFC 4254 section 5.2): what was let in
/// before it was behind, the window that russh grants before it asks again, and what it grants by the byte later.
const FULL: usize = 4 * WINDOW as usize;

/// How much the session gets at a time, at most.
const PIECE: usize = 16 * 1024;

/// How many pieces the session's own queue holds.
pub(super) const QUEUE: usize = 4;

/// How many bytes all inboxes of a connection hold.
#[derive(Clone, Debug, Default)]
pub(super) struct Backlog(Arc<AtomicUsize>);

impl Backlog {
    /// True while sessions are behind, so that the client should be slowed down.
    pub(super) fn is_behind(&self) -> bool {
        self.0.load(Ordering::Relaxed) > BEHIND
    }

    fn add(&self, bytes: usize) {
        self.0.fetch_add(bytes, Ordering::Relaxed);
    }

    fn remove(&self, bytes: usize) {
        self.0.fetch_sub(bytes, Ordering::Relaxed);
    }
}

/// Bytes on their way to a session.
#[derive(Debug, Default)]
pub(super) struct Inbox {
    held: Mutex<InboxBuffer>,
    more: Notify,
    backlog: Backlog,
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
    /// One of the connection whose inboxes count as `backlog`.
    pub(super) fn new(backlog: Backlog) -> Self {
        Self { backlog, ..Self::default() }
    }

    /// Takes what the client sent, without waiting.
    pub(super) fn push(&self, data: &[u8]) -> Result<(), Overflow> {
        let mut held = self.held();
        if held.bytes.len() + data.len() > FULL {
            return Err(Overflow);
        }
        if !held.eof {
            held.bytes.extend_from_slice(data);
            self.backlog.add(data.len());
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

    /// The session has ended: what is there is dropped, and so is what still comes.
    pub(super) fn abandon(&self) {
        let mut held = self.held();
        held.eof = true;
        self.backlog.remove(std::mem::take(&mut held.bytes).len());
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
            self.backlog.remove(PIECE);
            return Some(Incoming::Bytes(piece));
        }
        if !held.bytes.is_empty() {
            let rest = std::mem::take(&mut held.bytes);
            self.backlog.remove(rest.len());
            return Some(Incoming::Bytes(rest));
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
        let typed: Vec<u8> = (0..90_000_u32).map(|n| u8::try_from(n % 251).unwrap()).collect();
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
        assert!(!inbox.backlog.is_behind());
    }

    #[tokio::test]
    async fn what_nobody_reads_is_bounded() {
        let inbox = Inbox::default();
        let taken = (0..1_000).take_while(|_| inbox.push(&[0; 1024]).is_ok()).count();
        assert_eq!(taken, FULL / 1024);
        assert!(inbox.backlog.is_behind());
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

    #[tokio::test]
    async fn the_inboxes_of_a_connection_are_behind_together() {
        let backlog = Backlog::default();
        let inboxes: Vec<_> = (0..3).map(|_| Arc::new(Inbox::new(backlog.clone()))).collect();
        let part = vec![0; BEHIND / 2];
        inboxes[0].push(&part).unwrap();
        inboxes[1].push(&part).unwrap();
        assert!(!backlog.is_behind());
        inboxes[2].push(b"x").unwrap();
        assert!(backlog.is_behind());
        inboxes[2].close();
        assert_eq!(all_of(Arc::clone(&inboxes[2])).await.0, b"x");
        assert!(!backlog.is_behind());
        inboxes[2].push(&part).unwrap();
        assert!(!backlog.is_behind(), "what follows the end is not kept");
        // A session that has ended leaves nothing, and what still comes for it is dropped.
        inboxes[1].push(&part).unwrap();
        assert!(backlog.is_behind());
        inboxes[1].abandon();
        assert!(!backlog.is_behind());
        inboxes[1].push(&part).unwrap();
        assert_eq!(backlog.0.load(Ordering::Relaxed), part.len());
    }
}
