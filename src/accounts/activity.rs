//! What happened to the account, as its member reads it: the account's own rows only, page by page.

use super::event_kind::EventKind;
use super::request::activity::{
    ActivityCursor, ActivityFilter, ActivityPage, ActivityQuery, ActivityReply, ActivityRequest, ActivityRow,
    EventPosition,
};
use super::request::{Refusal, Reply, SignedIn};
use super::{Accounts, Fault, RequestContext};
use crate::domain::audit_event::AuditEvent;
use crate::domain::text::inert;
use crate::store::{EventsWanted, read_tx};

/// The most rows of one page.
const MOST: usize = 1_000;

impl Accounts {
    /// The stories of [`super::request::Request::Activity`].
    pub(super) async fn activity(
        &self,
        cx: &RequestContext,
        member: &SignedIn,
        ask: ActivityRequest,
    ) -> Result<Reply, Fault> {
        match ask {
            ActivityRequest::Page(wanted) => self.list_activity(member, wanted).await,
            ActivityRequest::Export => self.export(cx, member).await,
        }
    }

    async fn list_activity(&self, member: &SignedIn, wanted: ActivityQuery) -> Result<Reply, Fault> {
        let ActivityQuery { which, since, from, limit } = wanted;
        let limit = limit.clamp(1, MOST);
        // One more than is shown says whether there are more.
        let asked = i64::try_from(limit + 1).unwrap_or(i64::MAX);
        let rows = read_tx!(self.store, Fault, |tx| {
            let account = member.account();
            if !tx.is_current(account, member.epoch()).await? {
                return Ok(Err(Refusal::SignedOutElsewhere));
            }
            let beyond = match &from {
                ActivityCursor::Newest => None,
                ActivityCursor::Below(EventPosition { at, id })
                | ActivityCursor::Above(EventPosition { at, id }) => Some((*at, id.clone())),
                ActivityCursor::BelowId(id) => match tx.find_event_place(account, id).await? {
                    Some(place) => Some(place),
                    None => return Ok(Err(Refusal::NotFound)),
                },
            };
            let has_beyond = beyond.is_some();
            let events = EventsWanted { beyond, since, kinds: kinds(which), limit: asked };
            let upwards = matches!(from, ActivityCursor::Above(_));
            let mut found = if upwards {
                tx.list_newer_events(account, &events).await?
            } else {
                tx.list_older_events(account, &events).await?
            };
            let has_more = found.len() > limit;
            if has_more && upwards {
                found.remove(0);
            }
            found.truncate(limit);
            let rows: Vec<ActivityRow> = found.into_iter().map(row).collect();
            let (has_newer, has_older) = if upwards { (has_more, true) } else { (has_beyond, has_more) };
            Ok(Ok(ActivityPage { rows, has_newer, has_older }))
        });
        Ok(rows.await?.map_or_else(Reply::Refused, |rows| Reply::Activity(ActivityReply::Page(rows))))
    }
}

/// The ids of the kinds that are wanted; none for all.
fn kinds(which: ActivityFilter) -> Vec<&'static str> {
    let is_wanted = |event_kind: &EventKind| match which {
        ActivityFilter::All => false,
        ActivityFilter::Group(group) => event_kind.group() == group,
        ActivityFilter::Refusals => event_kind.is_refusal(),
        ActivityFilter::Kind(kind) => *event_kind == kind,
    };
    EventKind::ALL.into_iter().filter(is_wanted).map(EventKind::as_str).collect()
}

fn row(event: AuditEvent) -> ActivityRow {
    // Made inert when it came in; once more, for what another version may have written.
    let client = inert(&event.client, 64);
    ActivityRow { event_kind: EventKind::of(&event.kind), event: AuditEvent { client, ..event } }
}
