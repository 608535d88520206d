//! Tries that come a moment too early wait instead of being refused, and tries that count in one bucket take turns.
//!
//! A mail program opens several connections at once, each with the right password. A try counts as a failure until it has
//! succeeded, so without turns the second one would find a failure and a delay.

use std::collections::HashMap;
use std::sync::{Arc, Mutex as BlockingMutex, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::{Mutex, OwnedMutexGuard};
use tokio::time::timeout;

use super::resolve_name::TryAllowance;
use crate::clock::Clock;
use crate::domain::bucket::Bucket;
use crate::domain::throttle::EARLY_TRY_GRACE_MS;
use crate::domain::timestamp::Timestamp;
use crate::store::{RateLimit, beside_deadline};

/// So many buckets are kept before it is looked which of them nobody waits at any more.
const KEPT: usize = 64;

/// How long one try may wait until there is room for it: [`EARLY_TRY_GRACE_MS`] in all.
#[derive(Debug)]
pub(in crate::accounts) struct EarlyTry {
    last: Option<Timestamp>,
    has_waited: bool,
}

impl EarlyTry {
    pub(in crate::accounts) fn new(clock: &Clock) -> Self {
        Self { last: Some(clock.now().plus_ms(EARLY_TRY_GRACE_MS)), has_waited: false }
    }

    /// Whether to wait for a turn: the source has room, and the name has, or will have soon enough. Whose source has none
    /// keeps nobody else waiting.
    pub(in crate::accounts) fn may_wait_for_turn(&self, room: TryAllowance) -> bool {
        match (room.of_source, room.of_name) {
            (RateLimit::Admitted { .. }, RateLimit::Admitted { .. }) => true,
            (RateLimit::Admitted { .. }, RateLimit::Later(at)) => self.last.is_some_and(|last| at <= last),
            _ => false,
        }
    }

    /// [`Self::waits`] for what has no room in `room`: once for the source, for each look at it takes one of its tries, and
    /// again for the name alone.
    pub(in crate::accounts) async fn waits_for(&mut self, clock: &Clock, room: TryAllowance) -> bool {
        let later = if self.has_waited { room.name_later_at() } else { room.later().map(|wait| wait.until) };
        self.has_waited = true;
        self.waits(clock, later).await
    }

    /// Waits until there is room at `later`; `false` at once where there is none in time, or nothing to wait for.
    pub(in crate::accounts) async fn waits(&mut self, clock: &Clock, later: Option<Timestamp>) -> bool {
        let Some(at) = later.filter(|at| self.last.is_some_and(|last| *at <= last)) else { return false };
        clock.wait_until(at).await;
        if clock.now() < at {
            // The clock of a test stands still: one more look, and no other one.
            self.last = None;
        }
        true
    }
}

/// Whose turn it is, for each bucket that tries are under way in. Of this process alone: between nodes the bucket decides.
#[derive(Debug, Default)]
pub(in crate::accounts) struct BucketTurns {
    of_buckets: BlockingMutex<HashMap<String, Weak<Mutex<()>>>>,
}

impl BucketTurns {
    /// Waits until no other try in `bucket` is under way, for [`EARLY_TRY_GRACE_MS`]: then the bucket decides. The turn
    /// lasts until what it gives is dropped. The database is not asked meanwhile, and its deadline waits too.
    pub(in crate::accounts) async fn take(&self, bucket: &Bucket) -> Option<OwnedMutexGuard<()>> {
        self.take_within(Duration::from_millis(EARLY_TRY_GRACE_MS.unsigned_abs()), bucket).await
    }

    async fn take_within(&self, longest: Duration, bucket: &Bucket) -> Option<OwnedMutexGuard<()>> {
        beside_deadline(timeout(longest, self.of(bucket.as_str()).lock_owned())).await.ok()
    }

    fn of(&self, bucket: &str) -> Arc<Mutex<()>> {
        let mut of_buckets = self.of_buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(turn) = of_buckets.get(bucket).and_then(Weak::upgrade) {
            return turn;
        }
        if of_buckets.len() >= KEPT && of_buckets.len() == of_buckets.capacity() {
            of_buckets.retain(|_, turn| turn.strong_count() > 0);
        }
        let turn = Arc::default();
        of_buckets.insert(bucket.to_owned(), Arc::downgrade(&turn));
        turn
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::bucket::BucketKind;

    #[tokio::test]
    async fn one_try_of_a_name_is_under_way_and_others_wait_for_a_while() {
        let turns = BucketTurns::default();
        let (ada, grace) = (BucketKind::Password.of(&["ada"]), BucketKind::Password.of(&["grace"]));
        let first = turns.take(&ada).await;
        assert!(first.is_some() && turns.take(&grace).await.is_some());
        assert!(turns.take_within(Duration::from_millis(1), &ada).await.is_none());
        let (second, ()) = tokio::join!(turns.take(&ada), async { drop(first) });
        assert!(second.is_some());
    }

    #[tokio::test]
    async fn nothing_is_kept_of_names_that_nobody_tries_any_more() {
        let turns = BucketTurns::default();
        let kept = turns.take(&BucketKind::Password.of(&["kept"])).await.expect("the first");
        for number in 0..10_000 {
            assert!(turns.take(&BucketKind::Password.of(&[&number.to_string()])).await.is_some());
        }
        assert!(turns.of_buckets.lock().unwrap().len() <= 4 * KEPT);
        assert!(turns.of(BucketKind::Password.of(&["kept"]).as_str()).try_lock().is_err(), "it goes on");
        drop(kept);
    }
}
