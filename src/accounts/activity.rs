//! What happened to the account, as its member reads it: the account's own rows only, page by page.

use super::happened::Happened;
use super::request::activity::{Answer, Ask, From, Place, Row, Rows, Wanted, Which};
use super::request::{Refusal, Reply, SignedIn};
use super::{Accounts, Fault, Knock};
use crate::domain::text::inert;
use crate::store::{Event, EventsWanted, read_tx};

/// The most rows of one page.
const MOST: usize = 1_000;

impl Accounts {
    /// The stories of [`super::request::Request::Activity`].
    pub(super) async fn activity(&self, knock: &Knock, member: &SignedIn, ask: Ask) -> Result<Reply, Fault> {
        match ask {
            Ask::Page(wanted) => self.list_activity(member, wanted).await,
            Ask::Export => self.export(knock, member).await,
        }
    }

    async fn list_activity(&self, member: &SignedIn, wanted: Wanted) -> Result<Reply, Fault> {
        let Wanted { which, since, from, limit } = wanted;
        let limit = limit.clamp(1, MOST);
        // One more than is shown says whether there are more.
        let asked = i64::try_from(limit + 1).unwrap_or(i64::MAX);
        let rows = read_tx!(self.store, Fault, |tx| {
            let account = member.account();
            if !tx.is_current(account, member.epoch()).await? {
                return Ok(Err(Refusal::SignedOutElsewhere));
            }
            let beyond = match &from {
                From::Newest => None,
                From::Below(Place { at, id }) | From::Above(Place { at, id }) => Some((*at, id.clone())),
                From::BelowId(id) => match tx.find_event_place(account, id).await? {
                    Some(place) => Some(place),
                    None => return Ok(Err(Refusal::NotFound)),
                },
            };
            let has_beyond = beyond.is_some();
            let events = EventsWanted { beyond, since, kinds: kinds(which), limit: asked };
            let upwards = matches!(from, From::Above(_));
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
            let rows: Vec<Row> = found.into_iter().map(row).collect();
            let (has_newer, has_older) = if upwards { (has_more, true) } else { (has_beyond, has_more) };
            Ok(Ok(Rows { rows, has_newer, has_older }))
        });
        Ok(rows.await?.map_or_else(Reply::Refused, |rows| Reply::Activity(Answer::Page(rows))))
    }
}

/// The ids of the kinds that are wanted; none for all.
fn kinds(which: Which) -> Vec<&'static str> {
    let is_wanted = |happened: &Happened| match which {
        Which::All => false,
        Which::Group(group) => happened.group() == group,
        Which::Refusals => happened.is_refusal(),
        Which::Kind(kind) => *happened == kind,
    };
    Happened::ALL.into_iter().filter(is_wanted).map(Happened::as_str).collect()
}

fn row(event: Event) -> Row {
    Row {
        id: event.id,
        at: event.at,
        happened: Happened::of(&event.kind),
        kind: event.kind,
        source: event.source,
        // Made inert when it came in; once more, for what another version may have written.
        client: inert(&event.client, 64),
    }
}
