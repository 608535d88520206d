//! What happened, row by row.

use super::macros::{execute, fetch_all};
use super::{Fault, Tx};
use crate::domain::moment::Moment;

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// UUID.
    pub id: String,
    /// The account it is about; `None` for a name that nobody has.
    pub account: Option<String>,
    /// For a name that nobody has: its keyed hash.
    pub subject: Option<String>,
    /// What happened, `sign-in-failed`.
    pub kind: String,
    /// When.
    pub at: Moment,
    /// From which source; empty for an operator's command.
    pub source: String,
    /// The client's version line.
    pub client: String,
    /// The visit's id.
    pub visit: String,
}

impl Tx {
    /// Writes an event down, in the transaction that makes it true.
    pub async fn insert_event(&mut self, event: &Event) -> Result<(), Fault> {
        execute!(
            self,
            "INSERT INTO activity (id, account, subject, kind, at, source, client, visit)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            &event.id,
            event.account.as_deref(),
            event.subject.as_deref(),
            &event.kind,
            event.at.epoch_ms(),
            &event.source,
            &event.client,
            &event.visit,
        )?;
        Ok(())
    }

    /// The latest events of one account, newest first.
    pub async fn list_events(&mut self, account: &str, limit: i64) -> Result<Vec<Event>, Fault> {
        type Row = (String, Option<String>, Option<String>, String, i64, String, String, String);
        let rows: Vec<Row> = fetch_all!(
            self,
            "SELECT id, account, subject, kind, at, source, client, visit FROM activity
             WHERE account = $1 ORDER BY at DESC, id DESC LIMIT $2",
            account,
            limit,
        )?;
        let event = |(id, account, subject, kind, at, source, client, visit): Row| Event {
            id,
            account,
            subject,
            kind,
            at: Moment::from_epoch_ms(at),
            source,
            client,
            visit,
        };
        Ok(rows.into_iter().map(event).collect())
    }
}
