//! The time that all nodes share: the database's clock, the mark below which it never begins again, and what a clock
//! that was ahead has left in the future. The rule is in [`crate::clock`].

use super::macros::{affected, execute, fetch_all, fetch_optional, scalar};
use super::{StoreFault, Tx};
use crate::domain::throttle::CASE_CODE_LIFE_MS;
use crate::domain::timestamp::Timestamp;

/// What is further ahead than this was written by a clock that was wrong: nodes differ by less.
const FUTURE_MS: i64 = 60_000;

/// Rows from the future, by statements of `$1`, from when on they are, and `$2`, now. What opens something is voided,
/// because how long it lives already is not known. What somebody waits for begins to count now, so that no wait is
/// longer than its rule can make it. The audit log stays as it was written.
const CORRECTIONS: &[&str] = &[
    "UPDATE accounts SET deletion_requested_at = $2 WHERE deletion_requested_at > $1",
    "UPDATE outbox SET dropped_at = $2, sealed = NULL, reason = 'the code is void'
     WHERE sent_at IS NULL AND dropped_at IS NULL
       AND code IN (SELECT id FROM codes WHERE requested_at > $1 AND used_at IS NULL AND dead_at IS NULL)",
    "UPDATE codes SET dead_at = $2 WHERE requested_at > $1 AND used_at IS NULL AND dead_at IS NULL",
    "UPDATE grants SET dead_at = $2 WHERE created_at > $1 AND used_at IS NULL AND dead_at IS NULL",
    "DELETE FROM setup WHERE created_at > $1 AND created_at > $2",
    "DELETE FROM pending_enrolments WHERE created_at > $1 AND created_at > $2",
    "UPDATE undo_snapshots SET expires_at = expires_at - (made_at - $2), made_at = $2 WHERE made_at > $1",
    "UPDATE undo_second_factors SET kept_at = $2 WHERE kept_at > $1",
    "UPDATE invitations SET dead_at = $2
     WHERE created_at > $1 AND team IS NULL AND used_at IS NULL AND dead_at IS NULL",
    "UPDATE invitations SET expires_at = expires_at - (created_at - $2), created_at = $2
     WHERE created_at > $1 AND team IS NOT NULL",
    "UPDATE invitations SET proven_at = $2 WHERE proven_at > $1",
    "UPDATE throttles SET next_at = CASE WHEN next_at > touched_at THEN $2 + (next_at - touched_at) ELSE $2 END,
                          touched_at = $2
     WHERE touched_at > $1",
    "UPDATE attempts SET at = $2 WHERE at > $1",
    "UPDATE outbox SET expires_at = expires_at - (created_at - $2), next_at = $2, created_at = $2
     WHERE created_at > $1",
    "UPDATE outbox SET sent_at = $2 WHERE sent_at > $1",
    "UPDATE reset_requests SET requested_at = $2 WHERE requested_at > $1",
    "UPDATE known_sources SET last_seen_at = $2 WHERE last_seen_at > $1",
    "UPDATE released_names SET released_at = $2 WHERE released_at > $1",
    "UPDATE email_addresses SET primary_until = $2 WHERE primary_until > $1",
    "UPDATE nodes SET seen_at = $2 WHERE seen_at > $1",
    "UPDATE directory_entries SET password_void_due_at = $2
     WHERE password_void_due_at > $1 AND password_void_due_at - $2 > 600000",
    "UPDATE directory_entries SET password_leased_until = NULL
     WHERE password_leased_until > $1 AND password_leased_until - $2 > 180000",
    "UPDATE sessions SET started_at = $2 WHERE started_at > $1",
    "UPDATE sessions SET last_input_at = $2 WHERE last_input_at > $1",
];

impl Tx {
    /// The database's clock, where the database is a server that nodes share.
    pub async fn database_time(&mut self) -> Result<Option<Timestamp>, StoreFault> {
        if let Self::Sqlite(_) = self {
            return Ok(None);
        }
        let ms: i64 = scalar!(self, "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)")?;
        Ok(Some(Timestamp::from_epoch_ms(ms)))
    }

    /// The highest time that was ever trusted.
    pub async fn find_clock_mark(&mut self) -> Result<Option<Timestamp>, StoreFault> {
        let row: Option<(i64,)> = fetch_optional!(self, "SELECT mark FROM clock WHERE id = 1")?;
        Ok(row.map(|(mark,)| Timestamp::from_epoch_ms(mark)))
    }

    /// Raises the mark to `now`; never lowers it.
    pub async fn raise_clock_mark(&mut self, now: Timestamp) -> Result<(), StoreFault> {
        execute!(
            self,
            "INSERT INTO clock (id, mark) VALUES (1, $1)
             ON CONFLICT (id) DO UPDATE SET mark = excluded.mark WHERE clock.mark < excluded.mark",
            [now]
        )
    }

    /// Voids and shifts what a clock that was ahead has written; gives how many rows that were.
    pub async fn correct_future_rows(&mut self, now: Timestamp) -> Result<u64, StoreFault> {
        let future = now.plus_ms(FUTURE_MS);
        let mut corrected = 0;
        for sql in CORRECTIONS {
            corrected += affected!(self, *sql, [future, now])?;
        }
        let code_until = now.plus_ms(CASE_CODE_LIFE_MS);
        corrected += affected!(
            self,
            "UPDATE cases SET code_until = $2 WHERE code_until > $1",
            [code_until.plus_ms(FUTURE_MS), code_until]
        )?;
        Ok(corrected)
    }

    /// How far the clocks of the nodes seen since are ahead, in milliseconds; those that differ by more than `least`.
    pub async fn list_clocks_ahead(
        &mut self,
        seen_since: Timestamp,
        least: i64,
    ) -> Result<Vec<(String, i64)>, StoreFault> {
        fetch_all!(
            self,
            "SELECT id, clock_ahead_ms FROM nodes
             WHERE seen_at >= $1 AND abs(clock_ahead_ms) > $2 ORDER BY id",
            [seen_since, least]
        )
    }
}
