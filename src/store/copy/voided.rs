//! What a restore voids: everything that can be used once, because it may have been used since the copy was made.

use super::super::macros::{affected, execute, fetch_optional};
use super::super::{StoreFault, Tx};
use crate::domain::keyring::Keyring;
use crate::domain::timestamp::Timestamp;

/// How the things that can be used once are voided.
#[derive(Clone, Copy, Debug)]
pub struct Voiding<'a> {
    /// Now.
    pub now: Timestamp,
    /// The kind of the row in each account's activity.
    pub event_kind: &'a str,
    /// The client in that row.
    pub client: &'a str,
    /// Whether unused recovery codes are used up too.
    pub recovery_codes: bool,
    /// The secret keys, for the rows in the activity; without them `audit verify` does not know these.
    pub keyring: Option<&'a Keyring>,
}

/// What was voided, and how many of it.
pub type Voided = (&'static str, u64);

/// What an operator may have told all the same.
pub const UNTOLD: &str = "events that hooks were not told of";

/// A statement that voids one kind of thing; `$1` is now.
struct Rule {
    what: &'static str,
    sql: &'static str,
}

/// The table at the head of [`super`], but for what needs no `$1`.
const RULES: &[Rule] = &[
    Rule {
        what: "requests to delete an account",
        sql:
            "UPDATE accounts SET deletion_requested_at = NULL
              WHERE deletion_begun_at IS NULL AND (deletion_requested_at <= $1 OR deletion_requested_at > $1)",
    },
    Rule {
        what: "reset and verification codes",
        sql: "UPDATE codes SET dead_at = $1 WHERE used_at IS NULL AND dead_at IS NULL",
    },
    Rule {
        what: "password reset grants",
        sql: "UPDATE grants SET dead_at = $1 WHERE used_at IS NULL AND dead_at IS NULL",
    },
    Rule {
        what: "undo codes",
        sql: "UPDATE undo_snapshots SET dead_at = $1 WHERE used_at IS NULL AND dead_at IS NULL",
    },
    Rule {
        what: "passwords that a directory was to lose",
        sql: "UPDATE directory_entries SET password_void_due_at = NULL, password_leased_until = NULL
              WHERE password_void_due_at <= $1 OR password_void_due_at > $1",
    },
    Rule {
        what: "requests for a reset code",
        sql: "UPDATE reset_requests SET resolved_at = $1, sealed_identifier = NULL WHERE resolved_at IS NULL",
    },
    Rule {
        what: "emails that were not sent",
        sql: "UPDATE outbox SET dropped_at = $1, sealed = NULL, lease = NULL, parked_at = NULL,
                                reason = 'the database was restored from a backup'
              WHERE sent_at IS NULL AND dropped_at IS NULL",
    },
    // A dead one is told when an operator wants it told again.
    Rule {
        what: UNTOLD,
        sql: "UPDATE hook_deliveries SET dead_at = $1, lease = NULL, leased_by = NULL,
                                         reason = 'the database was restored from a backup'
              WHERE dead_at IS NULL",
    },
    Rule {
        what: "invitations and sign-up codes",
        sql: "UPDATE invitations SET dead_at = $1 WHERE used_at IS NULL AND dead_at IS NULL",
    },
    Rule {
        what: "codes of guests' support cases",
        sql: "UPDATE cases SET code_mac = NULL, code_until = $1 WHERE code_mac IS NOT NULL",
    },
    Rule {
        what: "authenticators that wait for their first code",
        sql: "DELETE FROM pending_enrolments WHERE created_at <= $1 OR created_at > $1",
    },
    Rule { what: "sessions", sql: "DELETE FROM sessions WHERE started_at <= $1 OR started_at > $1" },
    // Whose clock is a step ahead may have used that step's code already.
    Rule {
        what: "current codes of authenticators",
        sql: "UPDATE second_factors
              SET last_step = CASE WHEN last_step > $1 / 30000 + 1 THEN last_step ELSE $1 / 30000 + 1 END,
                  tries_step = CASE WHEN tries_step > $1 / 30000 THEN tries_step ELSE $1 / 30000 END,
                  tries = 3",
    },
];

/// Used up, so that the page says how many are left and offers new ones.
const RECOVERY_CODES: Rule =
    Rule { what: "recovery codes", sql: "UPDATE recovery_codes SET used_at = $1 WHERE used_at IS NULL" };

/// A UUID; which one does not matter, as rows of one moment need no order.
const RANDOM_ID: [&str; 2] = [
    "lower(hex(randomblob(4))) || '-' || lower(hex(randomblob(2))) || '-4' || substr(lower(hex(randomblob(2))), 2)
     || '-8' || substr(lower(hex(randomblob(2))), 2) || '-' || lower(hex(randomblob(6)))",
    "gen_random_uuid()::text",
];

impl Tx {
    /// Voids everything that can be used once, and says so in the activity of every account.
    pub(super) async fn void_after_restore(&mut self, how: &Voiding<'_>) -> Result<Vec<Voided>, StoreFault> {
        let mut voided = Vec::new();
        for Rule { what, sql } in RULES.iter().chain(how.recovery_codes.then_some(&RECOVERY_CODES)) {
            voided.push((*what, affected!(self, *sql, [how.now])?));
        }
        execute!(self, "DELETE FROM nodes")?;
        // By more than an account can have risen since.
        execute!(self, "UPDATE accounts SET auth_epoch = auth_epoch + 1000000")?;
        execute!(self, "UPDATE counters SET last = last + 1000 WHERE name = 'case'")?;
        self.insert_restored_events(how).await?;
        Ok(voided)
    }

    async fn insert_restored_events(&mut self, how: &Voiding<'_>) -> Result<(), StoreFault> {
        let [sqlite, postgres] = RANDOM_ID;
        let id = if matches!(self, Self::Sqlite(_)) { sqlite } else { postgres };
        let sql = format!(
            "INSERT INTO activity (id, account, kind, at, ip, client, session, last_at)
             SELECT {id}, id, $1, $2, '', $3, '', $2 FROM accounts"
        );
        let sql = sqlx::AssertSqlSafe(sql);
        super::super::macros::on_engine!(self, c => {
            sqlx::query(sql).bind(how.event_kind).bind(how.now).bind(how.client).execute(c).await.map(|_| ())
        })
        .map_err(StoreFault::from)?;
        // A server gives them their places in the chain.
        self.seal_events(how.event_kind, how.now).await
    }

    /// When the last thing happened that the activity tells of.
    pub(super) async fn last_event(&mut self) -> Result<Option<Timestamp>, StoreFault> {
        let row: Option<(Option<Timestamp>,)> = fetch_optional!(self, "SELECT max(last_at) FROM activity")?;
        Ok(row.and_then(|(at,)| at))
    }
}
