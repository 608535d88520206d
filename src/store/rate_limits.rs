//! Failure counters, rate limiters and sliding windows. Each reservation is one statement that decides and
//! counts at once; the caller commits it before the work that it guards.

use super::macros::{affected, execute, fetch_all, fetch_one, fetch_optional};
use super::row::row;
use super::{StoreFault, Tx};
use crate::domain::bucket::Bucket;
use crate::domain::throttle::{FACTOR_FAILS_ELSEWHERE, FACTOR_FAILS_PER_PLACE, FAILS_TO_DISABLE, Limit};
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

impl RateLimit {
    /// From when on there is room, if not now.
    #[must_use]
    pub fn later_at(self) -> Option<Timestamp> {
        match self {
            Self::Later(at) => Some(at),
            Self::Admitted { .. } | Self::Full => None,
        }
    }
}

/// A failure counter or a rate limiter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counter {
    /// The key of the bucket: its kind and its owner.
    pub bucket: String,
    /// Failures in a row; 0 in a rate limiter.
    pub fails: i64,
    /// Before then no further try is looked at; in a rate limiter, the theoretical arrival time.
    pub next_at: Timestamp,
}

/// The wrong codes of a second factor, when they keep somebody out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockedFactor {
    /// The account's id.
    pub account: String,
    /// Wrong codes in a row.
    pub fails: i64,
    /// Those of them from where nothing but the password speaks for the owner.
    pub fails_elsewhere: i64,
}

row! { Counter { bucket, fails, next_at } }
row! { LockedFactor { account, fails, fails_elsewhere } }

impl Tx {
    /// The counters that have not run out, at most `most`: of one account, or of everybody and everything.
    pub async fn list_counters(
        &mut self,
        account: Option<&str>,
        now: Timestamp,
        most: i64,
    ) -> Result<Vec<Counter>, StoreFault> {
        fetch_all!(
            self,
            "SELECT bucket, fails, next_at FROM throttles
             WHERE ($1 = '' OR subject = $1) AND (next_at > $2 OR fails >= $3)
             ORDER BY next_at DESC, bucket LIMIT $4",
            [account.unwrap_or_default(), now, FACTOR_FAILS_PER_PLACE, most]
        )
    }

    /// The single tries in sliding windows, bucket by bucket and the latest first, at most `most`: in buckets about one
    /// account, or in all.
    pub async fn list_attempts(
        &mut self,
        account: Option<&str>,
        most: i64,
    ) -> Result<Vec<(String, Timestamp)>, StoreFault> {
        // An id has neither wildcards nor another id in it.
        let like = account.map_or_else(|| "%".to_owned(), |account| format!("%:{account}%"));
        fetch_all!(
            self,
            "SELECT bucket, at FROM attempts WHERE bucket LIKE $1 ORDER BY bucket, at DESC LIMIT $2",
            [like, most]
        )
    }

    /// The second factors whose authenticator is locked, for some places or for all: of one account, or of everybody.
    pub async fn list_locked_factors(
        &mut self,
        account: Option<&str>,
    ) -> Result<Vec<LockedFactor>, StoreFault> {
        fetch_all!(
            self,
            "SELECT account, fails, fails_elsewhere FROM second_factors
             WHERE ($1 = '' OR account = $1) AND (fails >= $2 OR fails_elsewhere >= $3) ORDER BY account",
            [account.unwrap_or_default(), FAILS_TO_DISABLE, FACTOR_FAILS_ELSEWHERE]
        )
    }

    /// Clears everything that is counted about an account; gives how much that was. The caller holds the account's row.
    pub async fn clear_limits_of(&mut self, account: &str) -> Result<u64, StoreFault> {
        let counters = affected!(self, "DELETE FROM throttles WHERE subject = $1 AND fails > 0", [account])?;
        let attempts =
            affected!(self, "DELETE FROM attempts WHERE bucket LIKE $1", [format!("%:{account}%")])?;
        let factors = affected!(
            self,
            "UPDATE second_factors SET fails = 0, fails_elsewhere = 0, tries = 0
             WHERE account = $1 AND (fails > 0 OR fails_elsewhere > 0)",
            [account]
        )?;
        Ok(counters + attempts + factors)
    }

    /// Clears every bucket that ends in `key`, the keyed hash of a source; gives how many rows those were.
    pub async fn clear_limits_ending_in(&mut self, key: &str) -> Result<u64, StoreFault> {
        let like = format!("%:{key}");
        let counters = affected!(self, "DELETE FROM throttles WHERE bucket LIKE $1", [&like])?;
        Ok(counters + affected!(self, "DELETE FROM attempts WHERE bucket LIKE $1", [&like])?)
    }

    /// Counts a try in a failure bucket before its outcome is known: it is a failure until
    /// [`Tx::clear_bucket`]. The waiting times are [`crate::domain::throttle::delay_ms`]'s, in SQL.
    pub async fn reserve_try(
        &mut self,
        bucket: &Bucket,
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
             RETURNING fails", [bucket.as_str(), subject, now, FAILS_TO_DISABLE])?;
        if let Some((fails,)) = row {
            return Ok(RateLimit::Admitted { fails });
        }
        let state: Option<(i64, i64)> = fetch_optional!(
            self,
            "SELECT fails, next_at FROM throttles WHERE bucket = $1",
            [bucket.as_str()]
        )?;
        Ok(match state {
            Some((fails, _)) if fails >= FAILS_TO_DISABLE => RateLimit::Full,
            Some((_, next_at)) => RateLimit::Later(Timestamp::from_epoch_ms(next_at)),
            // Cleared between the two statements: whoever did has just succeeded.
            None => RateLimit::Later(now.plus_ms(1000)),
        })
    }

    /// What [`Tx::reserve_try`] would say now, counting nothing; failures are those so far.
    pub async fn peek_try(&mut self, bucket: &Bucket, now: Timestamp) -> Result<RateLimit, StoreFault> {
        let state: Option<(i64, i64)> = fetch_optional!(
            self,
            "SELECT fails, next_at FROM throttles WHERE bucket = $1",
            [bucket.as_str()]
        )?;
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
    pub async fn release_try(&mut self, bucket: &Bucket, now: Timestamp) -> Result<(), StoreFault> {
        execute!(
            self,
            "UPDATE throttles SET fails = fails - 1, next_at = $2, touched_at = $2 WHERE bucket = $1 AND fails > 0",
            [bucket.as_str(), now]
        )
    }

    /// Counts a try in a bucket of failures in a row that waits for nothing until there are `limit.count`, and then for
    /// `limit.window_ms`; as long after the last one they begin anew. One statement.
    pub async fn reserve_in_row(
        &mut self,
        bucket: &Bucket,
        subject: Option<&str>,
        limit: Limit,
        now: Timestamp,
    ) -> Result<RateLimit, StoreFault> {
        let row: Option<(i64,)> = fetch_optional!(self, "INSERT INTO throttles (bucket, subject, fails, next_at, touched_at)
             VALUES ($1, $2, 1, CASE WHEN $4 <= 1 THEN $3 + $5 ELSE 0 END, $3)
             ON CONFLICT (bucket) DO UPDATE
             SET fails = CASE WHEN throttles.touched_at + $5 <= excluded.touched_at THEN 1 ELSE throttles.fails + 1 END,
                 next_at = CASE WHEN $4 <= 1
                                  OR throttles.fails + 1 >= $4 AND throttles.touched_at + $5 > excluded.touched_at
                                THEN excluded.touched_at + $5 ELSE 0 END,
                 touched_at = excluded.touched_at
             WHERE throttles.fails < $4 OR throttles.touched_at + $5 <= excluded.touched_at
             RETURNING fails", [bucket.as_str(), subject, now, limit.count, limit.window_ms])?;
        match row {
            Some((fails,)) => Ok(RateLimit::Admitted { fails }),
            None => match self.peek_in_row(bucket, limit, now).await? {
                // Cleared between the two statements: whoever did has just succeeded.
                RateLimit::Admitted { .. } => Ok(RateLimit::Later(now.plus_ms(1000))),
                full => Ok(full),
            },
        }
    }

    /// What [`Tx::reserve_in_row`] would say now, counting nothing; failures are those so far.
    pub async fn peek_in_row(
        &mut self,
        bucket: &Bucket,
        limit: Limit,
        now: Timestamp,
    ) -> Result<RateLimit, StoreFault> {
        let state: Option<(i64, i64)> = fetch_optional!(
            self,
            "SELECT fails, touched_at FROM throttles WHERE bucket = $1",
            [bucket.as_str()]
        )?;
        let (fails, touched_at) = state.unwrap_or_default();
        let free_at = Timestamp::from_epoch_ms(touched_at).plus_ms(limit.window_ms);
        Ok(if free_at <= now {
            RateLimit::Admitted { fails: 0 }
        } else if fails < limit.count {
            RateLimit::Admitted { fails }
        } else {
            RateLimit::Later(free_at)
        })
    }

    /// Releases a reservation whose work was not done after all, so there is room again.
    pub async fn release_in_row(&mut self, bucket: &Bucket) -> Result<(), StoreFault> {
        execute!(
            self,
            "UPDATE throttles SET fails = fails - 1, next_at = 0 WHERE bucket = $1 AND fails > 0",
            [bucket.as_str()]
        )
    }

    /// Clears one bucket, because a try succeeded.
    pub async fn clear_bucket(&mut self, bucket: &Bucket) -> Result<(), StoreFault> {
        execute!(self, "DELETE FROM throttles WHERE bucket = $1", [bucket.as_str()])
    }

    /// Clears all buckets of an account.
    pub async fn clear_buckets_of(&mut self, account: &str) -> Result<(), StoreFault> {
        execute!(self, "DELETE FROM throttles WHERE subject = $1", [account])
    }

    /// Takes a place in a rate limiter that lets `limit.count` through at once and refills over
    /// `limit.window_ms` (the generic cell rate algorithm; one statement).
    pub async fn reserve_rate(
        &mut self,
        bucket: &Bucket,
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
             RETURNING next_at", [bucket.as_str(), now, step, slack])?;
        if row.is_some() {
            return Ok(RateLimit::Admitted { fails: 0 });
        }
        let state: Option<(i64,)> =
            fetch_optional!(self, "SELECT next_at FROM throttles WHERE bucket = $1", [bucket.as_str()])?;
        let next_at = state.map_or(now.epoch_ms() + step, |(next_at,)| next_at - slack);
        Ok(RateLimit::Later(Timestamp::from_epoch_ms(next_at)))
    }

    /// What [`Tx::reserve_rate`] would say now, counting nothing.
    pub async fn peek_rate(
        &mut self,
        bucket: &Bucket,
        limit: Limit,
        now: Timestamp,
    ) -> Result<RateLimit, StoreFault> {
        let slack = limit.window_ms - limit.window_ms / limit.count.max(1);
        let state: Option<(i64,)> =
            fetch_optional!(self, "SELECT next_at FROM throttles WHERE bucket = $1", [bucket.as_str()])?;
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
        bucket: &Bucket,
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
                [bucket.as_str(), mark, now]
            )?;
        }
        Ok(room)
    }

    /// What [`Tx::reserve_in_windows`] would say now, counting nothing.
    pub async fn peek_in_windows(
        &mut self,
        bucket: &Bucket,
        mark: &str,
        limits: &[Limit],
        now: Timestamp,
    ) -> Result<RateLimit, StoreFault> {
        for limit in limits {
            let since = now.plus_ms(-limit.window_ms);
            let (count, oldest): (i64, Option<i64>) = fetch_one!(
                self,
                "SELECT count(*), min(at) FROM attempts WHERE bucket = $1 AND mark <> $2 AND at > $3",
                [bucket.as_str(), mark, since]
            )?;
            if count >= limit.count {
                let free_at = oldest.unwrap_or(now.epoch_ms()).saturating_add(limit.window_ms);
                return Ok(RateLimit::Later(Timestamp::from_epoch_ms(free_at)));
            }
        }
        Ok(RateLimit::Admitted { fails: 0 })
    }

    /// Removes an event from its window again.
    pub async fn release_in_windows(&mut self, bucket: &Bucket, mark: &str) -> Result<(), StoreFault> {
        execute!(self, "DELETE FROM attempts WHERE bucket = $1 AND mark = $2", [bucket.as_str(), mark])
    }

    /// Removes all events from a window.
    pub async fn clear_window(&mut self, bucket: &Bucket) -> Result<(), StoreFault> {
        execute!(self, "DELETE FROM attempts WHERE bucket = $1", [bucket.as_str()])
    }

    /// Locks the bucket's row, so that count and insert of two transactions do not interleave.
    async fn queue_up(&mut self, bucket: &Bucket, now: Timestamp) -> Result<(), StoreFault> {
        execute!(
            self,
            "INSERT INTO throttles (bucket, subject, fails, next_at, touched_at) VALUES ($1, NULL, 0, 0, $2)
             ON CONFLICT (bucket) DO UPDATE SET touched_at = excluded.touched_at",
            [bucket.as_str(), now]
        )
    }
}
