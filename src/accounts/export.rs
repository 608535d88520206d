//! The account's own records as one JSON object, for its member. Every area adds its own in [`sections`]. Bounded: of
//! the activity and the invitations the newest rows, of the cases the last changed ones.

use serde::Serialize;
use serde_json::{Value, json};

use super::event_kind::EventKind;
use super::request::activity::{ActivityReply, Records};
use super::request::{Refusal, SignedIn};
use super::sessions::NODE_LIFE_MS;
use super::shared::require_current;
use super::support::with_messages;
use super::{Accounts, Error, Fault, RequestContext};
use crate::domain::profile::Profile;
use crate::domain::session::Session;
use crate::domain::timestamp::Timestamp;
use crate::store::{Account, EventsWanted, Tx, read_tx, write_tx};

/// What a section or a key of one means never changes under one number.
const FORMAT: i64 = 1;
/// The most invitations.
const INVITATIONS: i64 = 1_000;
/// The most rows of activity; `activity_complete` says whether there are more.
const ROWS: i64 = 5_000;
/// The most support cases; each has at most 200 messages of 2000 characters.
const CASES: i64 = 100;

impl Accounts {
    /// The story of [`super::request::activity::ActivityRequest::Export`].
    pub(super) async fn export(
        &self,
        cx: &RequestContext,
        member: &SignedIn,
    ) -> Result<ActivityReply, Error> {
        let now = self.clock.now();
        let records = read_tx!(self.store, Error, |tx| {
            require_current(tx, member).await?;
            let account = tx.find_account(member.account()).await?.ok_or(Refusal::SignedOutElsewhere)?;
            Ok(sections(tx, &account, now).await?)
        });
        let mut records = records.await?;
        let recorded = write_tx!(self.store, Error, |tx| {
            require_current(tx, member).await?;
            Ok(self.record(tx, cx, member, EventKind::RecordsExported, now).await?)
        });
        recorded.await?;
        records["format"] = FORMAT.into();
        records["exported_at"] = json!(now);
        records["portal"] = self.outbox.portal().name.clone().into();
        Ok(ActivityReply::Records(Records(records)))
    }
}

/// Every section. No hash, code or key of ours is among them. Rows are those that commands print, without the
/// keys that only commands need.
async fn sections(tx: &mut Tx, account: &Account, now: Timestamp) -> Result<Value, Fault> {
    let profile = tx.find_profile(&account.id).await?.ok_or(Fault::AccountGone)?;
    let record = ProfileRecord {
        profile: &profile,
        id: &account.id,
        created_at: profile.created_at,
        password_changed_at: account.password_changed_at,
    };
    let second_factor = tx.find_second_factor(&account.id).await?;
    let mut sessions = Vec::new();
    for session in tx.list_sessions(&account.id, now.plus_ms(-NODE_LIFE_MS)).await? {
        sessions.push(SessionRecord { last_input_at: session.last_input_at, session });
    }
    let wanted = EventsWanted { limit: ROWS + 1, ..EventsWanted::default() };
    let mut events = tx.list_older_events(&account.id, &wanted).await?;
    let most = usize::try_from(ROWS).unwrap_or(usize::MAX);
    let activity_complete = events.len() <= most;
    events.truncate(most);
    let mut cases = Vec::new();
    for case in tx.list_cases_of(&account.id, CASES).await? {
        cases.push(with_messages(tx, case).await?);
    }
    Ok(json!({
        "profile": without(&["emails"], record),
        "emails": without(&["id"], &profile.emails),
        "two_factor": {
            "on_since": second_factor.map(|on| on.on_since),
            "recovery_codes_left": second_factor.map_or(0, |on| on.recovery_codes),
        },
        "keys": without(&["id"], tx.list_keys(&account.id).await?),
        "sessions": without(&["id"], &sessions),
        "teams": without(&["id", "members"], tx.list_teams_of(&account.id).await?),
        "invitations_sent": tx.list_invitations_by(&account.id, INVITATIONS).await?,
        "undoable_changes": tx.list_undoable_changes(&account.id, now).await?,
        "activity_complete": activity_complete,
        "activity": without(&["id"], &events),
        "support_cases": without(&["state"], &cases),
    }))
}

/// The profile with what `profile get` leaves out.
#[derive(Serialize)]
struct ProfileRecord<'a> {
    #[serde(flatten)]
    profile: &'a Profile,
    id: &'a str,
    created_at: Timestamp,
    password_changed_at: Option<Timestamp>,
}

/// A session with the moment that `sessions list` makes into seconds.
#[derive(Serialize)]
struct SessionRecord {
    #[serde(flatten)]
    session: Session,
    last_input_at: Timestamp,
}

/// A row or a list of rows, without some of their keys.
fn without(keys: &[&str], rows: impl Serialize) -> Value {
    let mut rows = json!(rows);
    let each = match &mut rows {
        Value::Array(rows) => rows.as_mut_slice(),
        row => std::slice::from_mut(row),
    };
    for fields in each.iter_mut().filter_map(Value::as_object_mut) {
        fields.retain(|key, _| !keys.contains(&key.as_str()));
    }
    rows
}
