//! What happened to the account, and the account's own records: what may be asked, and the answers.

use serde::Serialize;
use serde_json::Value;

use crate::domain::audit_event::AuditEvent;
use crate::domain::timestamp::Timestamp;

pub use crate::accounts::event_kind::{EventKind, Group};

/// What may be asked.
#[derive(Debug)]
pub enum ActivityRequest {
    /// Some of what happened, newest first.
    Page(ActivityQuery),
    /// All of the account's own records.
    Export,
}

impl ActivityRequest {
    /// See [`super::Request::is_sensitive`]: whoever takes all records out must be the member.
    #[must_use]
    pub fn is_sensitive(&self) -> bool {
        matches!(self, Self::Export)
    }
}

/// Which rows are wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActivityQuery {
    /// Only these.
    pub which: ActivityFilter,
    /// None that is older.
    pub since: Option<Timestamp>,
    /// Where to begin.
    pub from: ActivityCursor,
    /// At most so many.
    pub limit: usize,
}

/// Which kinds of rows are wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ActivityFilter {
    /// All.
    #[default]
    All,
    /// Those of one group.
    Group(Group),
    /// Those that said no.
    Refusals,
    /// Those of one kind.
    Kind(EventKind),
}

/// Where a page of rows begins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ActivityCursor {
    /// At the newest row.
    #[default]
    Newest,
    /// Right below this row.
    Below(EventPosition),
    /// Right above this row.
    Above(EventPosition),
    /// Right below the row with this id, which was read somewhere.
    BelowId(String),
}

/// Where a row stands in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventPosition {
    pub(in crate::accounts) at: Timestamp,
    pub(in crate::accounts) id: String,
}

/// What is answered.
#[derive(Debug)]
pub enum ActivityReply {
    /// The rows.
    Page(ActivityPage),
    /// The records.
    Records(Records),
}

/// Some of what happened, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ActivityPage {
    /// The rows.
    pub rows: Vec<ActivityRow>,
    /// True when there are newer ones of the same kind.
    pub has_newer: bool,
    /// True when there are older ones of the same kind.
    pub has_older: bool,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ActivityRow {
    /// The row of the audit log.
    #[serde(flatten)]
    pub event: AuditEvent,
    /// Its kind; `None` for one that another version of this program wrote.
    #[serde(skip)]
    pub event_kind: Option<EventKind>,
}

impl ActivityRow {
    /// Where it stands in the list.
    #[must_use]
    pub fn place(&self) -> EventPosition {
        EventPosition { at: self.event.at, id: self.event.id.clone() }
    }

    /// True when the answer was no.
    #[must_use]
    pub fn is_refusal(&self) -> bool {
        self.event_kind.is_some_and(EventKind::is_refusal)
    }
}

/// An account's own records, section by section.
#[derive(Clone, Debug)]
pub struct Records(pub(in crate::accounts) Value);

impl Records {
    /// The sections by their names.
    #[must_use]
    pub fn json(&self) -> &Value {
        &self.0
    }
}
