//! The audit log of one account, or of all.

use serde::Serialize;

use super::super::Accounts;
use super::super::event_kind::EventKind;
use super::AdminError;
use super::users::find;
use crate::domain::audit_event::AuditEvent;
use crate::domain::text::inert;
use crate::domain::timestamp::Timestamp;
use crate::messages::Language;
use crate::store::{EventsWanted, NamedEvent, read_tx};

/// An event as an operator sees it. Times are RFC 3339, UTC.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OperatorEvent {
    /// The event.
    #[serde(flatten)]
    pub event: AuditEvent,
    /// The username of the account that it is about; `None` for a name that nobody has.
    pub user: Option<String>,
    /// True when the answer was no.
    pub refused: bool,
    /// What happened, in words.
    pub what: String,
}

/// Which events to list.
#[derive(Clone, Debug, Default)]
pub struct OperatorEvents {
    /// Of this account, by username or address; `None` for all.
    pub user: Option<String>,
    /// That happened since then.
    pub since: Option<Timestamp>,
    /// Of these kinds; all when empty.
    pub kinds: Vec<EventKind>,
    /// The latest, so many.
    pub limit: i64,
}

impl Accounts {
    /// The events that are wanted, the oldest first.
    pub async fn list_all_activity(&self, wanted: &OperatorEvents) -> Result<Vec<OperatorEvent>, AdminError> {
        let events = EventsWanted {
            beyond: None,
            since: wanted.since,
            kinds: wanted.kinds.iter().map(|kind| kind.as_str()).collect(),
            limit: wanted.limit,
        };
        let found = read_tx!(self.store, AdminError, |tx| {
            let account = match &wanted.user {
                Some(name) => Some(find(tx, name).await?.id),
                None => None,
            };
            Ok(tx.list_named_events(account.as_deref(), &events).await?)
        });
        Ok(found.await?.into_iter().rev().map(view).collect())
    }
}

pub(super) fn view(NamedEvent { event, user }: NamedEvent) -> OperatorEvent {
    let kind: Option<EventKind> = event.kind.parse().ok();
    let what =
        kind.map_or_else(|| event.kind.clone(), |kind| kind.sentence().to(&Language::English).to_owned());
    // Made inert when it came in; once more, for what another version may have written.
    let client = inert(&event.client, 64);
    let refused = kind.is_some_and(EventKind::is_refusal);
    OperatorEvent { event: AuditEvent { client, ..event }, user, refused, what }
}
