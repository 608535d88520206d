//! Requests about the account's activity and its exported records.

use serde::Serialize;
use serde_json::Value;

use crate::domain::audit_event::AuditEvent;
use crate::domain::timestamp::Timestamp;
use crate::message;
use crate::messages::Message;

pub use crate::accounts::event_kind::{EventKind, Group};

/// What may be asked.
#[derive(Debug)]
pub enum ActivityRequest {
    /// A page of the audit log, newest first.
    Page(ActivityQuery),
    /// Export all of the account's own records.
    Export,
}

impl ActivityRequest {
    /// See [`super::Request::is_sensitive`]: an export needs a fresh proof.
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
    /// Only events since then.
    pub since: Option<Timestamp>,
    /// Where the page begins.
    pub from: ActivityCursor,
    /// The most rows.
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
    /// Refusals.
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

/// A page of the audit log, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ActivityPage {
    /// The rows.
    pub rows: Vec<ActivityRow>,
    /// True when there are newer ones of the same kind.
    pub has_newer: bool,
    /// True when there are older ones of the same kind.
    pub has_older: bool,
    /// How often somebody signed in lately, beside the newest rows of all kinds.
    pub summary: Option<ActivitySummary>,
    /// When it was read.
    pub now: Timestamp,
}

/// Sign-ins and refusals of the last days, day by day.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ActivitySummary {
    /// The days (UTC), today last.
    pub days: Vec<ActivityDay>,
}

/// What happened on one day (UTC).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ActivityDay {
    /// `2026-11-22`
    pub date: String,
    /// How often somebody signed in.
    pub sign_ins: u32,
    /// How often something was refused.
    pub refusals: u32,
}

impl ActivitySummary {
    /// How many days it has.
    pub const DAYS: i64 = 30;

    /// What it shows, in a sentence.
    #[must_use]
    pub fn sentence(&self) -> Message {
        let sum = |count: fn(&ActivityDay) -> u32| -> u64 {
            self.days.iter().map(|day| u64::from(count(day))).sum()
        };
        let latest = |count: fn(&ActivityDay) -> u32| {
            let day = self.days.iter().rev().find(|day| count(day) > 0);
            day.map(|day| day.date.clone()).unwrap_or_default()
        };
        message!(
            "activity-summary",
            days = self.days.len(),
            sign_ins = sum(|day| day.sign_ins),
            last_sign_in = latest(|day| day.sign_ins),
            refusals = sum(|day| day.refusals),
            last_refusal = latest(|day| day.refusals),
        )
    }
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

    /// True for a refusal.
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
