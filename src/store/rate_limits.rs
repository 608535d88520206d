//! Failure counters, rate limiters and sliding windows. Each reservation is one statement that decides and
//! counts at once; the caller commits it before the work that it guards.

use super::macros::{execute, fetch_one, fetch_optional};
use super::{StoreFault, Tx};
use crate::domain::throttle::{FAILS_TO_DISABLE, Limit};
use crate::domain::timestamp::Timestamp;

/// The result of a reservation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RateLimit {
    /// Go on. In a failure bucket this try is counted as failure number `fails` until it succeeds.
    Admitted {
        /// Failures in a row, with this one.
        fails: i64,
    },
    /// Not now; nothing was counted.
    Later(Timestamp),
    /// Not at all any more: the bucket is full.
    Full,
}

impl Tx {
    /// Counts a try in a failure bucket before its outcome is known: it is a failure until
    /// [`Tx::clear_bucket`]. The waiting times are [`crate::domain::throttle::delay_ms`]'s, in SQL.
    pub async fn reserve_try(
        &mut self,
        bucket: &str,
        subject: Option<&str>,
        now: Timestamp,
    ) -> Result<RateLimit, StoreFault> {
        let row: Option<(i64,)> = fetch_optional!(self, "INSERT INTO throttles (bucket, subject, fails, next_at, touched_at) VALUES ($1, $2, 1, $3 + 1000, $3)
             ON CONFLICT (bucket) DO UPDATE
             SET fails = throttles.fails + 1,
                 touched_at = excluded.touched_at,
                 next_at = excluded.touched_at + CASE
                     WHEN throttles.fails < 3 THEN 1000
                     WHEN throttles.fails < 9 THEN 3000
                     WHEN throttles.fails = 9 THEN 30000
                     WHEN throttles.fails = 10 THEN 60000
                     WHEN throttles.fails = 11 THEN 120000
                     WHEN throttles.fails = 12 THEN 240000
                     WHEN throttles.fails = 13 THEN 480000
                     WHEN throttles.fails = 14 THEN 960000
                     WHEN throttles.fails = 15 THEN 1920000
                     ELSE 3600000 END
             WHERE throttles.next_at <= excluded.touched_at AND throttles.fails < $4
             RETURNING fails", [bucket, subject, now, FAILS_TO_DISABLE])?;
        if let Some((fails,)) = row {
            return Ok(RateLimit::Admitted { fails });
        }
        let state: Option<(i64, i64)> =
            fetch_optional!(self, "SELECT fails, next_at FROM throttles WHERE bucket = $1", [bucket])?;
        Ok(match state {
            Some((fails, _)) if fails >= FAILS_TO_DISABLE => RateLimit::Full,
            Some((_, next_at)) => RateLimit::Later(Timestamp::from_epoch_ms(next_at)),
            // Cleared between the two statements: whoever did has just succeeded.
            None => RateLimit::Later(now.plus_ms(1000)),
        })
    }

    /// What [`Tx::reserve_try`] would say now, counting nothing; failures are those so far.
    pub async fn peek_try(&mut self, bucket: &str, now: Timestamp) -> Result<RateLimit, StoreFault> {
        let state: Option<(i64, i64)> =
            fetch_optional!(self, "SELECT fails, next_at FROM throttles WHERE bucket = $1", [bucket])?;
        Ok(match state {
            Some((fails, _)) if fails >= FAILS_TO_DISABLE => RateLimit::Full,
            Some((_, next_at)) if next_at > now.epoch_ms() => {
                RateLimit::Later(Timestamp::from_epoch_ms(next_at))
            }
            Some((fails, _)) => RateLimit::Admitted { fails },
            None => RateLimit::Admitted { fails: 0 },
        })
    }

    /// Releases a reservation whose work was not done after all.
    pub async fn release_try(&mut self, bucket: &str, now: Timestamp) -> Result<(), StoreFault> {
        execute!(
            self,
            "UPDATE throttles SET fails = fails - 1, next_at = $2, touched_at = $2 WHERE bucket = $1 AND fails > 0",
            [bucket, now]
        )
    }

    /// Clears one bucket, because a try succeeded.
    pub async fn clear_bucket(&mut self, bucket: &str) -> Result<(), StoreFault> {
        execute!(self, "DELETE FROM throttles WHERE bucket = $1", [bucket])
    }

    /// Clears all buckets of an account.
    pub async fn clear_buckets_of(&mut self, account: &str) -> Result<(), StoreFault> {
        execute!(self, "DELETE FROM throttles WHERE subject = $1", [account])
    }

    /// Takes a place in a rate limiter that lets `limit.count` through at once and refills over
    /// `limit.window_ms` (the generic cell rate algorithm; one statement).
    pub async fn reserve_rate(
        &mut self,
        bucket: &str,
        limit: Limit,
        now: Timestamp,
    ) -> Result<RateLimit, StoreFault> {
        let step = limit.window_ms / limit.count.max(1);
        let slack = limit.window_ms - step;
        let row: Option<(i64,)> = fetch_optional!(self, "INSERT INTO throttles (bucket, subject, fails, next_at, touched_at) VALUES ($1, NULL, 0, $2 + $3, $2)
             ON CONFLICT (bucket) DO UPDATE
             SET touched_at = excluded.touched_at,
                 next_at = $3 + CASE WHEN throttles.next_at > excluded.touched_at THEN throttles.next_at
                                     ELSE excluded.touched_at END
             WHERE throttles.next_at <= excluded.touched_at + $4
             RETURNING next_at", [bucket, now, step, slack])?;
        if row.is_some() {
            return Ok(RateLimit::Admitted { fails: 0 });
        }
        let state: Option<(i64,)> =
            fetch_optional!(self, "SELECT next_at FROM throttles WHERE bucket = $1", [bucket])?;
        let next_at = state.map_or(now.epoch_ms() + step, |(next_at,)| next_at - slack);
        Ok(RateLimit::Later(Timestamp::from_epoch_ms(next_at)))
    }

    /// What [`Tx::reserve_rate`] would say now, counting nothing.
    pub async fn peek_rate(
        &mut self,
        bucket: &str,
        limit: Limit,
        now: Timestamp,
    ) -> Result<RateLimit, StoreFault> {
        let slack = limit.window_ms - limit.window_ms / limit.count.max(1);
        let state: Option<(i64,)> =
            fetch_optional!(self, "SELECT next_at FROM throttles WHERE bucket = $1", [bucket])?;
        let free_at = state.map_or(i64::MIN, |(next_at,)| next_at - slack);
        Ok(if free_at > now.epoch_ms() {
            RateLimit::Later(Timestamp::from_epoch_ms(free_at))
        } else {
            RateLimit::Admitted { fails: 0 }
        })
    }

    /// Counts an event named `mark` in a sliding window, if every one of `limits` has room for it. The same
    /// mark twice is one event.
    pub async fn reserve_in_windows(
        &mut self,
        bucket: &str,
        mark: &str,
        limits: &[Limit],
        now: Timestamp,
    ) -> Result<RateLimit, StoreFault> {
        self.queue_up(bucket, now).await?;
        let room = self.peek_in_windows(bucket, mark, limits, now).await?;
        if let RateLimit::Admitted { .. } = room {
            execute!(
                self,
                "INSERT INTO attempts (bucket, mark, at) VALUES ($1, $2, $3)
                 ON CONFLICT (bucket, mark) DO UPDATE SET at = excluded.at",
                [bucket, mark, now]
            )?;
        }
        Ok(room)
    }

    /// What [`Tx::reserve_in_windows`] would say now, counting nothing.
    pub async fn peek_in_windows(
        &mut self,
        bucket: &str,
        mark: &str,
        limits: &[Limit],
        now: Timestamp,
    ) -> Result<RateLimit, StoreFault> {
        for limit in limits {
            let since = now.plus_ms(-limit.window_ms);
            let (count, oldest): (i64, Option<i64>) = fetch_one!(
                self,
                "SELECT count(*), min(at) FROM attempts WHERE bucket = $1 AND mark <> $2 AND at > $3",
                [bucket, mark, since]
            )?;
            if count >= limit.count {
                let free_at = oldest.unwrap_or(now.epoch_ms()).saturating_add(limit.window_ms);
                return Ok(RateLimit::Later(Timestamp::from_epoch_ms(free_at)));
            }
        }
        Ok(RateLimit::Admitted { fails: 0 })
    }

    /// Removes an event from its window again.
    pub async fn release_in_windows(&mut self, bucket: &str, mark: &str) -> Result<(), StoreFault> {
        execute!(self, "DELETE FROM attempts WHERE bucket = $1 AND mark = $2", [bucket, mark])
    }

    /// Removes all events from a window.
    pub async fn clear_window(&mut self, bucket: &str) -> Result<(), StoreFault> {
        execute!(self, "DELETE FROM attempts WHERE bucket = $1", [bucket])
    }

    /// Locks the bucket's row, so that count and insert of two transactions do not interleave.
    async fn queue_up(&mut self, bucket: &str, now: Timestamp) -> Result<(), StoreFault> {
        execute!(
            self,
            "INSERT INTO throttles (bucket, subject, fails, next_at, touched_at) VALUES ($1, NULL, 0, 0, $2)
             ON CONFLICT (bucket) DO UPDATE SET touched_at = excluded.touched_at",
            [bucket, now]
        )
    }
}
