//! The audit log.

use super::macros::{execute, exists, fetch_all, fetch_one, fetch_optional};
use super::row::row;
use super::{StoreFault, Tx};
use crate::domain::audit_event::AuditEvent;
use crate::domain::timestamp::Timestamp;

row! { AuditEvent { id, account, name = default, subject, kind, at, ip, client, session, series, count, last_at } }

/// An event and whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedEvent {
    /// The event.
    pub event: AuditEvent,
    /// The username of the account that it is about, as it is now; `None` for a name that nobody has, and for an account
    /// that was deleted.
    pub user: Option<String>,
}

row! { NamedEvent { event = row, user } }

/// A row with its HMAC.
pub(super) struct SealedEvent {
    pub(super) event: AuditEvent,
    pub(super) mac: Option<Vec<u8>>,
}

row! { SealedEvent { event = row, mac } }

/// Refusals of one row happen within an hour of the first.
const SERIES_MS: i64 = 3_600_000;

impl Tx {
    /// The latest events of one account or of everybody, newest first.
    pub async fn list_named_events(
        &mut self,
        account: Option<&str>,
        wanted: &EventsWanted,
    ) -> Result<Vec<NamedEvent>, StoreFault> {
        fetch_all!(
            self,
            r#"SELECT e.id, e.account, e.subject, e.kind, e.at, e.ip, e.client, e.session, e.series, e.count, e.last_at,
                      a.name AS "user"
               FROM activity e LEFT JOIN accounts a ON a.id = e.account
               WHERE ($1 = '' OR e.account = $1) AND e.at >= $2 AND e.last_at >= $3
                 AND ($4 = '' OR $4 LIKE '%,' || e.kind || ',%')
               ORDER BY e.at DESC, e.id DESC LIMIT $5"#,
            [
                account.unwrap_or_default(),
                wanted.since.map_or(i64::MIN, |since| since.plus_ms(-SERIES_MS).epoch_ms()),
                wanted.since.map_or(i64::MIN, Timestamp::epoch_ms),
                wanted.kinds_as_list(),
                wanted.limit
            ]
        )
    }

    /// The latest sign-ins to an account, newest first.
    pub async fn list_sign_ins(&mut self, account: &str, limit: i64) -> Result<Vec<AuditEvent>, StoreFault> {
        let kinds = vec!["sign-in", "sign-in-with-key", "password-reset", "signed-up"];
        self.list_older_events(account, &EventsWanted { kinds, limit, ..EventsWanted::default() }).await
    }

    /// From where something happened since then, to one account or to everybody: sources, each once.
    pub async fn list_sources_seen(
        &mut self,
        account: Option<&str>,
        since: Timestamp,
        most: i64,
    ) -> Result<Vec<String>, StoreFault> {
        let rows: Vec<(String,)> = fetch_all!(
            self,
            "SELECT DISTINCT ip FROM activity WHERE ($1 = '' OR account = $1) AND at >= $2 AND ip <> '' LIMIT $3",
            [account.unwrap_or_default(), since, most]
        )?;
        Ok(rows.into_iter().map(|(ip,)| ip).collect())
    }

    /// True when the account was signed in to as far back as its activity is kept.
    pub async fn has_signed_in(&mut self, account: &str) -> Result<bool, StoreFault> {
        exists!(self, "SELECT id FROM activity
             WHERE account = $1 AND kind IN ('sign-in', 'sign-in-with-key', 'password-reset', 'signed-up') LIMIT 1", [account])
    }

    /// The kind, moment and place of the last sign-in to this account by another session.
    pub async fn find_sign_in_before(
        &mut self,
        account: &str,
        session: &str,
    ) -> Result<Option<(String, Timestamp, String)>, StoreFault> {
        let found: Option<(String, i64, String)> = fetch_optional!(
            self,
            "SELECT kind, last_at, ip FROM activity
             WHERE account = $1 AND session <> $2
               AND kind IN ('sign-in', 'sign-in-with-key', 'password-reset', 'signed-up')
             ORDER BY at DESC, id DESC LIMIT 1",
            [account, session]
        )?;
        Ok(found.map(|(kind, at, ip)| (kind, Timestamp::from_epoch_ms(at), ip)))
    }

    /// Inserts an event, in the transaction that makes it true, or counts it in the row of its series. The same statements
    /// whoever it is about. Nobody but the series' own source waits for that row. Hooks are told of a row once, whatever is
    /// counted in it later.
    pub async fn insert_event(&mut self, event: &AuditEvent) -> Result<(), StoreFault> {
        self.events().push(event.clone());
        let key = self.chain_key();
        let event = &AuditEvent { count: 1, last_at: event.at, ..event.clone() };
        let row: SealedEvent = fetch_one!(
            self,
            "INSERT INTO activity (id, account, subject, kind, at, ip, client, session, series, count, last_at, mac)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1, $5, $10)
             ON CONFLICT (series) DO UPDATE SET last_at = activity.last_at
             RETURNING id, account, subject, kind, at, ip, client, session, series, count, last_at, mac",
            [
                &event.id,
                event.account.as_deref(),
                event.subject.as_deref(),
                &event.kind,
                event.at,
                &event.ip,
                &event.client,
                &event.session,
                event.series.as_deref(),
                key.as_ref().map(|key| key.seal(event))
            ]
        )?;
        if row.event.id == event.id {
            self.link_later(event);
            return self.insert_deliveries(event).await;
        }
        // The row of the series, which is locked now.
        let counted = AuditEvent {
            count: row.event.count + 1,
            at: row.event.at.min(event.at),
            last_at: row.event.last_at.max(event.at),
            ..row.event.clone()
        };
        // What somebody else has changed in it stays unsealed.
        let sealed = key.filter(|key| key.has_sealed(&row.event, row.mac.as_deref()));
        let mac = sealed.map(|key| key.seal(&counted)).or(row.mac);
        execute!(
            self,
            "UPDATE activity SET count = $2, at = $3, last_at = $4, mac = $5 WHERE id = $1",
            [&counted.id, counted.count, counted.at, counted.last_at, mac]
        )
    }

    /// The latest events of one account, newest first.
    pub async fn list_events(&mut self, account: &str, limit: i64) -> Result<Vec<AuditEvent>, StoreFault> {
        self.list_older_events(account, &EventsWanted { limit, ..EventsWanted::default() }).await
    }

    /// Events of one account before a place in the list, newest first.
    pub async fn list_older_events(
        &mut self,
        account: &str,
        wanted: &EventsWanted,
    ) -> Result<Vec<AuditEvent>, StoreFault> {
        let (at, id) = wanted.beyond.clone().unwrap_or((Timestamp::from_epoch_ms(i64::MAX), String::new()));
        fetch_all!(
            self,
            "SELECT id, account, subject, kind, at, ip, client, session, series, count, last_at FROM activity
             WHERE account = $1 AND (at, id) < ($2, $3) AND last_at >= $4
               AND ($5 = '' OR $5 LIKE '%,' || kind || ',%')
             ORDER BY at DESC, id DESC LIMIT $6",
            [
                account,
                at,
                id,
                wanted.since.map_or(i64::MIN, Timestamp::epoch_ms),
                wanted.kinds_as_list(),
                wanted.limit
            ]
        )
    }

    /// Events of one account after a place in the list, newest first: the ones right after it.
    pub async fn list_newer_events(
        &mut self,
        account: &str,
        wanted: &EventsWanted,
    ) -> Result<Vec<AuditEvent>, StoreFault> {
        let (at, id) = wanted.beyond.clone().unwrap_or((Timestamp::from_epoch_ms(i64::MIN), String::new()));
        let mut rows: Vec<AuditEvent> = fetch_all!(
            self,
            "SELECT id, account, subject, kind, at, ip, client, session, series, count, last_at FROM activity
             WHERE account = $1 AND (at, id) > ($2, $3) AND last_at >= $4
               AND ($5 = '' OR $5 LIKE '%,' || kind || ',%')
             ORDER BY at, id LIMIT $6",
            [
                account,
                at,
                id,
                wanted.since.map_or(i64::MIN, Timestamp::epoch_ms),
                wanted.kinds_as_list(),
                wanted.limit
            ]
        )?;
        rows.reverse();
        Ok(rows)
    }

    /// How many events of each kind an account has on each day from `first` on: the day, counted from it, the kind and the
    /// number.
    pub async fn count_events_by_day(
        &mut self,
        account: &str,
        first: Timestamp,
    ) -> Result<Vec<(i64, String, i64)>, StoreFault> {
        fetch_all!(
            self,
            "SELECT (at - $2) / 86400000 AS day, kind, CAST(SUM(count) AS BIGINT) FROM activity
             WHERE account = $1 AND at >= $2
             GROUP BY day, kind",
            [account, first]
        )
    }

    /// Where an event of this account stands in the list.
    pub async fn find_event_place(
        &mut self,
        account: &str,
        id: &str,
    ) -> Result<Option<(Timestamp, String)>, StoreFault> {
        fetch_optional!(self, "SELECT at, id FROM activity WHERE account = $1 AND id = $2", [account, id])
    }
}

/// A query for events.
#[derive(Clone, Debug, Default)]
pub struct EventsWanted {
    /// Only beyond this place in the list.
    pub beyond: Option<(Timestamp, String)>,
    /// Only events since then.
    pub since: Option<Timestamp>,
    /// Only these kinds; all when empty.
    pub kinds: Vec<&'static str>,
    /// The most rows.
    pub limit: i64,
}

impl EventsWanted {
    /// `,sign-in,sign-out,` for the one text of both engines; no kind has a comma or a wildcard in it.
    pub(super) fn kinds_as_list(&self) -> String {
        if self.kinds.is_empty() { String::new() } else { format!(",{},", self.kinds.join(",")) }
    }
}
