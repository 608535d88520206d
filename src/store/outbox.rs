//! Emails that are committed and not handed to the relay yet.

use super::macros::{claim, execute, fetch_all, fetch_one, fetch_optional};
use super::{StoreFault, Tx};
use crate::domain::code;
use crate::domain::timestamp::Timestamp;

/// A new email.
#[derive(Debug)]
pub struct NewEmail<'a> {
    /// UUID; also the email's Message-ID.
    pub id: &'a str,
    /// The recipient.
    pub to: Recipient<'a>,
    /// The code in it, if any.
    pub code: Option<&'a str>,
    /// The email, encrypted.
    pub sealed: &'a [u8],
    /// Now.
    pub now: Timestamp,
    /// When it is no longer worth sending.
    pub expires_at: Timestamp,
}

/// The recipient of an email: always a stored row, never text.
#[derive(Clone, Copy, Debug)]
pub enum Recipient<'a> {
    /// A verified address of an account, by the id of its row.
    Address(&'a str),
    /// An address of an account that is not verified yet: only a code that verifies it goes there.
    Unverified(&'a str),
    /// Somebody without an account, by the id of a row of `contacts`.
    Contact(&'a str),
}

/// An email that this worker has leased for sending.
#[derive(Clone, Debug)]
pub struct DueEmail {
    /// UUID; also the email's Message-ID.
    pub id: String,
    /// The stored address; `None` when it is verified no more.
    pub to: Option<String>,
    /// The code in it, if any.
    pub code: Option<String>,
    /// The email, encrypted.
    pub sealed: Vec<u8>,
    /// When it was committed.
    pub created_at: Timestamp,
    /// When it is no longer worth sending.
    pub expires_at: Timestamp,
    /// Which try this is, counted from 1.
    pub attempts: i64,
}

/// Emails that do not leave as they should.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TroubledEmails {
    /// Set aside for the operator, and still worth sending.
    pub parked: i64,
    /// Not sent for too long after they were committed, and tried on.
    pub overdue: i64,
}

/// How long a sent email counts as a turn of its recipient.
const TURNS_KEPT_MS: i64 = 600_000;

/// Fair turns: reset codes, then other codes, then notifications; among each, everybody's first email before
/// anybody's second, counting those sent lately ([`TURNS_KEPT_MS`]). So whoever causes many emails delays only
/// their own. The outer query checks again that the locked row is due.
macro_rules! lease {
    ($lock:literal) => {
        concat!(
            "UPDATE outbox SET lease = $1, next_at = $2, attempts = attempts + 1
             WHERE id IN (
                 SELECT due.id FROM outbox due JOIN (
                     SELECT id, class, row_number() OVER (PARTITION BY class, whose ORDER BY is_due, id) AS turn
                     FROM (SELECT o.id, o.is_due, coalesce(a.account, o.contact) AS whose,
                                  CASE WHEN c.purpose = $5 THEN 0
                                       WHEN c.id IS NOT NULL OR i.id IS NOT NULL THEN 1
                                       ELSE 2 END AS class
                           FROM (SELECT id, address, contact, code, 1 AS is_due FROM outbox
                                 WHERE sent_at IS NULL AND dropped_at IS NULL AND parked_at IS NULL
                                   AND next_at <= $3
                                 UNION ALL
                                 SELECT id, address, contact, code, 0 FROM outbox WHERE sent_at > $6) o
                           LEFT JOIN email_addresses a ON a.id = o.address
                           LEFT JOIN codes c ON c.id = o.code
                           LEFT JOIN invitations i ON i.email = o.id) counted) queued ON queued.id = due.id
                 WHERE due.sent_at IS NULL AND due.dropped_at IS NULL AND due.parked_at IS NULL
                   AND due.next_at <= $3
                 ORDER BY queued.class, queued.turn, due.id LIMIT $4",
            $lock,
            ")"
        )
    };
}

/// Two workers of one SQLite file wait for each other's transaction, so the plain statement suffices.
const LEASE_ON_SQLITE: &str = lease!("");

/// The same, but workers of several nodes skip each other's locked emails instead of waiting for them.
const LEASE_ON_POSTGRES: &str = lease!(" FOR UPDATE OF due SKIP LOCKED");

impl Tx {
    /// Inserts an email, due at once.
    pub async fn insert_email(&mut self, new: &NewEmail<'_>) -> Result<(), StoreFault> {
        let (address, contact) = match new.to {
            Recipient::Address(id) | Recipient::Unverified(id) => (Some(id), None),
            Recipient::Contact(id) => (None, Some(id)),
        };
        execute!(self, "INSERT INTO outbox (id, address, contact, to_unverified, code, sealed, created_at, next_at, expires_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $8)", [new.id, address, contact, i64::from(matches!(new.to, Recipient::Unverified(_))), new.code, new.sealed, new.now, new.expires_at])
    }

    /// Leases up to `limit` due emails to the holder of `lease` until `lease_until`, in fair turns. Attempts are
    /// counted now, so that an email that crashes its worker is parked in the end.
    pub async fn claim_due_emails(
        &mut self,
        lease: &str,
        lease_until: Timestamp,
        now: Timestamp,
        limit: i64,
    ) -> Result<Vec<DueEmail>, StoreFault> {
        type Row = (String, Option<String>, Option<String>, Option<Vec<u8>>, i64, i64, i64);
        let sql = match self {
            Self::Sqlite(_) => LEASE_ON_SQLITE,
            Self::Postgres(_) => LEASE_ON_POSTGRES,
        };
        let (until, lately) = (lease_until.epoch_ms(), now.plus_ms(-TURNS_KEPT_MS).epoch_ms());
        execute!(self, sql, [lease, until, now, limit, code::RESET, lately])?;
        let rows: Vec<Row> = fetch_all!(self, "SELECT o.id, CASE WHEN c.id IS NOT NULL THEN c.address
                               WHEN a.verified_at IS NOT NULL OR o.to_unverified = 1 THEN a.address END,
                    o.code, o.sealed, o.created_at, o.expires_at, o.attempts
             FROM outbox o LEFT JOIN email_addresses a ON a.id = o.address LEFT JOIN contacts c ON c.id = o.contact
             WHERE o.lease = $1 ORDER BY o.id", [lease])?;
        let email = |(id, to, code, sealed, created_at, expires_at, attempts): Row| DueEmail {
            id,
            to,
            code,
            sealed: sealed.unwrap_or_default(),
            created_at: Timestamp::from_epoch_ms(created_at),
            expires_at: Timestamp::from_epoch_ms(expires_at),
            attempts,
        };
        Ok(rows.into_iter().map(email).collect())
    }

    /// Records that the relay took the email, and wipes it; `false` when the lease was lost.
    pub async fn claim_sent(&mut self, id: &str, lease: &str, now: Timestamp) -> Result<bool, StoreFault> {
        claim!(
            self,
            "UPDATE outbox SET sent_at = $3, sealed = NULL, lease = NULL, reason = NULL
             WHERE id = $1 AND lease = $2 AND sent_at IS NULL",
            [id, lease, now]
        )
    }

    /// Makes the email due again at `next_at`, saying why it was not sent.
    pub async fn set_retry(
        &mut self,
        id: &str,
        lease: &str,
        next_at: Timestamp,
        reason: &str,
    ) -> Result<(), StoreFault> {
        execute!(
            self,
            "UPDATE outbox SET next_at = $3, lease = NULL, reason = $4
             WHERE id = $1 AND lease = $2 AND sent_at IS NULL AND dropped_at IS NULL",
            [id, lease, next_at, reason]
        )
    }

    /// Drops the email and wipes it.
    pub async fn set_dropped(
        &mut self,
        id: &str,
        lease: &str,
        now: Timestamp,
        reason: &str,
    ) -> Result<(), StoreFault> {
        execute!(
            self,
            "UPDATE outbox SET dropped_at = $3, sealed = NULL, lease = NULL, reason = $4
             WHERE id = $1 AND lease = $2 AND sent_at IS NULL",
            [id, lease, now, reason]
        )
    }

    /// Sets the email aside for the operator; a code in it is wiped, a notice is kept.
    pub async fn set_parked(
        &mut self,
        id: &str,
        lease: &str,
        now: Timestamp,
        reason: &str,
    ) -> Result<(), StoreFault> {
        execute!(
            self,
            "UPDATE outbox SET parked_at = $3, lease = NULL, reason = $4,
                               sealed = CASE WHEN code IS NULL THEN sealed ELSE NULL END
             WHERE id = $1 AND lease = $2 AND sent_at IS NULL",
            [id, lease, now, reason]
        )
    }

    /// When the next email is due, if one waits.
    pub async fn next_email_due(&mut self) -> Result<Option<Timestamp>, StoreFault> {
        let row: Option<(Option<i64>,)> = fetch_optional!(
            self,
            "SELECT min(next_at) FROM outbox
             WHERE sent_at IS NULL AND dropped_at IS NULL AND parked_at IS NULL"
        )?;
        Ok(row.and_then(|(at,)| at).map(Timestamp::from_epoch_ms))
    }

    /// Counts the emails that are parked, and those that were committed before `overdue_since` and still wait.
    pub async fn count_troubled_emails(
        &mut self,
        overdue_since: Timestamp,
    ) -> Result<TroubledEmails, StoreFault> {
        let (parked, overdue) = fetch_one!(
            self,
            "SELECT count(CASE WHEN parked_at IS NOT NULL THEN 1 END),
                    count(CASE WHEN parked_at IS NULL AND created_at < $1 THEN 1 END)
             FROM outbox WHERE sent_at IS NULL AND dropped_at IS NULL",
            [overdue_since]
        )?;
        Ok(TroubledEmails { parked, overdue })
    }
}
