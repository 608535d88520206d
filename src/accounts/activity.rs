//! The account's audit events, as its member reads them: the account's own rows only, page by page.

use strum::VariantArray;

use super::event_kind::EventKind;
use super::request::activity::{
    ActivityCursor, ActivityDay, ActivityFilter, ActivityPage, ActivityQuery, ActivityReply, ActivityRequest,
    ActivityRow, ActivitySummary, EventPosition,
};
use super::request::{Refusal, SignedIn};
use super::shared::require_current;
use super::{Accounts, Error, RequestContext};
use crate::domain::audit_event::AuditEvent;
use crate::domain::text::inert;
use crate::domain::timestamp::Timestamp;
use crate::store::{EventsWanted, read_tx};

const DAY_MS: i64 = 24 * 3_600_000;

/// The most rows of one page.
const MOST: usize = 1_000;

impl Accounts {
    /// The stories of [`super::request::Request::Activity`].
    pub(super) async fn activity(
        &self,
        cx: &RequestContext,
        member: &SignedIn,
        request: ActivityRequest,
    ) -> Result<ActivityReply, Error> {
        match request {
            ActivityRequest::Page(wanted) => self.list_activity(member, wanted).await,
            ActivityRequest::Export => self.export(cx, member).await,
        }
    }

    async fn list_activity(&self, member: &SignedIn, wanted: ActivityQuery) -> Result<ActivityReply, Error> {
        let ActivityQuery { which, since, from, limit } = wanted;
        let limit = limit.clamp(1, MOST);
        // One more than is shown says whether there are more.
        let asked = i64::try_from(limit + 1).unwrap_or(i64::MAX);
        let now = self.clock.now();
        read_tx!(self.store, Error, |tx| {
            require_current(tx, member).await?;
            let account = member.account();
            let beyond = match &from {
                ActivityCursor::Newest => None,
                ActivityCursor::Below(EventPosition { at, id })
                | ActivityCursor::Above(EventPosition { at, id }) => Some((*at, id.clone())),
                ActivityCursor::BelowId(id) => {
                    Some(tx.find_event_place(account, id).await?.ok_or(Refusal::NotFound)?)
                }
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
            let summary = match (&from, which) {
                (ActivityCursor::Newest, ActivityFilter::All) => {
                    let first = first_day(now);
                    Some(summary(first, &tx.count_events_by_day(account, first).await?))
                }
                _ => None,
            };
            Ok(ActivityReply::Page(ActivityPage { rows, has_newer, has_older, summary, now }))
        })
        .await
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
    EventKind::VARIANTS.iter().copied().filter(is_wanted).map(EventKind::as_str).collect()
}

/// When the first day of a summary begins (UTC).
fn first_day(now: Timestamp) -> Timestamp {
    let today = now.epoch_ms().div_euclid(DAY_MS);
    Timestamp::from_epoch_ms((today - ActivitySummary::DAYS + 1) * DAY_MS)
}

/// The summary from `first` on, of `counted` events: their day, counted from `first`, their kind and their number.
fn summary(first: Timestamp, counted: &[(i64, String, i64)]) -> ActivitySummary {
    let mut days: Vec<ActivityDay> = (0..ActivitySummary::DAYS)
        .map(|day| ActivityDay { date: first.plus_ms(day * DAY_MS).date(), ..ActivityDay::default() })
        .collect();
    for (day, kind, count) in counted {
        let (Some(day), Ok(kind)) =
            (usize::try_from(*day).ok().and_then(|day| days.get_mut(day)), kind.parse())
        else {
            continue;
        };
        let sum = match kind {
            EventKind::SignIn | EventKind::SignInWithKey => &mut day.sign_ins,
            kind if kind.is_refusal() => &mut day.refusals,
            _ => continue,
        };
        *sum = sum.saturating_add(u32::try_from(*count).unwrap_or(u32::MAX));
    }
    ActivitySummary { days }
}

fn row(event: AuditEvent) -> ActivityRow {
    // Made inert when it came in; once more, for what another version may have written.
    let client = inert(&event.client, 64);
    ActivityRow { event_kind: event.kind.parse().ok(), event: AuditEvent { client, ..event } }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::messages::Language;

    #[test]
    fn a_summary_counts_sign_ins_and_refusals_by_day_and_says_so() {
        let now = Timestamp::from_epoch_ms(1_795_356_309_000);
        let first = first_day(now);
        let counted = |day, kind: EventKind, count| (day, kind.as_str().to_owned(), count);
        let summary = summary(
            first,
            &[
                counted(0, EventKind::SignIn, 2),
                counted(29, EventKind::SignInWithKey, 1),
                counted(29, EventKind::SignInFailed, 7),
                counted(29, EventKind::SignOut, 9),
                counted(30, EventKind::SignIn, 100),
                (3, "of-another-version".to_owned(), 5),
            ],
        );
        assert_eq!((summary.days.len(), summary.days[29].date.as_str()), (30, now.date().as_str()));
        assert_eq!((summary.days[29].sign_ins, summary.days[29].refusals), (1, 7));
        let today = now.date();
        let said =
            format!("Last 30 days: 3 sign-ins (the latest on {today}), 7 refusals (the latest on {today}).");
        assert_eq!(summary.sentence().to_string(), said);
        let nothing = super::summary(first, &[]).sentence();
        assert_eq!(nothing.to_string(), "Last 30 days: no sign-ins, no refusals.");
        let one = super::summary(first, &[counted(29, EventKind::SignIn, 1)]).sentence();
        assert_eq!(one.to_string(), format!("Last 30 days: 1 sign-in ({today}), no refusals."));
        assert_eq!(
            one.to(&Language::German),
            format!("Letzte 30 Tage: 1 Anmeldung ({today}), keine Ablehnungen.")
        );
    }
}
