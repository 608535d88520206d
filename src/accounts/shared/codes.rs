//! Comparing a typed one-time code with stored ones, of which the store has keyed hashes only; and counting tries at
//! those that nobody in particular holds.
//!
//! # Shared codes
//!
//! A reset code has holders ([`super::super::forgot_password`]); the rest of the world has three tries, and then it is
//! spent for everybody but them. A code of an invitation, of a sign-up or of a guest's case, or one that support reads
//! out, goes to somebody whom the portal knows nothing of. So no number of wrong tries ends it: they wait instead.
//!
//! | try of a source | looked at |
//! |---|---|
//! | the day's first | at once, unless its network (/24 or /16; IPv6: /48 or /32) had 16 or 64 of these today |
//! | the second to fifth, further firsts | 40 of a /24 (/48), 200 of a /16 (/32) at once, then one in two minutes |
//! | the sixth and later | not before a day is over |
//! | of all sources, firsts | 4,000 at once, then one a minute |
//! | of all sources, others | 2,000 at once, then one in two minutes |
//!
//! Sources that the account knows do not wait for others at a code from support; they have five tries like everybody.
//! Whoever is told to wait has lost no try. So whoever got the email gets in at the first try, whatever others guess.
//! What is left to those who would keep them out: 16 sources of the very /24 (/48) that they come from, or 4,000
//! sources of 63 networks of the size /16 (/32), all guessing at this one address or case on one day. Then they take
//! turns with these, one in two minutes or one a minute, or come from another network.
//!
//! What a guesser can hope for: in the 7 days of a case's code at most 4,000 + 10,080 first and 2,000 + 5,040 other
//! tries, and 80 in the session that opened the case, of 20^8 codes: 2^-20.2. An invitation (72 hours) has 12,480 at
//! most (2^-20.9), a sign-up or a code from support (30 minutes) 6,045 (2^-22).

use super::admitted;
use crate::accounts::{Accounts, Error, Fault, RequestContext};
use crate::domain::bucket::{Bucket, BucketKind};
use crate::domain::code::{self, Code};
use crate::domain::throttle::{DAY_MS, FIRST_TRIES, Limit, OTHER_TRIES, OTHER_TRIES_PER_NETWORK};
use crate::domain::timestamp::Timestamp;
use crate::store::{LiveCode, RateLimit, Tx, read_tx};

/// The first try of a source on a day.
const FIRST_OF_SOURCE: Limit = Limit { count: 1, window_ms: DAY_MS };

/// What a stored code is bound to, the id of its key and its MAC.
pub(in crate::accounts) fn parts_of(stored: &LiveCode) -> (&str, &str, &[u8]) {
    (&stored.request, &stored.key_id, &stored.mac)
}

/// A try at shared codes that is counted, and the buckets that it counts in until it is known to be right.
#[derive(Debug, Default)]
pub(in crate::accounts) struct SharedTry(Vec<Bucket>);

impl SharedTry {
    /// A right code is no guess: gives the try back.
    pub(in crate::accounts) async fn release(&self, tx: &mut Tx, mark: &str) -> Result<(), Fault> {
        for bucket in &self.0 {
            tx.release_in_windows(bucket, mark).await?;
        }
        Ok(())
    }

    /// Counts it in one more bucket, if that has room.
    async fn counts(
        &mut self,
        tx: &mut Tx,
        bucket: &Bucket,
        mark: &str,
        limits: &[Limit],
        now: Timestamp,
    ) -> Result<bool, Fault> {
        if let RateLimit::Later(_) = tx.reserve_in_windows(bucket, mark, limits, now).await? {
            return Ok(false);
        }
        self.0.push(bucket.clone());
        Ok(true)
    }
}

impl Accounts {
    /// The one of `stored` that `typed` is. `parts` gives what a stored code is bound to, the id of its key and its
    /// MAC. All are compared, and a made-up one when there is none, so that the time it takes tells nothing.
    pub(in crate::accounts) fn find_code<'a, T>(
        &self,
        stored: &'a [T],
        parts: impl Fn(&T) -> (&str, &str, &[u8]),
        (purpose, owner): (&str, &str),
        typed: &Code,
    ) -> Option<&'a T> {
        let keyring = self.keyring.get();
        let mut right = None;
        for stored in stored {
            let (bound_to, key_id, mac) = parts(stored);
            let Some(key) = keyring.code_key_of(key_id) else {
                tracing::error!(key = key_id, "a code's key is not among the secret keys");
                continue;
            };
            if code::same_mac(&code::mac(key, purpose, bound_to, owner, typed), mac) {
                right = Some(stored);
            }
        }
        if stored.is_empty() {
            let mac = code::mac(keyring.code_key().1, purpose, "", owner, typed);
            std::hint::black_box(code::same_mac(&mac, &[0; 32]));
        }
        right
    }

    /// Counts a try named `mark` at the shared codes that `what` names (an address, a case, an account: hashed or
    /// random, never something that was typed). Refuses with the time when one would be looked at; then none is lost.
    /// Commit before comparing, also a refusal. What it costs depends on sources, not on whether there is a code.
    pub(in crate::accounts) async fn reserve_shared_try(
        &self,
        tx: &mut Tx,
        cx: &RequestContext,
        what: &Bucket,
        mark: &str,
        now: Timestamp,
    ) -> Result<SharedTry, Error> {
        let source = what.at(&self.place_mac(&cx.source.to_string()));
        let mut counted = SharedTry::default();
        let is_first = counted.counts(tx, &source, mark, &[FIRST_OF_SOURCE], now).await?;
        let waits = if is_first && self.is_among_first(tx, cx, what, &mut counted, mark, now).await? {
            tx.reserve_rate(&BucketKind::FirstTries.of(&[what.as_str()]), FIRST_TRIES, now).await?
        } else {
            if !is_first {
                admitted(tx.reserve_in_windows(&source, mark, source.fixed_limits(), now).await?)?;
                counted.0.push(source);
            }
            self.reserve_other_try(tx, cx, what, now).await?
        };
        if let RateLimit::Later(_) = waits {
            counted.release(tx, mark).await?;
        }
        admitted(waits)?;
        Ok(counted)
    }

    /// Refuses a source that has had its tries, or that was told to wait a moment ago, before anything is written.
    pub(in crate::accounts) async fn require_room_for_shared_try(
        &self,
        cx: &RequestContext,
        what: &Bucket,
        now: Timestamp,
    ) -> Result<(), Error> {
        self.refuse_from_memory(cx, what.as_str(), now)?;
        let source = what.at(&self.place_mac(&cx.source.to_string()));
        let room = read_tx!(self.store, Fault, |tx| {
            Ok(tx.peek_in_windows(&source, "", source.fixed_limits(), now).await?)
        });
        admitted(self.note_refusal(cx, what.as_str(), room.await?, now))
    }

    /// The same for a source that waits for nobody else.
    pub(in crate::accounts) async fn reserve_own_try(
        &self,
        tx: &mut Tx,
        cx: &RequestContext,
        what: &Bucket,
        mark: &str,
        now: Timestamp,
    ) -> Result<SharedTry, Error> {
        let source = what.at(&self.place_mac(&cx.source.to_string()));
        admitted(tx.reserve_in_windows(&source, mark, source.fixed_limits(), now).await?)?;
        Ok(SharedTry(vec![source]))
    }

    /// True when every network of this source has room for another first try.
    async fn is_among_first(
        &self,
        tx: &mut Tx,
        cx: &RequestContext,
        what: &Bucket,
        counted: &mut SharedTry,
        mark: &str,
        now: Timestamp,
    ) -> Result<bool, Fault> {
        let kinds = [BucketKind::FirstTriesNarrow, BucketKind::FirstTriesWide];
        for bucket in self.network_buckets(kinds, &[what.as_str()], cx) {
            if !counted.counts(tx, &bucket, mark, bucket.fixed_limits(), now).await? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    async fn reserve_other_try(
        &self,
        tx: &mut Tx,
        cx: &RequestContext,
        what: &Bucket,
        now: Timestamp,
    ) -> Result<RateLimit, Fault> {
        let kinds = [BucketKind::OtherTriesNarrow, BucketKind::OtherTriesWide];
        for (bucket, limit) in
            self.network_buckets(kinds, &[what.as_str()], cx).iter().zip(OTHER_TRIES_PER_NETWORK)
        {
            if let later @ RateLimit::Later(_) = tx.reserve_rate(bucket, limit, now).await? {
                return Ok(later);
            }
        }
        Ok(tx.reserve_rate(&BucketKind::OtherTries.of(&[what.as_str()]), OTHER_TRIES, now).await?)
    }
}
