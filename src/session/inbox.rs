//! What a client sent and its session has not read: bounded by bytes, filled without ever waiting.
//!
//! russh's callbacks may not wait for the session (a client that stops reading would then hold both for ever), and many
//! short packets may arrive before the session is scheduled at all. So `ssh` pushes here, and the session takes what is
//! there in pieces.
//!
//! The inboxes of a connection count together ([`Backlog`]): while they hold more than half a window, no channel is granted
//! more. So all of them hold hardly more than the window that each channel has from its beginning.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use tokio::sync::mpsc::error::TryRecvError;

/// How much the session gets at a time, at most.
const PIECE: usize = 16 * 1024;

/// What a client sends.
#[derive(Debug, PartialEq, Eq)]
pub enum Incoming {
    /// Bytes as typed, in order.
    Bytes(Vec<u8>),
    /// The client will send no more.
    Eof,
}

/// How many bytes all inboxes of a connection hold.
#[derive(Clone, Debug)]
pub struct Backlog {
    held: Arc<AtomicUsize>,
    window: usize,
}

impl Backlog {
    /// Of a connection whose channels may have `window` bytes each under way (RFC 4254 section 5.2).
    #[must_use]
    pub fn of(window: u32) -> Self {
        Self { held: Arc::default(), window: usize::try_from(window).unwrap_or(usize::MAX) }
    }

    /// How many bytes came that no session has read yet.
    #[must_use]
    pub fn held(&self) -> usize {
        self.held.load(Ordering::Relaxed)
    }

    /// True while sessions are behind, so that the client should be slowed down: it is granted no more window.
    #[must_use]
    pub fn is_behind(&self) -> bool {
        self.held() > self.window / 2
    }

    /// More than this on one channel cannot come from a client that respects its window: what was let in before it was
    /// behind, the window that russh grants before it asks again, and what it grants by the byte later.
    const fn full(&self) -> usize {
        self.window.saturating_mul(4)
    }

    fn add(&self, bytes: usize) {
        self.held.fetch_add(bytes, Ordering::Relaxed);
    }

    fn remove(&self, bytes: usize) {
        self.held.fetch_sub(bytes, Ordering::Relaxed);
    }
}

/// Bytes on their way to a session.
#[derive(Debug)]
pub struct Inbox {
    held: Mutex<InboxBuffer>,
    more: Notify,
    backlog: Backlog,
}

#[derive(Debug, Default)]
struct InboxBuffer {
    bytes: Vec<u8>,
    eof: bool,
    disconnected: bool,
}

/// The client sends more than its window allows.
#[derive(Debug, PartialEq, Eq)]
pub struct Overflow;

impl Inbox {
    /// One of the connection whose inboxes count as `backlog`.
    #[must_use]
    pub fn new(backlog: Backlog) -> Self {
        Self { held: Mutex::default(), more: Notify::new(), backlog }
    }

    /// Takes what the client sent, without waiting.
    ///
    /// # Errors
    /// If it sends more than it was granted.
    pub fn push(&self, data: &[u8]) -> Result<(), Overflow> {
        let mut held = self.held();
        if held.bytes.len() + data.len() > self.backlog.full() {
            return Err(Overflow);
        }
        if !held.eof && !held.disconnected {
            held.bytes.extend_from_slice(data);
            self.backlog.add(data.len());
        }
        drop(held);
        self.more.notify_one();
        Ok(())
    }

    /// The client will send no more.
    pub fn close(&self) {
        self.held().eof = true;
        self.more.notify_one();
    }

    /// The client has closed the channel, or is gone. What it has sent can still be read.
    pub fn disconnect(&self) {
        self.held().disconnected = true;
        self.more.notify_one();
    }

    /// The session has ended: what is there is dropped, and so is what still comes.
    pub fn abandon(&self) {
        let mut held = self.held();
        held.disconnected = true;
        self.backlog.remove(std::mem::take(&mut held.bytes).len());
    }

    /// What came next; `None` where the client was gone before it ended its input. Dropping the future loses nothing.
    pub async fn recv(&self) -> Option<Incoming> {
        loop {
            match self.try_recv() {
                Ok(incoming) => return Some(incoming),
                Err(TryRecvError::Disconnected) => return None,
                Err(TryRecvError::Empty) => self.more.notified().await,
            }
        }
    }

    /// The same without waiting.
    ///
    /// # Errors
    /// If nothing is there, or nothing more will come.
    pub fn try_recv(&self) -> Result<Incoming, TryRecvError> {
        let mut held = self.held();
        if held.bytes.len() > PIECE {
            let piece = held.bytes.drain(..PIECE).collect();
            self.backlog.remove(PIECE);
            return Ok(Incoming::Bytes(piece));
        }
        if !held.bytes.is_empty() {
            let rest = std::mem::take(&mut held.bytes);
            self.backlog.remove(rest.len());
            return Ok(Incoming::Bytes(rest));
        }
        match *held {
            InboxBuffer { eof: true, .. } => Ok(Incoming::Eof),
            InboxBuffer { disconnected: true, .. } => Err(TryRecvError::Disconnected),
            InboxBuffer { .. } => Err(TryRecvError::Empty),
        }
    }

    fn held(&self) -> MutexGuard<'_, InboxBuffer> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    const WINDOW: u32 = 64 * 1024;
    const BEHIND: usize = WINDOW as usize / 2;

    fn inbox() -> Inbox {
        Inbox::new(Backlog::of(WINDOW))
    }

    /// What comes until the end, and the largest piece of it.
    async fn all_of(inbox: &Inbox) -> (Vec<u8>, usize) {
        let (mut bytes, mut largest) = (Vec::new(), 0);
        while let Some(Incoming::Bytes(piece)) = inbox.recv().await {
            largest = largest.max(piece.len());
            bytes.extend(piece);
        }
        (bytes, largest)
    }

    #[tokio::test]
    async fn bytes_arrive_whole_and_in_order_and_then_the_end() {
        let inbox = inbox();
        let typed: Vec<u8> = (0..90_000_u32).map(|n| u8::try_from(n % 251).unwrap()).collect();
        for packet in typed.chunks(7) {
            inbox.push(packet).unwrap();
        }
        inbox.close();
        assert_eq!(all_of(&inbox).await, (typed, PIECE));
        assert_eq!(inbox.recv().await, Some(Incoming::Eof));
    }

    #[tokio::test]
    async fn whoever_waits_is_woken_by_what_comes() {
        let inbox = Arc::new(inbox());
        let waiting = tokio::spawn({
            let inbox = Arc::clone(&inbox);
            async move { all_of(&inbox).await }
        });
        for packet in [b"a", b"b"] {
            inbox.push(packet).unwrap();
            tokio::task::yield_now().await;
        }
        inbox.close();
        assert_eq!(waiting.await.unwrap().0, b"ab");
    }

    #[tokio::test]
    async fn what_was_sent_before_the_client_was_gone_is_read_and_a_cut_is_no_end() {
        let inbox = inbox();
        inbox.push(b"a").unwrap();
        inbox.disconnect();
        inbox.push(b"b").unwrap();
        assert_eq!(inbox.recv().await, Some(Incoming::Bytes(b"a".to_vec())));
        assert_eq!(inbox.recv().await, None);
        let ended = self::inbox();
        ended.close();
        ended.disconnect();
        assert_eq!(ended.recv().await, Some(Incoming::Eof));
    }

    #[test]
    fn a_thousand_single_keys_are_no_overflow() {
        let inbox = inbox();
        for _ in 0..1_000 {
            inbox.push(b"k").unwrap();
        }
        assert!(!inbox.backlog.is_behind());
    }

    #[test]
    fn what_nobody_reads_is_bounded() {
        let inbox = inbox();
        let taken = (0..1_000).take_while(|_| inbox.push(&[0; 1024]).is_ok()).count();
        assert_eq!(taken, inbox.backlog.full() / 1024);
        assert!(inbox.backlog.is_behind());
        assert_eq!(inbox.push(b"x"), Err(Overflow));
    }

    #[tokio::test]
    async fn nothing_follows_the_end() {
        let inbox = inbox();
        assert_eq!(inbox.recv().now_or_never(), None);
        inbox.push(b"a").unwrap();
        inbox.close();
        inbox.push(b"b").unwrap();
        assert_eq!(all_of(&inbox).await.0, b"a");
    }

    #[tokio::test]
    async fn the_inboxes_of_a_connection_are_behind_together() {
        let backlog = Backlog::of(WINDOW);
        let inboxes: Vec<_> = (0..3).map(|_| Inbox::new(backlog.clone())).collect();
        let part = vec![0; BEHIND / 2];
        inboxes[0].push(&part).unwrap();
        inboxes[1].push(&part).unwrap();
        assert!(!backlog.is_behind());
        inboxes[2].push(b"x").unwrap();
        assert!(backlog.is_behind());
        inboxes[2].close();
        assert_eq!(all_of(&inboxes[2]).await.0, b"x");
        assert!(!backlog.is_behind());
        inboxes[2].push(&part).unwrap();
        assert!(!backlog.is_behind(), "what follows the end is not kept");
        // A session that has ended leaves nothing, and what still comes for it is dropped.
        inboxes[1].push(&part).unwrap();
        assert!(backlog.is_behind());
        inboxes[1].abandon();
        assert!(!backlog.is_behind());
        inboxes[1].push(&part).unwrap();
        assert_eq!(backlog.held(), part.len());
    }
}
