//! Deletes old rows, so that no table grows without bound.

use super::macros::{affected, scalar, scalar_optional};
use super::{StoreFault, Tx};
use crate::domain::throttle::{
    DAY_MS, ENROLMENT_LIFE_MS, FAILS_TO_DISABLE, KNOWN_SOURCE_LIFE_MS, RELEASED_NAME_KEPT_MS,
    UNDO_CODE_LIFE_MS, UNVERIFIED_EMAIL_KEPT_MS,
};
use crate::domain::timestamp::Timestamp;

/// The most rows deleted in one transaction: on SQLite every write waits for it.
const BATCH: i64 = 50;
/// The most buckets of sources and unknown names; beyond that the longest untouched ones are deleted.
const UNKNOWN_BUCKETS_KEPT: i64 = 100_000;

/// How long rows of a table are kept.
#[derive(Debug)]
pub struct Retention {
    /// The table.
    pub table: &'static str,
    /// How long a row is kept, in milliseconds.
    pub keep_ms: i64,
    sql: &'static str,
}

/// A day longer than its code is good, because a grant that it earned goes with a snapshot.
const UNDO_KEPT_MS: i64 = UNDO_CODE_LIFE_MS + DAY_MS;
const UNDO_SNAPSHOTS: &str = "DELETE FROM undo_snapshots WHERE id IN (
                                  SELECT id FROM undo_snapshots WHERE made_at < $1 LIMIT $2)";
const UNDO_SECOND_FACTORS: &str = "DELETE FROM undo_second_factors WHERE (account, on_since) IN (
                                       SELECT account, on_since FROM undo_second_factors WHERE kept_at < $1 LIMIT $2)";

/// Every rule but that of the audit log, which is a setting. A full bucket stays, because it keeps a password locked.
#[must_use]
pub const fn retentions() -> &'static [Retention] {
    &[
        Retention {
            table: "reset_requests",
            keep_ms: DAY_MS,
            sql: "DELETE FROM reset_requests WHERE id IN (
                      SELECT id FROM reset_requests WHERE requested_at < $1 LIMIT $2)",
        },
        Retention {
            table: "outbox",
            keep_ms: 7 * DAY_MS,
            sql: "DELETE FROM outbox WHERE id IN (SELECT id FROM outbox WHERE created_at < $1 LIMIT $2)",
        },
        Retention {
            table: "codes",
            keep_ms: 7 * DAY_MS,
            sql: "DELETE FROM codes WHERE id IN (SELECT id FROM codes WHERE requested_at < $1 LIMIT $2)",
        },
        Retention {
            table: "pending_enrolments",
            keep_ms: ENROLMENT_LIFE_MS,
            sql: "DELETE FROM pending_enrolments WHERE account IN (
                      SELECT account FROM pending_enrolments WHERE created_at < $1 LIMIT $2)",
        },
        Retention { table: "undo_snapshots", keep_ms: UNDO_KEPT_MS, sql: UNDO_SNAPSHOTS },
        Retention { table: "undo_second_factors", keep_ms: UNDO_KEPT_MS, sql: UNDO_SECOND_FACTORS },
        Retention {
            // Its invitation and its email go with it.
            table: "contacts",
            keep_ms: 14 * DAY_MS,
            sql: "DELETE FROM contacts WHERE id IN (
                      SELECT contact FROM invitations WHERE created_at < $1 LIMIT $2)",
        },
        Retention {
            table: "attempts",
            keep_ms: DAY_MS,
            sql: "DELETE FROM attempts WHERE (bucket, mark) IN (
                      SELECT bucket, mark FROM attempts WHERE at < $1 LIMIT $2)",
        },
        Retention {
            table: "known_sources",
            keep_ms: KNOWN_SOURCE_LIFE_MS,
            sql: "DELETE FROM known_sources WHERE (account, source_mac) IN (
                      SELECT account, source_mac FROM known_sources WHERE last_seen_at < $1 LIMIT $2)",
        },
        // A guest's case goes with the contact that it came from; a member's stays as long as the account.
        Retention {
            table: "contacts",
            keep_ms: 180 * DAY_MS,
            sql: "DELETE FROM contacts WHERE id IN (
                      SELECT contact FROM cases WHERE contact IS NOT NULL AND changed_at < $1 LIMIT $2)",
        },
        // Addresses that were removed from accounts, and whoever else nothing refers to any more.
        Retention {
            table: "contacts",
            keep_ms: 30 * DAY_MS,
            sql: "DELETE FROM contacts WHERE id IN (
                      SELECT c.id FROM contacts c
                      WHERE c.created_at < $1 AND c.id <> 'support-desk'
                        AND NOT EXISTS (SELECT 1 FROM invitations i WHERE i.contact = c.id)
                        AND NOT EXISTS (SELECT 1 FROM cases s WHERE s.contact = c.id)
                        AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.contact = c.id AND o.created_at >= $1)
                      LIMIT $2)",
        },
        Retention {
            table: "emails",
            keep_ms: UNVERIFIED_EMAIL_KEPT_MS,
            sql: "DELETE FROM email_addresses WHERE id IN (
                      SELECT id FROM email_addresses WHERE verified_at IS NULL AND created_at < $1 LIMIT $2)",
        },
        Retention {
            table: "released_names",
            keep_ms: RELEASED_NAME_KEPT_MS,
            sql: "DELETE FROM released_names WHERE name_canonical IN (
                      SELECT name_canonical FROM released_names WHERE released_at < $1 LIMIT $2)",
        },
        // Given up, or for a hook that is no longer in the settings.
        Retention {
            table: "hook_deliveries",
            keep_ms: 30 * DAY_MS,
            sql: "DELETE FROM hook_deliveries WHERE (id, hook) IN (
                      SELECT id, hook FROM hook_deliveries WHERE created_at < $1 LIMIT $2)",
        },
        // An import that was interrupted and never taken up again.
        Retention {
            table: "import_rows",
            keep_ms: 7 * DAY_MS,
            sql: "DELETE FROM import_rows WHERE (import, line) IN (
                      SELECT r.import, r.line FROM imports i JOIN import_rows r ON r.import = i.id
                      WHERE i.started_at < $1 LIMIT $2)",
        },
        Retention {
            table: "imports",
            keep_ms: 7 * DAY_MS,
            sql: "DELETE FROM imports WHERE id IN (
                      SELECT i.id FROM imports i WHERE i.started_at < $1
                        AND NOT EXISTS (SELECT 1 FROM import_rows r WHERE r.import = i.id)
                      LIMIT $2)",
        },
        // Long after no clock that is put right can come back to them.
        Retention {
            table: "used_totp_steps",
            keep_ms: 30 * DAY_MS,
            sql: "DELETE FROM used_totp_steps WHERE (account, step) IN (
                      SELECT account, step FROM used_totp_steps WHERE step < $1 / 30000 LIMIT $2)",
        },
    ]
}

impl Tx {
    /// Deletes a batch of expired rows; returns how many.
    pub async fn sweep(&mut self, rule: &Retention, now: Timestamp) -> Result<u64, StoreFault> {
        affected!(self, rule.sql, [now.plus_ms(-rule.keep_ms), BATCH])
    }

    /// Deletes a batch of the audit log from before then; gives how many rows.
    pub async fn sweep_activity(&mut self, before: Timestamp) -> Result<u64, StoreFault> {
        self.sweep_events(before, BATCH).await
    }

    /// When the oldest of the buckets of sources and unknown names that are kept was touched; `None` while there are no
    /// more than that.
    pub async fn find_excess_throttles(&mut self) -> Result<Option<Timestamp>, StoreFault> {
        scalar_optional!(
            self,
            "SELECT touched_at FROM throttles WHERE subject IS NULL
             ORDER BY touched_at DESC LIMIT 1 OFFSET $1",
            [UNKNOWN_BUCKETS_KEPT - 1]
        )
    }

    /// Deletes a batch of buckets untouched for 30 days; gives how many.
    pub async fn sweep_throttles(&mut self, now: Timestamp) -> Result<u64, StoreFault> {
        affected!(
            self,
            "DELETE FROM throttles WHERE bucket IN (
                 SELECT bucket FROM throttles WHERE touched_at < $1 AND fails < $2 LIMIT $3)",
            [now.plus_ms(-30 * DAY_MS), FAILS_TO_DISABLE, BATCH]
        )
    }

    /// Deletes a batch of the buckets of sources and unknown names that were last touched before `kept_since`; gives how
    /// many.
    pub async fn sweep_excess_throttles(&mut self, kept_since: Timestamp) -> Result<u64, StoreFault> {
        affected!(
            self,
            "DELETE FROM throttles WHERE bucket IN (
                 SELECT bucket FROM throttles WHERE subject IS NULL AND touched_at < $1 LIMIT $2)",
            [kept_since, BATCH]
        )
    }

    /// Deletes a batch of rows of transactions that nobody wonders about any more; gives how many. They are dated by the
    /// database's clock, whatever time the portal goes by.
    pub async fn sweep_transactions(&mut self) -> Result<u64, StoreFault> {
        let now = self.now_in_sql();
        let now: i64 = scalar!(self, now)?;
        affected!(
            self,
            "DELETE FROM transactions WHERE id IN (
                 SELECT id FROM transactions WHERE begun_at < $1 LIMIT $2)",
            [now - DAY_MS, BATCH]
        )
    }
}
