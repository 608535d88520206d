//! How often keys are exchanged on one connection. Either side may ask for it at any time (RFC 4253 section 9); russh does
//! as it is asked, tells nobody, and computes a signature each time.
//!
//! So exchanges are told by what is written. Whatever else is large is announced before it is handed to russh
//! ([`Traffic::announce`](super::stream::Traffic::announce)), and a KEXINIT is as large as the first one, which every
//! connection begins with.

use std::time::Duration;

use tokio::time::Instant;

/// Exchanges that may follow each other at once: a client may want new keys after a few screens (`RekeyLimit 4K`).
const AT_ONCE: u8 = 16;
/// How long one more takes to be due. A new connection costs as much, and people who type fast under `RekeyLimit 4K` need one
/// in two seconds.
const EVERY: Duration = Duration::from_secs(1);
/// So many bytes of pages make one more due.
const EVERY_BYTES: u64 = 64 * 1024;

/// How much less the same KEXINIT may take in a later exchange: padding is from 4 to 11 bytes without a cipher, and 4 bytes
/// at least with one (RFC 4253 section 6).
const PADDING: u64 = 7;
/// Less than what answers a client's share: a host key, a share and a signature. More than any other packet of russh's own.
const ANSWER: u64 = 160;

/// Finds the exchanges of one connection among what is written.
#[derive(Debug)]
pub(super) struct KeyExchanges {
    has_greeted: bool,
    /// Whether a KEXINIT has been written, and the answer to the share not yet.
    is_under_way: bool,
    /// How many may follow at once.
    left: u8,
    /// The smallest KEXINIT; 0 before the first one.
    kexinit: u64,
    /// What was written since the client was heard, and not announced.
    unannounced: u64,
    /// What was, since the last time that it counted.
    announced: u64,
    /// Since when the next one is waited for.
    since: Instant,
}

impl KeyExchanges {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            has_greeted: false,
            is_under_way: false,
            left: AT_ONCE,
            kexinit: 0,
            unannounced: 0,
            announced: 0,
            since: now,
        }
    }

    /// The client was heard. It has got the answer to all that it said before: russh writes before it reads again.
    pub(super) fn heard(&mut self) {
        self.unannounced = 0;
    }

    /// Counts what was written of `whole`, which began there, and how much of that was announced. False for one exchange
    /// too many.
    pub(super) fn wrote(&mut self, whole: u64, went: u64, announced: u64, now: Instant) -> bool {
        if !self.has_greeted {
            self.has_greeted = true;
            return true;
        }
        if self.kexinit == 0 {
            self.kexinit = whole.saturating_sub(PADDING).max(ANSWER);
            self.is_under_way = true;
            return true;
        }
        self.announced += announced;
        self.unannounced += went.saturating_sub(announced);
        let looked_for = if self.is_under_way { ANSWER } else { self.kexinit };
        if self.unannounced < looked_for {
            return true;
        }
        self.unannounced = 0;
        if std::mem::take(&mut self.is_under_way) {
            return true;
        }
        self.is_under_way = self.take(now);
        self.is_under_way
    }

    fn take(&mut self, now: Instant) -> bool {
        let for_time = now.saturating_duration_since(self.since).as_secs() / EVERY.as_secs();
        let for_bytes = self.announced / EVERY_BYTES;
        self.since += Duration::from_secs(for_time * EVERY.as_secs());
        self.announced %= EVERY_BYTES;
        self.left =
            self.left.saturating_add(u8::try_from(for_time + for_bytes).unwrap_or(u8::MAX)).min(AT_ONCE);
        let is_due = self.left > 0;
        self.left = self.left.saturating_sub(1);
        is_due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEXINIT: u64 = 944;

    struct Connection {
        exchanges: KeyExchanges,
        now: Instant,
    }

    impl Connection {
        fn begin() -> Self {
            let now = Instant::now();
            let mut begun = Self { exchanges: KeyExchanges::new(now), now };
            assert!(begun.writes(17, 0) && begun.writes(KEXINIT, 0));
            assert!(begun.writes(320, 0) && begun.writes(260, 0));
            begun
        }

        /// In answer to something.
        fn writes(&mut self, bytes: u64, announced: u64) -> bool {
            self.exchanges.heard();
            self.exchanges.wrote(bytes, bytes, announced, self.now)
        }

        /// How many exchanges are let pass, of so many; `answer` is as large as the method has it.
        fn exchanges(&mut self, count: usize, answer: u64) -> usize {
            (0..count).take_while(|_| self.writes(KEXINIT - PADDING, 0) && self.writes(answer, 0)).count()
        }
    }

    #[test]
    fn a_few_follow_each_other_and_then_one_a_second() {
        for answer in [240, 1_400] {
            let mut connection = Connection::begin();
            assert_eq!(connection.exchanges(100, answer), usize::from(AT_ONCE));
            connection.now += EVERY;
            assert_eq!(connection.exchanges(100, answer), 1);
            connection.now += Duration::from_hours(1);
            assert_eq!(connection.exchanges(100, answer), usize::from(AT_ONCE));
        }
    }

    #[test]
    fn new_keys_every_thirty_seconds_for_a_day_are_no_offence() {
        let mut connection = Connection::begin();
        for _ in 0..2 * 60 * 24 {
            connection.now += Duration::from_secs(30);
            assert_eq!(connection.exchanges(1, 1_400), 1);
        }
    }

    #[test]
    fn what_was_due_for_time_and_for_bytes_counts_whole() {
        let mut connection = Connection::begin();
        assert_eq!(connection.exchanges(100, 240), usize::from(AT_ONCE));
        let mut in_all = 0;
        for _ in 0..100 {
            connection.now += EVERY * 3 / 2;
            assert!(connection.writes(EVERY_BYTES / 2, EVERY_BYTES / 2));
            in_all += connection.exchanges(10, 240);
        }
        assert_eq!(in_all, 150 + 50);
    }

    #[test]
    fn new_keys_with_each_few_pages_are_no_offence() {
        let mut connection = Connection::begin();
        for _ in 0..1_000 {
            for _ in 0..16 {
                assert!(connection.writes(4_096, 4_096));
            }
            assert_eq!(connection.exchanges(1, 240), 1);
        }
    }

    #[test]
    fn what_is_announced_and_what_is_small_is_no_exchange() {
        let mut connection = Connection::begin();
        for _ in 0..1_000 {
            assert!(connection.writes(5_000, 5_000) && connection.writes(100, 0) && connection.writes(64, 0));
        }
        // A page in pieces, whose framing nobody announced to the byte.
        for _ in 0..1_000 {
            assert!(connection.writes(33_000, 32_900));
        }
        assert_eq!(connection.exchanges(100, 240), usize::from(AT_ONCE));
    }

    #[test]
    fn a_kexinit_that_goes_out_in_pieces_is_one() {
        let mut connection = Connection::begin();
        let mut exchange = || {
            connection.exchanges.heard();
            let now = connection.now;
            (0..KEXINIT / 8).all(|_| connection.exchanges.wrote(8, 8, 0, now)) && connection.writes(240, 0)
        };
        assert_eq!((0..100).take_while(|_| exchange()).count(), usize::from(AT_ONCE));
    }
}
