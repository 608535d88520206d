//! Emails that are committed and not handed to the relay yet.

use super::macros::{affected, claim, execute, exists, fetch_all, fetch_one, fetch_optional};
use super::row::row;
use super::{StoreFault, Tx};
use crate::domain::email_class::{EmailClass, Room};
use crate::domain::timestamp::Timestamp;

/// A new email.
#[derive(Debug)]
pub struct NewEmail<'a> {
    /// UUID; also the email's Message-ID.
    pub id: &'a str,
    /// The recipient.
    pub to: Recipient<'a>,
    /// What it competes with for being sent.
    pub class: EmailClass,
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
    /// The mark of the lease.
    pub lease: String,
    /// The stored address; `None` when it is verified no more.
    pub to: Option<String>,
    /// What it competes with for being sent.
    pub class: EmailClass,
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
    /// Since when the relay has refused its recipient in every try.
    pub refused_at: Option<Timestamp>,
}

/// An email that is neither sent nor dropped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnsentEmail {
    /// UUID.
    pub id: String,
    /// The account that it is about; `None` for somebody without one.
    pub account: Option<String>,
    /// The account's username.
    pub user: Option<String>,
    /// The stored address; `None` when it is verified no more.
    pub to: Option<String>,
    /// What it is.
    pub class: EmailClass,
    /// When it was committed.
    pub created_at: Timestamp,
    /// When it is due.
    pub next_at: Timestamp,
    /// When it is no longer worth sending.
    pub expires_at: Timestamp,
    /// How often it was tried.
    pub attempts: i64,
    /// The node that is sending it.
    pub leased_by: Option<String>,
    /// When it was set aside.
    pub parked_at: Option<Timestamp>,
    /// What the relay or the machine said.
    pub reason: Option<String>,
}

row! {
    UnsentEmail {
        id, account, user, to, class: EmailClass::of_number, created_at, next_at, expires_at, attempts, leased_by,
        parked_at, reason,
    }
}

/// A worker's claim to emails.
#[derive(Clone, Copy, Debug)]
pub struct NewLease<'a> {
    /// Its mark, different for each claim.
    pub mark: &'a str,
    /// The worker's node.
    pub node: &'a str,
    /// Now.
    pub now: Timestamp,
    /// Emails that have expired by then are left alone.
    pub alive_at: Timestamp,
    /// When other workers may take the emails.
    pub until: Timestamp,
    /// The most emails to take, of each class.
    pub room: Room,
    /// The most emails to recipients of one domain that the node may have in hand.
    pub per_domain: i64,
}

/// What is in the outbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutboxCount {
    /// Emails that wait to be sent.
    pub waiting: i64,
    /// Those that are set aside for the operator.
    pub parked: i64,
    /// When the oldest of those that wait was committed.
    pub oldest: Option<Timestamp>,
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
/// The most parked emails dropped in one transaction.
const BATCH: i64 = 500;

/// Fair turns: each class has the room that is its own, and the common room goes to the classes in their order; among
/// each, everybody's first email before anybody's second, counting those that are being sent and those sent lately
/// ([`TURNS_KEPT_MS`]). So whoever causes many emails delays only their own. A recipient or a domain that keeps the relay
/// waiting delays only its own, too: a node has one email to a recipient in hand at a time, and so many to a domain that
/// there is room for others. The outer query checks again that the locked row is due. It is evaluated once, apart: as a
/// subquery of the UPDATE, PostgreSQL may evaluate it for each row, skip those that are leased already, and lease more.
macro_rules! lease {
    ($position:literal, $lock:literal) => {
        concat!(
            "WITH chosen AS MATERIALIZED (
                 SELECT due.id FROM outbox due JOIN (
                     SELECT id, class, turn, is_common,
                            row_number() OVER (PARTITION BY is_common ORDER BY class, turn, id) AS nth_of_pool
                     FROM (SELECT id, class, turn,
                                  CASE WHEN row_number() OVER (PARTITION BY class ORDER BY turn, id)
                                            <= CASE class WHEN 0 THEN $9 WHEN 1 THEN $10 WHEN 2 THEN $11 WHEN 3 THEN $12
                                                          WHEN 4 THEN $13 ELSE $14 END THEN 0
                                       ELSE 1 END AS is_common
                           FROM (SELECT id, class, turn, is_due,
                                        row_number() OVER (PARTITION BY domain ORDER BY is_due, class, turn, id) AS in_domain
                                 FROM (SELECT id, class, turn, is_due, domain,
                                              row_number() OVER (PARTITION BY recipient ORDER BY is_due, class, turn, id) AS nth
                                       FROM (SELECT id, class, recipient, domain, is_due, is_sent,
                                                    row_number() OVER (PARTITION BY class, whose ORDER BY is_due, id) AS turn
                                             FROM (SELECT o.id, o.class, o.is_due, o.is_sent,
                                                          coalesce(a.account, o.contact) AS whose,
                                                          coalesce(o.address, o.contact) AS recipient,
                                                          lower(substr(coalesce(a.address, t.address),
                                                                1 + ",
            $position,
            "(coalesce(a.address, t.address), '@'))) AS domain
                                                   FROM (SELECT id, class, address, contact, 1 AS is_due, 0 AS is_sent
                                                         FROM outbox
                                                         WHERE sent_at IS NULL AND dropped_at IS NULL AND parked_at IS NULL
                                                           AND next_at <= $3 AND expires_at > $8
                                                         UNION ALL
                                                         SELECT id, class, address, contact, 0, 0 FROM outbox
                                                         WHERE leased_by = $6 AND lease IS NOT NULL AND next_at > $3
                                                         UNION ALL
                                                         SELECT id, class, address, contact, 0, 1 FROM outbox
                                                         WHERE sent_at > $5) o
                                                   LEFT JOIN email_addresses a ON a.id = o.address
                                                   LEFT JOIN contacts t ON t.id = o.contact) counted) waiting
                                       WHERE is_sent = 0) of_recipient
                                 WHERE nth = 1) of_domain
                           WHERE is_due = 1 AND in_domain <= $7) shared) queued ON queued.id = due.id
                 WHERE due.sent_at IS NULL AND due.dropped_at IS NULL AND due.parked_at IS NULL
                   AND due.next_at <= $3 AND due.expires_at > $8
                   AND (queued.is_common = 0 OR queued.nth_of_pool <= $15)
                 ORDER BY queued.class, queued.turn, due.id LIMIT $4",
            $lock,
            ")
             UPDATE outbox SET lease = $1, leased_by = $6, next_at = $2, attempts = attempts + 1
             WHERE id IN (SELECT id FROM chosen)"
        )
    };
}

/// Two workers of one SQLite file wait for each other's transaction, so the plain statement suffices.
const LEASE_ON_SQLITE: &str = lease!("instr", "");

/// The same, but workers of several nodes skip each other's locked emails instead of waiting for them.
const LEASE_ON_POSTGRES: &str = lease!("strpos", " FOR UPDATE OF due SKIP LOCKED");

impl Tx {
    /// Inserts an email, due at once.
    pub async fn insert_email(&mut self, new: &NewEmail<'_>) -> Result<(), StoreFault> {
        let (address, contact) = match new.to {
            Recipient::Address(id) | Recipient::Unverified(id) => (Some(id), None),
            Recipient::Contact(id) => (None, Some(id)),
        };
        execute!(self, "INSERT INTO outbox (id, address, contact, to_unverified, class, code, sealed, created_at, next_at, expires_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, $9)", [new.id, address, contact, i64::from(matches!(new.to, Recipient::Unverified(_))), new.class.number(), new.code, new.sealed, new.now, new.expires_at])
    }

    /// Leases due emails, in fair turns. Attempts are counted now, so that an email that crashes its worker is parked
    /// in the end.
    pub async fn claim_due_emails(&mut self, new: &NewLease<'_>) -> Result<Vec<DueEmail>, StoreFault> {
        type Row = (
            String,
            Option<String>,
            i64,
            Option<String>,
            Option<Vec<u8>>,
            Timestamp,
            Timestamp,
            i64,
            Option<Timestamp>,
        );
        let NewLease { mark, node, now, alive_at, until, room, per_domain } = *new;
        let sql = match self {
            Self::Sqlite(_) => LEASE_ON_SQLITE,
            Self::Postgres(..) => LEASE_ON_POSTGRES,
        };
        let lately = now.plus_ms(-TURNS_KEPT_MS);
        let [known, reset, news, verification, invitation, stranger] = room.reserved;
        execute!(
            self,
            sql,
            [
                mark,
                until,
                now,
                room.total(),
                lately,
                node,
                per_domain,
                alive_at,
                known,
                reset,
                news,
                verification,
                invitation,
                stranger,
                room.common
            ]
        )?;
        let rows: Vec<Row> = fetch_all!(self, "SELECT o.id, CASE WHEN c.id IS NOT NULL THEN c.address
                               WHEN a.verified_at IS NOT NULL OR o.to_unverified = 1 THEN a.address END,
                    o.class, o.code, o.sealed, o.created_at, o.expires_at, o.attempts, o.refused_at
             FROM outbox o LEFT JOIN email_addresses a ON a.id = o.address LEFT JOIN contacts c ON c.id = o.contact
             WHERE o.lease = $1 ORDER BY o.id", [mark])?;
        let email =
            |(id, to, class, code, sealed, created_at, expires_at, attempts, refused_at): Row| DueEmail {
                id,
                lease: mark.to_owned(),
                to,
                class: EmailClass::of_number(class),
                code,
                sealed: sealed.unwrap_or_default(),
                created_at,
                expires_at,
                attempts,
                refused_at,
            };
        Ok(rows.into_iter().map(email).collect())
    }

    /// Extends a lease; without effect when it was lost.
    pub async fn extend_lease(&mut self, id: &str, lease: &str, until: Timestamp) -> Result<(), StoreFault> {
        execute!(
            self,
            "UPDATE outbox SET next_at = $3 WHERE id = $1 AND lease = $2 AND sent_at IS NULL",
            [id, lease, until]
        )
    }

    /// Gives an email back that was not handed to the relay: it is due at once, and the try does not count.
    pub async fn release_email(&mut self, id: &str, lease: &str, now: Timestamp) -> Result<(), StoreFault> {
        execute!(
            self,
            "UPDATE outbox SET next_at = $3, lease = NULL, leased_by = NULL, attempts = attempts - 1
             WHERE id = $1 AND lease = $2 AND sent_at IS NULL AND dropped_at IS NULL",
            [id, lease, now]
        )
    }

    /// Makes the emails due that a node had in hand when it was killed; returns how many. Attempts stay counted.
    pub async fn release_emails_of(&mut self, node: &str, now: Timestamp) -> Result<u64, StoreFault> {
        affected!(
            self,
            "UPDATE outbox SET next_at = $2, lease = NULL, leased_by = NULL
             WHERE leased_by = $1 AND lease IS NOT NULL AND next_at > $2",
            [node, now]
        )
    }

    /// Records that the relay took the email, and wipes it. That is so whoever has the lease by now. `false` when it
    /// was recorded before.
    pub async fn claim_sent(&mut self, id: &str, now: Timestamp) -> Result<bool, StoreFault> {
        claim!(
            self,
            "UPDATE outbox SET sent_at = $2, sealed = NULL, lease = NULL, leased_by = NULL, reason = NULL
             WHERE id = $1 AND sent_at IS NULL",
            [id, now]
        )
    }

    /// Makes the email due again at `next_at`, saying why it was not sent and since when its recipient is refused.
    pub async fn set_retry(
        &mut self,
        id: &str,
        lease: &str,
        next_at: Timestamp,
        refused_at: Option<Timestamp>,
        reason: &str,
    ) -> Result<(), StoreFault> {
        execute!(
            self,
            "UPDATE outbox SET next_at = $3, lease = NULL, leased_by = NULL, refused_at = $4, reason = $5
             WHERE id = $1 AND lease = $2 AND sent_at IS NULL AND dropped_at IS NULL",
            [id, lease, next_at, refused_at, reason]
        )
    }

    /// True when the relay took an email to somebody else since then.
    pub async fn has_sent_to_others_since(&mut self, id: &str, since: Timestamp) -> Result<bool, StoreFault> {
        exists!(
            self,
            "SELECT 1 FROM outbox o JOIN outbox own ON own.id = $1
             WHERE o.sent_at >= $2 AND coalesce(o.address, o.contact) <> coalesce(own.address, own.contact)
             LIMIT 1",
            [id, since]
        )
    }

    /// Makes waiting emails due that wait longer than `wait_ms`: those with a code, or the notifications after so
    /// many `attempts`.
    pub async fn correct_email_waits(
        &mut self,
        now: Timestamp,
        wait_ms: i64,
        attempts: Option<i64>,
    ) -> Result<(), StoreFault> {
        execute!(
            self,
            "UPDATE outbox SET next_at = $1, lease = NULL, leased_by = NULL
             WHERE sent_at IS NULL AND dropped_at IS NULL AND parked_at IS NULL AND next_at > $2
               AND ((code IS NULL AND attempts = $3) OR (code IS NOT NULL AND $3 < 0))",
            [now, now.plus_ms(wait_ms), attempts.unwrap_or(-1)]
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
            "UPDATE outbox SET dropped_at = $3, sealed = NULL, lease = NULL, leased_by = NULL, reason = $4
             WHERE id = $1 AND lease = $2 AND sent_at IS NULL",
            [id, lease, now, reason]
        )
    }

    /// Sets the email aside for the operator. It keeps its text until it expires.
    pub async fn set_parked(
        &mut self,
        id: &str,
        lease: &str,
        now: Timestamp,
        reason: &str,
    ) -> Result<(), StoreFault> {
        execute!(
            self,
            "UPDATE outbox SET parked_at = $3, lease = NULL, leased_by = NULL, reason = $4
             WHERE id = $1 AND lease = $2 AND sent_at IS NULL AND dropped_at IS NULL",
            [id, lease, now, reason]
        )
    }

    /// The oldest emails that are still worth sending and were not sent, at most `limit`; only the one with this `id`, or
    /// only the parked ones.
    pub async fn list_unsent_emails(
        &mut self,
        (id, only_parked): (Option<&str>, bool),
        now: Timestamp,
        limit: i64,
    ) -> Result<Vec<UnsentEmail>, StoreFault> {
        fetch_all!(
            self,
            r#"SELECT o.id, a.account, u.name AS "user",
                      CASE WHEN c.id IS NOT NULL THEN c.address
                           WHEN a.verified_at IS NOT NULL OR o.to_unverified = 1 THEN a.address END AS "to",
                      o.class, o.created_at, o.next_at, o.expires_at, o.attempts,
                      CASE WHEN o.next_at > $1 THEN o.leased_by END AS leased_by, o.parked_at, o.reason
               FROM outbox o LEFT JOIN email_addresses a ON a.id = o.address LEFT JOIN contacts c ON c.id = o.contact
               LEFT JOIN accounts u ON u.id = a.account
               WHERE o.dropped_at IS NULL AND o.sent_at IS NULL AND o.expires_at > $1
                 AND ($2 = '' OR o.id = $2) AND ($3 = 0 OR o.parked_at IS NOT NULL)
               ORDER BY o.id LIMIT $4"#,
            [now, id.unwrap_or_default(), i64::from(only_parked), limit]
        )
    }

    /// Makes an email due at once, a parked one as if it were new; `false` when it was sent or dropped, has expired, or is
    /// being sent right now.
    pub async fn claim_retry(&mut self, id: &str, now: Timestamp) -> Result<bool, StoreFault> {
        claim!(
            self,
            "UPDATE outbox SET next_at = $2, refused_at = NULL, lease = NULL, leased_by = NULL, parked_at = NULL,
                               attempts = CASE WHEN parked_at IS NULL THEN attempts ELSE 0 END
             WHERE id = $1 AND sent_at IS NULL AND dropped_at IS NULL AND sealed IS NOT NULL AND expires_at > $2
               AND (lease IS NULL OR next_at <= $2)",
            [id, now]
        )
    }

    /// Drops and wipes an email on an operator's word; `false` when it was sent or dropped before, or is being sent right
    /// now.
    pub async fn claim_dropped(
        &mut self,
        id: &str,
        now: Timestamp,
        reason: &str,
    ) -> Result<bool, StoreFault> {
        claim!(
            self,
            "UPDATE outbox SET dropped_at = $2, sealed = NULL, lease = NULL, leased_by = NULL, reason = $3
             WHERE id = $1 AND sent_at IS NULL AND dropped_at IS NULL AND (lease IS NULL OR next_at <= $2)",
            [id, now, reason]
        )
    }

    /// Drops and wipes a batch of parked emails that have expired; returns how many.
    pub async fn drop_expired_parked_emails(&mut self, now: Timestamp) -> Result<u64, StoreFault> {
        affected!(
            self,
            "UPDATE outbox SET dropped_at = $1, sealed = NULL WHERE id IN (
                 SELECT id FROM outbox
                 WHERE parked_at IS NOT NULL AND dropped_at IS NULL AND sent_at IS NULL AND expires_at <= $1
                 LIMIT $2)",
            [now, BATCH]
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

    /// What is in the outbox.
    pub async fn count_outbox(&mut self) -> Result<OutboxCount, StoreFault> {
        let (waiting, parked, oldest): (i64, i64, Option<i64>) = fetch_one!(
            self,
            "SELECT count(CASE WHEN parked_at IS NULL THEN 1 END),
                    count(CASE WHEN parked_at IS NOT NULL THEN 1 END),
                    min(CASE WHEN parked_at IS NULL THEN created_at END)
             FROM outbox WHERE sent_at IS NULL AND dropped_at IS NULL"
        )?;
        Ok(OutboxCount { waiting, parked, oldest: oldest.map(Timestamp::from_epoch_ms) })
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
